"""Where the warm-up starts (semantics §3.6)."""

from datetime import timedelta
from typing import Any

from lean_local.engine.clock import DAY_MS
from lean_local.engine.feeds import PERIOD_MS
from lean_local.engine.subscriptions import Subscriptions
from lean_local.enums import Resolution
from lean_local.securities.exchange import Calendar

ONE_DAY = timedelta(days=1)


def bars_back(calendar: Calendar, end_ms: int, bars: int, resolution: Resolution, *, extended: bool = False) -> int:
    """Start of the bar `bars` bars of open time before `end_ms` (LEAN `Time.GetStartTimeForTradeBars`)."""
    period = PERIOD_MS[resolution]
    if period >= DAY_MS:
        day = calendar.zone.local_date(end_ms)
        close = calendar.last_close(day)
        if close is not None and close <= end_ms:
            day += ONE_DAY
        for _ in range(bars):
            day = calendar.previous_trading_day(day)
        opens = calendar.first_open(day, extended=extended)
        return opens if opens is not None else calendar.zone.midnight_utc_ms(day)
    moment, left = end_ms - end_ms % period, bars
    day = calendar.zone.local_date(moment - 1)
    for _ in range(4000):
        for opens, closes in reversed(calendar.segments(day, extended=extended)):
            start, stop = opens - opens % period, min(closes, moment)
            inside = -(-(stop - start) // period) if stop > start else 0
            if inside >= left:
                return stop - left * period if stop % period == 0 else -(-stop // period) * period - left * period
            left -= max(inside, 0)
        day -= ONE_DAY
    return end_ms - bars * period


def warm_up_start(algorithm: Any, subscriptions: Subscriptions, start_ms: int) -> int:
    """First instant of the run: the start, or what `set_warm_up` asks for before it."""
    asked = algorithm._warm_up
    if asked is None:
        return start_ms
    period, resolution = asked
    if isinstance(period, timedelta):
        return start_ms - round(period.total_seconds() * 1000)
    starts = [start_ms]
    for feed in subscriptions.feeds():
        if not feed.internal:
            calendar = feed.security.calendar if hasattr(feed, "security") else feed.calendar
            own = feed.security.resolution if hasattr(feed, "security") else feed.resolution
            step = resolution or own
            starts.append(bars_back(calendar, start_ms, int(period), step))
    return min(starts)
