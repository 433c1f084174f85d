"""How American boundaries move, compiled: `thetatrace.pricing.boundary_slope.boundary_slopes`."""

from __future__ import annotations

import numpy as np

from thetatrace.pricing.compiled.american import MATRIX, VECTOR, below, density
from thetatrace.pricing.compiled.elementary import fast_exp
from thetatrace.pricing.compiled.jit import kernel, pasted
from thetatrace.pricing.results import FloatArray
from thetatrace.pricing.scales import BOUNDARY_NODES as NODES

# Places in `term`, one boundary: width is sigma sqrt(T); swapped is 1 for calls.
YEARS, WIDTH, RATE, YIELD, SWAPPED, LOG_X, START_SLOPE = range(7)


@pasted
def fill_points(
    k: int, term: FloatArray, depth: FloatArray, points: FloatArray, interpolate: FloatArray, b: float, work: FloatArray
) -> tuple[float, float, float, float, float, float]:
    """Integrals of the equation of node `k` over rate and yield, and what moves them directly when these move, and when
    ln(sigma) does.

    Fills `work` [p, 3]: how ln B there moves the two integrals, and 1 / ln(X/B). Equation B where b = 1, A where b = 0.
    """
    years, width, r, q = term[YEARS], term[WIDTH], term[RATE], term[YIELD]
    nodes = depth.size
    each = points.shape[0] // nodes
    top, bottom, by_top, by_bottom, moved_top, moved_bottom = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for p in range(k * each, (k + 1) * each):
        squared = 0.0
        for m in range(nodes):
            squared += depth[m] * depth[m] * interpolate[p, m]
        gap_s, gap = width * points[p, 0], years * points[p, 0] * points[p, 0]
        d_plus = (np.sqrt(max(squared, 0.0)) - depth[k] + (r - q) * gap) / gap_s + 0.5 * gap_s
        d_minus = d_plus - gap_s
        dense_plus, dense_minus = density(d_plus), density(d_minus)
        time, weight = years * points[p, 1], points[p, 2] * years / width * (b * gap_s + (1.0 - b))
        grown_r, grown_q = fast_exp(r * time) * weight, fast_exp(q * time) * weight
        money = grown_r * (b * below(d_minus, dense_minus) + (1.0 - b) * dense_minus)
        share = grown_q * (below(d_plus, dense_plus) * (b + (1.0 - b) * gap_s) + (1.0 - b) * dense_plus)
        top += r * money
        bottom += q * share
        by_top += (1.0 + r * time) * money
        by_bottom += (1.0 + q * time) * share
        steep, dense_minus, dense_plus = b - (1.0 - b) * d_minus, r * grown_r * dense_minus, q * grown_q * dense_plus
        moved_top -= dense_minus * (d_plus * steep + 1.0 - b)
        moved_bottom -= dense_plus * (d_minus * steep + 1.0 - b)
        work[p, 0], work[p, 1] = dense_minus * steep / gap_s, dense_plus * steep / gap_s
        work[p, 2] = 1.0 / np.sqrt(squared) if squared > 0.0 else 0.0
    return top, bottom, by_top, by_bottom, moved_top, moved_bottom


@pasted
def fill_row(
    k: int,
    term: FloatArray,
    depth: FloatArray,
    root_tau: float,
    points: FloatArray,
    interpolate: FloatArray,
    b: float,
    work: FloatArray,
    matrix: FloatArray,
) -> tuple[float, float]:
    """Fill row `k` of `matrix`, which takes slopes of ln B at the nodes to those a step on, and return the constants:
    of slopes to the rate, and to ln(sigma).

    See `boundary_slope.linearise`; `work` as in `fill_points`.
    """
    top, bottom, by_top, by_bottom, moved_top, moved_bottom = fill_points(k, term, depth, points, interpolate, b, work)
    years, swapped, start_slope = term[YEARS], term[SWAPPED], term[START_SLOPE]
    nodes = depth.size
    each = points.shape[0] // nodes
    tau, s = years * root_tau * root_tau, term[WIDTH] * root_tau
    end_plus = (term[LOG_X] - depth[k] + (term[RATE] - term[YIELD]) * tau) / s + 0.5 * s
    end_minus = end_plus - s
    dense_plus, dense_minus = density(end_plus), density(end_minus)
    top += b * below(end_minus, dense_minus) + (1.0 - b) * dense_minus / s
    bottom += below(end_plus, dense_plus) + (1.0 - b) * dense_plus / s
    sign, steep = 1.0 - 2.0 * swapped, b - (1.0 - b) * end_minus / s
    dense_minus, dense_plus = dense_minus / top, dense_plus / bottom
    moved: float = moved_top / top - moved_bottom / bottom + (dense_plus - dense_minus) * (1.0 - b) / s
    moved += steep * (end_minus * dense_plus - end_plus * dense_minus)
    node = steep * (dense_minus - dense_plus) / s
    constant: float = (1.0 - swapped) * by_top / top - swapped * by_bottom / bottom + sign * tau * (node - 1.0)
    for m in range(nodes):
        matrix[k, m] = 0.0
    matrix[k, k] = node
    for p in range(k * each, (k + 1) * each):
        point = work[p, 0] / top - work[p, 1] / bottom
        constant += point * (sign * years * points[p, 0] * points[p, 0] - start_slope)
        matrix[k, k] += point
        for m in range(nodes):
            part = point * work[p, 2] * depth[m] * interpolate[p, m]
            constant += part * start_slope
            matrix[k, m] -= part
    return constant, moved


@kernel(f"void({MATRIX}, {MATRIX}, {VECTOR}, {MATRIX}, {MATRIX}, int64, float64, {MATRIX}, {MATRIX})")
def slope(
    terms: FloatArray,
    depth: FloatArray,
    root_tau: FloatArray,
    points: FloatArray,
    interpolate: FloatArray,
    steps: int,
    b: float,
    by_rate: FloatArray,
    by_volatility: FloatArray,
) -> None:
    """Fill `by_rate` and `by_volatility` [n, NODES] with the derivatives of `depth` [n, NODES] to the interest rate and
    to ln(sigma).

    `terms` [n, 7]: years, sigma sqrt(T), rate, yield, swapped, ln X and its derivative; the others as in
    `american.boundary`.
    """
    # Not the constant: see `american.boundary`.
    nodes = root_tau.size
    work, matrix, constant = np.empty((points.shape[0], 3)), np.empty((NODES, NODES)), np.empty((2, NODES))
    here = np.empty((2, NODES))
    for i in range(terms.shape[0]):
        start = terms[i, START_SLOPE]
        for k in range(nodes):
            constant[0, k], constant[1, k] = fill_row(
                k, terms[i], depth[i], root_tau[k], points, interpolate, b, work, matrix
            )
            here[0, k], here[1, k] = start, 0.0
        for _ in range(steps):
            for k in range(nodes):
                rate, volatility = constant[0, k], constant[1, k]
                for m in range(nodes):
                    rate += matrix[k, m] * here[0, m]
                    volatility += matrix[k, m] * here[1, m]
                by_rate[i, k], by_volatility[i, k] = rate, volatility
            for k in range(nodes):
                here[0, k], here[1, k] = by_rate[i, k], by_volatility[i, k]
        for k in range(nodes):
            by_rate[i, k], by_volatility[i, k] = start - here[0, k], -here[1, k]
