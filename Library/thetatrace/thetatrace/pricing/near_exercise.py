"""Greeks of American options just before their exercise is due, where Kim's integral would need many more points.

At the boundary B a put is worth 1 - S with slope -1 whatever volatility and time (R. C. Merton, Bell J. Economics 4(1),
1973, "high contact"); the Black-Scholes equation then gives its second and third derivative there. Taylor's series in
S - B and its derivatives are the Greeks. Strikes are scaled to 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from thetatrace.pricing.black_scholes import european_greeks
from thetatrace.pricing.boundary_tables import Puts, Tables
from thetatrace.pricing.early_exercise import Boundaries, Premium
from thetatrace.pricing.exercise_boundary import Scheme, make_grid
from thetatrace.pricing.inputs import DAYS_PER_YEAR, Columns
from thetatrace.pricing.results import FloatArray, IntArray

NEAR = 16.0
"""How far from the boundary the series is used, in standard deviations of ln S until the integral's first point. There
both leave about 2e-3 of gamma; the integral's error grows to half of gamma at the boundary."""


@dataclass(frozen=True, slots=True)
class Near:
    """What early exercise adds to the Greeks of the rows close to their boundary, as in `Premium` and
    `second_order.Bends`; `rows` [k]: their places, the others float64[k]."""

    rows: IntArray
    delta: FloatArray
    gamma: FloatArray
    vanna: FloatArray
    volga: FloatArray
    fade: FloatArray
    charm: FloatArray

    def mend(self, premium: Premium) -> Premium:
        """`premium` with this delta and gamma."""
        delta, gamma = premium.delta.copy(), premium.gamma.copy()
        delta[self.rows], gamma[self.rows] = self.delta, self.gamma
        return replace(premium, delta=delta, gamma=gamma)


@dataclass(frozen=True, slots=True)
class Edge:
    """Boundaries B of rows [k] at their years to expiry, and derivatives: to volatility once and twice, to years."""

    b: FloatArray
    by_sigma: FloatArray
    bend: FloatArray
    by_time: FloatArray


def near_exercise(puts: Puts, sigma: FloatArray, boundaries: Boundaries, premium: Premium) -> Near | None:
    """The rows of `puts` at volatilities `sigma` [m] that are close to their boundary; None: no row is."""
    found = []
    distance, root = premium.distance, np.sqrt(puts.years)[puts.group]
    for tables, part in boundaries.parts(puts, sigma):
        reach = near_reach(tables.scheme) * sigma[part] * root[part]
        rows = part[(distance[part] > 0.0) & (distance[part] < reach)]
        if rows.size:
            log_spot = np.log(puts.spot[rows] / puts.strike[rows])
            found.append((rows, series(log_spot, sigma[rows], tables.cell[puts.group[rows]], tables)))
    if not found:
        return None
    return Near(np.concatenate([rows for rows, _ in found]), *np.concatenate([part for _, part in found], axis=1))


@lru_cache(maxsize=2)
def near_reach(scheme: Scheme) -> float:
    """Distance from the boundary, over sigma sqrt(T), within which the series is used."""
    return NEAR * float(np.min(make_grid(scheme).price_root_gap))


def series(log_spot: FloatArray, sigma: FloatArray, cell: IntArray, tables: Tables) -> FloatArray:
    """The columns of `Near` but `rows`, [6, k], of puts whose boundaries are in cells of `tables`."""
    r, q, years = tables.rate[cell], tables.dividend_yield[cell], tables.years[cell]
    edge = find_edge(sigma, cell, tables)
    b, spot = edge.b, np.exp(log_spot)
    h, spread = spot - b, np.square(sigma * b)
    # Second and third derivative at the boundary, and how the second moves with volatility and time.
    curve = 2.0 * (r - q * b) / spread
    by_b = -2.0 * (q / spread + curve / b)
    third = -2.0 * (curve * edge.by_time + (sigma * sigma + r - q) * b * curve + q) / spread
    by_sigma, by_time = by_b * edge.by_sigma - 2.0 * curve / sigma, by_b * edge.by_time
    gamma = curve + third * h
    whole = (
        (curve + 0.5 * third * h) * h - 1.0,
        gamma,
        by_sigma * h - gamma * edge.by_sigma,
        gamma * np.square(edge.by_sigma) - (2.0 * by_sigma * edge.by_sigma + curve * edge.bend) * h,
        0.5 * by_time * h * h - (curve + 0.5 * third * h) * h * edge.by_time,
        by_time * h - gamma * edge.by_time,
    )
    one = np.ones_like(sigma)
    plain = european_greeks(
        Columns(sigma, spot, one, years, r, q, -one, np.zeros(sigma.size, np.uint8), bad=None, shape=sigma.shape),
        second_order=True,
    )
    bends = [part for part in (plain.vanna, plain.volga, plain.theta, plain.charm) if part is not None]
    units = np.array([1.0, 1.0, 100.0, 1e4, -DAYS_PER_YEAR, -DAYS_PER_YEAR])
    result: FloatArray = np.stack(whole) - units[:, None] * np.stack((plain.delta, plain.gamma, *bends))
    return result


def find_edge(sigma: FloatArray, cell: IntArray, tables: Tables) -> Edge:
    """The boundaries of rows at volatilities `sigma` [k] from their cells of `tables`."""
    depth, by_sigma, bend = tables.depths(sigma, cell)
    last = depth[:, -1]
    first, second = -1.0 * by_sigma[:, -1], -1.0 * bend[:, -1]
    by_time = -(np.square(depth) @ make_grid(tables.scheme).end_slope) / (last * tables.years[cell])
    b = np.exp(tables.start[cell] - last)
    return Edge(b, b * first, b * (second + first * first), b * by_time)
