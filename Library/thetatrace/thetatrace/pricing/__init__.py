"""Option prices, Greeks and implied volatilities of whole chains in one vectorised call.

`right` is +1 for a call and -1 for a put; `years` is the time to expiry in years; `rate` and `dividend_yield` are
continuously compounded annual rates; scalars broadcast. Options on futures (Black-76) are the case
`dividend_yield = rate` with the futures price as `spot`; `dividends` are cash dividends on top of the yield. Bad rows
never raise: they are NaN with a `PriceReason`.
Call `prepare` once while the algorithm initialises: from then on compiled kernels price, with the same results.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from thetatrace.pricing.american import american_greeks, american_price
from thetatrace.pricing.american_implied import american_implied_volatility
from thetatrace.pricing.black_scholes import european_greeks, european_price
from thetatrace.pricing.dividends import Dividends, dividend_greeks, dividend_implied_volatility
from thetatrace.pricing.engine import Prepared, prepare
from thetatrace.pricing.implied_volatility import european_implied_volatility
from thetatrace.pricing.inputs import check_style, read_columns, with_value
from thetatrace.pricing.results import (
    FloatArray,
    Greeks,
    ImpliedGreeks,
    ImpliedVolatility,
    PriceReason,
)
from thetatrace.pricing.scalar import (
    ScalarGreeks,
    ScalarVolatility,
    greeks_of_one,
    implied_volatility_of_one,
)

__all__ = [
    "Dividends",
    "Greeks",
    "ImpliedGreeks",
    "ImpliedVolatility",
    "Prepared",
    "PriceReason",
    "ScalarGreeks",
    "ScalarVolatility",
    "greeks",
    "greeks_of_one",
    "implied_greeks",
    "implied_volatility",
    "implied_volatility_of_one",
    "prepare",
    "price",
]


def price(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    volatility: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    right: ArrayLike,
    *,
    style: str = "european",
    dividends: Dividends | None = None,
) -> FloatArray:
    """Option prices in currency, float64 of the broadcast shape; NaN where an input is bad (`greeks` names why).

    Raises ValueError for an unknown `style` or shapes that do not broadcast.
    """
    american = check_style(style)
    columns = read_columns(volatility, spot, strike, years, rate, dividend_yield, right)
    if dividends is not None:
        return dividend_greeks(columns, dividends, american=american, second_order=False).price
    return columns.shaped(american_price(columns) if american else european_price(columns))


def greeks(
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    volatility: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    right: ArrayLike,
    *,
    style: str = "european",
    second_order: bool = False,
    dividends: Dividends | None = None,
) -> Greeks:
    """Prices and Greeks in the units of `Greeks`; bad rows are NaN with a reason.

    `second_order` adds vanna, volga and charm.
    Raises ValueError for an unknown `style` or shapes that do not broadcast.
    """
    american = check_style(style)
    columns = read_columns(volatility, spot, strike, years, rate, dividend_yield, right)
    if dividends is not None:
        return dividend_greeks(columns, dividends, american=american, second_order=second_order)
    if american:
        return american_greeks(columns, second_order=second_order)
    return european_greeks(columns, second_order=second_order)


def implied_volatility(
    price: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    right: ArrayLike,
    *,
    style: str = "european",
    dividends: Dividends | None = None,
) -> ImpliedVolatility:
    """Annual volatilities that give `price`; NaN with a reason where none does or the price does not determine it.

    Raises ValueError for an unknown `style` or shapes that do not broadcast.
    """
    american = check_style(style)
    columns = read_columns(price, spot, strike, years, rate, dividend_yield, right)
    if dividends is not None:
        return dividend_implied_volatility(columns, dividends, american=american)
    return american_implied_volatility(columns) if american else european_implied_volatility(columns)


def implied_greeks(
    price: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    right: ArrayLike,
    *,
    style: str = "european",
    second_order: bool = False,
    dividends: Dividends | None = None,
) -> ImpliedGreeks:
    """Implied volatilities of `price` and the Greeks at them in one call: what a chain needs on every bar.

    The same numbers as `implied_volatility` followed by `greeks`, without checking the inputs twice.
    Raises ValueError for an unknown `style` or shapes that do not broadcast.
    """
    american = check_style(style)
    columns = read_columns(price, spot, strike, years, rate, dividend_yield, right)
    if dividends is not None:
        found = dividend_implied_volatility(columns, dividends, american=american)
    else:
        found = american_implied_volatility(columns) if american else european_implied_volatility(columns)
    priced = with_value(columns, found.volatility.reshape(-1), found.reason.reshape(-1))
    if dividends is not None:
        at = dividend_greeks(priced, dividends, american=american, second_order=second_order)
    else:
        at = (american_greeks if american else european_greeks)(priced, second_order=second_order)
    volatility = found.volatility
    if at.reason is not priced.reason:
        volatility = np.where(at.reason == PriceReason.OK, volatility, np.nan)
    names = ("price", "delta", "gamma", "theta", "vega", "rho", "reason", "vanna", "volga", "charm")
    return ImpliedGreeks(volatility, **{name: getattr(at, name) for name in names})
