"""What the decision path costs: query, reader, gates, IV, Greeks, strike choice, VIX regime; cold and warm.

Two engines stand behind the quotes: recorded columns, and lean_local's own securities (626 contracts of one made SPX
day). Peers are what a LEAN algorithm does without this room: contract objects one by one.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np

from harness import median_ns, write_table
from lean_local.run import BacktestRequest, run_backtest
from thetatrace.chain import (
    ChainCache,
    ChainContext,
    ChainQuery,
    ContractTable,
    LiveChain,
    PricingClock,
    RecordedQuotes,
    StrikeRule,
    choose,
    gate,
    price_chain,
    snapshot_of,
)
from thetatrace.pricing import greeks_of_one, implied_volatility_of_one, prepare, price
from thetatrace.strategies import EntryPlan, Friday0dte, MarketView
from thetatrace.volatility import VixRegime

SPOT, TODAY, YEARS = 2800.0, 736_700, 5.5 / 24 / 365
RULE = StrikeRule(-1, delta=0.16, maximum_delta=0.25)
WHOLE = ChainQuery(0, 0, 0.9)


def listed(strikes: np.ndarray, expiries: range) -> ContractTable:
    table = ContractTable()
    for expiry in expiries:
        for strike in strikes:
            for right in (1, -1):
                table.add((expiry, strike, right), float(strike), right, expiry, None)
    return table


def quoted(table: ContractTable) -> RecordedQuotes:
    fair = np.asarray(price(SPOT, table.strike, YEARS, 0.25, 0.015, 0.0, table.right))
    bid, ask = np.maximum(np.floor(fair / 0.05 - 1) * 0.05, 0.0), np.ceil(fair / 0.05 + 1) * 0.05
    return RecordedQuotes(bid, ask, np.full(len(table), 500.0))


def us(work: Callable[[], object], **options: float) -> str:
    return f"{median_ns(work, **options) / 1e3:,.1f}"


def queries() -> list[list[str]]:
    big = listed(np.arange(2000.0, 4500.0, 5.0), range(TODAY, TODAY + 10))
    query, fresh, cache = ChainQuery(0, 0, 0.06), ChainCache(0), ChainCache()
    context = ChainContext(TODAY, 0, SPOT)
    contracts = [
        (k, r, e) for k, r, e in zip(big.strike.tolist(), big.right.tolist(), big.expiry.tolist(), strict=True)
    ]

    def loop() -> list[int]:
        return [i for i, (k, _, e) in enumerate(contracts) if e == TODAY and abs(k - SPOT) <= 0.06 * SPOT]

    return [
        [f"query cold, {len(big):,} contracts", us(lambda: fresh.narrow(query, big, context))],
        [f"query warm, {len(big):,} contracts", us(lambda: cache.narrow(query, big, context))],
        [f"peer: the same query as a Python loop over {len(big):,} tuples", us(loop)],
    ]


def columns(count: int) -> list[list[str]]:
    """One expiry of `count` contracts on recorded columns: every part, and all of it."""
    table = listed(
        np.arange(SPOT - 5.0 * (count // 4), SPOT + 5.0 * (count // 4) + 2.5, 5.0)[: count // 2],
        range(TODAY, TODAY + 1),
    )
    reader, clock = quoted(table), PricingClock(round(YEARS * 365 * 86_400_000), 0.015)
    context = ChainContext(TODAY, 0, SPOT)
    narrowed = ChainCache().narrow(WHOLE, table, context)
    snapshot = snapshot_of(narrowed, SPOT, *reader.read(narrowed))
    priced = price_chain(snapshot, YEARS, 0.015)
    mids = snapshot.mid.tolist()
    facts = list(zip(mids, snapshot.strike.tolist(), snapshot.right.tolist(), strict=True))

    def one_by_one() -> None:
        for mid, strike, right in facts:
            sigma = implied_volatility_of_one(mid, SPOT, strike, YEARS, 0.015, 0.0, right).volatility
            greeks_of_one(SPOT, strike, YEARS, sigma, 0.015, 0.0, right)

    def whole(chain: LiveChain) -> Callable[[], object]:
        def run() -> object:
            taken = chain.snapshot(WHOLE, context)
            chain.gates(WHOLE, taken).refusal(0.8)
            return choose(chain.priced(WHOLE, taken, context, clock), RULE)

        return run

    cold, warm = LiveChain(table, reader, ChainCache(0)), LiveChain(table, reader, ChainCache())
    n = len(narrowed)
    return [
        [f"snapshot, {n} contracts", us(lambda: snapshot_of(narrowed, SPOT, *reader.read(narrowed)))],
        [f"gates, {n} contracts", us(lambda: gate(snapshot))],
        [f"IV + Greeks, {n} contracts", us(lambda: price_chain(snapshot, YEARS, 0.015))],
        [f"peer: IV + Greeks one by one, {n} contracts", us(one_by_one, repeats=5)],
        [f"strike choice by delta, {n} contracts", us(lambda: choose(priced, RULE))],
        [f"recorded columns, all of it cold, {n} contracts", us(whole(cold))],
        [f"recorded columns, all of it, nothing moved, {n} contracts", us(whole(warm))],
    ]


def entry() -> list[list[str]]:
    """What tom_king's entry bar does, from query to plan."""
    table = listed(np.arange(2500.0, 3100.0, 5.0), range(TODAY, TODAY + 1))
    strategy, clock = Friday0dte(), PricingClock(round(YEARS * 365 * 86_400_000), 0.015)
    chain, context = LiveChain(table, quoted(table), ChainCache(0)), ChainContext(TODAY, 0, SPOT)
    view = MarketView(datetime(2018, 1, 26, 10, 30), 0, SPOT, SPOT, SPOT, 14.0)

    def run() -> object:
        taken = chain.snapshot(strategy.query, context)
        chain.gates(strategy.query, taken).refusal(0.8)
        return strategy.plan_entry(view, chain.priced(strategy.query, taken, context, clock), 0, 100.0)

    if not isinstance(run(), EntryPlan):
        raise SystemExit("the workload must end in an entry plan, else the figures are of a refusal")
    return [[f"tom_king, query to plan, {len(chain.snapshot(strategy.query, context))} contracts", us(run)]]


