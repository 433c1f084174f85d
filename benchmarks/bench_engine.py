"""How fast lean_local runs: rows per second of a loop whose algorithm reads one option chain a minute, and its start.

Workload: the made data folder (`thetatrace data make`), SPXW contracts within ten strikes and a week, 10 trading days.
"""

import tempfile
import time
from datetime import date
from pathlib import Path

from harness import write_table
from lean_local import BacktestRequest, run_backtest

DATA = Path(__file__).parent.parent / "data"
ALGORITHM = """
from AlgorithmImports import *


class Reader(QCAlgorithm):
    def initialize(self):
        self.set_cash(1000000)
        index = self.add_index("SPX", Resolution.MINUTE).symbol
        self.option = self.add_index_option(index, "SPXW", Resolution.MINUTE)
        self.option.set_filter(lambda u: u.include_weeklys().strikes(-10, 10).expiration(0, 7))
        self.total = 0.0

    def on_data(self, data):
        chain = data.option_chains.get(self.option.symbol)
        if chain is not None:
            self.total += float(chain.column("bid").sum())
"""
COLUMN_FREE = ALGORITHM.replace('float(chain.column("bid").sum())', "sum(c.bid_price for c in chain)")


def seconds(text: str, first: date, last: date) -> tuple[float, int]:
    """Wall seconds and data rows of one run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "main.py"
        path.write_text(text)
        start = time.perf_counter()
        outcome = run_backtest(BacktestRequest(path, DATA, start=first, end=last))
        spent = time.perf_counter() - start
    if outcome.error is not None:
        raise SystemExit(str(outcome.error))
    return spent, outcome.data_points


def main() -> None:
    """Best of three each; the start is a run of one day less its rows at the loop's speed."""
    rows = []
    for name, text in (("columns", ALGORITHM), ("objects", COLUMN_FREE)):
        spent, points = min(seconds(text, date(2018, 1, 2), date(2018, 1, 16)) for _ in range(3))
        one, few = min(seconds(text, date(2018, 1, 2), date(2018, 1, 2)) for _ in range(3))
        speed = (points - few) / (spent - one)
        start_ms = (one - few / speed) * 1000
        rows.append([name, f"{points:,}", f"{spent:.2f}", f"{speed:,.0f}", f"{max(start_ms, 0):.0f}"])
    header = ("chain read as", "rows", "seconds", "rows/s of the loop", "start (ms)")
    write_table("engine", "SPXW within ten strikes and a week, one chain a minute, made data of 2018-01.", header, rows)


if __name__ == "__main__":
    main()
