"""Exits and expiry on a fake engine: clock, prices and VIX each get their way, one order set at a time."""

import pytest

from thetatrace.orders import PositionState


def kinds(bench):
    """Kinds of the open orders."""
    return {order.type.name for order in bench.open_orders}


def flatten(bench, clocks):
    """Step through the times; fill what urgent exits send. Returns the reasons."""
    reasons = []
    for clock in clocks:
        reasons.append(bench.bar(clock)[1])
        if kinds(bench) & {"MARKET", "COMBO_MARKET"}:
            bench.fill()
        else:
            bench.ack()
    return reasons


def test_the_profit_limit_closes_the_position_and_entries_are_over(bench):
    position = bench.enter()
    bench.cheapen()
    assert bench.bar("10:40")[1] == "EXIT_PROFIT"
    assert kinds(bench) == {"COMBO_LIMIT"}
    assert bench.bar("10:40")[1] == "WAITING_FOR_FILL"
    bench.fill()
    assert position.state is PositionState.CLOSED
    assert bench.bar("10:41") == ("OBSERVE", "NOT_DUE")
    assert bench.runner.finished == [position]


def test_a_profit_limit_is_priced_again_after_patience(bench):
    bench.enter()
    bench.cheapen()
    reasons = flatten(bench, ["12:00", "12:01", "12:02", "12:03"])
    assert reasons == ["EXIT_PROFIT", "EXIT_REPRICED"] * 2


def test_a_stop_takes_over_from_a_profit_limit(bench, fake):
    position = bench.enter()
    bench.cheapen()
    assert bench.bar("12:00")[1] == "EXIT_PROFIT"
    bench.ack()
    bench.leg(3, 25.0, 26.0)
    bench.algorithm.cancel_mode = "pending"
    assert bench.bar("12:01")[1] == "EXIT_REPRICED"
    assert bench.bar("12:02")[1] == "EXIT_REPRICED"  # the broker has not confirmed yet: nothing else is sent
    assert len(bench.algorithm.orders) == 8
    for order in bench.open_orders:
        bench.algorithm.report(order, fake.OrderStatus.CANCELED)
    assert bench.bar("12:03")[1] == "EXIT_STOP"
    bench.fill()
    assert position.is_flat
    assert bench.algorithm.unsafe == []


def test_a_stop_takes_over_before_patience_is_over(fake):
    from thetatrace.strategies import Friday0dteSettings

    bench = fake.Bench(settings=Friday0dteSettings(limit_patience_minutes=30))
    bench.enter()
    bench.cheapen()
    assert bench.bar("12:00")[1] == "EXIT_PROFIT"
    bench.ack()
    bench.leg(3, 25.0, 26.0)
    assert [bench.bar(clock)[1] for clock in ("12:01", "12:02")] == ["EXIT_REPRICED", "EXIT_STOP"]


def test_the_vix_takes_over_from_a_profit_limit(bench):
    position = bench.enter()
    bench.cheapen()
    assert bench.bar("12:00")[1] == "EXIT_PROFIT"
    bench.ack()
    assert bench.bar("12:01", vix=41.0)[1] == "EXIT_REPRICED"
    assert bench.bar("12:02", vix=41.0)[1] == "EXIT_VOLATILITY"
    bench.fill()
    assert position.is_flat


def test_the_time_stop_takes_over_from_a_profit_limit(bench):
    position = bench.enter()
    bench.cheapen()
    assert flatten(bench, ["14:59", "15:00", "15:01"]) == ["EXIT_PROFIT", "EXIT_REPRICED", "EXIT_TIME"]
    assert position.is_flat
    assert bench.algorithm.unsafe == []


@pytest.mark.parametrize(
    ("clock", "reason"),
    [("14:59", "HOLD"), ("15:00", "EXIT_TIME"), ("15:29", "EXIT_TIME"), ("15:30", "EXIT_FORCED")],
)
def test_the_clock_closes_from_the_time_stop_on(bench, clock, reason):
    bench.enter()
    assert bench.bar(clock)[1] == reason
    assert len(bench.open_orders) == (0 if reason == "HOLD" else 4)


def test_the_vix_closes_from_the_flatten_level_on(bench):
    bench.enter()
    assert bench.bar("12:00", vix=39.9)[1] == "HOLD"
    assert bench.bar("12:01", vix=40.0)[1] == "EXIT_VOLATILITY"


def test_an_urgent_exit_that_is_not_filled_buys_the_shorts_back_one_by_one_then_sells_the_wings(bench):
    position = bench.enter()
    assert bench.bar("15:00")[1] == "EXIT_TIME"
    assert kinds(bench) == {"COMBO_MARKET"}
    bench.ack()
    assert bench.bar("15:01")[1] == "EXIT_REPRICED"
    assert bench.bar("15:02")[1] == "EXIT_TIME"
    assert [(order.type.name, order.quantity) for order in bench.open_orders] == [("MARKET", 2), ("MARKET", 2)]
    bench.fill()
    assert position.held == (2, 0, 2, 0)
    assert bench.bar("15:03")[1] == "EXIT_TIME"
    assert [order.quantity for order in bench.open_orders] == [-2, -2]
    bench.fill()
    assert position.state is PositionState.CLOSED
    assert bench.algorithm.unsafe == []


def test_an_exit_into_quotes_wider_than_the_structure_pays_its_width_at_most(bench):
    position = bench.enter()
    bench.leg(3, 0.05, 99.0)
    assert bench.bar("15:00")[1] == "EXIT_TIME"
    assert {(order.type.name, order.limit) for order in bench.open_orders} == {("COMBO_LIMIT", 30.0)}
    bench.ack()
    bench.leg(3, 1.0, 1.1)
    assert bench.bar("15:01")[1] == "EXIT_REPRICED"
    assert bench.bar("15:02")[1] == "EXIT_TIME"
    assert kinds(bench) == {"COMBO_MARKET"}
    bench.fill()
    assert position.state is PositionState.CLOSED
    assert bench.algorithm.unsafe == []


