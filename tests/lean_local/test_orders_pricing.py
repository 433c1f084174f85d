"""Prices, volatilities and Greeks against the values real LEAN printed (semantics §10.1), and price steps."""

import math
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lean_local.orders.precision import round_to, smart_round
from lean_local.securities.option_math import Terms, black_scholes, greeks, implied_volatility, price, significant


def years(start, end):
    return significant((end - start).total_seconds() / 86400 / 365)


GOOG = years(datetime(2015, 12, 23, 9, 32), datetime(2015, 12, 24, 13, 0))
SPX = years(datetime(2021, 1, 4, 8, 35), datetime(2021, 1, 15, 8, 30))


@pytest.mark.parametrize(
    ("spot", "strike", "t", "rate", "right", "quote", "model", "expected"),
    [
        (
            753.05,
            752.5,
            GOOG,
            0.01,
            -1,
            2.8,
            "forward_tree",
            (0.1821265, -0.4694171, 0.0515898, 0.1679435, -489.1668315, 0.0005732),
        ),
        (
            3759.8,
            3700.0,
            SPX,
            0.0025,
            1,
            87.85,
            "black_scholes",
            (0.2033184, 0.6822831, 0.0026871, 2.3267479, -791.3083565, 0.7463552),
        ),
    ],
)
def test_volatility_and_greeks_are_those_of_real_lean(spot, strike, t, rate, right, quote, model, expected):
    terms = Terms(spot, strike, t, rate, 0.0, right)
    volatility = implied_volatility(terms, quote, model)
    values = greeks(terms, volatility, model)
    found = (volatility, values.delta, values.gamma, values.vega, values.theta_per_day * 365, values.rho)
    assert found == pytest.approx(expected, abs=1e-6)


@given(st.floats(50, 150), st.floats(0.02, 2), st.floats(0.05, 1.5), st.floats(0, 0.1))
def test_put_call_parity_of_black_scholes(strike, t, volatility, rate):
    call = black_scholes(Terms(100.0, strike, t, rate, 0.0, 1), volatility)
    put = black_scholes(Terms(100.0, strike, t, rate, 0.0, -1), volatility)
    assert call - put == pytest.approx(100.0 - strike * math.exp(-rate * t), abs=1e-9)


@given(st.floats(80, 125), st.floats(0.05, 1), st.floats(0.1, 1.0))
def test_implied_volatility_prices_back(strike, t, volatility):
    terms = Terms(100.0, strike, t, 0.01, 0.0, 1)
    quote = black_scholes(terms, volatility)
    found = implied_volatility(terms, quote, "black_scholes")
    accuracy = max(1e-4, 1e-4 * quote)  # LEAN's root finder stops at this distance in price or in volatility
    if found is not None:
        close = abs(price(terms, found, "black_scholes") - quote) <= accuracy + 1e-6
        assert close or abs(found - volatility) <= accuracy + 1e-6


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("14463473.7648", "14463473.7648"),
        ("21752.2760028", "21752.2760"),
        ("-31500.0", "-31500"),
        ("745.89", "745.89"),
        ("0.00012345678", "0.0001234568"),
        ("0", "0"),
    ],
)
def test_values_print_as_lean_rounds_them(value, text):
    assert smart_round(Decimal(value)) == text


def test_prices_round_half_to_even():
    assert round_to(Decimal("0.333"), Decimal("0.01")) == Decimal("0.33")
    assert round_to(Decimal("0.125"), Decimal("0.05")) == Decimal("0.10")
    assert round_to(Decimal("1.234"), Decimal(0)) == Decimal("1.234")
