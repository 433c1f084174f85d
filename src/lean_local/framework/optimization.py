"""Portfolio construction by optimisation: mean variance, risk parity, Black-Litterman and mean reversion.

`Algorithm.Framework/Portfolio/*PortfolioConstructionModel.cs`, `ReturnsSymbolData.cs`.
"""

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from lean_local.api.indicator_windows import Identity
from lean_local.api.indicators import RateOfChange
from lean_local.api.moving_averages import SimpleMovingAverage
from lean_local.enums import InsightDirection, PortfolioBias, Resolution
from lean_local.framework.construction import PortfolioConstructionModel, filter_invalid_insight_magnitude
from lean_local.framework.insight import Insight
from lean_local.framework.optimizers import (
    MaximumSharpeRatioPortfolioOptimizer,
    MinimumVariancePortfolioOptimizer,
    RiskParityPortfolioOptimizer,
)
from lean_local.naming import LeanObject
from lean_local.securities.models import method
from lean_local.startup import LazyModule

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = LazyModule("pandas")

_TRADING_DAYS = 252


class ReturnsSymbolData(LeanObject):
    """The last returns of a symbol, newest first, by time."""

    def __init__(self, symbol: Any, lookback: int, period: int) -> None:
        self.symbol = symbol
        self.roc = RateOfChange(f"{symbol}.ROC({lookback})", lookback)
        self.roc.updated += self._changed
        self._returns: deque[tuple[datetime, float]] = deque(maxlen=period)

    def _changed(self, _sender: Any, point: Any) -> None:
        if self.roc.is_ready:
            self.add(point.end_time, point.value)

    def add(self, time: datetime, value: float) -> None:
        """Add a return; a second one of the same time is left out."""
        if not self._returns or self._returns[0][0] != time:
            self._returns.appendleft((time, float(value)))

    def update(self, time: datetime, value: float) -> bool:
        """Add a price."""
        return bool(self.roc.update(time, value))

    def reset(self) -> None:
        """Forget all."""
        self.roc.reset()
        self._returns.clear()

    @property
    def returns(self) -> dict[datetime, float]:
        """Returns by time."""
        return dict(self._returns)


def returns_frame(data: dict[Any, ReturnsSymbolData], symbols: list[Any]) -> "pd.DataFrame":
    """Returns by symbol, in rows of one time, or of one place where the times do not agree; empty rows left out."""
    columns = [data[s].returns for s in symbols if s in data]
    names = [s for s in symbols if s in data]
    times = list(dict.fromkeys(t for column in columns for t in column))
    longest = max((len(known.returns) for known in data.values()), default=0)
    if longest == len(times):
        rows = [[column.get(t, np.nan) for column in columns] for t in times]
    else:
        lists = [list(column.values()) for column in columns]
        rows = [[found[i] if i < len(found) else np.nan for found in lists] for i in range(longest)]
    kept = [row for row in rows if np.isfinite(np.sum(np.abs(row))) and np.sum(np.abs(row)) != 0]
    table = np.array(kept, dtype=float).reshape(len(kept), len(names))
    return pd.DataFrame(table, columns=pd.Index(names, dtype=object))


