"""Indicators of one number: ranges, momentum, dispersion (LEAN `Indicators/*.cs`, semantics §8.6)."""

import math
from decimal import Decimal
from typing import Any

from lean_local.api.indicator_base import (
    HUNDRED,
    NO_TIME,
    REQUIRED,
    TWO,
    ZERO,
    Indicator,
    IndicatorBase,
    IndicatorDataPoint,
    RollingWindow,
    Windowed,
    from_double,
)
from lean_local.api.indicator_windows import Identity
from lean_local.api.moving_averages import SimpleMovingAverage, moving_average
from lean_local.enums import MovingAverageType

__all__ = [
    "ChandeMomentumOscillator",
    "Identity",
    "IndicatorBase",
    "IndicatorDataPoint",
    "LogReturn",
    "Maximum",
    "MeanAbsoluteDeviation",
    "Minimum",
    "Momentum",
    "MomentumPercent",
    "RateOfChange",
    "RateOfChangePercent",
    "RateOfChangeRatio",
    "RelativeStrengthIndex",
    "RollingWindow",
    "StandardDeviation",
    "VariableIndexDynamicAverage",
    "Variance",
]


class RelativeStrengthIndex(Indicator):
    """RSI; gains and losses through a Wilder average unless another type is named."""

    title = "RSI({period},{moving_average_type})"
    parameters = (("period", REQUIRED), ("moving_average_type", MovingAverageType.WILDERS))

    def _make(self, period: int, moving_average_type: Any, **_: Any) -> None:
        self.moving_average_type = MovingAverageType(moving_average_type)
        self.average_gain, self.average_loss = (moving_average(moving_average_type, period) for _ in range(2))
        self._before: Decimal | None = None

    def _forget(self) -> None:
        self._before = None

    @property
    def is_ready(self) -> bool:
        """Whether both averages are."""
        return self.average_gain.is_ready and self.average_loss.is_ready

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return self.period + 1

    def _compute(self, data: Any) -> Any:
        if self._before is not None:
            change = data - self._before
            self.average_gain.feed(NO_TIME, max(change, ZERO))
            self.average_loss.feed(NO_TIME, max(-change, ZERO))
        self._before = data
        loss, gain = max(self.average_loss.exact, ZERO), max(self.average_gain.exact, ZERO)
        if round(loss, 10) == 0:
            return HUNDRED
        return HUNDRED - HUNDRED / (1 + gain / loss)


class Variance(Windowed):
    """Population variance of the last n inputs, from rolling sums."""

    title = "V({period})"

    def _make(self, **_: Any) -> None:
        self._forget()

    def _forget(self) -> None:
        self._sum, self._squares = ZERO, ZERO

    def _next(self, data: Any) -> Any:
        self._sum += data
        self._squares += data * data
        if self.samples < 2:
            return ZERO
        n = min(self.period, self.samples)
        mean, square = self._sum / n, self._squares / n
        if n == self.period:
            gone = self._values[self.period - 1]
            self._sum -= gone
            self._squares -= gone * gone
        return max(ZERO, square - mean * mean)


class StandardDeviation(Variance):
    """Population standard deviation of the last n inputs."""

    title = "STD({period})"

    def _next(self, data: Any) -> Any:
        return from_double(math.sqrt(float(super()._next(data))))


class MeanAbsoluteDeviation(Windowed):
    """Mean distance from the mean of the last n inputs."""

    title = "MAD({period})"

    def _make(self, period: int, **_: Any) -> None:
        self.mean = SimpleMovingAverage(period)

    def _next(self, data: Any) -> Any:
        self.mean.feed(NO_TIME, data)
        mean = self.mean.exact
        return ZERO if self.samples < 2 else sum((abs(v - mean) for v in self._values), ZERO) / self._values.count


