"""What an algorithm raises, wherever the engine calls it: the run ends with one sentence that names the line."""

from datetime import date

import pytest

from lean_local import AlgorithmError

DAY = date(2021, 3, 1)
BASE = """
def initialize(self):
    self.set_cash({cash})
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.steps = 0
    {setup}
def on_data(self, data):
    self.steps += 1
    {step}
{more}
"""
RAISES = "def {}(self, *arguments):\n    raise ValueError('no such strike')"
ONCE = "self.steps == 1 and self.market_order(self.spy, {})"


@pytest.fixture
def few(made):
    """SPY: two minutes at 100, eight at 101, then 132."""
    made.minutes("SPY", DAY, [100.0] * 2 + [101.0] * 8 + [132.0] * 6)
    return made


def go(run, data, *, setup="pass", step="pass", more="", cash=100_000, **request):
    text = BASE.format(setup=setup, step=step, more=more, cash=cash)
    return run(data, text, fails=True, days=request.pop("days", (DAY, DAY)), **request)


def assert_ended(outcome):
    assert isinstance(outcome.error, AlgorithmError)
    assert str(outcome.error).startswith("ValueError: no such strike (")
    assert "main.py, line " in str(outcome.error)
    assert outcome.result.state["Status"] == "RuntimeError"
    assert outcome.result.state["RuntimeError"] == str(outcome.error)
    assert "Traceback" in outcome.error.stack_trace


CALLBACKS = {
    "on_data": {"step": "raise ValueError('no such strike')"},
    "initialize": {"setup": "raise ValueError('no such strike')"},
    "constructor": {"more": "def __init__(self):\n    super().__init__()\n    raise ValueError('no such strike')"},
    "on_order_event": {"step": ONCE.format(1)},
    "on_securities_changed": {},
    "on_end_of_day": {"more": "def on_end_of_day(self, symbol):\n    raise ValueError('no such strike')"},
    "on_end_of_algorithm": {},
    "on_warmup_finished": {},
    "on_margin_call": {"cash": 1000, "step": ONCE.format(-19)},
    "on_margin_call_warning": {"cash": 1000, "step": ONCE.format(-19)},
    "scheduled": {"setup": "self.schedule.on(self.date_rules.every_day(), self.time_rules.at(9, 35), self.scheduled)"},
    "trained": {"setup": "self.train(self.trained)"},
    "consolidated": {"setup": "self.consolidate(self.spy, timedelta(minutes=2), self.consolidated)"},
    "universe": {"setup": "self.add_universe(self.universe)"},
    "initializer": {"setup": "self.set_security_initializer(self.initializer); self.add_equity('QQQ')"},
    "compare": {"setup": "self.set_benchmark(self.compare)"},
}


@pytest.mark.parametrize("name", CALLBACKS)
def test_callbacks(run, few, name):
    few.write("equity/usa/fundamental/coarse/20210226.csv", "SPY R735QTJ8XC9X,SPY,100,1000,100000,True,1,1\n")
    assert_ended(go(run, few, **({"more": RAISES.format(name)} | CALLBACKS[name])))


@pytest.mark.parametrize("name", ["on_splits", "on_dividends", "on_delistings", "on_symbol_changed_events"])
def test_corporate_events(run, made, name):
    days = [date(2021, 3, n) for n in (1, 2, 3, 4)]
    for day in days:
        made.minutes("SPY", day, [100.0] * 3)
    last = "" if name == "on_delistings" else "20501231,spy\n"
    made.write("equity/usa/map_files/spy.csv", f"20200102,old\n20210301,old\n20210302,spy\n{last}")
    made.minutes("old", days[0], [100.0] * 3)
    made.write("equity/usa/factor_files/spy.csv", "20210301,0.985,0.5,100\n20210302,1,0.5,100\n20501231,1,1,0\n")
    raw = "self.add_equity('SPY', data_normalization_mode=DataNormalizationMode.RAW)"
    assert_ended(go(run, made, setup=raw, more=RAISES.format(name), days=(days[0], days[3])))


@pytest.mark.parametrize("setup", ["self.filter", "lambda universe: universe.contracts(self.filter)"])
def test_option_filters(run, few, setup):
    few.universe("SPY", date(2021, 2, 26), 100.0, {("C", 100, date(2021, 3, 5)): (2.0, 100, 0.2, 0.5)})
    assert_ended(go(run, few, setup=f"self.add_option('SPY').set_filter({setup})", more=RAISES.format("filter")))


def model(base, method):
    lines = [
        f"class Model({base}):",
        f"    def {method}(self, *arguments):",
        "        raise ValueError('no such strike')",
    ]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("setup", "base", "method"),
    [
        ("self.securities[self.spy].set_settlement_model(Made.Model())", "ImmediateSettlementModel", "apply_funds"),
        ("self.securities[self.spy].set_volatility_model(Made.Model())", "object", "update"),
        ("self.securities[self.spy].set_margin_model(Made.Model())", "BuyingPowerModel", "get_maintenance_margin"),
        ("self.set_brokerage_model(Made.Model())", "DefaultBrokerageModel", "can_submit_order"),
        ("self.add_data(Made.Model, 'X', Resolution.DAILY)", "PythonData", "get_source"),
        ("self.register_indicator(self.spy, Made.Model('x', 3), Resolution.MINUTE)", "Own", "update"),
    ],
)  # fmt: skip
def test_models_and_data_types(run, few, setup, base, method):
    own = (
        "class Own(PythonIndicator):\n    def __init__(self, name, period):\n        self.name, self.value = name, 0\n"
    )
    assert_ended(go(run, few, setup=setup, step=ONCE.format(1), more=own + model(base, method)))


