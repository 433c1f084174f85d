"""Volatility models of a security (LEAN `Common/Securities/Volatility`): what QuantLib price models start from."""

import math
from collections import deque
from datetime import datetime, timedelta
from typing import Any

from lean_local.api.bars import QuoteBar, TradeBar
from lean_local.enums import DataNormalizationMode, Resolution, SecurityType
from lean_local.naming import LeanObject
from lean_local.securities.models import Model, method

__all__ = [
    "BaseVolatilityModel",
    "IndicatorVolatilityModel",
    "RelativeStandardDeviationVolatilityModel",
    "StandardDeviationOfReturnsVolatilityModel",
    "VolatilityModel",
    "VolatilityModelExtensions",
]
_SPANS = {
    Resolution.TICK: timedelta(0),
    Resolution.SECOND: timedelta(seconds=1),
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAILY: timedelta(days=1),
}
_PERIODS = {Resolution.TICK: 600, Resolution.SECOND: 600, Resolution.MINUTE: 1440, Resolution.HOUR: 720}


class BaseVolatilityModel(Model):
    """Base: no volatility. Algorithms override `update(security, data)` and `volatility`."""

    volatility: Any = 0.0

    def update(self, security: Any, data: Any) -> None:
        """Take a data point of the security."""


class NullVolatilityModel(BaseVolatilityModel):
    """No volatility."""

    net_type = "QuantConnect.Securities.VolatilityModel+NullVolatilityModel"


class VolatilityModel:
    """Holds the model without volatility."""

    NULL = Null = NullVolatilityModel()


class _Windowed(BaseVolatilityModel):
    """Keeps one number per period of the last `periods`."""

    def __init__(self, periods: int, span: timedelta) -> None:
        if periods < 2:
            raise ValueError("'periods' must be greater than or equal to 2.")
        self._window: deque[float] = deque(maxlen=periods)
        self._span = span
        self._last: datetime | None = None

    def _due(self, data: Any) -> bool:
        """Whether a period has passed since the last number."""
        if float(data.price) <= 0 or (self._last is not None and data.end_time - self._last < self._span):
            return False
        self._last = data.end_time
        return True

    def _deviation(self) -> float:
        mean = math.fsum(self._window) / len(self._window)
        return math.sqrt(math.fsum((x - mean) ** 2 for x in self._window) / (len(self._window) - 1))


class StandardDeviationOfReturnsVolatilityModel(_Windowed):
    """Annualised deviation of returns: `(periods, [resolution, update_frequency])` or `(resolution, ...)`."""

    def __init__(
        self,
        periods: Any,
        resolution: Any = None,
        update_frequency: timedelta | None = None,
    ) -> None:
        if isinstance(periods, Resolution):
            if isinstance(resolution, timedelta):
                update_frequency, resolution = resolution, None
            resolution, periods = periods, _PERIODS.get(periods, 30)
        span = update_frequency or (timedelta(days=1) if resolution is None else _SPANS[Resolution(resolution)])
        super().__init__(int(periods), span)
        self._price = 0.0

    def update(self, security: Any, data: Any) -> None:  # noqa: ARG002
        """Take a data point; one a period counts."""
        if self._due(data):
            price, before = float(data.price), self._price
            if before > 0:
                self._window.append(price / before - 1)
            self._price = price

    @property
    def volatility(self) -> float:
        """Deviation a year, 0 with fewer than two returns."""
        return 0.0 if len(self._window) < 2 else self._deviation() * math.sqrt(252.0)


class RelativeStandardDeviationVolatilityModel(_Windowed):
    """Deviation of prices over their mean: `(period_span, periods)`."""

    def __init__(self, period_span: timedelta, periods: int) -> None:
        super().__init__(periods, period_span)

    def update(self, security: Any, data: Any) -> None:  # noqa: ARG002
        """Take a data point; one a period counts."""
        if self._due(data):
            self._window.append(float(data.price))

    @property
    def volatility(self) -> float:
        """Relative deviation, 0 with fewer than two prices."""
        if len(self._window) < 2:
            return 0.0
        return self._deviation() / abs(math.fsum(self._window) / len(self._window))


class IndicatorVolatilityModel(BaseVolatilityModel):
    """An indicator's value: `(indicator[, update function])`."""

    def __init__(self, indicator: Any, indicator_update: Any = None) -> None:
        self._indicator, self._update = indicator, indicator_update

    def update(self, security: Any, data: Any) -> None:
        """Hand a data point to the update function, if there is one."""
        if self._update is not None:
            self._update(security, data, self._indicator)

    @property
    def volatility(self) -> float:
        """The indicator's value."""
        return float(self._indicator.current.value)


_QUOTED = (SecurityType.FOREX, SecurityType.CFD)


class VolatilityModelExtensions(LeanObject):
    """Helper of indicator models."""

    @staticmethod
    def warm_up(
        volatility_model: Any,
        algorithm: Any,
        security: Any,
        resolution: Resolution | None,
        bar_count: int,
        data_normalization_mode: DataNormalizationMode | None = None,
    ) -> None:
        """Update an indicator's model with past bars, as after a split or dividend; raw ones are scaled to today's."""
        options: dict[str, Any] = {"fill_forward": True}
        if data_normalization_mode == DataNormalizationMode.RAW:
            options["data_normalization_mode"] = DataNormalizationMode.SCALED_RAW
        kind = QuoteBar if security.type in _QUOTED else TradeBar
        asked = resolution if resolution is not None else Resolution.DAILY
        for bar in algorithm.history[kind](security.symbol, bar_count, asked, **options):
            method(volatility_model, "update")(security, bar)
