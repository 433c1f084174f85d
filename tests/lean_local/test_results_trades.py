"""Trades from fills and the statistics over them, on made fills."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lean_local.results import FillFact, exercise_is_win, in_the_money_amount
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
    made = exercise_is_win(was_long=was_long, profit=D(profit), in_the_money=in_the_money, amount=D(amount))
    assert made is win


def test_the_amount_in_the_money_is_never_negative():
    assert in_the_money_amount(CALL, D("748.50"), D(-2), D(100)) == D(1700)
    assert in_the_money_amount(CALL, D(700), D(2), D(100)) == 0


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