class OptimizingPortfolioConstructionModel(PortfolioConstructionModel):
    """Weighs by the returns of the last `lookback * period` bars."""

    def __init__(self, rebalance: Any, portfolio_bias: Any, lookback: int, period: int, resolution: Any) -> None:
        super().__init__(rebalance)
        self.portfolio_bias = PortfolioBias(portfolio_bias)
        self.lookback, self.period, self.resolution = lookback, period, Resolution(resolution)
        self.symbol_data: dict[Any, ReturnsSymbolData] = {}

    def _bounds(self) -> tuple[int, int]:
        return -int(self.portfolio_bias != PortfolioBias.LONG), int(self.portfolio_bias != PortfolioBias.SHORT)

    def _weights(self, symbols: list[Any], weights: Any, insights: list[Insight]) -> dict[Insight, float]:
        """The weight of every symbol for its first insight; 0 where the bias forbids its side."""
        first: dict[Any, Insight] = {}
        for insight in insights:
            first.setdefault(insight.symbol, insight)
        bias = self.portfolio_bias
        by_symbol = dict(zip(symbols, weights, strict=False))
        kept = (bias == PortfolioBias.LONG_SHORT or np.sign(weight) == int(bias) for weight in by_symbol.values())
        return {first[s]: float(w) if keep else 0.0 for (s, w), keep in zip(by_symbol.items(), kept, strict=True)}

    def _fail_without_magnitude(self) -> None:
        raise ValueError(
            f"{type(self).__name__} does not accept 'None' as Insight.magnitude. Please checkout the selected Alpha "
            "Model specifications."
        )

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Read the returns of what came, forget those of what went."""
        super().on_securities_changed(algorithm, changes)
        for security in changes.removed_securities:
            known = self.symbol_data.pop(security.symbol, None)
            if known is not None:
                self._forget(algorithm, known)
        for security in changes.added_securities:
            symbol = security.symbol
            if symbol not in self.symbol_data:
                self.symbol_data[symbol] = ReturnsSymbolData(symbol, self.lookback, self.period)
                self._follow(algorithm, self.symbol_data[symbol])
            for bar in algorithm._run.history_bars(symbol, self.lookback * self.period, self.resolution):
                self.symbol_data[symbol].update(self._time_of(security, bar), bar.value)

    def _follow(self, algorithm: Any, known: ReturnsSymbolData) -> None:
        """Called for every new symbol."""

    def _forget(self, algorithm: Any, known: ReturnsSymbolData) -> None:  # noqa: ARG002
        known.reset()

    def _time_of(self, security: Any, bar: Any) -> datetime:  # noqa: ARG002
        moment: datetime = bar.end_time
        return moment


class MeanVarianceOptimizationPortfolioConstructionModel(OptimizingPortfolioConstructionModel):
    """The optimiser's weights for the last returns; insights add their magnitudes to them."""

    def __init__(
        self,
        rebalance: Any = Resolution.DAILY,
        portfolio_bias: Any = PortfolioBias.LONG_SHORT,
        lookback: int = 1,
        period: int = 63,
        resolution: Any = Resolution.DAILY,
        target_return: float = 0.02,
        optimizer: Any = None,
    ) -> None:
        super().__init__(rebalance, portfolio_bias, lookback, period, resolution)
        made = MinimumVariancePortfolioOptimizer(*self._bounds(), target_return)
        self.optimizer = made if optimizer is None else optimizer

    def should_create_target_for_insight(self, insight: Insight) -> bool:
        """Whether the magnitude is allowed. Raises ValueError without one."""
        if not filter_invalid_insight_magnitude(self.algorithm, [insight]):
            return False
        known = self.symbol_data.get(insight.symbol)
        if known is not None:
            if insight.magnitude is None:
                self._fail_without_magnitude()
            known.add(self.algorithm.time, insight.magnitude or 0.0)
        return True

    def determine_target_percent(self, active_insights: list[Insight]) -> dict[Insight, float]:
        """Weights of the symbols with insights."""
        if not active_insights:
            return {}
        symbols = [i.symbol for i in active_insights]
        returns = returns_frame(self.symbol_data, symbols)
        return self._weights(symbols, method(self.optimizer, "optimize")(returns, None, None), active_insights)


class RiskParityPortfolioConstructionModel(OptimizingPortfolioConstructionModel):
    """Weights of equal risk. Long positions must be allowed."""

    def __init__(
        self,
        rebalance: Any = Resolution.DAILY,
        portfolio_bias: Any = PortfolioBias.LONG_SHORT,
        lookback: int = 1,
        period: int = 252,
        resolution: Any = Resolution.DAILY,
        optimizer: Any = None,
    ) -> None:
        """Raises ValueError for a short bias."""
        if portfolio_bias == PortfolioBias.SHORT:
            raise ValueError("Long position must be allowed in RiskParityPortfolioConstructionModel.")
        super().__init__(rebalance, PortfolioBias.LONG_SHORT, lookback, period, resolution)
        self.optimizer = RiskParityPortfolioOptimizer() if optimizer is None else optimizer

    def _follow(self, algorithm: Any, known: ReturnsSymbolData) -> None:
        algorithm.register_indicator(known.symbol, known.roc, self.resolution)

    def _forget(self, algorithm: Any, known: ReturnsSymbolData) -> None:
        algorithm.unregister_indicator(known.roc)

    def determine_target_percent(self, active_insights: list[Insight]) -> dict[Insight, float]:
        """Weights of the symbols with insights."""
        if not active_insights:
            return {}
        symbols = [i.symbol for i in active_insights]
        returns = returns_frame(self.symbol_data, symbols)
        return self._weights(symbols, method(self.optimizer, "optimize")(returns, None, None), active_insights)


