"""Stage tracing: self-times sum to the total, bounds hold, files round-trip and say what is wrong with them."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetatrace.reasons import Reason, ReasonGroup, reason_group, reason_of
from thetatrace.trace import (
    COMPUTE_STAGES,
    STAGES,
    DecisionKind,
    DecisionTracer,
    Stage,
    TraceFormatError,
    count_reasons,
    decode_trace,
    encode_trace,
    summarise_stages,
    unattributed_share,
)


class FakeClock:
    """Nanoseconds that advance only when told."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def traced(tracer, **parts):
    text = encode_trace(tracer, regimes=["LOW"], counters={}, trades=[], facts={}, **parts)
    return decode_trace(text)


def end(tracer, kind=DecisionKind.ENTRY, reason=Reason.ENTERED):
    tracer.end(kind, 0, reason, vix=14.25, regime=0, spot=2695.81)


def test_stages_are_listed_once_each_in_the_order_the_data_takes():
    assert [info.stage for info in STAGES] == list(Stage)
    assert [info.label for info in STAGES] == [stage.name.lower() for stage in Stage]
    assert all(info.target_ms for info in COMPUTE_STAGES)


def test_a_nested_span_stops_the_outer_stage_and_both_sum_to_the_total():
    clock = FakeClock()
    tracer = DecisionTracer(["a"], clock=clock)
    tracer.begin(1_000)
    clock.now += 3
    tracer.stage(Stage.CHAIN)
    clock.now += 10
    with tracer.spans[Stage.GREEKS]:
        clock.now += 100
    clock.now += 1
    tracer.stage(None)
    clock.now += 5
    end(tracer)
    trace = traced(tracer)
    assert trace.decisions["chain_ns"].tolist() == [11]
    assert trace.decisions["greeks_ns"].tolist() == [100]
    assert trace.decisions["unattributed_ns"].tolist() == [8]
    assert trace.decisions["signal_ns"].tolist() == [-1]
    assert trace.total_ns.tolist() == [119]


@given(st.lists(st.tuples(st.sampled_from(list(Stage)[:8]), st.integers(0, 10**9), st.booleans()), max_size=30))
def test_stages_and_rest_sum_to_the_total_for_any_walk(walk):
    clock = FakeClock()
    tracer = DecisionTracer(["a"], clock=clock)
    tracer.begin(0)
    for stage, duration_ns, nested in walk:
        if nested:
            with tracer.spans[stage]:
                clock.now += duration_ns
        else:
            tracer.stage(stage)
            clock.now += duration_ns
    end(tracer)
    assert traced(tracer).total_ns.tolist() == [clock.now]


def test_an_exception_inside_a_span_leaves_the_outer_stage_running():
    clock = FakeClock()
    tracer = DecisionTracer(["a"], clock=clock)
    tracer.begin(0)
    tracer.stage(Stage.CHAIN)
    with pytest.raises(ZeroDivisionError), tracer.spans[Stage.GREEKS]:
        clock.now += 7
        raise ZeroDivisionError
    clock.now += 2
    end(tracer)
    trace = traced(tracer)
    assert (trace.decisions["greeks_ns"][0], trace.decisions["chain_ns"][0]) == (7, 2)


def test_beginning_twice_is_refused():
    tracer = DecisionTracer(["a"])
    tracer.begin(0)
    with pytest.raises(RuntimeError, match="already running"):
        tracer.begin(1)


def test_capacity_drops_the_older_half_and_counts_it():
    tracer = DecisionTracer(["a"], capacity=10)
    for i in range(11):
        tracer.begin(i)
        end(tracer)
        tracer.market(i, i + 1, Stage.FILL, 60_000, wall_clock=False)
    trace = traced(tracer)
    assert trace.dropped == 5
    assert trace.decisions["when_utc_ms"].tolist() == [5, 6, 7, 8, 9, 10]
    assert trace.market["decision"].min() == 5
    assert tracer.decision == 11


def test_capacity_below_two_is_refused():
    with pytest.raises(ValueError, match="capacity was 1"):
        DecisionTracer(["a"], capacity=1)


def test_compute_stages_are_not_market_events():
    with pytest.raises(ValueError, match="compute stage"):
        DecisionTracer(["a"]).market(0, 1, Stage.RISK, 5, wall_clock=False)


def test_simulated_and_wall_market_times_never_share_a_row():
    tracer = DecisionTracer(["a"])
    tracer.market(0, 1, Stage.FILL, 60_000, wall_clock=False)
    tracer.market(0, 2, Stage.FILL, 35, wall_clock=True)
    rows = [row for row in summarise_stages(traced(tracer)) if row.stage == "fill"]
    assert [(row.clock, row.count, row.p50, row.unit) for row in rows] == [
        ("simulated", 1, 60_000.0, "ms"),
        ("wall", 1, 35.0, "ms"),
    ]


