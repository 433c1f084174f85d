"""What a smile and a term structure say in single figures: level, skew, convexity, contango."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from scipy.optimize import brentq
from scipy.special import ndtri

from thetatrace.volatility.smile import Smile, forward_volatility


@dataclass(frozen=True, slots=True)
class SmileMeasures:
    """Figures of one expiry, annual volatilities (0.01 = one point); NaN where undetermined or beyond the quotes.

    `at_the_money` at the forward; `slope` per unit of log-moneyness there; `risk_reversal` 25-delta call minus put;
    `butterfly` mean of the two minus the volatility at the forward.
    """

    years: float
    at_the_money: float
    slope: float
    risk_reversal: float
    butterfly: float


def strike_of_delta(smile: Smile, delta: float) -> float:
    """Strike whose forward delta under its own smile volatility is `delta` (calls above, puts below zero); NaN without.

    Forward delta: N(d1) for calls, N(d1) − 1 for puts.
    """
    call_delta = delta if delta > 0 else 1 + delta
    if not 0 < call_delta < 1:
        return math.nan
    target = float(ndtri(call_delta))

    def miss(k: float) -> float:
        deviation = math.sqrt(max(float(smile.total_variance(k)), 1e-16))
        return -k / deviation + deviation / 2 - target

    reach = 12 * math.sqrt(max(float(smile.total_variance(0.0)), 1e-8)) + abs(smile.m)
    if not miss(-reach) > 0 > miss(reach):
        return math.nan
    return smile.forward * math.exp(brentq(miss, -reach, reach, xtol=1e-12))


def _quoted(smile: Smile, strike: float) -> float:
    inside = math.isfinite(strike) and smile.lowest <= math.log(strike / smile.forward) <= smile.highest
    return float(smile.volatility(strike)) if inside else math.nan


def measure_smile(smile: Smile, delta: float = 0.25) -> SmileMeasures:
    """Return the figures of a smile; wings at ± `delta`. NaN where they would lie beyond its outermost quotes."""
    middle, call, put = (
        _quoted(smile, strike)
        for strike in (smile.forward, strike_of_delta(smile, delta), strike_of_delta(smile, -delta))
    )
    first, _ = smile.slopes(0.0)
    slope = float(first) / (2 * middle * smile.years) if middle > 0 else math.nan
    return SmileMeasures(smile.years, middle, slope, call - put, (call + put) / 2 - middle)


class TermShape(Enum):
    """Shapes of a term structure by the ratio of the second to the first volatility."""

    COMPLACENT = "complacent"  # above 1.10
    NORMAL = "normal"  # above 1.03
    TRANSITIONAL = "transitional"  # 0.97 to 1.03
    STRESSED = "stressed"  # from 0.90
    CRISIS = "crisis"  # below


_SHAPES = ((1.10, TermShape.COMPLACENT), (1.03, TermShape.NORMAL))


def term_shape(first: float, second: float) -> TermShape | None:
    """Return the shape that two volatilities of rising expiry have, None where one is not a number above zero."""
    if not (0 < first < math.inf and 0 < second < math.inf):
        return None
    ratio = second / first
    for floor, shape in _SHAPES:
        if ratio > floor:
            return shape
    if ratio >= 0.97:
        return TermShape.TRANSITIONAL
    return TermShape.STRESSED if ratio >= 0.90 else TermShape.CRISIS


def forward_curve(years: Sequence[float], volatilities: Sequence[float]) -> list[float]:
    """Annual volatilities between successive expiries, one fewer than given; NaN where the variance falls."""
    pairs = list(zip(years, volatilities, strict=True))
    return [forward_volatility(*near, *far) for near, far in pairwise(pairs)]
