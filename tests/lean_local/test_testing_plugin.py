"""The pytest plugin, used as an algorithm's author uses it: test files in a folder of their own."""

import sys
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from lean_local import BacktestRequest, BadInputError, run_backtest
from lean_local.testing import LeanData
from lean_local.testing.imports import LeanImports

pytest_plugins = ("pytester",)
PLUGIN = ("-p", "lean_local.testing.plugin")
DOCUMENT = Path(__file__).parents[2] / "docs" / "testing-algorithms.md"
HEAD = """
from datetime import date
from AlgorithmImports import *

DAY = date(2021, 3, 1)

class Dip(QCAlgorithm):
    def initialize(self):
        self.set_cash(10_000)
        self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
        self.size = int(self.get_parameter("size", "10"))

    def on_data(self, data):
        self.log(f"{data.bars[self.spy].close}")
        if data.bars[self.spy].close < 100 and not self.portfolio.invested:
            self.market_order(self.spy, self.size)
"""


@pytest.fixture
def outside(pytester):
    """Run a test file of that text; the plugin is loaded by name where the installed package does not offer it."""

    def go(text, *words):
        pytester.makepyfile(text)
        offered = any(point.name == "lean_local" for point in entry_points(group="pytest11"))
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *(() if offered else PLUGIN), *words)

    return go


def test_a_class_over_hand_written_bars(outside):
    text = """
def test_buys_the_dip(lean_data, lean_backtest):
    lean_data.minutes("SPY", DAY, [100.0, 99.0, (98.0, 98.5, 97.5, 98.25, 500), 101.0])
    run = lean_backtest(Dip, data=lean_data, parameters={"size": 7})
    assert [(fill.fill_quantity, fill.fill_price) for fill in run.fills] == [(7, 99.0)]
    assert run.orders[0].status == OrderStatus.FILLED
    assert [event.status for event in run.order_events] == [OrderStatus.SUBMITTED, OrderStatus.FILLED]
    assert run.error is None
    assert run.logs[1].endswith(" 99.0")
    assert run.statistics["Total Orders"] == "1"
    assert run.equity[-1][1] == 10_000 + 7 * (101 - 99) - 1

def test_state_does_not_leak_from_run_to_run(lean_data, lean_backtest):
    lean_data.minutes("SPY", DAY, {5: 100.0, 7: 101.0})
    assert lean_backtest(Dip, data=lean_data).orders == ()
    assert lean_backtest(Dip, data=lean_data).orders == ()
"""
    outside(HEAD + text).assert_outcomes(passed=2)


def test_a_project_folder_relative_to_the_root_and_a_data_folder(outside, pytester):
    project = pytester.mkdir("project")
    (project / "main.py").write_text(HEAD.replace("class Dip", "from helper import SIZE\n\nclass Dip"))
    (project / "helper.py").write_text("SIZE = 3\n")
    (project / "config.json").write_text('{"parameters": {"size": "4"}}')
    text = """
def test_project(lean_data, lean_backtest):
    lean_data.minutes("SPY", DAY, [100.0, 99.0, 99.0])
    run = lean_backtest("project", data=lean_data.root, start=DAY, end=DAY)
    assert run.orders[0].quantity == 4
    import sys
    assert "helper" not in sys.modules
"""
    outside(HEAD + text).assert_outcomes(passed=1)


def test_what_a_failed_test_shows(outside):
    text = """
class Raises(Dip):
    def on_data(self, data):
        raise ValueError("no such strike")

def test_raises(lean_data, lean_backtest):
    lean_data.minutes("SPY", DAY, [100.0])
    lean_backtest(Raises, data=lean_data)

def test_wrong(lean_data, lean_backtest):
    lean_data.minutes("SPY", DAY, [99.0, 98.0])
    run = lean_backtest(Dip, data=lean_data)
    assert run.orders == ()

def test_expected(lean_data, lean_backtest):
    lean_data.minutes("SPY", DAY, [100.0])
    assert "no such strike" in str(lean_backtest(Raises, data=lean_data, fails=True).error)

def test_expected_but_missing(lean_data, lean_backtest):
    lean_data.minutes("SPY", DAY, [100.0])
    lean_backtest(Dip, data=lean_data, fails=True)
"""
    result = outside(HEAD + text)
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines_random(
        [
            "*The algorithm raised ValueError: no such strike*",
            '*raise ValueError("no such strike")*',
            "*LEAN run of Dip*",
            "orders: 1",
            "*Filled Market order for 10*units of SPY*",
            "*The algorithm was expected to raise and did not*",
        ]
    )


def test_a_run_that_uses_nothing_imports_nothing(outside):
    text = """
import sys

def test_nothing():
    assert not {"pandas", "numpy", "lean_local.run", "lean_local.api", "AlgorithmImports"} & set(sys.modules)
"""
    outside(text, "-p", "no:hypothesispytest").assert_outcomes(passed=1)


def test_the_example_of_the_document_runs(outside):
    outside(DOCUMENT.read_text().split("```python\n")[1].split("```")[0]).assert_outcomes(passed=1)


def test_a_class_that_is_no_algorithm_is_one_clear_sentence(made):
    with pytest.raises(BadInputError, match="The class int does not derive from QCAlgorithm"):
        run_backtest(BacktestRequest(int, made.root))


def test_a_real_module_of_the_name_wins_over_ours(tmp_path, monkeypatch):
    (tmp_path / "clr.py").write_text("REAL = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert LeanImports().find_spec("clr") is None
    assert LeanImports().find_spec("AlgorithmImports").name == "AlgorithmImports"
    assert LeanImports().find_spec("QuantConnect.NoSuchPart") is None
    assert LeanImports().find_spec("json") is None


def test_a_finder_is_installed_once_and_removed():
    finder = LeanImports()
    finder.install()
    finder.install()
    assert sys.meta_path.count(finder) == 1
    finder.remove()
    finder.remove()
    assert finder not in sys.meta_path


def test_a_chain_day_has_black_scholes_quotes_a_listing_and_bars(tmp_path, run):
    data = LeanData(tmp_path / "made")
    data.chain_day("SPY", date(2021, 3, 1), [100.0] * 3, [90, 100, 110], [date(2021, 3, 2)], volatility=0.2)
    body = """
def initialize(self):
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.option = self.add_option("SPY", Resolution.MINUTE)
    self.option.set_filter(-5, 5, 0, 5)
    self.seen = {}
def on_data(self, data):
    for chain in data.option_chains.values():
        for c in chain:
            self.seen[c.right, c.strike] = (c.bid_price, c.ask_price)
            self.interest = c.open_interest
"""
    algorithm = run(data, body).algorithm
    seen = algorithm.seen
    assert len(seen) == 6
    assert algorithm.interest == 100
    (bid, ask), (put_bid, put_ask) = seen[0, 100], seen[1, 100]
    assert (bid, ask) == (put_bid, put_ask)  # no rates: at the money both cost 0.4 × volatility × √time × spot
    assert (bid + ask) / 2 == pytest.approx(0.4 * 0.2 * (30.45 / 8760) ** 0.5 * 100, abs=0.01)
    assert seen[0, 110][0] == 0  # worth less than a cent: nobody bids
