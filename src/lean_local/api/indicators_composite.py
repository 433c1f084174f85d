"""Indicators of one number that are made of others (LEAN `Indicators/*.cs`, semantics §8.6)."""

from typing import Any, ClassVar

import numpy as np

from lean_local.api.indicator_base import HUNDRED, NO_TIME, REQUIRED, ZERO, Indicator, Windowed, from_double
from lean_local.api.indicator_extensions import minus, of, over, plus, times
from lean_local.api.indicator_windows import Chained, Delay, Identity
from lean_local.api.indicators import Maximum, Minimum, RateOfChangePercent, RelativeStrengthIndex, StandardDeviation
from lean_local.api.moving_averages import (
    ExponentialMovingAverage,
    LinearWeightedMovingAverage,
    SimpleMovingAverage,
    moving_average,
)
from lean_local.enums import MovingAverageType
from lean_local.securities.cache import decimal_of

__all__ = [
    "AbsolutePriceOscillator",
    "BollingerBands",
    "CoppockCurve",
    "DetrendedPriceOscillator",
    "LeastSquaresMovingAverage",
    "MidPoint",
    "MovingAverageConvergenceDivergence",
    "PercentagePriceOscillator",
    "RegressionChannel",
    "RelativeMovingAverage",
    "StochasticRelativeStrengthIndex",
    "Trix",
    "TrueStrengthIndex",
]
SIMPLE, EXPONENTIAL = MovingAverageType.SIMPLE, MovingAverageType.EXPONENTIAL


class BollingerBands(Indicator):
    """Mean and bands of k standard deviations; no new value while the deviation is 0."""

    title = "BB({period},{k})"
    parameters = (("period", REQUIRED), ("k", REQUIRED), ("moving_average_type", SIMPLE))

    def _make(self, period: int, k: Any, moving_average_type: Any, **_: Any) -> None:
        self.moving_average_type = MovingAverageType(moving_average_type)
        self.standard_deviation = StandardDeviation(f"{self.name}_StandardDeviation", period)
        self.middle_band = moving_average(moving_average_type, period)
        self.lower_band = minus(self.middle_band, times(self.standard_deviation, k), f"{self.name}_LowerBand")
        self.upper_band = plus(self.middle_band, times(self.standard_deviation, k), f"{self.name}_UpperBand")
        width = minus(self.upper_band, self.lower_band)
        self.band_width = times(over(width, self.middle_band), 100, f"{self.name}_BandWidth")
        self.price = Identity(f"{self.name}_Close")
        self.percent_b = over(minus(self.price, self.lower_band), width, f"{self.name}_%B")

    @property
    def is_ready(self) -> bool:
        """Whether all bands are."""
        parts = (self.middle_band, self.upper_band, self.lower_band, self.band_width, self.percent_b)
        return all(part.is_ready for part in parts)

    def _compute(self, data: Any) -> Any:
        moment = self._last[0]
        self.standard_deviation.feed(moment, data)
        self.middle_band.feed(moment, data)
        self.price.feed(moment, data)
        return None if self.is_ready and not self.standard_deviation.exact else data


class MovingAverageConvergenceDivergence(Indicator):
    """Fast minus slow average; the signal starts when both are ready."""

    title = "MACD({fast_period},{slow_period},{signal_period})"
    parameters: ClassVar[tuple[tuple[str, Any], ...]] = (
        ("fast_period", REQUIRED),
        ("slow_period", REQUIRED),
        ("signal_period", REQUIRED),
        ("moving_average_type", EXPONENTIAL),
    )

    def _make(self, *_: Any, **values: Any) -> None:
        self._build(
            values["fast_period"], values["slow_period"], values["signal_period"], values["moving_average_type"]
        )

    def _build(self, fast_period: int, slow_period: int, signal_period: int, moving_average_type: Any) -> None:
        if fast_period >= slow_period:
            raise ValueError("MovingAverageConvergenceDivergence: fastPeriod must be less than slowPeriod")
        kind, self.period = moving_average_type, slow_period + signal_period - 1
        self.fast, self.slow = moving_average(kind, fast_period), moving_average(kind, slow_period)
        self.signal, self.histogram = moving_average(kind, signal_period), Identity(f"{self.name}_Histogram")

    @property
    def is_ready(self) -> bool:
        """Whether the signal is."""
        return self.signal.is_ready

    def _compute(self, data: Any) -> Any:
        moment = self._last[0]
        ready = self.fast.feed(moment, data), self.slow.feed(moment, data)
        value = self.fast.exact - self.slow.exact
        if all(ready) and self.signal.feed(moment, value):
            self.histogram.feed(moment, value - self.signal.exact)
        return value


