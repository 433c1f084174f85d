"""Whatever is ordered: money is where the fills say, fees are never lost, exercise keeps value, replays are equal."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from AlgorithmImports import Market, OptionRight, OptionStyle, OrderStatus, OrderType, QCAlgorithm, Resolution, Symbol
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from lean_local import BacktestRequest, run_backtest
from lean_local.testing import LeanData

FIRST, EXPIRY, AFTER = date(2021, 3, 1), date(2021, 3, 2), date(2021, 3, 3)
STRIKES = (98, 100, 102)
CASH = Decimal(1_000_000)
MINUTES = 30


def wave(start, steps):
    """Prices that go up and down by whole cents."""
    return [round(start + 0.25 * ((n * steps) % 17 - 8), 2) for n in range(MINUTES)]


SETTLED = Decimal(str(wave(100, 5)[-1]))  # last price of SPY and of SPX on the day of expiry


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """SPY, QQQ and SPX over two days, options of SPY and SPXW that expire on the second, a third day without them."""
    made = LeanData(tmp_path_factory.mktemp("made"))
    for day, steps in ((FIRST, 3), (EXPIRY, 5)):
        made.chain_day("SPY", day, wave(100, steps), STRIKES, [EXPIRY])
        made.chain_day("SPX", day, wave(100, steps), STRIKES, [EXPIRY], root="SPXW", kind="index")
        made.minutes("QQQ", day, wave(50, steps + 1))
    made.minutes("SPY", AFTER, wave(101, 2))
    made.minutes("QQQ", AFTER, wave(51, 2))
    made.minutes("SPX", AFTER, wave(101, 2), kind="index")
    return made


class Player(QCAlgorithm):
    """Places the orders of a plan: (bar, instrument, quantity, kind)."""

    plan = ()

    def initialize(self):
        self.set_cash(float(CASH))
        spy = self.add_equity("SPY", Resolution.MINUTE, fill_forward=False).symbol
        spx = self.add_index("SPX", Resolution.MINUTE, fill_forward=False).symbol
        self.names = [spy, self.add_equity("QQQ", Resolution.MINUTE, fill_forward=False).symbol]
        for right in (OptionRight.CALL, OptionRight.PUT) if any(each[1] > 1 for each in self.plan) else ():
            for strike in STRIKES:
                listed = Symbol.create_option(spy, Market.USA, OptionStyle.AMERICAN, right, strike, EXPIRY)
                self.names.append(self.add_option_contract(listed, Resolution.MINUTE, fill_forward=False).symbol)
                listed = Symbol.create_option(spx, "SPXW", Market.USA, OptionStyle.EUROPEAN, right, strike, EXPIRY)
                self.names.append(self.add_index_option_contract(listed, Resolution.MINUTE, fill_forward=False).symbol)
        self.bars, self.apart = 0, Decimal(0)

    def on_data(self, data):
        self.bars += 1
        for bar, instrument, quantity, kind in self.plan:
            if bar == self.bars:
                self.place(self.names[instrument % len(self.names)], quantity, kind)
        held = sum((s.holdings.value_exact() for s in self.portfolio.holders.values()), Decimal(0))
        cash = self.portfolio.cash_book["USD"].exact
        self.apart = max(self.apart, abs(self.portfolio.value_exact() - cash - held))

    def place(self, symbol, quantity, kind):
        price = self.securities[symbol].price
        if not price:
            return
        if kind == OrderType.LIMIT:
            self.limit_order(symbol, quantity, round(price * 0.998, 2))
        elif kind == OrderType.STOP_MARKET:
            self.stop_market_order(symbol, quantity, round(price * 1.002, 2))
        else:
            self.market_order(symbol, quantity)


# A failure is shown as it was found: shrinking would run hundreds of backtests.
BOUNDED = settings(max_examples=8, phases=[Phase.explicit, Phase.generate])
KINDS = st.sampled_from([OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_MARKET])
QUANTITIES = st.integers(-9, 9).filter(bool)


def plans(instruments, kinds=KINDS, most=12):
    return st.lists(st.tuples(st.integers(1, 2 * MINUTES), instruments, QUANTITIES, kinds), max_size=most)


def play(data, plan):
    algorithm = type("Player", (Player,), {"plan": tuple(plan)})
    outcome = run_backtest(BacktestRequest(algorithm, data.root, start=FIRST, end=AFTER, day_cache=False))
    assert outcome.error is None, outcome.error.stack_trace
    return outcome


def units(symbol):
    return 100 if symbol.has_underlying else 1


def assert_money_is_where_the_fills_say(outcome):
    portfolio = outcome.algorithm.portfolio
    fills = [event.record for event in outcome.fills]
    paid = sum((f.fill_quantity * f.fill_price * units(f.symbol) for f in fills), Decimal(0))
    fees = sum((f.fee for f in fills), Decimal(0))
    cash = CASH - paid - fees + sum((payoff(outcome, f) for f in fills), Decimal(0))
    assert portfolio.cash_book["USD"].exact == cash
    assert portfolio.fees_exact == fees
    assert outcome.statistics["Total Fees"] == f"${fees:,.2f}"
    held = Counter()
    for fill in fills:
        held[fill.symbol] += fill.fill_quantity
    holdings = {s: security.holdings.quantity_exact for s, security in portfolio.holders.items()}
    assert holdings == {symbol: quantity for symbol, quantity in held.items() if quantity}
    prices = {symbol: outcome.algorithm.securities[symbol].price_exact for symbol in holdings}
    assert portfolio.value_exact() == cash + sum((q * prices[s] * units(s) for s, q in holdings.items()), Decimal(0))
    assert outcome.algorithm.apart == 0  # at every step


def is_exercise(outcome, record):
    return outcome.orders[record.order_id - 1].type == OrderType.OPTION_EXERCISE


def worth(symbol, spot):
    """Intrinsic value of one contract's unit."""
    gap = spot - Decimal(str(symbol.id.strike_price))
    return max(gap if symbol.id.option_right == OptionRight.CALL else -gap, Decimal(0))


