"""`date_rules`, `time_rules` and `schedule` (semantics §3.8). Rules become UTC times when the run starts."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from lean_local.engine.clock import DAY_MS, MINUTE_MS, Zone, zone
from lean_local.engine.schedule import ScheduledEvent, Scheduler
from lean_local.enums import DayOfWeek
from lean_local.naming import LeanObject
from lean_local.securities.exchange import Calendar

ONE_DAY = timedelta(days=1)
CalendarOf = Callable[[Any], Calendar]


@dataclass(frozen=True, slots=True)
class DateRule(LeanObject):
    """Which dates, between two dates."""

    name: str
    days: Callable[[date, date], Iterator[date]]


@dataclass(frozen=True, slots=True)
class TimeRule(LeanObject):
    """Which instants (UTC ms) of a date."""

    name: str
    instants: Callable[[date], list[int]]


def every_date(first: date, last: date) -> Iterator[date]:
    """All calendar dates from first to last."""
    while first <= last:
        yield first
        first += ONE_DAY


class DateRules(LeanObject):
    """LEAN's `self.date_rules`."""

    def __init__(self, today: Callable[[], date], calendar_of: CalendarOf) -> None:
        self._today, self._calendar_of = today, calendar_of

    def _open(self, symbol: Any, extended: bool = False) -> Callable[[date], bool]:
        if symbol is None:
            return lambda _day: True
        calendar = self._calendar_of(symbol)
        return lambda day: bool(calendar.segments(day, extended=extended))

    def on(self, *arguments: Any) -> DateRule:
        """`on(year, month, day)` or `on(dates)`."""
        if len(arguments) == 3 and isinstance(arguments[0], int):
            wanted = [date(*arguments)]
        else:
            items = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list | tuple | set) else arguments
            wanted = sorted(d.date() if isinstance(d, datetime) else d for d in items)
        name = ",".join(f"{d.month}/{d.day}/{d.year}" for d in wanted)
        return DateRule(name, lambda first, last: (d for d in wanted if first <= d <= last))

    @property
    def today(self) -> DateRule:
        """Today (the start date during initialize)."""
        day = self._today()
        return DateRule("TodayOnly", lambda first, last: (d for d in (day,) if first <= d <= last))

    @property
    def tomorrow(self) -> DateRule:
        """Tomorrow."""
        day = self._today() + ONE_DAY
        return DateRule("TomorrowOnly", lambda first, last: (d for d in (day,) if first <= d <= last))

    def every(self, *days: Any) -> DateRule:
        """Given days of the week."""
        flat = days[0] if len(days) == 1 and isinstance(days[0], list | tuple) else days
        wanted = {(int(DayOfWeek(d)) - 1) % 7 for d in flat}
        name = ",".join(DayOfWeek(d).csharp_name for d in flat)
        return DateRule(name, lambda first, last: (d for d in every_date(first, last) if d.weekday() in wanted))

    def every_day(self, symbol: Any = None, extended_market_hours: bool = False) -> DateRule:
        """Every calendar date, or the tradable dates of a symbol."""
        is_open = self._open(symbol, extended_market_hours)
        name = "EveryDay" if symbol is None else f"{symbol}: EveryDay"
        return DateRule(name, lambda first, last: (d for d in every_date(first, last) if is_open(d)))

    def _period(self, name: str, symbol: Any, offset: int, *, key: Callable[[date], Any], end: bool) -> DateRule:
        """First or last tradable date of each period, moved by `offset` tradable dates inside the period."""
        is_open = self._open(symbol)

        def days(first: date, last: date) -> Iterator[date]:
            groups: dict[Any, list[date]] = {}
            for day in every_date(first - timedelta(days=400 if "Year" in name else 100), last + timedelta(days=40)):
                if is_open(day) and key(day) is not None:
                    groups.setdefault(key(day), []).append(day)
            for members in groups.values():
                index = max(len(members) - 1 - offset, 0) if end else min(offset, len(members) - 1)
                if first <= members[index] <= last:
                    yield members[index]

        return DateRule(name if symbol is None else f"{symbol}: {name}", days)

    def _offset_form(self, symbol: Any, offset: int) -> tuple[Any, int]:
        return (None, symbol) if isinstance(symbol, int) else (symbol, offset)

    def month_start(self, symbol: Any = None, days_offset: int = 0) -> DateRule:
        """First date of each month."""
        s, n = self._offset_form(symbol, days_offset)
        return self._period("MonthStart", s, n, key=lambda d: (d.year, d.month), end=False)

    def month_end(self, symbol: Any = None, days_offset: int = 0) -> DateRule:
        """Last date of each month."""
        s, n = self._offset_form(symbol, days_offset)
        return self._period("MonthEnd", s, n, key=lambda d: (d.year, d.month), end=True)

    def week_start(self, symbol: Any = None, days_offset: int = 0) -> DateRule:
        """First date of each week (Monday without a symbol)."""
        s, n = self._offset_form(symbol, days_offset)
        return self._period("WeekStart", s, n, key=lambda d: d - timedelta(days=d.weekday()), end=False)

    def week_end(self, symbol: Any = None, days_offset: int = 0) -> DateRule:
        """Last date of each week (Friday without a symbol)."""
        s, n = self._offset_form(symbol, days_offset)

        def week(day: date) -> date | None:
            return None if s is None and day.weekday() > 4 else day - timedelta(days=day.weekday())

        return self._period("WeekEnd", s, n, key=week, end=True)

    def quarter_start(self, symbol: Any = None, days_offset: int = 0) -> DateRule:
        """First date of each quarter."""
        s, n = self._offset_form(symbol, days_offset)
        return self._period("QuarterStart", s, n, key=lambda d: (d.year, (d.month - 1) // 3), end=False)

    def year_start(self, symbol: Any = None, days_offset: int = 0) -> DateRule:
        """First date of each year."""
        s, n = self._offset_form(symbol, days_offset)
        return self._period("YearStart", s, n, key=lambda d: d.year, end=False)


class TimeRules(LeanObject):
    """LEAN's `self.time_rules`."""

    def __init__(self, zone_now: Callable[[], Zone], calendar_of: CalendarOf, now_ms: Callable[[], int]) -> None:
        self._zone, self._calendar_of, self._now_ms = zone_now, calendar_of, now_ms

    def _at_offset(self, name: str, offset_ms: int, zone_name: Any = None) -> TimeRule:
        def instants(day: date) -> list[int]:
            here = self._zone() if zone_name is None else zone(str(zone_name))
            hours, rest = divmod(offset_ms, 3_600_000)
            base = datetime(day.year, day.month, day.day)  # noqa: DTZ001  wall time
            return [here.to_utc_ms(base + timedelta(hours=hours, milliseconds=rest))]

        return TimeRule(name, instants)

    @property
    def now(self) -> TimeRule:
        """The present time of day."""
        here = self._zone()
        return self._at_offset("Now", here.to_local_ms(self._now_ms()) % DAY_MS)

    @property
    def midnight(self) -> TimeRule:
        """00:00."""
        return self._at_offset("Midnight", 0)

    @property
    def noon(self) -> TimeRule:
        """12:00."""
        return self._at_offset("Noon", 12 * 3_600_000)

    def at(self, *arguments: Any) -> TimeRule:
        """`at(hour, minute[, second][, time zone])` or `at(timedelta)`."""
        numbers = [a for a in arguments if isinstance(a, int | float)]
        zone_name = next((a for a in arguments if not isinstance(a, int | float | timedelta)), None)
        if arguments and isinstance(arguments[0], timedelta):
            offset = round(arguments[0].total_seconds() * 1000)
        else:
            h, m, s = [*numbers, 0, 0, 0][:3]
            offset = int((h * 3600 + m * 60 + s) * 1000)
        return self._at_offset(f"{offset // 3_600_000:02d}:{offset // 60_000 % 60:02d}", offset, zone_name)

    def every(self, interval: timedelta) -> TimeRule:
        """Multiples of an interval from midnight."""
        step = round(interval.total_seconds() * 1000)
        if step <= 0:
            raise ValueError("time_rules.every needs a positive interval.")

        def instants(day: date) -> list[int]:
            start, end = self._zone().midnight_utc_ms(day), self._zone().midnight_utc_ms(day + ONE_DAY)
            return list(range(start, end, step))

        return TimeRule(f"Every {interval}", instants)

    def _market(self, name: str, symbol: Any, minutes: float, *, at_open: bool, extended: bool) -> TimeRule:
        if isinstance(symbol, int | float):
            symbol, minutes = None, symbol
        calendar = self._calendar_of(symbol)
        shift = round(minutes * MINUTE_MS)

        def instants(day: date) -> list[int]:
            found = (
                calendar.first_open(day, extended=extended) if at_open else calendar.last_close(day, extended=extended)
            )
            return [] if found is None else [found + shift]

        return TimeRule(f"{symbol}: {abs(minutes)} min {name}", instants)

    def after_market_open(
        self, symbol: Any = None, minutes_after_open: float = 0, extended_market_open: bool = False
    ) -> TimeRule:
        """Minutes after the first open."""
        return self._market("after MarketOpen", symbol, minutes_after_open, at_open=True, extended=extended_market_open)

    def before_market_open(
        self, symbol: Any = None, minutes_before_open: float = 0, extended_market_open: bool = False
    ) -> TimeRule:
        """Minutes before the first open."""
        if isinstance(symbol, int | float):
            symbol, minutes_before_open = None, symbol
        return self._market(
            "before MarketOpen", symbol, -minutes_before_open, at_open=True, extended=extended_market_open
        )

    def before_market_close(
        self, symbol: Any = None, minutes_before_close: float = 0, extended_market_close: bool = False
    ) -> TimeRule:
        """Minutes before the last close."""
        if isinstance(symbol, int | float):
            symbol, minutes_before_close = None, symbol
        return self._market(
            "before MarketClose", symbol, -minutes_before_close, at_open=False, extended=extended_market_close
        )

    def after_market_close(
        self, symbol: Any = None, minutes_after_close: float = 0, extended_market_close: bool = False
    ) -> TimeRule:
        """Minutes after the last close."""
        return self._market(
            "after MarketClose", symbol, minutes_after_close, at_open=False, extended=extended_market_close
        )


class ScheduleManager(LeanObject):
    """LEAN's `self.schedule`: keeps rules until the run's first and last instants are known."""

    def __init__(
        self, scheduler: Scheduler, zone_now: Callable[[], Zone], guard: AbstractContextManager[object]
    ) -> None:
        self._scheduler, self._zone, self._guard = scheduler, zone_now, guard
        self._waiting: list[tuple[str, DateRule, TimeRule, Callable[[], Any], ScheduledEvent]] = []
        self._span: tuple[int, int] | None = None

    def on(self, *arguments: Any) -> ScheduledEvent:
        """`on([name,] date_rule, time_rule, callback)`."""
        *names, dates, times, callback = arguments
        name = names[0] if names else f"{dates.name}: {times.name}"

        def fire() -> None:
            with self._guard:
                callback()

        event = ScheduledEvent(name, iter(()), fire)
        if self._span is None:
            self._waiting.append((name, dates, times, callback, event))
        else:
            self._start(event, dates, times, self._scheduler.clock.utc_ms)
        return event

    def remove(self, event: ScheduledEvent) -> None:
        """Stop an event, also one that still waits for the run to begin."""
        self._waiting = [entry for entry in self._waiting if entry[-1] is not event]
        self._scheduler.remove(event)

    def begin(self, start_ms: int, end_ms: int) -> None:
        """Turn the rules of initialize into times from the first instant of the run."""
        self._span = (start_ms, end_ms)
        waiting, self._waiting = self._waiting, []
        for _, dates, times, _, event in waiting:
            self._start(event, dates, times, start_ms)

    def _start(self, event: ScheduledEvent, dates: DateRule, times: TimeRule, not_before_ms: int) -> None:
        assert self._span is not None
        here = self._zone()
        first, last = here.local_date(not_before_ms) - ONE_DAY, here.local_date(self._span[1]) + ONE_DAY
        event.times = (t for day in dates.days(first, last) for t in times.instants(day))
        self._scheduler.add(event, not_before_ms)