class AbsolutePriceOscillator(MovingAverageConvergenceDivergence):
    """Fast minus slow average."""

    title = "APO({fast_period},{slow_period})"
    parameters = (("fast_period", REQUIRED), ("slow_period", REQUIRED), ("moving_average_type", SIMPLE))

    def _make(self, fast_period: int, slow_period: int, moving_average_type: Any, **_: Any) -> None:
        self._build(fast_period, slow_period, slow_period, moving_average_type)


class PercentagePriceOscillator(AbsolutePriceOscillator):
    """Fast minus slow average in percent of the slow one."""

    title = "PPO({fast_period},{slow_period})"

    def _compute(self, data: Any) -> Any:
        value = super()._compute(data)
        return 100 * value / self.slow.exact if self.slow.exact else ZERO


class LeastSquaresMovingAverage(Windowed):
    """Last point of the line fitted to n inputs; the input itself until there are n."""

    title = "LSMA({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._t = np.arange(1, period + 1, dtype=np.float64)
        self.intercept, self.slope = Identity(f"{self.name}_Intercept"), Identity(f"{self.name}_Slope")

    def _next(self, data: Any) -> Any:
        if not self._values.is_ready:
            return data
        y = np.array([float(v) for v in self._values][::-1])
        t, moment = self._t, self._last[0]
        slope = float(((t - t.mean()) * (y - y.mean())).sum() / ((t - t.mean()) ** 2).sum())
        self.intercept.feed(moment, from_double(float(y.mean()) - slope * float(t.mean())))
        self.slope.feed(moment, from_double(slope))
        return self.intercept.exact + self.slope.exact * self.period


class RegressionChannel(Indicator):
    """Fitted line with bands of k standard deviations."""

    title = "RC({period},{k})"
    parameters = (("period", REQUIRED), ("k", REQUIRED))

    def _make(self, period: int, k: Any, **_: Any) -> None:
        self._deviation = StandardDeviation(period)
        self.linear_regression = LeastSquaresMovingAverage(f"{self.name}_LinearRegression", period)
        band = times(self._deviation, decimal_of(k))
        self.lower_channel = minus(self.linear_regression, band, f"{self.name}_LowerChannel")
        self.upper_channel = plus(self.linear_regression, band, f"{self.name}_UpperChannel")
        self.intercept, self.slope = self.linear_regression.intercept, self.linear_regression.slope

    def _compute(self, data: Any) -> Any:
        self._deviation.feed(self._last[0], data)
        self.linear_regression.feed(self._last[0], data)
        return self.linear_regression.exact


class Trix(Indicator):
    """Percent change of a triple exponential average."""

    title = "TRIX({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._change = RateOfChangePercent(1)
        self._chain = Chained(*(ExponentialMovingAverage(period) for _ in range(3)), self._change)

    def _forget(self) -> None:
        self._chain.reset()

    @property
    def is_ready(self) -> bool:
        """Whether the change is."""
        return self._change.is_ready

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return 3 * (self.period - 1) + 2

    def _compute(self, data: Any) -> Any:
        self._chain.feed(data)
        return self._change.exact


class MidPoint(Indicator):
    """Middle of the largest and smallest of n inputs."""

    title = "MIDPOINT({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._max, self._min = Maximum(period), Minimum(period)

    def _compute(self, data: Any) -> Any:
        self._max.feed(NO_TIME, data)
        self._min.feed(NO_TIME, data)
        return (self._max.exact + self._min.exact) / 2


