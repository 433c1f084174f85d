"""The main job, end to end, by the real commands: data of the default span, the tom_king backtest, its report.

One file, so that one worker makes the data once; the folder is kept in build/ and made again only when it is outdated.
"""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from thetatrace.reasons import Reason, ReasonGroup, reason_group, reason_of
from thetatrace.trace import DecisionKind, decode_trace, unattributed_share

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).parent / "thetatrace")
START, END = date(2018, 1, 2), date(2018, 3, 29)
PROJECT = ROOT / "algorithms" / "tom_king"


def command(*arguments, timeout=600, **environment):
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        capture_output=True, text=True, timeout=timeout, check=False, cwd=ROOT, env={**os.environ, **environment},
    )  # fmt: skip


@pytest.fixture(scope="module")
def data():
    folder = ROOT / "build" / "test-data"
    result = command("data", "make", "--folder", folder, "--start", START, "--end", END, "--seed", 7)
    assert result.returncode == 0, result.stderr
    return folder


def backtest(data, output, *extra):
    return command("backtest", PROJECT, "--data", data, "--start", START, "--end", END, "--output", output, *extra)


def parameters(**changes):
    settings = json.loads((PROJECT / "config.json").read_text())["parameters"] | changes
    return [part for name, value in settings.items() for part in ("--parameter", name, value)]


class Run:
    """One finished run: its folder and what is in it."""

    def __init__(self, folder):
        self.folder = folder
        self.id = next(folder.glob("*-summary.json")).name.removesuffix("-summary.json")
        self.result = json.loads((folder / f"{self.id}.json").read_text())
        self.trace = decode_trace((folder / f"{self.id}-trace.json").read_text())
        self.events = json.loads((folder / f"{self.id}-order-events.json").read_text())


