"""American options with a continuous dividend yield: the early-exercise boundary by spectral collocation.

Source: L. Andersen, M. Lake, D. Offengenden, "High-performance American option pricing", J. Computational Finance
20(1), 2016: the put boundary B solves a fixed-point equation (their "FP-A" form), is interpolated by Chebyshev
polynomials of ln(B/X)^2 in the square root of time to expiry, and gives the price as European plus the
early-exercise premium. Calls are priced as puts (R. McDonald, M. Schroder, J. Comp. Finance 1(3), 1998).
The integrals use u = tau sin^2(theta), which makes both square-root ends smooth, and Gauss-Legendre points in theta.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from thetatrace.pricing.black_scholes import european_greeks, european_price
from thetatrace.pricing.inputs import DAYS_PER_YEAR, Columns
from thetatrace.pricing.normalised import INVERSE_ROOT_TWO_PI
from thetatrace.pricing.results import FloatArray, Greeks, ImpliedVolatility, PriceReason

NODES = 8
BOUNDARY_POINTS = 12
PRICE_POINTS = 24
STEPS = 6
CHUNK = 256
RELATIVE_RATE_BUMP = 1e-4
RELATIVE_VOLATILITY_BUMP = 1e-3
IMPLIED_STEPS = 60


@dataclass(frozen=True, slots=True)
class Grid:
    """Constants of the collocation: everything that does not depend on the contract, in units of years = 1.

    `root_tau` [n]; `root_gap`, `root_time` [n, l] (sqrt of tau - u and of u), `weight` [n, l] = 2 sin cos dtheta / ...;
    `interpolate` [n, n*l] maps H at the nodes to the quadrature points; `price_*` the same for the price integral.
    """

    root_tau: FloatArray
    root_gap: FloatArray
    time: FloatArray
    weight: FloatArray
    interpolate: FloatArray
    price_root_gap: FloatArray
    price_weight: FloatArray
    price_interpolate: FloatArray


def lagrange_matrix(nodes: FloatArray, points: FloatArray) -> FloatArray:
    """[n+1, m] matrix that maps values at Chebyshev-Lobatto `nodes` to `points` (barycentric formula)."""
    signs = np.where(np.arange(nodes.size) % 2 == 0, 1.0, -1.0)
    signs[0] *= 0.5
    signs[-1] *= 0.5
    gaps = points[None, :] - nodes[:, None]
    exact = np.abs(gaps) < 1e-15
    terms = signs[:, None] / np.where(exact, 1.0, gaps)
    matrix = terms / terms.sum(axis=0)
    hit = exact.any(axis=0)
    matrix[:, hit] = exact[:, hit].astype(np.float64)
    return matrix


@lru_cache(maxsize=8)
def make_grid(nodes: int, boundary_points: int, price_points: int) -> Grid:
    """The constants for a collocation order and the two quadrature orders."""
    z = -np.cos(np.pi * np.arange(nodes + 1) / nodes)
    root_tau = 0.5 * (1.0 + z)
    y, w = np.polynomial.legendre.leggauss(boundary_points)
    theta, dtheta = 0.25 * np.pi * (1.0 + y), 0.25 * np.pi * w
    f = root_tau[1:, None]
    points = (f * np.cos(theta)).reshape(-1)
    y2, w2 = np.polynomial.legendre.leggauss(price_points)
    theta2, dtheta2 = 0.25 * np.pi * (1.0 + y2), 0.25 * np.pi * w2
    return Grid(
        root_tau=root_tau[1:],
        root_gap=f * np.sin(theta),
        time=np.square(f * np.cos(theta)),
        weight=f * 2.0 * np.cos(theta) * dtheta,
        interpolate=lagrange_matrix(root_tau, points)[1:],
        price_root_gap=np.sin(theta2),
        price_weight=2.0 * np.sin(theta2) * np.cos(theta2) * dtheta2,
        price_interpolate=lagrange_matrix(root_tau, np.cos(theta2))[1:],
    )


def normal_density(d: FloatArray) -> FloatArray:
    """phi(d), same shape as `d`."""
    result: FloatArray = INVERSE_ROOT_TWO_PI * np.exp(-0.5 * d * d)
    return result


def first_boundary(years: FloatArray, rate: FloatArray, carry_out: FloatArray, volatility: FloatArray) -> FloatArray:
    """ln B at the nodes, [n, NODES], strike 1: the flat-boundary curve of P. Bjerksund and G. Stensland (1993)."""
    grid = make_grid(NODES, BOUNDARY_POINTS, PRICE_POINTS)
    variance = volatility * volatility
    drift = (rate - carry_out) / variance - 0.5
    exponent = -drift - np.sqrt(drift * drift + 2.0 * rate / variance)
    forever = exponent / (exponent - 1.0)
    start = np.where(carry_out > rate, rate / np.where(carry_out > rate, carry_out, 1.0), 1.0)
    tau = years[:, None] * np.square(grid.root_tau)
    gap = np.maximum((start - forever) / start, 1e-12)[:, None]
    shape = ((rate - carry_out)[:, None] * tau - 2.0 * volatility[:, None] * np.sqrt(tau)) / gap
    curve = forever[:, None] + (start - forever)[:, None] * np.exp(np.minimum(shape, 0.0))
    return np.log(np.maximum(curve, 1e-300))


def solve_boundary(
    years: FloatArray, rate: FloatArray, carry_out: FloatArray, volatility: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(sqrt H at the nodes squared = H [n, NODES], ln X [n]) of puts with strike 1; rate > 0."""
    grid = make_grid(NODES, BOUNDARY_POINTS, PRICE_POINTS)
    n, nodes, points = years.size, NODES, BOUNDARY_POINTS
    log_start = np.log(np.where(carry_out > rate, rate / np.where(carry_out > rate, carry_out, 1.0), 1.0))
    r, q, sigma = rate[:, None], carry_out[:, None], volatility[:, None]
    root_years = np.sqrt(years)[:, None]
    tau = years[:, None] * np.square(grid.root_tau)
    s = sigma * root_years * grid.root_tau
    root_gap = root_years * grid.root_gap.reshape(1, -1)
    gap = np.square(root_gap)
    gap_s = sigma * root_gap
    moved = (r - q) * gap + 0.5 * gap_s * gap_s
    # du/(sigma sqrt(tau - u)) = weight_root * root_years / sigma
    weight_root = root_years / sigma * grid.weight.reshape(1, -1)
    time = years[:, None] * grid.time.reshape(1, -1)
    weight_n = r * np.exp(r * time) * weight_root
    weight_d = q * np.exp(q * time) * weight_root
    cumulative = gap_s
    log_b = np.minimum(first_boundary(years, rate, carry_out, volatility), log_start[:, None] - 1e-12)
    any_yield = bool((carry_out != 0.0).any())
    for step in range(STEPS):
        h = np.square(log_b - log_start[:, None])
        log_bu = log_start[:, None] - np.sqrt(np.maximum(h @ grid.interpolate, 0.0))
        d_plus = (np.repeat(log_b, points, axis=1) - log_bu + moved) / gap_s
        d_minus = d_plus - gap_s
        end_plus = (log_b + (r - q) * tau) / s + 0.5 * s
        end_minus = end_plus - s
        density_minus, density_plus = normal_density(end_minus), normal_density(end_plus)
        inner_minus = weight_n * normal_density(d_minus)
        numerator = density_minus / s + inner_minus.reshape(n, nodes, points).sum(axis=2)
        denominator = density_plus / s + ndtr(end_plus)
        if any_yield:
            inner_plus = weight_d * normal_density(d_plus)
            both = inner_plus + weight_d * cumulative * ndtr(d_plus)
            denominator = denominator + both.reshape(n, nodes, points).sum(axis=2)
        target = np.log(numerator / denominator) - (r - q) * tau
        slope_n = -end_minus * density_minus / (s * s) - (inner_minus * d_minus / gap_s).reshape(n, nodes, points).sum(
            2
        )
        slope_d = -end_minus * density_plus / (s * s)
        if any_yield:
            slope_d = slope_d - (inner_plus * d_minus / gap_s).reshape(n, nodes, points).sum(2)
        slope = slope_n / numerator - slope_d / denominator
        move = (log_b - target) / (slope - 1.0)
        log_b = np.minimum(log_b + np.clip(move, -0.5, 0.5), log_start[:, None] - 1e-14)
        del step
    return np.square(log_b - log_start[:, None]), log_start


