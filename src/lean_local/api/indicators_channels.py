"""Indicators of bars: channels, oscillators, trends (LEAN `Indicators/*.cs`)."""

import math
from decimal import Decimal
from typing import Any

from lean_local.api.indicator_base import HUNDRED, NO_TIME, REQUIRED, TWO, ZERO, Numbers
from lean_local.api.indicator_windows import Identity, Sum
from lean_local.api.indicators import Maximum, Minimum
from lean_local.api.indicators_bars import SIMPLE, WILDERS, AverageTrueRange, BarIndicator, Output, true_range
from lean_local.api.moving_averages import moving_average
from lean_local.securities.cache import decimal_of

__all__ = [
    "AccelerationBands",
    "AroonOscillator",
    "AwesomeOscillator",
    "ChoppinessIndex",
    "DonchianChannel",
    "HeikinAshi",
    "KeltnerChannels",
    "MidPrice",
    "Stochastic",
    "SuperTrend",
    "UltimateOscillator",
    "Vortex",
    "WilliamsPercentR",
]


class DonchianChannel(BarIndicator):
    """Middle of the highest high and the lowest low."""

    title = "DCH({upper_period},{lower_period})"
    parameters = (("upper_period", REQUIRED), ("lower_period", None))

    @classmethod
    def complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        """One period serves both."""
        return values | {"lower_period": values["lower_period"] or values["upper_period"]}

    def _make(self, upper_period: int, lower_period: int, **_: Any) -> None:
        self.period = max(upper_period, lower_period)
        self.upper_band = Maximum(f"{self.name}_UpperBand", upper_period)
        self.lower_band = Minimum(f"{self.name}_LowerBand", lower_period)

    def _compute(self, data: Any) -> Any:
        self.upper_band.feed(data.time, data.high)
        self.lower_band.feed(data.time, data.low)
        return (self.upper_band.exact + self.lower_band.exact) / 2


class KeltnerChannels(BarIndicator):
    """Average of the typical price, with bands of k average true ranges."""

    title = "KCH({period},{k})"
    parameters = (("period", REQUIRED), ("k", REQUIRED), ("moving_average_type", SIMPLE))

    def _make(self, period: int, k: Any, moving_average_type: Any, **_: Any) -> None:
        self._k = decimal_of(k)
        self.average_true_range = AverageTrueRange(f"{self.name}_AverageTrueRange", period, SIMPLE)
        self.middle_band = moving_average(moving_average_type, period)
        self.upper_band = Output(f"{self.name}_UpperBand", lambda: self.middle_band.is_ready)
        self.lower_band = Output(f"{self.name}_LowerBand", lambda: self.middle_band.is_ready)

    @property
    def is_ready(self) -> bool:
        """Whether the parts are."""
        return self.middle_band.is_ready and self.average_true_range.is_ready

    def _input(self, data: Any) -> Any:
        bar = Numbers(data)
        self.average_true_range.update(data)
        self.middle_band.feed(bar.time, (bar.high + bar.low + bar.close) / 3)
        middle, width = self.middle_band.exact, self.average_true_range.exact * self._k
        ready = self.middle_band.is_ready
        self.lower_band.feed(bar.time, middle - width if ready else ZERO)
        self.upper_band.feed(bar.time, middle + width if ready else ZERO)
        return middle


class Stochastic(BarIndicator):
    """Fast %K; `stoch_k` and `stoch_d` are its averages."""

    title = "STO({period},{k_period},{d_period})"
    parameters = (("period", REQUIRED), ("k_period", None), ("d_period", None))

    @classmethod
    def complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        """One period serves all."""
        return values | {k: values[k] or values["period"] for k in ("k_period", "d_period")}

    def _make(self, period: int, k_period: int, d_period: int, **_: Any) -> None:
        self._k, self._d = k_period, d_period
        self._max, self._min = Maximum(period), Minimum(period)
        self._sum_k, self._sum_d = Sum(self._k), Sum(self._d)
        self.fast_stoch = Output(f"{self.name}_FastStoch", lambda: self._max.is_ready)
        self.stoch_k = Output(f"{self.name}_StochK", lambda: self._sum_k.is_ready)
        self.stoch_d = Output(f"{self.name}_StochD", lambda: self._sum_d.is_ready)

    @property
    def is_ready(self) -> bool:
        """Whether all three are."""
        return self._max.is_ready and self._sum_k.is_ready and self._sum_d.is_ready

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return self.period + self._k + self._d - 2

    def _fast(self, data: Numbers) -> Decimal:
        if not self._max.is_ready:
            return ZERO
        span = self._max.exact - self._min.exact
        if not span:
            return ZERO
        fast = (data.close - self._min.exact) / span
        self._sum_k.feed(NO_TIME, fast)
        return fast

    def _compute(self, data: Any) -> Any:
        self._max.feed(NO_TIME, data.high)
        self._min.feed(NO_TIME, data.low)
        self.fast_stoch.feed(data.time, self._fast(data) * 100)
        k = ZERO
        if self._sum_k.is_ready:
            k = self._sum_k.exact / self._k
            self._sum_d.feed(NO_TIME, k)
        self.stoch_k.feed(data.time, k * 100)
        d = self._sum_d.exact / self._d if self._sum_d.is_ready else ZERO
        self.stoch_d.feed(data.time, d * 100)
        return self.fast_stoch.exact


