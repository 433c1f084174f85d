"""Fits smiles to a chain's volatilities: raw SVI where it is free of arbitrage, else SSVI, which always is."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares

from thetatrace.volatility.smile import Floats, Smile, SmileFit, SmileReason

LEAST_STRIKES = 5
PENALTY = 50.0  # of a negative density or a falling variance, against misses of about 0.01
FAR = np.geomspace(1.2, 40.0, 14)
CHECKED = np.concatenate([-FAR[::-1], np.linspace(-1.0, 1.0, 41), FAR])  # times one and a half of the quotes' width
NEARNESS = 1 / np.maximum(np.abs(CHECKED), 1.0)  # what is missing far out is a slope
BEYOND = np.abs(CHECKED) > 1
LEAN_WINGS = 0.001  # wings that no quote holds stay low: a later expiry has to lie above them
LEAST_BEND = 1e-8  # a smile has no corner
MARGIN = 1e-3  # a fit is pushed this far from arbitrage, as a penalty alone would end just inside it


def implied_forward(
    strike: ArrayLike, call: ArrayLike, put: ArrayLike, years: float, rate: float, *, nearest: int = 6
) -> float:
    """Forward from put–call parity at the strikes nearest to the money (the median); NaN where undetermined.

    F = K + (C − P) e^{rT}. Exact for European options; American ones are near it close to the money.

    :param strike: strikes [n]; `call` and `put` their mids, NaN where unknown
    """
    strikes, calls, puts = (np.asarray(column, dtype=np.float64) for column in (strike, call, put))
    gap = calls - puts
    known = np.flatnonzero(np.isfinite(gap) & (calls > 0) & (puts > 0) & (strikes > 0))
    if not len(known) or not 0 < years < math.inf:
        return math.nan
    near = known[np.argsort(np.abs(gap[known]), kind="stable")[:nearest]]
    return float(np.median(strikes[near] + gap[near] * math.exp(rate * years)))


def fit_smile(
    strike: ArrayLike,
    volatility: ArrayLike,
    forward: float,
    years: float,
    *,
    weight: ArrayLike | None = None,
    earlier: Smile | None = None,
    worst_error: float = 0.02,
) -> SmileFit:
    """Fit one expiry. Rows without a volatility do not count.

    :param strike: strikes [n]; `volatility` annual [n]; `weight` of each row [n], 1 without
    :param earlier: smile of the expiry before; total variance must not fall below it
    :param worst_error: largest root mean square miss in volatility that is still called a fit
    """
    strikes, sigma = np.asarray(strike, dtype=np.float64), np.asarray(volatility, dtype=np.float64)
    weights = np.ones_like(strikes) if weight is None else np.asarray(weight, dtype=np.float64)
    if not 0 < forward < math.inf or not 0 < years < math.inf:
        return SmileFit(None, SmileReason.BAD_INPUT)
    known = (strikes > 0) & np.isfinite(strikes) & np.isfinite(sigma) & (sigma > 0)
    known &= (weights > 0) & np.isfinite(weights)
    if len(np.unique(strikes[known])) < LEAST_STRIKES:
        return SmileFit(None, SmileReason.TOO_FEW)
    k = np.log(strikes[known] / forward)
    task = _Task(k, sigma[known], weights[known] / weights[known].max(), forward, years, earlier)
    reason = SmileReason.POOR_FIT
    for shape, starts in ((_raw, task.raw_starts()), (_ssvi, task.ssvi_starts())):
        found = task.lifted(task.best(shape, starts))
        if found is None or found.error > worst_error:
            continue
        if found.is_butterfly_free() and (earlier is None or found.calendar_gap(earlier) >= -1e-9):
            return SmileFit(found, SmileReason.OK)
        reason = SmileReason.ARBITRAGE
    return SmileFit(None, reason)


def fit_smiles(rows: Sequence[tuple[ArrayLike, ArrayLike, float, float]], **options: float) -> list[SmileFit]:
    """Fit expiries of (strike, volatility, forward, years) in rising order of time, each above the one before it."""
    fits: list[SmileFit] = []
    earlier: Smile | None = None
    for strike, volatility, forward, years in sorted(rows, key=lambda row: row[3]):
        fits.append(fit_smile(strike, volatility, forward, years, earlier=earlier, **options))
        earlier = fits[-1].smile or earlier
    return fits


Shape = Callable[[Floats], tuple[float, float, float, float, float]]


def _raw(p: Floats) -> tuple[float, float, float, float, float]:
    """Parameters that cannot leave SVI's domain: least variance, slope, ρ through tanh, m, log s."""
    low, b, rho, m, s = math.exp(p[0]), math.exp(p[1]), math.tanh(p[2]), p[3], math.exp(p[4]) + LEAST_BEND
    return low - b * s * math.sqrt(1 - rho * rho), b, rho, m, s


