"""Shares and dollars that the grid of cash dividends holds options without, so that rounding is that of what bends.

Derivatives read off a grid magnify the rounding of its values. Shares and dollars that pay the dividends are worth what
they are at every node and time, whatever the volatility; an option less these is small and flat near the spot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from thetatrace.pricing.black_scholes import first_order
from thetatrace.pricing.dividend_plan import Plan
from thetatrace.pricing.inputs import Columns
from thetatrace.pricing.normalised import log_ratio
from thetatrace.pricing.results import FloatArray

FAR = 4.5
"""Standard deviations from the forward beyond which an option is worth next to nothing, and so is its tangent."""


class Holding(NamedTuple):
    """At one time, [m] each: `shares`, `dollars` and the derivative of these to the rate."""

    shares: FloatArray
    dollars: FloatArray
    by_rate: FloatArray


@dataclass(frozen=True, slots=True)
class Hedge:
    """What is worth `price` now, and moves by `delta` with the share and `rho` with the rate, [m] each.

    `other` [m]: the right out of the money, of rows in it the other one: their hedge has what makes one the other.
    `dollars`, `by_rate`: as in `Holding`, after the dividend of every knot, float64[knots, m].
    """

    c: Columns
    plan: Plan
    other: FloatArray
    price: FloatArray
    delta: FloatArray
    rho: FloatArray
    dollars: FloatArray
    by_rate: FloatArray

    def at(self, segment: int, time: float) -> Holding:
        """The hedge at `time`, seen from `segment` as `Walk.shares` is."""
        span = time - self.plan.knots[segment]
        growth, start = np.exp(self.c.rate * span), self.dollars[segment]
        shares = self.delta * np.exp(self.c.dividend_yield * time)
        return Holding(shares, growth * start, growth * (self.by_rate[segment] + span * start))

    def tangent(self) -> Holding:
        """The hedge just before the last drop, without what makes one right the other after it."""
        c, plan = self.c, self.plan
        years = plan.years - plan.knots[-1]
        whole = 0.5 * (c.right - self.other)
        shares, dollars = whole * np.exp(-c.dividend_yield * years), whole * c.strike * np.exp(-c.rate * years)
        held = self.at(len(plan.knots) - 2, plan.knots[-1])
        return Holding(
            held.shares - shares,
            held.dollars + (dollars + shares * plan.drops[-1]),
            held.by_rate - years * dollars,
        )


def find_hedge(c: Columns, plan: Plan, bare: FloatArray, *, exercise: bool) -> Hedge:
    """The hedge of rows whose share is worth `bare` [m] without its dividends.

    It is the tangent to the ordinary price, out of the money, of the bare share, and for rows in the money spot less
    strike, or the other way round: the other right is what the option is without these. Where to be sure to `exercise`
    now or at an ex-date is worth more, it is what that gives.
    """
    ahead = log_ratio(bare, c.strike) + (c.rate - c.dividend_yield) * c.years
    other = np.where(ahead > 0.0, -1.0, 1.0)
    like = first_order(replace(c, spot=bare, right=other, shape=c.value.shape))
    weight = np.exp(-np.square(np.square(np.square(ahead / (FAR * c.value * np.sqrt(c.years))))))
    whole = 0.5 * (c.right - other)
    share, dollars = whole * np.exp(-c.dividend_yield * c.years), whole * c.strike * np.exp(-c.rate * c.years)
    price, delta = weight * like["price"] + (share * bare - dollars), weight * like["delta"] + share
    rho = dollars * c.years
    for knot, drop in zip(plan.knots[1:], plan.drops[1:], strict=True):
        rho += (drop * knot) * share * np.exp((c.dividend_yield - c.rate) * knot)
    if exercise:
        price, delta, rho = better_exercised(c, plan, price, delta, rho)
    owned, by_rate = np.empty((2, len(plan.knots), price.size))
    owned[0], by_rate[0], before = price - delta * c.spot, rho, 0.0
    for k, (knot, drop) in enumerate(zip(plan.knots[1:], plan.drops[1:], strict=True), 1):
        span, before = knot - before, knot
        growth = np.exp(c.rate * span)
        owned[k] = growth * owned[k - 1] + drop * delta * np.exp(c.dividend_yield * knot)
        by_rate[k] = growth * (by_rate[k - 1] + span * owned[k - 1])
    return Hedge(c, plan, other, price, delta, rho, owned, by_rate)


def better_exercised(
    c: Columns, plan: Plan, price: FloatArray, delta: FloatArray, rho: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """`price`, `delta` and `rho` of a hedge, or of what exercise now, before or after a drop gives where it is more."""
    bare = c.spot
    for knot, drop in zip(plan.knots, plan.drops, strict=True):
        shares, dollars = c.right * np.exp(-c.dividend_yield * knot), c.right * c.strike * np.exp(-c.rate * knot)
        for paid in (0.0, drop) if drop else (0.0,):
            bare = bare - paid * np.exp((c.dividend_yield - c.rate) * knot)
            worth = shares * bare - dollars
            more = worth > price
            price, delta, rho = np.where(more, worth, price), np.where(more, shares, delta), np.where(more, 0.0, rho)
    return price, delta, rho
