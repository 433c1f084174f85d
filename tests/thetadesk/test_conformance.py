"""`thetatrace conformance` on a tiny made checkout: our own algorithms, our own twins, one for each status."""

import json
import os
import runpy
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from lean_local.errors import BadInputError
from thetadesk.cli.app import run
from thetadesk.conformance.checkout import LeanCheckout
from thetadesk.conformance.twins import Twin, TwinLibrary
from thetadesk.conformance.verdict import Report, Status, judge
from thetadesk.errors import ExitCode

ALGORITHM = """from AlgorithmImports import *
{imports}
class {name}(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 3, 1)
        self.set_end_date(2021, 3, 1)
        self.symbol = self.add_equity("SPY", Resolution.MINUTE).symbol
        {setup}

    def on_data(self, data):
        if not self.portfolio.invested:
            self.market_order(self.symbol, 10)
"""
TWIN = """
namespace Made
{{
    // class Decoy : Other {{ ExpectedStatistics => wrong; }}
    public class {name} : QCAlgorithm
    {{
        public bool CanRunLocally {{ get; }} = {local};
        public AlgorithmStatus AlgorithmStatus => AlgorithmStatus.{status};
        public Dictionary<string, string> ExpectedStatistics => new Dictionary<string, string>
        {{
            {{"Total Orders", "{orders}"}},
            {{"OrderListHash", "{hash}"}}
        }};
    }}
}}
"""
EXPECTED = {
    "Passes": "passed", "Differs": "differs", "Uses": "not_covered", "Lost": "data_missing", "Raises": "error",
    "Crashes": "error", "MustRaise": "passed", "Elsewhere": "data_missing",
}  # fmt: skip


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def add(root, name, *, setup="pass", imports="", orders="1", status="Completed", local="true", digest="0" * 32):
    text = ALGORITHM.format(name=name, setup=setup, imports=imports)
    write(root / "Algorithm.Python" / f"{name}.py", text)
    twin = TWIN.format(name=name, orders=orders, status=status, local=local, hash=digest)
    write(root / "Algorithm.CSharp" / f"{name}.cs", twin)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    root = tmp_path_factory.mktemp("checkout")
    made = runpy.run_path(str(Path(__file__).parents[1] / "lean_local" / "conftest.py"))["MadeData"](root / "Data")
    made.rising("spy", [date(2021, 3, 1)])
    made.universe("spy", date(2021, 2, 26), 100.0, {("C", 100, date(2021, 3, 5)): (2.0, 100, 0.2, 0.5)})
    made.pack("option/usa/minute/spy/20210301_trade_american.zip", {"20210301_none.csv": [""]})
    write(root / "Common" / "Alphas" / "Made.py", "ANSWER = 42\n")
    write(root / "Launcher" / "config.json", '{\n  // LEAN\'s own\n  "parameters": {"quantity": 1}\n}')
    add(root, "Passes", imports="from Alphas.Made import ANSWER", setup="assert self.get_parameter('quantity') == '1'")
    add(root, "Differs", orders="2")
    add(root, "Uses", setup="self.portfolio.no_such_thing_here if False else self.set_algorithm_mode")
    add(root, "Lost", orders="2", setup="self.add_option('SPY').set_filter(-1, 1, 0, 30)")
    add(root, "Elsewhere", orders="2", local="false")
    add(root, "Raises", setup="raise ValueError('no such strike')")
    add(root, "MustRaise", setup="self.symbol = object()", status="RuntimeError", orders="0")
    add(root, "Crashes", setup="__import__('os')._exit(7)")
    add(root, "Sleeps", setup="__import__('time').sleep(60)")
    write(root / "Algorithm.Python" / "NoTwin.py", "")
    return root