def _ssvi(p: Floats) -> tuple[float, float, float, float, float]:
    """SSVI within theorem 4.2: ψ = θφ with ψ (1 + |ρ|) < 4 and ψ² (1 + |ρ|) ≤ 4 θ, written as raw SVI."""
    theta, rho = math.exp(p[0]), math.tanh(p[1])
    bound = min(4.0 / (1 + abs(rho)), 2.0 * math.sqrt(theta / (1 + abs(rho))))
    psi = bound * 0.999 / (1 + math.exp(-p[2]))
    phi = psi / theta
    return theta / 2 * (1 - rho * rho), psi / 2, rho, -rho / phi, math.sqrt(1 - rho * rho) / phi


class _Task:
    """One expiry's least squares problem."""

    def __init__(
        self, k: Floats, sigma: Floats, weights: Floats, forward: float, years: float, earlier: Smile | None
    ) -> None:
        self.k, self.sigma, self.root_weights = k, sigma, np.sqrt(weights)
        self.forward, self.years, self.earlier = forward, years, earlier
        width = max(float(np.abs(k).max()), 0.01)
        self.checked = CHECKED * 1.5 * width
        self.floor = None if earlier is None else earlier.total_variance(self.checked) * (1 + MARGIN / NEARNESS)

    def raw_starts(self) -> list[list[float]]:
        """Where searches for raw SVI begin: parameters of `_raw`."""
        w = self.sigma**2 * self.years
        spread = max(float(np.ptp(self.k)), 0.01)
        slope = max(float(np.ptp(w)) / spread, 1e-4)
        lowest = float(self.k[np.argmin(w)])
        low = math.log(max(float(w.min()) * 0.9, 1e-10))
        return [
            [low, math.log(slope), rho, middle, math.log(spread * share)]
            for rho, middle, share in ((-0.5, lowest, 0.1), (0.0, 0.0, 0.3), (-0.8, 0.0, 0.05))
        ]

    def ssvi_starts(self) -> list[list[float]]:
        """Where searches for SSVI begin: parameters of `_ssvi`."""
        theta = float(np.interp(0.0, *_sorted(self.k, self.sigma**2 * self.years)))
        return [[math.log(max(theta, 1e-10)), rho, 0.0] for rho in (-0.5, 0.0)]

    def smile(self, shape: Shape, p: Floats) -> Smile:
        """The smile of parameters `p`; its error is not known yet."""
        return Smile(*shape(p), self.forward, self.years, float(self.k.min()), float(self.k.max()), 0.0)

    def residuals(self, p: Floats, shape: Shape) -> Floats:
        """What least squares makes small: weighted misses in volatility, wings no quote holds, arbitrage."""
        smile = self.smile(shape, p)
        with np.errstate(invalid="ignore", over="ignore"):
            w = np.maximum(smile.total_variance(self.k), 0.0)
            misses = (np.sqrt(w / self.years) - self.sigma) * self.root_weights
            far = np.sqrt(np.maximum(smile.total_variance(self.checked[BEYOND]), 0.0) / self.years)
            wings = LEAN_WINGS * np.maximum(far - self.sigma.max(), 0.0)
            parts = [misses, wings, PENALTY * np.minimum(smile.durrleman(self.checked) - MARGIN, 0.0)]
            if self.floor is not None:
                short = np.minimum(smile.total_variance(self.checked) - self.floor, 0.0)
                parts.append(PENALTY * short * NEARNESS / self.years)
            found: Floats = np.nan_to_num(np.concatenate(parts), nan=1e3, posinf=1e3, neginf=-1e3)
        return found

    def best(self, shape: Shape, starts: list[list[float]]) -> Smile | None:
        """The solution of least cost among those from `starts`, None where no search gives a number."""
        found, least = None, math.inf
        for start in starts:
            try:
                solved = least_squares(self.residuals, start, args=(shape,), max_nfev=200, x_scale="jac")
                smile = self.smile(shape, solved.x)
            except (OverflowError, ValueError, ZeroDivisionError):  # a step left what a double can hold
                continue
            error, cost = self.error(smile), float(solved.cost)
            if math.isfinite(error) and cost < least:
                found, least = replace(smile, error=error), cost
        return found

    def error(self, smile: Smile) -> float:
        """Weighted root mean square of the misses in volatility."""
        miss = np.sqrt(np.maximum(smile.total_variance(self.k), 0.0) / self.years) - self.sigma
        return float(np.sqrt(np.average(miss**2, weights=self.root_weights**2)))

    def lifted(self, smile: Smile | None) -> Smile | None:
        """The smile, above the earlier expiry where the penalty left it below: steeper wings first, then all of it."""
        earlier = self.earlier
        if smile is None or earlier is None or smile.calendar_gap(earlier) >= 0:
            return smile
        left, right = (max(smile.b * (1 + side * smile.rho), earlier.b * (1 + side * earlier.rho)) for side in (-1, 1))
        steeper = replace(smile, b=(left + right) / 2, rho=(right - left) / (left + right)) if left + right else smile
        raised = replace(steeper, a=steeper.a - min(steeper.calendar_gap(earlier), 0.0))
        return replace(raised, error=self.error(raised))


def _sorted(k: Floats, w: Floats) -> tuple[Floats, Floats]:
    order = np.argsort(k)
    return k[order], w[order]
