"""Alpha models that trade the ratio of two securities (`Algorithm.Framework/Alphas/*PairsTradingAlphaModel.cs`)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np

from lean_local.api.extensions import Extensions
from lean_local.api.indicator_extensions import ConstantIndicator, IndicatorExtensions
from lean_local.api.indicator_windows import Identity
from lean_local.api.moving_averages import ExponentialMovingAverage
from lean_local.enums import InsightDirection, Resolution
from lean_local.framework.insight import Insight
from lean_local.framework.models import AlphaModel, follow
from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of
from lean_local.symbols import Symbol

UP, DOWN, FLAT = InsightDirection.UP, InsightDirection.DOWN, InsightDirection.FLAT
_MEAN_PERIOD = 500


class PairData(LeanObject):
    """The ratio of two prices, its mean and the bounds around it."""

    def __init__(self, algorithm: Any, assets: tuple[Symbol, Symbol], threshold: Decimal) -> None:
        self.assets, self.state = assets, FLAT
        self.consolidators: list[Any] = []
        first, second = (self._price(algorithm, symbol) for symbol in assets)
        self.ratio = IndicatorExtensions.over(first, second)
        self.mean = IndicatorExtensions.of(ExponentialMovingAverage("mean", _MEAN_PERIOD), self.ratio)
        bounds = [ConstantIndicator("ct", 1 + sign * threshold / 100) for sign in (1, -1)]
        self.upper, self.lower = (IndicatorExtensions.times(self.mean, bound) for bound in bounds)

    def _price(self, algorithm: Any, symbol: Symbol) -> Identity:
        resolution = algorithm.securities[symbol].resolution
        price = Identity(algorithm.create_indicator_name(symbol, "close", resolution))
        consolidator = algorithm.resolve_consolidator(symbol, resolution)
        algorithm.register_indicator(symbol, price, consolidator)
        self.consolidators.append(consolidator)
        return price

    def turn(self) -> InsightDirection | None:
        """The direction of the first asset when the ratio has left its bounds on a new side, else None."""
        if not self.mean.is_ready:
            return None
        state = DOWN if self.ratio > self.upper else UP if self.ratio < self.lower else FLAT
        if state in (FLAT, self.state):
            return None
        self.state = state
        return state

    def dispose(self, algorithm: Any) -> None:
        """Stop following."""
        for symbol, consolidator in zip(self.assets, self.consolidators, strict=True):
            algorithm.subscription_manager.remove_consolidator(symbol, consolidator)


class BasePairsTradingAlphaModel(AlphaModel):
    """For every pair that passes a test: short the ratio above its mean, long below."""

    def __init__(self, lookback: int = 1, resolution: Any = Resolution.DAILY, threshold: float = 1) -> None:
        self.lookback, self.resolution, self.threshold = lookback, Resolution(resolution), threshold
        self.prediction_interval = Extensions.to_time_span(self.resolution) * lookback
        self.securities: list[Any] = []
        self.pairs: dict[tuple[Symbol, Symbol], PairData] = {}
        self.name = f"BasePairsTradingAlphaModel({lookback},{self.resolution.csharp_name},{threshold:g})"

    def update(self, algorithm: Any, data: Any) -> Iterator[Insight]:  # noqa: ARG002
        """Two insights in a group for every pair that turned."""
        for (first, second), pair in list(self.pairs.items()):
            side = pair.turn()
            if side is not None:
                other = UP if side == DOWN else DOWN
                span = self.prediction_interval
                yield from Insight.group(Insight.price(first, span, side), Insight.price(second, span, other))

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Follow new pairs, drop those that lost a member."""
        follow(self.securities, changes)
        self._update_pairs(algorithm)
        gone = {s.symbol for s in changes.removed_securities}
        for key in [k for k in self.pairs if gone.intersection(k)]:
            self.pairs.pop(key).dispose(algorithm)

    def _update_pairs(self, algorithm: Any) -> None:
        assets = [s.symbol for s in self.securities]
        for i, first in enumerate(assets):
            for second in assets[i + 1 :]:
                known = (first, second) in self.pairs or (second, first) in self.pairs
                if not known and self.has_passed_test(algorithm, first, second):
                    self.pairs[first, second] = PairData(algorithm, (first, second), decimal_of(self.threshold))

    def has_passed_test(self, algorithm: Any, asset_1: Symbol, asset_2: Symbol) -> bool:  # noqa: ARG002
        """Whether a pair is traded."""
        return True


class PearsonCorrelationPairsTradingAlphaModel(BasePairsTradingAlphaModel):
    """Trades the pair with the highest correlation of log returns."""

    def __init__(
        self,
        lookback: int = 15,
        resolution: Any = Resolution.MINUTE,
        threshold: float = 1,
        minimum_correlation: float = 0.5,
    ) -> None:
        super().__init__(lookback, resolution, threshold)
        self.minimum_correlation = minimum_correlation
        self.best_pair: tuple[Symbol, Symbol] | None = None

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Find the best pair anew."""
        follow(self.securities, changes)
        self._choose(algorithm, [s.symbol for s in self.securities])
        super().on_securities_changed(algorithm, changes)

    def _choose(self, algorithm: Any, symbols: list[Symbol]) -> None:
        returns = self._returns(algorithm, symbols)
        if returns is None:
            algorithm.debug(
                "PearsonCorrelationPairsTradingAlphaModel.OnSecuritiesChanged(): The requested historical data does "
                "not have series of prices with the same date/time. Please consider increasing the looback period. "
                f"Current lookback: {self.lookback}"
            )
            return
        matrix = np.corrcoef(returns)
        pairs = [(matrix[i, j], i, j) for i in range(len(symbols)) for j in range(i + 1, len(symbols))]
        best = max((p for p in pairs if abs(p[0]) < 1), default=None)
        if best is not None and best[0] >= self.minimum_correlation:
            self.best_pair = symbols[best[1]], symbols[best[2]]

    def _returns(self, algorithm: Any, symbols: list[Symbol]) -> Any:
        """Log returns by symbol at times that all have, the first twice, as in LEAN. None without any."""
        prices = [
            {b.end_time: b.close for b in algorithm._run.history_bars(s, self.lookback, self.resolution)}
            for s in symbols
        ]
        if len(prices) < 2:
            return None
        common = sorted(set(prices[0]).intersection(*prices[1:]))
        if len(common) < 2:
            return None
        steps = np.diff(np.log([[series[moment] for moment in common] for series in prices]), axis=1)
        return np.concatenate([steps[:, :1], steps], axis=1)

    def has_passed_test(self, algorithm: Any, asset_1: Symbol, asset_2: Symbol) -> bool:  # noqa: ARG002
        """Whether it is the best pair."""
        return self.best_pair == (asset_1, asset_2)


__all__ = ["BasePairsTradingAlphaModel", "PearsonCorrelationPairsTradingAlphaModel"]
