"""Times implied volatility plus five Greeks of whole chains beside the public packages, in one process.

Workload: an option chain on spot 100, rate 4 %, dividend yield 1.5 %, one expiry per 500 contracts (1 week to 1 year),
strikes 70-130, calls and puts in turn, volatility 20 % at the money with skew and smile. Prices are computed first and
not timed. Ours is one call of `implied_greeks`; py_vollib_vectorized one call for the volatilities and one for the
Greeks; QuantLib is called contract by contract, as option objects and by its Black formulas (its fastest way);
blackscholes gives Greeks only, so its volatility is a gift. Rows whose price determines no volatility stay in the
batch. With dividends: American, half a year, two cash dividends, no yield. The figure is processor
time, the least of repeats taken in turn: these machines are shared, and everything here runs on one core.

Run from the repository root: python benchmarks/bench_pricing.py
"""

from __future__ import annotations

import argparse
import importlib.util
import platform
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

from thetatrace.pricing import Dividends, greeks_of_one, implied_greeks, implied_volatility_of_one, prepare, price
from thetatrace.pricing.engine import Engine

SIZES = (60, 240, 626, 1_000, 10_000, 100_000)
SMALL_SIZES = (1, 2, 4, 8, 12, 16, 24, 32)
NEAR = 3.0
BURST = 4
LONG_MS = 1000.0
"""Works that take longer are timed twice only."""
SPOT, RATE, CARRY = 100.0, 0.04, 0.015
RESULTS = Path(__file__).parent / "results" / "pricing.md"
Chain = dict[str, np.ndarray]