def test_summary_percentiles_and_shares_are_numpys():
    clock = FakeClock()
    tracer = DecisionTracer(["a"], clock=clock)
    durations_ns = list(range(1_000, 101_000, 1_000))
    for duration_ns in durations_ns:
        tracer.begin(0)
        tracer.stage(Stage.DATA)
        clock.now += duration_ns
        end(tracer)
    row = summarise_stages(traced(tracer))[0]
    assert (row.stage, row.count, row.share) == ("data", 100, 1.0)
    assert row.p95 == pytest.approx(np.percentile(durations_ns, 95) / 1e3)
    assert row.max == 100.0


def test_an_empty_trace_has_undefined_figures_not_zeros():
    trace = traced(DecisionTracer(["a"]))
    assert np.isnan(unattributed_share(trace))
    assert all(np.isnan(row.p50) and np.isnan(row.share) for row in summarise_stages(trace))
    assert count_reasons(trace) == []


def test_a_summary_of_chosen_kinds_leaves_the_others_out():
    tracer = DecisionTracer(["a"])
    for kind in (DecisionKind.OBSERVE, DecisionKind.ENTRY, DecisionKind.ENTRY):
        tracer.begin(0)
        tracer.stage(Stage.DATA)
        end(tracer, kind)
    assert summarise_stages(traced(tracer), [DecisionKind.ENTRY])[0].count == 2


def test_reasons_are_counted_per_strategy_without_the_observing_bars():
    tracer = DecisionTracer(["a"])
    for kind, reason in [
        (DecisionKind.OBSERVE, Reason.NOT_DUE),
        (DecisionKind.ENTRY, Reason.VIX_STALE),
        (DecisionKind.ENTRY, Reason.ENTERED),
        (DecisionKind.ENTRY, Reason.VIX_STALE),
    ]:
        tracer.begin(0)
        end(tracer, kind, reason)
    rows = count_reasons(traced(tracer))
    assert [(row.group, row.reason, row.count) for row in rows] == [
        ("taken", "ENTERED", 1),
        ("refused", "VIX_STALE", 2),
    ]
    assert rows[1].text == "VIX is older than five minutes"


def test_reason_codes_fall_in_their_groups_and_are_unique():
    assert len({int(reason) for reason in Reason}) == len(Reason)
    assert reason_group(Reason.HOLD) is ReasonGroup.HELD
    assert reason_group(Reason.ENTERED) is ReasonGroup.TAKEN
    assert reason_group(Reason.VIX_MISSING) is ReasonGroup.REFUSED
    assert reason_of(205) is Reason.VIX_CEILING
    assert all(reason.text for reason in Reason)
    with pytest.raises(KeyError):
        reason_of(9_999)


def test_absent_prices_are_kept_as_absent():
    tracer = DecisionTracer(["a"])
    tracer.begin(0)
    tracer.end(DecisionKind.OBSERVE, -1, Reason.NOT_DUE, vix=None, regime=-1, spot=None)
    decisions = traced(tracer).decisions
    assert (decisions["vix_cents"][0], decisions["spot_cents"][0], decisions["regime"][0]) == (-1, -1, -1)


def document():
    tracer = DecisionTracer(["a"])
    tracer.begin(1_514_903_400_000)
    end(tracer)
    return json.loads(encode_trace(tracer, regimes=["LOW"], counters={"x": 1}, trades=[{"p": 1}], facts={"f": "v"}))


def test_a_trace_round_trips_with_its_facts():
    trace = decode_trace(json.dumps(document()))
    assert trace.decisions["when_utc_ms"].tolist() == [1_514_903_400_000]
    assert (trace.counters, list(trace.trades), trace.facts) == ({"x": 1}, [{"p": 1}], {"f": "v"})
    assert trace.reasons[100] == "ENTERED"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda d: d.update(format="other"), "not a thetatrace.trace file"),
        (lambda d: d.update(version=99), "version 99 is not 1"),
        (lambda d: d.pop("strategies"), "a part is missing"),
        (lambda d: d["decisions"]["columns"].pop("reason"), "a part is missing"),
        (lambda d: d["decisions"]["columns"].update(reason="%%"), "cannot be decompressed"),
        (lambda d: d["decisions"].update(count=2), "holds 1 values instead of 2"),
    ],
)
def test_a_damaged_trace_is_refused_with_the_cause(damage, message):
    damaged = document()
    damage(damaged)
    with pytest.raises(TraceFormatError, match=message):
        decode_trace(json.dumps(damaged))


def test_text_that_is_not_json_is_refused():
    with pytest.raises(TraceFormatError, match="not JSON"):
        decode_trace("{")
