"""European implied volatility and Greeks, compiled: the formulas of `implied_volatility` and `black_scholes` per row.

All arrays are contiguous float64[n]; inputs are checked columns (`inputs.Columns`), in its order.
"""

from __future__ import annotations

from thetatrace.pricing.compiled.elementary import (
    fast_exp,
    fast_log,
    half_sinh,
    horner,
    log_quotient,
    mills,
    mills_rest,
)
from thetatrace.pricing.compiled.emit import emitted, lanes, larger, root, select, smaller
from thetatrace.pricing.compiled.jit import kernel
from thetatrace.pricing.inputs import DAYS_PER_YEAR
from thetatrace.pricing.results import FloatArray, PriceReason
from thetatrace.pricing.scales import (
    EPSILON,
    FAR_CENTRE,
    FAR_HALF_RANGE,
    FAR_POWERS,
    INVERSE_ROOT_TWO_PI,
    LARGEST_RELATIVE_NOISE,
    NEAR_LIMIT,
    NEAR_POWERS,
    NEAR_RANGE,
    SMALL_T,
    UNFINISHED,
)

LAST_MOVE = 3e-4
"""Relative: the step is of fourth order with a small constant, so what remains after such a move is below rounding."""
LEAST_TARGET = 1e-300
"""Smaller time values are left to the numpy path: `fast_exp` stops near there."""
ABOVE_BOUND = float(PriceReason.ABOVE_BOUND)
BELOW_INTRINSIC = float(PriceReason.BELOW_INTRINSIC)
UNDETERMINED = float(PriceReason.UNDETERMINED)
near_polynomial, far_polynomial = horner(*reversed(NEAR_POWERS)), horner(*reversed(FAR_POWERS))


def odd_terms(h2: float, t2: float, w0: float) -> float:
    """Sum of Y^(2j+1)(h) t^(2j)/(2j+1)!, j = 0..7, given Y'(h) (see `normalised.odd_series`)."""
    t4 = t2 * t2
    w1 = ((3.0 + h2) * w0 - 1.0) * (t2 * (1.0 / 6.0))
    w2 = ((h2 + 7.0) * t2 * w1 - t4 * w0) * (1.0 / 20.0)
    w3 = ((h2 + 11.0) * t2 * w2 - t4 * w1) * (1.0 / 42.0)
    w4 = ((h2 + 15.0) * t2 * w3 - t4 * w2) * (1.0 / 72.0)
    w5 = ((h2 + 19.0) * t2 * w4 - t4 * w3) * (1.0 / 110.0)
    w6 = ((h2 + 23.0) * t2 * w5 - t4 * w4) * (1.0 / 156.0)
    w7 = ((h2 + 27.0) * t2 * w6 - t4 * w5) * (1.0 / 210.0)
    return w0 + (w1 + (w2 + (w3 + (w4 + (w5 + (w6 + w7))))))


def even_terms(h2: float, t2: float, w0: float, y2: float) -> float:
    """Sum of Y^(2j)(h) t^(2j)/(2j)!, j = 0..7, given Y(h) and Y''(h) (see `normalised.even_series`)."""
    t4 = t2 * t2
    w1 = y2 * (0.5 * t2)
    w2 = ((h2 + 5.0) * t2 * w1 - t4 * w0) * (1.0 / 12.0)
    w3 = ((h2 + 9.0) * t2 * w2 - t4 * w1) * (1.0 / 30.0)
    w4 = ((h2 + 13.0) * t2 * w3 - t4 * w2) * (1.0 / 56.0)
    w5 = ((h2 + 17.0) * t2 * w4 - t4 * w3) * (1.0 / 90.0)
    w6 = ((h2 + 21.0) * t2 * w5 - t4 * w4) * (1.0 / 132.0)
    w7 = ((h2 + 25.0) * t2 * w6 - t4 * w5) * (1.0 / 182.0)
    return w0 + (w1 + (w2 + (w3 + (w4 + (w5 + (w6 + w7))))))


