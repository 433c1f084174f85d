"""When equity is sampled and what the candles hold."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lean_local.results.sampling import EquitySampler, resample_period_ticks, summary_candles

D = Decimal
MINUTE_TICKS = 600_000_000
MINUTE_MS = 60_000


def at(*when: int) -> int:
    return round(datetime(*when, tzinfo=UTC).timestamp() * 1000)


def test_short_runs_are_sampled_every_four_minutes():
    assert resample_period_ticks(at(2021, 1, 4), at(2021, 1, 5) - 1, "UTC") == 4 * MINUTE_TICKS


def test_a_hundred_days_give_one_tick_less_than_36_minutes():
    period = resample_period_ticks(at(2021, 1, 1), at(2021, 4, 11) - 1, "UTC")
    assert period == 36 * MINUTE_TICKS - 1


def test_the_change_to_summer_time_does_not_shorten_the_run():
    start, end = at(2021, 3, 1, 5), at(2021, 4, 1, 4) - 1
    assert resample_period_ticks(start, end, "America/New_York") == resample_period_ticks(
        at(2021, 3, 1), at(2021, 4, 1) - 1, "UTC"
    )


def test_minute_steps_are_sampled_when_strictly_more_than_the_period_has_passed():
    sampler = EquitySampler(4 * MINUTE_TICKS)
    for minute in range(12):
        sampler.step(minute * MINUTE_MS, D(100_000 + minute))
    assert [candle[0] // MINUTE_MS for candle in sampler.candles] == [0, 5, 10]
    assert sampler.candles[1][1:] == (D(100_001), D(100_005), D(100_001), D(100_005))


def test_candles_hold_the_extremes_rounded_and_ignore_a_value_of_zero():
    sampler = EquitySampler(4 * MINUTE_TICKS)
    sampler.step(0, D(1))
    for minute, value in enumerate(["10.00004", "12.5", "0", "9", "11"], start=1):
        sampler.step(minute * MINUTE_MS, D(value))
    assert sampler.candles[-1][1:] == (D(10), D("12.5"), D(9), D(11))


def test_a_sample_that_is_not_later_is_dropped_with_its_bar():
    sampler = EquitySampler(4 * MINUTE_TICKS)
    sampler.close_at(1000, D(5))
    sampler.close_at(1000, D(7))
    sampler.close_at(2000, D(6))
    assert sampler.candles == [(1000, D(5), D(5), D(5), D(5)), (2000, D(6), D(6), D(6), D(6))]


def test_few_candles_stay_as_they_are_in_the_summary():
    candles = [(i * 1000, D(i), D(i), D(i), D(i)) for i in range(1, 150)]
    assert summary_candles(candles) == candles


@given(st.lists(st.integers(1, 10**6), min_size=200, max_size=450))
def test_summary_candles_come_at_even_steps_with_open_and_close_between_low_and_high(values):
    day = 86_400_000
    candles = [(i * day, D(v), D(v + 1), D(v - 1), D(v)) for i, v in enumerate(values)]
    thin = summary_candles(candles)
    steps = {b[0] - a[0] for a, b in pairwise(thin)}
    assert steps == {min(7, len(candles) // 100) * day}
    assert thin[0] == candles[0]
    assert all(low <= opening <= high for _, opening, high, low, _ in thin)
