"""Option prices, implied volatility and Greeks exactly as LEAN's default price model computes them (semantics §4.7).

Doubles throughout; volatility and Greeks are rounded to 7 decimals as in LEAN. `right` is +1 call, -1 put.
Sources: LEAN `Indicators/OptionGreekIndicatorsHelper.cs`, `ImpliedVolatility.cs`, `Delta.cs` … `Rho.cs`.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Model = Literal["black_scholes", "forward_tree", "binomial"]
STEPS = 200
_LOW, _HIGH = 1e-7, 4.0
_ITERATIONS = 100
_EPSILON = 2.0**-52


@dataclass(frozen=True, slots=True)
class Terms:
    """One contract at one instant: spot, strike, years to settlement, rate, dividend yield, right."""

    spot: float
    strike: float
    years: float
    rate: float
    dividend: float
    right: int


@dataclass(frozen=True, slots=True)
class GreekValues:
    """Greeks: theta per day, vega per 0.01, rho per 0.01."""

    delta: float
    gamma: float
    vega: float
    theta_per_day: float
    rho: float


def significant(value: float, digits: int = 15) -> float:
    """Rounded to significant digits, as .NET's conversion of a double to a decimal does."""
    if value == 0 or not math.isfinite(value):
        return value
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def _cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def _pdf(x: float) -> float:
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def _d1(t: Terms, volatility: float) -> float:
    years = max(t.years, 0.0)
    below = volatility * math.sqrt(years)
    if below == 0:
        return 10.0
    return (math.log(t.spot / t.strike) + (t.rate - t.dividend + volatility * volatility / 2) * years) / below


def black_scholes(t: Terms, volatility: float) -> float:
    """Black–Scholes price."""
    d1 = _d1(t, volatility)
    d2 = d1 - volatility * math.sqrt(max(t.years, 0.0))
    stock, bond = t.spot * math.exp(-t.dividend * t.years), t.strike * math.exp(-t.rate * t.years)
    return t.right * (stock * _cdf(t.right * d1) - bond * _cdf(t.right * d2))


def tree(t: Terms, volatility: float, *, forward: bool) -> float:
    """200-step tree, forward or Cox–Ross–Rubinstein. Calls may be exercised early, puts not (LEAN's choice)."""
    return trees([(t, volatility)], forward=forward)[0]


def trees(cases: Sequence[tuple[Terms, float]], *, forward: bool) -> list[float]:
    """Tree prices of several (terms, volatility) of one right, rolled back together."""
    up, chance, discount = (
        np.array(v)[:, None] for v in zip(*(_tree_steps(t, v, forward) for t, v in cases), strict=True)
    )
    spot, strike = (np.array([getattr(t, n) for t, _ in cases])[:, None] for n in ("spot", "strike"))
    call = cases[0][0].right > 0
    payoff = np.maximum((1 if call else -1) * (spot * up ** np.arange(-STEPS, STEPS + 1.0) - strike), 0.0)
    down_weight, up_weight = discount * (1 - chance), discount * chance
    values = payoff[:, ::2]
    for period in range(STEPS - 1, -1, -1):
        values = values[:, :-1] * down_weight + values[:, 1:] * up_weight
        if call:
            np.maximum(values, payoff[:, STEPS - period : STEPS + period + 1 : 2], out=values)
    return [float(v) for v in values[:, 0]]


def _tree_steps(t: Terms, volatility: float, forward: bool) -> tuple[float, float, float]:
    """Up factor, its probability and the discount factor of one step."""
    dt = t.years / STEPS
    growth = math.exp((t.rate - t.dividend) * dt)
    reach = volatility * math.sqrt(dt)
    move = math.exp(reach)
    if forward:
        up, down = move * growth, math.exp(-reach) * growth
        if up == down:
            up, down = 1.0001, 0.9999
    else:
        up = 1.0001 if move == 1 else move
        down = 1 / up
    return up, (growth - down) / (up - down), math.exp(-t.rate * dt)


def price(t: Terms, volatility: float, model: Model) -> float:
    """Theoretical price of a model."""
    if model == "black_scholes":
        return black_scholes(t, volatility)
    return tree(t, volatility, forward=model == "forward_tree")


def brent(f: Callable[[float], float], low: float, high: float, accuracy: float) -> float | None:
    """LEAN's root finder (MathNet's Brent): its path matters because the tolerance is coarse. None without a root."""
    f_low, f_x = f(low), f(high)
    if not (f_low < 0 < f_x or f_x < 0 < f_low):
        return low if f_low == 0 else high if f_x == 0 else None
    x, previous, f_previous, opposite, f_opposite = high, low, f_low, high, f_x
    step = before = 0.0
    middle = math.nan
    for _ in range(_ITERATIONS + 1):
        if (f_x > 0) == (f_opposite > 0):
            opposite, f_opposite = previous, f_previous
            step = before = x - previous
        if abs(f_opposite) < abs(f_x):
            previous, x, opposite = x, opposite, x
            f_previous, f_x, f_opposite = f_x, f_opposite, f_x
        tolerance = _EPSILON * abs(x) + 0.5 * accuracy
        old_middle, middle = middle, (opposite - x) / 2
        if abs(middle) <= tolerance or abs(f_x) < accuracy:
            return x
        if middle == old_middle:
            return None
        step, before = _brent_step(x, f_x, previous, f_previous, opposite, f_opposite, middle, tolerance, step, before)
        previous, f_previous = x, f_x
        x += step if abs(step) > tolerance else math.copysign(tolerance, middle)
        f_x = f(x)
    return None


