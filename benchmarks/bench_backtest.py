"""How long a backtest of algorithms/tom_king takes, and what it needs: day cache cold, warm, and off.

Workload: 61 sessions (2018-01-02 to 2018-03-29) of made data that lists at least 500 SPXW contracts every day, all of
which the algorithm subscribes (its own filter takes the day's expiry only, 240 contracts on three days a week). The
data are made once, in build/bench-data (half a minute). A run is a process of its own: imports, results and their files
are in the seconds; its peak memory is the process's.
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

from harness import write_table
from thetadesk.data.listings import ContractPlan
from thetadesk.data.maker import make_data

ROOT = Path(__file__).parents[1]
DATA = ROOT / "build" / "bench-data"
FIRST, LAST = date(2018, 1, 2), date(2018, 3, 29)
OWN_FILTER = "include_weeklys().expiration(0, 0).strikes(-60, 60)"
WIDE_FILTER = "include_weeklys().expiration(0, 7)"
LEAN_QUOTED = "4,000 to 55,000"
"""Data points a second of real LEAN with a Python algorithm on this class of machine: quoted, it does not run here."""


COUNTING = """

class Wide(TomKing):
    subscribed = []

    def on_end_of_day(self, symbol):
        if symbol == self.spx.symbol:
            self.subscribed.append(sum(1 for key in self.securities.keys() if key.has_canonical()))
"""


def project(folder: Path) -> Path:
    """The algorithm with the wide filter, and a count of what it has subscribed each day."""
    text = (ROOT / "algorithms" / "tom_king" / "main.py").read_text()
    assert OWN_FILTER in text, "tom_king's filter has changed: say here how to widen it"
    text = text.replace(OWN_FILTER, WIDE_FILTER).replace("        spx = self", "        self.spx = spx = self", 1)
    (folder / "main.py").write_text(text + COUNTING)
    return folder


def child(cache: str) -> None:
    """One run in this process; prints its facts as JSON."""
    began = time.perf_counter()
    from lean_local import BacktestRequest, run_backtest  # noqa: PLC0415  part of what is timed

    with tempfile.TemporaryDirectory() as folder:
        path = project(Path(folder))
        request = BacktestRequest(
            path, DATA, Path(folder) / "results", FIRST, LAST,
            libraries=(ROOT / "Library" / "thetatrace",), day_cache=False if cache == "off" else Path(cache),
        )  # fmt: skip
        outcome = run_backtest(request)
    if outcome.error is not None:
        raise SystemExit(outcome.error.stack_trace)
    spent = time.perf_counter() - began
    counts = outcome.algorithm.subscribed
    facts = {
        "seconds": spent,
        "cpu": time.process_time(),
        "rows": outcome.data_points,
        "contracts": [min(counts), round(sum(counts) / len(counts))],
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "orders": outcome.result.statistics["Total Orders"],
    }
    print(json.dumps(facts))


def run(cache: str) -> dict:
    """A run in a process of its own, on one core."""
    command = [sys.executable, __file__, "--child", cache]
    if hasattr(os, "sched_setaffinity"):
        core = min(os.sched_getaffinity(0))
        done = subprocess.run(
            command, stdout=subprocess.PIPE, check=True, preexec_fn=lambda: os.sched_setaffinity(0, {core})
        )
    else:
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def make() -> None:
    """Make the data, or find them made."""
    make_data(DATA, start=FIRST, end=LAST, plan=ContractPlan(spxw_core_width=0.08, roots=("spxw",)))


def main() -> None:
    """Cold, warm (best of three), off."""
    make()
    subprocess.run(
        [sys.executable, "-c", "from thetatrace.pricing import prepare; prepare()"], check=True
    )  # compiled once
    rows = []
    with tempfile.TemporaryDirectory() as cache:
        kinds = [("cold (made in this run)", run(cache))]
        kinds.append(("warm", min((run(cache) for _ in range(3)), key=lambda f: f["seconds"])))
    kinds.append(("off", run("off")))
    for name, facts in kinds:
        rate = facts["rows"] / facts["seconds"]
        rows.append([
            name, f"{facts['rows']:,}", f"{facts['seconds']:.1f}", f"{facts['cpu']:.1f}", f"{rate:,.0f}",
            f"{facts['megabytes']:.0f}", facts["orders"],
        ])  # fmt: skip
    slow, fast = (facts["rows"] / float(rate.replace(",", "")) for rate in LEAN_QUOTED.split(" to "))
    spent = f"{fast:.0f} to {slow:.0f}, worked out"
    rows.append(["LEAN, quoted, not measured here", f"{facts['rows']:,}", spent, "", LEAN_QUOTED, "", ""])
    least, mean = facts["contracts"]
    write_table(
        "backtest",
        f"tom_king over 61 sessions, {least} to {mean} (mean) SPXW contracts subscribed a day; start, results and "
        "files included. Goal with a warm day cache: 20 s and 500 MB on one core.",
        ("day cache", "rows", "seconds", "CPU seconds", "rows/s, all in", "peak MB", "orders"),
        rows,
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2])
    else:
        main()
