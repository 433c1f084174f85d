"""`thetatrace data`: make a LEAN data folder, and check any."""

import os
from datetime import datetime
from pathlib import Path

import click

from thetadesk.cli.console import debug_option, no_progress_option, print_table, progress_of, stdout_console
from thetadesk.cli.workspace import data_folder_of, find_root
from thetadesk.data.maker import DEFAULT_END, DEFAULT_SEED, DEFAULT_START, make_data
from thetadesk.errors import ExitCode
from thetadesk.tables import Column, Table

DATE = click.DateTime(formats=["%Y-%m-%d"])
PATH = click.Path(path_type=Path)
MEGABYTE = 1_000_000


@click.group()
def data() -> None:
    """Make market data in LEAN's format, and check any LEAN data folder."""


@data.command("make", epilog="See `thetatrace --help` for the exit codes.")
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
    with progress_of("making data", enabled=not no_progress) as progress:
        made = make_data(
            folder, start=start.date(), end=end.date(), seed=seed, progress=progress, workers=workers or os.cpu_count() or 1
        )  # fmt: skip
    size = f"{made.bytes_on_disk / MEGABYTE:,.0f} MB"
    click.echo(
        f"Data: {made.folder} holds {made.sessions} sessions, {size} "
        f"({made.files_made:,} files made, {made.files_kept:,} kept, {made.wall_seconds:.1f} s)."
    )
