"""Real daily history: the anchors of everything the maker writes.

The numbers ship with the PyPI package `arch` (8.0.0): S&P 500 and NASDAQ Composite open/high/low/close/volume 1999–2018
(Yahoo), VIX and WTI closes (FRED, to January 2019). The CSV files are read straight from the installed package, because
importing `arch` costs two seconds and gives the same bytes.
"""

import csv
import gzip
import importlib.util
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lean_local.errors import BadInputError

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DailyBars:
    """Daily bars of one index, ascending. `day` holds proleptic ordinals, prices are whole cents; all shape [n]."""

    day: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints

    def __len__(self) -> int:
        return len(self.day)

    def row(self, day: date) -> int:
        """Index of `day`; -1 when the history has no such day."""
        at = int(np.searchsorted(self.day, day.toordinal()))
        return at if at < len(self.day) and int(self.day[at]) == day.toordinal() else -1

    def previous(self, day: date) -> int:
        """Index of the last row before `day`; -1 when there is none."""
        return int(np.searchsorted(self.day, day.toordinal())) - 1


@dataclass(frozen=True, slots=True)
class History:
    """All real series. `vix` and `wti` have closes only: their open, high and low repeat the close."""

    spx: DailyBars
    vix: DailyBars
    nasdaq: DailyBars
    wti: DailyBars


def _resource(name: str) -> Path:
    spec = importlib.util.find_spec("arch")
    if spec is None or spec.origin is None:
        raise BadInputError(
            "the package 'arch', which carries the real daily history, is not installed", fix="Run `make install`."
        )
    path = Path(spec.origin).parent / "data" / name / f"{name}.csv.gz"
    if not path.is_file():
        raise BadInputError(
            "the installed package 'arch' does not carry this history file", path=path, fix="Run `make install`."
        )
    return path


def _cents(text: str) -> int:
    return round(float(text) * 100)


def _read(name: str) -> DailyBars:
    with gzip.open(_resource(name), "rt", encoding="ascii", newline="") as lines:
        rows = list(csv.reader(lines))[1:]
    table = []
    for row in rows:
        if row[1] == ".":  # FRED writes a dot on holidays
            continue
        day = datetime.strptime(row[0], "%m/%d/%Y").date().toordinal()  # noqa: DTZ007 a calendar date has no zone
        closes = [_cents(cell) for cell in row[1:5]] if len(row) > 2 else [_cents(row[1])] * 4
        table.append([day, *closes, int(float(row[6])) if len(row) > 6 else 0])
    columns = np.array(table, dtype=np.int64).T
    days, open_, high, low, close, volume = (np.ascontiguousarray(column) for column in columns)
    # rounding to cents must not push an extreme inside the body
    return DailyBars(
        days, open_, np.maximum.reduce([high, open_, close]), np.minimum.reduce([low, open_, close]), close, volume
    )


@lru_cache(maxsize=1)
def load_history() -> History:
    """All series, read once per process.

    :raises BadInputError: the package `arch` or one of its files is missing
    """
    return History(_read("sp500"), _read("vix"), _read("nasdaq"), _read("wti"))
