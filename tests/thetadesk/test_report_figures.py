"""Charts: capped points that keep spikes, drawdowns, bands and marks where the data has them."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from thetadesk.report import figures
from thetadesk.report.columns import MAX_POINTS, change_percent, code_runs, drawdown_percent, new_york, thin
from thetadesk.report.figures.registry import required
from thetadesk.report.runs import open_run
from thetadesk.tables import duration_ms, finite, number, percent

FINITE = st.floats(-1e6, 1e6)


@given(arrays(np.float64, st.integers(1, 3000), elements=FINITE), st.integers(10, 200))
def test_thinned_line_keeps_extremes_ends_and_the_cap(values, cap):
    kept = thin(values, cap)
    assert len(kept) <= max(cap, min(len(values), cap))
    assert kept[0] == 0
    assert kept[-1] == len(values) - 1
    assert values[kept].min() == values.min()
    assert values[kept].max() == values.max()
    assert (np.diff(kept) > 0).all()


def test_thinning_passes_over_missing_values():
    values = np.full(5000, np.nan)
    values[2345] = 9.0
    assert 2345 in thin(values)


@given(arrays(np.float64, st.integers(1, 200), elements=st.floats(1, 1e6)))
def test_drawdown_is_zero_at_each_new_high_and_never_positive(values):
    below = drawdown_percent(values)
    assert (below <= 0).all()
    assert below[int(np.argmax(values))] == 0
    assert change_percent(values)[0] == 0


@given(arrays(np.int64, st.integers(0, 60), elements=st.integers(0, 3)))
def test_runs_cover_every_position_once(codes):
    covered = [code for first, last, code in code_runs(codes) for _ in range(first, last + 1)]
    assert covered == codes.tolist()


def test_new_york_follows_the_clock_change():
    stamps = np.array([1_520_604_000_000, 1_520_863_200_000])  # 2018-03-09 and 03-12, 14:00 UTC
    assert new_york(stamps).astype(str).tolist() == ["2018-03-09T09:00:00.000", "2018-03-12T10:00:00.000"]


def test_equity_chart_marks_won_and_lost_trades(make_results):
    drawn = figures.equity(*open_run(make_results()))
    marks = {trace.name: len(trace.x) for trace in drawn.data if trace.mode == "markers"}
    assert marks == {"trade won": 6, "trade lost": 2}
    assert all(len(trace.x) <= MAX_POINTS for trace in drawn.data)


def test_legs_that_close_together_are_one_mark(make_results):
    results, _ = open_run(make_results(trace=False))
    leg = results.closed_trades[0]
    other = dataclasses.replace(leg, profit_usd=-200.0)
    drawn = figures.equity(dataclasses.replace(results, closed_trades=(leg, other)), None)
    marks = [trace for trace in drawn.data if trace.mode == "markers"]
    assert [(trace.name, trace.text[0]) for trace in marks] == [("trade lost", "2 legs $-105.00")]


def test_regime_chart_has_a_legend_entry_per_regime_seen_and_bands_behind(make_results):
    drawn = figures.regimes(*open_run(make_results()))
    names = {trace.name for trace in drawn.data}
    assert {"VIX", "extremely low", "extreme"} <= names
    assert drawn.layout.shapes
    assert all(shape.layer == "below" for shape in drawn.layout.shapes)


def test_many_regime_changes_stay_below_the_cap_of_bands(make_results):
    results, trace = open_run(make_results())
    trace.decisions["regime"][:] = np.arange(len(trace)) % 2
    drawn = figures.regimes(results, trace)
    assert len(drawn.layout.shapes) <= 330


def test_latency_chart_has_one_row_per_stage_with_samples(make_results):
    drawn = figures.stage_latency(*open_run(make_results()))
    titles = [note.text for note in drawn.layout.annotations]
    assert len(titles) == 9
    assert titles[0].startswith("<b>data</b>  n 4,680")
    assert "ms" in titles[2]


def test_slowest_bars_are_as_long_as_their_decisions(make_results):
    results, trace = open_run(make_results())
    drawn = figures.slowest(results, trace)
    sums = np.sum([bar.x for bar in drawn.data], axis=0)
    longest = np.sort(trace.total_ns)[-len(sums) :] / 1e6
    assert np.sort(sums) == pytest.approx(longest)


def test_refusals_chart_counts_decisions_by_reason(make_results):
    bars = figures.refusals(*open_run(make_results())).data[0]
    assert dict(zip(bars.y, bars.x, strict=True)) == {"VIX_HALT": 1, "CREDIT_TOO_SMALL": 3}


def test_figure_that_needs_a_trace_refuses_without_one():
    with pytest.raises(ValueError, match="left no trace"):
        required(None)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (number(1234.56), "1,235"),
        (number(12.345), "12.3"),
        (number(float("nan")), "–"),
        (percent(0.1234), "12.3"),
        (percent(float("nan")), "–"),
        (duration_ms(2), "2 ms"),
        (duration_ms(1500), "1.5 s"),
        (duration_ms(120_000), "2 min"),
        (finite(float("inf")), None),
    ],
)
def test_figures_in_tables_read_well(shown, text):
    assert shown == text