@pytest.fixture(scope="module")
def rows(checkout):
    words = ["--lean", str(checkout), "--json", "--jobs", "2", "--match", "^(?!Sleeps)", "--no-progress"]
    command = [sys.executable, "-c", "from thetadesk.cli import main; main()", "conformance", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == ExitCode.DIFFERS, done.stderr
    return {row["name"]: row for row in json.loads(done.stdout)}


@pytest.mark.parametrize(("name", "status"), EXPECTED.items())
def test_each_algorithm_gets_its_status(rows, name, status):
    assert rows[name]["status"] == status, rows[name]


def test_rows_have_exactly_their_fields_and_cover_every_algorithm_with_a_twin(rows):
    assert rows.keys() == EXPECTED.keys()
    assert all(list(row) == ["name", "status", "order_hash_equal", "detail"] for row in rows.values())


def test_details_name_what_is_at_fault(rows):
    assert rows["Passes"]["order_hash_equal"] is False
    assert rows["Differs"]["detail"] == "Total Orders: expected 2, got 1"
    assert "set_algorithm_mode" in rows["Uses"]["detail"]
    assert "Data/option/usa/minute/spy/20210301_quote_american.zip" in rows["Lost"]["detail"]
    assert "no such strike" in rows["Raises"]["detail"]
    assert "without a report" in rows["Crashes"]["detail"]


def test_an_algorithm_that_takes_too_long_is_stopped(checkout, capsys):
    words = ["--match", "Sleeps", "--time-limit", "2", "--json", "--no-progress"]
    assert run(["conformance", "--lean", str(checkout), *words]) == ExitCode.DIFFERS
    (row,) = json.loads(capsys.readouterr().out)
    assert row["status"] == "error"
    assert "stopped after 2 s" in row["detail"]


def test_processes_that_crash_or_are_stopped_leave_no_temporary_folders(checkout, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    words = ["--match", "Sleeps|Crashes", "--time-limit", "2", "--json", "--no-progress"]
    assert run(["conformance", "--lean", str(checkout), *words]) == ExitCode.DIFFERS
    assert [row["status"] for row in json.loads(capsys.readouterr().out)] == ["error", "error"]
    assert [path.name for path in tmp_path.iterdir()] == []


def test_a_list_and_a_pattern_choose_and_passing_is_code_zero(checkout, tmp_path, capsys):
    names = tmp_path / "names.txt"
    names.write_text("# mine\nPasses\nDiffers  # not this\n\n")
    words = ["conformance", "--lean", str(checkout), "--list", str(names), "--match", "^Pass", "--no-progress"]
    assert run(words) == ExitCode.OK
    shown = capsys.readouterr().out
    assert "1 algorithms" in shown
    assert "Differs" not in shown


def test_listed_names_that_cannot_be_compared_are_rows_of_their_own(checkout, tmp_path, capsys):
    (tmp_path / "names.txt").write_text("Unknown\nNoTwin\nPasses\n")
    words = ["conformance", "--lean", str(checkout), "--list", str(tmp_path / "names.txt"), "--json", "--no-progress"]
    assert run(words) == ExitCode.DIFFERS
    rows = {row["name"]: (row["status"], row["detail"]) for row in json.loads(capsys.readouterr().out)}
    assert rows["Unknown"] == ("error", "the checkout has no Algorithm.Python/Unknown.py")
    assert rows["NoTwin"] == ("error", "its C# twin states no expected statistics")
    assert rows["Passes"][0] == "passed"


def test_a_class_inside_the_twin_does_not_take_its_statistics(tmp_path):
    (tmp_path / "Outer.cs").write_text(
        'class Outer : QCAlgorithm { string s = "class Odd {"; class Inner : Other { int x; } '
        'Dictionary<string, string> ExpectedStatistics => new() { {"Total Orders", "3"}, {"OrderListHash", "ab"} }; }'
    )
    twin = TwinLibrary(tmp_path).find("Outer")
    assert (twin.statistics, twin.order_list_hash) == ({"Total Orders": "3"}, "ab")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--lean", "nowhere"], "git clone"),
        (["--lean", "."], "no Algorithm.Python folder"),
        (["--lean", "CHECKOUT", "--match", "("], "not a regular expression"),
        (["--lean", "CHECKOUT", "--match", "Nothing"], "no algorithm to run"),
        (["--lean", "CHECKOUT", "--list", "absent.txt"], "absent.txt"),
    ],
)
def test_bad_input_is_one_sentence_and_its_code(checkout, tmp_path, monkeypatch, capsys, words, says):
    monkeypatch.chdir(tmp_path)
    given = [str(checkout) if word == "CHECKOUT" else word for word in words]
    assert run(["conformance", *given]) == ExitCode.BAD_INPUT
    assert says in capsys.readouterr().err


