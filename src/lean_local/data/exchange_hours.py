"""When one exchange is open, by local datetimes and by UTC milliseconds.

Days follow `Common/Securities/SecurityExchangeHours.cs` and `LocalMarketHours.cs`: an early close cuts the day, a late
open delays it. Openings and closings are looked for in `securities.exchange`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from lean_local.data.zones import DAY_MS, day_ms, utc_of_wall, wall_datetime, wall_ms
from lean_local.enums import MarketHoursState

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Segment:
    """Part of a day in one state; start and end in milliseconds since local midnight (86400000 = end of day)."""

    state: MarketHoursState
    start_ms: int
    end_ms: int

    def counts(self, extended: bool) -> bool:
        """Whether the segment is open: regular trading, or anything when extended hours are asked for."""
        return extended or self.state == MarketHoursState.MARKET


Day = tuple[Segment, ...]


@dataclass(eq=False)
class ExchangeHours:
    """Opening hours of one entry of the market-hours database, with per-date caches.

    `week` has one tuple of segments per weekday from Monday; `early_closes` and `late_opens` are ms since midnight.
    """

    key: str
    data_time_zone: ZoneInfo
    exchange_time_zone: ZoneInfo
    week: tuple[Day, ...]
    holidays: frozenset[date] = frozenset()
    early_closes: dict[date, int] = field(default_factory=dict)
    late_opens: dict[date, int] = field(default_factory=dict)
    bank_holidays: frozenset[date] = frozenset()
    _days: dict[date, Day] = field(default_factory=dict, repr=False)
    _utc: dict[tuple[date, bool], tuple[tuple[int, int], ...]] = field(default_factory=dict, repr=False)

    @property
    def time_zone(self) -> ZoneInfo:
        """Time zone of the exchange."""
        return self.exchange_time_zone

    @property
    def is_market_always_open(self) -> bool:
        """Whether every weekday is one regular segment from midnight to midnight."""
        return all(
            len(day) == 1 and day[0].counts(False) and (day[0].start_ms, day[0].end_ms) == (0, DAY_MS)
            for day in self.week
        )

    def local_segments(self, day: date) -> Day:
        """Segments of a date after holidays, early close and late open, in order."""
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = self._segments_of(day)
        return found

    def _segments_of(self, day: date) -> Day:
        if day in self.holidays:
            return ()
        plain = self.week[day.weekday()]
        close, opens = self.early_closes.get(day), self.late_opens.get(day)
        before = _cut_after(plain, close) if close is not None else plain
        if opens is None:
            return before
        if close is None or close >= opens:
            return _cut_before(before, opens)
        # The market resumes after the early close.
        return before + _cut_before(plain, opens)

    def segments(self, day: date, extended: bool = False) -> tuple[tuple[int, int], ...]:
        """Open spans (start, end) of an exchange date as UTC milliseconds; empty when closed."""
        key = (day, extended)
        found = self._utc.get(key)
        if found is None:
            midnight, zone = day_ms(day), self.exchange_time_zone
            found = self._utc[key] = tuple(
                (utc_of_wall(zone, midnight + part.start_ms), utc_of_wall(zone, midnight + part.end_ms))
                for part in self.local_segments(day)
                if part.counts(extended)
            )
        return found

    def utc_ms(self, local: datetime) -> int:
        """UTC milliseconds of a naive exchange time."""
        return utc_of_wall(self.exchange_time_zone, wall_ms(local))

    def is_date_open(self, day: date, extended: bool = False) -> bool:
        """Whether the date has regular hours (or, with `extended`, any hours)."""
        return any(part.counts(extended) for part in self.local_segments(_date_of(day)))

    def is_open(self, local: datetime, extended: bool = False) -> bool:
        """Whether the exchange is open at a local time; a segment's end is outside it."""
        moment = wall_ms(local) % DAY_MS
        parts = self.local_segments(local.date())
        return any(part.start_ms <= moment < part.end_ms and part.counts(extended) for part in parts)

    def first_daily_open(self, day: date, extended: bool = False) -> datetime | None:
        """First opening time of a date, None when it is closed."""
        parts = [part for part in self.local_segments(_date_of(day)) if part.counts(extended)]
        return wall_datetime(day_ms(day) + parts[0].start_ms) if parts else None

    def last_daily_close(self, day: date, extended: bool = False) -> datetime | None:
        """Last closing time of a date, None when it is closed."""
        parts = [part for part in self.local_segments(_date_of(day)) if part.counts(extended)]
        return wall_datetime(day_ms(day) + parts[-1].end_ms) if parts else None

    def previous_trading_day(self, day: date) -> date:
        """Last date with regular hours before a date; raises `ValueError` when there is none in the year before."""
        return self._trading_day(day, -1)

    def next_trading_day(self, day: date) -> date:
        """First date with regular hours after a date; raises `ValueError` when there is none in the year after."""
        return self._trading_day(day, 1)

    def _trading_day(self, day: date, step: int) -> date:
        found = _date_of(day)
        for _ in range(366):
            found += step * _ONE_DAY
            if self.is_date_open(found):
                return found
        raise ValueError(f"{self.key} has no trading day within a year of {day}")

    def trading_days(self, first: date, last: date) -> list[date]:
        """Every date from `first` to `last`, both included, that has regular hours."""
        count = last.toordinal() - first.toordinal() + 1
        return [day for day in (first + number * _ONE_DAY for number in range(count)) if self.is_date_open(day)]


def _date_of(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day


def _cut_after(parts: Day, close: int) -> Day:
    for index, part in enumerate(parts):
        if part.start_ms <= close <= part.end_ms:
            return (*parts[:index], Segment(part.state, part.start_ms, close))
        if close < part.start_ms:
            # LEAN also drops the segment before the gap in which the close falls.
            return parts[: max(index - 1, 0)]
    return parts


def _cut_before(parts: Day, opens: int) -> Day:
    for index, part in enumerate(parts):
        if part.start_ms <= opens <= part.end_ms:
            return (Segment(part.state, opens, part.end_ms), *parts[index + 1 :])
        if opens < part.start_ms:
            return parts[index:]
    # LEAN keeps the whole day when the late open lies after every segment.
    return parts
