"""LEAN's `Extensions`: the conversions algorithms use."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lean_local.engine.clock import zone
from lean_local.enums import OrderDirection, OrderStatus, OrderType, Resolution, SecurityType, TickType
from lean_local.naming import LeanObject
from lean_local.orders.ticket import CLOSED
from lean_local.results.numbers import round_significant, smart_rounding
from lean_local.securities.cache import decimal_of

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
        from lean_local.framework.chain_selection import create_chain  # noqa: PLC0415  breaks an import cycle

        return create_chain(algorithm, symbol, chain_filter, universe_settings)

    @staticmethod
    def create_future_chain(algorithm: Any, symbol: Any, chain_filter: Any, universe_settings: Any = None) -> list[Any]:
        """Add the chain of a canonical future; its universes."""
        return [Extensions.create_option_chain(algorithm, symbol, chain_filter, universe_settings)]

    @staticmethod
    def round_to_significant_digits(value: float, digits: int) -> float:
        """A number with so many digits, half to even."""
        return float(round_significant(decimal_of(value), digits))

    @staticmethod
    def smart_rounding(value: float) -> float:
        """LEAN's rounding of prices: 4 decimals above 1000, else 7 significant digits."""
        return float(smart_rounding(decimal_of(value)))

    @staticmethod
    def read_lines(data_provider: Any, file_name: str) -> list[str]:  # noqa: ARG004  there is one data folder
        """Lines of a file, none when it does not exist."""
        path = Path(file_name)
        return path.read_text().splitlines() if path.is_file() else []

    @staticmethod
    def get_order_direction(quantity: float) -> OrderDirection:
        """Side of a quantity."""
        return OrderDirection.BUY if quantity > 0 else OrderDirection.SELL if quantity < 0 else OrderDirection.HOLD


class OrderExtensions(LeanObject):
    """LEAN's questions about the status and type of an order."""

    @staticmethod
    def is_closed(status: OrderStatus) -> bool:
        """Whether nothing happens any more."""
        return OrderStatus(status) in CLOSED

    @staticmethod
    def is_open(status: OrderStatus) -> bool:
        """Whether it may still be filled."""
        return OrderStatus(status) not in CLOSED

    @staticmethod
    def is_fill(status: OrderStatus) -> bool:
        """Whether something was filled."""
        return status in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED)

    @staticmethod
    def is_limit_order(order_type: OrderType) -> bool:
        """Whether it has a limit."""
        return order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED)

    @staticmethod
    def is_stop_order(order_type: OrderType) -> bool:
        """Whether it has a stop."""
        return order_type in (OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)
