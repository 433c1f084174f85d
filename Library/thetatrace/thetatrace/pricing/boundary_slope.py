"""How an exercise boundary moves with interest rate and volatility: its equation, differentiated at the solution.

A difference of two boundaries, or the derivative of a table of them, would magnify their rounding ten-thousandfold.
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
1e-4 of the slopes remain."""


@dataclass(frozen=True, slots=True)
class Linear:
    """The derivative of the equation: slopes at the nodes x [n, nodes] give, a step on, a constant (`by_rate`, or
    `by_volatility` for ln sigma) + node x + the sums of point (x - those of ln B at the points), [n, nodes * points];
    `pull` and `root` make the latter from x."""

    by_rate: FloatArray
    by_volatility: FloatArray
    node: FloatArray
    point: FloatArray
    pull: FloatArray
    root: FloatArray


def boundary_slopes(
    terms: Terms, depth: FloatArray, swapped: BoolArray, scheme: Scheme
) -> tuple[FloatArray, FloatArray]:
    """Derivatives of `depth` = ln(X/B) at the nodes [n, nodes] to the interest rate (see `start_slope`) and to
    ln(volatility), same shape each."""
    if Engine.american is not None:
        return compiled_slopes(terms, depth, swapped, scheme, Engine.american)
    grid = make_grid(scheme)
    linear = linearise(terms, depth, swapped, scheme, grid)
    start = start_slope(terms.rate, terms.dividend_yield, swapped)[:, None]
    by_rate = linear_steps(linear, linear.by_rate, start, scheme, grid)
    return by_rate, linear_steps(linear, linear.by_volatility, np.zeros_like(start), scheme, grid)


def linear_steps(linear: Linear, constant: FloatArray, start: FloatArray, scheme: Scheme, grid: Grid) -> FloatArray:
    """Derivative of `depth` [n, nodes] by steps from the slope `start` [n, 1] of ln X."""
    shape = (start.size, scheme.nodes, scheme.boundary_points)
    slope = np.broadcast_to(start, constant.shape)
    for _ in range(scheme.steps + MORE_STEPS):
        inside = start - (linear.pull * (start - slope)) @ grid.interpolate * linear.root
        sums = (linear.point * (np.repeat(slope, scheme.boundary_points, axis=1) - inside)).reshape(shape).sum(axis=2)
        slope = constant + linear.node * slope + sums
    return start - slope


def compiled_slopes(
    terms: Terms, depth: FloatArray, swapped: BoolArray, scheme: Scheme, kernels: AmericanKernels
) -> tuple[FloatArray, FloatArray]:
    """`boundary_slopes` by the compiled kernel."""
    grid, r, q = kernel_grid(scheme), terms.rate, terms.dividend_yield
    width = terms.volatility * np.sqrt(terms.years)
    rows = (terms.years, width, r, q, swapped, log_start(r, q), start_slope(r, q, swapped))
    by_rate, by_volatility = np.empty(depth.shape), np.empty(depth.shape)
    kernels.slope(
        np.stack(rows, axis=1),
        np.ascontiguousarray(depth),
        grid.root_tau,
        grid.points,
        grid.interpolate,
        scheme.steps + MORE_STEPS,
        float(scheme.use_b),
        by_rate,
        by_volatility,
    )
    return by_rate, by_volatility


@dataclass(frozen=True, slots=True)
class Equation:
    """Parts of `solve_boundary`'s equation at its solution: ln(top/bottom) less the drift. What belongs to one of the
    two is divided by it. [n, nodes * points] in the integrals, [n, nodes] at their end.

    `money`, `share`: integrands over rate and yield. How these and the ends move with d- and d+: `steep`, `tall`,
    `end_steep`, `end_tall`. `over`, `end_over`: what stands over the volatility (equation A), top less bottom.
    """

    d_plus: FloatArray
    d_minus: FloatArray
    end_plus: FloatArray
    end_minus: FloatArray
    money: FloatArray
    share: FloatArray
    steep: FloatArray
    tall: FloatArray
    end_steep: FloatArray
    end_tall: FloatArray
    over: FloatArray
    end_over: FloatArray

    def by_volatility(self, shape: tuple[int, ...]) -> FloatArray:
        """Derivative to ln(sigma) at a fixed boundary, [n, nodes]: it moves d+ by -d- and d- by -d+."""
        inner = self.d_minus * self.tall - self.d_plus * self.steep - self.over
        total: FloatArray = inner.reshape(shape).sum(axis=2) - self.end_over
        total += self.end_minus * self.end_tall - self.end_plus * self.end_steep
        return total


