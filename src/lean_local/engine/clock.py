"""Time zones and the algorithm's clock: UTC milliseconds inside, naive local datetimes at the edge.

A zone's offset is looked up once per quarter of an hour of UTC time and kept: all offsets since 1998 change on such
boundaries, and a dictionary hit is ten times cheaper than `zoneinfo`.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lean_local.errors import BadInputError

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  naive on purpose: local wall time is counted from it
EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
_QUARTER_MS = 900_000
_KEPT_LOCALS = 1000


def local_ms(moment: datetime) -> int:
    """Milliseconds of a naive wall time since 1970-01-01 00:00 of the same wall clock."""
    delta = moment - EPOCH
    return delta.days * DAY_MS + delta.seconds * 1000 + delta.microseconds // 1000


def aware_utc(utc_ms: int) -> datetime:
    """A UTC-aware datetime, as LEAN hands out for order times and `utc_time`."""
    return EPOCH_UTC + timedelta(milliseconds=utc_ms)


class Zone:
    """One IANA time zone with cached offsets. Two zones of one name are the same object (see `zone`)."""

    __slots__ = ("_info", "_locals", "_offsets", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            self._info = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise BadInputError(f"Time zone '{name}' is not known", fix="Use an IANA name.") from error
        self._offsets: dict[int, int] = {}
        self._locals: dict[int, datetime] = {}

    def __str__(self) -> str:
        return self.name

    def offset_ms(self, utc_ms: int) -> int:
        """Milliseconds to add to UTC to get this zone's wall time at that instant."""
        key = utc_ms // _QUARTER_MS
        found = self._offsets.get(key)
        if found is None:
            instant = (EPOCH_UTC + timedelta(milliseconds=key * _QUARTER_MS)).astimezone(self._info)
            offset = instant.utcoffset() or timedelta(0)
            found = self._offsets[key] = (offset.days * 86_400 + offset.seconds) * 1000
        return found

    def to_local_ms(self, utc_ms: int) -> int:
        """UTC milliseconds -> wall-clock milliseconds."""
        return utc_ms + self.offset_ms(utc_ms)

    def to_local(self, utc_ms: int) -> datetime:
        """UTC milliseconds -> naive wall time. The same few instants are asked for again and again."""
        found = self._locals.get(utc_ms)
        if found is None:
            if len(self._locals) >= _KEPT_LOCALS:
                self._locals.clear()
            found = self._locals[utc_ms] = EPOCH + timedelta(milliseconds=utc_ms + self.offset_ms(utc_ms))
        return found

    def local_date(self, utc_ms: int) -> date:
        """The calendar date of this zone at that instant."""
        return self.to_local(utc_ms).date()

    def to_utc_ms(self, moment: datetime) -> int:
        """Naive wall time -> UTC milliseconds; a missing hour moves forward, a double one is the first."""
        wall = local_ms(moment)
        guess = wall - self.offset_ms(wall)
        return wall - self.offset_ms(guess)

    def midnight_utc_ms(self, day: date) -> int:
        """UTC milliseconds of 00:00 wall time of that date."""
        return self.to_utc_ms(datetime(day.year, day.month, day.day))  # noqa: DTZ001  wall time


_zones: dict[str, Zone] = {}


def zone(name: str) -> Zone:
    """The shared `Zone` of that name. Raises BadInputError for an unknown name."""
    found = _zones.get(name)
    if found is None:
        found = _zones[name] = Zone(name)
    return found


class Clock:
    """The algorithm's time: set by the loop, read by everything else."""

    __slots__ = ("_local", "_local_for", "utc_ms", "zone")

    def __init__(self, zone_name: str = "America/New_York") -> None:
        self.zone = zone(zone_name)
        self.utc_ms = 0
        self._local_for = -1
        self._local = EPOCH

    @property
    def local(self) -> datetime:
        """Naive algorithm time."""
        if self._local_for != self.utc_ms:
            self._local_for, self._local = self.utc_ms, self.zone.to_local(self.utc_ms)
        return self._local

    @property
    def utc(self) -> datetime:
        """Aware UTC time."""
        return aware_utc(self.utc_ms)

    def set_zone(self, name: str) -> None:
        """Change the algorithm time zone, keeping the instant."""
        self.zone = zone(name)
        self._local_for = -1
