# ruff: noqa: E501  lines of algorithm text
"""Named strategies, the groups they are margined in and what the models say of them, on made data."""

import pytest

BODY = """
def initialize(self):
    self.set_cash(1000000)
    self.option = self.add_option("SPY")
    self.option.set_filter(lambda u: u.expiration(10, 30))
    self.seen, self.step = [], 0

def on_data(self, data):
    if not data.option_chains.get(self.option.symbol):
        return
    self.step += 1
    day = datetime(2021, 3, 19)
    if self.step == 1:
        SIDE(OptionStrategies.NAME(self.option.symbol, *STRIKES, day), 2)
    elif self.step == 2:
        for group in self.portfolio.positions.groups:
            model = group.buying_power_model
            keep = model.get_maintenance_margin(PositionGroupMaintenanceMarginParameters(self.portfolio, group)).value
            start = model.get_initial_margin_requirement(PositionGroupInitialMarginParameters(self.portfolio, group)).value
            self.seen.append((str(model), group.quantity, [(p.quantity, p.unit_quantity) for p in group.positions], keep, start >= keep))
"""


@pytest.mark.parametrize(
    ("name", "strikes", "side", "label", "legs", "margin"),
    [
        ("iron_condor", (99, 100, 102, 103), "buy", "Iron Condor", [(2, 1), (-2, 1), (-2, 1), (2, 1)], 200),
        ("iron_condor", (99, 100, 102, 103), "sell", "Short Iron Condor", [(-2, 1), (2, 1), (2, 1), (-2, 1)], 0),
        ("call_butterfly", (103, 101, 99), "buy", "Butterfly Call", [(2, 1), (-4, 2), (2, 1)], 0),
        ("short_butterfly_put", (103, 101, 99), "buy", "Short Butterfly Put", [(-2, 1), (4, 2), (-2, 1)], 400),
        ("bull_put_ladder", (103, 101, 99), "buy", "Bull Put Ladder", [(-2, 1), (2, 1), (2, 1)], 400),
        ("protective_collar", (103, 100), "sell", "Protective Collar", [(2, 1), (-2, 1), (-200, 100)], None),
        ("reverse_conversion", (101,), "buy", "Reverse Conversion", [(2, 1), (-2, 1), (-200, 100)], None),
        ("covered_call", (101,), "buy", "Covered Call", [(-2, 1), (200, 100)], None),
    ],
)
def test_a_named_strategy_is_margined_as_one_group(options, run, name, strikes, side, label, legs, margin):
    body = BODY.replace("NAME", name).replace("STRIKES", str(strikes)).replace("SIDE", f"self.{side}")
    (found,) = run(options, body).algorithm.seen
    assert found[:2] == (label, 2.0)
    assert sorted(found[2]) == sorted(legs)
    assert found[4]
    if margin is not None:
        assert found[3] == margin


@pytest.mark.parametrize(
    ("name", "strikes"),
    [
        ("bull_call_spread", (101, 100)),
        ("strangle", (99, 101)),
        ("iron_butterfly", (99, 100, 102)),
        ("call_butterfly", (103, 101, 100)),
        ("bear_call_ladder", (101, 100, 102)),
        ("put_backspread", (99, 101)),
    ],
)
def test_strikes_in_the_wrong_order_are_refused(options, run, name, strikes):
    body = BODY.replace("NAME", name).replace("STRIKES", str(strikes)).replace("SIDE", "self.buy")
    assert "ArgumentException" in str(run(options, body, fails=True).error)


def test_a_contract_names_its_models(options, run):
    body = """
def initialize(self):
    spy = self.add_equity("SPY", data_normalization_mode=DataNormalizationMode.RAW).symbol
    contract = Symbol.create_option(spy, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 101, datetime(2021, 3, 19))
    option = self.add_option_contract(contract)
    self.names = [str(option.option_exercise_model), str(option.option_assignment_model)]
    self.worth = option.get_pay_off(103), option.get_pay_off(100)
"""
    found = run(options, body).algorithm
    assert found.names[0] == "QuantConnect.Orders.OptionExercise.DefaultExerciseModel"
    assert found.names[1] == "QuantConnect.Securities.Option.DefaultOptionAssignmentModel"
    assert found.worth == (2.0, -1.0)
