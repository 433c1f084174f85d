"""Data of all subscribed contracts of one option root: a day is a few arrays, a time step one slice of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from lean_local.data.columns import ContractDay, ContractKey, OpenInterestRows, QuoteBars, matrix_of
from lean_local.data.folder import DataFolder
from lean_local.engine.feeds import NEVER, PERIOD_MS, Step, in_hours, precise_daily
from lean_local.engine.grid import Grid
from lean_local.enums import Resolution
from lean_local.securities.columns import RootColumns, carry_sides, lacks_something, quote_mids
from lean_local.securities.exchange import Calendar
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Stream:
    """Rows of one kind (quotes, trades, open interest) for subscribed contracts, cut into time steps."""

    starts: Any  # int64 [n], UTC ms
    stops: Any  # int64 [n], UTC ms
    values: Any  # float64 [n, fields]
    mids: Any  # float64 [n] of quote bars
    whole: list[bool]  # per time step: whether every quote row has a price, both sides and sizes
    slots: Any  # int64 [n]
    ends: list[int]  # distinct end times
    offsets: list[int]  # len(ends) + 1 row offsets
    at: int = 0

    def next_end(self) -> int:
        return self.ends[self.at] if self.at < len(self.ends) else NEVER

    def take(self) -> tuple[Any, Any, Any, Any]:
        """Slots, starts, stops and values of the next time step."""
        part = slice(self.offsets[self.at], self.offsets[self.at + 1])
        self.at += 1
        return self.slots[part], self.starts[part], self.stops[part], self.values[part]


_NOTHING = _Stream(None, None, None, None, [], None, [], [0])


def _cut(slots: Any, starts: Any, stops: Any, values: Any, *, quoted: bool) -> _Stream:
    """Rows, ascending by time, as a stream."""
    if not len(slots):
        return _NOTHING
    cuts = np.concatenate(([0], np.flatnonzero(np.diff(stops)) + 1))
    mids: Any = None
    whole: list[bool] = []
    if quoted:
        mids = quote_mids(values)
        whole = (~np.logical_or.reduceat(lacks_something(values, mids), cuts)).tolist()
    return _Stream(starts, stops, values, mids, whole, slots, stops[cuts].tolist(), [*cuts.tolist(), len(stops)])


def _ends_run(slots: Any, inside: Any) -> Any:
    """Which rows are followed, in their slot, by one inside the hours or by none."""
    order = np.argsort(slots, kind="stable")
    followed = (slots[order][1:] == slots[order][:-1]) & ~inside[order][1:]
    ends = np.ones(len(slots), np.bool_)
    ends[order[:-1]] = ~followed
    return ends


class RootFeed:
    """Feed of one option root. Contracts come and go through `columns.subscribe`; the day is re-read when some come."""

    def __init__(
        self,
        canonical: Symbol,
        columns: RootColumns,
        folder: DataFolder,
        calendar: Calendar,
        start_ms: int,
        end_ms: int,
        resolution: Resolution,
        *,
        fill_forward: bool = True,
        extended: bool = False,
        now_ms: Callable[[], int] = lambda: 0,
    ) -> None:
        self.canonical, self.columns, self.folder, self.calendar = canonical, columns, folder, calendar
        self.start_ms, self.end_ms, self.resolution = start_ms, end_ms, resolution
        self.fill_forward, self.extended = fill_forward, extended
        self.internal, self.now_ms = False, now_ms
        self.precise_daily = True
        self.sort_key = (int(canonical.security_type), canonical.value.upper())
        self.period_ms = PERIOD_MS[resolution]
        self.grid = Grid(calendar, self.period_ms, extended=extended)
        self.last_ms = start_ms
        self._day: date | None = None  # the day whose rows are loaded
        self._next_day: date | None = None
        self._load_ms = NEVER
        self._last_day = date.min
        self._quotes = self._trades = self._interest = _NOTHING
        self._hidden_quotes = self._hidden_trades = _NOTHING
        self._loaded: frozenset[ContractKey] = frozenset()
        self._version = self._restarts = -1
        self._day_end_ms = NEVER
        self._grid_next = self._next_row_ms = NEVER
        if end_ms < NEVER:
            self.begin(start_ms, end_ms)

    def begin(self, start_ms: int, end_ms: int) -> None:
        """Set the span: known only once `initialize` has returned."""
        zone = self.calendar.data_zone
        self.start_ms, self.end_ms, self.last_ms = start_ms, end_ms, start_ms
        self._last_day = zone.local_date(end_ms)
        self._set_next_day(zone.local_date(start_ms))

    # --- loading -----------------------------------------------------------------------------------------------
    def _subscribed(self) -> frozenset[ContractKey]:
        flags = self.columns.subscribed
        return frozenset(k for i, k in enumerate(self.columns.keys) if flags[i])

    def _read(self, day: date) -> None:
        self._loaded = self._subscribed()
        self._version, self._restarts = self.columns.version, self.columns.restarts
        c, r, only = self.canonical, self.resolution, self._loaded
        if not only:
            self._quotes = self._trades = self._interest = self._hidden_quotes = self._hidden_trades = _NOTHING
            self._next_row_ms = NEVER
            return
        self._quotes, self._hidden_quotes = self._streams(self.folder.option_quotes(c, r, day, only))
        self._trades, self._hidden_trades = self._streams(self.folder.option_trades(c, r, day, only))
        self._interest = self._streams(self.folder.option_open_interest(c, r, day, only))[0]
        self._find_next()

    def _streams(self, found: ContractDay[Any] | None) -> tuple[_Stream, _Stream]:
        """Rows of subscribed contracts later than what was handed over already: those in open hours, and the others.

        Of others in a row only the last is kept. Open interest comes at any time.
        """
        if found is None or not len(found.contract):
            return _NOTHING, _NOTHING
        slot_of, flags = self.columns.slot_of, self.columns.subscribed
        table = np.array([slot_of[k] if k in slot_of and flags[slot_of[k]] else -1 for k in found.contracts], np.int64)
        slots, rows = table[found.contract], found.rows
        values = matrix_of(rows) if found.values is None else found.values
        if isinstance(rows, OpenInterestRows):
            starts, stops = rows.end_utc_ms, rows.end_utc_ms
        else:
            if self.resolution == Resolution.DAILY and self.precise_daily:
                rows = precise_daily(rows, self.calendar)
            starts, stops = rows.start_utc_ms, rows.end_utc_ms
        keep = (slots >= 0) & (stops > self.last_ms) & (stops <= self.end_ms)
        if not keep.all():
            slots, starts, stops, values = slots[keep], starts[keep], stops[keep], values[keep]
        quoted = isinstance(rows, QuoteBars)
        if quoted and len(slots):
            values = carry_sides(slots, values)
        columns = (slots, starts, stops, values)
        if isinstance(rows, OpenInterestRows):
            return _cut(*columns, quoted=False), _NOTHING
        inside = in_hours(self.calendar, starts, stops, extended=self.extended)
        if inside.all():
            return _cut(*columns, quoted=quoted), _NOTHING
        last = ~inside & _ends_run(slots, inside)
        return _cut(*(c[inside] for c in columns), quoted=quoted), _cut(*(c[last] for c in columns), quoted=False)

    def _days_step(self, day: date) -> date:
        """The next date whose file may hold more: files of coarse resolutions hold a year."""
        return day + ONE_DAY if self.resolution <= Resolution.MINUTE else date(day.year + 1, 1, 1)

    def _refresh(self) -> None:
        """Read again when contracts were added since the day was read, unless the day is over."""
        if self._day is not None:
            over = self.resolution <= Resolution.MINUTE and self.now_ms() >= self._day_end_ms
            if not over and self._is_outdated():
                self._read(self._day)
            else:
                self._version = self.columns.version

    def _is_outdated(self) -> bool:
        if self.resolution > Resolution.MINUTE or self._restarts != self.columns.restarts:
            return True
        return bool(self._subscribed() - self._loaded)

    # --- Feed --------------------------------------------------------------------------------------------------
    def next_utc_ms(self) -> int:
        """See Feed; exact for the day that is loaded."""
        if self._version != self.columns.version:
            self._refresh()
        return min(self._next_row_ms, self._grid_next)

    def _find_next(self) -> None:
        self._next_row_ms = min(self._quotes.next_end(), self._trades.next_end(), self._interest.next_end())
        hidden = min(self._hidden_quotes.next_end(), self._hidden_trades.next_end())
        if hidden != NEVER and self.fill_forward:
            self._next_row_ms = min(self._next_row_ms, self._repeats_at(hidden))

    def _repeats_at(self, utc_ms: int) -> int:
        """The next instant of the grid, NEVER when it is after the end."""
        following = self.grid.after(utc_ms)
        return following if following <= self.end_ms else NEVER

    def take_hidden(self, utc_ms: int) -> None:
        """Take note of the bars outside the hours up to that time."""
        for stream, trade in ((self._hidden_quotes, False), (self._hidden_trades, True)):
            while stream.next_end() <= utc_ms:
                slots, starts, ends, values = stream.take()
                self.columns.apply_hidden(slots, values, starts, ends, trade=trade)
                if self.fill_forward:
                    self._grid_next = min(self._grid_next, self._repeats_at(int(ends[0])))

    def next_load_ms(self) -> int:
        """When the next day should be read: just after its exchange midnight, so that selection comes first."""
        return self._load_ms if self._load_ms == NEVER or self.columns.subscribed.any() else NEVER

    def _set_next_day(self, day: date | None) -> None:
        self._next_day = day
        self._load_ms = NEVER if day is None else self.calendar.zone.midnight_utc_ms(day) + 1

    def load_next(self) -> None:
        """Read the next day. Rows of the day before have all been handed over by then."""
        day = self._next_day
        assert day is not None
        self.take_hidden(self._load_ms)
        following = self._days_step(day)
        self._set_next_day(following if following <= self._last_day else None)
        if self.resolution > Resolution.MINUTE or self.calendar.segments(day, extended=True):
            self._day, self._day_end_ms = day, self.calendar.data_zone.midnight_utc_ms(day + ONE_DAY)
            self._read(day)

    def set_grid(self, period_ms: int) -> None:
        """Fill-forward at another period."""
        self.grid.period_ms = min(period_ms, self.period_ms)
        if self._grid_next != NEVER:
            self._grid_next = self.grid.after(self.last_ms)

    def advance(self, utc_ms: int, step: Step) -> None:
        """See Feed."""
        touched: list[Any] = []
        self.take_hidden(utc_ms)
        if self._next_row_ms <= utc_ms:
            self._apply(utc_ms, step, touched)
            self._find_next()
        self.last_ms = utc_ms
        self._emit(utc_ms, step, touched)

    def _apply(self, utc_ms: int, step: Step, touched: list[Any]) -> None:
        columns = self.columns
        for stream in (self._trades, self._quotes):
            while stream.next_end() <= utc_ms:
                k = stream.at
                stream.at += 1
                i0, i1 = stream.offsets[k], stream.offsets[k + 1]
                slots, starts, ends = stream.slots[i0:i1], stream.starts[i0:i1], stream.stops[i0:i1]
                if stream.mids is None:
                    columns.apply_trades(slots, stream.values[i0:i1], starts, ends)
                else:
                    mids = stream.mids[i0:i1] if stream.whole[k] else None
                    columns.apply_quotes(slots, stream.values[i0:i1], mids, starts, ends)
                touched.append(slots)
                step.rows += i1 - i0
        while self._interest.next_end() <= utc_ms:
            stream = self._interest
            i0, i1 = stream.offsets[stream.at], stream.offsets[stream.at + 1]
            stream.at += 1
            columns.apply_interest(stream.slots[i0:i1], stream.values[i0:i1, 0], stream.stops[i0:i1])
            step.rows += i1 - i0

    def _emit(self, utc_ms: int, step: Step, touched: list[Any]) -> None:
        if not touched and self._grid_next > utc_ms:
            return
        live = len(self.columns.live())
        if not self.fill_forward:
            step.roots.append((self, np.unique(np.concatenate(touched))))
            return
        if live:
            step.roots.append((self, None))
        self._grid_next = self._repeats_at(utc_ms) if live else NEVER
