"""Scheduled events that move the whole market. First cut: the first half of 2018; outside it entries are refused.

Dates: Federal Reserve meeting calendar; Bureau of Labor Statistics release schedule (CPI, Employment Situation).
Times are New York time: FOMC statements at 14:00, BLS releases at 08:30.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from thetatrace.reasons import Reason


@dataclass(frozen=True, slots=True)
class MarketEvent:
    """One scheduled release, in New York time."""

    name: str
    at: datetime


def _releases(name: str, at: time, days: tuple[tuple[int, int, int], ...]) -> tuple[MarketEvent, ...]:
    return tuple(MarketEvent(name, datetime.combine(date(*day), at)) for day in days)


EVENTS: tuple[MarketEvent, ...] = (
    *_releases("FOMC", time(14, 0), ((2018, 1, 31), (2018, 3, 21), (2018, 5, 2), (2018, 6, 13))),
    *_releases(
        "CPI",
        time(8, 30),
        ((2018, 1, 12), (2018, 2, 14), (2018, 3, 13), (2018, 4, 11), (2018, 5, 10), (2018, 6, 12)),
    ),
    *_releases(
        "NFP",
        time(8, 30),
        ((2018, 1, 5), (2018, 2, 2), (2018, 3, 9), (2018, 4, 6), (2018, 5, 4), (2018, 6, 1)),
    ),
)
COVERED = (date(2018, 1, 1), date(2018, 6, 30))


class EventCalendar:
    """Answers whether an entry is too near a scheduled event."""

    def __init__(self, events: tuple[MarketEvent, ...] = EVENTS, covered: tuple[date, date] = COVERED) -> None:
        self._events = tuple(sorted(events, key=lambda event: event.at))
        self._covered = covered

    def refusal(self, now: datetime, hours: float) -> Reason | None:
        """Return why an entry at New York time `now` is refused: an event less than `hours` away, or no calendar."""
        first, last = self._covered
        if not first <= now.date() <= last:
            return Reason.EVENTS_UNKNOWN
        near = timedelta(hours=hours)
        return Reason.EVENT_NEAR if any(abs(event.at - now) < near for event in self._events) else None
