"""One American contract at a time: a batch's formulas and nodes on floats, without its columns and its tables.

A batch tables the boundary over the volatilities of its rows. One contract at a known volatility needs the boundary
there alone; a search needs it once a step. What the compiled kernels do not take is left
to the batch, bad rows included: `scalar` asks it where this module raises ArithmeticError or ValueError.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from thetatrace.pricing.american import LEAST_RATE
from thetatrace.pricing.american_implied import (
    ABOVE_GUESS,
    EXERCISE_NOISE,
    FIRST_GUESS,
    LEAST_VOLATILITY,
    MAX_STEPS,
    MOST_VOLATILITY,
    NARROW,
    PRICE_NOISE,
)
from thetatrace.pricing.black_scholes import first_order
from thetatrace.pricing.boundary_slope import boundary_slopes
from thetatrace.pricing.boundary_tables import Tables, premium_points
from thetatrace.pricing.early_exercise import cell_premiums
from thetatrace.pricing.engine import Engine
from thetatrace.pricing.exercise_boundary import (
    ORDINARY,
    STIFF,
    STIFF_DRIFT,
    Scheme,
    Terms,
    kernel_grid,
    make_grid,
    solve_boundary,
)
from thetatrace.pricing.implied_volatility import european_implied_volatility
from thetatrace.pricing.inputs import DAYS_PER_YEAR, Columns
from thetatrace.pricing.near_exercise import near_reach, series
from thetatrace.pricing.results import FloatArray, PriceReason
from thetatrace.pricing.scales import BOUNDARY_NODES as NODES
from thetatrace.pricing.scales import LARGEST_RELATIVE_NOISE
from thetatrace.pricing.scales import TABLE_ORDER as ORDER

LAST_MOVE = 1e-8
"""Relative. The vega of a search is that of a boundary whose slope is a difference: right to far better than 1e-3."""
LEAST_SLOPE_MOVE = 1e-5
"""Difference of two ln(sigma) above which two boundaries give a slope."""
FIRST_ROW = np.array([0, 1])


@dataclass(slots=True)
class Contract:
    """One American option that may be exercised early, and the put that stands for it (calls: see `american`).

    `gain` and `loss` are the put's rate and yield; `start` is ln X. `points` keeps the premium's quadrature points of a
    scheme once they are asked for.
    """

    spot: float
    strike: float
    years: float
    rate: float
    dividend_yield: float
    right: int
    call: bool = False
    gain: float = 0.0
    loss: float = 0.0
    size: float = 0.0
    ratio: float = 0.0
    start: float = 0.0
    start_slope: float = 0.0
    points: dict[bool, tuple[FloatArray, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Work out the put."""
        self.call = self.right > 0
        self.gain, self.loss = (self.dividend_yield, self.rate) if self.call else (self.rate, self.dividend_yield)
        self.size, base = (self.spot, self.strike) if self.call else (self.strike, self.spot)
        self.ratio = base / self.size
        if self.loss > self.gain > 0.0:
            self.start = math.log(self.gain / self.loss)
            self.start_slope = -1.0 / self.loss if self.call else 1.0 / self.gain

    def early(self) -> bool:
        """Whether early exercise can pay (see `american.early_exercise`)."""
        return self.gain > LEAST_RATE

    def unsupported(self) -> bool:
        """Whether there are two boundaries."""
        return self.gain <= LEAST_RATE and self.loss < min(self.gain, 0.0)

    def scheme(self, sigma: float) -> Scheme:
        """The scheme for the volatility `sigma`."""
        return STIFF if sigma < (self.gain - self.loss) * math.sqrt(self.years) / STIFF_DRIFT else ORDINARY

    def premium_points(self, scheme: Scheme) -> tuple[FloatArray, ...]:
        """Those of `boundary_tables.premium_points`, [1, points], and all of them as the compiled kernel takes them."""
        found = self.points.get(scheme.use_b)
        if found is None:
            years, gain, loss = (np.array([v]) for v in (self.years, self.gain, self.loss))
            parts = premium_points(years, gain, loss, make_grid(scheme))
            found = self.points[scheme.use_b] = (*parts, np.stack(parts, axis=2))
        return found

    def columns(self, value: float) -> Columns:
        """The contract as a batch of one."""
        inputs = (value, self.spot, self.strike, self.years, self.rate, self.dividend_yield, float(self.right))
        a, b, d, e, f, g, h = np.array(inputs).reshape(7, 1)
        return Columns(a, b, d, e, f, g, h, reason=np.zeros(1, np.uint8), bad=None, shape=(1,))

    def terms(self, sigma: list[float]) -> Terms:
        """Those of the put's boundary at the volatilities `sigma`."""
        n = len(sigma)
        return Terms(np.full(n, self.years), np.array(sigma), np.full(n, self.gain), np.full(n, self.loss))

    def start_curve(self, sigma: float, nodes: tuple[float, ...]) -> tuple[list[float], float]:
        """(ln B to start from at the nodes, ln of the perpetual boundary): `Terms.start_curve` of one volatility."""
        variance, carry = sigma * sigma, self.gain - self.loss
        drift = carry / variance - 0.5
        exponent = -drift - math.sqrt(drift * drift + 2.0 * self.gain / variance)
        forever, start = exponent / (exponent - 1.0), math.exp(self.start)
        gap = max((start - forever) / start, 1e-12)
        by_time, by_root = carry * self.years / gap, -2.0 * sigma * math.sqrt(self.years) / gap
        most = self.start - 1e-12
        rise = start - forever
        curve = (forever + rise * math.exp(min((by_time * node + by_root) * node, 0.0)) for node in nodes)
        return [min(math.log(max(b, 1e-300)), most) for b in curve], math.log(max(forever, 1e-300))

    def depths(self, sigma: list[float], scheme: Scheme) -> FloatArray:
        """ln(X/B) at the nodes for the volatilities `sigma`, [n, nodes]."""
        if Engine.american is None:
            return solve_boundary(self.terms(sigma), scheme)
        grid = kernel_grid(scheme)
        curves, least = zip(*(self.start_curve(v, grid.nodes) for v in sigma), strict=True)
        root, years, n = math.sqrt(self.years), self.years, len(sigma)
        rest = [[v * years] * n for v in (self.gain - self.loss, self.gain, self.loss)]
        terms = np.array([[v * root for v in sigma], *rest, [self.start] * n, least])
        first, out = np.ascontiguousarray(np.array(curves).T), np.empty((NODES, n))
        Engine.american.boundary(
            terms, first, grid.root_tau, grid.points, grid.interpolate, scheme.steps, float(scheme.use_b), out
        )
        return out.T


