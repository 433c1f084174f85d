"""Where the warm-up starts (semantics §3.6)."""

from datetime import timedelta
from typing import Any

from lean_local.engine.clock import DAY_MS
from lean_local.engine.feeds import NEVER, PERIOD_MS, SingleFeed
from lean_local.engine.subscriptions import Subscriptions
from lean_local.engine.tick_feed import TickFeed
from lean_local.enums import Resolution
from lean_local.securities.exchange import Calendar

ONE_DAY = timedelta(days=1)


def bars_back(
    calendar: Calendar,
    end_ms: int,
    bars: int,
    resolution: Resolution,
    *,
    extended: bool = False,
    precise: bool = True,
) -> int:
    """Start of the bar `bars` bars of open time before `end_ms` (LEAN `Time.GetStartTimeForTradeBars`)."""
    period = PERIOD_MS[resolution]
    if period >= DAY_MS:
        return _days_back(calendar, end_ms, bars, precise=precise and calendar.strict_days)
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


def _days_back(calendar: Calendar, end_ms: int, days: int, *, precise: bool) -> int:
    """The time of day of the end, so many open days before; a date whose session is not over does not count."""
    zone = calendar.zone
    moment = zone.to_local(end_ms)
    if not precise or not calendar.is_date_open(moment.date()) or (calendar.last_close(moment.date()) or 0) > end_ms:
        data_zone = calendar.data_zone  # files have whole days of this one
        moment = zone.to_local(data_zone.midnight_utc_ms(data_zone.local_date(end_ms)))
    left = days
    for _ in range(40 + 4 * days):
        if not left:
            break
        before = moment - ONE_DAY
        left -= calendar.overlaps(zone.to_utc_ms(before), zone.to_utc_ms(moment))
        moment = before
    return zone.to_utc_ms(moment)


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
            precise = bool(algorithm.settings.daily_precise_end_time)
            starts.append(bars_back(calendar, start_ms, int(period), step, precise=precise))
    return min(starts)


def begin_feeds(algorithm: Any, subscriptions: Subscriptions, first_ms: int, start_ms: int, end_ms: int) -> None:
    """Begin all feeds; with a warm-up resolution of its own the warm-up's bars come from feeds of that resolution."""
    asked = algorithm._warm_up
    resolution = asked[1] if asked is not None and first_ms < start_ms else None
    for feed in subscriptions.feeds():
        feed.precise_daily, feed.from_run_start = subscriptions.precise_daily, True
        other = isinstance(feed, SingleFeed) and not feed.internal and resolution not in (None, feed.resolution)
        if other and type(feed) in (SingleFeed, TickFeed):
            prelude = SingleFeed(
                feed.security, feed.folder, first_ms, NEVER, precise_daily=feed.precise_daily, resolution=resolution
            )
            prelude.from_run_start = True
            prelude.begin(first_ms, start_ms - 1)
            subscriptions.preludes.append(prelude)
            feed.begin(start_ms, end_ms)
        else:
            feed.begin(first_ms, end_ms)
