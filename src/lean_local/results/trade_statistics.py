"""Statistics over closed trades, in LEAN's running form (`Common/Statistics/TradeStatistics.cs`).

Averages and variances are updated trade by trade in decimals, durations in 100 ns ticks truncated at each step:
the order of the operations shows in the last printed digits.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from lean_local.results.numbers import (
    ZERO,
    add,
    decimal_text,
    divide,
    from_double,
    iso_utc,
    multiply,
    round_places,
    span_text,
    subtract,
)
from lean_local.results.records import TICKS_PER_MS, Trade

_TICKS_PER_SECOND = 10_000_000


class Ticks(int):
    """A duration in 100 ns."""


class Moment(int):
    """A time in UTC ms."""


Figure = Decimal | int | Ticks | Moment | None


@dataclass(slots=True)
class _Mean:
    """Running mean and sample deviation of decimals."""

    count: int = 0
    mean: Decimal = ZERO
    squares: Decimal = ZERO

    def take(self, value: Decimal) -> None:
        """Take a value in (Welford's recurrence, as LEAN)."""
        self.count += 1
        before = self.mean
        self.mean = add(before, divide(subtract(value, before), Decimal(self.count)))
        self.squares = add(self.squares, multiply(subtract(value, before), subtract(value, self.mean)))

    @property
    def deviation(self) -> Decimal:
        """Sample deviation, 0 of fewer than two."""
        if self.count < 2:
            return ZERO
        return from_double(math.sqrt(float(divide(self.squares, Decimal(self.count - 1)))))


@dataclass(slots=True)
class _Durations:
    """Running mean (truncated to ticks at every step) and median of durations in ticks."""

    mean: int = 0
    seen: list[int] = field(default_factory=list)

    def take(self, ticks: int) -> None:
        """Take a duration in."""
        self.seen.append(ticks)
        step = (ticks / _TICKS_PER_SECOND - self.mean / _TICKS_PER_SECOND) / len(self.seen)
        self.mean += int(step * _TICKS_PER_SECOND)

    @property
    def median(self) -> int:
        """Median in ticks, of two in the middle the longer; 0 of none."""
        return sorted(self.seen)[len(self.seen) // 2] if self.seen else 0


@dataclass(slots=True)
class _Group:
    """Winners or losers by profit."""

    total: Decimal = ZERO
    largest: Decimal = ZERO
    profit: _Mean = field(default_factory=_Mean)
    durations: _Durations = field(default_factory=_Durations)

    def take(self, trade: Trade) -> None:
        """Take a trade in."""
        self.total = add(self.total, trade.profit_loss)
        self.profit.take(trade.profit_loss)
        self.durations.take(trade.duration_ticks)
        if abs(trade.profit_loss) > abs(self.largest):
            self.largest = trade.profit_loss


@dataclass(slots=True)
class _Streaks:
    """Longest runs of wins and of losses; a losing trade flagged as a win counts as a win."""

    winning: int = 0
    losing: int = 0
    longest_winning: int = 0
    longest_losing: int = 0

    def take(self, is_win: bool) -> None:
        """Take the next trade in."""
        self.winning, self.losing = (self.winning + 1, 0) if is_win else (0, self.losing + 1)
        self.longest_winning = max(self.longest_winning, self.winning)
        self.longest_losing = max(self.longest_losing, self.losing)


@dataclass(slots=True)
class _Falls:
    """Drawdowns of the cumulated profit: closed, inside trades, and the longest time to a new high."""

    total: Decimal = ZERO
    high: Decimal = ZERO
    high_with_mfe: Decimal = ZERO
    closed: Decimal = ZERO
    intra_trade: Decimal = ZERO
    peak_utc_ms: int | None = None
    falling: bool = False
    longest_ms: int = 0

    def take(self, trade: Trade) -> None:
        """Take the next trade in."""
        self.peak_utc_ms = trade.entry_utc_ms if self.peak_utc_ms is None else self.peak_utc_ms
        self.high_with_mfe = max(self.high_with_mfe, self.total + trade.mfe)
        self.intra_trade = min(self.intra_trade, self.total + trade.mae - self.high_with_mfe)
        self.total = add(self.total, trade.profit_loss)
        if trade.profit_loss <= 0:
            self.closed = min(self.closed, self.total - self.high)
            self.falling = True
        elif self.total > self.high:
            self.high = self.total
            if self.falling:
                self.longest_ms = max(self.longest_ms, trade.exit_utc_ms - self.peak_utc_ms)
            self.peak_utc_ms, self.falling = trade.exit_utc_ms, False


def _ratio(top: Decimal, bottom: Decimal) -> Decimal:
    return divide(top, bottom) if bottom else ZERO


def _or_ten(top: Decimal, bottom: Decimal, *, any_at_all: bool) -> Decimal:
    """LEAN's ratios without a denominator: 0 when there is nothing, 10 when there is only the good side."""
    if not any_at_all:
        return ZERO
    return divide(top, bottom) if bottom > 0 else Decimal(10)


def _json(figure: Figure) -> object:
    if isinstance(figure, Moment):
        return iso_utc(figure)
    if isinstance(figure, Ticks):
        return span_text(figure)
    return decimal_text(round_places(figure, 4)) if isinstance(figure, Decimal) else figure


@dataclass(slots=True)
class _Tally:
    """Everything kept while walking the trades once."""

    gains: _Group = field(default_factory=_Group)
    losses: _Group = field(default_factory=_Group)
    everything: _Mean = field(default_factory=_Mean)
    durations: _Durations = field(default_factory=_Durations)
    mae: _Mean = field(default_factory=_Mean)
    mfe: _Mean = field(default_factory=_Mean)
    streaks: _Streaks = field(default_factory=_Streaks)
    falls: _Falls = field(default_factory=_Falls)
    wins: int = 0
    fees: Decimal = ZERO

    def take(self, trade: Trade) -> None:
        """Take the next trade in."""
        gained = trade.profit_loss > 0
        (self.gains if gained else self.losses).take(trade)
        self.everything.take(trade.profit_loss)
        self.durations.take(trade.duration_ticks)
        self.mae.take(trade.mae)
        self.mfe.take(trade.mfe)
        self.streaks.take(gained or trade.is_win)
        self.falls.take(trade)
        self.wins += gained or trade.is_win
        self.fees = add(self.fees, trade.total_fees)


def trade_figures(trades: Sequence[Trade]) -> dict[str, Figure]:
    """LEAN's trade statistics under their JSON names, in LEAN's order; exact."""
    tally = _Tally()
    for trade in trades:
        tally.take(trade)
    return {
        "startDateTime": Moment(min(t.entry_utc_ms for t in trades)) if trades else None,
        "endDateTime": Moment(max(t.exit_utc_ms for t in trades)) if trades else None,
        "totalNumberOfTrades": len(trades),
        "numberOfWinningTrades": tally.wins,
        "numberOfLosingTrades": len(trades) - tally.wins,
        **_amounts(tally),
        **_durations(tally),
        "maxConsecutiveWinningTrades": tally.streaks.longest_winning,
        "maxConsecutiveLosingTrades": tally.streaks.longest_losing,
        **_rates(tally, len(trades)),
        **_excursions(tally, trades),
        **_quality(tally),
        "maximumEndTradeDrawdown": max((t.end_trade_drawdown for t in trades), default=ZERO),
        "averageEndTradeDrawdown": subtract(tally.everything.mean, tally.mfe.mean),
        "maximumDrawdownDuration": Ticks(tally.falls.longest_ms * TICKS_PER_MS),
        "totalFees": tally.fees,
    }


def figures_json(figures: Mapping[str, Figure]) -> dict[str, object]:
    """LEAN's tradeStatistics object: counts are ints, decimals texts with 4 places."""
    return {name: _json(figure) for name, figure in figures.items()}


def trade_statistics(trades: Sequence[Trade]) -> dict[str, object]:
    """LEAN's tradeStatistics object of some trades."""
    return figures_json(trade_figures(trades))


def _amounts(tally: _Tally) -> dict[str, Figure]:
    return {
        "totalProfitLoss": tally.falls.total,
        "totalProfit": tally.gains.total,
        "totalLoss": tally.losses.total,
        "largestProfit": tally.gains.largest,
        "largestLoss": tally.losses.largest,
        "averageProfitLoss": tally.everything.mean,
        "averageProfit": tally.gains.profit.mean,
        "averageLoss": tally.losses.profit.mean,
    }


def _durations(tally: _Tally) -> dict[str, Figure]:
    groups = {"": tally.durations, "Winning": tally.gains.durations, "Losing": tally.losses.durations}
    means: dict[str, Figure] = {f"average{name}TradeDuration": Ticks(group.mean) for name, group in groups.items()}
    return means | {f"median{name}TradeDuration": Ticks(group.median) for name, group in groups.items()}


def _rates(tally: _Tally, count: int) -> dict[str, Figure]:
    wins, losses = Decimal(tally.wins), Decimal(count - tally.wins)
    win_rate = _ratio(wins, Decimal(count))
    return {
        "profitLossRatio": _ratio(tally.gains.profit.mean, abs(tally.losses.profit.mean)),
        "winLossRatio": _or_ten(wins, losses, any_at_all=count > 0),
        "winRate": win_rate,
        "lossRate": subtract(Decimal(1), win_rate) if count else ZERO,
    }


def _excursions(tally: _Tally, trades: Sequence[Trade]) -> dict[str, Figure]:
    return {
        "averageMAE": tally.mae.mean,
        "averageMFE": tally.mfe.mean,
        "largestMAE": min([ZERO, *(t.mae for t in trades)]),
        "largestMFE": max([ZERO, *(t.mfe for t in trades)]),
        "maximumClosedTradeDrawdown": tally.falls.closed,
        "maximumIntraTradeDrawdown": tally.falls.intra_trade,
    }


def _quality(tally: _Tally) -> dict[str, Figure]:
    mean, deviation, downside = tally.everything.mean, tally.everything.deviation, tally.losses.profit.deviation
    gains, losses, total, fall = tally.gains.total, abs(tally.losses.total), tally.falls.total, abs(tally.falls.closed)
    return {
        "profitLossStandardDeviation": deviation,
        "profitLossDownsideDeviation": downside,
        "profitFactor": _or_ten(gains, losses, any_at_all=gains != 0),
        "sharpeRatio": _ratio(mean, deviation),
        "sortinoRatio": _ratio(mean, downside),
        "profitToMaxDrawdownRatio": _or_ten(total, fall, any_at_all=total != 0),
    }
