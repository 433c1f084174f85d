"""Measures the errors of the pricing kernels against high precision and against a 2,000-step tree.

European: 100,000 random and corner contracts (1 minute to 5 years, 0.1 % to 500 % volatility, out to 24 deviations)
against mpmath at 50 digits; Greeks against differentiation at 100 digits. A volatility is asked for as exactly as its
price determines it: to 1e-12 plus what a few roundings of the price move it. American: listed-option terms (a week to 2
years, 10-80 % volatility, within 2 deviations, rates to 10 %) against a 2,000-step tree whose first-order error is
removed with the 1,000-step tree; relative to the price, or to 0.01 where it is less.

Run from the repository root: make accuracy
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import Any

import mpmath as mp
import numpy as np

from harness import write_table
from thetatrace.pricing import PriceReason, greeks, implied_volatility, prepare, price
from thetatrace.pricing.engine import use_numpy

Columns = tuple[np.ndarray, ...]
GREEKS = {
    "delta": ((1, 0, 0, 0), 1.0),
    "gamma": ((2, 0, 0, 0), 1.0),
    "theta": ((0, 1, 0, 0), -1.0 / 365.0),
    "vega": ((0, 0, 1, 0), 0.01),
    "rho": ((0, 0, 0, 1), 0.01),
    "vanna": ((1, 0, 1, 0), 0.01),
    "volga": ((0, 0, 2, 0), 0.0001),
    "charm": ((1, 1, 0, 0), -1.0 / 365.0),
}


def exact_price(spot: Any, strike: Any, years: Any, volatility: Any, rate: Any, dividend_yield: Any, right: Any) -> Any:
    """Black-Scholes-Merton in mpmath numbers."""
    s = volatility * mp.sqrt(years)
    d1 = (mp.log(spot / strike) + (rate - dividend_yield) * years) / s + s / 2
    n1, n2 = (mp.erfc(-right * d / mp.sqrt(2)) / 2 for d in (d1, d1 - s))
    return right * (spot * mp.exp(-dividend_yield * years) * n1 - strike * mp.exp(-rate * years) * n2)


def random_contracts(count: int, seed: int, widest: float = 12.0) -> Columns:
    """Columns of the European domain."""
    rng = np.random.default_rng(seed)
    years = np.exp(rng.uniform(np.log(1.0 / 525_600.0), np.log(5.0), count))
    volatility = np.exp(rng.uniform(np.log(0.001), np.log(5.0), count))
    deviations = rng.uniform(-widest, widest, count) * rng.choice([1.0, 0.1, 0.001, 2.0], count)
    strike = 100.0 * np.exp(np.clip(deviations * volatility * np.sqrt(years), -6.0, 6.0))
    rate, carry = rng.uniform(-0.02, 0.1, count), rng.uniform(-0.01, 0.08, count)
    return np.full(count, 100.0), strike, years, volatility, rate, carry, rng.choice([-1.0, 1.0], count)


def corner_contracts() -> Columns:
    """The product of the ends of every range, at, near and far from the money."""
    axes = (
        [100.0],
        [20.0, 99.0, 99.999999, 100.0, 100.000001, 101.0, 500.0],
        [1.0 / 525_600.0, 1.0 / 365.0, 5.0],
        [0.001, 0.2, 5.0],
        [0.0, 0.05, -0.01],
        [0.0, 0.05],
        [1.0, -1.0],
    )
    return tuple(c.ravel() for c in np.meshgrid(*axes, indexing="ij"))


def join(*parts: Columns) -> Columns:
    """Columns one after the other."""
    return tuple(np.concatenate(columns) for columns in zip(*parts, strict=True))


def european_prices(contracts: Columns) -> np.ndarray:
    """Exact prices rounded once, float64[n]."""
    with mp.workdps(50):
        rows = zip(*(c.tolist() for c in contracts), strict=True)
        return np.array([float(exact_price(*map(mp.mpf, row))) for row in rows])


def worst(values: Iterable[float]) -> str:
    """The largest value as text."""
    return f"{max(values):.1e}"


def price_row(contracts: Columns, exact: np.ndarray) -> list[str]:
    """Relative errors of prices above 1e-290, where doubles still have their digits."""
    error = np.abs(price(*contracts) / exact - 1.0)[exact > 1e-290]
    return ["price, relative", f"{error.size:,}", worst(error), f"{np.median(error):.1e}", "1e-12"]


def volatility_rows(contracts: Columns, exact: np.ndarray) -> list[list[str]]:
    """Errors of volatilities: as they are where the price determines 1e-12, and over their allowance everywhere."""
    spot, strike, years, volatility, rate, carry, right = contracts
    found = implied_volatility(exact, spot, strike, years, rate, carry, right)
    good = (found.reason == PriceReason.OK) & (exact > 1e-290)
    vega = 100.0 * greeks(*contracts).vega
    intrinsic = np.maximum(right * (spot * np.exp(-carry * years) - strike * np.exp(-rate * years)), 0.0)
    noise = 3e-16 * (exact + 2.0 * intrinsic)[good] / (vega * volatility)[good]
    error = np.abs(found.volatility / volatility - 1.0)[good]
    sharp = noise < 2e-14
    over = error / (1e-12 + 40.0 * noise)
    count = f"{int((~(found.reason == PriceReason.OK)).sum()):,}"
    return [
        ["volatility, where the price determines it", f"{int(sharp.sum()):,}", worst(error[sharp]), "", "1e-12"],
        ["volatility, share of what rounding allows", f"{error.size:,}", worst(over), f"{np.median(over):.1e}", "1"],
        ["volatilities refused with a reason", count, "", "", ""],
    ]


def greek_rows(count: int) -> list[list[str]]:
    """Relative errors of Greeks against differentiation at 100 digits, away from their zeros."""
    contracts = random_contracts(count, 14, widest=4.0)
    found = greeks(*contracts, second_order=True)
    rows = []
    with mp.workdps(100):
        for name, (orders, factor) in GREEKS.items():
            errors = []
            got = getattr(found, name)
            size = np.median(np.abs(got))
            for i in range(count):
                spot, strike, years, sigma, rate, carry, right = (mp.mpf(float(c[i])) for c in contracts)

                def value(
                    s: Any, t: Any, v: Any, r: Any, strike: Any = strike, carry: Any = carry, right: Any = right
                ) -> Any:
                    return exact_price(s, strike, t, v, r, carry, right)

                exact = factor * mp.diff(value, (spot, years, sigma, rate), orders)
                if abs(exact) > 1e-3 * size:
                    errors.append(float(abs(mp.mpf(float(got[i])) / exact - 1)))
            rows.append([name + ", relative", f"{len(errors):,}", worst(errors), f"{np.median(errors):.1e}", "1e-9"])
    return rows


def american_contracts(count: int, seed: int) -> Columns:
    """Columns of the American domain."""
    rng = np.random.default_rng(seed)
    years = np.exp(rng.uniform(np.log(0.02), np.log(2.0), count))
    volatility = rng.uniform(0.1, 0.8, count)
    strike = 100.0 * np.exp(rng.uniform(-2.0, 2.0, count) * volatility * np.sqrt(years))
    rate = rng.uniform(0.001, 0.1, count)
    carry = rng.choice([0.0, 1.0, 1.0], count) * rng.uniform(0.0, 0.1, count)
    return np.full(count, 100.0), strike, years, volatility, rate, carry, rng.choice([-1.0, 1.0], count)


def tree_prices(contracts: Columns, steps: int) -> np.ndarray:
    """Cox-Ross-Rubinstein trees, the Black-Scholes value a step before expiry (Broadie, Detemple 1996); float64[n]."""
    spot, strike, years, volatility, rate, carry, right = (c[:, None] for c in contracts)
    step = years / steps
    up = np.exp(volatility * np.sqrt(step))
    discount = np.exp(-rate * step)
    p = (np.exp((rate - carry) * step) - 1.0 / up) / (up - 1.0 / up)
    spots = spot * up ** np.arange(-(steps - 1), steps, 2.0)
    values = np.maximum(price(spots, strike, step, volatility, rate, carry, right), right * (spots - strike))
    for _ in range(steps - 1):
        spots = spots[:, 1:] / up
        values = np.maximum(discount * (p * values[:, 1:] + (1.0 - p) * values[:, :-1]), right * (spots - strike))
    return values[:, 0]


def american_rows(count: int) -> list[list[str]]:
    """Errors of American prices, and of volatilities coming back."""
    contracts = american_contracts(count, 31)
    found = price(*contracts, style="american")
    exact = np.concatenate(
        [
            2.0 * tree_prices(tuple(c[i : i + 16] for c in contracts), 2000)
            - tree_prices(tuple(c[i : i + 16] for c in contracts), 1000)
            for i in range(0, count, 16)
        ]
    )
    error = np.abs(found - exact) / np.maximum(exact, 0.01)
    spot, strike, years, volatility, rate, carry, right = contracts
    implied = implied_volatility(found, spot, strike, years, rate, carry, right, style="american")
    clear = (implied.reason == PriceReason.OK) & (greeks(*contracts, style="american").vega > 1e-4)
    back = np.abs(implied.volatility / volatility - 1.0)[clear]
    return [
        ["American price, relative", f"{count:,}", worst(error), f"{np.median(error):.1e}", "1e-4"],
        ["American volatility of its own price", f"{back.size:,}", worst(back), f"{np.median(back):.1e}", "1e-5"],
    ]


def main() -> None:
    """Print the table and write it to `benchmarks/results/accuracy.md`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--european", type=int, default=100_000, help="European contracts")
    parser.add_argument("--american", type=int, default=400, help="American contracts")
    parser.add_argument("--greeks", type=int, default=300, help="contracts whose Greeks are differentiated")
    options = parser.parse_args()
    corners = corner_contracts()
    contracts = join(random_contracts(options.european - corners[0].size, 11), corners)
    exact = european_prices(contracts)
    ways: dict[str, Callable[[], object]] = {"numpy": use_numpy, "compiled": prepare}
    rows: list[list[str]] = []
    for way, choose in ways.items():
        choose()
        with np.errstate(all="ignore"):
            found = [price_row(contracts, exact), *volatility_rows(contracts, exact), *greek_rows(options.greeks)]
            found += american_rows(options.american)
        rows += [[f"{way}: {row[0]}", *row[1:]] for row in found]
    workload = " ".join(line for line in (__doc__ or "").strip().splitlines()[2:-2])
    write_table("accuracy", workload, ["figure", "contracts", "worst", "median", "goal"], rows)


if __name__ == "__main__":
    main()
