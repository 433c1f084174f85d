"""Cash dividends: which options of a batch they touch, and prices, Greeks and volatilities of these.

The model: between ex-dates the share is lognormal with the given volatility, at an ex-date it drops by the amount. The
method and its error: `thetatrace.pricing.dividend_lattice`, docs/pricing.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from thetatrace.pricing.american import American, american_greeks, early_exercise, in_units
from thetatrace.pricing.american_implied import (
    EXERCISE_NOISE,
    FIRST_GUESS,
    LEAST_VOLATILITY,
    PRICE_NOISE,
    american_implied_volatility,
    most_price,
    newton,
)
from thetatrace.pricing.black_scholes import european_greeks, finish_greeks
from thetatrace.pricing.dividend_lattice import Walk
from thetatrace.pricing.dividend_plan import make_plan
from thetatrace.pricing.implied_volatility import european_implied_volatility
from thetatrace.pricing.inputs import DAYS_PER_YEAR, Columns, blocks
from thetatrace.pricing.results import (
    BoolArray,
    FloatArray,
    Greeks,
    ImpliedVolatility,
    IntArray,
    PriceReason,
    ReasonArray,
)

STEPS = 24
"""Steps until the last ex-date that the grid is made for where exercise pays at ex-dates only, or never: one is made of
them between two of these."""
EXTRAPOLATED_STEPS = 24
"""Where it may pay at any time: this many and twice as many, and what is left of the step's length extrapolated."""
MOST_TOTAL_VOLATILITY = 4.0
"""Of sigma sqrt(time of the last ex-date): beyond it the grid loses the tail that a call lives on."""
BLOCK = 64
"""Rows worked on at once, so that the values stay in the processor's cache."""


TINY_YEARS = 1e-300
"""Stands for an unknown time: such a dividend counts for every row."""
VOLGA_STEP = 0.01
"""Relative step in volatility of the central difference of vega."""


@dataclass(frozen=True, slots=True)
class Dividends:
    """Cash dividends of the one share that all rows of a batch are options on.

    `amounts_usd` [k]: dollars a share, as they drop off its price; `times_years` [k]: years from now to the ex-date, in
    any order. What lies in the past, or on or after a row's expiry, does not count for that row. An amount below zero,
    NaN or infinite, or more than the forward price there, gives rows that it counts for `PriceReason.BAD_DIVIDENDS`.
    """

    amounts_usd: ArrayLike
    times_years: ArrayLike

    def sorted(self) -> tuple[FloatArray, FloatArray]:
        """(times, amounts), float64[k]: those to come, ascending, equal times added up; a time that is NaN comes first.

        Raises ValueError when there are not as many times as amounts.
        """
        times = np.atleast_1d(np.asarray(self.times_years, dtype=np.float64))
        amounts = np.atleast_1d(np.asarray(self.amounts_usd, dtype=np.float64))
        if times.ndim != 1 or times.shape != amounts.shape:
            raise ValueError(f"Dividends have {amounts.shape} amounts but {times.shape} times: give as many of both.")
        unknown = np.isnan(times)
        times, amounts = np.where(unknown, TINY_YEARS, times), np.where(unknown, np.nan, amounts)
        coming = (times > 0.0) & (amounts != 0.0)
        times, place = np.unique(times[coming], return_inverse=True)
        summed = np.zeros(times.size)
        with np.errstate(all="ignore"):
            np.add.at(summed, place, amounts[coming])
        return times, summed


@dataclass(frozen=True, slots=True)
class Touched:
    """The rows of a batch that dividends count for, with what the lattice needs of them.

    `rows`: their places in the batch; `columns`: their inputs; `american`: whether exercise may pay at any time.
    `times`, `amounts` as `Dividends.sorted` gives them.
    """

    rows: IntArray
    columns: Columns
    times: FloatArray
    amounts: FloatArray
    exercise: bool
    american: BoolArray

    def take(self, rows: IntArray) -> Touched:
        """Some of the rows, by their place here."""
        return replace(self, rows=self.rows[rows], columns=self.columns.take(rows), american=self.american[rows])

    def last_times(self) -> FloatArray:
        """Time of the last dividend that counts, years, [m]."""
        found: FloatArray = self.times[np.searchsorted(self.times, self.columns.years) - 1]
        return found

    def groups(self) -> Iterator[tuple[float, bool, IntArray]]:
        """(years, american, places here) of blocks of rows that share them."""
        years, place = np.unique(self.columns.years, return_inverse=True)
        key = 2 * place + self.american
        for rows in blocks(key, np.argsort(key, kind="stable"), BLOCK):
            yield float(years[place[rows[0]]]), bool(self.american[rows[0]]), rows


