"""Trades from fills and the statistics over them, on made fills."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lean_local.enums import FillGroupingMethod, FillMatchingMethod
from lean_local.results import ExerciseFact, FillFact
from lean_local.results.trade_statistics import trade_statistics
from lean_local.results.trades import TradeBuilder
from lean_local.symbols import SecurityIdentifier, Symbol

D = Decimal
SPY = Symbol(SecurityIdentifier.parse("SPY R735QTJ8XC9X"), "SPY")
CALL = Symbol(SecurityIdentifier.parse("GOOCV W6NBKMCM84P2|GOOCV VP83T1ZUHROL"))
HOUR = 3_600_000


def fill(hour: int, order: int, quantity: str, price: str, fee: str = "1") -> FillFact:
    return FillFact(hour * HOUR, order, SPY, D(quantity), D(price), D(fee), D(1))


def test_a_closing_fill_matches_the_oldest_entries_first_and_splits_the_next():
    builder = TradeBuilder()
    builder.fill(fill(0, 1, "10", "100"))
    builder.fill(fill(1, 2, "10", "110"))
    closed = builder.fill(fill(2, 3, "-15", "120"))
    assert [(t.quantity, t.entry_price, t.profit_loss, t.total_fees, t.order_ids) for t in closed] == [
        (D(10), D(100), D(200), D(2), [1, 3]),
        (D(5), D(110), D(50), D(1), [2, 3]),
    ]
    (rest,) = builder.fill(fill(3, 4, "-5", "90"))
    assert (rest.quantity, rest.profit_loss, rest.total_fees, rest.is_win) == (D(5), D(-100), D(1), False)
    assert not builder.has_open_position(SPY)


def test_a_fill_through_zero_closes_and_opens_the_other_way_without_a_second_fee():
    builder = TradeBuilder()
    builder.fill(fill(0, 1, "10", "100"))
    builder.fill(fill(1, 2, "-25", "101"))
    (back,) = builder.fill(fill(2, 3, "15", "99"))
    assert (back.direction, back.quantity, back.profit_loss, back.total_fees) == (1, D(15), D(30), D(1))


def test_the_fee_of_an_order_in_several_fills_counts_once():
    builder = TradeBuilder()
    builder.fill(fill(0, 1, "5", "100"))
    builder.fill(fill(0, 1, "5", "100"))
    closed = builder.fill(fill(1, 2, "-10", "100"))
    assert sum(t.total_fees for t in closed) == D(2)


def test_excursions_come_from_the_prices_shown_while_the_trade_was_open():
    builder = TradeBuilder()
    builder.price(SPY, D(1))
    builder.fill(fill(0, 1, "10", "100"))
    for price in ("104", "97", "103"):
        builder.price(SPY, D(price))
    (trade,) = builder.fill(fill(5, 2, "-10", "102"))
    assert (trade.mae, trade.mfe, trade.end_trade_drawdown) == (D(-30), D(40), D(70))
    assert trade.duration_ticks == 5 * HOUR * 10_000


def test_a_split_moves_prices_and_quantities_of_pending_trades():
    builder = TradeBuilder()
    builder.fill(fill(0, 1, "10", "100"))
    builder.split(SPY, D("0.5"))
    (trade,) = builder.fill(fill(1, 2, "-20", "51"))
    assert (trade.quantity, trade.profit_loss) == (D(20), D(20))


@given(st.lists(st.tuples(st.integers(-9, 9).filter(bool), st.integers(90, 110)), min_size=1, max_size=30))
def test_profit_of_closed_and_open_quantity_adds_up_to_the_cash_flow(steps):
    builder, cash, held = TradeBuilder(), D(0), 0
    for i, (quantity, price) in enumerate(steps, start=1):
        builder.fill(fill(i, i, str(quantity), str(price)))
        cash -= quantity * price
        held += quantity
    if held:
        builder.fill(fill(99, 99, str(-held), "100"))
        cash += held * 100
    assert sum(t.profit_loss for t in builder.closed) == cash
    assert sum(t.total_fees for t in builder.closed) <= len(steps) + 1
    assert not builder.has_open_position(SPY)


@pytest.mark.parametrize(
    ("was_long", "profit", "in_the_money", "amount", "win"),
    [
        (True, "-200", True, "500", True),
        (True, "-600", True, "500", False),
        (True, "-200", False, "0", False),
        (False, "300", False, "0", True),
        (False, "300", True, "500", False),
        (False, "900", True, "500", True),
    ],
)
def test_an_exercise_wins_by_the_amount_in_the_money(was_long, profit, in_the_money, amount, win):
    assert ExerciseFact(was_long, in_the_money, D(amount)).is_win(D(profit)) is win


FLAT, REDUCED = FillGroupingMethod.FLAT_TO_FLAT, FillGroupingMethod.FLAT_TO_REDUCED
FIFO, LIFO = FillMatchingMethod.FIFO, FillMatchingMethod.LIFO


def put_trades(grouping, matching=FIFO):
    """Four puts bought, one sold, two bought, three sold, then five: the last three of them a new short position."""
    builder = TradeBuilder(grouping, matching)
    steps = [("4", "4.7", "2.6"), ("-1", "5.2", "1"), ("2", "3.7", "1.3"), ("-3", "3", "1.95"), ("-5", "2.6", "3.25")]
    for order, (quantity, price, fee) in enumerate(steps, start=3):
        builder.fill(FillFact(order * HOUR, order, CALL, D(quantity), D(price), D(fee), D(100)))
        builder.price(CALL, D(9))
    assert builder.has_open_position(CALL)
    return builder


def summary(trade):
    entered, left = trade.entry_utc_ms // HOUR, trade.exit_utc_ms // HOUR
    return (trade.quantity, entered, left, trade.profit_loss, trade.total_fees, trade.is_win, trade.order_ids)


def test_flat_to_flat_makes_one_trade_of_average_prices():
    """As real LEAN did it with these fills (run statistics_options.flat_lifo)."""
    (trade,) = put_trades(FLAT, LIFO).closed
    assert summary(trade) == (D(6), 3, 7, D("-806.67"), D("10.10"), False, [7, 6, 5, 4, 3])
    assert (round(trade.entry_price, 6), round(trade.exit_price, 6)) == (D("4.366667"), D("3.022222"))
    assert (trade.mae, trade.mfe, trade.end_trade_drawdown) == (0, 0, 0)
    assert put_trades(FLAT).closed[0].order_ids == [3, 4, 5, 6, 7]


def test_flat_to_reduced_makes_a_trade_of_every_fill_that_closes_something():
    """As real LEAN did it with these fills (run statistics_options.reduced)."""
    builder = put_trades(REDUCED)
    assert [summary(trade) for trade in builder.closed] == [
        (D(1), 3, 4, D(50), D("3.6"), True, [4, 3]),
        (D(3), 3, 6, D(-510), D("3.25"), False, [6, 3]),
        (D(2), 5, 7, D(-220), D("3.25"), False, [7, 5]),
    ]
    (short,) = builder.fill(FillFact(8 * HOUR, 11, CALL, D(3), D(0), D(0), D(100)))
    assert (short.direction, *summary(short)) == (1, D(3), 7, 8, D(780), D(0), True, [11, 7])


def test_last_in_first_out_closes_the_newest_entries():
    builder = put_trades(FillGroupingMethod.FILL_TO_FILL, LIFO)
    assert [(t.quantity, t.entry_price) for t in builder.closed] == [
        (D(1), D("4.7")),
        (D(2), D("3.7")),
        (D(1), D("4.7")),
        (D(2), D("4.7")),
    ]
    reduced = put_trades(REDUCED, LIFO).closed[1]
    assert (reduced.quantity, reduced.entry_utc_ms // HOUR, reduced.order_ids) == (D(3), 5, [6, 5, 3])


@pytest.mark.parametrize("grouping", [FLAT, REDUCED])
def test_a_split_restates_the_fills_that_are_pending(grouping):
    builder = TradeBuilder(grouping)
    builder.fill(fill(0, 1, "10", "100"))
    builder.split(SPY, D("0.5"))
    builder.split(CALL, D("0.5"))
    (trade,) = builder.fill(fill(1, 2, "-20", "51"))
    assert (trade.quantity, trade.profit_loss) == (D(20), D(20))
    assert not builder.has_open_position(SPY)


def test_statistics_of_no_trades_are_zeros_without_dates():
    made = trade_statistics([])
    assert made["startDateTime"] is None
    assert made["totalProfitLoss"] == "0"
    assert made["averageTradeDuration"] == "00:00:00"


def test_only_winners_give_the_ratio_ten():
    builder = TradeBuilder()
    builder.fill(fill(0, 1, "10", "100"))
    builder.fill(fill(1, 2, "-10", "101"))
    made = trade_statistics(builder.closed)
    assert (made["winLossRatio"], made["profitFactor"], made["profitToMaxDrawdownRatio"]) == ("10", "10", "10")
    assert (made["winRate"], made["lossRate"], made["sharpeRatio"]) == ("1", "0", "0")
