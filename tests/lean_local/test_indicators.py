"""Indicators on made bars: values by hand, resets, composites and comparisons."""

import math
from datetime import datetime, timedelta

import pytest

from lean_local.api.algorithm_indicators import _BARS, _POINTS
from lean_local.api.bars import TradeBar
from lean_local.api.indicator_base import REQUIRED, RollingWindow
from lean_local.api.indicator_extensions import CompositeIndicator, FunctionalIndicator, IndicatorExtensions
from lean_local.api.indicators import Momentum, StandardDeviation
from lean_local.api.indicators_bars import WilderAccumulativeSwingIndex, WilderSwingIndex
from lean_local.api.indicators_pairs import Beta
from lean_local.api.indicators_trends import PythonIndicator
from lean_local.api.moving_averages import ExponentialMovingAverage, SimpleMovingAverage
from lean_local.symbols import Symbol

START = datetime(2021, 3, 1, 9, 31)
DEFAULTS = {"fast_period": 3, "slow_period": 5, "period2": 6, "period3": 9, "k": 2, "multiplier": 2}


def bars(count):
    for i in range(count):
        close = 100 + 5 * math.sin(i / 3) + i * 0.1
        spread = 0.5 + (i % 4) * 0.25
        yield TradeBar(
            START + timedelta(minutes=i), None, close - 0.2, close + spread, close - spread, close, 1000.0 + i % 7 * 100
        )


def make(kind):
    given = {k: DEFAULTS.get(k, 4) for k, v in kind.parameters if v is REQUIRED}
    return kind(**given)


def feed(indicator, count=90):
    out = []
    for bar in bars(count):
        indicator.update(bar)
        out.append((indicator.is_ready, indicator.current.value))
    return out


@pytest.mark.parametrize("kind", sorted({*_POINTS.values(), *_BARS.values()}, key=lambda k: k.__name__))
def test_every_indicator_gets_ready_when_it_says_and_repeats_itself_after_a_reset(kind):
    indicator = make(kind)
    first = feed(indicator)
    assert first[-1][0]
    assert math.isfinite(first[-1][1])
    if kind.__name__ not in {"StochasticRelativeStrengthIndex", "TrueStrengthIndex"}:
        assert first[indicator.warm_up_period - 1][0], indicator.warm_up_period
    indicator.reset()
    assert (indicator.samples, indicator.current.value) == (0, 0.0)
    assert feed(indicator) == first


def numbers(indicator, values):
    for i, value in enumerate(values):
        indicator.update(START + timedelta(minutes=i), value)
    return indicator


def test_values_by_hand():
    assert numbers(SimpleMovingAverage(3), [1, 2, 3, 4]).current.value == 3.0
    assert numbers(ExponentialMovingAverage(3), [1, 2, 3, 5]).current.value == 3.5
    assert numbers(StandardDeviation(2), [1, 2, 4]).current.value == 1.0
    assert numbers(Momentum(2), [1, 2, 4, 8]).current.value == 6.0
    assert str(numbers(SimpleMovingAverage(3), [1, 1, 2])) == "1.33333"


def test_composites_wait_for_both_sides_and_skip_divisions_by_zero():
    fast, slow = SimpleMovingAverage(1), SimpleMovingAverage(2)
    gap, ratio = IndicatorExtensions.minus(fast, slow), IndicatorExtensions.over(fast, slow)
    for i, value in enumerate((0, 0, 4)):
        fast.update(START + timedelta(minutes=i), value)
        slow.update(START + timedelta(minutes=i), value)
    assert (gap.current.value, gap.samples) == (2.0, 3)
    assert (ratio.current.value, ratio.window.count) == (2.0, 2)
    assert IndicatorExtensions.plus(fast, 1).name == f"COMPOSE({fast.name},1)"
    both = CompositeIndicator("mine", fast, slow, lambda a, b: a.current.value * b.current.value)
    fast.update(START + timedelta(minutes=5), 6)
    slow.update(START + timedelta(minutes=5), 6)
    assert both.current.value == 30.0


