"""The runner on a fake engine: whatever the orders do, one order set at a time and always a way out."""

import pytest

from thetatrace.orders import PositionState
from thetatrace.reasons import Reason

# --- order calls that fail -----------------------------------------------------------------------------------------


def test_an_entry_call_that_raises_leaves_no_position_and_no_second_entry(bench):
    bench.bar("09:31")
    bench.algorithm.mode = "raise"
    assert bench.bar("10:30") == ("MANAGE", "INTERNAL_ERROR")
    bench.algorithm.mode = "work"
    assert [bench.bar(f"10:{minute}")[1] for minute in range(31, 35)] == ["ENTRY_REPRICED"] + ["NOT_DUE"] * 3
    assert bench.position is None
    assert bench.algorithm.orders == []


def test_an_exit_call_that_raises_is_made_again_and_the_position_gets_flat(bench):
    position = bench.enter()
    bench.leg(3, 19.0, 20.0)
    bench.algorithm.mode = "raise"
    assert bench.bar("12:00") == ("MANAGE", "INTERNAL_ERROR")
    bench.algorithm.mode = "work"
    assert [bench.bar(f"12:0{minute}")[1] for minute in (1, 2)] == ["EXIT_REPRICED", "EXIT_STOP"]
    bench.fill()
    bench.bar("12:03")
    bench.fill()
    assert position.is_flat
    assert position.state is PositionState.CLOSED


def test_exits_are_sent_at_the_time_stop_although_an_earlier_call_raised(bench):
    bench.enter()
    bench.leg(3, 19.0, 20.0)
    bench.algorithm.mode = "raise"
    for minute in range(50, 60):
        bench.bar(f"14:{minute}")
    bench.algorithm.mode = "work"
    reasons = [bench.bar(f"15:0{minute}")[1] for minute in range(4)]
    assert "EXIT_TIME" in reasons
    assert len(bench.algorithm.errors) > 1


def test_when_the_second_of_two_single_calls_raises_the_first_order_is_still_cancelled(bench):
    bench.enter()
    assert bench.bar("15:00")[1] == "EXIT_TIME"
    bench.ack()
    assert bench.bar("15:01")[1] == "EXIT_REPRICED"
    market_order, calls = bench.algorithm.market_order, []

    def second_raises(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise RuntimeError("no connection")
        return market_order(*arguments)

    bench.algorithm.market_order = second_raises
    assert bench.bar("15:02")[1] == "INTERNAL_ERROR"
    bench.ack()
    assert [bench.bar(f"15:0{minute}")[1] for minute in (3, 4)] == ["EXIT_REPRICED", "EXIT_TIME"]
    assert len(bench.open_orders) == 2
    assert bench.algorithm.unsafe == []


def test_orders_that_stay_new_without_events_do_not_hold_the_exit_for_ever(bench):
    position = bench.enter()
    assert bench.bar("15:00")[1] == "EXIT_TIME"  # no event, ever: LEAN's margin model raised
    stuck = bench.open_orders
    reasons = [bench.bar(f"15:{minute:02}")[1] for minute in range(1, 6)]
    assert reasons.count("EXIT_TIME") >= 1
    for order in bench.open_orders:
        if order not in stuck:
            bench.algorithm.fill(order)
    assert not any(leg.held < 0 for leg in position.legs)


def test_an_entry_that_stays_new_is_given_up_and_what_the_engine_lists_refuses_another(bench):
    bench.bar("09:31")
    bench.bar("10:30")
    reasons = [bench.bar(f"10:{minute}")[1] for minute in range(31, 36)]
    assert reasons[0] == "ENTRY_REPRICED"
    assert reasons[-1] == "HOLDINGS_UNKNOWN"
    assert len(bench.algorithm.orders) == 4


def test_a_cancellation_that_was_turned_down_is_asked_for_again(bench):
    position = bench.enter()
    bench.cheapen()
    assert bench.bar("14:59")[1] == "EXIT_PROFIT"
    bench.ack()
    bench.algorithm.cancel_mode = "rejected"
    assert bench.bar("15:00")[1] == "EXIT_REPRICED"
    bench.algorithm.cancel_mode = "at once"
    assert [bench.bar(f"15:0{minute}")[1] for minute in (1, 2)] == ["EXIT_REPRICED", "EXIT_TIME"]
    bench.fill()
    assert position.is_flat


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["refuse", "invalid"])
def test_an_entry_refused_inside_the_call_ends_the_days_entries(bench, mode):
    bench.bar("09:31")
    bench.algorithm.mode = mode
    reasons = [bench.bar(f"10:{minute}")[1] for minute in range(30, 40)]
    assert reasons == ["ORDER_REFUSED"] + ["NOT_DUE"] * 9
    assert len(bench.algorithm.orders) == (4 if mode == "invalid" else 0)