@dataclass(frozen=True, slots=True)
class Curve:
    """A boundary at one volatility: ln(depth) at the nodes, its derivatives to ln(sigma) and to the rate, [nodes]."""

    sigma: float
    scheme: Scheme
    log_depth: FloatArray
    by_sigma: FloatArray
    by_rate: FloatArray


def known_curve(k: Contract, sigma: float) -> Curve:
    """The boundary at `sigma` with its derivatives."""
    scheme = k.scheme(sigma)
    depth = k.depths([sigma], scheme)
    by_rate, by_sigma = boundary_slopes(k.terms([sigma]), depth, np.array([k.call]), scheme)
    return Curve(sigma, scheme, np.log(depth[0]), by_sigma[0] / depth[0], by_rate[0] / depth[0])


def table_of(k: Contract, curve: Curve) -> Tables:
    """A table of one cell that holds a boundary at its one volatility."""
    root_gap, drift, money, share, packed = k.premium_points(curve.scheme)
    # The place is ln(sigma) less the middle: half the width is 1.
    middle, swapped = math.log(curve.sigma), float(k.call)
    table = np.zeros((3, ORDER, NODES))
    table[:, 0] = curve.log_depth, curve.by_sigma, curve.by_rate
    terms = np.array([[middle, 1.0, k.start, k.start_slope, k.gain, k.loss, swapped]])
    middles, halves, starts, start_slopes, rates, yields, swaps = terms.T
    return Tables(
        scheme=curve.scheme,
        cell=FIRST_ROW[:1],
        years=np.array([k.years]),
        middle=middles,
        half_width=halves,
        start=starts,
        start_slope=start_slopes,
        rate=rates,
        dividend_yield=yields,
        swapped=swaps,
        depth=table[:1],
        depth_slope=table[1:2],
        slope=table[2:],
        root_gap=root_gap,
        drift=drift,
        money=money,
        share=share,
        packed=(terms, packed, table.reshape(1, -1), kernel_grid(curve.scheme).price_interpolate),
    )


