"""Consolidators of QCAlgorithm (semantics §3.9, LEAN `QCAlgorithm.Indicators.cs`)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from lean_local.api.bars import QuoteBar, TradeBar
from lean_local.api.consolidators import (
    BaseDataConsolidator,
    DynamicDataConsolidator,
    IdentityDataConsolidator,
    MarketHourAwareConsolidator,
    OpenInterestConsolidator,
    QuoteBarConsolidator,
    TickConsolidator,
    TickQuoteBarConsolidator,
    TradeBarConsolidator,
    span_of,
)
from lean_local.api.custom_data import DynamicData
from lean_local.api.renko import (
    RangeBar,
    RangeConsolidator,
    RenkoBar,
    RenkoConsolidator,
    VolumeRenkoBar,
    VolumeRenkoConsolidator,
)
from lean_local.api.subscription_configs import SubscriptionConfigs
from lean_local.api.ticks import Tick
from lean_local.enums import Resolution, TickType
from lean_local.naming import LeanObject
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol

_BY_SIZE: dict[type, Callable[[float], Any]] = {
    VolumeRenkoBar: VolumeRenkoConsolidator,
    RenkoBar: RenkoConsolidator,
    RangeBar: lambda size: RangeConsolidator(int(size)),
}
_TICKS = {
    TickType.TRADE: TickConsolidator,
    TickType.QUOTE: TickQuoteBarConsolidator,
    TickType.OPEN_INTEREST: OpenInterestConsolidator,
}


class SubscriptionManager(LeanObject):
    """LEAN's `subscription_manager`, for consolidators."""

    def __init__(self, run: Any) -> None:
        self._run = run

    @property
    def subscriptions(self) -> SubscriptionConfigs:
        """How each security's data are subscribed."""
        return SubscriptionConfigs(self._run)

    @property
    def subscription_data_config_service(self) -> SubscriptionConfigs:
        """The same, by symbol."""
        return SubscriptionConfigs(self._run)

    def add_consolidator(self, symbol: Any, consolidator: Any, tick_type: Any = None) -> None:
        """Attach a consolidator to a symbol. Raises ValueError when the symbol has no data of its kind."""
        self._run.consolidators.add(as_registered_symbol(symbol), consolidator, _tick(tick_type))

    def remove_consolidator(self, symbol: Any, consolidator: Any) -> None:
        """Detach a consolidator; without a symbol, from all."""
        found = None if symbol is None else as_registered_symbol(symbol)
        self._run.consolidators.remove(found, consolidator)
        if hasattr(consolidator, "dispose"):
            consolidator.dispose()


def as_registered_symbol(key: Any) -> Symbol:
    """The symbol of a security or ticker that was added. Raises KeyError for an unknown ticker."""
    found = as_symbol(key)
    if found is None:
        raise KeyError(f"The ticker {key} was not found in the SymbolCache.")
    return found


def _tick(tick_type: Any) -> TickType | None:
    return None if tick_type is None else TickType(tick_type)


def periodic(kind: type, tick: TickType, period: Any) -> Any:
    """The consolidator of a kind of data for a span, a count or a calendar function."""
    if issubclass(kind, TradeBar):
        return TradeBarConsolidator(period)
    if issubclass(kind, QuoteBar):
        return QuoteBarConsolidator(period)
    if issubclass(kind, Tick):
        return _TICKS[tick](period)
    return DynamicDataConsolidator(period) if issubclass(kind, DynamicData) else BaseDataConsolidator(period)


class ConsolidationMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any
    securities: Any
    settings: Any
    _warned_of_daily_hours = False

    @property
    def subscription_manager(self) -> SubscriptionManager:
        """Attach and detach consolidators."""
        return SubscriptionManager(self._run)

    def _subscription(self, symbol: Symbol, tick: TickType | None) -> tuple[Any, type, TickType]:
        """Security, kind of data and tick type: trades before quotes, the asked type if there is one."""
        from lean_local.engine.consolidation import data_types  # noqa: PLC0415  the engine knows the api

        security = self.securities[symbol]
        kinds = sorted(data_types(security), key=lambda pair: int(pair[1]))
        kind, found = next((pair for pair in kinds if tick in (None, pair[1])), kinds[0])
        return security, kind, found

    def resolve_consolidator(self, symbol: Any, period: Any, data_type: Any = None) -> Any:
        """The consolidator of a resolution or span. Raises ValueError for one finer than the data."""
        tick = {TradeBar: TickType.TRADE, QuoteBar: TickType.QUOTE}.get(data_type) if data_type is not None else None
        return self._resolve(as_registered_symbol(symbol), period, tick)

    def _resolve(self, symbol: Symbol, period: Any, tick: TickType | None) -> Any:
        security, kind, tick = self._subscription(symbol, tick)
        own = security.resolution
        if not isinstance(period, timedelta | Resolution) and period is not None:
            return periodic(kind, tick, period)
        if period is None or period in (own, span_of(own)):
            return DynamicDataConsolidator(1) if issubclass(kind, DynamicData) else IdentityDataConsolidator(kind)
        span = period if isinstance(period, timedelta) else span_of(period)
        if span < span_of(own):
            raise ValueError(
                f"Unable to create {symbol} consolidator because {symbol} is registered for {own.csharp_name} data. "
                "Consolidators require higher resolution data to produce lower resolution data."
            )
        if period == Resolution.DAILY and kind in (TradeBar, QuoteBar, Tick):
            return self._daily(security, kind, tick)
        return periodic(kind, tick, span)

    def _daily(self, security: Any, kind: type, tick: TickType) -> MarketHourAwareConsolidator:
        settings, extended = self.settings, bool(security.extended_market_hours)
        wide = bool(settings.daily_consolidation_use_extended_market_hours)
        if extended and not wide and not self._warned_of_daily_hours:
            self._warned_of_daily_hours = True
            self._run.write(
                "debug",
                f"Warning: The subscription for {security.symbol} has ExtendedMarketHours=true, but "
                "Settings.DailyConsolidationUseExtendedMarketHours=false. Daily consolidations will exclude extended "
                "market hours. Enable algorithm.Settings.DailyConsolidationUseExtendedMarketHours to include them.",
            )
        strict = bool(settings.daily_precise_end_time)
        return MarketHourAwareConsolidator(strict, Resolution.DAILY, kind, tick, wide and extended)

    def consolidate(self, *arguments: Any) -> Any:
        """`consolidate(symbol, period[, tick_type], handler)`; `consolidate(Type, symbol, size, tick_type, handler)`.

        The period is a resolution, a span or a calendar function. The size is that of renko and range bars, else a
        number of data points. Without a handler the consolidator is made but not attached.
        """
        kind = arguments[0] if isinstance(arguments[0], type) else None
        rest = list(arguments[1:] if kind is not None else arguments)
        symbol, period, *more = rest
        tick, handler = _tick(more[0] if len(more) > 1 else None), more[-1]
        found = as_registered_symbol(symbol)
        consolidator: Any
        if kind is None:
            consolidator = self._resolve(found, period, tick)
        elif kind in _BY_SIZE:
            consolidator = _BY_SIZE[kind](period)
        else:
            consolidator = self._counted(found, kind, int(period), tick)
        if handler is not None:
            consolidator.data_consolidated += lambda _sender, bar: handler(bar)
            self._run.consolidators.add(found, consolidator, tick)
        return consolidator

    def _counted(self, symbol: Symbol, kind: type, size: int, tick: TickType | None) -> Any:
        if self.securities[symbol].resolution == Resolution.TICK:
            return periodic(Tick, TickType.TRADE if tick is None else tick, size)
        return periodic(kind, TickType.TRADE, size) if kind in (TradeBar, QuoteBar) else BaseDataConsolidator(size)