def find_touched(c: Columns, dividends: Dividends, *, exercise: bool) -> tuple[Touched, BoolArray]:
    """(good rows that dividends count for, rows whose dividends are bad, bool[n]) of a batch."""
    times, amounts = dividends.sorted()
    good = c.reason == PriceReason.OK
    counted = good & (c.years > times[0] if times.size else False)
    bad = np.zeros(c.value.size, dtype=bool)
    with np.errstate(all="ignore"):
        growth = c.rate - c.dividend_yield
        forward, before = c.spot, 0.0
        for time, amount in zip(times.tolist(), amounts.tolist(), strict=True):
            forward, before = forward * np.exp(growth * (time - before)) - amount, time
            bad |= counted & (c.years > time) & ~((forward > 0.0) & (amount > 0.0) & np.isfinite(amount))
    early, unsupported = early_exercise(c)
    rows = np.flatnonzero(counted & ~bad & ~(unsupported & exercise))
    return Touched(rows, c.take(rows), times, amounts, exercise, early[rows] & exercise), bad


@dataclass(frozen=True, slots=True)
class Values(American):
    """American (or European) values and what second-order Greeks need: `vanna` per 1.00 of volatility, `speed` the
    change of gamma per 1.00 of the share."""

    vanna: FloatArray
    speed: FloatArray


def on_grid(t: Touched, sigma: FloatArray) -> BoolArray:
    """Rows whose grid is within `MOST_TOTAL_VOLATILITY`, and what is worth anything at a node within a double."""
    c = t.columns
    with np.errstate(over="ignore"):
        worth = (c.spot + c.strike) * np.exp((np.abs(c.rate) + np.abs(c.dividend_yield)) * c.years)
    held: BoolArray = (sigma * np.sqrt(t.last_times()) <= MOST_TOTAL_VOLATILITY) & np.isfinite(worth)
    return held


def evaluate(t: Touched, sigma: FloatArray) -> Values:
    """Values of the rows of `t` at volatilities `sigma` [m], NaN of those that no grid holds."""
    found = np.full((7, sigma.size), np.nan)
    held = on_grid(t, sigma)
    for years, american, every in t.groups():
        inside, rows = t.times < years, every[held[every]]
        if not rows.size:
            continue
        times, amounts = tuple(t.times[inside].tolist()), tuple(t.amounts[inside].tolist())
        c = replace(t.columns.take(rows), value=sigma[rows])
        if american:
            coarse, fine = (
                now(
                    Walk(
                        c, make_plan(years, times, amounts, EXTRAPOLATED_STEPS, refine, 1), exercise=True, american=True
                    )
                )
                for refine in (1, 2)
            )
            found[:, rows] = 2.0 * fine - coarse
        else:
            plan = make_plan(years, times, amounts, STEPS, 1, STEPS)
            found[:, rows] = now(Walk(c, plan, exercise=t.exercise, american=False))
    c, price = t.columns, found[0]
    payoff = c.right * (c.spot - c.strike)
    done = (price <= payoff) & t.exercise
    settled = (payoff, c.right, *(np.zeros_like(payoff),) * 5)
    price, delta, gamma, vega, rho, vanna, speed = np.where(done, settled, found)
    return Values(price, delta, gamma, vega, rho, done, vanna, speed)


def now(walk: Walk) -> FloatArray:
    """Price, delta, gamma, vega, rho, vanna and speed now, [7, m]: the last step back, and its derivatives."""
    values = walk.run()
    span, half, pad = walk.plan.steps[-1].span, walk.plan.half, walk.plan.pad
    near = values[:, :, half : half + 2 * pad + 1] @ walk.plan.last * np.exp(-walk.c.rate * span)[:, None]
    h, spot, sigma = walk.spacing, walk.c.spot, walk.c.value
    first, second, third = near[:, :, 1] / h, near[0, :, 2] / (h * h), near[0, :, 3] / (h * h * h)
    return np.stack(
        (
            walk.hedge.price + near[0, :, 0],
            walk.hedge.delta + first[0] / spot,
            (second - first[0]) / np.square(spot),
            near[1, :, 0],
            walk.hedge.rho + near[2, :, 0] - span * near[0, :, 0],
            (first[1] - first[0] / sigma) / spot,
            (third - 3.0 * second + 2.0 * first[0]) / (spot * spot * spot),
        )
    )


def dividend_greeks(c: Columns, dividends: Dividends, *, american: bool, second_order: bool) -> Greeks:
    """Price and Greeks (units of `Greeks`) of checked columns whose `value` is the annual volatility.

    Theta and charm follow from the Black-Scholes equation; they are those of the time until the next ex-date.
    """
    plain = (american_greeks if american else european_greeks)(c, second_order=second_order)
    touched, bad = find_touched(c, dividends, exercise=american)
    if not (touched.rows.size or bad.any()):
        return plain
    reason = plain.reason.reshape(-1).copy()
    reason[touched.rows], reason[bad] = PriceReason.OK, PriceReason.BAD_DIVIDENDS
    names = ("price", "delta", "gamma", "theta", "vega", "rho", *(("vanna", "volga", "charm") * second_order))
    columns = {name: getattr(plain, name).reshape(-1) for name in names}
    with np.errstate(all="ignore"):
        here = evaluate(touched, touched.columns.value)
        found = in_units(touched.columns, here)
        if second_order:
            found |= second_order_greeks(touched, here)
    for name, values in found.items():
        columns[name][touched.rows] = values
    return finish_greeks(c, columns, reason)