def test_a_stale_vix_never_cancels_an_exit(bench):
    bench.enter()
    assert bench.bar("12:00", vix=41.0)[1] == "EXIT_VOLATILITY"
    bench.ack()
    asked = len(bench.algorithm.cancels)
    assert bench.bar("12:00", vix=None)[1] == "WAITING_FOR_FILL"
    assert len(bench.algorithm.cancels) == asked


def test_a_profit_limit_is_sent_and_works_while_the_vix_is_stale(fake):
    from thetatrace.strategies import Friday0dteSettings

    bench = fake.Bench(settings=Friday0dteSettings(limit_patience_minutes=30))
    bench.enter()
    bench.cheapen()
    reasons = [bench.bar(f"12:{minute:02}", vix=None)[1] for minute in range(10)]
    assert reasons == ["EXIT_PROFIT"] + ["WAITING_FOR_FILL"] * 9


def test_exits_run_without_an_index_bar(bench):
    position = bench.enter()
    assert flatten(bench, ["12:00"]) == ["HOLD"]
    assert bench.bar("15:00", spot=None, vix=None)[1] == "EXIT_TIME"
    bench.fill()
    assert position.is_flat


def test_a_stop_runs_without_an_index_bar(bench):
    bench.enter()
    bench.leg(3, 25.0, 26.0)
    assert bench.bar("12:00", spot=None)[1] == "EXIT_STOP"


def test_an_old_bid_above_the_ask_does_not_stop_the_stop(bench):
    bench.enter()
    bench.leg(1, 0.10, 0.05)
    bench.leg(3, 25.0, 26.0)
    assert bench.bar("13:00")[1] == "EXIT_STOP"


def test_price_exits_wait_when_a_short_is_not_offered_and_the_clock_does_not(bench):
    bench.enter()
    bench.leg(1, 0.0, 0.0)
    assert bench.bar("13:00")[1] == "WAITING_FOR_QUOTES"
    assert bench.bar("15:00")[1] == "EXIT_TIME"


def test_a_single_short_is_bought_back_with_a_limit_when_its_wing_has_no_bid(fake):
    bench = fake.Bench()
    bench.bar("09:31")
    bench.quote(spot=2780.0, sigma=30.0)
    assert bench.bar("10:30", spot=2780.0)[1] == "ENTERED"
    position = bench.position
    assert position.structure == "put spread"
    bench.fill()
    bench.leg(0, 0.0, 0.05)
    bench.leg(1, 0.1, 0.15)
    assert bench.bar("12:00", spot=2780.0)[1] == "EXIT_PROFIT"
    (order,) = bench.open_orders
    assert (order.type.name, order.quantity) == ("LIMIT", position.contracts)
    assert order.limit == pytest.approx(position.credit_points / 2, abs=0.05)


@pytest.mark.parametrize(("price", "settled"), [(2800.0, 0.0), (2740.0, 20.0)])
def test_a_long_wing_without_a_bid_is_left_to_expire_and_settles(bench, price, settled):
    position = bench.enter()
    bench.leg(0, 0.0, 0.05)
    assert flatten(bench, ["15:00", "15:01", "15:30"]) == ["EXIT_TIME", "HOLD", "HOLD"]
    assert position.held == (2, 0, 0, 0)
    before = position.cash_points
    bench.algorithm.securities[bench.index].price = price
    wing = position.legs[0].leg.handle.symbol
    bench.algorithm.expire(wing, -2, in_the_money=settled > 0)
    assert position.state is PositionState.CLOSED
    assert position.cash_points - before == pytest.approx(2 * settled)
    assert position.exit_reason.name == "EXIT_TIME"


@pytest.mark.parametrize(
    ("price", "points"), [(2800.0, 0.0), (2815.0, -2 * 5.0), (2790.0, 0.0), (2760.0, -2 * 30.0), (2750.0, -2 * 30.0)]
)
def test_expiry_settles_every_leg_at_its_intrinsic_value(bench, price, points):
    position = bench.enter()
    before = position.cash_points
    bench.algorithm.securities[bench.index].price = price
    for each in position.legs:
        value = each.leg.right * (price - each.leg.strike)
        bench.algorithm.expire(each.leg.handle.symbol, -each.held, in_the_money=value > 0)
    assert position.state is PositionState.CLOSED
    assert position.cash_points - before == pytest.approx(points)
    bench.bar("16:01")
    assert bench.runner.finished == [position]


def test_an_exercise_that_is_not_filled_changes_nothing(bench, fake):
    position = bench.enter()
    order = fake.Order(50, position.legs[1].leg.handle.symbol, 2, fake.OrderType.OPTION_EXERCISE, None, 0)
    bench.algorithm.orders.append(order)
    bench.algorithm.report(order, fake.OrderStatus.SUBMITTED)
    assert position.held == (2, -2, 2, -2)


def test_expiry_settles_two_positions_that_hold_the_same_contract(bench):
    bench.bar("09:31")
    bench.bar("10:30")
    bench.ack()
    first = bench.position
    bench.bar("10:31")
    bench.bar("10:32")
    bench.fill()
    second = bench.position
    short = bench.algorithm.orders[1]
    bench.algorithm.fill(short)
    assert len(bench.runner.open_positions()) == 2
    bench.algorithm.expire(short.symbol, 4, in_the_money=False)
    assert (first.is_flat, second.held) == (True, (2, 0, 2, -2))
