"""`thetatrace backtest`: run an algorithm file on LEAN data, without Docker, and show where the time went."""

import json
import shlex
import sys
from contextlib import nullcontext, redirect_stdout
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from lean_local.engine.time_limits import TimeLimits
from lean_local.enums import OrderStatus
from lean_local.errors import BadInputError
from lean_local.outcome import BacktestOutcome
from lean_local.run import BacktestRequest, run_backtest
from thetadesk.cli.console import no_progress_option, print_table, progress_of, stdout_console
from thetadesk.cli.failures import one_line
from thetadesk.cli.trace import trace_data, trace_tables
from thetadesk.cli.workspace import (
    check_finished,
    find_root,
    new_output_folder,
    outside_made_span,
    project_folder,
    read_lean_json,
    resolve_algorithm,
    resolve_data,
    results_slot,
)
from thetadesk.errors import ExitCode
from thetadesk.report.results import write_run_note
from thetadesk.tables import RunCost, cost_text, finite, statistics_table
from thetadesk.trace_file import find_trace, keep_trace, load_trace, trace_stamps
from thetatrace.trace import Trace

DATE = click.DateTime(formats=["%Y-%m-%d"])
PATH = click.Path(path_type=Path, readable=False)
NO_TRACE = (
    "The algorithm left no trace, so there is nothing to say about its stages "
    "(key thetatrace/<algorithm id>/trace.json of the object store; algorithms/tom_king saves one)."
)


