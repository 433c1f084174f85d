"""Declarative chain selection: static columns first, before any quote is read; then one rule per strike."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thetatrace.chain.contracts import ContractTable, Floats, Ints
from thetatrace.chain.liquidity import Liquidity

Mask = NDArray[np.bool_]
VOLATILITY_BUCKET = 0.005  # half a volatility point
UNKNOWN = -1  # bucket of a volatility that is not known


@dataclass(frozen=True, slots=True)
class ChainContext:
    """What a static answer may depend on besides the listed contracts.

    :param today: ordinal of the exchange date
    :param utc_ms: engine time
    :param spot: underlying price; one that is not above zero gives an empty answer
    :param volatility: annual volatility of the underlying (0.2 = 20 %), None when unknown
    :param regime: number of the volatility regime, −1 without one
    """

    today: int
    utc_ms: int
    spot: float
    volatility: float | None = None
    regime: int = -1


@dataclass(frozen=True, slots=True)
class NarrowedChain:
    """What the static columns leave of a chain, gathered once. Arrays have shape [m], rows ascending."""

    rows: Ints
    strike: Floats
    right: Ints
    expiry: Ints
    handles: tuple[Any, ...]
    duplicate: Mask | None  # the same expiry, strike and right is listed more than once; None when none is

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class ChainQuery:
    """Which contracts a strategy wants to look at.

    The strike band is centred on a *bucket* of the underlying price, and scaled with a *bucket* of its volatility, so a
    query's answer is a function of (date, buckets, listed contracts) alone: that is what makes a cached answer equal to
    a fresh one.

    :param minimum_dte: smallest days to expiry, in calendar days of the exchange date
    :param maximum_dte: largest days to expiry
    :param reach: half width of the strike band as a fraction of the underlying price
    :param right: +1 calls, −1 puts, 0 both
    :param bucket: relative width of an underlying bucket; a move beyond it asks for a new selection
    :param target_dte: take only the listed expiry nearest to this (the earlier of two); None takes the whole window
    :param reach_moves: half width in expected moves to each expiry where that is less than `reach`; 0 for `reach` alone
    :param liquidity: gates of its contracts; the columns they need are read with the quotes, others never
    """

    minimum_dte: int
    maximum_dte: int
    reach: float
    right: int = 0
    bucket: float = 0.001
    target_dte: int | None = None
    reach_moves: float = 0.0
    liquidity: Liquidity | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.minimum_dte <= self.maximum_dte:
            raise ValueError(f"DTE window was {self.minimum_dte} to {self.maximum_dte}; it must be ascending from 0")
        if not 0 < self.reach < 1 or not 0 < self.bucket < 1:
            raise ValueError(f"reach was {self.reach}, bucket {self.bucket}; both must lie between 0 and 1")
        if self.right not in (-1, 0, 1):
            raise ValueError(f"right was {self.right}; it must be 1, -1 or 0")
        if not self.reach_moves >= 0:
            raise ValueError(f"reach_moves was {self.reach_moves}; it must be 0 or more")

    def bucket_of(self, spot: float) -> int:
        """Return the number of the bucket that holds an underlying price above zero."""
        return math.floor(math.log(spot) / math.log1p(self.bucket))

    def volatility_bucket_of(self, volatility: float | None) -> int:
        """Return the half-point bucket of a volatility; `UNKNOWN` where it is unknown or not asked for."""
        if not self.reach_moves or volatility is None or not 0 < volatility < math.inf:
            return UNKNOWN
        return math.floor(volatility / VOLATILITY_BUCKET)

    def rows(self, table: ContractTable, today: int, bucket: int, volatility_bucket: int = UNKNOWN) -> Ints:
        """Return the rows that the static columns leave, ascending, shape [m].

        :param today: ordinal of the exchange date
        :param bucket: bucket of the underlying price
        :param volatility_bucket: bucket of its volatility
        """
        centre = math.exp((bucket + 0.5) * math.log1p(self.bucket))
        first, last = today + self.minimum_dte, today + self.maximum_dte
        expiry = table.expiry
        keep = (expiry >= first) & (expiry <= last)
        if self.target_dte is not None:
            keep &= expiry == self._nearest_expiry(expiry[keep], today + self.target_dte)
        if self.right:
            keep &= table.right == self.right
        found = np.flatnonzero(keep)  # few rows are left: the band is tested on those alone
        distance = np.abs(table.strike[found] - centre)
        band: float | Floats = self.reach * centre
        if volatility_bucket != UNKNOWN:
            sigma = (volatility_bucket + 0.5) * VOLATILITY_BUCKET
            days = expiry[found] - today + 1
            band = np.minimum(band, self.reach_moves * centre * sigma * np.sqrt(days / 365.0))
        chosen: Ints = found[distance <= band]
        return chosen

    @staticmethod
    def _nearest_expiry(listed: Ints, wanted: int) -> int:
        if not len(listed):
            return -1
        distances = np.abs(listed - wanted)
        return int(listed[distances == distances.min()].min())

    def narrow(self, table: ContractTable, today: int, bucket: int, volatility_bucket: int = UNKNOWN) -> NarrowedChain:
        """Return the rows with their static columns, gathered once for every bar that will read them."""
        rows = self.rows(table, today, bucket, volatility_bucket)
        handles, wanted = table.handles, rows.tolist()
        strike, right, expiry = table.strike[rows], table.right[rows], table.expiry[rows]
        return NarrowedChain(
            rows, strike, right, expiry, tuple([handles[row] for row in wanted]), _duplicates(strike, right, expiry)
        )


def nothing() -> NarrowedChain:
    """Return a chain without contracts."""
    none = np.zeros(0, np.int64)
    return NarrowedChain(none, np.zeros(0), none, none, (), None)


def _duplicates(strike: Floats, right: Ints, expiry: Ints) -> Mask | None:
    """Mark every contract whose expiry, strike and right another row has too: which one is meant is unknown."""
    order = np.lexsort((strike, right, expiry))
    same = (np.diff(strike[order]) == 0) & (np.diff(right[order]) == 0) & (np.diff(expiry[order]) == 0)
    if not same.any():
        return None
    found = np.zeros(len(strike), np.bool_)
    found[order[1:][same]] = found[order[:-1][same]] = True
    return found
