"""Risk: phases with hysteresis, events, and a size that is the smallest of all caps and may be nothing."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetatrace.reasons import Reason
from thetatrace.risk import EVENTS, PHASES, Account, EventCalendar, PhaseTracker, RiskGate, RiskSettings
from thetatrace.strategies import EntryPlan, Structure
from thetatrace.volatility import REGIMES, Regime, RegimeReading, VixAction

PLAN = EntryPlan(Structure.IRON_CONDOR, (), 4.6, False, 5.0, 4.0, 3.1, 100.0, 928.0, 2548.0)


def reading(regime=Regime.LOW):
    return RegimeReading(15.0, regime, None, VixAction.NONE, False, None)


def account(equity=150_000.0, **changes):
    return replace(Account(equity, 0.0, equity, 0), **changes)


def size(seen=None, regime=None, plan=PLAN, **settings):
    return RiskGate(RiskSettings(**settings)).size(plan, seen or account(), regime or reading())


def test_the_phase_cap_in_es_contracts_is_halved_for_spx():
    assert size(account(1_000_000.0)) == 2  # 5 ES contracts are 2.5 SPX contracts


def test_the_regime_multiplier_is_applied_once_and_rounds_down():
    assert size(account(1_000_000.0), reading(Regime.HIGH)) == 1
    assert size(account(1_000_000.0), reading(Regime.EXTREME)) is Reason.SIZE_ZERO


def test_size_may_be_nothing_and_says_why():
    assert size(account(20_000.0)) is Reason.BELOW_PHASE_ONE
    assert size(account(45_000.0)) is Reason.PLANNED_LOSS
    assert size(account(50_000.0)) is Reason.MAX_LOSS
    assert size(account(51_000.0), maximum_loss_fraction=0.06) is Reason.SIZE_ZERO  # phase 1 allows half a contract


def test_buying_power_is_the_smaller_of_phase_and_regime_less_what_is_used():
    assert size(account(margin_used_usd=0.55 * 150_000 - 2_547)) is Reason.BUYING_POWER
    assert size(account(margin_used_usd=0.55 * 150_000 - 2_549)) == 1


def test_limits_of_positions_and_of_the_day():
    assert size(account(open_positions=10)) is Reason.POSITION_LIMIT
    assert size(account(day_start_equity_usd=154_640.0)) is Reason.DAILY_LOSS
    assert size(account(day_start_equity_usd=154_600.0)) == 2


def test_without_a_regime_there_is_no_size():
    blind = RegimeReading(None, None, Reason.VIX_STALE, VixAction.NONE, False, None)
    assert size(regime=blind) is Reason.VIX_STALE


@given(
    st.floats(30_000, 5e6),
    st.sampled_from(list(Regime)),
    st.floats(0, 1),
    st.floats(200, 20_000),
    st.floats(200, 20_000),
)
def test_no_account_ever_exceeds_a_cap(equity, regime, used, planned_usd, worst_usd):
    plan = replace(PLAN, planned_loss_usd=planned_usd, maximum_loss_usd=worst_usd)
    found = size(account(equity, margin_used_usd=used * equity), reading(regime), plan)
    if isinstance(found, Reason):
        return
    assert found >= 1
    assert found * planned_usd <= 0.02 * equity * (1 + 1e-9)
    assert found * worst_usd <= 0.05 * equity * (1 + 1e-9)
    assert used * equity + found * worst_usd <= REGIMES[regime].buying_power_cap * equity * (1 + 1e-9)


@pytest.mark.parametrize("position", range(len(PHASES)))
def test_a_phase_begins_at_its_floor_and_ends_at_95_percent_of_it(position):
    phase, tracker = PHASES[position], PhaseTracker()
    below = PHASES[position - 1] if position else None
    assert tracker.phase(phase.floor_gbp - 0.01) is below
    assert tracker.phase(phase.floor_gbp) is phase
    assert tracker.phase(0.95 * phase.floor_gbp) is phase
    assert tracker.phase(0.95 * phase.floor_gbp - 0.01) is below


def test_events_refuse_entries_nearer_than_the_window_on_both_sides():
    calendar = EventCalendar()
    at = datetime(2018, 2, 14, 8, 30)
    for minute, refused in [(29, True), (30, False)]:
        assert calendar.refusal(at.replace(hour=10, minute=minute), 2.0) is (Reason.EVENT_NEAR if refused else None)
    assert calendar.refusal(datetime(2018, 3, 21, 12, 1), 2.0) is Reason.EVENT_NEAR
    assert calendar.refusal(datetime(2018, 3, 21, 12, 0), 2.0) is None


def test_a_date_the_calendar_does_not_cover_is_refused():
    assert EventCalendar().refusal(datetime(2019, 1, 4, 10, 30), 2.0) is Reason.EVENTS_UNKNOWN


def test_the_span_holds_the_real_fomc_decisions():
    fomc = [event.at for event in EVENTS if event.name == "FOMC" and event.at.date() <= date(2018, 3, 31)]
    assert fomc == [datetime(2018, 1, 31, 14, 0), datetime(2018, 3, 21, 14, 0)]
