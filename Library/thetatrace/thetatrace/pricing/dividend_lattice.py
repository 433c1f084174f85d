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
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from thetatrace.pricing.american import boundaries_at, evaluate, puts_of
from thetatrace.pricing.black_scholes import first_order
from thetatrace.pricing.engine import Engine
from thetatrace.pricing.inputs import Columns
from thetatrace.pricing.results import FloatArray, IntArray

REACH = 6.0
"""Half width of the grid in standard deviations at the last ex-date."""
SPREAD = 1.5
"""Standard deviation of one full step, in grid spacings."""
PAD = 9
"""Columns either side of the grid, continued linearly in the share: the tails of a step's density."""
WIDTH = 32
"""Nodes that one product with a matrix takes a step back."""
SHORT = 1.0
"""Variance of a step, in squared spacings, below which the density is too narrow to be sampled."""
TINY = 1e-300
POINTS = range(-2, 4)
"""Nodes, counted from the one below a place, of polynomials through values."""
POWERS: FloatArray = np.ascontiguousarray(
    np.linalg.inv(np.vander(np.array(POINTS, dtype=np.float64), len(POINTS), increasing=True)).T
)
"""From values at `POINTS` (last axis) to the coefficients of their polynomial, lowest power first."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step back: length and the time it ends at (years), the segment between knots it lies in, the amount by which
    the share drops at its end (0: none) and the matrix of `convolution`."""

    span: float
    time: float
    segment: int
    drop: float
    matrix: FloatArray


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps for one expiry and its dividends, the same for every share, strike, volatility and rate.

    `knots`: now and the ex-dates before expiry (years), `drops`: the amounts there, 0 for now. `half`: nodes either
    side of the middle one. `unit_years`: years whose variance is one squared spacing. `steps`: from the last ex-date.
    """

    years: float
    knots: tuple[float, ...]
    drops: tuple[float, ...]
    half: int
    unit_years: float
    steps: tuple[Step, ...]


def density_weights(variance: float) -> FloatArray:
    """Weights of nodes -PAD..PAD for a step of this variance in squared spacings, float64[2 PAD + 1].

    Below `SHORT` the five-point weights that have the moments of the density up to the fifth.
    """
    if variance >= SHORT:
        nodes = np.arange(-PAD, PAD + 1.0)
        dense: FloatArray = np.exp(-0.5 * nodes * nodes / variance)
        dense /= dense.sum()
        return dense
    outer = variance * (variance / 8.0 - 1.0 / 24.0)
    inner = 0.5 * variance - 4.0 * outer
    weights = np.zeros(2 * PAD + 1)
    weights[PAD - 2 : PAD + 3] = outer, inner, 1.0 - 2.0 * (inner + outer), inner, outer
    return weights


def convolution(variance: float) -> FloatArray:
    """[WIDTH + 2 PAD, WIDTH] matrix from values to the values of the middle nodes a step earlier, not discounted."""
    gap = np.arange(WIDTH + 2 * PAD)[:, None] - np.arange(WIDTH)
    inside = (gap >= 0) & (gap <= 2 * PAD)
    return np.where(inside, density_weights(variance)[np.where(inside, gap, 0)], 0.0)


@lru_cache(maxsize=32)
def make_plan(years: float, times: tuple[float, ...], amounts: tuple[float, ...], count: int, refine: int) -> Plan:
    """Plan of about `count` times `refine` steps until the last of the ex-dates `times` (ascending, before expiry).

    `refine` parts every step of the plan with `refine` = 1, so that the two can be extrapolated.
    """
    knots, drops = (0.0, *times), (0.0, *amounts)
    whole = knots[-1] / (count * refine)
    half = int(np.ceil(REACH * SPREAD * np.sqrt(count * refine)))
    steps: list[Step] = []
    for segment in range(len(times) - 1, -1, -1):
        length = knots[segment + 1] - knots[segment]
        parts = refine * max(1, int(np.ceil(length / (refine * whole) - 1e-9)))
        matrix = convolution(SPREAD * SPREAD * length / parts / whole)
        for part in range(parts - 1, -1, -1):
            time, drop = knots[segment] + length * part / parts, 0.0 if part else drops[segment]
            steps.append(Step(length / parts, time, segment, drop, matrix))
    return Plan(years, knots, drops, half, whole / (SPREAD * SPREAD), tuple(steps))


@dataclass(frozen=True, slots=True)
class Shares:
    """The share at the nodes at one time, [m, nodes]: price and its derivatives to volatility and rate; `time` in
    years, `centre` [m] the price at the middle node."""

    time: float
    centre: FloatArray
    price: FloatArray
    by_sigma: FloatArray
    by_rate: FloatArray

    def columns(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Price and derivatives in the order of values."""
        return self.price, self.by_sigma, self.by_rate