def test_chained_and_functional_indicators():
    first = SimpleMovingAverage(2)
    second = IndicatorExtensions.of(ExponentialMovingAverage(1), first)
    doubled = FunctionalIndicator("twice", lambda point: 2 * point.value, lambda me: me.samples > 1)
    first.updated += lambda _sender, point: doubled.update(point)
    numbers(first, [1, 3])
    assert (second.current.value, second.samples, doubled.current.value, doubled.is_ready) == (2.0, 1, 4.0, True)


def test_indicators_compare_with_each_other_and_equal_numbers():
    one, two = numbers(SimpleMovingAverage(1), [1]), numbers(SimpleMovingAverage(1), [2])
    assert one < two
    assert two >= one
    assert one == 1
    with pytest.raises(TypeError, match="Object must be of type SimpleMovingAverage"):
        assert one > 0


def test_a_rolling_window_widens_when_asked_for_more():
    window = RollingWindow[int](2)
    for item in (1, 2, 3):
        window.add(item)
    assert (list(window), window.most_recently_removed, window[-1], window[5], window.size) == ([3, 2], 1, 2, None, 6)


def test_an_indicator_written_in_python_publishes_its_value():
    class Last(PythonIndicator):
        def __init__(self):
            super().__init__()
            self.name = "last"

        def update(self, data):
            self.value = data.value
            return True

    mine, seen = Last(), []
    mine.updated += lambda _sender, point: seen.append(point.value)
    assert numbers(mine, [1.5, 2.5]).current.value == 2.5
    assert seen == [1.5, 2.5]


def test_the_history_of_an_indicator(run, shares):
    run(
        shares,
        """
def initialize(self):
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.schedule.on(self.date_rules.on(2021, 3, 1), self.time_rules.at(10, 0), self.ask)
def ask(self):
    bands = BollingerBands(3, 2)
    past = self.indicator_history(bands, self.spy, 4)
    assert past.count == len(past) == 4
    assert [round(p.value, 2) for p in past.current] == [100.27, 100.28, 100.29, 100.3]
    assert [round(p["middle_band"].value, 2) for p in past] == [100.26, 100.27, 100.28, 100.29]
    assert past["upper_band"][0].value == past[0].upper_band.value > past[0].current.value
    frame = past.data_frame
    assert {"current", "upperband", "middleband"} <= set(frame.columns) and frame.index[-1] == self.time
    half = self.indicator_history(SimpleMovingAverage(2), self.spy, timedelta(minutes=5), selector=Field.VOLUME)
    assert [p.value for p in half] == [1000] * 5, [p.value for p in half]
    start = datetime(2021, 3, 1, 9, 40)
    span = self.indicator_history(SimpleMovingAverage(2), [self.spy], start, self.time, Resolution.MINUTE)
    assert span.count == 20
    slices = self.history(3, Resolution.MINUTE)
    assert self.indicator_history(Identity("x"), slices, lambda bar: bar.high).count == 3
    average = SimpleMovingAverage(3)
    self.warm_up_indicator(self.spy, average, timedelta(minutes=5))
    assert average.is_ready and round(average.current.value, 2) == 100.25
""",
    )


def test_swing_indices_by_hand():
    swing, total = WilderSwingIndex(8), WilderAccumulativeSwingIndex("sum", 8)
    prices = ((10, 10.5, 9.5, 10), (10, 12, 9.5, 11), (11, 11.2, 8, 8.5))  # open, high, low, close
    for n, (first, high, low, last) in enumerate(prices):
        bar = TradeBar(START + timedelta(minutes=n), None, first, high, low, last, 1.0)
        swing.update(bar)
        total.update(bar)
        assert swing.is_ready is (n > 0)
    expected = -50 * 3.5 / 3.45 * 3 / 8  # N = -3.5, R = 3.2 + 0.25, K = 3
    assert swing.current.value == pytest.approx(expected)
    assert total.current.value == pytest.approx(7.5 + expected)
    assert (swing.name, total.name, WilderAccumulativeSwingIndex(3).name) == ("SI", "sum", "ASI")


def test_pairs_are_made_in_leans_three_forms():
    one, two = Symbol.create_equity("ONE"), Symbol.create_equity("TWO")
    for made in (Beta(one, two, 5), Beta("mine", one, two, 5), Beta("mine", 5, one, two)):
        assert (made.target_symbol, made.reference_symbol, made.period) == (one, two, 5)
    with pytest.raises(KeyError):
        Beta("mine", 5, "ONE", "TWO")
