"""Bad rows are NaN with a reason; shapes and words are checked; the scalar path agrees with the batch."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thetatrace.pricing import (
    Dividends,
    PriceReason,
    greeks,
    greeks_of_one,
    implied_greeks,
    implied_volatility,
    implied_volatility_of_one,
    price,
)

GOOD = {"spot": 100.0, "strike": 105.0, "years": 0.25, "rate": 0.03, "dividend_yield": 0.01, "right": 1}
BAD = [
    ({"spot": math.nan}, PriceReason.NOT_FINITE),
    ({"years": math.inf}, PriceReason.NOT_FINITE),
    ({"rate": math.nan}, PriceReason.NOT_FINITE),
    ({"dividend_yield": -math.inf}, PriceReason.NOT_FINITE),
    ({"right": math.nan}, PriceReason.NOT_FINITE),
    ({"right": 0}, PriceReason.BAD_RIGHT),
    ({"right": 2}, PriceReason.BAD_RIGHT),
    ({"spot": 0.0}, PriceReason.NON_POSITIVE_INPUT),
    ({"strike": -5.0}, PriceReason.NON_POSITIVE_INPUT),
    ({"years": 0.0}, PriceReason.EXPIRED),
    ({"years": -0.1}, PriceReason.EXPIRED),
    ({"spot": math.nan, "years": -1.0}, PriceReason.NOT_FINITE),
]


@pytest.mark.parametrize("style", ["european", "american"])
@pytest.mark.parametrize(("change", "reason"), BAD)
def test_bad_row_in_the_middle_is_nan_with_its_reason_and_leaves_the_others(style, change, reason):
    rows = [GOOD, GOOD | change, GOOD]
    columns = {name: np.array([row[name] for row in rows], dtype=float) for name in GOOD}
    found = greeks(volatility=0.2, style=style, second_order=True, **columns)
    assert found.reason.tolist() == [PriceReason.OK, reason, PriceReason.OK]
    for name in ("price", "delta", "gamma", "theta", "vega", "rho", "vanna", "volga", "charm"):
        values = getattr(found, name)
        assert np.isnan(values).tolist() == [False, True, False]
        assert values[0] == values[2]
    values = price(volatility=0.2, style=style, **columns)
    np.testing.assert_array_equal(values, found.price)
    implied = implied_volatility(values[0], style=style, **columns)
    assert implied.reason.tolist() == [PriceReason.OK, reason, PriceReason.OK]
    np.testing.assert_allclose(implied.volatility, [0.2, np.nan, 0.2], rtol=1e-8)


@pytest.mark.parametrize("style", ["european", "american"])
@pytest.mark.parametrize(
    ("value", "reason"),
    [(math.nan, PriceReason.NOT_FINITE), (0.0, PriceReason.NON_POSITIVE_INPUT), (-1.0, PriceReason.NON_POSITIVE_INPUT)],
)
def test_bad_price_and_bad_volatility_have_reasons(style, value, reason):
    assert implied_volatility(value, style=style, **GOOD).reason == reason
    assert greeks(volatility=value, style=style, **GOOD).reason == reason


@pytest.mark.parametrize("style", ["european", "american"])
def test_price_outside_its_bounds_has_a_reason(style):
    deep = GOOD | {"strike": 60.0}
    assert implied_volatility(39.0, style=style, **deep).reason == PriceReason.BELOW_INTRINSIC
    assert implied_volatility(100.5, style=style, **deep).reason == PriceReason.ABOVE_BOUND
    put = deep | {"right": -1}
    assert implied_volatility(60.5, style=style, **put).reason == PriceReason.ABOVE_BOUND
    assert implied_volatility(39.0, style=style, **(put | {"strike": 140.0})).reason == PriceReason.BELOW_INTRINSIC


def test_price_at_intrinsic_does_not_determine_a_volatility():
    deep = GOOD | {"strike": 1.0, "rate": 0.0, "dividend_yield": 0.0}
    assert implied_volatility(99.0, **deep).reason == PriceReason.UNDETERMINED
    put = GOOD | {"strike": 180.0, "right": -1}
    found = implied_volatility(80.0, style="american", **put)
    assert found.reason == PriceReason.UNDETERMINED
    assert np.isnan(found.volatility)


def test_unknown_style_is_one_sentence():
    for call in (price, greeks):
        with pytest.raises(ValueError, match=r"^Exercise style 'bermudan' is unknown: use 'european' or 'american'\.$"):
            call(volatility=0.2, style="bermudan", **GOOD)
    with pytest.raises(ValueError, match="bermudan"):
        implied_volatility(1.0, style="bermudan", **GOOD)


def test_shapes_that_do_not_broadcast_are_one_sentence():
    with pytest.raises(ValueError, match="do not broadcast to one shape"):
        price(np.ones(2), np.ones(3), 1.0, 0.2, 0.0, 0.0, 1)


@pytest.mark.parametrize("style", ["european", "american"])
def test_shapes_broadcast_and_empty_chains_stay_empty(style):
    grid = greeks(100.0, np.array([[90.0], [110.0]]), 0.5, np.array([0.1, 0.2, 0.3]), 0.02, 0.01, -1, style=style)
    assert grid.price.shape == grid.reason.shape == (2, 3)
    empty = implied_volatility(np.array([]), 100.0, np.array([]), 0.5, 0.02, 0.01, 1, style=style)
    assert empty.volatility.shape == empty.reason.shape == (0,)
    assert greeks(100.0, np.array([]), 0.5, 0.2, 0.02, 0.01, 1, style=style).price.shape == (0,)
    assert price(100.0, 100.0, 0.5, 0.2, 0.02, 0.01, 1, style=style).shape == ()


def test_inputs_are_not_changed():
    strike = np.array([90.0, -1.0, 110.0])
    volatility = np.array([0.2, 0.2, np.nan])
    before = strike.copy(), volatility.copy()
    greeks(100.0, strike, 0.5, volatility, 0.02, 0.01, 1, style="american")
    implied_volatility(volatility, 100.0, strike, 0.5, 0.02, 0.01, 1)
    np.testing.assert_array_equal(strike, before[0])
    np.testing.assert_array_equal(volatility, before[1])


def test_reasons_fit_their_column_and_are_distinct():
    assert max(PriceReason) < 256
    assert greeks(volatility=0.2, **GOOD).reason.dtype == np.uint8
    assert PriceReason.OK == 0


def test_one_contract_agrees_with_the_batch():
    rng = np.random.default_rng(21)
    for _ in range(300):
        spot = 100.0
        strike, years = float(rng.uniform(60.0, 160.0)), float(rng.uniform(0.01, 3.0))
        volatility, rate, carry = (float(v) for v in rng.uniform([0.05, -0.01, 0.0], [1.0, 0.1, 0.05]))
        right = int(rng.choice([-1, 1]))
        one = greeks_of_one(spot, strike, years, volatility, rate, carry, right)
        batch = greeks(spot, strike, years, volatility, rate, carry, right)
        for name in ("price", "delta", "gamma", "theta", "vega", "rho"):
            assert getattr(one, name) == pytest.approx(float(getattr(batch, name)), rel=1e-9, abs=1e-11)
        value = float(batch.price)
        single = implied_volatility_of_one(value, spot, strike, years, rate, carry, right)
        many = implied_volatility(value, spot, strike, years, rate, carry, right)
        assert single.reason == many.reason
        if single.reason is PriceReason.OK and value > 1e-6:
            # In the money both carry the rounding of the price, which the volatility magnifies.
            rel = 1e-5 if right * (spot - strike) > 0 else 1e-9
            assert single.volatility == pytest.approx(float(many.volatility), rel=rel)


@pytest.mark.parametrize(("change", "reason"), BAD)
def test_one_bad_contract_has_the_reason_of_the_batch(change, reason):
    row = GOOD | change
    one = greeks_of_one(volatility=0.2, **row)
    assert one.reason is reason
    assert math.isnan(one.price)
    implied = implied_volatility_of_one(1.0, **row)
    assert implied.reason is reason
    assert math.isnan(implied.volatility)


def test_one_price_outside_its_bounds_has_the_reason_of_the_batch():
    deep = GOOD | {"strike": 60.0}
    assert implied_volatility_of_one(39.0, **deep).reason is PriceReason.BELOW_INTRINSIC
    assert implied_volatility_of_one(100.5, **deep).reason is PriceReason.ABOVE_BOUND
    assert implied_volatility_of_one(99.0, 100.0, 1.0, 0.25, 0.0, 0.0, 1).reason is PriceReason.UNDETERMINED


@pytest.mark.parametrize("style", ["european", "american"])
def test_results_beyond_a_double_are_nan_with_a_reason(style):
    found = greeks([1e-308, 100.0], [1e308, 100.0], 1.0, [0.2, 0.2], [-800.0, 0.01], 0.0, -1, style=style)
    assert found.reason.tolist() == [PriceReason.OUT_OF_RANGE, PriceReason.OK]
    for values in (found.price, found.delta, found.gamma):
        assert np.isnan(values).tolist() == [True, False]
    assert np.isnan(price(1e-308, 1e308, 1.0, 0.2, -800.0, 0.0, -1, style=style))


ODD = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.0, -0.0, 1e-308, 1e308, -1.0, math.nan, math.inf, 1e-12, 1.0, 100.0]),
)


def mostly(low, high):
    """A number of the range, or any number at all."""
    return st.one_of(st.floats(low, high), ODD)


ROW = st.tuples(
    mostly(1.0, 200.0),
    mostly(1.0, 200.0),
    mostly(0.001, 5.0),
    mostly(0.001, 5.0),
    mostly(-0.05, 0.15),
    mostly(-0.05, 0.15),
    st.one_of(st.sampled_from([1.0, -1.0]), ODD),
)
PAID = st.one_of(st.none(), st.lists(st.tuples(mostly(0.0, 3.0), mostly(0.0, 2.0)), max_size=3))


@pytest.mark.filterwarnings("error")
@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=4), st.sampled_from(["european", "american"]), PAID)
def test_no_input_raises_or_warns_and_a_row_has_a_number_or_a_reason(rows, style, paid):
    spot, strike, years, value, rate, carry, right = map(np.array, zip(*rows, strict=True))
    dividends = None if paid is None else Dividends([a for a, _ in paid], [t for _, t in paid])
    options = {"style": style, "second_order": True, "dividends": dividends}
    names = ("price", "delta", "gamma", "theta", "vega", "rho", "vanna", "volga", "charm")
    forward = greeks(spot, strike, years, value, rate, carry, right, **options)
    implied = implied_greeks(value, spot, strike, years, rate, carry, right, **options)
    for found in (forward, implied):
        for name in names:
            np.testing.assert_array_equal(np.isfinite(getattr(found, name)), found.reason == PriceReason.OK)
    np.testing.assert_array_equal(np.isfinite(implied.volatility), implied.reason == PriceReason.OK)
    assert np.all(forward.price[forward.reason == PriceReason.OK] >= 0.0)
    one = greeks_of_one(*rows[0])
    assert math.isfinite(one.delta) == (one.reason is PriceReason.OK)
    single = implied_volatility_of_one(value[0], *rows[0][:3], *rows[0][4:])
    assert math.isfinite(single.volatility) == (single.reason is PriceReason.OK)


@pytest.mark.parametrize("style", ["european", "american"])
@pytest.mark.parametrize(("rate", "carry"), [(1420.0, 0.0), (0.0, 1420.0), (1420.0, 1420.0)])
def test_with_dividends_rates_beyond_a_double_are_a_reason(style, rate, carry):
    dividends = Dividends([0.1, 0.1], [0.5, 1.0])
    found = greeks(1.0, [1.0, 1.1], 2.0, 1.0, [0.02, rate], [0.01, carry], -1, style=style, dividends=dividends)
    assert found.reason[0] == PriceReason.OK
    assert found.reason[1] in (PriceReason.OUT_OF_RANGE, PriceReason.BAD_DIVIDENDS, PriceReason.UNSUPPORTED_RATES)
    assert np.isfinite(found.price).tolist() == [True, False]


@pytest.mark.parametrize("style", ["european", "american"])
@pytest.mark.parametrize("right", [1, -1])
def test_zero_rates_are_prices_and_zero_volatility_is_a_reason(style, right):
    found = greeks(100.0, [90.0, 110.0], 0.5, [0.2, 0.0], 0.0, 0.0, right, style=style)
    assert found.reason.tolist() == [PriceReason.OK, PriceReason.NON_POSITIVE_INPUT]
    at_zero = implied_volatility(found.price[0], 100.0, 90.0, 0.5, 0.0, 0.0, right, style=style)
    assert float(at_zero.volatility) == pytest.approx(0.2, rel=1e-9)


@pytest.mark.parametrize("style", ["european", "american"])
def test_duplicated_strikes_have_equal_numbers(style):
    found = greeks(100.0, [95.0, 105.0, 95.0, 95.0], 0.5, 0.2, 0.03, 0.01, [1, 1, 1, -1], style=style)
    for values in (found.price, found.delta, found.gamma, found.theta, found.vega, found.rho):
        assert values[0] == values[2] != values[3] or values is found.gamma or values is found.vega
    assert not found.reason.any()


@pytest.mark.filterwarnings("error")
def test_finite_rates_whose_sum_is_not_are_no_reason_to_warn():
    huge = np.float64(1e308)
    found = implied_volatility_of_one(np.float64(1.0), 1.0, 1.0, 1.0, huge, huge, 1)
    assert found.reason is not PriceReason.NOT_FINITE
