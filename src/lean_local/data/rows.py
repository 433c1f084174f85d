"""CSV rows of LEAN data files to numpy columns: many entries are joined and parsed at once.

A value that is not a number, a row with the wrong number of fields or a time outside its day raises a
`DataFormatError` that names file, entry, line and field; the slow search for the place runs only then.
"""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from lean_local.data.archives import FIX
from lean_local.data.arrow import values_of
from lean_local.data.columns import Floats, Ints
from lean_local.data.zones import DAY_MS
from lean_local.errors import DataFormatError

_DATE_FORMAT = "%Y%m%d %H:%M"


@dataclass(frozen=True, slots=True)
class Piece:
    """One file or zip entry to parse; `name` is empty for a plain file."""

    path: Path
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Parsed:
    """Rows of several pieces, in their order. `times` are wall ms (int64 [n]), `piece` (int32 [n]) tells the source."""

    times: Ints
    values: dict[str, Floats]
    piece: np.ndarray[tuple[int], np.dtype[np.int32]]


def clean(content: bytes) -> bytes:
    """Normalise line ends: no carriage returns, no blank lines, one newline after the last row."""
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\n\n" in content or content[:1] == b"\n":
        content = b"\n".join(line for line in content.split(b"\n") if line)
    return content if not content or content.endswith(b"\n") else content + b"\n"


def between(piece: Piece, first: date, last: date) -> Piece:
    """Keep the rows of an hour or daily piece that start from `first` to `last`, both included."""
    low, high = f"{first:%Y%m%d}".rjust(8, "0").encode(), f"{last:%Y%m%d}".encode()
    kept = [line for line in clean(piece.content).splitlines(keepends=True) if low <= line[:8] <= high]
    return Piece(piece.path, piece.name, b"".join(kept))


def parse(pieces: Sequence[Piece], fields: Sequence[str], *, dated: bool, midnight_ms: int = 0) -> Parsed:
    """Parse `time,field,...` rows of all pieces.

    :param dated: times are `yyyyMMdd HH:mm` (hour and daily files), else milliseconds since `midnight_ms`
    """
    cleaned = [clean(piece.content) for piece in pieces]
    counts = [content.count(b"\n") for content in cleaned]
    total = sum(counts)
    piece = np.repeat(np.arange(len(pieces), dtype=np.int32), counts)
    if total == 0:
        return Parsed(np.empty(0, np.int64), {name: np.empty(0) for name in fields}, piece)
    table = _read(b"".join(cleaned), fields, dated)
    if table is None or table.num_rows != total:
        raise _first_defect(pieces, fields, dated)
    times = table.column("time").combine_chunks()
    if times.null_count:
        raise _first_defect(pieces, fields, dated)
    walls = values_of(times)
    if not dated:
        if walls.min() < 0 or walls.max() >= DAY_MS:
            raise _first_defect(pieces, fields, dated)
        walls = walls + midnight_ms
    values: dict[str, Floats] = {}
    for name in fields:
        column = table.column(name).combine_chunks()
        array: Floats = values_of(column)
        if np.isinf(array).any() or int(np.isnan(array).sum()) != column.null_count:
            raise _first_defect(pieces, fields, dated)
        values[name] = array
    return Parsed(walls.astype(np.int64, copy=False), values, piece)


def _read(content: bytes, fields: Sequence[str], dated: bool) -> pa.Table | None:
    types = {"time": pa.timestamp("ms") if dated else pa.int64()} | dict.fromkeys(fields, pa.float64())
    try:
        return csv.read_csv(
            io.BytesIO(content),
            read_options=csv.ReadOptions(column_names=["time", *fields], block_size=1 << 22),
            parse_options=csv.ParseOptions(quote_char=False),
            convert_options=csv.ConvertOptions(
                column_types=types, null_values=[""], timestamp_parsers=[_DATE_FORMAT] if dated else None
            ),
        )
    except pa.ArrowInvalid:
        return None


def _first_defect(pieces: Sequence[Piece], fields: Sequence[str], dated: bool) -> DataFormatError:
    for piece in pieces:
        for number, line in enumerate(piece.content.decode("utf-8", "replace").splitlines(), 1):
            problem = _defect(line.split(","), fields, dated) if line else None
            if problem is not None:
                where = f" of entry {piece.name}" if piece.name else ""
                return DataFormatError(f"Line {number}{where} {problem}", path=piece.path, fix=FIX)
    return DataFormatError("The rows cannot be read", path=pieces[0].path, fix=FIX)


def sound_rows(piece: Piece, fields: Sequence[str], dated: bool) -> Piece:
    """The piece without the rows that `parse` refuses."""
    lines = piece.content.decode("utf-8", "replace").splitlines()
    kept = [line for line in lines if line and _defect(line.split(","), fields, dated) is None]
    return Piece(piece.path, piece.name, "".join(line + "\n" for line in kept).encode())


def _defect(values: list[str], fields: Sequence[str], dated: bool) -> str | None:
    if len(values) != len(fields) + 1:
        return f"has {len(values)} fields instead of {len(fields) + 1}"
    if not _is_time(values[0], dated):
        wanted = "yyyyMMdd HH:mm" if dated else "milliseconds since midnight"
        return f"has {values[0]!r} in field 1 (time), which is not {wanted}"
    for number, (name, value) in enumerate(zip(fields, values[1:], strict=True), 2):
        if value and not _is_number(value):
            return f"has {value!r} in field {number} ({name}), which is not a number"
    return None


def _is_time(text: str, dated: bool) -> bool:
    try:
        if dated:
            datetime.strptime(text, _DATE_FORMAT)  # noqa: DTZ007 - wall time of the file's zone
            return True
        return 0 <= int(text) < DAY_MS
    except ValueError:
        return False


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text)) and "_" not in text and text == text.strip()
    except ValueError:
        return False