def _brent_step(
    x: float,
    f_x: float,
    previous: float,
    f_previous: float,
    opposite: float,
    f_opposite: float,
    middle: float,
    tolerance: float,
    step: float,
    before: float,
) -> tuple[float, float]:
    """The next step and the one before it: interpolation when it is good enough, else bisection."""
    if abs(before) < tolerance or abs(f_previous) <= abs(f_x):
        return middle, middle
    s = f_x / f_previous
    if previous == opposite:
        p, q = 2 * middle * s, 1 - s
    else:
        q0, r = f_previous / f_opposite, f_x / f_opposite
        p = s * (2 * middle * q0 * (q0 - r) - (x - previous) * (r - 1))
        q = (q0 - 1) * (r - 1) * (s - 1)
    if p > 0:
        q = -q
    p = abs(p)
    if 2 * p < min(3 * middle * q - abs(tolerance * q), abs(before * q)):
        return p / q, step
    return middle, middle


def implied_volatility(t: Terms, market_price: float, model: Model) -> float | None:
    """Implied volatility rounded as LEAN does, None when there is none."""
    if t.years <= 0:
        return None
    accuracy = max(1e-4, 1e-4 * market_price)
    low, high = _LOW, _HIGH
    if model != "black_scholes":
        guess = implied_volatility(t, market_price, "black_scholes")
        if guess:
            low, high = max(_LOW, 0.5 * guess), min(_HIGH, 1.5 * guess)
    found = brent(lambda v: price(t, v, model) - market_price, low, high, accuracy)
    return None if found is None else round(significant(found), 7)


def greeks(t: Terms, volatility: float, model: Model) -> GreekValues:
    """Greeks at that volatility, each rounded to 7 decimals."""
    values = _analytic(t, volatility) if model == "black_scholes" else _numeric(t, volatility, model)
    return GreekValues(*(round(significant(v), 7) if math.isfinite(v) else 0.0 for v in values))


def _analytic(t: Terms, volatility: float) -> tuple[float, ...]:
    d1 = _d1(t, volatility)
    root = math.sqrt(t.years)
    d2 = d1 - volatility * root
    paid, discount = math.exp(-t.dividend * t.years), math.exp(-t.rate * t.years)
    floor = max(volatility, 0.01)
    delta = t.right * _cdf(t.right * d1) * paid
    gamma = _pdf(d1) / t.spot / floor / root if root else 0.0  # LEAN gives up on an infinite one
    vega = t.spot * root * _pdf(d1) * paid / 100
    decay = -t.spot * floor * _pdf(d1) * paid / (2 * root) if root else math.nan
    carry = t.dividend * t.spot * paid * t.right * _cdf(t.right * d1)
    interest = -t.right * t.rate * t.strike * discount * _cdf(t.right * d2)
    rho = t.right * t.strike * t.years * discount * _cdf(t.right * d2) / 100
    return delta, gamma, vega, (decay + carry + interest) / 365, rho


def _numeric(t: Terms, volatility: float, model: Model) -> tuple[float, ...]:
    """Finite differences on the tree, with LEAN's step sizes; all its prices in one roll-back."""
    forward = model == "forward_tree"
    dt = t.years / STEPS
    reach = volatility * math.sqrt(dt)
    move = math.exp(reach)
    growth = math.exp((t.rate - t.dividend) * t.years / STEPS) if forward else 1.0
    up = move * growth
    if up == 1:
        up = 1.00001
    down = math.exp(-reach) * growth if forward else 1 / up
    if down == 1:
        down = 0.99999
    wide = 1.0001 if move == 1 else move
    high, low = t.spot * wide * wide, t.spot / wide / wide
    cases = [replace(t, spot=s) for s in (t.spot, t.spot * up, t.spot * down, high, low)]
    cases += [replace(t, years=t.years - 2 * dt), replace(t, rate=t.rate + 0.0001)]
    now, above, below, upper, lower, later, dearer, wilder = trees(
        [*((c, volatility) for c in cases), (t, volatility + 0.01)], forward=forward
    )
    span = t.spot * up - t.spot * down
    delta = (above - below) / span if span else 0.0
    slopes = (upper - now) / (high - t.spot), (now - lower) / (t.spot - low)
    gamma = (slopes[0] - slopes[1]) * 2 / (high - low)
    theta = (later - now) * 0.5 / dt / 365 if dt else 0.0
    return delta, gamma, (wilder - now) / 0.01 / 100, theta, (dearer - now) / 0.0001 / 100
