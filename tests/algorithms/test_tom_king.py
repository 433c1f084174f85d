"""How to test an algorithm with lean_local's pytest fixtures: algorithms/tom_king on a made Friday.

docs/testing-algorithms.md explains the fixtures. Nothing here needs a data folder, Docker or LEAN.
"""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from AlgorithmImports import OptionRight, OrderStatus

NEW_YORK = ZoneInfo("America/New_York")
FRIDAY = date(2018, 1, 26)
STRIKES = range(2750, 2855, 5)


@pytest.fixture
def friday(lean_data, lean_backtest):
    """`friday(prices)`: run tom_king on a Friday of those SPX closes after 24 quiet sessions around 2,800."""
    sessions = [day for n in range(34, 0, -1) if (day := FRIDAY - timedelta(days=n)).weekday() < 5]
    lean_data.daily("SPX", dict.fromkeys(sessions, (2800, 2812, 2788, 2800, 0)), kind="index")

    def run(prices, vix=13.0):
        lean_data.daily("VIX", dict.fromkeys(sessions, vix), kind="index")
        lean_data.minutes("VIX", FRIDAY, [vix] * 390, kind="index")
        lean_data.chain_day("SPX", FRIDAY, prices, STRIKES, [FRIDAY], root="SPXW", kind="index", volatility=0.28)
        return lean_backtest("algorithms/tom_king", data=lean_data)

    return run


def clock(event):
    return event.utc_time.astimezone(NEW_YORK).time()


def test_a_quiet_friday_sells_a_condor_in_the_window_and_is_flat_in_the_evening(friday):
    run = friday([2800.0] * 390)
    entry = [fill for fill in run.fills if clock(fill) <= time(11)]
    sold = {fill.symbol.id.option_right: fill.symbol.id.strike_price for fill in entry if fill.fill_quantity < 0}
    bought = {fill.symbol.id.option_right: fill.symbol.id.strike_price for fill in entry if fill.fill_quantity > 0}
    assert all(time(10, 30) <= clock(fill) for fill in entry)
    assert sold[OptionRight.PUT] <= 2788  # half of the 24 points of daily range, below and above
    assert sold[OptionRight.CALL] >= 2812
    assert bought == {OptionRight.PUT: sold[OptionRight.PUT] - 15, OptionRight.CALL: sold[OptionRight.CALL] + 15}
    assert not run.algorithm.portfolio.invested
    assert len(run.fills) == 2 * len(entry) == 8
    assert all(clock(fill) < time(15, 1) for fill in run.fills)


def test_up_half_a_percent_offers_calls_only_and_cancels_what_nobody_takes(friday):
    run = friday([2800.0] * 45 + [2817.0] * 345)
    assert {order.symbol.id.option_right for order in run.orders} == {OptionRight.CALL}
    assert {order.status for order in run.orders} == {OrderStatus.CANCELED}


@pytest.mark.parametrize(
    ("prices", "vix"), [([2800.0] * 45 + [2845.0] * 345, 13.0), ([2800.0] * 390, 42.0)], ids=["up 1.6 %", "VIX at 42"]
)
def test_no_entry_on_a_wild_day(friday, prices, vix):
    assert friday(prices, vix).orders == ()
