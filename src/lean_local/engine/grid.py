"""The instants at which bars end: what fill-forward goes by."""

from datetime import datetime, timedelta

from lean_local.engine.clock import DAY_MS
from lean_local.securities.exchange import Calendar

ONE_DAY = timedelta(days=1)


class Grid:
    """The instants at which fill-forward may put a bar: bar ends during open hours."""

    def __init__(self, calendar: Calendar, period_ms: int, *, extended: bool, precise: bool = True) -> None:
        self.calendar = calendar
        self.period_ms = period_ms
        self.extended = extended
        self.precise = precise  # whether daily bars end with the session where the market has strict days
        self._opens = self._closes = 0  # the open segment of the last answer: nearly always that of the next one

    def after(self, utc_ms: int) -> int:
        """The first grid instant strictly after `utc_ms`."""
        if self.period_ms >= DAY_MS:
            strict = self.precise and self.calendar.strict_days
            return self.calendar.next_day_end(utc_ms) if strict else self._midnight_after(utc_ms)
        p = self.period_ms
        candidate = utc_ms - utc_ms % p + p
        if self._opens <= candidate - p and candidate <= self._closes:
            return candidate
        if self.calendar.overlaps(candidate - p, candidate, extended=self.extended):
            found = self.calendar.segment_at(candidate - p, extended=self.extended)
            self._opens, self._closes = found or (0, 0)
            return candidate
        opens = self.calendar.next_open(candidate - p, extended=self.extended)
        return opens - opens % p + p

    def _midnight_after(self, utc_ms: int) -> int:
        """The end of the first date of the data zone with open hours that is over after that instant."""
        zone = self.calendar.data_zone
        day = zone.local_date(utc_ms)
        starts, ends = zone.midnight_utc_ms(day), zone.midnight_utc_ms(day + ONE_DAY)
        for _ in range(40):
            if self.calendar.overlaps(starts, ends, extended=self.extended):
                break
            day += ONE_DAY
            starts, ends = ends, zone.midnight_utc_ms(day + ONE_DAY)
        return ends

    def start_of(self, end: datetime, *, precise: bool) -> datetime:
        """Local start of the bar that ends at that local time: a daily one is as long as the date's regular hours."""
        zone = self.calendar.zone
        if self.period_ms < DAY_MS:
            return end - timedelta(milliseconds=self.period_ms)
        if precise and self.calendar.strict_days:
            opens = self.calendar.first_open(end.date())
            if opens is not None:
                return zone.to_local(opens)
        data_zone = self.calendar.data_zone
        start = data_zone.to_local(zone.to_utc_ms(end)) - timedelta(milliseconds=self.period_ms)
        return zone.to_local(data_zone.to_utc_ms(start))