class SuperTrend(BarIndicator):
    """Trailing band of average true ranges that switches sides when the close crosses it."""

    title = "STR({period},{multiplier})"
    parameters = (("period", REQUIRED), ("multiplier", REQUIRED), ("moving_average_type", WILDERS))

    def _make(self, period: int, multiplier: Any, moving_average_type: Any, **_: Any) -> None:
        self._multiplier, self._range = decimal_of(multiplier), AverageTrueRange(period, moving_average_type)
        self._forget()

    def _forget(self) -> None:
        self._trend, self._lower, self._upper, self._close = Decimal(-1), ZERO, ZERO, ZERO

    @property
    def is_ready(self) -> bool:
        """Whether the range is."""
        return self._range.is_ready

    def _input(self, data: Any) -> Any:
        bar = Numbers(data)
        if not self._range.update(data):
            self._close = bar.close
            return ZERO
        middle, width = (bar.high + bar.low) / 2, self._multiplier * self._range.exact
        low, high = middle - width, middle + width
        lower = low if low > self._lower or self._close < self._lower else self._lower
        upper = high if high < self._upper or self._close > self._upper else self._upper
        trend = self._trend
        if trend in (-1, self._upper):
            trend = upper if bar.close <= upper else lower
        elif trend == self._lower:
            trend = lower if bar.close >= lower else upper
        self._trend, self._lower, self._upper, self._close = trend, lower, upper, bar.close
        return trend


class HeikinAshi(BarIndicator):
    """Smoothed bars; the value is the close."""

    title = "HA"
    parameters = ()

    def _make(self, **_: Any) -> None:
        self.open, self.high, self.low = Identity("HA_Open"), Identity("HA_High"), Identity("HA_Low")
        self.close, self.volume = Identity("HA_Close"), Identity("HA_Volume")

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return 2

    def _compute(self, data: Any) -> Any:
        first = not self.is_ready
        opened = (data.open + data.close) / 2 if first else (self.open.exact + self.close.exact) / 2
        closed = (data.open + data.high + data.low + data.close) / 4
        self.open.feed(data.time, opened)
        self.close.feed(data.time, closed)
        self.high.feed(data.time, data.high if first else max(data.high, opened, closed))
        self.low.feed(data.time, data.low if first else min(data.low, opened, closed))
        self.volume.feed(data.time, data.volume)
        return closed


class AwesomeOscillator(BarIndicator):
    """Fast minus slow average of the middle of the bar."""

    title = "AO({fast_period},{slow_period},{moving_average_type})"
    parameters = (("fast_period", REQUIRED), ("slow_period", REQUIRED), ("moving_average_type", SIMPLE))

    def _make(self, fast_period: int, slow_period: int, moving_average_type: Any, **_: Any) -> None:
        self.period = max(fast_period, slow_period)
        self.fast_ao = moving_average(moving_average_type, fast_period)
        self.slow_ao = moving_average(moving_average_type, slow_period)

    @property
    def is_ready(self) -> bool:
        """Whether both are."""
        return self.slow_ao.is_ready and self.fast_ao.is_ready

    def _compute(self, data: Any) -> Any:
        middle = (data.high + data.low) / 2
        self.slow_ao.feed(data.time, middle)
        self.fast_ao.feed(data.time, middle)
        return self.fast_ao.exact - self.slow_ao.exact if self.is_ready else ZERO


class AccelerationBands(BarIndicator):
    """Average with bands as wide as the bars are."""

    title = "ABANDS({period},{width})"
    parameters = (("period", REQUIRED), ("width", 4), ("moving_average_type", SIMPLE))

    def _make(self, period: int, width: Any, moving_average_type: Any, **_: Any) -> None:
        self._width = decimal_of(width)
        self.middle_band, self.lower_band, self.upper_band = (
            moving_average(moving_average_type, period) for _ in range(3)
        )

    @property
    def is_ready(self) -> bool:
        """Whether the bands are."""
        return self.middle_band.is_ready and self.lower_band.is_ready and self.upper_band.is_ready

    def _compute(self, data: Any) -> Any:
        total = data.high + data.low
        factor = self._width * ((data.high - data.low) / total) if total else ZERO
        self.lower_band.feed(data.time, data.low * (1 - factor))
        self.upper_band.feed(data.time, data.high * (1 + factor))
        self.middle_band.feed(data.time, data.close)
        return self.middle_band.exact


class MidPrice(BarIndicator):
    """Middle of the highest high and the lowest low."""

    title = "MIDPRICE({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._max, self._min = Maximum(period), Minimum(period)

    def _compute(self, data: Any) -> Any:
        self._max.feed(NO_TIME, data.high)
        self._min.feed(NO_TIME, data.low)
        return (self._max.exact + self._min.exact) / TWO