def payoff(outcome, record):
    """Cash of an index option at its exercise: it is filled at 0, the intrinsic value is paid beside."""
    if not is_exercise(outcome, record) or record.symbol.id.symbol != "SPXW":
        return Decimal(0)
    return -record.fill_quantity * 100 * worth(record.symbol, SETTLED)


@BOUNDED
@given(plan=plans(st.integers(0, 1)))
def test_shares(data, plan):
    assert_money_is_where_the_fills_say(play(data, plan))


@BOUNDED
@given(plan=plans(st.integers(0, 13), st.just(OrderType.MARKET)))
@example(plan=[(2, 2, 3, OrderType.MARKET), (2, 3, -2, OrderType.MARKET), (3, 12, -1, OrderType.MARKET)])
def test_options_to_expiry_and_beyond(data, plan):
    outcome = play(data, plan)
    assert_money_is_where_the_fills_say(outcome)
    assert not [symbol for symbol in outcome.algorithm.portfolio.holders if symbol.has_underlying]
    for order in outcome.orders:
        if order.type != OrderType.OPTION_EXERCISE or order.status != OrderStatus.FILLED:
            continue
        closing, *delivered = [e.record for e in outcome.fills if e.order_id == order.id]
        assert (closing.symbol, closing.fill_price) == (order.symbol, 0)
        if order.symbol.id.symbol != "SPXW" and worth(order.symbol, SETTLED):
            sign = -1 if order.symbol.id.option_right == OptionRight.CALL else 1
            strike = Decimal(str(order.symbol.id.strike_price))
            shares = [(e.symbol.value, e.fill_quantity, e.fill_price) for e in delivered]
            assert shares == [("SPY", sign * 100 * closing.fill_quantity, strike)]
        else:
            assert not delivered


@BOUNDED
@given(plan=plans(st.integers(0, 13)))
def test_a_replay_is_the_same_to_the_last_digit(data, plan):
    first, second = (play(data, plan).result for _ in range(2))
    assert first.order_list_hash == second.order_list_hash
    assert first.order_events_json == second.order_events_json
    assert (first.statistics, first.charts) == (second.statistics, second.charts)
