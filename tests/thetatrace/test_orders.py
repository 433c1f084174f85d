"""Combo limits and positions: what is open is what the fills say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetatrace.orders import ComboLeg, ComboPosition, LegFill, PositionState, entry_credit, round_to_tick


def test_each_retry_gives_a_fifth_of_the_spread_and_the_last_one_is_marketable():
    asked = [entry_credit(5.0, 4.0, attempt, 0.4, 0.2, 0.05) for attempt in range(4)]
    assert asked == [4.6, 4.4, 4.2, 3.8]


def test_a_marketable_limit_goes_at_least_one_tick_through():
    assert entry_credit(4.0, 4.0, 3, 0.4, 0.2, 0.05) == 3.95


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
    position = ComboPosition("iron condor", contracts, 100.0, 2_600.0, legs)
    position.sent(range(4), PositionState.ENTERING)
    return position


def enter(position):
    for leg, price in enumerate([0.2, 2.5, 0.2, 2.3]):
        position.fill(leg, position.legs[leg].leg.ratio * position.contracts, price, 1.3, 60_000)
        position.order_ended(leg, 60_000)
    return position


def test_a_position_is_open_only_when_every_leg_is_filled():
    position = condor()
    position.fill(0, 2, 0.2, 1.3, 60_000)
    position.order_ended(0, 60_000)
    assert position.state is PositionState.ENTERING
    position = enter(condor())
    assert position.state is PositionState.OPEN
    assert position.credit_points == pytest.approx(4.4)
    assert position.fees_usd == pytest.approx(5.2)


def test_a_cancelled_entry_without_fills_was_never_a_position():
    position = condor()
    for leg in range(4):
        assert position.state is PositionState.ENTERING
        position.order_ended(leg, 120_000)
    assert position.state is PositionState.ABANDONED
    assert position.entered_utc_ms is None


def test_a_cancelled_entry_with_fills_is_a_position_to_flatten():
    position = condor()
    position.fill(1, -1, 2.5, 1.0, 60_000)
    for leg in range(4):
        position.order_ended(leg, 120_000)
    assert position.state is PositionState.OPEN
    assert not position.is_complete
    assert position.held == (0, -1, 0, 0)


def test_a_late_fill_of_an_abandoned_entry_makes_it_a_position_again():
    position = condor()
    position.settle(120_000)
    position.fill(1, -2, 2.5, 1.0, 180_000)
    assert position.state is PositionState.OPEN
    assert position.entered_utc_ms == 180_000
    assert not position.is_final


def test_an_exit_is_over_when_its_last_order_ends_not_when_the_first_is_filled():
    position = enter(condor())
    position.sent(range(4), PositionState.EXITING)
    position.fill(0, -2, 0.1, 0.0, 1)
    position.order_ended(0, 1)
    assert position.state is PositionState.EXITING
    for leg in (1, 2, 3):
        position.order_ended(leg, 2)
    assert position.state is PositionState.OPEN
    assert position.held == (0, -2, 2, -2)


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
