"""SVI smiles: they find what made the quotes, admit no arbitrage, and say why where there is none."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thetatrace.chain import ChainSnapshot, PricedChain, price_chain
from thetatrace.chain.smiles import fill_gaps, fit_chain, implied_yields
from thetatrace.pricing import price
from thetatrace.volatility.skew import TermShape, forward_curve, measure_smile, strike_of_delta, term_shape
from thetatrace.volatility.smile import Smile, SmileReason, forward_volatility
from thetatrace.volatility.smile_fit import fit_smile, fit_smiles, implied_forward

FORWARD = 2800.0


def made(years=30 / 365, level=0.18, rho=-0.7, m=0.01):
    """A smile like an index's: its s and slope scale with the root of time."""
    theta = level * level * years
    root = math.sqrt(theta)
    return Smile(theta * 0.4, 0.4 * root, rho, m * root, 0.8 * root, FORWARD, years, -4 * root, 3 * root, 0.0)


def quotes(smile, count=40):
    strikes = FORWARD * np.exp(np.linspace(smile.lowest, smile.highest, count))
    return strikes, smile.volatility(strikes)


@pytest.mark.parametrize("years", [0.5 / 365, 7 / 365, 30 / 365, 1.0])
def test_a_fit_finds_the_smile_that_made_the_quotes(years):
    smile = made(years)
    strikes, sigma = quotes(smile)
    fit = fit_smile(strikes, sigma, FORWARD, years)
    assert fit.reason is SmileReason.OK
    assert fit.smile.volatility(strikes) == pytest.approx(sigma, abs=5e-4)
    assert fit.smile.is_butterfly_free()


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(0.001, 0.02), st.sampled_from([1 / 365, 30 / 365, 1.0]))
def test_whatever_the_noise_a_smile_that_is_given_is_free_of_butterfly_arbitrage(seed, noise, years):
    strikes, sigma = quotes(made(years), 25)
    sigma = sigma * (1 + noise * np.random.default_rng(seed).standard_normal(25))
    fit = fit_smile(strikes, sigma, FORWARD, years)
    assert (fit.smile is None) == (fit.reason is not SmileReason.OK)
    if fit.smile is not None:
        k = np.linspace(-6, 6, 4001) * math.sqrt(fit.smile.years) * 0.2
        assert fit.smile.durrleman(k).min() > -1e-6
        assert fit.smile.error <= 0.02


def test_derivatives_are_those_of_the_total_variance():
    smile, k, h = made(), np.linspace(-0.3, 0.3, 13), 1e-5
    first, second = smile.slopes(k)
    w = smile.total_variance
    assert first == pytest.approx((w(k + h) - w(k - h)) / (2 * h), rel=1e-5)
    assert second == pytest.approx((w(k + h) - 2 * w(k) + w(k - h)) / h**2, rel=1e-3, abs=1e-4)


def test_the_density_test_agrees_with_butterflies_priced_one_by_one():
    bad = Smile(0.001, 0.3, -0.9, 0.1, 0.02, FORWARD, 1.0, -0.5, 0.5, 0.0)
    for smile in (bad, made(1.0)):
        k = np.linspace(-0.6, 0.6, 2001)
        strikes = FORWARD * np.exp(k)
        value = np.asarray(price(FORWARD, strikes, 1.0, smile.volatility(strikes), 0.0, 0.0, np.ones_like(k)))
        left, right = np.diff(value)[:-1] / np.diff(strikes)[:-1], np.diff(value)[1:] / np.diff(strikes)[1:]
        negative = bool((right - left < -1e-9).any())
        assert negative is not smile.is_butterfly_free()


@pytest.mark.parametrize(
    ("smile", "where"),
    [
        (Smile(0.00920495, 0.10234722, 0.47184923, 0.03888578, 0.00337848, 1.0, 0.18, -0.458, 0.433, 0.0), 0.0678),
        (Smile(0.01149944, 0.24473614, -0.65881678, -0.13894285, 0.16253738, 1.0, 0.07, -0.116, 0.337, 0.0), -0.486),
        (Smile(-0.00114344, 0.03926678, -0.6954314, -0.04476915, 0.06596541, 1.0, 0.04, -0.021, 0.131, 0.0), -0.136),
    ],
)  # fmt: skip
def test_a_negative_density_is_found_in_a_narrow_dip_and_far_from_the_quotes(smile, where):
    assert smile.durrleman(np.linspace(where - 0.005, where + 0.005, 1001)).min() < -1e-5
    assert not smile.is_butterfly_free()


