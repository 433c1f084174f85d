"""`self.history`: past bars as frames or objects, never later than the algorithm's time (semantics §8.4)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from lean_local.api.bars import DataDictionary, QuoteBar, QuoteRow, SideRow, TradeBar, TradeRow
from lean_local.api.frames import LeanFrame
from lean_local.data.columns import QuoteBars, TradeBars
from lean_local.engine.adjust import adjusted_quotes, adjusted_trades
from lean_local.engine.feeds import PERIOD_MS, Grid, in_hours, precise_daily, take_rows
from lean_local.engine.warmup import bars_back
from lean_local.enums import DataNormalizationMode, Resolution, SecurityType
from lean_local.errors import NotInLeanLocalError
from lean_local.securities.exchange import Calendar
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)
_PRICES = ("open", "high", "low", "close")


class HistoryReader:
    """Reads bars of one symbol between two instants."""

    def __init__(self, run: Any) -> None:
        self.run = run

    def calendar(self, symbol: Symbol) -> Calendar:
        """Opening times of the symbol's market."""
        found: Calendar = self.run.subscriptions.calendar(symbol)
        return found

    def resolution(self, symbol: Symbol, asked: Any) -> Resolution:
        """The asked resolution, else that of the subscription, else minute."""
        if asked is not None:
            found = Resolution(asked)
        else:
            security = self.run.state.securities.find(symbol)
            found = security.resolution if security is not None else Resolution.MINUTE
        if found < Resolution.MINUTE:
            raise NotInLeanLocalError(f"history at Resolution.{found}")
        return found

    def rows(
        self, symbol: Symbol, span: tuple[int, int], resolution: Resolution, *, quotes: bool, forward: bool
    ) -> Any:
        """Columnar bars with end in (start, end]; None when there are none. Gaps are filled forward when asked."""
        pieces = [p for p in self._pieces(symbol, span, resolution, quotes=quotes) if p is not None and len(p)]
        if not pieces:
            return None
        kind = type(pieces[0])
        rows = kind(*(np.concatenate([getattr(p, n) for p in pieces]) for n in kind.__slots__))
        calendar = self.calendar(symbol)
        if resolution == Resolution.DAILY and not calendar.always_open:
            rows = precise_daily(rows, calendar)
        keep = (rows.end_utc_ms > span[0]) & (rows.end_utc_ms <= span[1])
        keep &= in_hours(calendar, rows.start_utc_ms, rows.end_utc_ms, extended=False)
        rows = take_rows(rows, keep)
        if not len(rows):
            return None
        rows = self._adjusted(symbol, rows, calendar)
        return _filled(rows, Grid(calendar, PERIOD_MS[resolution], extended=False), span[1]) if forward else rows

    def _adjusted(self, symbol: Symbol, rows: Any, calendar: Calendar) -> Any:
        security = self.run.state.securities.find(symbol)
        mode = security.data_normalization_mode if security is not None else DataNormalizationMode.ADJUSTED
        if symbol.security_type != SecurityType.EQUITY or mode == DataNormalizationMode.RAW:
            return rows
        adjust: Any = adjusted_trades if isinstance(rows, TradeBars) else adjusted_quotes
        return adjust(self.run.folder, symbol, rows, mode, calendar)

    def _pieces(self, symbol: Symbol, span: tuple[int, int], resolution: Resolution, *, quotes: bool) -> list[Any]:
        folder, calendar = self.run.folder, self.calendar(symbol)
        read = folder.quote_bars if quotes else folder.trade_bars
        if resolution >= Resolution.HOUR:
            return [read(symbol, resolution, None)]
        first, last = calendar.data_zone.local_date(span[0]), calendar.data_zone.local_date(span[1])
        days: list[date] = []
        while first <= last:
            if calendar.segments(first, extended=True):
                days.append(first)
            first += ONE_DAY
        return [read(symbol, resolution, day) for day in days]

    def span(self, symbol: Symbol, asked: Sequence[Any], resolution: Resolution) -> tuple[int, int]:
        """UTC ms of (start, end) of a request: a number of bars, a span, or two datetimes of algorithm time."""
        now, zone = self.run.state.clock.utc_ms, self.run.state.clock.zone
        first = asked[0]
        if isinstance(first, timedelta):
            return now - round(first.total_seconds() * 1000), now
        if isinstance(first, date):
            moments = [m if isinstance(m, datetime) else datetime(m.year, m.month, m.day) for m in asked[:2]]  # noqa: DTZ001
            return zone.to_utc_ms(moments[0]), min(zone.to_utc_ms(moments[1]) if len(moments) > 1 else now, now)
        start = bars_back(self.calendar(symbol), now, int(first), resolution)
        return start, now


