"""Calendar periods of consolidators (LEAN `Calendar.cs`, `LeanData.GetConsolidatorStartTime`)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from lean_local.naming import LeanObject
from lean_local.securities.exchange import Calendar as MarketCalendar

ONE_DAY = timedelta(days=1)
ONE_WEEK = timedelta(days=7)


class CalendarInfo(LeanObject):
    """Start and length of a calendar period."""

    def __init__(self, start: date, period: timedelta) -> None:
        if not isinstance(start, datetime):  # a date is its midnight
            start = datetime(start.year, start.month, start.day)  # noqa: DTZ001
        self.start, self.period = start, period

    @property
    def end(self) -> datetime:
        """Where the period ends."""
        return self.start + self.period

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CalendarInfo) and (self.start, self.period) == (other.start, other.period)

    def __hash__(self) -> int:
        return hash((self.start, self.period))

    def __str__(self) -> str:
        return f"{self.start} {self.period}"


def midnight(moment: datetime) -> datetime:
    """00:00 of that date."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def round_down(moment: datetime, span: timedelta) -> datetime:
    """Down to a multiple of the span since midnight."""
    return moment - (moment - midnight(moment)) % span


class Calendar:
    """LEAN's calendar periods: functions from a time to CalendarInfo."""

    @staticmethod
    def weekly(moment: datetime) -> CalendarInfo:
        """The week from Monday."""
        return CalendarInfo(midnight(moment) - timedelta(days=moment.weekday()), ONE_WEEK)

    @staticmethod
    def monthly(moment: datetime) -> CalendarInfo:
        """The calendar month."""
        start = midnight(moment).replace(day=1)
        following = (start + timedelta(days=32)).replace(day=1)
        return CalendarInfo(start, following - start)

    @staticmethod
    def quarterly(moment: datetime) -> CalendarInfo:
        """The calendar quarter."""
        start = midnight(moment).replace(month=3 * ((moment.month - 1) // 3) + 1, day=1)
        following = (start + timedelta(days=95)).replace(day=1)
        return CalendarInfo(start, following - start)

    @staticmethod
    def yearly(moment: datetime) -> CalendarInfo:
        """The calendar year."""
        start = midnight(moment).replace(month=1, day=1)
        return CalendarInfo(start, start.replace(year=start.year + 1) - start)

    WEEKLY = Weekly = weekly
    MONTHLY = Monthly = monthly
    QUARTERLY = Quarterly = quarterly
    YEARLY = Yearly = yearly


def from_start_time(period: timedelta, start_time: timedelta) -> Callable[[datetime], datetime]:
    """Starts of periods counted from a time of day; of a week or longer, from that time of the month's first."""

    def start(moment: datetime) -> datetime:
        first = midnight(moment)
        if period >= ONE_WEEK:
            first = first.replace(day=1)
        first += start_time
        return first + (moment - first) // period * period

    return start


def session_day(calendar: MarketCalendar, moment: datetime, *, extended: bool) -> CalendarInfo:
    """First open at or before a moment to the last close of its date (LEAN `LeanData.GetDailyCalendar`).

    A moment before the open belongs to the trading date before.
    """
    zone, utc = calendar.zone, calendar.zone.to_utc_ms(moment)
    day = moment.date()
    for _ in range(40):
        found = calendar.segments(day, extended=extended)
        if found and found[0][0] <= utc:
            start = zone.to_local(found[0][0])
            return CalendarInfo(start, zone.to_local(found[-1][1]) - start)
        day -= ONE_DAY
    return CalendarInfo(midnight(moment), ONE_DAY)


def session_part(calendar: MarketCalendar, moment: datetime, period: timedelta, *, extended: bool) -> CalendarInfo:
    """The period, counted from the last open, that holds a moment; the last one ends with the session."""
    zone = calendar.zone
    opens, closes = (zone.to_local(t) for t in calendar.session_since(zone.to_utc_ms(moment), extended=extended))
    start = opens + (moment - opens) // period * period
    return CalendarInfo(start, min(start + period, closes) - start)
