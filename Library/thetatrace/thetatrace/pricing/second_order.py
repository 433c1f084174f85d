"""Vanna, volga and charm of American options: those of the European one, and of the early-exercise premium.

The premium's are derivatives under Kim's integral, those of the boundary included. Nothing is a difference of two
prices, so rounding stays where it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thetatrace.pricing.boundary_tables import Puts, Tables
from thetatrace.pricing.early_exercise import BLOCK, Boundaries, Premium
from thetatrace.pricing.exercise_boundary import make_grid, normal_density
from thetatrace.pricing.inputs import DAYS_PER_YEAR, Columns, blocks
from thetatrace.pricing.near_exercise import Near
from thetatrace.pricing.results import FloatArray
from thetatrace.pricing.special import ndtr


@dataclass(frozen=True, slots=True)
class Bends:
    """Of premiums of puts divided by the strike, float64[m]: derivatives to volatility and spot/strike (`vanna`), to
    volatility twice (`volga`), to years (`fade`), and to years and spot/strike (`charm`)."""

    vanna: FloatArray
    volga: FloatArray
    fade: FloatArray
    charm: FloatArray


def premium_bends(puts: Puts, sigma: FloatArray, boundaries: Boundaries, near: Near | None) -> Bends:
    """`Bends` of the rows of `puts` at volatilities `sigma` [m], which lie within the range of `boundaries`.

    Those of `near` are taken from there.
    """
    out = np.zeros((4, sigma.size))
    log_spot = np.log(puts.spot / puts.strike)
    for tables, rows in boundaries.parts(puts, sigma):
        cell = tables.cell[puts.group[rows]]
        for places in blocks(cell, np.argsort(cell, kind="stable"), BLOCK):
            part = rows[places]
            out[:, part] = cell_bends(log_spot[part], sigma[part], int(cell[places[0]]), tables)
    if near is not None:
        out[:, near.rows] = near.vanna, near.volga, near.fade, near.charm
    return Bends(*out)


def cell_bends(log_spot: FloatArray, sigma: FloatArray, cell: int, tables: Tables) -> FloatArray:
    """The columns of `Bends`, [4, m], of rows that share a cell; notation of `early_exercise.cell_premiums`."""
    root, by_sigma, bend, by_time = boundary_bends(sigma, cell, tables)
    r, q, years = tables.rate[cell], tables.dividend_yield[cell], tables.years[cell]
    gap, drift, money, share = tables.root_gap[cell], tables.drift[cell], tables.money[cell], tables.share[cell]
    s, v = np.exp(log_spot)[:, None], sigma[:, None]
    w = v * gap
    d_plus = (log_spot[:, None] - tables.start[cell] + root + drift) / w + 0.5 * w
    d_minus = d_plus - w
    plus, minus = s * q * share * normal_density(d_plus), r * money * normal_density(d_minus)
    share_tail, money_tail = q * s * share * ndtr(-d_plus), r * money * ndtr(-d_minus)
    gained = (plus - minus) / w
    # How d+ and d- move with volatility, and how these movements do.
    shift, push = -by_sigma / w, -bend / w + by_sigma / (w * v)
    d_plus_by, d_minus_by = shift - d_minus / v, shift - d_plus / v
    d_plus_bend = push + (d_minus / v - d_minus_by) / v
    d_minus_bend = push + (d_plus / v - d_plus_by) / v
    plus_by, minus_by = -d_plus * plus * d_plus_by, -d_minus * minus * d_minus_by
    vanna = (plus_by - minus_by - (plus - minus) / v) / w + plus * d_plus_by
    volga = plus * d_plus_bend + plus_by * d_plus_by - minus * d_minus_bend - minus_by * d_minus_by
    # With time the points keep their share of it: gap and drift grow, the boundary is that of a later time.
    shift = (drift / years - by_time) / w
    d_plus_by, d_minus_by = shift - d_minus / (2.0 * years), shift - d_plus / (2.0 * years)
    grow_share, grow_money = 1.0 / years - q * gap * gap / years, 1.0 / years - r * gap * gap / years
    plus_by, minus_by = plus * (grow_share - d_plus * d_plus_by), minus * (grow_money - d_minus * d_minus_by)
    share_by = share_tail * grow_share - plus * d_plus_by
    fade = money_tail * grow_money - minus * d_minus_by - share_by
    charm = (plus_by - minus_by) / w - gained / (2.0 * years) - share_by
    return np.stack([column.sum(axis=1) for column in (vanna / s, volga, fade, charm / s)])


def boundary_bends(
    sigma: FloatArray, cell: int, tables: Tables
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """ln(X/B) at the quadrature points; derivatives of ln B to volatility, once, twice, and to years; [m, points]."""
    grid = make_grid(tables.scheme)
    depth, by_sigma, bend = tables.depths(sigma, cell)
    squared = np.square(depth) @ grid.price_interpolate
    inside = squared > 0.0
    root = np.sqrt(np.where(inside, squared, 0.0))
    inverse = np.where(inside, 1.0 / np.where(inside, root, 1.0), 0.0)
    first = ((depth * by_sigma) @ grid.price_interpolate) * inverse
    second = ((by_sigma * by_sigma + depth * bend) @ grid.price_interpolate - first * first) * inverse
    by_time = (np.square(depth) @ grid.price_slope) * inverse / tables.years[cell]
    return root, -first, -second, -by_time


def premium_second_order(c: Columns, puts: Puts, extra: Premium, bends: Bends) -> dict[str, FloatArray]:
    """What early exercise adds to vanna, volga and charm (units of `Greeks`) of rows that all have it, `extra` their
    premiums."""
    call, ratio = c.right > 0.0, puts.spot / puts.strike
    # The put that stands for a call has spot K and strike S: by homogeneity its strike derivatives follow.
    vanna = np.where(call, extra.vega - ratio * bends.vanna, bends.vanna)
    charm = np.where(call, bends.fade - ratio * bends.charm, bends.charm)
    return {"vanna": 0.01 * vanna, "volga": 1e-4 * puts.strike * bends.volga, "charm": charm * (-1.0 / DAYS_PER_YEAR)}
