"""History as pandas frames (LEAN `PandasConverter.cs`, `PandasData.cs`; semantics §8.4)."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from lean_local.api.bars import Dividend, Split, SymbolChangedEvent
from lean_local.api.custom_data import DynamicData
from lean_local.api.exchanges import exchange_name
from lean_local.data.columns import OpenInterestRows, QuoteBars
from lean_local.data.ticks import Ticks
from lean_local.engine.history_requests import HistoryRequest
from lean_local.enums import SecurityType
from lean_local.securities.exchange import Calendar
from lean_local.symbols import Symbol

_PRICES = ("open", "high", "low", "close")
_LEVELS = ("expiry", "strike", "type", "symbol", "time")
_EVENT_FIELDS: dict[type, tuple[str, ...]] = {
    Dividend: ("distribution", "reference_price", "value"),
    Split: ("type", "split_factor", "reference_price", "value"),
    SymbolChangedEvent: ("old_symbol", "new_symbol", "value"),
}
_NS = 1_000_000


class SymbolTable:
    """Columns and times of one symbol. Times are UTC ns."""

    def __init__(self, symbol: Symbol, calendar: Calendar) -> None:
        self.symbol, self.calendar = symbol, calendar
        self.times = np.zeros(0, np.int64)
        self.columns: dict[str, Any] = {}

    def add_bars(self, parts: list[Any]) -> None:
        """Trade and quote rows side by side by their end; trades overwrite the mids of quotes, so they come last."""
        ends = np.unique(np.concatenate([p.end_utc_ms for p in parts]))
        for part in parts:
            at = np.searchsorted(ends, part.end_utc_ms)
            for name, column in _bar_columns(part).items():
                self.columns.setdefault(name, np.full(len(ends), np.nan))[at] = column
        self.times = ends * _NS

    def add_ticks(self, parts: list[Ticks]) -> None:
        """Ticks one after the other, quotes before trades of the same moment."""
        times = np.concatenate([p.utc_ns for p in parts])
        order = np.argsort(times, kind="stable")
        columns: dict[str, list[Any]] = {}
        for part in parts:
            for name, column in _tick_columns(part, self.symbol).items():
                columns.setdefault(name, []).append(column)
        self.times = times[order]
        self.columns = {name: np.concatenate(found)[order] for name, found in columns.items()}

    def add_points(self, points: list[tuple[int, Any]]) -> None:
        """Data points that are objects."""
        self.times = np.array([moment for moment, _ in points], np.int64) * _NS
        rows = [_fields_of(point) for _, point in points]
        for name in dict.fromkeys(name for row in rows for name in row):
            self.columns[name] = [row.get(name) for row in rows]

    def frame(self, levels: int) -> pd.DataFrame:
        """The table as a frame; columns without any value but zero and nothing are left out."""
        kept = {name: column for name, column in self.columns.items() if _has_values(column)}
        return pd.DataFrame(kept, index=index_of(self.symbol, self._local_times(), levels))

    def _local_times(self) -> pd.DatetimeIndex:
        whole, rest = np.divmod(self.times, _NS)
        local = np.array([self.calendar.zone.to_local_ms(t) for t in whole.tolist()], np.int64)
        return pd.to_datetime(local * _NS + rest, unit="ns")


def _bar_columns(rows: Any) -> dict[str, Any]:
    if isinstance(rows, OpenInterestRows):
        return {"openinterest": rows.value}
    values = {n.replace("_", ""): getattr(rows, n) for n in type(rows).__slots__ if not n.endswith("_utc_ms")}
    if isinstance(rows, QuoteBars):
        for name in _PRICES:
            bid, ask = np.nan_to_num(values[f"bid{name}"]), np.nan_to_num(values[f"ask{name}"])
            values[name] = np.where((bid > 0) & (ask > 0), np.round((bid + ask) / 2, 12), np.maximum(bid, ask))
    return values


def _tick_columns(rows: Ticks, symbol: Symbol) -> dict[str, Any]:
    names = {code: exchange_name(str(code or ""), symbol.security_type) for code in set(rows.exchange.tolist())}
    is_trade = not np.isnan(rows.price).all() or not len(rows)
    bid, ask = np.nan_to_num(rows.bid_price), np.nan_to_num(rows.ask_price)
    mid = np.where((bid > 0) & (ask > 0), np.round((bid + ask) / 2, 12), np.maximum(bid, ask))
    return {
        "askprice": rows.ask_price,
        "asksize": rows.ask_size,
        "bidprice": rows.bid_price,
        "bidsize": rows.bid_size,
        "exchange": np.array([names[code] for code in rows.exchange.tolist()], dtype=object),
        "lastprice": rows.price if is_trade else mid,
        "quantity": np.nan_to_num(rows.size),
        "suspicious": rows.suspicious,
    }


def _fields_of(point: Any) -> dict[str, Any]:
    for kind, names in _EVENT_FIELDS.items():
        if isinstance(point, kind):
            return {name.replace("_", ""): getattr(point, name) for name in names}
    if isinstance(point, DynamicData):
        own = {"time", "endtime", "end_time", "symbol"}
        return {"value": point.value} | {k: v for k, v in point._storage.items() if k not in own}
    return {"value": point.value}


def _has_values(column: Any) -> bool:
    values = np.asarray(column)
    if values.dtype.kind in "fiub":
        return bool(np.nan_to_num(values.astype(np.float64)).any())
    return any(v is not None and v == v and v not in (0, "", False) for v in values.tolist())  # noqa: PLR0124  NaN


def levels_of(symbol: Symbol) -> int:
    """Levels of the index: options have expiry, strike and right, futures the expiry."""
    if symbol.id.is_option:
        return 5
    return 3 if symbol.security_type == SecurityType.FUTURE else 2


def index_of(symbol: Symbol, times: pd.DatetimeIndex, levels: int) -> pd.MultiIndex:
    """The index of a symbol's rows, with as many levels as asked for."""
    own: dict[str, Any] = {"symbol": symbol}
    if levels_of(symbol) >= 3:
        own["expiry"] = symbol.id.date
    if symbol.id.is_option:
        own |= {"strike": symbol.id.strike_price, "type": symbol.id.option_right}
    names = {2: _LEVELS[3:], 3: ("expiry", "symbol", "time"), 5: _LEVELS}[levels]
    columns = [times if name == "time" else [own.get(name, "")] * len(times) for name in names]
    if "type" in names:  # as objects: pandas would take LEAN's enum for a number
        columns[names.index("type")] = pd.Index(columns[names.index("type")], dtype=object)
    return pd.MultiIndex.from_arrays(columns, names=list(names))


def frame_of(tables: Iterable[SymbolTable]) -> pd.DataFrame:
    """The tables below each other, the one that begins first at the top; an empty frame without any row."""
    found = sorted((t for t in tables if len(t.times)), key=lambda t: int(t.times[0]))
    if not found:
        return pd.DataFrame()
    levels = max(levels_of(t.symbol) for t in found)
    frames = [t.frame(levels) for t in found]
    frame: pd.DataFrame = frames[0] if len(frames) == 1 else pd.concat(frames)
    return frame.dropna(axis=1, how="all").sort_index(axis=1)


def add_rows(table: SymbolTable, found: list[tuple[HistoryRequest, Any]]) -> None:
    """Put the rows of a symbol's requests into its table; quote requests come first."""
    rows = [part for _, part in found]
    if isinstance(rows[0], list):
        table.add_points([pair for part in rows for pair in part])
    elif isinstance(rows[0], Ticks):
        table.add_ticks(rows)
    else:
        table.add_bars(rows)
