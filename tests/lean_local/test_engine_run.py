"""The public entry on a made-up data folder: what a user can do wrong, and what a run leaves behind."""

import json
import sys
import zipfile
from datetime import date
from pathlib import Path

import pytest

from lean_local import AlgorithmError, BacktestRequest, BadInputError, run_backtest
from lean_local.run import default_algorithm_id

GOOD = """
from AlgorithmImports import *

class Good(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 3, 1)
        self.set_end_date(2021, 3, 2)
        self.set_cash(10000)
        self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
        self.seen = 0

    def on_data(self, data):
        self.seen += 1
        if not self.portfolio.invested:
            self.market_order(self.spy, 10)
"""


@pytest.fixture
def data_folder(tmp_path):
    """Two days of SPY minute bars: 100.00 rising by a cent a minute."""
    root = tmp_path / "data"
    hours = {
        "dataTimeZone": "America/New_York",
        "exchangeTimeZone": "America/New_York",
        "holidays": [],
        "earlyCloses": {},
    }
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday"):
        hours[day] = [{"start": "09:30:00", "end": "16:00:00", "state": "market"}]
    hours |= {"saturday": [], "sunday": []}
    (root / "market-hours").mkdir(parents=True)
    (root / "market-hours" / "market-hours-database.json").write_text(
        json.dumps({"entries": {"Equity-usa-[*]": hours}})
    )
    (root / "symbol-properties").mkdir()
    (root / "symbol-properties" / "symbol-properties-database.csv").write_text(
        "market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size\n"
        "usa,[*],equity,,USD,1,0.01,1\n"
    )
    folder = root / "equity" / "usa" / "minute" / "spy"
    folder.mkdir(parents=True)
    for day in ("20210301", "20210302"):
        rows = []
        for minute in range(390):
            price = 1000000 + minute * 100
            rows.append(f"{34200000 + minute * 60000},{price},{price + 100},{price},{price + 100},1000")
        with zipfile.ZipFile(folder / f"{day}_trade.zip", "w") as archive:
            archive.writestr(f"{day}_spy_minute_trade.csv", "\n".join(rows) + "\n")
    return root


def project(tmp_path, text, name="project"):
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    (folder / "main.py").write_text(text)
    return folder


def test_a_run_fills_and_counts(tmp_path, data_folder):
    outcome = run_backtest(BacktestRequest(project(tmp_path, GOOD), data_folder, output=tmp_path / "out"))
    assert outcome.error is None
    assert outcome.algorithm.seen == 780
    assert outcome.data_points == 780
    assert outcome.result.statistics["Total Orders"] == "1"
    assert (tmp_path / "out").is_dir()
    assert not list(tmp_path.glob(".out*"))


def test_two_runs_write_the_same_bytes(tmp_path, data_folder):
    folder = project(tmp_path, GOOD)
    texts = []
    for name in ("one", "two"):
        run_backtest(BacktestRequest(folder, data_folder, output=tmp_path / name))
        texts.append({p.name: p.read_bytes() for p in sorted((tmp_path / name).iterdir())})
    assert texts[0] == texts[1]


def test_progress_ends_at_one(tmp_path, data_folder):
    seen = []
    run_backtest(BacktestRequest(project(tmp_path, GOOD), data_folder), progress=lambda f, t: seen.append((f, t)))
    assert seen[-1][0] == 1.0
    assert all(0 <= f <= 1 for f, _ in seen)


def test_dates_of_the_request_win(tmp_path, data_folder):
    outcome = run_backtest(BacktestRequest(project(tmp_path, GOOD), data_folder, end=date(2021, 3, 1)))
    assert outcome.algorithm.seen == 390


def test_parameters_of_config_json_and_of_the_request(tmp_path, data_folder):
    text = GOOD.replace("self.seen = 0", "self.seen = 0; self.word = self.get_parameter('word', 'none')")
    folder = project(tmp_path, text)
    (folder / "config.json").write_text('{"parameters": {"word": "config"}}')
    assert run_backtest(BacktestRequest(folder, data_folder)).algorithm.word == "config"
    request = BacktestRequest(folder, data_folder, parameters={"word": "request"})
    assert run_backtest(request).algorithm.word == "request"


def test_pascal_case_algorithms_run(tmp_path, data_folder):
    text = GOOD.replace("def initialize", "def Initialize").replace("def on_data", "def OnData")
    text = text.replace("self.set_start_date", "self.SetStartDate").replace("self.add_equity", "self.AddEquity")
    text = text.replace("Resolution.MINUTE", "Resolution.Minute").replace(
        "self.portfolio.invested", "self.Portfolio.Invested"
    )
    assert run_backtest(BacktestRequest(project(tmp_path, text), data_folder)).algorithm.seen == 780


