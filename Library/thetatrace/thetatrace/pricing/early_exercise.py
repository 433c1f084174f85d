"""The early-exercise premium of American options and its Greeks, by Kim's integral over tabled boundaries.

Sources: I. J. Kim, Rev. Financial Studies 3(4), 1990 (the integral); L. Andersen, M. Lake, D. Offengenden, J. Comp.
Finance 20(1), 2016 (the boundary). Its derivatives are taken under the integral, that of the boundary included.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from thetatrace.pricing.boundary_tables import Puts, Tables, make_tables
from thetatrace.pricing.engine import Engine
from thetatrace.pricing.exercise_boundary import ORDINARY, STIFF, make_grid, normal_density
from thetatrace.pricing.inputs import blocks
from thetatrace.pricing.results import BoolArray, FloatArray, IntArray
from thetatrace.pricing.scales import TABLE_ORDER as ORDER
from thetatrace.pricing.special import ndtr

BLOCK = 512
"""Rows worked on at once, so that the [rows, points] arrays stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Tables of the groups of `Puts` for a range of volatilities, per scheme (None: no group needs it)."""

    ordinary: Tables | None
    stiff: Tables | None

    def parts(self, puts: Puts, sigma: FloatArray) -> Iterator[tuple[Tables, IntArray]]:
        """The tables in use, each with its rows of `puts` at volatilities `sigma` [m]."""
        stiff = sigma < puts.stiff_below()[puts.group]
        for tables, chosen in ((self.ordinary, ~stiff), (self.stiff, stiff)):
            rows = np.flatnonzero(chosen)
            if tables is not None and rows.size:
                yield tables, rows


@dataclass(frozen=True, slots=True)
class Premium:
    """Of puts, divided by the strike, float64[m]: `value` and its derivatives to spot/strike (`delta`, `gamma`),
    volatility (`vega`) and interest rate (`rho`); `distance` = ln(spot / boundary), zero or less: exercise is due."""

    value: FloatArray
    delta: FloatArray
    gamma: FloatArray
    vega: FloatArray
    rho: FloatArray
    distance: FloatArray

    @property
    def exercise(self) -> BoolArray:
        """Where exercise is due, bool[m]."""
        return self.distance <= 0.0


def make_boundaries(puts: Puts, low: FloatArray, high: FloatArray, *, slopes: bool = True) -> Boundaries:
    """Tables for volatilities from `low` to `high` [g]; groups without rows have low > high and get none.

    Without `slopes` the boundaries are taken not to move with the rate: for searches, which look at prices and vegas
    only.
    """
    border = puts.stiff_below()
    ordinary = np.flatnonzero((high >= border) & (low <= high))
    stiff = np.flatnonzero((low < border) & (low <= high))
    return Boundaries(
        make_tables(puts, ordinary, np.maximum(low, border)[ordinary], high[ordinary], ORDINARY, slopes=slopes)
        if ordinary.size
        else None,
        make_tables(puts, stiff, low[stiff], np.minimum(high, border)[stiff], STIFF, slopes=slopes)
        if stiff.size
        else None,
    )


def group_range(puts: Puts, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(least of `low`, greatest of `high`) of the rows of each group, [g] each; low > high for a group without rows."""
    least, most = np.full(puts.years.size, np.inf), np.full(puts.years.size, -np.inf)
    np.minimum.at(least, puts.group, low)
    np.maximum.at(most, puts.group, high)
    return least, most


def premiums(puts: Puts, sigma: FloatArray, boundaries: Boundaries) -> Premium:
    """Premiums of the rows of `puts` at volatilities `sigma` [m], which lie within the range of `boundaries`."""
    out = np.zeros((6, sigma.size))
    for tables, rows in boundaries.parts(puts, sigma):
        whole = rows.size == sigma.size
        part = puts if whole else puts.take(rows)
        found = table_premiums(np.log(part.spot / part.strike), sigma[rows], tables.cell[part.group], tables)
        if whole:
            out = found
        else:
            out[:, rows] = found
    return Premium(*out)


