"""Declarative chain selection, narrowed by static columns before any quote is read."""

import math
from dataclasses import dataclass

import numpy as np

from thetatrace.chain.contracts import ContractTable, Ints


@dataclass(frozen=True, slots=True)
class ChainQuery:
    """Which contracts a strategy wants to look at.

    The strike band is centred on a *bucket* of the underlying price, not on the price itself, so a query's answer is a
    function of (date, bucket, listed contracts) alone: that is what makes a cached answer equal to a fresh one.

    :param minimum_dte: smallest days to expiry, in calendar days of the exchange date
    :param maximum_dte: largest days to expiry
    :param reach: half width of the strike band as a fraction of the underlying price
    :param right: +1 calls, −1 puts, 0 both
    :param bucket: relative width of an underlying bucket; a move beyond it asks for a new selection
    """

    minimum_dte: int
    maximum_dte: int
    reach: float
    right: int = 0
    bucket: float = 0.001

    def __post_init__(self) -> None:
        if not 0 <= self.minimum_dte <= self.maximum_dte:
            raise ValueError(f"DTE window was {self.minimum_dte} to {self.maximum_dte}; it must be ascending from 0")
        if not 0 < self.reach < 1 or not 0 < self.bucket < 1:
            raise ValueError(f"reach was {self.reach}, bucket {self.bucket}; both must lie between 0 and 1")
        if self.right not in (-1, 0, 1):
            raise ValueError(f"right was {self.right}; it must be 1, -1 or 0")

    def bucket_of(self, spot: float) -> int:
        """Return the number of the bucket that holds an underlying price above zero."""
        return math.floor(math.log(spot) / math.log1p(self.bucket))

    def rows(self, table: ContractTable, today: int, bucket: int) -> Ints:
        """Return the rows that the static columns leave, ascending, shape [m].

        :param today: ordinal of the exchange date
        :param bucket: bucket of the underlying price
        """
        centre = math.exp((bucket + 0.5) * math.log1p(self.bucket))
        days = table.expiry - today
        keep = (days >= self.minimum_dte) & (days <= self.maximum_dte)
        keep &= np.abs(table.strike - centre) <= self.reach * centre
        if self.right:
            keep &= table.right == self.right
        return np.flatnonzero(keep)
