"""`thetatrace backtest` around a stand-in engine: what is shown, kept, defaulted and reported. No data needed."""

import json
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace

import pytest

from lean_local.errors import AlgorithmError
from lean_local.outcome import BacktestOutcome
from thetadesk.cli import backtest as module
from thetadesk.cli.app import run
from thetadesk.errors import ExitCode

STATISTICS = {"Total Orders": "64", "Net Profit": "0.952%"}
MADE_ID = "1000000017"


@dataclass
class Engine:
    """Writes made results as the real engine would, and keeps the requests it was given."""

    write: object
    trace: str | None
    error: AlgorithmError | None = None
    requests: list = field(default_factory=list)
    damaged: tuple = ()

    def __call__(self, request, progress=None):
        self.requests.append(request)
        if progress is not None:
            progress(0.5, "2018-02-05")
        self.write(request.output, trace=False)
        if self.trace is not None:
            stored = request.object_store / "thetatrace" / MADE_ID / "trace.json"
            stored.parent.mkdir(parents=True, exist_ok=True)
            stored.write_text(self.trace)
        result = SimpleNamespace(algorithm_id=MADE_ID, statistics=STATISTICS, order_list_hash="abc")
        return BacktestOutcome(
            result=result, output=request.output, algorithm=None, wall_seconds=2.0, data_points=1000, error=self.error,
            damaged_data=self.damaged,
        )  # fmt: skip


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    project = tmp_path / "algorithms" / "one"
    project.mkdir(parents=True)
    (project / "main.py").write_text("")
    (tmp_path / "lean.json").write_text('{"data-folder": "data"}')
    (tmp_path / "data" / "market-hours").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def engine(made_files, monkeypatch):
    stand_in = Engine(made_files.write, made_files.trace)
    monkeypatch.setattr(module, "run_backtest", stand_in)
    return stand_in


def test_run_ends_with_statistics_stages_decisions_and_cost(workspace, engine, capsys):
    assert run(["backtest", "algorithms/one"]) == ExitCode.OK
    shown = capsys.readouterr().out
    places = [shown.index(title) for title in ("LEAN statistics", "Stage latency", "Decisions by reason", "Cost: ")]
    assert places == sorted(places)
    assert "data points/s" in shown
    assert "chain cache hits" in shown
    assert "thetatrace report algorithms/one/backtests/" in shown


def test_damaged_data_that_was_left_out_is_said_on_stderr(workspace, engine, capsys):
    engine.damaged = ("Line 2 of a.csv is no bar",)
    assert run(["backtest", "algorithms/one", "--no-progress"]) == ExitCode.OK
    assert capsys.readouterr().err.splitlines()[-1] == "Left out: Line 2 of a.csv is no bar"


def test_defaults_are_the_lean_clis(workspace, engine):
    run(["backtest", "algorithms/one"])
    request = engine.requests[0]
    assert request.algorithm == workspace / "algorithms" / "one"
    assert request.data_folder == workspace / "data"
    assert request.object_store == workspace / "storage"
    assert request.output.parent == workspace / "algorithms" / "one" / "backtests"
    assert (request.start, request.end, request.parameters) == (None, None, {})


def test_options_reach_the_engine(workspace, engine):
    words = ["--start", "2018-02-01", "--end", "2018-02-28", "--parameter", "cash", "1", "--parameter", "vix", "2"]
    run(["backtest", "algorithms/one/main.py", "--output", "out", *words])
    request = engine.requests[0]
    assert (request.start, request.end) == (date(2018, 2, 1), date(2018, 2, 28))
    assert request.parameters == {"cash": "1", "vix": "2"}
    assert request.output == workspace / "out"


def test_trace_and_data_label_are_kept_beside_the_results(workspace, engine):
    (workspace / "data" / "SOURCE.txt").write_text("HISTORY-ANCHORED SIMULATION. Not recorded.")
    run(["backtest", "algorithms/one", "--output", "out"])
    assert (workspace / "out" / f"{MADE_ID}-trace.json").read_text() == engine.trace
    note = json.loads((workspace / "out" / f"{MADE_ID}-run.json").read_text())
    assert note["data_label"] == "history-anchored simulation"


def test_run_without_a_trace_shows_statistics_and_one_line_about_it(workspace, engine, capsys):
    engine.trace = None
    assert run(["backtest", "algorithms/one"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "LEAN statistics" in shown
    assert "left no trace" in shown
    assert "Stage latency" not in shown


def test_json_is_one_object_on_stdout(workspace, engine, capsys):
    assert run(["backtest", "algorithms/one", "--json"]) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    assert document["statistics"] == STATISTICS
    assert document["cost"]["data_points_per_second"] == 500
    assert document["error"] is None
    assert {row["stage"] for row in document["trace"]["stages"]} >= {"data", "submit", "unattributed", "fill"}
    engine.trace = None
    (workspace / "storage" / "thetatrace" / MADE_ID / "trace.json").unlink()
    run(["backtest", "algorithms/one", "--json", "--output", "second"])
    assert json.loads(capsys.readouterr().out)["trace"] is None


@pytest.mark.parametrize("debug", [False, True])
def test_algorithm_that_raised_is_one_sentence_and_code_four(workspace, engine, capsys, debug):
    engine.error = AlgorithmError("ValueError: no such strike", "Traceback of main.py")
    words = ["--debug"] if debug else []
    assert run(["backtest", "algorithms/one", "--output", "out", "--no-progress", *words]) == ExitCode.ALGORITHM
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "The algorithm raised an error: ValueError: no such strike" in captured.err
    assert ("Traceback of main.py" in captured.err) is debug
    assert ("--debug" in captured.err) is not debug


def test_end_before_start_is_refused_before_anything_runs(workspace, engine, capsys):
    words = ["--start", "2018-03-01", "--end", "2018-02-01"]
    assert run(["backtest", "algorithms/one", *words]) == ExitCode.BAD_INPUT
    assert "--end 2018-02-01 is before --start 2018-03-01" in capsys.readouterr().err
    assert engine.requests == []
    assert not (workspace / "algorithms" / "one" / "backtests").exists()


def test_second_run_into_the_same_folder_needs_overwrite(workspace, engine, capsys):
    words = ["backtest", "algorithms/one", "--output", "out"]
    assert run(words) == ExitCode.OK
    assert run(words) == ExitCode.BAD_INPUT
    assert "--overwrite" in capsys.readouterr().err
    assert run([*words, "--overwrite"]) == ExitCode.OK
    assert [path.name for path in workspace.glob("out*")] == ["out"]
    assert (workspace / "out" / f"{MADE_ID}-trace.json").exists()
