"""How American boundaries move, compiled: `thetatrace.pricing.boundary_slope.boundary_slopes`."""

from __future__ import annotations

import numpy as np

from thetatrace.pricing.compiled.american import MATRIX, VECTOR, below, density
from thetatrace.pricing.compiled.elementary import fast_exp
from thetatrace.pricing.compiled.emit import Running, emitted, lanes, larger, root, rounds, select
from thetatrace.pricing.compiled.jit import kernel
from thetatrace.pricing.results import FloatArray
from thetatrace.pricing.scales import BOUNDARY_NODES as NODES

# Places in `term`, one boundary: width is sigma sqrt(T); swapped is 1 for calls.
YEARS, WIDTH, RATE, YIELD, SWAPPED, LOG_X, START_SLOPE = range(7)


def dot(left: list[float], right: list[float]) -> float:
    """Sum of the products."""
    total = left[0] * right[0]
    for one, other in zip(left[1:], right[1:], strict=True):
        total = total + one * other
    return total


def point_terms(term: list[float], at_node: float, squared: float, point: list[float], b: float) -> list[float]:
    """Of one quadrature point: what it adds to the integrals over rate and yield, to what moves these directly when the
    rate and yield do, and when ln(sigma) does; then how ln B there moves the two integrals.

    Equation B where b = 1, A where b = 0.
    """
    years, width, r, q = term[YEARS], term[WIDTH], term[RATE], term[YIELD]
    gap_s, gap = width * point[0], years * point[0] * point[0]
    d_plus = (root(larger(squared, 0.0)) - at_node + (r - q) * gap) / gap_s + 0.5 * gap_s
    d_minus = d_plus - gap_s
    dense_plus, dense_minus = density(d_plus), density(d_minus)
    time, weight = years * point[1], point[2] * years / width * (b * gap_s + (1.0 - b))
    grown_r, grown_q = fast_exp(r * time) * weight, fast_exp(q * time) * weight
    money = grown_r * (b * below(d_minus, dense_minus) + (1.0 - b) * dense_minus)
    share = grown_q * (below(d_plus, dense_plus) * (b + (1.0 - b) * gap_s) + (1.0 - b) * dense_plus)
    steep, dense_minus, dense_plus = b - (1.0 - b) * d_minus, r * grown_r * dense_minus, q * grown_q * dense_plus
    moved_top = -dense_minus * (d_plus * steep + 1.0 - b)
    moved_bottom = -dense_plus * (d_minus * steep + 1.0 - b)
    moved = [(1.0 + r * time) * money, (1.0 + q * time) * share, moved_top, moved_bottom]
    return [r * money, q * share, *moved, dense_minus * steep / gap_s, dense_plus * steep / gap_s]


def node_terms(term: list[float], at_node: float, root_tau: float, sums: list[float], b: float) -> list[float]:
    """Of a node: what its own slope counts in its next one, the constants of slopes to rate and to ln(sigma), and the
    two integrals with the term at its end (see `boundary_slope.linearise`); `sums` of `point_terms`."""
    top, bottom, by_top, by_bottom, moved_top, moved_bottom = sums
    tau, s, swapped = term[YEARS] * root_tau * root_tau, term[WIDTH] * root_tau, term[SWAPPED]
    end_plus = (term[LOG_X] - at_node + (term[RATE] - term[YIELD]) * tau) / s + 0.5 * s
    end_minus = end_plus - s
    dense_plus, dense_minus = density(end_plus), density(end_minus)
    top = top + b * below(end_minus, dense_minus) + (1.0 - b) * dense_minus / s
    bottom = bottom + below(end_plus, dense_plus) + (1.0 - b) * dense_plus / s
    sign, steep = 1.0 - 2.0 * swapped, b - (1.0 - b) * end_minus / s
    dense_minus, dense_plus = dense_minus / top, dense_plus / bottom
    moved = moved_top / top - moved_bottom / bottom + (dense_plus - dense_minus) * (1.0 - b) / s
    moved = moved + steep * (end_minus * dense_plus - end_plus * dense_minus)
    node = steep * (dense_minus - dense_plus) / s
    constant = (1.0 - swapped) * by_top / top - swapped * by_bottom / bottom + sign * tau * (node - 1.0)
    return [node, constant, moved, top, bottom]


