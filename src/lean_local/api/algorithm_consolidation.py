"""Consolidators of QCAlgorithm (semantics §3.9)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from lean_local.api.consolidators import (
    ONE_DAY,
    AnyBarConsolidator,
    DynamicDataConsolidator,
    MarketDayConsolidator,
    PeriodConsolidator,
    QuoteBarConsolidator,
)
from lean_local.enums import Resolution, SecurityType
from lean_local.naming import LeanObject
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol

SPANS = {
    Resolution.SECOND: timedelta(seconds=1),
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
}


class SubscriptionManager(LeanObject):
    """LEAN's `subscription_manager`, for consolidators."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def add_consolidator(self, symbol: Any, consolidator: Any, tick_type: Any = None) -> None:  # noqa: ARG002
        """Attach a consolidator to a symbol."""
        self._run.consolidators.add(as_registered_symbol(symbol), consolidator)

    def remove_consolidator(self, symbol: Any, consolidator: Any) -> None:
        """Detach a consolidator; without a symbol, from all."""
        found = None if symbol is None else as_registered_symbol(symbol)
        self._run.consolidators.remove(found, consolidator)


def as_registered_symbol(key: Any) -> Symbol:
    """The symbol of a security or ticker that was added. Raises KeyError for an unknown ticker."""
    found = as_symbol(key)
    if found is None:
        raise KeyError(f"The ticker {key} was not found in the SymbolCache.")
    return found


class ConsolidationMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any
    securities: Any

    @property
    def subscription_manager(self) -> SubscriptionManager:
        """Attach and detach consolidators."""
        return SubscriptionManager(self._run)

    def resolve_consolidator(self, symbol: Any, period: Any, data_type: Any = None) -> PeriodConsolidator:  # noqa: ARG002
        """The consolidator of a resolution or span; Daily goes from open to close."""
        security = self.securities[as_registered_symbol(symbol)]
        if period is None:
            period = security.resolution
        if security.type == SecurityType.BASE:
            same = period == security.resolution
            return DynamicDataConsolidator(1 if same else {Resolution.DAILY: ONE_DAY, **SPANS}.get(period, period))
        if isinstance(period, Resolution):
            if period == Resolution.DAILY:
                if security.resolution == Resolution.DAILY:
                    return AnyBarConsolidator(1)
                return MarketDayConsolidator(security.calendar)
            if period == security.resolution:
                return AnyBarConsolidator(1)
            period = SPANS[period]
        return AnyBarConsolidator(period)

    def consolidate(self, symbol: Any, period: Any, *rest: Any) -> PeriodConsolidator:
        """`consolidate(symbol, period[, tick_type], handler)`; the period may be a calendar function."""
        consolidator = self.resolve_consolidator(symbol, period)
        if len(rest) == 2 and rest[0] is not None and int(rest[0]) == 1:
            consolidator = QuoteBarConsolidator(SPANS.get(period, period) if isinstance(period, Resolution) else period)
        handler: Callable[[Any], Any] = rest[-1]
        consolidator.data_consolidated += lambda _sender, bar: handler(bar)
        self._run.consolidators.add(as_registered_symbol(symbol), consolidator)
        return consolidator
