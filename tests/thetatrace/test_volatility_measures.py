"""Realised volatility, ranks, expected move: known answers, and nothing where nothing can be said."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from thetatrace.volatility import expected_move, iv_percentile, iv_rank, yang_zhang


def bars(days=4000, sigma=0.2, jump=0.5, seed=3):
    """Daily bars of a driftless walk, a share of whose variance falls overnight."""
    rng = np.random.default_rng(seed)
    daily = sigma / math.sqrt(252)
    steps = rng.normal(0, daily * math.sqrt((1 - jump) / 400), (days, 400))
    nights = rng.normal(0, daily * math.sqrt(jump), days)
    paths = np.cumsum(np.concatenate([nights[:, None], steps], axis=1).ravel()).reshape(days, 401)
    prices = 100 * np.exp(paths)
    return prices[:, 0], prices.max(axis=1), prices.min(axis=1), prices[:, -1]


def test_yang_zhang_finds_the_volatility_of_a_walk_with_overnight_jumps():
    assert yang_zhang(*bars()) == pytest.approx(0.2, rel=0.03)
    assert yang_zhang(*bars(jump=0.0)) == pytest.approx(0.2, rel=0.05)


def test_yang_zhang_of_three_bars_by_hand():
    o, h, low, c = [100, 101, 99], [102, 103, 101], [99, 100, 97], [101, 100, 100]
    night, body = [0.0, math.log(99 / 100)], [math.log(100 / 101), math.log(100 / 99)]
    ups, downs = [math.log(103 / 101), math.log(101 / 99)], [math.log(100 / 101), math.log(97 / 99)]
    within = np.mean([u * (u - b) + d * (d - b) for u, d, b in zip(ups, downs, body, strict=True)])
    k = 0.34 / (1.34 + 3 / 1)
    expected = math.sqrt((np.var(night, ddof=1) + k * np.var(body, ddof=1) + (1 - k) * within) * 252)
    assert yang_zhang(o, h, low, c) == pytest.approx(expected)


@pytest.mark.parametrize(
    "columns",
    [
        ([1, 1], [1, 1], [1, 1], [1, 1]),
        ([1, 1, 0], [1, 1, 1], [1, 1, 0], [1, 1, 1]),
        ([1, 1, np.nan], [1, 1, 1], [1, 1, 1], [1, 1, 1]),
        ([1, 1, 1], [1, 1, 0.9], [1, 1, 0.8], [1, 1, 1]),
    ],
)
def test_what_is_no_series_of_bars_has_no_volatility(columns):
    assert math.isnan(yang_zhang(*columns))


def test_bars_that_never_move_have_none():
    assert yang_zhang([5] * 9, [5] * 9, [5] * 9, [5] * 9) == 0.0


def test_rank_and_percentile_by_hand():
    history = [10.0] * 126 + [30.0] * 126
    assert iv_rank(15.0, history) == pytest.approx(0.25)
    assert iv_percentile(15.0, history) == pytest.approx(0.5)
    assert iv_rank(40.0, history) == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("level", "history"),
    [(15.0, [10.0] * 251), (math.nan, [10.0] * 252), (0.0, [10.0] * 252), (15.0, [10.0] * 251 + [math.nan])],
)
def test_rank_and_percentile_are_none_where_undetermined(level, history):
    assert iv_rank(level, history) is None
    assert iv_percentile(level, history) is None


def test_a_flat_history_has_a_percentile_but_no_rank():
    assert iv_rank(10.0, [10.0] * 252) is None
    assert iv_percentile(10.0, [10.0] * 252) == 0.0


@given(st.floats(1, 99), st.lists(st.floats(1, 99), min_size=5, max_size=50))
def test_rank_and_percentile_stay_in_their_ranges_within_the_history(level, history):
    share = iv_percentile(level, history, least=5)
    assert 0 <= share <= 1
    rank = iv_rank(level, history, least=5)
    if rank is not None and min(history) <= level <= max(history):
        assert 0 <= rank <= 1


def test_expected_move():
    assert expected_move(100.0, 0.2, 0.25) == pytest.approx(10.0)
    assert [expected_move(*bad) for bad in [(0, 0.2, 1), (100, -1, 1), (100, 0.2, 0), (100, math.nan, 1)]] == [None] * 4
