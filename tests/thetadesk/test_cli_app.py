"""The command as a user meets it: help that is quick, one sentence per failure, stable exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from lean_local.errors import AlgorithmError
from thetadesk.cli import app
from thetadesk.cli.app import run
from thetadesk.cli.failures import classify
from thetadesk.errors import ExitCode

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "pandas", "plotly", "rich", "lean_local", "scipy")


def thetatrace(*words, cwd=None):
    """Run the installed command as its own process."""
    command = [str(Path(sys.executable).with_name("thetatrace")), *map(str, words)]
    environment = {key: value for key, value in os.environ.items() if key not in {"COLUMNS", "THETATRACE_RESULTS"}}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, timeout=120, check=False)


def test_help_imports_nothing_heavy():
    code = f"import sys, thetadesk.cli; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_lists_verbs_and_exit_codes(capsys):
    assert run(["--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    for verb in app.VERBS:
        assert f"\n  {verb} " in shown
    for code in ExitCode:
        assert code.text.split("`")[0] in shown


@pytest.mark.parametrize("words", [["backtest"], ["report"], ["trace"], ["data"], ["data", "make"], ["data", "check"]])
def test_help_of_every_verb_explains_and_shows_examples(words, capsys):
    assert run([*words, "--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) > 5
    if words != ["data"]:
        assert f"thetatrace {' '.join(words)} " in shown.split("Examples")[1]


def test_version_is_the_packages():
    assert thetatrace("--version").stdout.startswith("thetatrace 0.")


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["trace"],
        ["trace", "x", "--slowest", "-1"],
        ["backtest", "x", "--start", "tomorrow"],
        ["report", "--no"],
    ],
    ids=["unknown verb", "missing argument", "number out of range", "date that is none", "unknown option"],
)
def test_bad_command_line_is_usage(words, capsys):
    assert run(words) == ExitCode.USAGE
    assert "Error: " in capsys.readouterr().err


def failing(monkeypatch, error):
    def command():
        raise error

    monkeypatch.setattr(app.LazyGroup, "get_command", lambda *_: click.Command("boom", callback=command))


def test_bug_of_ours_is_one_sentence_and_debug_shows_the_stack(monkeypatch, capsys):
    failing(monkeypatch, ZeroDivisionError("division\nby zero"))
    assert run(["boom"]) == ExitCode.INTERNAL
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert "ZeroDivisionError: division by zero" in message
    assert "--debug" in message
    monkeypatch.setattr(app.LazyGroup, "parse_args", lambda *_: [])
    monkeypatch.setattr(app.LazyGroup, "invoke", lambda *_: 1 / 0)
    assert run(["boom", "--debug"]) == ExitCode.INTERNAL
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_is_one_line_and_130(monkeypatch, capsys):
    failing(monkeypatch, KeyboardInterrupt())
    assert run(["boom"]) == 130
    assert capsys.readouterr().err.strip() == "Stopped with Ctrl-C; nothing half-written is left behind."


def test_file_the_system_refuses_is_named():
    code, sentence = classify(PermissionError(13, "Permission denied", "/secret/file"))
    assert code == ExitCode.BAD_INPUT
    assert "/secret/file" in sentence
    assert "permission denied" in sentence


def test_a_full_disk_is_no_bug_of_ours():
    code, sentence = classify(OSError(28, "No space left on device"))
    assert code == ExitCode.BAD_INPUT
    assert "disk is full" in sentence


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_lacks_our_signs_is_no_error(make_results, encoding):
    command = [str(Path(sys.executable).with_name("thetatrace")), "trace", str(make_results())]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert b"Stage latency" in done.stdout


def test_algorithm_error_has_its_own_code():
    code, sentence = classify(AlgorithmError("ValueError: no strike\n(main.py line 3)", "stack"))
    assert code == ExitCode.ALGORITHM
    assert "no strike (main.py line 3)" in sentence


def test_error_without_a_message_still_makes_a_sentence():
    assert "no message" in classify(RuntimeError())[1]


def test_main_leaves_the_process_with_the_code():
    with pytest.raises(SystemExit) as left:
        app.main(["nonsense"])
    assert left.value.code == ExitCode.USAGE


@pytest.mark.parametrize("options", ["--slowest 2000", "--slowest 2000 --json"])
def test_closed_pipe_is_no_error(make_results, options):
    command = f"{Path(sys.executable).with_name('thetatrace')} trace {make_results()} {options} | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", ["trace", "report"])
@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        (None, "", "does not exist"),
        ("notes.txt", "", "no backtest result"),
        ("1000000017.json", "{", "not JSON"),
        ("1000000017.json", "[]", "1000000017.json"),
        ("1000000017.json", "{}", "not a backtest result"),
        ("1000000017.json", '{"statistics": {}, "charts": {"Strategy Equity": 3}}', "1000000017.json"),
    ],
    ids=["no folder", "no result", "cut short", "a list", "empty", "wrong shape"],
)
def test_unusable_results_give_one_sentence(tmp_path, verb, name, text, says):
    folder = tmp_path / "results"
    if name is not None:
        folder.mkdir()
        (folder / name).write_text(text)
    done = thetatrace(verb, folder)
    assert done.returncode == ExitCode.BAD_INPUT
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert says in done.stderr
    assert str(folder) in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not folder.exists() or not list(folder.glob("*.html"))


def test_a_folder_above_results_names_the_newest(make_results, capsys):
    results = Path(make_results())
    project = results.parent
    assert run(["report", str(project)]) == ExitCode.BAD_INPUT
    assert f"the newest is {results}" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_names_the_option(make_results, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    assert run(["report", str(make_results()), "--output", str(tmp_path / "taken" / "page.html")]) == ExitCode.BAD_INPUT
    assert "page.html. Name a file that you may write with --output." in capsys.readouterr().err


def test_exit_codes_are_documented_as_the_code_has_them():
    page = (ROOT / "docs" / "exit-codes.md").read_text()
    for code in ExitCode:
        assert f"| {int(code)} | `{code.name}` | {code.text} |" in page
