"""The whole book: net Greeks that add up, stress by repricing, and profit explained to the cent."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thetatrace.portfolio import Book, MarkPath, explain_days, net_greeks, stress
from thetatrace.portfolio.explain import BEFORE_LEGS, LegFacts
from thetatrace.pricing import greeks, price

DAY_MS = 86_400_000


def spy_and_spx():
    """100 SPY shares, a short SPY straddle (American) and a long SPX put spread (European)."""
    return Book.of(
        quantity=[100, -2, -2, 3, -3],
        multiplier=[1, 100, 100, 100, 100],
        spot=[280.0, 280.0, 280.0, 2800.0, 2800.0],
        right=[0, 1, -1, -1, -1],
        strike=[np.nan, 280.0, 280.0, 2750.0, 2700.0],
        years=[np.nan, 0.1, 0.1, 0.2, 0.2],
        volatility=[np.nan, 0.15, 0.16, 0.17, 0.19],
        rate=0.015,
        dividend_yield=0.018,
        beta=[1.02, 1.02, 1.02, 1.0, 1.0],
        american=[False, True, True, False, False],
    )


def test_net_greeks_are_the_sums_of_each_holdings_own():
    book = spy_and_spx()
    net = net_greeks(book, 2800.0)
    delta = gamma = theta = vega = rho = weighted = 0.0
    for i in range(len(book)):
        units, spot = book.quantity[i] * book.multiplier[i], book.spot[i]
        if book.right[i] == 0:
            each = (1.0, 0.0, 0.0, 0.0, 0.0)
        else:
            style = "american" if book.american[i] else "european"
            one = greeks(
                spot, book.strike[i], book.years[i], book.volatility[i], 0.015, 0.018, book.right[i], style=style
            )
            each = tuple(float(getattr(one, n)) for n in ("delta", "gamma", "theta", "vega", "rho"))
        delta += units * each[0] * spot
        gamma += units * each[1] * spot * spot / 100
        theta, vega, rho = theta + units * each[2], vega + units * each[3], rho + units * each[4]
        weighted += units * each[0] * spot * book.beta[i] / 2800.0
    found = (net.delta_usd, net.gamma_usd, net.theta_usd, net.vega_usd, net.rho_usd, net.beta_delta)
    assert found == pytest.approx((delta, gamma, theta, vega, rho, weighted))
    assert not net.undetermined.any()


def test_shares_alone_have_delta_and_nothing_else():
    net = net_greeks(Book.of(10, 1, 50.0, 0, beta=2.0), 100.0)
    assert (net.delta_usd, net.beta_delta, net.gamma_usd, net.vega_usd) == (500.0, 10.0, 0.0, 0.0)


@pytest.mark.parametrize("bad", [{"volatility": np.nan}, {"years": 0.0}, {"strike": -1.0}, {"spot": np.nan}])
def test_one_undetermined_holding_makes_the_sums_undetermined_and_is_named(bad):
    facts = {"quantity": [1, 1], "multiplier": 100, "spot": 100.0, "right": [0, 1]}
    facts |= {"strike": 100.0, "years": 0.1, "volatility": 0.2} | bad
    net = net_greeks(Book.of(**facts), 100.0)
    assert math.isnan(net.delta_usd)
    assert net.undetermined[1]


def test_without_a_benchmark_price_the_beta_weighted_figures_are_undetermined():
    net = net_greeks(spy_and_spx(), 0.0)
    assert math.isnan(net.beta_delta)
    assert math.isnan(net.beta_gamma_usd)
    assert math.isfinite(net.delta_usd)


def test_a_book_is_columns_and_may_be_empty():
    with pytest.raises(ValueError, match="columns"):
        Book.of([[1, 2]], 1, 1, 0)
    empty = Book.of([], 1, 1, 0)
    assert (len(empty), net_greeks(empty, 1.0).delta_usd) == (0, 0.0)
    assert stress(empty, [0.0, 0.1]).profit.tolist() == [[[0.0]], [[0.0]]]


def test_the_stress_grid_is_the_book_repriced_cell_by_cell():
    book = spy_and_spx()
    moves, points, days = [-0.2, 0.0, 0.05], [0.0, 10.0], [0.0, 5.0]
    grid = stress(book, moves, points, days)
    assert grid.profit.shape == (3, 2, 2)
    assert grid.profit[1, 0, 0] == pytest.approx(0.0, abs=1e-9)

    def value(i, move, point, later):
        spot = book.spot[i] * (1 + move * book.beta[i])
        if book.right[i] == 0:
            return spot
        style = "american" if book.american[i] else "european"
        return float(
            price(spot, book.strike[i], book.years[i] - later / 365, book.volatility[i] + point / 100, 0.015, 0.018,
                  book.right[i], style=style)
        )  # fmt: skip

    for a, move in enumerate(moves):
        for b, point in enumerate(points):
            for c, later in enumerate(days):
                expected = sum(
                    (value(i, move, point, later) - value(i, 0, 0, 0)) * book.quantity[i] * book.multiplier[i]
                    for i in range(len(book))
                )
                assert grid.profit[a, b, c] == pytest.approx(expected, rel=1e-9, abs=1e-6)
    assert grid.worst == grid.profit.min()


def test_past_expiry_an_option_is_worth_its_intrinsic_value_and_a_worthless_underlying_kills_calls():
    put = Book.of(1, 100, 100.0, -1, strike=100.0, years=2 / 365, volatility=0.2)
    now = float(price(100.0, 100.0, 2 / 365, 0.2, 0.0, 0.0, -1))
    assert stress(put, [-0.1, 0.1], 0.0, 2.0).profit.ravel() == pytest.approx([(10 - now) * 100, -now * 100])
    call = Book.of(1, 100, 100.0, 1, strike=100.0, years=1.0, volatility=0.2)
    assert stress(call, -1.0).profit.ravel() == pytest.approx([-float(price(100.0, 100.0, 1.0, 0.2, 0, 0, 1)) * 100])


@pytest.mark.parametrize("rate", [0.03, -0.01])
@pytest.mark.parametrize("american", [False, True])
def test_a_put_on_what_is_worth_nothing_is_worth_its_strike(rate, american):
    put = Book.of(
        -1, 100, 100.0, -1, strike=90.0, years=1.0, volatility=0.4, rate=rate, dividend_yield=0.02, beta=2.0,
        american=american,
    )  # fmt: skip
    nearly, nothing = stress(put, [-0.49999999, -0.6], 0.0, [0.0, 2.0]).profit[:, 0, :]
    assert nothing == pytest.approx(nearly, rel=1e-6)


def test_an_option_on_a_future_takes_its_multiplier_and_has_the_rate_for_a_yield():
    book = Book.of(
        [2, -3], 50, 2800.0, [0, 1], strike=2850.0, years=0.2, volatility=0.15, rate=0.03, dividend_yield=0.03
    )
    deviation = 0.15 * math.sqrt(0.2)
    d1 = math.log(2800 / 2850) / deviation + deviation / 2
    delta = math.exp(-0.03 * 0.2) * 0.5 * math.erfc(-d1 / math.sqrt(2))
    net = net_greeks(book, 2800.0)
    assert net.delta_usd == pytest.approx((2 - 3 * delta) * 50 * 2800)
    assert net.beta_delta == pytest.approx((2 - 3 * delta) * 50)
    black_76 = net.rho_usd + 3 * 50 * 0.2 * 2800 * delta / 100
    worth = float(price(2800.0, 2850.0, 0.2, 0.15, 0.03, 0.03, 1))
    assert black_76 == pytest.approx(3 * 50 * 0.2 * worth / 100)


def test_a_beta_of_zero_weighs_nothing_and_one_that_is_no_number_is_named():
    net = net_greeks(Book.of(10, 1, 50.0, 0, beta=[0.0, 1.0]), 100.0)
    assert (net.delta_usd, net.beta_delta) == (1000.0, 5.0)
    unknown = net_greeks(Book.of(10, 1, 50.0, 0, beta=[math.nan, 1.0]), 100.0)
    assert (unknown.delta_usd, unknown.undetermined.tolist()) == (1000.0, [True, False])
    assert math.isnan(unknown.beta_delta)
    assert math.isnan(stress(Book.of(10, 1, 50.0, 0, beta=[math.nan, 1.0]), 0.1).worst)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(-9, 9), st.floats(0.7, 1.3), st.floats(-0.5, 2.0)), min_size=1, max_size=5))
def test_net_greeks_are_what_a_small_stress_costs(holdings):
    quantity, strike, beta = (list(column) for column in zip(*holdings, strict=True))
    right = [1 if i % 2 else -1 for i in range(len(holdings))]
    strikes = [100 * each for each in strike]
    book = Book.of(quantity, 100, 100.0, right, strike=strikes, years=0.3, volatility=0.3, rate=0.02, beta=beta)
    net, h = net_greeks(book, 100.0), 1e-3
    up, middle, down = stress(book, [h, 0.0, -h]).profit.ravel()
    scale = sum(abs(each) for each in quantity) * 100 * 100 + 1.0
    assert (up - down) / (2 * h) == pytest.approx(net.beta_delta * 100, abs=1e-4 * scale)
    assert (up - 2 * middle + down) / h**2 / 100 == pytest.approx(net.beta_gamma_usd, abs=1e-4 * scale)
    wider, narrower = stress(book, 0.0, [0.01, -0.01]).profit.ravel()
    assert (wider - narrower) / 0.02 == pytest.approx(net.vega_usd, abs=1e-6 * scale)
    later, sooner = stress(book, 0.0, 0.0, [0.01, -0.01]).profit.ravel()
    assert (later - sooner) / 0.02 == pytest.approx(net.theta_usd, abs=1e-6 * scale)


def test_an_unpriceable_holding_leaves_no_number():
    grid = stress(Book.of(1, 100, 100.0, 1, strike=100.0, years=1.0), [0.0, 0.1])
    assert np.isnan(grid.profit).all()
    assert math.isnan(grid.worst)


# --- profit explained -------------------------------------------------------------------------------------------------

STRIKE, RIGHT = np.array([2700.0, 2900.0]), np.array([-1.0, 1.0])
LEGS = LegFacts(STRIKE, RIGHT, np.full(2, 10.0 * DAY_MS), 0.015)


def fair(utc_ms, spot, sigma):
    return np.asarray(price(spot, STRIKE, (10 * DAY_MS - utc_ms) / (365 * DAY_MS), sigma, 0.015, 0.0, RIGHT))


def walked(steps=400, seed=1, step_ms=60_000):
    """A short strangle sold at mid, held over a walk of spot and volatility, bought back at the last mid."""
    random, path, spot, sigma, cash = np.random.default_rng(seed), MarkPath(2), 2800.0, 0.18, 0.0
    for i in range(steps):
        mids = fair(i * step_ms, spot, sigma)
        if i == 0:
            cash = 2 * float(mids.sum())
        path.mark(i * step_ms, 736_700 + i * step_ms // DAY_MS, spot, cash, mids.tolist(), (-2, -2), 3.0)
        spot *= 1 + random.normal(0, 0.0005)
        sigma += random.normal(0, 0.0002)
    last = path.columns()[-1]
    mids = last[BEFORE_LEGS : BEFORE_LEGS + 2]
    cash -= 2 * float(mids.sum())
    path.mark(int(last[0]), int(last[1]), float(last[2]), cash, mids.tolist(), (0, 0), 5.0)
    return path, cash * 100


def test_the_parts_sum_to_the_profit_and_the_rest_is_small():
    path, profit = walked()
    (day,) = explain_days(path, LEGS, 100.0)
    assert day.total_usd == pytest.approx(profit - 5.0)
    assert day.fees_usd == -5.0
    assert day.execution_usd == pytest.approx(0.0, abs=1e-6)  # filled at the marks
    gross = sum(abs(part) for part in (day.delta_usd, day.gamma_usd, day.theta_usd, day.vega_usd))
    assert abs(day.rest_usd) < 0.01 * gross
    assert day.theta_usd > 0 > day.gamma_usd
    assert day.undetermined == 0


def test_several_dates_have_a_row_each_and_fees_belong_to_the_date_they_are_paid():
    path, profit = walked(step_ms=DAY_MS // 100)
    days = explain_days(path, LEGS, 100.0)
    assert [day.date for day in days] == [736_700, 736_701, 736_702, 736_703]
    assert sum(day.total_usd for day in days) == pytest.approx(profit - 5.0)
    assert [day.fees_usd for day in days] == [-3.0, 0.0, 0.0, -2.0]


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.floats(2600, 3000), st.floats(0, 60), st.floats(0, 60), st.integers(-3, 3), st.floats(-9, 9)),
        min_size=1, max_size=30,
    )
)  # fmt: skip
def test_whatever_the_marks_the_parts_sum_to_cash_and_value(marks):
    path, cash = MarkPath(2), 0.0
    for i, (spot, put, call, held, paid) in enumerate(marks):
        cash += paid
        path.mark(i * 3_600_000, 736_700 + i // 7, spot, cash, (put, call), (held, -held))
    last = marks[-1]
    expected = (cash + last[3] * (last[1] - last[2])) * 50.0
    days = explain_days(path, LEGS, 50.0)
    assert sum(day.total_usd for day in days) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_a_mark_that_determines_no_volatility_is_all_rest_and_counted():
    path = MarkPath(2)
    path.mark(0, 736_700, 2800.0, 0.0, (0.0, 20.0), (1, 0))
    path.mark(60_000, 736_700, 2801.0, 0.0, (3.0, 20.0), (1, 0))
    (day,) = explain_days(path, LEGS, 100.0)
    assert (day.rest_usd, day.undetermined, day.delta_usd) == (300.0, 1, 0.0)


def test_no_marks_explain_nothing():
    assert explain_days(MarkPath(2), LEGS, 100.0) == []
