"""European prices and Greeks: Black-Scholes-Merton with a continuous dividend yield.

Source: R. Merton, Bell J. Econ. 4 (1973); F. Black, J. Financial Econ. 3 (1976) is the case dividend_yield = rate.
Evaluated in the normalised form of `thetatrace.pricing.normalised`, so that deep wings keep their digits.
"""

from __future__ import annotations

import numpy as np

from thetatrace.pricing.engine import Engine
from thetatrace.pricing.inputs import DAYS_PER_YEAR, Columns
from thetatrace.pricing.normalised import INVERSE_ROOT_TWO, ROOT_HALF_PI, density, legs, log_ratio
from thetatrace.pricing.results import FloatArray, Greeks, PriceReason, ReasonArray
from thetatrace.pricing.scales import SMALL_T
from thetatrace.pricing.special import erfcx


def european_price(columns: Columns) -> FloatArray:
    """Prices, float64[n], currency, of checked columns whose `value` is the annual volatility."""
    with np.errstate(all="ignore"):
        price = first_order(columns)["price"]
    return np.where(np.isfinite(price), price, np.nan)


def european_greeks(columns: Columns, *, second_order: bool) -> Greeks:
    """Price and Greeks (units of `Greeks`) of checked columns whose `value` is the annual volatility."""
    c = columns
    with np.errstate(all="ignore"):
        out = first_order(c)
        if second_order:
            root_years = np.sqrt(c.years)
            x = log_ratio(c.spot, c.strike) + (c.rate - c.dividend_yield) * c.years
            s = c.value * root_years
            d1 = x / s + 0.5 * s
            d2 = d1 - s
            vega, delta = out["vega"], out["delta"]
            scale = vega / (0.01 * root_years)
            carry = (c.rate - c.dividend_yield) * c.years
            out["vanna"] = -0.01 * scale * d2 / (c.spot * c.value)
            out["volga"] = 0.01 * vega * d1 * d2 / c.value
            charm = c.dividend_yield * delta - scale / c.spot * (2.0 * carry - d2 * s) / (2.0 * c.years * s)
            out["charm"] = charm / DAYS_PER_YEAR
        return finish_greeks(c, out, c.reason)


def first_order(c: Columns) -> dict[str, FloatArray]:
    """Price, delta, gamma, theta, vega and rho, each float64[n], by the compiled kernel where it is ready.

    The legs of the option, spot e^{-qT} right Phi(right d1) and strike e^{-rT} right Phi(right d2), give them all
    (E. G. Haug, "Option Pricing Formulas", 2nd ed., chapter 2).
    """
    if Engine.kernels is not None:
        out = np.empty((6, c.value.size))
        Engine.kernels.first_order(c.value, c.spot, c.strike, c.years, c.rate, c.dividend_yield, c.right, out)
        return dict(zip(("price", "delta", "gamma", "theta", "vega", "rho"), out, strict=True))
    root_years = np.sqrt(c.years)
    x = log_ratio(c.spot, c.strike) + (c.rate - c.dividend_yield) * c.years
    s = c.value * root_years
    h, t = -np.abs(x) / s, 0.5 * s
    spot_leg = c.spot * np.exp(-c.dividend_yield * c.years)
    strike_leg = c.strike * np.exp(-c.rate * c.years)
    y_plus, y_minus, difference = legs(h, t)
    # scale = spot e^{-qT} phi(d1) = strike e^{-rT} phi(d2)
    middle = np.sqrt(spot_leg * strike_leg)
    scale = middle * density(h, t)
    call_side = x <= 0.0
    # At x = 0 either right is as good as out of the money, but the legs are then the call's.
    outside = call_side == (c.right > 0.0)
    plus, minus, z = scale * y_plus, scale * y_minus, h + t
    # What the leg of `plus` leaves: directly where that leg is nearly all of it.
    rest = np.where(call_side, spot_leg, strike_leg) - plus
    deep = z > SMALL_T
    if deep.any():
        rest = np.where(deep, scale * (ROOT_HALF_PI * erfcx(np.maximum(z, 0.0) * INVERSE_ROOT_TWO)), rest)
    first = np.where(outside, plus, rest)
    second = np.where(outside, minus, np.where(call_side, strike_leg, spot_leg) - minus)
    spot_term = c.right * np.where(call_side, first, second)
    strike_term = c.right * np.where(call_side, second, first)
    decay = -0.5 * scale * c.value / root_years
    return {
        # spot_leg - strike_leg as 2 middle sinh(x/2): no cancellation near the money
        "price": scale * difference + np.where(outside, 0.0, 2.0 * middle * np.sinh(0.5 * np.abs(x))),
        "delta": spot_term / c.spot,
        "gamma": scale / (c.spot * c.spot * s),
        "theta": (decay + c.dividend_yield * spot_term - c.rate * strike_term) / DAYS_PER_YEAR,
        "vega": 0.01 * scale * root_years,
        "rho": 0.01 * c.years * strike_term,
    }


def finish_greeks(c: Columns, columns: dict[str, FloatArray], reason: ReasonArray) -> Greeks:
    """`Greeks` of the given columns: rows that left the range of a double get a reason, rows with a reason get NaN."""
    with np.errstate(all="ignore"):
        total = sum(columns.values(), start=np.zeros(reason.shape))
    broken = (reason == PriceReason.OK) & ~np.isfinite(total)
    if broken.any():
        reason = np.where(broken, np.uint8(PriceReason.OUT_OF_RANGE), reason)
    if reason.any():
        bad = reason != PriceReason.OK
        for values in columns.values():
            values[bad] = np.nan
    shaped = {name: values.reshape(c.shape) for name, values in columns.items()}
    return Greeks(reason=reason.reshape(c.shape), **shaped)
