"""Rolling windows: statistics of the last 1, 3, 6 and 12 months at every month's end (`StatisticsBuilder.cs`)."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from lean_local.results.records import Trade
from lean_local.results.statistics import DAY_MS, PortfolioStatistics, Sampled, portfolio_statistics
from lean_local.results.trade_statistics import Figure, trade_figures

_EPOCH = date(1970, 1, 1)
MONTHS = (1, 3, 6, 12)


def _months_earlier(day: date, months: int) -> date:
    """The first of a month, `months` before the month of `day` (which is itself the first of a month)."""
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def period_ranges(months: int, first: date, last: date) -> Iterator[tuple[date, date]]:
    """(start, end) of every window: ends at each month's end and on the last day; the first window is partial."""
    ends = [last]
    while (before := ends[-1].replace(day=1) - timedelta(days=1)) >= first:
        ends.append(before)
    ends.reverse()
    yield first, ends[0]
    for previous, end in pairwise(ends):
        yield max(first, _months_earlier(previous + timedelta(days=1), months - 1)), end


def trades_of_days(trades: Sequence[Trade], first: int, last: int) -> list[Trade]:
    """The trades closed on the UTC day numbers first..last, both included."""
    return [trade for trade in trades if first <= trade.exit_utc_ms // DAY_MS <= last]


def rolling_windows(
    sampled: Sampled, trades: Sequence[Trade]
) -> dict[str, tuple[dict[str, Figure], PortfolioStatistics, list[Trade]]]:
    """Trade and portfolio statistics and the trades they are of, by LEAN's keys "M{months}_{yyyyMMdd}"."""
    first, last = (_EPOCH + timedelta(days=int(ms // DAY_MS)) for ms in sampled.equity.utc_ms[[0, -1]])
    windows = {}
    for months in MONTHS:
        for start, end in period_ranges(months, first, last):
            low, high = (start - _EPOCH).days, (end - _EPOCH).days
            inside = trades_of_days(trades, low, high)
            portfolio = portfolio_statistics(sampled, low, high)
            windows[f"M{months}_{end:%Y%m%d}"] = (trade_figures(inside), portfolio, inside)
    return windows