@pytest.mark.parametrize(
    ("setter", "base", "method"),
    [
        ("set_fee_model", "FeeModel", "get_order_fee"),
        ("set_buying_power_model", "BuyingPowerModel", "has_sufficient_buying_power_for_order"),
    ],
)
def test_a_margin_check_that_fails_leaves_the_order_new_and_the_run_going(run, few, setter, base, method):
    setup = f"self.securities[self.spy].{setter}(Made.Model())"
    outcome = go(run, few, setup=setup, step=ONCE.format(1), more=model(base, method))
    assert outcome.error is None
    assert [order.status.name for order in outcome.orders] == ["NEW"]
    assert [event.message for event in outcome.order_events] == ["Error executing margin models"]
    assert outcome.logs[0].endswith("Order Error: id: 1, Error executing margin models: no such strike")


def test_a_margin_check_that_fails_before_the_fill_makes_the_order_invalid(run, few):
    second = "\n".join(
        [
            "class Model(BuyingPowerModel):",
            "    asked = 0",
            "    def has_sufficient_buying_power_for_order(self, parameters):",
            "        Made.Model.asked += 1",
            "        if Made.Model.asked > 1: raise ValueError('no such strike')",
            "        return HasSufficientBuyingPowerForOrderResult(True)",
        ]
    )
    setup = "self.securities[self.spy].set_buying_power_model(Made.Model())"
    outcome = go(run, few, setup=setup, step=ONCE.format(1), more=second)
    assert [event.status.name for event in outcome.order_events] == ["SUBMITTED", "INVALID"]
    assert outcome.order_events[-1].message == "no such strike"
    assert outcome.logs[0].endswith("Order Error: ids: [1], Error executing margin models: no such strike")


def test_a_fill_model_that_fails_is_asked_again_at_every_scan(run, few):
    setup = "self.securities[self.spy].set_fill_model(Made.Model())"
    outcome = go(run, few, setup=setup, step=ONCE.format(1), more=model("FillModel", "market_fill"))
    assert outcome.error is None
    assert [order.status.name for order in outcome.orders] == ["SUBMITTED"]
    text = "Order Error: id: 1, Transaction model failed to fill for order type: Market with error: no such strike"
    assert [line[20:] for line in outcome.logs] == [text]


def test_a_model_that_needs_what_lean_local_lacks_ends_the_run(run, few):
    more = model("FeeModel", "get_order_fee").replace("raise ValueError('no such strike')", "QCAlgorithm.bracket_order")
    outcome = go(
        run, few, setup="self.securities[self.spy].set_fee_model(Made.Model())", step=ONCE.format(1), more=more
    )
    assert "is not in lean_local" in str(outcome.error)


def test_a_custom_reader_that_fails_is_logged_per_line_as_in_lean(run, few):
    few.write("x.csv", "one\ntwo\n")
    source = f"SubscriptionDataSource(r'{few.root / 'x.csv'}', SubscriptionTransportMedium.LOCAL_FILE)"
    more = model("PythonData", "reader") + f"\n    def get_source(self, config, day, live):\n        return {source}"
    outcome = go(run, few, setup="self.add_data(Made.Model, 'X', Resolution.DAILY)", more=more)
    assert outcome.error is None
    assert outcome.logs[0].endswith("Error invoking X data reader. Line: one Error: no such strike")


@pytest.mark.parametrize(
    ("statement", "name"), [("raise SystemExit(2)", "SystemExit"), ("self.on_data(data)", "RecursionError")]
)
def test_exits_and_endless_recursion(run, few, statement, name):
    assert str(go(run, few, step=statement).error).startswith(f"{name}: ")


def test_ctrl_c_is_nobodys_error(run, few):
    with pytest.raises(KeyboardInterrupt):
        go(run, few, step="raise KeyboardInterrupt")


def test_the_line_named_is_the_algorithms_not_a_librarys(run, few):
    outcome = go(run, few, step="import json; json.loads('{')")
    assert str(outcome.error).startswith("JSONDecodeError: ")
    assert "main.py, line 13)" in str(outcome.error)


def test_an_error_in_a_filter_ends_the_data_and_the_run_as_its_last_data_would(run, options):
    """LEAN's data feed ends with it: on_end_of_algorithm is called and the last sample taken, at the last step."""
    body = """
def initialize(self):
    self.add_option("SPY").set_filter(self.choose)
    self.ended = None

def choose(self, universe):
    if self.time.day == 2:
        raise ValueError("no more")
    return universe

def on_end_of_algorithm(self):
    self.ended = self.time
"""
    outcome = run(options, body, days=(date(2021, 3, 1), date(2021, 3, 2)), fails=True)
    assert "no more" in str(outcome.error)
    assert (outcome.algorithm.ended.day, outcome.algorithm.ended.hour) == (2, 0)
    returns = outcome.result.charts["Strategy Equity"].series["Return"].points
    assert len(returns) == 2
    assert outcome.result.statistics["Total Orders"] == "0"
