"""American options against a binomial tree written here, their limits, and their volatilities coming back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thetatrace.pricing import PriceReason, greeks, implied_volatility, price
from thetatrace.pricing.exercise_boundary import ORDINARY, STIFF, Scheme, Terms, solve_boundary

STEPS = 2000


def tree_price(spot, strike, years, volatility, rate, carry, right, steps):
    """Cox-Ross-Rubinstein with the Black-Scholes value one step before expiry (M. Broadie, J. Detemple 1996)."""
    step = years / steps
    up = np.exp(volatility * np.sqrt(step))
    discount = np.exp(-rate * step)
    p = (np.exp((rate - carry) * step) - 1.0 / up) / (up - 1.0 / up)
    spots = spot * up ** np.arange(-(steps - 1), steps, 2.0)
    values = np.maximum(price(spots, strike, step, volatility, rate, carry, right), right * (spots - strike))
    for count in range(steps - 2, -1, -1):
        spots = spots[1:] / up
        values = np.maximum(discount * (p * values[1:] + (1.0 - p) * values[:-1]), right * (spots - strike))
        assert values.size == count + 1
    return float(values[0])


def reference(*contract):
    """The 2,000-step tree, its first-order error removed with the 1,000-step tree (Richardson)."""
    return 2.0 * tree_price(*contract, STEPS) - tree_price(*contract, STEPS // 2)


def random_contracts(count, seed):
    """Listed-option terms: strikes within 2 deviations, a week to 2 years, 10-80 % volatility, rates to 10 %."""
    rng = np.random.default_rng(seed)
    years = np.exp(rng.uniform(np.log(0.02), np.log(2.0), count))
    volatility = rng.uniform(0.1, 0.8, count)
    strike = 100.0 * np.exp(rng.uniform(-2.0, 2.0, count) * volatility * np.sqrt(years))
    rate = rng.uniform(0.001, 0.1, count)
    carry = rng.choice([0.0, 1.0, 1.0], count) * rng.uniform(0.0, 0.1, count)
    return np.full(count, 100.0), strike, years, volatility, rate, carry, rng.choice([-1.0, 1.0], count)


def test_price_is_within_1e_4_of_a_2000_step_tree():
    contracts = random_contracts(36, 31)
    found = price(*contracts, style="american")
    for row, value in zip(zip(*contracts, strict=True), found, strict=True):
        exact = reference(*map(float, row))
        # A cent-hundredth is below any tick: relative error is asked of prices that can be quoted.
        assert abs(value - exact) <= 1e-4 * max(exact, 0.01), row


def test_greeks_agree_with_differences_of_the_tree():
    base = {"spot": 100.0, "strike": 104.0, "years": 0.6, "volatility": 0.3, "rate": 0.05, "carry": 0.02, "right": -1}
    found = greeks(*base.values(), style="american")

    def moved(name, by):
        return reference(*(base | {name: base[name] + by}).values())

    here = reference(*base.values())
    up, down = moved("spot", 2.0), moved("spot", -2.0)
    assert float(found.delta) == pytest.approx((up - down) / 4.0, abs=2e-4)
    assert float(found.gamma) == pytest.approx((up - 2.0 * here + down) / 4.0, rel=5e-3)
    assert float(found.vega) == pytest.approx((moved("volatility", 0.01) - moved("volatility", -0.01)) / 2.0, rel=1e-3)
    assert float(found.rho) == pytest.approx((moved("rate", 0.005) - moved("rate", -0.005)), rel=2e-3)
    day = (moved("years", -1.0 / 365.0) - moved("years", 1.0 / 365.0)) / 2.0
    assert float(found.theta) == pytest.approx(day, rel=5e-3)


def test_second_order_greeks_agree_with_differences_of_first_order_ones():
    spot, strike, years, volatility, rate, carry, right = random_contracts(200, 32)

    def at(years=years, volatility=volatility):
        return greeks(spot, strike, years, volatility, rate, carry, right, style="american", second_order=True)

    here = at()
    # Next to the boundary the third derivatives are large and differences say little.
    live = np.abs(here.delta) < 0.95
    up, down = at(volatility=volatility + 0.001), at(volatility=volatility - 0.001)
    day = 0.1 / 365.0
    later, sooner = at(years=years - day), at(years=years + day)
    live &= (up.gamma > 0) & (down.gamma > 0) & (later.gamma > 0) & (sooner.gamma > 0)
    assert live.sum() > 100
    for got, wanted in (
        (here.vanna, (up.delta - down.delta) / 0.2),
        (here.volga, (up.vega - down.vega) / 0.2),
        (here.charm, (later.delta - sooner.delta) / 0.2),
    ):
        size = np.abs(wanted[live])
        np.testing.assert_allclose(got[live], wanted[live], rtol=2e-3, atol=5e-3 * float(np.median(size)))


def test_calls_without_dividends_are_european():
    spot, strike, years, volatility, rate, _, _ = random_contracts(200, 33)
    american = greeks(spot, strike, years, volatility, rate, 0.0, 1, style="american", second_order=True)
    european = greeks(spot, strike, years, volatility, rate, 0.0, 1, second_order=True)
    for name in ("price", "delta", "gamma", "vega", "rho", "vanna", "volga", "charm"):
        np.testing.assert_allclose(getattr(american, name), getattr(european, name), rtol=1e-15)
    values = european.price
    np.testing.assert_array_equal(
        implied_volatility(values, spot, strike, years, rate, 0.0, 1, style="american").volatility,
        implied_volatility(values, spot, strike, years, rate, 0.0, 1).volatility,
    )


def test_puts_without_interest_are_european():
    spot, strike, years, volatility, _, carry, _ = random_contracts(100, 34)
    contracts = (spot, strike, years, volatility, 0.0, carry, -1)
    wanted = np.maximum(price(*contracts), strike - spot)
    np.testing.assert_array_equal(price(*contracts, style="american"), wanted)


contract = st.tuples(
    st.just(100.0),
    st.floats(40.0, 250.0),
    st.floats(0.003, 5.0),
    st.floats(0.03, 3.0),
    st.floats(0.0, 0.15),
    st.floats(0.0, 0.15),
    st.sampled_from([1, -1]),
)


@settings(max_examples=300, deadline=None)
@given(contract)
def test_worth_at_least_exercise_and_at_least_european(inputs):
    spot, strike, *_, right = inputs
    found = float(price(*inputs, style="american"))
    assert np.isfinite(found)
    assert found >= max(right * (spot - strike), 0.0)
    assert found >= float(price(*inputs)) * (1.0 - 1e-15)
    assert found <= (spot if right > 0 else strike) * (1.0 + 1e-12)


@settings(max_examples=150, deadline=None)
@given(contract, st.floats(1.02, 1.5))
def test_price_rises_with_time_and_volatility(inputs, factor):
    spot, strike, years, volatility, rate, carry, right = inputs
    here = float(price(*inputs, style="american"))
    slack = 2e-4 * here + 1e-6
    assert float(price(spot, strike, years * factor, volatility, rate, carry, right, style="american")) >= here - slack
    assert float(price(spot, strike, years, volatility * factor, rate, carry, right, style="american")) >= here - slack


def test_call_is_the_put_with_spot_and_strike_rate_and_yield_swapped():
    spot, strike, years, volatility, rate, carry, _ = random_contracts(200, 35)
    call = price(spot, strike, years, volatility, rate, carry, 1, style="american")
    put = price(strike, spot, years, volatility, carry, rate, -1, style="american")
    np.testing.assert_allclose(call, put, rtol=1e-11, atol=1e-13)


def test_exercise_region_has_the_greeks_of_the_payoff():
    found = greeks(60.0, 100.0, 0.5, 0.2, 0.06, 0.0, -1, style="american", second_order=True)
    assert found.price == 40.0
    assert found.delta == -1.0
    for name in ("gamma", "theta", "vega", "rho", "vanna", "volga", "charm"):
        assert getattr(found, name) == 0.0


def test_volatility_comes_back():
    contracts = random_contracts(600, 36)
    spot, strike, years, volatility, rate, carry, right = contracts
    greek = greeks(*contracts, style="american")
    found = implied_volatility(greek.price, spot, strike, years, rate, carry, right, style="american")
    good = found.reason == PriceReason.OK
    assert np.array_equal(np.isnan(found.volatility), ~good)
    assert set(found.reason.tolist()) <= {PriceReason.OK, PriceReason.UNDETERMINED}
    # Undetermined exactly where the option is worth no more than its exercise.
    assert np.all(np.abs(greek.price - right * (spot - strike))[~good] <= 1.01e-7 * greek.price[~good])
    clear = good & (greek.vega > 1e-4)
    assert clear.sum() > 400
    assert np.max(np.abs(found.volatility / volatility - 1.0)[clear]) < 1e-5


def test_chain_that_shares_expiry_prices_like_its_contracts_one_by_one():
    strike = np.linspace(60.0, 150.0, 300)
    volatility = 0.25 - 0.3 * np.log(strike / 100.0) + 0.5 * np.log(strike / 100.0) ** 2
    right = np.where(np.arange(300) % 2, 1, -1)
    whole = price(100.0, strike, 0.3, volatility, 0.04, 0.015, right, style="american")
    rows = zip(strike, volatility, right, strict=True)
    single = [float(price(100.0, k, 0.3, v, 0.04, 0.015, r, style="american")) for k, v, r in rows]
    np.testing.assert_allclose(whole, single, rtol=1e-6, atol=1e-9)


def test_both_schemes_agree_with_a_finer_one():
    rng = np.random.default_rng(38)
    fine = Scheme(nodes=16, boundary_points=32, price_points=64, steps=24, use_b=True)
    size = 50
    terms = Terms(rng.uniform(0.05, 2.0, size), rng.uniform(0.15, 0.6, size), np.full(size, 0.05), np.full(size, 0.02))
    wanted = solve_boundary(terms, fine)[:, -1]
    for scheme in (ORDINARY, STIFF):
        np.testing.assert_allclose(solve_boundary(terms, scheme)[:, -1], wanted, rtol=3e-3)


@pytest.mark.parametrize(
    ("rate", "carry", "right"), [(-0.01, -0.03, -1), (-0.03, -0.01, 1), (1e-9, -0.01, -1), (-0.01, 1e-9, 1)]
)
def test_two_boundaries_are_refused_with_a_reason(rate, carry, right):
    found = greeks(100.0, 100.0, 1.0, 0.2, rate, carry, right, style="american")
    assert found.reason == PriceReason.UNSUPPORTED_RATES
    assert np.isnan(found.price)
    assert np.isnan(price(100.0, 100.0, 1.0, 0.2, rate, carry, right, style="american"))
    implied = implied_volatility(8.0, 100.0, 100.0, 1.0, rate, carry, right, style="american")
    assert implied.reason == PriceReason.UNSUPPORTED_RATES
