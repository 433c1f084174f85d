"""Trading days, half days and the option expiries that were really listed.

Sessions come from `exchange_calendars` (XNYS). Expiry rules are those of the Cboe product pages: SPX monthlies expire
on the third Friday (morning settlement, last trading day the day before); SPXW weeklies on Fridays, on Wednesdays since
2016-02-23 and on Mondays since 2016-08-15, and on the last trading day of a month. An expiry that falls on a holiday
moves to the trading day before, a Monday one to the trading day after.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

FIRST_YEAR, LAST_YEAR = 1998, 2030
_FIRST_WEDNESDAY = date(2016, 2, 23)
_FIRST_MONDAY = date(2016, 8, 15)
_FIRST_PM_THIRD_FRIDAY = date(2017, 5, 1)  # before, these traded under the root SPXPM
SESSION_MINUTES, SHORT_SESSION_MINUTES = 390, 210
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class TradingCalendar:
    """NYSE sessions 1998–2030, ascending, and the dates that close at 13:00 New York."""

    sessions: tuple[date, ...]
    early_closes: frozenset[date]
    index: dict[date, int]

    def is_open(self, day: date) -> bool:
        """True when `day` is a session."""
        return day in self.index

    def minutes(self, day: date) -> int:
        """Length of the regular stock session in minutes."""
        return SHORT_SESSION_MINUTES if day in self.early_closes else SESSION_MINUTES

    def shift(self, day: date, sessions: int) -> date:
        """The session that many sessions after (before, when negative) the session `day`."""
        return self.sessions[self.index[day] + sessions]

    def on_or_before(self, day: date) -> date:
        """The last session not after `day`."""
        while day not in self.index:
            day -= _DAY
        return day

    def on_or_after(self, day: date) -> date:
        """The first session not before `day`."""
        while day not in self.index:
            day += _DAY
        return day

    def between(self, start: date, end: date) -> list[date]:
        """All sessions from `start` to `end`, both included."""
        return [day for day in self.sessions if start <= day <= end]

    def holidays(self) -> list[date]:
        """Weekdays without a session."""
        day, last = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)
        found = []
        while day <= last:
            if day.weekday() < 5 and day not in self.index:
                found.append(day)
            day += _DAY
        return found


@lru_cache(maxsize=1)
def trading_calendar() -> TradingCalendar:
    """The calendar, built once per process (about one second)."""
    import exchange_calendars  # noqa: PLC0415 costs most of a second and only the maker and the checker need it

    source = exchange_calendars.get_calendar("XNYS", start=f"{FIRST_YEAR}-01-01", end=f"{LAST_YEAR}-12-31")
    sessions = tuple(stamp.date() for stamp in source.sessions)
    early = frozenset(stamp.date() for stamp in source.early_closes)
    return TradingCalendar(sessions, early, {day: at for at, day in enumerate(sessions)})


def third_friday(year: int, month: int) -> date:
    """The third Friday of a month, holiday or not."""
    first = date(year, month, 1)
    return first + timedelta(days=(4 - first.weekday()) % 7 + 14)


def monthly_expiries(calendar: TradingCalendar, start: date, end: date) -> list[date]:
    """SPX (morning-settled) expiries from `start` to `end`."""
    found = []
    for year in range(start.year, end.year + 1):
        for month in range(1, 13):
            expiry = calendar.on_or_before(third_friday(year, month))
            if start <= expiry <= end:
                found.append(expiry)
    return found


def weekly_expiries(calendar: TradingCalendar, start: date, end: date) -> list[date]:
    """SPXW (evening-settled) expiries from `start` to `end`, ascending."""
    found: set[date] = set()
    day = start - timedelta(days=7)
    while day <= end + timedelta(days=7):
        weekday = day.weekday()
        if (weekday == 4 and (day >= _FIRST_PM_THIRD_FRIDAY or day != third_friday(day.year, day.month))) or (
            weekday == 2 and day >= _FIRST_WEDNESDAY
        ):
            found.add(calendar.on_or_before(day))
        elif weekday == 0 and day >= _FIRST_MONDAY:
            found.add(calendar.on_or_after(day))
        if (day + _DAY).month != day.month:
            found.add(calendar.on_or_before(day))
        day += _DAY
    return sorted(day for day in found if start <= day <= end)


def friday_expiries(calendar: TradingCalendar, start: date, end: date) -> list[date]:
    """Expiries of weekly stock options from `start` to `end`: Fridays, or the session before a Friday holiday."""
    days = (start + timedelta(days=shift) for shift in range((end - start).days + 8))
    return sorted(
        {day for day in (calendar.on_or_before(one) for one in days if one.weekday() == 4) if start <= day <= end}
    )
