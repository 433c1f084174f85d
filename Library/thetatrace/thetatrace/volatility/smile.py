"""One expiry's smile as SVI total variance, and whether it admits arbitrage.

J. Gatheral and A. Jacquier, Arbitrage-free SVI volatility surfaces, Quantitative Finance 14 (2014): raw SVI eq. 3.1,
Durrleman's condition eq. 2.1, SSVI eq. 4.1 and theorem 4.2. k is log(strike / forward), w total implied variance.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
NEAR = np.concatenate([-np.geomspace(1.0, 1e-5, 60), np.geomspace(1e-5, 1.0, 60)])
FARTHEST = 1000.0  # log-moneyness up to which arbitrage is looked for; beyond it a smile is straight


class SmileReason(IntEnum):
    """Why an expiry has no smile; `OK` when it has one."""

    OK = 0
    TOO_FEW = 1  # fewer than five strikes with a volatility
    BAD_INPUT = 2  # time, forward or rates are not numbers above zero
    POOR_FIT = 3  # the fit misses the quotes by more than is allowed
    ARBITRAGE = 4  # the fit admits butterfly arbitrage, or calendar arbitrage against the expiry before


@dataclass(frozen=True, slots=True)
class Smile:
    """Raw SVI of one expiry: w(k) = a + b (ρ (k − m) + √((k − m)² + s²)).

    `forward` in points, `years` to expiry; `lowest` and `highest` are the k of the outermost quotes it was fitted to:
    beyond them it is extrapolation. `error` is the root mean square miss in volatility (0.01 = one point).
    """

    a: float
    b: float
    rho: float
    m: float
    s: float
    forward: float
    years: float
    lowest: float
    highest: float
    error: float

    def total_variance(self, k: ArrayLike) -> Floats:
        """Total implied variance at log-moneyness k, same shape."""
        x = np.asarray(k, dtype=np.float64) - self.m
        w: Floats = self.a + self.b * (self.rho * x + np.hypot(x, self.s))
        return w

    def volatility(self, strike: ArrayLike) -> Floats:
        """Annual volatility at strikes, same shape; NaN for a strike that is not above zero."""
        strikes = np.asarray(strike, dtype=np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            k = np.log(strikes / self.forward)
            w = np.where(np.isfinite(k), self.total_variance(k), np.nan)
            found: Floats = np.sqrt(w / self.years)
        return found

    def slopes(self, k: ArrayLike) -> tuple[Floats, Floats]:
        """First and second derivative of the total variance by k."""
        x = np.asarray(k, dtype=np.float64) - self.m
        root = np.hypot(x, self.s)
        return self.b * (self.rho + x / root), self.b * self.s**2 / root**3

    def durrleman(self, k: ArrayLike) -> Floats:
        """g(k); below zero the implied density is negative there (butterfly arbitrage)."""
        points = np.asarray(k, dtype=np.float64)
        w = self.total_variance(points)
        first, second = self.slopes(points)
        with np.errstate(invalid="ignore", divide="ignore"):
            g: Floats = (1 - points * first / (2 * w)) ** 2 - first**2 / 4 * (1 / w + 0.25) + second / 2
        return g

    def is_butterfly_free(self) -> bool:
        """True when no butterfly has a negative price: g ≥ 0 at every strike, wings within Lee's bound of 2."""
        if not self.b * (1 + abs(self.rho)) <= 2.0 or not self._least_variance() > 0:
            return False
        return _least(self.durrleman, self._grid()) >= -1e-9

    def _least_variance(self) -> float:
        return self.a + self.b * self.s * math.sqrt(1 - self.rho * self.rho)

    def calendar_gap(self, earlier: "Smile") -> float:
        """The least total variance gained since an earlier expiry at any strike; below zero is an arbitrage."""

        def gained(k: ArrayLike) -> Floats:
            return self.total_variance(k) - earlier.total_variance(k)

        return _least(gained, np.sort(np.concatenate([self._grid(), earlier._grid()])))

    def _grid(self) -> Floats:
        """Log-moneyness up to FARTHEST, dense where the smile bends: even steps of asinh((k − m) / s)."""
        scale = max(self.s, 1e-9)
        lowest = -math.atanh(min(max(self.rho, -1 + 1e-12), 1 - 1e-12))
        reach = math.asinh(FARTHEST / scale)
        steps = np.concatenate([np.linspace(-reach, reach, 1001), lowest + NEAR])
        found: Floats = self.m + scale * np.sinh(np.sort(steps))
        return found


def _least(function: Callable[[Floats], Floats], grid: Floats) -> float:
    """The least value on a rising grid, looked for again between the neighbours of every point that is a minimum.

    NaN where any value on the grid is no finite number.
    """
    values = function(grid)
    if not np.isfinite(values).all():
        return math.nan
    inner = 1 + np.flatnonzero((values[1:-1] <= values[:-2]) & (values[1:-1] <= values[2:]))
    left, right = grid[inner - 1], grid[inner + 1]
    least = float(values.min())
    for _ in range(3):
        if not len(left):
            break
        between = left + np.linspace(0.0, 1.0, 33)[:, None] * (right - left)  # [33, minima]
        finer = function(between)
        least = min(least, float(finer.min()))
        middle = np.clip(finer.argmin(axis=0), 1, 31)
        columns = np.arange(len(left))
        left, right = between[middle - 1, columns], between[middle + 1, columns]
    return least


@dataclass(frozen=True, slots=True)
class SmileFit:
    """A smile, or the reason why there is none."""

    smile: Smile | None
    reason: SmileReason


def forward_volatility(near_years: float, near: float, far_years: float, far: float) -> float:
    """Annual volatility between two expiries; NaN where the variance between them is negative or undetermined."""
    if not 0 < near_years < far_years < math.inf:
        return math.nan
    between = far * far * far_years - near * near * near_years
    return math.sqrt(between / (far_years - near_years)) if between >= 0 else math.nan
