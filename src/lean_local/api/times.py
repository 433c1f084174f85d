"""LEAN's `Time` and .NET's `TimeSpan`: spans, and the dates on which an exchange opens (`Common/Time.cs`)."""

import builtins
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from lean_local.engine.clock import zone
from lean_local.naming import LeanObject

_DAY = timedelta(days=1)


def _midnight(moment: date) -> datetime:
    return datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001  wall time


class Time(LeanObject):
    """LEAN's Time."""

    END_OF_TIME = EndOfTime = datetime(2050, 12, 31)  # noqa: DTZ001  .NET: unspecified
    BEGINNING_OF_TIME = BeginningOfTime = datetime(1998, 1, 1)  # noqa: DTZ001
    MAX_TIME_SPAN = MaxTimeSpan = timedelta.max
    ONE_YEAR = OneYear = timedelta(days=365)
    ONE_DAY = OneDay = _DAY
    ONE_HOUR = OneHour = timedelta(hours=1)
    ONE_MINUTE = OneMinute = timedelta(minutes=1)
    ONE_SECOND = OneSecond = timedelta(seconds=1)
    ONE_MILLISECOND = OneMillisecond = timedelta(milliseconds=1)

    @staticmethod
    def multiply(interval: timedelta, multiplier: float) -> timedelta:
        """A span several times."""
        return interval * multiplier

    @staticmethod
    def abs(time_span: timedelta) -> timedelta:
        """A span without its sign."""
        return -time_span if time_span < timedelta(0) else time_span

    @staticmethod
    def max(one: Any, two: Any) -> Any:
        """The later or longer."""
        return builtins.max(one, two)

    @staticmethod
    def min(one: Any, two: Any) -> Any:
        """The earlier or shorter."""
        return builtins.min(one, two)

    @staticmethod
    def each_day(start: date, thru: date) -> Iterator[datetime]:
        """Every date, both ends included."""
        day = _midnight(start)
        while day <= _midnight(thru):
            yield day
            day += _DAY

    @staticmethod
    def each_tradeable_day(
        subject: Any, from_: date, thru: date, extended_market_hours: bool = False
    ) -> Iterable[datetime]:
        """Open dates of exchange hours or of a security, both ends included."""
        hours = subject if hasattr(subject, "is_date_open") else subject.exchange.hours
        day = _midnight(from_)
        while day <= _midnight(thru):
            if hours.is_date_open(day, extended_market_hours):
                yield day
            day += _DAY

    @staticmethod
    def each_tradeable_day_in_time_zone(
        exchange: Any, from_: date, thru: date, time_zone: Any, include_extended_market_hours: bool = True
    ) -> Iterable[datetime]:
        """Dates of a time zone on which exchange hours are open at some time."""
        own, other = exchange.calendar.zone, zone(str(time_zone))
        moment = from_ if isinstance(from_, datetime) else _midnight(from_)
        end = _midnight(thru) + _DAY
        while moment < end:
            there = _midnight(other.to_local(own.to_utc_ms(moment)))
            following = min(own.to_local(other.to_utc_ms(there + _DAY)), end)
            if exchange.is_open(moment, following, include_extended_market_hours):
                yield there
            moment = following


class TimeSpan(LeanObject):
    """.NET's TimeSpan: makes spans."""

    ZERO = zero = Zero = timedelta(0)

    def __new__(cls, *parts: int) -> timedelta:  # type: ignore[misc]  # a span is a timedelta
        """`TimeSpan(hours, minutes, seconds)` or `TimeSpan(days, hours, minutes, seconds)`."""
        days, hours, minutes, seconds = (0, *parts) if len(parts) == 3 else parts
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)

    @staticmethod
    def from_days(value: float) -> timedelta:
        """Days."""
        return timedelta(days=value)

    @staticmethod
    def from_hours(value: float) -> timedelta:
        """Hours."""
        return timedelta(hours=value)

    @staticmethod
    def from_minutes(value: float) -> timedelta:
        """Minutes."""
        return timedelta(minutes=value)

    @staticmethod
    def from_seconds(value: float) -> timedelta:
        """Seconds."""
        return timedelta(seconds=value)

    @staticmethod
    def from_milliseconds(value: float) -> timedelta:
        """Milliseconds."""
        return timedelta(milliseconds=value)

    @staticmethod
    def from_ticks(value: int) -> timedelta:
        """Units of 100 ns."""
        return timedelta(microseconds=value / 10)


__all__ = ["Time", "TimeSpan"]
