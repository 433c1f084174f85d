"""Columnar market data: the one shape in which every reader hands data to the engine.

Times are UTC milliseconds since 1970-01-01 (int64). Prices are float64, each the double nearest to the decimal in the
file, so `decimal.Decimal(repr(x))` gives the file's digits back. A missing side or field is NaN, never 0.
"""

from dataclasses import dataclass
from datetime import date
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TradeBars:
    """Trade bars of one security, ascending by end time. All arrays have shape [n]."""

    start_utc_ms: Ints
    end_utc_ms: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats

    def __len__(self) -> int:
        return len(self.end_utc_ms)


@dataclass(frozen=True, slots=True)
class QuoteBars:
    """Quote bars of one security, ascending by end time. All arrays have shape [n]; a missing side is NaN."""

    start_utc_ms: Ints
    end_utc_ms: Ints
    bid_open: Floats
    bid_high: Floats
    bid_low: Floats
    bid_close: Floats
    bid_size: Floats
    ask_open: Floats
    ask_high: Floats
    ask_low: Floats
    ask_close: Floats
    ask_size: Floats

    def __len__(self) -> int:
        return len(self.end_utc_ms)


@dataclass(frozen=True, slots=True)
class OpenInterestRows:
    """Open interest of one security, ascending by time. Both arrays have shape [n]."""

    end_utc_ms: Ints
    value: Floats

    def __len__(self) -> int:
        return len(self.end_utc_ms)


Rows = TypeVar("Rows", TradeBars, QuoteBars, OpenInterestRows)


class ContractKey(NamedTuple):
    """What tells two option contracts of one root apart: exactly what LEAN's zip entry names carry."""

    expiry: date
    strike: float
    right: str  # "call" | "put"
    style: str  # "american" | "european"


@dataclass(frozen=True, slots=True)
class ContractDay(Generic[Rows]):
    """All contracts of one option root (or future) on one date, in one set of columns.

    Rows are sorted by (end_utc_ms, contract), so one time step is one slice of every column.
    `contract` (int32, shape [n]) indexes `contracts`.
    """

    contracts: tuple[ContractKey, ...]
    contract: NDArray[np.int32]
    rows: Rows
    values: Floats | None = None  # bars: what `rows` holds as one array [n, fields], if it was read as one


QUOTE_FIELDS = (
    *("bid_open", "bid_high", "bid_low", "bid_close", "bid_size"),
    *("ask_open", "ask_high", "ask_low", "ask_close", "ask_size"),
)
TRADE_FIELDS = ("open", "high", "low", "close", "volume")
OPEN_INTEREST_FIELDS = ("value",)


def matrix_of(rows: QuoteBars | TradeBars | OpenInterestRows) -> Floats:
    """The values of rows as one array [n, fields], in the order of QUOTE_FIELDS, TRADE_FIELDS or "value"."""
    names: tuple[str, ...] = QUOTE_FIELDS if isinstance(rows, QuoteBars) else TRADE_FIELDS
    if isinstance(rows, OpenInterestRows):
        names = OPEN_INTEREST_FIELDS
    return np.column_stack([getattr(rows, name) for name in names])
