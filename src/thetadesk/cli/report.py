"""`thetatrace report`: one HTML page about a run, that opens anywhere without a network."""

from pathlib import Path

import click

from thetadesk.cli.console import debug_option
from thetadesk.errors import ResultsError
from thetadesk.report.page import write_report
from thetadesk.report.runs import open_run

PATH = click.Path(path_type=Path, readable=False)


@click.command(epilog="See `thetatrace --help` for the exit codes.")
@click.argument("results", type=PATH)
@click.option("--output", type=PATH, help="File to write. Default: RESULTS/report.html.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
@debug_option
def report(results: Path, output: Path | None, open_page: bool) -> None:
    """Write one self-contained HTML page about the run in RESULTS.

    RESULTS is a results folder of `thetatrace backtest` or of `lean backtest`. Without a trace
    the page says what is missing.

    \b
    Examples
      thetatrace report algorithms/tom_king/backtests/2024-05-01_09-30-00 --open
      thetatrace report RESULTS --output friday.html
    """
    run, trace = open_run(results)
    target = output if output is not None else run.folder / "report.html"
    try:
        write_report(run, trace, target)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        fix = "Name a file that you may write with --output."
        raise ResultsError(f"The report cannot be written ({reason})", path=target, fix=fix) from error
    click.echo(f"Report: {target}")
    if open_page:
        click.launch(target.resolve().as_uri())
