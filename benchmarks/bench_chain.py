"""What the decision path costs outside LEAN: query, snapshot, prices, strike choice, VIX regime.

Workload: one SPXW expiry as the default universe lists it, with recorded quotes; for the query a 10,000-contract table.
No engine is in these figures: reading quotes from LEAN's securities comes on top.
"""

from collections.abc import Callable
from datetime import datetime

import numpy as np

from harness import median_ns, write_table
from thetatrace.chain import ChainCache, ChainQuery, ContractTable, price_chain, take_snapshot
from thetatrace.chain.snapshot import gate
from thetatrace.pricing import price
from thetatrace.strategies import EntryPlan, Friday0dte, MarketView
from thetatrace.volatility import VixRegime

SPOT, TODAY, YEARS = 2800.0, 736_700, 5.5 / 24 / 365


class Recorded:
    """Quotes by row."""

    def __init__(self, bid: np.ndarray, ask: np.ndarray) -> None:
        self.bid, self.ask = bid, ask

    def read(self, table: ContractTable, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.bid[rows], self.ask[rows]


def listed(strikes: np.ndarray, expiries: range) -> ContractTable:
    table = ContractTable()
    for expiry in expiries:
        for strike in strikes:
            for right in (1, -1):
                table.add((expiry, strike, right), float(strike), right, expiry, None)
    return table


def main() -> None:
    table = listed(np.arange(2500.0, 3100.0, 5.0), range(TODAY, TODAY + 1))
    fair = price(SPOT, table.strike, YEARS, 0.25, 0.015, 0.0, table.right)
    fair = np.asarray(getattr(fair, "price", fair))
    reader = Recorded(np.maximum(np.floor(fair / 0.05 - 1) * 0.05, 0.0), np.ceil(fair / 0.05 + 1) * 0.05)
    strategy, cache = Friday0dte(), ChainCache()
    view = MarketView(datetime(2018, 1, 26, 10, 30), 0, SPOT, SPOT, SPOT, 14.0)
    rows = cache.rows(strategy.query, table, TODAY, SPOT)
    snapshot = take_snapshot(table, rows, reader, SPOT)
    priced = price_chain(snapshot, YEARS, 0.015)
    if not isinstance(strategy.plan_entry(view, priced, 0, 100.0), EntryPlan):
        raise SystemExit("the workload must end in an entry plan, else the figures are of a refusal")

    def whole() -> None:
        found = cache.rows(strategy.query, table, TODAY, SPOT)
        taken = take_snapshot(table, found, reader, SPOT)
        gate(taken).refusal(0.8)
        strategy.plan_entry(view, price_chain(taken, YEARS, 0.015), 0, 100.0)

    big = listed(np.arange(2000.0, 4500.0, 5.0), range(TODAY, TODAY + 10))
    query, fresh = ChainQuery(0, 0, 0.06), ChainCache(0)
    regime = VixRegime()
    clock = iter(range(10**9))

    def regime_update() -> None:
        minute = next(clock)
        regime.update(minute * 60_000, 1, 15.0 + (minute % 7) / 10)
        regime.read(minute * 60_000)

    def us(work: Callable[[], object]) -> str:
        return f"{median_ns(work) / 1e3:.1f}"

    results = [
        [f"query cold, {len(big):,} contracts", us(lambda: fresh.rows(query, big, TODAY, SPOT))],
        [f"query warm, {len(big):,} contracts", us(lambda: cache.rows(query, big, TODAY, SPOT))],
        [f"snapshot + gates, {len(rows)} contracts", us(lambda: gate(take_snapshot(table, rows, reader, SPOT)))],
        [f"IV + Greeks, {len(rows)} contracts", us(lambda: price_chain(snapshot, YEARS, 0.015))],
        ["strike choice and plan", us(lambda: strategy.plan_entry(view, priced, 0, 100.0))],
        ["all of it: query to plan", us(whole)],
        ["VIX regime, update and read", us(regime_update)],
    ]
    write_table("chain", "The decision path on recorded columns.", ["what", "µs"], results)


if __name__ == "__main__":
    main()
