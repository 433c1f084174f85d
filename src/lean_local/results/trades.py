"""Closed trades from fills (LEAN `Common/Statistics/TradeBuilder.cs`, `Trade.cs`).

By default every fill is an entry of its own, matched first in first out; the other groupings are in `flat_trades`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from lean_local.enums import FillGroupingMethod, FillMatchingMethod
from lean_local.results.flat_trades import FlatTrades, ReducedTrades
from lean_local.results.numbers import ZERO, multiply, round_places, subtract
from lean_local.results.records import FillFact, Trade
from lean_local.symbols import Symbol


@dataclass(slots=True)
class _Pending:
    trade: Trade
    best: Decimal = ZERO  # best profit per unit seen
    given_back: Decimal = ZERO  # largest fall from it

    def see(self, price: Decimal) -> None:
        """Take a price in."""
        entry = self.trade.entry_price
        profit = price - entry if self.trade.direction == 0 else entry - price
        if profit < self.best:
            self.given_back = max(self.given_back, self.best - profit)
        else:
            self.best = profit


@dataclass(slots=True)
class _Position:
    low: Decimal
    high: Decimal
    pending: list[_Pending] = field(default_factory=list)


class FillTrades:
    """Every fill that opens is a trade of its own; the oldest (or, last in first out, the newest) is closed first."""

    def __init__(self, *, last_first: bool) -> None:
        self._index = -1 if last_first else 0
        self._positions: dict[Symbol, _Position] = {}

    def holds(self, symbol: Symbol) -> bool:
        """Whether a trade of the symbol is pending."""
        return symbol in self._positions

    def price(self, symbol: Symbol, price: Decimal) -> None:
        """Show a new price of a security: widens the excursions of its pending trades."""
        position = self._positions.get(symbol)
        if position is None:
            return
        position.high = max(position.high, price)
        position.low = min(position.low, price)
        for pending in position.pending:
            pending.see(price)

    def split(self, symbol: Symbol, factor: Decimal) -> None:
        """Restate what is pending for a split."""
        position = self._positions.get(symbol)
        if position is None:
            return
        position.low *= factor
        position.high *= factor
        for pending in position.pending:
            pending.trade.quantity /= factor
            pending.trade.entry_price *= factor
            pending.best *= factor
            pending.given_back *= factor

    def fill(self, fact: FillFact, fee: Decimal) -> list[Trade]:
        """Take a fill with the part of its order's fee that is its own; the trades it closed."""
        position = self._positions.get(fact.symbol)
        if position is None:
            self._open(fact, abs(fact.quantity), fee)
            return []
        self.price(fact.symbol, fact.price)
        if (fact.quantity > 0) == (position.pending[0].trade.direction == 0):
            position.pending.append(_Pending(_entry(fact, abs(fact.quantity), fee)))
            return []
        return self._close(position, fact, fee)

    def _open(self, fact: FillFact, quantity: Decimal, fee: Decimal) -> None:
        position = _Position(fact.price, fact.price, [_Pending(_entry(fact, quantity, fee))])
        self._positions[fact.symbol] = position

    def _close(self, position: _Position, fact: FillFact, fee: Decimal) -> list[Trade]:
        left, closed = abs(fact.quantity), []
        while position.pending and left > 0:
            pending = position.pending[self._index]
            part = min(left, pending.trade.quantity)
            closed.append(_closed(pending, position, fact, part, fee))
            if part == pending.trade.quantity:
                position.pending.pop(self._index)
            else:
                pending.trade.quantity -= part
                pending.trade.total_fees = ZERO
            left, fee = left - part, ZERO
        if not position.pending:
            del self._positions[fact.symbol]
            if left > 0:
                self._open(fact, left, ZERO)
        return closed


_GROUPINGS: dict[FillGroupingMethod, Callable[..., FillTrades | FlatTrades]] = {
    FillGroupingMethod.FILL_TO_FILL: FillTrades,
    FillGroupingMethod.FLAT_TO_FLAT: FlatTrades,
    FillGroupingMethod.FLAT_TO_REDUCED: ReducedTrades,
}


class TradeBuilder:
    """Feeds on fills and prices; `closed` grows in closing order."""

    def __init__(
        self,
        grouping: FillGroupingMethod = FillGroupingMethod.FILL_TO_FILL,
        matching: FillMatchingMethod = FillMatchingMethod.FIFO,
    ) -> None:
        self.closed: list[Trade] = []
        self._open = _GROUPINGS[grouping](last_first=matching == FillMatchingMethod.LIFO)
        self._orders_with_fee: set[int] = set()

    def has_open_position(self, symbol: Symbol) -> bool:
        """Whether a trade of the symbol is pending."""
        return self._open.holds(symbol)

    def price(self, symbol: Symbol, price: Decimal) -> None:
        """Show a new price of a security: widens the excursions of its pending trades, where they are kept."""
        self._open.price(symbol, price)

    def fill(self, fact: FillFact) -> list[Trade]:
        """Process one fill and return the trades it closed."""
        # The fee of an order belongs to its first fill.
        fee = ZERO if fact.order_id in self._orders_with_fee else fact.fee
        self._orders_with_fee.add(fact.order_id)
        closed = self._open.fill(fact, fee)
        for trade in closed:
            trade.is_win = fact.is_win(trade.profit_loss)
        self.closed.extend(closed)
        return closed

    def split(self, symbol: Symbol, factor: Decimal) -> None:
        """Apply a split to the pending trades of a raw-price equity (prices times the factor)."""
        self._open.split(symbol, factor)


def _entry(fact: FillFact, quantity: Decimal, fee: Decimal) -> Trade:
    direction = 0 if fact.quantity > 0 else 1
    return Trade(fact.symbol, fact.utc_ms, fact.price, direction, quantity, fee, [fact.order_id])


def _closed(pending: _Pending, position: _Position, fact: FillFact, quantity: Decimal, fee: Decimal) -> Trade:
    entry = pending.trade
    sign = Decimal(1 if entry.direction == 0 else -1)

    def amount(per_unit: Decimal) -> Decimal:
        return round_places(multiply(per_unit, quantity, fact.conversion_rate, fact.multiplier), 2)

    worst, best = (position.low, position.high) if entry.direction == 0 else (position.high, position.low)
    return Trade(
        entry.symbol,
        entry.entry_utc_ms,
        entry.entry_price,
        entry.direction,
        quantity,
        entry.total_fees + fee,
        [*entry.order_ids, *(i for i in [fact.order_id] if i not in entry.order_ids)],
        fact.utc_ms,
        fact.price,
        amount(multiply(subtract(fact.price, entry.entry_price), sign)),
        amount(multiply(subtract(worst, entry.entry_price), sign)),
        amount(multiply(subtract(best, entry.entry_price), sign)),
        amount(pending.given_back),
    )