@click.command(epilog="See `thetatrace --help` for the exit codes.")
@click.argument("algorithm", type=PATH)
@click.option("--data", "data_folder", type=PATH, help="LEAN data folder. Default: the one lean.json names.")
@click.option("--start", type=DATE, help="First day, replaces the algorithm's own.")
@click.option("--end", type=DATE, help="Last day, replaces the algorithm's own.")
@click.option("--output", type=PATH, help="Results folder. Default: PROJECT/backtests/<time>.")
@click.option("--overwrite", is_flag=True, help="Replace the results in --output; they are kept if the run fails.")
@click.option("--parameter", "parameters", type=(str, str), multiple=True, metavar="KEY VALUE",
              help="Repeatable. Replaces all parameters of config.json, as in the lean CLI.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option("--allow-missing", is_flag=True, help="Run without missing or damaged data, as LEAN does.")
@click.option("--time-limit", type=click.FloatRange(0, min_open=True), metavar="MINUTES",
              help="Longest time step with its callbacks. Default: lean.json's (LEAN's names), else 20.")  # fmt: skip
@no_progress_option
@click.option("--debug", is_flag=True, help="Show the stack trace when something fails.")
def backtest(
    algorithm: Path, data_folder: Path | None, start: datetime | None, end: datetime | None, output: Path | None,
    overwrite: bool, parameters: tuple[tuple[str, str], ...], as_json: bool, allow_missing: bool,
    time_limit: float | None, no_progress: bool, debug: bool,
) -> int:  # fmt: skip
    """Run ALGORITHM (a project folder or a .py file) on a LEAN data folder.

    Ends with LEAN's statistics, the latency of every stage, and the decisions taken and refused.

    \b
    Examples
      thetatrace backtest algorithms/tom_king
      thetatrace backtest algorithms/tom_king --start 2018-02-01 --end 2018-02-28
      thetatrace backtest my_algorithm.py --data ~/lean/data --parameter vix_floor 16
      thetatrace backtest algorithms/tom_king --json > run.json
    """
    first, last = _day(start), _day(end)
    if first is not None and last is not None and last < first:
        problem = f"The date range is empty: --end {last} is before --start {first}"
        raise BadInputError(problem, fix="Give an --end on or after --start.")
    source = resolve_algorithm(algorithm)
    # The folder's name is the moment the user ran it, as the lean CLI names it; nothing inside depends on it.
    results = output.resolve() if output else new_output_folder(source, datetime.now())  # noqa: DTZ005
    # With --json what the algorithm prints goes where messages go.
    stdout = redirect_stdout(sys.stderr) if as_json else nullcontext()
    with results_slot(results, overwrite=overwrite, own=output is None) as slot, stdout:
        outcome, notes = _run(
            source, data_folder, first, last, slot, dict(parameters), time_limit, not no_progress, not allow_missing
        )
    path = find_trace(results, outcome.result.algorithm_id, None)
    trace = None if path is None else load_trace(path)
    if as_json:
        click.echo(_as_json(outcome, results, trace))
    elif outcome.error is None:
        _print(outcome, results, trace)
    for sentence in notes:
        click.echo(sentence, err=True)
    return _report_error(outcome, results, debug)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _run(
    source: Path, data_folder: Path | None, start: date | None, end: date | None, output: Path,
    parameters: dict[str, str], time_limit: float | None, show_progress: bool, require_data: bool,
) -> tuple[BacktestOutcome, list[str]]:  # fmt: skip
    """Find data and object store, run, keep the trace beside the results; with it what is to be said of the data."""
    root = find_root(project_folder(source), Path.cwd())
    data = resolve_data(data_folder, root)
    if require_data:
        check_finished(data)
    object_store = (root or project_folder(source)) / "storage"
    before = trace_stamps(object_store)
    limits = TimeLimits.from_config({} if root is None else read_lean_json(root), time_limit)
    request = BacktestRequest(
        algorithm=source, data_folder=data, output=output, start=start, end=end, parameters=parameters,
        object_store=object_store, libraries=None, algorithm_id=None, require_data=require_data,
        time_limits=limits,
    )  # fmt: skip
    with progress_of("backtest", enabled=show_progress) as progress:
        outcome = run_backtest(request, progress)
    if outcome.output is not None:  # an algorithm that raised may have left nothing
        keep_trace(object_store, before, output, outcome.result.algorithm_id)
        write_run_note(output, outcome.result.algorithm_id, data)
    notes = [f"Left out: {sentence}" for sentence in outcome.damaged_data]
    if outcome.output is not None and outcome.algorithm is not None:
        dates = outcome.algorithm.start_date.date(), outcome.algorithm.end_date.date()
        notes += [f"Note: {beyond}" for beyond in [outside_made_span(data, *dates)] if beyond]
    return outcome, notes


def _print(outcome: BacktestOutcome, results: Path, trace: Trace | None) -> None:
    console = stdout_console()
    print_table(console, statistics_table(outcome.result.statistics))
    if trace is None:
        console.print(NO_TRACE)
    for table in trace_tables(trace) if trace is not None else ():
        print_table(console, table)
    counters = {} if trace is None else trace.counters
    console.print(cost_text(RunCost(outcome.wall_seconds, outcome.data_points, counters)), soft_wrap=True)
    for line in _where_to_look(outcome, results):
        console.print(line, soft_wrap=True, markup=False)


def _where_to_look(outcome: BacktestOutcome, results: Path) -> list[str]:
    """Say what became of refused orders, and where the rest is."""
    refused = [event for event in outcome.order_events if event.status == OrderStatus.INVALID]
    lines = []
    if refused:
        first = one_line(refused[0].message) or "no reason given"
        lines.append(f"Refused: {len(refused):,} of {len(outcome.orders):,} orders are Invalid; the first: {first}")
    shown = _relative(results)
    log = shown / f"{outcome.result.algorithm_id}-log.txt"
    return [
        *lines,
        f"Results: {shown}",
        f"Log:     {log}",
        f"Report:  thetatrace report {shlex.quote(str(shown))} --open",
    ]


def _as_json(outcome: BacktestOutcome, results: Path, trace: Trace | None) -> str:
    cost = RunCost(outcome.wall_seconds, outcome.data_points, {} if trace is None else trace.counters)
    document: dict[str, Any] = {
        "results": str(results),
        "error": None if outcome.error is None else one_line(str(outcome.error)),
        "statistics": dict(outcome.result.statistics),
        "order_list_hash": outcome.result.order_list_hash,
        "trace": None if trace is None else trace_data(trace),
        "cost": {
            "wall_seconds": cost.wall_seconds,
            "data_points": cost.data_points,
            "data_points_per_second": finite(cost.data_points_per_second),
        },
    }
    return json.dumps(document, indent=2)


def _report_error(outcome: BacktestOutcome, results: Path, debug: bool) -> int:
    error = outcome.error
    if error is None:
        return ExitCode.OK
    if debug:
        click.echo(error.stack_trace, err=True)
    sentence = f"Error: The algorithm raised an error: {one_line(str(error)).rstrip('.')}."
    kept = f" What it did until then is in {_relative(results)}." if outcome.output is not None else ""
    hint = "" if debug else " Run again with --debug for its stack trace."
    click.echo(f"{sentence}{kept}{hint}", err=True)
    return ExitCode.ALGORITHM


def _relative(path: Path) -> Path:
    """Return a path as short as a user would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
