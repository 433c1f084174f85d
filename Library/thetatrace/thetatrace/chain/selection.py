"""Strike choice from a priced chain: one declared rule per strike, all contracts at once."""

from dataclasses import dataclass
from math import inf

import numpy as np

from thetatrace.chain.contracts import Ints
from thetatrace.chain.gates import QuoteReason, gate
from thetatrace.chain.liquidity import Liquidity
from thetatrace.chain.snapshot import Mask, PricedChain
from thetatrace.reasons import Reason

SAME_STRIKE = 1e-6  # points: strikes have four decimals, sums of them carry rounding


def standing_bid(bid: float, ask: float) -> float:
    """What is bid for a contract offered at `ask`: 0 for a missing bid, the ask for one above it.

    LEAN keeps a bid that has disappeared, so that one above the ask is old.
    """
    return min(bid, ask) if bid > 0 else 0.0


@dataclass(frozen=True, slots=True)
class StrikeRule:
    """Which strike of one side is wanted, and its wing. Bounds left at their defaults do not bind.

    With `delta` the strike nearest to that delta is taken (of two the one further out), otherwise the one nearest to
    the money, in both cases among those that meet every bound.

    :param right: +1 call, −1 put
    :param delta: wanted absolute delta
    :param maximum_delta: largest absolute delta
    :param minimum_otm: least distance out of the money as a fraction of the underlying price
    :param minimum_moves: least distance in expected moves of the strike's expiry, given to `choose`
    :param width: distance to the wing in points, further out of the money; 0 for none
    :param minimum_credit: least credit in points at mid, wing paid for
    :param liquidity: gates of the strike itself; None asks for a sound quote only
    """

    right: int
    delta: float | None = None
    maximum_delta: float = 1.0
    minimum_otm: float = 0.0
    minimum_moves: float = 0.0
    width: float = 0.0
    minimum_credit: float = -inf
    liquidity: Liquidity | None = None

    def __post_init__(self) -> None:
        if self.right not in (-1, 1):
            raise ValueError(f"right was {self.right}; it must be 1 or -1")
        if self.delta is not None and not 0 < self.delta <= self.maximum_delta:
            raise ValueError(f"delta was {self.delta}; it must lie above 0 and within {self.maximum_delta}")
        for name in ("maximum_delta", "minimum_otm", "minimum_moves", "width"):
            value = getattr(self, name)
            if not 0 <= value < inf:
                raise ValueError(f"{name} was {value}; it must be a finite number of 0 or more")


@dataclass(frozen=True, slots=True)
class StrikeChoice:
    """Positions in the chain's arrays: the strike, and its wing where one was asked for."""

    strike: int
    wing: int | None


def choose(
    chain: PricedChain, rule: StrikeRule, *, distance_points: float = 0.0, expected_move: float | None = None
) -> StrikeChoice | Reason:
    """Choose by one rule, or say why nothing can be chosen.

    :param distance_points: least distance of the strike out of the money in points, where a strategy knows one
    :param expected_move: one expected move to expiry in points; a rule in expected moves is refused without one
    """
    if rule.minimum_moves:
        if expected_move is None or not expected_move > 0:
            return Reason.GREEKS_UNDETERMINED
        distance_points = max(distance_points, rule.minimum_moves * expected_move)
    snapshot = chain.snapshot
    distance = max(distance_points, rule.minimum_otm * snapshot.spot)
    beyond = (snapshot.right == rule.right) & (rule.right * (snapshot.strike - snapshot.spot) >= distance)
    # A strike needs a sound quote; its wing needs only somebody who offers it.
    beyond &= snapshot.sound if rule.liquidity is None else gate(snapshot, rule.liquidity).code == QuoteReason.OK
    fit = np.flatnonzero(beyond & (np.abs(chain.delta) <= rule.maximum_delta))
    if not len(fit):
        return _why_none(chain, beyond)
    return _with_wing(chain, rule, _order(chain, rule, fit))


def _why_none(chain: PricedChain, beyond: Mask) -> Reason:
    return Reason.GREEKS_UNDETERMINED if bool((beyond & np.isnan(chain.delta)).any()) else Reason.NO_STRIKE


def _order(chain: PricedChain, rule: StrikeRule, fit: Ints) -> int:
    """Return the best of the fitting positions."""
    outwards = rule.right * chain.snapshot.strike[fit]
    if rule.delta is None:
        return int(fit[np.argmin(outwards)])
    miss = np.abs(np.abs(chain.delta[fit]) - rule.delta)
    return int(fit[np.lexsort((-outwards, miss))[0]])


def _with_wing(chain: PricedChain, rule: StrikeRule, strike: int) -> StrikeChoice | Reason:
    snapshot = chain.snapshot
    wing: int | None = None
    paid = 0.0
    if rule.width:
        miss = np.abs(snapshot.strike - snapshot.strike[strike] - rule.right * rule.width)
        found = (snapshot.right == rule.right) & (miss < SAME_STRIKE) & (snapshot.ask > 0) & (snapshot.ask < inf)
        if snapshot.expiry is not None:
            found &= snapshot.expiry == snapshot.expiry[strike]
        if snapshot.duplicate is not None:
            found &= ~snapshot.duplicate
        positions = np.flatnonzero(found)
        if not len(positions):
            return Reason.NO_WING
        wing = int(positions[0])
        ask = float(snapshot.ask[wing])
        paid = (standing_bid(float(snapshot.bid[wing]), ask) + ask) / 2
    credit = (float(snapshot.bid[strike]) + float(snapshot.ask[strike])) / 2 - paid
    return StrikeChoice(strike, wing) if credit >= rule.minimum_credit else Reason.CREDIT_TOO_SMALL
