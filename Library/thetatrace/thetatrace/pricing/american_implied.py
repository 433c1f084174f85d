"""American implied volatility: bracketed Newton steps on the American price.

The European volatility of the same price is never below the American one (the American option is worth more), so it
starts the search and bounds it from above.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from thetatrace.pricing.american import American, early_exercise, evaluate, puts_of
from thetatrace.pricing.early_exercise import group_range, make_boundaries
from thetatrace.pricing.implied_volatility import european_implied_volatility
from thetatrace.pricing.inputs import Columns
from thetatrace.pricing.results import (
    FloatArray,
    ImpliedVolatility,
    IntArray,
    PriceReason,
    ReasonArray,
)
from thetatrace.pricing.scales import LARGEST_RELATIVE_NOISE

LEAST_VOLATILITY = 1e-3
MOST_VOLATILITY = 20.0
FIRST_GUESS = 0.5
"""Where no European volatility gives the price."""
BELOW_GUESS, ABOVE_GUESS = 0.5, 1.02
"""Range of the boundary tables of a group over the least and the greatest of its guesses."""
NEXT_RANGE = 0.1
"""How much further the range of the rows goes that leave it."""
EDGE = 1.0 + 1e-6
MAX_STEPS = 40
LAST_MOVE = 1e-6
"""Relative: Newton steps square the error, so far less than such a move remains after it."""
NARROW = 1e-9
"""Relative width of the bracket at which a row is done."""
PRICE_NOISE = 1e-13
"""Relative rounding of the American price: closer prices are not told apart."""
EXERCISE_NOISE = 1e-7
"""A price this close above its payoff says no more than that exercise is due: the method knows premiums to 1e-5."""


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
            guess = volatility[rows]
            known = np.isfinite(guess)
            first, top = np.where(known, guess, FIRST_GUESS), np.where(known, 1.001 * guess, MOST_VOLATILITY)
            volatility[rows], reason[rows] = search_volatility(c.take(rows), least[rows], first, top)
        volatility[reason != 0] = np.nan
    return ImpliedVolatility(volatility.reshape(c.shape), reason.reshape(c.shape))


def search_volatility(
    c: Columns, least: FloatArray, first: FloatArray, top: FloatArray
) -> tuple[FloatArray, ReasonArray]:
    """(volatility, reason) of rows that have early exercise, worth `least` without volatility, from guesses `first` and
    upper bounds `top`; all [n].

    The boundaries are tabled for the range the guesses span in each group; rows that leave it get a range of their own.
    """
    volatility = np.full(c.value.size, np.nan)
    reason = np.full(c.value.size, PriceReason.UNDETERMINED, dtype=np.uint8)
    puts = puts_of(c)
    lowest, highest = group_range(puts, BELOW_GUESS * first, ABOVE_GUESS * first)
    waiting = [(np.arange(c.value.size), lowest[puts.group], highest[puts.group])]
    while waiting:
        rows, low, high = waiting.pop()
        low, high = np.maximum(low, LEAST_VOLATILITY), np.minimum(high, top[rows] * ABOVE_GUESS)
        found, why = search_range(c.take(rows), least[rows], np.clip(first[rows], low, high), low, high)
        volatility[rows], reason[rows] = found, why
        beneath = (found <= low * EDGE) & (low > LEAST_VOLATILITY)
        beyond = (found * EDGE >= high) & (high < top[rows])
        for outside, down, up in ((beneath, NEXT_RANGE * low, low * EDGE), (beyond, high / EDGE, high / NEXT_RANGE)):
            if outside.any():
                waiting.append((rows[outside], down[outside], up[outside]))
    return volatility, reason


def search_range(
    c: Columns, least: FloatArray, first: FloatArray, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, ReasonArray]:
    """(volatility, reason) within [low, high], for which the boundaries are tabled once; all [n]."""
    puts = puts_of(c)
    boundaries = make_boundaries(puts, *group_range(puts, low, high), slopes=False)

    def valued(rows: IntArray, sigma: FloatArray) -> American:
        whole = rows.size == c.value.size
        part = c if whole else c.take(rows)
        return evaluate(replace(part, value=sigma), puts if whole else puts.take(rows), boundaries)

    return newton(c, least, first, low, high, valued)


Valued = Callable[[IntArray, FloatArray], American]
"""Values of some rows, given by their places, at volatilities [m]."""


def newton(
    c: Columns, least: FloatArray, first: FloatArray, low: FloatArray, high: FloatArray, valued: Valued
) -> tuple[FloatArray, ReasonArray]:
    """(volatility, reason) by Newton steps within the bracket [low, high], bisected where a step leaves it; all [n].

    `least`: the value without volatility.
    """
    here, low, high = first.copy(), low.copy(), high.copy()
    reason = np.full(here.size, PriceReason.UNDETERMINED, dtype=np.uint8)
    active = np.arange(here.size)
    for _ in range(MAX_STEPS):
        part = c if active.size == here.size else c.take(active)
        at, noise = here[active], PRICE_NOISE * part.value
        found = valued(active, at)
        error = found.price - part.value
        above = error > 0.0
        high[active] = np.where(above, at, high[active])
        low[active] = np.where(above, low[active], at)
        trial = at - newton_error(part, least[active], found.price) / found.vega
        # A row at its root within rounding stays there.
        exact = np.abs(error) <= noise
        trial = np.where(exact, at, trial)
        inside = exact | ((trial > low[active]) & (trial < high[active]))
        trial = np.where(inside, trial, np.sqrt(low[active] * high[active]))
        here[active] = trial
        done = (np.abs(trial - at) <= LAST_MOVE * trial) & inside | (high[active] - low[active] <= NARROW * trial)
        good = done & (noise <= LARGEST_RELATIVE_NOISE * found.vega * trial) & ~found.exercise
        reason[active[good & (trial > LEAST_VOLATILITY * (1.0 + 1e-6))]] = PriceReason.OK
        active = active[~done]
        if not active.size:
            break
    return here, reason


def newton_error(c: Columns, least: FloatArray, price: FloatArray) -> FloatArray:
    """What a Newton step divides by vega, [n]: the error of `price`, on a scale on which it is nearly linear.

    Near its exercise an option is worth its payoff and a square: a root makes that linear. Where without volatility
    it is worth something else, what volatility adds vanishes like a density: its logarithm is the better scale.
    """
    payoff = np.maximum(c.right * (c.spot - c.strike), 0.0)
    carried = np.abs(least - payoff) > PRICE_NOISE * payoff
    base = np.where(carried, least, payoff)
    gained, wanted = np.maximum(price - base, 0.0), c.value - base
    by_root = 2.0 * np.sqrt(gained) * (np.sqrt(gained) - np.sqrt(wanted))
    result: FloatArray = np.where(payoff > 0.0, by_root, price - c.value)
    rows = np.flatnonzero(carried)
    result[rows] = gained[rows] * np.log(gained[rows] / wanted[rows])
    return result
