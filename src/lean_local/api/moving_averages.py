"""Moving averages and what they are made of (LEAN `Indicators/*MovingAverage.cs`, semantics §8.6)."""

import math
from decimal import Decimal
from typing import Any, ClassVar

from lean_local.api.indicator_base import (
    NO_TIME,
    ONE,
    REQUIRED,
    TWO,
    ZERO,
    Indicator,
    Windowed,
    from_double,
)
from lean_local.api.indicator_windows import Chained, Delay, Sum
from lean_local.enums import MovingAverageType
from lean_local.securities.cache import decimal_of

__all__ = [
    "ArnaudLegouxMovingAverage",
    "DoubleExponentialMovingAverage",
    "ExponentialMovingAverage",
    "HullMovingAverage",
    "KaufmanAdaptiveMovingAverage",
    "KaufmanEfficiencyRatio",
    "LinearWeightedMovingAverage",
    "SimpleMovingAverage",
    "T3MovingAverage",
    "TriangularMovingAverage",
    "TripleExponentialMovingAverage",
    "WilderMovingAverage",
    "ZeroLagExponentialMovingAverage",
]


class SimpleMovingAverage(Sum):
    """Mean of the last n inputs (of fewer before)."""

    title = "SMA({period})"

    def _next(self, data: Any) -> Any:
        return super()._next(data) / self._values.count


class ExponentialMovingAverage(Indicator):
    """0 until n inputs, then their mean, then k = 2 / (n + 1)."""

    title = "EMA({period})"
    parameters = (("period", REQUIRED), ("smoothing_factor", None))

    def _make(self, period: int, smoothing_factor: Any, **_: Any) -> None:
        self._k = TWO / (1 + period) if smoothing_factor is None else decimal_of(smoothing_factor)
        self._first = SimpleMovingAverage(period)

    @staticmethod
    def smoothing_factor_default(period: int) -> float:
        """2 / (n + 1)."""
        return float(TWO / (1 + period))

    def _compute(self, data: Any) -> Any:
        if self.samples <= self.period:
            self._first.feed(NO_TIME, data)
        if self.samples < self.period:
            return ZERO
        if self.samples == self.period:
            return self._first.exact
        return data * self._k + self.exact * (1 - self._k)


class WilderMovingAverage(Indicator):
    """Mean of fewer than n inputs, from the n-th on x/n + previous * (1 - 1/n)."""

    title = "WWMA({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._k, self._first = ONE / period, SimpleMovingAverage(period)

    def _compute(self, data: Any) -> Any:
        if not self.is_ready:
            self._first.feed(NO_TIME, data)
            return self._first.exact
        return data * self._k + self.exact * (1 - self._k)


