"""Data of all subscribed contracts of one option root: a day is a few arrays, a time step one slice of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from lean_local.data.columns import ContractDay, ContractKey, OpenInterestRows, matrix_of
from lean_local.data.folder import DataFolder
from lean_local.engine.feeds import NEVER, PERIOD_MS, Step, in_hours, precise_daily
from lean_local.engine.grid import Grid
from lean_local.enums import Resolution
from lean_local.securities.bar_tables import TRADE_CLOSE, carry_sides, quote_mids
from lean_local.securities.columns import RootColumns
from lean_local.securities.exchange import Calendar
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Rows:
    """Rows of one kind (quotes, trades, open interest) for subscribed contracts, ascending in time."""

    slots: Any  # int64 [n]
    starts: Any  # int64 [n], UTC ms
    stops: Any  # int64 [n], UTC ms
    values: Any  # float64 [n, fields]

    def chosen(self, which: Any) -> "_Rows":
        """Some of them, by mask."""
        return _Rows(self.slots[which], self.starts[which], self.stops[which], self.values[which])


class _Steps:
    """Rows cut into time steps."""

    __slots__ = ("_at", "_ends", "_offsets", "next_end", "rows")

    def __init__(self, rows: _Rows) -> None:
        cuts = np.concatenate(([0], np.flatnonzero(np.diff(rows.stops)) + 1)) if len(rows.stops) else _NO_ROWS
        self.rows = rows
        self._ends: list[int] = [*rows.stops[cuts].tolist(), NEVER]  # distinct end times
        self._offsets: list[int] = [*cuts.tolist(), len(rows.stops)]
        self._at, self.next_end = 0, self._ends[0]

    def take(self) -> tuple[int, slice]:
        """Number and rows of the next time step."""
        at = self._at
        self._at, self.next_end = at + 1, self._ends[at + 1]
        return at, slice(self._offsets[at], self._offsets[at + 1])

    def starting(self) -> Any:
        """The first row of each step."""
        return np.array(self._offsets[:-1], np.int64)


_NO_ROWS = np.zeros(0, np.int64)
_NOTHING = _Steps(_Rows(_NO_ROWS, _NO_ROWS, _NO_ROWS, np.zeros((0, 1))))


class _BarSteps(_Steps):
    """Quote or trade bars that the root's table holds, cut into time steps."""

    __slots__ = ("_first", "_fresh", "_priced", "_prices", "_trade")

    def __init__(self, rows: _Rows, columns: RootColumns, *, trade: bool) -> None:
        super().__init__(rows)
        starting, new = self.starting(), columns.first_rows(rows.slots, trade=trade)
        load = columns.load_trades if trade else columns.load_quotes
        self._first, self._trade = load(rows.slots, rows.values, rows.starts, rows.stops), trade
        values = (columns.trades if trade else columns.quotes).values[self._first :]
        self._prices = values[:, TRADE_CLOSE].copy() if trade else quote_mids(values)
        self._priced: list[bool] = []  # by step: whether all prices are above 0
        if len(starting):
            self._priced = np.logical_and.reduceat(self._prices > 0, starting).tolist()
        self._fresh = set((np.searchsorted(starting, new, "right") - 1).tolist())  # steps with a slot's first bar

    def apply(self, columns: RootColumns) -> Any:
        """Move the slots of the next time step to its rows; returns the slots."""
        at, part = self.take()
        slots, first = self.rows.slots[part], self._first
        columns.move(
            slots,
            slice(first + part.start, first + part.stop),
            self._prices[part],
            priced=self._priced[at],
            fresh=at in self._fresh,
            trade=self._trade,
        )
        return slots


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
        self._set_bars(None, None, None)
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
        keys = self.columns.keys
        return frozenset([keys[slot] for slot in np.flatnonzero(self.columns.subscribed).tolist()])

    def _read(self, day: date) -> None:
        self._loaded = self._subscribed()
        self._version, self._restarts = self.columns.version, self.columns.restarts
        c, r, only = self.canonical, self.resolution, self._loaded
        if not only:
            self._set_bars(None, None, None)
            self._next_row_ms = NEVER
            return
        self._set_bars(
            self._rows(self.folder.option_quotes(c, r, day, only)),
            self._rows(self.folder.option_trades(c, r, day, only)),
            self._rows(self.folder.option_open_interest(c, r, day, only)),
        )
        self._find_next()

    def _set_bars(self, quotes: _Rows | None, trades: _Rows | None, interest: _Rows | None) -> None:
        """What comes next. Open interest comes at any time."""
        self._interest = _NOTHING if interest is None else _Steps(interest)
        self._quotes, self._hidden_quotes = self._steps(quotes, trade=False)
        self._trades, self._hidden_trades = self._steps(trades, trade=True)

    def _steps(self, rows: _Rows | None, *, trade: bool) -> tuple[_BarSteps | None, _Steps]:
        """Bars in open hours, and the others; of others in a row only the last is kept."""
        if rows is None:
            return None, _NOTHING
        if not trade:
            carry_sides(rows.slots, rows.values)
        inside = in_hours(self.calendar, rows.starts, rows.stops, extended=self.extended)
        if inside.all():
            return _BarSteps(rows, self.columns, trade=trade), _NOTHING
        hidden = _Steps(rows.chosen(~inside & _ends_run(rows.slots, inside)))
        return _BarSteps(rows.chosen(inside), self.columns, trade=trade), hidden

    def _rows(self, found: ContractDay[Any] | None) -> _Rows | None:
        """Rows of subscribed contracts later than what was handed over already."""
        if found is None or not len(found.contract):
            return None
        slot_of, flags = self.columns.slot_of, self.columns.subscribed
        table = np.array([slot_of.get(key, -1) for key in found.contracts], np.int64)
        table[~flags[table]] = -1
        slots, rows = table.take(found.contract), found.rows
        values = matrix_of(rows) if found.values is None else found.values
        if isinstance(rows, OpenInterestRows):
            starts, stops = rows.end_utc_ms, rows.end_utc_ms
        else:
            if self.resolution == Resolution.DAILY and self.precise_daily:
                rows = precise_daily(rows, self.calendar)
            starts, stops = rows.start_utc_ms, rows.end_utc_ms
        made = _Rows(slots, starts, stops, values)
        keep = (slots >= 0) & (stops > self.last_ms) & (stops <= self.end_ms)
        if not keep.all():
            made = made.chosen(keep)
        return made if len(made.slots) else None

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
        quotes = NEVER if self._quotes is None else self._quotes.next_end
        trades = NEVER if self._trades is None else self._trades.next_end
        self._next_row_ms = min(quotes, trades, self._interest.next_end)
        hidden = min(self._hidden_quotes.next_end, self._hidden_trades.next_end)
        if hidden != NEVER and self.fill_forward:
            self._next_row_ms = min(self._next_row_ms, self._repeats_at(hidden))

    def _repeats_at(self, utc_ms: int) -> int:
        """The next instant of the grid, NEVER when it is after the end."""
        following = self.grid.after(utc_ms)
        return following if following <= self.end_ms else NEVER

    def take_hidden(self, utc_ms: int) -> None:
        """Take note of the bars outside the hours up to that time."""
        for hidden, trade in ((self._hidden_quotes, False), (self._hidden_trades, True)):
            while hidden.next_end <= utc_ms:
                end, rows = hidden.next_end, hidden.rows
                _, part = hidden.take()
                values, starts, stops = rows.values[part], rows.starts[part], rows.stops[part]
                self.columns.apply_hidden(rows.slots[part], values, starts, stops, trade=trade)
                if self.fill_forward:
                    self._grid_next = min(self._grid_next, self._repeats_at(end))

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
        for bars in (self._trades, self._quotes):
            while bars is not None and bars.next_end <= utc_ms:
                slots = bars.apply(self.columns)
                touched.append(slots)
                step.rows += len(slots)
        while self._interest.next_end <= utc_ms:
            rows, part = self._interest.rows, self._interest.take()[1]
            self.columns.apply_interest(rows.slots[part], rows.values[part, 0], rows.stops[part])
            step.rows += part.stop - part.start

    def _emit(self, utc_ms: int, step: Step, touched: list[Any]) -> None:
        if not touched and self._grid_next > utc_ms:
            return
        live = len(self.columns.live())
        if not self.fill_forward:
            marked = np.zeros(len(self.columns), np.bool_)
            for slots in touched:
                marked[slots] = True
            step.roots.append((self, np.flatnonzero(marked)))
            return
        if live:
            step.roots.append((self, None))
        self._grid_next = self._repeats_at(utc_ms) if live else NEVER