class Walk:
    """Backward steps of rows [m] that share a plan.

    Values are float64[3, m, 2 (half + PAD) + 1]: price, and its derivatives to volatility and rate at fixed nodes (the
    share at a node moves with both).
    """

    def __init__(self, c: Columns, plan: Plan) -> None:
        self.c, self.plan = c, plan
        self.spacing = c.value * np.sqrt(plan.unit_years)
        self.nodes = np.arange(-plan.half - PAD, plan.half + PAD + 1.0)
        self.stretch = np.exp(self.spacing[:, None] * self.nodes)
        self.drift = c.rate - c.dividend_yield - 0.5 * c.value * c.value
        self.centres = self.find_centres()

    def find_centres(self) -> list[FloatArray]:
        """Share price of the middle node after the drop of every knot, [m] each: it drops by the forward's ratio."""
        c, plan = self.c, self.plan
        centre, forward, before = c.spot, c.spot, 0.0
        found = [centre]
        for knot, drop in zip(plan.knots[1:], plan.drops[1:], strict=True):
            span, before = knot - before, knot
            high = forward * np.exp((c.rate - c.dividend_yield) * span)
            forward = high - drop
            centre = centre * np.exp(self.drift * span) * (forward / high)
            found.append(centre)
        return found

    def shares(self, segment: int, time: float) -> Shares:
        """The share at `time`, seen from `segment` (at a knot: after its drop, or before it from the one before)."""
        centre = self.centres[segment] * np.exp(self.drift * (time - self.plan.knots[segment]))
        price = centre[:, None] * self.stretch
        moved = self.nodes * np.sqrt(self.plan.unit_years) - self.c.value[:, None] * time
        return Shares(time, centre, price, price * moved, price * time)

    def at_last_drop(self, here: Shares, *, american: bool) -> FloatArray:
        """Values just before the last drop, from the closed form after it (American: early exercise may pay there)."""
        c, years = self.c, self.plan.years - self.plan.knots[-1]
        worth = here.price - self.plan.drops[-1]
        alive = worth > 0.0

        def every(column: FloatArray) -> FloatArray:
            return np.repeat(column, worth.shape[1])

        flat = Columns(
            value=every(c.value),
            spot=np.where(alive, worth, TINY).reshape(-1),
            strike=every(c.strike),
            years=np.full(worth.size, years),
            rate=every(c.rate),
            dividend_yield=every(c.dividend_yield),
            right=every(c.right),
            reason=np.zeros(worth.size, dtype=np.uint8),
            bad=None,
            shape=(worth.size,),
        )
        if american:
            puts = puts_of(flat)
            found = evaluate(flat, puts, boundaries_at(puts, flat.value))
            columns = (found.price, found.delta, found.vega, found.rho)
        else:
            plain = first_order(flat)
            columns = (plain["price"], plain["delta"], 100.0 * plain["vega"], 100.0 * plain["rho"])
        price, delta, vega, rho = (column.reshape(worth.shape) for column in columns)
        delta = np.where(alive, delta, 0.0)
        return np.stack((price, delta * here.by_sigma + vega, delta * here.by_rate + rho))

    def run(self, *, exercise: bool, american: bool) -> FloatArray:
        """Values [3, m, nodes] now, before exercise now. `exercise`: at ex-dates; `american`: at any time."""
        plan = self.plan
        here = self.shares(len(plan.knots) - 2, plan.knots[-1])
        values = self.at_last_drop(here, american=american)
        if Engine.lattice is not None:
            return self.compiled(Engine.lattice, values, exercise=exercise, american=american)
        if exercise:
            self.exercise(values, here)
        for step in plan.steps:
            values = self.stepped(values, here, step)
            here = self.shares(step.segment, step.time)
            if step.time == 0.0:
                break
            if american:
                self.exercise(values, here)
            if step.drop > 0.0:
                before = self.shares(step.segment - 1, step.time)
                values, here = self.dropped(values, here, before, step.drop), before
                if exercise:
                    self.exercise(values, here)
        return values

    def compiled(
        self, kernel: Callable[..., None], values: FloatArray, *, exercise: bool, american: bool
    ) -> FloatArray:
        """What `run` makes of the values at the last drop, by the compiled kernel."""
        c, plan = self.c, self.plan
        rows = np.ascontiguousarray(values.transpose(1, 0, 2))
        kernel(
            rows,
            np.stack((self.spacing, c.value, c.rate, self.drift, c.right, c.strike), axis=1),
            np.stack(self.centres, axis=1),
            np.array(plan.knots),
            np.array([(step.span, step.time, step.segment, step.drop) for step in plan.steps]),
            np.stack([step.matrix[: 2 * PAD + 1, 0] for step in plan.steps]),
            POWERS,
            float(exercise),
            float(american),
        )
        return rows.transpose(1, 0, 2)

    def stepped(self, values: FloatArray, here: Shares, step: Step) -> FloatArray:
        """`values` at `here` a step earlier, discounted; the PAD columns of the answer are zero."""
        self.pad(values, here)
        new = np.zeros_like(values)
        inner = new[:, :, PAD:-PAD]
        size = inner.shape[2]
        for first in range(0, size, WIDTH):
            count = min(WIDTH, size - first)
            wide = count + 2 * PAD
            inner[:, :, first : first + count] = values[:, :, first : first + wide] @ step.matrix[:wide, :count]
        inner *= np.exp(-self.c.rate * step.span)[:, None]
        inner[2] -= step.span * inner[0]
        return new

    @staticmethod
    def pad(values: FloatArray, here: Shares) -> None:
        """Continue `values` linearly in the share into their PAD columns at either end, in place."""
        for edge, inner, pads in ((PAD, PAD + 1, slice(0, PAD)), (-PAD - 1, -PAD - 2, slice(-PAD, None))):
            gap = here.price[:, edge] - here.price[:, inner]
            slope = ((values[0, :, edge] - values[0, :, inner]) / gap)[:, None]
            for column, share in zip(values, here.columns(), strict=True):
                column[:, pads] = column[:, edge, None] + slope * (share[:, pads] - share[:, edge, None])

    def exercise(self, values: FloatArray, here: Shares) -> None:
        """Take the payoff where it is worth more, in place, and undo what the kink does to sums over nodes.

        A sum over nodes of a function whose slope jumps by a and whose curvature jumps by b, a share t of the way
        between two nodes, is wrong by -a B2(t)/2 + b B3(t)/6 (Euler-Maclaurin, Bernoulli polynomials; against a weight
        w also a w' B3(t)/3): that is taken off these two nodes.
        """
        inner = values[:, :, PAD:-PAD]
        right, columns = self.c.right[:, None], [column[:, PAD:-PAD] for column in here.columns()]
        payoff = right * (columns[0] - self.c.strike[:, None])
        gain = payoff - inner[0]
        edge = -POINTS[0]
        rows, nodes = np.nonzero((gain[:, edge : -edge - 1] * gain[:, edge + 1 : -edge]) < 0.0)
        nodes += edge
        around = nodes[:, None] + np.array(POINTS)
        near = inner[:, rows[:, None], around]
        near[0] = gain[rows[:, None], around]
        for moved, column in zip(near[1:], columns[1:], strict=True):
            np.subtract(right[rows] * column[rows[:, None], around], moved, out=moved)
        taken = gain > 0.0
        np.copyto(inner[0], payoff, where=taken)
        for moved, column in zip(inner[1:], columns[1:], strict=True):
            np.copyto(moved, right * column, where=taken)
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
        """Values at the nodes of `before` from those at the nodes of `after`; the PAD columns are left undefined."""
        self.pad(values, after)
        half, spacing = self.plan.half, self.spacing[:, None]
        price, by_sigma, by_rate = (column[:, PAD:-PAD] for column in before.columns())
        alive = price > drop
        share = np.where(alive, price - drop, TINY)
        place = np.log(share / after.centre[:, None]) / spacing
        held = np.clip(place, -half, half)
        below = np.minimum(np.floor(held), half - 1.0)
        powers = np.vander((held - below).reshape(-1), len(POINTS), increasing=True)
        weights = (powers @ POWERS.T).reshape(*share.shape, len(POINTS))
        slopes = (powers[:, :-1] @ (np.arange(1.0, len(POINTS))[:, None] * POWERS.T[1:])).reshape(weights.shape)
        first = below.astype(np.intp) + (half + PAD)
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
        edges = np.stack(after.columns())
        for beyond, edge, inside in ((place < -half, PAD, PAD + 1), (place > half, -PAD - 1, -PAD - 2)):
            if beyond.any():
                gap = after.price[:, edge] - after.price[:, inside]
                slope = ((values[0, :, edge] - values[0, :, inside]) / gap)[:, None]
                far = values[:, :, edge, None] + slope * (there - edges[:, :, edge, None])
                inner = np.where(beyond, far, inner)
        new = np.zeros_like(values)
        new[:, :, PAD:-PAD] = inner
        return new


def polynomial(powers: FloatArray, at: FloatArray, order: int) -> FloatArray:
    """Derivative of the given order at `at` [n] of polynomials with coefficients [..., n, k], lowest power first."""
    total = np.zeros(powers.shape[:-1])
    for power in range(powers.shape[-1] - 1, order - 1, -1):
        total = total * at + powers[..., power] * float(math.perm(power, order))
    return total
