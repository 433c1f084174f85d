"""What the capacity estimate sees: bars of the current slice, holdings, margin (LEAN `SymbolCapacity.cs`)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from lean_local.api.bars import TradeRow, exact_mid
from lean_local.api.slice import Slice
from lean_local.engine.guard import EngineGuard
from lean_local.engine.state import RunState
from lean_local.enums import SecurityType
from lean_local.results.capacity import CapacityBar
from lean_local.securities.cache import ContractCache, decimal_of
from lean_local.securities.columns import RootColumns
from lean_local.symbols import Symbol

ZERO = Decimal(0)
_MS = 1000
_UNKNOWN_VOLUMES = {SecurityType.FOREX: Decimal(25_000_000), SecurityType.CFD: Decimal(200)}
"""What a minute of such a market trades, by LEAN's estimate: their data have no volume."""


def _period_ms(bar: Any) -> int:
    span: timedelta = bar.end_time - bar.time
    return round(span.total_seconds() * _MS)


def _bar_of_now(row: TradeRow, now_ms: int) -> CapacityBar | None:
    if row.end_utc_ms != now_ms:
        return None
    return CapacityBar(decimal_of(row.close), decimal_of(row.volume), row.end_utc_ms - row.start_utc_ms)


class RunMarket:
    """A `CapacityMarket` over a run; `current` gives the slice of this moment."""

    def __init__(self, state: RunState, current: Callable[[], Slice | None]) -> None:
        self._state, self._current = state, current
        self._places: dict[Symbol, tuple[RootColumns, int]] = {}  # of contracts
        self._watched: tuple[Symbol, ...] = ()
        self._others: list[int] = []  # places in `_watched` of what is no contract
        self._contracts: list[tuple[RootColumns, Any, Any]] = []  # by root: slots, places in `_watched`

    def is_internal(self, symbol: Symbol) -> bool:
        """Whether the algorithm does not see the symbol's data."""
        security = self._state.securities.find(symbol)
        return security is not None and security.is_internal

    def with_bars(self, symbols: tuple[Symbol, ...]) -> list[int]:
        """Places of the symbols that may have a bar now; contracts of one root are looked at together."""
        if symbols is not self._watched:
            self._watch(symbols)
        current, found = self._current(), list(self._others)
        if current is None:
            return []
        for columns, slots, places in self._contracts:
            root, shown = current.root_of(columns)
            if root is None:
                continue
            in_slice = columns.subscribed
            if shown is not None:
                in_slice = np.zeros(len(columns), np.bool_)
                in_slice[shown] = True
            traded = columns.trade_at[slots]
            may = in_slice[slots] & ((traded == 0) | (columns.trades.ends[traded] == current.utc_ms))
            if may.any():
                found += places[may].tolist()
        return found

    def _watch(self, symbols: tuple[Symbol, ...]) -> None:
        """Take note of symbols that are asked for at every step from now on."""
        self._watched, self._others = symbols, []
        by_root: dict[int, list[tuple[RootColumns, int, int]]] = {}
        for number, symbol in enumerate(symbols):
            place = self._place(symbol)
            if place is None:
                self._others.append(number)
            else:
                by_root.setdefault(id(place[0]), []).append((*place, number))
        self._contracts = [
            (found[0][0], np.array([slot for _, slot, _ in found]), np.array([number for _, _, number in found]))
            for found in by_root.values()
        ]

    def _place(self, symbol: Symbol) -> tuple[RootColumns, int] | None:
        """Columns and slot of a contract; one that is gone stays watched until the next snapshot."""
        place = self._places.get(symbol)
        if place is None:
            security = self._state.securities.find(symbol)
            if security is not None and isinstance(security.prices, ContractCache):
                place = self._places[symbol] = security.prices.place()
        return place

    def bar(self, symbol: Symbol, *, internal: bool) -> CapacityBar | None:
        """The trade bar, else the quote bar with half of both sizes as volume, repeated bars included."""
        current, place = self._current(), self._place(symbol)
        if current is not None and place is not None:
            return self._contract_bar(current, *place)
        security = self._state.securities.find(symbol)
        if current is None or security is None:
            return None
        trade = current.find_bar(symbol, trade=True)
        if trade is not None:
            return CapacityBar(decimal_of(trade.close), decimal_of(trade.volume), _period_ms(trade))
        quote = current.find_bar(symbol, trade=False)
        if quote is not None:
            size = (decimal_of(quote.last_bid_size) + decimal_of(quote.last_ask_size)) / 2
            size = _UNKNOWN_VOLUMES.get(symbol.security_type, size)
            return CapacityBar(decimal_of(quote.close), size, _period_ms(quote))
        row = security.prices.trade_row() if internal else None
        return None if row is None else _bar_of_now(row, current.utc_ms)

    def _contract_bar(self, current: Slice, columns: RootColumns, slot: int) -> CapacityBar | None:
        """What the slice shows of a contract, straight from its columns: this is asked for at every step."""
        now, traded_ms = current.utc_ms, columns.trade_end(slot)
        if traded_ms and traded_ms != now:
            return None  # a repeated trade bar has no volume, so it says nothing
        root, slots = current.root_of(columns)
        if root is None or not (columns.is_live(slot) if slots is None else slot in slots):
            return None
        trade = columns.trade_row(slot)
        if trade is not None:
            return _bar_of_now(trade, now)
        quote = columns.quote_row(slot)
        if quote is None:
            return None
        bid, ask = (side.close if side is not None else 0.0 for side in (quote.bid, quote.ask))
        size = (decimal_of(quote.bid_size) + decimal_of(quote.ask_size)) / 2
        forwarded = quote.end_utc_ms != now and root.period_ms <= root.grid.period_ms
        period_ms = root.period_ms if forwarded else quote.end_utc_ms - quote.start_utc_ms
        return CapacityBar(decimal_of(exact_mid(bid, ask) if bid and ask else bid or ask), size, period_ms)

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
        with EngineGuard():
            used: Decimal = self._state.portfolio.margin.security_maintenance(security) * security.leverage_exact
        return used

    def portfolio_value(self) -> Decimal:
        """Total portfolio value."""
        return self._state.portfolio.value_exact()