def test_the_interpreter_is_left_as_it_was(tmp_path, data_folder):
    before, path = set(sys.modules), list(sys.path)
    folder = project(tmp_path, "import helper_of_this_test\n" + GOOD)
    (folder / "helper_of_this_test.py").write_text("VALUE = 1\n")
    run_backtest(BacktestRequest(folder, data_folder))
    assert sys.path == path
    assert "helper_of_this_test" not in sys.modules
    assert "main" not in set(sys.modules) - before


def raised(tmp_path, data_folder, text, expected):
    outcome = run_backtest(BacktestRequest(project(tmp_path, text), data_folder, output=tmp_path / "out"))
    assert isinstance(outcome.error, AlgorithmError)
    assert expected in str(outcome.error)
    assert "Traceback" in outcome.error.stack_trace


def test_an_algorithm_that_raises_is_reported_and_what_it_did_is_written(tmp_path, data_folder):
    raised(tmp_path, data_folder, GOOD.replace("self.seen += 1", "raise ValueError('boom')"), "boom")
    result = next(p for p in (tmp_path / "out").glob("1*.json") if p.stem.isdigit())
    assert json.loads(result.read_text())["state"]["Status"] == "RuntimeError"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("self.no_such_thing()", "no_such_thing"),
        ("self.set_current_slice(None)", "set_current_slice is not in lean_local"),
        ("Identity2 = ShortableProviderPythonWrapper()", "ShortableProviderPythonWrapper is not in lean_local"),
    ],
)
def test_an_algorithm_that_fails_in_initialize_is_reported_and_nothing_is_written(
    tmp_path, data_folder, statement, expected
):
    raised(tmp_path, data_folder, GOOD.replace("self.seen = 0", statement), expected)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 1\n", "No class deriving from QCAlgorithm"),
        (GOOD.replace("self.set_end_date(2021, 3, 2)", "self.set_end_date(2021, 2, 2)"), "after the end date"),
        (GOOD.replace("self.set_end_date(2021, 3, 2)", "pass"), "sets no end date"),
        (GOOD.replace("2021", "2019"), "No data between"),
    ],
)
def test_bad_algorithms_are_one_clear_sentence(tmp_path, data_folder, text, expected):
    with pytest.raises(BadInputError, match=expected):
        run_backtest(BacktestRequest(project(tmp_path, text), data_folder, output=tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_unknown_path_data_folder_and_broken_config(tmp_path, data_folder):
    with pytest.raises(BadInputError, match="no algorithm"):
        run_backtest(BacktestRequest(tmp_path / "nowhere", data_folder))
    folder = project(tmp_path, GOOD)
    with pytest.raises(BadInputError, match="data folder does not exist"):
        run_backtest(BacktestRequest(folder, tmp_path / "nodata"))
    (folder / "config.json").write_text("{broken")
    with pytest.raises(BadInputError, match="not valid JSON"):
        run_backtest(BacktestRequest(folder, data_folder))


def test_a_failed_run_keeps_earlier_results(tmp_path, data_folder):
    folder = project(tmp_path, GOOD)
    run_backtest(BacktestRequest(folder, data_folder, output=tmp_path / "out"))
    before = sorted(p.name for p in (tmp_path / "out").iterdir())
    project(tmp_path, "x = 1\n")
    with pytest.raises(BadInputError):
        run_backtest(BacktestRequest(folder, data_folder, output=tmp_path / "out"))
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == before


def test_the_default_id_depends_on_inputs_only():
    first = default_algorithm_id("p", date(2020, 1, 1), date(2020, 2, 1), {"a": "1"})
    assert first == default_algorithm_id("p", date(2020, 1, 1), date(2020, 2, 1), {"a": "1"})
    assert first != default_algorithm_id("p", date(2020, 1, 1), date(2020, 2, 1), {"a": "2"})
    assert len(first) == 10
    assert first[0] == "1"
    assert Path(first).name == first


def test_what_a_scheduled_event_raises_is_the_algorithms_error(shares, run):
    body = """
def initialize(self):
    self.add_equity("SPY", Resolution.MINUTE)
    self.schedule.on(self.date_rules.every_day(), self.time_rules.at(10, 0), self.ten)
def ten(self):
    raise ValueError("no such strike")
"""
    outcome = run(shares, body, fails=True)
    assert "ValueError: no such strike" in str(outcome.error)


def test_an_output_that_holds_something_else_is_not_replaced(tmp_path, data_folder):
    folder = project(tmp_path, GOOD)
    with pytest.raises(BadInputError, match="other than results"):
        run_backtest(BacktestRequest(folder, data_folder, output=folder))
    assert [path.name for path in folder.iterdir()] == ["main.py"]
