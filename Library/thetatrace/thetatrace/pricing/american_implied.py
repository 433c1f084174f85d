"""American implied volatility: bracketed secant steps on the American price.

The European volatility of the same price is never below the American one (the American option is worth more), so it
starts the search and bounds it from above.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from thetatrace.pricing.american import early_exercise, evaluate, find_stiff
from thetatrace.pricing.implied_volatility import european_implied_volatility
from thetatrace.pricing.inputs import Columns
from thetatrace.pricing.results import (
    FloatArray,
    ImpliedVolatility,
    PriceReason,
    ReasonArray,
)

LEAST_VOLATILITY = 1e-3
MOST_VOLATILITY = 20.0
MAX_STEPS = 24
LAST_MOVE = 1e-6
"""Relative: secant steps are superlinear, so far less than such a move remains after it."""
NARROW = 1e-8
"""Relative width of the bracket at which a row is done."""
PRICE_NOISE = 1e-13
"""Relative rounding of the American price: closer prices are not told apart."""
EXERCISE_NOISE = 1e-7
"""A price this close above its payoff says no more than that exercise is due: the method knows premiums to 1e-5."""
LARGEST_RELATIVE_NOISE = 1e-4


def least_price(c: Columns) -> FloatArray:
    """Value at zero volatility, float64[n]: the best of exercising now, at expiry, or in between."""
    with np.errstate(all="ignore"):
        ratio = c.rate * c.strike / (c.dividend_yield * c.spot)
        between = np.log(ratio) / (c.rate - c.dividend_yield)
        between = np.where(np.isfinite(between), np.clip(between, 0.0, c.years), 0.0)
        best = np.zeros_like(c.spot)
        for time in (np.zeros_like(c.years), between, c.years):
            forward = c.spot * np.exp(-c.dividend_yield * time) - c.strike * np.exp(-c.rate * time)
            best = np.maximum(best, c.right * forward)
    return best


def most_price(c: Columns) -> FloatArray:
    """Value at infinite volatility, float64[n]: the spot side of a call, the strike side of a put, at the best time."""
    call = c.right > 0.0
    rate = np.where(call, c.dividend_yield, c.rate)
    result: FloatArray = np.where(call, c.spot, c.strike) * np.maximum(1.0, np.exp(-rate * c.years))
    return result


def american_implied_volatility(c: Columns) -> ImpliedVolatility:
    """Implied volatilities of checked columns whose `value` is the price in currency (see `ImpliedVolatility`)."""
    with np.errstate(all="ignore"):
        european = european_implied_volatility(replace(c, shape=c.value.shape))
        early, unsupported = early_exercise(c)
        volatility, reason = european.volatility, european.reason
        search = early & (c.reason == 0)
        reason[search] = PriceReason.OK
        least = least_price(c)
        reason[search & (c.value <= least * (1.0 + PRICE_NOISE))] = PriceReason.UNDETERMINED
        payoff = c.right * (c.spot - c.strike)
        reason[search & (c.value <= payoff * (1.0 + EXERCISE_NOISE))] = PriceReason.UNDETERMINED
        reason[search & (c.value < least * (1.0 - PRICE_NOISE))] = PriceReason.BELOW_INTRINSIC
        reason[search & (c.value >= most_price(c))] = PriceReason.ABOVE_BOUND
        reason[unsupported & (c.reason == 0)] = PriceReason.UNSUPPORTED_RATES
        rows = np.flatnonzero(search & (reason == 0))
        if rows.size:
            first = np.where(np.isfinite(volatility[rows]), volatility[rows], 1.0)
            top = np.where(np.isfinite(volatility[rows]), 1.001 * first, MOST_VOLATILITY)
            part = c.take(rows)
            stiff = find_stiff(replace(part, value=first))
            found, why = search_volatility(part, first, top, stiff)
            # Where the guess and the answer call for different schemes the answer's is used.
            other = np.flatnonzero(find_stiff(replace(part, value=found)) != stiff)
            if other.size:
                again = search_volatility(part.take(other), found[other], top[other], ~stiff[other])
                found[other], why[other] = again
            volatility[rows], reason[rows] = found, why
        volatility[reason != 0] = np.nan
    return ImpliedVolatility(volatility.reshape(c.shape), reason.reshape(c.shape))


def search_volatility(
    c: Columns, first: FloatArray, top: FloatArray, stiff: NDArray[np.bool_]
) -> tuple[FloatArray, ReasonArray]:
    """(volatility, reason) of rows that have early exercise, from guesses `first` and upper bounds `top`; all [n]."""
    size = c.value.size
    low, high = np.full(size, LEAST_VOLATILITY), top.copy()
    here, slope = np.maximum(first, LEAST_VOLATILITY), np.full(size, np.nan)
    last, last_error = np.full(size, np.nan), np.full(size, np.nan)
    reason = np.full(size, PriceReason.UNDETERMINED, dtype=np.uint8)
    active = np.arange(size)
    for step in range(MAX_STEPS):
        a = active
        part = replace(c.take(a), value=here[a])
        found = evaluate(part, stiff[a], slopes=step == 0)
        error = found.price - c.value[a]
        above = error > 0.0
        high[a], low[a] = (
            np.where(above, here[a], high[a]),
            np.where(above, low[a], here[a]),
        )
        # The first slope is the European-looking vega from gamma: vega = sigma T S^2 gamma.
        secant = (error - last_error[a]) / (here[a] - last[a])
        guess = here[a] * c.years[a] * np.square(c.spot[a]) * found.gamma if step == 0 else slope[a]
        slope[a] = np.where(np.isfinite(secant) & (secant > 0.0), secant, guess)
        trial = here[a] - error / slope[a]
        inside = (trial > low[a]) & (trial < high[a])
        trial = np.where(inside, trial, np.sqrt(low[a] * high[a]))
        last[a], last_error[a] = here[a], error
        small = (np.abs(trial - here[a]) <= LAST_MOVE * trial) | (np.abs(error) <= PRICE_NOISE * c.value[a])
        narrow = high[a] - low[a] <= NARROW * high[a]
        done = small | narrow
        here[a] = np.where(np.abs(error) <= PRICE_NOISE * c.value[a], here[a], trial)
        good = done & (PRICE_NOISE * c.value[a] <= LARGEST_RELATIVE_NOISE * slope[a] * here[a]) & ~found.exercise
        good &= here[a] > LEAST_VOLATILITY * (1.0 + 1e-6)
        reason[a[good]] = PriceReason.OK
        active = a[~done]
        if not active.size:
            break
    return here, reason
