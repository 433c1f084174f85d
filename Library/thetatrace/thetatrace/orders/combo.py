"""Combo orders: legs and the limit they are sent with."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ComboLeg:
    """One leg of a combo: the engine's handle of the contract and its ratio (+1 buy, −1 sell)."""

    handle: Any
    ratio: int
    right: int
    strike: float
    settlement_utc_ms: int = 0  # 0 where it is not known


def round_to_tick(price: float, tick: float) -> float:
    """Round to the nearest tick; ties go away from zero. `tick` is in the unit of the price and above 0."""
    steps = math.floor(abs(price) / tick + 0.5)
    return math.copysign(round(steps * tick, 10), price) if steps else 0.0


def entry_credit(best: float, natural: float, attempt: int, first: float, step: float, tick: float) -> float:
    """Return the credit to ask for on an attempt, in points per unit.

    Starts `first` of the spread away from the passive side and gives `step` of the *spread* per retry. Once that would
    give the whole spread the order is marketable: the limit lies one step of the spread (a tick at least) beyond the
    natural price, room for a market that moves before the next bar. (LEAN fills a combo limit strictly through it, with
    each leg at the worst price of its bar.)

    :param best: credit with every leg at its passive side
    :param natural: credit with every leg at its far side
    :param attempt: 0 for the first limit
    """
    share, spread = first + attempt * step, best - natural
    if share < 1 - 1e-9:
        return round_to_tick(best - share * spread, tick)
    return round_to_tick(natural - max(step * spread, tick), tick)
