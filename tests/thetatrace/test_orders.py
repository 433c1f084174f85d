"""Combo limits and positions: what is open is what the fills say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetatrace.orders import ComboLeg, ComboPosition, LegFill, PositionState, entry_credit, round_to_tick
from thetatrace.strategies import EntryPlan, Structure

PLAN = EntryPlan(Structure.IRON_CONDOR, (), 30.0, 5.0, 4.0, 4.6, 3.08, 0.0, 0.0)


def test_each_retry_gives_a_fifth_of_the_spread_and_the_last_one_crosses_it():
    asked = [entry_credit(PLAN, attempt, 0.4, 0.2, 0.05) for attempt in range(5)]
    assert asked == [4.6, 4.4, 4.2, 3.95, 3.95]


def test_no_retry_goes_below_the_least_credit():
    from dataclasses import replace

    assert entry_credit(replace(PLAN, least_credit=4.3), 1, 0.4, 0.2, 0.05) == 4.4
    assert entry_credit(replace(PLAN, least_credit=4.3), 2, 0.4, 0.2, 0.05) is None


@given(st.floats(-500, 500), st.sampled_from([0.01, 0.05, 0.1, 0.25]))
def test_rounding_moves_a_price_by_at_most_half_a_tick(price, tick):
    rounded = round_to_tick(price, tick)
    assert abs(rounded - price) <= tick / 2 + 1e-9
    assert rounded / tick == pytest.approx(round(rounded / tick), abs=1e-6)


def condor(contracts=2):
    legs = [
        LegFill(ComboLeg(None, ratio, right, strike))
        for ratio, right, strike in [(1, -1, 2760.0), (-1, -1, 2790.0), (1, 1, 2840.0), (-1, 1, 2810.0)]
    ]
    return ComboPosition(0, Structure.IRON_CONDOR, contracts, legs, 0, 0, working={1: 0, 2: 1, 3: 2, 4: 3})


def enter(position):
    for leg, price in enumerate([0.2, 2.5, 0.2, 2.3]):
        position.fill(leg, position.legs[leg].leg.ratio * position.contracts, price, 1.3, 60_000)
    position.working.clear()


def test_a_position_is_open_only_when_every_leg_is_filled():
    position = condor()
    position.fill(0, 2, 0.2, 1.3, 60_000)
    assert position.state is PositionState.ENTERING
    enter(position := condor())
    assert position.state is PositionState.OPEN
    assert position.credit_points == pytest.approx(4.4)
    assert position.fees_usd == pytest.approx(5.2)


def test_a_cancelled_entry_without_fills_was_never_a_position():
    position = condor()
    for order in (1, 2, 3, 4):
        position.working_order_ended(order, 120_000)
    assert position.state is PositionState.ABANDONED
    assert position.entered_utc_ms is None


def test_a_cancelled_entry_with_fills_is_a_position_to_flatten():
    position = condor()
    position.fill(1, -1, 2.5, 1.0, 60_000)
    for order in (1, 2, 3, 4):
        position.working_order_ended(order, 120_000)
    assert position.state is PositionState.OPEN
    assert not position.is_complete
    assert position.held == (0, -1, 0, 0)


def test_a_refused_exit_leaves_the_position_open():
    position = condor()
    enter(position)
    position.state, position.working = PositionState.EXITING, {9: 0}
    position.working_order_ended(9, 120_000)
    assert position.state is PositionState.OPEN


@given(st.lists(st.integers(1, 3), min_size=4, max_size=4), st.lists(st.floats(0, 30), min_size=8, max_size=8))
def test_cash_is_what_was_received_less_what_was_paid_in_any_split_of_fills(splits, prices):
    position = condor(contracts=3)
    cash = 0.0
    for side, offset in ((1, 0), (-1, 4)):
        for leg, split in enumerate(splits):
            ratio = position.legs[leg].leg.ratio * side
            for quantity in filter(None, (split, 3 - split)):
                position.fill(leg, ratio * quantity, prices[offset + leg], 0.5, 1)
                cash -= ratio * quantity * prices[offset + leg]
    assert position.state is PositionState.CLOSED
    assert position.is_flat
    assert position.cash_points == pytest.approx(cash)


def test_an_order_that_ends_after_the_position_changes_nothing():
    position = condor()
    enter(position)
    position.working_order_ended(77, 1)
    assert position.state is PositionState.OPEN
