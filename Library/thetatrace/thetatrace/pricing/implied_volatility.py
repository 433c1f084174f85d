"""European implied volatility: safeguarded third-order Householder steps on well-scaled objectives.

Source: P. Jaeckel, "Let's Be Rational", Wilmott (2015): the out-of-the-money time value is inverted; below the
inflexion point s_c = sqrt(2|x|) the objective is 1/ln b, above it ln of the distance to the upper bound.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thetatrace.pricing.inputs import Columns
from thetatrace.pricing.normalised import density, legs, log_ratio
from thetatrace.pricing.results import FloatArray, ImpliedVolatility, PriceReason

EPSILON = 2.220446049250313e-16
LARGEST_RELATIVE_NOISE = 1e-4
MAX_STEPS = 60


def european_implied_volatility(columns: Columns) -> ImpliedVolatility:
    """Implied volatilities of checked columns whose `value` is the price in currency (see `ImpliedVolatility`)."""
    c = columns
    with np.errstate(all="ignore"):
        root_years = np.sqrt(c.years)
        x = log_ratio(c.spot, c.strike) + (c.rate - c.dividend_yield) * c.years
        spot_leg = c.spot * np.exp(-c.dividend_yield * c.years)
        strike_leg = c.strike * np.exp(-c.rate * c.years)
        in_the_money = x * c.right > 0.0
        scale = np.sqrt(spot_leg * strike_leg)
        time_value = c.value - np.where(in_the_money, 2.0 * scale * np.sinh(0.5 * np.abs(x)), 0.0)
        noise = EPSILON * c.value
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
    return ImpliedVolatility(volatility.reshape(c.shape), reason.reshape(c.shape))


def solve_total_volatility(ax: FloatArray, target: FloatArray) -> FloatArray:
    """s = sigma sqrt(T), float64[n], with b(-ax/s, s/2) = target; ax = |ln(F/K)|, 0 < target < exp(-ax/2)."""
    upper_bound = np.exp(-0.5 * ax)
    centre = np.sqrt(2.0 * ax)
    at_centre = density(np.sqrt(0.5 * ax), 0.5 * centre) * legs(-np.sqrt(0.5 * ax), np.maximum(0.5 * centre, 1e-300))[2]
    below = target < at_centre
    low, high = np.where(below, 0.0, centre), np.where(below, centre, 80.0)
    s = np.where(below, low_guess(ax, target), 2.5066282746310002 * target + centre)
    s = np.where((s > low) & (s < high), s, np.where(below, 0.9 * centre, centre + 1.0))
    active = np.arange(s.size)
    for _ in range(MAX_STEPS):
        sa = s[active]
        step, sign = objective_step(ax[active], sa, target[active], upper_bound[active], below[active])
        low[active] = np.where(sign < 0.0, sa, low[active])
        high[active] = np.where(sign > 0.0, sa, high[active])
        trial = sa + step
        inside = (trial >= low[active]) & (trial <= high[active])
        trial = np.where(inside, trial, 0.5 * (low[active] + high[active]))
        s[active] = trial
        active = active[np.abs(trial - sa) > 4e-16 * 1e4 * trial]
        if not active.size:
            break
    return s


def low_guess(ax: FloatArray, target: FloatArray) -> FloatArray:
    """First s for small prices: ln b ~ -x^2/(2 s^2) with one correction for the prefactor."""
    log_target = np.log(target)
    s = ax / np.sqrt(np.maximum(-2.0 * log_target, 1e-8))
    prefactor = 3.0 * np.log(s) - 2.0 * np.log(ax) - 0.9189385332046727
    return ax / np.sqrt(np.maximum(-2.0 * (log_target - prefactor), 1e-8))


def objective_step(
    ax: FloatArray, s: FloatArray, target: FloatArray, upper_bound: FloatArray, below: NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    """(Householder step in s, sign of b(s) - target), each float64[n]."""
    h, t = -ax / s, 0.5 * s
    slope = density(h, t)
    b = slope * legs(h, t)[2]
    ratio2 = h * h / s - 0.5 * t
    ratio3 = ratio2 * ratio2 - 3.0 * np.square(h / s) - 0.25
    log_b, log_target = np.log(b), np.log(target)
    lam = slope / b
    # 1/ln b - 1/ln target, its Newton step and the two derivative ratios
    newton_low = (log_target - log_b) * log_b / log_target / lam
    two = 1.0 + 2.0 / log_b
    half_low = ratio2 - lam * two
    third_low = ratio3 + lam * (2.0 * lam * (1.0 + 3.0 / log_b * (1.0 + 1.0 / log_b)) - 3.0 * ratio2 * two)
    gap = upper_bound - b
    mu = slope / gap
    newton_high = np.log(gap / (upper_bound - target)) / mu
    half_high = ratio2 + mu
    third_high = ratio3 + mu * (2.0 * mu + 3.0 * ratio2)
    newton = np.where(below, newton_low, newton_high)
    half = np.where(below, half_low, half_high)
    third = np.where(below, third_low, third_high)
    step = newton * (1.0 + 0.5 * half * newton) / (1.0 + newton * (half + third * newton / 6.0))
    return step, np.sign(b - target)