def second_order_greeks(t: Touched, here: Values) -> dict[str, FloatArray]:
    """Vanna from the grid, volga by a difference of vega, charm and by theta's equation."""
    c, step = t.columns, VOLGA_STEP * t.columns.value
    up, down = evaluate(t, c.value + step), evaluate(t, c.value - step)
    variance = np.square(c.value)
    bend = (c.rate - c.dividend_yield + variance) * here.gamma + 0.5 * variance * c.spot * here.speed
    columns = {
        "vanna": 0.01 * here.vanna,
        "volga": 1e-4 * (up.vega - down.vega) / (2.0 * step),
        "charm": (c.dividend_yield * here.delta - c.spot * bend) / DAYS_PER_YEAR,
    }
    return {name: np.where(here.exercise, 0.0, values) for name, values in columns.items()}


def dividend_implied_volatility(c: Columns, dividends: Dividends, *, american: bool) -> ImpliedVolatility:
    """Implied volatilities of checked columns whose `value` is the price in currency."""
    plain = (american_implied_volatility if american else european_implied_volatility)(c)
    touched, bad = find_touched(c, dividends, exercise=american)
    if not (touched.rows.size or bad.any()):
        return plain
    volatility, reason = plain.volatility.reshape(-1), plain.reason.reshape(-1)
    with np.errstate(all="ignore"):
        volatility[touched.rows], reason[touched.rows] = search_volatility(touched)
    reason[bad] = PriceReason.BAD_DIVIDENDS
    volatility[reason != PriceReason.OK] = np.nan
    return ImpliedVolatility(volatility.reshape(c.shape), reason.reshape(c.shape))


def search_volatility(t: Touched) -> tuple[FloatArray, ReasonArray]:
    """(volatility, reason) of the rows of `t`, whose `value` is the price; both [m]."""
    c = t.columns
    least, forward_spot = least_prices(t)
    reason = np.zeros(c.value.size, dtype=np.uint8)
    volatility = np.full(c.value.size, np.nan)
    reason[c.value <= least * (1.0 + PRICE_NOISE)] = PriceReason.UNDETERMINED
    if t.exercise:
        payoff = c.right * (c.spot - c.strike)
        reason[c.value <= payoff * (1.0 + EXERCISE_NOISE)] = PriceReason.UNDETERMINED
    reason[c.value < least * (1.0 - PRICE_NOISE)] = PriceReason.BELOW_INTRINSIC
    most = most_price(c) if t.exercise else most_european(c)
    reason[c.value >= most] = PriceReason.ABOVE_BOUND
    rows = np.flatnonzero(reason == 0)
    if rows.size:
        part = t.take(rows)
        inside = replace(part.columns, spot=forward_spot[rows], shape=(rows.size,))
        guess = european_implied_volatility(inside).volatility
        top = MOST_TOTAL_VOLATILITY / np.sqrt(t.last_times()[rows])
        low = np.full(rows.size, LEAST_VOLATILITY)
        first = np.clip(np.where(np.isfinite(guess), guess, FIRST_GUESS), low, 0.9 * top)

        def valued(places: IntArray, sigma: FloatArray) -> American:
            return evaluate(part.take(places), sigma)

        volatility[rows], reason[rows] = newton(part.columns, least[rows], first, low, top, valued)
    return volatility, reason


def most_european(c: Columns) -> FloatArray:
    """Value at infinite volatility, float64[n], without early exercise; a call's dividends are not taken off."""
    value: FloatArray = np.where(
        c.right > 0.0, c.spot * np.exp(-c.dividend_yield * c.years), c.strike * np.exp(-c.rate * c.years)
    )
    return value


def least_prices(t: Touched) -> tuple[FloatArray, FloatArray]:
    """(value at zero volatility, exercised now, before an ex-date or at expiry; spot less the dividends), [m]."""
    c = t.columns
    growth = c.rate - c.dividend_yield
    spot, least = c.spot, np.zeros_like(c.spot)
    if t.exercise:
        least = np.maximum(least, c.right * (c.spot - c.strike))
    for time, amount in zip(t.times.tolist(), t.amounts.tolist(), strict=True):
        counts = c.years > time
        if t.exercise:
            forward = spot * np.exp(growth * time) - c.strike
            least = np.where(counts, np.maximum(least, np.exp(-c.rate * time) * c.right * forward), least)
        spot = np.where(counts, spot - amount * np.exp(-growth * time), spot)
    forward = spot * np.exp(growth * c.years) - c.strike
    return np.maximum(least, np.exp(-c.rate * c.years) * c.right * forward), spot
