"""The Black formula in normalised coordinates, without cancellation.

With forward F, strike K, total volatility s = sigma sqrt(T), x = ln(F/K), h = -|x|/s <= 0 and t = s/2, the
out-of-the-money option is worth (undiscounted, divided by sqrt(F K))

    b(h, t) = phi0 (Y(h + t) - Y(h - t)),   phi0 = exp(-(h^2 + t^2)/2)/sqrt(2 pi),   Y(z) = Phi(z)/phi(z)

(P. Jaeckel, "Let's Be Rational", Wilmott 2015, section 3). For small t the difference is summed as a Taylor series,
whose terms follow from Y' = 1 + z Y, so no digits are lost to subtraction. The two halves phi0 Y(h + t) and
phi0 Y(h - t) are the strike and spot legs of the option, from which all first-order Greeks follow.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from thetatrace.pricing.results import FloatArray
from thetatrace.pricing.scales import INVERSE_ROOT_TWO_PI, SMALL_T
from thetatrace.pricing.special import erfcx

FAR_H = 12.5
"""Beyond this |h| the asymptotic series of 1 + hY(h) is used (20 terms: below 1e-16)."""
INVERSE_ROOT_TWO = 0.7071067811865476
ROOT_HALF_PI = 1.2533141373155003
LARGEST_Z = 36.0
"""Above this z, Phi(z) is 1 to a double, and Y(z) stays below overflow."""


def log_ratio(spot: FloatArray, strike: FloatArray) -> FloatArray:
    """ln(spot/strike), float64[n], to a relative 1e-15 also where the two are nearly equal.

    The rounding of the quotient is undone with Dekker's exact product (T. J. Dekker, Numer. Math. 18, 1971).
    """
    ratio = spot / strike
    product = ratio * strike
    shifted = ratio * 134217729.0
    ratio_high = shifted - (shifted - ratio)
    ratio_low = ratio - ratio_high
    shifted = strike * 134217729.0
    strike_high = shifted - (shifted - strike)
    strike_low = strike - strike_high
    error = ((ratio_high * strike_high - product) + ratio_high * strike_low + ratio_low * strike_high) + (
        ratio_low * strike_low
    )
    result: FloatArray = np.log(ratio) + ((spot - product) - error) / spot
    return result


def mills_complement(h: FloatArray, ratio: FloatArray) -> FloatArray:
    """a = 1 + h Y(h) for h <= 0 given Y(h); the asymptotic series takes over where the sum would cancel."""
    result: FloatArray = 1.0 + h * ratio
    far = h < -FAR_H
    if far.any():
        inverse = 1.0 / np.square(h[far])
        total = np.zeros_like(inverse)
        for k in range(39, 0, -2):
            total = k * inverse * (1.0 - total)
        result[far] = total
    return result


def terms_needed(largest_t: float) -> int:
    """How many terms beyond the first leave less than 1e-17 of the series for all t up to `largest_t`."""
    return 2 if largest_t < 0.004 else 3 if largest_t < 0.02 else 4 if largest_t < 0.04 else 5 if largest_t < 0.1 else 7


def odd_series(h2: FloatArray, t2: FloatArray, y1: FloatArray, count: int) -> FloatArray:
    """Sum of Y^(2j+1)(h) t^(2j)/(2j+1)!, j = 0..count: (Y(h+t) - Y(h-t))/(2t).

    The terms obey W[j+1] = ((4j+3+h^2) t^2 W[j] - t^4 W[j-1])/((2j+2)(2j+3)), which is Y^(n+1) = n Y^(n-1) + h Y^(n)
    taken twice.
    """
    h2t2, t4 = h2 * t2, t2 * t2
    before, term = y1, ((3.0 + h2) * y1 - 1.0) * (t2 * (1.0 / 6.0))
    total = y1 + term
    for j in range(1, count):
        following = h2t2 + (4.0 * j + 3.0) * t2
        following *= term
        following -= t4 * before
        following *= 1.0 / ((2 * j + 2) * (2 * j + 3))
        before, term = term, following
        total += term
    return total


def even_series(h2: FloatArray, t2: FloatArray, y0: FloatArray, y2: FloatArray, count: int) -> FloatArray:
    """Sum of Y^(2j)(h) t^(2j)/(2j)!, j = 0..count: the mean of Y(h+t) and Y(h-t); recurrence as in `odd_series`."""
    h2t2, t4 = h2 * t2, t2 * t2
    before, term = y0, y2 * (0.5 * t2)
    total = y0 + term
    for j in range(1, count):
        following = h2t2 + (4.0 * j + 1.0) * t2
        following *= term
        following -= t4 * before
        following *= 1.0 / ((2 * j + 1) * (2 * j + 2))
        before, term = term, following
        total += term
    return total


def series(h: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(Y(h+t), Y(h-t), difference) by Taylor series in t about h; for t < SMALL_T, h <= 0."""
    y0 = ROOT_HALF_PI * erfcx(h * -INVERSE_ROOT_TWO)
    y1 = mills_complement(h, y0)
    h2, t2 = h * h, t * t
    count = terms_needed(float(t.max(initial=0.0)))
    half = t * odd_series(h2, t2, y1, count)
    middle = even_series(h2, t2, y0, y0 + h * y1, count)
    return middle + half, middle - half, 2.0 * half


def direct(h: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(Y(h+t), Y(h-t), difference) from two scaled complementary error functions; for t >= SMALL_T."""
    upper = np.minimum(h + t, LARGEST_Z)
    y_plus = ROOT_HALF_PI * erfcx(upper * -INVERSE_ROOT_TWO)
    y_minus = ROOT_HALF_PI * erfcx((h - t) * -INVERSE_ROOT_TWO)
    return y_plus, y_minus, y_plus - y_minus


def legs(h: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(Y(h+t), Y(h-t), Y(h+t) - Y(h-t)), each float64[n], for h <= 0 and t > 0."""
    small: NDArray[np.bool_] = t < SMALL_T
    if small.all():
        return series(h, t)
    if not small.any():
        return direct(h, t)
    out = (np.empty_like(h), np.empty_like(h), np.empty_like(h))
    large = ~small
    for mask, method in ((small, series), (large, direct)):
        for column, values in zip(out, method(h[mask], t[mask]), strict=True):
            column[mask] = values
    return out


def density(h: FloatArray, t: FloatArray) -> FloatArray:
    """phi0 = exp(-(h^2 + t^2)/2)/sqrt(2 pi): the derivative of b with respect to s."""
    result: FloatArray = INVERSE_ROOT_TWO_PI * np.exp(-0.5 * (h * h + t * t))
    return result


def time_value(h: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(b, db/ds), each float64[n]: the undiscounted out-of-the-money value over sqrt(F K) and its vega."""
    slope = density(h, t)
    small: NDArray[np.bool_] = t < SMALL_T
    if not small.all():
        return slope * legs(h, t)[2], slope
    y1 = mills_complement(h, ROOT_HALF_PI * erfcx(h * -INVERSE_ROOT_TWO))
    odd = odd_series(h * h, t * t, y1, terms_needed(float(t.max(initial=0.0))))
    return 2.0 * t * odd * slope, slope
