"""Indicators of bars: true range, directions, strength (LEAN `Indicators/*.cs`)."""

from decimal import Decimal
from typing import Any

from lean_local.api.indicator_base import HUNDRED, NO_TIME, REQUIRED, ZERO, Indicator, IndicatorBase, Numbers
from lean_local.api.indicators import MeanAbsoluteDeviation
from lean_local.api.moving_averages import SimpleMovingAverage, WilderMovingAverage, moving_average
from lean_local.enums import MovingAverageType
from lean_local.securities.cache import decimal_of

__all__ = [
    "AverageDirectionalIndex",
    "AverageDirectionalMovementIndexRating",
    "AverageTrueRange",
    "BalanceOfPower",
    "CommodityChannelIndex",
    "InternalBarStrength",
    "NormalizedAverageTrueRange",
    "TrueRange",
    "WilderAccumulativeSwingIndex",
    "WilderSwingIndex",
]
SIMPLE, WILDERS = MovingAverageType.SIMPLE, MovingAverageType.WILDERS


class BarIndicator(Indicator):
    """An indicator of bars that remembers the bar before."""

    needs_bars = True
    _before: Numbers | None = None

    def _forget(self) -> None:
        self._before = None


class Output(IndicatorBase):
    """A value that its owner computes: `show(moment, value)`; ready when the owner says so."""

    def __init__(self, name: str, ready: Any = None) -> None:
        super().__init__(name, 1)
        self._ready = ready

    @property
    def is_ready(self) -> bool:
        """Whether it means something yet."""
        return bool(self._ready()) if self._ready is not None else self.samples > 0

    def _compute(self, data: Any) -> Any:
        return data


def true_range(bar: Numbers, before: Numbers | None) -> Decimal:
    """Largest of high minus low and the distances of both from the close before."""
    span = bar.high - bar.low
    return span if before is None else max(span, abs(before.close - bar.high), abs(before.close - bar.low))


class TrueRange(BarIndicator):
    """The true range; high minus low on the first bar."""

    title = "TR"
    parameters = ()

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return 2

    def _compute(self, data: Any) -> Any:
        before, self._before = self._before, data
        return true_range(data, before)


class AverageTrueRange(BarIndicator):
    """Average of the true range, Wilder's unless another type is named."""

    title = "ATR({period})"
    parameters = (("period", REQUIRED), ("moving_average_type", WILDERS))

    def _make(self, period: int, moving_average_type: Any, **_: Any) -> None:
        self.true_range = Output(f"{self.name}_TR")
        self._average = moving_average(moving_average_type, period)

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    def _compute(self, data: Any) -> Any:
        before, self._before = self._before, data
        span = true_range(data, before)
        self.true_range.feed(data.time, span)
        self._average.feed(NO_TIME, span)
        return self._average.exact


class NormalizedAverageTrueRange(BarIndicator):
    """Average true range in percent of the close."""

    title = "NATR({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._first, self._last_range = SimpleMovingAverage(period), ZERO

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return self.period + 1

    def _compute(self, data: Any) -> Any:
        before, self._before = self._before, data
        span, n = true_range(data, before), self.period
        if self.samples <= n + 1:
            self._first.feed(NO_TIME, span)
            self._last_range = self._first.exact
        else:
            self._last_range = (self._last_range * (n - 1) + span) / n
        return self._last_range / data.close * 100 if data.close else ZERO


class AverageDirectionalIndex(BarIndicator):
    """Wilder average of the directional index; 50 while there is no movement."""

    title = "ADX({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._spans: list[Decimal] = [ZERO, ZERO, ZERO]  # smoothed true range, plus and minus movement
        self._average = WilderMovingAverage(period)
        self.positive_directional_index = Output(f"{self.name}_Positive", self._smooth)
        self.negative_directional_index = Output(f"{self.name}_Negative", self._smooth)

    def _smooth(self) -> bool:
        return self.samples > self.period

    def _forget(self) -> None:
        super()._forget()
        self._spans = [ZERO, ZERO, ZERO]

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return 2 * self.period

    def _movements(self, bar: Numbers) -> list[Decimal]:
        before = self._before
        if before is None:
            return [ZERO, ZERO, ZERO]
        up, down = bar.high - before.high, before.low - bar.low
        plus = up if up > 0 and up >= down else ZERO
        minus = down if down > 0 and down > up else ZERO
        return [true_range(bar, before), plus, minus]

    def _compute(self, data: Any) -> Any:
        fresh = self._movements(data)
        self._before = data
        late = self.samples > self.period + 1
        self._spans = [s + f - (s / self.period if late else ZERO) for s, f in zip(self._spans, fresh, strict=True)]
        span, plus, minus = self._spans
        shares = [HUNDRED * m / span if span and self._smooth() else ZERO for m in (plus, minus)]
        self.positive_directional_index.feed(data.time, shares[0])
        self.negative_directional_index.feed(data.time, shares[1])
        total = shares[0] + shares[1]
        if not total:
            return Decimal(50)
        self._average.feed(NO_TIME, HUNDRED * abs(shares[0] - shares[1]) / total)
        return self._average.exact


