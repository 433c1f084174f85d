"""Numerical engines of LEAN's QuantLib price models: binomial lattices and Crank–Nicolson finite differences.

Shapes and formulas: QuantLib/QLNet 1.13 (`BinomialVanillaEngine`, `BinomialTree`, `FDStepConditionEngine`,
`FDEuropeanEngine`), so that values and Greeks are those of LEAN's models, early steps and all.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lean_local.securities.black_calculator import Sensitivities
from lean_local.securities.option_engines import Deal, Engine, black_of
from lean_local.securities.option_math import Terms

Floats = NDArray[np.float64]
LATTICE_STEPS = 100
_SAFETY = 1.1


@dataclass(frozen=True, slots=True)
class _Lattice:
    """A recombining tree: spot at node (step, index) is the first factors' product, and the chance to go up."""

    spot: float
    step_factor: float
    up_factor: float  # of one more upward branch
    up_chance: float

    def nodes(self, step: int) -> Floats:
        """Spots of a step, ascending."""
        found: Floats = self.spot * self.step_factor**step * self.up_factor ** np.arange(step + 1.0)
        return found


Shape = Callable[[Terms, float, int], _Lattice]


def _equal_jumps(t: Terms, jump: float, drift: float) -> _Lattice:
    chance = 0.5 + 0.5 * drift / jump
    if not 0 <= chance <= 1:
        raise ValueError("negative probability")
    return _Lattice(t.spot, math.exp(-jump), math.exp(2 * jump), chance)


def _drift(t: Terms, volatility: float, steps: int) -> float:
    return (t.rate - t.dividend - 0.5 * volatility * volatility) * t.years / steps


def cox_ross_rubinstein(t: Terms, volatility: float, steps: int) -> _Lattice:
    """Jumps of one deviation."""
    return _equal_jumps(t, volatility * math.sqrt(t.years / steps), _drift(t, volatility, steps))


def trigeorgis(t: Terms, volatility: float, steps: int) -> _Lattice:
    """Jumps that match the variance with the drift."""
    drift = _drift(t, volatility, steps)
    return _equal_jumps(t, math.sqrt(volatility * volatility * t.years / steps + drift * drift), drift)


def jarrow_rudd(t: Terms, volatility: float, steps: int) -> _Lattice:
    """Equal probabilities around the drift."""
    drift, jump = _drift(t, volatility, steps), volatility * math.sqrt(t.years / steps)
    return _Lattice(t.spot, math.exp(drift - jump), math.exp(2 * jump), 0.5)


def additive_equal_probabilities(t: Terms, volatility: float, steps: int) -> _Lattice:
    """Additive equal probabilities."""
    drift, variance = _drift(t, volatility, steps), volatility * volatility * t.years / steps
    jump = -0.5 * drift + 0.5 * math.sqrt(4 * variance - 3 * drift * drift)
    return _Lattice(t.spot, math.exp(drift - jump), math.exp(2 * jump), 0.5)


def tian(t: Terms, volatility: float, steps: int) -> _Lattice:
    """Third moment matched."""
    q = math.exp(volatility * volatility * t.years / steps)
    r = math.exp(_drift(t, volatility, steps)) * math.sqrt(q)
    root = math.sqrt(q * q + 2 * q - 3)
    up, down = 0.5 * r * q * (q + 1 + root), 0.5 * r * q * (q + 1 - root)
    return _two_factors(t.spot, up, down, (r - down) / (up - down))


def _two_factors(spot: float, up: float, down: float, chance: float) -> _Lattice:
    if not 0 <= chance <= 1:
        raise ValueError("negative probability")
    return _Lattice(spot, down, up / down, chance)


def _odd(steps: int) -> int:
    return steps if steps % 2 else steps + 1


