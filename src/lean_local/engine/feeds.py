"""Where data points come from: a feed knows when it has something next, and hands it over.

Fill-forward (LEAN `FillForwardEnumerator.cs`, semantics §3.4): after the first real bar, every step of the grid on
which the exchange is open has a bar, real or repeated. Repetitions are visible in slices, never in the caches.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

import numpy as np

from lean_local.api.bars import QuoteRow, SideRow, TradeRow
from lean_local.data.columns import QuoteBars, TradeBars
from lean_local.data.folder import DataFolder
from lean_local.engine.adjust import adjusted_quotes, adjusted_trades, printed_digits
from lean_local.engine.clock import DAY_MS, HOUR_MS, MINUTE_MS
from lean_local.enums import DataNormalizationMode, Resolution, SecurityType
from lean_local.securities.cache import SingleCache
from lean_local.securities.exchange import Calendar
from lean_local.securities.security import Security

NEVER = 1 << 62
ONE_DAY = timedelta(days=1)
PERIOD_MS = {Resolution.SECOND: 1000, Resolution.MINUTE: MINUTE_MS, Resolution.HOUR: HOUR_MS, Resolution.DAILY: DAY_MS}
REAL, FORWARDED = 1, 2
_QUOTED = frozenset({SecurityType.FOREX, SecurityType.CFD})
_BOTH = frozenset({SecurityType.CRYPTO, SecurityType.CRYPTO_FUTURE})


@dataclass(slots=True)
class Step:
    """What one time step brings. Filled by feeds, read by the slice."""

    utc_ms: int
    singles: list[tuple["SingleFeed", int, int]] = field(default_factory=list)  # feed, trade state, quote state
    roots: list[tuple[Any, Any]] = field(default_factory=list)  # RootFeed, slots with data (None = all live ones)
    delistings: list[Any] = field(default_factory=list)
    splits: list[Any] = field(default_factory=list)
    dividends: list[Any] = field(default_factory=list)
    symbol_changes: list[Any] = field(default_factory=list)
    points: list[tuple[Any, Any]] = field(default_factory=list)  # PointFeed, data point
    rows: int = 0

    def has_data(self) -> bool:
        """Whether the algorithm's `on_data` has something to see."""
        return bool(
            self.roots
            or self.delistings
            or self.splits
            or self.dividends
            or self.symbol_changes
            or self.points
            or any(not feed.internal for feed, _, _ in self.singles)
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


class Grid:
    """The instants at which fill-forward may put a bar: bar ends during open hours."""

    def __init__(self, calendar: Calendar, period_ms: int, *, extended: bool) -> None:
        self.calendar = calendar
        self.period_ms = period_ms
        self.extended = extended
        self._opens = self._closes = 0  # the open segment of the last answer: nearly always that of the next one

    def after(self, utc_ms: int) -> int:
        """The first grid instant strictly after `utc_ms`."""
        if self.period_ms >= DAY_MS:
            return self.calendar.next_close(utc_ms, extended=self.extended)
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


class _Series:
    """Trade or quote bars of a security, day by day."""

    def __init__(self) -> None:
        self.ends: list[int] = []
        self.rows: TradeBars | QuoteBars | None = None
        self.index = 0
        self.started = False

    def load(self, rows: TradeBars | QuoteBars | None) -> None:
        self.rows = rows
        self.ends = rows.end_utc_ms.tolist() if rows is not None else []
        self.index = 0

    def next_end(self) -> int:
        return self.ends[self.index] if self.index < len(self.ends) else NEVER


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
    """Daily bars from the regular open to the regular close of their date (settings.daily_precise_end_time)."""
    days, index = np.unique(rows.start_utc_ms, return_inverse=True)
    starts, ends = days.copy(), days + DAY_MS
    for i, start in enumerate(days.tolist()):
        day = calendar.data_zone.local_date(start)
        opens, closes = calendar.first_open(day), calendar.last_close(day)
        starts[i] = start if opens is None else opens
        ends[i] = ends[i] if closes is None else closes
    fields = {n: getattr(rows, n) for n in type(rows).__slots__}
    return type(rows)(**(fields | {"start_utc_ms": starts[index], "end_utc_ms": ends[index]}))


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
    ) -> None:
        self.security = security
        self.folder = folder
        self.internal = internal
        self.start_ms, self.end_ms = start_ms, end_ms
        self.precise_daily = precise_daily
        self.cache: SingleCache = security.prices  # type: ignore[assignment]
        symbol = security.symbol
        self.sort_key = (int(symbol.security_type), symbol.value.upper())
        self.period_ms = PERIOD_MS[security.resolution]
        self.grid = Grid(security.calendar, self.period_ms, extended=security.extended_market_hours)
        self.trade, self.quote = _Series(), _Series()
        self.has_trades = symbol.security_type not in _QUOTED
        self.has_quotes = not self.has_trades or symbol.security_type in _BOTH or self._minute_equity()
        self.last_ms = start_ms
        self._grid_next = NEVER
        self._day: date | None = None
        self._last_day = date.min
        if end_ms < NEVER:
            self.begin(start_ms, end_ms)

    def _minute_equity(self) -> bool:
        security = self.security
        return security.symbol.security_type == SecurityType.EQUITY and security.resolution <= Resolution.MINUTE

    @property
    def resolution(self) -> Resolution:
        """Resolution of the subscription."""
        return self.security.resolution

    def begin(self, start_ms: int, end_ms: int) -> None:
        """Set the span: known only once `initialize` has returned."""
        zone = self.security.calendar.data_zone
        self.start_ms, self.end_ms, self.last_ms = start_ms, end_ms, start_ms
        self._day, self._last_day = zone.local_date(start_ms), zone.local_date(end_ms)

    # --- loading -----------------------------------------------------------------------------------------------
    def _clean(self, rows: Any) -> Any:
        if rows is None:
            return None
        security, calendar = self.security, self.security.calendar
        if security.resolution >= Resolution.HOUR:  # the file holds all dates
            near = (rows.end_utc_ms > self.start_ms - DAY_MS) & (rows.start_utc_ms <= self.end_ms + DAY_MS)
            rows = take_rows(rows, near)
        if security.resolution == Resolution.DAILY and self.precise_daily and not calendar.always_open:
            rows = precise_daily(rows, calendar)
        # A bar that starts within the run belongs to it, also when it ends at the midnight after.
        keep = (rows.end_utc_ms > self.start_ms) & (rows.start_utc_ms <= self.end_ms)
        keep &= in_hours(calendar, rows.start_utc_ms, rows.end_utc_ms, extended=security.extended_market_hours)
        rows = take_rows(rows, keep)
        if (
            security.data_normalization_mode != DataNormalizationMode.RAW
            and security.symbol.security_type == SecurityType.EQUITY
        ):
            if len(rows):
                day = calendar.data_zone.local_date(int(rows.start_utc_ms[0]))
                security.scale_digits = printed_digits(self.folder, security.symbol, day)
            adjust = adjusted_trades if isinstance(rows, TradeBars) else adjusted_quotes
            rows = adjust(self.folder, security.symbol, rows, security.data_normalization_mode, calendar)
        return rows

    def _load_next(self) -> bool:
        """Load the next day that has data; False when there is none left."""
        symbol, resolution = self.security.symbol, self.security.resolution
        while self._day is not None:
            day: date | None = self._day
            if resolution >= Resolution.HOUR:
                self._day = day = None
            else:
                self._day = self._day + ONE_DAY if self._day < self._last_day else None
                if day is not None and not self.security.calendar.segments(day, extended=True):
                    continue
            trades = self.folder.trade_bars(symbol, resolution, day) if self.has_trades else None
            quotes = self.folder.quote_bars(symbol, resolution, day) if self.has_quotes else None
            self.trade.load(self._clean(trades))
            self.quote.load(self._clean(quotes))
            if self.trade.ends or self.quote.ends:
                return True
        self.trade.load(None)
        self.quote.load(None)
        return False

    # --- Feed --------------------------------------------------------------------------------------------------
    def next_utc_ms(self) -> int:
        """See Feed."""
        real = min(self.trade.next_end(), self.quote.next_end())
        if real == NEVER and self._day is not None and self._load_next():
            real = min(self.trade.next_end(), self.quote.next_end())
        return min(real, self._grid_next)

    def set_grid(self, period_ms: int) -> None:
        """Fill-forward at another period (the finest subscribed resolution)."""
        self.grid.period_ms = min(period_ms, self.period_ms)
        if self._grid_next != NEVER:
            self._grid_next = self.grid.after(self.last_ms)

    def advance(self, utc_ms: int, step: Step) -> None:
        """See Feed."""
        on_grid = self._grid_next <= utc_ms
        states = []
        for series, is_trade in ((self.trade, True), (self.quote, False)):
            state = FORWARDED if on_grid and series.started else 0
            while series.index < len(series.ends) and series.ends[series.index] <= utc_ms:
                self._apply(series, is_trade=is_trade)
                step.rows += 1
                state = REAL
            states.append(state)
        self.last_ms = utc_ms
        if states[0] or states[1]:
            step.singles.append((self, states[0], states[1]))
        if self.security.fill_forward and not self.internal and (self.trade.started or self.quote.started):
            self._grid_next = self.grid.after(utc_ms)
            if self._grid_next > self.end_ms:
                self._grid_next = NEVER

    def _apply(self, series: _Series, *, is_trade: bool) -> None:
        i, rows = series.index, series.rows
        series.index += 1
        series.started = True
        if is_trade and isinstance(rows, TradeBars):
            self.cache.trade = TradeRow(
                int(rows.start_utc_ms[i]),
                series.ends[i],
                float(rows.open[i]),
                float(rows.high[i]),
                float(rows.low[i]),
                float(rows.close[i]),
                float(rows.volume[i]),
            )
        elif isinstance(rows, QuoteBars):
            self.cache.quote = _quote_row(rows, i, series.ends[i], self.cache.quote)


def _quote_row(rows: QuoteBars, i: int, end: int, before: QuoteRow | None) -> QuoteRow:
    """Row i as a record; a missing side is that of the bar before."""
    bid = SideRow(float(rows.bid_open[i]), float(rows.bid_high[i]), float(rows.bid_low[i]), float(rows.bid_close[i]))
    ask = SideRow(float(rows.ask_open[i]), float(rows.ask_high[i]), float(rows.ask_low[i]), float(rows.ask_close[i]))
    has_bid, has_ask = bid.close == bid.close, ask.close == ask.close
    bid_size, ask_size = float(rows.bid_size[i]), float(rows.ask_size[i])
    return QuoteRow(
        int(rows.start_utc_ms[i]),
        end,
        bid if has_bid else (before.bid if before else None),
        ask if has_ask else (before.ask if before else None),
        bid_size if has_bid else (before.bid_size if before else 0.0),
        ask_size if has_ask else (before.ask_size if before else 0.0),
    )
