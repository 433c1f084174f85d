"""`thetatrace trace`: the stage and reason tables of a run, and its slowest decisions."""

import json
from pathlib import Path
from typing import Any

import click

from thetadesk.cli.console import debug_option, print_table, stdout_console
from thetadesk.errors import ResultsError
from thetadesk.report.runs import open_run
from thetadesk.slowest import slowest_decisions, waterfall_text
from thetadesk.tables import Table, finite, market_table, reason_table, reasons_as_data, stage_table, stages_as_data
from thetatrace.trace import Trace, count_reasons, unattributed_share

HOW_TO_TRACE = (
    "Run an algorithm that saves one (algorithms/tom_king does) with `thetatrace backtest` or `lean backtest`."
)


@click.command(epilog="See `thetatrace --help` for the exit codes.")
@click.argument("results", type=click.Path(path_type=Path, readable=False))
@click.option(
    "--slowest",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Show the N slowest decisions, stage by stage.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@debug_option
def trace(results: Path, slowest: int, as_json: bool) -> None:
    """Show where the time of the run in RESULTS went: latency per stage, decisions per reason.

    RESULTS is a results folder of `thetatrace backtest` or of `lean backtest`.

    \b
    Examples
      thetatrace trace algorithms/tom_king/backtests/2024-05-01_09-30-00
      thetatrace trace RESULTS --slowest 5
      thetatrace trace RESULTS --json | jq '.stages[] | {stage, p99}'
    """
    loaded = load_trace_of(results)
    if as_json:
        click.echo(json.dumps(trace_data(loaded, slowest), indent=2))
        return

    console = stdout_console()
    for table in trace_tables(loaded):
        print_table(console, table)
    for decision in slowest_decisions(loaded, slowest):
        console.print()
        console.print(waterfall_text(decision), soft_wrap=True, markup=False)


def load_trace_of(results: Path) -> Trace:
    """Return the trace of a results folder, from the folder itself or from the workspace's object store.

    :raises ResultsError: if there are no results, or the run left no trace, or it is damaged
    """
    trace = open_run(results)[1]
    if trace is None:
        raise ResultsError("The run left no trace", path=results, fix=HOW_TO_TRACE)
    return trace


def trace_tables(trace: Trace) -> list[Table]:
    """Return the tables of a trace in the order they are shown; market stages only if the market was asked."""
    market = market_table(trace)
    return [stage_table(trace), *([market] if market.rows else []), reason_table(trace)]


def trace_data(trace: Trace, slowest: int = 0) -> dict[str, Any]:
    """Return what the tables show, as data for `--json`."""
    document: dict[str, Any] = {
        "facts": dict(trace.facts),
        "decision_count": len(trace),
        "dropped": trace.dropped,
        "unattributed_share": finite(unattributed_share(trace)),
        "stages": stages_as_data(trace),
        "decisions": reasons_as_data(count_reasons(trace)),
        "counters": dict(trace.counters),
    }
    if slowest:
        document["slowest"] = [decision.as_data() for decision in slowest_decisions(trace, slowest)]
    return document
