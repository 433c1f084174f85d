"""American boundaries and early-exercise premiums, compiled: `exercise_boundary` and `early_exercise`.

The innermost loops run over options (or boundaries), `LANES` at a time, on the rows of one work array of constant
shape: LLVM then knows that they do not overlap, and puts eight options into one vector register.
"""

from __future__ import annotations

import numpy as np

from thetatrace.pricing.compiled.elementary import fast_exp, fast_log, mills
from thetatrace.pricing.compiled.emit import emitted, lanes, larger, root, rounds, select
from thetatrace.pricing.compiled.jit import kernel
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


@emitted
def density(d: float) -> float:
    """phi(d)."""
    return INVERSE_ROOT_TWO_PI * fast_exp(-0.5 * d * d)


@emitted
def below(d: float, dense: float) -> float:
    """Phi(d), given phi(d)."""
    tail = dense * mills(abs(d))
    return select(d > 0.0, 1.0 - tail, tail)


@emitted
def clear(count: int, work: FloatArray, first: int, rows: int) -> None:
    """Set `rows` rows to zero, from `first` on."""
    for n in rounds(rows):
        for j in lanes(count):
            work[first + n, j] = 0.0


def across(work: FloatArray, first: int, j: int, weight: list[float]) -> float:
    """Weighted sum over the nodes, rows `first` on, of lane j."""
    parts = [work[first + n, j] * weight[n] + work[first + n + 1, j] * weight[n + 1] for n in range(0, NODES, 2)]
    total: float = (parts[0] + parts[1]) + (parts[2] + parts[3])
    return total


def at_place(z: float, table: FloatArray, c: int, first: int) -> float:
    """Value at z of the polynomial of `TABLE_ORDER` coefficients, lowest first, NODES apart from `first` in row `c`."""
    total: float = table[c, first + (TABLE_ORDER - 1) * NODES]
    for n in range(TABLE_ORDER - 2, -1, -1):
        total = total * z + table[c, first + n * NODES]
    return total


@emitted
def add_point(
    count: int, work: FloatArray, k: int, points: FloatArray, interpolate: FloatArray, p: int, b: float
) -> None:
    """Add quadrature point `p`, of node `k`, to the integrals over rate (MONEY) and over yield (SHARE) of lane j."""
    root_gap, time, weight = points[p, 0], points[p, 1], points[p, 2]
    weights = [interpolate[p, n] for n in range(NODES)]
    for j in lanes(count, halves=True):
        squared = across(work, SQUARED, j, weights)
        s = work[WIDTH, j] * root_gap
        d = (work[LOG_B + k, j] - work[LOG_X, j] + root(larger(squared, 0.0))) / s
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


@emitted
def step_node(count: int, work: FloatArray, k: int, root_tau: float, b: float) -> None:
    """The next ln B at node `k` of lane j, kept between the perpetual boundary and X."""
    for j in lanes(count, halves=True):
        s = work[WIDTH, j] * root_tau
        drift = work[DRIFT, j] * root_tau * root_tau
        here, log_x, least = work[LOG_B + k, j], work[LOG_X, j], work[LEAST, j]
        d = (here + drift) / s + 0.5 * s
        dense_d, dense_e = density(d), density(d - s)
        share, money = below(d, dense_d), below(d - s, dense_e)
        top = work[MONEY, j] + b * money + (1.0 - b) * dense_e / s
        bottom = work[SHARE, j] + share + (1.0 - b) * dense_d / s
        target = fast_log(top / bottom) - drift
        target = select(target > least, target, 0.5 * (here + least))
        work[NEXT + k, j] = select(target < log_x, target, 0.5 * (here + log_x))


@emitted
def load(count: int, begin: int, source: FloatArray, rows: int, work: FloatArray, first: int) -> None:
    """Copy the rows of `source`, from lane `begin` on, to the rows of `work` from `first` on."""
    for n in rounds(rows):
        for j in lanes(count):
            work[first + n, j] = source[n, j.within(count, begin)]


@emitted
def accept(count: int, nodes: int, work: FloatArray) -> None:
    """Make the next ln B the present one, and square its depth."""
    for n in rounds(nodes):
        for j in lanes(count):
            log_b = work[NEXT + n, j]
            gap = work[LOG_X, j] - log_b
            work[LOG_B + n, j] = log_b
            work[SQUARED + n, j] = gap * gap


@emitted
def keep_boundary(count: int, begin: int, nodes: int, work: FloatArray, out: FloatArray) -> None:
    """The lanes become the columns of `out` from `begin` on."""
    for n in rounds(nodes):
        for j in lanes(count):
            out[n, j.within(count, begin)] = work[LOG_X, j] - work[NEXT + n, j]


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
        load(count, begin, terms, terms.shape[0], work, WIDTH)
        load(count, begin, first, nodes, work, NEXT)
        for _ in range(steps):
            accept(count, nodes, work)
            for k in range(nodes):
                clear(count, work, MONEY, 2)
                for p in range(k * each, (k + 1) * each):
                    add_point(count, work, k, points, interpolate, p, b)
                step_node(count, work, k, root_tau[k], b)
        keep_boundary(count, begin, nodes, work, out)


