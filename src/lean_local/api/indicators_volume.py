"""Indicators of bars with volume (LEAN `Indicators/*.cs`)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lean_local.api.indicator_base import HUNDRED, NO_TIME, REQUIRED, ZERO, Numbers
from lean_local.api.indicator_extensions import weighted_by
from lean_local.api.indicator_windows import Identity, Sum
from lean_local.api.indicators_bars import BarIndicator
from lean_local.api.moving_averages import ExponentialMovingAverage, moving_average
from lean_local.enums import MovingAverageType

__all__ = [
    "AccumulationDistribution",
    "AccumulationDistributionOscillator",
    "ChaikinMoneyFlow",
    "ChaikinOscillator",
    "ForceIndex",
    "IntradayVwap",
    "MassIndex",
    "MoneyFlowIndex",
    "OnBalanceVolume",
    "VolumeWeightedAveragePriceIndicator",
    "VolumeWeightedMovingAverage",
]


class OnBalanceVolume(BarIndicator):
    """Volume of rising bars minus that of falling ones; begins with the first volume."""

    title = "OBV"
    parameters = ()

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return 1

    def _compute(self, data: Any) -> Any:
        before, self._before = self._before, data
        if before is None:
            return data.volume
        sign = (data.close > before.close) - (data.close < before.close)
        return self.exact + sign * data.volume


class MoneyFlowIndex(BarIndicator):
    """Share of the traded value in bars whose typical price rose."""

    title = "MFI({period})"

    def _make(self, period: int, **_: Any) -> None:
        self.positive_money_flow, self.negative_money_flow = Sum(period), Sum(period)
        self._typical = ZERO

    def _forget(self) -> None:
        self._typical = ZERO

    @property
    def previous_typical_price(self) -> float:
        """Typical price of the last bar."""
        return float(self._typical)

    def _compute(self, data: Any) -> Any:
        typical = (data.high + data.low + data.close) / 3
        flow = typical * data.volume
        self.positive_money_flow.feed(data.time, flow if typical > self._typical else ZERO)
        self.negative_money_flow.feed(data.time, flow if typical < self._typical else ZERO)
        self._typical = typical
        total = self.positive_money_flow.exact + self.negative_money_flow.exact
        return HUNDRED * self.positive_money_flow.exact / total if total else HUNDRED


class VolumeWeightedAveragePriceIndicator(BarIndicator):
    """Mean of open, high, low and close over n bars, weighted by volume."""

    title = "VWAP({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._price, self._volume = Identity("Price"), Identity("Volume")
        self._mean = weighted_by(self._price, self._volume, period)

    @property
    def is_ready(self) -> bool:
        """Whether the sums are."""
        return self._mean.is_ready

    def _compute(self, data: Any) -> Any:
        self._price.feed(data.time, (data.open + data.high + data.low + data.close) / 4)
        self._volume.feed(data.time, data.volume)
        return self._mean.exact


class IntradayVwap(BarIndicator):
    """Typical price weighted by volume since the start of the day; repeated bars do not count."""

    title = "VWAP"
    parameters = ()

    def _make(self, **_: Any) -> None:
        self._forget()

    def _forget(self) -> None:
        self._day: date | None = None
        self._volume, self._value = ZERO, ZERO

    @property
    def is_ready(self) -> bool:
        """Whether there was volume today."""
        return self._volume > 0

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return 1

    def _input(self, data: Any) -> Any:
        if hasattr(data, "last_price"):
            moment, volume, price = data.end_time, Decimal(repr(data.quantity)), Decimal(repr(data.last_price))
        elif getattr(data, "is_fill_forward", False) or not hasattr(data, "volume"):
            return None
        else:
            bar = Numbers(data)
            moment, volume, price = bar.time, bar.volume, (bar.high + bar.low + bar.close) / 3
        return self._add(moment, volume, price)

    def _add(self, moment: datetime, volume: Decimal, price: Decimal) -> Decimal:
        if self._day != moment.date():
            self._day, self._volume, self._value = moment.date(), ZERO, ZERO
        self._volume += volume
        self._value += price * volume
        return self._value / self._volume if self._volume else price


class VolumeWeightedMovingAverage(BarIndicator):
    """Closes of n bars weighted by volume."""

    title = "VWMA({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._value, self._volume = Sum(period), Sum(period)

    def _compute(self, data: Any) -> Any:
        self._value.feed(NO_TIME, data.close * data.volume)
        self._volume.feed(NO_TIME, data.volume)
        return self._value.exact / self._volume.exact if self._volume.exact else data.close


def _money_flow(bar: Numbers) -> Decimal:
    """Volume times where the close lies in the bar, -1 to 1."""
    span = bar.high - bar.low
    return ((bar.close - bar.low) - (bar.high - bar.close)) / span * bar.volume if span > 0 else ZERO


class AccumulationDistribution(BarIndicator):
    """Running sum of the money flow."""

    title = "AD"
    parameters = ()

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return 1

    def _compute(self, data: Any) -> Any:
        return self.exact + _money_flow(data)


class AccumulationDistributionOscillator(BarIndicator):
    """Fast minus slow average of the accumulation."""

    title = "ADOSC({fast_period},{slow_period})"
    parameters = (("fast_period", REQUIRED), ("slow_period", REQUIRED))

    def _make(self, fast_period: int, slow_period: int, **_: Any) -> None:
        self.period = max(fast_period, slow_period)
        self._sum = Identity("AD")
        self._fast, self._slow = ExponentialMovingAverage(fast_period), ExponentialMovingAverage(slow_period)

    def _compute(self, data: Any) -> Any:
        self._sum.feed(NO_TIME, self._sum.exact + _money_flow(data))
        self._fast.feed(NO_TIME, self._sum.exact)
        self._slow.feed(NO_TIME, self._sum.exact)
        return self._fast.exact - self._slow.exact if self.is_ready else ZERO


class ChaikinOscillator(AccumulationDistributionOscillator):
    """Fast minus slow average of the accumulation."""

    title = "CO({fast_period},{slow_period})"


class ChaikinMoneyFlow(BarIndicator):
    """Money flow over volume, of n bars."""

    title = "CMF({period})"

    def _make(self, period: int, **_: Any) -> None:
        self._flow, self._volume = Sum(period), Sum(period)

    def _compute(self, data: Any) -> Any:
        span = data.high - data.low
        flow = data.volume * (data.close - data.low - (data.high - data.close)) / span if span > 0 else ZERO
        self._flow.feed(NO_TIME, flow)
        self._volume.feed(NO_TIME, data.volume)
        return self._flow.exact / self._volume.exact if self.is_ready and self._volume.exact else ZERO


class ForceIndex(BarIndicator):
    """Average of the change of the close times volume."""

    title = "FI({period})"
    parameters = (("period", REQUIRED), ("moving_average_type", MovingAverageType.EXPONENTIAL))

    def _make(self, period: int, moving_average_type: Any, **_: Any) -> None:
        self._average = moving_average(moving_average_type, period)

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return self.period + 1

    def _compute(self, data: Any) -> Any:
        before, self._before = self._before, data
        if before is None:
            return ZERO
        self._average.feed(NO_TIME, (data.close - before.close) * data.volume)
        return self._average.exact


class MassIndex(BarIndicator):
    """Sum of the ratios of the average range to its average."""

    title = "MASS({ema_period},{sum_period})"
    parameters = (("ema_period", 9), ("sum_period", 25))

    def _make(self, ema_period: int, sum_period: int, **_: Any) -> None:
        self.period = 2 * (ema_period - 1) + sum_period
        self._first, self._second = ExponentialMovingAverage(ema_period), ExponentialMovingAverage(ema_period)
        self._sum = Sum(sum_period)

    @property
    def is_ready(self) -> bool:
        """Whether the sum is."""
        return self._sum.is_ready

    def _compute(self, data: Any) -> Any:
        if self._first.feed(NO_TIME, data.high - data.low):
            self._second.feed(NO_TIME, self._first.exact)
        if self._second.is_ready:
            ratio = self._first.exact / self._second.exact if self._second.exact else ZERO
            self._sum.feed(NO_TIME, ratio)
        return self._sum.exact if self._sum.is_ready else Decimal(self._sum.period)
