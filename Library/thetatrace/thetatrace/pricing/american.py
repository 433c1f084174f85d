"""American prices and Greeks with a continuous dividend yield: European value plus the early-exercise premium.

Calls are priced as puts with spot and strike, rate and yield swapped (R. McDonald, M. Schroder, J. Comp. Finance
1(3), 1998). The premium and the error of the method: `thetatrace.pricing.early_exercise`, docs/pricing.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from thetatrace.pricing.black_scholes import european_greeks, finish_greeks, first_order
from thetatrace.pricing.boundary_tables import Puts, group_puts
from thetatrace.pricing.early_exercise import Boundaries, Premium, group_range, make_boundaries, premiums
from thetatrace.pricing.inputs import DAYS_PER_YEAR, Columns
from thetatrace.pricing.near_exercise import near_exercise
from thetatrace.pricing.results import FloatArray, Greeks, PriceReason
from thetatrace.pricing.second_order import premium_bends, premium_second_order

LEAST_RATE = 1e-8
"""A put's rate (a call's yield) below which early exercise is left out: it is worth less than rate x strike x years."""


@dataclass(frozen=True, slots=True)
class American:
    """American values, float64[n], in currency and per 1.00 of each input; where exercise is due at once, bool[n]."""

    price: FloatArray
    delta: FloatArray
    gamma: FloatArray
    vega: FloatArray
    rho: FloatArray
    exercise: NDArray[np.bool_]


def early_exercise(c: Columns) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(early exercise can pay, two boundaries and so unsupported), bool[n] each.

    A put pays r K and gives up q S by exercising: with r <= 0 it never pays unless q < r (double continuation region,
    A. Battauz, M. De Donno, A. Sbuelz, Management Science 61(5), 2015). Calls: r and q swapped.
    """
    call = c.right > 0.0
    gain = np.where(call, c.dividend_yield, c.rate)
    loss = np.where(call, c.rate, c.dividend_yield)
    # A rate that counts as none cannot make up for a yield below zero.
    return (gain > LEAST_RATE) & (c.reason == PriceReason.OK), (gain <= LEAST_RATE) & (loss < np.minimum(gain, 0.0))


def puts_of(c: Columns) -> Puts:
    """The puts that stand for the rows of `c`."""
    return group_puts(c.spot, c.strike, c.years, c.rate, c.dividend_yield, c.right > 0.0)


def boundaries_at(puts: Puts, sigma: FloatArray) -> Boundaries:
    """Boundaries for exactly the volatilities `sigma` [n] of the rows."""
    return make_boundaries(puts, *group_range(puts, sigma, sigma))


def evaluate(c: Columns, puts: Puts, boundaries: Boundaries) -> American:
    """American values of rows that all have early exercise; `c.value` is the volatility, within `boundaries`."""
    return with_premium(c, puts, premiums(puts, c.value, boundaries))


def with_premium(c: Columns, puts: Puts, extra: Premium) -> American:
    """American values of rows that all have early exercise: the European ones and the premiums `extra`."""
    plain, more = first_order(c), premium_values(c, puts, extra)
    payoff = c.right * (c.spot - c.strike)
    done = extra.exercise
    return American(
        price=np.maximum(np.where(done, plain["price"], plain["price"] + more.price), payoff),
        delta=np.where(done, c.right, plain["delta"] + more.delta),
        gamma=np.where(done, 0.0, plain["gamma"] + more.gamma),
        vega=np.where(done, 0.0, 100.0 * plain["vega"] + more.vega),
        rho=np.where(done, 0.0, 100.0 * plain["rho"] + more.rho),
        exercise=done,
    )


def premium_values(c: Columns, puts: Puts, extra: Premium) -> American:
    """What the premiums `extra` add to European values of the rows of `c`, where exercise is not due."""
    call = c.right > 0.0
    size, ratio = puts.strike, puts.spot / puts.strike
    # The put that stands for a call has spot K and strike S: by homogeneity its strike derivatives follow.
    delta = np.where(call, extra.value - ratio * extra.delta, extra.delta)
    gamma = np.where(call, extra.gamma * ratio * ratio, extra.gamma) / size
    price = size * np.maximum(extra.value, 0.0)
    return American(price, delta, gamma, size * extra.vega, size * extra.rho, extra.exercise)


def american_price(c: Columns) -> FloatArray:
    """Prices, float64[n], currency, of checked columns whose `value` is the annual volatility; NaN if unsupported."""
    return american_greeks(replace(c, shape=c.value.shape), second_order=False).price


def american_greeks(c: Columns, *, second_order: bool) -> Greeks:
    """Price and Greeks (units of `Greeks`) of checked columns whose `value` is the annual volatility.

    Theta follows from the Black-Scholes equation, the second order from `thetatrace.pricing.second_order`.
    Where immediate exercise is due the value is the payoff: delta is +-1 and every other Greek is zero.
    """
    with np.errstate(all="ignore"):
        early, unsupported = early_exercise(c)
        plain = european_greeks(replace(c, bad=None, shape=c.value.shape), second_order=second_order)
        names = ("price", "delta", "gamma", "theta", "vega", "rho", *(("vanna", "volga", "charm") * second_order))
        columns = {name: getattr(plain, name) for name in names}
        # Where early exercise never pays the European value is right, but for its last digit.
        columns["price"] = np.maximum(columns["price"], c.right * (c.spot - c.strike))
        rows = np.flatnonzero(early)
        if rows.size:
            part = c if rows.size == c.value.size else c.take(rows)
            for name, values in live_greeks(part, {name: columns[name][rows] for name in names[6:]}).items():
                columns[name][rows] = values
        reason = c.reason
        if unsupported.any():
            reason = np.where((reason == 0) & unsupported, np.uint8(PriceReason.UNSUPPORTED_RATES), reason)
    return finish_greeks(c, columns, reason)


def live_greeks(c: Columns, second_order: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Greeks of rows that all have early exercise, in the units of `Greeks`, and those of `second_order`, which holds
    the European ones."""
    puts = puts_of(c)
    boundaries = boundaries_at(puts, c.value)
    extra = premiums(puts, c.value, boundaries)
    near = near_exercise(puts, c.value, boundaries, extra)
    if near is not None:
        extra = near.mend(extra)
    columns = in_units(c, with_premium(c, puts, extra))
    if second_order:
        more = premium_second_order(c, puts, extra, premium_bends(puts, c.value, boundaries, near))
        columns |= {name: np.where(extra.exercise, 0.0, values + more[name]) for name, values in second_order.items()}
    return columns


def in_units(c: Columns, here: American) -> dict[str, FloatArray]:
    """First-order Greeks in the units of `Greeks`; theta follows from the Black-Scholes equation."""
    carry = (c.rate - c.dividend_yield) * c.spot * here.delta
    theta = c.rate * here.price - carry - 0.5 * np.square(c.value * c.spot) * here.gamma
    return {
        "price": here.price,
        "delta": here.delta,
        "gamma": here.gamma,
        "theta": np.where(here.exercise, 0.0, theta / DAYS_PER_YEAR),
        "vega": 0.01 * here.vega,
        "rho": 0.01 * here.rho,
    }
