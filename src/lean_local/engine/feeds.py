"""Where data points come from: a feed knows when it has something next, and hands it over.

Fill-forward (LEAN `FillForwardEnumerator.cs`, semantics §3.4): after the first real bar, every step of the grid on
which the exchange is open has a bar, real or repeated. Repetitions are visible in slices, never in the caches.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

import numpy as np

from lean_local.api.bars import QuoteRow, TradeRow
from lean_local.data.columns import QuoteBars, TradeBars
from lean_local.data.folder import DataFolder
from lean_local.engine.adjust import Adjustment, PrintedDigits, adjusted
from lean_local.engine.clock import DAY_MS, HOUR_MS, MINUTE_MS
from lean_local.engine.data_filters import accepted, accepts_repetition, quote_row, trade_row
from lean_local.engine.grid import Grid
from lean_local.enums import DataNormalizationMode, Resolution, SecurityType
from lean_local.securities.cache import SingleCache
from lean_local.securities.exchange import Calendar
from lean_local.securities.security import Security
from lean_local.symbols import Symbol

NEVER = 1 << 62
ONE_DAY = timedelta(days=1)
PERIOD_MS = {
    Resolution.TICK: 1000,  # where bars are counted, ticks count as seconds
    Resolution.SECOND: 1000,
    Resolution.MINUTE: MINUTE_MS,
    Resolution.HOUR: HOUR_MS,
    Resolution.DAILY: DAY_MS,
}
REAL, FORWARDED = 1, 2
_QUOTED = frozenset({SecurityType.FOREX, SecurityType.CFD})
_BOTH = frozenset({SecurityType.CRYPTO, SecurityType.CRYPTO_FUTURE, SecurityType.FUTURE})


@dataclass(slots=True)
class Step:
    """What one time step brings. Filled by feeds, read by the slice."""

    utc_ms: int
    singles: list[tuple["SingleFeed", int, int]] = field(default_factory=list)  # feed, trade state, quote state
    roots: list[tuple[Any, Any]] = field(default_factory=list)  # RootFeed, slots with data (None = all live ones)
    ticks: list[tuple[Any, Any]] = field(default_factory=list)  # TickFeed, TickBatch
    delistings: list[Any] = field(default_factory=list)
    unseen: set[Symbol] = field(default_factory=set)  # delisted, but only the engine had their data
    splits: list[Any] = field(default_factory=list)
    dividends: list[Any] = field(default_factory=list)
    symbol_changes: list[Any] = field(default_factory=list)
    points: list[tuple[Any, Any]] = field(default_factory=list)  # PointFeed, data point
    rows: int = 0

    def has_data(self) -> bool:
        """Whether the algorithm's `on_data` has something to see."""
        return bool(
            self.roots
            or len(self.delistings) > len(self.unseen)
            or self.splits
            or self.dividends
            or self.symbol_changes
            or self.points
            or any(not feed.internal for feed, _, _ in self.singles)
            or any(not feed.internal for feed, _ in self.ticks)
        )


class Feed(Protocol):
    """A source of data points."""

    sort_key: tuple[int, str]

    def next_utc_ms(self) -> int:
        """When the next point is due (exact), NEVER when there is none left."""
        ...

    def advance(self, utc_ms: int, step: Step) -> None:
        """Hand over everything due up to that time."""
        ...


def shown_row(feed: "SingleFeed", state: int, *, trade: bool) -> Any:
    """The row a step shows of a feed: the last real one, or what is repeated."""
    if state == FORWARDED:
        return feed.forward_trade if trade else feed.forward_quote
    return feed.cache.trade if trade else feed.cache.quote


class _Series:
    """Trade or quote bars of a security, day by day."""

    def __init__(self) -> None:
        self.ends: list[int] = []
        self.rows: TradeBars | QuoteBars | None = None
        self.index = 0
        self.next_end = NEVER  # when the next bar ends
        self.started = False
        self.hidden: deque[tuple[int, Any, int]] = deque()  # (end, rows, row) of bars outside the hours

    def load(self, rows: TradeBars | QuoteBars | None, hidden: TradeBars | QuoteBars | None = None) -> None:
        """Begin with the bars of a day; `hidden` are those outside the hours."""
        self.rows = rows
        if hidden is not None:
            self.hidden.extend((end, hidden, i) for i, end in enumerate(hidden.end_utc_ms.tolist()))
        self.ends = rows.end_utc_ms.tolist() if rows is not None else []
        self.go_to(0)

    def go_to(self, index: int) -> None:
        """The bar of that index is the next."""
        self.index, self.next_end = index, self.ends[index] if index < len(self.ends) else NEVER

    def has_started(self, utc_ms: int) -> bool:
        """Whether there was a bar before that time, one outside the hours too."""
        return self.started or bool(self.hidden and self.hidden[0][0] < utc_ms)


