"""Daily files of equity universes: coarse fundamentals and the constituents of funds, as columns.

Sources: `Common/Data/UniverseSelection/CoarseFundamentalDataProvider.cs`, `ETFConstituentUniverse.cs`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lean_local.errors import DataFormatError


@dataclass(frozen=True, slots=True)
class CoarseRow:
    """One equity on one date; `close` is the raw close in USD, `dollar_volume` in USD."""

    identifier: str
    ticker: str
    close: float
    volume: int
    dollar_volume: float
    has_fundamental_data: bool
    price_factor: float
    split_factor: float


@dataclass(frozen=True, slots=True)
class ConstituentRow:
    """One constituent of a fund on one date; None where the file has nothing."""

    ticker: str
    identifier: str
    last_update: date | None
    weight: float | None
    shares_held: float | None
    market_value: float | None


def _lines(path: Path, fewest: int) -> Iterator[list[str]]:
    """The fields of every line that has enough of them: LEAN skips the others."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataFormatError(f"The file cannot be read ({error})", path=path) from error
    for line in text.splitlines():
        fields = line.split(",")
        if len(fields) >= fewest and not line.startswith("#"):
            yield fields


def _coarse(fields: list[str]) -> CoarseRow:
    factors = [float(f) for f in fields[6:8]] if len(fields) > 7 else [1.0, 1.0]
    has = len(fields) > 5 and fields[5].strip().lower() == "true"
    return CoarseRow(
        fields[0], fields[1], float(fields[2]), int(fields[3]), float(fields[4]), has, factors[0], factors[1]
    )


def read_coarse(path: Path) -> list[CoarseRow]:
    """All equities of a coarse file, in file order; rows that are not `sid,ticker,close,volume,...` are skipped."""
    rows = []
    for fields in _lines(path, 5):
        try:
            rows.append(_coarse(fields))
        except ValueError:
            continue
    return rows


def read_constituents(path: Path) -> list[ConstituentRow]:
    """All constituents of a fund's file: `ticker,sid,last update,weight,shares,market value`."""
    rows = []
    for fields in _lines(path, 6):
        try:
            day = date.fromisoformat(f"{fields[2][:4]}-{fields[2][4:6]}-{fields[2][6:8]}") if fields[2] else None
            numbers = [float(f) if f else None for f in fields[3:6]]
        except ValueError:
            continue
        rows.append(ConstituentRow(fields[0], fields[1], day, numbers[0], numbers[1], numbers[2]))
    return rows


def read_listed(path: Path) -> list[ConstituentRow]:
    """All symbols of a constituents universe's file: `ticker,sid`."""
    return [ConstituentRow(f[0], f[1], None, None, None, None) for f in _lines(path, 2)]