def test_an_entry_refused_after_the_call_is_told_once_and_ends_the_days_entries(bench, fake):
    bench.bar("09:31")
    assert bench.bar("10:30")[1] == "ENTERED"
    for order in bench.open_orders:
        bench.algorithm.report(order, fake.OrderStatus.INVALID)
    steps = [bench.bar(f"10:{minute}") for minute in range(31, 40)]
    assert steps[0] == ("ENTRY", "ORDER_REFUSED")
    assert steps[1:] == [("OBSERVE", "NOT_DUE")] * 8
    assert len(bench.algorithm.orders) == 4


@pytest.mark.parametrize("mode", ["refuse", "invalid"])
def test_a_refused_exit_is_visible_and_sent_again(bench, mode):
    position = bench.enter()
    bench.algorithm.mode = mode
    assert bench.bar("15:00")[1] == "ORDER_REFUSED"
    assert position.state is PositionState.OPEN
    bench.algorithm.mode = "work"
    assert bench.bar("15:01")[1] == "EXIT_TIME"
    bench.fill()
    bench.bar("15:02")
    bench.fill()
    assert position.is_flat


# --- acknowledgements and fills in any order -----------------------------------------------------------------------


def test_legs_acknowledged_and_filled_one_by_one_never_send_twice(bench, fake):
    position = bench.enter()
    assert bench.bar("15:00")[1] == "EXIT_TIME"
    first, *rest = bench.open_orders
    bench.algorithm.report(first, fake.OrderStatus.SUBMITTED)
    bench.algorithm.fill(first)
    assert position.state is PositionState.EXITING
    for order in rest:
        bench.algorithm.report(order, fake.OrderStatus.SUBMITTED)
        assert len(bench.algorithm.orders) == 8
        bench.algorithm.fill(order)
    assert position.state is PositionState.CLOSED
    bench.bar("15:01")
    assert len(bench.algorithm.orders) == 8


def test_a_fill_before_its_submitted_event_counts_once(bench, fake):
    position = bench.enter()
    bench.bar("15:00")
    cash = position.cash_points
    order = bench.open_orders[1]
    bench.algorithm.fill(order, price=9.9)
    bench.algorithm.report(order, fake.OrderStatus.SUBMITTED)
    assert cash - position.cash_points == pytest.approx(2 * 9.9)
    assert position.held == (2, 0, 2, -2)


def test_fills_inside_the_order_call_are_taken(bench):
    bench.algorithm.mode = "fill"
    bench.bar("09:31")
    assert bench.bar("10:30")[1] == "ENTERED"
    position = bench.position
    assert position.state is PositionState.OPEN
    for wing in (0, 2):
        bench.leg(wing, 0.05, 0.1)
    bench.bar("15:00")
    assert position.is_final
    bench.bar("15:01")
    assert bench.runner.finished == [position]


def test_events_of_foreign_orders_and_contracts_are_ignored(bench, fake):
    position = bench.enter()
    held = position.held
    strange = fake.Order(99, fake.Symbol("ES", fake.SecurityType.EQUITY), 1, fake.OrderType.MARKET, None, 0)
    bench.algorithm.report(strange, fake.OrderStatus.FILLED, 1, 5.0)
    own = fake.Order(98, position.legs[1].leg.handle.symbol, 1, fake.OrderType.MARKET, None, 0)
    bench.algorithm.report(own, fake.OrderStatus.FILLED, 1, 5.0)
    assert position.held == held


def test_a_fill_after_cancelled_brings_the_position_back_and_it_is_closed(bench):
    bench.bar("09:31")
    bench.bar("10:59")
    bench.ack()
    assert bench.bar("11:01")[1] == "ENTRY_GIVEN_UP"
    assert bench.bar("11:02")[1] == "NOT_DUE"
    assert bench.position is None
    short = bench.algorithm.orders[1]
    bench.algorithm.fill(short)
    position = bench.position
    assert position.held == (0, -2, 0, 0)
    assert bench.bar("11:03") == ("MANAGE", "EXIT_INCOMPLETE")
    bench.fill()
    assert position.is_flat
    bench.bar("11:04")
    assert bench.runner.finished == [position]
    assert len(bench.desk._runners[0]._book.open_positions()) == 0


def test_a_late_fill_of_the_first_attempt_is_closed_although_a_second_attempt_works(bench):
    bench.bar("09:31")
    bench.bar("10:30")
    bench.ack()
    first = bench.position
    assert bench.bar("10:31")[1] == "ENTRY_REPRICED"
    assert bench.bar("10:32")[1] == "ENTERED"
    bench.ack()
    bench.algorithm.fill(bench.algorithm.orders[1])  # cancelled at 10:31, filled all the same
    assert first.held == (0, -2, 0, 0)
    for minute in range(33, 39):
        bench.bar(f"10:{minute}")
        if first.state is PositionState.EXITING:
            bench.fill()
    assert first.is_flat
    assert bench.algorithm.unsafe == []
    assert first in bench.runner.finished


