"""The steps that options with cash dividends go back in, and their weights: the same for every share and volatility."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from thetatrace.pricing.results import FloatArray

REACH = 6.0
"""Half width of the grid in standard deviations at the last ex-date, and of a step's density in its own."""
MERGED_REACH = 7.0
"""That of a density of merged steps: it has not the sums of many to make up for its tails."""
SPREAD = 1.5
"""Standard deviation of one step of a plan that merges none, in grid spacings."""
WIDTH = 32
"""Nodes that one product with a matrix takes a step back."""
SHORT = 1.0
"""Variance of a step, in squared spacings, below which the density is too narrow to be sampled."""
POINTS = range(-2, 4)
"""Nodes, counted from the one below a place, of polynomials through values."""
POWERS: FloatArray = np.ascontiguousarray(
    np.linalg.inv(np.vander(np.array(POINTS, dtype=np.float64), len(POINTS), increasing=True)).T
)
"""From values at `POINTS` (last axis) to the coefficients of their polynomial, lowest power first."""
SOON = 0.125
"""The last ex-date is soon within this share of the time that is left after it: rounding of values then, magnified by
what little time there is until it, would be too much; they are integrals of second derivatives."""
DEGREE = 9
"""Of the polynomials that the weights of derivatives are exact for."""


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
    side of the middle one; `pad`: columns beyond them, continued linearly in the share, that a step's density reaches.
    `unit_years`: years whose variance is one squared spacing. `steps`: from the last ex-date; `weights` [steps - 1,
    2 pad + 1]: of all but the last of them, `last`: of that (`last_weights`). `integral`: where the last ex-date is
    soon, from second derivatives at the inner nodes to values less their tangent at the middle one.
    """

    years: float
    knots: tuple[float, ...]
    drops: tuple[float, ...]
    half: int
    pad: int
    unit_years: float
    steps: tuple[Step, ...]
    weights: FloatArray
    last: FloatArray
    integral: FloatArray | None


def density_weights(variance: float, pad: int) -> FloatArray:
    """Weights of nodes -pad..pad for a step of this variance in squared spacings, float64[2 pad + 1].

    Below `SHORT` the five-point weights that have the moments of the density up to the fifth.
    """
    if variance >= SHORT:
        nodes = np.arange(-pad, pad + 1.0)
        dense: FloatArray = np.exp(-0.5 * nodes * nodes / variance)
        dense /= dense.sum()
        return dense
    outer = variance * (variance / 8.0 - 1.0 / 24.0)
    inner = 0.5 * variance - 4.0 * outer
    weights = np.zeros(2 * pad + 1)
    weights[pad - 2 : pad + 3] = outer, inner, 1.0 - 2.0 * (inner + outer), inner, outer
    return weights


def last_weights(variance: float, pad: int) -> FloatArray:
    """[2 pad + 1, 4] weights that take values at nodes -pad..pad to the one at node 0 a step of this variance earlier
    and to its first three derivatives to the place, not discounted.

    The derivatives are the sum with those of the density, Hermite polynomials times it. What sampling it leaves is made
    good, and a variance below `SHORT` allowed for, by a polynomial that makes them exact for those up to `DEGREE`.
    """
    kernel = max(variance, SHORT)
    nodes = np.arange(-pad, pad + 1.0) / np.sqrt(kernel)
    dense = np.exp(-0.5 * nodes * nodes)
    columns = [np.ones(nodes.size), nodes]
    for degree in range(2, DEGREE + 1):
        columns.append(nodes * columns[-1] - (degree - 1.0) * columns[-2])
    base = np.stack(columns, axis=1)
    share = variance / kernel
    # E He_k(y + sqrt(share) Z) = sum over j of k! / (j! (k - 2j)!) ((share - 1) / 2)^j y^(k - 2j).
    wanted = np.zeros((DEGREE + 1, 4))
    for order in range(1, 4):
        for degree in range(order, DEGREE + 1, 2):
            half = (degree - order) // 2
            wanted[degree, order] = math.factorial(degree) / (math.factorial(half) * 2.0**half) * (share - 1.0) ** half
    weights: FloatArray = dense[:, None] * (base @ np.linalg.solve(base.T @ (dense[:, None] * base), wanted))
    weights *= kernel ** (-0.5 * np.arange(4.0))
    weights[:, 0] = density_weights(variance, pad)
    return weights


def convolution(weights: FloatArray) -> FloatArray:
    """[WIDTH + 2 pad, WIDTH] matrix from values to the values of the middle nodes a step earlier, not discounted."""
    gap = np.arange(WIDTH + weights.size - 1)[:, None] - np.arange(WIDTH)
    inside = (gap >= 0) & (gap < weights.size)
    return np.where(inside, weights[np.where(inside, gap, 0)], 0.0)


def double_integral(half: int) -> FloatArray:
    """Matrix from second derivatives at nodes [2 half + 1] to values less their tangent at the middle one."""
    size = 2 * half + 1
    once = np.zeros((size, size))
    for cell in range(size - 1):
        first = min(max(cell + POINTS[0], 0), size - len(POINTS))
        ends = np.array([cell, cell + 1.0]) - (first - POINTS[0])
        powers = np.vander(ends, len(POINTS) + 1, increasing=True)[:, 1:] / np.arange(1.0, len(POINTS) + 1.0)
        once[first : first + len(POINTS), cell + 1] = POWERS @ (powers[1] - powers[0])
    once = np.cumsum(once, axis=1)
    once -= once[:, half, None]
    twice: FloatArray = once @ once
    return twice


@lru_cache(maxsize=32)
def make_plan(
    years: float, times: tuple[float, ...], amounts: tuple[float, ...], count: int, refine: int, merge: int
) -> Plan:
    """Plan on a grid as fine as `count` times `refine` steps until the last of the ex-dates `times` need.

    These are ascending and before expiry. `merge` of the steps are made one, as far as there is no ex-date between.
    `refine` parts every step of the plan with `refine` = 1, so that the two can be extrapolated.
    """
    knots, drops = (0.0, *times), (0.0, *amounts)
    unit = knots[-1] / (count * refine * SPREAD * SPREAD)
    whole = merge * SPREAD * SPREAD * unit
    half = int(np.ceil(REACH * SPREAD * np.sqrt(count * refine)))
    pad = int(np.ceil((MERGED_REACH if merge > 1 else REACH) * SPREAD * np.sqrt(merge)))
    steps: list[Step] = []
    weights: list[FloatArray] = []
    for segment in range(len(times) - 1, -1, -1):
        length = knots[segment + 1] - knots[segment]
        parts = refine * max(1, int(np.ceil(length / (refine * whole) - 1e-9)))
        dense = density_weights(length / parts / unit, pad)
        matrix = convolution(dense)
        weights += [dense] * parts
        for part in range(parts - 1, -1, -1):
            time, drop = knots[segment] + length * part / parts, 0.0 if part else drops[segment]
            steps.append(Step(length / parts, time, segment, drop, matrix))
    last = last_weights(steps[-1].span / unit, pad)
    integral = double_integral(half) if knots[-1] < SOON * (years - knots[-1]) else None
    return Plan(years, knots, drops, half, pad, unit, tuple(steps), np.array(weights)[:-1], last, integral)
