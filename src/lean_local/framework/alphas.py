"""Alpha models of one security at a time (`Algorithm.Framework/Alphas/*.cs`)."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from lean_local.api.extensions import Extensions
from lean_local.api.indicators import RateOfChange, RelativeStrengthIndex
from lean_local.api.indicators_composite import MovingAverageConvergenceDivergence
from lean_local.api.moving_averages import ExponentialMovingAverage
from lean_local.enums import InsightDirection, InsightType, MovingAverageType, Resolution
from lean_local.framework.insight import Insight, net_span
from lean_local.framework.models import AlphaModel, follow
from lean_local.naming import LeanObject

UP, DOWN, FLAT = InsightDirection.UP, InsightDirection.DOWN, InsightDirection.FLAT


class FollowingAlphaModel(AlphaModel):
    """Keeps something for every security of the universe."""

    def __init__(self) -> None:
        self.symbol_data_by_symbol: dict[Any, Any] = {}

    def _follow(self, algorithm: Any, security: Any) -> Any:  # noqa: ARG002
        raise TypeError(f"{type(self).__name__} follows nothing")  # pragma: no cover - subclasses do

    def _drop(self, algorithm: Any, symbol: Any) -> None:
        """Called for every removed security."""

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Follow what came, drop what went."""
        for security in changes.removed_securities:
            symbol = security.symbol
            known = self.symbol_data_by_symbol.pop(symbol, None)
            if known is not None:
                algorithm.subscription_manager.remove_consolidator(symbol, known.consolidator)
            self._drop(algorithm, symbol)
        for security in changes.added_securities:
            if security.symbol not in self.symbol_data_by_symbol:
                self.symbol_data_by_symbol[security.symbol] = self._follow(algorithm, security)

    def _cancel(self, algorithm: Any, symbol: Any, made: dict[Any, list[Insight]]) -> None:
        """End the insights a model has made for a symbol."""
        algorithm.insights.cancel(made.pop(symbol, []))


class SymbolData(LeanObject):
    """A security with a consolidator, what is fed by it, and what a model remembers of it."""

    roc: Any
    rsi: Any
    macd: Any
    previous: int
    previous_direction: InsightDirection | None
    state: InsightDirection

    def __init__(self, algorithm: Any, security: Any, resolution: Any, *indicators: Any) -> None:
        self.security, self.symbol = security, security.symbol
        self.consolidator = algorithm.resolve_consolidator(self.symbol, resolution)
        for indicator in indicators:
            algorithm.register_indicator(self.symbol, indicator, self.consolidator)


class ConstantAlphaModel(AlphaModel):
    """The same insight for every security, again whenever its period is over."""

    def __init__(
        self,
        type: Any,  # noqa: A002  LEAN's name
        direction: Any,
        period: timedelta,
        magnitude: float | None = None,
        confidence: float | None = None,
        weight: float | None = None,
    ) -> None:
        self.type, self.direction, self.period = InsightType(type), InsightDirection(direction), period
        self.magnitude, self.confidence, self.weight = magnitude, confidence, weight
        self.securities: list[Any] = []
        self.insights_time_by_symbol: dict[Any, datetime] = {}
        facts = [self.type.csharp_name, self.direction.csharp_name, net_span(period)]
        facts += [f"{v:g}" for v in (magnitude, confidence) if v is not None]
        self.name = f"ConstantAlphaModel({','.join(facts)})"

    def update(self, algorithm: Any, data: Any) -> Iterator[Insight]:  # noqa: ARG002
        """Insights that are due."""
        for security in list(self.securities):
            if security.price_exact and self.should_emit_insight(algorithm.utc_time, security.symbol):
                yield Insight(
                    security.symbol, self.period, self.type, self.direction,
                    magnitude=self.magnitude, confidence=self.confidence, weight=self.weight,
                )  # fmt: skip

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:  # noqa: ARG002
        """Follow what came, forget what went."""
        follow(self.securities, changes)
        for security in changes.removed_securities:
            self.insights_time_by_symbol.pop(security.symbol, None)

    def should_emit_insight(self, utc_time: datetime, symbol: Any) -> bool:
        """Whether the last insight of the symbol is over; canonical symbols have none."""
        if symbol.is_canonical():
            return False
        last = self.insights_time_by_symbol.get(symbol)
        if last is not None and utc_time - last < self.period:
            return False
        self.insights_time_by_symbol[symbol] = utc_time
        return True


