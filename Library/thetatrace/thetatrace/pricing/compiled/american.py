"""American boundaries and early-exercise premiums, compiled: `exercise_boundary` and `early_exercise`.

The innermost loops run over options (or boundaries), `LANES` at a time, on the rows of one work array of constant
shape: LLVM then knows that they do not overlap, and puts eight options into one vector register.
"""

from __future__ import annotations

import numpy as np

from thetatrace.pricing.compiled.elementary import fast_exp, fast_log, mills
from thetatrace.pricing.compiled.jit import inlined, kernel, pasted
from thetatrace.pricing.results import FloatArray, IntArray
from thetatrace.pricing.scales import BOUNDARY_NODES as NODES
from thetatrace.pricing.scales import INVERSE_ROOT_TWO_PI, TABLE_ORDER

VECTOR, MATRIX, CUBE = "float64[::1]", "float64[:, ::1]", "float64[:, :, ::1]"
LANES = 128
# Rows of the work array of `boundary`.
LOG_B, SQUARED, NEXT = 0, NODES, 2 * NODES
WIDTH, DRIFT, RATE, YIELD, LOG_X, LEAST, MONEY, SHARE = range(3 * NODES, 3 * NODES + 8)
# Rows of the work array of `premium`.
DEPTH, BY_SIGMA, BY_RATE = 0, NODES, 2 * NODES
SPOT, LOG_SPOT, SIGMA, PLACE = range(3 * NODES, 3 * NODES + 4)
ROWS = 3 * NODES + 8


@inlined
def density(d: float) -> float:
    """phi(d)."""
    return INVERSE_ROOT_TWO_PI * fast_exp(-0.5 * d * d)


@inlined
def below(d: float, dense: float) -> float:
    """Phi(d), given phi(d)."""
    tail = dense * mills(abs(d))
    return 1.0 - tail if d > 0.0 else tail


@pasted
def clear(count: int, work: FloatArray, first: int, last: int) -> None:
    """Set rows `first` to `last` to zero (slices would compile into far more)."""
    for n in range(first, last + 1):
        for j in range(count):
            work[n, j] = 0.0


@inlined
def across(work: FloatArray, first: int, j: int, weight: FloatArray) -> float:
    """Weighted sum over the nodes, rows `first` on, of lane j. Written out, as every loop within a loop over lanes."""
    low = work[first, j] * weight[0] + work[first + 1, j] * weight[1]
    low += work[first + 2, j] * weight[2] + work[first + 3, j] * weight[3]
    high = work[first + 4, j] * weight[4] + work[first + 5, j] * weight[5]
    high += work[first + 6, j] * weight[6] + work[first + 7, j] * weight[7]
    total: float = low + high
    return total


@inlined
def at_place(z: float, table: FloatArray, first: int) -> float:
    """Value at z of the polynomial of `TABLE_ORDER` coefficients, lowest first, that lie NODES apart from `first`."""
    p = table[first + 11 * NODES] * z + table[first + 10 * NODES]
    p = p * z + table[first + 9 * NODES]
    p = p * z + table[first + 8 * NODES]
    p = p * z + table[first + 7 * NODES]
    p = p * z + table[first + 6 * NODES]
    p = p * z + table[first + 5 * NODES]
    p = p * z + table[first + 4 * NODES]
    p = p * z + table[first + 3 * NODES]
    p = p * z + table[first + 2 * NODES]
    p = p * z + table[first + NODES]
    total: float = p * z + table[first]
    return total


@pasted
def add_point(count: int, work: FloatArray, k: int, point: FloatArray, interpolate: FloatArray, b: float) -> None:
    """Add one quadrature point of node `k` to the integrals over rate (MONEY) and over yield (SHARE) of all lanes."""
    root_gap, time, weight = point[0], point[1], point[2]
    for j in range(count):
        squared = across(work, SQUARED, j, interpolate)
        s = work[WIDTH, j] * root_gap
        d = (work[LOG_B + k, j] - work[LOG_X, j] + np.sqrt(max(squared, 0.0))) / s
        d += work[DRIFT, j] / work[WIDTH, j] * root_gap + 0.5 * s
        e = d - s
        dense_d, dense_e = density(d), density(e)
        share, money = below(d, dense_d), below(e, dense_e)
        # Equation B where b = 1, A where b = 0: arithmetic, because a choice would split the loop in two.
        tall = weight / work[WIDTH, j] * (b * s + (1.0 - b))
        by_rate, by_yield = work[RATE, j], work[YIELD, j]
        work[MONEY, j] += by_rate * fast_exp(by_rate * time) * tall * (b * money + (1.0 - b) * dense_e)
        share = share * (b + (1.0 - b) * s) + (1.0 - b) * dense_d
        work[SHARE, j] += by_yield * fast_exp(by_yield * time) * tall * share


