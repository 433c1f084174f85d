"""What every benchmark shares: repeated timing, the machine it ran on, and a dated Markdown table.

Figures are the median of repeats, each long enough for the clock; these machines are shared, so compare ratios.
"""

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def median_ns(work: Callable[[], object], *, repeats: int = 15, minimum_ms: float = 20.0) -> float:
    """Nanoseconds of one call of `work`: the median over repeats of many calls each, after one warm-up."""
    work()
    calls = 1
    while True:
        start = time.perf_counter_ns()
        for _ in range(calls):
            work()
        spent_ns = time.perf_counter_ns() - start
        if spent_ns >= minimum_ms * 1e6:
            break
        calls = max(calls * 2, int(calls * minimum_ms * 1e6 / max(spent_ns, 1)))
    samples = [spent_ns / calls]
    for _ in range(repeats - 1):
        start = time.perf_counter_ns()
        for _ in range(calls):
            work()
        samples.append((time.perf_counter_ns() - start) / calls)
    return statistics.median(samples)


def machine() -> str:
    """One line: processor, cores asked for, Python and numpy versions, and what else the machine had to do."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    load = f", load {os.getloadavg()[1]:.0f} on {os.cpu_count()} cores" if hasattr(os, "getloadavg") else ""
    return f"{model}, one core, Python {platform.python_version()}, numpy {version('numpy')}{load}"


def write_table(name: str, workload: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a Markdown table and write it to benchmarks/results/<name>.md with date, machine and command."""
    lines = [
        f"# {name}",
        "",
        workload,
        "",
        f"{datetime.now(UTC):%Y-%m-%d} · {machine()} · `python {Path(sys.argv[0]).as_posix()}`",
        "",
        "| " + " | ".join(header) + " |",
        "| " + " | ".join("---" if i == 0 else "---:" for i in range(len(header))) + " |",
        *("| " + " | ".join(row) + " |" for row in rows),
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.md").write_text(text)
