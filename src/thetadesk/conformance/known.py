"""Which of LEAN's algorithms do not pass, and why: `not_passing.txt`, which the coverage document shows.

    thetatrace conformance --lean PATH --json > rows.json
    python -m thetadesk.conformance.known rows.json

writes the file anew; a reason stays as somebody worded it as long as its algorithm's status stays.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thetadesk.conformance.verdict import Row, Status

RESOURCE = Path(__file__).with_name("not_passing.txt")
HASH = "hash"
"""State of an algorithm whose statistics are equal, but not the hash of its orders."""
_HEADER = """\
# LEAN's own Python algorithms that lean_local does not pass, with the reason: name | state | reason. The state is a
# status of `thetatrace conformance`, or `hash`: every statistic is equal, the hash of the orders is not.
# Made by `python -m thetadesk.conformance.known ROWS.json`; the reasons may be worded by hand.
"""
_NAMED = 4  # statistics named in a reason
_PLACE = re.compile(r"\(\S*/Algorithm\.Python/(\S+), line (\d+)\)")


@dataclass(frozen=True, slots=True)
class NotPassing:
    """One algorithm that does not pass: `state` is a `Status`, or HASH."""

    name: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a run of all algorithms came to."""

    algorithms: int  # that were run
    not_passing: tuple[NotPassing, ...]

    @property
    def passed(self) -> int:
        """Algorithms of which every statistic is equal."""
        return self.algorithms - sum(one.state != HASH for one in self.not_passing)

    def by_name(self) -> dict[str, NotPassing]:
        """The algorithms that do not pass, by name."""
        return {one.name: one for one in self.not_passing}

    def text(self) -> str:
        """The file."""
        lines = [f"{one.name} | {one.state} | {one.reason}" for one in self.not_passing]
        return "\n".join([f"{_HEADER}algorithms: {self.algorithms}", *lines]) + "\n"


def read(path: Path = RESOURCE) -> Known:
    """Read the file."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    count = int(lines[0].removeprefix("algorithms:"))
    return Known(count, tuple(NotPassing(*(cell.strip() for cell in line.split("|", 2))) for line in lines[1:]))


def state_of(row: Row) -> str:
    """State of a row: its status, or HASH."""
    return HASH if row.status is Status.PASSED and row.order_hash_equal is False else row.status


def of_rows(rows: Iterable[Row], before: Known) -> Known:
    """What the rows of a run say, with the reasons of before where the state is the same."""
    every = sorted(rows, key=lambda row: row.name)
    old, found = before.by_name(), []
    for row in every:
        state = state_of(row)
        if state == Status.PASSED:
            continue
        kept = old.get(row.name)
        found.append(kept if kept is not None and kept.state == state else NotPassing(row.name, state, reason_of(row)))
    return Known(len(every), tuple(found))


def reason_of(row: Row) -> str:
    """Why an algorithm does not pass, out of its row."""
    if row.status is Status.NOT_COVERED:
        return f"`{row.detail}` is not in lean_local"
    if row.status is Status.PASSED:
        return "The orders' JSON differs"
    if row.status is Status.DIFFERS and ": expected " in row.detail:
        names = [part.split(":", 1)[0] for part in row.detail.split("; ")]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return f"Differs in {', '.join(names[:_NAMED])}{more}"
    if row.status is Status.DATA_MISSING:
        missing = row.detail.split(" (", 1)[0]
        return f"The checkout lacks {missing}" if missing.startswith("Data/") else missing
    return _PLACE.sub(r"(\1, line \2)", " ".join(row.detail.split())).replace("|", "/")


def table(known: Known) -> list[str]:
    """The section of the coverage document, as Markdown lines."""
    hashes = sum(one.state == HASH for one in known.not_passing)
    lines = [
        "## LEAN's own algorithms that do not pass",
        "",
        f"Of the {known.algorithms} Python algorithms of LEAN's repository that have expected statistics, "
        f"{known.passed} pass:",
        f"every statistic is equal. Of those that pass, the hash of the orders differs for {hashes} (state `{HASH}`).",
        "",
        "| algorithm | state | reason |",
        "| --- | --- | --- |",
    ]
    return [*lines, *(f"| `{one.name}` | `{one.state}` | {one.reason} |" for one in known.not_passing), ""]


def rows_of(data: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Rows out of what `--json` printed."""
    return [Row(r["name"], Status(r["status"]), r["order_hash_equal"], r["detail"]) for r in data]


def main(paths: Sequence[str]) -> None:
    """Write the file from what `--json` printed into these files; of an algorithm in several, the last row counts."""
    rows = {row.name: row for path in paths for row in rows_of(json.loads(Path(path).read_text(encoding="utf-8")))}
    before = read() if RESOURCE.is_file() else Known(0, ())
    RESOURCE.write_text(of_rows(rows.values(), before).text(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