class _Crossing(SymbolData):
    """Two averages of a security."""

    def __init__(self, algorithm: Any, security: Any, periods: tuple[int, int], resolution: Any) -> None:
        averages = [ExponentialMovingAverage(str(security.symbol), period) for period in periods]
        self.fast, self.slow = averages
        super().__init__(algorithm, security, resolution, *averages)
        for average in averages:
            algorithm.warm_up_indicator(self.symbol, average, resolution)
        self.fast_is_over_slow = False

    @property
    def slow_is_over_fast(self) -> bool:
        """Whether the fast average was not above the slow one."""
        return not self.fast_is_over_slow


class EmaCrossAlphaModel(FollowingAlphaModel):
    """Up when the fast average crosses above the slow one, down when below."""

    def __init__(self, fast_period: int = 12, slow_period: int = 26, resolution: Any = Resolution.DAILY) -> None:
        super().__init__()
        self.fast_period, self.slow_period = fast_period, slow_period
        self.resolution = Resolution(resolution)
        self.prediction_interval = Extensions.to_time_span(self.resolution) * fast_period
        self.name = f"EmaCrossAlphaModel({fast_period},{slow_period},{self.resolution.csharp_name})"

    def _follow(self, algorithm: Any, security: Any) -> Any:
        return _Crossing(algorithm, security, (self.fast_period, self.slow_period), self.resolution)

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """A security that is added again begins anew."""
        for security in changes.added_securities:
            known = self.symbol_data_by_symbol.get(security.symbol)
            if known is not None:
                known.fast.reset()
                known.slow.reset()
        super().on_securities_changed(algorithm, changes)

    def update(self, algorithm: Any, data: Any) -> list[Insight]:  # noqa: ARG002
        """An insight per crossing."""
        found = []
        for symbol, known in self.symbol_data_by_symbol.items():
            over, under = known.fast > known.slow, known.slow > known.fast
            if known.fast.is_ready and known.slow.is_ready:
                crossed = under if known.fast_is_over_slow else over
                if crossed:
                    found.append(Insight.price(symbol, self.prediction_interval, UP if over else DOWN))
            known.fast_is_over_slow = over
        return found


class HistoricalReturnsAlphaModel(FollowingAlphaModel):
    """The direction and size of the last return, whenever there is a new one."""

    def __init__(self, lookback: int = 1, resolution: Any = Resolution.DAILY) -> None:
        super().__init__()
        self.lookback, self.resolution = lookback, Resolution(resolution)
        self.prediction_interval = Extensions.to_time_span(self.resolution) * lookback
        self._made: dict[Any, list[Insight]] = {}
        self.name = f"HistoricalReturnsAlphaModel({lookback},{self.resolution.csharp_name})"

    def _follow(self, algorithm: Any, security: Any) -> Any:
        change = RateOfChange(str(security.symbol), self.lookback)
        known = SymbolData(algorithm, security, self.resolution, change)
        known.roc, known.previous = change, 0
        for bar in algorithm._run.history_bars(security.symbol, self.lookback, self.resolution):
            change.update(bar.end_time, bar.value)
        return known

    def _drop(self, algorithm: Any, symbol: Any) -> None:
        self._cancel(algorithm, symbol, self._made)

    def update(self, algorithm: Any, data: Any) -> list[Insight]:  # noqa: ARG002
        """An insight per new return; a return of nothing ends those before."""
        found = []
        for symbol, known in self.symbol_data_by_symbol.items():
            if known.previous == known.roc.samples:
                continue
            known.previous = known.roc.samples
            if not known.roc.is_ready:
                continue
            magnitude = known.roc.current.value
            if magnitude:
                direction = UP if magnitude > 0 else DOWN
                found.append(Insight.price(symbol, self.prediction_interval, direction, magnitude))
            else:
                self._cancel(algorithm, symbol, self._made)
        for insight in found:
            self._made.setdefault(insight.symbol, []).append(insight)
        return found


