"""The public entry: run one algorithm over one data folder and write LEAN's results."""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from lean_local.data.folder import DataFolder
from lean_local.engine.backtest import Backtest
from lean_local.engine.time_limits import TimeLimits
from lean_local.errors import BadInputError
from lean_local.listings import listings
from lean_local.loading import AlgorithmLoader, Project, find_project
from lean_local.orders.event_views import OrderEvent
from lean_local.orders.views import Order
from lean_local.outcome import BacktestOutcome
from lean_local.results import BacktestResult
from lean_local.securities.cache import LongPrices
from lean_local.startup import seldom_collection
from lean_local.symbols import SymbolCache

_PROGRESS_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class BacktestRequest:
    """What to run. `parameters` replace config.json's when not empty; dates override the algorithm's."""

    algorithm: Path | type  # project folder or .py file, or a class deriving from QCAlgorithm
    data_folder: Path
    output: Path | None = None  # results folder, made or replaced; it may hold nothing but results of an earlier run
    start: date | None = None
    end: date | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    object_store: Path | None = None
    libraries: tuple[Path, ...] | None = None  # None: from config.json
    algorithm_id: str | None = None
    day_cache: Path | bool = True  # where parsed days are kept; True: the user's cache folder, False: nowhere
    # Refuse damaged market data, and a subscribed security without any data in the span, where LEAN runs on.
    require_data: bool = False
    time_limits: TimeLimits = field(default_factory=TimeLimits)


def default_algorithm_id(project: str, start: date, end: date, parameters: dict[str, str]) -> str:
    """ "1" and nine digits that depend on nothing but the run's inputs."""
    text = json.dumps([project, start.isoformat(), end.isoformat(), sorted(parameters.items())])
    return "1" + str(int(hashlib.sha256(text.encode()).hexdigest(), 16) % 10**9).zfill(9)


class _Throttle:
    """Passes progress on at most ten times a second."""

    def __init__(self, progress: Callable[[float, str], None] | None) -> None:
        self._progress = progress
        self._next = 0.0

    def __call__(self, fraction: float, text: str) -> None:
        if self._progress is not None:
            now = time.monotonic()
            if now >= self._next:
                self._next = now + _PROGRESS_SECONDS
                self._progress(min(max(fraction, 0.0), 1.0), text)


@seldom_collection()
def run_backtest(request: BacktestRequest, progress: Callable[[float, str], None] | None = None) -> BacktestOutcome:
    """Run a backtest. Raises BadInputError for inputs that cannot be run; algorithm errors are in the outcome."""
    began = time.perf_counter()
    _check_output(request.output)
    project = find_project(request.algorithm, request.libraries)
    folder = DataFolder(request.data_folder, request.day_cache, strict=request.require_data)
    parameters = {k: str(v) for k, v in (request.parameters or project.parameters).items()}

    def make_id(start: date, end: date) -> str:
        return request.algorithm_id or default_algorithm_id(project.name, start, end, parameters)

    run = Backtest(folder, parameters, request.object_store, make_id)
    run.require_data, run.limits = request.require_data, request.time_limits
    result = _execute(run, project, request, _Throttle(progress))
    folder.day_cache.trim()
    if progress is not None:
        progress(1.0, "done")
    _no_data_check(run, folder)
    # A run that failed in `initialize` never began: there is nothing to keep of it.
    output = None if request.output is None or run.loop is None else _write(result, request.output, folder)
    rows = run.loop.rows if run.loop is not None else 0
    return BacktestOutcome(
        result,
        output,
        run.algorithm,
        time.perf_counter() - began,
        rows,
        run.error,
        tuple(folder.requests.failed),
        tuple(Order(record) for _, record in sorted(run.orders.orders.items())),
        tuple(OrderEvent(record) for record in run.state.collector.order_events),
        tuple(folder.damage.found),
    )


def _execute(run: Backtest, project: Project, request: BacktestRequest, throttle: _Throttle) -> BacktestResult:
    SymbolCache.clear()
    LongPrices.clear()
    listings.source = run.folder.first_listing
    try:
        with AlgorithmLoader(project, str(request.data_folder)) as loader:

            def make() -> Any:
                return loader.algorithm_class(run.guard)()

            return run.execute(make, request.start, request.end, throttle)
    finally:
        SymbolCache.clear()
        listings.source = None


def _no_data_check(run: Backtest, folder: DataFolder) -> None:
    """A run that found not one data row is a mistake, not a result, unless its markets were closed all the time."""
    if run.error is not None or run.loop is None or run.state.stop_reason is not None:
        return
    if not run.loop.rows and _any_market_open(run):
        missing = next(iter(folder.requests.failed), "")
        raise BadInputError(
            f"No data between {run.dates.start.date()} and {run.dates.end} (first missing file: {missing or 'none'})",
            path=folder.path,
            fix="Choose dates the data folder covers, or make the data first.",
        )


def _any_market_open(run: Backtest) -> bool:
    feeds = run.subscriptions.feeds()
    calendars = {id(c): c for c in (getattr(f, "security", f).calendar for f in feeds)}.values()
    span = range(run.dates.start.toordinal(), run.dates.end.toordinal() + 1)
    return any(c.is_date_open(date.fromordinal(n)) for c in calendars for n in span)


def _check_output(output: Path | None) -> None:
    """Only results of an earlier run are replaced, never a folder that holds something else."""
    if output is not None and output.is_dir() and any(output.iterdir()) and not any(output.glob("*-summary.json")):
        fix = "Choose another output folder: only results of an earlier run are replaced."
        raise BadInputError("The output holds something other than results", path=output, fix=fix)


def _write(result: BacktestResult, output: Path, folder: DataFolder) -> Path:
    """Write into a temporary sibling and rename, so that a failure leaves nothing half-written."""
    temporary = output.with_name(f".{output.name}.{os.getpid()}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir(parents=True)
        result.write(temporary, (folder.requests.succeeded, folder.requests.failed))
        if output.is_dir():
            shutil.rmtree(output)
        temporary.rename(output)
    except OSError as error:
        raise BadInputError(
            f"The results cannot be written ({error.strerror})", path=output, fix="Choose another output folder."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return output