def find_equation(terms: Terms, depth: FloatArray, away: FloatArray, scheme: Scheme, grid: Grid) -> Equation:
    """`Equation` at the solution `depth`, which is `away` at the points, [n, nodes * points]."""
    shape = (terms.years.size, scheme.nodes, scheme.boundary_points)
    r, q, sigma, years = (
        column[:, None] for column in (terms.rate, terms.dividend_yield, terms.volatility, terms.years)
    )
    log_b = log_start(terms.rate, terms.dividend_yield)[:, None] - depth
    width = sigma * np.sqrt(years)
    s, gap_s = width * grid.root_tau, width * grid.root_gap
    drift = (r - q) * years
    d_plus = (away - np.repeat(depth, scheme.boundary_points, axis=1) + drift * np.square(grid.root_gap)) / gap_s
    d_plus += 0.5 * gap_s
    d_minus = d_plus - gap_s
    end_plus = (log_b + drift * np.square(grid.root_tau)) / s + 0.5 * s
    end_minus = end_plus - s
    time, weight = years * grid.time, grid.weight * np.sqrt(years) / sigma
    money, share = np.exp(r * time) * weight, np.exp(q * time) * weight
    over, end_over = np.zeros((2, 1, 1)), np.zeros((2, 1, 1))
    steep, tall = r * money * normal_density(d_minus), q * share * normal_density(d_plus)
    end_steep, end_tall = normal_density(end_minus), normal_density(end_plus)
    if scheme.use_b:
        money, share, steep, tall = (part * gap_s for part in (money, share, steep, tall))
        money, share = money * ndtr(d_minus), share * ndtr(d_plus)
        top, bottom = ndtr(end_minus), ndtr(end_plus)
    else:
        over, end_over = np.stack((steep, tall)), np.stack((end_steep, end_tall)) / s
        money, share = money * normal_density(d_minus), share * (normal_density(d_plus) + gap_s * ndtr(d_plus))
        top, bottom = end_over[0], end_over[1] + ndtr(end_plus)
        steep, tall = -d_minus * steep, -d_minus * tall
        end_steep, end_tall = -end_minus * end_over[0], -end_minus * end_over[1]
    top = 1.0 / (top + (r * money).reshape(shape).sum(axis=2))
    bottom = 1.0 / (bottom + (q * share).reshape(shape).sum(axis=2))
    wide_top, wide_bottom = (np.repeat(part, scheme.boundary_points, axis=1) for part in (top, bottom))
    return Equation(
        d_plus,
        d_minus,
        end_plus,
        end_minus,
        money * wide_top,
        share * wide_bottom,
        steep * wide_top,
        tall * wide_bottom,
        end_steep * top,
        end_tall * bottom,
        over[0] * wide_top - over[1] * wide_bottom,
        end_over[0] * top - end_over[1] * bottom,
    )


def linearise(terms: Terms, depth: FloatArray, swapped: BoolArray, scheme: Scheme, grid: Grid) -> Linear:
    """The derivative of `solve_boundary`'s equation at its solution `depth`, to the interest rate and ln(sigma)."""
    shape = (terms.years.size, scheme.nodes, scheme.boundary_points)
    squared = np.square(depth) @ grid.interpolate
    inside = squared > 0.0
    away = np.sqrt(np.where(inside, squared, 0.0))
    equation = find_equation(terms, depth, away, scheme, grid)
    by_yield = swapped[:, None].astype(np.float64)
    by_rate, by_gap = 1.0 - by_yield, 1.0 - 2.0 * by_yield
    r, q, years = terms.rate[:, None], terms.dividend_yield[:, None], terms.years[:, None]
    width = terms.volatility[:, None] * np.sqrt(years)
    tau, time = years * np.square(grid.root_tau), years * grid.time
    point = (equation.steep - equation.tall) / (width * grid.root_gap)
    node = (equation.end_steep - equation.end_tall) / (width * grid.root_tau)
    direct = by_rate * (1.0 + r * time) * equation.money - by_yield * (1.0 + q * time) * equation.share
    direct += point * by_gap * years * np.square(grid.root_gap)
    constant = direct.reshape(shape).sum(axis=2) + by_gap * tau * (node - 1.0)
    root = np.where(inside, 1.0 / np.where(inside, away, 1.0), 0.0)
    return Linear(constant, equation.by_volatility(shape), node, point, depth, root)
