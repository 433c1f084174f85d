"""The narrowed chain at one moment: quotes, data gates, and IV and Greeks of the whole of it in one call."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from thetatrace.chain.contracts import ContractTable, Floats, Ints
from thetatrace.pricing import greeks, implied_volatility
from thetatrace.reasons import Reason

Mask = NDArray[np.bool_]


class QuoteReader(Protocol):
    """Reads quotes of table rows from wherever they live: LEAN's securities, or recorded columns."""

    def read(self, table: ContractTable, rows: Ints) -> tuple[Floats, Floats]:
        """Return bid and ask of the rows, each shape [m]; 0 or NaN where a side is missing."""


@dataclass(frozen=True, slots=True)
class ChainSnapshot:
    """Quotes of the narrowed chain. All arrays have shape [m]; prices in points of the underlying's currency."""

    spot: float
    rows: Ints
    strike: Floats
    right: Ints
    bid: Floats
    ask: Floats

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def mid(self) -> Floats:
        """Mean of bid and ask, NaN where a side is missing."""
        both = (self.bid > 0) & (self.ask > 0)
        return np.where(both, (self.bid + self.ask) / 2, np.nan)


@dataclass(frozen=True, slots=True)
class ChainGates:
    """Which contracts of a snapshot are fit to trade on, and how many fail for which cause."""

    usable: Mask  # [m]
    missing: int  # a side has no quote
    crossed: int  # bid above ask

    def refusal(self, minimum_share: float) -> Reason | None:
        """Return why the chain as a whole is refused, None when it is fit.

        Missing bids far out of the money are normal, so the share counts crossed quotes against two-sided ones.
        """
        two_sided = int(self.usable.sum()) + self.crossed
        if two_sided == 0:
            return Reason.CHAIN_EMPTY
        return Reason.CHAIN_INVALID if self.usable.sum() < minimum_share * two_sided else None


@dataclass(frozen=True, slots=True)
class PricedChain:
    """A snapshot with IV and Greeks. Arrays [m]; NaN where the price determines no volatility."""

    snapshot: ChainSnapshot
    volatility: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats


def take_snapshot(table: ContractTable, rows: Ints, reader: QuoteReader, spot: float) -> ChainSnapshot:
    """Read the quotes of the narrowed rows and nothing else."""
    bid, ask = reader.read(table, rows)
    return ChainSnapshot(spot, rows, table.strike[rows], table.right[rows], bid, ask)


def gate(snapshot: ChainSnapshot) -> ChainGates:
    """Apply the quote gates to every contract at once."""
    both = (snapshot.bid > 0) & (snapshot.ask > 0)
    crossed = both & (snapshot.bid > snapshot.ask)
    return ChainGates(both & ~crossed, int((~both).sum()), int(crossed.sum()))


def price_chain(snapshot: ChainSnapshot, years: float, rate: float) -> PricedChain:
    """Price the whole snapshot (European, one expiry) in one vectorised call.

    :param years: time to settlement in years of 365 days, above 0
    :param rate: continuously compounded annual rate
    """
    implied = implied_volatility(snapshot.mid, snapshot.spot, snapshot.strike, years, rate, 0.0, snapshot.right)
    found = greeks(snapshot.spot, snapshot.strike, years, implied.volatility, rate, 0.0, snapshot.right)
    return PricedChain(snapshot, implied.volatility, found.delta, found.gamma, found.theta, found.vega)
