"""Which run to look at, and its results and trace."""

import os
from pathlib import Path

from thetatrace.trace import Trace

from thetadesk.cli.workspace import find_root, newest_results
from thetadesk.errors import ResultsError
from thetadesk.report.results import RunResults, load_run
from thetadesk.trace_file import find_trace, load_trace

VARIABLE = "THETATRACE_RESULTS"


def choose_results(project: str = "algorithms/tom_king") -> Path:
    """Return the results folder of the environment variable THETATRACE_RESULTS, else the newest one of a project.

    :raises ResultsError: if the project has no results yet
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    backtests = (find_root(Path.cwd()) or Path.cwd()) / project / "backtests"
    newest = newest_results(backtests)
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
