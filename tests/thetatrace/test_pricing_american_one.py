"""One American contract at a time gives what a batch of that contract gives, on numpy and on compiled kernels."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from thetatrace import pricing
from thetatrace.pricing import PriceReason, engine, greeks_of_one, implied_volatility_of_one

NAMES = ("price", "delta", "gamma", "theta", "vega", "rho")
AMERICAN = {"style": "american"}


@pytest.fixture(params=["numpy", "compiled"], autouse=True, scope="module")
def kernels(request):
    """Each of the two engines."""
    assert request.param == "numpy" or pricing.prepare().ready
    yield
    engine.use_numpy()


@st.composite
def contracts(draw):
    """(spot, strike, years, volatility, rate, dividend yield, right): a day to three years, strikes to 3 deviations."""
    years = math.exp(draw(st.floats(math.log(1.0 / 365.0), math.log(3.0))))
    volatility = math.exp(draw(st.floats(math.log(0.05), math.log(1.5))))
    strike = 100.0 * math.exp(draw(st.floats(-3.0, 3.0)) * volatility * math.sqrt(years))
    rate, carry = draw(st.floats(-0.01, 0.1)), draw(st.floats(-0.01, 0.08))
    return 100.0, strike, years, volatility, rate, carry, draw(st.sampled_from([-1, 1]))


def batch_of_one(contract):
    """Its American Greeks as floats and their reason."""
    found = pricing.greeks(*contract, **AMERICAN)
    return {name: float(getattr(found, name)) for name in NAMES}, PriceReason(int(found.reason))


@given(contracts())
@settings(max_examples=150, deadline=None)
def test_greeks_are_those_of_a_batch_of_the_one_contract(contract):
    spot, _, _, volatility, rate, _, _ = contract
    wanted, reason = batch_of_one(contract)
    one = greeks_of_one(*contract, **AMERICAN)
    assert one.reason is reason
    european = pricing.greeks(*contract)
    # Near exercise a Greek is the small difference of its terms; European floats know prices to 1e-12 of the strike.
    terms = {"theta": (0.5 * (volatility * spot) ** 2 * abs(wanted["gamma"]) + abs(rate) * wanted["price"]) / 365.0}
    for name in NAMES:
        size = abs(wanted[name]) + abs(float(getattr(european, name))) + terms.get(name, 0.0)
        assert getattr(one, name) == pytest.approx(wanted[name], rel=0, abs=2e-12 * size + 1e-12, nan_ok=True), name


@given(contracts())
@settings(max_examples=100, deadline=None)
def test_volatility_comes_back_and_is_that_of_the_batch_within_its_method(contract):
    spot, strike, years, volatility, rate, carry, right = contract
    value = greeks_of_one(*contract, **AMERICAN)
    assume(value.price > 1e-6)
    terms = (value.price, spot, strike, years, rate, carry, right)
    one, batch = implied_volatility_of_one(*terms, **AMERICAN), pricing.implied_volatility(*terms, **AMERICAN)
    if value.price > 1.0001 * max(right * (spot - strike), 0.0) and value.vega > 1e-4:
        assert one.reason is PriceReason.OK
        assert one.reason == batch.reason
    assert math.isnan(one.volatility) == (one.reason is not PriceReason.OK)
    if one.reason is PriceReason.OK == batch.reason:
        # A relative error of the price moves the volatility by price / (vega sigma) times as much.
        moved = max(1.0, value.price / (100.0 * value.vega * volatility))
        assert abs(one.volatility / volatility - 1.0) <= 1e-10 * moved
        assert abs(one.volatility / float(batch.volatility) - 1.0) <= 1.5e-5 * moved


WILD = st.one_of(
    st.floats(-0.5, 2.0),
    st.sampled_from([0.0, -1.0, 1.0, 100.0, 1e-300, 1e-9, 1e9, 1e300, math.nan, math.inf, -math.inf]),
)


@pytest.mark.filterwarnings("error")
@given(WILD, WILD, WILD, WILD, WILD, WILD, st.sampled_from([-1, 1, 0, 2]))
@settings(max_examples=200, deadline=None)
def test_whatever_comes_in_nothing_is_raised_and_there_is_a_number_or_a_reason(value, spot, strike, years, r, q, right):
    found = greeks_of_one(spot, strike, years, value, r, q, right, **AMERICAN)
    assert all(math.isfinite(getattr(found, name)) == (found.reason is PriceReason.OK) for name in NAMES)
    implied = implied_volatility_of_one(value, spot, strike, years, r, q, right, **AMERICAN)
    assert math.isfinite(implied.volatility) == (implied.reason is PriceReason.OK)
    checked = pricing.greeks(spot, strike, years, value, r, q, right, **AMERICAN).reason
    if checked in range(PriceReason.NOT_FINITE, PriceReason.UNSUPPORTED_RATES + 1):
        assert found.reason == implied.reason == checked


@pytest.mark.parametrize(
    ("price", "right", "rate", "carry"),
    [
        (60.0, -1, 0.05, 0.0),
        (50.0, -1, 0.05, 0.0),
        (50.0 * (1.0 + 1e-8), -1, 0.05, 0.0),
        (150.0, -1, 0.05, 0.0),
        (49.0, -1, 0.05, 0.0),
        (100.0, 1, 0.02, 0.05),
        (1e-3, 1, 0.02, 0.05),
        (70.0, -1, 0.0, -0.01),
        (70.0, -1, -0.01, -0.03),
        (30.0, 1, 0.02, 0.0),
    ],
)
def test_prices_that_no_volatility_gives_have_the_reason_of_the_batch(price, right, rate, carry):
    terms = (price, 100.0, 150.0, 0.75, rate, carry, right)
    one, batch = implied_volatility_of_one(*terms, **AMERICAN), pricing.implied_volatility(*terms, **AMERICAN)
    assert one.reason == batch.reason
    np.testing.assert_allclose(one.volatility, float(batch.volatility), rtol=1e-5)


def test_a_volatility_above_any_market_comes_back():
    # 2,200 % for the last half hour.
    terms = (100.0, 129.94397599522048, 4.676572765163719e-05)
    one = implied_volatility_of_one(30.243415755172688, *terms, 0.001, 0.0, -1, **AMERICAN)
    batch = pricing.implied_volatility(30.243415755172688, *terms, 0.001, 0.0, -1, **AMERICAN)
    assert one.volatility == pytest.approx(float(batch.volatility), rel=1e-5)
    assert greeks_of_one(*terms, one.volatility, 0.001, 0.0, -1, **AMERICAN).price == pytest.approx(30.243415755172688)


@pytest.mark.parametrize("style", ["european", "american"])
def test_a_price_that_is_its_payoff_to_the_last_digit_is_not_below_it(style):
    terms = (6.444413099750307, 100.0, 93.5555869002497, 0.003013106384687347, 0.0, 0.0, 1)
    assert implied_volatility_of_one(*terms, style=style).reason is PriceReason.UNDETERMINED
    assert pricing.implied_volatility(*terms, style=style).reason == PriceReason.UNDETERMINED


def test_an_unknown_style_is_refused_as_in_the_batch():
    with pytest.raises(ValueError, match="bermudan"):
        greeks_of_one(100.0, 100.0, 1.0, 0.2, 0.0, 0.0, 1, style="bermudan")
    with pytest.raises(ValueError, match="bermudan"):
        implied_volatility_of_one(5.0, 100.0, 100.0, 1.0, 0.0, 0.0, 1, style="bermudan")
