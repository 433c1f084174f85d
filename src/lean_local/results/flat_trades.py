"""Trades from the first fill until the position is flat, or until it gets smaller.

Facts: LEAN `Common/Statistics/TradeBuilder.cs` (FlatToFlat, FlatToReduced). Such trades have no excursions: MAE,
MFE and end-of-trade drawdown stay 0 there.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from lean_local.results.numbers import ZERO, add, divide, multiply, round_places, subtract
from lean_local.results.records import FillFact, Trade
from lean_local.symbols import Symbol


@dataclass(slots=True)
class _Pending:
    fills: list[FillFact]
    fees: Decimal


@dataclass(slots=True)
class _Average:
    """Running average price of fills, as decimals round at each step."""

    quantity: Decimal = ZERO
    price: Decimal = ZERO

    def take(self, price: Decimal, quantity: Decimal) -> None:
        """Take a fill in; `quantity` with its sign."""
        self.quantity = add(self.quantity, quantity)
        self.price = add(self.price, divide(multiply(subtract(price, self.price), quantity), self.quantity))


def _is_buy(fact: FillFact) -> bool:
    return fact.quantity > 0


def _trade(
    entered_ms: int, entry: _Average, fact: FillFact, exit_price: Decimal, done: tuple[Decimal, list[int]]
) -> Trade:
    size, sign = abs(entry.quantity), Decimal(-1 if _is_buy(fact) else 1)
    profit = multiply(subtract(exit_price, entry.price), size, sign, fact.conversion_rate, fact.multiplier)
    return Trade(
        fact.symbol,
        entered_ms,
        entry.price,
        1 if _is_buy(fact) else 0,
        size,
        *done,
        exit_utc_ms=fact.utc_ms,
        exit_price=exit_price,
        profit_loss=round_places(profit, 2),
    )


class FlatTrades:
    """One trade from the first fill of a position to the one that closes it."""

    def __init__(self, *, last_first: bool) -> None:
        self._last_first = last_first
        self._positions: dict[Symbol, _Pending] = {}

    def holds(self, symbol: Symbol) -> bool:
        """Whether a trade of the symbol is pending."""
        return symbol in self._positions

    def price(self, symbol: Symbol, price: Decimal) -> None:
        """Prices do not matter to these trades."""

    def split(self, symbol: Symbol, factor: Decimal) -> None:
        """Restate what is pending for a split."""
        position = self._positions.get(symbol)
        if position is not None:
            position.fills = [replace(f, quantity=f.quantity / factor, price=f.price * factor) for f in position.fills]

    def fill(self, fact: FillFact, fee: Decimal) -> list[Trade]:
        """Take a fill with the part of its order's fee that is its own; the trades it closed."""
        position = self._positions.get(fact.symbol)
        if position is None:
            self._positions[fact.symbol] = _Pending([fact], fee)
            return []
        position.fees = add(position.fees, fee)
        if _is_buy(fact) == _is_buy(position.fills[0]):
            position.fills.append(fact)
            return []
        return self._reduce(position, fact)

    def _reduce(self, position: _Pending, fact: FillFact) -> list[Trade]:
        held = sum((f.quantity for f in position.fills), ZERO)
        position.fills.append(fact)
        if abs(fact.quantity) < abs(held):
            return []
        entry, leaving, ids = _Average(), _Average(), []
        for one in reversed(position.fills) if self._last_first else position.fills:
            side = leaving if _is_buy(one) == _is_buy(fact) else entry
            side.take(one.price, one.quantity)
            ids.append(one.order_id)
        self._turn(fact, add(held, fact.quantity))
        done = position.fees, list(dict.fromkeys(ids))
        return [_trade(position.fills[0].utc_ms, entry, fact, leaving.price, done)]

    def _turn(self, fact: FillFact, rest: Decimal) -> None:
        """The position is closed; what is left of the fill opens one the other way, without a fee."""
        del self._positions[fact.symbol]
        if rest:
            self._positions[fact.symbol] = _Pending([replace(fact, quantity=rest)], ZERO)


class ReducedTrades(FlatTrades):
    """One trade for each fill that makes a position smaller."""

    def _reduce(self, position: _Pending, fact: FillFact) -> list[Trade]:
        index = -1 if self._last_first else 0
        entered_ms, entry, ids = position.fills[index].utc_ms, _Average(), [fact.order_id]
        left = abs(fact.quantity)
        while position.fills and left > 0:
            one = position.fills[index]
            part = min(left, abs(one.quantity))
            left -= part
            entry.take(one.price, part if _is_buy(fact) else -part)
            ids.append(one.order_id)
            if part == abs(one.quantity):
                entered_ms = one.utc_ms if self._last_first else entered_ms
                position.fills.pop(index)
            else:
                rest = subtract(abs(one.quantity), part)
                position.fills[index] = replace(one, quantity=rest if _is_buy(one) else -rest)
        done = position.fees, list(dict.fromkeys(ids))
        if position.fills:
            position.fees = ZERO
        else:
            self._turn(fact, left if _is_buy(fact) else -left)
        return [_trade(entered_ms, entry, fact, fact.price, done)]
