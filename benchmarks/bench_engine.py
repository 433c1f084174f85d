"""How fast lean_local runs: rows per second of a loop whose algorithm reads one option chain a minute, and its start.

Workload: 10 sessions (2018-01-02 to 2018-01-16) of the data bench_backtest.py makes. "all": every SPXW contract listed
for the next week, about 550 a day; "near": ten strikes each side. A row is one quote, trade or open interest line of a
subscribed contract, or a minute of SPX. Seconds are CPU seconds of the run less those of its first day, day cache warm,
so imports are out of them. The start is a process of its own: Python, imports, `initialize`, a day without options.
"""

import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from bench_backtest import DATA, make
from harness import write_table
from lean_local import BacktestRequest, run_backtest

FIRST, LAST = date(2018, 1, 2), date(2018, 1, 16)
ALGORITHM = """
from AlgorithmImports import *


class Reader(QCAlgorithm):
    def initialize(self):
        self.set_cash(1000000)
        index = self.add_index("SPX", Resolution.MINUTE).symbol
        self.option = self.add_index_option(index, "SPXW", Resolution.MINUTE)
        self.option.set_filter(lambda u: u.include_weeklys()FILTER.expiration(0, 7))
        self.total = 0.0

    def on_data(self, data):
        chain = data.option_chains.get(self.option.symbol)
        if chain is not None:
            self.total += READ
"""
START = """
import sys, time
from datetime import date
from pathlib import Path
from lean_local import BacktestRequest, run_backtest
day = date(2018, 1, 2)
outcome = run_backtest(BacktestRequest(Path(sys.argv[1]), Path(sys.argv[2]), start=day, end=day))
assert outcome.error is None and outcome.data_points
"""
PLAIN = """
from AlgorithmImports import *


class Plain(QCAlgorithm):
    def initialize(self):
        self.spx = self.add_index("SPX", Resolution.MINUTE).symbol
"""
WIDTHS = (("all", ""), ("near", ".strikes(-10, 10)"))
READS = (
    ("column", 'float(chain.column("bid").sum())'),
    ("bid_price of every contract", "sum(c.bid_price for c in chain)"),
)


def cpu_seconds(path: Path, cache: Path, last: date) -> tuple[float, int]:
    """CPU seconds and data rows of one run."""
    began = time.process_time()
    outcome = run_backtest(BacktestRequest(path, DATA, start=FIRST, end=last, day_cache=cache))
    spent = time.process_time() - began
    if outcome.error is not None:
        raise SystemExit(str(outcome.error))
    return spent, outcome.data_points


def loop_row(folder: Path, width: tuple[str, str], read: tuple[str, str]) -> list[str]:
    """Best of four runs of ten days less the best of one day."""
    path = folder / "main.py"
    path.write_text(ALGORITHM.replace("FILTER", width[1]).replace("READ", read[1]))
    cpu_seconds(path, folder / "cache", LAST)
    spent, rows = min(cpu_seconds(path, folder / "cache", LAST) for _ in range(4))
    one, few = min(cpu_seconds(path, folder / "cache", FIRST) for _ in range(4))
    return [f"{width[0]}, {read[0]}", f"{rows - few:,}", f"{spent - one:.2f}", f"{(rows - few) / (spent - one):,.0f}"]


def start_row(folder: Path) -> list[str]:
    """Best of five starts of a process, wall seconds."""
    path = folder / "main.py"
    path.write_text(PLAIN)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", START, str(path), str(DATA)], check=True)
        times.append(time.perf_counter() - began)
    return ["start of a process to the end of a day without options", "", f"{min(times):.2f}", ""]


def main() -> None:
    """All combinations, then the start."""
    make()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [loop_row(folder, width, read) for width in WIDTHS for read in READS]
        rows.append(start_row(folder))
    write_table(
        "engine",
        "SPXW chains, read once a minute, made data of 2018-01. Goals: 1,000,000 rows/s, start 0.5 s. "
        "Real LEAN: 4,000 to 55,000 data points a second with Python on this class of machine, start 4 s.",
        ("contracts, what is read", "rows", "seconds", "rows/s"),
        rows,
    )


if __name__ == "__main__":
    main()
