"""LEAN's `Time`: common spans and trading dates."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from lean_local.engine.clock import zone
from lean_local.naming import LeanObject

_DAY = timedelta(days=1)


def _midnight(moment: date) -> datetime:
    return datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001  wall time


class Time(LeanObject):
    """LEAN's Time."""

    ONE_SECOND = OneSecond = timedelta(seconds=1)
    ONE_MINUTE = OneMinute = timedelta(minutes=1)
    ONE_HOUR = OneHour = timedelta(hours=1)
    ONE_DAY = OneDay = _DAY

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
