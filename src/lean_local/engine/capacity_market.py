"""What the capacity estimate sees: bars of the current slice, holdings, margin (LEAN `SymbolCapacity.cs`)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from lean_local.api.slice import Slice
from lean_local.engine.state import RunState
from lean_local.results.capacity import CapacityBar
from lean_local.securities.cache import decimal_of
from lean_local.symbols import Symbol

ZERO = Decimal(0)
_MS = 1000


def _period_ms(bar: Any) -> int:
    span: timedelta = bar.end_time - bar.time
    return round(span.total_seconds() * _MS)


class RunMarket:
    """A `CapacityMarket` over a run; `current` gives the slice of this moment."""

    def __init__(self, state: RunState, current: Callable[[], Slice | None]) -> None:
        self._state, self._current = state, current

    def bar(self, symbol: Symbol) -> CapacityBar | None:
        """The trade bar, else the quote bar with half of both sizes as volume, repeated bars included."""
        current = self._current()
        if current is None or self._state.securities.find(symbol) is None:
            return None  # a contract that is gone stays watched until the next snapshot
        trade = current.find_bar(symbol, trade=True)
        if trade is not None:
            return CapacityBar(decimal_of(trade.close), decimal_of(trade.volume), _period_ms(trade))
        quote = current.find_bar(symbol, trade=False)
        if quote is None:
            return None
        size = (decimal_of(quote.last_bid_size) + decimal_of(quote.last_ask_size)) / 2
        return CapacityBar(decimal_of(quote.close), size, _period_ms(quote))

    def multiplier(self, symbol: Symbol) -> Decimal:
        """Contract multiplier; 1 for a contract that is gone."""
        security = self._state.securities.find(symbol)
        return Decimal(1) if security is None else security.multiplier_exact

    def conversion_rate(self, symbol: Symbol) -> Decimal:
        """Account currency per unit of the quote currency."""
        security = self._state.securities.find(symbol)
        return Decimal(1) if security is None else security.conversion_rate

    def invested(self, symbol: Symbol) -> bool:
        """Whether the symbol is held."""
        security = self._state.securities.find(symbol)
        return security is not None and bool(security.holdings.quantity_exact)

    def buying_power_in_use(self, symbol: Symbol) -> Decimal:
        """The holding's own maintenance margin times its leverage."""
        security = self._state.securities.find(symbol)
        if security is None or not security.holdings.quantity_exact:
            return ZERO
        used: Decimal = self._state.portfolio.margin.security_maintenance(security) * security.leverage_exact
        return used

    def portfolio_value(self) -> Decimal:
        """Total portfolio value."""
        return self._state.portfolio.value_exact()