class BlackLittermanOptimizationPortfolioConstructionModel(OptimizingPortfolioConstructionModel):
    """Weights for equilibrium returns corrected by the views of the alpha models.

    Black, F. and Litterman, R. (1992): Global Portfolio Optimization; one view per model.
    """

    def __init__(
        self,
        rebalance: Any = Resolution.DAILY,
        portfolio_bias: Any = PortfolioBias.LONG_SHORT,
        lookback: int = 1,
        period: int = 63,
        resolution: Any = Resolution.DAILY,
        risk_free_rate: float = 0.0,
        delta: float = 2.5,
        tau: float = 0.05,
        optimizer: Any = None,
    ) -> None:
        super().__init__(rebalance, portfolio_bias, lookback, period, resolution)
        self.risk_free_rate, self.delta, self.tau = risk_free_rate, delta, tau
        made = MaximumSharpeRatioPortfolioOptimizer(*self._bounds(), risk_free_rate)
        self.optimizer = made if optimizer is None else optimizer

    def _time_of(self, security: Any, bar: Any) -> datetime:
        calendar = security.calendar
        utc_ms = calendar.zone.to_utc_ms(bar.end_time)
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=utc_ms)

    def should_create_target_for_insight(self, insight: Insight) -> bool:
        """Whether the magnitude is allowed."""
        return bool(filter_invalid_insight_magnitude(self.algorithm, [insight]))

    def get_target_insights(self) -> list[Insight]:
        """The newest active insight of every symbol and model, by symbol."""
        newest: dict[Any, Insight] = {}
        for insight in self.algorithm.insights.get_active_insights(self.algorithm.utc_time):
            key = insight.symbol, insight.source_model
            known = newest.get(key)
            if self.should_create_target_for_insight(insight) and (
                known is None or insight.generated_time_utc >= known.generated_time_utc
            ):
                newest[key] = insight
        return sorted(newest.values(), key=lambda i: i.symbol)

    def determine_target_percent(self, active_insights: list[Insight]) -> dict[Insight, float]:
        """Weights after the views; nothing without a view. Raises ValueError for an insight without magnitude."""
        symbols = list(dict.fromkeys(i.symbol for i in active_insights))
        views = self.get_views(active_insights, symbols)
        if views is None:
            return {}
        for insight in active_insights:
            if insight.symbol in self.symbol_data:
                if insight.magnitude is None:
                    self._fail_without_magnitude()
                self.symbol_data[insight.symbol].add(insight.generated_time_utc, insight.magnitude or 0.0)
        returns = returns_frame(self.symbol_data, symbols)
        mean, covariance = self.get_equilibrium_return(returns)
        mean, covariance = self.apply_blacklitterman_master_formula(mean, covariance, *views)
        weights = method(self.optimizer, "optimize")(returns, mean, pd.DataFrame(covariance))
        return self._weights(symbols, weights, active_insights)

    @staticmethod
    def get_views(insights: list[Insight], symbols: list[Any]) -> tuple[Any, Any] | None:
        """What each model expects: the symbols involved (views x symbols) and by how much; None without any."""
        models: dict[Any, list[Insight]] = {}
        for insight in insights:
            if insight.magnitude is None:
                return None
            models.setdefault(insight.source_model, []).append(insight)
        rows, sizes = [], []
        for made in models.values():
            sides = [
                sum(abs(i.magnitude or 0.0) for i in made if i.direction == side)
                for side in (InsightDirection.UP, InsightDirection.DOWN)
            ]
            size = max(sides)
            if size:
                view = {i.symbol: int(i.direction) * abs(i.magnitude or 0.0) / size for i in made}
                rows.append([view.get(symbol, 0.0) for symbol in symbols])
                sizes.append(size)
        return (np.array(rows), np.array(sizes)) if sizes else None

    def get_equilibrium_return(self, returns: "pd.DataFrame") -> tuple[Any, Any]:
        """Annual returns that equal weights would imply, and the annual covariance."""
        size = len(returns.columns)
        weights = np.full(size, 1.0 / size)
        covariance = returns.cov().to_numpy() * _TRADING_DAYS
        annual = float(weights @ ((1 + returns.mean().to_numpy()) ** _TRADING_DAYS - 1))
        aversion = (annual - self.risk_free_rate) / float(weights @ covariance @ weights)
        return covariance @ weights * aversion, covariance

    def apply_blacklitterman_master_formula(self, mean: Any, covariance: Any, p: Any, q: Any) -> tuple[Any, Any]:
        """Mean and covariance after the views."""
        scaled = self.tau * covariance
        doubt = np.diag(np.diag(p @ scaled @ p.T))
        if np.linalg.det(doubt) == 0:
            return mean, covariance
        gain = scaled @ p.T @ np.linalg.inv(p @ scaled @ p.T + doubt)
        spread = scaled - gain @ p @ scaled
        return mean + gain @ (q - p @ mean), (covariance + spread) * self.delta


