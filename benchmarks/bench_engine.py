"""How fast lean_local runs: rows per second of a loop whose algorithm reads one option chain a minute, and its start.

Workload: 10 sessions (2018-01-02 to 2018-01-16) of the data bench_backtest.py makes. "all": every SPXW contract listed
for the next week, about 550 a day; "near": ten strikes each side. A row is one quote, trade or open interest line of a
subscribed contract, or a minute of SPX. Seconds are CPU seconds of the run less those of its first day, day cache warm,
so imports are out of them; every row of the table is a process of its own, and the megabytes are its peak. The start
is the CPU and wall time of a whole process: Python, imports (compiled once, as after an installation), `initialize`, a
day without options. backtrader does comparable work in the same run (`peer_backtrader.py`); what LEAN does is quoted.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from bench_backtest import DATA, LEAN_QUOTED, make
from harness import write_table

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
import sys
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
WIDTHS = {"all": "", "near": ".strikes(-10, 10)"}
READS = {
    "column": 'float(chain.column("bid").sum())',
    "bid_price of every contract": "sum(c.bid_price for c in chain)",
}
PEER_FEEDS, PEER_DAYS = 68, 2  # as many as "near" subscribes


def cpu_seconds(path: Path, cache: Path, last: date) -> tuple[float, int]:
    """CPU seconds and data rows of one run."""
    from lean_local import BacktestRequest, run_backtest  # noqa: PLC0415  not in the peer's process

    began = time.process_time()
    outcome = run_backtest(BacktestRequest(path, DATA, start=FIRST, end=last, day_cache=cache))
    spent = time.process_time() - began
    if outcome.error is not None:
        raise SystemExit(str(outcome.error))
    return spent, outcome.data_points


def loop_facts(width: str, read: str) -> tuple[int, float]:
    """Rows and seconds: best of four runs of ten days less the best of one day."""
    with tempfile.TemporaryDirectory() as name:
        path, cache = Path(name) / "main.py", Path(name) / "cache"
        path.write_text(ALGORITHM.replace("FILTER", WIDTHS[width]).replace("READ", READS[read]))
        cpu_seconds(path, cache, LAST)
        spent, rows = min(cpu_seconds(path, cache, LAST) for _ in range(4))
        one, few = min(cpu_seconds(path, cache, FIRST) for _ in range(4))
    return rows - few, spent - one


def peer_facts() -> tuple[int, float]:
    """The same of backtrader: best of two runs, its feeds made before."""
    from peer_backtrader import MINUTES, cerebro  # noqa: PLC0415  not in our own processes

    times = []
    for _ in range(2):
        engine = cerebro(PEER_FEEDS, PEER_DAYS)
        began = time.process_time()
        engine.run()
        times.append(time.process_time() - began)
    return PEER_FEEDS * PEER_DAYS * MINUTES, min(times)


def child(*words: str) -> None:
    """Measure in this process; prints rows, seconds and peak megabytes as JSON."""
    rows, seconds = peer_facts() if words[0] == "peer" else loop_facts(*words)
    print(json.dumps([rows, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def row(title: str, *words: str) -> list[str]:
    """A row of the table, measured in a process of its own."""
    done = subprocess.run([sys.executable, __file__, "--child", *words], stdout=subprocess.PIPE, check=True)
    rows, seconds, megabytes = json.loads(done.stdout)
    return [title, f"{rows:,}", f"{seconds:.2f}", f"{rows / seconds:,.0f}", f"{megabytes:.0f}"]


def start_row(title: str, *command: str) -> list[str]:
    """Best of five starts of a process, after one that compiles what it imports."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    facts = []
    for _ in range(6):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([sys.executable, *command], check=True, env=environment)
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        facts.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall))
    cpu, wall = min(f[0] for f in facts[1:]), min(f[1] for f in facts[1:])
    return [title, "", f"{cpu:.2f} (wall {wall:.2f})", "", ""]


def main() -> None:
    """All combinations, the peer, then the starts."""
    make()
    rows = [row(f"{width}, {read}", width, read) for width in WIDTHS for read in READS]
    rows.append(row(f"backtrader, {PEER_FEEDS} feeds in memory, close of every feed", "peer"))
    rows.append(["LEAN with Python, quoted, not measured here", "", "", LEAN_QUOTED, ""])
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "main.py"
        path.write_text(PLAIN)
        rows.append(
            start_row("start: a process, to the end of a day without options", "-c", START, str(path), str(DATA))
        )
    peer = Path(__file__).with_name("peer_backtrader.py")
    rows.append(start_row("start of backtrader: import, one feed, a day", str(peer)))
    rows.append(["start of LEAN, quoted, not measured here", "", "4", "", ""])
    write_table(
        "engine",
        "SPXW chains, read once a minute, made data of 2018-01. Goals: 1,000,000 rows/s, start 0.5 s.",
        ("contracts, what is read", "rows", "CPU seconds", "rows/s", "peak MB"),
        rows,
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        main()
