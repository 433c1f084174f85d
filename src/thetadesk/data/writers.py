"""Columns to LEAN's CSV text, and text to zip files that are byte-identical on every run."""

import hashlib
import io
import os
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

Ints = NDArray[np.int64]
PRICE_SCALE = 10_000  # LEAN stores equity and option prices times 10000 (LeanData.cs)
_LEVEL = 4
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_NO_HEADER = pa.csv.WriteOptions(include_header=False)
Column: TypeAlias = NDArray[np.int64] | NDArray[np.float64] | Any  # Any: a pyarrow array


def csv_bytes(columns: Sequence[Column]) -> bytes:
    """Rows of comma-separated numbers, one line each; pyarrow nulls become empty fields."""
    arrays = [column if isinstance(column, pa.Array) else pa.array(column) for column in columns]
    sink = io.BytesIO()
    pa.csv.write_csv(pa.table(arrays, names=[str(at) for at in range(len(arrays))]), sink, _NO_HEADER)
    return sink.getvalue()


def nullable(values: Ints, missing: NDArray[np.bool_]) -> pa.Array:
    """An integer column with empty fields where `missing`."""
    return pa.array(values, mask=missing)


def split_rows(text: bytes, rows_per_part: Ints) -> list[bytes]:
    """Cut CSV text into consecutive parts of the given row counts."""
    newlines = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == 10)
    ends = np.cumsum(rows_per_part)
    stops = np.where(ends > 0, newlines[np.maximum(ends - 1, 0)] + 1, 0)
    starts = np.concatenate([[0], stops[:-1]])
    return [text[start:stop] for start, stop in zip(starts.tolist(), stops.tolist(), strict=True)]


def zip_bytes(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip archive with fixed dates, attributes and compression level."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, _FIXED_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 0
            archive.writestr(info, content, compresslevel=_LEVEL)
    return sink.getvalue()


def write_atomic(path: Path, content: bytes) -> str:
    """Write through a temporary sibling and a rename, so no half-written file is ever seen; returns the SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    temporary.write_bytes(content)
    temporary.replace(path)
    return hashlib.sha256(content).hexdigest()


def compact(day: date) -> str:
    """`yyyyMMdd`."""
    return day.strftime("%Y%m%d")
