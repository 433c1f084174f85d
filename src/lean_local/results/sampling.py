"""Equity candles: when LEAN samples the portfolio value and what a sample holds.

Facts: LEAN `Engine/Results/BacktestingResultHandler.cs` (period, strict comparison), `BaseResultsHandler.cs`,
`Common/Candlestick.cs` (smart rounding of every value), `Common/Data/Market/Bar.cs` (a value of 0 is not taken).
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from zoneinfo import ZoneInfo

from lean_local.results.numbers import ZERO, add, divide, multiply, round_places, smart_rounding, subtract

_TICKS_PER_MS = 10_000
_TICKS_PER_MINUTE = 600_000_000
_MINIMUM_MINUTES = 4.0
_SAMPLES = 4000.0
Candle = tuple[int, Decimal, Decimal, Decimal, Decimal]
"""UTC ms, open, high, low, close."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local_dates(start_utc_ms: int, end_utc_ms: int, time_zone: str) -> tuple[date, date]:
    """First and last date of a run in the algorithm's time zone."""
    zone = ZoneInfo(time_zone)
    first, last = ((_EPOCH + timedelta(milliseconds=ms)).astimezone(zone) for ms in (start_utc_ms, end_utc_ms))
    return first.date(), last.date()


def resample_period_ticks(start_utc_ms: int, end_utc_ms: int, time_zone: str) -> int:
    """Least time between two intraday samples in 100 ns ticks: 4 minutes, or the 4000th part of a longer run.

    The run is measured in local dates, from the start to the last tick of the end date, as LEAN does; the missing
    last tick makes the period just shorter than a whole number of minutes, which decides ties.
    """
    first, last = local_dates(start_utc_ms, end_utc_ms, time_zone)
    ticks = ((last - first).days + 1) * 1440 * _TICKS_PER_MINUTE - 1
    minutes = ticks / _TICKS_PER_MINUTE
    wanted = _MINIMUM_MINUTES if minutes < _MINIMUM_MINUTES * _SAMPLES else minutes / _SAMPLES
    return int(wanted * _TICKS_PER_MINUTE)


@dataclass(slots=True)
class EquitySampler:
    """Collects the portfolio value of every time step into candles (UTC ms, open, high, low, close)."""

    period_ticks: int
    candles: list[Candle] = field(default_factory=list)
    _bar: list[Decimal] | None = None
    _last: Decimal | None = None
    _next_ticks: int | None = None

    def step(self, utc_ms: int, value: Decimal) -> None:
        """Take the value of one time step; closes a candle when the period is over."""
        self._take(value)
        if self.is_due(utc_ms):
            self._emit(utc_ms)

    def is_due(self, utc_ms: int) -> bool:
        """Whether the period is over; if so the next one begins."""
        ticks = utc_ms * _TICKS_PER_MS
        if self._next_ticks is not None and ticks <= self._next_ticks:
            return False
        self._next_ticks = ticks + self.period_ticks
        return True

    def close_at(self, utc_ms: int, value: Decimal) -> None:
        """Take a value and close the candle now (midnights and the end of the run)."""
        self._take(value)
        self._emit(utc_ms)

    def _take(self, value: Decimal) -> None:
        if self._bar is not None and value == self._last:
            return  # the value of the step before changes no candle
        self._last, value = value, round_places(value, 4)
        if self._bar is None:
            self._bar = [value] * 4
        elif value != 0:
            if self._bar[3] == 0 and self._bar[0] == 0:
                self._bar = [value] * 4
            self._bar[1] = max(self._bar[1], value)
            self._bar[2] = min(self._bar[2], value)
            self._bar[3] = value

    def _emit(self, utc_ms: int) -> None:
        bar, self._bar = self._bar or [ZERO] * 4, None
        # LEAN drops a sample that is not later than the one before it.
        if not self.candles or utc_ms > self.candles[-1][0]:
            rounded = {value: smart_rounding(value) for value in set(bar)}
            first, high, low, last = (rounded[value] for value in bar)
            self.candles.append((utc_ms, first, high, low, last))


def _truncated(candle: Candle) -> Candle:
    ms, *values = candle
    first, high, low, last = (value.to_integral_value(ROUND_DOWN) for value in values)
    return ms, first, high, low, last


def _stretch(group: list[Candle], opened_ms: int, targets: list[int]) -> list[Candle]:
    """Candles at the target times from the source candles that end in the last of them, closes on a straight line."""
    first, last = group[0], group[-1]
    _, opening, high, low, _ = _truncated(
        (0, first[1], max(max(c[1:]) for c in group), min(min(c[1:]) for c in group), last[4])
    )
    stretched: list[Candle] = []
    for target in targets:
        share = Decimal((target - opened_ms) // 1000), Decimal((last[0] - opened_ms) // 1000)
        close = smart_rounding(add(divide(multiply(subtract(last[4], first[1]), share[0]), share[1]), first[1]))
        opening = stretched[-1][4] if stretched else opening
        if len(group) == 1:
            high, low = max(opening, close), min(opening, close)
        stretched.append((target, opening, high, low, close))
    return stretched


def summary_candles(candles: list[Candle]) -> list[Candle]:
    """The equity candles of a summary file: one per 2 to 7 days once there are 200 candles, else all of them.

    Values are truncated to whole amounts, closes interpolated (LEAN `Common/SeriesSampler.cs`).
    """
    days = min(7, len(candles) // 100)
    if days <= 1:
        return list(candles)
    step_ms = days * 86_400_000
    sampled, start, target = [candles[0]], 1, candles[0][0] + step_ms
    for i in range(1, len(candles)):
        if target > candles[i][0]:
            continue
        targets = list(range(target, candles[i][0] + 1, step_ms))
        sampled += _stretch(candles[start : i + 1], candles[start - 1][0], targets)
        target, start = targets[-1] + step_ms, i + 1
    return sampled
