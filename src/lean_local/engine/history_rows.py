"""Reads what a history request asks for: columns of bars or ticks, or data points that are objects.

LEAN `SubscriptionDataReaderHistoryProvider.cs`.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np

from lean_local.api.bars import Bar, Dividend, QuoteBar, Split, SymbolChangedEvent, TradeBar
from lean_local.api.custom_data import SubscriptionDataConfig
from lean_local.api.ticks import OpenInterest, Tick
from lean_local.data.columns import OpenInterestRows, QuoteBars, TradeBars
from lean_local.data.continuous import ContinuousMapping, joining_mode_of, mapping_mode_of
from lean_local.data.folder import DataFolder
from lean_local.data.ticks import Ticks
from lean_local.engine.adjust import Adjustment, adjusted
from lean_local.engine.continuous_feed import mapped_rows, row_days
from lean_local.engine.corporate import CorporateEvents
from lean_local.engine.feeds import PERIOD_MS, in_hours, precise_daily, take_rows
from lean_local.engine.grid import Grid
from lean_local.engine.history_requests import HistoryRequest
from lean_local.engine.tick_objects import tick_at
from lean_local.enums import DataMappingMode, Resolution, SecurityType, TickType
from lean_local.errors import NotInLeanLocalError
from lean_local.securities.exchange import Calendar

ONE_DAY = timedelta(days=1)
LIMITED = "Warning: when performing history requests, the start date will be adjusted if {}."
EVENTS = (Dividend, Split, SymbolChangedEvent)
_NS = 1_000_000
_SIDES = ("bid", "ask")
_PRICES = ("open", "high", "low", "close")


class RowReader:
    """Reads requests of one run."""

    def __init__(self, run: Any) -> None:
        self.run = run

    # --- columns -----------------------------------------------------------------------------------------------
    def rows(self, request: HistoryRequest, calendar: Calendar) -> Any:
        """TradeBars, QuoteBars or Ticks of the request; None when there are none. Gaps are filled when asked."""
        self._tell_limits(request, calendar)
        mapping = self._mapping(request)
        found = self._pieces(request, calendar) if mapping is None else self._mapped(mapping, request, calendar)
        pieces = [p for p in found if p is not None and len(p)]
        if not pieces:
            return None
        kind = type(pieces[0])
        rows = kind(*(np.concatenate([getattr(p, n) for p in pieces]) for n in kind.__slots__))
        if isinstance(rows, OpenInterestRows):
            return self._interest(rows, request, calendar)
        near = self._ticks if isinstance(rows, Ticks) else self._bars
        rows = near(rows, request, calendar)
        if mapping is not None:
            rows = mapping.scaled(rows, row_days(rows, calendar))
        elif request.symbol.security_type == SecurityType.EQUITY:
            first, last = (calendar.zone.local_date(t) for t in (request.start_ms, request.end_ms))
            rows = adjusted(self.run.folder, request.symbol, rows, Adjustment(request.mode, first, last), calendar)
        if not isinstance(rows, Ticks):
            rows = self._forwarded(rows, request, calendar)
        return rows if len(rows) else None

    def _tell_limits(self, request: HistoryRequest, calendar: Calendar) -> None:
        """Say once that requests begin no earlier than the files about a security do."""
        if request.symbol.security_type != SecurityType.EQUITY:
            return
        folder, first = self.run.folder, calendar.zone.to_local(request.start_ms).date()
        maps, factors = folder.map_file_of(request.symbol), folder.factor_file_of(request.symbol)
        if factors is not None and first < factors.rows[0].day - ONE_DAY:
            self.run.tell_once(LIMITED.format("there are numerical precision errors in the factor files"))
        if maps is not None and first < maps.first_day:
            self.run.tell_once(LIMITED.format("it is before the first known date for the symbol"))

    def _interest(self, rows: OpenInterestRows, request: HistoryRequest, calendar: Calendar) -> OpenInterestRows | None:
        """Open interest comes before the open too; it is repeated in open hours alone."""
        found: OpenInterestRows = take_rows(
            rows, (rows.end_utc_ms > request.start_ms) & (rows.end_utc_ms <= request.end_ms)
        )
        if request.forward and len(found):
            grid = self._grid(request, calendar)
            at, times = _fill_index(found.end_utc_ms.tolist(), grid, request.end_ms)
            found = OpenInterestRows(np.array(times, np.int64), found.value[at])
        return found if len(found) else None

    def _bars(self, rows: Any, request: HistoryRequest, calendar: Calendar) -> Any:
        """Bars from the one that ends at the start: it is not of the request, but may be repeated."""
        settings = self.run.algorithm.settings
        if request.resolution == Resolution.DAILY and settings.daily_precise_end_time and calendar.strict_days:
            rows = precise_daily(rows, calendar)
        return take_rows(rows, (rows.end_utc_ms >= request.start_ms) & (rows.end_utc_ms <= request.end_ms))

    def _forwarded(self, rows: Any, request: HistoryRequest, calendar: Calendar) -> Any:
        """Bars of the request within the hours; those outside them are repeated in the next hours, as in a run."""
        if request.forward and len(rows):
            grid = self._grid(request, calendar)
            rows = filled(rows, grid, request.end_ms)
        rows = take_rows(rows, rows.end_utc_ms > request.start_ms)
        return take_rows(rows, in_hours(calendar, rows.start_utc_ms, rows.end_utc_ms, extended=request.extended))

    def _grid(self, request: HistoryRequest, calendar: Calendar) -> Grid:
        precise = bool(self.run.algorithm.settings.daily_precise_end_time)
        return Grid(calendar, PERIOD_MS[request.resolution], extended=request.extended, precise=precise)

    def _ticks(self, rows: Ticks, request: HistoryRequest, calendar: Calendar) -> Ticks:
        keep = (rows.utc_ns >= request.start_ms * _NS) & (rows.utc_ns <= request.end_ms * _NS)
        kept: Ticks = take_rows(rows, keep)
        moments = kept.utc_ns // _NS
        inside = in_hours(calendar, moments, moments + 1, extended=request.extended)
        found: Ticks = take_rows(kept, inside)
        return found

    def _reader(self, request: HistoryRequest) -> Callable[..., Any]:
        """What reads the bars or open interest of one symbol."""
        folder: DataFolder = self.run.folder
        readers: dict[TickType, Callable[..., Any]] = {
            TickType.QUOTE: folder.quote_bars,
            TickType.OPEN_INTEREST: folder.open_interest,
        }
        return readers.get(request.tick_type, folder.trade_bars)

    def _pieces(self, request: HistoryRequest, calendar: Calendar) -> list[Any]:
        folder, symbol, read = self.run.folder, request.symbol, self._reader(request)
        if request.resolution >= Resolution.HOUR:
            return [read(symbol, request.resolution, None)]
        days = list(_open_days(calendar, request))
        if request.resolution == Resolution.TICK:
            return [folder.ticks(symbol, request.tick_type, day) for day in days]
        return [read(symbol, request.resolution, day) for day in days]

    def _mapping(self, request: HistoryRequest) -> ContinuousMapping | None:
        """How the contracts of a continuous future are joined: as the security has it, unless the call says more."""
        symbol = request.symbol
        if symbol.security_type != SecurityType.FUTURE or not symbol.is_canonical():
            return None
        if request.resolution == Resolution.TICK:
            raise NotInLeanLocalError("tick history of a continuous future")
        root, settings, folder = (
            self.run.subscriptions.futures.roots.get(symbol),
            self.run.algorithm.universe_settings,
            self.run.folder,
        )
        mode, depth = request.given.get("data_mapping_mode"), request.given.get("contract_depth_offset")
        own = root.mapping if root is not None else None
        if mode is None:
            mode = own.mapping if own is not None else mapping_mode_of(settings.data_mapping_mode, symbol.id.market)
        if depth is None:
            depth = own.offset if own is not None else settings.contract_depth_offset
        files = folder.continuous_files(symbol)
        return ContinuousMapping(
            symbol, files, folder.hours, DataMappingMode(mode), joining_mode_of(request.mode), abs(int(depth))
        )

    def _mapped(self, mapping: ContinuousMapping, request: HistoryRequest, calendar: Calendar) -> list[Any]:
        """Rows of the contract each exchange date maps to."""
        read = partial(self._reader(request), resolution=request.resolution)
        if request.resolution >= Resolution.HOUR:
            first, last = (calendar.zone.local_date(t) for t in (request.start_ms, request.end_ms))
            return [mapped_rows(mapping, calendar, first - ONE_DAY, last + ONE_DAY, partial(read, day=None))]
        return [
            mapped_rows(mapping, calendar, day - ONE_DAY, day + ONE_DAY, partial(read, day=day))
            for day in _open_days(calendar, request)
        ]

    # --- objects -----------------------------------------------------------------------------------------------
    def points(self, request: HistoryRequest, calendar: Calendar) -> list[tuple[int, Any]]:
        """Data points of a request as objects with the UTC ms of their ends, ascending."""
        if issubclass(request.kind, EVENTS):
            return list(self._events(request, calendar))
        if request.kind in (TradeBar, QuoteBar, Tick, OpenInterest):
            rows = self.rows(request, calendar)
            return [] if rows is None else list(objects_of(rows, request, calendar))
        feed = self.run.subscriptions.points.get((request.symbol, request.kind))
        if feed is not None:
            return [p for p in feed.read(request.start_ms, request.end_ms) if request.start_ms < p[0] <= request.end_ms]
        zones = (calendar.data_zone.name, calendar.zone.name)
        config = SubscriptionDataConfig.of(request.kind, request.symbol, request.resolution, zones)
        found = self.run.sources.points(config, calendar, request.start_ms, request.end_ms)
        return [p for p in found if request.start_ms < p[0] <= request.end_ms]

    def _events(self, request: HistoryRequest, calendar: Calendar) -> Iterator[tuple[int, Any]]:
        if request.symbol.security_type != SecurityType.EQUITY:
            return
        first, last = (calendar.zone.local_date(t) for t in (request.start_ms, request.end_ms))
        events = CorporateEvents(self.run.folder, request.symbol, calendar, first - 10 * ONE_DAY, last)
        for day, make in events.due:
            event, known = make(0.0), calendar.zone.midnight_utc_ms(day)
            if isinstance(event, request.kind) and request.start_ms < known <= request.end_ms:
                yield known, event


def _open_days(calendar: Calendar, request: HistoryRequest) -> Iterator[date]:
    """Dates of the data zone from start to end on which there may be data."""
    day, last = (calendar.data_zone.local_date(t) for t in (request.start_ms, request.end_ms))
    while day <= last:
        if calendar.may_have_data(day):
            yield day
        day += ONE_DAY


def filled(rows: Any, grid: Grid, end_ms: int) -> Any:
    """Repeat bars over the gaps of the grid, up to `end_ms`; a side that a quote bar lacks is that of the bar before.

    A repeated trade bar has no volume.
    """
    if isinstance(rows, QuoteBars):
        rows = _with_both_sides(rows)
    ends = rows.end_utc_ms.tolist()
    index, times = _fill_index(ends, grid, end_ms)
    if len(index) == len(ends):
        return rows
    made = take_rows(rows, np.array(index))
    moments = np.array(times, np.int64)
    shift = moments - made.end_utc_ms
    starts = made.start_utc_ms + shift
    if isinstance(made, TradeBars):
        return replace(made, start_utc_ms=starts, end_utc_ms=moments, volume=np.where(shift == 0, made.volume, 0.0))
    return replace(made, start_utc_ms=starts, end_utc_ms=moments)


def _fill_index(ends: list[int], grid: Grid, end_ms: int) -> tuple[list[int], list[int]]:
    """Rows and times of rows repeated over the gaps of the grid, up to `end_ms`."""
    index, times = [], []
    for i, end in enumerate(ends):
        index.append(i)
        times.append(end)
        limit = ends[i + 1] if i + 1 < len(ends) else end_ms + 1
        moment = grid.after(end)
        while moment < limit:
            index.append(i)
            times.append(moment)
            moment = grid.after(moment)
    return index, times


def _with_both_sides(rows: QuoteBars) -> QuoteBars:
    changed: dict[str, Any] = {}
    for side in _SIDES:
        missing = np.isnan(getattr(rows, f"{side}_close"))
        if missing.any():
            last = np.maximum.accumulate(np.where(missing, 0, np.arange(len(rows))))
            changed |= {f"{side}_{n}": getattr(rows, f"{side}_{n}")[last] for n in _PRICES}
    return replace(rows, **changed) if changed else rows


# --- rows as objects -----------------------------------------------------------------------------------------------
def objects_of(rows: Any, request: HistoryRequest, calendar: Calendar) -> Iterator[tuple[int, Any]]:
    """The rows as bars or ticks, each with the UTC ms of its end."""
    if isinstance(rows, Ticks):
        for i, moment in enumerate(rows.utc_ns.tolist()):
            yield moment // _NS, tick_at(rows, i, request.symbol, request.tick_type, calendar.zone)
        return
    if isinstance(rows, OpenInterestRows):
        for end, value in zip(rows.end_utc_ms.tolist(), rows.value.tolist(), strict=True):
            yield end, OpenInterest(calendar.zone.to_local(end), request.symbol, value)
        return
    make = _trade_bar if isinstance(rows, TradeBars) else _quote_bar
    for i, end in enumerate(rows.end_utc_ms.tolist()):
        yield end, make(rows, i, request, calendar)


def _times(rows: Any, i: int, calendar: Calendar) -> tuple[Any, Any]:
    return calendar.zone.to_local(int(rows.start_utc_ms[i])), calendar.zone.to_local(int(rows.end_utc_ms[i]))


def _trade_bar(rows: TradeBars, i: int, request: HistoryRequest, calendar: Calendar) -> TradeBar:
    start, end = _times(rows, i, calendar)
    opens, high, low, close, volume = (float(getattr(rows, n)[i]) for n in (*_PRICES, "volume"))
    return TradeBar(start, request.symbol, opens, high, low, close, volume, end - start)


def _quote_bar(rows: QuoteBars, i: int, request: HistoryRequest, calendar: Calendar) -> QuoteBar:
    start, end = _times(rows, i, calendar)
    sides = []
    for side in _SIDES:
        prices = [float(getattr(rows, f"{side}_{n}")[i]) for n in _PRICES]
        sides.append(None if prices[3] != prices[3] else Bar(*prices))
    bid_size, ask_size = (float(np.nan_to_num(getattr(rows, f"{s}_size")[i])) for s in _SIDES)
    return QuoteBar(start, request.symbol, sides[0], bid_size, sides[1], ask_size, end - start)
