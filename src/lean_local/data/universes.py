"""Universe files: the chain of one option root or future on one date, as columns (semantics: `OptionUniverse.cs`)."""

import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from lean_local.data.archives import FIX
from lean_local.data.arrow import values_of
from lean_local.data.columns import Floats
from lean_local.data.rows import clean
from lean_local.errors import DataFormatError

_PRICES = ("open", "high", "low", "close", "volume", "open_interest")
_GREEKS = ("implied_volatility", "delta", "gamma", "vega", "theta", "rho")


@dataclass(frozen=True, slots=True)
class UnderlyingRow:
    """The first row of a universe file: the underlying on the file's date. An empty field is 0, as LEAN reads it."""

    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class UniverseDay:
    """Chain of one option root. Arrays have shape [n], one row per contract, in file order.

    Prices are in USD (not scaled), theta is per day. An empty field is 0, as LEAN reads it; columns a file does
    not have (Greeks of future options) are NaN. `right` is +1 for calls, -1 for puts (int8).
    """

    day: date
    expiry: list[date]
    strike: Floats
    right: NDArray[np.int8]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    open_interest: Floats
    implied_volatility: Floats
    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    rho: Floats
    underlying: UnderlyingRow | None

    def __len__(self) -> int:
        return len(self.strike)


@dataclass(frozen=True, slots=True)
class FutureUniverseDay:
    """Chain of one future root; `contract_month` holds the first day of each contract's month."""

    day: date
    contract_month: list[date]
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    open_interest: Floats

    def __len__(self) -> int:
        return len(self.close)


def read_option_universe(path: Path, day: date) -> UniverseDay:
    """Read an option universe file; raises `DataFormatError` naming line and field."""
    header, content = _split(path)
    known = ("expiry", "strike", "right", *_PRICES, *_GREEKS)
    names = header or list(known)
    table = _table(path, content, names, text=("expiry", "right"))
    columns = {name: _numbers(table, name) for name in ("strike", *_PRICES, *_GREEKS)}
    expiries, rights = table["expiry"].to_pylist(), table["right"].to_pylist()
    underlying, first = None, 0
    if expiries and not expiries[0]:
        values = {name: float(columns[name][0]) for name in ("open", "high", "low", "close", "volume")}
        underlying, first = UnderlyingRow(**values), 1
    signs = {"C": 1, "P": -1, "c": 1, "p": -1}
    offset = 1 + (1 if header else 0)
    for number, right in enumerate(rights[first:], first + offset):
        if right not in signs:
            raise _broken(path, number, f"has {right!r} in the field right, which is neither C nor P")
    return UniverseDay(
        day=day,
        expiry=_dates(path, expiries[first:], first + offset),
        right=np.array([signs[right] for right in rights[first:]], dtype=np.int8),
        underlying=underlying,
        **{name: array[first:] for name, array in columns.items()},
    )


def read_future_universe(path: Path, day: date) -> FutureUniverseDay:
    """Read a future universe file; raises `DataFormatError` naming line and field."""
    header, content = _split(path)
    table = _table(path, content, header or ["expiry", *_PRICES], text=("expiry",))
    months = [f"{month}01" if month and len(month) == 6 else month for month in table["expiry"].to_pylist()]
    columns: dict[str, Any] = {name: _numbers(table, name) for name in _PRICES}
    return FutureUniverseDay(day, _dates(path, months, 2 if header else 1), **columns)


def _split(path: Path) -> tuple[list[str], bytes]:
    try:
        content = clean(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except OSError as error:
        raise DataFormatError(f"The universe file cannot be read ({error})", path=path, fix=FIX) from error
    header: list[str] = []
    if content.startswith(b"#"):
        line, _, content = content.partition(b"\n")
        header = [name.strip() for name in line[1:].decode("utf-8", "replace").split(",")]
    return header, content


def _table(path: Path, content: bytes, names: list[str], text: tuple[str, ...]) -> pa.Table:
    types = {name: pa.string() if name in text else pa.float64() for name in names}
    missing = [name for name in (*text, *_PRICES) if name not in names]
    if missing:
        raise _broken(path, 1, f"does not name the columns {', '.join(missing)}")
    try:
        return csv.read_csv(
            io.BytesIO(content),
            read_options=csv.ReadOptions(column_names=names, block_size=1 << 22),
            parse_options=csv.ParseOptions(quote_char=False),
            convert_options=csv.ConvertOptions(column_types=types, null_values=[""], strings_can_be_null=True),
        )
    except pa.ArrowInvalid as error:
        if not content:
            return pa.table({name: pa.array([], types[name]) for name in names})
        raise _first_defect(path, content, names, text) from error


def _first_defect(path: Path, content: bytes, names: list[str], text: tuple[str, ...]) -> DataFormatError:
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 2):
        values = line.split(",")
        if len(values) != len(names):
            return _broken(path, number, f"has {len(values)} fields instead of {len(names)}")
        for name, value in zip(names, values, strict=True):
            try:
                if value and name not in text:
                    float(value)
            except ValueError:
                return _broken(path, number, f"has {value!r} in the field {name}, which is not a number")
    return DataFormatError("The universe file cannot be read", path=path, fix=FIX)


def _numbers(table: pa.Table, name: str) -> Floats:
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    values: Floats = np.nan_to_num(values_of(table.column(name)))
    return values


def _dates(path: Path, texts: list[str | None], first_line: int) -> list[date]:
    known: dict[str | None, date] = {}
    for number, text in enumerate(texts, first_line):
        if text not in known:
            try:
                assert text is not None
                known[text] = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
            except (ValueError, AssertionError):
                raise _broken(path, number, f"has {text!r} in the field expiry, which is not a date") from None
    return [known[text] for text in texts]


def _broken(path: Path, number: int, problem: str) -> DataFormatError:
    return DataFormatError(f"Line {number} {problem}", path=path, fix=FIX)