def table_premiums(log_spot: FloatArray, sigma: FloatArray, cell: IntArray, tables: Tables) -> FloatArray:
    """The columns of `Premium` of rows [m], in its order: float64[6, m]."""
    order = np.argsort(cell, kind="stable")
    if Engine.american is not None:
        return compiled_premiums(log_spot, sigma, cell, order, tables)
    out = np.empty((6, sigma.size))
    for rows in blocks(cell, order, BLOCK):
        out[:, rows] = cell_premiums(log_spot[rows], sigma[rows], int(cell[rows[0]]), tables)
    return out


def compiled_premiums(
    log_spot: FloatArray, sigma: FloatArray, cell: IntArray, order: IntArray, tables: Tables
) -> FloatArray:
    """`table_premiums` by the compiled kernel; `order` sorts the rows by cell."""
    assert Engine.american is not None
    first_row = np.searchsorted(cell[order], np.arange(tables.middle.size + 1))
    found = np.empty((6, sigma.size))
    Engine.american.premium(log_spot[order], sigma[order], first_row, *tables.packed, found)
    out = np.empty_like(found)
    out[:, order] = found
    return out


def cell_premiums(log_spot: FloatArray, sigma: FloatArray, cell: int, tables: Tables) -> FloatArray:
    """`table_premiums` of rows that share one cell."""
    interpolate = make_grid(tables.scheme).price_interpolate
    log_b, by_sigma, by_rate, depth_end = boundary_points(sigma, cell, tables, interpolate)
    r, q, swapped = tables.rate[cell], tables.dividend_yield[cell], tables.swapped[cell]
    gap, drift, money, share = tables.root_gap[cell], tables.drift[cell], tables.money[cell], tables.share[cell]
    s, sigma = np.exp(log_spot)[:, None], sigma[:, None]
    width = sigma * gap
    d_plus = (log_spot[:, None] - log_b + drift) / width + 0.5 * width
    d_minus = d_plus - width
    tail_minus, tail_plus = money * ndtr(-d_minus), s * share * ndtr(-d_plus)
    dense_minus, dense_plus = r * money * normal_density(d_minus), s * q * share * normal_density(d_plus)
    by_rate = (1.0 - 2.0 * swapped) * gap / sigma - by_rate / width
    by_sigma = by_sigma / width
    square = np.square(gap)
    direct = swapped * (q * square - 1.0) * tail_plus + (1.0 - swapped) * (1.0 - r * square) * tail_minus
    columns = (
        r * tail_minus - q * tail_plus,
        ((dense_plus - dense_minus) / width - q * tail_plus) / s,
        (dense_minus * (d_minus / width + 1.0) + dense_plus * (1.0 - d_plus / width)) / (s * s * width),
        dense_minus * (d_plus / sigma + by_sigma) - dense_plus * (d_minus / sigma + by_sigma),
        direct - (dense_minus - dense_plus) * by_rate,
    )
    return np.stack([*(column.sum(axis=1) for column in columns), log_spot - (tables.start[cell] - depth_end)])


def boundary_points(
    sigma: FloatArray, cell: int, tables: Tables, interpolate: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """ln B at the quadrature points, its derivatives to volatility and rate [m, points]; depth at the far end [m]."""
    z = (np.log(sigma) - tables.middle[cell]) / tables.half_width[cell]
    powers = np.vander(z, ORDER, increasing=True)
    depth = np.exp(powers @ tables.depth[cell])
    by_sigma = depth * (powers @ tables.depth_slope[cell]) / (tables.half_width[cell] * sigma)[:, None]
    by_rate = depth * (powers @ tables.slope[cell])
    squared = np.square(depth) @ interpolate
    inside = squared > 0.0
    root = np.sqrt(np.where(inside, squared, 0.0))
    inverse = np.where(inside, 1.0 / np.where(inside, root, 1.0), 0.0)
    log_b = tables.start[cell] - root
    return (
        log_b,
        -((depth * by_sigma) @ interpolate) * inverse,
        tables.start_slope[cell] - ((depth * by_rate) @ interpolate) * inverse,
        depth[:, -1],
    )