def householder_move(s: float, ax: float, target: float, log_target: float, bound: float, low: bool) -> float:
    """Third-order Householder move of s (see `implied_volatility.low_step` and `high_step`)."""
    inverse_s = 1.0 / s
    u, t = ax * inverse_s, 0.5 * s
    slope = INVERSE_ROOT_TWO_PI * fast_exp(-0.5 * (u * u + t * t))
    z = t - u
    upper, lower = slope * mills(abs(z)), slope * mills(u + t)
    large = select(z > 0.0, bound - upper - lower, upper - lower)
    b = select(t < SMALL_T, 2.0 * t * slope * odd_terms(u * u, t * t, mills_rest(u)), large)
    gap = select(z > 0.0, upper + lower, bound - b)
    u_over_s = u * inverse_s
    ratio2 = u * u_over_s - 0.5 * t
    ratio3 = ratio2 * ratio2 - 3.0 * u_over_s * u_over_s - 0.25
    rise = (target - b) / (bound - target)
    # ln(1 + rise) with the digits that adding 1 drops (W. Kahan).
    grown = 1.0 + rise
    log_used = fast_log(select(low, b, grown))
    log_grown = select(grown == 1.0, rise, log_used * rise / (grown - 1.0))
    lam = slope / select(low, b, gap)
    v = 1.0 / log_used
    two = 1.0 + 2.0 * v
    newton = select(low, (log_target * v - 1.0) / (v * v * log_target * lam), log_grown / lam)
    half = select(low, ratio2 - lam * two, ratio2 + lam)
    third_low = lam * (2.0 * lam * (1.0 + 3.0 * v * (1.0 + v)) - 3.0 * ratio2 * two)
    third = ratio3 + select(low, third_low, lam * (2.0 * lam + 3.0 * ratio2))
    return newton * (1.0 + 0.5 * half * newton) / (1.0 + newton * (half + third * newton * (1.0 / 6.0)))


def first_total(ax: float, target: float, log_target: float) -> float:
    """First s (see `implied_volatility.first_guess`)."""
    doubled = target + 0.5 * ax
    g = ax / doubled
    z = g * (2.0 / NEAR_RANGE) - 1.0
    near = near_polynomial(z)
    p = root(larger(fast_log(ax) - log_target, 0.0))
    z = ((p - 2.0) / (p + 2.0) - FAR_CENTRE) * (1.0 / FAR_HALF_RANGE)
    far = far_polynomial(z)
    s = select(g < NEAR_LIMIT, doubled / near, ax / (p * far))
    u = ax / s
    return s * (1.0 + s * s * (1.0 / 24.0) / (1.0 + 0.25 * u * u))


def is_low(ax: float, target: float, bound: float) -> bool:
    """Whether the answer lies below the inflexion point sqrt(2 ax) (see `implied_volatility.value_at_inflexion`)."""
    centre = root(2.0 * ax)
    w = 1.0 / (1.0 + (0.47047 * 0.7071067811865476) * centre)
    at_centre = bound * (0.5 - 0.5 * w * (0.3480242 + w * (0.7478556 * w - 0.0958798)))
    return target < select(centre < 1e-3, INVERSE_ROOT_TWO_PI * centre, at_centre)


SEVEN = ", ".join(["float64[::1]"] * 7)


@emitted
def imply(
    count: int,
    price: FloatArray,
    spot: FloatArray,
    strike: FloatArray,
    years: FloatArray,
    rate: FloatArray,
    dividend_yield: FloatArray,
    right: FloatArray,
    resume: float,
    out: FloatArray,
) -> None:
    """The rows of `implied`."""
    for lane in lanes(count):
        i = lane.within(count)
        x = log_quotient(spot[i], strike[i]) + (rate[i] - dividend_yield[i]) * years[i]
        ax = abs(x)
        spot_leg = spot[i] * fast_exp(-dividend_yield[i] * years[i])
        strike_leg = strike[i] * fast_exp(-rate[i] * years[i])
        scale = root(spot_leg * strike_leg)
        time_value = price[i] - select(x * right[i] > 0.0, 2.0 * scale * half_sinh(ax), 0.0)
        # One rounding of the price, and of exp(x/2) in the intrinsic value taken off it.
        noise = EPSILON * price[i] * (4.0 + ax)
        above = price[i] >= select(right[i] > 0.0, spot_leg, strike_leg)
        blank = time_value <= noise
        reason = select(blank, UNDETERMINED, select(above, ABOVE_BOUND, 0.0))
        reason = select(time_value < -noise, BELOW_INTRINSIC, reason)
        bad = above | blank
        bound = fast_exp(-0.5 * ax)
        # Rows that have their reason go on with a harmless target.
        target = select(bad, 0.5 * bound, time_value / scale)
        log_target = fast_log(target)
        low = is_low(ax, target, bound)
        centre = root(2.0 * ax)
        root_years = root(years[i])
        guess = first_total(ax, target, log_target)
        guess = select(low, smaller(guess, centre), larger(guess, centre))
        s = select(resume > 0.0, out[0, i] * root_years, guess)
        s = s + householder_move(s, ax, target, log_target, bound, low)
        move = householder_move(s, ax, target, log_target, bound, low)
        s = s + move
        u = ax / s
        slope = INVERSE_ROOT_TWO_PI * fast_exp(-0.5 * (u * u + 0.25 * s * s))
        known = noise < LARGEST_RELATIVE_NOISE * scale * slope * s
        # Never a guess: what did not settle, or lies beyond the range of `fast_exp`, is worked out elsewhere.
        settled = (abs(move) <= LAST_MOVE * s) & (target >= LEAST_TARGET)
        judged = select(settled, select(known, 0.0, UNDETERMINED), float(UNFINISHED))
        out[0, i] = s / root_years
        out[1, i] = select(bad, reason, judged)


