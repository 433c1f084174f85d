"""Which run to look at, and its results and trace."""

import os
from pathlib import Path

from thetadesk.cli.workspace import find_root, newest_results
from thetadesk.errors import ResultsError
from thetadesk.report.results import RunResults, load_run
from thetadesk.trace_file import find_trace, load_trace
from thetatrace.trace import Trace

VARIABLE = "THETATRACE_RESULTS"
MAKE_BACKTEST = "build/backtest"  # where `make backtest` puts its results


def choose_results(project: str = "algorithms/tom_king") -> Path:
    """Return the results folder of the environment variable THETATRACE_RESULTS, else the newest run.

    A run is looked for in the project's backtests and where `make backtest` leaves its own.

    :raises ResultsError: if the project has no results yet
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    root = find_root(Path.cwd()) or Path.cwd()
    backtests = root / project / "backtests"
    newest = newest_results(backtests, root / MAKE_BACKTEST)
    if newest is None:
        fix = f"Run `make backtest` (or set {VARIABLE} to a results folder) and run the notebook again."
        raise ResultsError("There are no results yet", path=backtests, fix=fix)
    return newest


def open_run(results: Path) -> tuple[RunResults, Trace | None]:
    """Return a run's results and its trace; None if it left no trace.

    :raises BadInputError: if the folder holds no results
    :raises ResultsError: if the trace is damaged
    """
    run = load_run(results)
    root = find_root(run.folder, Path.cwd())
    path = find_trace(run.folder, run.algorithm_id, None if root is None else root / "storage")
    return run, None if path is None else load_trace(path)
