"""LEAN's portfolio statistics from the sampled charts and the closing transactions.

Inputs are the chart points as they are printed (smart-rounded decimals), so the numbers can be recomputed from a
results file. Doubles and decimals are mixed exactly as LEAN mixes them; see `numbers` for the decimal rules.
Facts: LEAN `Common/Statistics/PortfolioStatistics.cs`, `Statistics.cs`, `StatisticsBuilder.cs`; MathNet's formulas.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from lean_local.results.numbers import (
    ZERO,
    add,
    decimal_text,
    divide,
    from_double,
    multiply,
    round_places,
    subtract,
    to_double,
)

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Points:
    """A chart series: UTC ms int64[n], strictly increasing, and the printed values (decimals), same length."""

    utc_ms: NDArray[np.int64]
    values: tuple[Decimal, ...]

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, Decimal]]) -> "Points":
        """Points from (UTC ms, value) pairs; of two at one time the later wins."""
        ordered = sorted(dict(pairs).items())
        return cls(np.array([ms for ms, _ in ordered], dtype=np.int64), tuple(value for _, value in ordered))

    def days(self, first: int, last: int) -> "Points":
        """The points whose UTC day number (days since 1970) lies in first..last, both included."""
        low, high = np.searchsorted(self.utc_ms, [first * DAY_MS, (last + 1) * DAY_MS])
        return Points(self.utc_ms[low:high], self.values[low:high])


@dataclass(frozen=True, slots=True)
class Transactions:
    """Closing transactions in time order: UTC ms (distinct), profit after twice the closing fee, win flag."""

    utc_ms: tuple[int, ...]
    profits: tuple[Decimal, ...]
    wins: tuple[bool, ...]

    def days(self, first: int, last: int) -> "Transactions":
        """The transactions whose UTC day number lies in first..last, both included."""
        kept = [i for i, ms in enumerate(self.utc_ms) if first <= ms // DAY_MS <= last]
        return Transactions(
            tuple(self.utc_ms[i] for i in kept),
            tuple(self.profits[i] for i in kept),
            tuple(self.wins[i] for i in kept),
        )


@dataclass(frozen=True, slots=True)
class Sampled:
    """Everything a run leaves that statistics are made of. Return and turnover points as in LEAN's charts."""

    equity: Points
    returns: Points  # percent per day
    benchmark: Points
    turnover: Points
    transactions: Transactions
    starting_capital: Decimal
    rate_of_day: Callable[[int], Decimal]  # UTC day number -> annual risk-free rate as a fraction
    trading_days_per_year: int = 252


@dataclass(frozen=True, slots=True)
class PortfolioStatistics:
    """LEAN's portfolio statistics, in LEAN's order. Fractions, not percent; recovery in whole days."""

    average_win_rate: Decimal = ZERO
    average_loss_rate: Decimal = ZERO
    profit_loss_ratio: Decimal = ZERO
    win_rate: Decimal = ZERO
    loss_rate: Decimal = ZERO
    expectancy: Decimal = ZERO
    start_equity: Decimal = ZERO
    end_equity: Decimal = ZERO
    compounding_annual_return: Decimal = ZERO
    drawdown: Decimal = ZERO
    total_net_profit: Decimal = ZERO
    sharpe_ratio: Decimal = ZERO
    probabilistic_sharpe_ratio: Decimal = ZERO
    sortino_ratio: Decimal = ZERO
    alpha: Decimal = ZERO
    beta: Decimal = ZERO
    annual_standard_deviation: Decimal = ZERO
    annual_variance: Decimal = ZERO
    information_ratio: Decimal = ZERO
    tracking_error: Decimal = ZERO
    treynor_ratio: Decimal = ZERO
    portfolio_turnover: Decimal = ZERO
    value_at_risk_99: Decimal = ZERO
    value_at_risk_95: Decimal = ZERO
    drawdown_recovery: Decimal = ZERO  # whole days

    def as_json(self) -> dict[str, str]:
        """LEAN's JSON names and texts (4 places)."""
        return {_json_name(f.name): decimal_text(round_places(getattr(self, f.name), 4)) for f in fields(self)}


def _json_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def variance(values: Sequence[float]) -> float:
    """Sample variance (n - 1), by MathNet's one-pass recurrence; NaN for fewer than two values."""
    if len(values) < 2:
        return math.nan
    total, result = values[0], 0.0
    for j, value in enumerate(values[1:], start=2):
        total += value
        gap = j * value - total
        result += gap * gap / (j * (j - 1))
    return result / (len(values) - 1)


def covariance(left: Sequence[float], right: Sequence[float]) -> float:
    """Sample covariance (n - 1) of two series of one length."""
    a, b = np.asarray(left), np.asarray(right)
    return float(np.sum((a - a.mean()) * (b - b.mean())) / (len(a) - 1))


def annual_performance(values: Sequence[float], days_per_year: int) -> float:
    """(mean + 1)^N - 1; raises OverflowError when it leaves the doubles."""
    return math.pow(sum(values) / len(values) + 1, days_per_year) - 1


