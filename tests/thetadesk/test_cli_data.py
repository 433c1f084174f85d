"""`thetatrace data make` and `data check` on a span of two sessions, and their progress."""

import json
import sys

import pytest

from thetadesk.cli import console
from thetadesk.cli.app import run
from thetadesk.cli.console import progress_of
from thetadesk.data.check import CheckReport, Code, Finding, Severity
from thetadesk.errors import ExitCode

SPAN = ["--start", "2018-02-05", "--end", "2018-02-06", "--workers", "1", "--no-progress"]


@pytest.fixture(scope="module")
def made_data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "lean"
    assert run(["data", "make", "--folder", str(folder), *SPAN]) == ExitCode.OK
    return folder


def test_finished_folder_is_left_alone(made_data, capsys):
    assert run(["data", "make", "--folder", str(made_data), *SPAN]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "2 sessions" in shown
    assert "0 files made" in shown


def test_made_data_passes_its_check(made_data, capsys):
    assert run(["data", "check", str(made_data), "--no-progress"]) == ExitCode.OK
    assert "0 errors" in capsys.readouterr().out


def test_folder_defaults_to_the_one_lean_json_names(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("thetadesk.cli.data.make_data", lambda folder, **_: asked.append(folder) or 1 / 0)
    monkeypatch.chdir(tmp_path)
    run(["data", "make"])
    (tmp_path / "lean.json").write_text('{"data-folder": "elsewhere"}')
    run(["data", "make"])
    assert [str(folder) for folder in asked] == ["data", str(tmp_path / "elsewhere")]


def test_stopped_making_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("thetadesk.cli.data.make_data", stopped)
    assert run(["data", "make", "--folder", str(tmp_path / "new")]) == ExitCode.INTERRUPTED
    assert "the same command goes on where it was" in capsys.readouterr().err


def test_span_outside_the_real_history_is_bad_input(tmp_path, capsys):
    words = ["--folder", str(tmp_path / "new"), "--start", "2025-01-02", "--end", "2025-01-03"]
    assert run(["data", "make", *words]) == ExitCode.BAD_INPUT
    assert "2025-01-02" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_missing_folder_is_bad_input(tmp_path, capsys):
    assert run(["data", "check", str(tmp_path / "none")]) == ExitCode.BAD_INPUT
    message = capsys.readouterr().err
    assert message.startswith("Error: The data folder does not exist")
    assert "thetatrace data make" in message


def checked(monkeypatch, tmp_path, *findings):
    report = CheckReport(tmp_path, 3, 400, findings)
    monkeypatch.setattr("thetadesk.cli.data.check_data", lambda folder, progress: report)


def finding(severity, path="option/a.zip"):
    return Finding(severity, Code.CROSSED, path, "a.csv line 3", "bid 2.00 above ask 1.00")


def test_errors_leave_with_code_five_and_name_file_and_line(monkeypatch, tmp_path, capsys):
    checked(monkeypatch, tmp_path, finding(Severity.ERROR), finding(Severity.WARNING, "option/b.zip"))
    assert run(["data", "check", str(tmp_path), "--no-progress"]) == ExitCode.CHECK
    shown = capsys.readouterr().out
    for text in ("option/a.zip", "a.csv line 3", "crossed", "1 errors, 1 warnings"):
        assert text in shown


def test_warnings_alone_are_no_failure(monkeypatch, tmp_path):
    checked(monkeypatch, tmp_path, finding(Severity.WARNING))
    assert run(["data", "check", str(tmp_path), "--no-progress"]) == ExitCode.OK


def test_long_lists_are_cut_on_screen_but_whole_in_json(monkeypatch, tmp_path, capsys):
    checked(monkeypatch, tmp_path, *(finding(Severity.ERROR, f"option/{n}.zip") for n in range(60)))
    run(["data", "check", str(tmp_path), "--no-progress"])
    assert "20 more findings" in capsys.readouterr().out
    assert run(["data", "check", str(tmp_path), "--json", "--no-progress"]) == ExitCode.CHECK
    document = json.loads(capsys.readouterr().out)
    assert document["errors"] == len(document["findings"]) == 60
    assert document["counts"] == {"crossed": 60}


def test_piped_progress_is_a_line_every_few_seconds(monkeypatch, capsys):
    clock = iter([0.0, 1.0, 6.0, 7.0])
    monkeypatch.setattr(console.time, "monotonic", lambda: next(clock))
    with progress_of("making data", enabled=True) as show:
        for step in range(3):
            show(step / 4, f"day {step}")
    assert capsys.readouterr().err == "making data: 25 % day 1\n"


def test_progress_on_a_terminal_is_a_bar_that_goes_away(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress_of("making data", enabled=True) as show:
        show(2.0, "more than all of it")
    assert capsys.readouterr().out == ""


def test_no_progress_means_none():
    with progress_of("making data", enabled=False) as show:
        assert show is None