def _inverted(t: Terms, volatility: float, steps: int, invert: Callable[[float, int], float]) -> _Lattice:
    """Lattices whose probabilities invert the normal distribution for an odd number of steps."""
    odd = _odd(steps)
    drift, variance = _drift(t, volatility, odd), volatility * volatility * t.years
    growth = math.exp(drift + 0.5 * variance / odd)
    d2 = (math.log(t.spot / t.strike) + drift * odd) / math.sqrt(variance)
    chance, dashed = invert(d2, odd), invert(d2 + math.sqrt(variance), odd)
    up = growth * dashed / chance
    return _Lattice(t.spot, (growth - chance * up) / (1 - chance), up * (1 - chance) / (growth - chance * up), chance)


def leisen_reimer(t: Terms, volatility: float, steps: int) -> _Lattice:
    """Peizer–Pratt inversion."""

    def invert(z: float, n: int) -> float:
        size = z / (n + 1 / 3 + 0.1 / (n + 1))
        return 0.5 + math.copysign(1, z) * math.sqrt(0.25 - 0.25 * math.exp(-size * size * (n + 1 / 6)))

    return _inverted(t, volatility, steps, invert)


def joshi(t: Terms, volatility: float, steps: int) -> _Lattice:
    """Joshi's fourth tree."""

    def invert(d: float, n: int) -> float:
        k, a = (n - 1) / 2, d / math.sqrt(8)
        series = (
            a,
            -0.375 * a - a**3,
            5 / 6 * a**5 + 13 / 12 * a**3 + 25 / 128 * a,
            -0.1025 * a - 0.9285 * a**3 - 1.43 * a**5 - 0.5 * a**7,
        )
        return 0.5 + math.fsum(term / math.pow(k, i + 0.5) for i, term in enumerate(series))

    return _inverted(t, volatility, steps, invert)


def binomial(shape: Shape, steps: int = LATTICE_STEPS) -> Engine:
    """The engine of a lattice."""

    def price(deal: Deal, volatility: float) -> Sensitivities:
        t = deal.terms
        lattice = shape(t, volatility, steps)
        dt = t.years / steps
        first = round(deal.earliest_years / dt) if dt else 0  # the grid time nearest to the first exercise date
        discount = math.exp(-t.rate * dt)
        down, up = discount * (1 - lattice.up_chance), discount * lattice.up_chance
        values = np.maximum(t.right * (lattice.nodes(steps) - t.strike), 0.0)
        kept: dict[int, float] = {}
        for step in range(steps - 1, -1, -1):
            values = down * values[:-1] + up * values[1:]
            if deal.american and step >= first:
                values = np.maximum(values, t.right * (lattice.nodes(step) - t.strike))
            if step < 3:
                kept[step] = float(values[-1])
        s1, s2 = float(lattice.nodes(1)[1]), float(lattice.nodes(2)[2])
        delta = (kept[1] - kept[0]) / (s1 - t.spot)
        gamma = 2 * ((kept[2] - kept[1]) / (s2 - s1) - delta) / (s2 - t.spot)
        return Sensitivities(kept[0], delta, gamma, black_scholes_theta(t, volatility, kept[0], delta, gamma))

    return price


def black_scholes_theta(t: Terms, volatility: float, value: float, delta: float, gamma: float) -> float:
    """Theta per year that the Black–Scholes equation gives."""
    return (
        t.rate * value
        - (t.rate - t.dividend) * t.spot * delta
        - 0.5 * volatility * volatility * t.spot * t.spot * gamma
    )


def crank_nicolson(time_steps: int, grid_points: int) -> Engine:
    """Finite differences on a log grid; American values with the European ones as control variate."""

    def price(deal: Deal, volatility: float) -> Sensitivities:
        t = deal.terms
        grid = _log_grid(t, volatility, grid_points)
        intrinsic = np.maximum(t.right * (grid - t.strike), 0.0)
        curves = _roll_back(t, volatility, grid, intrinsic, time_steps, american=deal.american)
        if not deal.american:
            value, delta, gamma = _at_centre(grid, curves[:, 0])
            return Sensitivities(value, delta, gamma, black_scholes_theta(t, volatility, value, delta, gamma))
        own, control = _at_centre(grid, curves[:, 0]), _at_centre(grid, curves[:, 1])
        black = black_of(t, volatility)
        exact = (black.value, black.delta(t.spot), black.gamma(t.spot))
        value, delta, gamma = (a - b + c for a, b, c in zip(own, control, exact, strict=True))
        return Sensitivities(value, delta, gamma)

    return price


