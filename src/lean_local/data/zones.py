"""Time zones as arithmetic on milliseconds.

A wall time is int64 milliseconds since 1970-01-01 00:00 of its own clock. As NodaTime's lenient resolver
(which LEAN uses) does, a wall time that occurs twice means the first, and a skipped one moves forward by the gap.
"""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from lean_local.data.columns import Ints

DAY_MS = 86_400_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def day_ms(day: date) -> int:
    """Wall time of midnight at the start of a date."""
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY_MS


def wall_ms(local: datetime) -> int:
    """Wall time of a naive local datetime, truncated to milliseconds."""
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    return day_ms(local.date()) + seconds * 1000 + local.microsecond // 1000


def wall_datetime(wall: int) -> datetime:
    """Naive local datetime of a wall time."""
    return datetime(1970, 1, 1) + timedelta(milliseconds=wall)  # noqa: DTZ001 - wall time has no zone


def offset_ms(zone: ZoneInfo, wall: int) -> int:
    """Milliseconds by which a wall time of the zone is ahead of UTC."""
    offset = wall_datetime(wall).replace(tzinfo=zone).utcoffset()
    assert offset is not None
    return round(offset.total_seconds() * 1000)


@cache
def _day_offsets(zone: ZoneInfo, day: int) -> tuple[int, int]:
    """Offsets at the start and the end of the `day`-th day since 1970."""
    return offset_ms(zone, day * DAY_MS), offset_ms(zone, (day + 1) * DAY_MS - 1)


def utc_of_wall(zone: ZoneInfo, wall: int) -> int:
    """UTC milliseconds of one wall time of the zone."""
    first, last = _day_offsets(zone, wall // DAY_MS)
    return wall - (first if first == last else offset_ms(zone, wall))


def wall_of_utc(zone: ZoneInfo, utc_ms: int) -> int:
    """Wall time of the zone at a UTC instant."""
    offset = zone.utcoffset(None)
    if offset is None:
        instant = datetime.fromtimestamp(utc_ms // 1000, tz=zone)
        offset = instant.utcoffset()
        assert offset is not None
    return utc_ms + round(offset.total_seconds() * 1000)


def utc_of_walls(zone: ZoneInfo, walls: Ints) -> Ints:
    """UTC milliseconds of wall times (int64 [n]); one lookup per date, so a day's file costs one subtraction."""
    if len(walls) == 0:
        return walls
    days = walls // DAY_MS
    if days[0] == days[-1] and (days == days[0]).all():
        first, last = _day_offsets(zone, int(days[0]))
        if first == last:
            return walls - first
    unique, inverse = np.unique(days, return_inverse=True)
    pairs = np.array([_day_offsets(zone, int(day)) for day in unique], dtype=np.int64)
    result: Ints = walls - pairs[inverse, 0]
    for index in np.flatnonzero((pairs[:, 0] != pairs[:, 1])[inverse]):
        result[index] = utc_of_wall(zone, int(walls[index]))
    return result