def in_hours(calendar: Calendar, starts: Any, ends: Any, *, extended: bool) -> Any:
    """Mask of bars that overlap open hours (LEAN `SubscriptionFilterEnumerator`)."""
    if not len(starts):
        return np.zeros(0, np.bool_)
    mask = np.zeros(len(starts), np.bool_)
    day, last = calendar.zone.local_date(int(starts[0])), calendar.zone.local_date(int(ends[-1]))
    while day <= last:
        for opens, closes in calendar.segments(day, extended=extended):
            mask |= (starts < closes) & (ends > opens)
        day += ONE_DAY
    return mask


def take_rows(rows: Any, chosen: Any) -> Any:
    """The chosen rows of a columnar record (a mask or an index array)."""
    return type(rows)(*(getattr(rows, name)[chosen] for name in type(rows).__slots__))


def precise_daily(rows: Any, calendar: Calendar) -> Any:
    """Daily rows with the regular open and close of the date they end on; rows of closed dates are dropped.

    LEAN `LeanData.SetStrictEndTimes`: a row that is all of a Sunday evening would get Friday's hours, and goes.
    """
    spans = []
    for start, end in zip(rows.start_utc_ms.tolist(), rows.end_utc_ms.tolist(), strict=True):
        day = calendar.zone.local_date(end - 1)
        opens, closes = calendar.first_open(day), calendar.last_close(day)
        spans.append((opens, closes) if opens is not None and closes is not None and closes >= start else (0, 0))
    times = np.array(spans, np.int64).reshape(-1, 2)
    fields = {n: getattr(rows, n) for n in type(rows).__slots__}
    fields["start_utc_ms"], fields["end_utc_ms"] = times[:, 0], times[:, 1]
    kept = times[:, 1] > 0
    made = type(rows)(**fields)
    return made if kept.all() else take_rows(made, kept)


