"""An exchange as algorithms see it: open or not, next open, local time. Built on the market-hours database."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from lean_local.engine.clock import Clock, Zone, zone
from lean_local.enums import Market, SecurityType
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)
_SEARCHED = timedelta(days=15)  # for the next open or close
_WEEKS = 4  # that show how long most trading days are
Segments = tuple[tuple[int, int], ...]


class Calendar:
    """Opening times of one market as UTC milliseconds, from one primitive: the open segments of a local date."""

    def __init__(
        self,
        segments: Callable[[date, bool], Segments],
        exchange_zone: str,
        data_zone: str,
        *,
        always_open: bool,
        rolling: bool = False,
    ) -> None:
        """:param rolling: whether its daily bars are whole dates of the data zone, see `has_rolling_days`"""
        self._read = segments
        self.zone: Zone = zone(exchange_zone)
        self.data_zone: Zone = zone(data_zone)
        self.always_open = always_open
        self.strict_days = not (always_open or rolling)  # daily bars may end with the session
        self._cache: dict[tuple[date, bool], Segments] = {}

    def segments(self, day: date, *, extended: bool = False) -> Segments:
        """Open segments (start, end) in UTC ms of that exchange date, ascending; empty on closed dates."""
        key = (day, extended)
        found = self._cache.get(key)
        if found is None:
            found = self._cache[key] = self._read(day, extended)
        return found

    def is_date_open(self, day: date) -> bool:
        """Whether there is regular trading on that exchange date."""
        return bool(self.segments(day))

    def first_open(self, day: date, *, extended: bool = False) -> int | None:
        """UTC ms of the first open of that date, None when closed."""
        found = self.segments(day, extended=extended)
        return found[0][0] if found else None

    def last_close(self, day: date, *, extended: bool = False) -> int | None:
        """UTC ms of the last close of that date, None when closed."""
        found = self.segments(day, extended=extended)
        return found[-1][1] if found else None

    def is_open(self, utc_ms: int, *, extended: bool = False) -> bool:
        """Whether the exchange is open at that instant (start inclusive, end exclusive)."""
        return any(a <= utc_ms < b for a, b in self.segments(self.zone.local_date(utc_ms), extended=extended))

    def segment_at(self, utc_ms: int, *, extended: bool = False) -> tuple[int, int] | None:
        """The open segment that holds an instant, None when the exchange is closed."""
        found = self.segments(self.zone.local_date(utc_ms), extended=extended)
        return next(((a, b) for a, b in found if a <= utc_ms < b), None)

    def overlaps(self, start_ms: int, end_ms: int, *, extended: bool = False) -> bool:
        """Whether the exchange is open at any moment of [start, end)."""
        day, last = self.zone.local_date(start_ms), self.zone.local_date(end_ms - 1)
        while day <= last:
            if any(a < end_ms and start_ms < b for a, b in self.segments(day, extended=extended)):
                return True
            day += ONE_DAY
        return False

    def next_open(self, utc_ms: int, *, extended: bool = False) -> int:
        """UTC ms of the first open strictly after that instant."""
        day = self.zone.local_date(utc_ms)
        for offset in range(40):
            for start, _ in self.segments(day + offset * ONE_DAY, extended=extended):
                if start > utc_ms:
                    return start
        return utc_ms + 365 * 86_400_000

    def next_close(self, utc_ms: int, *, extended: bool = False) -> int:
        """UTC ms of the first close strictly after that instant."""
        day = self.zone.local_date(utc_ms)
        for offset in range(40):
            for _, end in self.segments(day + offset * ONE_DAY, extended=extended):
                if end > utc_ms:
                    return end
        return utc_ms + 365 * 86_400_000

    def session_since(self, utc_ms: int, *, extended: bool = False) -> tuple[int, int]:
        """The last uninterrupted opening that began at or before an instant; openings may go over midnight."""
        day = self.zone.local_date(utc_ms) - 10 * ONE_DAY
        runs: list[tuple[int, int]] = []
        for offset in range(13):
            for opens, closes in self.segments(day + offset * ONE_DAY, extended=extended):
                if runs and runs[-1][1] == opens:
                    opens = runs.pop()[0]  # noqa: PLW2901  it goes on
                runs.append((opens, closes))
        return next((r for r in reversed(runs) if r[0] <= utc_ms), (utc_ms, utc_ms))

    def next_day_end(self, utc_ms: int) -> int:
        """UTC ms of the first last close of a date's regular hours strictly after that instant."""
        day = self.zone.local_date(utc_ms)
        for offset in range(40):
            close = self.last_close(day + offset * ONE_DAY)
            if close is not None and close > utc_ms:
                return close
        return utc_ms + 365 * 86_400_000

    def may_have_data(self, data_day: date) -> bool:
        """Whether a file of that date of the data zone can hold something: the exchange is open then or next to it."""
        if self.zone is self.data_zone:
            return bool(self.segments(data_day, extended=True))
        return any(self.segments(data_day + offset * ONE_DAY, extended=True) for offset in (-1, 0, 1))

    def previous_trading_day(self, day: date) -> date:
        """The last open date before `day`."""
        found = day - ONE_DAY
        for _ in range(40):
            if self.is_date_open(found):
                return found
            found -= ONE_DAY
        return found

    def next_trading_day(self, day: date) -> date:
        """The first open date after `day`."""
        found = day + ONE_DAY
        for _ in range(40):
            if self.is_date_open(found):
                return found
            found += ONE_DAY
        return found