def make_chain(size: int, style: str, reach: float = 30.0) -> Chain:
    """Columns of the workload described at the top, strikes `reach` around the spot."""
    expiries = max(1, size // 500)
    per = -(-size // expiries)
    years = np.repeat(np.linspace(7.0 / 365.0, 1.0, expiries), per)[:size]
    strike = np.tile(np.linspace(SPOT - reach, SPOT + reach, per), expiries)[:size]
    right = np.where(np.arange(size) % 2 == 0, 1.0, -1.0)
    moneyness = np.log(strike / SPOT)
    volatility = 0.2 - 0.1 * moneyness + 0.3 * moneyness**2
    value = price(SPOT, strike, years, volatility, RATE, CARRY, right, style=style)
    return {"strike": strike, "years": years, "right": right, "volatility": volatility, "value": value}


def best_ms(works: dict[str, Callable[[], object]], budget_s: float) -> dict[str, float]:
    """Least milliseconds of processor time of each, in short bursts in turn, for `budget_s` seconds each."""
    times: dict[str, float] = dict.fromkeys(works, float("inf"))
    rounds, until = 0, time.perf_counter() + budget_s * len(works)
    while rounds < 2 or (time.perf_counter() < until and rounds < 300):
        for name, work in works.items():
            for _ in range(1 if times[name] > LONG_MS else BURST):
                start = time.process_time()
                work()
                times[name] = min(times[name], 1e3 * (time.process_time() - start))
        rounds += 1
    return times


def vectorised(chain: Chain, style: str) -> Callable[[], object]:
    """One call for the volatilities and their Greeks."""
    terms = (chain["value"], SPOT, chain["strike"], chain["years"], RATE, CARRY, chain["right"])

    def work() -> object:
        return implied_greeks(*terms, style=style)

    return work


def with_dividends(size: int) -> Callable[[], object]:
    """`vectorised` American with cash dividends, at the volatilities of the workload."""
    chain = make_chain(size, "american")
    paid = Dividends([0.4, 0.4], [0.1, 0.35])
    terms = (SPOT, chain["strike"], 0.5)
    value = price(*terms, chain["volatility"], RATE, 0.0, chain["right"], style="american", dividends=paid)

    def work() -> object:
        return implied_greeks(value, *terms, RATE, 0.0, chain["right"], style="american", dividends=paid)

    return work


def one_by_one(chain: Chain, style: str = "european") -> Callable[[], object]:
    """The scalar path in a Python loop."""
    rows = list(zip(*(chain[n].tolist() for n in ("value", "strike", "years", "right")), strict=True))

    def work() -> object:
        for value, strike, years, right in rows:
            found = implied_volatility_of_one(value, SPOT, strike, years, RATE, CARRY, int(right), style=style)
            greeks_of_one(SPOT, strike, years, found.volatility, RATE, CARRY, int(right), style=style)
        return None

    return work


def quantlib(chain: Chain) -> Callable[[], object]:
    """QuantLib's Black formulas, contract by contract."""
    import QuantLib as ql  # noqa: N813, PLC0415

    rows = list(zip(*(chain[n].tolist() for n in ("value", "strike", "years", "right")), strict=True))

    def work() -> object:
        for value, strike, years, right in rows:
            kind = ql.Option.Call if right > 0 else ql.Option.Put
            forward, discount = SPOT * np.exp((RATE - CARRY) * years), float(np.exp(-RATE * years))
            try:
                deviation = ql.blackFormulaImpliedStdDev(kind, strike, forward, value, discount)
            except RuntimeError:
                continue
            black = ql.BlackCalculator(ql.PlainVanillaPayoff(kind, strike), forward, deviation, discount)
            black.delta(SPOT), black.gamma(SPOT), black.theta(SPOT, years), black.vega(years), black.rho(years)
        return None

    return work


def quantlib_options(chain: Chain) -> Callable[[], object]:
    """QuantLib's option objects and analytic engine, contract by contract; process and quotes are made once."""
    import QuantLib as ql  # noqa: N813, PLC0415

    today, days = ql.Date(2, 1, 2018), ql.Actual365Fixed()
    ql.Settings.instance().evaluationDate = today
    flat = [ql.YieldTermStructureHandle(ql.FlatForward(today, r, days)) for r in (CARRY, RATE)]
    sigma = ql.SimpleQuote(0.2)
    surface = ql.BlackConstantVol(today, ql.NullCalendar(), ql.QuoteHandle(sigma), days)
    spot = ql.QuoteHandle(ql.SimpleQuote(SPOT))
    process = ql.BlackScholesMertonProcess(spot, *flat, ql.BlackVolTermStructureHandle(surface))
    engine = ql.AnalyticEuropeanEngine(process)
    rows = list(zip(*(chain[n].tolist() for n in ("value", "strike", "years", "right")), strict=True))

    def work() -> object:
        for value, strike, years, right in rows:
            payoff = ql.PlainVanillaPayoff(ql.Option.Call if right > 0 else ql.Option.Put, strike)
            option = ql.VanillaOption(payoff, ql.EuropeanExercise(today + round(365 * years)))
            try:
                sigma.setValue(option.impliedVolatility(value, process))
            except RuntimeError:
                continue
            option.setPricingEngine(engine)
            option.delta(), option.gamma(), option.theta(), option.vega(), option.rho()
        return None

    return work


def py_vollib(chain: Chain) -> Callable[[], object]:
    """py_vollib_vectorized: implied volatility, then its five Greeks."""
    import py_vollib_vectorized as pv  # noqa: PLC0415

    flag = np.where(chain["right"] > 0, "c", "p")
    terms = (SPOT, chain["strike"], chain["years"], RATE)

    def work() -> object:
        sigma = pv.vectorized_implied_volatility(
            chain["value"], *terms, flag, q=CARRY, model="black_scholes_merton", on_error="ignore", return_as="numpy"
        )
        return pv.get_all_greeks(flag, *terms, sigma, q=CARRY, model="black_scholes_merton", return_as="dict")

    return work


def blackscholes(chain: Chain) -> Callable[[], object]:
    """blackscholes: five Greeks contract by contract, at volatilities it is given."""
    from blackscholes import BlackScholesCall, BlackScholesPut  # noqa: PLC0415

    columns = [chain[n].tolist() for n in ("strike", "years", "volatility", "right")]

    def work() -> object:
        for strike, years, sigma, right in zip(*columns, strict=True):
            kind = BlackScholesCall if right > 0 else BlackScholesPut
            option = kind(SPOT, strike, years, RATE, sigma, CARRY)
            option.delta(), option.gamma(), option.theta(), option.vega(), option.rho()
        return None

    return work


PEERS = {
    "py_vollib_vectorized": ("py_vollib_vectorized", py_vollib),
    "QuantLib options": ("QuantLib", quantlib_options),
    "QuantLib formulas": ("QuantLib", quantlib),
    "blackscholes": ("blackscholes", blackscholes),
}
VERSIONS = ("numpy", "scipy", "numba", "py_vollib_vectorized", "QuantLib", "blackscholes")


def rate(milliseconds: float | None, size: int) -> str:
    """Milliseconds and contracts per second of one table cell."""
    return "not timed" if milliseconds is None else f"{milliseconds:.3f} ms ({size / milliseconds * 1e3:,.0f}/s)"


def processor() -> str:
    """Name of the processor as Linux tells it, else the architecture."""
    info = Path("/proc/cpuinfo")
    names = (
        [li.split(":")[1].strip() for li in info.read_text().splitlines() if "model name" in li]
        if info.exists()
        else []
    )
    return names[0] if names else platform.machine()


def on_numpy(work: Callable[[], object]) -> Callable[[], object]:
    """`work` without the compiled kernels (switching costs well under a microsecond)."""

    def plain() -> object:
        kernels = Engine.kernels, Engine.american
        Engine.kernels = Engine.american = None
        work()
        Engine.kernels, Engine.american = kernels
        return None

    return plain


def measure(size: int, budget_s: float) -> dict[str, float]:
    """Milliseconds of every column that is timed at this size."""
    european = make_chain(size, "european")
    works = {
        "European": vectorised(european, "european"),
        "American": vectorised(make_chain(size, "american"), "american"),
        "European, numpy only": on_numpy(vectorised(european, "european")),
    }
    works["American, numpy only"] = on_numpy(vectorised(make_chain(size, "american"), "american"))
    works["one contract at a time"] = one_by_one(european)
    if size <= 1_000:
        works["American with dividends"] = with_dividends(size)
    for name, (package, make) in PEERS.items():
        if importlib.util.find_spec(package) is not None:
            works[name] = make(european)
    return best_ms(works, budget_s)


def measure_small(size: int, budget_s: float) -> dict[str, float]:
    """Milliseconds of a few contracts, one at a time and as a batch."""
    chain, early = make_chain(size, "european", NEAR), make_chain(size, "american", NEAR)
    european, american = vectorised(chain, "european"), vectorised(early, "american")
    works = {
        "one contract at a time": one_by_one(chain),
        "European": european,
        "European, numpy only": on_numpy(european),
        "American, one at a time": one_by_one(early, "american"),
        "American, one at a time, numpy only": on_numpy(one_by_one(early, "american")),
        "American": american,
        "American, numpy only": on_numpy(american),
    }
    return best_ms(works, budget_s)


def table(header: list[str], rows: list[list[str]]) -> list[str]:
    """Markdown lines."""
    return [
        "| " + " | ".join(header) + " |",
        "| ---: |" + " ---: |" * (len(header) - 1),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def report(budget_s: float, sizes: tuple[int, ...]) -> str:
    """The Markdown page."""
    start = time.process_time()
    prepared = prepare()
    compiled_s = time.process_time() - start
    prepare(dividends=True)
    figures = {size: measure(size, budget_s) for size in sizes}
    small = {size: measure_small(size, 0.2 * budget_s) for size in SMALL_SIZES}
    few = ["one contract at a time", "European", "European, numpy only"]
    few += ["American, one at a time", "American", "American, one at a time, numpy only", "American, numpy only"]
    ours = [
        *("European", "American", "European, numpy only", "American, numpy only", "one contract at a time"),
        "American with dividends",
    ]
    versions = ", ".join(f"{name} {version(name)}" for name in VERSIONS if importlib.util.find_spec(name) is not None)
    ratios = []
    for size, found in figures.items():
        row = [f"{size:,}"]
        ours_ms = found["European"]
        row += [f"{found[name] / ours_ms:,.1f} x" if name in found else "not timed" for name in PEERS]
        ratios.append(row)
    lines = [
        "# Implied volatility and five Greeks",
        "",
        *[line for line in (__doc__ or "").strip().splitlines()[2:-2] if line],
        "",
        f"- date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"- machine: {processor()}, {platform.system()}; one process, one thread",
        f"- versions: Python {platform.python_version()}, {versions}",
        f"- kernels compiled: {prepared.ready}, {compiled_s:.1f} s of processor time (0.3 s: from the cache)",
        f"- command: python benchmarks/bench_pricing.py --budget {budget_s:g}",
        "",
        *table(["contracts", *ours], [[f"{n:,}", *(rate(f.get(c), n) for c in ours)] for n, f in figures.items()]),
        "",
        "## A few contracts, microseconds in all",
        "",
        f"Strikes within {NEAR:g} of the spot. Where a batch begins to win over one contract at a time (first column:",
        "European). American contracts of a batch share their boundary, which is most of the work.",
        "",
        *table(["contracts", *few], [[str(n), *(f"{1e3 * f[c]:,.0f}" for c in few)] for n, f in small.items()]),
        "",
        "## Beside the public packages (European)",
        "",
        *table(["contracts", *PEERS], [[f"{n:,}", *(rate(f.get(c), n) for c in PEERS)] for n, f in figures.items()]),
        "",
        "How many times longer they take than ours:",
        "",
        *table(["contracts", *PEERS], ratios),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the table and write it to `benchmarks/results/pricing.md`."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--budget", type=float, default=2.0, help="seconds of repeats per cell")
    parser.add_argument("--output", type=Path, default=RESULTS, help="Markdown file to write")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="contracts per batch")
    options = parser.parse_args()
    page = report(options.budget, tuple(options.sizes))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(page)
    print(page)


if __name__ == "__main__":
    main()