class ChoppinessIndex(BarIndicator):
    """Logarithm of the path over the range, 0 to 100."""

    title = "CHOP({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._max, self._min, self._path = Maximum(period), Minimum(period), Sum(period)

    def _compute(self, data: Any) -> Any:
        before, self._before = self._before, data
        self._max.feed(NO_TIME, data.high)
        self._min.feed(NO_TIME, data.low)
        self._path.feed(NO_TIME, true_range(data, before))
        span = self._max.exact - self._min.exact
        if not self.is_ready:
            return ZERO
        if not span:
            return HUNDRED
        return Decimal(f"{100.0 * math.log10(float(self._path.exact) / float(span)) / math.log10(self.period):.15g}")


class UltimateOscillator(BarIndicator):
    """Buying pressure over true range, of three periods weighted 4, 2, 1."""

    title = "ULTOSC({period1},{period2},{period3})"
    parameters = (("period1", REQUIRED), ("period2", REQUIRED), ("period3", REQUIRED))

    def _make(self, period1: int, period2: int, period3: int, **_: Any) -> None:
        self.period = max(period1, period2, period3)
        self._pairs = [(Sum(n), Sum(n)) for n in (period1, period2, period3)]

    def _forget(self) -> None:
        super()._forget()
        for pair in self._pairs:
            for part in pair:
                part.reset()

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return self.period + 1

    def _compute(self, data: Any) -> Any:
        before, self._before = self._before, data
        if before is None:
            return Decimal(50)
        for pressure, path in self._pairs:
            pressure.feed(NO_TIME, data.close - min(data.low, before.close))
            path.feed(NO_TIME, true_range(data, before))
        if not self.is_ready:
            return Decimal(50)
        if not all(path.exact for _, path in self._pairs):
            return self.exact
        a, b, c = (pressure.exact / path.exact for pressure, path in self._pairs)
        return HUNDRED * (4 * a + 2 * b + c) / 7


class Vortex(BarIndicator):
    """Mean of the up and down movements over the true range."""

    title = "VTX({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._path, self._plus, self._minus = Sum(period), Sum(period), Sum(period)
        self.plus_vortex, self.minus_vortex = Output("PlusVortex"), Output("MinusVortex")

    def _compute(self, data: Any) -> Any:
        before, self._before = self._before, data
        self._path.feed(NO_TIME, true_range(data, before))
        if before is None:
            return ZERO
        self._plus.feed(NO_TIME, abs(data.high - before.low))
        self._minus.feed(NO_TIME, abs(data.low - before.high))
        if self._path.exact:
            self.plus_vortex.feed(data.time, self._plus.exact / self._path.exact)
            self.minus_vortex.feed(data.time, self._minus.exact / self._path.exact)
        return (self.plus_vortex.exact + self.minus_vortex.exact) / 2 if self.is_ready else ZERO


class AroonOscillator(BarIndicator):
    """How recent the highest high is, minus how recent the lowest low is."""

    title = "AROON({up_period},{down_period})"
    parameters = (("up_period", REQUIRED), ("down_period", None))

    @classmethod
    def complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        """One period serves both."""
        return values | {"down_period": values["down_period"] or values["up_period"]}

    def _make(self, up_period: int, down_period: int, **_: Any) -> None:
        self._max, self._min = Maximum(up_period + 1), Minimum(down_period + 1)
        self.aroon_up = Output(f"{self.name}_AroonUp", lambda: self._max.is_ready)
        self.aroon_down = Output(f"{self.name}_AroonDown", lambda: self._min.is_ready)
        self._up, self._down = up_period, down_period

    @property
    def is_ready(self) -> bool:
        """Whether both are."""
        return self._max.is_ready and self._min.is_ready

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return 1 + max(self._up, self._down)

    def _compute(self, data: Any) -> Any:
        self._max.feed(NO_TIME, data.high)
        self._min.feed(NO_TIME, data.low)
        self.aroon_up.feed(data.time, HUNDRED * (self._up - self._max.periods_since_maximum) / self._up)
        self.aroon_down.feed(data.time, HUNDRED * (self._down - self._min.periods_since_minimum) / self._down)
        return self.aroon_up.exact - self.aroon_down.exact


class WilliamsPercentR(BarIndicator):
    """Where the close lies in the range, from 0 to -100."""

    title = "WILR({period})"

    def _make(self, period: int, **_: Any) -> None:
        self.maximum, self.minimum = Maximum(f"{self.name}_Max", period), Minimum(f"{self.name}_Min", period)

    def _compute(self, data: Any) -> Any:
        self.minimum.feed(data.time, data.low)
        self.maximum.feed(data.time, data.high)
        span = self.maximum.exact - self.minimum.exact
        return -HUNDRED * (self.maximum.exact - data.close) / span if self.is_ready and span else ZERO
