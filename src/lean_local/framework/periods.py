"""How long an insight lasts: spans and bars counted in the open time of its exchange.

`Common/Algorithm/Framework/Alphas/Insight.cs` (ComputeCloseTime, the period specifications) and
`Common/Time.cs` (GetEndTimeForTradeBars).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from lean_local.engine.clock import DAY_MS, EPOCH, aware_utc
from lean_local.enums import Resolution
from lean_local.securities.exchange import Calendar

ONE_DAY = timedelta(days=1)
END_OF_TIME = datetime(2050, 12, 31)  # noqa: DTZ001  LEAN Time.EndOfTime
END_OF_TIME_SPAN = END_OF_TIME - EPOCH.replace(year=1)
_SECOND_MS, _MINUTE_MS, _HOUR_MS = 1000, 60_000, 3_600_000
_INVALID_PERIOD = "Insight period must be greater than or equal to 1 second."


def _ms(span: timedelta) -> int:
    return span.days * DAY_MS + span.seconds * 1000 + span.microseconds // 1000


def _utc_ms(moment: datetime) -> int:
    return _ms(moment.replace(tzinfo=None) - EPOCH)


@dataclass(frozen=True, slots=True)
class Period:
    """One of: a span, bars of a resolution, a local close time, or a function from local time to a close time."""

    length: timedelta | None = None
    resolution: Resolution | None = None
    bar_count: int = 0
    close_local: datetime | None = None
    expiry: Callable[[datetime], datetime] | None = None
    endless: bool = False

    @classmethod
    def of(cls, asked: object) -> "Period":
        """What `Insight(...)` takes: a span (nothing counts as a second) or a function."""
        if isinstance(asked, timedelta):
            return cls(length=asked or timedelta(seconds=1))
        if not callable(asked):
            raise TypeError(f"An insight's period is a timedelta or a function, not {type(asked).__name__}.")
        return cls(expiry=asked)

    @classmethod
    def priced(cls, asked: object) -> "Period":
        """What `Insight.price` takes: a span, a close time, or a function. Raises ValueError for under a second."""
        if isinstance(asked, timedelta):
            if asked < timedelta(seconds=1):
                raise ValueError(_INVALID_PERIOD)
            return cls(endless=True) if asked == END_OF_TIME_SPAN else cls(length=asked)
        if isinstance(asked, date):
            close = asked if isinstance(asked, datetime) else datetime(asked.year, asked.month, asked.day)  # noqa: DTZ001
            naive = close.replace(tzinfo=None)
            return cls(endless=True) if naive == END_OF_TIME else cls(close_local=naive)
        return cls.of(asked)

    @classmethod
    def bars(cls, resolution: Resolution, count: int) -> "Period":
        """A number of bars; ticks count as seconds, hours as sixty minutes. Raises ValueError for none."""
        if count < 1:
            raise ValueError("Insight barCount must be greater than zero.")
        if resolution == Resolution.HOUR:
            return cls(resolution=Resolution.MINUTE, bar_count=count * 60)
        return cls(resolution=Resolution.SECOND if resolution == Resolution.TICK else resolution, bar_count=count)

    def end(self, generated: datetime, calendar: Calendar) -> tuple[datetime, timedelta]:
        """Close time (UTC) and length of an insight made at a time. Raises ValueError for a close in the past."""
        if self.endless:
            return END_OF_TIME.replace(tzinfo=UTC), END_OF_TIME_SPAN
        if self.length is not None or self.resolution is not None:
            close = close_after(calendar, generated, self)
            return close, self.length if self.length is not None else close - generated
        zone = calendar.zone
        if self.expiry is not None:
            local = self.expiry(zone.to_local(_utc_ms(generated)))
        else:
            assert self.close_local is not None
            local = self.close_local
        utc_ms = zone.to_utc_ms(local.replace(tzinfo=None))
        close = aware_utc(utc_ms if calendar.is_open(utc_ms) else calendar.next_open(utc_ms))
        if self.close_local is not None and generated > close:
            raise ValueError("Insight closeTimeLocal must not be in the past.")
        return close, close - generated


def close_after(calendar: Calendar, generated: datetime, period: Period) -> datetime:
    """End of a span or of bars that begin at a time, counted in regular open time."""
    start = _utc_ms(generated)
    if period.resolution is not None:
        return aware_utc(_bars_end(calendar, start, period.resolution, period.bar_count))
    assert period.length is not None
    return aware_utc(_span_end(calendar, start, _ms(period.length)))


def _span_end(calendar: Calendar, start: int, span_ms: int) -> int:
    if span_ms < _SECOND_MS:
        raise ValueError(_INVALID_PERIOD)
    unit, bar = (Resolution.DAILY, DAY_MS) if span_ms >= DAY_MS else (Resolution.MINUTE, _MINUTE_MS)
    if span_ms < _MINUTE_MS:
        unit, bar = Resolution.SECOND, _SECOND_MS
    count, rest = divmod(span_ms, bar)
    end = _bars_end(calendar, start, unit, count)
    if unit == Resolution.DAILY:  # the rest is a share of a trading day
        rest = int(_regular_ms(calendar) * (rest / DAY_MS))
    minutes = rest // _MINUTE_MS
    return _bars_end(calendar, end, Resolution.MINUTE, minutes) if minutes else end


def _bars_end(calendar: Calendar, start: int, resolution: Resolution, count: int) -> int:
    """Where a number of bars ends: days on which the exchange opens, or steps during which it is open."""
    zone = calendar.zone
    if resolution == Resolution.DAILY:
        local = zone.to_local(start)
        while count:
            local += ONE_DAY
            count -= calendar.is_date_open(local.date())
        return zone.to_utc_ms(local)
    bar = _MINUTE_MS if resolution == Resolution.MINUTE else _SECOND_MS
    moment = start
    while count:
        segment = next(((a, b) for a, b in _around(calendar, moment) if b > moment and a < moment + bar), None)
        if segment is None:  # closed: on to the step that reaches the next open
            opens = calendar.next_open(moment)
            moment += (opens - moment) // bar * bar or bar
            continue
        steps = min(count, max(-(-(segment[1] - moment) // bar), 1))
        moment += steps * bar
        count -= steps
    return moment


def _around(calendar: Calendar, moment: int) -> list[tuple[int, int]]:
    day = calendar.zone.local_date(moment)
    return [s for d in (day, day + ONE_DAY) for s in calendar.segments(d)]


def _regular_ms(calendar: Calendar) -> int:
    """The commonest length of a day's regular hours, the longer of two as common (LEAN RegularMarketDuration)."""
    lengths: dict[int, int] = {}
    monday = date(2021, 6, 7)  # weeks without holidays or early closes
    for offset in range(7):
        day = monday + offset * ONE_DAY
        length = sum(b - a for a, b in calendar.segments(day))
        lengths[length] = lengths.get(length, 0) + 1
    return max(lengths, key=lambda ms: (lengths[ms], ms))
