from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import trapezoid

from thetadesk.data.calendar import trading_calendar
from thetadesk.data.clock import variance_years
from thetadesk.data.quotes import INDEX_TICKS, STOCK_TICKS, quote_grid
from thetadesk.data.surface import (
    black,
    correlation,
    curvature,
    smile_variance,
    term_variance,
    theta_of_vix,
    vix_of_theta,
    volatility_index,
)

VIX = st.floats(9, 60)
YEARS = st.floats(1e-5, 0.5)


def chain(vix: float, slow: float, years: float, forward: float = 2700.0):
    strikes = np.arange(0.5 * forward, 1.4 * forward, 5.0)
    theta = term_variance(np.array([vix]), slow, np.array([years]))
    return strikes, black(np.array([forward]), strikes, smile_variance(theta, np.log(strikes / forward)), np.ones(1))


def test_the_smile_parameters_satisfy_the_no_butterfly_condition():
    theta = np.logspace(-8, 1, 2000)
    psi, rho = theta * curvature(theta), correlation(theta)
    assert (psi * curvature(theta) * (1 + np.abs(rho)) <= 4).all()
    assert (psi * (1 + np.abs(rho)) < 4).all()
    assert (np.abs(np.diff(rho * psi)) <= np.diff(psi)).all()  # no calendar arbitrage either


def test_the_skew_at_the_money_grows_slower_than_time_to_the_minus_two_fifths():
    theta = term_variance(np.array([16.0]), 16.0, np.array([1e-4, 1e-2]))
    skew = [
        float(np.diff(np.sqrt(smile_variance(t, np.array([-1e-6, 1e-6])) / y))[0])
        for t, y in zip(theta, (1e-4, 1e-2), strict=True)
    ]
    assert skew[1] < 0
    # the correlation falls off too, so the power is a little below GAMMA
    assert 0.25 < np.log(skew[0] / skew[1]) / np.log(100) < 0.4


@settings(max_examples=80, deadline=None)
@given(vix=VIX, slow=VIX, years=YEARS)
def test_prices_are_monotone_convex_and_in_parity(vix, slow, years):
    strikes, (call, put) = chain(vix, slow, years)
    assert (np.diff(call) <= 1e-9).all()
    assert (np.diff(call) >= -5 - 1e-9).all()
    assert (np.diff(put) >= -1e-9).all()
    assert (np.diff(call, 2) >= -1e-7).all()
    np.testing.assert_allclose(call - put, 2700 - strikes, atol=1e-8)


@settings(max_examples=80, deadline=None)
@given(vix=VIX, slow=VIX, near=YEARS, far=YEARS)
def test_total_variance_grows_with_time_at_every_strike(vix, slow, near, far):
    near, far = sorted((near, far))
    theta = term_variance(np.array([vix]), slow, np.array([near, far]))
    variance = smile_variance(theta[:, None], np.linspace(-0.6, 0.3, 91))
    assert (np.diff(variance, axis=0) >= -1e-12).all()


@given(vix=VIX)
def test_the_thirty_day_smile_reprices_the_vix(vix):
    assert abs(float(vix_of_theta(theta_of_vix(np.array([vix])))[0]) - vix) < 1e-3


@settings(max_examples=60, deadline=None)
@given(vix=st.floats(9, 60), slow=VIX, days=st.sampled_from([9, 93]))
def test_a_term_index_is_the_vix_formula_over_its_own_days(vix, slow, days):
    level = float(volatility_index(np.array([vix]), slow, days)[0])
    theta = term_variance(np.array([vix]), slow, np.array(days / 365))
    strikes = np.exp(np.linspace(-2.0, 1.2, 1601))
    call, put = black(np.ones(1), strikes, smile_variance(theta, np.log(strikes)), np.ones(1))
    replicated = 2 * trapezoid(np.where(strikes >= 1, call, put) / strikes**2, strikes)
    assert level == pytest.approx(100 * np.sqrt(replicated * 365 / days), rel=2e-3)


def test_the_term_structure_rises_in_calm_and_inverts_in_a_spike():
    calm, spike = (
        [float(volatility_index(np.array([vix]), 15.0, days)[0]) for days in (9, 30, 93)] for vix in (11, 40)
    )
    assert calm == sorted(calm)
    assert spike == sorted(spike, reverse=True)


@settings(max_examples=80, deadline=None)
@given(vix=VIX, years=YEARS, factor=st.floats(1, 6), stock=st.booleans())
def test_quotes_are_on_ticks_enclose_the_model_price_and_never_cross_between_strikes(vix, years, factor, stock):
    rule = STOCK_TICKS if stock else INDEX_TICKS
    _, (call, _) = chain(vix, 15.0, years)
    grid = quote_grid(call[:, None], np.array([factor]), rule)
    bid, ask = grid.bid[:, 0], grid.ask[:, 0]
    assert (bid % rule.small == 0).all()
    assert (ask % rule.small == 0).all()
    assert (ask[ask > rule.edge] % rule.large == 0).all()
    assert (bid < ask).all()
    assert (bid <= call * 10_000 + 1e-3).all()
    assert (ask >= call * 10_000 - 1e-3).all()
    assert (np.diff(bid) <= 0).all()
    assert (np.diff(ask) <= 0).all()


def test_variance_of_an_expiring_option_runs_out_at_the_close():
    left = variance_years(trading_calendar(), date(2018, 2, 9), date(2018, 2, 9), morning=False)
    assert left[-1] == 0
    assert (np.diff(left) < 0).all()
    assert left[0] < 1 / 252


def test_a_morning_settled_expiry_has_less_variance_than_an_evening_one():
    days = date(2018, 2, 5), date(2018, 2, 16)
    morning, evening = (variance_years(trading_calendar(), *days, morning=one) for one in (True, False))
    assert (morning < evening).all()


def test_a_weekend_adds_less_variance_than_a_session():
    calendar = trading_calendar()
    over_weekend = variance_years(calendar, date(2018, 3, 2), date(2018, 3, 5), morning=False)[0]
    over_night = variance_years(calendar, date(2018, 3, 6), date(2018, 3, 7), morning=False)[0]
    assert over_night < over_weekend < 1.2 * over_night