class LinearWeightedMovingAverage(Windowed):
    """Weights n, n - 1, ... from the newest input; 0 until n inputs."""

    title = "LWMA({period})"

    def _next(self, data: Any) -> Any:  # noqa: ARG002
        n = self.period
        if not self.is_ready:
            return ZERO
        return sum(((n - i) * v for i, v in enumerate(self._values)), ZERO) / (n * (n + 1) // 2)


class HullMovingAverage(Indicator):
    """Linear average over sqrt(n) of twice the half-period average minus the whole one."""

    title = "HMA({period})"

    def _make(self, period: int, **_: Any) -> None:
        k = round(math.sqrt(period))
        self._slow, self._fast = LinearWeightedMovingAverage(period), LinearWeightedMovingAverage(round(period / 2))
        self._hull = LinearWeightedMovingAverage(k)

    @property
    def is_ready(self) -> bool:
        """Whether the last average is."""
        return self._hull.is_ready

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return self.period + self._hull.period - 1

    def _compute(self, data: Any) -> Any:
        self._fast.feed(NO_TIME, data)
        if self._slow.feed(NO_TIME, data):
            self._hull.feed(NO_TIME, 2 * self._fast.exact - self._slow.exact)
        return self._hull.exact


class KaufmanEfficiencyRatio(Windowed):
    """Net change over the sum of changes."""

    title = "KER({period})"
    parameters: ClassVar[tuple[tuple[str, Any], ...]] = (("period", 2),)

    def _make(self, *_: Any, **__: Any) -> None:
        self._forget()

    def _forget(self) -> None:
        self._path, self._trail = ZERO, ZERO

    def _size(self) -> int:
        return self.period + 1

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return self.period + 1

    def _ratio(self, data: Decimal) -> Decimal:
        values, size = self._values, self.period + 1
        if self.samples < size:
            if self.samples > 1:
                self._path += abs(data - values[1])
            return data
        trail = values[size - 1]
        if self.samples > size:
            self._path -= abs(self._trail - trail)
        self._path += abs(data - values[1])
        self._trail = trail
        change = data - trail
        return ONE if self._path <= change or not self._path else abs(change / self._path)

    def _next(self, data: Any) -> Any:
        return self._ratio(data)


class KaufmanAdaptiveMovingAverage(KaufmanEfficiencyRatio):
    """Average that follows fast when the market goes one way."""

    title = "KAMA({period},{fast_ema_period},{slow_ema_period})"
    parameters = (("period", REQUIRED), ("fast_ema_period", 2), ("slow_ema_period", 30))

    def _make(self, fast_ema_period: int, slow_ema_period: int, **_: Any) -> None:
        self._slow_factor = TWO / (slow_ema_period + 1)
        self._spread = TWO / (fast_ema_period + 1) - self._slow_factor
        self._kama = ZERO
        self._forget()

    def _next(self, data: Any) -> Any:
        ratio = self._ratio(data)
        if self.samples < self.period + 1:
            return data
        if self.samples == self.period + 1:
            self._kama = self._values[1]
        smoothing = ratio * self._spread + self._slow_factor
        self._kama = (data - self._kama) * (smoothing * smoothing) + self._kama
        return self._kama


class DoubleExponentialMovingAverage(Indicator):
    """(1 + v) times the average minus v times the average of the average."""

    title = "DEMA({period})"
    parameters = (("period", REQUIRED), ("volume_factor", 1))

    def _make(self, period: int, volume_factor: Any, **_: Any) -> None:
        self._v = decimal_of(volume_factor)
        self._first, self._second = ExponentialMovingAverage(period), ExponentialMovingAverage(period)

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return 1 + 2 * (self.period - 1)

    def _compute(self, data: Any) -> Any:
        if not self._first.feed(NO_TIME, data):
            return self._first.exact
        self._second.feed(NO_TIME, self._first.exact)
        return (self._v + 1) * self._first.exact - self._v * self._second.exact


class TripleExponentialMovingAverage(Indicator):
    """3 a - 3 b + c of three nested averages; 0 until all are ready."""

    title = "TEMA({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._chain = Chained(*(ExponentialMovingAverage(period) for _ in range(3)))

    @property
    def is_ready(self) -> bool:
        """Whether the last average is."""
        return self._chain.links[2].is_ready

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return 3 * (self.period - 1) + 1

    def _compute(self, data: Any) -> Any:
        self._chain.feed(data)
        a, b, c = (link.exact for link in self._chain.links)
        return 3 * a - 3 * b + c if self.is_ready else ZERO

    def _forget(self) -> None:
        self._chain.reset()


class T3MovingAverage(Indicator):
    """Three generalised double averages in a row."""

    title = "T3({period},{volume_factor})"
    parameters = (("period", REQUIRED), ("volume_factor", 0.7))

    def _make(self, period: int, volume_factor: Any, **_: Any) -> None:
        self._chain = Chained(*(DoubleExponentialMovingAverage(period, volume_factor) for _ in range(3)))

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return 1 + 6 * (self.period - 1)

    def _compute(self, data: Any) -> Any:
        self._chain.feed(data)
        ready = [link for link in self._chain.links[:2] if not link.is_ready]
        return (ready[0] if ready else self._chain.links[2]).exact

    def _forget(self) -> None:
        self._chain.reset()


class TriangularMovingAverage(Indicator):
    """Average of an average."""

    title = "TRIMA({period})"

    def _make(self, period: int, **_: Any) -> None:
        even = period % 2 == 0
        self._first = SimpleMovingAverage(period // 2 if even else (period + 1) // 2)
        self._second = SimpleMovingAverage(period // 2 + 1 if even else (period + 1) // 2)

    def _compute(self, data: Any) -> Any:
        self._first.feed(NO_TIME, data)
        self._second.feed(NO_TIME, self._first.exact)
        return self._second.exact


class ArnaudLegouxMovingAverage(Windowed):
    """Average with Gaussian weights; the input itself until n inputs."""

    title = "ALMA({period},{sigma},{offset})"
    parameters = (("period", REQUIRED), ("sigma", 6), ("offset", 0.85))

    def _make(self, period: int, sigma: int, offset: Any, **_: Any) -> None:
        m = math.floor(decimal_of(offset) * (period - 1))
        s = Decimal(period) / sigma
        raw = [math.exp(float(-(i - m) * (i - m) / (2 * s * s))) for i in range(period)]
        self._weights = [from_double(w / sum(raw)) for w in raw][::-1]

    def _next(self, data: Any) -> Any:
        if not self.is_ready:
            return data
        return sum((v * w for v, w in zip(self._values, self._weights, strict=True)), ZERO)


class ZeroLagExponentialMovingAverage(Indicator):
    """Exponential average of the input plus its change over half the period."""

    title = "ZLEMA({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._average, self._delayed = ExponentialMovingAverage(period), Delay(round((period - 1) / 2))

    @property
    def is_ready(self) -> bool:
        """Whether both parts are."""
        return self._delayed.is_ready and self._average.is_ready

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return self.period + self.period // 2

    def _compute(self, data: Any) -> Any:
        if not self._delayed.feed(NO_TIME, data):
            return ZERO
        self._average.feed(NO_TIME, data + (data - self._delayed.exact))
        return self._average.exact


_AVERAGES: dict[MovingAverageType, type[Indicator]] = {
    MovingAverageType.SIMPLE: SimpleMovingAverage,
    MovingAverageType.EXPONENTIAL: ExponentialMovingAverage,
    MovingAverageType.WILDERS: WilderMovingAverage,
    MovingAverageType.LINEAR_WEIGHTED_MOVING_AVERAGE: LinearWeightedMovingAverage,
    MovingAverageType.DOUBLE_EXPONENTIAL: DoubleExponentialMovingAverage,
    MovingAverageType.TRIPLE_EXPONENTIAL: TripleExponentialMovingAverage,
    MovingAverageType.TRIANGULAR: TriangularMovingAverage,
    MovingAverageType.T_3: T3MovingAverage,
    MovingAverageType.KAMA: KaufmanAdaptiveMovingAverage,
    MovingAverageType.HULL: HullMovingAverage,
    MovingAverageType.ALMA: ArnaudLegouxMovingAverage,
    MovingAverageType.ZLEMA: ZeroLagExponentialMovingAverage,
}


def moving_average(kind: Any, period: int) -> Indicator:
    """A moving average of a type (LEAN `MovingAverageTypeExtensions`)."""
    return _AVERAGES[MovingAverageType(kind)](period)
