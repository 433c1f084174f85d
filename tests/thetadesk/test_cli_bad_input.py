"""Bad input through the real command and the real engine: one sentence, the right code, nothing half-written."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from thetadesk.cli.app import run
from thetadesk.errors import ExitCode

QUIET = """from AlgorithmImports import *

class Quiet(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2018, 2, 5)
        self.set_end_date(2018, 2, 6)
        self.set_cash(100000)
        self.spx = self.add_index("SPX", Resolution.MINUTE).symbol
        self.set_benchmark(self.spx)

    def on_data(self, slice):
        pass
"""
RAISES = QUIET.replace("        pass", '        raise ValueError("no such strike")')
RAISES_EARLY = QUIET.replace("        self.set_cash(100000)", '        raise ValueError("no cash")')
BROKEN = QUIET.replace("def on_data(self, slice):", "def on_data(self, slice")
NO_ALGORITHM = "x = 1\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data") / "lean"
    words = ["--start", "2018-02-05", "--end", "2018-02-06", "--workers", "1", "--no-progress"]
    assert run(["data", "make", "--folder", str(folder), *words]) == ExitCode.OK
    return folder


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "workspace" / "algorithms" / "one"
    folder.mkdir(parents=True)
    (tmp_path / "workspace" / "lean.json").write_text('{"data-folder": "data"}')
    (folder / "config.json").write_text('{"algorithm-language": "Python", "parameters": {}}')
    (folder / "main.py").write_text(QUIET)
    return folder


def backtest(*words):
    command = [str(Path(sys.executable).with_name("thetatrace")), "backtest", "--no-progress", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def assert_one_sentence(done, code, *texts):
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    for text in ("Error: ", *texts):
        assert str(text) in lines[0]


def leftovers(project):
    return [path for path in project.parent.parent.rglob("*") if "backtests" in path.parts and path.name != "backtests"]


def test_missing_data_folder(project):
    done = backtest(project, "--data", project / "none")
    assert_one_sentence(done, ExitCode.BAD_INPUT, project / "none", "thetatrace data make")
    assert_one_sentence(backtest(project), ExitCode.BAD_INPUT, "lean.json", "thetatrace data make")
    (project.parents[1] / "data").mkdir()
    (project.parents[1] / "data" / "README.md").write_text("as in a fresh clone")
    assert_one_sentence(backtest(project), ExitCode.BAD_INPUT, "is empty", "thetatrace data make")
    assert leftovers(project) == []


def test_unknown_algorithm(project, data):
    done = backtest(project.parent / "two", "--data", data)
    assert_one_sentence(done, ExitCode.BAD_INPUT, project.parent / "two", "main.py")


def test_a_library_that_is_not_there(project, data):
    (project / "config.json").write_text('{"libraries": [{"name": "mine", "path": "Library/mine"}]}')
    done = backtest(project, "--data", data)
    assert_one_sentence(done, ExitCode.BAD_INPUT, project.parents[1] / "Library" / "mine", "config.json", '"libraries"')


@pytest.mark.parametrize("text", ['{"parameters": ', '{"algorithm-language": "Python", "parameters": 3}', "[]"])
def test_malformed_project_configuration(project, data, text):
    (project / "config.json").write_text(text)
    assert_one_sentence(backtest(project, "--data", data), ExitCode.BAD_INPUT, project / "config.json")
    assert leftovers(project) == []


def test_empty_date_range(project, data):
    done = backtest(project, "--data", data, "--start", "2018-02-06", "--end", "2018-02-05")
    assert_one_sentence(done, ExitCode.BAD_INPUT, "2018-02-05", "2018-02-06")
    assert leftovers(project) == []


def test_start_after_the_algorithms_own_end(project, data):
    done = backtest(project, "--data", data, "--start", "2018-03-01")
    assert_one_sentence(done, ExitCode.BAD_INPUT, "2018-03-01")
    assert leftovers(project) == []


@pytest.mark.parametrize(("source", "says"), [(BROKEN, "main.py"), (NO_ALGORITHM, "QCAlgorithm")])
def test_file_that_holds_no_algorithm(project, data, source, says):
    (project / "main.py").write_text(source)
    done = backtest(project, "--data", data)
    assert done.returncode in {ExitCode.BAD_INPUT, ExitCode.ALGORITHM}
    assert_one_sentence(done, done.returncode, says)


def test_algorithm_that_never_returns(project, data):
    (project / "main.py").write_text(QUIET.replace("        pass", "        while True: pass"))
    done = backtest(project, "--data", data, "--time-limit", "0.02")
    says = "Algorithm took longer than 0.02 minutes on a single time loop."
    assert_one_sentence(done, ExitCode.ALGORITHM, says, "main.py, line ")


@pytest.mark.parametrize(("source", "says"), [(RAISES, "no such strike"), (RAISES_EARLY, "no cash")])
def test_algorithm_that_raises(project, data, source, says):
    (project / "main.py").write_text(source)
    assert_one_sentence(backtest(project, "--data", data), ExitCode.ALGORITHM, says)
    debugged = backtest(project, "--data", data, "--debug")
    assert debugged.returncode == ExitCode.ALGORITHM
    assert "main.py" in debugged.stderr
    assert not [path for path in leftovers(project) if path.name.endswith((".part", ".tmp"))]


def test_an_algorithm_that_fails_in_initialize_leaves_no_results(project, data):
    (project / "main.py").write_text(RAISES_EARLY)
    assert_one_sentence(backtest(project, "--data", data, "--output", project / "out"), ExitCode.ALGORITHM, "no cash")
    assert not (project / "out").exists()


def test_results_of_an_earlier_run_are_not_taken_for_those_of_one_that_failed_in_initialize(project, data):
    assert backtest(project, "--data", data, "--output", project / "out").returncode == ExitCode.OK
    (project / "main.py").write_text(RAISES_EARLY)
    done = backtest(project, "--data", data, "--output", project / "out", "--overwrite")
    assert_one_sentence(done, ExitCode.ALGORITHM, "no cash")
    assert "until then" not in done.stderr
    assert list((project / "out").glob("*-summary.json"))


def test_what_an_algorithm_prints_does_not_spoil_the_json(project, data):
    (project / "main.py").write_text(QUIET.replace("        pass", '        print("now at", self.time)'))
    done = backtest(project, "--data", data, "--json")
    assert json.loads(done.stdout)["error"] is None
    assert "now at 2018-02-05" in done.stderr


def test_refused_orders_and_the_log_are_pointed_to(project, data):
    order = """
        chain = next(iter(slice.option_chains.values()), None)
        if chain:
            self.market_order(next(iter(chain)).symbol, -10000)
            self.quit()"""
    option = 'self.add_index_option(self.spx, "SPXW", Resolution.MINUTE).set_filter(-2, 2, 0, 1)'
    source = QUIET.replace("        pass", order).replace("self.set_benchmark(self.spx)", option)
    (project / "main.py").write_text(source)
    done = backtest(project, "--data", data, "--output", project / "my out")
    assert "Refused: 1 of 1 orders are Invalid; the first: Order Error: ids: [1], Insufficient buying" in done.stdout
    log = next((project / "my out").glob("*-log.txt"))
    assert f"Log:     {log}" in done.stdout
    assert f"thetatrace report '{project / 'my out'}' --open" in done.stdout


def test_corrupt_archive_is_named(project, data, tmp_path):
    broken = tmp_path / "broken"
    subprocess.run(["cp", "-r", str(data), str(broken)], check=True)
    victim = next((broken / "index" / "usa" / "minute" / "spx").glob("*.zip"))
    victim.write_bytes(b"PK" + b"\0" * 40)
    assert_one_sentence(backtest(project, "--data", broken), ExitCode.BAD_INPUT, victim.name)
    assert leftovers(project) == []


def test_data_whose_making_was_stopped_is_refused_with_the_command_that_finishes_it(project, data, tmp_path, capsys):
    half = tmp_path / "half"
    subprocess.run(["cp", "-r", str(data), str(half)], check=True)
    record = half / ".thetatrace" / "manifest.json"
    record.write_text(record.read_text().replace('"made"', '"making"'))
    done = backtest(project, "--data", half)
    assert_one_sentence(done, ExitCode.BAD_INPUT, half, "half made", "--allow-missing")
    assert leftovers(project) == []
    assert backtest(project, "--data", half, "--allow-missing").returncode == ExitCode.OK
    command = done.stderr.split("`")[1].split()
    assert run([*command[1:], "--no-progress"]) == ExitCode.OK
    assert "half made" not in backtest(project, "--data", half).stderr


def test_a_run_that_goes_beyond_the_made_data_says_so(project, data):
    done = backtest(project, "--data", data, "--end", "2018-02-09")
    assert done.returncode == ExitCode.OK
    assert done.stderr == ""  # three days: a long weekend
    noted = backtest(project, "--data", data, "--end", "2018-02-10").stderr
    assert "The data was made for 2018-02-05 to 2018-02-06: the run, 2018-02-05 to 2018-02-10, had none" in noted


def test_a_missing_vix_file_is_named_before_the_run(project, data, tmp_path):
    broken = tmp_path / "broken"
    subprocess.run(["cp", "-r", str(data), str(broken)], check=True)
    subprocess.run(["rm", "-r", str(broken / "index" / "usa" / "minute" / "vix")], check=True)
    (project / "main.py").write_text(QUIET.replace('"SPX"', '"VIX"'))
    done = backtest(project, "--data", broken)
    assert_one_sentence(done, ExitCode.BAD_INPUT, "VIX", broken / "index/usa/minute/vix", "--allow-missing")
    assert leftovers(project) == []
    assert (
        backtest(project, "--data", broken, "--allow-missing").returncode == ExitCode.BAD_INPUT
    )  # nothing at all to run on


def test_run_of_the_real_engine_shows_leans_statistics_and_json(project, data):
    done = backtest(project, "--data", data, "--json", "--output", project / "out")
    assert done.returncode == ExitCode.OK, done.stderr
    document = json.loads(done.stdout)
    assert document["statistics"]["Total Orders"] == "0"
    assert document["trace"] is None
    assert document["cost"]["data_points"] > 0
    note = json.loads(next((project / "out").glob("*-run.json")).read_text())
    assert note["data_label"] == "history-anchored simulation"