def has_rolling_days(symbol: Symbol) -> bool:
    """Whether daily bars of a symbol never end with the session (LEAN `LeanData.UseStrictEndTime`)."""
    kind = symbol.security_type
    oanda = kind == SecurityType.CFD and symbol.id.market == Market.OANDA
    return oanda or kind in (SecurityType.FOREX, SecurityType.BASE)


def always_open_calendar(name: str) -> Calendar:
    """A market of that time zone that never closes."""
    own = zone(name)

    def whole(day: date, _extended: bool) -> Segments:
        return ((own.midnight_utc_ms(day), own.midnight_utc_ms(day + ONE_DAY)),)

    return Calendar(whole, name, name, always_open=True)


class SecurityExchangeHours(LeanObject):
    """LEAN's `exchange.hours`; arguments and results are naive exchange-local times."""

    __slots__ = ("calendar",)

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar

    @staticmethod
    def always_open(time_zone: Any) -> "SecurityExchangeHours":
        """Hours without a close."""
        return SecurityExchangeHours(always_open_calendar(str(time_zone)))

    @property
    def time_zone(self) -> str:
        """IANA name of the exchange time zone."""
        return self.calendar.zone.name

    @property
    def regular_market_duration(self) -> timedelta:
        """The length of most trading days; of two as frequent the longer."""
        monday = date(2024, 1, 1)
        days = (monday + timedelta(days=n) for n in range(_WEEKS * 7))
        lengths = Counter(sum(end - start for start, end in self.calendar.segments(day)) for day in days)
        del lengths[0]
        longest = max(lengths.items(), key=lambda item: (item[1], item[0]))[0] if lengths else 0
        return timedelta(milliseconds=longest)

    @property
    def is_market_always_open(self) -> bool:
        """Whether the market never closes."""
        return self.calendar.always_open

    @property
    def market_hours(self) -> dict[int, Any]:
        """One entry per day of the week."""
        return _WeekDays(range(7))

    def is_date_open(self, local: datetime | date, extended_market_hours: bool = False) -> bool:
        """Whether the exchange opens on that date."""
        return bool(self.calendar.segments(_date(local), extended=extended_market_hours))

    def is_open(self, local: datetime, *rest: Any) -> bool:
        """`is_open(local, extended)` or `is_open(start, end, extended)`."""
        start = self.calendar.zone.to_utc_ms(_wall(local))
        if rest and isinstance(rest[0], datetime):
            end = self.calendar.zone.to_utc_ms(_wall(rest[0]))
            return self.calendar.overlaps(start, end, extended=bool(rest[1]) if len(rest) > 1 else False)
        return self.calendar.is_open(start, extended=bool(rest[0]) if rest else False)

    def get_next_market_open(self, local: datetime, extended_market_hours: bool = False) -> datetime:
        """Next open after that local time; a segment that goes on from the one before does not open.

        Raises ValueError where there is none within two weeks, as in a market that never closes.
        """
        z, extended = self.calendar.zone, extended_market_hours
        found = self.calendar.next_open(z.to_utc_ms(_moment(local)), extended=extended)
        while not self.calendar.always_open and self.calendar.is_open(found - 1, extended=extended):
            found = self.calendar.next_open(found, extended=extended)
        return self._soon(local, z.to_local(found), "open")

    def get_previous_market_open(self, local: datetime, extended_market_hours: bool = False) -> datetime:
        """Last open at or before that local time. Raises ValueError in a market that never closes."""
        if self.calendar.always_open:
            raise ValueError("The market is always open: it has no last opening")
        z = self.calendar.zone
        return z.to_local(self.calendar.session_since(z.to_utc_ms(_moment(local)), extended=extended_market_hours)[0])

    def get_next_market_close(self, local: datetime, extended_market_hours: bool = False) -> datetime:
        """Next close after that local time; a segment that the next one goes on from does not close.

        Raises ValueError where there is none within two weeks, as in a market that never closes.
        """
        z, extended = self.calendar.zone, extended_market_hours
        found = self.calendar.next_close(z.to_utc_ms(_moment(local)), extended=extended)
        while not self.calendar.always_open and self.calendar.is_open(found, extended=extended):
            found = self.calendar.next_close(found, extended=extended)
        return self._soon(local, z.to_local(found), "close")

    def _soon(self, local: datetime | date, found: datetime, what: str) -> datetime:
        """The moment found, if the market changes at all and within two weeks (LEAN `SecurityExchangeHours.cs`)."""
        if self.calendar.always_open or found >= _moment(_date(local)) + _SEARCHED:
            always = ": it is always open" if self.calendar.always_open else ""
            raise ValueError(f"The market does not {what} within two weeks after {local}{always}")
        return found

    def get_previous_trading_day(self, local: datetime | date) -> datetime:
        """Midnight of the last open date before."""
        day = self.calendar.previous_trading_day(_date(local))
        return datetime(day.year, day.month, day.day)  # noqa: DTZ001

    def get_next_trading_day(self, local: datetime | date) -> datetime:
        """Midnight of the next open date."""
        day = self.calendar.next_trading_day(_date(local))
        return datetime(day.year, day.month, day.day)  # noqa: DTZ001