def annual_variance(values: Sequence[float], days_per_year: int) -> float:
    """Sample variance times N; 0 for fewer than two values."""
    one = variance(values)
    return 0.0 if math.isnan(one) or one == 0 else one * days_per_year


def probabilistic_sharpe(values: Sequence[float], benchmark_sharpe: float, daily_rate: float) -> float:
    """Probability that the true daily Sharpe ratio exceeds `benchmark_sharpe`.

    SR = (mean - rate)/std; error = sqrt((1 - skew SR + (kurt - 1)/4 SR^2)/(n - 1)) with the bias-corrected skewness
    and *excess* kurtosis; Phi((SR - benchmark)/error). 0 when a moment is undefined (n < 4 or constant values).
    """
    n, one = len(values), variance(values)
    centred = np.asarray(values) - np.mean(values)
    second, third, fourth = (float(np.mean(centred**k)) for k in (2, 3, 4))
    if n < 4 or one == 0 or second == 0:
        return 0.0
    ratio = (sum(values) / n - daily_rate) / math.sqrt(one)
    skew = third / second**1.5 * math.sqrt(n * (n - 1)) / (n - 2)
    kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (fourth / second**2 - 3) + 6)
    error_squared = (1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2) / (n - 1)
    if error_squared < 0:
        return 0.0
    error = math.sqrt(error_squared)
    return 0.5 * math.erfc(-((ratio - benchmark_sharpe) / error if error else 0.0) / math.sqrt(2))


def value_at_risk(values: Sequence[float], lookback: int, confidence: float) -> Decimal:
    """One-day quantile of a normal fitted to the last `lookback` returns, 3 places."""
    recent = values[-lookback:]
    deviation = math.sqrt(variance(recent))
    quantile = sum(recent) / len(recent) + deviation * NormalDist().inv_cdf(1 - confidence)
    return round_places(from_double(quantile), 3)