class AverageDirectionalMovementIndexRating(BarIndicator):
    """Mean of the directional index and its value n - 1 back."""

    title = "ADXR({period})"

    def _make(self, period: int, **_: Any) -> None:
        self.adx = AverageDirectionalIndex(f"{self.name}_ADX", period)
        self._history: list[Decimal] = []

    def _forget(self) -> None:
        self._history.clear()

    @property
    def is_ready(self) -> bool:
        """Whether there are n values of the index."""
        return len(self._history) >= self.period

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return 3 * self.period - 1

    def _input(self, data: Any) -> Any:
        self.adx.update(data)
        if self.adx.is_ready:
            self._history = (
                [*self._history[-self.period + 1 :], self.adx.exact] if self.period > 1 else [self.adx.exact]
            )
        return (self.adx.exact + self._history[0]) / 2 if self.is_ready else Decimal(50)


class CommodityChannelIndex(BarIndicator):
    """Distance of the typical price from its mean in units of 0.015 mean deviations."""

    title = "CCI({period})"
    parameters = (("period", REQUIRED), ("moving_average_type", SIMPLE))

    def _make(self, period: int, moving_average_type: Any, **_: Any) -> None:
        self.typical_price_average = moving_average(moving_average_type, period)
        self.typical_price_mean_deviation = MeanAbsoluteDeviation(period)

    @property
    def is_ready(self) -> bool:
        """Whether both parts are."""
        return self.typical_price_average.is_ready and self.typical_price_mean_deviation.is_ready

    def _compute(self, data: Any) -> Any:
        typical = (data.high + data.low + data.close) / 3
        self.typical_price_average.feed(data.time, typical)
        self.typical_price_mean_deviation.feed(data.time, typical)
        spread = Decimal("0.015") * self.typical_price_mean_deviation.exact
        return (typical - self.typical_price_average.exact) / spread if spread else ZERO


class BalanceOfPower(BarIndicator):
    """Close minus open over the range."""

    title = "BOP"
    parameters = ()

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return 1

    def _compute(self, data: Any) -> Any:
        span = data.high - data.low
        return (data.close - data.open) / span if span > 0 else ZERO


class InternalBarStrength(BarIndicator):
    """Where the close lies in the bar, 0 to 1."""

    title = "IBS"
    parameters = ()

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return 1

    def _compute(self, data: Any) -> Any:
        span = data.high - data.low
        return (data.close - data.low) / span if span else Decimal("0.5")


class WilderSwingIndex(BarIndicator):
    """Wilder's swing index: which way the next bars will go, -100 to 100 with the limit of a day's move."""

    title = "SI"
    parameters = (("limit_move", REQUIRED),)

    def _make(self, limit_move: Any, **_: Any) -> None:
        self._limit = abs(decimal_of(limit_move))

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return 2

    @property
    def is_ready(self) -> bool:
        """Whether there was a bar before."""
        return self.samples > 1

    def _compute(self, data: Any) -> Any:
        before, self._before = self._before, data
        return ZERO if before is None else self._swing(data, before)

    def _swing(self, bar: Numbers, before: Numbers) -> Decimal:
        up, down, span = abs(bar.high - before.close), abs(bar.low - before.close), abs(bar.high - bar.low)
        body = abs((before.close - before.open) / 4)
        widest = max(up, down, span)
        if widest == up:
            length = up - down / 2 + body
        elif widest == down:
            length = down - up / 2 + body
        else:
            length = span + body
        if not length or not self._limit:
            return ZERO
        move = (bar.close - before.close) + (bar.close - bar.open) / 2 + (before.close - before.open) / 4
        return 50 * (move / length) * (max(up, down) / self._limit)


class WilderAccumulativeSwingIndex(WilderSwingIndex):
    """The sum of the swing indices so far."""

    title = "ASI"

    def _compute(self, data: Any) -> Any:
        return self.exact + super()._compute(data)
