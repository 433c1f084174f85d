"""The early-exercise boundary of American puts, by spectral collocation.

Source: L. Andersen, M. Lake, D. Offengenden, "High-performance American option pricing", J. Computational Finance
20(1), 2016. The boundary B(tau) is interpolated by Chebyshev polynomials of ln(B/X)^2 in the square root of time to
expiry tau, X = B(0+), and found by plain fixed-point steps of their equation "FP-A", or of "FP-B" where the drift is
large against the volatility (there FP-A oscillates). The integrals use u = tau cos^2(theta) with Gauss-Legendre
points in theta, which makes both square-root ends smooth. Strikes are scaled to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from thetatrace.pricing.results import FloatArray
from thetatrace.pricing.scales import BOUNDARY_NODES, INVERSE_ROOT_TWO_PI
from thetatrace.pricing.special import ndtr


@dataclass(frozen=True, slots=True)
class Scheme:
    """Orders of the method: collocation nodes, points of the two quadratures, fixed-point steps, which equation."""

    nodes: int
    boundary_points: int
    price_points: int
    steps: int
    use_b: bool


ORDINARY = Scheme(nodes=BOUNDARY_NODES, boundary_points=8, price_points=16, steps=4, use_b=False)
"""Relative price error below 2e-5 (measured against 20 nodes, 48 and 96 points, 40 steps)."""
STIFF = Scheme(nodes=BOUNDARY_NODES, boundary_points=16, price_points=32, steps=12, use_b=True)
"""For (rate - dividend_yield) sqrt(T)/sigma above `STIFF_DRIFT`; error below 2e-5 up to a drift of 3."""
STIFF_DRIFT = 0.5
EVEN = 0.3
"""Of the price integral: theta = pi/2 (EVEN t + (1 - EVEN) t^3). Near its boundary a price moves within moments; of the
maps tried this one, whose points crowd there, left the least of gamma's error and no more of the price's."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Constants of a scheme in units of years = 1: n collocation nodes, l boundary and p price quadrature points.

    `root_tau` [n]: square root of time at the nodes. Flattened over node and point, [n*l]: `root_gap` (square root of
    tau - u), `time` (u), `weight` (du / sqrt(tau - u)). `interpolate` [n, n*l] takes values at the nodes to the points.
    `price_root_gap`, `price_weight` (du) [p] and `price_interpolate` [n, p]: the same for the price integral;
    `price_slope` [n, p] and `end_slope` [n]: to half the derivatives to the logarithm of the time of all points, and at
    the last node.
    """

    root_tau: FloatArray
    root_gap: FloatArray
    time: FloatArray
    weight: FloatArray
    interpolate: FloatArray
    price_root_gap: FloatArray
    price_weight: FloatArray
    price_interpolate: FloatArray
    price_slope: FloatArray
    end_slope: FloatArray


def lobatto_nodes(count: int) -> FloatArray:
    """`count + 1` Chebyshev-Lobatto nodes of [0, 1], ascending."""
    nodes: FloatArray = 0.5 - 0.5 * np.cos(np.pi * np.arange(count + 1) / count)
    return nodes


def lagrange_matrix(nodes: FloatArray, points: FloatArray) -> FloatArray:
    """[n + 1, m] matrix from values at `lobatto_nodes` to values at `points` (second barycentric formula)."""
    signs = np.where(np.arange(nodes.size) % 2 == 0, 1.0, -1.0)
    signs[0] *= 0.5
    signs[-1] *= 0.5
    gaps = points[None, :] - nodes[:, None]
    # A point on a node: the tiny stand-in gap makes its own term outweigh all others.
    gaps[np.abs(gaps) < 1e-30] = 1e-30
    terms = signs[:, None] / gaps
    matrix: FloatArray = terms / terms.sum(axis=0)
    return matrix


def slope_matrix(nodes: FloatArray) -> FloatArray:
    """[n + 1, n + 1] matrix from values at `lobatto_nodes` to the slopes of their polynomial there."""
    weights = np.where(np.arange(nodes.size) % 2 == 0, 1.0, -1.0)
    weights[0] *= 0.5
    weights[-1] *= 0.5
    gaps = nodes[None, :] - nodes[:, None]
    np.fill_diagonal(gaps, 1.0)
    matrix: FloatArray = weights[:, None] / (weights[None, :] * gaps)
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, -matrix.sum(axis=0))
    return matrix


def gauss_points(count: int) -> tuple[FloatArray, FloatArray]:
    """(points, weights) of Gauss-Legendre quadrature on [-1, 1]."""
    points, weights = np.polynomial.legendre.leggauss(count)  # type: ignore[no-untyped-call]
    return points, weights


@lru_cache(maxsize=8)
def make_grid(scheme: Scheme) -> Grid:
    """The constants of `scheme`."""
    root_tau = lobatto_nodes(scheme.nodes)
    f = root_tau[1:, None]
    y, w = gauss_points(scheme.boundary_points)
    theta, width = 0.25 * np.pi * (1.0 + y), 0.25 * np.pi * w
    y, w = gauss_points(scheme.price_points)
    t, rest = 0.5 * (1.0 + y), 1.0 - EVEN
    price_theta, price_width = 0.5 * np.pi * t * (EVEN + rest * t * t), 0.25 * np.pi * w * (EVEN + 3.0 * rest * t * t)
    points, price_points = (f * np.cos(theta)).reshape(-1), np.cos(price_theta)
    price_interpolate, slopes = lagrange_matrix(root_tau, price_points), slope_matrix(root_tau)
    return Grid(
        root_tau=root_tau[1:],
        root_gap=(f * np.sin(theta)).reshape(-1),
        time=np.square(points),
        weight=(f * 2.0 * np.cos(theta) * width).reshape(-1),
        interpolate=lagrange_matrix(root_tau, points)[1:],
        price_root_gap=np.sin(price_theta),
        price_weight=np.sin(2.0 * price_theta) * price_width,
        price_interpolate=price_interpolate[1:],
        price_slope=(slopes @ price_interpolate * (0.25 * price_points))[1:],
        end_slope=0.25 * slopes[1:, -1],
    )


@dataclass(frozen=True, slots=True)
class KernelGrid:
    """`Grid` as the compiled kernels take it; the constants of the start curve as floats."""

    root_tau: FloatArray
    points: FloatArray
    interpolate: FloatArray
    price_interpolate: FloatArray
    nodes: tuple[float, ...]


@lru_cache(maxsize=2)
def kernel_grid(scheme: Scheme) -> KernelGrid:
    """The constants of `scheme`."""
    grid = make_grid(scheme)
    return KernelGrid(
        grid.root_tau,
        np.stack((grid.root_gap, grid.time, grid.weight), axis=1),
        np.ascontiguousarray(grid.interpolate.T),
        np.ascontiguousarray(grid.price_interpolate.T),
        tuple(grid.root_tau.tolist()),
    )


def normal_density(d: FloatArray) -> FloatArray:
    """phi(d), same shape as `d`."""
    result: FloatArray = INVERSE_ROOT_TWO_PI * np.exp(-0.5 * d * d)
    return result


@dataclass(frozen=True, slots=True)
class Terms:
    """What a put's boundary depends on, float64[n]: years, annual volatility, rate > 0 and dividend yield."""

    years: FloatArray
    volatility: FloatArray
    rate: FloatArray
    dividend_yield: FloatArray

    def start_curve(self, root_tau: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(ln X [n], first ln B at the nodes [n, nodes], ln of the perpetual boundary [n])."""
        start = log_start(self.rate, self.dividend_yield)
        curve, least = first_boundary(self, start, root_tau)
        return start, np.minimum(curve, start[:, None] - 1e-12), least


def log_start(rate: FloatArray, dividend_yield: FloatArray) -> FloatArray:
    """ln X = ln min(1, rate/dividend_yield), [n]: the boundary just before expiry."""
    lower = dividend_yield > rate
    result: FloatArray = np.log(np.where(lower, rate / np.where(lower, dividend_yield, 1.0), 1.0))
    return result


def first_boundary(terms: Terms, log_x: FloatArray, root_tau: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(ln B at the nodes [n, nodes], ln of the perpetual boundary [n]).

    The flat-boundary curve of P. Bjerksund and G. Stensland, "Closed-form approximation of American options",
    Scandinavian J. Management 9 (1993), for puts.
    """
    variance = np.square(terms.volatility)
    carry = terms.rate - terms.dividend_yield
    drift = carry / variance - 0.5
    exponent = -drift - np.sqrt(drift * drift + 2.0 * terms.rate / variance)
    forever = exponent / (exponent - 1.0)
    start = np.exp(log_x)
    tau = terms.years[:, None] * np.square(root_tau)
    gap = np.maximum((start - forever) / start, 1e-12)[:, None]
    shape = (carry[:, None] * tau - 2.0 * terms.volatility[:, None] * np.sqrt(tau)) / gap
    curve = forever[:, None] + (start - forever)[:, None] * np.exp(np.minimum(shape, 0.0))
    return np.log(np.maximum(curve, 1e-300)), np.log(np.maximum(forever, 1e-300))


def solve_boundary(terms: Terms, scheme: Scheme) -> FloatArray:
    """ln(X/B) at the nodes, [n, nodes]: `scheme.steps` fixed-point steps of FP-A or FP-B from `first_boundary`."""
    grid = make_grid(scheme)
    shape = (terms.years.size, scheme.nodes, scheme.boundary_points)
    r, q, sigma = (
        terms.rate[:, None],
        terms.dividend_yield[:, None],
        terms.volatility[:, None],
    )
    years = terms.years[:, None]
    root_years = np.sqrt(years)
    drift = (r - q) * years * np.square(grid.root_tau)
    s = sigma * root_years * grid.root_tau
    gap_s = sigma * root_years * grid.root_gap
    moved = (r - q) * years * np.square(grid.root_gap) / gap_s + 0.5 * gap_s
    time, weight = years * grid.time, grid.weight * root_years / sigma
    if scheme.use_b:
        weight = weight * gap_s
    weight_rate, weight_yield = (
        r * np.exp(r * time) * weight,
        q * np.exp(q * time) * weight,
    )
    any_yield = bool((q != 0.0).any())
    start, log_b, least = terms.start_curve(grid.root_tau)
    start, least = start[:, None], least[:, None]
    for _ in range(scheme.steps):
        log_bu = start - np.sqrt(np.maximum(np.square(start - log_b) @ grid.interpolate, 0.0))
        d_plus = (np.repeat(log_b, scheme.boundary_points, axis=1) - log_bu) / gap_s + moved
        end_plus = (log_b + drift) / s + 0.5 * s
        if scheme.use_b:
            inner = weight_rate * ndtr(d_plus - gap_s)
            numerator, denominator = ndtr(end_plus - s), ndtr(end_plus)
            outer = weight_yield * ndtr(d_plus) if any_yield else None
        else:
            inner = weight_rate * normal_density(d_plus - gap_s)
            numerator = normal_density(end_plus - s) / s
            denominator = normal_density(end_plus) / s + ndtr(end_plus)
            outer = weight_yield * (normal_density(d_plus) + gap_s * ndtr(d_plus)) if any_yield else None
        numerator = numerator + inner.reshape(shape).sum(axis=2)
        if outer is not None:
            denominator = denominator + outer.reshape(shape).sum(axis=2)
        target = np.log(numerator / denominator) - drift
        target = np.where(target > least, target, 0.5 * (log_b + least))
        log_b = np.where(target < start, target, 0.5 * (log_b + start))
    return start - log_b
