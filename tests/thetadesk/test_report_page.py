"""The report page: whole, self-contained, deterministic, and honest about what a run did not leave."""

import dataclasses
import json
import re
from types import SimpleNamespace

import pytest

from thetadesk.cli.app import run
from thetadesk.errors import ExitCode, ResultsError
from thetadesk.report.days import entry_day_table
from thetadesk.report.figures import FIGURES
from thetadesk.report.page import report_html
from thetadesk.report.runs import open_run
from thetadesk.report.trades import explained_table, trade_table
from thetatrace.trace import DecisionTracer, decode_trace, encode_trace

MADE_ID = "1000000017"


def without_plotly(html):
    return re.sub(r"<script>/\*\*.*?</script>", "", html, count=1, flags=re.DOTALL)


def test_page_holds_every_chart_once_and_plotly_once(make_results):
    html = report_html(*open_run(make_results()))
    for name in FIGURES:
        assert html.count(f'id="chart-{name}"') == 1
    assert html.count("plotly.js v") == 1


def test_page_fetches_nothing_and_is_the_same_twice(make_results):
    results = make_results()
    html = report_html(*open_run(results))
    assert html == report_html(*open_run(results))
    own = without_plotly(html)
    assert len(own) < 2_000_000
    assert not re.findall(r"(?:src|href)=[\"'](?!#|data:)", own)
    assert "http" not in own


def test_command_writes_the_page_into_the_results_folder(make_results, capsys):
    results = make_results()
    assert run(["report", str(results)]) == ExitCode.OK
    page = results / "report.html"
    assert str(page) in capsys.readouterr().out
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert not list(results.glob("*.part"))


def test_open_launches_the_browser_with_the_page(make_results, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("click.launch", opened.append)
    target = tmp_path / "page.html"
    assert run(["report", str(make_results()), "--output", str(target), "--open"]) == ExitCode.OK
    assert opened == [target.as_uri()]


def test_output_in_a_missing_folder_is_bad_input(make_results, tmp_path, capsys):
    assert run(["report", str(make_results()), "--output", str(tmp_path / "no" / "page.html")]) == ExitCode.BAD_INPUT
    assert "page.html" in capsys.readouterr().err


def test_results_without_trace_say_what_is_missing_and_use_the_benchmark(make_results):
    html = report_html(*open_run(make_results(trace=False)))
    assert "This run left no trace" in html
    assert "Benchmark chart" in html
    assert 'id="chart-stage-latency"' not in html
    assert "SPXW  180105C02750000" in html


def test_index_line_comes_from_the_traces_spot(make_results):
    html = report_html(*open_run(make_results()))
    assert "SPX is the underlying" in html
    assert "Benchmark chart" not in html


def test_empty_trace_is_named_instead_of_drawn(make_results):
    run_results, _ = open_run(make_results())
    empty = decode_trace(encode_trace(DecisionTracer(["a"]), regimes=[], counters={}, trades=[], facts={}))
    html = report_html(run_results, empty)
    assert "The trace holds no decision" in html
    for spec in FIGURES.values():
        if spec.name != "equity":
            assert spec.missing(run_results, empty)
            assert spec.missing(run_results, None)


def test_data_label_is_shown_only_when_the_run_note_says_so(make_results):
    results = make_results()
    assert "history-anchored simulation" not in report_html(*open_run(results))
    note = results / f"{MADE_ID}-run.json"
    note.write_text(json.dumps({"data_label": "history-anchored simulation"}))
    assert "history-anchored simulation" in report_html(*open_run(results))
    note.write_text("{")
    with pytest.raises(ResultsError, match="not valid JSON"):
        open_run(results)


def test_algorithm_text_is_escaped(make_results):
    results = make_results()
    path = results / f"{MADE_ID}.json"
    document = json.loads(path.read_text())
    document["state"] = {"Status": "RuntimeError", "RuntimeError": "<script>alert(1)</script>"}
    path.write_text(json.dumps(document))
    html = report_html(*open_run(results))
    assert "<script>alert(1)" not in html
    assert "stopped with an error" in html


def test_every_entry_day_is_taken_or_refused_with_its_reason(make_results):
    _, trace = open_run(make_results())
    table = entry_day_table(trace)
    outcomes = [row[5] for row in table.rows]
    assert len(table.rows) == 12
    assert outcomes.count("taken") == 8
    refused = [row for row in table.rows if row[5] == "refused"]
    assert {row[6] for row in refused} == {"CREDIT_TOO_SMALL", "VIX_HALT"}
    assert all(row[0].startswith("Fri") for row in table.rows)
    assert sum(float(row[7].replace(",", "")) for row in table.rows if row[7] != "–") == pytest.approx(200)


def test_profit_is_explained_per_date_over_all_trades_of_it():
    parts = {"delta_usd": 10.0, "gamma_usd": -4.0, "theta_usd": 8.0, "vega_usd": -1.0, "execution_usd": -2.0}
    day = {"date": "2018-01-05", "fees_usd": -3.0, "rest_usd": 0.5, "undetermined": 0} | parts
    later = day | {"date": "2018-01-12", "delta_usd": -100.0}
    trace = SimpleNamespace(trades=[{"explained": [day]}, {"explained": [day, later]}, {"profit_usd": None}])
    table = explained_table(trace)
    assert table.rows[0] == ("2018-01-05", "20.00", "-8.00", "16.00", "-2.00", "-4.00", "-6.00", "1.00", "17.00")
    assert table.rows[1][-1] == "-101.50"
    assert table.mark == ("good", "bad")


def test_trades_without_a_trace_are_leans_legs(make_results):
    run_results, _ = open_run(make_results(trace=False))
    table = trade_table(run_results, None)
    assert table.rows[0][:4] == ("2018-01-05 10:36", "2018-01-05 14:55", "SPXW  180105C02750000", "short")


def test_malformed_closed_trade_is_a_sentence(make_results, capsys):
    results = make_results()
    path = results / f"{MADE_ID}.json"
    document = json.loads(path.read_text())
    document["totalPerformance"]["closedTrades"] = [{"symbols": []}]
    path.write_text(json.dumps(document))
    assert run(["report", str(results)]) == ExitCode.BAD_INPUT
    assert path.name in capsys.readouterr().err


def test_entry_that_was_sent_but_never_filled_is_not_called_taken(make_results):
    _, trace = open_run(make_results())
    none = {name: column[:0] for name, column in trace.market.items()}
    table = entry_day_table(dataclasses.replace(trace, trades=(), market=none))
    outcomes = [row[5] for row in table.rows]
    assert outcomes.count("sent, not filled") == 8
    assert "taken" not in outcomes