def test_ctrl_c_shows_what_is_done_and_leaves_no_process(checkout, tmp_path):
    (tmp_path / "names.txt").write_text("Passes\nSleeps\n")
    words = ["--lean", str(checkout), "--list", str(tmp_path / "names.txt"), "--jobs", "1"]
    # A suite that runs in the background ignores the signal, and so would its children.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heard}; from thetadesk.cli import main; main()", "conformance", *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    workers = _workers_until_second(process.pid)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == ExitCode.INTERRUPTED
    assert "Passes" in out
    assert "1 of 2" in err
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


def _workers_until_second(parent):
    """The worker processes of a command, once its second one runs."""
    seen = set()
    for _ in range(600):
        children = Path(f"/proc/{parent}/task/{parent}/children")
        seen |= set(children.read_text().split()) if children.exists() else set()
        for task in Path(f"/proc/{parent}/task").iterdir():
            seen |= set((task / "children").read_text().split())
        if len(seen) >= 2:
            time.sleep(0.5)
            return seen
        time.sleep(0.05)
    raise AssertionError("no second worker began")


def test_expectations_are_inherited_from_a_class_of_the_same_file_or_of_another(tmp_path):
    base = TWIN.format(name="Base", orders="3", status="RuntimeError", local="false", hash="abc")
    write(tmp_path / "sub" / "Base.cs", base)
    write(tmp_path / "Child.cs", "class Child : Base { public override bool CanRunLocally => true; }")
    write(
        tmp_path / "Pair.cs",
        'class Pair : Inner { }\nclass Inner : QCAlgorithm { X ExpectedStatistics => new() {["A"] = "1"}; }',
    )
    write(tmp_path / "Silent.cs", "class Silent : QCAlgorithm { }")
    library = TwinLibrary(tmp_path)
    child, pair = library.find("Child"), library.find("Pair")
    assert (dict(child.statistics), child.order_list_hash, child.status) == (
        {"Total Orders": "3"},
        "abc",
        "RuntimeError",
    )
    assert child.can_run_locally
    assert (dict(pair.statistics), pair.order_list_hash) == ({"A": "1"}, None)
    assert library.find("Silent") is library.find("Absent") is None


def test_git_tells_which_files_the_copy_lost(tmp_path):
    for part in ("Algorithm.Python", "Algorithm.CSharp", "Data/equity/usa/minute/spy"):
        (tmp_path / part).mkdir(parents=True)
    lost, kept = "equity/usa/minute/spy/20210301_trade.zip", "equity/usa/minute/spy/20210301_quote.zip"
    for path in (lost, kept):
        (tmp_path / "Data" / path).write_text("x")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, env=environment)
    (tmp_path / "Data" / lost).unlink()
    never = "option/usa/minute/spy/20210301_quote_american.zip"
    assert LeanCheckout.open(tmp_path).lost([lost, never]) == [lost]


def test_a_run_that_ended_otherwise_than_expected_is_no_pass(tmp_path):
    for part in ("Algorithm.Python", "Algorithm.CSharp", "Data"):
        (tmp_path / part).mkdir()
    write(
        tmp_path / "Algorithm.CSharp" / "A.cs",
        TWIN.format(name="A", orders="1", status="RuntimeError", local="true", hash=""),
    )
    checkout = LeanCheckout.open(tmp_path)
    row = judge("A", checkout.twin("A"), Report({"Total Orders": "1"}, "abc", (), None, None), checkout)
    assert (row.status, row.order_hash_equal) == (Status.DIFFERS, None)
    assert "RuntimeError" in row.detail


def test_a_folder_without_its_parts_is_refused(tmp_path):
    with pytest.raises(BadInputError, match="no LEAN checkout"):
        LeanCheckout.open(tmp_path)


def test_an_algorithm_that_lean_could_not_start_passes_when_it_raises_here_too(checkout):
    twin = Twin({}, None, "Running", True)
    opened = LeanCheckout.open(checkout)
    assert judge("A", twin, Report({}, None, (), "ValueError: refused", None), opened).status == Status.PASSED
    assert judge("A", twin, Report({}, None, (), None, None), opened).status == Status.DIFFERS
