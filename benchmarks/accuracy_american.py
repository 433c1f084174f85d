"""Measures American prices and Greeks against QuantLib's most precise American engine, differentiated.

Contracts: listed-option terms (a week to 2 years, 10-80 % volatility, within 2 deviations, rates to 10 %, with and
without a yield), those not exercised at once. The reference is `QdFpAmericanEngine` with its high-precision scheme
(the method of Andersen, Lake, Offengenden too, with far more nodes), and differences of its prices of sixth order. An
error of a price is relative to it, or to 0.01 where it is less; that of a Greek relative to itself and the European
one. "Near exercise": a third as many whose strike is moved until the spot is 0.02 to 0.2 deviations, sigma sqrt(T),
from the boundary.

Run from the repository root: make accuracy
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import QuantLib as ql  # noqa: N813

from harness import write_table
from thetatrace.pricing import greeks, prepare
from thetatrace.pricing.american import boundaries_at, puts_of
from thetatrace.pricing.early_exercise import premiums
from thetatrace.pricing.inputs import read_columns

Contract = tuple[float, float, int, float, float, float, int]
TODAY = ql.Date(2, 1, 2026)
DAYS = ql.Actual365Fixed()
FIRST = np.array([-1.0, 9.0, -45.0, 0.0, 45.0, -9.0, 1.0]) / 60.0
SECOND = np.array([2.0, -27.0, 270.0, -490.0, 270.0, -27.0, 2.0]) / 180.0
"""Weights of seven equidistant values for derivatives at the middle one."""
NAMES = ("delta", "gamma", "theta", "vega", "rho", "vanna", "volga")
NEAR = 0.2


def contracts(count: int, seed: int) -> list[Contract]:
    """(spot, strike, days, volatility, rate, yield, right) of the workload described at the top."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        days, volatility = int(np.exp(rng.uniform(np.log(7.0), np.log(730.0)))), float(rng.uniform(0.1, 0.8))
        strike = float(100.0 * np.exp(rng.uniform(-2.0, 2.0) * volatility * np.sqrt(days / 365.0)))
        carry = float(rng.choice([0.0, 1.0, 1.0]) * rng.uniform(0.0, 0.1))
        found.append((100.0, strike, days, volatility, float(rng.uniform(0.001, 0.1)), carry, int(rng.choice([-1, 1]))))
    return found


def reference(contract: Contract) -> Callable[[float, float, float], float]:
    """QuantLib's price of a contract at a spot, volatility and rate."""
    spot, strike, days, volatility, rate, carry, right = contract
    spots, sigmas, rates = ql.SimpleQuote(spot), ql.SimpleQuote(volatility), ql.SimpleQuote(rate)
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(spots),
        ql.YieldTermStructureHandle(ql.FlatForward(TODAY, carry, DAYS)),
        ql.YieldTermStructureHandle(ql.FlatForward(TODAY, ql.QuoteHandle(rates), DAYS)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(TODAY, ql.NullCalendar(), ql.QuoteHandle(sigmas), DAYS)),
    )
    kind = ql.Option.Put if right < 0 else ql.Option.Call
    option = ql.VanillaOption(ql.PlainVanillaPayoff(kind, strike), ql.AmericanExercise(TODAY, TODAY + days))
    option.setPricingEngine(ql.QdFpAmericanEngine(process, ql.QdFpAmericanEngine.highPrecisionScheme()))

    def value(at: float, sigma: float, interest: float) -> float:
        for quote, number in ((spots, at), (sigmas, sigma), (rates, interest)):
            quote.setValue(number)
        found: float = option.NPV()
        return found

    return value


