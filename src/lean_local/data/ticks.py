"""Tick files as columns (`Common/Data/Market/Tick.cs`). Times may have fractions of a millisecond: see `utc_ns`."""

import io
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from lean_local.data.archives import FIX
from lean_local.data.arrow import values_of
from lean_local.data.columns import Floats, Ints
from lean_local.data.paths import PRICE_SCALE
from lean_local.data.rows import Piece, clean
from lean_local.data.zones import utc_of_walls
from lean_local.enums import SecurityType, TickType
from lean_local.errors import DataFormatError

_TEXTS = frozenset({"exchange", "condition"})


@dataclass(frozen=True, slots=True)
class Ticks:
    """Ticks of one security, ascending by time. Arrays have shape [n].

    Trades fill `price` and `size`, quotes the bid and ask columns; the others are NaN. `exchange` and `condition` are
    empty strings where the file has none.
    """

    utc_ns: Ints
    price: Floats
    size: Floats
    bid_price: Floats
    bid_size: Floats
    ask_price: Floats
    ask_size: Floats
    exchange: NDArray[np.object_]
    condition: NDArray[np.object_]
    suspicious: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.utc_ns)


def tick_fields(security_type: SecurityType, tick: TickType) -> tuple[str, ...]:
    """Fields of a tick line after the time; raises `ValueError` for open interest, which is not a tick here."""
    crypto = security_type in {SecurityType.CRYPTO, SecurityType.CRYPTO_FUTURE}
    if tick == TickType.TRADE:
        return ("price", "size") + (("suspicious",) if crypto else ("exchange", "condition", "suspicious"))
    if tick != TickType.QUOTE:
        raise ValueError(f"There are no ticks of {tick}")
    if security_type in {SecurityType.FOREX, SecurityType.CFD}:
        return ("bid_price", "ask_price")
    sides = ("bid_price", "bid_size", "ask_price", "ask_size")
    if crypto:
        return (*sides, "suspicious")
    if security_type == SecurityType.EQUITY:
        return (*sides, "exchange", "condition", "suspicious")
    return (*sides, "exchange", "suspicious")


def parse_ticks(
    piece: Piece, security_type: SecurityType, tick: TickType, *, zone: ZoneInfo, midnight_ms: int, scaled: bool
) -> Ticks:
    """Parse one tick entry; trailing fields (exchange, condition, suspicious) may be absent from the whole file.

    Raises `DataFormatError` naming entry and line.
    """
    fields, content = tick_fields(security_type, tick), clean(piece.content)
    present = content.partition(b"\n")[0].count(b",") if content else len(fields)
    names = ["time", *fields[:present]]
    table = _read(piece, content, names) if content else None
    count = table.num_rows if table is not None else 0
    columns: dict[str, Any] = {}
    for name in ("price", "size", "bid_price", "bid_size", "ask_price", "ask_size"):
        values = _column(table, name) if table is not None else None
        columns[name] = np.full(count, np.nan) if values is None else values
        if scaled and name.endswith("price"):
            columns[name] = columns[name] / PRICE_SCALE
    for name in ("exchange", "condition"):
        values = _column(table, name) if table is not None else None
        columns[name] = np.full(count, "", dtype=object) if values is None else values
    flags = _column(table, "suspicious") if table is not None else None
    since = _column(table, "time") if table is not None else np.empty(0)
    assert since is not None
    suspicious = np.zeros(count, np.bool_) if flags is None else flags == 1
    return _sorted(_utc_ns(zone, midnight_ms, since), columns, suspicious)


def _utc_ns(zone: ZoneInfo, midnight_ms: int, since_ms: Floats) -> Ints:
    whole = np.floor(since_ms).astype(np.int64)
    # LEAN keeps ticks of 100 ns, so that is the precision here too.
    rest = np.rint((since_ms - whole) * 10_000).astype(np.int64) * 100
    nanoseconds: Ints = utc_of_walls(zone, whole + midnight_ms) * 1_000_000 + rest
    return nanoseconds


def _sorted(utc_ns: Ints, columns: dict[str, Any], suspicious: NDArray[np.bool_]) -> Ticks:
    order = np.argsort(utc_ns, kind="stable")
    return Ticks(utc_ns[order], suspicious=suspicious[order], **{name: array[order] for name, array in columns.items()})


def _read(piece: Piece, content: bytes, names: list[str]) -> pa.Table:
    types = {name: pa.string() if name in _TEXTS else pa.float64() for name in names}
    try:
        table = csv.read_csv(
            io.BytesIO(content),
            read_options=csv.ReadOptions(column_names=names, block_size=1 << 22),
            parse_options=csv.ParseOptions(quote_char=False),
            convert_options=csv.ConvertOptions(column_types=types, null_values=[""]),
        )
    except pa.ArrowInvalid as error:
        raise _defect(piece, content, names) from error
    if table.column("time").null_count:
        raise _defect(piece, content, names)
    return table


def _column(table: pa.Table, name: str) -> NDArray[Any] | None:
    if name not in table.column_names:
        return None
    column = table.column(name)
    if name in _TEXTS:
        texts: NDArray[Any] = column.combine_chunks().to_numpy(zero_copy_only=False)
        return texts
    return values_of(column)


def _defect(piece: Piece, content: bytes, names: list[str]) -> DataFormatError:
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        values, problem = line.split(","), ""
        if len(values) != len(names):
            problem = f"has {len(values)} fields instead of {len(names)}"
        for position, (name, value) in enumerate(zip(names, values, strict=False), 1):
            if not problem and name not in _TEXTS and not _is_number(value, name == "time"):
                problem = f"has {value!r} in field {position} ({name}), which is not a number"
        if problem:
            return DataFormatError(f"Line {number} of entry {piece.name} {problem}", path=piece.path, fix=FIX)
    return DataFormatError(f"The entry {piece.name} cannot be read", path=piece.path, fix=FIX)


def _is_number(text: str, required: bool) -> bool:
    try:
        float(text or ("x" if required else "0"))
    except ValueError:
        return False
    return True
