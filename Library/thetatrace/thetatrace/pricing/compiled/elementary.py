"""exp, ln and the normal distribution as straight arithmetic, each within a few units in the last place.

The normal distribution comes as Mills' ratio R(u) = Phi(-u)/phi(u) and its complement A(u) = 1 - u R(u), u >= 0, both
positive and without cancellation. (1 + u) R and (1 + u)^2 A are polynomials in v = (u - 4)/(u + 4) (the map of
M. Shepherd, J. Laframboise, Math. Comp. 36, 1981), fitted here at 40 digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from thetatrace.pricing.compiled.emit import as_written, emitted, from_bits, select, to_bits

ROUNDER = 6755399441055744.0
"""1.5 x 2^52: adding it to a double rounds it to an integer, which then lies in the low bits."""
ROUNDER_BITS = 4843621399236968448
LOG2_E = 1.4426950408889634
LN2_HIGH = 0.6931471803691238
LN2_LOW = 1.9082149292705877e-10
EXP_LEAST = -708.0
EXP_MOST = 709.0
ROOT_HALF_BITS = 4604544271217802189
"""Bits of sqrt(1/2): mantissas are brought between it and sqrt(2)."""


def horner(*powers: float) -> Callable[[float], float]:
    """A function of x: the polynomial with these coefficients, highest power first."""

    def polynomial(x: float) -> float:
        total = x * powers[0] + powers[1]
        for power in powers[2:]:
            total = total * x + power
        return total

    return polynomial


exp_series = horner(*(1.0 / math.factorial(n) for n in range(13, -1, -1)))
sinh_series = horner(*(1.0 / math.factorial(n) for n in range(17, 2, -2)))
log_series = horner(
    1.479819860511658591e-01, 1.531383769920937332e-01, 1.818357216161805012e-01, 2.222219843214978396e-01,
    2.857142874366239149e-01, 3.999999999940941908e-01, 6.666666666666735130e-01,
)  # fmt: skip
mills_series = horner(
    4.480233382099169e-10, -1.6952996818880583e-09, -6.5624402369464745e-09, 1.3723059452459651e-08,
    5.077844122332048e-08, -4.494916382038613e-08, -2.869299965207942e-07, -3.101083609757584e-09,
    1.390762707984928e-06, 1.0194890870987357e-06, -6.5533544552582505e-06, -8.606187876096938e-06,
    3.415881433183821e-05, 5.3266970938315365e-05, -0.0002202155756957516, -0.00023670175882712258,
    0.001741848773732585, -0.0007159509052838121, -0.01253910362039814, 0.04495912907706981,
    -0.0807080096790523, 0.07169048120143744, 0.035091880234748005, -0.2423996705218081,
    1.1832619145678034,
)  # fmt: skip
rest_series = horner(
    -1.2652705764269517e-10, 5.695878543494985e-09, 7.906659099103657e-09, -5.250839166159316e-08,
    -9.232200026629433e-08, 2.1951051635580474e-07, 6.054380005946203e-07, -4.331407040970601e-07,
    -2.8990366698366327e-06, -7.852199398893984e-07, 1.161899681251207e-05, 1.2501180499065316e-05,
    -4.3507962745601586e-05, -8.088403057279302e-05, 0.00017449545797584647, 0.00042624294436056405,
    -0.0008822524363062967, -0.001935822570159025, 0.005832613643474095, 0.004677620881409152,
    -0.03889109207420479, 0.056082893339422395, 0.027117664485105684, -0.2212615063801503,
    0.35354727647612066, -0.17268170834610128, -0.34686443844569465, 1.334761708643933,
)  # fmt: skip


@emitted
def fast_exp(x: float) -> float:
    """e^x; 0 below -708, infinite above 709, NaN for NaN."""
    shifted = x * LOG2_E + ROUNDER
    whole = shifted - ROUNDER
    r = x - whole * LN2_HIGH
    r = r - whole * LN2_LOW
    p = exp_series(r)
    power = (to_bits(shifted) + 1023) << 52
    return select(x > EXP_MOST, math.inf, select(x < EXP_LEAST, 0.0, p * from_bits(power)))


def fast_log(x: float) -> float:
    """ln x of a positive normal double; meaningless (never an exception) for any other."""
    bits = to_bits(x)
    power = (bits - ROOT_HALF_BITS) >> 52
    f = from_bits(bits - (power << 52)) - 1.0
    count = from_bits(power + ROUNDER_BITS) - ROUNDER
    s = f / (2.0 + f)
    z = s * s
    # FreeBSD's e_log.c (Sun Microsystems, 1993): ln(1 + f) = f - (f^2/2 - s (f^2/2 + R(z)))
    r = log_series(z)
    half = 0.5 * f * f
    result: float = count * LN2_HIGH - ((half - (s * (half + r * z) + count * LN2_LOW)) - f)
    return result


@as_written
def lost(a: float, b: float, ratio: float) -> float:
    """a - ratio b, exact to a few roundings of itself, where ratio = a / b."""
    product = ratio * b
    shifted = ratio * 134217729.0
    ratio_high = shifted - (shifted - ratio)
    ratio_low = ratio - ratio_high
    shifted = b * 134217729.0
    b_high = shifted - (shifted - b)
    b_low = b - b_high
    error = ((ratio_high * b_high - product) + ratio_high * b_low + ratio_low * b_high) + ratio_low * b_low
    return (a - product) - error


def log_quotient(a: float, b: float) -> float:
    """ln(a/b) to a relative 1e-15 also where a and b are nearly equal (see `normalised.log_ratio`)."""
    ratio = a / b
    return fast_log(ratio) + lost(a, b, ratio) / a


def mills(u: float) -> float:
    """R(u) = Phi(-u)/phi(u), u >= 0."""
    inverse = 1.0 / (u + 4.0)
    v = (u - 4.0) * inverse
    p = mills_series(v)
    return p / (1.0 + u)


def mills_rest(u: float) -> float:
    """A(u) = 1 - u R(u), u >= 0."""
    inverse = 1.0 / (u + 4.0)
    v = (u - 4.0) * inverse
    p = rest_series(v)
    return p / ((1.0 + u) * (1.0 + u))


def half_sinh(x: float) -> float:
    """sinh(x/2) for x >= 0, to the last digits also for small x."""
    y = 0.5 * x
    z = y * y
    p = sinh_series(z)
    near = y + y * z * p
    grown = fast_exp(y)
    return select(y < 1.0, near, 0.5 * (grown - 1.0 / grown))