def premium_of(k: Contract, curve: Curve) -> list[float]:
    """Value, delta, gamma, vega, rho and distance of the put at a boundary (see `early_exercise.Premium`)."""
    tables, log_spot, sigma = table_of(k, curve), np.array([math.log(k.ratio)]), np.array([curve.sigma])
    if Engine.american is None:
        out = cell_premiums(log_spot, sigma, 0, tables)
    else:
        out = np.empty((6, 1))
        Engine.american.premium(log_spot, sigma, FIRST_ROW, *tables.packed, out)
    value, delta, gamma, vega, rho, distance = (float(v) for v in out[:, 0].tolist())
    reach = near_reach(curve.scheme) * curve.sigma * math.sqrt(k.years)
    if 0.0 < distance < reach:
        delta, gamma = series(log_spot, sigma, FIRST_ROW[:1], tables)[:2, 0].tolist()
    return [value, delta, gamma, vega, rho, distance]


@dataclass(frozen=True, slots=True)
class AmericanOne:
    """`american.American` of one contract."""

    price: float
    delta: float
    gamma: float
    vega: float
    rho: float
    exercise: bool


def value_at(k: Contract, curve: Curve) -> AmericanOne:
    """What `american.with_premium` gives at a boundary."""
    plain = {name: float(column[0]) for name, column in first_order(k.columns(curve.sigma)).items()}
    value, delta, gamma, vega, rho, distance = premium_of(k, curve)
    payoff = k.right * (k.spot - k.strike)
    if distance <= 0.0:
        return AmericanOne(max(plain["price"], payoff), float(k.right), 0.0, 0.0, 0.0, exercise=True)
    if k.call:
        delta, gamma = value - k.ratio * delta, gamma * k.ratio * k.ratio
    return AmericanOne(
        price=max(plain["price"] + k.size * max(value, 0.0), payoff),
        delta=plain["delta"] + delta,
        gamma=plain["gamma"] + gamma / k.size,
        vega=100.0 * plain["vega"] + k.size * vega,
        rho=100.0 * plain["rho"] + k.size * rho,
        exercise=False,
    )


def american_of_one(k: Contract, sigma: float) -> tuple[float, float, float, float, float, float]:
    """Price, delta, gamma, theta, vega and rho in the units of `Greeks` (see `american.in_units`)."""
    with np.errstate(all="ignore"):
        here = value_at(k, known_curve(k, sigma))
    carry = (k.rate - k.dividend_yield) * k.spot * here.delta
    theta = k.rate * here.price - carry - 0.5 * (sigma * k.spot) ** 2 * here.gamma
    theta = 0.0 if here.exercise else theta / DAYS_PER_YEAR
    return here.price, here.delta, here.gamma, theta, 0.01 * here.vega, 0.01 * here.rho


