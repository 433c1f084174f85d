"""Measures options with cash dividends against trees and quadrature, beside the usual approximations.

Contracts: share at 100, one to eight quarterly dividends of 0.1 to 2.5 before expiry, the first at a random day (the
last often just before expiry), ten days to two years, 10-80 % volatility, strikes within 2 deviations, rates 0.1-10 %,
a third with a yield of 2 % on top. The reference is the model itself, a share that drops at each ex-date, by trees:
2,000 steps, cubic interpolation at the drops, the first-order error removed with the 1,000-step tree. Kinks at the
drops leave such a tree an error of 1e-4 and more, so ours is also held against itself with eight times as many steps,
and for one dividend against the integral over the lognormal density (European options; calls, exercised then or never).
Errors are relative to the price, or to 0.01 where it is less.

Approximations: "escrowed": the ordinary American price of the share less the present value of its dividends; "escrowed,
adjusted": the same, volatility times spot over that (J. Hull, "Options, Futures, and Other Derivatives"); "spot and
strike": near dividends off the share, far ones onto the strike (M. Bos, S. Vandermark, Risk, September 2002).

Run from the repository root: make accuracy
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from scipy.integrate import quad

from harness import write_table
from thetatrace.pricing import Dividends, greeks, implied_volatility, prepare, price
from thetatrace.pricing import dividends as lattices
from thetatrace.pricing.engine import use_numpy

Contract = tuple[float, float, float, float, float, float, int, list[float], float]
POINTS = range(-1, 3)


def contracts(count: int, seed: int) -> list[Contract]:
    """(spot, strike, years, volatility, rate, yield, right, times, amount) of the workload described at the top."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        years = round(float(np.exp(rng.uniform(np.log(0.03), np.log(2.0)))), 3)
        volatility, rate = float(rng.uniform(0.1, 0.8)), float(rng.uniform(0.001, 0.1))
        strike = 100.0 * float(np.exp(rng.uniform(-2.0, 2.0) * volatility * np.sqrt(years)))
        # On a node of both trees, so that they and we mean the same day.
        step = years / 1000.0
        first = step * int(rng.integers(20, int(min(980, 250.0 / years))))
        times = [step * round(t / step) for t in np.arange(first, 0.99 * years, 0.25).tolist()]
        carry, right = float(rng.choice([0.0, 0.0, 0.02])), int(rng.choice([1, -1]))
        found.append((100.0, strike, years, volatility, rate, carry, right, times, float(rng.uniform(0.1, 2.5))))
    return found