class MacdAlphaModel(FollowingAlphaModel):
    """Up when the signal line exceeds a hundredth of the price, down when it is as far below zero."""

    _threshold = Decimal("0.01")

    def __init__(
        self,
        fast_period: int = 12,
        slow_period: int = 26,
        signal_period: int = 9,
        moving_average_type: Any = MovingAverageType.EXPONENTIAL,
        resolution: Any = Resolution.DAILY,
    ) -> None:
        super().__init__()
        self.periods = fast_period, slow_period, signal_period
        self.moving_average_type = MovingAverageType(moving_average_type)
        self.resolution = Resolution(resolution)
        self.insight_period = Extensions.to_time_span(self.resolution) * fast_period
        self._made: dict[Any, list[Insight]] = {}
        names = (*self.periods, self.moving_average_type.csharp_name, self.resolution.csharp_name)
        self.name = f"MacdAlphaModel({','.join(str(n) for n in names)})"

    def _follow(self, algorithm: Any, security: Any) -> Any:
        macd = MovingAverageConvergenceDivergence(*self.periods, self.moving_average_type)
        known = SymbolData(algorithm, security, self.resolution, macd)
        algorithm.warm_up_indicator(security.symbol, macd, self.resolution)
        known.macd, known.previous_direction = macd, None
        return known

    def _drop(self, algorithm: Any, symbol: Any) -> None:
        self._cancel(algorithm, symbol, self._made)

    def update(self, algorithm: Any, data: Any) -> Iterator[Insight]:  # noqa: ARG002
        """An insight per change of direction; back to flat ends those before."""
        for symbol, known in list(self.symbol_data_by_symbol.items()):
            price = known.security.price_exact
            if not price:
                continue
            share = known.macd.signal.exact / price
            direction = UP if share > self._threshold else DOWN if share < -self._threshold else FLAT
            if direction == known.previous_direction:
                continue
            known.previous_direction = direction
            if direction == FLAT:
                self._cancel(algorithm, symbol, self._made)
                continue
            insight = Insight.price(symbol, self.insight_period, direction)
            self._made.setdefault(symbol, []).append(insight)
            yield insight


class RsiAlphaModel(FollowingAlphaModel):
    """Up when the index falls below 30, down when it rises above 70; 35 and 65 end that state."""

    def __init__(self, period: int = 14, resolution: Any = Resolution.DAILY) -> None:
        super().__init__()
        self.period, self.resolution = period, Resolution(resolution)
        self.insight_period = Extensions.to_time_span(self.resolution) * period
        self.name = f"RsiAlphaModel({period},{self.resolution.csharp_name})"

    def _follow(self, algorithm: Any, security: Any) -> Any:
        index = RelativeStrengthIndex(self.period, MovingAverageType.WILDERS)
        known = SymbolData(algorithm, security, self.resolution, index)
        known.rsi, known.state = index, FLAT
        for bar in algorithm._run.history_bars(security.symbol, self.period, self.resolution):
            known.consolidator.update(bar)
        return known

    def update(self, algorithm: Any, data: Any) -> Iterable[Insight]:  # noqa: ARG002
        """An insight whenever one of the bounds is passed."""
        found = []
        for symbol, known in self.symbol_data_by_symbol.items():
            state = _rsi_state(known.rsi.exact, known.state)
            if state not in (known.state, FLAT) and known.rsi.is_ready:
                found.append(Insight.price(symbol, self.insight_period, state))
            known.state = state
        return found


def _rsi_state(value: Decimal, before: InsightDirection) -> InsightDirection:
    """The direction an index speaks for."""
    if value > 70:
        return DOWN
    if value < 30:
        return UP
    back = (before == UP and value > 35) or (before == DOWN and value < 65)
    return FLAT if back else before


__all__ = [
    "ConstantAlphaModel",
    "EmaCrossAlphaModel",
    "HistoricalReturnsAlphaModel",
    "MacdAlphaModel",
    "RsiAlphaModel",
]