@emitted
def fill_node(count: int, work: FloatArray, k: int, half_width: float, tables: FloatArray, c: int) -> None:
    """Fill ln(X/B)^2 at node `k` and half its derivatives to volatility and to rate, of lane j.

    Row `c` of `tables`: coefficients [TABLE_ORDER, NODES] of ln depth, its derivative to the place, its rate
    derivative, flattened.
    """
    for j in lanes(count):
        z = work[PLACE, j]
        deep = fast_exp(2.0 * at_place(z, tables, c, k))
        work[DEPTH + k, j] = deep
        by_place = at_place(z, tables, c, k + TABLE_ORDER * NODES)
        work[BY_SIGMA + k, j] = deep * by_place / (half_width * work[SIGMA, j])
        work[BY_RATE + k, j] = deep * at_place(z, tables, c, k + 2 * TABLE_ORDER * NODES)


@emitted
def interpolate_at(count: int, work: FloatArray, at: FloatArray, interpolate: FloatArray, p: int) -> None:
    """What `fill_node` filled, at quadrature point `p`, of all lanes."""
    weights = [interpolate[p, n] for n in range(NODES)]
    for j in lanes(count):
        at[0, j] = across(work, DEPTH, j, weights)
        at[1, j] = across(work, BY_SIGMA, j, weights)
        at[2, j] = across(work, BY_RATE, j, weights)


@emitted
def add_premium(
    count: int,
    work: FloatArray,
    at: FloatArray,
    total: FloatArray,
    cells: FloatArray,
    points: FloatArray,
    c: int,
    p: int,
) -> None:
    """Add quadrature point `p` of cell `c` to premium and derivatives of lane j (`early_exercise.cell_premiums`)."""
    start, start_slope, r, q, swapped = cells[c, 2], cells[c, 3], cells[c, 4], cells[c, 5], cells[c, 6]
    gap, drift, weight_money, weight_share = points[c, p, 0], points[c, p, 1], points[c, p, 2], points[c, p, 3]
    square, sign = gap * gap, (1.0 - 2.0 * swapped) * gap
    share_part, money_part = swapped * (q * square - 1.0), (1.0 - swapped) * (1.0 - r * square)
    for j in lanes(count):
        squared, by_sigma, by_rate, v, s = at[0, j], at[1, j], at[2, j], work[SIGMA, j], work[SPOT, j]
        inside = squared > 0.0
        deep = root(select(inside, squared, 1.0))
        inverse = select(inside, 1.0 / deep, 0.0)
        width = v * gap
        per_width = 1.0 / width
        d_plus = (work[LOG_SPOT, j] - start + select(inside, deep, 0.0) + drift) * per_width + 0.5 * width
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


@emitted
def place_lanes(
    count: int, begin: int, log_spot: FloatArray, sigma: FloatArray, cells: FloatArray, c: int, work: FloatArray
) -> None:
    """Begin lane j: row i of cell `c`."""
    for j in lanes(count):
        i = j.within(count, begin)
        work[LOG_SPOT, j] = log_spot[i]
        work[SIGMA, j] = sigma[i]
        work[SPOT, j] = fast_exp(log_spot[i])
        work[PLACE, j] = (fast_log(sigma[i]) - cells[c, 0]) / cells[c, 1]


@emitted
def keep_lanes(
    count: int, begin: int, work: FloatArray, total: FloatArray, cells: FloatArray, c: int, out: FloatArray
) -> None:
    """Lane j becomes row i of `out`."""
    for j in lanes(count):
        i, s = j.within(count, begin), work[SPOT, j]
        out[0, i], out[1, i], out[2, i] = total[0, j], total[1, j] / s, total[2, j] / (s * s)
        out[3, i], out[4, i] = total[3, j], total[4, j]
        out[5, i] = work[LOG_SPOT, j] - (cells[c, 2] - root(work[DEPTH + NODES - 1, j]))


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
        for begin in range(first_row[c], first_row[c + 1], LANES):
            count = min(LANES, first_row[c + 1] - begin)
            place_lanes(count, begin, log_spot, sigma, cells, c, work)
            clear(count, total, 0, 5)
            for k in range(interpolate.shape[1]):
                fill_node(count, work, k, cells[c, 1], tables, c)
            for p in range(points.shape[1]):
                # Two loops: one of both would have more memory streams than LLVM is willing to tell apart.
                interpolate_at(count, work, at, interpolate, p)
                add_premium(count, work, at, total, cells, points, c, p)
            keep_lanes(count, begin, work, total, cells, c, out)
