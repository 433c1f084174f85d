"""`subscription_manager.subscriptions`: how each security's data are subscribed (LEAN `SubscriptionDataConfig.cs`)."""

from collections.abc import Iterable, Iterator
from typing import Any

from lean_local.engine.consolidation import data_types
from lean_local.enums import SecurityType, TickType
from lean_local.naming import LeanObject, NetList
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol


class SubscriptionConfigView(LeanObject):
    """One kind of data of one security."""

    lean_name = "SubscriptionDataConfig"

    def __init__(self, security: Any, kind: type, tick_type: TickType, consolidators: Iterable[Any]) -> None:
        self._security = security
        self.type, self.tick_type = kind, tick_type
        self.consolidators = NetList(consolidators)

    @property
    def symbol(self) -> Symbol:
        """Symbol of the security."""
        found: Symbol = self._security.symbol
        return found

    @property
    def security_type(self) -> SecurityType:
        """Kind of security."""
        return self.symbol.security_type

    @property
    def market(self) -> str:
        """Market of the security."""
        return self.symbol.id.market

    @property
    def mapped_symbol(self) -> str:
        """Ticker of today."""
        return str(self.symbol.value)

    @property
    def resolution(self) -> Any:
        """Resolution of the data."""
        return self._security.resolution

    @property
    def fill_data_forward(self) -> bool:
        """Whether gaps are filled."""
        return bool(self._security.fill_forward)

    @property
    def extended_market_hours(self) -> bool:
        """Whether the data reach beyond regular hours."""
        return bool(self._security.extended_market_hours)

    @property
    def data_normalization_mode(self) -> Any:
        """How prices are adjusted."""
        return self._security.data_normalization_mode

    @property
    def is_internal_feed(self) -> bool:
        """Whether the algorithm does not see the data."""
        return bool(self._security.is_internal)

    @property
    def is_custom_data(self) -> bool:
        """Whether the data are of the algorithm's own type."""
        return self.security_type == SecurityType.BASE

    @property
    def exchange_time_zone(self) -> str:
        """Time zone of the exchange."""
        return str(self._security.calendar.zone.name)

    @property
    def data_time_zone(self) -> str:
        """Time zone of the files."""
        return str(self._security.calendar.data_zone.name)

    def __str__(self) -> str:
        return f"{self.symbol},#0,{self.mapped_symbol},{self.resolution},{self.type.__name__},{self.tick_type}"


class SubscriptionConfigs(LeanObject):
    """All subscriptions of a run; `subscription_data_config_service` too."""

    lean_name = "ISubscriptionDataConfigService"

    def __init__(self, run: Any) -> None:
        self._run = run

    def of(self, security: Any) -> list[SubscriptionConfigView]:
        """The subscriptions of a security."""
        book = self._run.consolidators
        kinds = data_types(security)
        if security.symbol.security_type == SecurityType.BASE and security.points:
            kinds = [(kind, TickType.TRADE) for kind in security.points]
        return [SubscriptionConfigView(security, k, t, book.attached(security.symbol, t)) for k, t in kinds]

    def get_subscription_data_configs(self, symbol: Any, include_internal_configs: bool = False) -> Any:
        """The subscriptions of a symbol; none for one without data."""
        found = as_symbol(symbol)
        security = self._run.state.securities.existing(found) if found is not None else None
        shown = security is not None and (include_internal_configs or not security.is_internal)
        return NetList(self.of(security) if shown else ())

    def __iter__(self) -> Iterator[SubscriptionConfigView]:
        return iter([c for s in self._run.state.securities.made() for c in self.of(s)])

    @property
    def count(self) -> int:
        """Number of subscriptions."""
        return sum(1 for _ in self)

    def __len__(self) -> int:
        return self.count


__all__ = ["SubscriptionConfigs"]
