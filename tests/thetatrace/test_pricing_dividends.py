"""Cash dividends against the integral over the ex-date, a tree written here, parity, and their reasons."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from thetatrace import pricing
from thetatrace.pricing import Dividends, PriceReason, engine, greeks, implied_greeks, implied_volatility, price

NAMES = ("price", "delta", "gamma", "theta", "vega", "rho", "vanna", "volga", "charm")
STRIKES = np.linspace(70.0, 140.0, 15)
TWICE = Dividends([0.6, 0.8], [0.1, 0.35])


def integral(strike, years, volatility, rate, right, wait, amount, *, exercise):
    """One dividend, no yield: the value just before the drop, integrated over the lognormal density of that time."""
    s = volatility * math.sqrt(wait)

    def worth(z):
        share = 100.0 * math.exp(rate * wait - 0.5 * s * s + s * z)
        held = float(price(max(share - amount, 1e-9), strike, years - wait, volatility, rate, 0.0, right))
        value = max(held, right * (share - strike)) if exercise else held
        return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi) * value

    return math.exp(-rate * wait) * quad(worth, -8.0, 8.0, limit=200, epsabs=1e-8)[0]


@pytest.mark.parametrize(
    ("strike", "years", "volatility", "wait", "amount"),
    [
        (95.0, 0.3, 0.25, 0.2, 1.5),
        (110.0, 0.5, 0.4, 0.49, 2.0),
        (80.0, 0.1, 0.3, 0.003, 0.7),
        # The dividend takes all that is left of the share in one case of seven.
        (60.0, 2.5, 1.4, 2.0, 2.0),
    ],
)
def test_one_dividend_is_the_integral_over_the_ex_date(strike, years, volatility, wait, amount):
    dividends = Dividends([amount], [wait])
    for style, right in (("american", 1), ("european", 1), ("european", -1)):
        exact = integral(strike, years, volatility, 0.04, right, wait, amount, exercise=style == "american")
        found = float(price(100.0, strike, years, volatility, 0.04, 0.0, right, style=style, dividends=dividends))
        assert found == pytest.approx(max(exact, 100.0 - strike if style == "american" else 0.0), rel=5e-5)


def tree_price(strike, years, volatility, rate, right, dividends, steps):
    """Cox-Ross-Rubinstein of a share that drops, cubic interpolation at the drops."""
    step = years / steps
    up = math.exp(volatility * math.sqrt(step))
    p = (math.exp(rate * step) - 1.0 / up) / (up - 1.0 / up)
    drops = {round(t / step): d for d, t in zip(dividends.amounts_usd, dividends.times_years, strict=True)}
    spots = 100.0 * up ** np.arange(-(steps - 1), steps, 2.0)
    values = price(spots, strike, step, volatility, rate, 0.0, right)
    for here in range(steps - 2, -1, -1):
        spots = spots[1:] / up
        values = math.exp(-rate * step) * (p * values[1:] + (1.0 - p) * values[:-1])
        values = np.maximum(values, right * (spots - strike))
        if here in drops:
            place = np.log(np.maximum(spots - drops[here], 1e-9) / spots[0]) / (2.0 * math.log(up))
            below = np.clip(np.floor(place), 1, values.size - 3).astype(int)
            f = np.clip(place, 0.0, values.size - 1.0) - below
            a, b, c, d = (values[below + k] for k in range(-1, 3))
            values = b + f * (
                (c - a) / 2.0 + f * (a - 2.5 * b + 2.0 * c - d / 2.0 + f * (1.5 * (b - c) + (d - a) / 2.0))
            )
            values = np.maximum(values, right * (spots - strike))
    return float(values[0])


@pytest.mark.parametrize(("strike", "right"), [(90.0, -1), (105.0, -1), (105.0, 1)])
def test_several_dividends_are_those_of_a_tree(strike, right):
    exact = tree_price(strike, 0.5, 0.3, 0.05, right, TWICE, 1000)
    found = float(price(100.0, strike, 0.5, 0.3, 0.05, 0.0, right, style="american", dividends=TWICE))
    assert found == pytest.approx(exact, rel=4e-4)


def test_european_calls_and_puts_differ_by_the_forward():
    call, put = (price(100.0, STRIKES, 0.5, 0.3, 0.05, 0.01, right, dividends=TWICE) for right in (1, -1))
    forward = 100.0 * math.exp(-0.01 * 0.5)
    for amount, time in ((0.6, 0.1), (0.8, 0.35)):
        forward -= amount * math.exp(-0.05 * time - 0.01 * (0.5 - time))
    np.testing.assert_allclose(call - put, forward - STRIKES * math.exp(-0.025), atol=1e-6)


@pytest.mark.parametrize("right", [1, -1])
def test_american_is_worth_at_least_european_exercise_now_and_rises_with_volatility(right):
    terms = (0.5, 0.05, 0.01, right)

    def at(volatility, style):
        return price(100.0, STRIKES, terms[0], volatility, *terms[1:], style=style, dividends=TWICE)

    american = at(0.3, "american")
    assert np.all(american >= at(0.3, "european") * (1.0 - 1e-6))
    assert np.all(american >= right * (100.0 - STRIKES))
    assert np.all(at(0.33, "american") >= american)


@pytest.mark.parametrize("style", ["european", "american"])
@pytest.mark.parametrize("right", [1, -1])
def test_greeks_are_differences_of_prices(style, right):
    terms = {"spot": 100.0, "strike": 104.0, "years": 0.5, "volatility": 0.3, "rate": 0.05, "dividend_yield": 0.0}

    def moved(dividends=TWICE, **change):
        return greeks(**(terms | change), right=right, style=style, dividends=dividends, second_order=True)

    here = moved()
    up, down = moved(spot=100.5), moved(spot=99.5)
    assert here.delta == pytest.approx(up.price - down.price, rel=1e-3)
    assert here.gamma == pytest.approx(up.delta - down.delta, rel=2e-3)
    more, less = moved(volatility=0.305), moved(volatility=0.295)
    assert here.vega == pytest.approx(more.price - less.price, rel=1e-3)
    assert here.vanna == pytest.approx(more.delta - less.delta, rel=5e-3, abs=1e-5)
    assert here.volga == pytest.approx(more.vega - less.vega, rel=2e-2, abs=2e-5)
    assert here.rho == pytest.approx((moved(rate=0.051).price - moved(rate=0.049).price) / 0.2, rel=2e-3)
    day = 1.0 / 365.0
    sooner = moved(Dividends([0.6, 0.8], [0.1 - day, 0.35 - day]), years=0.5 - day)
    later = moved(Dividends([0.6, 0.8], [0.1 + day, 0.35 + day]), years=0.5 + day)
    assert here.theta == pytest.approx((sooner.price - later.price) / 2.0, rel=5e-3)
    assert here.charm == pytest.approx((sooner.delta - later.delta) / 2.0, rel=5e-2, abs=2e-6)


@pytest.mark.parametrize("style", ["european", "american"])
@pytest.mark.parametrize("right", [1, -1])
def test_volatility_comes_back(style, right):
    terms = (100.0, STRIKES, 0.5, 0.05, 0.01, right)
    value = price(100.0, STRIKES, 0.5, 0.3, 0.05, 0.01, right, style=style, dividends=TWICE)
    found = implied_greeks(value, *terms, style=style, dividends=TWICE)
    good = found.reason == PriceReason.OK
    assert good.sum() >= 12
    np.testing.assert_allclose(found.volatility[good], 0.3, rtol=1e-7)
    assert np.all((value <= right * (100.0 - STRIKES) * (1.0 + 1e-6))[~good])
    alone = implied_volatility(value, *terms, style=style, dividends=TWICE)
    np.testing.assert_array_equal(alone.volatility, found.volatility)
    wild = implied_volatility([0.0005, 200.0], 100.0, 90.0, 0.5, 0.05, 0.01, 1, style=style, dividends=TWICE)
    assert wild.reason.tolist() == [PriceReason.BELOW_INTRINSIC, PriceReason.ABOVE_BOUND]


@pytest.mark.parametrize("style", ["european", "american"])
def test_dividends_that_do_not_count_change_nothing(style):
    terms = (100.0, STRIKES, np.where(STRIKES > 100.0, 0.05, 0.5), 0.3, 0.05, 0.01, -1)
    plain = greeks(*terms, style=style, second_order=True)
    past = Dividends([1.0, math.nan, 0.0, 3.0], [-0.1, 0.0, 0.2, 0.5])
    same = greeks(*terms, style=style, second_order=True, dividends=past)
    # Only rows that live beyond the ex-date are touched.
    some = greeks(*terms, style=style, second_order=True, dividends=TWICE)
    short = STRIKES > 100.0
    for name in NAMES:
        np.testing.assert_array_equal(getattr(same, name), getattr(plain, name))
        np.testing.assert_array_equal(getattr(some, name)[short], getattr(plain, name)[short])
        assert np.all(getattr(some, name)[~short] != getattr(plain, name)[~short])


def test_a_dividend_that_vanishes_leaves_the_ordinary_price():
    for style, right in (("european", 1), ("american", 1), ("american", -1)):
        terms = (100.0, STRIKES, 0.5, 0.3, 0.05, 0.02, right)
        found = price(*terms, style=style, dividends=Dividends([1e-9], [0.2]))
        np.testing.assert_allclose(found, price(*terms, style=style), rtol=4e-4)


def test_order_does_not_matter_and_equal_dates_add_up():
    terms = (100.0, STRIKES, 0.5, 0.3, 0.05, 0.0, 1)
    parted = Dividends([0.8, 0.4, 0.2], [0.35, 0.1, 0.1])
    np.testing.assert_allclose(
        price(*terms, style="american", dividends=parted), price(*terms, style="american", dividends=TWICE), rtol=1e-12
    )


@pytest.mark.parametrize("style", ["european", "american"])
@pytest.mark.parametrize(
    "dividends",
    [
        Dividends([-0.5], [0.1]),
        Dividends([math.nan], [0.1]),
        Dividends([math.inf], [0.1]),
        Dividends([0.5], [math.nan]),
        Dividends([60.0, 60.0], [0.05, 0.1]),
    ],
)
def test_bad_dividends_are_a_reason_of_the_rows_they_count_for(style, dividends):
    years, strike = np.array([0.2, 0.01, 0.2]), np.array([100.0, 100.0, -1.0])
    found = greeks(100.0, strike, years, 0.3, 0.05, 0.0, 1, style=style, dividends=dividends)
    # A date that is unknown may lie before any expiry.
    short = PriceReason.BAD_DIVIDENDS if np.isnan(dividends.times_years[0]) else PriceReason.OK
    assert found.reason.tolist() == [PriceReason.BAD_DIVIDENDS, short, PriceReason.NON_POSITIVE_INPUT]
    assert np.isnan(found.price).tolist() == [True, short != PriceReason.OK, True]
    implied = implied_volatility(2.0, 100.0, strike, years, 0.05, 0.0, 1, style=style, dividends=dividends)
    assert implied.reason.tolist() == found.reason.tolist()
    assert np.isnan(price(100.0, strike, years, 0.3, 0.05, 0.0, 1, style=style, dividends=dividends)[0])


def test_what_is_beyond_the_method_has_a_reason():
    wide = greeks(100.0, 100.0, 1.0, [0.3, 9.0], 0.05, 0.0, 1, style="american", dividends=TWICE)
    assert wide.reason.tolist() == [PriceReason.OK, PriceReason.OUT_OF_RANGE]
    two = greeks(100.0, 100.0, 1.0, 0.2, -0.01, -0.03, -1, style="american", dividends=TWICE)
    assert two.reason == PriceReason.UNSUPPORTED_RATES
    with pytest.raises(ValueError, match="as many of both"):
        price(100.0, 100.0, 1.0, 0.3, 0.05, 0.0, 1, dividends=Dividends([0.5, 0.5], [0.1]))


def test_empty_chains_stay_empty_and_shapes_are_kept():
    assert price(100.0, np.array([]), 0.5, 0.3, 0.05, 0.0, 1, dividends=TWICE).shape == (0,)
    grid = greeks(100.0, STRIKES[:, None], [0.2, 0.5], 0.3, 0.05, 0.0, 1, style="american", dividends=TWICE)
    assert grid.price.shape == grid.reason.shape == (15, 2)
    assert price(100.0, 100.0, 0.5, 0.3, 0.05, 0.0, 1, dividends=Dividends(0.5, 0.1)).shape == ()
    assert price(100.0, 100.0, 0.5, 0.3, 0.05, 0.0, 1, dividends=Dividends([], [])).shape == ()


def both(columns, dividends, style):
    """Greeks by numpy and by the compiled kernels."""
    engine.use_numpy()
    plain = greeks(*columns, style=style, dividends=dividends, second_order=True)
    assert pricing.prepare(dividends=True).ready
    assert engine.Engine.lattice is not None
    fast = greeks(*columns, style=style, dividends=dividends, second_order=True)
    engine.use_numpy()
    np.testing.assert_array_equal(fast.reason, plain.reason)
    return plain, fast


@pytest.mark.parametrize("style", ["european", "american"])
@pytest.mark.parametrize("dividends", [TWICE, Dividends([2.0, 0.1, 1.5], [0.004, 0.2, 0.49])])
def test_compiled_numbers_are_those_of_numpy(dividends, style):
    terms = (100.0, STRIKES, 0.5, 0.3, 0.05, 0.01, np.where(np.arange(15) % 2, 1, -1))
    plain, fast = both(terms, dividends, style)
    for name in NAMES:
        values = getattr(plain, name)
        np.testing.assert_allclose(
            getattr(fast, name), values, rtol=0.0, atol=3e-13 * float(np.abs(values).max()), err_msg=name
        )


def random_chain(seed, count=12):
    """Four days to three years, 5 % to 150 % volatility, strikes out to four deviations, one to six dividends."""
    rng = np.random.default_rng(seed)
    years = np.exp(rng.uniform(np.log(0.01), np.log(3.0)))
    size = rng.integers(1, 7)
    times = years * rng.uniform(0.0, 1.0, size) * rng.choice([1.0, 0.1])
    amounts = np.exp(rng.uniform(np.log(0.05), np.log(3.0), size))
    volatility = np.exp(rng.uniform(np.log(0.05), np.log(1.5), count))
    deviations = rng.uniform(-4.0, 4.0, count) * rng.choice([1.0, 0.3, 0.05], count)
    strike = 100.0 * np.exp(np.clip(deviations * volatility * np.sqrt(years), -3.0, 3.0))
    rate, carry, right = rng.uniform(0.0, 0.08), rng.choice([0.0, 0.03]), rng.choice([-1.0, 1.0], count)
    return (100.0, strike, years, volatility, rate, carry, right), Dividends(amounts, times)


@pytest.mark.parametrize("style", ["european", "american"])
@pytest.mark.parametrize("seed", range(12))
def test_compiled_numbers_of_random_chains_are_those_of_numpy(seed, style):
    columns, dividends = random_chain(seed)
    plain, fast = both(columns, dividends, style)
    ordinary = greeks(*columns, second_order=True)
    spot, _, years, volatility, rate, carry, _ = columns
    first = min(dividends.times_years)
    delta, vega = np.abs(plain.delta), np.abs(plain.vega) + np.abs(ordinary.vega)
    # Where exercise is near a Greek is the small difference of its terms: they say how much of it rounding can leave.
    bend = np.square(volatility * spot) * (np.abs(plain.gamma) + delta / spot)
    terms = {
        "gamma": delta / spot,
        "theta": (0.5 * bend + rate * plain.price + abs(rate - carry) * spot * delta) / 365.0,
        "vega": np.abs(ordinary.vega),
        "rho": np.abs(ordinary.rho),
        "vanna": 0.01 * delta / volatility,
        "volga": 0.01 * vega / volatility,
        # Delta over the option's life, and gammas a deviation of the last step apart.
        "charm": (delta / years + 0.5 * volatility * spot * np.abs(plain.gamma) / math.sqrt(first)) / 365.0,
    }
    for name in NAMES:
        values = getattr(plain, name)
        wrong = np.abs(getattr(fast, name) - values)
        size = np.abs(values) + terms.get(name, 0.0)
        assert np.all(wrong <= 1e-12 * size + 1e-28), (name, np.max(wrong / size))