@dataclass(frozen=True, slots=True)
class Premium:
    """Early-exercise premium of puts and its first two derivatives in spot, and where exercise is due; [n] each."""

    value: FloatArray
    delta: FloatArray
    gamma: FloatArray
    exercise: NDArray[np.bool_]


def premium(
    spot: FloatArray,
    strike: FloatArray,
    years: FloatArray,
    volatility: FloatArray,
    rate: FloatArray,
    carry_out: FloatArray,
) -> Premium:
    """The put's early-exercise premium (equation 2.6 of Andersen et al.) in currency, with spot derivatives."""
    grid = make_grid(NODES, BOUNDARY_POINTS, PRICE_POINTS)
    h, log_start = solve_boundary(years, rate, carry_out, volatility)
    log_boundary = log_start - np.sqrt(h[:, -1])
    log_spot = np.log(spot / strike)
    log_bu = log_start[:, None] - np.sqrt(np.maximum(h @ grid.price_interpolate, 0.0))
    r, q = rate[:, None], carry_out[:, None]
    gap = years[:, None] * np.square(grid.price_root_gap)
    gap_s = volatility[:, None] * np.sqrt(years)[:, None] * grid.price_root_gap
    d_plus = (log_spot[:, None] - log_bu + (r - q) * gap) / gap_s + 0.5 * gap_s
    d_minus = d_plus - gap_s
    weight = years[:, None] * grid.price_weight
    money, share = weight * r * np.exp(-r * gap), weight * q * np.exp(-q * gap)
    s = spot[:, None]
    k = strike[:, None]
    cumulative_plus = share * ndtr(-d_plus)
    value = k * money * ndtr(-d_minus) - s * cumulative_plus
    density_minus, density_plus = normal_density(d_minus) * money * k, normal_density(d_plus) * share
    delta = -density_minus / (s * gap_s) - cumulative_plus + density_plus / gap_s
    gamma = (density_minus * (d_minus / gap_s + 1.0) / s + density_plus * (1.0 - d_plus / gap_s)) / (s * gap_s)
    return Premium(value.sum(1), delta.sum(1), gamma.sum(1), log_spot <= log_boundary)