class CoppockCurve(Indicator):
    """Linear average of two rates of change."""

    title = "CC({short_roc_period},{long_roc_period},{lwma_period})"
    parameters = (("short_roc_period", 11), ("long_roc_period", 14), ("lwma_period", 10))

    def _make(self, short_roc_period: int, long_roc_period: int, lwma_period: int, **_: Any) -> None:
        self._short, self._long = RateOfChangePercent(short_roc_period), RateOfChangePercent(long_roc_period)
        self._average = LinearWeightedMovingAverage(lwma_period)
        self.period = max(short_roc_period, long_roc_period) + lwma_period

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    def _compute(self, data: Any) -> Any:
        ready = self._short.feed(NO_TIME, data), self._long.feed(NO_TIME, data)
        if not all(ready):
            return ZERO
        self._average.feed(NO_TIME, self._short.exact + self._long.exact)
        return self._average.exact


class DetrendedPriceOscillator(Indicator):
    """The input half a period back minus the average."""

    title = "DPO({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._lag, self._average = Delay(period // 2 + 1), SimpleMovingAverage(period)

    @property
    def is_ready(self) -> bool:
        """Whether both are."""
        return self._average.is_ready and self._lag.is_ready

    def _compute(self, data: Any) -> Any:
        self._lag.feed(NO_TIME, data)
        self._average.feed(NO_TIME, data)
        return self._lag.exact - self._average.exact


class RelativeMovingAverage(Indicator):
    """Average of 3 n minus that of 2 n plus that of n."""

    title = "RMA({period})"

    def _make(self, period: int, **_: Any) -> None:
        self.short_average, self.medium_average = SimpleMovingAverage(period), SimpleMovingAverage(2 * period)
        self.long_average = SimpleMovingAverage(3 * period)

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return 3 * self.period

    def _compute(self, data: Any) -> Any:
        for part in (self.short_average, self.medium_average, self.long_average):
            part.feed(NO_TIME, data)
        return self.long_average.exact - self.medium_average.exact + self.short_average.exact


class StochasticRelativeStrengthIndex(Indicator):
    """Where the RSI lies in its own range; `k` and `d` are averages."""

    title = "SRSI({rsi_period},{stoch_period},{k_smoothing_period},{d_smoothing_period})"
    parameters = (
        ("rsi_period", REQUIRED),
        ("stoch_period", REQUIRED),
        ("k_smoothing_period", REQUIRED),
        ("d_smoothing_period", REQUIRED),
        ("moving_average_type", SIMPLE),
    )

    def _make(self, rsi_period: int, stoch_period: int, moving_average_type: Any, **periods: Any) -> None:
        k, d = periods["k_smoothing_period"], periods["d_smoothing_period"]
        self._rsi, self._max, self._min = (
            RelativeStrengthIndex(rsi_period),
            Maximum(stoch_period),
            Minimum(stoch_period),
        )
        self.k, self.d = moving_average(moving_average_type, k), moving_average(moving_average_type, d)
        self.period = rsi_period + stoch_period + max(k, d)

    def _compute(self, data: Any) -> Any:
        self._rsi.feed(NO_TIME, data)
        self._max.feed(NO_TIME, self._rsi.exact)
        if not self._min.feed(NO_TIME, self._rsi.exact):
            return ZERO
        span, moment = self._max.exact - self._min.exact, self._last[0]
        self.k.feed(moment, 100 * (self._rsi.exact - self._min.exact) / span if span else HUNDRED)
        self.d.feed(moment, self.k.exact)
        return data


class TrueStrengthIndex(Indicator):
    """Doubly smoothed change over doubly smoothed absolute change, times 100."""

    title = "TSI({long_term_period},{short_term_period},{signal_period})"
    parameters = (
        ("long_term_period", 25),
        ("short_term_period", 13),
        ("signal_period", 7),
        ("signal_type", EXPONENTIAL),
    )

    def _make(self, long_term_period: int, short_term_period: int, signal_period: int, signal_type: Any) -> None:
        self._change, self._size = (ExponentialMovingAverage(long_term_period) for _ in range(2))
        change = of(ExponentialMovingAverage(short_term_period), self._change)
        size = of(ExponentialMovingAverage(short_term_period), self._size)
        self._index = times(over(change, size), 100)
        self.signal = of(moving_average(signal_type, signal_period), self._index)
        self.period, self._before = long_term_period + short_term_period, ZERO

    def _compute(self, data: Any) -> Any:
        change, self._before = data - self._before, data
        if self.samples == 1:
            return ZERO
        self._change.feed(self._last[0], change)
        self._size.feed(self._last[0], abs(change))
        return self._index.exact
