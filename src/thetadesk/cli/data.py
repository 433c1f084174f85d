"""`thetatrace data`: make a LEAN data folder, and check any."""

from datetime import datetime
from pathlib import Path

import click

from thetadesk.errors import ExitCode

DATE = click.DateTime(formats=["%Y-%m-%d"])
PATH = click.Path(path_type=Path)


@click.group()
def data() -> None:
    """Make market data in LEAN's format, and check any LEAN data folder."""


@data.command("make")
@click.option("--folder", type=PATH, help="Where to write. Default: the folder lean.json names, else ./data.")
@click.option("--start", type=DATE, default="2018-01-02", show_default="2018-01-02", help="First day.")
@click.option("--end", type=DATE, default="2018-03-29", show_default="2018-03-29", help="Last day.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes. Default: one per core.")
@click.option("--no-progress", is_flag=True, help="No progress on stderr.")
@click.option("--debug", is_flag=True, help="Show the stack trace when something fails.")
def make(
    folder: Path | None,
    start: datetime,
    end: datetime,
    seed: int,
    workers: int | None,
    no_progress: bool,
    debug: bool,
) -> None:
    """Make index, volatility and option data anchored on real history.

    \b
    Examples
      thetatrace data make
      thetatrace data make --folder /tmp/lean-data --start 2018-02-01 --end 2018-02-09 --seed 7
    """


@data.command("check")
@click.argument("folder", type=PATH)
def check(folder: Path) -> int:
    """Check."""
    return ExitCode.OK
