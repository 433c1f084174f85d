# ruff: noqa: E501  lines of algorithm text
"""Wrong values in API calls, unknown tickers and orders LEAN refuses: what it says, in one sentence."""

from datetime import date

import pytest

from lean_local import BadInputError

DAY = date(2021, 3, 1)
BASE = """
def initialize(self):
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.steps = 0
    {setup}
def on_data(self, data):
    self.steps += 1
    if self.steps == 2:
        {step}
"""
NO_MATCH = "TypeError: No method matches given arguments for "
NOT_FINITE = (
    "ValueError: It is not possible to cast a non-finite floating-point value ({}) as decimal. Please review math"
)


@pytest.fixture
def few(made):
    """SPY: ten minutes around 100."""
    made.rising("SPY", [DAY], count=10)
    return made


def go(run, data, setup="pass", step="pass"):
    return run(data, BASE.format(setup=setup, step=step), fails=True, days=(DAY, DAY))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("self.add_equity(5)", NO_MATCH + "add_equity: (<class 'int'>): "),
        ("self.add_equity('SPY', 'Minute')", NO_MATCH + "add_equity: (<class 'str'>, <class 'str'>): 'Minute' is not a "),
        ("self.add_option(3)", NO_MATCH + "add_option: (<class 'int'>): "),
        ("self.add_option('SPY').set_filter('a', 'b')", NO_MATCH + "set_filter: (<class 'str'>, <class 'str'>): "),
        ("self.add_option_contract('x')", NO_MATCH + "add_option_contract: (<class 'str'>): "),
        ("self.add_data(5, 'X')", NO_MATCH + "add_data: (<class 'int'>, <class 'str'>): "),
        ("self.add_universe(5)", "ValueError: QCAlgorithm.AddUniverse: 5 is not a valid argument."),
        ("self.add_crypto('BTCUSD', None, 5)", "ValueError: The market 5 is not one of LEAN's markets"),
        ("self.set_cash('abc')", NO_MATCH + "set_cash: (<class 'str'>): "),
        ("self.set_start_date('2021-03-01')", "TypeError: A date is needed, not str."),
        ("self.set_start_date(2021, 13, 1)", NO_MATCH + "set_start_date: (<class 'int'>, <class 'int'>, <class 'int'>): "),
        ("self.set_end_date(5)", "TypeError: A date is needed, not int."),
        ("self.set_benchmark(5)", "TypeError: A benchmark is a symbol, a ticker or a function of time, not int."),
        ("self.set_brokerage_model('x')", "TypeError: A brokerage model derives from DefaultBrokerageModel; str does not."),
        ("self.set_warm_up('x')", NO_MATCH + "set_warm_up: (<class 'str'>): "),
        ("self.set_security_initializer(5)", "TypeError: A security initializer is a function or has `initialize`; int "),
        ("self.schedule.on('x', 'y', self.spy)", NO_MATCH + "on: (<class 'str'>, <class 'str'>, "),
        ("self.consolidate(self.spy, 'x', print)", "TypeError: Unable to create a consolidator period from 'x': it is not a supp"),
        ("self.register_indicator(self.spy, 5, Resolution.MINUTE)", "TypeError: An indicator has `update`; int has not."),
        ("self.sma(self.spy)", "TypeError: No method matches given arguments for SimpleMovingAverage: "),
        ("self.limit_order(self.spy, 1)", "TypeError: TradingMethods.limit_order() missing 1 required positional argument"),
        ("self.history(self.spy, 'x', Resolution.DAILY)", "ValueError: history needs a number of bars, a timedelta, or a "),
        ("self.plot('a', 'b', 'c')", NO_MATCH + "plot: (<class 'str'>, <class 'str'>, <class 'str'>): "),
        ("self.object_store.read('none')", "KeyError: \"Object with path 'none' was not found in the current project.\""),
        ("self.securities['NOPE']", "KeyNotFoundException: The ticker NOPE was not found in the SymbolCache."),
        ("self.portfolio['NOPE']", "KeyNotFoundException: The ticker NOPE was not found in the SymbolCache."),
        ("self.no_such_member", "AttributeError: 'Made' object has no attribute 'no_such_member'"),
        ("self.bracket_order", "NotInLeanLocalError: QCAlgorithm.bracket_order is not in lean_local; run this "),
    ],
)  # fmt: skip
def test_in_initialize(run, few, call, says):
    text = str(go(run, few, setup=call).error)
    assert text.startswith(says)
    assert text.endswith("main.py, line 9)")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("self.market_order(self.spy, 'ten')", NO_MATCH + "market_order: (<class 'lean_local.symbols.Symbol'>, <class 'str'>)"),
        ("self.market_order(self.spy, None)", NO_MATCH + "market_order: (<class 'lean_local.symbols.Symbol'>, <class 'NoneType'>)"),
        ("self.market_order(self.spy, float('nan'))", NOT_FINITE.format("NaN")),
        ("self.market_order(self.spy, float('-inf'))", NOT_FINITE.format("-Infinity")),
        ("self.limit_order(self.spy, 1, float('nan'))", NOT_FINITE.format("NaN")),
        ("self.set_holdings(self.spy, float('inf'))", NOT_FINITE.format("Infinity")),
        ("self.market_order(None, 1)", "InvalidOperationException: The symbol None is not found in the algorithm's securities"),
        ("self.exercise_option(self.spy, 1)", "InvalidCastException: Unable to cast object of type 'QuantConnect.Securities"),
        ("self.combo_market_order(5, 1)", NO_MATCH + "combo_market_order: (<class 'int'>, <class 'int'>)"),
    ],
)  # fmt: skip
def test_orders_of_wrong_types(run, few, call, says):
    assert str(go(run, few, step=call).error).startswith(says)


