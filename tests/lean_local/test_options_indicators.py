# ruff: noqa: E501  lines of algorithm text
"""Option indicators and dividend yields on made data: quotes each minute near intrinsic plus 0.50."""

from datetime import date

import pytest

from lean_local.api.dividend_yields import trailing_dividends
from lean_local.securities.option_math import Terms, greeks, implied_volatility, tree, trees

BODY = """
def initialize(self):
    self.spy = self.add_equity("SPY", data_normalization_mode=DataNormalizationMode.RAW).symbol
    def contract(right):
        return Symbol.create_option(self.spy, Market.USA, OptionStyle.AMERICAN, right, 101, datetime(2021, 3, 19))
    self.call = self.add_option_contract(contract(OptionRight.CALL)).symbol
    self.put = self.add_option_contract(contract(OptionRight.PUT)).symbol
    self.seen = []
    self.prepare()
"""


def test_the_greeks_are_taken_at_the_indicators_volatility_and_agree_with_the_chain(options, run):
    body = (
        BODY
        + """
def prepare(self):
    self.each = {"iv": self.iv(self.call, self.put), "d": self.d(self.call, self.put), "t": self.T(self.call, self.put)}
    self.names = [i.name for i in self.each.values()]

def on_data(self, data):
    if self.time.hour == 10 and self.time.minute == 0:
        contract = data.option_chains[self.call.canonical].contracts[self.call]
        self.seen = [self.each["iv"].current.value - contract.implied_volatility, self.each["d"].current.value - contract.greeks.delta,
                     self.each["t"].current.value - contract.greeks.theta_per_day]
        self.samples = [i.samples for i in self.each.values()], self.each["d"].is_ready
        self.price = self.each["iv"].theoretical_price.current.value - contract.theoretical_price
"""
    )
    found = run(options, body).algorithm
    assert found.seen == pytest.approx([0, 0, 0], abs=1e-9)
    assert found.samples == ([90, 90, 90], True)
    assert found.price == pytest.approx(0, abs=1e-9)
    assert found.names[1] == "Delta(,,ForwardTree,SPY   210319C00101000_min)"


def test_a_smoothing_function_joins_both_sides_of_the_strike(options, run):
    body = (
        BODY
        + """
def prepare(self):
    self.plain, self.mirror = self.iv(self.call), self.iv(self.put)
    self.joined = ImpliedVolatility(self.call, self.risk_free_interest_rate_model, ConstantDividendYieldModel(0), self.put)
    self.joined.set_smoothing_function(lambda own, other: (own + other) / 2)

def on_data(self, data):
    if self.time.minute == 59 and self.time.hour == 9:
        for symbol in (self.call, self.spy, self.put):
            self.joined.update(data.quote_bars[symbol] if symbol != self.spy else data.bars[symbol])
        self.seen = [self.joined.current.value, (self.plain.current.value + self.mirror.current.value) / 2]
        try:
            self.joined.update(IndicatorDataPoint(Symbol.create_equity("IBM"), self.time, 1.0))
        except ValueError as error:
            self.refusal = str(error)
"""
    )
    found = run(options, body).algorithm
    assert found.seen[0] == pytest.approx(found.seen[1], abs=1e-7)
    assert "does not correspond" in found.refusal


def test_trees_rolled_back_together_equal_single_ones():
    cases = [(Terms(100.0 + i, 100.0, 0.1, 0.02, 0.01, 1), 0.2 + i / 100) for i in range(3)]
    assert trees(cases, forward=True) == [tree(*c, forward=True) for c in cases]


def test_a_price_below_the_intrinsic_value_has_no_volatility_and_greeks_go_on_at_zero():
    terms = Terms(120.0, 100.0, 0.1, 0.02, 0.02, 1)
    assert implied_volatility(terms, 5.0, "forward_tree") is None
    assert greeks(terms, 0.0, "forward_tree").delta == pytest.approx(1, abs=0.02)
    assert greeks(terms, 0.0, "black_scholes").gamma == pytest.approx(0, abs=1e-3)


def test_dividends_of_a_year_up_to_the_last_one_count_in_shares_of_then(made, run):
    rows = "20190601,0.95,0.5,99.0\n20200601,0.96,0.5,100.0\n20200901,0.97,0.5,102.0\n20200910,0.98,0.5,110.0\n20201201,0.98,1,90.0\n20501231,1,1,0\n"
    made.write("equity/usa/factor_files/spy.csv", rows)
    made.rising("spy", (date(2021, 3, 1),))
    body = """
def initialize(self):
    self.spy = self.add_equity("SPY").symbol
    self.model = DividendYieldProvider(self.spy)
    self.seen = [self.model.get_dividend_yield(datetime(2020, 9, 15), 50), self.model.get_dividend_yield(datetime(2020, 9, 15)),
                 self.model.get_dividend_yield(datetime(2019, 1, 1), 50), self.model.get_dividend_yield(datetime(2022, 1, 1), 50)]
    self.events = self.model._events
"""
    found = run(made, body).algorithm
    amounts = [e.amount for e in found.events if e.amount is not None]
    year = sum(amounts[1:3]) / 2  # the split of 11 September halves what was paid before it
    assert found.seen[0] == pytest.approx(float(year) / 50)
    assert found.seen[2] == 0
    assert found.seen[1] == pytest.approx(float(year) / 102)
    assert trailing_dividends(found.events, date(2021, 1, 1))[0].day > date(2020, 9, 1)
