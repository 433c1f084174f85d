"""docs/lean-local-coverage.md and lean_api.txt are what the stubs and the runtime say."""

import subprocess
import sys
from pathlib import Path

import pytest

from lean_local import lean_api
from thetadesk.lean_coverage.document import coverage_of, group_of, lean_api_source, runtime_members
from thetadesk.lean_coverage.stubs import PACKAGE, stubs_version, write_resource

DOCUMENT = Path(__file__).parents[2] / "docs" / "lean-local-coverage.md"
REMEDY = "run: make lean-coverage"


@pytest.fixture
def stubs():
    version = stubs_version()
    if version is None:
        pytest.skip(f"{PACKAGE} is not installed")
    return f"{PACKAGE} {version}"


def test_the_list_of_leans_api_is_the_one_the_installed_stubs_make(stubs, tmp_path):
    assert lean_api_source() == stubs, REMEDY
    write_resource(tmp_path / "lean_api.txt")
    assert (tmp_path / "lean_api.txt").read_text() == lean_api.RESOURCE.read_text(), REMEDY


def test_the_coverage_document_is_the_one_a_fresh_process_makes(stubs, tmp_path):
    made = tmp_path / "coverage.md"
    subprocess.run([sys.executable, "-m", "thetadesk.lean_coverage", str(made)], check=True)
    assert made.read_text().splitlines() == DOCUMENT.read_text().splitlines(), REMEDY


def test_members_are_methods_properties_slots_declarations_and_what_is_assigned_to_self():
    from lean_local.api.bars import TradeBar
    from lean_local.enums import BrokerageName, OrderStatus
    from lean_local.securities.cash import Cash

    assert {"open", "volume", "end_time"} <= runtime_members(TradeBar)
    assert "partially_filled" in runtime_members(OrderStatus)
    assert "quant_connect_brokerage" in runtime_members(BrokerageName)  # a second name of one value
    assert {"symbol", "amount"} <= runtime_members(Cash)
    assert not any(name.startswith("_") for name in runtime_members(Cash))


def test_a_member_that_is_not_there_is_missing():
    class TradeBar:
        def __init__(self):
            self.open = 1

        close = 2

    row = coverage_of("TradeBar", TradeBar)
    assert "close" not in row.missing
    assert {"open", "volume"} <= set(row.missing)  # only lean_local's own source is read for `self.open = `
    assert row.present == row.members - len(row.missing)


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("QCAlgorithm", "Algorithm"),
        ("Option", "Securities"),
        ("OrderTicket", "Orders"),
        ("TradeBarConsolidator", "Consolidators"),
        ("OptionFilterUniverse", "Universes"),
        ("SecurityChanges", "Universes"),
        ("Slice", "Data"),
        ("SimpleMovingAverage", "Indicators"),
        ("Resolution", "Other"),
    ],
)
def test_types_stand_under_the_heading_of_their_module(name, group):
    assert group_of(name) == group