def _filled(rows: Any, grid: Grid, end_ms: int) -> Any:
    """Repeat bars over the gaps of the grid, up to `end_ms`."""
    ends = rows.end_utc_ms.tolist()
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
    if len(index) == len(ends):
        return rows
    filled = take_rows(rows, np.array(index))
    fields = {n: getattr(filled, n) for n in type(filled).__slots__}
    shift = np.array(times, np.int64) - fields["end_utc_ms"]
    fields["start_utc_ms"], fields["end_utc_ms"] = fields["start_utc_ms"] + shift, np.array(times, np.int64)
    return type(filled)(**fields)


class HistoryCall:
    """`self.history(...)`, `self.history[Type](...)`."""

    def __init__(self, run: Any, kind: type | None = None) -> None:
        self._run, self._kind = run, kind
        self._reader = HistoryReader(run)

    def __getitem__(self, kind: type) -> "HistoryCall":
        return HistoryCall(self._run, kind)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """See the module; the first argument is a type, a symbol, a ticker or a list."""
        objects, kind = self._kind is not None, self._kind
        rest = list(arguments)
        if rest and isinstance(rest[0], type):
            kind = rest.pop(0)
        for name in ("tickers", "symbols", "symbol", "ticker"):
            if name in named:
                rest.insert(0, named.pop(name))
        subject = rest.pop(0)
        asked, resolution = self._request(rest, named)
        forward = named.get("fill_forward") is not False
        many = isinstance(subject, list | tuple)
        symbols = [self._symbol(s) for s in (subject if many else [subject])]
        if objects or (isinstance(subject, str) and kind is None):
            return self._objects(symbols, asked, resolution, kind or TradeBar, forward=forward, many=many)
        return self._frame(symbols, asked, resolution, kind, forward=forward)

    def _symbol(self, key: Any) -> Symbol:
        found = as_symbol(key)
        return found if found is not None else Symbol.create_equity(str(key))

    def _request(self, rest: list[Any], named: dict[str, Any]) -> tuple[list[Any], Any]:
        asked = [named.pop(n) for n in ("periods", "span", "start", "end") if n in named]
        resolution = named.pop("resolution", None)
        for item in rest:
            if isinstance(item, Resolution):
                resolution = item
            elif item is not None and not isinstance(item, bool) and (isinstance(item, int | float | timedelta | date)):
                asked.append(item)
        if not asked:
            raise ValueError("history needs a number of bars, a timedelta, or a start and an end.")
        return asked, resolution

    # --- objects -----------------------------------------------------------------------------------------------
    def _objects(
        self, symbols: list[Symbol], asked: list[Any], resolution: Any, kind: type, *, forward: bool, many: bool
    ) -> Any:
        bars = {s: self.bars(s, asked, resolution, quotes=kind is QuoteBar, forward=forward) for s in symbols}
        if not many:
            return bars[symbols[0]]
        by_time: dict[datetime, dict[Symbol, Any]] = {}
        for symbol, items in bars.items():
            for bar in items:
                by_time.setdefault(bar.end_time, {})[symbol] = bar
        return [DataDictionary(by_time[t], as_symbol) for t in sorted(by_time)]

    def bars(
        self, symbol: Symbol, asked: Sequence[Any], resolution: Any, *, quotes: bool = False, forward: bool = True
    ) -> list[Any]:
        """Bars of one symbol as objects."""
        found = self._reader.resolution(symbol, resolution)
        rows = self._reader.rows(symbol, self._reader.span(symbol, asked, found), found, quotes=quotes, forward=forward)
        if rows is None:
            return []
        zone = self._reader.calendar(symbol).zone
        return [_object(symbol, rows, i, zone) for i in range(len(rows))]

    # --- frames ------------------------------------------------------------------------------------------------
    def _frame(
        self, symbols: list[Symbol], asked: list[Any], resolution: Any, kind: type | None, *, forward: bool
    ) -> pd.DataFrame:
        made = [self._one(s, asked, resolution, kind, forward=forward) for s in symbols]
        frames = [f for f in made if f is not None]
        if not frames:
            return pd.DataFrame()
        frame: pd.DataFrame = frames[0] if len(frames) == 1 else pd.concat(frames)
        blank = [c for c in frame.columns if not np.nan_to_num(frame[c].to_numpy(np.float64)).any()]
        return LeanFrame(frame.drop(columns=blank).sort_index(axis=1))

    def _one(
        self, symbol: Symbol, asked: list[Any], resolution: Any, kind: type | None, *, forward: bool
    ) -> pd.DataFrame | None:
        found = self._reader.resolution(symbol, resolution)
        span = self._reader.span(symbol, asked, found)
        has_quotes = symbol.id.is_option or (symbol.security_type == SecurityType.EQUITY and found <= Resolution.MINUTE)
        columns: dict[str, Any] = {}
        ends = np.zeros(0, np.int64)
        parts = []
        if has_quotes and kind is not TradeBar:
            parts.append(self._reader.rows(symbol, span, found, quotes=True, forward=forward))
        if kind is not QuoteBar:
            parts.append(self._reader.rows(symbol, span, found, quotes=False, forward=forward))
        parts = [p for p in parts if p is not None]
        if not parts:
            return None
        ends = np.unique(np.concatenate([p.end_utc_ms for p in parts]))
        for part in parts:
            _add_columns(columns, part, np.searchsorted(ends, part.end_utc_ms), len(ends))
        zone = self._reader.calendar(symbol).zone
        times = pd.to_datetime(np.array([zone.to_local_ms(t) for t in ends.tolist()], np.int64), unit="ms")
        return pd.DataFrame(columns, index=_index(symbol, times))