def test_a_late_fill_in_a_second_position_is_closed_and_the_full_one_is_kept(bench):
    bench.bar("09:31")
    bench.bar("10:30")
    bench.ack()
    first = bench.position
    bench.bar("10:31")
    bench.bar("10:32")
    bench.fill()
    second = bench.position
    bench.algorithm.fill(bench.algorithm.orders[1])
    for minute in range(33, 39):
        bench.bar(f"10:{minute}")
        if first.state is PositionState.EXITING:
            bench.fill()
    assert first.is_flat
    assert second.held == (2, -2, 2, -2)
    assert bench.position is second
    for wing in (0, 2):
        bench.leg(wing, 0.05, 0.1)
    bench.bar("15:00")
    bench.fill()
    bench.bar("15:01")
    assert {id(each) for each in bench.runner.finished} == {id(first), id(second)}


def test_a_revived_position_is_counted_once(bench):
    bench.bar("09:31")
    bench.bar("10:30")
    bench.ack()
    bench.bar("11:01")
    bench.bar("11:02")
    bench.algorithm.fill(bench.algorithm.orders[1])
    assert len(bench.runner._book.open_positions()) == 1


def test_late_ends_of_cancelled_orders_do_not_end_the_orders_sent_since(bench, fake):
    position = bench.enter()
    bench.cheapen()
    assert bench.bar("14:58")[1] == "EXIT_PROFIT"
    bench.ack()
    bench.algorithm.queue_events = True  # the tickets know of the cancellation before the events come
    assert bench.bar("15:00")[1] == "EXIT_REPRICED"
    bench.algorithm.queue_events = False
    assert bench.bar("15:01")[1] == "EXIT_TIME"
    while bench.algorithm.events:
        bench.algorithm.deliver()
    assert position.state is PositionState.EXITING
    bench.bar("15:01")
    assert len(bench.open_orders) == 4
    assert bench.algorithm.unsafe == []


def test_an_exit_that_a_late_fill_made_needless_is_cancelled(bench):
    position = bench.enter()
    bench.bar("15:00")
    bench.ack()
    bench.bar("15:01")
    cancelled = list(bench.algorithm.orders[4:])
    assert bench.bar("15:02")[1] == "EXIT_TIME"
    bench.ack()
    for order in cancelled:
        bench.algorithm.fill(order)
    assert position.is_flat
    bench.bar("15:03")
    assert bench.open_orders == []
    bench.bar("15:04")
    assert bench.position is None


# --- entries -------------------------------------------------------------------------------------------------------


def test_a_partial_entry_is_flattened_when_its_rest_is_cancelled(bench):
    bench.bar("09:31")
    bench.bar("10:30")
    bench.ack()
    position = bench.position
    bench.algorithm.fill(bench.open_orders[1], -1)
    assert bench.bar("10:31")[1] == "ENTRY_REPRICED"
    assert position.state is PositionState.OPEN
    assert bench.bar("10:32")[1] == "EXIT_INCOMPLETE"
    assert [order.quantity for order in bench.open_orders] == [1]
    bench.fill()
    assert bench.bar("10:33")[1] == "NOT_DUE"
    assert (position.exit_reason, position.is_flat) == (Reason.EXIT_INCOMPLETE, True)


def test_retries_ask_for_less_and_stop_after_the_window(bench):
    bench.bar("09:31")
    limits = []
    for minute in range(30, 60):
        if bench.bar(f"10:{minute}")[1] == "ENTERED":
            limits.append(bench.open_orders[0].limit)
        bench.ack()
    asked = [-limit for limit in limits if limit is not None]
    assert asked == sorted(asked, reverse=True)
    assert len(set(asked)) > 2
    assert limits[-1] is None  # after the last limit the natural price is taken


@pytest.mark.parametrize(
    ("clock", "reason"),
    [("10:31:00", "ENTRY_REPRICED"), ("10:30:58", "ENTRY_REPRICED"), ("10:30:50", "WAITING_FOR_FILL")],
)
def test_a_live_bar_that_comes_a_little_sooner_than_the_last_one_is_still_the_next_minute(bench, clock, reason):
    bench.bar("09:31")
    assert bench.bar("10:30:02")[1] == "ENTERED"
    bench.ack()
    assert bench.bar(clock)[1] == reason


@pytest.mark.parametrize(("clock", "reason"), [("11:00", "WAITING_FOR_FILL"), ("11:01", "ENTRY_GIVEN_UP")])
def test_an_entry_at_work_ends_with_the_window(fake, clock, reason):
    from thetatrace.strategies import Friday0dteSettings

    bench = fake.Bench(settings=Friday0dteSettings(limit_patience_minutes=30))
    bench.bar("09:31")
    bench.bar("10:45")
    bench.ack()
    assert bench.bar(clock)[1] == reason


def test_a_stale_vix_takes_a_working_entry_back(bench):
    bench.bar("09:31")
    bench.bar("10:30")
    bench.ack()
    assert bench.bar("10:36", vix=None)[1] == "ENTRY_REPRICED"
    assert bench.bar("10:37", vix=None) == ("ENTRY", "VIX_STALE")


def test_no_entry_is_due_after_the_window(bench):
    bench.bar("09:31")
    assert bench.bar("11:01") == ("OBSERVE", "NOT_DUE")
