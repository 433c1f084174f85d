"""Where the command finds things: lean.json upwards, its data folder, the output of a new run, the newest results."""

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
    (workspace / "made").mkdir()
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
    first.mkdir(parents=True)
    assert new_output_folder(workspace / "algorithms" / "one", now).name == "2018-02-05_10-30-00_2"


def test_newest_results_are_the_last_by_name_that_hold_any(workspace):
    backtests = workspace / "backtests"
    assert newest_results(backtests) is None
    for name in ("2018-01-01_00-00-00", "2018-01-02_00-00-00", "2018-01-03_00-00-00"):
        (backtests / name).mkdir(parents=True)
    (backtests / "2018-01-01_00-00-00" / "1.json").write_text("{}")
    (backtests / "2018-01-02_00-00-00" / "1.json").write_text("{}")
    assert newest_results(backtests) == backtests / "2018-01-02_00-00-00"


def test_notebooks_take_the_named_results_else_the_newest(workspace, monkeypatch):
    monkeypatch.chdir(workspace / "algorithms")
    monkeypatch.delenv("THETATRACE_RESULTS", raising=False)
    with pytest.raises(ResultsError, match="make backtest"):
        choose_results("algorithms/one")
    made = workspace / "algorithms" / "one" / "backtests" / "2018-01-01_00-00-00"
    made.mkdir(parents=True)
    (made / "1.json").write_text("{}")
    assert choose_results("algorithms/one") == made
    monkeypatch.setenv("THETATRACE_RESULTS", str(workspace))
    assert choose_results("algorithms/one") == workspace


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
