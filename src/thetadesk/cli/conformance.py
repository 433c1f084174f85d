"""`thetatrace conformance`: LEAN's own regression algorithms, run here and held against what LEAN expects of them."""

import json
import os
import re
import time
from collections import Counter
from pathlib import Path

import click

from lean_local.errors import BadInputError
from thetadesk.cli.console import debug_option, no_progress_option, print_table, progress_of, stdout_console
from thetadesk.conformance.checkout import LeanCheckout
from thetadesk.conformance.runner import Runner
from thetadesk.conformance.verdict import Row, Status
from thetadesk.errors import ExitCode
from thetadesk.tables import NONE, Column, Table

PATH = click.Path(path_type=Path, readable=False)
DETAIL_LENGTH = 400
MARKS = {Status.PASSED: "good", Status.DATA_MISSING: "quiet"}


@click.command(epilog="See `thetatrace --help` for the exit codes.")
@click.option("--lean", "lean", type=PATH, required=True, help="Folder of a LEAN checkout.")
@click.option("--match", "pattern", metavar="REGEX", help="Only algorithms whose name holds this pattern.")
@click.option("--list", "list_file", type=PATH, help="File with one name a line; # begins a comment.")
@click.option("--jobs", type=click.IntRange(min=1), help="Algorithms at a time. Default: one per core.")
@click.option("--time-limit", "time_limit_s", type=click.FloatRange(min=0, min_open=True), default=300.0,
              show_default=True, metavar="SECONDS", help="Stop an algorithm that takes longer.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of rows instead of the table.")
@no_progress_option
@debug_option
def conformance(
    lean: Path, pattern: str | None, list_file: Path | None, jobs: int | None, time_limit_s: float, as_json: bool,
    no_progress: bool,
) -> int:  # fmt: skip
    """Run LEAN's own Python regression algorithms and compare with what LEAN expects.

    The algorithms, their data and the expected statistics (in the C# twin's source) are those of your LEAN checkout.
    Without --match or --list every algorithm with a Python file and expected statistics is run. Leaves with exit code
    6 unless every one passed; Ctrl-C shows what is done.

    \b
    Statuses
      passed        every expected statistic is equal; the hash of the orders has its own column
      differs       a statistic differs: expected, got
      not_covered   it uses a LEAN member that lean_local lacks
      data_missing  no equal result, and the checkout has lost sample files that the algorithm asked for
      error         it raised, crashed, or took longer than --time-limit

    \b
    Examples
      git clone --depth 1 https://github.com/QuantConnect/Lean ~/Lean
      thetatrace conformance --lean ~/Lean --match 'IndexOption'
      thetatrace conformance --lean ~/Lean --list names.txt --jobs 4
      thetatrace conformance --lean ~/Lean --json | jq '.[] | select(.status == "differs")'
    """
    checkout = LeanCheckout.open(lean)
    names = choose(checkout, pattern, list_file)
    began = time.monotonic()
    rows, interrupted = _run(Runner(checkout, jobs=jobs or os.cpu_count() or 1, time_limit_s=time_limit_s), names,
                             show_progress=not no_progress)  # fmt: skip
    if as_json:
        click.echo(json.dumps([row.as_data() for row in rows], indent=2))
    else:
        print_table(stdout_console(), table(rows))
        click.echo(summary(rows, time.monotonic() - began))
    if interrupted:
        click.echo(f"Stopped with Ctrl-C: {len(rows)} of {len(names)} algorithms were run.", err=True)
        return ExitCode.INTERRUPTED
    return ExitCode.OK if all(row.status is Status.PASSED for row in rows) else ExitCode.DIFFERS


def choose(checkout: LeanCheckout, pattern: str | None, list_file: Path | None) -> list[str]:
    """Return the names to run, in order.

    :raises BadInputError: if the list cannot be read or names what the checkout has not, or nothing is left to run
    """
    names = _listed(list_file) if list_file is not None else checkout.names()
    if pattern is not None:
        try:
            matches = re.compile(pattern)
        except re.error as error:
            problem = f"--match is not a regular expression ({error}): {pattern}"
            raise BadInputError(problem, fix="Quote it for the shell, and escape its special characters.") from error
        names = [name for name in names if matches.search(name)]
    if not names:
        raise BadInputError("There is no algorithm to run", path=checkout.path, fix="Check --match and --list.")
    return names


def _listed(list_file: Path) -> list[str]:
    try:
        lines = list_file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise BadInputError("The list is not a text file", path=list_file, fix="Write one name a line.") from error
    return list(dict.fromkeys(word for line in lines if (word := line.partition("#")[0].strip())))


def _run(runner: Runner, names: list[str], *, show_progress: bool) -> tuple[list[Row], bool]:
    """Run them all; the rows in the order of the names, and whether Ctrl-C ended it."""
    done: dict[str, Row] = {}
    interrupted = False
    with progress_of("conformance", enabled=show_progress) as progress:
        try:
            for row in runner.rows(names):
                done[row.name] = row
                if progress is not None:
                    progress(len(done) / len(names), f"{len(done)} of {len(names)}: {row.name} {row.status}")
        except KeyboardInterrupt:
            interrupted = True
    return [done[name] for name in names if name in done], interrupted


def table(rows: list[Row]) -> Table:
    """Return the table of a conformance run."""
    hashes = {True: "equal", False: "differs", None: NONE}
    cells = tuple((row.name, str(row.status), hashes[row.order_hash_equal], _short(row.detail)) for row in rows)
    columns = tuple(Column(title, right=False) for title in ("algorithm", "status", "orders' hash", "detail"))
    return Table(
        "LEAN's regression algorithms", columns, cells, "", tuple(MARKS.get(row.status, "bad") for row in rows)
    )


def _short(text: str) -> str:
    return text if len(text) <= DETAIL_LENGTH else text[: DETAIL_LENGTH - 1] + "…"


def summary(rows: list[Row], wall_seconds: float) -> str:
    """Say in one line how many passed and what became of the others."""
    counts = Counter(row.status for row in rows)
    parts = ", ".join(f"{counts[status]} {status.replace('_', ' ')}" for status in Status if counts[status])
    equal = sum(row.order_hash_equal is True for row in rows)
    return f"{len(rows)} algorithms in {wall_seconds:.0f} s: {parts}; orders' hash equal in {equal}."