NO_PRICE = "AAPL: The security does not have an accurate price as it has not yet received a bar of data."


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("self.market_order(self.spy, 0)", "Unable to submit order with id -10 that has zero quantity."),
        ("self.market_order(self.spy, 0.4)", "Unable to submit order with id -10 which quantity (0.4) is less than lot size (1)."),
        ("self.market_order('AAPL', 1)", NO_PRICE),
        ("self.market_on_open_order(self.spy, 1)", "Cannot submit a MarketOnOpen order while the market is open."),
    ],
)  # fmt: skip
def test_orders_that_get_no_id(run, few, call, says):
    outcome = go(run, few, step=f"self.ticket = {call}")
    assert outcome.error is None
    assert outcome.orders == ()
    assert outcome.logs[0][20:].startswith(says)
    assert outcome.algorithm.ticket.status.name == "INVALID"


def test_orders_beyond_the_buying_power(run, few):
    outcome = go(run, few, step="self.ticket = self.market_order(self.spy, 10_000)")
    says = "Order Error: ids: [1], Insufficient buying power to complete orders (Value:[1000200]), Reason: Id: 1, Initial Margin: "
    assert outcome.orders[0].status.name == "INVALID"
    assert outcome.order_events[0].message.startswith(says)
    assert outcome.algorithm.ticket.submit_request.response.error_message.startswith(says)


def test_orders_in_initialize_and_of_a_chain(run, few):
    outcome = go(run, few, setup="self.market_order(self.spy, 1)")
    assert "This operation is not allowed in initialize or during warm up" in outcome.logs[0]
    outcome = go(run, few, setup="self.chain = self.add_option('SPY').symbol", step="self.market_order(self.chain, 1)")
    assert outcome.logs[-1].endswith("The security with symbol '?SPY' is marked as non-tradable.")


@pytest.mark.parametrize("call", ["self.add_equity('NOSUCH')", "self.add_option('NOSUCH')"])
def test_securities_without_data_run_on_as_in_lean(run, few, call):
    outcome = go(run, few, setup=call, step="self.market_order(self.securities['NOSUCH'].symbol, 1)")
    assert outcome.error is None
    assert outcome.orders == ()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("self.add_future('NOSUCH')", "The market-hours database has no entry Future-cme-NOSUCH"),
        ("self.add_forex('XXXYYY')", "The market-hours database has no entry Forex-oanda-XXXYYY"),
        ("self.add_crypto('NOSUCH')", "Symbol can't be found in the Symbol Properties Database: NOSUCH."),
        ("self.set_time_zone('Mars/Olympus')", "Time zone 'Mars/Olympus' is not known."),
    ],
)
def test_securities_the_databases_do_not_know(run, few, call, says):
    with pytest.raises(BadInputError) as caught:
        go(run, few, setup=call)
    assert str(caught.value).startswith(says)