@pasted
def step_node(count: int, work: FloatArray, k: int, root_tau: float, b: float) -> None:
    """The next ln B at node `k` of all lanes, kept between the perpetual boundary and X."""
    for j in range(count):
        s = work[WIDTH, j] * root_tau
        drift = work[DRIFT, j] * root_tau * root_tau
        here, log_x, least = work[LOG_B + k, j], work[LOG_X, j], work[LEAST, j]
        d = (here + drift) / s + 0.5 * s
        dense_d, dense_e = density(d), density(d - s)
        share, money = below(d, dense_d), below(d - s, dense_e)
        top = work[MONEY, j] + b * money + (1.0 - b) * dense_e / s
        bottom = work[SHARE, j] + share + (1.0 - b) * dense_d / s
        target = fast_log(top / bottom) - drift
        target = target if target > least else 0.5 * (here + least)
        work[NEXT + k, j] = target if target < log_x else 0.5 * (here + log_x)


@pasted
def load(count: int, begin: int, source: FloatArray, work: FloatArray, first: int) -> None:
    """Copy the rows of `source`, from lane `begin` on, to the rows of `work` from `first` on."""
    for n in range(source.shape[0]):
        for j in range(count):
            work[first + n, j] = source[n, begin + j]


@pasted
def accept(count: int, nodes: int, work: FloatArray) -> None:
    """Make the next ln B the present one, and square its depth."""
    for n in range(nodes):
        for j in range(count):
            gap = work[LOG_X, j] - work[NEXT + n, j]
            work[LOG_B + n, j] = work[NEXT + n, j]
            work[SQUARED + n, j] = gap * gap


@kernel(f"void({MATRIX}, {MATRIX}, {VECTOR}, {MATRIX}, {MATRIX}, int64, float64, {MATRIX})")
def boundary(
    terms: FloatArray,
    first: FloatArray,
    root_tau: FloatArray,
    points: FloatArray,
    interpolate: FloatArray,
    steps: int,
    b: float,
    out: FloatArray,
) -> None:
    """Fill `out` [NODES, n] with ln(X/B) (see `exercise_boundary.solve_boundary`).

    `terms` [6, n]: total volatility sigma sqrt(T), (r - q) T, r T, q T of puts, ln X, ln of the perpetual boundary;
    `first` [NODES, n]: ln B to start from. At the quadrature points of all nodes in turn: `points` [p, 3] (root_gap,
    time, weight of `exercise_boundary.Grid`) and `interpolate` [p, NODES]. `b`: 1 for equation "FP-B", 0 for "FP-A".
    """
    # Not the constant: LLVM would write out the loops over nodes, which takes it seconds.
    nodes = root_tau.size
    each = points.shape[0] // nodes
    work = np.empty((ROWS, LANES))
    for begin in range(0, terms.shape[1], LANES):
        count = min(LANES, terms.shape[1] - begin)
        load(count, begin, terms, work, WIDTH)
        load(count, begin, first, work, NEXT)
        for _ in range(steps):
            accept(count, nodes, work)
            for k in range(nodes):
                clear(count, work, MONEY, SHARE)
                for p in range(k * each, (k + 1) * each):
                    add_point(count, work, k, points[p], interpolate[p], b)
                step_node(count, work, k, root_tau[k], b)
        for n in range(nodes):
            for j in range(count):
                out[n, begin + j] = work[LOG_X, j] - work[NEXT + n, j]


@pasted
def fill_node(count: int, work: FloatArray, k: int, half_width: float, table: FloatArray) -> None:
    """Fill ln(X/B)^2 at node `k` and half its derivatives to volatility and to rate, of all lanes.

    `table`: coefficients [TABLE_ORDER, NODES] of ln depth, its derivative to the place, its rate derivative, flattened.
    """
    for j in range(count):
        z = work[PLACE, j]
        deep = fast_exp(2.0 * at_place(z, table, k))
        work[DEPTH + k, j] = deep
        by_place = at_place(z, table, k + TABLE_ORDER * NODES)
        work[BY_SIGMA + k, j] = deep * by_place / (half_width * work[SIGMA, j])
        work[BY_RATE + k, j] = deep * at_place(z, table, k + 2 * TABLE_ORDER * NODES)


