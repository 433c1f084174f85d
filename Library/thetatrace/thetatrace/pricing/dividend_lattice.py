"""Options on a share that drops by known cash dividends: backward steps on a grid that moves with the share.

Between ex-dates the share is lognormal; at an ex-date it drops by the amount (never below zero), and the option is
worth what it is after the drop (M. Vellekoop, J. Nieuwenhuis, Appl. Math. Finance 13(3), 2006). A step convolves values
with the Gaussian density of the step: on a grid of spacing h the sum is exact to exp(-2 pi^2 (sigma sqrt(dt)/h)^2) for
smooth values (L. N. Trefethen, J. Weideman, SIAM Review 56(3), 2014). Spacing and step are tied, so the weights are the
same for every volatility, and derivatives to volatility and rate go through the same sums, exact for the scheme.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from thetatrace.pricing.american import boundaries_at, premium_values, puts_of
from thetatrace.pricing.black_scholes import first_order
from thetatrace.pricing.dividend_hedge import Holding, find_hedge
from thetatrace.pricing.dividend_plan import POINTS, POWERS, WIDTH, Plan, Step
from thetatrace.pricing.early_exercise import premiums
from thetatrace.pricing.engine import Engine
from thetatrace.pricing.inputs import Columns
from thetatrace.pricing.results import FloatArray, IntArray

TINY = 1e-300
NOTHING = 1e-20
"""Of the strike: a share that is worth less is worth this much; closed forms lose digits to a logarithm far below."""


@dataclass(frozen=True, slots=True)
class Shares:
    """The share at the nodes at one time, `columns` [3, m, nodes]: price and its derivatives to volatility and rate;
    `time` in years, `centre` [m] the price at the middle node, `hedge` what values are less."""

    time: float
    centre: FloatArray
    columns: FloatArray
    hedge: Holding


def worth(holding: Holding, columns: FloatArray) -> FloatArray:
    """What `holding` is worth where the share is `columns`, in the order of values; [3, m, nodes]."""
    found: FloatArray = columns * holding.shares[:, None]
    found[0] += holding.dollars[:, None]
    found[2] += holding.by_rate[:, None]
    return found


def greeks_at_nodes(
    price: FloatArray, delta: FloatArray, vega: FloatArray, rho: FloatArray, share: FloatArray
) -> FloatArray:
    """Values, [3, m, nodes], of options with these Greeks where the share is `share`, in the order of values."""
    found = delta * share
    found[0] = price
    found[1] += vega
    found[2] += rho
    return found


class Walk:
    """Backward steps of rows [m] that share a plan.

    Values are float64[3, m, 2 (half + pad) + 1]: price, and its derivatives to volatility and rate at fixed nodes (the
    share at a node moves with both), all of them less those of the hedge. `exercise`: at ex-dates; `american`: at any
    time.
    """

    def __init__(self, c: Columns, plan: Plan, *, exercise: bool, american: bool) -> None:
        self.c, self.plan, self.exercise, self.american = c, plan, exercise, american
        self.spacing = c.value * np.sqrt(plan.unit_years)
        self.nodes = np.arange(-plan.half - plan.pad, plan.half + plan.pad + 1.0)
        self.stretch = np.exp(self.spacing[:, None] * self.nodes)
        self.drift = c.rate - c.dividend_yield - 0.5 * c.value * c.value
        self.centres, forward = self.find_centres()
        bare = forward * np.exp((c.dividend_yield - c.rate) * plan.knots[-1])
        self.hedge = find_hedge(c, plan, bare, exercise=exercise)

    def find_centres(self) -> tuple[list[FloatArray], FloatArray]:
        """(share price of the middle node after the drop of every knot, which drops by the forward's ratio; the forward
        after the last), [m] each."""
        c, plan = self.c, self.plan
        centre, forward, before = c.spot, c.spot, 0.0
        found = [centre]
        for knot, drop in zip(plan.knots[1:], plan.drops[1:], strict=True):
            span, before = knot - before, knot
            high = forward * np.exp((c.rate - c.dividend_yield) * span)
            forward = high - drop
            centre = centre * np.exp(self.drift * span) * (forward / high)
            found.append(centre)
        return found, forward

    def shares(self, segment: int, time: float) -> Shares:
        """The share at `time`, seen from `segment` (at a knot: after its drop, or before it from the one before)."""
        c, span = self.c, time - self.plan.knots[segment]
        centre = self.centres[segment] * np.exp(self.drift * span)
        columns = np.empty((3, *self.stretch.shape))
        price = np.multiply(centre[:, None], self.stretch, out=columns[0])
        moved = self.nodes * np.sqrt(self.plan.unit_years) - c.value[:, None] * time
        np.multiply(price, moved, out=columns[1])
        np.multiply(price, time, out=columns[2])
        return Shares(time, centre, columns, self.hedge.at(segment, time))

    def at_last_drop(self, here: Shares) -> FloatArray:
        """Values just before the last drop, from the closed form after it; the pads are zero."""
        pad, drop = self.plan.pad, self.plan.drops[-1]
        values, columns = np.zeros_like(here.columns), here.columns[:, :, pad:-pad]
        after = columns.copy()
        after[0] -= drop
        # The share stays at zero, but the hedge pays the dividend in full.
        owed = np.where(after[0] > 0.0, 0.0, after)
        flat = self.flattened(np.maximum(after[0], NOTHING * self.c.strike[:, None]))
        plain = first_order(replace(flat, right=np.repeat(self.hedge.other, after.shape[2])))
        price, delta, gamma, vega, rho = (
            plain[name].reshape(owed.shape[1:]) for name in ("price", "delta", "gamma", "vega", "rho")
        )
        tangent, alive = self.hedge.tangent(), after - owed
        found = greeks_at_nodes(price, delta, 100.0 * vega, 100.0 * rho, alive)
        found -= worth(tangent, columns) + (here.hedge.shares - tangent.shares)[:, None] * owed
        if self.plan.integral is not None:
            slope = (delta - tangent.shares[:, None]) * columns[0]
            exact = self.integrated(found[0], slope, gamma * np.square(columns[0]) + slope, self.plan.integral)
            np.copyto(found[0], exact, where=np.all(owed[0] == 0.0, axis=1)[:, None])
        if self.american:
            puts = puts_of(flat)
            extra = premiums(puts, flat.value, boundaries_at(puts, flat.value))
            more = premium_values(flat, puts, extra)
            price, delta, vega, rho = (
                column.reshape(price.shape) for column in (more.price, more.delta, more.vega, more.rho)
            )
            found += greeks_at_nodes(price, delta, vega, rho, alive)
            payoff = worth(self.claim(here, drop), columns) - self.c.right[:, None] * owed
            np.maximum(found[0], payoff[0], out=found[0])
            np.copyto(found, payoff, where=extra.exercise.reshape(price.shape))
        values[:, :, pad:-pad] = found
        return values

    def integrated(self, values: FloatArray, slope: FloatArray, bend: FloatArray, integral: FloatArray) -> FloatArray:
        """`values` [m, nodes] anew from their first two derivatives to the logarithm of the share."""
        half, spacing = self.plan.half, self.spacing[:, None]
        tangent = values[:, half, None] + spacing * slope[:, half, None] * np.arange(-half, half + 1.0)
        found: FloatArray = tangent + np.square(spacing) * (bend @ integral)
        return found

    def flattened(self, spot: FloatArray) -> Columns:
        """The options after the last drop where the share is `spot` [m, nodes], row by row."""
        c, size = self.c, spot.shape[1]
        one = (c.value, c.strike, c.rate, c.dividend_yield, c.right)
        sigma, strike, rate, dividend_yield, right = (np.repeat(column, size) for column in one)
        years = np.full(spot.size, self.plan.years - self.plan.knots[-1])
        good = np.zeros(spot.size, dtype=np.uint8)
        return Columns(sigma, spot.reshape(-1), strike, years, rate, dividend_yield, right, good, None, (spot.size,))

    def claim(self, here: Shares, drop: float) -> Holding:
        """What exercise gives once the share has dropped by `drop`, less the hedge."""
        right, hedge = self.c.right, here.hedge
        return Holding(right - hedge.shares, -right * (self.c.strike + drop) - hedge.dollars, -hedge.by_rate)

    def run(self) -> FloatArray:
        """Values [3, m, nodes], padded, before the last step back."""
        plan = self.plan
        here = self.shares(len(plan.knots) - 2, plan.knots[-1])
        values = self.at_last_drop(here)
        if Engine.lattice is not None:
            return self.compiled(Engine.lattice, values)
        if self.exercise:
            self.take_payoff(values, here)
        for step in plan.steps[:-1]:
            values = self.stepped(values, here, step)
            here = self.shares(step.segment, step.time)
            if self.american:
                self.take_payoff(values, here)
            if step.drop > 0.0:
                before = self.shares(step.segment - 1, step.time)
                values, here = self.dropped(values, here, before, step.drop), before
                if self.exercise:
                    self.take_payoff(values, here)
        self.pad(values, here)
        return values

    def compiled(self, kernel: Callable[..., None], values: FloatArray) -> FloatArray:
        """What `run` makes of the values at the last drop, by the compiled kernel."""
        c, plan = self.c, self.plan
        rows = np.ascontiguousarray(values.transpose(1, 0, 2))
        kernel(
            rows,
            np.stack(
                (self.spacing, c.value, c.rate, c.dividend_yield, self.drift, c.right, c.strike, self.hedge.delta),
                axis=1,
            ),
            np.stack((np.stack(self.centres), self.hedge.dollars, self.hedge.by_rate)).transpose(2, 0, 1).copy(),
            np.array(plan.knots),
            np.array([(step.span, step.time, step.segment, step.drop) for step in plan.steps[:-1]]).reshape(-1, 4),
            plan.weights,
            POWERS,
            float(self.exercise),
            float(self.american),
        )
        return rows.transpose(1, 0, 2)

    def stepped(self, values: FloatArray, here: Shares, step: Step) -> FloatArray:
        """`values` at `here` a step earlier, discounted; the pads of the answer are zero."""
        pad = self.plan.pad
        self.pad(values, here)
        new = np.zeros_like(values)
        inner = new[:, :, pad:-pad]
        size = inner.shape[2]
        for first in range(0, size, WIDTH):
            count = min(WIDTH, size - first)
            wide = count + 2 * pad
            inner[:, :, first : first + count] = values[:, :, first : first + wide] @ step.matrix[:wide, :count]
        inner *= np.exp(-self.c.rate * step.span)[:, None]
        inner[2] -= step.span * inner[0]
        return new

    def pad(self, values: FloatArray, here: Shares) -> None:
        """Continue `values` linearly in the share into their pads at either end, in place."""
        pad = self.plan.pad
        for edge, inner, pads in ((pad, pad + 1, slice(0, pad)), (-pad - 1, -pad - 2, slice(-pad, None))):
            gap = here.columns[0, :, edge] - here.columns[0, :, inner]
            slope = ((values[0, :, edge] - values[0, :, inner]) / gap)[:, None]
            for column, share in zip(values, here.columns, strict=True):
                column[:, pads] = column[:, edge, None] + slope * (share[:, pads] - share[:, edge, None])

    def take_payoff(self, values: FloatArray, here: Shares) -> None:
        """Take the payoff where it is worth more, in place, and undo what the kink does to sums over nodes.

        A sum over nodes of a function whose slope jumps by a and whose curvature jumps by b, a share t of the way
        between two nodes, is wrong by -a B2(t)/2 + b B3(t)/6 (Euler-Maclaurin, Bernoulli polynomials; against a weight
        w also a w' B3(t)/3): that is taken off these two nodes.
        """
        pad = self.plan.pad
        inner = values[:, :, pad:-pad]
        payoff = worth(self.claim(here, 0.0), here.columns[:, :, pad:-pad])
        gain = payoff[0] - inner[0]
        edge = -POINTS[0]
        rows, nodes = np.nonzero((gain[:, edge : -edge - 1] * gain[:, edge + 1 : -edge]) < 0.0)
        nodes += edge
        around = nodes[:, None] + np.array(POINTS)
        near = inner[:, rows[:, None], around]
        near[0] = gain[rows[:, None], around]
        near[1:] = payoff[1:, rows[:, None], around] - near[1:]
        np.copyto(inner, payoff, where=gain > 0.0)
        if rows.size:
            self.smooth(inner, rows, nodes, near @ POWERS)

    @staticmethod
    def smooth(inner: FloatArray, rows: IntArray, nodes: IntArray, near: FloatArray) -> None:
        """Take off what kinks between `nodes` and the next do; `near` [3, k, powers]: what exercise gains there."""
        value, ahead = near[0, :, 0], near[0].sum(axis=1)
        share = value / (value - ahead)
        for _ in range(3):
            value, slope = (polynomial(near[0], share, order) for order in (0, 1))
            share = np.clip(share - value / slope, 0.0, 1.0)
        at, by, curve = (polynomial(near, share, order) for order in (0, 1, 2))
        moved = -at[1:] / by[0]
        sign = np.sign(by[0])
        first, second = sign * by, sign * curve
        # Derivatives of jumps at the kink: at a fixed place, and because the kink moves.
        first[1:] += second[0] * moved
        b2, b3 = share * (share - 1.0) + 1.0 / 6.0, share * (share - 0.5) * (share - 1.0)
        b2_moved, b3_moved = (2.0 * share - 1.0) * moved, 3.0 * b2 * moved
        whole = -0.5 * first * b2 + second * b3 / 6.0
        whole[1:] += -0.5 * first[0] * b2_moved + second[0] * b3_moved / 6.0
        tilt = first * b3 / 3.0
        tilt[1:] += first[0] * b3_moved / 3.0
        shift = np.concatenate((np.zeros((1, rows.size)), whole[0] * moved))
        inner[:, rows, nodes] -= whole * (1.0 - share) - shift - tilt
        inner[:, rows, nodes + 1] -= whole * share + shift + tilt

    def dropped(self, values: FloatArray, after: Shares, before: Shares, drop: float) -> FloatArray:
        """Values at the nodes of `before` from those at the nodes of `after`; the pads are left undefined."""
        pad = self.plan.pad
        self.pad(values, after)
        half, spacing = self.plan.half, self.spacing[:, None]
        price, by_sigma, by_rate = before.columns[:, :, pad:-pad]
        alive = price > drop
        share = np.where(alive, price - drop, TINY)
        place = np.log(share / after.centre[:, None]) / spacing
        held = np.clip(place, -half, half)
        below = np.minimum(np.floor(held), half - 1.0)
        powers = np.vander((held - below).reshape(-1), len(POINTS), increasing=True)
        weights = (powers @ POWERS.T).reshape(*share.shape, len(POINTS))
        slopes = (powers[:, :-1] @ (np.arange(1.0, len(POINTS))[:, None] * POWERS.T[1:])).reshape(weights.shape)
        first = below.astype(np.intp) + (half + pad)
        rows = np.arange(share.shape[0])[:, None]
        near = np.stack([values[:, rows, first + k] for k in POINTS], axis=-1)
        inner = (near * weights).sum(axis=-1)
        rise = (near[0] * slopes).sum(axis=-1) / spacing
        # The node moves with volatility and rate, and so does its place among the nodes after the drop.
        inner[1] += rise * (
            by_sigma / share + self.c.value[:, None] * after.time - place * np.sqrt(self.plan.unit_years)
        )
        inner[2] += rise * (by_rate / share - after.time)
        there = np.where(alive, np.stack((share, by_sigma, by_rate)), 0.0)
        edges = after.columns
        for beyond, edge, inside in ((place < -half, pad, pad + 1), (place > half, -pad - 1, -pad - 2)):
            if beyond.any():
                gap = edges[0, :, edge] - edges[0, :, inside]
                slope = ((values[0, :, edge] - values[0, :, inside]) / gap)[:, None]
                far = values[:, :, edge, None] + slope * (there - edges[:, :, edge, None])
                inner = np.where(beyond, far, inner)
        if not alive.all():
            # The share stays at zero, the hedge pays the dividend in full.
            debt = np.stack((price - drop, by_sigma, by_rate)) * after.hedge.shares[:, None]
            inner -= np.where(alive, 0.0, debt)
        new = np.zeros_like(values)
        new[:, :, pad:-pad] = inner
        return new


def polynomial(powers: FloatArray, at: FloatArray, order: int) -> FloatArray:
    """Derivative of the given order at `at` [n] of polynomials with coefficients [..., n, k], lowest power first."""
    total = np.zeros(powers.shape[:-1])
    for power in range(powers.shape[-1] - 1, order - 1, -1):
        total = total * at + powers[..., power] * float(math.perm(power, order))
    return total