def interpolated(values: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Cubic through four nodes at fractional places, linear beyond the ends; float64[m]."""
    below = np.clip(np.floor(place), 1, values.size - 3).astype(int)
    part = np.clip(place, 0.0, values.size - 1.0) - below
    total = np.zeros(place.size)
    for own in POINTS:
        weight = np.ones(place.size)
        for k in POINTS:
            weight *= (part - k) / (own - k) if k != own else 1.0
        total += weight * values[below + own]
    return total


def tree(contract: Contract, steps: int, *, exercise: bool = True) -> float:
    """Cox-Ross-Rubinstein tree of a share that drops; the Black-Scholes value a step before expiry."""
    spot, strike, years, volatility, rate, carry, right, times, amount = contract
    step = years / steps
    drops = {round(t / step) for t in times}
    up = float(np.exp(volatility * np.sqrt(step)))
    p = (np.exp((rate - carry) * step) - 1.0 / up) / (up - 1.0 / up)
    discount = float(np.exp(-rate * step))
    spots = spot * up ** np.arange(-(steps - 1), steps, 2.0)
    values = price(spots, strike, step, volatility, rate, carry, right)
    for here in range(steps - 1, -1, -1):
        if here < steps - 1:
            spots = spots[1:] / up
            values = discount * (p * values[1:] + (1.0 - p) * values[:-1])
        if exercise:
            values = np.maximum(values, right * (spots - strike))
        if here in drops:
            below = np.maximum(spots - amount, 1e-9)
            values = interpolated(values, np.log(below / spots[0]) / (2.0 * np.log(up)))
            if exercise:
                values = np.maximum(values, right * (spots - strike))
    return float(values[0])


def reference(contract: Contract) -> float:
    """The 2,000-step tree, its first-order error removed with the 1,000-step tree."""
    return max(2.0 * tree(contract, 2000) - tree(contract, 1000), contract[6] * (contract[0] - contract[1]))


def integral(contract: Contract, *, exercise: bool) -> float:
    """One dividend: the value just before the drop (`exercise`: or the payoff), integrated over the density of then."""
    spot, strike, years, volatility, rate, carry, right, times, amount = contract
    wait, s = times[0], volatility * np.sqrt(times[0])

    def worth(z: float) -> float:
        share = spot * np.exp((rate - carry) * wait - 0.5 * s * s + s * z)
        held = float(price(max(share - amount, 1e-9), strike, years - wait, volatility, rate, carry, right))
        value = max(held, right * (share - strike)) if exercise else held
        return float(np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)) * value

    edge = (np.log(strike / spot) - (rate - carry) * wait + 0.5 * s * s) / s
    inside = sorted({float(np.clip(edge + d, -9.0, 9.0)) for d in (-1.0, 0.0, 0.1, 0.3, 1.0)})
    return float(np.exp(-rate * wait)) * quad(worth, -10.0, 10.0, points=inside, limit=400, epsabs=1e-11)[0]


def lattice(contract: Contract, style: str = "american") -> float:
    """Ours."""
    *terms, times, amount = contract
    return float(price(*terms, style=style, dividends=Dividends([amount] * len(times), times)))


def finer(contract: Contract) -> float:
    """Ours with eight times as many steps."""
    before = lattices.STEPS, lattices.EXTRAPOLATED_STEPS
    lattices.STEPS, lattices.EXTRAPOLATED_STEPS = (8 * steps for steps in before)
    found = lattice(contract)
    lattices.STEPS, lattices.EXTRAPOLATED_STEPS = before
    return found


def escrowed(contract: Contract, *, adjust: bool = False) -> float:
    """The ordinary price of the share less the present value of its dividends."""
    spot, strike, years, volatility, rate, carry, right, times, amount = contract
    less = spot - sum(amount * np.exp(-(rate - carry) * t) for t in times)
    sigma = volatility * spot / less if adjust else volatility
    return float(price(less, strike, years, sigma, rate, carry, right, style="american"))


def split(contract: Contract) -> float:
    """Near dividends off the share, far ones onto the strike."""
    spot, strike, years, volatility, rate, carry, right, times, amount = contract
    growth = rate - carry
    near = sum((years - t) / years * amount * np.exp(-growth * t) for t in times)
    far = sum(t / years * amount * np.exp(growth * (years - t)) for t in times)
    return float(price(spot - near, strike + far, years, volatility, rate, carry, right, style="american"))


def row(name: str, errors: list[float], goal: str = "") -> list[str]:
    """A line of the table: count, median, 90 of 100, worst."""
    ordered = np.sort(np.abs(errors))
    figures = [f"{ordered[int(share * (ordered.size - 1))]:.1e}" for share in (0.5, 0.9, 1.0)]
    return [name, f"{ordered.size:,}", *figures, goal]


def relative(found: float, exact: float) -> float:
    """Error relative to the price, or to 0.01 where it is less."""
    return (found - exact) / max(exact, 0.01)


def time_rows() -> list[list[str]]:
    """Microseconds a contract of one call with 320 contracts of one expiry, two dividends before it."""
    rows = []
    strike, dividends = np.tile(np.linspace(70.0, 130.0, 32), 10), Dividends([0.6, 0.6], [0.1, 0.35])
    for style, right in (("european", 1), ("american", 1), ("american", -1)):
        terms = (strike, 0.5, 0.04, 0.0, right)
        value = price(100.0, strike, 0.5, 0.3, 0.04, 0.0, right, style=style, dividends=dividends)
        works: dict[str, Callable[[], object]] = {
            "price and Greeks": lambda t=terms, s=style: greeks(
                100.0, t[0], t[1], 0.3, *t[2:], style=s, dividends=dividends
            ),
            "volatility": lambda t=terms, s=style, v=value: implied_volatility(
                v, 100.0, *t, style=s, dividends=dividends
            ),
        }
        figures = []
        for work in works.values():
            spent = []
            for _ in range(4):
                start = time.process_time()
                work()
                spent.append(time.process_time() - start)
            figures.append(f"{1e6 * min(spent) / strike.size:,.0f} us")
        rows.append([f"{style} {'calls' if right > 0 else 'puts'}", *figures])
    return rows


def main() -> None:
    """Print the tables and write them to `benchmarks/results/accuracy_dividends.md`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--contracts", type=int, default=200, help="contracts priced by trees")
    options = parser.parse_args()
    prepare(dividends=True)
    sample = contracts(options.contracts, 7)
    exact, fine = [reference(c) for c in sample], [finer(c) for c in sample]
    ways: dict[str, Callable[[Contract], float]] = {
        "ours": lattice,
        "escrowed": escrowed,
        "escrowed, adjusted": lambda c: escrowed(c, adjust=True),
        "spot and strike": split,
    }
    rows = []
    for right, kind in ((1, "calls"), (-1, "puts")):
        errors = [relative(lattice(c), e) for c, e in zip(sample, fine, strict=True) if c[6] == right]
        rows.append(row(f"ours: American {kind}, eight times the steps", errors, "1e-4"))
    for name, work in ways.items():
        for right, kind in ((1, "calls"), (-1, "puts")):
            errors = [relative(work(c), e) for c, e in zip(sample, exact, strict=True) if c[6] == right]
            rows.append(row(f"{name}: American {kind}, tree", errors, "1e-4" if name == "ours" else ""))
    one = [(*c[:5], 0.0, *c[6:]) for c in sample if len(c[7]) == 1]
    calls = [(*c[:6], 1, *c[7:]) for c in one]
    rows.append(row("ours: American calls, one dividend, integral", [
        relative(lattice(c), max(integral(c, exercise=True), c[0] - c[1])) for c in calls
    ], "1e-4"))  # fmt: skip
    rows.append(row("ours: European, one dividend, integral", [
        relative(lattice(c, "european"), integral(c, exercise=False)) for c in one
    ], "1e-4"))  # fmt: skip
    timed = [[f"compiled: {name}", *rest] for name, *rest in time_rows()]
    use_numpy()
    timed += [[f"numpy: {name}", *rest] for name, *rest in time_rows()]
    about = " ".join((__doc__ or "").strip().splitlines()[2:-2])
    header = ["figure", "contracts", "median", "90 of 100", "worst", "goal"]
    write_table("accuracy_dividends", about, header, rows)
    write_table(
        "speed_dividends",
        "Processor time a contract of one call with 320 contracts of one expiry, two dividends before it.",
        ["contracts", "price and Greeks", "volatility"],
        timed,
    )


if __name__ == "__main__":
    main()
