"""European implied volatility: safeguarded third-order Householder steps on well-scaled objectives.

Source: P. Jaeckel, "Let's Be Rational", Wilmott (2015): the out-of-the-money time value is inverted; below the
inflexion point s_c = sqrt(2|x|) the objective is 1/ln b, above it ln of the distance to the upper bound.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from thetatrace.pricing.engine import Engine, Kernels
from thetatrace.pricing.inputs import Columns
from thetatrace.pricing.normalised import INVERSE_ROOT_TWO, density, log_ratio, time_value
from thetatrace.pricing.results import FloatArray, ImpliedVolatility, PriceReason, ReasonArray
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
    UNFINISHED,
)

MAX_STEPS = 60
LAST_MOVE = 3e-5
"""Relative: the step is of fourth order, so what remains after such a move is below rounding."""
LARGEST_S = 80.0


def european_implied_volatility(columns: Columns) -> ImpliedVolatility:
    """Implied volatilities of checked columns whose `value` is the price in currency (see `ImpliedVolatility`)."""
    found = numpy_implied(columns) if Engine.kernels is None else compiled_implied(columns, Engine.kernels)
    return ImpliedVolatility(found.volatility.reshape(columns.shape), found.reason.reshape(columns.shape))


def compiled_implied(c: Columns, kernels: Kernels) -> ImpliedVolatility:
    """Flat implied volatilities by the compiled kernel; the rows it leaves go through it again, then through numpy."""
    volatility, reason = compiled_steps(c, kernels, np.zeros((2, c.value.size)), resume=False)
    rows = np.flatnonzero(reason == UNFINISHED)
    if rows.size:
        part = c.take(rows)
        start = np.zeros((2, rows.size))
        start[0] = volatility[rows]
        volatility[rows], again = compiled_steps(part, kernels, start, resume=True)
        left = np.flatnonzero(again == UNFINISHED)
        if left.size:
            slow = numpy_implied(part.take(left))
            volatility[rows[left]], again[left] = slow.volatility, slow.reason
        reason[rows] = again
    if c.bad is not None:
        reason[c.bad] = c.reason[c.bad]
    volatility[reason != 0] = np.nan
    return ImpliedVolatility(volatility, reason)


def compiled_steps(c: Columns, kernels: Kernels, start: FloatArray, *, resume: bool) -> tuple[FloatArray, ReasonArray]:
    """(volatility, code) of one pass of the kernel over `c`, from the volatilities start[0] where `resume`."""
    columns = (c.value, c.spot, c.strike, c.years, c.rate, c.dividend_yield, c.right)
    kernels.implied(*columns, 1.0 if resume else 0.0, start)
    return start[0], start[1].astype(np.uint8)


def numpy_implied(c: Columns) -> ImpliedVolatility:
    """Flat implied volatilities, float64[n], by numpy."""
    with np.errstate(all="ignore"):
        root_years = np.sqrt(c.years)
        x = log_ratio(c.spot, c.strike) + (c.rate - c.dividend_yield) * c.years
        spot_leg = c.spot * np.exp(-c.dividend_yield * c.years)
        strike_leg = c.strike * np.exp(-c.rate * c.years)
        in_the_money = x * c.right > 0.0
        scale = np.sqrt(spot_leg * strike_leg)
        time_value = c.value - np.where(in_the_money, 2.0 * scale * np.sinh(0.5 * np.abs(x)), 0.0)
        # One rounding of the price, and of exp(x/2) in the intrinsic value taken off it.
        noise = EPSILON * c.value * (4.0 + np.abs(x))
        reason = c.reason.copy()
        bound = np.where(c.right > 0.0, spot_leg, strike_leg)
        fresh = reason == 0
        reason[fresh & (c.value >= bound)] = PriceReason.ABOVE_BOUND
        reason[fresh & (time_value <= noise)] = PriceReason.UNDETERMINED
        reason[fresh & (time_value < -noise)] = PriceReason.BELOW_INTRINSIC
        solve = np.flatnonzero(reason == 0)
        volatility = np.full(c.value.shape, np.nan)
        if solve.size:
            ax = np.abs(x[solve])
            s = solve_total_volatility(ax, time_value[solve] / scale[solve])
            relative = noise[solve] / (scale[solve] * density(ax / s, 0.5 * s) * s)
            volatility[solve] = np.where(relative < LARGEST_RELATIVE_NOISE, s / root_years[solve], np.nan)
            reason[solve[~(relative < LARGEST_RELATIVE_NOISE)]] = PriceReason.UNDETERMINED
    return ImpliedVolatility(volatility, reason)


def solve_total_volatility(ax: FloatArray, target: FloatArray) -> FloatArray:
    """s = sigma sqrt(T), float64[n], with b(-ax/s, s/2) = target; ax = |ln(F/K)|, 0 < target < exp(-ax/2)."""
    s = first_guess(ax, target)
    centre = np.sqrt(2.0 * ax)
    at_centre = value_at_inflexion(centre)
    below = target < at_centre
    s = np.where(below, np.minimum(s, centre), np.maximum(s, centre))
    for chosen, step in (
        (np.flatnonzero(below), low_step),
        (np.flatnonzero(~below), high_step),
    ):
        if chosen.size:
            # The brackets overlap because `at_centre` is approximate.
            low = np.zeros(chosen.size) if step is low_step else 0.8 * centre[chosen]
            high = 1.25 * centre[chosen] if step is low_step else np.full(chosen.size, LARGEST_S)
            s[chosen] = iterate(step, s[chosen], ax[chosen], target[chosen], low, high)
    return s


Step = Callable[[FloatArray, FloatArray, FloatArray], tuple[FloatArray, NDArray[np.bool_]]]


def iterate(
    step: Step,
    s: FloatArray,
    ax: FloatArray,
    target: FloatArray,
    low: FloatArray,
    high: FloatArray,
) -> FloatArray:
    """Apply `step` to s within [low, high] until the last move was below `LAST_MOVE`; all float64[n]."""
    result = s
    active: NDArray[np.intp] | None = None
    for _ in range(MAX_STEPS):
        move, above = step(s, ax, target)
        np.copyto(high, s, where=above)
        np.copyto(low, s, where=~above)
        trial = s + move
        # Rounding at the root may step across the bracket by an ulp: that is no reason to bisect.
        wild = ~((trial > low * (1.0 - 1e-14)) & (trial < high * (1.0 + 1e-14)))
        if wild.any():
            trial = np.where(wild, 0.5 * (low + high), trial)
        if active is None:
            result = trial
        else:
            result[active] = trial
        more = np.flatnonzero((np.abs(trial - s) > LAST_MOVE * trial) & (high > low * (1.0 + 1e-15)))
        if not more.size:
            break
        active = more if active is None else active[more]
        s, ax, target, low, high = (
            trial[more],
            ax[more],
            target[more],
            low[more],
            high[more],
        )
    return result


def value_at_inflexion(centre: FloatArray) -> FloatArray:
    """b at s = sqrt(2 ax), where h + t = 0: exp(-ax/2) (1 - erfcx(sqrt(ax)))/2; float64[n], to a few per cent.

    Only picks the objective, so erfcx is C. Hastings' rational approximation (Abramowitz and Stegun 7.1.25).
    """
    u = 1.0 / (1.0 + (0.47047 * INVERSE_ROOT_TWO) * centre)
    plain = np.exp(-0.25 * centre * centre) * (0.5 - 0.5 * u * (0.3480242 + u * (0.7478556 * u - 0.0958798)))
    result: FloatArray = np.where(centre < 1e-3, INVERSE_ROOT_TWO_PI * centre, plain)
    return result


def polynomial(powers: tuple[float, ...], z: FloatArray) -> FloatArray:
    """Value of the polynomial with coefficients `powers`, lowest first (Horner); float64[n]."""
    total = np.full_like(z, powers[-1])
    for power in powers[-2::-1]:
        total *= z
        total += power
    return total


def first_guess(ax: FloatArray, target: FloatArray) -> FloatArray:
    """First s: that of the normal model (see `scales.NEAR_POWERS`), its leading lognormal correction added; [n]."""
    doubled = target + 0.5 * ax
    g = ax / doubled
    near = polynomial(NEAR_POWERS, g * (2.0 / NEAR_RANGE) - 1.0)
    p = np.sqrt(np.maximum(np.log(ax) - np.log(target), 0.0))
    far = polynomial(FAR_POWERS, ((p - 2.0) / (p + 2.0) - FAR_CENTRE) * (1.0 / FAR_HALF_RANGE))
    s = np.where(g < NEAR_LIMIT, doubled / near, ax / (p * far))
    result: FloatArray = s * (1.0 + s * s * (1.0 / 24.0) / (1.0 + 0.25 * np.square(ax / s)))
    return result


def low_step(s: FloatArray, ax: FloatArray, target: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """(Householder move, b(s) > target) for 1/ln b(s) = 1/ln target: nearly linear in s^2 for small prices."""
    h, t = ax / -s, 0.5 * s
    b, slope = time_value(h, t)
    h_over_s2 = np.square(h / s)
    ratio2 = h * h / s - 0.5 * t
    ratio3 = ratio2 * ratio2 - 3.0 * h_over_s2 - 0.25
    inverse_log = 1.0 / np.log(b)
    log_target = np.log(target)
    lam = slope / b
    two = 1.0 + 2.0 * inverse_log
    newton = (log_target * inverse_log - 1.0) / (inverse_log * inverse_log * log_target * lam)
    half = ratio2 - lam * two
    third = ratio3 + lam * (2.0 * lam * (1.0 + 3.0 * inverse_log * (1.0 + inverse_log)) - 3.0 * ratio2 * two)
    return householder(newton, half, third), b > target


def high_step(s: FloatArray, ax: FloatArray, target: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """(Householder move, b(s) > target) for ln of the distance to the upper bound exp(-ax/2)."""
    h, t = ax / -s, 0.5 * s
    b, slope = time_value(h, t)
    ratio2 = h * h / s - 0.5 * t
    ratio3 = ratio2 * ratio2 - 3.0 * np.square(h / s) - 0.25
    bound = np.exp(-0.5 * ax)
    lam = slope / (bound - b)
    newton = np.log1p((target - b) / (bound - target)) / lam
    third = ratio3 + lam * (2.0 * lam + 3.0 * ratio2)
    return householder(newton, ratio2 + lam, third), b > target


def householder(newton: FloatArray, half: FloatArray, third: FloatArray) -> FloatArray:
    """Third-order Householder move from the Newton move and f''/f', f'''/f' (Jaeckel 2015, equation 4.20)."""
    move: FloatArray = newton * (1.0 + 0.5 * half * newton) / (1.0 + newton * (half + third * newton * (1.0 / 6.0)))
    return move
