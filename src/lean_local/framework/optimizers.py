"""Portfolio optimisers: weights from a frame of returns (rows are times, columns are securities).

`Algorithm.Framework/Portfolio/*Optimizer.cs`; the constrained ones are solved by scipy's SLSQP, as LEAN's Python ones.
"""

import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from lean_local.naming import LeanObject

Weights = npt.NDArray[np.float64]


def _slsqp(objective: Any, size: int, bounds: tuple[float, float], constraints: list[Any]) -> Weights | None:
    """Weights that minimise an objective from equal ones on; None when there is no solution."""
    from scipy.optimize import minimize  # noqa: PLC0415  scipy only when asked for

    ways = [{"type": "eq", "fun": function} for function in constraints]
    found = minimize(objective, _equal(size), bounds=[bounds] * size, constraints=ways, method="SLSQP")
    return found["x"] if found["success"] else None


def _equal(size: int) -> Weights:
    return np.full(size, 1.0 / size)


def _moments(returns: Any, expected: Any, covariance: Any) -> tuple[Any, Any]:
    """Expected returns and covariance, from the returns where they are not given."""
    return (
        np.asarray(returns.mean() if expected is None else expected, dtype=float),
        np.asarray(returns.cov() if covariance is None else covariance, dtype=float),
    )


class _Bounded(LeanObject):
    """Weights between two bounds."""

    def __init__(self, minimum_weight: float = -1, maximum_weight: float = 1) -> None:
        self.minimum_weight, self.maximum_weight = minimum_weight, maximum_weight

    def portfolio_variance(self, weights: Weights, covariance: Any) -> float:
        """Variance of a portfolio. Raises ValueError when it is zero and the weights are not."""
        variance = float(weights @ np.asarray(covariance) @ weights)
        if variance == 0 and np.any(weights):
            raise ValueError(f"{type(self).__name__}.portfolio_variance: Volatility cannot be zero. Weights: {weights}")
        return variance

    @property
    def _bounds(self) -> tuple[float, float]:
        return self.minimum_weight, self.maximum_weight


class MaximumSharpeRatioPortfolioOptimizer(_Bounded):
    """The highest Sharpe ratio of weights that add up to one."""

    def __init__(self, minimum_weight: float = -1, maximum_weight: float = 1, risk_free_rate: float = 0) -> None:
        super().__init__(minimum_weight, maximum_weight)
        self.risk_free_rate = risk_free_rate

    def optimize(self, historical_returns: Any, expected_returns: Any = None, covariance: Any = None) -> Weights:
        """Weights; equal ones when there is no solution."""
        expected, matrix = _moments(historical_returns, expected_returns, covariance)
        excess, size = expected - self.risk_free_rate, len(matrix)

        def negative_ratio(weights: Weights) -> float:
            return float(-(excess @ weights) / np.sqrt(self.portfolio_variance(weights, matrix)))

        found = _slsqp(negative_ratio, size, self._bounds, [lambda w: np.sum(w) - 1])
        return _equal(size) if found is None else found


class MinimumVariancePortfolioOptimizer(_Bounded):
    """The lowest variance of weights that add up to one and return a target; scaled to absolute weights of one."""

    def __init__(self, minimum_weight: float = -1, maximum_weight: float = 1, target_return: float = 0.02) -> None:
        super().__init__(minimum_weight, maximum_weight)
        self.target_return = target_return

    def optimize(self, historical_returns: Any, expected_returns: Any = None, covariance: Any = None) -> Weights:
        """Weights; equal ones when there is no solution."""
        expected, matrix = _moments(historical_returns, expected_returns, covariance)
        size = len(matrix)
        constraints = [lambda w: np.sum(w) - 1, lambda w: float(expected @ w) - self.target_return]
        found = _slsqp(lambda w: self.portfolio_variance(w, matrix), size, self._bounds, constraints)
        return _equal(size) if found is None else found / np.sum(np.abs(found))


class UnconstrainedMeanVariancePortfolioOptimizer(LeanObject):
    """Expected returns times the inverse of the covariance."""

    def optimize(self, historical_returns: Any, expected_returns: Any = None, covariance: Any = None) -> Weights:
        """Weights, of any sum."""
        expected, matrix = _moments(historical_returns, expected_returns, covariance)
        found: Weights = expected @ np.linalg.inv(matrix)
        return found


class RiskParityPortfolioOptimizer(LeanObject):
    """Weights that all carry their budget of risk, found by Newton's method (LEAN RiskParityPortfolioOptimizer.cs)."""

    _tolerance, _most_steps = 1e-11, 15_000

    def __init__(self, minimum_weight: float = 1e-05, maximum_weight: float = sys.float_info.max) -> None:
        self.minimum_weight = max(minimum_weight, 1e-05)
        self.maximum_weight = max(maximum_weight, minimum_weight)

    def optimize(self, historical_returns: Any, budget: Any = None, covariance: Any = None) -> Weights:
        """Weights that add up to one before they are cut to the bounds."""
        matrix = np.asarray(historical_returns.cov() if covariance is None else covariance, dtype=float)
        weights = _equal(len(matrix))
        share = weights.copy() if budget is None else np.asarray(budget, dtype=float)
        if len(matrix) > 1:
            weights = self._newton(matrix, share, weights)
        cut: Weights = np.clip(weights / weights.sum(), self.minimum_weight, self.maximum_weight)
        return cut

    def _newton(self, matrix: Any, share: Weights, weights: Weights) -> Weights:
        before, value = sys.float_info.max, -sys.float_info.max
        for _ in range(self._most_steps):
            if abs(value - before) <= self._tolerance:
                break
            before = value
            hessian = matrix + np.diag(share / weights**2)
            weights = weights - np.linalg.inv(hessian) @ (matrix @ weights - share / weights)
            value = float(0.5 * weights @ matrix @ weights - share @ np.log(weights))
        return weights


__all__ = [
    "MaximumSharpeRatioPortfolioOptimizer",
    "MinimumVariancePortfolioOptimizer",
    "RiskParityPortfolioOptimizer",
    "UnconstrainedMeanVariancePortfolioOptimizer",
]
