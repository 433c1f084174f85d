"""Parsed rows to the columnar shapes of `columns`: scale, missing sides, time zones, end times, order."""

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from lean_local.data.columns import (
    OPEN_INTEREST_FIELDS,
    QUOTE_FIELDS,
    TRADE_FIELDS,
    Floats,
    Ints,
    OpenInterestRows,
    QuoteBars,
    TradeBars,
)
from lean_local.data.paths import PRICE_SCALE
from lean_local.data.rows import Parsed
from lean_local.data.zones import utc_of_walls
from lean_local.enums import TickType

FIELDS = {TickType.TRADE: TRADE_FIELDS, TickType.QUOTE: QUOTE_FIELDS, TickType.OPEN_INTEREST: OPEN_INTEREST_FIELDS}
_SIZES = frozenset({"volume", "bid_size", "ask_size", "value"})

AnyRows = TradeBars | QuoteBars | OpenInterestRows


def build(
    tick: TickType, parsed: Parsed, *, zone: ZoneInfo, period_ms: int, scaled: bool
) -> tuple[AnyRows, NDArray[np.int32]]:
    """Turn parsed rows into columns sorted by (end, piece), with the piece of every row (int32 [n]).

    End time = start + period on the wall clock of the file: a daily bar ends at the next midnight of the data zone.
    """
    values = {name: _scaled(array, scaled and name not in _SIZES) for name, array in parsed.values.items()}
    if tick == TickType.QUOTE:
        for side in ("bid", "ask"):
            _blank_missing_side(values, side)
    elif tick == TickType.TRADE:
        values["volume"] = np.nan_to_num(values["volume"])
    start = utc_of_walls(zone, parsed.times)
    # Open interest is a point in time: its row is known at its own time.
    end = start if tick == TickType.OPEN_INTEREST else _end(zone, parsed.times, start, period_ms)
    columns: dict[str, Any] = {**values, "start": start, "end": end, "piece": parsed.piece}
    kept = _later_rows(end, parsed.piece)
    if kept is not None:
        columns = {name: array[kept] for name, array in columns.items()}
    order = time_order(columns["end"])
    if order is not None:
        columns = {name: array[order] for name, array in columns.items()}
    start, end, piece = (columns.pop(name) for name in ("start", "end", "piece"))
    return _rows(tick, start, end, columns), piece


def _later_rows(end: Ints, piece: NDArray[np.int32]) -> NDArray[np.bool_] | None:
    """Rows that end after all rows before them in their file, None when all do.

    LEAN skips the others (`SubscriptionDataReader.cs`): a file that starts over is read up to there.
    """
    if len(end) < 2 or not ((end[1:] <= end[:-1]) & (piece[1:] == piece[:-1])).any():
        return None
    span = int(end.max() - end.min()) + 1
    moments = end - end.min() + piece.astype(np.int64) * span  # pieces come one after the other
    latest = np.maximum.accumulate(moments)
    kept = np.ones(len(end), np.bool_)
    kept[1:] = moments[1:] > latest[:-1]
    return kept


def _scaled(array: Floats, scaled: bool) -> Floats:
    # Division by 10000 of an exact integer gives the double nearest to the decimal, multiplication by 0.0001 does not.
    return array / PRICE_SCALE if scaled else array


def _blank_missing_side(values: dict[str, Floats], side: str) -> None:
    """Make a side whose four prices are all empty or zero NaN, size included (`Common/Data/Market/QuoteBar.cs`)."""
    prices = [values[f"{side}_{name}"] for name in ("open", "high", "low", "close")]
    missing = np.isnan(prices[0]) | (prices[0] == 0)
    if not missing.any():
        return
    for array in prices[1:]:
        missing &= np.isnan(array) | (array == 0)
    for name in ("open", "high", "low", "close", "size"):
        key = f"{side}_{name}"
        values[key] = np.where(missing, np.nan, values[key])


def _end(zone: ZoneInfo, walls: Ints, start: Ints, period_ms: int) -> Ints:
    return utc_of_walls(zone, walls + period_ms) if period_ms >= 86_400_000 else start + period_ms


def time_order(end: Ints) -> NDArray[np.int64] | None:
    """Row order by (end, piece), None when the rows already have it. Rows come grouped by ascending piece."""
    if len(end) < 2 or bool((end[1:] >= end[:-1]).all()):
        return None
    minutes, rest = np.divmod(end - end.min(), 60_000)
    if not rest.any() and int(minutes.max()) < 1 << 16:
        # numpy sorts 16 bit integers by radix, several times faster than 64 bit ones.
        return np.argsort(minutes.astype(np.uint16), kind="stable")
    return np.argsort(end, kind="stable")


def _rows(tick: TickType, start: Ints, end: Ints, values: dict[str, Any]) -> AnyRows:
    if tick == TickType.TRADE:
        return TradeBars(start, end, **values)
    if tick == TickType.QUOTE:
        return QuoteBars(start, end, **values)
    return OpenInterestRows(end, values["value"])


def of_matrix(tick: TickType, start: Ints, end: Ints, values: Floats) -> AnyRows:
    """Rows whose columns are views of one array [n, fields] (see `columns.matrix_of`)."""
    return _rows(tick, start, end, dict(zip(FIELDS[tick], values.T, strict=True)))


def take(rows: AnyRows, chosen: NDArray[np.bool_]) -> AnyRows | None:
    """Return the chosen rows, None when there are none."""
    if not chosen.any():
        return None
    values = {name: getattr(rows, name)[chosen] for name in rows.__dataclass_fields__}
    return type(rows)(**values)
