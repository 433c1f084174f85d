# ruff: noqa: E501  lines of algorithm text
"""Price models: engines against published values, and models set on a made chain."""

import math

import pytest

from lean_local.api.quantlib_models import newton_implied_volatility, quantlib_brent, quantlib_implied_volatility
from lean_local.securities import option_lattices as lattices
from lean_local.securities.option_engines import (
    Deal,
    analytic_european,
    barone_adesi_whaley,
    bjerksund_stensland,
    black_of,
    integral,
)
from lean_local.securities.option_math import Terms

SHAPES = [
    lattices.cox_ross_rubinstein,
    lattices.jarrow_rudd,
    lattices.trigeorgis,
    lattices.tian,
    lattices.leisen_reimer,
    lattices.joshi,
    lattices.additive_equal_probabilities,
]


def deal(right, strike, spot, dividend, rate, years, *, american=True):
    return Deal(Terms(spot, strike, years, rate, dividend, right), american)


# Haug, Option Pricing Formulas (1998), pages 24 and 27; Ju, Journal of Derivatives (1998), table of American options.
@pytest.mark.parametrize(
    ("engine", "contract", "volatility", "value"),
    [
        (barone_adesi_whaley, (1, 100, 90, 0.10, 0.10, 0.10), 0.15, 0.0206),
        (barone_adesi_whaley, (1, 100, 100, 0.10, 0.10, 0.10), 0.15, 1.8771),
        (barone_adesi_whaley, (1, 100, 110, 0.10, 0.10, 0.50), 0.35, 15.5689),
        (barone_adesi_whaley, (-1, 100, 110, 0.10, 0.10, 0.50), 0.35, 5.8823),
        (barone_adesi_whaley, (-1, 100, 100, 0.10, 0.10, 0.50), 0.25, 6.8014),
        (bjerksund_stensland, (1, 40, 42, 0.08, 0.04, 0.75), 0.35, 5.2704),
        (bjerksund_stensland, (-1, 40, 36, 0.00, 0.06, 1.00), 0.20, 4.4531),
        (lattices.crank_nicolson(100, 400), (-1, 40, 40, 0.0, 0.0488, 0.5833), 0.2, 1.990),
        (lattices.crank_nicolson(100, 400), (-1, 45, 40, 0.0, 0.0488, 0.0833), 0.2, 5.000),
    ],
)
def test_american_values_are_the_published_ones(engine, contract, volatility, value):
    assert engine(deal(*contract), volatility).value == pytest.approx(value, abs=2e-3)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("right", [1, -1])
def test_lattices_are_near_the_analytic_value_and_greeks(shape, right):
    contract = deal(right, 100, 103, 0.01, 0.03, 0.5, american=False)
    found, exact = lattices.binomial(shape)(contract, 0.25), analytic_european(contract, 0.25)
    assert found.value == pytest.approx(exact.value, abs=0.1)  # 100 steps with the factors of 101: QuantLib's way
    assert found.delta == pytest.approx(exact.delta, abs=0.05)
    assert found.theta == pytest.approx(exact.theta, rel=0.15)
    assert found.vega is None


def test_numbers_of_the_whole_line_agree_for_a_european_option():
    contract = deal(-1, 100, 95, 0.01, 0.03, 0.5, american=False)
    exact = analytic_european(contract, 0.3)
    assert integral(contract, 0.3).value == pytest.approx(exact.value, abs=1e-5)
    assert lattices.crank_nicolson(100, 99)(contract, 0.3).value == pytest.approx(exact.value, abs=0.01)
    bumped = analytic_european(deal(-1, 100, 95.01, 0.01, 0.03, 0.5, american=False), 0.3).value
    assert exact.delta == pytest.approx((bumped - exact.value) / 0.01, abs=1e-3)
    assert exact.elasticity == pytest.approx(exact.delta * 95 / exact.value)
    later = analytic_european(deal(-1, 100, 95, 0.01, 0.03, 0.5 - 1e-5, american=False), 0.3).value
    assert exact.theta == pytest.approx((later - exact.value) / 1e-5, rel=1e-3)
    assert exact.rho < 0 < exact.vega


def test_early_exercise_waits_for_the_first_exercise_date():
    terms = Terms(80.0, 100.0, 0.5, 0.05, 0.0, -1)
    engine = lattices.binomial(lattices.cox_ross_rubinstein)
    assert engine(Deal(terms, True, 0.0), 0.1).value == pytest.approx(20)
    assert engine(Deal(terms, True, 0.25), 0.1).value < 20


@pytest.mark.parametrize("american", [True, False])
def test_implied_volatility_gives_the_price_back(american):
    contract = deal(-1, 100, 102, 0.0, 0.02, 0.2, american=american)
    engine = lattices.crank_nicolson(100, 100) if american else analytic_european
    assert quantlib_implied_volatility(contract, engine(contract, 0.27).value) == pytest.approx(0.27, abs=2e-4)


def test_a_price_without_volatility_is_refused_and_newton_settles_or_gives_zero():
    contract = deal(1, 100, 150, 0.0, 0.02, 0.2)
    with pytest.raises(ValueError, match="bracketed"):
        quantlib_implied_volatility(contract, 20.0)
    volatility, black = newton_implied_volatility(contract.terms, 51.0, 0.5)
    assert 0 <= volatility <= 4
    assert math.isfinite(black.value)


