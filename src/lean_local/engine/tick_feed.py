"""Ticks of one security: every moment that has any is a time step (semantics §3.2). Nothing is repeated.

Moments are milliseconds: ticks of one millisecond come together, as they do in LEAN, whose files hold no finer ones.
"""

from datetime import date
from typing import Any

import numpy as np

from lean_local.api.bars import QuoteRow, SideRow, TradeRow
from lean_local.api.ticks import Tick
from lean_local.data.ticks import Ticks
from lean_local.engine.adjust import Adjustment, adjusted
from lean_local.engine.data_filters import accepted_ticks
from lean_local.engine.feeds import NEVER, SingleFeed, Step, in_hours, take_rows
from lean_local.engine.tick_objects import tick_at
from lean_local.enums import DataNormalizationMode, SecurityType, TickType

_NS = 1_000_000


class TickBatch:
    """The ticks of a moment; objects are made when they are looked at, trades first."""

    __slots__ = ("_feed", "_made", "_parts")

    def __init__(self, feed: "TickFeed", parts: list[tuple[TickType, Ticks, int, int]]) -> None:
        self._feed, self._parts = feed, parts
        self._made: list[tuple[TickType, Tick]] | None = None

    def ticks(self, kind: TickType | None = None) -> list[Tick]:
        """All ticks, or those of a kind."""
        if self._made is None:
            security = self._feed.security
            self._made = [
                (tick, tick_at(rows, i, security.symbol, tick, security.zone))
                for tick, rows, first, last in self._parts
                for i in range(first, last)
            ]
        return [tick for found, tick in self._made if kind in (None, found)]

    def __len__(self) -> int:
        return sum(last - first for _, _, first, last in self._parts)


class _Column:
    """Ticks of one kind of a day, and how far they were handed over."""

    def __init__(self, kind: TickType) -> None:
        self.kind = kind
        self.rows: Ticks | None = None
        self.moments: list[int] = []
        self.index = 0

    def load(self, rows: Ticks | None) -> None:
        """Begin with the ticks of a day."""
        self.rows, self.index = rows, 0
        self.moments = [] if rows is None else (rows.utc_ns // _NS).tolist()

    def next_ms(self) -> int:
        """When the next tick is due, UTC ms."""
        return self.moments[self.index] if self.index < len(self.moments) else NEVER

    def take(self, utc_ms: int) -> tuple[TickType, Ticks, int, int] | None:
        """Everything due up to that time."""
        first, moments = self.index, self.moments
        while self.index < len(moments) and moments[self.index] <= utc_ms:
            self.index += 1
        return (self.kind, self.rows, first, self.index) if self.rows is not None and self.index > first else None


class TickFeed(SingleFeed):
    """Ticks of one security that is not an option contract."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._columns = (_Column(TickType.TRADE), _Column(TickType.QUOTE))
        super().__init__(*arguments, **named)
        self.period_ms = NEVER  # no bars: it says nothing of how often others are repeated

    def set_grid(self, period_ms: int) -> None:
        """Ticks are not repeated."""

    # --- loading -----------------------------------------------------------------------------------------------
    def _load(self, day: date | None) -> None:
        if day is None:
            return
        self._loaded = day
        symbol, folder = self.security.symbol, self.folder
        for column in self._columns:
            wanted = self.has_trades if column.kind == TickType.TRADE else self.has_quotes
            column.load(self._wanted(folder.ticks(symbol, column.kind, day), column.kind) if wanted else None)

    def renormalize(self) -> None:
        """See SingleFeed."""
        kept = [column.index for column in self._columns]
        self._load(self._loaded)
        for column, index in zip(self._columns, kept, strict=True):
            column.index = index

    def _wanted(self, rows: Ticks | None, kind: TickType) -> Ticks | None:
        """Ticks of the span within the hours, adjusted."""
        if rows is None or not len(rows):
            return None
        security, calendar = self.security, self.security.calendar
        earliest = self.start_ms if self.from_run_start else self.start_ms + 1
        kept = take_rows(rows, (rows.utc_ns >= earliest * _NS) & (rows.utc_ns <= self.end_ms * _NS))
        moments = kept.utc_ns // _NS
        kept = take_rows(kept, in_hours(calendar, moments, moments + 1, extended=security.extended_market_hours))
        if security.data_filter is not None:
            made = [tick_at(kept, i, security.symbol, kind, security.zone) for i in range(len(kept))]
            kept = take_rows(kept, accepted_ticks(security, made))
        if security.symbol.security_type == SecurityType.EQUITY:
            how = Adjustment(
                DataNormalizationMode(security.data_normalization_mode), calendar.zone.local_date(self.start_ms)
            )
            kept = adjusted(self.folder, security.symbol, kept, how, calendar)
        return kept if len(kept) else None

    # --- Feed --------------------------------------------------------------------------------------------------
    def next_utc_ms(self) -> int:
        """See Feed."""
        moment = min(column.next_ms() for column in self._columns)
        while moment == NEVER and self._day is not None:
            self._load_next()
            moment = min(column.next_ms() for column in self._columns)
        return moment

    def _load_next(self) -> bool:
        day = self._day
        if day is None:
            return False
        self._day = self.following_day(day)
        if self.security.calendar.may_have_data(day):
            self._load(day)
        return True

    def advance(self, utc_ms: int, step: Step) -> None:
        """See Feed."""
        parts = [part for part in (column.take(utc_ms) for column in self._columns) if part is not None]
        if not parts:
            return
        self.last_ms = utc_ms
        if utc_ms > self._digits.until_ms:
            self._digits.follow(utc_ms)
        batch = TickBatch(self, parts)
        step.rows += len(batch)
        step.ticks.append((self, batch))
        if self.security.symbol.security_type != SecurityType.EQUITY or parts[0][0] == TickType.TRADE:
            self.security.last_ticks = batch
        for kind, rows, first, last in parts:
            chosen = np.flatnonzero(~rows.suspicious[first:last])
            if len(chosen):
                self._keep(kind, rows, first + int(chosen[-1]), utc_ms)

    def _keep(self, kind: TickType, rows: Ticks, i: int, utc_ms: int) -> None:
        """The last tick that is not suspicious sets the prices."""
        if kind == TickType.TRADE:
            price = float(rows.price[i])
            if price:
                size = float(np.nan_to_num(rows.size[i]))
                self.cache.trade = TradeRow(utc_ms, utc_ms, price, price, price, price, size)
            return
        before = self.cache.quote
        bid, ask = _side(rows.bid_price[i]), _side(rows.ask_price[i])
        sizes = [float(np.nan_to_num(column[i])) for column in (rows.bid_size, rows.ask_size)]
        self.cache.take_quote(
            QuoteRow(
                utc_ms,
                utc_ms,
                bid or (before.bid if before is not None else None),
                ask or (before.ask if before is not None else None),
                sizes[0],
                sizes[1],
            )
        )


def _side(price: Any) -> SideRow | None:
    value = float(np.nan_to_num(price))
    return SideRow(value, value, value, value) if value else None
