"""American Greeks close to the exercise boundary: high contact there, no step where the series takes over."""

from __future__ import annotations

import numpy as np
import pytest

from thetatrace import pricing
from thetatrace.pricing import engine
from thetatrace.pricing import near_exercise as module
from thetatrace.pricing.exercise_boundary import ORDINARY, STIFF
from thetatrace.pricing.scalar import greeks_of_one

CASES = [
    (0.4, 0.2, 0.06, 0.015, -1.0),
    (0.02, 0.2, 0.05, 0.0, -1.0),
    (2.5, 0.3, 0.03, 0.06, -1.0),
    (2.0, 0.05, 0.06, 0.0, -1.0),
    (0.4, 0.25, 0.02, 0.08, 1.0),
]


def values(spot, case, **options):
    """Greeks of options of strike 100 at `spot`."""
    years, volatility, rate, carry, right = case
    return pricing.greeks(spot, 100.0, years, volatility, rate, carry, right, style="american", **options)


def boundary(case):
    """The spot at which exercise is just due, by bisection on the gamma, which is zero beyond it."""
    live, due = 100.0, 100.0 * (20.0 if case[4] > 0.0 else 0.05)
    while abs(live - due) > 1e-9 * live:
        middle = 0.5 * (live + due)
        live, due = (middle, due) if float(values(middle, case).gamma) > 0.0 else (live, middle)
    return live


@pytest.mark.parametrize("case", CASES)
def test_gamma_at_the_boundary_is_what_high_contact_and_the_equation_give(case):
    _, volatility, rate, carry, right = case
    spot = boundary(case)
    found = values(spot * (1.0 - right * 1e-6), case, second_order=True)
    # There the value is the payoff and theta is zero: all of r V - (r - q) S delta is curvature.
    exact = -right * 2.0 * (rate * 100.0 - carry * spot) / (volatility * spot) ** 2
    assert float(found.gamma) == pytest.approx(exact, rel=1e-3)
    assert float(found.delta) == pytest.approx(right, abs=1e-4)
    assert float(found.theta) == pytest.approx(0.0, abs=2e-4 * 0.5 * (volatility * spot) ** 2 * exact / 365.0 + 1e-9)


@pytest.mark.parametrize("case", CASES)
def test_greeks_have_no_step_where_the_series_takes_over(case, monkeypatch):
    spot = boundary(case)
    years, volatility, rate, carry, right = case
    scheme = STIFF if volatility < 0.1 else ORDINARY
    reach = module.near_reach(scheme) * volatility * np.sqrt(years)
    near = spot * np.exp(-right * reach * np.linspace(0.5, 0.99, 20))
    series = values(near, case, second_order=True)
    monkeypatch.setattr("thetatrace.pricing.american.near_exercise", lambda *_: None)
    integral = values(near, case, second_order=True)
    # Charm is a small difference of the terms of the equation.
    terms = {"charm": (abs(rate - carry) + volatility**2) * near * series.gamma / 365.0}
    for name in ("delta", "gamma", "vanna", "volga", "charm"):
        a, b = getattr(series, name), getattr(integral, name)
        assert np.any(a != b), name
        gap = (a - b) / (np.abs(a) + terms.get(name, 0.0))
        assert float(np.abs(gap).max()) < 0.06, name
        assert abs(float(gap.mean())) < 0.01, name


@pytest.mark.parametrize("case", CASES)
def test_delta_is_the_integral_of_gamma_up_to_the_boundary(case):
    spot, right = boundary(case), case[4]
    away = np.linspace(1e-5, 0.02, 4001)
    spots = spot * (1.0 - right * away)
    found = values(spots, case)
    gained = np.concatenate(([0.0], np.cumsum(0.5 * (found.gamma[1:] + found.gamma[:-1]) * np.diff(spots))))
    assert np.all(found.gamma > 0.0)
    np.testing.assert_allclose(found.delta - found.delta[0], gained, atol=2e-3 * float(np.abs(gained).max()))


@pytest.fixture(params=["numpy", "compiled"])
def _engine(request):
    """One engine, and numpy again afterwards."""
    engine.use_numpy()
    assert request.param == "numpy" or pricing.prepare().ready
    yield
    engine.use_numpy()


@pytest.mark.usefixtures("_engine")
@pytest.mark.parametrize("case", CASES)
def test_one_contract_has_the_greeks_of_the_batch(case):
    years, volatility, rate, carry, right = case
    for away in (1e-6, 1e-4, 5e-4):
        spot = boundary(case) * (1.0 - right * away)
        batch = values(spot, case)
        one = greeks_of_one(spot, 100.0, years, volatility, rate, carry, int(right), style="american")
        for name in ("price", "delta", "gamma", "theta", "vega", "rho"):
            size = abs(float(batch.gamma)) * (volatility * spot) ** 2 / 365.0 if name == "theta" else 0.0
            assert getattr(one, name) == pytest.approx(float(getattr(batch, name)), rel=1e-8, abs=1e-8 * size), name