def test_variance_that_falls_far_from_the_quotes_is_found():
    near = Smile(0.001, 0.02, -0.5, 0.0, 0.05, FORWARD, 0.05, -0.1, 0.1, 0.0)
    far = Smile(0.003, 0.0199, -0.5, 0.0, 0.05, FORWARD, 0.10, -0.1, 0.1, 0.0)
    assert far.total_variance(np.linspace(-3, 3, 101)).min() > 0
    assert (far.total_variance(np.linspace(-3, 3, 101)) > near.total_variance(np.linspace(-3, 3, 101))).all()
    assert far.calendar_gap(near) < 0


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.floats(0.0, 0.02), st.floats(-0.9, 0.3))
def test_whatever_the_noise_no_butterfly_and_no_calendar_has_a_negative_price(seed, noise, rho):
    random = np.random.default_rng(seed)
    rows = []
    for years in np.exp(random.uniform(math.log(1 / 365), 0.3, 3)).tolist():
        strikes, sigma = quotes(made(years, 0.2, rho), int(random.integers(5, 30)))
        rows.append((strikes, sigma * (1 + noise * random.standard_normal(len(sigma))), FORWARD, years))
    k = np.concatenate([np.linspace(-3, 3, 6001), np.linspace(-60, 60, 6001)])
    found = [fit.smile for fit in fit_smiles(rows) if fit.smile is not None]
    for smile in found:
        assert (smile.total_variance(k) > 0).all()
        assert smile.durrleman(k).min() >= -1e-9
        assert smile.error <= 0.02
    for earlier, later in pairwise(found):
        assert (later.total_variance(k) - earlier.total_variance(k)).min() >= -1e-9


def test_noisy_expiries_keep_a_smile_though_each_must_lie_above_the_one_before():
    random, rows = np.random.default_rng(4), []
    for years in (7 / 365, 8 / 365, 9 / 365, 10 / 365, 30 / 365):
        strikes, sigma = quotes(made(years, 0.2), 25)
        rows.append((strikes, sigma * (1 + 0.01 * random.standard_normal(25)), FORWARD, years))
    assert [fit.reason for fit in fit_smiles(rows)] == [SmileReason.OK] * 5


def test_later_expiries_never_have_less_variance():
    rows = [(*quotes(made(t, level)), FORWARD, t) for t, level in ((30 / 365, 0.18), (7 / 365, 0.19), (90 / 365, 0.17))]
    near, middle, far = (fit.smile for fit in fit_smiles(rows))
    assert (near.years, far.years) == (7 / 365, 90 / 365)
    assert middle.calendar_gap(near) >= -1e-9
    assert far.calendar_gap(middle) >= -1e-9


def test_quotes_that_only_calendar_arbitrage_explains_give_no_smile():
    near = fit_smile(*quotes(made(30 / 365, 0.30)), FORWARD, 30 / 365).smile
    fit = fit_smile(*quotes(made(35 / 365, 0.10)), FORWARD, 35 / 365, earlier=near)
    assert fit.smile is None
    assert fit.reason in (SmileReason.POOR_FIT, SmileReason.ARBITRAGE)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"forward": 0.0}, SmileReason.BAD_INPUT),
        ({"years": math.nan}, SmileReason.BAD_INPUT),
        ({"strike": [1, 2, 3, 4], "volatility": [0.2] * 4}, SmileReason.TOO_FEW),
        ({"strike": [5.0] * 9, "volatility": [0.2] * 9}, SmileReason.TOO_FEW),
        ({"strike": [2700, 2750, 2800, 2850, 2900], "volatility": [0.2, np.nan, 0, -1, np.inf]}, SmileReason.TOO_FEW),
        ({"strike": [2700, 2750, 2800, 2850, 2900], "volatility": [0.1, 0.9, 0.1, 0.9, 0.1]}, SmileReason.POOR_FIT),
    ],
)
def test_what_cannot_be_fitted_has_a_reason(change, reason):
    strikes, sigma = quotes(made())
    facts = {"strike": strikes, "volatility": sigma, "forward": FORWARD, "years": 30 / 365} | change
    assert fit_smile(**facts).reason is reason


def test_weights_that_are_no_numbers_leave_their_rows_out():
    strikes, sigma = quotes(made(), 9)
    for bad in (math.nan, math.inf, -1.0, 0.0):
        weight, wrong = np.ones(9), sigma.copy()
        weight[4], wrong[4] = bad, 3.0
        assert fit_smile(strikes, wrong, FORWARD, 30 / 365, weight=weight).reason is SmileReason.OK


