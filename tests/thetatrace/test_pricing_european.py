"""European prices, Greeks and volatilities against mpmath at 50 digits, and properties that hold for every input."""

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thetatrace.pricing import PriceReason, greeks, implied_volatility, price

DIGITS = 50
YEAR_MINUTES = 525_600.0


def exact_price(spot, strike, years, volatility, rate, dividend_yield, right):
    """Black-Scholes-Merton at 50 digits from the exact doubles."""
    spot, strike, years, volatility, rate, dividend_yield = (
        mp.mpf(v) for v in (spot, strike, years, volatility, rate, dividend_yield)
    )
    s = volatility * mp.sqrt(years)
    d1 = (mp.log(spot / strike) + (rate - dividend_yield) * years) / s + s / 2
    legs = (spot * mp.exp(-dividend_yield * years), strike * mp.exp(-rate * years))
    n1, n2 = (mp.erfc(-right * d / mp.sqrt(2)) / 2 for d in (d1, d1 - s))
    return right * (legs[0] * n1 - legs[1] * n2)


def random_contracts(count, seed, widest=12.0):
    """Columns from one minute to five years and 0.1 % to 500 % volatility, strikes out to `widest` deviations."""
    rng = np.random.default_rng(seed)
    years = np.exp(rng.uniform(np.log(1.0 / YEAR_MINUTES), np.log(5.0), count))
    volatility = np.exp(rng.uniform(np.log(0.001), np.log(5.0), count))
    deviations = rng.uniform(-widest, widest, count) * rng.choice([1.0, 0.1, 0.001, 2.0], count)
    strike = 100.0 * np.exp(np.clip(deviations * volatility * np.sqrt(years), -6.0, 6.0))
    rate, carry = rng.uniform(-0.02, 0.1, count), rng.uniform(-0.01, 0.08, count)
    return np.full(count, 100.0), strike, years, volatility, rate, carry, rng.choice([-1.0, 1.0], count)


def corner_contracts():
    """The product of the ends of every range, at, near and far from the money."""
    axes = (
        [100.0],
        [20.0, 99.0, 99.999999, 100.0, 100.000001, 101.0, 500.0],
        [1.0 / YEAR_MINUTES, 1.0 / 365.0, 5.0],
        [0.001, 0.2, 5.0],
        [0.0, 0.05, -0.01],
        [0.0, 0.05],
        [1.0, -1.0],
    )
    return tuple(c.ravel() for c in np.meshgrid(*axes, indexing="ij"))


@pytest.mark.parametrize("contracts", [random_contracts(2500, 11), corner_contracts()], ids=["random", "corners"])
def test_price_agrees_with_fifty_digits_to_1e_12(contracts):
    found = price(*contracts)
    with mp.workdps(DIGITS):
        for row, value in zip(zip(*contracts, strict=True), found, strict=True):
            exact = exact_price(*map(float, row))
            # Below 1e-290 doubles themselves run out of digits.
            assert abs(mp.mpf(float(value)) - exact) <= mp.mpf("1e-12") * exact + mp.mpf("1e-290"), row


@pytest.mark.parametrize("contracts", [random_contracts(2500, 12), corner_contracts()], ids=["random", "corners"])
def test_volatility_comes_back_as_exactly_as_the_price_determines_it(contracts):
    spot, strike, years, volatility, rate, carry, right = contracts
    values = price(*contracts)
    found = implied_volatility(values, spot, strike, years, rate, carry, right)
    vega = 100.0 * greeks(*contracts).vega
    good = found.reason == PriceReason.OK
    assert good.sum() > 0.4 * good.size
    assert np.array_equal(np.isnan(found.volatility), ~good)
    normal = good & (values > 1e-290)
    # A few roundings of the price and the forward move the volatility by this much.
    intrinsic = np.maximum(right * (spot * np.exp(-carry * years) - strike * np.exp(-rate * years)), 0.0)
    noise = 3e-16 * (values + 2.0 * intrinsic)[normal] / (vega * volatility)[normal]
    error = np.abs(found.volatility / volatility - 1.0)[normal]
    assert np.all(error <= 1e-12 + 40.0 * noise)


def test_out_of_the_money_volatility_is_exact_to_1e_12_out_to_24_deviations():
    spot, strike, years, volatility, rate, carry, _ = random_contracts(4000, 13)
    right = np.where(strike > spot * np.exp((rate - carry) * years), 1.0, -1.0)
    values = price(spot, strike, years, volatility, rate, carry, right)
    # Far above 100 % the price saturates at its bound and determines less.
    usable = (values > 1e-290) & (volatility * np.sqrt(years) < 2.0)
    found = implied_volatility(values, spot, strike, years, rate, carry, right)
    assert np.all(found.reason[usable] == PriceReason.OK)
    assert np.max(np.abs(found.volatility / volatility - 1.0)[usable]) < 1e-12