def as_puts(c: Columns) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """(spot, strike, rate, dividend_yield) with those of calls swapped (McDonald-Schroder symmetry)."""
    call = c.right > 0.0
    return (
        np.where(call, c.strike, c.spot),
        np.where(call, c.spot, c.strike),
        np.where(call, c.dividend_yield, c.rate),
        np.where(call, c.rate, c.dividend_yield),
    )


def early_exercise(c: Columns) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(early exercise can pay, two boundaries: unsupported) of each row."""
    call = c.right > 0.0
    rate = np.where(call, c.dividend_yield, c.rate)
    carry_out = np.where(call, c.rate, c.dividend_yield)
    return rate > 0.0, (rate <= 0.0) & (carry_out < rate)


def american_price(c: Columns) -> FloatArray:
    """Prices, float64[n], currency, of checked columns whose `value` is the annual volatility; NaN if unsupported."""
    with np.errstate(all="ignore"):
        result = european_price(c)
        early, unsupported = early_exercise(c)
        spot, strike, rate, carry_out = as_puts(c)
        rows = np.flatnonzero(early)
        for start in range(0, rows.size, CHUNK):
            i = rows[start : start + CHUNK]
            extra = premium(spot[i], strike[i], c.years[i], c.value[i], rate[i], carry_out[i])
            intrinsic = strike[i] - spot[i]
            result[i] = np.where(extra.exercise, intrinsic, np.maximum(result[i] + extra.value, intrinsic))
        result[unsupported] = np.nan
    return result


def bumped(c: Columns, **changes: FloatArray) -> FloatArray:
    """American prices with some columns replaced."""
    return american_price(replace(c, **changes))


def american_greeks(c: Columns, *, second_order: bool) -> Greeks:
    """Price and Greeks (units of `Greeks`): delta and gamma analytic, theta from the pricing equation, rest differences.

    In the exercise region the value is strike less spot: delta is +-1 and the other Greeks are zero.
    """
    with np.errstate(all="ignore"):
        base = european_greeks(replace(c, bad=None, shape=c.value.shape), second_order=False)
        early, unsupported = early_exercise(c)
        price = bumped(c)
        up, down = c.spot * 1.001, c.spot * 0.999
        price_up, price_down = bumped(c, spot=up), bumped(c, spot=down)
        delta = np.where(early, (price_up - price_down) / (up - down), base.delta)
        gamma = np.where(early, (price_up - 2.0 * price + price_down) / np.square(0.001 * c.spot), base.gamma)
        bump = RELATIVE_VOLATILITY_BUMP * c.value
        vega = (bumped(c, value=c.value + bump) - bumped(c, value=c.value - bump)) / (2.0 * bump) * 0.01
        step = np.full_like(c.rate, 1e-5)
        rho = (bumped(c, rate=c.rate + step) - bumped(c, rate=c.rate - step)) / (2.0 * step) * 0.01
        vega, rho = np.where(early, vega, base.vega), np.where(early, rho, base.rho)
        theta = (
            c.rate * price - (c.rate - c.dividend_yield) * c.spot * delta - 0.5 * np.square(c.value * c.spot) * gamma
        ) / DAYS_PER_YEAR
        reason = c.reason.copy()
        reason[unsupported & (reason == 0)] = PriceReason.UNSUPPORTED_RATES
        exercised = early & (price <= c.right * (c.spot - c.strike))
        out = [price, np.where(exercised, c.right, delta)]
        out += [np.where(exercised, 0.0, g) for g in (gamma, theta, vega, rho)]
        for column in out:
            column[reason != 0] = np.nan
        shaped = [column.reshape(c.shape) for column in out]
    del second_order
    return Greeks(*shaped, reason=reason.reshape(c.shape))


def american_implied_volatility(c: Columns) -> ImpliedVolatility:
    """Implied volatilities by bracketed secant steps on `american_price` (see `ImpliedVolatility`)."""
    with np.errstate(all="ignore"):
        _, unsupported = early_exercise(c)
        reason = c.reason.copy()
        fresh = reason == 0
        bound = np.where(c.right > 0.0, np.maximum(c.spot, c.spot * np.exp(-c.dividend_yield * c.years)), 0.0)
        bound = np.where(c.right < 0.0, np.maximum(c.strike, c.strike * np.exp(-c.rate * c.years)), bound)
        least = american_price(replace(c, value=np.full_like(c.value, 1e-3)))
        reason[fresh & (c.value <= least)] = PriceReason.BELOW_INTRINSIC
        reason[fresh & (c.value >= bound)] = PriceReason.ABOVE_BOUND
        reason[fresh & unsupported] = PriceReason.UNSUPPORTED_RATES
        rows = np.flatnonzero(reason == 0)
        volatility = np.full(c.value.shape, np.nan)
        low, high = np.full(rows.size, 1e-3), np.full(rows.size, 20.0)
        part = Columns(
            *(
                getattr(c, f)[rows]
                for f in ("value", "spot", "strike", "years", "rate", "dividend_yield", "right", "reason")
            ),
            bad=None,
            shape=(rows.size,),
        )
        middle = np.full(rows.size, 0.2)
        for _ in range(IMPLIED_STEPS):
            above = american_price(replace(part, value=middle)) > part.value
            high, low = np.where(above, middle, high), np.where(above, low, middle)
            middle = np.sqrt(low * high)
        volatility[rows] = middle
    return ImpliedVolatility(volatility.reshape(c.shape), reason.reshape(c.shape))
