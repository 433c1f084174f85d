"""`thetatrace trace` on made results: tables, JSON, slowest decisions, and every way a trace can be unusable."""

import base64
import json
import zlib

import pytest

from thetadesk.cli.app import run
from thetadesk.errors import ExitCode
from thetadesk.slowest import SlowDecision, waterfall_text
from thetatrace.trace import STAGES

MADE_ID = "1000000017"


def test_tables_name_every_stage_and_reason_with_units(make_results, capsys):
    assert run(["trace", str(make_results())]) == ExitCode.OK
    shown = capsys.readouterr().out
    for info in STAGES:
        assert f" {info.label} " in shown
    assert "unattributed" in shown
    assert "CREDIT_TOO_SMALL" in shown
    assert "the credit after costs is below its minimum" in shown
    assert "simulated" in shown
    assert "µs" in shown
    assert "≤ 50 ms" in shown


def test_json_is_one_object_and_its_shares_sum_to_one(make_results, capsys):
    assert run(["trace", str(make_results()), "--json", "--slowest", "3"]) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    assert sum(row["share"] for row in document["stages"] if row["share"] is not None) == pytest.approx(1)
    assert {row["stage"] for row in document["stages"] if row["clock"] == "simulated"} == {"ack", "fill"}
    assert len(document["slowest"]) == 3
    assert document["unattributed_share"] < 0.05
    taken = [row for row in document["decisions"] if row["reason"] == "ENTERED"]
    assert taken == [
        {"strategy": "friday_0dte", "outcome": "taken", "reason": "ENTERED", "text": "entry order sent", "count": 8}
    ]


def test_slowest_decisions_come_slowest_first_and_sum_to_their_total(make_results, capsys):
    run(["trace", str(make_results()), "--json", "--slowest", "5"])
    slowest = json.loads(capsys.readouterr().out)["slowest"]
    totals = [row["total_us"] for row in slowest]
    assert totals == sorted(totals, reverse=True)
    for row in slowest:
        assert sum(row["stages_us"].values()) == pytest.approx(row["total_us"])


def test_waterfall_starts_each_bar_where_the_last_one_ended():
    decision = SlowDecision(
        "2018-02-05 10:31:00", "entry", "friday_0dte", "ENTERED", 100.0, {"data": 50.0, "chain": 50.0}
    )
    first, second = waterfall_text(decision).splitlines()[1:]
    assert first.endswith("█" * 24)
    assert second.index("█") == first.rindex("█") + 1


def test_waterfall_of_a_decision_without_time_draws_no_bar():
    decision = SlowDecision("2018-02-05 10:31:00", "observe", "", "NOT_DUE", 0.0, {"data": 0.0})
    assert "█" not in waterfall_text(decision)


def test_run_without_trace_says_how_to_get_one(make_results, capsys):
    assert run(["trace", str(make_results(trace=False))]) == ExitCode.BAD_INPUT
    message = capsys.readouterr().err
    assert "left no trace" in message
    assert "thetatrace backtest" in message


def test_trace_is_found_in_the_object_store_of_the_workspace(make_results, tmp_path, capsys):
    results = make_results()
    (tmp_path / "lean.json").write_text("{}")
    stored = tmp_path / "storage" / "thetatrace" / MADE_ID / "trace.json"
    stored.parent.mkdir(parents=True)
    (results / f"{MADE_ID}-trace.json").rename(stored)
    assert run(["trace", str(results)]) == ExitCode.OK
    assert "CREDIT_TOO_SMALL" in capsys.readouterr().out


def packed(values):
    steps = b"".join(int(step).to_bytes(8, "little", signed=True) for step in values)
    return base64.b64encode(zlib.compress(steps)).decode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text[:-200], "not JSON"),
        (lambda text: "{}", "not a thetatrace.trace file"),
        (lambda text: text.replace('"version":1', '"version":99'), "version 99"),
        (lambda text: text.replace('"dropped"', '"lost"'), "a part is missing"),
        (lambda text: text.replace('"strategies":["friday_0dte"]', '"strategies":[]'), "strategy 0 is unknown"),
        (lambda text: text.replace("friday", "fridäy"), "bytes that are not text"),
    ],
    ids=["cut short", "something else", "newer version", "missing part", "unknown strategy", "not text"],
)
def test_damaged_trace_gives_one_sentence_that_names_the_file(make_results, capsys, change, says):
    results = make_results()
    path = results / f"{MADE_ID}-trace.json"
    path.write_text(change(path.read_text()), encoding="utf-8")
    assert run(["trace", str(results)]) == ExitCode.BAD_INPUT
    message = capsys.readouterr().err
    assert says in message
    assert path.name in message
    assert len(message.strip().splitlines()) == 1
    assert "Traceback" not in message


@pytest.mark.parametrize("column", ["reason", "kind", "regime"])
def test_code_this_version_does_not_know_is_named(make_results, capsys, column):
    results = make_results()
    path = results / f"{MADE_ID}-trace.json"
    document = json.loads(path.read_text())
    count = document["decisions"]["count"]
    document["decisions"]["columns"][column] = packed([777] + [0] * (count - 1))
    path.write_text(json.dumps(document))
    assert run(["trace", str(results)]) == ExitCode.BAD_INPUT
    assert f"{column} 777 is unknown" in capsys.readouterr().err


def test_unknown_market_stage_is_named(make_results, capsys):
    results = make_results()
    path = results / f"{MADE_ID}-trace.json"
    document = json.loads(path.read_text())
    document["market"]["columns"]["stage"] = packed([3] + [0] * (document["market"]["count"] - 1))
    path.write_text(json.dumps(document))
    assert run(["trace", str(results)]) == ExitCode.BAD_INPUT
    assert "market stage 3 is unknown" in capsys.readouterr().err
