"""`thetatrace data`: make a LEAN data folder, and check any."""

import json
import os
from datetime import datetime
from pathlib import Path

import click

from thetadesk.cli.console import debug_option, no_progress_option, print_table, progress_of, stdout_console
from thetadesk.cli.workspace import data_folder_of, find_root
from thetadesk.data.check import CheckReport, check_data
from thetadesk.data.maker import DEFAULT_END, DEFAULT_SEED, DEFAULT_START, make_data
from thetadesk.errors import ExitCode
from thetadesk.tables import Column, Table

DATE = click.DateTime(formats=["%Y-%m-%d"])
PATH = click.Path(path_type=Path, readable=False)
MEGABYTE = 1_000_000
FINDINGS_SHOWN = 40


@click.group(epilog="See `thetatrace --help` for the exit codes.")
def data() -> None:
    """Make market data in LEAN's format, and check any LEAN data folder.

    \b
    Examples
      thetatrace data make
      thetatrace data check data
    """


@data.command(
    "make", short_help="Make index, VIX and option data.", epilog="See `thetatrace --help` for the exit codes."
)
@click.option("--folder", type=PATH, help="Where to write. Default: the folder lean.json names, else ./data.")
@click.option("--start", type=DATE, default=DEFAULT_START.isoformat(), show_default=True, help="First day.")
@click.option("--end", type=DATE, default=DEFAULT_END.isoformat(), show_default=True, help="Last day.")
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="The same seed gives the same bytes.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes. Default: one per core.")
@no_progress_option
@debug_option
def make(
    folder: Path | None, start: datetime, end: datetime, seed: int, workers: int | None, no_progress: bool
) -> None:  # fmt: skip
    """Make index, VIX and option data: a simulation anchored on real daily history.

    A run that was stopped goes on where it was; a finished folder is left alone.

    \b
    Examples
      thetatrace data make
      thetatrace data make --folder /tmp/lean-data --start 2018-02-01 --end 2018-02-09 --seed 7
    """
    root = find_root(Path.cwd())
    if folder is None:
        folder = Path("data") if root is None else data_folder_of(root)
    processes = workers or os.cpu_count() or 1
    try:
        with progress_of("making data", enabled=not no_progress) as progress:
            made = make_data(
                folder, start=start.date(), end=end.date(), seed=seed, progress=progress, workers=processes
            )  # fmt: skip
    except KeyboardInterrupt:
        click.echo("The data is not complete: the same command goes on where it was.", err=True)
        raise
    size = f"{made.bytes_on_disk / MEGABYTE:,.0f} MB"
    click.echo(
        f"Data: {made.folder} holds {made.sessions} sessions, {size} "
        f"({made.files_made:,} files made, {made.files_kept:,} kept, {made.wall_seconds:.1f} s)."
    )


@data.command(
    "check",
    short_help="Say what is wrong with LEAN data, and where.",
    epilog="See `thetatrace --help` for the exit codes.",
)
@click.argument("folder", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with every finding.")
@no_progress_option
@debug_option
def check(folder: Path, as_json: bool, no_progress: bool) -> int:
    """Check the LEAN data in FOLDER: formats, gaps, crossed quotes, expiries, parity, arbitrage.

    Leaves with exit code 5 when there are errors; warnings alone are no failure.

    \b
    Examples
      thetatrace data check data
      thetatrace data check ~/lean/data --json | jq '.counts'
    """
    with progress_of("checking data", enabled=not no_progress) as progress:
        report = check_data(folder, progress=progress)
    if as_json:
        click.echo(json.dumps(_as_data(report), indent=2))
    else:
        _print(report)
    return ExitCode.CHECK if report.errors else ExitCode.OK


def _print(report: CheckReport) -> None:
    if report.findings:
        shown = report.findings[:FINDINGS_SHOWN]
        rows = tuple((one.severity.value, one.code.value, one.path, one.where, one.text) for one in shown)
        columns = tuple(Column(title, right=False) for title in ("severity", "kind", "file", "where", "what is wrong"))
        more = len(report.findings) - len(shown)
        note = f"{more:,} more findings; --json lists them all." if more else ""
        marks = tuple("bad" if one.severity.value == "error" else "quiet" for one in shown)
        print_table(stdout_console(), Table("Findings", columns, rows, note, marks))
    read = f"{report.files:,} files and {report.rows:,} rows read"
    click.echo(f"{report.folder}: {read}, {report.errors:,} errors, {report.warnings:,} warnings.")


def _as_data(report: CheckReport) -> dict[str, object]:
    names = ("severity", "code", "path", "where", "text")
    return {
        "folder": str(report.folder),
        "files": report.files,
        "rows": report.rows,
        "errors": report.errors,
        "warnings": report.warnings,
        "counts": report.counts,
        "findings": [{name: str(getattr(one, name)) for name in names} for one in report.findings],
    }
