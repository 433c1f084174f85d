"""Where the command finds things: lean.json upwards, its data folder, the output of a new run, the newest results."""

import os
from datetime import UTC, datetime

import pytest

from lean_local.errors import BadInputError
from thetadesk.cli.workspace import (
    data_folder_of,
    find_root,
    new_output_folder,
    newest_results,
    project_folder,
    read_lean_json,
    resolve_algorithm,
    resolve_data,
    results_slot,
)
from thetadesk.errors import ResultsError
from thetadesk.report.runs import choose_results
from thetadesk.trace_file import keep_trace, store_path, trace_stamps


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "lean.json").write_text(
        '{\n// the data "here"\n"data-folder": "made", /* not */ "url": "http://x//y"\n}'
    )
    project = tmp_path / "algorithms" / "one"
    project.mkdir(parents=True)
    (project / "main.py").write_text("")
    return tmp_path


def test_root_is_the_nearest_folder_upwards_of_the_first_start_that_has_one(workspace, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert find_root(elsewhere, workspace / "algorithms" / "one") == workspace
    assert find_root(elsewhere) is None


def test_lean_json_may_hold_comments_but_not_lose_addresses(workspace):
    assert read_lean_json(workspace) == {"data-folder": "made", "url": "http://x//y"}
    assert data_folder_of(workspace) == workspace / "made"


@pytest.mark.parametrize(("text", "says"), [("{", "line 1"), ("[]", "JSON object")])
def test_malformed_lean_json_is_named(workspace, text, says):
    (workspace / "lean.json").write_text(text)
    with pytest.raises(BadInputError, match=says) as error:
        read_lean_json(workspace)
    assert "lean.json" in str(error.value)


def test_data_is_the_given_folder_else_lean_jsons(workspace):
    (workspace / "made" / "market-hours").mkdir(parents=True)
    (workspace / "other").mkdir()
    assert resolve_data(None, workspace) == workspace / "made"
    assert resolve_data(workspace / "other", None) == workspace / "other"


@pytest.mark.parametrize("case", ["given", "named", "none"])
def test_missing_data_folder_says_how_to_get_one(workspace, case):
    given = workspace / "nowhere" if case == "given" else None
    with pytest.raises(BadInputError) as error:
        resolve_data(given, None if case == "none" else workspace)
    assert ("--data" if case == "none" else "thetatrace data make") in str(error.value)


def test_algorithm_is_a_project_folder_or_a_python_file(workspace):
    project = workspace / "algorithms" / "one"
    assert resolve_algorithm(project) == project
    assert resolve_algorithm(project / "main.py") == project / "main.py"
    assert project_folder(project / "main.py") == project_folder(project) == project


@pytest.mark.parametrize(
    ("path", "says"), [("nope", "no algorithm"), ("algorithms", "no main.py"), ("lean.json", "not a Python file")]
)
def test_algorithm_that_is_none_is_named(workspace, path, says):
    with pytest.raises(BadInputError, match=says) as error:
        resolve_algorithm(workspace / path)
    assert path in str(error.value)


def test_output_folder_is_named_by_time_and_never_one_that_exists(workspace):
    now = datetime(2018, 2, 5, 10, 30, tzinfo=UTC)
    first = new_output_folder(workspace / "algorithms" / "one" / "main.py", now)
    assert first == workspace / "algorithms" / "one" / "backtests" / "2018-02-05_10-30-00"
    assert first.is_dir()  # made at once: a run that starts in the same second gets the next
    assert new_output_folder(workspace / "algorithms" / "one", now).name == "2018-02-05_10-30-00_2"


def summary(folder, second):
    folder.mkdir(parents=True)
    path = folder / "1-summary.json"
    path.write_text("{}")
    os.utime(path, (second, second))


def test_newest_results_are_those_written_last(workspace):
    backtests = workspace / "backtests"
    assert newest_results(backtests) is None
    summary(backtests / "a", 30)
    summary(backtests / "b", 20)
    (backtests / "c").mkdir()
    summary(workspace / "build", 10)
    assert newest_results(backtests, workspace / "build") == backtests / "a"
    assert newest_results(workspace / "build") == workspace / "build"


def test_notebooks_take_the_named_results_else_the_newest(workspace, monkeypatch):
    monkeypatch.chdir(workspace / "algorithms")
    monkeypatch.delenv("THETATRACE_RESULTS", raising=False)
    with pytest.raises(ResultsError, match="make backtest"):
        choose_results("algorithms/one")
    summary(workspace / "algorithms" / "one" / "backtests" / "x", 10)
    assert choose_results("algorithms/one").name == "x"
    summary(workspace / "build" / "backtest", 20)
    assert choose_results("algorithms/one") == workspace / "build" / "backtest"
    monkeypatch.setenv("THETATRACE_RESULTS", str(workspace))
    assert choose_results("algorithms/one") == workspace


def test_results_are_replaced_only_after_a_run_that_succeeded(workspace):
    results = workspace / "out"
    summary(results, 10)
    summary(workspace / "out.new", 5)  # a killed run's
    with pytest.raises(ZeroDivisionError), results_slot(results, overwrite=True) as slot:
        assert not slot.exists()
        _ = 1 / 0
    assert (results / "1-summary.json").exists()
    with results_slot(results, overwrite=True) as slot:
        slot.mkdir()
        (slot / "2-summary.json").write_text("")
    assert [path.name for path in results.iterdir()] == ["2-summary.json"]


def test_results_folder_in_use_is_not_touched(workspace):
    with pytest.raises(BadInputError, match="--overwrite"), results_slot(workspace / "algorithms", overwrite=False):
        pass
    with pytest.raises(BadInputError, match="other than results"), results_slot(workspace, overwrite=True):
        pass
    with results_slot(workspace / "new", overwrite=True) as slot:
        assert slot == workspace / "new"


def test_a_results_folder_is_made_before_the_run_and_goes_away_when_nothing_was_written(workspace):
    (workspace / "given").mkdir()
    for results in (workspace / "deep" / "new", workspace / "given"):
        with pytest.raises(ZeroDivisionError), results_slot(results, overwrite=False) as slot:
            assert slot.is_dir()
            _ = 1 / 0
    assert not (workspace / "deep").exists()
    assert (workspace / "given").is_dir()
    own = new_output_folder(workspace / "algorithms" / "one", datetime(2018, 2, 5, 10, 30, tzinfo=UTC))
    with results_slot(own, overwrite=False, own=True):
        pass
    assert not own.parent.exists()


@pytest.mark.parametrize("place", ["taken/results", "taken/backtests"])
def test_results_that_cannot_be_written_are_said_before_the_run(workspace, place):
    (workspace / "taken").write_text("a file")
    with pytest.raises(BadInputError, match=r"cannot be written \(Not a directory\).*--output"):
        if place.endswith("results"):
            results_slot(workspace / place, overwrite=False).__enter__()
        else:
            new_output_folder(workspace / "taken" / "main.py" / "x", datetime(2018, 2, 5, tzinfo=UTC))


def test_trace_of_an_older_run_is_not_taken_for_this_runs(tmp_path):
    stored = store_path(tmp_path / "storage", "17")
    stored.parent.mkdir(parents=True)
    stored.write_text("old")
    results = tmp_path / "results"
    results.mkdir()
    before = trace_stamps(tmp_path / "storage")
    assert keep_trace(tmp_path / "storage", before, results, "17") is None
    assert keep_trace(tmp_path / "storage", {}, results, "17").read_text() == "old"
    assert keep_trace(tmp_path / "storage", {}, results, "18") is None
    assert [path.name for path in results.iterdir()] == ["17-trace.json"]
