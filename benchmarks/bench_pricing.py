"""Times implied volatility plus five Greeks of whole chains, and says what was timed where.

Workload: an option chain on spot 100, rate 4 %, dividend yield 1.5 %, one expiry per 500 contracts (1 week to 1 year),
strikes 70-130, calls and puts in turn, volatility 20 % at the money with skew and smile. Prices are computed first and
not timed; each timing is one call of `implied_volatility` on them and one of `greeks` at the volatility found. Rows
whose price does not determine a volatility stay in the batch. The figure is the median of the repeats.

Run from the repository root: python benchmarks/bench_pricing.py
"""

from __future__ import annotations

import argparse
import importlib.util
import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import scipy

from thetatrace.pricing import greeks, greeks_of_one, implied_volatility, implied_volatility_of_one, price

SIZES = (60, 240, 626, 1_000, 10_000, 100_000)
SPOT, RATE, CARRY = 100.0, 0.04, 0.015
RESULTS = Path(__file__).parent / "results" / "pricing.md"
Chain = dict[str, np.ndarray]


def make_chain(size: int, style: str) -> Chain:
    """Columns of the workload described at the top."""
    expiries = max(1, size // 500)
    per = -(-size // expiries)
    years = np.repeat(np.linspace(7.0 / 365.0, 1.0, expiries), per)[:size]
    strike = np.tile(np.linspace(70.0, 130.0, per), expiries)[:size]
    right = np.where(np.arange(size) % 2 == 0, 1.0, -1.0)
    moneyness = np.log(strike / SPOT)
    volatility = 0.2 - 0.1 * moneyness + 0.3 * moneyness**2
    value = price(SPOT, strike, years, volatility, RATE, CARRY, right, style=style)
    return {"strike": strike, "years": years, "right": right, "value": value}


def median_ms(work: Callable[[], object], budget_s: float) -> tuple[float, int]:
    """(median milliseconds, repeats) of `work` after one warm call, in about `budget_s` seconds."""
    work()
    times: list[float] = []
    until = time.perf_counter() + budget_s
    while len(times) < 5 or (time.perf_counter() < until and len(times) < 501):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times), len(times)


def vectorised(chain: Chain, style: str) -> Callable[[], object]:
    """One call for the volatilities, one for the Greeks."""

    def work() -> object:
        found = implied_volatility(
            chain["value"], SPOT, chain["strike"], chain["years"], RATE, CARRY, chain["right"], style=style
        )
        return greeks(SPOT, chain["strike"], chain["years"], found.volatility, RATE, CARRY, chain["right"], style=style)

    return work


def one_by_one(chain: Chain) -> Callable[[], object]:
    """The scalar path in a Python loop."""
    rows = list(zip(*(chain[n].tolist() for n in ("value", "strike", "years", "right")), strict=True))

    def work() -> object:
        for value, strike, years, right in rows:
            found = implied_volatility_of_one(value, SPOT, strike, years, RATE, CARRY, int(right))
            greeks_of_one(SPOT, strike, years, found.volatility, RATE, CARRY, int(right))
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
            black = ql.BlackCalculator(kind, strike, forward, deviation, discount)
            black.delta(SPOT), black.gamma(SPOT), black.theta(SPOT, years), black.vega(years), black.rho(years)
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


PEERS = {"QuantLib": quantlib, "py_vollib_vectorized": py_vollib}


def cell(work: Callable[[], object], size: int, budget_s: float) -> str:
    """Milliseconds and contracts per second of one table cell."""
    milliseconds, _ = median_ms(work, budget_s)
    return f"{milliseconds:.3f} ms ({size / milliseconds * 1e3:,.0f}/s)"


def processor() -> str:
    """Name of the processor as Linux tells it, else the architecture."""
    info = Path("/proc/cpuinfo")
    names = (
        [li.split(":")[1].strip() for li in info.read_text().splitlines() if "model name" in li]
        if info.exists()
        else []
    )
    return names[0] if names else platform.machine()


def report(budget_s: float, sizes: tuple[int, ...]) -> str:
    """The Markdown page."""
    peers = {name: importlib.util.find_spec(name) is not None for name in PEERS}
    names = ["European", "American", "one contract at a time (European)", *PEERS]
    lines = [
        "# Implied volatility and five Greeks",
        "",
        *[line for line in (__doc__ or "").strip().splitlines()[2:-2] if line],
        "",
        f"- date: {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        f"- machine: {processor()}, {platform.system()}; one process, one thread",
        f"- versions: Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}",
        f"- command: python benchmarks/bench_pricing.py --budget {budget_s:g}",
        "",
        "| contracts | " + " | ".join(names) + " |",
        "| ---: |" + " ---: |" * len(names),
    ]
    for size in sizes:
        chain = make_chain(size, "european")
        cells = [
            cell(vectorised(chain, "european"), size, budget_s),
            cell(vectorised(make_chain(size, "american"), "american"), size, budget_s),
            cell(one_by_one(chain), size, budget_s) if size <= 10_000 else "not timed",
        ]
        for name, make in PEERS.items():
            cells.append(cell(make(chain), size, budget_s) if peers[name] else "not installed")
        lines.append(f"| {size:,} | " + " | ".join(cells) + " |")
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
