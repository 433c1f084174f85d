"""Compiled kernels give what numpy gives to 1e-12, and never stand in the way: cache folders, a missing numba."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from thetatrace import pricing
from thetatrace.pricing import PriceReason, engine
from thetatrace.pricing.boundary_slope import boundary_slopes
from thetatrace.pricing.exercise_boundary import ORDINARY, STIFF, Terms, solve_boundary

FIRST_ORDER = ("price", "delta", "gamma", "theta", "vega", "rho")
SECOND_ORDER = ("vanna", "volga", "charm")
ROOM = str(Path(pricing.__file__).parents[2])


@pytest.fixture
def compiled():
    """The compiled kernels in use for one test."""
    assert pricing.prepare().ready
    yield
    engine.use_numpy()


def contracts(count, seed):
    """One minute to five years, 0.1 % to 500 % volatility, strikes out to 24 deviations, and bad rows among them."""
    rng = np.random.default_rng(seed)
    years = np.exp(rng.uniform(np.log(1.0 / 525_600.0), np.log(5.0), count))
    volatility = np.exp(rng.uniform(np.log(0.001), np.log(5.0), count))
    deviations = rng.uniform(-12.0, 12.0, count) * rng.choice([1.0, 0.1, 0.001, 2.0], count)
    strike = 100.0 * np.exp(np.clip(deviations * volatility * np.sqrt(years), -6.0, 6.0))
    rate, carry = rng.uniform(-0.02, 0.1, count), rng.uniform(-0.01, 0.08, count)
    right = rng.choice([-1.0, 1.0], count)
    for column, bad in ((years, -1.0), (strike, np.nan), (volatility, 0.0), (right, 0.0)):
        column[rng.integers(0, count, count // 200)] = bad
    return np.full(count, 100.0), strike, years, volatility, rate, carry, right


def both(work):
    """What `work` gives by numpy and by the compiled kernels."""
    engine.use_numpy()
    plain = work()
    assert pricing.prepare().ready
    return plain, work()


def assert_same(plain, fast, names):
    """Equal reasons; equal values to 1e-12 down to prices of 1e-280, where doubles begin to run out of digits."""
    np.testing.assert_array_equal(plain.reason, fast.reason)
    for name in names:
        np.testing.assert_allclose(
            getattr(fast, name), getattr(plain, name), rtol=1e-12, atol=1e-280, equal_nan=True, err_msg=name
        )


def test_european_greeks_are_those_of_numpy(compiled):
    columns = contracts(6000, 51)
    plain, fast = both(lambda: pricing.greeks(*columns, second_order=True))
    assert_same(plain, fast, FIRST_ORDER + SECOND_ORDER)
    assert len(set(plain.reason.tolist())) >= 4


@pytest.mark.parametrize("style", ["european", "american"])
def test_strike_exactly_at_the_forward_has_the_deltas_of_its_neighbours(compiled, style):
    strike, right = np.array([100.0, 100.0 * (1.0 + 1e-9)]), np.array([[1.0], [-1.0]])
    for found in both(lambda: pricing.greeks(100.0, strike, 0.5, 0.2, 0.03, 0.03, right, style=style)):
        for name in FIRST_ORDER:
            values = getattr(found, name)
            np.testing.assert_allclose(values[:, 0], values[:, 1], rtol=1e-6, err_msg=name)


def test_european_volatility_is_that_of_numpy_as_far_as_the_price_determines_it(compiled):
    spot, strike, years, volatility, rate, carry, right = contracts(6000, 52)
    value = pricing.price(spot, strike, years, volatility, rate, carry, right)
    value[:50] = np.linspace(-1.0, 200.0, 50)
    plain, fast = both(lambda: pricing.implied_volatility(value, spot, strike, years, rate, carry, right))
    np.testing.assert_array_equal(plain.reason, fast.reason)
    good = plain.reason == PriceReason.OK
    assert np.array_equal(np.isnan(fast.volatility), ~good)
    vega = 100.0 * pricing.greeks(spot, strike, years, plain.volatility, rate, carry, right).vega
    noise = (2.3e-16 * value * (4.0 + np.abs(np.log(spot / strike))))[good] / (vega * plain.volatility)[good]
    assert np.all(np.abs(fast.volatility / plain.volatility - 1.0)[good] <= 1e-12 + 10.0 * noise)


def american_chain(count, seed):
    """Chains of three expiries whose smile reaches from 12 to 90 %, calls and puts, a stiff expiry among them."""
    rng = np.random.default_rng(seed)
    years = np.sort(rng.choice([0.02, 0.4, 2.5], count))
    volatility = rng.uniform(0.12, 0.9, count)
    strike = 100.0 * np.exp(rng.uniform(-2.0, 2.0, count) * volatility * np.sqrt(years))
    return np.full(count, 100.0), strike, years, volatility, 0.06, 0.015, rng.choice([-1.0, 1.0], count)


def narrow_chain(count, seed):
    """The same at nearly one volatility, whose tables are narrow."""
    spot, strike, years, volatility, rate, carry, right = american_chain(count, seed)
    volatility = 0.2 * np.exp(0.1 * (volatility - 0.5))
    return spot, 100.0 * np.exp(0.4 * np.log(strike / 100.0)), years, volatility, rate, carry, right


def stiff_chain(count, seed):
    """Volatilities far below the drift."""
    rng = np.random.default_rng(seed)
    years, volatility = rng.choice([1.0, 3.0], count), rng.uniform(0.04, 0.12, count)
    strike = 100.0 * np.exp(rng.uniform(-2.0, 2.0, count) * volatility * np.sqrt(years))
    return np.full(count, 100.0), strike, years, volatility, 0.08, 0.0, rng.choice([-1.0, 1.0], count)


@pytest.mark.parametrize("chain", [american_chain, narrow_chain, stiff_chain])
@pytest.mark.parametrize("seed", [54, 60, 61])
def test_american_greeks_are_those_of_numpy(compiled, chain, seed):
    columns = chain(900, seed)
    spot, _, _, volatility, rate, carry, _ = columns
    plain, fast = both(lambda: pricing.greeks(*columns, style="american", second_order=True))
    np.testing.assert_array_equal(plain.reason, fast.reason)
    european = pricing.greeks(*columns, second_order=True)
    # Near exercise a Greek is the small difference of its terms: they say how much of it rounding can leave.
    terms = {
        "theta": (0.5 * np.square(volatility * spot) * plain.gamma + rate * plain.price) / 365.0,
        "volga": 0.01 * european.vega / volatility,
        "charm": (abs(rate - carry) + np.square(volatility)) * spot * plain.gamma / 365.0,
    }
    for name in FIRST_ORDER + SECOND_ORDER:
        values = getattr(plain, name)
        size = np.abs(values) + np.abs(getattr(european, name)) + terms.get(name, 0.0)
        assert np.all(np.abs(getattr(fast, name) - values) <= 1e-12 * size), name


@pytest.mark.parametrize(("scheme", "carry"), [(ORDINARY, 0.02), (ORDINARY, 0.09), (STIFF, -0.01), (ORDINARY, 0.0)])
def test_slopes_of_the_boundary_are_those_of_numpy(compiled, scheme, carry):
    count = 40
    rng = np.random.default_rng(58)
    years, rate = rng.uniform(0.01, 2.0, count), rng.uniform(0.03, 0.08, count)
    terms = Terms(years, rng.uniform(0.15, 0.9, count), rate, np.full(count, carry))
    swapped = rng.uniform(size=count) < 0.5
    depth = solve_boundary(terms, scheme)
    plain, fast = both(lambda: boundary_slopes(terms, depth, swapped, scheme))
    # That to the rate is a difference of terms of the order of 1 / rate.
    assert np.all(np.abs(fast[0] - plain[0]) <= 1e-12 * (np.abs(plain[0]) + 1.0 / rate[:, None]))
    np.testing.assert_allclose(fast[1], plain[1], rtol=1e-12)


@pytest.mark.parametrize("seed", [55, 57])
def test_american_volatility_is_that_of_numpy_as_far_as_the_price_determines_it(compiled, seed):
    spot, strike, years, volatility, rate, carry, right = american_chain(400, seed)
    value = pricing.price(spot, strike, years, volatility, rate, carry, right, style="american")
    plain, fast = both(
        lambda: pricing.implied_volatility(value, spot, strike, years, rate, carry, right, style="american")
    )
    np.testing.assert_array_equal(plain.reason, fast.reason)
    good = plain.reason == PriceReason.OK
    assert good.sum() > 250
    vega = 100.0 * pricing.greeks(spot, strike, years, plain.volatility, rate, carry, right, style="american").vega
    # A relative error of 1e-12 in the price moves the volatility by price / (vega sigma) times as much.
    allowed = 1e-12 * np.maximum(1.0, value / (vega * plain.volatility))
    assert np.all(np.abs(fast.volatility / plain.volatility - 1.0)[good] <= allowed[good])


@pytest.mark.parametrize("style", ["european", "american"])
def test_one_call_gives_what_two_calls_give(compiled, style):
    spot, strike, years, volatility, rate, carry, right = (c[:300] for c in contracts(6000, 53))
    value = pricing.price(spot, strike, years, volatility, rate, carry, right, style=style)
    for _ in range(2):
        found = pricing.implied_volatility(value, spot, strike, years, rate, carry, right, style=style)
        wanted = pricing.greeks(
            spot, strike, years, found.volatility, rate, carry, right, style=style, second_order=True
        )
        fused = pricing.implied_greeks(value, spot, strike, years, rate, carry, right, style=style, second_order=True)
        good = found.reason == PriceReason.OK
        np.testing.assert_array_equal(fused.reason[~good], found.reason[~good])
        np.testing.assert_array_equal(fused.volatility[fused.reason == 0], found.volatility[fused.reason == 0])
        for name in FIRST_ORDER + SECOND_ORDER:
            np.testing.assert_array_equal(getattr(fused, name), getattr(wanted, name), err_msg=name)
        engine.use_numpy()
    assert fused.reason.dtype == np.uint8


def test_read_only_strided_and_integer_columns_are_taken(compiled):
    strike = np.arange(80, 130)[::2]
    strike.flags.writeable = False
    plain, fast = both(lambda: pricing.greeks(100, strike, 1, 0.2, 0.01, 0, np.tile([1, -1], 13)[:25]))
    assert_same(plain, fast, FIRST_ORDER)
    empty = pricing.implied_greeks(np.array([]), 100.0, np.array([]), 0.5, 0.02, 0.01, 1)
    assert empty.volatility.shape == empty.delta.shape == (0,)


def run(code, **environment):
    """Standard output of a fresh interpreter."""
    path = os.pathsep.join([ROOM, os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": path} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_importing_loads_numpy_only_and_a_missing_compiler_is_named():
    code = """
