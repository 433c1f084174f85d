"""How American boundaries move with the interest rate, compiled: `thetatrace.pricing.boundary_slope.rate_slope`."""

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
) -> tuple[float, float, float, float]:
    """Integrals of the equation of node `k` over rate and yield, and what moves them directly when these move.

    Fills `work` [p, 3]: how ln B there moves the two integrals, and 1 / ln(X/B). Equation B where b = 1, A where b = 0.
    """
    years, width, r, q = term[YEARS], term[WIDTH], term[RATE], term[YIELD]
    nodes = depth.size
    each = points.shape[0] // nodes
    top, bottom, by_top, by_bottom = 0.0, 0.0, 0.0, 0.0
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
        steep = (b - (1.0 - b) * d_minus) / gap_s
        work[p, 0], work[p, 1] = r * grown_r * dense_minus * steep, q * grown_q * dense_plus * steep
        work[p, 2] = 1.0 / np.sqrt(squared) if squared > 0.0 else 0.0
    return top, bottom, by_top, by_bottom


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
) -> float:
    """Fill row `k` of `matrix`, which takes slopes of ln B at the nodes to those a step on, and return the constant.

    See `boundary_slope.linearise`; `work` as in `fill_points`.
    """
    top, bottom, by_top, by_bottom = fill_points(k, term, depth, points, interpolate, b, work)
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
    node = steep * (dense_minus / top - dense_plus / bottom) / s
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
    return constant


@kernel(f"void({MATRIX}, {MATRIX}, {VECTOR}, {MATRIX}, {MATRIX}, int64, float64, {MATRIX})")
def slope(
    terms: FloatArray,
    depth: FloatArray,
    root_tau: FloatArray,
    points: FloatArray,
    interpolate: FloatArray,
    steps: int,
    b: float,
    out: FloatArray,
) -> None:
    """Fill `out` [n, NODES] with the derivative of `depth` [n, NODES] to the interest rate.

    `terms` [n, 7]: years, sigma sqrt(T), rate, yield, swapped, ln X and its derivative; the others as in
    `american.boundary`.
    """
    # Not the constant: see `american.boundary`.
    nodes = root_tau.size
    work, matrix, constant = np.empty((points.shape[0], 3)), np.empty((NODES, NODES)), np.empty(NODES)
    here, there = np.empty(NODES), np.empty(NODES)
    for i in range(terms.shape[0]):
        for k in range(nodes):
            constant[k] = fill_row(k, terms[i], depth[i], root_tau[k], points, interpolate, b, work, matrix)
            here[k] = terms[i, START_SLOPE]
        for _ in range(steps):
            for k in range(nodes):
                total = constant[k]
                for m in range(nodes):
                    total += matrix[k, m] * here[m]
                there[k] = total
            for k in range(nodes):
                here[k] = there[k]
        for k in range(nodes):
            out[i, k] = terms[i, START_SLOPE] - here[k]
