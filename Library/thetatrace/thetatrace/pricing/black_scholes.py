"""European prices and Greeks: Black-Scholes-Merton with a continuous dividend yield.

Source: R. Merton, Bell J. Econ. 4 (1973); F. Black, J. Financial Econ. 3 (1976) is the case dividend_yield = rate.
Evaluated in the normalised form of `thetatrace.pricing.normalised`, so that deep wings keep their digits.
"""

from __future__ import annotations

import numpy as np

from thetatrace.pricing.inputs import DAYS_PER_YEAR, Columns
from thetatrace.pricing.normalised import density, legs, log_ratio
from thetatrace.pricing.results import FloatArray, Greeks, PriceReason, ReasonArray


def european_price(columns: Columns) -> FloatArray:
    """Prices, float64[n], currency, of checked columns whose `value` is the annual volatility."""
    with np.errstate(all="ignore"):
        x = log_ratio(columns.spot, columns.strike) + (columns.rate - columns.dividend_yield) * columns.years
        s = columns.value * np.sqrt(columns.years)
        h, t = -np.abs(x) / s, 0.5 * s
        spot_leg = columns.spot * np.exp(-columns.dividend_yield * columns.years)
        strike_leg = columns.strike * np.exp(-columns.rate * columns.years)
        _, _, difference = legs(h, t)
        middle = np.sqrt(spot_leg * strike_leg)
        # spot_leg - strike_leg as 2 middle sinh(x/2): no cancellation near the money
        intrinsic = np.where(x * columns.right > 0.0, 2.0 * middle * np.sinh(0.5 * np.abs(x)), 0.0)
        price: FloatArray = intrinsic + middle * density(h, t) * difference
    return np.where(np.isfinite(price), price, np.nan)


def european_greeks(columns: Columns, *, second_order: bool) -> Greeks:
    """Price and Greeks (units of `Greeks`) of checked columns whose `value` is the annual volatility.

    The legs of the option, spot e^{-qT} right Phi(right d1) and strike e^{-rT} right Phi(right d2), give them all
    (E. G. Haug, "Option Pricing Formulas", 2nd ed., chapter 2).
    """
    c = columns
    with np.errstate(all="ignore"):
        root_years = np.sqrt(c.years)
        carry = (c.rate - c.dividend_yield) * c.years
        x = log_ratio(c.spot, c.strike) + carry
        s = c.value * root_years
        h, t = -np.abs(x) / s, 0.5 * s
        spot_leg = c.spot * np.exp(-c.dividend_yield * c.years)
        strike_leg = c.strike * np.exp(-c.rate * c.years)
        y_plus, y_minus, difference = legs(h, t)
        # scale = spot e^{-qT} phi(d1) = strike e^{-rT} phi(d2)
        middle = np.sqrt(spot_leg * strike_leg)
        scale = middle * density(h, t)
        call_side = x <= 0.0
        add = np.where(x * c.right > 0.0, c.right, 0.0)
        spot_term = scale * np.where(call_side, y_plus, -y_minus) + add * spot_leg
        strike_term = scale * np.where(call_side, y_minus, -y_plus) + add * strike_leg
        # spot_leg - strike_leg as 2 middle sinh(x/2): no cancellation near the money
        price = scale * difference + add * (2.0 * middle * np.sinh(0.5 * x))
        delta = spot_term / c.spot
        decay = -0.5 * scale * c.value / root_years
        theta = (decay + c.dividend_yield * spot_term - c.rate * strike_term) / DAYS_PER_YEAR
        vega = 0.01 * scale * root_years
        out = {
            "price": price,
            "delta": delta,
            "gamma": scale / (c.spot * c.spot * s),
            "theta": theta,
            "vega": vega,
            "rho": 0.01 * c.years * strike_term,
        }
        if second_order:
            d1, d2 = x / s + t, x / s - t
            out["vanna"] = -0.01 * scale * d2 / (c.spot * c.value)
            out["volga"] = 0.01 * vega * d1 * d2 / c.value
            charm = c.dividend_yield * delta - scale / c.spot * (2.0 * carry - d2 * s) / (2.0 * c.years * s)
            out["charm"] = charm / DAYS_PER_YEAR
        return finish_greeks(c, out, c.reason)


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