class _Reversion(LeanObject):
    """Price and mean of a symbol."""

    def __init__(self, algorithm: Any, symbol: Any, window_size: int, resolution: Any) -> None:
        self.identity: Identity = algorithm.identity(symbol, resolution)
        self.sma: SimpleMovingAverage = algorithm.sma(symbol, window_size, resolution)
        for indicator in (self.identity, self.sma):
            algorithm.warm_up_indicator(symbol, indicator, resolution)


class MeanReversionPortfolioConstructionModel(PortfolioConstructionModel):
    """On-line moving average reversion: weight moves to what is below its mean (Li and Hoi 2012)."""

    def __init__(
        self,
        rebalance: Any = Resolution.DAILY,
        portfolio_bias: Any = PortfolioBias.LONG_SHORT,
        reversion_threshold: float = 1,
        window_size: int = 20,
        resolution: Any = Resolution.DAILY,
    ) -> None:
        """Raises ValueError for a short bias."""
        if portfolio_bias == PortfolioBias.SHORT:
            raise ValueError("Long position must be allowed in MeanReversionPortfolioConstructionModel.")
        super().__init__(rebalance)
        self.reversion_threshold, self.window_size = reversion_threshold, window_size
        self.resolution = Resolution(resolution)
        self.weight_vector: Any = np.zeros(0)
        self.symbol_data: dict[Any, _Reversion] = {}

    def determine_target_percent(self, active_insights: list[Insight]) -> dict[Insight, float]:
        """The next weights; nothing before all means are known."""
        known = [self.symbol_data[i.symbol] for i in active_insights]
        if not known or not all(k.identity.is_ready and k.sma.is_ready for k in known):
            return {}
        if len(self.weight_vector) != len(known):
            self.weight_vector = np.full(len(known), 1.0 / len(known))
        relatives = self.get_price_relatives(active_insights)
        distance = relatives - relatives.mean()
        norm = float(np.linalg.norm(distance)) ** 2
        step = max(0.0, (float(self.weight_vector @ relatives) - self.reversion_threshold) / norm) if norm else 0.0
        self.weight_vector = self.simplex_projection(self.weight_vector - step * distance)
        return dict(zip(active_insights, self.weight_vector.tolist(), strict=True))

    def get_price_relatives(self, active_insights: list[Insight]) -> Any:
        """Expected price over price: by the magnitude of the insight, else price over mean."""
        found = []
        for insight in active_insights:
            known = self.symbol_data[insight.symbol]
            if insight.magnitude is not None:
                found.append(1 + insight.magnitude * int(insight.direction))
            else:
                found.append(known.identity.current.value / known.sma.current.value)
        return np.array(found, dtype=float)

    @staticmethod
    def simplex_projection(vector: Any, total: float = 1) -> Any:
        """The nearest weights of zero and above with that sum (Duchi et al. 2008). Raises ValueError for no sum."""
        if total <= 0:
            raise ValueError("Total must be > 0 for Euclidean Projection onto the Simplex.")
        values = np.asarray(vector, dtype=float)
        falling = np.sort(values)[::-1]
        excess = (np.cumsum(falling) - total) / np.arange(1, len(values) + 1)
        theta = excess[np.flatnonzero(falling > excess)[-1]]
        return np.maximum(values - theta, 0.0)

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Follow what came, forget what went."""
        super().on_securities_changed(algorithm, changes)
        for security in changes.removed_securities:
            self.symbol_data.pop(security.symbol, None)
        for security in changes.added_securities:
            if security.symbol not in self.symbol_data:
                made = _Reversion(algorithm, security.symbol, self.window_size, self.resolution)
                self.symbol_data[security.symbol] = made


__all__ = [
    "BlackLittermanOptimizationPortfolioConstructionModel",
    "MeanReversionPortfolioConstructionModel",
    "MeanVarianceOptimizationPortfolioConstructionModel",
    "ReturnsSymbolData",
    "RiskParityPortfolioConstructionModel",
]