def _log_grid(t: Terms, volatility: float, points: int) -> Floats:
    """Spots around today's, four deviations wide and wide enough for the strike."""
    points = max(points, int(10 + (t.years - 1) * 2) if t.years > 1 else 10)
    deviation = volatility * math.sqrt(t.years)
    reach = math.exp(4 * (1 + 0.02 / deviation) * deviation)
    low, high = t.spot / reach, t.spot * reach
    if low > t.strike / _SAFETY:
        low = t.strike / _SAFETY
        high = t.spot / (low / t.spot)
    if high < t.strike * _SAFETY:
        high = t.strike * _SAFETY
        low = t.spot / (high / t.spot)
    found: Floats = low * np.exp(np.arange(points) * (math.log(high / low) / (points - 1)))
    return found


def _roll_back(t: Terms, volatility: float, grid: Floats, intrinsic: Floats, steps: int, *, american: bool) -> Floats:
    """Values at time 0, columns with early exercise (if any) and without. Slopes at both ends stay the payoff's."""
    n, h, dt = len(grid), math.log(grid[1] / grid[0]), t.years / steps
    variance = volatility * volatility
    drift = t.rate - t.dividend - variance / 2
    low, high = -(variance / h - drift) / (2 * h), -(variance / h + drift) / (2 * h)
    middle = variance / (h * h) + t.rate
    below, own, above = np.full(n - 1, dt / 2 * low), np.full(n, 1 + dt / 2 * middle), np.full(n - 1, dt / 2 * high)
    own[0], above[0], below[-1], own[-1] = -1.0, 1.0, -1.0, 1.0
    from scipy.linalg.lapack import dgttrf, dgttrs  # noqa: PLC0415  only where it is used

    factors: Any = dgttrf(below, own, above)
    first, last = intrinsic[1] - intrinsic[0], intrinsic[-1] - intrinsic[-2]
    values = np.column_stack([intrinsic, intrinsic]) if american else intrinsic[:, None].copy()
    for _ in range(steps):
        explicit = np.empty_like(values)
        explicit[1:-1] = -dt / 2 * low * values[:-2] + (1 - dt / 2 * middle) * values[1:-1] - dt / 2 * high * values[2:]
        explicit[0], explicit[-1] = first, last  # the implicit step replaces both rows by the slopes
        values = dgttrs(*factors[:5], explicit)[0]
        if american:
            np.maximum(values[:, 0], intrinsic, out=values[:, 0])
    return values


def _at_centre(grid: Floats, values: Floats) -> tuple[float, float, float]:
    """Value, first and second derivative at the middle of the grid."""
    m = len(grid) // 2
    if len(grid) % 2:
        slope = (values[m + 1] - values[m - 1]) / (grid[m + 1] - grid[m - 1])
        up = (values[m + 1] - values[m]) / (grid[m + 1] - grid[m])
        down = (values[m] - values[m - 1]) / (grid[m] - grid[m - 1])
        return float(values[m]), float(slope), float((up - down) / ((grid[m + 1] - grid[m - 1]) / 2))
    slope = (values[m] - values[m - 1]) / (grid[m] - grid[m - 1])
    up = (values[m + 1] - values[m - 1]) / (grid[m + 1] - grid[m - 1])
    down = (values[m] - values[m - 2]) / (grid[m] - grid[m - 2])
    middle = (values[m] + values[m - 1]) / 2
    return float(middle), float(slope), float((up - down) / (grid[m] - grid[m - 1]))
