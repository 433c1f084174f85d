"""Data gates: which quotes of a snapshot are fit to trade on, as one code per contract, and how many fail for what."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from thetatrace.chain.liquidity import Liquidity
from thetatrace.chain.snapshot import ChainSnapshot, Mask
from thetatrace.reasons import Reason

Codes = NDArray[np.uint8]


class QuoteReason(IntEnum):
    """Why a contract is not fit to trade on. When several apply, the lowest code above `OK` is given."""

    OK = 0
    MISSING = 1  # a side is not quoted: zero, negative or NaN
    NOT_FINITE = 2  # a side is infinite
    CROSSED = 3  # bid above ask
    DUPLICATE = 4  # the same expiry, strike and right is listed twice: which one is meant is unknown
    STALE = 5  # the quote is older than allowed
    WIDE = 6  # the spread is wider than allowed
    THIN_INTEREST = 7  # open interest below what is asked for
    THIN_VOLUME = 8  # volume below what is asked for


_COUNT = len(QuoteReason)
_BROKEN = (QuoteReason.NOT_FINITE, QuoteReason.CROSSED, QuoteReason.DUPLICATE, QuoteReason.STALE)


@dataclass(frozen=True, slots=True)
class ChainGates:
    """The gates' answer. `code` uint8[m] of `QuoteReason`; `counts[reason]` contracts per code."""

    code: Codes
    counts: tuple[int, ...]

    @property
    def usable(self) -> Mask:
        """Contracts that pass every gate, bool[m]."""
        usable: Mask = self.code == QuoteReason.OK
        return usable

    def refusal(self, minimum_share: float) -> Reason | None:
        """Return why the chain as a whole is refused, None when it is fit.

        The share is that of contracts whose quote is sound among those quoted on both sides. Missing bids far out of
        the money are normal, and so are wide or thin contracts: they say nothing about the data.
        """
        broken = sum(self.counts[reason] for reason in _BROKEN)
        two_sided = len(self.code) - self.counts[QuoteReason.MISSING]
        if two_sided == 0:
            return Reason.CHAIN_EMPTY
        return Reason.CHAIN_INVALID if two_sided - broken < minimum_share * two_sided - 1e-9 else None


def gate(snapshot: ChainSnapshot, liquidity: Liquidity | None = None) -> ChainGates:
    """Apply the gates to every contract at once; without `liquidity` those on the quotes' soundness alone."""
    bid, ask = snapshot.bid, snapshot.ask
    if liquidity is None and bool(snapshot.sound.all()):
        return ChainGates(np.zeros(len(bid), np.uint8), (len(bid),) + (0,) * (_COUNT - 1))
    code = np.zeros(len(bid), np.uint8)
    if liquidity is not None:
        _apply_liquidity(code, snapshot, liquidity)
    if snapshot.duplicate is not None:
        code[snapshot.duplicate] = QuoteReason.DUPLICATE
    code[bid > ask] = QuoteReason.CROSSED
    both = (bid > 0) & (ask > 0)
    code[~both] = QuoteReason.MISSING
    code[both & ((bid == np.inf) | (ask == np.inf))] = QuoteReason.NOT_FINITE
    return ChainGates(code, tuple(np.bincount(code, minlength=_COUNT).tolist()))


def _apply_liquidity(code: Codes, snapshot: ChainSnapshot, asked: Liquidity) -> None:
    """Mark from the highest code down, so that the lowest one that applies stays."""
    if asked.minimum_volume > 0 and snapshot.volume is not None:
        code[~(snapshot.volume >= asked.minimum_volume)] = QuoteReason.THIN_VOLUME
    if asked.minimum_open_interest > 0 and snapshot.open_interest is not None:
        code[~(snapshot.open_interest >= asked.minimum_open_interest)] = QuoteReason.THIN_INTEREST
    if asked.spread_fraction < np.inf:
        with np.errstate(invalid="ignore", over="ignore"):  # infinite sides have their own code
            spread = snapshot.ask - snapshot.bid
            allowed = np.maximum(asked.spread_points, asked.spread_fraction * (snapshot.ask + snapshot.bid) / 2)
            code[~(spread <= allowed + 1e-9)] = QuoteReason.WIDE
    if asked.maximum_age_seconds < np.inf and snapshot.age_seconds is not None:
        code[~(snapshot.age_seconds <= asked.maximum_age_seconds)] = QuoteReason.STALE
