"""How an exercise boundary moves with the interest rate: its equation, differentiated at the solution.

A difference of two boundaries would magnify their rounding ten-thousandfold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thetatrace.pricing.engine import AmericanKernels, Engine
from thetatrace.pricing.exercise_boundary import (
    Grid,
    Scheme,
    Terms,
    kernel_grid,
    log_start,
    make_grid,
    normal_density,
)
from thetatrace.pricing.results import BoolArray, FloatArray
from thetatrace.pricing.special import ndtr


def start_slope(rate: FloatArray, dividend_yield: FloatArray, swapped: BoolArray) -> FloatArray:
    """Derivative of `log_start` to the interest rate, [n]: the put's rate, or its yield where `swapped` (calls)."""
    lower = dividend_yield > rate
    slope = np.where(swapped, -1.0 / np.where(lower, dividend_yield, 1.0), 1.0 / rate)
    result: FloatArray = np.where(lower, slope, 0.0)
    return result


MORE_STEPS = 2
"""Steps more than the boundary's: each leaves a tenth of the error (with equation B half) or less, so that 1e-6 and
1e-4 of the slope remain."""


@dataclass(frozen=True, slots=True)
class Linear:
    """The derivative of the equation: slopes at the nodes x [n, nodes] give, a step on, constant + node x + the sums of
    point (x - those of ln B at the points), [n, nodes * points]; `pull` and `root` make the latter from x."""

    constant: FloatArray
    node: FloatArray
    point: FloatArray
    pull: FloatArray
    root: FloatArray


def rate_slope(terms: Terms, depth: FloatArray, swapped: BoolArray, scheme: Scheme) -> FloatArray:
    """Derivative of `depth` = ln(X/B) at the nodes [n, nodes] to the interest rate (see `start_slope`), same shape."""
    if Engine.american is not None:
        return compiled_slope(terms, depth, swapped, scheme, Engine.american)
    grid = make_grid(scheme)
    start = start_slope(terms.rate, terms.dividend_yield, swapped)[:, None]
    linear = linearise(terms, depth, swapped, scheme, grid)
    shape = (terms.years.size, scheme.nodes, scheme.boundary_points)
    slope = np.broadcast_to(start, depth.shape)
    for _ in range(scheme.steps + MORE_STEPS):
        inside = start - (linear.pull * (start - slope)) @ grid.interpolate * linear.root
        sums = (linear.point * (np.repeat(slope, scheme.boundary_points, axis=1) - inside)).reshape(shape).sum(axis=2)
        slope = linear.constant + linear.node * slope + sums
    return start - slope


def compiled_slope(
    terms: Terms, depth: FloatArray, swapped: BoolArray, scheme: Scheme, kernels: AmericanKernels
) -> FloatArray:
    """`rate_slope` by the compiled kernel."""
    grid, r, q = kernel_grid(scheme), terms.rate, terms.dividend_yield
    width = terms.volatility * np.sqrt(terms.years)
    rows = (terms.years, width, r, q, swapped, log_start(r, q), start_slope(r, q, swapped))
    out = np.empty(depth.shape)
    kernels.slope(
        np.stack(rows, axis=1),
        np.ascontiguousarray(depth),
        grid.root_tau,
        grid.points,
        grid.interpolate,
        scheme.steps + MORE_STEPS,
        float(scheme.use_b),
        out,
    )
    return out


def linearise(terms: Terms, depth: FloatArray, swapped: BoolArray, scheme: Scheme, grid: Grid) -> Linear:
    """The derivative of `solve_boundary`'s equation at its solution `depth`, to the interest rate."""
    shape = (terms.years.size, scheme.nodes, scheme.boundary_points)
    r, q, sigma, years = (
        column[:, None] for column in (terms.rate, terms.dividend_yield, terms.volatility, terms.years)
    )
    by_yield = swapped[:, None].astype(np.float64)
    by_rate, by_gap = 1.0 - by_yield, 1.0 - 2.0 * by_yield
    log_b = log_start(terms.rate, terms.dividend_yield)[:, None] - depth
    squared = np.square(depth) @ grid.interpolate
    inside = squared > 0.0
    away = np.sqrt(np.where(inside, squared, 0.0))
    tau = years * np.square(grid.root_tau)
    s, gap_s = sigma * np.sqrt(years) * grid.root_tau, sigma * np.sqrt(years) * grid.root_gap
    gap = years * np.square(grid.root_gap)
    d_plus = (away - np.repeat(depth, scheme.boundary_points, axis=1) + (r - q) * gap) / gap_s + 0.5 * gap_s
    d_minus = d_plus - gap_s
    end_plus = (log_b + (r - q) * tau) / s + 0.5 * s
    end_minus = end_plus - s
    time, weight = years * grid.time, grid.weight * np.sqrt(years) / sigma
    grown_r, grown_q = np.exp(r * time) * weight, np.exp(q * time) * weight
    dense_plus, dense_minus = normal_density(d_plus), normal_density(d_minus)
    ends_plus, ends_minus = normal_density(end_plus), normal_density(end_minus)
    if scheme.use_b:
        grown_r, grown_q = grown_r * gap_s, grown_q * gap_s
        money, share, steep, tall = ndtr(d_minus), ndtr(d_plus), dense_minus, dense_plus
        top, bottom, end_steep, end_tall = ndtr(end_minus), ndtr(end_plus), ends_minus, ends_plus
    else:
        money, share = dense_minus, dense_plus + gap_s * ndtr(d_plus)
        steep, tall = -d_minus * dense_minus, -d_minus * dense_plus
        top, bottom = ends_minus / s, ends_plus / s + ndtr(end_plus)
        end_steep, end_tall = -end_minus * ends_minus / s, -end_minus * ends_plus / s

    def sums(points: FloatArray) -> FloatArray:
        total: FloatArray = points.reshape(shape).sum(axis=2)
        return total

    # The equation is ln(top/bottom) less the drift; its parts over their own totals.
    top = 1.0 / (top + sums(r * grown_r * money))
    bottom = 1.0 / (bottom + sums(q * grown_q * share))
    wide_top, wide_bottom = (np.repeat(part, scheme.boundary_points, axis=1) for part in (top, bottom))
    point = r * grown_r * steep * wide_top - q * grown_q * tall * wide_bottom
    node = end_steep * top - end_tall * bottom
    direct = by_rate * (1.0 + r * time) * grown_r * money * wide_top
    direct -= by_yield * (1.0 + q * time) * grown_q * share * wide_bottom
    constant = sums(direct + point * by_gap * gap / gap_s) + by_gap * tau * (node / s - 1.0)
    root = np.where(inside, 1.0 / np.where(inside, away, 1.0), 0.0)
    return Linear(constant, node / s, point / gap_s, depth, root)