@pasted
def add_premium(
    count: int,
    work: FloatArray,
    at: FloatArray,
    total: FloatArray,
    cell: FloatArray,
    point: FloatArray,
    interpolate: FloatArray,
) -> None:
    """Add one quadrature point to the premiums and their derivatives (see `early_exercise.cell_premiums`)."""
    start, start_slope, r, q, swapped = cell[2], cell[3], cell[4], cell[5], cell[6]
    gap, drift, weight_money, weight_share = point[0], point[1], point[2], point[3]
    square, sign = gap * gap, (1.0 - 2.0 * swapped) * gap
    share_part, money_part = swapped * (q * square - 1.0), (1.0 - swapped) * (1.0 - r * square)
    # Two loops: one of both would have more memory streams than LLVM is willing to tell apart.
    for j in range(count):
        at[0, j] = across(work, DEPTH, j, interpolate)
        at[1, j] = across(work, BY_SIGMA, j, interpolate)
        at[2, j] = across(work, BY_RATE, j, interpolate)
    for j in range(count):
        squared, by_sigma, by_rate, v, s = at[0, j], at[1, j], at[2, j], work[SIGMA, j], work[SPOT, j]
        inside = squared > 0.0
        root = np.sqrt(squared if inside else 1.0)
        inverse = 1.0 / root if inside else 0.0
        width = v * gap
        per_width = 1.0 / width
        d_plus = (work[LOG_SPOT, j] - start + (root if inside else 0.0) + drift) * per_width + 0.5 * width
        d_minus = d_plus - width
        dense_minus, dense_plus = density(d_minus), density(d_plus)
        tail_minus = weight_money * below(-d_minus, dense_minus)
        tail_plus = s * weight_share * below(-d_plus, dense_plus)
        dense_minus *= r * weight_money
        dense_plus *= s * q * weight_share
        by_sigma *= -inverse * per_width
        by_rate = sign / v - (start_slope - by_rate * inverse) * per_width
        total[0, j] += r * tail_minus - q * tail_plus
        total[1, j] += (dense_plus - dense_minus) * per_width - q * tail_plus
        curve = dense_minus * (d_minus * per_width + 1.0) + dense_plus * (1.0 - d_plus * per_width)
        total[2, j] += curve * per_width
        total[3, j] += dense_minus * (d_plus / v + by_sigma) - dense_plus * (d_minus / v + by_sigma)
        total[4, j] += share_part * tail_plus + money_part * tail_minus - (dense_minus - dense_plus) * by_rate


@kernel(f"void({VECTOR}, {VECTOR}, int64[::1], {MATRIX}, {CUBE}, {MATRIX}, {MATRIX}, {MATRIX})")
def premium(
    log_spot: FloatArray,
    sigma: FloatArray,
    first_row: IntArray,
    cells: FloatArray,
    points: FloatArray,
    tables: FloatArray,
    interpolate: FloatArray,
    out: FloatArray,
) -> None:
    """Fill `out` [6, m] (see `early_exercise.table_premiums`).

    Rows [m], sorted by cell: ln(spot/strike) and volatility; `first_row` [c + 1]: where the rows of each cell begin.
    Of the cells: `cells` [c, 7] (middle, half width, start, its slope, rate, yield, swapped), `points` [c, p, 4] (root
    gap, drift, money, share), `tables` [c, 3 TABLE_ORDER NODES] (see `fill_node`); `interpolate` [p, NODES].
    """
    work, at, total = np.empty((ROWS, LANES)), np.empty((3, LANES)), np.empty((5, LANES))
    for c in range(cells.shape[0]):
        cell = cells[c]
        for begin in range(first_row[c], first_row[c + 1], LANES):
            count = min(LANES, first_row[c + 1] - begin)
            for j in range(count):
                work[LOG_SPOT, j] = log_spot[begin + j]
                work[SIGMA, j] = sigma[begin + j]
            for j in range(count):
                work[SPOT, j] = fast_exp(work[LOG_SPOT, j])
                work[PLACE, j] = (fast_log(work[SIGMA, j]) - cell[0]) / cell[1]
            clear(count, total, 0, 4)
            for k in range(interpolate.shape[1]):
                fill_node(count, work, k, cell[1], tables[c])
            for p in range(points.shape[1]):
                add_premium(count, work, at, total, cell, points[c, p], interpolate[p])
            for j in range(count):
                i, s = begin + j, work[SPOT, j]
                out[0, i], out[1, i], out[2, i] = total[0, j], total[1, j] / s, total[2, j] / (s * s)
                out[3, i], out[4, i] = total[3, j], total[4, j]
                out[5, i] = work[LOG_SPOT, j] - (cell[2] - np.sqrt(work[DEPTH + NODES - 1, j]))