import sys
import thetatrace.pricing as pricing
assert not {"numba", "scipy", "pandas"} & set(sys.modules)
sys.modules["numba"] = None
done = pricing.prepare()
print(done.ready, done.why, round(float(pricing.price(100.0, 100.0, 1.0, 0.2, 0.0, 0.0, 1)), 4))
"""
    ready, why = run(code).split(" ", 1)
    assert ready == "False"
    assert "numba" in why
    assert why.endswith("7.9656")


def test_cache_goes_where_it_is_asked_to_go_and_nowhere_else_belonging_to_others(tmp_path):
    code = "from thetatrace.pricing.compiled import jit; print(jit.CACHE_FOLDER)"
    found = Path(run(code, NUMBA_CACHE_DIR=str(tmp_path / "asked")))
    assert found.is_relative_to(tmp_path / "asked")
    # A folder that cannot be made is passed over: the next candidate is taken.
    blocked = tmp_path / "blocked"
    blocked.write_text("a file, not a folder")
    assert not Path(run(code, NUMBA_CACHE_DIR=str(blocked))).is_relative_to(blocked)


def test_cache_of_whom_the_sources_belong_to_serves_another_user_too(tmp_path):
    # LEAN's container runs as root what belongs to a user outside: it shall not compile anew each time.
    code = "import os; os.getuid = lambda: 4242; from thetatrace.pricing.compiled import jit; print(jit.CACHE_FOLDER)"
    assert Path(run(code, NUMBA_CACHE_DIR=str(tmp_path / "theirs"))).is_relative_to(tmp_path / "theirs")


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a folder away")
def test_cache_of_a_stranger_is_passed_over(tmp_path):
    code = "from thetatrace.pricing.compiled import jit; print(jit.CACHE_FOLDER)"
    found = Path(run(code, NUMBA_CACHE_DIR=str(tmp_path)))
    os.chown(found, 4242, 4242)
    assert not Path(run(code, NUMBA_CACHE_DIR=str(tmp_path))).is_relative_to(tmp_path)


def test_pricing_starts_no_thread_and_leaves_quietly(tmp_path):
    code = """