def least_and_most(k: Contract) -> tuple[float, float]:
    """(`american_implied.least_price`, `american_implied.most_price`) of one contract."""
    r, q, years = k.rate, k.dividend_yield, k.years
    times = [0.0, years]
    if r != q and r * q > 0.0:
        times.append(min(max(math.log(r * k.strike / (q * k.spot)) / (r - q), 0.0), years))
    least = max(0.0, *(k.right * (k.spot * math.exp(-q * t) - k.strike * math.exp(-r * t)) for t in times))
    return least, k.size * max(1.0, math.exp(-k.gain * years))


def implied_of_one(k: Contract, price: float) -> tuple[float, PriceReason]:
    """(annual volatility, reason) of a contract that may be exercised early (`american_implied_volatility`)."""
    least, most = least_and_most(k)
    payoff = k.right * (k.spot - k.strike)
    if price >= most:
        return math.nan, PriceReason.ABOVE_BOUND
    if price < least * (1.0 - PRICE_NOISE):
        return math.nan, PriceReason.BELOW_INTRINSIC
    if price <= max(least * (1.0 + PRICE_NOISE), payoff * (1.0 + EXERCISE_NOISE)):
        return math.nan, PriceReason.UNDETERMINED
    with np.errstate(all="ignore"):
        guess = float(european_implied_volatility(k.columns(price)).volatility[0])
        known = math.isfinite(guess)
        first = max(guess, LEAST_VOLATILITY) if known else FIRST_GUESS
        top = ABOVE_GUESS * (1.001 * first if known else MOST_VOLATILITY)
        sigma, found = search(k, price, least, first, top)
    return (sigma, PriceReason.OK) if found else (math.nan, PriceReason.UNDETERMINED)


def next_curve(k: Contract, sigma: float, last: Curve | None) -> Curve:
    """The boundary at `sigma`; its slope to ln(sigma) is the difference to the `last`, 1 where there is none."""
    scheme = k.scheme(sigma)
    log_depth = np.log(k.depths([sigma], scheme)[0])
    slope = np.ones(NODES) if last is None else last.by_sigma
    if last is not None and last.scheme is scheme:
        moved = math.log(sigma / last.sigma)
        if abs(moved) > LEAST_SLOPE_MOVE:
            slope = (log_depth - last.log_depth) / moved
    return Curve(sigma, scheme, log_depth, slope, np.zeros(NODES))


def search(k: Contract, price: float, least: float, first: float, high: float) -> tuple[float, bool]:
    """(volatility, whether the price determines it) by the steps of `american_implied.newton` from `first`."""
    low, at, noise = LEAST_VOLATILITY, first, PRICE_NOISE * price
    curve: Curve | None = None
    for _ in range(MAX_STEPS):
        curve = next_curve(k, at, curve)
        here = value_at(k, curve)
        error = here.price - price
        if error > 0.0:
            high = at
        else:
            low = at
        exact = abs(error) <= noise
        trial = at if exact else at - step_error(k, price, least, here.price) / here.vega if here.vega > 0.0 else 0.0
        inside = exact or low < trial < high
        if not inside:
            trial = max(math.sqrt(low * high), 0.5 * at)
        if (inside and abs(trial - at) <= LAST_MOVE * trial) or high - low <= NARROW * trial:
            good = not here.exercise and noise <= LARGEST_RELATIVE_NOISE * here.vega * trial
            return trial, good and trial > LEAST_VOLATILITY * (1.0 + 1e-6)
        at = trial
    return at, False


def step_error(k: Contract, price: float, least: float, found: float) -> float:
    """`american_implied.newton_error` of one contract."""
    payoff = max(k.right * (k.spot - k.strike), 0.0)
    carried = abs(least - payoff) > PRICE_NOISE * payoff
    base = least if carried else payoff
    gained, wanted = max(found - base, 0.0), price - base
    if carried:
        return gained * math.log(gained / wanted) if gained > 0.0 else -math.inf
    if payoff > 0.0:
        return 2.0 * math.sqrt(gained) * (math.sqrt(gained) - math.sqrt(wanted))
    return found - price