def test_the_root_finder_takes_ends_and_refuses_what_does_not_settle():
    assert quantlib_brent(lambda x: x - 1, 1.0, 3.0) == 1.0
    assert quantlib_brent(lambda x: x - 3, 1.0, 3.0) == 3.0
    assert quantlib_brent(lambda x: x**3 - 2, 0.0, 4.0) == pytest.approx(2 ** (1 / 3), abs=1e-4)


@pytest.mark.parametrize("engine", [barone_adesi_whaley, bjerksund_stensland])
def test_american_engines_refuse_european_options(engine):
    with pytest.raises(ValueError, match="American"):
        engine(deal(1, 100, 100, 0.0, 0.0, 1.0, american=False), 0.2)


def test_a_position_without_deviation_has_its_discounted_payoff():
    black = black_of(Terms(110.0, 100.0, 1.0, 0.0, 0.0, 1), 0.0)
    assert black.value == pytest.approx(10)
    assert black_of(Terms(90.0, 100.0, 1.0, 0.0, 0.0, 1), 0.0).value == 0


BODY = """
def initialize(self):
    self.option = self.add_option("SPY")
    self.option.set_filter(lambda u: u.expiration(10, 30))
    self.seen = []
    self.option.price_model = MODEL

def on_data(self, data):
    chain = data.option_chains.get(self.option.symbol)
    if chain and not self.seen:
        for c in chain:
            if c.strike == 101:
                self.seen.append((c.implied_volatility, c.theoretical_price, c.greeks.delta, c.greeks.theta, type(self.securities[c.symbol].price_model).__name__))
"""
NAMES = [
    "crank_nicolson_fd()",
    "binomial_cox_ross_rubinstein()",
    "bjerksund_stensland()",
    "barone_adesi_whaley()",
    "binomial_joshi()",
]


@pytest.mark.parametrize("name", NAMES)
def test_quantlib_models_price_the_chain(options, run, name):
    found = run(options, BODY.replace("MODEL", f"OptionPriceModels.QuantLib.{name}")).algorithm.seen
    call, put = found
    assert call[4] == "QLOptionPriceModel"
    assert 0.01 < call[0] < 0.2
    assert call[2] - put[2] == pytest.approx(1, abs=0.2)  # LEAN's substitutes for missing Greeks are rough
    assert put[1] == pytest.approx(1.49, abs=0.6)
    assert call[3] < 0


@pytest.mark.parametrize("name", ["black_scholes", "binomial_cox_ross_rubinstein", "forward_tree"])
def test_named_indicator_models_price_the_chain(options, run, name):
    found = run(options, BODY.replace("MODEL", f"OptionPriceModels.{name}()")).algorithm.seen
    assert found[0][0] == found[1][0] > 0
    assert found[0][4] == "IndicatorBasedOptionPriceModel"


def test_a_style_the_engine_does_not_price_is_an_argument_exception(options, run):
    body = BODY.replace("MODEL", "OptionPriceModels.QuantLib.black_scholes()")
    outcome = run(options, body, fails=True)
    assert "ArgumentException: American style options are not supported" in str(outcome.error)


def test_the_null_model_shows_the_current_price(options, run):
    found = run(options, BODY.replace("MODEL", "OptionPriceModels.null()")).algorithm.seen
    assert found[0][:3] == (0.0, 0.5, 0.0)


def test_an_algorithms_own_model_is_asked_once_per_contract_and_slice(options, run):
    body = (
        BODY.replace("MODEL", "self.OwnModel()")
        + """
class OwnModel:
    asked = []
    def evaluate(self, parameters):
        self.asked.append((str(parameters.security.symbol), parameters.slice.time == parameters.security.local_time))
        greeks = Greeks(0.5, 0.2, 0.15, -36.5, 0.1, 2.0)
        return OptionPriceModelResult(lambda: 7.0, lambda: 0.3, lambda: greeks)
"""
    )
    algorithm = run(options, body).algorithm
    assert algorithm.seen[0][:4] == (0.3, 7.0, 0.5, -36.5)
    assert type(algorithm).OwnModel.asked == [("SPY   210319C00101000", True), ("SPY   210319P00101000", True)]


def test_volatility_models_follow_the_prices_of_their_security(shares, run):
    body = """
def initialize(self):
    self.spy = self.add_equity("SPY")
    self.other = RelativeStandardDeviationVolatilityModel(timedelta(minutes=1), 5)
    self.spy.volatility_model = StandardDeviationOfReturnsVolatilityModel(5, Resolution.MINUTE)
    self.before = self.spy.volatility_model.volatility
    self.none = str(VolatilityModel.NULL)

def on_data(self, data):
    self.other.update(self.spy, data.bars["SPY"])
    self.both = self.spy.volatility_model.volatility, self.other.volatility
"""
    found = run(shares, body).algorithm
    assert found.before == 0
    assert found.both[0] > 0 < found.both[1] < 1e-3
    assert found.none == "QuantConnect.Securities.VolatilityModel+NullVolatilityModel"


@pytest.mark.parametrize(
    ("right", "strike", "premium", "volatility"),
    [
        (1, 3250.0, 63.75, 0.115774462726818),
        (1, 3400.0, 8.75, 0.0916359542627696),
        (-1, 3000.0, 29.25, 0.192587870417891),
    ],
)
def test_implied_volatility_takes_quantlib_s_path_to_the_last_digit(right, strike, premium, volatility):
    """Figures of LEAN for options on ES, 6 January 2020 at 3224.875, 77 days to maturity."""
    contract = deal(right, strike, 3224.875, 0.0, 0.0225, 77 / 365, american=True)
    assert quantlib_implied_volatility(contract, premium) == pytest.approx(volatility, abs=1e-12)