@kernel(f"int64({SEVEN}, float64, float64[:, ::1])", fused=False)
def implied(
    price: FloatArray,
    spot: FloatArray,
    strike: FloatArray,
    years: FloatArray,
    rate: FloatArray,
    dividend_yield: FloatArray,
    right: FloatArray,
    resume: float,
    out: FloatArray,
) -> int:
    """Fill `out`, float64[2, n]: volatility and code (`PriceReason` or `UNFINISHED`); returns how many are unfinished.

    An unfinished row holds where its search stands: with `resume` = 1 it goes on from there, with 0 from a first guess
    (`out` must then hold zeros).
    """
    imply(price.size, price, spot, strike, years, rate, dividend_yield, right, resume, out)
    unfinished = 0
    for i in range(price.size):
        unfinished += 1 if out[1, i] == float(UNFINISHED) else 0
    return unfinished


@emitted
def derive(
    count: int,
    volatility: FloatArray,
    spot: FloatArray,
    strike: FloatArray,
    years: FloatArray,
    rate: FloatArray,
    dividend_yield: FloatArray,
    right: FloatArray,
    out: FloatArray,
) -> None:
    """The rows of `first_order`."""
    for lane in lanes(count):
        i = lane.within(count)
        root_years = root(years[i])
        x = log_quotient(spot[i], strike[i]) + (rate[i] - dividend_yield[i]) * years[i]
        s = volatility[i] * root_years
        ax = abs(x)
        u, t = ax / s, 0.5 * s
        spot_leg = spot[i] * fast_exp(-dividend_yield[i] * years[i])
        strike_leg = strike[i] * fast_exp(-rate[i] * years[i])
        middle = root(spot_leg * strike_leg)
        scale = middle * (INVERSE_ROOT_TWO_PI * fast_exp(-0.5 * (u * u + t * t)))
        z = t - u
        small = t < SMALL_T
        y1 = mills_rest(u)
        near = mills(select(small, u, abs(z)))
        far = mills(u + t)
        # Legs in currency: scale Y(h + t) and scale Y(h - t).
        beyond = middle * fast_exp(-0.5 * ax) - scale * near
        plus_large = select(z > 0.0, beyond, scale * near)
        half = scale * t * odd_terms(u * u, t * t, y1)
        centre = scale * even_terms(u * u, t * t, near, near - u * y1)
        plus = select(small, centre + half, plus_large)
        minus = select(small, centre - half, scale * far)
        gained = select(small, 2.0 * half, plus - minus)
        call_side = x <= 0.0
        outside = call_side == (right[i] > 0.0)
        rest = select(z > SMALL_T, scale * near, select(call_side, spot_leg, strike_leg) - plus)
        first = select(outside, plus, rest)
        second = select(outside, minus, select(call_side, strike_leg, spot_leg) - minus)
        spot_term = right[i] * select(call_side, first, second)
        strike_term = right[i] * select(call_side, second, first)
        inside = 2.0 * middle * half_sinh(ax)
        decay = -0.5 * scale * volatility[i] / root_years
        out[0, i] = gained + select(outside, 0.0, inside)
        out[1, i] = spot_term / spot[i]
        out[2, i] = scale / (spot[i] * spot[i] * s)
        out[3, i] = (decay + dividend_yield[i] * spot_term - rate[i] * strike_term) / DAYS_PER_YEAR
        out[4, i] = 0.01 * scale * root_years
        out[5, i] = 0.01 * years[i] * strike_term


@kernel(f"void({SEVEN}, float64[:, ::1])", fused=False)
def first_order(
    volatility: FloatArray,
    spot: FloatArray,
    strike: FloatArray,
    years: FloatArray,
    rate: FloatArray,
    dividend_yield: FloatArray,
    right: FloatArray,
    out: FloatArray,
) -> None:
    """Fill `out`, float64[6, n]: price, delta, gamma, theta, vega, rho (see `black_scholes.european_greeks`)."""
    derive(spot.size, volatility, spot, strike, years, rate, dividend_yield, right, out)
