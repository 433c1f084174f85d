"""What the terminal shows: tables on stdout, progress and messages on stderr."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import click
from rich import box
from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.table import Table as RichTable
from rich.text import Text

from thetadesk.tables import Table

SECONDS_BETWEEN_LINES = 5.0
PIPED_WIDTH = 120
STYLES = {"good": "green", "bad": "yellow", "quiet": "dim"}


no_progress_option = click.option("--no-progress", is_flag=True, help="No progress on stderr.")
# Not passed to the command: the funnel in app.py looks for it on the command line itself.
debug_option = click.option(
    "--debug", is_flag=True, expose_value=False, help="Show the stack trace when something fails."
)


class Progress(Protocol):
    """What a long step calls: how far it is (0…1) and what it is doing."""

    def __call__(self, fraction: float, text: str) -> None:
        """Report progress."""


def stdout_console() -> Console:
    """Return a console for results. Piped output gets a fixed width, so that a file looks like the screen."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def print_table(console: Console, table: Table) -> None:
    """Draw one table; units stand below the headings, marked rows are coloured."""
    drawn = RichTable(title=table.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in table.columns:
        heading = f"{column.title}\n[dim]{column.unit}[/dim]" if column.unit else column.title
        drawn.add_column(heading, justify="right" if column.right else "left", no_wrap=column.right, overflow="fold")
    marks = table.mark or ("",) * len(table.rows)
    for row, mark in zip(table.rows, marks, strict=True):
        drawn.add_row(*(Text(cell) for cell in row), style=STYLES.get(mark))
    console.print(drawn)
    if table.note:
        console.print(Text(table.note, style="dim"))


@contextmanager
def progress_of(title: str, *, enabled: bool) -> Iterator[Progress | None]:
    """Show a step's progress on stderr: a bar on a terminal, else a line every few seconds; nothing when disabled."""
    if not enabled:
        yield None
    elif not sys.stderr.isatty():
        yield _line_progress(title)
    else:
        columns = (
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
            TimeRemainingColumn(), TextColumn("[dim]{task.fields[detail]}"),
        )  # fmt: skip
        with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=1.0, detail="")

            def show(fraction: float, text: str) -> None:
                bar.update(task, completed=min(max(fraction, 0.0), 1.0), detail=text)

            yield show


def _line_progress(title: str) -> Progress:
    last = time.monotonic()

    def show(fraction: float, text: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_LINES:
            last = now
            print(f"{title}: {fraction * 100:.0f} % {text}".rstrip(), file=sys.stderr, flush=True)  # noqa: T201

    return show