class SingleFeed:
    """Bars of one security that is not an option contract."""

    def __init__(
        self,
        security: Security,
        folder: DataFolder,
        start_ms: int,
        end_ms: int,
        *,
        internal: bool = False,
        precise_daily: bool = True,
        resolution: Resolution | None = None,
    ) -> None:
        """:param resolution: of the bars, when it is not that of the subscription (a warm-up at another one)"""
        self.security = security
        self._other_resolution = resolution
        self.folder = folder
        self.internal = internal
        self.start_ms, self.end_ms = start_ms, end_ms
        self.from_run_start = False  # whether a bar that ends at the start is its first; else it is past when it starts
        self.precise_daily = precise_daily
        self.cache: SingleCache = security.prices  # type: ignore[assignment]
        symbol = security.symbol
        self.sort_key = (int(symbol.security_type), symbol.value.upper())
        self.period_ms = PERIOD_MS[self.resolution]
        self.grid = Grid(security.calendar, self.period_ms, extended=security.extended_market_hours)
        self.trade, self.quote = _Series(), _Series()
        self._digits = PrintedDigits(folder, security)
        self.has_trades = symbol.security_type not in _QUOTED
        self.has_quotes = not self.has_trades or symbol.security_type in _BOTH or self._minute_equity()
        self.forward_trade: TradeRow | None = None  # what a repetition repeats: also a bar outside the hours
        self.forward_quote: QuoteRow | None = None
        self._interest: list[tuple[int, float]] = []  # open interest to come, latest first
        self.last_ms = start_ms
        self._grid_next = NEVER
        self._next_ms: int | None = None  # when the next point is due, None until it is worked out again
        self._day: date | None = None
        self._last_day = date.min
        self._loaded: date | None = None  # the date whose rows are loaded
        if end_ms < NEVER:
            self.begin(start_ms, end_ms)

    def _minute_equity(self) -> bool:
        return self.security.symbol.security_type == SecurityType.EQUITY and self.resolution <= Resolution.MINUTE

    @property
    def resolution(self) -> Resolution:
        """Resolution of the bars."""
        return self.security.resolution if self._other_resolution is None else self._other_resolution

    def begin(self, start_ms: int, end_ms: int) -> None:
        """Set the span: known only once `initialize` has returned."""
        zone = self.security.calendar.data_zone
        self.start_ms, self.end_ms, self.last_ms, self._next_ms = start_ms, end_ms, start_ms, None
        self.grid.precise = self.precise_daily
        self._day, self._last_day = zone.local_date(start_ms), zone.local_date(end_ms)

    # --- loading -----------------------------------------------------------------------------------------------
    def _clean(self, rows: Any) -> tuple[Any, Any]:
        """Rows of the span within the hours, and the last of each run outside them: what LEAN repeats later."""
        if rows is None:
            return None, None
        security, calendar = self.security, self.security.calendar
        if self.resolution >= Resolution.HOUR:  # the file holds all dates
            near = (rows.end_utc_ms > self.start_ms - DAY_MS) & (rows.start_utc_ms <= self.end_ms + DAY_MS)
            rows = take_rows(rows, near)
        if self.resolution == Resolution.DAILY and self.precise_daily and calendar.strict_days:
            rows = precise_daily(rows, calendar)
        # LEAN's first bar is the one that ends when the run starts, of markets that trade over midnight.
        from_start = self.from_run_start or security.symbol.security_type == SecurityType.FUTURE
        earliest = self.start_ms if from_start else self.start_ms + 1
        # A bar that starts within the run belongs to it, also when it ends at the midnight after.
        span = (rows.end_utc_ms >= earliest) & (rows.start_utc_ms <= self.end_ms)
        keep = in_hours(calendar, rows.start_utc_ms, rows.end_utc_ms, extended=security.extended_market_hours) & span
        keep = accepted(security, rows, keep)
        hidden = span & ~keep
        hidden[:-1] &= ~hidden[1:]
        return self._adjust(take_rows(rows, keep)), self._adjust(take_rows(rows, hidden)) if hidden.any() else None

    def _adjust(self, rows: Any) -> Any:
        """Prices as the security's normalization mode wants them."""
        security, calendar = self.security, self.security.calendar
        if (
            security.data_normalization_mode != DataNormalizationMode.RAW
            and security.symbol.security_type == SecurityType.EQUITY
        ):
            how = Adjustment(security.data_normalization_mode, calendar.zone.local_date(self.start_ms))
            rows = adjusted(self.folder, security.symbol, rows, how, calendar)
        return rows

    def following_day(self, day: date) -> date | None:
        """The next date of the span."""
        return day + ONE_DAY if day < self._last_day else None

    def _load_next(self) -> bool:
        """Load the next day that has data; False when there is none left."""
        while self._day is not None:
            day: date | None = self._day
            if self.resolution >= Resolution.HOUR:
                self._day = day = None
            else:
                self._day = self.following_day(self._day)
                if day is not None and not self.security.calendar.may_have_data(day):
                    continue
            self._load(day)
            if self.trade.ends or self.quote.ends:
                return True
        self.trade.load(None)
        self.quote.load(None)
        return False

    def _load(self, day: date | None) -> None:
        """Read the rows of a date, or (hour, daily) all."""
        symbol, resolution, folder = self.security.symbol, self.resolution, self.folder
        self._loaded = day
        self.trade.load(*self._clean(folder.trade_bars(symbol, resolution, day) if self.has_trades else None))
        self.quote.load(*self._clean(folder.quote_bars(symbol, resolution, day) if self.has_quotes else None))
        self._expect_repetition(self.last_ms)
        if symbol.security_type == SecurityType.FUTURE:
            found = folder.open_interest(symbol, resolution, day)
            if found is not None:
                pairs = zip(found.end_utc_ms.tolist(), found.value.tolist(), strict=True)
                self._interest = [p for p in pairs if self.start_ms < p[0] <= self.end_ms][::-1] + self._interest

    def _expect_repetition(self, utc_ms: int) -> None:
        """From the first bar on, be it outside the hours, every instant of the grid has one."""
        if self._grid_next == NEVER and self.security.fill_forward and not self.internal:
            if self.trade.started or self.quote.started:
                following = self.grid.after(utc_ms)
            else:
                first = [s.hidden[0][0] for s in (self.trade, self.quote) if s.hidden]
                following = self.grid.after(min(first)) if first else NEVER
            self._grid_next = following if following <= self.end_ms + 1 else NEVER

    def renormalize(self) -> None:
        """Read what is loaded again: the normalization mode of the share has changed."""
        if not self.trade.ends and not self.quote.ends:
            return
        kept = [(series, series.index, len(series.hidden)) for series in (self.trade, self.quote)]
        for series, _, _ in kept:
            series.hidden.clear()
        self._digits, self._next_ms = PrintedDigits(self.folder, self.security), None
        self._load(self._loaded)
        for series, index, hidden in kept:
            series.go_to(index)
            while len(series.hidden) > hidden:
                series.hidden.popleft()

    # --- Feed --------------------------------------------------------------------------------------------------
    def next_utc_ms(self) -> int:
        """See Feed."""
        if self._next_ms is None:
            real = min(self.trade.next_end, self.quote.next_end)
            if real == NEVER and self._day is not None and self._load_next():
                real = min(self.trade.next_end, self.quote.next_end)
            self._next_ms = min(real, self._grid_next, self._interest[-1][0] if self._interest else NEVER)
        return self._next_ms

    def set_grid(self, period_ms: int) -> None:
        """Fill-forward at another period (the finest subscribed resolution), after the point that is due next.

        LEAN's subscriptions are a point ahead: theirs is made already.
        """
        self.grid.period_ms = min(period_ms, self.period_ms)

    def advance(self, utc_ms: int, step: Step) -> None:
        """See Feed."""
        on_grid = self._grid_next <= utc_ms
        traded = self._take(self.trade, utc_ms, step, on_grid=on_grid, is_trade=True) if self.has_trades else 0
        quoted = self._take(self.quote, utc_ms, step, on_grid=on_grid, is_trade=False) if self.has_quotes else 0
        while self._interest and self._interest[-1][0] <= utc_ms:
            self.cache.interest_end_ms, self.cache.interest = self._interest.pop()
            step.rows += 1  # LEAN's feed of open interest is internal: its points make a time step, no slice
        self.last_ms, self._next_ms = utc_ms, None
        if traded or quoted:
            step.singles.append((self, traded, quoted))
        self._grid_next = NEVER
        self._expect_repetition(utc_ms)

    def _take(self, series: _Series, utc_ms: int, step: Step, *, on_grid: bool, is_trade: bool) -> int:
        """Take the bars up to that time over; returns what the step shows of them: REAL, FORWARDED or 0."""
        state = FORWARDED if on_grid and series.has_started(utc_ms) else 0
        while series.next_end <= utc_ms:
            self._apply(series, is_trade=is_trade)
            step.rows += 1
            state = REAL
        if series.hidden:
            self._pass(series, utc_ms, is_trade=is_trade)
        if state == FORWARDED:
            row = self.forward_trade if is_trade else self.forward_quote
            state = FORWARDED if accepts_repetition(self, row, utc_ms) else 0
        return state

    def _apply(self, series: _Series, *, is_trade: bool) -> None:
        i, rows = series.index, series.rows
        series.go_to(i + 1)
        series.started = True
        if rows is not None and series.ends[i] > self._digits.until_ms:
            self._digits.follow(int(rows.start_utc_ms[i]))
        if is_trade and isinstance(rows, TradeBars):
            self.cache.trade = self.forward_trade = trade_row(rows, i, series.ends[i])
        elif isinstance(rows, QuoteBars):
            self.forward_quote = quote_row(rows, i, series.ends[i], self.forward_quote)
            self.cache.take_quote(self.forward_quote)

    def _pass(self, series: _Series, utc_ms: int, *, is_trade: bool) -> None:
        """Bars outside the hours up to now: nobody sees them, but repetitions in the next hours repeat the last."""
        while series.hidden and series.hidden[0][0] <= utc_ms:
            end, rows, i = series.hidden.popleft()
            series.started = True
            if is_trade and (self.forward_trade is None or end > self.forward_trade.end_utc_ms):
                self.forward_trade = trade_row(rows, i, end)
            elif not is_trade and (self.forward_quote is None or end > self.forward_quote.end_utc_ms):
                self.forward_quote = quote_row(rows, i, end, self.forward_quote)