def regime() -> list[list[str]]:
    tracked, clock = VixRegime(), iter(range(10**9))
    tracked.seed([15.0 + (day % 50) / 10 for day in range(260)])

    def run() -> None:
        minute = next(clock)
        tracked.update(minute * 60_000, 1, 15.0 + (minute % 7) / 10)
        tracked.read(minute * 60_000)

    return [["VIX regime, update and read", us(run)]]


def on_lean_local() -> list[list[str]]:
    """Run `chain_on_lean_local.py` as a LEAN algorithm on lean_local and take the rows it prints."""
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "data"
        command = [str(Path(sys.executable).parent / "thetatrace"), "data", "make", "--folder", str(made)]
        subprocess.run([*command, "--start", "2018-01-26", "--end", "2018-02-09"], check=True, capture_output=True)
        outcomes = [
            run_backtest(
                BacktestRequest(
                    here / "algorithms" / "chain_on_lean_local.py",
                    made,
                    libraries=(here.parent / "Library" / "thetatrace",),
                    parameters={"harness": str(here), "fill_forward": forward},
                )
            )
            for forward in ("false", "true")
        ]
    for outcome in outcomes:
        if outcome.error is not None:
            raise SystemExit(str(outcome.error))
    return [row for outcome in outcomes for row in outcome.algorithm.rows]


def cold_start() -> list[list[str]]:
    def seconds(module: str) -> float:
        best = 9.0
        for _ in range(3):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
            best = min(best, time.perf_counter() - began)
        return best

    parts = "thetatrace.strategies, thetatrace.risk, thetatrace.trace"
    return [
        ["import of the whole room, a fresh process (µs, best of 3)", f"{seconds(parts) * 1e6:,.0f}"],
        ["peer: import numpy, a fresh process (µs, best of 3)", f"{seconds('numpy') * 1e6:,.0f}"],
    ]


def main() -> None:
    prepare()
    rows = [*queries(), *columns(134), *columns(626), *entry(), *regime(), *on_lean_local(), *cold_start()]
    write_table("chain", "The decision path: recorded columns, lean_local, and its peers.", ["what", "µs"], rows)


if __name__ == "__main__":
    main()