@pytest.mark.parametrize("level", [0.001, 0.2, 5.0])
def test_equal_volatilities_are_a_flat_smile(level):
    strikes = np.linspace(2500, 3100, 7)
    fit = fit_smile(strikes, np.full(7, level), FORWARD, 0.1)
    assert fit.smile.volatility(strikes) == pytest.approx(level, rel=1e-4, abs=5e-6)


def test_the_forward_comes_from_parity_whatever_is_missing():
    strikes = np.arange(2700.0, 2901.0, 10.0)
    call, put = (np.asarray(price(2790.0, strikes, 0.25, 0.2, 0.03, 0.01, np.full(21, s))) for s in (1.0, -1.0))
    call[3] = np.nan
    assert implied_forward(strikes, call, put, 0.25, 0.03) == pytest.approx(2790.0 * math.exp(0.02 * 0.25))
    assert math.isnan(implied_forward(strikes, call * np.nan, put, 0.25, 0.03))
    assert math.isnan(implied_forward(strikes, call, put, 0.0, 0.03))


def test_measures_of_a_symmetric_and_of_a_skewed_smile():
    theta = 0.04
    flat = Smile(theta, 0.0, 0.0, 0.0, 0.1, FORWARD, 1.0, -1, 1, 0.0)
    found = measure_smile(flat)
    assert (found.at_the_money, found.slope) == (pytest.approx(0.2), 0.0)
    assert (found.risk_reversal, found.butterfly) == (pytest.approx(0.0), pytest.approx(0.0))
    skewed = measure_smile(made(1.0))
    assert skewed.slope < 0
    assert skewed.risk_reversal < -0.01
    assert skewed.butterfly > 0


def test_measures_beyond_the_quotes_are_undetermined():
    puts = replace(made(1.0), lowest=-0.5, highest=-0.2)
    found = measure_smile(puts)
    assert np.isnan([found.at_the_money, found.slope, found.risk_reversal, found.butterfly]).all()
    no_calls = measure_smile(replace(made(1.0), highest=0.01))
    assert no_calls.at_the_money > 0
    assert np.isnan([no_calls.risk_reversal, no_calls.butterfly]).all()


@pytest.mark.parametrize("delta", [0.1, 0.25, -0.25, -0.1])
def test_the_strike_of_a_delta_has_that_delta(delta):
    from scipy.stats import norm

    smile = made(0.25)
    strike = strike_of_delta(smile, delta)
    deviation = float(smile.volatility(strike)) * math.sqrt(0.25)
    d1 = math.log(FORWARD / strike) / deviation + deviation / 2
    assert norm.cdf(d1) - (delta < 0) == pytest.approx(delta)
    assert math.isnan(strike_of_delta(smile, 1.0))


def test_forward_volatilities_and_the_shape_of_a_term_structure():
    assert forward_volatility(1.0, 0.2, 2.0, 0.2) == pytest.approx(0.2)
    assert math.isnan(forward_volatility(1.0, 0.4, 1.1, 0.1))
    assert math.isnan(forward_volatility(1.0, 0.2, 1.0, 0.2))
    assert forward_curve([1, 2, 3], [0.2, 0.2, 0.2]) == pytest.approx([0.2, 0.2])
    shapes = [term_shape(1.0, ratio) for ratio in (1.11, 1.04, 1.0, 0.97, 0.9, 0.89)]
    assert shapes == [
        TermShape.COMPLACENT, TermShape.NORMAL, TermShape.TRANSITIONAL, TermShape.TRANSITIONAL, TermShape.STRESSED,
        TermShape.CRISIS,
    ]  # fmt: skip
    assert term_shape(0.0, 1.0) is None


