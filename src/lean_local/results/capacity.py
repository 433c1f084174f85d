"""Estimated strategy capacity: how much money the market around the strategy's trades could have taken.

For each traded symbol the dollar volume of the bars after a fill is added up (discounted for fast trading) until a
window closes; at snapshots the symbol with the least of it, per trade and divided by its weight, gives the capacity.
Facts: LEAN `Common/CapacityEstimate.cs`, `Common/SymbolCapacity.cs`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from lean_local.enums import Resolution
from lean_local.results.numbers import ZERO, add, divide, multiply, round_to_step
from lean_local.results.summary import CapacityText
from lean_local.symbols import Symbol

DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS = 86_400_000, 3_600_000, 60_000, 1000
EFFECT_MS = 30 * DAY_MS
"""For so long after its last fill a symbol that is no longer held still counts."""
_SCALES = {
    Resolution.DAILY: Decimal("0.02"),
    Resolution.HOUR: Decimal("0.05"),
    Resolution.MINUTE: Decimal("0.20"),
    Resolution.SECOND: Decimal("0.50"),
    Resolution.TICK: Decimal("0.50"),
}
_DOLLARS_PER_MINUTE = Decimal(6_000_000)
_ROUNDING = Decimal("1000.00")


@dataclass(frozen=True, slots=True)
class CapacityBar:
    """The bar a symbol has in the slice of this moment.

    A trade bar if there is one; else the quote bar's mid close with (last bid size + last ask size)/2 as volume, or
    LEAN's fixed one for forex and CFD.
    """

    close: Decimal
    volume: Decimal
    period_ms: int


class CapacityMarket(Protocol):
    """What the estimate asks of the engine, always about this moment."""

    def is_internal(self, symbol: Symbol) -> bool:
        """Whether the algorithm does not see the symbol's data, as with what a continuous future is mapped to."""

    def with_bars(self, symbols: tuple[Symbol, ...]) -> Iterable[int]:
        """Places of those symbols that may have a bar: there can be dozens of contracts, and few have one."""

    def bar(self, symbol: Symbol, *, internal: bool) -> CapacityBar | None:
        """The symbol's bar of the current slice, if it has one; when `internal`, else the real trade bar of now."""

    def multiplier(self, symbol: Symbol) -> Decimal:
        """Contract multiplier."""

    def conversion_rate(self, symbol: Symbol) -> Decimal:
        """Account currency per unit of the quote currency."""

    def invested(self, symbol: Symbol) -> bool:
        """Whether the symbol is held."""

    def buying_power_in_use(self, symbol: Symbol) -> Decimal:
        """Buying power reserved for the holding times the security's leverage, account currency, not negative."""

    def portfolio_value(self) -> Decimal:
        """Total portfolio value."""


def resolution_of(period_ms: int) -> Resolution:
    """The coarsest resolution whose period is not above the bar's."""
    steps = ((DAY_MS, Resolution.DAILY), (HOUR_MS, Resolution.HOUR), (MINUTE_MS, Resolution.MINUTE))
    for step_ms, resolution in (*steps, (SECOND_MS, Resolution.SECOND)):
        if period_ms >= step_ms:
            return resolution
    return Resolution.TICK


