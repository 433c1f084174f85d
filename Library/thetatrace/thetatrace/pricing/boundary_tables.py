"""Early-exercise boundaries of whole chains: one small table per expiry, rates and right, whatever the strikes.

The boundary over the strike does not depend on the strike, so a chain needs one boundary per volatility and expiry. A
`Tables` cell holds ln(depth), depth = ln(X/B) at the collocation nodes, as a polynomial in ln(sigma), and with it
its derivatives to volatility and to the interest rate: vega and rho of the price follow without repricing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thetatrace.pricing.boundary_slope import boundary_slopes, start_slope
from thetatrace.pricing.engine import Engine
from thetatrace.pricing.exercise_boundary import (
    STIFF_DRIFT,
    Grid,
    Scheme,
    Terms,
    kernel_grid,
    log_start,
    make_grid,
    solve_boundary,
)
from thetatrace.pricing.results import BoolArray, FloatArray, IntArray
from thetatrace.pricing.scales import TABLE_ORDER as ORDER

NARROW_ORDER = 5
NARROW = 0.1
"""Width of ln(sigma) up to which `NARROW_ORDER` terms leave less than 1e-10; such tables are made this wide."""
LEAST_WIDTH = 0.4
"""The least of the others: the narrower a table, the more its slopes magnify the rounding of its entries."""


@dataclass(frozen=True, slots=True)
class Puts:
    """American puts (calls stand as the puts with spot and strike, rate and yield swapped), grouped by boundary.

    Rows [m]: `spot`, `strike` and `group`. Groups [g]: `years`, `rate`, `dividend_yield` of the put, and `swapped`,
    True for calls: there the interest rate is the put's yield.
    """

    spot: FloatArray
    strike: FloatArray
    group: IntArray
    years: FloatArray
    rate: FloatArray
    dividend_yield: FloatArray
    swapped: BoolArray

    def take(self, rows: IntArray) -> Puts:
        """The given rows with the same groups."""
        return Puts(
            self.spot[rows],
            self.strike[rows],
            self.group[rows],
            self.years,
            self.rate,
            self.dividend_yield,
            self.swapped,
        )

    def stiff_below(self) -> FloatArray:
        """Volatility below which a group needs the stiff scheme, [g]."""
        result: FloatArray = (self.rate - self.dividend_yield) * np.sqrt(self.years) / STIFF_DRIFT
        return result


def group_puts(
    spot: FloatArray,
    strike: FloatArray,
    years: FloatArray,
    rate: FloatArray,
    dividend_yield: FloatArray,
    call: BoolArray,
) -> Puts:
    """`Puts` of options given as columns [m] with their own rate and yield."""
    new = np.empty(years.size, dtype=np.bool_)
    new[:1] = True
    new[1:] = (years[1:] != years[:-1]) | (rate[1:] != rate[:-1]) | (dividend_yield[1:] != dividend_yield[:-1])
    heads = np.flatnonzero(new)
    # Chains come expiry by expiry: sort the heads of the runs, not the rows.
    keys = np.stack((years[heads], rate[heads], dividend_yield[heads]), axis=1)
    unique, of_run = np.unique(keys, axis=0, return_inverse=True) if heads.size > 1 else (keys, np.zeros(1, np.intp))
    group = 2 * np.repeat(of_run.reshape(-1), np.diff(heads, append=years.size)) + call
    years, rate, dividend_yield = (np.repeat(column, 2) for column in unique.T)
    swapped = np.arange(years.size) % 2 == 1
    return Puts(
        spot=np.where(call, strike, spot),
        strike=np.where(call, spot, strike),
        group=group,
        years=years,
        rate=np.where(swapped, dividend_yield, rate),
        dividend_yield=np.where(swapped, rate, dividend_yield),
        swapped=swapped,
    )


@dataclass(frozen=True, slots=True)
class Tables:
    """Boundaries of some groups under one scheme, one cell per group.

    `cell` [g]: cell of a group, -1 without. Per cell [c]: `years`; `middle`, `half_width` of ln(sigma); `start` = ln X,
    `start_slope`, its derivative to the interest rate; `rate`, `dividend_yield`, `swapped`. Coefficients [c, ORDER,
    nodes], in powers of the place (ln sigma - middle)/half_width: `depth` of ln(depth), `depth_slope` of its derivative
    to the place, `slope` of that to the interest rate. At the quadrature points of the premium [c, points]: `root_gap`,
    `drift` = (r - q) gap, and `money`, `share`, weights with their discounts. `packed`: what the compiled kernel takes.
    """

    scheme: Scheme
    cell: IntArray
    years: FloatArray
    middle: FloatArray
    half_width: FloatArray
    start: FloatArray
    start_slope: FloatArray
    rate: FloatArray
    dividend_yield: FloatArray
    swapped: FloatArray
    depth: FloatArray
    depth_slope: FloatArray
    slope: FloatArray
    root_gap: FloatArray
    drift: FloatArray
    money: FloatArray
    share: FloatArray
    packed: tuple[FloatArray, FloatArray, FloatArray, FloatArray]

    def depths(self, sigma: FloatArray, cell: IntArray | int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """ln(X/B) at the nodes and its first two derivatives to volatility, [m, nodes], at volatilities `sigma` [m] of
        one cell, or of one for each."""
        half = self.half_width[cell]
        powers = np.vander((np.log(sigma) - self.middle[cell]) / half, ORDER, increasing=True)
        half, v = np.reshape(half, (-1, 1)), sigma[:, None]

        def at(coefficients: FloatArray) -> FloatArray:
            shared = coefficients.ndim == 2  # one product of matrices is quicker than one for each row
            values: FloatArray = powers @ coefficients if shared else (powers[:, None, :] @ coefficients)[:, 0]
            return values

        depth = np.exp(at(self.depth[cell]))
        by_log = at(self.depth_slope[cell]) / half
        by_log_twice = at(differentiate(self.depth_slope[cell])) / (half * half)
        return depth, depth * by_log / v, depth * (by_log * by_log + by_log_twice - by_log) / (v * v)


def chebyshev_nodes(order: int) -> FloatArray:
    """`order` Chebyshev points of the first kind in [-1, 1], descending."""
    nodes: FloatArray = np.cos(np.pi * (np.arange(order) + 0.5) / order)
    return nodes


@lru_cache(maxsize=2)
def fit_matrices(order: int) -> tuple[FloatArray, FloatArray]:
    """Matrices [order, order] from values at `chebyshev_nodes` to coefficients of Chebyshev polynomials, and
    [TABLE_ORDER, order] from these to coefficients of powers of z, lowest first.

    Their product would round at the size of its entries, up to 1e4; the coefficients between them decay.
    """
    k, j = np.arange(order)[:, None], np.arange(order)[None, :]
    series = 2.0 / order * np.cos(np.pi * k * (j + 0.5) / order)
    series[0] *= 0.5
    # Row k: the Chebyshev polynomial of degree k, T[k] = 2 z T[k-1] - T[k-2].
    powers = np.zeros((order, ORDER))
    powers[0, 0] = powers[1, 1] = 1.0
    for degree in range(2, order):
        powers[degree, 1:] = 2.0 * powers[degree - 1, :-1]
        powers[degree] -= powers[degree - 2]
    return series, powers.T


def differentiate(coefficients: FloatArray) -> FloatArray:
    """Coefficients of the derivative of polynomials whose coefficients lie along the last axis but one."""
    result = np.zeros_like(coefficients)
    result[..., :-1, :] = coefficients[..., 1:, :] * np.arange(1.0, ORDER)[:, None]
    return result


def solve(terms: Terms, scheme: Scheme) -> FloatArray:
    """`solve_boundary`, by the compiled kernel where it is ready."""
    if Engine.american is None:
        return solve_boundary(terms, scheme)
    grid = kernel_grid(scheme)
    start, first, least = terms.start_curve(grid.root_tau)
    years, rate, carry = terms.years, terms.rate, terms.dividend_yield
    rows = (terms.volatility * np.sqrt(years), (rate - carry) * years, rate * years, carry * years, start, least)
    out = np.empty((scheme.nodes, years.size))
    Engine.american.boundary(
        np.stack(rows),
        np.ascontiguousarray(first.T),
        grid.root_tau,
        grid.points,
        grid.interpolate,
        scheme.steps,
        float(scheme.use_b),
        out,
    )
    return out.T


def premium_points(
    years: FloatArray, rate: FloatArray, dividend_yield: FloatArray, grid: Grid
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """`root_gap`, `drift`, `money` and `share` of `Tables`, [c, points] each, of the columns [c] of its cells."""
    gap = years[:, None] * np.square(grid.price_root_gap)
    weight = years[:, None] * grid.price_weight
    return (
        np.sqrt(years)[:, None] * grid.price_root_gap,
        (rate - dividend_yield)[:, None] * gap,
        weight * np.exp(-rate[:, None] * gap),
        weight * np.exp(-dividend_yield[:, None] * gap),
    )


def find_coefficients(
    terms: Terms, swapped: BoolArray, half_width: FloatArray, scheme: Scheme, *, slopes: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """`depth`, `depth_slope` and `slope` of `Tables`, of cells with these half widths [c].

    `terms`, `swapped` [c * order]: of each cell at its volatilities, one for each of the `chebyshev_nodes`.
    """
    shape = (half_width.size, terms.years.size // half_width.size, scheme.nodes)
    series, to_powers = fit_matrices(shape[1])

    def fit(values: FloatArray) -> FloatArray:
        coefficients: FloatArray = to_powers @ (series @ values.reshape(shape))
        return coefficients

    depth = solve(terms, scheme)
    log_depth = fit(np.log(depth))
    if not slopes:
        return log_depth, differentiate(log_depth), np.zeros_like(log_depth)
    by_rate, by_place = (fit(slope / depth) for slope in boundary_slopes(terms, depth, swapped, scheme))
    by_place *= half_width[:, None, None]
    return log_depth, by_place, by_rate


def make_tables(
    puts: Puts, groups: IntArray, low: FloatArray, high: FloatArray, scheme: Scheme, *, slopes: bool
) -> Tables:
    """`Tables` of `groups` for volatilities from `low` to `high` (per group given, above zero).

    Without `slopes` there is none to the rate, and that to the place is the derivative of the polynomial.
    """
    grid = make_grid(scheme)
    cell = np.full(puts.years.size, -1, dtype=np.intp)
    cell[groups] = np.arange(groups.size)
    years, rate, carry = puts.years[groups], puts.rate[groups], puts.dividend_yield[groups]
    swapped = puts.swapped[groups]
    middle, width = 0.5 * (np.log(low) + np.log(high)), np.log(high) - np.log(low)
    order, least = (NARROW_ORDER, NARROW) if float(width.max(initial=0.0)) <= NARROW else (ORDER, LEAST_WIDTH)
    half_width = 0.5 * np.maximum(width, least)
    sigma = np.exp(middle[:, None] + half_width[:, None] * chebyshev_nodes(order)).reshape(-1)

    def knots(column: NDArray[Any]) -> NDArray[Any]:
        return np.repeat(column, order)

    terms = Terms(knots(years), sigma, knots(rate), knots(carry))
    coefficients = find_coefficients(terms, knots(swapped), half_width, scheme, slopes=slopes)
    start = log_start(rate, carry)
    moved_start = start_slope(rate, carry, swapped)
    root_gap, drift, money, share = premium_points(years, rate, carry, grid)
    packed = (
        np.stack((middle, half_width, start, moved_start, rate, carry, swapped), axis=1),
        np.stack((root_gap, drift, money, share), axis=2),
        np.concatenate([part.reshape(groups.size, -1) for part in coefficients], axis=1),
        kernel_grid(scheme).price_interpolate,
    )
    return Tables(
        scheme=scheme,
        cell=cell,
        years=years,
        middle=middle,
        half_width=half_width,
        start=start,
        start_slope=moved_start,
        rate=rate,
        dividend_yield=carry,
        swapped=swapped.astype(np.float64),
        depth=coefficients[0],
        depth_slope=coefficients[1],
        slope=coefficients[2],
        root_gap=root_gap,
        drift=drift,
        money=money,
        share=share,
        packed=packed,
    )
