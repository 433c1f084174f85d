"""Indicators made of others (semantics §8.6)."""

from typing import Any

from lean_local.api.indicators import (
    NO_TIME,
    ExponentialMovingAverage,
    Identity,
    IndicatorBase,
    SimpleMovingAverage,
    StandardDeviation,
    named,
)

__all__ = ["BollingerBands", "MovingAverageConvergenceDivergence"]


class BollingerBands(IndicatorBase):
    """Mean and bands of k standard deviations."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("BB", arguments)
        super().__init__(name, int(rest[0]))
        self._k = float(rest[1])
        self.standard_deviation, self.middle_band = StandardDeviation(self.period), SimpleMovingAverage(self.period)
        self.upper_band, self.lower_band = Identity("upper"), Identity("lower")

    def _compute(self, data: float) -> float:
        self.standard_deviation.update(NO_TIME, data)
        self.middle_band.update(NO_TIME, data)
        width = self._k * self.standard_deviation.current.value
        self.upper_band.update(NO_TIME, self.middle_band.current.value + width)
        self.lower_band.update(NO_TIME, self.middle_band.current.value - width)
        return data


class MovingAverageConvergenceDivergence(IndicatorBase):
    """Fast minus slow average; the signal starts when both are ready."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("MACD", arguments)
        super().__init__(name, int(rest[1]))
        self.fast, self.slow = ExponentialMovingAverage(int(rest[0])), ExponentialMovingAverage(int(rest[1]))
        self.signal, self.histogram = ExponentialMovingAverage(int(rest[2])), Identity("histogram")

    @property
    def is_ready(self) -> bool:
        """Whether the signal is ready."""
        return self.signal.is_ready

    def _compute(self, data: float) -> float:
        self.fast.update(NO_TIME, data)
        self.slow.update(NO_TIME, data)
        value = self.fast.current.value - self.slow.current.value
        if self.fast.is_ready and self.slow.is_ready:
            self.signal.update(NO_TIME, value)
            self.histogram.update(NO_TIME, value - self.signal.current.value)
        return value