@pytest.fixture(scope="module")
def first(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("first") / "results"
    result = backtest(data, folder)
    assert result.returncode == 0, result.stderr
    run = Run(folder)
    run.stdout = result.stdout
    return run


@pytest.fixture(scope="module")
def second(data, first, tmp_path_factory):
    folder = tmp_path_factory.mktemp("second") / "results"
    result = backtest(data, folder, "--json")
    assert result.returncode == 0, result.stderr
    run = Run(folder)
    run.printed = json.loads(result.stdout)
    return run


def test_it_prints_statistics_stages_and_reasons(first):
    for words in ("Sharpe Ratio", "Total Orders", "p99", "unattributed", "greeks", "taken", "refused", "ENTERED"):
        assert words in first.stdout


def test_json_says_the_same_as_the_tables(first, second):
    printed = second.printed
    assert printed["statistics"] == first.result["statistics"]
    assert [row["stage"] for row in printed["trace"]["stages"]][:3] == ["data", "regime", "chain"]
    assert {row["reason"] for row in printed["trace"]["decisions"]} >= {"ENTERED"}


def test_at_least_six_zero_dte_trades_are_completed(first):
    done = [trade for trade in first.trace.trades if trade["closed_utc_ms"] is not None]
    assert len(done) >= 6
    assert all(trade["strategy"] == "friday_0dte" and trade["exit_reason"] for trade in done)


def test_only_options_expiring_that_friday_were_traded(first):
    for order in first.result["orders"].values():
        osi = order["symbol"]["value"]
        assert osi.startswith("SPXW")
        expiry = datetime.strptime(osi[6:12], "%y%m%d").replace(tzinfo=UTC).date()
        assert expiry == datetime.fromisoformat(order["time"]).date()
        assert expiry.weekday() == 4


def test_every_friday_is_traded_or_refused_with_a_reason(first):
    decisions = first.trace.decisions
    entries = decisions["kind"] == int(DecisionKind.ENTRY)
    explained = {}
    for when, code in zip(decisions["when_utc_ms"][entries], decisions["reason"][entries], strict=True):
        group = reason_group(reason_of(int(code)))
        assert group in (ReasonGroup.TAKEN, ReasonGroup.REFUSED)
        explained.setdefault(datetime.fromtimestamp(when / 1000, UTC).date(), []).append(group)
    fridays = [
        START + timedelta(days=i) for i in range((END - START).days + 1) if (START + timedelta(days=i)).weekday() == 4
    ]
    assert sorted(explained) == fridays


def test_no_decision_failed_inside(first):
    assert first.trace.counters["decision_errors"] == 0
    assert int(Reason.INTERNAL_ERROR) not in first.trace.decisions["reason"]


def test_the_unattributed_rest_is_below_five_percent(first, second):
    assert unattributed_share(first.trace) < 0.05
    assert unattributed_share(second.trace) < 0.05


def test_the_spike_of_5_february_is_seen_by_the_regime(first):
    decisions = first.trace.decisions
    day = np.array([datetime.fromtimestamp(t / 1000, UTC).date() == date(2018, 2, 5) for t in decisions["when_utc_ms"]])
    assert decisions["vix_cents"][day].max() >= 3732
    assert first.trace.regimes[decisions["regime"][day].max()] == "EXTREME"


def test_positions_are_flat_at_the_end_and_money_adds_up(first):
    assert all(trade["closed_utc_ms"] is not None for trade in first.trace.trades)
    held = {}
    for event in first.events:
        held[event["symbolValue"]] = held.get(event["symbolValue"], 0) + event["fillQuantity"]
    assert not any(held.values())
    profit_usd = sum(trade["profit_usd"] for trade in first.trace.trades)
    start = float(first.result["statistics"]["Start Equity"])
    assert float(first.result["statistics"]["End Equity"]) == pytest.approx(start + profit_usd, abs=0.01)


def test_the_profit_explained_of_each_date_is_what_the_engines_equity_did(first):
    explained = {}
    for trade in first.trace.trades:
        for day in trade["explained"]:
            parts = sum(value for name, value in day.items() if name.endswith("_usd"))
            explained[day["date"]] = explained.get(day["date"], 0.0) + parts
            assert day["undetermined"] == 0
    last = {}
    for when, *_, close in first.result["charts"]["Strategy Equity"]["series"]["Equity"]["values"]:
        # a sample of midnight belongs to the day that ends
        last[datetime.fromtimestamp(when - 1, ZoneInfo("America/New_York")).date().isoformat()] = float(close)
    equity, changed = float(first.result["statistics"]["Start Equity"]), {}
    for day, value in last.items():
        if value != equity:
            changed[day], equity = value - equity, value
    assert changed == pytest.approx(explained, abs=0.01)


def test_two_runs_give_the_same_bytes_but_for_the_measured_durations(first, second):
    names = sorted(path.name for path in first.folder.iterdir())
    assert names == sorted(path.name for path in second.folder.iterdir())
    for name in names:
        if not name.endswith("-trace.json"):
            assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes(), name
    for column in ("when_utc_ms", "kind", "strategy", "reason", "vix_cents", "regime", "spot_cents"):
        assert first.trace.decisions[column].tolist() == second.trace.decisions[column].tolist()
    assert first.trace.trades == second.trace.trades
    for column, values in first.trace.market.items():
        assert values.tolist() == second.trace.market[column].tolist(), column


def test_cached_and_uncached_chain_queries_give_identical_orders(data, first, tmp_path):
    result = backtest(data, tmp_path / "uncached", *parameters(chain_cache_entries="0"))
    assert result.returncode == 0, result.stderr
    run = Run(tmp_path / "uncached")
    assert run.trace.counters["chain_cache_hits"] == 0
    assert first.trace.counters["chain_cache_hits"] > 100

    def facts(events):
        return [{key: value for key, value in event.items() if key not in ("id", "algorithmId")} for event in events]

    assert facts(run.events) == facts(first.events)
    assert run.result["statistics"] == first.result["statistics"]


def test_the_report_is_one_page_that_needs_nothing_else(first):
    result = command("report", first.folder)
    assert result.returncode == 0, result.stderr
    page = next(first.folder.glob("*.html"))
    text = page.read_text()
    assert not re.findall(r"<(?:script|img|iframe)[^>]+src=.?https?:|<link[^>]+href=.?https?:|@import", text)
    assert "history-anchored simulation" in text
    page.unlink()


def test_making_the_same_data_again_changes_nothing(data):
    before = {path: path.stat().st_mtime_ns for path in data.rglob("*") if path.is_file()}
    result = command("data", "make", "--folder", data, "--start", START, "--end", END, "--seed", 7)
    assert result.returncode == 0
    assert {path: path.stat().st_mtime_ns for path in data.rglob("*") if path.is_file()} == before


def test_the_made_data_passes_its_own_check(data):
    result = command("data", "check", data, "--json")
    assert result.returncode == 0, result.stderr
