"""Pricing engines of LEAN's QuantLib price models: analytic, approximations and integral.

An engine takes the contract's terms, a volatility and its style and gives the value and what sensitivities it has; what
it has not is None. ValueError: the engine does not fit the contract. Formulas: QuantLib/QLNet 1.13
(`AnalyticEuropeanEngine`, `BaroneAdesiWhaleyEngine`, `BjerksundStenslandEngine`, `IntegralEngine`).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lean_local.securities.black_calculator import BlackCalculator, Sensitivities, normal_cdf, normal_density
from lean_local.securities.option_math import Terms


@dataclass(frozen=True, slots=True)
class Deal:
    """A contract to be priced: its terms, style and the years to the first day it may be exercised on."""

    terms: Terms
    american: bool
    earliest_years: float = 0.0


Engine = Callable[[Deal, float], Sensitivities]


def discounts(t: Terms) -> tuple[float, float]:
    """Discount factors of dividend yield and rate up to expiry."""
    return math.exp(-t.dividend * t.years), math.exp(-t.rate * t.years)


def black_of(t: Terms, volatility: float) -> BlackCalculator:
    """Black's formula of the terms."""
    paid, discount = discounts(t)
    return BlackCalculator(t.right, t.strike, t.spot * paid / discount, volatility * math.sqrt(t.years), discount)


def analytic_european(deal: Deal, volatility: float) -> Sensitivities:
    """Black–Scholes–Merton."""
    if deal.american:
        raise ValueError("not an European option")
    return black_of(deal.terms, volatility).everything(deal.terms.spot, deal.terms.years)


def integral(deal: Deal, volatility: float) -> Sensitivities:
    """The payoff integrated over the lognormal density: 5000 trapezoids over ten deviations."""
    if deal.american:
        raise ValueError("not an European option")
    t = deal.terms
    paid, discount = discounts(t)
    variance = volatility * volatility * t.years
    drift, reach = math.log(paid / discount) - 0.5 * variance, 10 * math.sqrt(variance)
    x = np.linspace(drift - reach, drift + reach, 5001)
    worth = np.maximum(t.right * (t.spot * np.exp(x) - t.strike), 0.0) * np.exp(-((x - drift) ** 2) / (2 * variance))
    area = (worth.sum() - 0.5 * (worth[0] + worth[-1])) * (x[1] - x[0])
    return Sensitivities(float(discount / math.sqrt(2 * math.pi * variance) * area))


def _needs_american(deal: Deal) -> None:
    if not deal.american:
        raise ValueError("not an American Option")


def barone_adesi_whaley(deal: Deal, volatility: float) -> Sensitivities:
    """Barone-Adesi and Whaley, Journal of Finance 42 (1987), with the QuantLib iteration for the critical price."""
    _needs_american(deal)
    t = deal.terms
    paid, discount = discounts(t)
    black = black_of(t, volatility)
    if paid >= 1.0 and t.right > 0:
        return black.everything(t.spot, t.years)
    variance = volatility * volatility * t.years
    edge = _critical_price(t, variance)
    d1 = (math.log(edge * paid / discount / t.strike) + 0.5 * variance) / math.sqrt(variance)
    root = _quadratic_root(t, variance, _curvature(discount, variance))
    if t.right * (edge - t.spot) <= 0:
        return Sensitivities(t.right * (t.spot - t.strike))
    gain = t.right * edge / root * (1 - paid * normal_cdf(t.right * d1))
    return Sensitivities(black.value + gain * (t.spot / edge) ** root)


def _curvature(discount: float, variance: float) -> float:
    if abs(1 - discount) > 1000 * 2.0**-52:
        return -2.0 * math.log(discount) / (variance * (1 - discount))
    return 2.0 / variance


def _quadratic_root(t: Terms, variance: float, k: float) -> float:
    n = 2.0 * (t.rate - t.dividend) * t.years / variance
    return (-(n - 1) + t.right * math.sqrt((n - 1) ** 2 + 4 * k)) / 2


def _critical_price(t: Terms, variance: float, tolerance: float = 1e-6) -> float:
    """Spot from which immediate exercise is best: Newton's method from the seed of the paper."""
    paid, discount = discounts(t)
    sign, deviation = t.right, math.sqrt(variance)
    carry = math.log(paid / discount)
    far = t.strike / (1 - 1 / _quadratic_root(t, variance, -2.0 * math.log(discount) / variance))
    pull = (-carry - 2 * deviation if sign > 0 else carry - 2 * deviation) * t.strike / (sign * (far - t.strike))
    edge = t.strike + (far - t.strike) * (1 - math.exp(pull)) if sign > 0 else far + (t.strike - far) * math.exp(pull)
    root = _quadratic_root(t, variance, _curvature(discount, variance))
    while True:
        forward = edge * paid / discount
        d1 = (math.log(forward / t.strike) + 0.5 * variance) / deviation
        worth = BlackCalculator(sign, t.strike, forward, deviation, discount).value
        share = paid * normal_cdf(sign * d1)
        target = worth + sign * (1 - share) * edge / root
        exercised = sign * (edge - t.strike)
        if abs(exercised - target) / t.strike <= tolerance:
            return edge
        density = paid * normal_density(d1) / deviation
        slope = sign * share * (1 - 1 / root) + sign * (1 - sign * density) / root
        edge = (t.strike + sign * (target - slope * edge)) / (1 - sign * slope)


def bjerksund_stensland(deal: Deal, volatility: float) -> Sensitivities:
    """Bjerksund and Stensland (1993); a put is the call with spot and strike, and rate and yield, exchanged."""
    _needs_american(deal)
    t = deal.terms
    paid, discount = discounts(t)
    spot, strike, variance = t.spot, t.strike, volatility * volatility * t.years
    if t.right < 0:
        spot, strike, paid, discount = strike, spot, discount, paid
    if paid >= 1.0:
        forward = spot * paid / discount
        return BlackCalculator(1, strike, forward, math.sqrt(variance), discount).everything(spot, t.years)
    return Sensitivities(_flat_boundary_call(spot, strike, math.log(paid / discount), -math.log(discount), variance))


def _flat_boundary_call(spot: float, strike: float, carry: float, rate: float, variance: float) -> float:
    """American call exercised at the flat boundary of the paper. ValueError where the approximation does not apply."""
    beta = 0.5 - carry / variance + math.sqrt((carry / variance - 0.5) ** 2 + 2 * rate / variance)
    if beta == 1:
        raise ValueError("Bjerksund-Stensland approximation not applicable to this set of parameters")
    far, near = beta / (beta - 1) * strike, max(strike, rate / (rate - carry) * strike)
    boundary = near + (far - near) * (1 - math.exp(-(carry + 2 * math.sqrt(variance)) * near / (far - near)))
    if boundary < strike:
        raise ValueError("Bjerksund-Stensland approximation not applicable to this set of parameters")
    if spot >= boundary:
        return spot - strike

    def phi(power: float, level: float) -> float:
        growth = -rate + power * carry + 0.5 * power * (power - 1) * variance
        d = -(math.log(spot / level) + carry + (power - 0.5) * variance) / math.sqrt(variance)
        kappa = 2 * carry / variance + 2 * power - 1
        away = normal_cdf(d - 2 * math.log(boundary / spot) / math.sqrt(variance))
        return math.exp(growth) * (normal_cdf(d) - math.pow(boundary / spot, kappa) * away)

    return (
        (boundary - strike) * math.pow(spot / boundary, beta) * (1 - phi(beta, boundary))
        + spot * (phi(1, boundary) - phi(1, strike))
        - strike * (phi(0, boundary) - phi(0, strike))
    )
