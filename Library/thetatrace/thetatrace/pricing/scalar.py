"""One contract at a time, on Python floats: no array overhead (below about a dozen contracts this is faster).

Same formulas, units and reasons as the vectorised functions; `math.erfc` replaces the scaled complementary error
function, so European prices below about 1e-9 of the strike lose digits that the vectorised path keeps. American
contracts: `american_one`. Second-order Greeks and cash dividends go through the vectorised functions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from thetatrace.pricing.american import american_greeks
from thetatrace.pricing.american_implied import american_implied_volatility
from thetatrace.pricing.american_one import Contract, american_of_one, implied_of_one
from thetatrace.pricing.inputs import DAYS_PER_YEAR, check_style
from thetatrace.pricing.results import PriceReason

ROOT_TWO = math.sqrt(2.0)
ROOT_TWO_PI = math.sqrt(2.0 * math.pi)
EPSILON = 2.220446049250313e-16
LARGEST_RELATIVE_NOISE = 1e-4
MAX_STEPS = 60
TOLERANCE = 1e-13


@dataclass(frozen=True, slots=True)
class ScalarGreeks:
    """Price and Greeks of one contract as floats, units of `results.Greeks`; NaN where `reason` is not OK."""

    price: float
    delta: float
    gamma: float
    theta: float
    vega: float
    rho: float
    reason: PriceReason


@dataclass(frozen=True, slots=True)
class ScalarVolatility:
    """Annual implied volatility of one contract; NaN where `reason` is not OK."""

    volatility: float
    reason: PriceReason


def find_reason(
    value: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    dividend_yield: float,
    right: int,
) -> PriceReason:
    """Why one row of inputs is bad, or OK; the same order as `inputs.find_reasons`."""
    # Each by itself: a sum of finite numbers may be infinite, and numpy's numbers warn of that.
    if not all(map(math.isfinite, (value, spot, strike, years, rate, dividend_yield, right))):
        return PriceReason.NOT_FINITE
    if right not in (1, -1):
        return PriceReason.BAD_RIGHT
    if not (value > 0.0 and spot > 0.0 and strike > 0.0):
        return PriceReason.NON_POSITIVE_INPUT
    return PriceReason.OK if years > 0.0 else PriceReason.EXPIRED


def greeks_of_one(
    spot: float,
    strike: float,
    years: float,
    volatility: float,
    rate: float,
    dividend_yield: float,
    right: int,
    *,
    style: str = "european",
) -> ScalarGreeks:
    """Price and Greeks of one contract (see `black_scholes.european_greeks` and `american.american_greeks`).

    Raises ValueError for an unknown `style`.
    """
    american = check_style(style)
    reason = find_reason(volatility, spot, strike, years, rate, dividend_yield, right)
    if reason is not PriceReason.OK:
        return no_greeks(reason)
    # Python floats: numpy scalars would be slower and would warn.
    terms = (float(spot), float(strike), float(years), float(volatility), float(rate), float(dividend_yield))
    try:
        found = (american_greeks_of_one if american else good_greeks)(*terms, int(right))
    except (ArithmeticError, ValueError):
        return no_greeks(PriceReason.OUT_OF_RANGE)
    total = found.price + found.delta + found.gamma + found.theta + found.vega + found.rho
    known = math.isfinite(total) or found.reason is not PriceReason.OK
    return found if known else no_greeks(PriceReason.OUT_OF_RANGE)


def log_ratio_of_one(spot: float, strike: float) -> float:
    """ln(spot/strike) with the digits that the quotient drops near 1 (see `normalised.log_ratio`)."""
    near = 0.5 * strike < spot < 2.0 * strike
    return math.log1p((spot - strike) / strike) if near else math.log(spot / strike)


def no_greeks(reason: PriceReason) -> ScalarGreeks:
    """What a contract without numbers gets."""
    nan = math.nan
    return ScalarGreeks(nan, nan, nan, nan, nan, nan, reason)


def good_greeks(
    spot: float,
    strike: float,
    years: float,
    volatility: float,
    rate: float,
    dividend_yield: float,
    right: int,
) -> ScalarGreeks:
    """`greeks_of_one` of good inputs; ArithmeticError or ValueError where they leave the range of a double."""
    root_years = math.sqrt(years)
    s = volatility * root_years
    d1 = (log_ratio_of_one(spot, strike) + (rate - dividend_yield) * years) / s + 0.5 * s
    d2 = d1 - s
    spot_leg = spot * math.exp(-dividend_yield * years)
    strike_leg = strike * math.exp(-rate * years)
    spot_term = right * spot_leg * 0.5 * math.erfc(-right * d1 / ROOT_TWO)
    strike_term = right * strike_leg * 0.5 * math.erfc(-right * d2 / ROOT_TWO)
    scale = spot_leg * math.exp(-0.5 * d1 * d1) / ROOT_TWO_PI
    decay = -0.5 * scale * volatility / root_years
    return ScalarGreeks(
        price=max(spot_term - strike_term, 0.0),
        delta=spot_term / spot,
        gamma=scale / (spot * spot * s),
        theta=(decay + dividend_yield * spot_term - rate * strike_term) / DAYS_PER_YEAR,
        vega=0.01 * scale * root_years,
        rho=0.01 * years * strike_term,
        reason=PriceReason.OK,
    )


def american_greeks_of_one(
    spot: float,
    strike: float,
    years: float,
    volatility: float,
    rate: float,
    dividend_yield: float,
    right: int,
) -> ScalarGreeks:
    """American `good_greeks`; what leaves the range of a double on the way is left to the batch."""
    k = Contract(spot, strike, years, rate, dividend_yield, right)
    if k.unsupported():
        return no_greeks(PriceReason.UNSUPPORTED_RATES)
    if not k.early():
        plain = good_greeks(spot, strike, years, volatility, rate, dividend_yield, right)
        return replace(plain, price=max(plain.price, right * (spot - strike)))
    try:
        found = ScalarGreeks(*american_of_one(k, volatility), PriceReason.OK)
    except (ArithmeticError, ValueError):
        batch = american_greeks(k.columns(volatility), second_order=False)
        columns = (batch.price, batch.delta, batch.gamma, batch.theta, batch.vega, batch.rho)
        price, delta, gamma, theta, vega, rho = (float(column[0]) for column in columns)
        return ScalarGreeks(price, delta, gamma, theta, vega, rho, PriceReason(int(batch.reason[0])))
    return found


def implied_volatility_of_one(
    price: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    dividend_yield: float,
    right: int,
    *,
    style: str = "european",
) -> ScalarVolatility:
    """Implied volatility of one contract: Newton steps on the out-of-the-money value, kept in a bracket.

    European ones start at the inflexion point sqrt(2|ln(F/K)|), from where Newton steps on ln(value) below it, and on
    the value above it, converge monotonically (S. Manaster, G. Koehler, J. Finance 37(1), 1982); American ones at the
    European volatility (`american_one.search`). Raises ValueError for an unknown `style`.
    """
    american = check_style(style)
    reason = find_reason(price, spot, strike, years, rate, dividend_yield, right)
    if reason is not PriceReason.OK:
        return ScalarVolatility(math.nan, reason)
    try:
        return (american_volatility_of_one if american else good_volatility)(
            float(price), float(spot), float(strike), float(years), float(rate), float(dividend_yield), int(right)
        )
    except (ArithmeticError, ValueError):
        return ScalarVolatility(math.nan, PriceReason.OUT_OF_RANGE)


def good_volatility(
    price: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    dividend_yield: float,
    right: int,
) -> ScalarVolatility:
    """`implied_volatility_of_one` of good inputs; ArithmeticError or ValueError beyond the range of a double."""
    x = log_ratio_of_one(spot, strike) + (rate - dividend_yield) * years
    spot_leg = spot * math.exp(-dividend_yield * years)
    strike_leg = strike * math.exp(-rate * years)
    scale = math.sqrt(spot_leg * strike_leg)
    time_value = price - (2.0 * scale * math.sinh(0.5 * abs(x)) if x * right > 0.0 else 0.0)
    noise = EPSILON * price * (4.0 + abs(x))
    if price >= (spot_leg if right > 0 else strike_leg):
        return ScalarVolatility(math.nan, PriceReason.ABOVE_BOUND)
    if time_value <= noise:
        below = time_value < -noise
        return ScalarVolatility(math.nan, PriceReason.BELOW_INTRINSIC if below else PriceReason.UNDETERMINED)
    s, slope = solve_one(abs(x), time_value / scale)
    if not noise < LARGEST_RELATIVE_NOISE * scale * slope * s:
        return ScalarVolatility(math.nan, PriceReason.UNDETERMINED)
    volatility = s / math.sqrt(years)
    known = math.isfinite(volatility) and volatility > 0.0
    return ScalarVolatility(volatility if known else math.nan, PriceReason.OK if known else PriceReason.OUT_OF_RANGE)


def american_volatility_of_one(
    price: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    dividend_yield: float,
    right: int,
) -> ScalarVolatility:
    """American `good_volatility`; what leaves the range of a double on the way is left to the batch."""
    k = Contract(spot, strike, years, rate, dividend_yield, right)
    if k.unsupported():
        return ScalarVolatility(math.nan, PriceReason.UNSUPPORTED_RATES)
    if not k.early():
        return good_volatility(price, spot, strike, years, rate, dividend_yield, right)
    try:
        return ScalarVolatility(*implied_of_one(k, price))
    except (ArithmeticError, ValueError):
        batch = american_implied_volatility(k.columns(price))
        return ScalarVolatility(float(batch.volatility[0]), PriceReason(int(batch.reason[0])))


def solve_one(ax: float, target: float) -> tuple[float, float]:
    """(s, db/ds at s) with b(s) = target, ax = |ln(F/K)|; see `implied_volatility.solve_total_volatility`."""
    low_factor, high_factor = math.exp(-0.5 * ax), math.exp(0.5 * ax)
    low, high, s, slope = 0.0, 80.0, math.sqrt(2.0 * ax) or ROOT_TWO_PI * target, 0.0
    for _ in range(MAX_STEPS):
        d1 = -ax / s + 0.5 * s
        b = 0.5 * (low_factor * math.erfc(-d1 / ROOT_TWO) - high_factor * math.erfc((s - d1) / ROOT_TWO))
        slope = low_factor * math.exp(-0.5 * d1 * d1) / ROOT_TWO_PI
        if b > target:
            high = s
        else:
            low = s
        if b <= 0.0 or slope <= 0.0:
            trial = 0.5 * (low + high)
        elif b > target:
            trial = s - math.log(b / target) * b / slope
        else:
            trial = s + (target - b) / slope
        if not low < trial < high:
            if abs(trial - s) <= TOLERANCE * s:
                break
            trial = 0.5 * (low + high)
        moved = abs(trial - s)
        s = trial
        if moved <= TOLERANCE * s:
            break
    return s, slope