def exact(contract: Contract, room: float) -> dict[str, float]:
    """Price and Greeks (units of `Greeks`) by differences of the reference on one side of the boundary, which is `room`
    away, |ln(spot / boundary)|, and moves with volatility and rate."""
    spot, _, days, volatility, rate, carry, _ = contract
    value = reference(contract)
    steps = np.arange(-3.0, 4.0)
    h, dr = min(1e-3, 0.3 * room) * spot, min(2e-4, 0.1 * rate, 0.1 * rate * room)
    dv = min(5e-3 * volatility, 0.05 * room / float(np.sqrt(days / 365.0)))

    def over_spot(sigma: float) -> np.ndarray:
        return np.array([value(spot + h * k, sigma, rate) for k in steps])

    here = over_spot(volatility)
    by_volatility = np.array([value(spot, volatility + dv * k, rate) for k in steps])
    by_rate = np.array([value(spot, volatility, rate + dr * k) for k in steps])
    deltas = np.array([over_spot(volatility + dv * k) @ FIRST / h for k in steps if k])
    price, delta, gamma = float(here[3]), float(here @ FIRST / h), float(here @ SECOND / (h * h))
    theta = rate * price - (rate - carry) * spot * delta - 0.5 * (volatility * spot) ** 2 * gamma
    return {
        "price": price,
        "delta": delta,
        "gamma": gamma,
        "theta": theta / 365.0,
        "vega": 0.01 * float(by_volatility @ FIRST) / dv,
        "rho": 0.01 * float(by_rate @ FIRST) / dr,
        "vanna": 0.01 * float(deltas @ FIRST[steps != 0.0]) / dv,
        "volga": 1e-4 * float(by_volatility @ SECOND) / (dv * dv),
    }


def as_columns(rows: list[Contract]) -> tuple[np.ndarray, ...]:
    """What `greeks` takes but its style."""
    spot, strike, days, volatility, *rest = (np.array(c, dtype=np.float64) for c in zip(*rows, strict=True))
    return spot, strike, days / 365.0, volatility, *rest


def distances(rows: list[Contract]) -> np.ndarray:
    """|ln(spot / boundary)| of contracts, zero or less where exercise is due, infinite where it never pays."""
    spot, strike, years, volatility, rate, carry, right = as_columns(rows)
    found = np.full(spot.size, np.inf)
    pays = np.flatnonzero(np.where(right > 0.0, carry, rate) > 1e-8)
    c = read_columns(*(column[pays] for column in (volatility, spot, strike, years, rate, carry, right)))
    puts = puts_of(c)
    found[pays] = premiums(puts, c.value, boundaries_at(puts, c.value)).distance
    return found


def near_exercise(count: int, seed: int) -> list[Contract]:
    """`contracts`, their strikes moved: a boundary is in proportion to its strike."""
    rng, rows = np.random.default_rng(seed), []
    drawn = contracts(8 * count, seed)
    for row, away in zip(drawn, distances(drawn).tolist(), strict=True):
        spot, strike, days, volatility, *rest = row
        wanted = NEAR * rng.uniform(0.1, 1.0) * volatility * np.sqrt(days / 365.0)
        if np.isfinite(away) and len(rows) < count:
            rows.append((spot, strike * float(np.exp(row[6] * (wanted - away))), days, volatility, *rest))
    return rows


def errors(rows: list[Contract]) -> dict[str, np.ndarray]:
    """Errors by name of those contracts that live."""
    away = distances(rows)
    rows = [row for row, distance in zip(rows, away.tolist(), strict=True) if distance > 1e-4]
    found, plain = (greeks(*as_columns(rows), style=s, second_order=True) for s in ("american", "european"))
    truth = [exact(row, distance) for row, distance in zip(rows, away[away > 1e-4].tolist(), strict=True)]
    result = {}
    for name in ("price", *NAMES):
        value = np.array([row[name] for row in truth])
        size = np.maximum(value, 0.01) if name == "price" else np.abs(value) + np.abs(getattr(plain, name))
        result[name] = np.abs(getattr(found, name) - value) / size
    return result


def main() -> None:
    """Print the table and write it to `benchmarks/results/accuracy_american.md`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--contracts", type=int, default=90, help="contracts drawn")
    options = parser.parse_args()
    prepare()
    ql.Settings.instance().evaluationDate = TODAY
    rows = []
    for kind, chosen in (
        ("", contracts(options.contracts, 41)),
        ("near exercise: ", near_exercise(options.contracts // 3, 42)),
    ):
        for name, error in errors(chosen).items():
            cells = [f"{v:.1e}" for v in (error.max(), np.quantile(error, 0.95), np.median(error))]
            rows.append([f"{kind}{name}", f"{error.size:,}", *cells])
    workload = " ".join(line for line in (__doc__ or "").strip().splitlines()[2:-2])
    write_table("accuracy_american", workload, ["figure", "contracts", "worst", "95 % within", "median"], rows)


if __name__ == "__main__":
    main()