def priced(smile, missing=()):
    strikes = np.repeat(np.arange(2600.0, 2951.0, 25.0), 2)
    right = np.tile([1, -1], len(strikes) // 2)
    fair = np.asarray(price(FORWARD, strikes, smile.years, smile.volatility(strikes), 0.0, 0.0, right))
    bid, ask = fair - 0.01, fair + 0.01
    bid[list(missing)] = 0.0
    snapshot = ChainSnapshot(FORWARD, np.arange(len(strikes)), strikes, right, bid, ask, np.full(len(strikes), 7))
    years = np.full(len(strikes), smile.years)
    return price_chain(snapshot, years, 0.0), years


def test_gaps_inside_the_quotes_are_filled_from_the_smile_and_marked():
    smile = made()
    whole, _ = priced(smile)
    chain, years = priced(smile, missing=(10, 11))
    fits = fit_chain(chain, years, 0.0)
    assert fits[7].reason is SmileReason.OK
    found = fill_gaps(chain, fits, years, 0.0)
    assert np.flatnonzero(found.filled).tolist() == [10, 11]
    for name in ("volatility", "delta", "vega"):
        ours, theirs = getattr(found.chain, name), getattr(whole, name)
        assert ours == pytest.approx(theirs, rel=2e-2, abs=2e-3)
        assert ours[:10].tolist() == getattr(chain, name)[:10].tolist()


def test_gaps_outside_the_quotes_stay_gaps():
    chain, years = priced(made(), missing=(0, 1, 28, 29))
    found = fill_gaps(chain, fit_chain(chain, years, 0.0), years, 0.0)
    assert not found.filled.any()
    assert np.isnan(found.chain.delta[[0, 1, 28, 29]]).all()


@settings(max_examples=20)
@given(st.sets(st.integers(0, 29), max_size=20))
def test_only_gaps_between_the_outermost_quotes_are_ever_filled(missing):
    chain, years = priced(made(), missing=missing)
    fits = fit_chain(chain, years, 0.0)
    found, smile = fill_gaps(chain, fits, years, 0.0), fits[7].smile
    known = ~np.isnan(chain.volatility)
    assert not (found.filled & known).any()
    assert (found.chain.volatility[known] == chain.volatility[known]).all()
    if smile is None:
        assert not found.filled.any()
        return
    k = np.log(chain.snapshot.strike / smile.forward)
    assert (found.filled == (~known & (k >= smile.lowest) & (k <= smile.highest))).all()
    assert found.chain.volatility[found.filled] == pytest.approx(
        made().volatility(chain.snapshot.strike)[found.filled], abs=0.02
    )
    assert np.isnan(found.chain.delta[~known & ~found.filled]).all()


def test_an_expiry_without_quotes_has_no_smile_and_is_not_filled():
    chain, years = priced(made(), missing=range(30))
    fits = fit_chain(chain, years, 0.0)
    assert fits[7].reason is SmileReason.BAD_INPUT
    assert isinstance(fill_gaps(chain, fits, years, 0.0).chain, PricedChain)


def test_yields_of_each_expiry_are_those_its_quotes_were_made_with():
    strikes = np.tile(np.repeat(np.arange(2600.0, 2951.0, 25.0), 2), 2)
    right = np.tile([1, -1], len(strikes) // 2)
    expiry = np.repeat([7, 90], len(strikes) // 2)
    years = np.repeat([7 / 365, 90 / 365], len(strikes) // 2)
    wanted = np.where(expiry == 7, 0.018, -0.004)
    fair = np.asarray(price(2775.0, strikes, years, 0.2, 0.03, wanted, right))
    snapshot = ChainSnapshot(2775.0, np.arange(len(strikes)), strikes, right, fair - 0.001, fair + 0.001, expiry)
    found = implied_yields(snapshot, years, 0.03)
    assert found == pytest.approx(wanted, abs=1e-9)
    chain = price_chain(snapshot, years, 0.03, found)
    assert chain.volatility == pytest.approx(np.full(len(strikes), 0.2), abs=1e-4)


def test_an_expiry_without_pairs_of_quotes_has_no_yield_and_so_no_volatility():
    chain, years = priced(made(), missing=range(0, 30, 2))
    found = implied_yields(chain.snapshot, years, 0.0)
    assert np.isnan(found).all()
    assert np.isnan(price_chain(chain.snapshot, years, 0.0, found).volatility).all()


def test_sparse_quotes_with_steep_wings_do_not_cost_the_next_expiry_its_smile():
    near, far = made(30 / 365, 0.30), made(45 / 365, 0.28)
    strikes, sigma = quotes(near, 9)
    noise = np.array([0.02, 0.0, -0.01, 0.0, 0.0, 0.0, -0.004, 0.0, 0.01])  # lifts the outermost quotes
    inner = quotes(far, 41)[0][12:30]
    fits = fit_smiles([(strikes, sigma + noise, FORWARD, 30 / 365), (inner, far.volatility(inner), FORWARD, 45 / 365)])
    assert [fit.reason for fit in fits] == [SmileReason.OK] * 2
    assert fits[1].smile.volatility(inner) == pytest.approx(far.volatility(inner), abs=3e-3)
