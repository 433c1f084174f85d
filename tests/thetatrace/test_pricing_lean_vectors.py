"""Greeks that real LEAN printed for index options, as literals; LEAN rounds to 7 decimals and gives theta per year.

Contracts and numbers: shared/lean/semantics.md section 10.1 (SPX 2021-01-04 09:35 New York, expiry 2021-01-15 08:30
Chicago, rate 0.0025, no dividends). Only European contracts: LEAN prices the American GOOG ones on a tree.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from thetatrace.pricing import greeks, greeks_of_one, implied_volatility

EXPIRY = datetime(2021, 1, 15, 8, 30, tzinfo=ZoneInfo("America/Chicago"))
NOW = datetime(2021, 1, 4, 9, 35, tzinfo=ZoneInfo("America/New_York"))
YEARS = (EXPIRY.astimezone(UTC) - NOW.astimezone(UTC)).total_seconds() / 86_400.0 / 365.0
HALF_DIGIT = 0.51e-7

VECTORS = [
    # strike, IV, delta, gamma, vega, theta per year, rho, theoretical price
    (3700.0, 0.2033184, 0.6822831, 0.0026871, 2.3267479, -791.3083565, 0.7463552, 87.9236146848384),
    (3200.0, 0.4541953, 0.9814797, 0.000153, 0.2959929, -230.9364125, 0.9424104, 562.091017173079),
]


@pytest.mark.parametrize("vector", VECTORS, ids=["SPX C3700", "SPX C3200"])
def test_greeks_are_those_of_lean_to_its_digits(vector):
    strike, volatility, delta, gamma, vega, theta_per_year, rho, theoretical = vector
    found = greeks(3759.8, strike, YEARS, volatility, 0.0025, 0.0, 1)
    assert float(found.price) == pytest.approx(theoretical, rel=1e-13)
    assert float(found.delta) == pytest.approx(delta, abs=HALF_DIGIT)
    assert float(found.gamma) == pytest.approx(gamma, abs=HALF_DIGIT)
    assert float(found.vega) == pytest.approx(vega, abs=HALF_DIGIT)
    assert float(found.rho) == pytest.approx(rho, abs=HALF_DIGIT)
    # LEAN rounds theta per day to 7 decimals, then shows 365 times that.
    assert float(found.theta) == pytest.approx(theta_per_year / 365.0, abs=HALF_DIGIT)


def test_one_contract_has_the_greeks_of_lean():
    found = greeks_of_one(3759.8, 3700.0, YEARS, 0.2033184, 0.0025, 0.0, 1)
    assert found.price == pytest.approx(87.9236146848384, rel=1e-12)
    assert found.delta == pytest.approx(0.6822831, abs=HALF_DIGIT)


def test_volatility_is_that_of_lean_within_leans_own_tolerance():
    # LEAN's Brent search stops early: 0.01 % of the price or 0.0001 in volatility at best, 0.0003 seen here.
    found = implied_volatility([87.85, 2.05], 3759.8, [3700.0, 3200.0], YEARS, 0.0025, 0.0, [1, -1])
    np.testing.assert_allclose(found.volatility, [0.2033184, 0.4541953], atol=5e-4)