import threading
import thetatrace.pricing as pricing
assert pricing.prepare().ready
pricing.greeks(100.0, [90.0, 110.0], 0.5, 0.2, 0.03, 0.01, -1, style="american")
print(threading.active_count())
"""
    assert run(code) == "1"
    # A process that ends while a thread of its own is still compiling ends as well.
    during = """
import threading, time
import thetatrace.pricing as pricing
threading.Thread(target=pricing.prepare, daemon=True).start()
time.sleep(1.0)
"""
    assert run(during, NUMBA_CACHE_DIR=str(tmp_path)) == ""


def test_european_kernels_alone_leave_early_exercise_to_numpy():
    engine.use_numpy()
    strikes = np.arange(80.0, 121.0, 10.0)
    want = pricing.greeks(100.0, strikes, 0.5, 0.2, 0.03, 0.01, 1, style="american")
    pricing.prepare(american=False)
    try:
        assert engine.Engine.kernels is not None
        assert engine.Engine.american is None
        found = pricing.greeks(100.0, strikes, 0.5, 0.2, 0.03, 0.01, 1, style="american")
        assert found.price == pytest.approx(want.price, rel=1e-12)
        assert pricing.prepare().ready
        assert engine.Engine.american is not None
    finally:
        engine.use_numpy()
