"""Combo orders: legs and the limit they are sent with."""

import math
from dataclasses import dataclass
from typing import Any

from thetatrace.strategies.plans import EntryPlan


@dataclass(frozen=True, slots=True)
class ComboLeg:
    """One leg of a combo: the engine's handle of the contract and its ratio (+1 buy, −1 sell)."""

    handle: Any
    ratio: int
    right: int
    strike: float


def round_to_tick(price: float, tick: float) -> float:
    """Round to the nearest tick; ties go away from zero. `tick` is in the unit of the price and above 0."""
    steps = math.floor(abs(price) / tick + 0.5)
    return math.copysign(round(steps * tick, 10), price) if steps else 0.0


def entry_credit(plan: EntryPlan, attempt: int, first: float, step: float, tick: float) -> float | None:
    """Return the credit to ask for on an attempt, None when it would fall below the least acceptable credit.

    Starts `first` of the spread away from the passive side and gives `step` of the *spread* per retry. Once the whole
    spread is given the limit is one tick beyond the natural price, so that it is marketable (LEAN fills a combo limit
    only strictly through it).

    :param attempt: 0 for the first limit
    """
    share = first + attempt * step
    if share < 1 - 1e-9:
        credit = round_to_tick(plan.best_credit - share * (plan.best_credit - plan.natural_credit), tick)
    else:
        credit = round_to_tick(plan.natural_credit - tick, tick)
    return credit if credit >= plan.least_credit - 1e-9 else None
