from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thetadesk.data.calendar import trading_calendar
from thetadesk.data.chains import MarketDay
from thetadesk.data.history import load_history
from thetadesk.data.paths import anchored_path, day_random


def market(day: date, seed: int = 7) -> MarketDay:
    return MarketDay(day, seed, load_history(), trading_calendar())


@settings(max_examples=60, deadline=None)
@given(
    low=st.integers(100, 300_000),
    widths=st.tuples(st.integers(0, 20_000), st.floats(0, 1), st.floats(0, 1)),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_path_touches_its_extremes_and_never_passes_them(low, widths, seed):
    high = low + widths[0]
    open_, close = (low + round(share * widths[0]) for share in widths[1:])
    path = anchored_path(open_, high, low, close, 390, day_random(seed, 1, 1))
    assert (path[0], path[-1], path.max(), path.min()) == (open_, close, high, low)


def test_every_day_of_2018_passes_through_its_real_prices():
    spx = load_history().spx
    for day in trading_calendar().between(date(2018, 1, 2), date(2018, 12, 31)):
        row = spx.row(day)
        bars = market(day).paths[0]
        assert (bars.open[0], bars.high.max(), bars.low.min(), bars.close[-1]) == (
            spx.open[row], spx.high[row], spx.low[row], spx.close[row]
        )  # fmt: skip
        assert (bars.open[1:] == bars.close[:-1]).all()
        assert (bars.high >= np.maximum(bars.open, bars.close)).all()
        assert (bars.low <= np.minimum(bars.open, bars.close)).all()


def test_the_stock_index_stands_still_after_the_stock_close():
    bars = market(date(2018, 2, 6)).paths[0]
    assert len(bars.close) == 405
    assert (bars.close[389:] == bars.close[-1]).all()


def test_a_half_day_has_210_minutes_and_no_tail():
    spx, vix = market(date(2018, 7, 3)).paths
    assert len(spx.close) == len(vix.close) == 210


def test_the_vix_travels_from_about_18_to_its_real_close_on_the_day_of_the_spike():
    vix = market(date(2018, 2, 5)).paths[1]
    assert 1750 <= vix.open[0] <= 1950
    assert vix.close[-1] == 3732


def test_the_vix_ends_at_its_real_close_and_moves_against_the_index():
    history = load_history()
    correlations = []
    for day in trading_calendar().between(date(2018, 1, 2), date(2018, 3, 29)):
        spx, vix = market(day).paths
        assert vix.close[-1] == history.vix.close[history.vix.row(day)]
        correlations.append(np.corrcoef(np.diff(np.log(spx.close[:390])), np.diff(np.log(vix.close[:390])))[0, 1])
    assert np.mean(correlations) < -0.8


def test_volatility_within_a_day_is_u_shaped():
    squares = np.zeros(390)
    for day in trading_calendar().between(date(2017, 1, 3), date(2017, 12, 29)):
        if len(market(day).paths[0].close) == 405:
            level = np.log(market(day).paths[0].boundary()[:391])
            squares += np.diff(level) ** 2
    assert squares[:30].mean() > 1.5 * squares[150:240].mean()
    assert squares[-30:].mean() > 1.2 * squares[150:240].mean()


@pytest.mark.parametrize("seed", [7, 8])
def test_a_day_depends_on_its_date_and_the_seed_alone(seed):
    day = date(2018, 3, 1)
    assert (market(day, seed).paths[0].close == market(day, seed).paths[0].close).all()
    assert (market(day, seed).paths[0].close != market(day, seed + 1).paths[0].close).any()