def drawdown_and_recovery(equity: Points) -> tuple[Decimal, Decimal]:
    """Largest fall from a peak (fraction, 3 places) and the longest time back to a peak (whole days, truncated).

    The time counts from the last moment at the old peak to the first sample at or above it. 0 and 0 for fewer
    than two samples or where the peak is 0, as LEAN.
    """
    if len(equity.values) < 2:
        return ZERO, ZERO
    values = np.array([float(v) for v in equity.values])
    peaks = np.maximum.accumulate(values)
    if np.any(peaks == 0):
        return ZERO, ZERO
    worst = int(np.argmin(values / peaks))
    peak = max(equity.values[: worst + 1])
    fall = subtract(divide(equity.values[worst], peak), Decimal(1))
    at_peak = np.flatnonzero(values >= peaks)
    broken = np.flatnonzero(np.diff(at_peak) > 1)
    spans = equity.utc_ms[at_peak[broken + 1]] - equity.utc_ms[at_peak[broken]]
    days = int(spans.max() // DAY_MS) if spans.size else 0
    return round_places(abs(min(fall, ZERO)), 3), Decimal(days)


def average_rate(equity: Points, rate_of_day: Callable[[int], Decimal]) -> Decimal:
    """Mean annual risk-free rate over every equity sample (a day counts once per sample)."""
    days, counts = np.unique(equity.utc_ms // DAY_MS, return_counts=True)
    total = ZERO
    for day, count in zip(days.tolist(), counts.tolist(), strict=True):
        total = add(total, multiply(rate_of_day(day), Decimal(count)))
    return divide(total, Decimal(len(equity.values)))


def average_win_and_loss(transactions: Transactions, capital: Decimal) -> tuple[Decimal, Decimal]:
    """Mean of profit/running capital over the winners (profit > 0) and over the others; 0 where there are none."""
    sums, counts = [ZERO, ZERO], [0, 0]
    for profit in transactions.profits:
        side = 0 if profit > 0 else 1
        sums[side] = add(sums[side], divide(profit, capital))
        counts[side] += 1
        capital = add(capital, profit)
    win, loss = (divide(s, Decimal(c)) if c else ZERO for s, c in zip(sums, counts, strict=True))
    return win, loss


def compounding_annual_return(start: Decimal, end: Decimal, years: Decimal) -> Decimal:
    """(end/start)^(1/years) - 1; 0 when undefined or beyond the doubles."""
    if years == 0 or start == 0:
        return ZERO
    base = to_double(end) / to_double(start)
    try:
        return from_double(math.pow(base, 1 / to_double(years)) - 1)
    except (ValueError, OverflowError):
        return ZERO


def benchmark_changes(benchmark: Points) -> list[float]:
    """Relative changes between consecutive benchmark points without the first change; 0 after a zero."""
    changes = [
        float(divide(subtract(new, old), old)) if old else 0.0
        for old, new in zip(benchmark.values, benchmark.values[1:], strict=False)
    ]
    return changes[1:]


def portfolio_statistics(sampled: Sampled, first: int | None = None, last: int | None = None) -> PortfolioStatistics:
    """The statistics of the UTC days first..last (day numbers, both included; whole run by default).

    :raises ValueError: when returns and benchmark have different counts
    :raises OverflowError: when an annualised figure leaves the doubles (LEAN then has no statistics either)
    """
    first = int(sampled.equity.utc_ms[0] // DAY_MS) if first is None else first
    last = int(sampled.equity.utc_ms[-1] // DAY_MS) if last is None else last
    equity, turnover = sampled.equity.days(first, last), sampled.turnover.days(first, last)
    returns, benchmark = sampled.returns.days(first, last), sampled.benchmark.days(first, last)
    if not equity.values:
        return PortfolioStatistics()
    if len(returns.values) != len(benchmark.values):
        raise ValueError(f"{len(returns.values)} returns against {len(benchmark.values)} benchmark values")
    whole = len(equity.values) == len(sampled.equity.values)
    start = sampled.starting_capital if whole else equity.values[0]
    mean_turnover = divide(sum(turnover.values, ZERO), Decimal(len(turnover.values))) if turnover.values else ZERO
    # Day 0 is the start and day 1 may hold opening auctions: both are left out, on both sides.
    performance = [float(divide(value, Decimal(100))) for value in returns.values[2:]]
    changes = benchmark_changes(benchmark)
    known = {"start_equity": start, "end_equity": equity.values[-1], "portfolio_turnover": mean_turnover}
    if start == 0 or len(performance) < 2 or len(changes) < 2:
        return PortfolioStatistics(**known)
    transactions = sampled.transactions.days(first, last)
    rate = average_rate(equity, sampled.rate_of_day)
    risk = _risk(performance, changes, rate, sampled.trading_days_per_year)
    return PortfolioStatistics(**known, **_trading(transactions, start), **_growth(equity, start), **risk)


def _trading(transactions: Transactions, start: Decimal) -> dict[str, Decimal]:
    win, loss = average_win_and_loss(transactions, start)
    ratio = divide(win, abs(loss)) if loss else ZERO
    count, wins = Decimal(len(transactions.wins)), Decimal(sum(transactions.wins))
    win_rate = divide(wins, count) if count else ZERO
    loss_rate = divide(count - wins, count) if count else ZERO
    return {
        "average_win_rate": win,
        "average_loss_rate": loss,
        "profit_loss_ratio": ratio,
        "win_rate": win_rate,
        "loss_rate": loss_rate,
        "expectancy": subtract(multiply(win_rate, ratio), loss_rate),
    }


def _growth(equity: Points, start: Decimal) -> dict[str, Decimal]:
    span_days = float(equity.utc_ms[-1] - equity.utc_ms[0]) / DAY_MS
    years = divide(from_double(span_days), Decimal(365))
    drawdown, recovery = drawdown_and_recovery(equity)
    return {
        "drawdown": drawdown,
        "drawdown_recovery": recovery,
        "total_net_profit": subtract(divide(equity.values[-1], start), Decimal(1)),
        "compounding_annual_return": compounding_annual_return(start, equity.values[-1], years),
    }


def _risk(performance: list[float], changes: list[float], rate: Decimal, days: int) -> dict[str, Decimal]:
    annual, bench = (from_double(annual_performance(x, days)) for x in (performance, changes))
    spread = from_double(annual_variance(performance, days))
    deviation = from_double(math.sqrt(float(spread)))
    downside = from_double(math.sqrt(annual_variance([x for x in performance if x < 0], days)))
    bench_variance = variance(changes)
    beta = from_double(covariance(performance, changes) / bench_variance) if bench_variance else ZERO
    excess = from_double(float(annual) - float(rate))
    gaps = [p - c for p, c in zip(performance, changes, strict=True)]
    tracking = from_double(math.sqrt(annual_variance(gaps, days)))
    premium = multiply(beta, subtract(bench, rate))
    sharpe_of = {d: from_double((float(annual) - float(rate)) / float(d)) if d else ZERO for d in (deviation, downside)}
    return {
        "sharpe_ratio": sharpe_of[deviation],
        "sortino_ratio": sharpe_of[downside],
        "probabilistic_sharpe_ratio": from_double(
            probabilistic_sharpe(performance, 1 / math.sqrt(days), float(rate) / days)
        ),
        "alpha": subtract(annual, add(rate, premium)) if beta else ZERO,
        "beta": beta,
        "annual_standard_deviation": deviation,
        "annual_variance": spread,
        "information_ratio": divide(from_double(float(annual) - float(bench)), tracking) if tracking else ZERO,
        "tracking_error": tracking,
        "treynor_ratio": divide(excess, beta) if beta else ZERO,
        "value_at_risk_99": value_at_risk(performance, days, 0.99),
        "value_at_risk_95": value_at_risk(performance, days, 0.95),
    }
