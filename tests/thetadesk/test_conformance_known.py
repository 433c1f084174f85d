"""The list of LEAN's algorithms that do not pass: how it is made of rows, and whether it is true of a checkout.

THETATRACE_LEAN names a LEAN checkout; with THETATRACE_CONFORMANCE=REGEX too, the algorithms whose name matches are run
and held against the list (all of them take an hour).
"""

import json
import os
import re
from pathlib import Path

import pytest

from thetadesk.conformance import known
from thetadesk.conformance.checkout import LeanCheckout
from thetadesk.conformance.known import HASH, Known, NotPassing, of_rows, reason_of, state_of, table
from thetadesk.conformance.runner import Runner
from thetadesk.conformance.verdict import Row, Status

LEAN = os.environ.get("THETATRACE_LEAN")
CHECKOUT = LeanCheckout.open(Path(LEAN)) if LEAN else None
CHOSEN = os.environ.get("THETATRACE_CONFORMANCE", "(?!)")
NAMES = CHECKOUT.names() if CHECKOUT is not None else []
ROWS = [
    Row("Passes", Status.PASSED, True, ""),
    Row("Hash", Status.PASSED, False, ""),
    Row("Uses", Status.NOT_COVERED, None, "QCAlgorithm.download"),
    Row("Differs", Status.DIFFERS, False, "; ".join(f"{name}: expected 1, got 2" for name in "ABCDE")),
    Row("Raises", Status.ERROR, None, "ValueError: a | b (/home/lean/Algorithm.Python/Raises.py, line 3)"),
    Row("Lost", Status.DATA_MISSING, None, "Data/x.zip (Total Orders: expected 5, got 4)"),
]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Hash", "The orders' JSON differs"),
        ("Uses", "`QCAlgorithm.download` is not in lean_local"),
        ("Differs", "Differs in A, B, C, D and 1 more"),
        ("Raises", "ValueError: a / b (Raises.py, line 3)"),
        ("Lost", "The checkout lacks Data/x.zip"),
    ],
)
def test_a_reason_comes_from_the_row(name, reason):
    assert reason_of(next(row for row in ROWS if row.name == name)) == reason


def test_rows_become_a_list_that_keeps_reasons_worded_by_hand():
    before = Known(2, (NotPassing("Differs", "differs", "Rounding"), NotPassing("Uses", "error", "An old reason")))
    made = of_rows(ROWS, before)
    assert (made.algorithms, made.passed) == (6, 2)
    assert [(one.name, one.state) for one in made.not_passing] == [
        ("Differs", "differs"),
        ("Hash", HASH),
        ("Lost", "data_missing"),
        ("Raises", "error"),
        ("Uses", "not_covered"),
    ]
    assert made.by_name()["Differs"].reason == "Rounding"
    assert made.by_name()["Uses"].reason == "`QCAlgorithm.download` is not in lean_local"


def test_the_file_is_written_read_and_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(known, "RESOURCE", tmp_path / "not_passing.txt")
    for number, rows in enumerate((ROWS[:3], [*ROWS[3:], Row("Uses", Status.PASSED, True, "")])):
        (tmp_path / f"{number}.json").write_text(json.dumps([row.as_data() for row in rows]))
    known.main([str(tmp_path / "0.json"), str(tmp_path / "1.json")])
    made = known.read(tmp_path / "not_passing.txt")
    assert (made.algorithms, sorted(made.by_name())) == (6, ["Differs", "Hash", "Lost", "Raises"])
    assert made.text() == (tmp_path / "not_passing.txt").read_text()
    assert "| `Hash` | `hash` | The orders' JSON differs |" in table(made)


def test_the_list_is_sorted_and_has_a_reason_for_each():
    listed = known.read().not_passing
    assert [one.name for one in listed] == sorted({one.name for one in listed})
    assert all(one.reason and (one.state == HASH or one.state in list(Status)) for one in listed)


@pytest.mark.skipif(CHECKOUT is None, reason="THETATRACE_LEAN names no LEAN checkout")
def test_the_list_is_of_the_checkouts_algorithms():
    listed = known.read()
    assert listed.algorithms == len(NAMES)
    assert set(listed.by_name()) <= set(NAMES)


@pytest.mark.parametrize("name", [name for name in NAMES if re.search(CHOSEN, name)])
def test_an_algorithm_does_what_the_list_says(name):
    (row,) = Runner(CHECKOUT, jobs=1, time_limit_s=300).rows([name])
    listed = known.read().by_name().get(name)
    assert state_of(row) == (listed.state if listed is not None else Status.PASSED), row.detail