class _WeekDays(dict[int, Any]):
    """Market hours by day of week with .NET's `count`."""

    def __init__(self, days: range) -> None:
        super().__init__(dict.fromkeys(days))

    @property
    def count(self) -> int:
        """Number of days."""
        return len(self)


class SecurityExchange(LeanObject):
    """LEAN's `security.exchange`: the hours seen from the algorithm's present."""

    __slots__ = ("_clock", "calendar", "hours")

    def __init__(self, calendar: Calendar, clock: Clock) -> None:
        self.calendar = calendar
        self._clock = clock
        self.hours = SecurityExchangeHours(calendar)

    @property
    def time_zone(self) -> str:
        """IANA name of the exchange time zone."""
        return self.calendar.zone.name

    @property
    def local_time(self) -> datetime:
        """Exchange-local time now, naive."""
        return self.calendar.zone.to_local(self._clock.utc_ms)

    @property
    def exchange_open(self) -> bool:
        """Whether regular trading is open now."""
        return self.calendar.is_open(self._clock.utc_ms)

    @property
    def closing_soon(self) -> bool:
        """Whether regular trading is closed in ten minutes."""
        return self.is_closing_soon(10)

    def is_closing_soon(self, minutes_to_close: float) -> bool:
        """Whether regular trading is closed in so many minutes, also where it is closed now."""
        return not self.calendar.is_open(self._clock.utc_ms + round(minutes_to_close * 60_000))

    def date_time_is_open(self, local: datetime) -> bool:
        """Whether regular trading is open at a time of the exchange."""
        return self.hours.is_open(local)

    def date_is_open(self, local: datetime | None = None) -> bool:
        """Whether the exchange opens on that (or today's) date."""
        return self.calendar.is_date_open(_date(local or self.local_time))

    def is_open_during_bar(self, start: datetime, end: datetime, extended_market_hours: bool = False) -> bool:
        """Whether the exchange is open at any moment of the bar."""
        return self.hours.is_open(start, end, extended_market_hours)


def _wall(moment: datetime) -> datetime:
    """LEAN reads the clock of a time that has a zone, whatever the zone."""
    return moment.replace(tzinfo=None)


def _moment(moment: datetime | date) -> datetime:
    """A date is its midnight."""
    return moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001


def _date(moment: datetime | date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
