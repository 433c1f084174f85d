"""VIX regimes: every cut from both sides, hysteresis, gates, rates of change."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thetatrace.reasons import Reason
from thetatrace.volatility import (
    REGIMES,
    AverageTrueRange,
    Regime,
    VixAction,
    VixRegime,
    VixSettings,
    iv_percentile,
)
from thetatrace.volatility.regime import classify

MINUTE = 60_000
CUTS = [1200, 1600, 2000, 2500, 3000]  # hundredths of a point
EDGES = [cut + beyond for cut in CUTS for beyond in (-101, -100, -99, -1, 0, 1, 99, 100, 101)]
LEVELS = st.floats(9, 90, allow_nan=False)


def at(level, *, closes=(), settings=None):
    regime = VixRegime(settings)
    regime.seed(closes)
    regime.update(0, 1, level)
    return regime.read(0)


def test_regimes_are_ordered_data_with_rising_floors():
    assert [spec.regime for spec in REGIMES] == list(Regime)
    assert [spec.floor for spec in REGIMES] == [0, 12, 16, 20, 25, 30]


@pytest.mark.parametrize("spec", REGIMES[1:])
def test_each_cut_belongs_to_the_regime_above_it(spec):
    assert classify(spec.floor) is spec.regime
    assert classify(spec.floor - 0.01) is Regime(spec.regime - 1)


@pytest.mark.parametrize("spec", REGIMES[1:])
def test_leaving_a_regime_needs_a_point_beyond_the_cut_in_both_directions(spec):
    regime = VixRegime()
    regime.update(0, 1, spec.floor - 0.5)
    for level, expected in [
        (spec.floor + 0.99, -1),
        (spec.floor + 1.0, 0),
        (spec.floor - 0.99, 0),
        (spec.floor - 1.01, -1),
    ]:
        regime.update(0, 1, level)
        assert regime.read(0).regime == spec.regime + expected


@settings(max_examples=50)
@given(st.lists(st.one_of(st.integers(900, 4000), st.sampled_from(EDGES)), min_size=1, max_size=60))
def test_every_path_through_the_regimes_is_that_of_cuts_shifted_by_a_point(cents):
    regime, expected = VixRegime(), None
    for minute, level in enumerate(cents):
        if expected is None:
            expected = sum(level >= cut for cut in CUTS)
        while expected < len(CUTS) and level >= CUTS[expected] + 100:
            expected += 1
        while expected > 0 and level < CUTS[expected - 1] - 100:
            expected -= 1
        regime.update(minute * MINUTE, 1, level / 100)
        assert regime.read(minute * MINUTE).regime == expected


def test_a_jump_over_several_cuts_lands_where_the_level_is():
    regime = VixRegime()
    regime.update(0, 1, 17.3)
    regime.update(MINUTE, 1, 37.3)
    assert regime.read(MINUTE).regime is Regime.EXTREME


@given(st.lists(LEVELS, min_size=1, max_size=60))
def test_the_regime_is_never_more_than_the_margin_away_from_its_level(levels):
    regime = VixRegime()
    for minute, level in enumerate(levels):
        regime.update(minute * MINUTE, 1, level)
        found = regime.read(minute * MINUTE).regime
        assert classify(max(level - 1.0, 0.01)) <= found <= classify(level + 1.0)


def test_no_vix_is_a_refusal_not_a_number():
    reading = VixRegime().read(0)
    assert (reading.level, reading.regime, reading.spec, reading.entry_reason) == (None, None, None, Reason.VIX_MISSING)


@pytest.mark.parametrize("level", [0.0, -1.0, float("nan")])
def test_an_impossible_print_is_not_a_print(level):
    assert at(level).entry_reason is Reason.VIX_MISSING


def test_a_print_older_than_five_minutes_is_stale():
    regime = VixRegime()
    regime.update(0, 1, 15.0)
    assert regime.read(5 * MINUTE).entry_reason is None
    assert regime.read(5 * MINUTE + 1).entry_reason is Reason.VIX_STALE
    assert regime.read(5 * MINUTE + 1).level is None


def test_ten_percent_within_thirty_minutes_blocks_entries():
    regime = VixRegime()
    regime.update(0, 1, 20.0)
    regime.update(30 * MINUTE, 1, 22.0)
    assert regime.read(30 * MINUTE).entry_reason is Reason.VIX_RISING
    regime.update(31 * MINUTE, 1, 22.0)
    assert regime.read(31 * MINUTE).entry_reason is None


def test_the_rise_window_does_not_span_the_night():
    regime = VixRegime()
    regime.update(0, 1, 20.0)
    regime.update(10 * MINUTE, 2, 23.0)
    assert regime.read(10 * MINUTE).entry_reason is None


@pytest.mark.parametrize(("close", "level"), [(17.31, 37.32), (20.0, 30.0), (45.0, 49.99 + 15.01)])
def test_fifty_percent_or_twenty_points_since_the_close_is_a_panic(close, level):
    reading = at(level, closes=[close], settings=VixSettings(halt_level=90.0))
    assert reading.entry_reason is Reason.VIX_PANIC
    assert reading.alert


@pytest.mark.parametrize(
    ("close", "level", "reason"),
    [
        (15.13, 20.13, None),
        (35.0, 44.99, None),
        (35.0, 45.0, Reason.VIX_RISING),
        (25.13, 35.13, Reason.VIX_RISING),
        (15.14, 35.14, Reason.VIX_PANIC),
        (9.02, 13.53, Reason.VIX_PANIC),
        (9.02, 13.52, None),
    ],
)
def test_a_rise_of_the_day_counts_from_exactly_its_edge_on(close, level, reason):
    reading = at(level, closes=[close])
    assert reading.entry_reason is reason
    assert reading.alert is (level - close > 4.9)


@pytest.mark.parametrize("low", [9.3, 9.4, 10.1, 20.0, 33.3])
def test_exactly_ten_percent_blocks_whatever_its_digits(low):
    for cents, reason in ((0, Reason.VIX_RISING), (-1, None)):
        regime = VixRegime()
        regime.update(0, 1, low)
        regime.update(MINUTE, 1, (round(low * 110) + cents) / 100)
        assert regime.read(MINUTE).entry_reason is reason


def test_the_last_print_of_a_day_becomes_the_previous_close():
    regime = VixRegime()
    regime.update(0, 1, 17.31)
    regime.update(10**9, 2, 37.32)
    assert regime.read(10**9).entry_reason is Reason.VIX_PANIC


@pytest.mark.parametrize(
    ("level", "action"),
    [
        (34.99, VixAction.NONE),
        (35.0, VixAction.REDUCE),
        (39.99, VixAction.REDUCE),
        (40.0, VixAction.FLATTEN),
        (50.0, VixAction.FLATTEN),
        (50.01, VixAction.HALT),
    ],
)
def test_levels_ask_for_their_action(level, action):
    assert at(level).action is action
    assert (at(level).entry_reason is Reason.VIX_HALT) == (action is VixAction.HALT)


def test_the_percentile_needs_a_full_year_and_counts_the_closes_below():
    assert at(15.0, closes=[10.0] * 251).percentile is None
    closes = [10.0] * 126 + [20.0] * 126
    assert at(15.0, closes=closes).percentile == pytest.approx(0.5)
    assert at(15.0, closes=[99.0, *closes]).percentile == pytest.approx(0.5)
    assert at(20.0, closes=closes).percentile == pytest.approx(0.5)  # ties are not below
    assert at(10.0, closes=closes).percentile == 0.0


@given(st.lists(st.integers(900, 1300), min_size=240, max_size=270), st.integers(890, 1310))
def test_the_percentile_is_the_share_of_the_last_252_closes_below_the_level(cents, level):
    closes = [each / 100 for each in cents]
    reading = at(level / 100, closes=closes)
    assert reading.percentile == iv_percentile(level / 100, closes[-252:])
    rolled = VixRegime()
    rolled.seed(closes[:200])
    for day, close in enumerate([*closes[200:], level / 100]):
        rolled.update(day * 10**8, day, close)
    assert rolled.read(rolled._last_utc_ms).percentile == reading.percentile


def brute_force(prints, minute, window=30):
    """The lowest print of the window and day, looked for one by one."""
    day = prints[-1][1]
    return min(level for at, when, level in prints if when == day and at >= (minute - window) * MINUTE)


@given(st.lists(st.tuples(st.integers(0, 20), LEVELS, st.booleans()), min_size=1, max_size=80))
def test_the_rise_is_always_measured_from_the_lowest_print_of_the_window(steps):
    regime, minute, day, prints = (
        VixRegime(VixSettings(halt_level=99.0, panic_day_points=500, panic_day_fraction=9, block_day_points=500)),
        0,
        1,
        [],
    )
    for wait, level, next_day in steps:
        minute, day = minute + wait, day + next_day
        regime.update(minute * MINUTE, day, level)
        prints.append((minute * MINUTE, day, level))
        rising = level >= brute_force(prints, minute) * 1.1 - 1e-9
        assert (regime.read(minute * MINUTE).entry_reason is Reason.VIX_RISING) == rising


def test_a_print_older_than_the_newest_is_ignored():
    regime = VixRegime()
    regime.update(MINUTE, 1, 15.0)
    regime.update(0, 1, 80.0)
    assert regime.read(MINUTE).level == 15.0


@pytest.mark.parametrize(
    ("nine_days", "three_months", "inverted", "regime"),
    [
        (None, None, None, Regime.NORMAL),
        (17.9, 18.1, False, Regime.NORMAL),
        (18.1, 19.0, True, Regime.ELEVATED),
        (17.0, 17.9, True, Regime.ELEVATED),
        (18.1, None, True, Regime.ELEVATED),
        (float("nan"), -1.0, None, Regime.NORMAL),
    ],
)
def test_an_inverted_term_structure_raises_the_regime_by_one_notch(nine_days, three_months, inverted, regime):
    tracked = VixRegime()
    tracked.update_term(0, nine_days, three_months)  # before any VIX: says nothing
    tracked.update(0, 1, 18.0)
    tracked.update_term(0, nine_days, three_months)
    reading = tracked.read(0)
    assert (reading.inverted, reading.regime) == (inverted, regime)


def test_the_inversion_ends_a_margin_below_and_its_prints_grow_old():
    tracked = VixRegime()
    tracked.update(0, 1, 20.0)
    seen = []
    for level in (20.1, 19.7, 19.61, 19.59, 19.9, 20.1):
        tracked.update_term(0, level, None)
        seen.append(tracked.read(0).inverted)
    assert seen == [True, True, True, False, False, True]
    tracked.update(5 * MINUTE + 1, 1, 20.0)
    assert tracked.read(5 * MINUTE + 1).inverted is None


def test_a_term_structure_beside_an_old_vix_says_nothing():
    tracked = VixRegime()
    tracked.update(0, 1, 20.0)
    tracked.update_term(5 * MINUTE + 1, 30.0, None)
    tracked.update(6 * MINUTE, 1, 30.0)
    assert tracked.read(6 * MINUTE).inverted is None


def test_the_highest_regime_has_no_notch_above_it():
    tracked = VixRegime()
    tracked.update(0, 1, 31.0)
    tracked.update_term(0, 40.0, None)
    assert tracked.read(0).regime is Regime.EXTREME


def test_average_true_range_is_wilders():
    wilder = AverageTrueRange(2)
    wilder.update(10, 8, 9)
    assert (wilder.value, wilder.previous_close) == (None, 9)
    wilder.update(12, 9, 11)  # true range 3
    assert wilder.value is None
    wilder.update(11, 6, 7)  # true range 5: the mean of two is 4
    assert wilder.value == 4.0
    wilder.update(15, 14, 14)  # gap: 15 - 7 = 8, smoothed 4 + (8 - 4) / 2
    assert wilder.value == 6.0


def test_average_true_range_of_no_days_is_refused():
    with pytest.raises(ValueError, match="days was 0"):
        AverageTrueRange(0)