def test_greeks_agree_with_differentiation_at_fifty_digits():
    spot, strike, years, volatility, rate, carry, right = (c[:60] for c in random_contracts(60, 14, widest=4.0))
    found = greeks(spot, strike, years, volatility, rate, carry, right, second_order=True)
    # (orders of differentiation in spot, years, volatility, rate) and the factor to our units
    wanted = {
        "delta": ((1, 0, 0, 0), 1.0),
        "gamma": ((2, 0, 0, 0), 1.0),
        "theta": ((0, 1, 0, 0), -1.0 / 365.0),
        "vega": ((0, 0, 1, 0), 0.01),
        "rho": ((0, 0, 0, 1), 0.01),
        "vanna": ((1, 0, 1, 0), 0.01),
        "volga": ((0, 0, 2, 0), 0.0001),
        "charm": ((1, 1, 0, 0), -1.0 / 365.0),
    }
    with mp.workdps(150):
        for i in range(spot.size):
            point = tuple(mp.mpf(float(c[i])) for c in (spot, years, volatility, rate))
            width = point[2] * mp.sqrt(point[1])

            def value(s, t, v, r, i=i):
                return exact_price(s, float(strike[i]), t, v, r, float(carry[i]), int(right[i]))

            if found.price[i] < 1e-60:
                continue
            for name, (orders, factor) in wanted.items():
                exact = factor * mp.diff(value, point, orders)
                got = float(getattr(found, name)[i])
                scale = abs(float(exact)) + 1e-11 * abs(factor) * float(terms_size(name, point, width))
                assert abs(got - float(exact)) <= 1e-9 * scale, (name, i)


def terms_size(name, point, width):
    """Size of the terms that cancel in a Greek near its zeros: what an error is measured against there."""
    spot, years, volatility, _ = point
    sizes = {
        "theta": spot * width / years,
        "charm": 1 / (years * width),
        "vanna": 1 / width,
        "volga": spot / volatility,
    }
    return sizes.get(name, 0)


def test_greeks_of_calls_and_puts_differ_by_those_of_the_forward():
    spot, strike, years, volatility, rate, carry, _ = random_contracts(500, 15, widest=4.0)
    call = greeks(spot, strike, years, volatility, rate, carry, 1, second_order=True)
    put = greeks(spot, strike, years, volatility, rate, carry, -1, second_order=True)
    for name in ("gamma", "vega", "vanna", "volga"):
        np.testing.assert_array_equal(getattr(call, name), getattr(put, name))
    np.testing.assert_allclose(call.delta - put.delta, np.exp(-carry * years), rtol=1e-13)
    np.testing.assert_allclose(call.rho - put.rho, 0.01 * years * strike * np.exp(-rate * years), rtol=1e-13)


contract = st.tuples(
    st.floats(1.0, 5000.0),
    st.floats(0.3, 3.0),
    st.floats(1.0 / YEAR_MINUTES, 5.0),
    st.floats(0.001, 5.0),
    st.floats(-0.05, 0.2),
    st.floats(-0.05, 0.2),
).map(lambda c: (c[0], c[0] * c[1], *c[2:]))


@settings(max_examples=300, deadline=None)
@given(contract)
def test_put_call_parity_and_bounds(inputs):
    spot, strike, years, _, rate, carry = inputs
    call, put = (float(price(*inputs, right)) for right in (1, -1))
    spot_leg, strike_leg = spot * np.exp(-carry * years), strike * np.exp(-rate * years)
    rounding = 1e-13 * (spot_leg + strike_leg)
    assert abs(call - put - (spot_leg - strike_leg)) <= rounding
    assert max(spot_leg - strike_leg, 0.0) - rounding <= call <= spot_leg + rounding
    assert max(strike_leg - spot_leg, 0.0) - rounding <= put <= strike_leg + rounding


@settings(max_examples=300, deadline=None)
@given(contract, st.floats(1.0001, 2.0), st.sampled_from([1, -1]))
def test_price_rises_with_volatility_and_moves_with_spot(inputs, factor, right):
    spot, strike, years, volatility, rate, carry = inputs
    here = float(price(*inputs, right))
    rounding = 1e-13 * (spot + strike) * 4.0
    assert price(spot, strike, years, volatility * factor, rate, carry, right) >= here - rounding
    assert right * (float(price(spot * factor, strike, years, volatility, rate, carry, right)) - here) >= -rounding


@settings(max_examples=300, deadline=None)
@given(contract, st.sampled_from([1, -1]))
def test_implied_volatility_prices_back(inputs, right):
    spot, strike, years, _, rate, carry = inputs
    value = float(price(*inputs, right))
    found = implied_volatility(value, spot, strike, years, rate, carry, right)
    if found.reason == PriceReason.OK:
        again = float(price(spot, strike, years, found.volatility, rate, carry, right))
        assert again == pytest.approx(value, rel=2e-12)
    else:
        assert np.isnan(found.volatility)


def test_black_76_is_dividend_yield_equal_to_rate():
    # J. Hull, "Options, Futures and Other Derivatives": put on a futures price of 20, strike 20, 4 months, 25 %, 9 %.
    assert float(price(20.0, 20.0, 4.0 / 12.0, 0.25, 0.09, 0.09, -1)) == pytest.approx(1.12, abs=0.005)