def _round_up(utc_ms: int, step_ms: int) -> int:
    return -(-utc_ms // step_ms) * step_ms


class _SymbolCapacity:
    """Volume around the fills of one symbol, since the last snapshot."""

    def __init__(self, symbol: Symbol, *, internal: bool) -> None:
        self.symbol = symbol
        self.internal = internal  # LEAN asks when the first fill comes
        self.trades = 0
        self.sale_volume = ZERO
        self.last_fill_ms = 0
        self._market_volume = ZERO
        self._scale = ZERO
        self._average = ZERO
        self._discount = ZERO
        self._previous: tuple[int, Decimal] | None = None  # time and volume of the bar before
        self._filled = False
        self._restart = False

    @property
    def market_volume(self) -> Decimal:
        """Volume around the fills, account currency, scaled for its resolution."""
        return multiply(self._market_volume, self._scale)

    def fill(self, utc_ms: int, amount: Decimal) -> None:
        """Take a fill of this amount, account currency: the sooner after the last one, the less volume counts."""
        self.sale_volume = add(self.sale_volume, amount)
        before_ms = self.last_fill_ms if self._filled else utc_ms - DAY_MS
        minutes = Decimal(utc_ms - before_ms) / MINUTE_MS
        self._discount = min(Decimal(1), max(Decimal("0.20"), multiply(Decimal(2), divide(minutes, Decimal(390)))))
        if self._restart:
            self._market_volume, self.trades, self._restart = ZERO, 0, False
        self.trades += 1
        self.last_fill_ms, self._filled = utc_ms, True

    def update(self, utc_ms: int, market: CapacityMarket) -> bool:
        """Take the bar of this moment; True when the window after the last fill is over."""
        bar = market.bar(self.symbol, internal=self.internal)
        if bar is None or bar.volume == 0:
            return False
        resolution, rate = resolution_of(bar.period_ms), market.conversion_rate(self.symbol)
        minutes = Decimal(utc_ms - self._previous[0]) / MINUTE_MS if self._previous is not None else ZERO
        if self._previous is None or minutes == 0:
            self._average = multiply(rate, bar.close, bar.volume)
        else:
            self._average = divide(multiply(bar.close, rate, add(bar.volume, self._previous[1])), minutes)
        self._previous = (utc_ms, bar.volume)
        inside = self._includes(utc_ms, resolution)
        if inside:
            self._scale = _SCALES[resolution]
            volume = multiply(bar.close, self._discount, bar.volume, rate, market.multiplier(self.symbol))
            self._market_volume = add(self._market_volume, volume)
        return not inside

    def _includes(self, utc_ms: int, resolution: Resolution) -> bool:
        if resolution == Resolution.DAILY:
            return utc_ms == self.last_fill_ms or utc_ms // DAY_MS * DAY_MS == _round_up(self.last_fill_ms, DAY_MS)
        if resolution == Resolution.HOUR:
            return utc_ms == _round_up(self.last_fill_ms, HOUR_MS)
        per_bar = _DOLLARS_PER_MINUTE if resolution == Resolution.MINUTE else _DOLLARS_PER_MINUTE / 60
        least = 1 if resolution == Resolution.MINUTE else 5
        ratio = divide(per_bar, self._average) if self._average else Decimal(10)
        minutes = 120 if ratio > 120 else max(least, int(ratio))
        return utc_ms <= self.last_fill_ms + minutes * MINUTE_MS

    def restart(self) -> None:
        """Begin anew: sales now, the market's volume, which is still read, with the next fill."""
        self._restart, self.sale_volume = True, ZERO


class CapacityEstimate:
    """Feed with every fill, and with `update` once at the end of every time step after the fills of that step."""

    def __init__(self, market: CapacityMarket, start_day: int, days: int) -> None:
        """:param start_day: first local date of the run as a day number (days since 1970); `days`: its length."""
        self._market = market
        self._symbols: dict[Symbol, _SymbolCapacity] = {}
        self._watched: list[_SymbolCapacity] = []
        self._watched_symbols: tuple[Symbol, ...] = ()
        self._period_days = max(min(days - 1, 7), 1)
        # LEAN compares the UTC date with a local one; so does this.
        self._next_day = start_day + self._period_days
        self._amount = ZERO
        self._lowest: Symbol | None = None

    @property
    def amount(self) -> Decimal:
        """Capacity in account currency, rounded to 1000."""
        return round_to_step(self._amount, _ROUNDING)

    def text(self) -> CapacityText:
        """The estimate as the table of statistics wants it."""
        return CapacityText(self.amount, str(self._lowest.id) if self._lowest is not None else "")

    def fill(self, symbol: Symbol, utc_ms: int, price: Decimal, quantity: Decimal) -> None:
        """Take a fill or partial fill."""
        market, entry = self._market, self._symbols.get(symbol)
        if entry is None:
            entry = self._symbols[symbol] = _SymbolCapacity(symbol, internal=market.is_internal(symbol))
        amount = multiply(market.conversion_rate(symbol), price, abs(quantity), market.multiplier(symbol))
        entry.fill(utc_ms, amount)
        if entry not in self._watched:
            self._watch([*self._watched, entry])

    def _watch(self, entries: list[_SymbolCapacity]) -> None:
        self._watched, self._watched_symbols = entries, tuple(entry.symbol for entry in entries)

    def update(self, utc_ms: int, *, force: bool = False) -> None:
        """Take the bars of this moment; `force` at the very end of the run takes a last snapshot."""
        if self._watched:
            found = [self._watched[place] for place in self._market.with_bars(self._watched_symbols)]
            over = {id(entry) for entry in found if entry.update(utc_ms, self._market)}
            if over:
                self._watch([entry for entry in self._watched if id(entry) not in over])
        if self._symbols and (force or utc_ms // DAY_MS >= self._next_day):
            self._snapshot(utc_ms)

    def _snapshot(self, utc_ms: int) -> None:
        portfolio_value = self._market.portfolio_value()
        if portfolio_value == 0:
            return
        smallest = min(self._symbols.values(), key=lambda entry: entry.market_volume)
        self._lowest = smallest.symbol
        sold = sum((entry.sale_volume for entry in self._symbols.values()), ZERO)
        of_sales = divide(smallest.sale_volume, sold) if sold else ZERO
        of_holdings = divide(self._market.buying_power_in_use(smallest.symbol), portfolio_value)
        weight = max(of_sales, of_holdings)
        daily = divide(smallest.market_volume, Decimal(smallest.trades))
        fresh = divide(daily, weight) if weight else self._amount
        if self._amount:
            fresh = add(multiply(Decimal("0.33"), fresh), multiply(self._amount, Decimal("0.66")))
        self._amount = fresh
        for entry in list(self._symbols.values()):
            if self._market.invested(entry.symbol) or utc_ms < entry.last_fill_ms + EFFECT_MS:
                entry.restart()
            else:
                del self._symbols[entry.symbol]
                self._watch([other for other in self._watched if other is not entry])
        self._next_day = utc_ms // DAY_MS + self._period_days