@emitted
def fill_rows(
    nodes: int,
    each: int,
    i: int,
    terms: FloatArray,
    depth: FloatArray,
    root_tau: FloatArray,
    points: FloatArray,
    interpolate: FloatArray,
    b: float,
    work: FloatArray,
    matrix: FloatArray,
    constants: FloatArray,
) -> None:
    """Fill `matrix`, which takes slopes of ln B at the nodes of boundary i to those a step on, and `constants`: of the
    slopes to the rate, and to ln(sigma).

    `each`: points of a node; `work` [each, 4]: how ln B there moves the two integrals, 1 / ln(X/B), `depth` there.
    """
    term, own = [terms[i, n] for n in range(7)], [depth[i, m] for m in range(NODES)]
    squares = [one * one for one in own]
    for k in rounds(nodes):
        sums = [Running(0.0, b) for _ in range(6)]
        for n in rounds(each):
            p = k * each + n
            weights, point = [interpolate[p, m] for m in range(NODES)], [points[p, c] for c in range(3)]
            squared = dot(squares, weights)
            *parts, work[n, 0], work[n, 1] = point_terms(term, depth[i, k], squared, point, b)
            for total, part in zip(sums, parts, strict=True):
                total.add(part)
            work[n, 2], work[n, 3] = select(squared > 0.0, 1.0 / root(squared), 0.0), dot(own, weights)
        node, start, moved, top, bottom = node_terms(term, depth[i, k], root_tau[k], [total.now for total in sums], b)
        constant, diagonal = Running(start, b), Running(node, b)
        for m in lanes(nodes):
            matrix[k, m] = 0.0
        for n in rounds(each):
            p = k * each + n
            there = work[n, 0] / top - work[n, 1] / bottom
            across = there * work[n, 2]
            diagonal.add(there)
            gap = (1.0 - 2.0 * term[SWAPPED]) * term[YEARS] * points[p, 0] * points[p, 0]
            constant.add(there * (gap - term[START_SLOPE]) + across * work[n, 3] * term[START_SLOPE])
            for m in lanes(nodes):
                matrix[k, m] -= across * depth[i, m] * interpolate[p, m]
        matrix[k, k] += diagonal.now
        constants[0, k], constants[1, k] = constant.now, moved


@emitted
def go_steps(
    nodes: int,
    steps: int,
    i: int,
    start: float,
    matrix: FloatArray,
    constants: FloatArray,
    here: FloatArray,
    by_rate: FloatArray,
    by_volatility: FloatArray,
) -> None:
    """Fill row i of both results by `steps` steps that begin with the slopes of ln X; `here` [2, NODES]: room."""
    for k in lanes(nodes):
        here[0, k], here[1, k] = start, 0.0
    for _ in rounds(steps):
        for k in rounds(nodes):
            row = [matrix[k, m] for m in range(NODES)]
            by_rate[i, k] = constants[0, k] + dot(row, [here[0, m] for m in range(NODES)])
            by_volatility[i, k] = constants[1, k] + dot(row, [here[1, m] for m in range(NODES)])
        for k in lanes(nodes):
            here[0, k], here[1, k] = by_rate[i, k], by_volatility[i, k]
    for k in lanes(nodes):
        by_rate[i, k], by_volatility[i, k] = start - here[0, k], -here[1, k]


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
    each = points.shape[0] // nodes
    work, matrix = np.empty((each, 4)), np.empty((NODES, NODES))
    constants, here = np.empty((2, NODES)), np.empty((2, NODES))
    for i in range(terms.shape[0]):
        fill_rows(nodes, each, i, terms, depth, root_tau, points, interpolate, b, work, matrix, constants)
        go_steps(nodes, steps, i, terms[i, START_SLOPE], matrix, constants, here, by_rate, by_volatility)