def _add_columns(columns: dict[str, Any], rows: Any, at: Any, n: int) -> None:
    """Put the columns of trade or quote rows where their times are; trades overwrite the mids."""
    values = {name: getattr(rows, name) for name in type(rows).__slots__ if not name.endswith("_utc_ms")}
    if isinstance(rows, QuoteBars):
        for name in _PRICES:
            bid, ask = np.nan_to_num(values[f"bid_{name}"]), np.nan_to_num(values[f"ask_{name}"])
            values[name] = np.where((bid > 0) & (ask > 0), np.round((bid + ask) / 2, 9), np.maximum(bid, ask))
    for name, column in values.items():
        target = columns.setdefault(name.replace("_", ""), np.full(n, np.nan))
        target[at] = column


def _index(symbol: Symbol, times: pd.DatetimeIndex) -> pd.MultiIndex:
    n = len(times)
    if symbol.id.is_option and not symbol.is_canonical():
        levels = [[symbol.id.date] * n, [symbol.id.strike_price] * n, [symbol.id.option_right] * n, [symbol] * n, times]
        return pd.MultiIndex.from_arrays(levels, names=["expiry", "strike", "type", "symbol", "time"])
    return pd.MultiIndex.from_arrays([[symbol] * n, times], names=["symbol", "time"])


def _object(symbol: Symbol, rows: Any, i: int, zone: Any) -> TradeBar | QuoteBar:
    start, end = zone.to_local(int(rows.start_utc_ms[i])), zone.to_local(int(rows.end_utc_ms[i]))
    if isinstance(rows, TradeBars):
        values = [float(getattr(rows, n)[i]) for n in (*_PRICES, "volume")]
        return TradeBar(start, symbol, values[0], values[1], values[2], values[3], values[4], end - start)
    sides = []
    for side in ("bid", "ask"):
        prices = [float(getattr(rows, f"{side}_{n}")[i]) for n in _PRICES]
        sides.append(None if prices[3] != prices[3] else SideRow(*prices))
    sizes = [float(np.nan_to_num(getattr(rows, f"{s}_size")[i])) for s in ("bid", "ask")]
    return QuoteBar(start, symbol, sides[0], sizes[0], sides[1], sizes[1], end - start)  # type: ignore[arg-type]


__all__ = ["HistoryCall", "HistoryReader", "QuoteRow", "TradeRow"]
