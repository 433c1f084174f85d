"""Consolidators and indicator helpers of QCAlgorithm (semantics §3.9, §8.6)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from lean_local.api import indicators as i
from lean_local.api.consolidators import (
    AnyBarConsolidator,
    MarketDayConsolidator,
    PeriodConsolidator,
    QuoteBarConsolidator,
)
from lean_local.api.indicators_composite import BollingerBands, MovingAverageConvergenceDivergence
from lean_local.enums import Resolution
from lean_local.naming import LeanObject
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol

_SPANS = {
    Resolution.SECOND: timedelta(seconds=1),
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
}


class SubscriptionManager(LeanObject):
    """LEAN's `subscription_manager`, for consolidators."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def add_consolidator(self, symbol: Any, consolidator: Any, tick_type: Any = None) -> None:  # noqa: ARG002
        """Attach a consolidator to a symbol."""
        self._run.consolidators.add(as_registered_symbol(symbol), consolidator)

    def remove_consolidator(self, symbol: Any, consolidator: Any) -> None:
        """Detach a consolidator."""
        self._run.consolidators.remove(as_registered_symbol(symbol), consolidator)


def as_registered_symbol(key: Any) -> Symbol:
    """The symbol of a security or ticker that was added. Raises KeyError for an unknown ticker."""
    found = as_symbol(key)
    if found is None:
        raise KeyError(f"The ticker {key} was not found in the SymbolCache.")
    return found


class IndicatorMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any
    securities: Any

    @property
    def subscription_manager(self) -> SubscriptionManager:
        """Attach and detach consolidators."""
        return SubscriptionManager(self._run)

    def resolve_consolidator(self, symbol: Any, period: Any, data_type: Any = None) -> PeriodConsolidator:  # noqa: ARG002
        """The consolidator of a resolution or span; Daily goes from open to close."""
        security = self.securities[as_registered_symbol(symbol)]
        if period is None:
            period = security.resolution
        if isinstance(period, Resolution):
            if period == Resolution.DAILY:
                if security.resolution == Resolution.DAILY:
                    return AnyBarConsolidator(1)
                return MarketDayConsolidator(security.calendar)
            if period == security.resolution:
                return AnyBarConsolidator(1)
            period = _SPANS[period]
        return AnyBarConsolidator(period)

    def consolidate(self, symbol: Any, period: Any, *rest: Any) -> PeriodConsolidator:
        """`consolidate(symbol, period[, tick_type], handler)`; the period may be a calendar function."""
        consolidator = self.resolve_consolidator(symbol, period)
        if len(rest) == 2 and rest[0] is not None and int(rest[0]) == 1:
            consolidator = QuoteBarConsolidator(
                _SPANS.get(period, period) if isinstance(period, Resolution) else period
            )
        handler: Callable[[Any], Any] = rest[-1]
        consolidator.data_consolidated += lambda _sender, bar: handler(bar)
        self._run.consolidators.add(as_registered_symbol(symbol), consolidator)
        return consolidator

    def register_indicator(self, symbol: Any, indicator: Any, period: Any = None, selector: Any = None) -> None:
        """Update an indicator with a symbol's bars."""
        consolidator = period if isinstance(period, PeriodConsolidator) else self.resolve_consolidator(symbol, period)

        def feed(_sender: Any, bar: Any) -> None:
            if selector is None:
                indicator.update(bar)
            else:
                indicator.update(bar.end_time, float(selector(bar)))

        consolidator.data_consolidated += feed
        self._run.consolidators.add(as_registered_symbol(symbol), consolidator)

    def unregister_indicator(self, indicator: Any) -> None:
        """Stop updates by forgetting the indicator's handlers; its values stay."""
        indicator.updated = type(indicator.updated)()

    def warm_up_indicator(self, symbol: Any, indicator: Any, period: Any = None, selector: Any = None) -> None:
        """Feed an indicator with history until it is ready."""
        bars = self._run.history_bars(as_registered_symbol(symbol), indicator.warm_up_period, period)
        for bar in bars:
            indicator.update(bar) if selector is None else indicator.update(bar.end_time, float(selector(bar)))

    def _register(self, indicator: Any, symbol: Any, resolution: Any, selector: Any) -> Any:
        found = as_registered_symbol(symbol)
        label = "res" if resolution is None else str(resolution).lower()[:4]
        indicator.name = (
            f"{indicator.name[:-1]},{found.value}_{label})" if indicator.name.endswith(")") else indicator.name
        )
        self.register_indicator(found, indicator, resolution, selector)
        if self.settings.automatic_indicator_warm_up:
            self.warm_up_indicator(found, indicator, resolution, selector)
        return indicator

    def sma(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> i.SimpleMovingAverage:
        """Simple moving average."""
        made: i.SimpleMovingAverage = self._register(i.SimpleMovingAverage(period), symbol, resolution, selector)
        return made

    def ema(
        self, symbol: Any, period: int, *rest: Any, resolution: Any = None, selector: Any = None
    ) -> i.ExponentialMovingAverage:
        """`ema(symbol, period[, smoothing factor], resolution, selector)`."""
        smoothing = [r for r in rest if isinstance(r, float)]
        resolution = next((r for r in rest if isinstance(r, Resolution | timedelta)), resolution)
        made: i.ExponentialMovingAverage = self._register(
            i.ExponentialMovingAverage(period, *smoothing), symbol, resolution, selector
        )
        return made

    def rsi(
        self, symbol: Any, period: int, moving_average_type: Any = 2, resolution: Any = None, selector: Any = None
    ) -> i.RelativeStrengthIndex:
        """Relative strength index."""
        made: i.RelativeStrengthIndex = self._register(
            i.RelativeStrengthIndex(period, int(moving_average_type)), symbol, resolution, selector
        )
        return made

    def atr(
        self,
        symbol: Any,
        period: int,
        type: Any = 2,  # noqa: A002
        resolution: Any = None,
        selector: Any = None,
    ) -> i.AverageTrueRange:
        """Average true range with a Wilder average unless another type is named."""
        made: i.AverageTrueRange = self._register(i.AverageTrueRange(period, int(type)), symbol, resolution, selector)
        return made

    def std(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> i.StandardDeviation:
        """Standard deviation."""
        made: i.StandardDeviation = self._register(i.StandardDeviation(period), symbol, resolution, selector)
        return made

    def var(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> i.Variance:
        """Variance."""
        made: i.Variance = self._register(i.Variance(period), symbol, resolution, selector)
        return made

    def max(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> i.Maximum:
        """Largest input."""
        made: i.Maximum = self._register(i.Maximum(period), symbol, resolution, selector)
        return made

    def min(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> i.Minimum:
        """Smallest input."""
        made: i.Minimum = self._register(i.Minimum(period), symbol, resolution, selector)
        return made

    def mom(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> i.Momentum:
        """Momentum."""
        made: i.Momentum = self._register(i.Momentum(period), symbol, resolution, selector)
        return made

    def roc(self, symbol: Any, period: int, resolution: Any = None, selector: Any = None) -> i.RateOfChange:
        """Rate of change."""
        made: i.RateOfChange = self._register(i.RateOfChange(period), symbol, resolution, selector)
        return made

    def bb(
        self,
        symbol: Any,
        period: int,
        k: float,
        moving_average_type: Any = 0,  # noqa: ARG002
        resolution: Any = None,
        selector: Any = None,
    ) -> BollingerBands:
        """Bollinger bands with a simple average."""
        made: BollingerBands = self._register(BollingerBands(period, k), symbol, resolution, selector)
        return made

    def macd(
        self,
        symbol: Any,
        fast_period: int,
        slow_period: int,
        signal_period: int,
        type: Any = 1,  # noqa: A002, ARG002
        resolution: Any = None,
        selector: Any = None,
    ) -> MovingAverageConvergenceDivergence:
        """Moving average convergence divergence with exponential averages."""
        made: MovingAverageConvergenceDivergence = self._register(
            MovingAverageConvergenceDivergence(fast_period, slow_period, signal_period), symbol, resolution, selector
        )
        return made

    def identity(self, symbol: Any, resolution: Any = None, selector: Any = None) -> i.Identity:
        """The closes themselves."""
        made: i.Identity = self._register(i.Identity(f"I({symbol})"), symbol, resolution, selector)
        return made