class _Extreme(Windowed):
    """Largest or smallest of the last n inputs and how long ago it was."""

    def _make(self, **_: Any) -> None:
        self._since = 0

    def _forget(self) -> None:
        self._since = 0

    def _beats(self, data: Decimal, best: Decimal) -> bool:  # noqa: ARG002
        raise TypeError(f"{type(self).__name__} compares nothing")  # pragma: no cover - subclasses do

    def _next(self, data: Any) -> Any:
        if self.samples == 1 or self._beats(data, self.exact):
            self._since = 0
            return data
        if self._since >= self.period - 1:
            best = self._values[0]
            self._since = 0
            for i, value in enumerate(self._values):
                if value != best and self._beats(value, best):
                    best, self._since = value, i
            return best
        self._since += 1
        return self.exact


class Maximum(_Extreme):
    """Largest of the last n inputs."""

    title = "MAX({period})"

    @property
    def periods_since_maximum(self) -> int:
        """Inputs since the largest."""
        return self._since

    def _beats(self, data: Decimal, best: Decimal) -> bool:
        return data >= best


class Minimum(_Extreme):
    """Smallest of the last n inputs."""

    title = "MIN({period})"

    @property
    def periods_since_minimum(self) -> int:
        """Inputs since the smallest."""
        return self._since

    def _beats(self, data: Decimal, best: Decimal) -> bool:
        return data <= best


class Momentum(Windowed):
    """Input minus the input n before (the oldest until there are n)."""

    title = "MOM({period})"

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return self.period + 1

    def _next(self, data: Any) -> Any:
        return data - self._oldest()


class RateOfChange(Momentum):
    """Momentum over the old input."""

    title = "ROC({period})"

    def _next(self, data: Any) -> Any:
        old = self._oldest()
        return (data - old) / old if old else ZERO


class RateOfChangePercent(RateOfChange):
    """Rate of change in percent."""

    title = "ROCP({period})"

    def _next(self, data: Any) -> Any:
        return 100 * super()._next(data)


class MomentumPercent(RateOfChangePercent):
    """Same as `RateOfChangePercent`."""

    title = "MOMP({period})"


class RateOfChangeRatio(RateOfChange):
    """Input over the old input, 0 where it has not changed."""

    title = "ROCR({period})"

    def _next(self, data: Any) -> Any:
        found = super()._next(data)
        return found + 1 if found else ZERO


class LogReturn(Windowed):
    """Logarithm of the input over the input n before."""

    title = "LOGR({period})"

    def _next(self, data: Any) -> Any:
        old = self._oldest()
        ratio = float(data / old) if old else 0.0
        return from_double(math.log(ratio)) if ratio > 0 else ZERO


class ChandeMomentumOscillator(Indicator):
    """Smoothed gains minus losses over their sum, times 100."""

    title = "CMO({period})"

    def _make(self, **_: Any) -> None:
        self._forget()

    def _forget(self) -> None:
        self._before, self._gain, self._loss = ZERO, ZERO, ZERO

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return self.period + 1

    def _compute(self, data: Any) -> Any:
        n = self.period
        if self.samples == 1:
            self._before = data
            return ZERO
        change, self._before = data - self._before, data
        if self.samples > n + 1:
            self._loss *= n - 1
            self._gain *= n - 1
        if change < 0:
            self._loss -= change
        else:
            self._gain += change
        if not self.is_ready:
            return ZERO
        self._loss /= n
        self._gain /= n
        total = self._gain + self._loss
        return HUNDRED * ((self._gain - self._loss) / total) if total else ZERO


class VariableIndexDynamicAverage(Indicator):
    """Exponential average whose factor follows the Chande oscillator."""

    title = "VIDYA({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._oscillator, self._k, self._average = ChandeMomentumOscillator(period), TWO / (period + 1), ZERO

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return self.period + 1

    def _compute(self, data: Any) -> Any:
        self._oscillator.feed(NO_TIME, data)
        if not self.is_ready:
            self._average = data
            return ZERO
        k = self._k * abs(self._oscillator.exact / 100)
        self._average = data * k + self._average * (1 - k)
        return self._average
