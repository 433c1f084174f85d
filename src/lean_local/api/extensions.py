"""LEAN's `Extensions`: the conversions algorithms use."""

from datetime import datetime, timedelta
from typing import Any

from lean_local.engine.clock import zone
from lean_local.enums import OrderDirection, Resolution, SecurityType, TickType
from lean_local.naming import LeanObject

_SPANS = {
    Resolution.TICK: timedelta(0),
    Resolution.SECOND: timedelta(seconds=1),
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAILY: timedelta(days=1),
}
_OPTIONS = (SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION)


class Extensions(LeanObject):
    """Static methods, each with LEAN's first argument as its own."""

    @staticmethod
    def tick_type_to_lower(tick_type: TickType) -> str:
        """`trade`, `quote` or `openinterest`."""
        return TickType(tick_type).csharp_name.lower()

    @staticmethod
    def resolution_to_lower(resolution: Resolution) -> str:
        """`minute`, `daily`…"""
        return Resolution(resolution).csharp_name.lower()

    @staticmethod
    def security_type_to_lower(security_type: SecurityType) -> str:
        """`equity`, `cryptofuture`…"""
        return SecurityType(security_type).csharp_name.lower()

    @staticmethod
    def to_time_span(resolution: Resolution) -> timedelta:
        """Length of a bar."""
        return _SPANS[Resolution(resolution)]

    @staticmethod
    def is_option(security_type: Any) -> bool:
        """Whether a security type is an option."""
        return SecurityType(security_type) in _OPTIONS

    @staticmethod
    def convert_to_utc(moment: datetime, time_zone: Any, strict: bool = False) -> datetime:  # noqa: ARG004
        """Wall time of a zone as naive UTC."""
        return zone("UTC").to_local(zone(str(time_zone)).to_utc_ms(moment.replace(tzinfo=None)))

    @staticmethod
    def convert_from_utc(moment: datetime, time_zone: Any, strict: bool = False) -> datetime:  # noqa: ARG004
        """UTC as wall time of a zone."""
        return zone(str(time_zone)).to_local(zone("UTC").to_utc_ms(moment.replace(tzinfo=None)))

    @staticmethod
    def convert_to(moment: datetime, source: Any, target: Any, strict: bool = False) -> datetime:  # noqa: ARG004
        """Wall time of one zone as that of another."""
        return zone(str(target)).to_local(zone(str(source)).to_utc_ms(moment))

    @staticmethod
    def round_down(moment: datetime, interval: timedelta) -> datetime:
        """Time down to a multiple of an interval since midnight."""
        if not interval:
            return moment
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        return moment - (moment - midnight) % interval

    @staticmethod
    def create_option_chain(algorithm: Any, symbol: Any, chain_filter: Any, universe_settings: Any = None) -> Any:
        """Add the chain of a canonical option; its universe."""
        from lean_local.framework.selection import create_chain  # noqa: PLC0415  breaks an import cycle

        return create_chain(algorithm, symbol, chain_filter, universe_settings)

    @staticmethod
    def create_future_chain(algorithm: Any, symbol: Any, chain_filter: Any, universe_settings: Any = None) -> list[Any]:
        """Add the chain of a canonical future; its universes."""
        return [Extensions.create_option_chain(algorithm, symbol, chain_filter, universe_settings)]

    @staticmethod
    def get_order_direction(quantity: float) -> OrderDirection:
        """Side of a quantity."""
        return OrderDirection.BUY if quantity > 0 else OrderDirection.SELL if quantity < 0 else OrderDirection.HOLD
