"""Optimisers and the formulas of the models that use them, on small made returns."""

import numpy as np
import pandas as pd
import pytest

from lean_local.api.times import Time, TimeSpan
from lean_local.enums import PortfolioBias
from lean_local.framework import optimization, optimizers
from lean_local.symbols import Symbol

RETURNS = pd.DataFrame({"a": [0.01, -0.02, 0.03, 0.01], "b": [0.02, 0.01, -0.01, 0.03], "c": [0.0, 0.01, 0.02, -0.03]})


def test_the_highest_sharpe_ratio_beats_its_neighbours():
    weights = optimizers.MaximumSharpeRatioPortfolioOptimizer(0, 1).optimize(RETURNS)
    mean, covariance = RETURNS.mean().to_numpy(), RETURNS.cov().to_numpy()

    def ratio(w):
        return mean @ w / np.sqrt(w @ covariance @ w)

    assert weights.sum() == pytest.approx(1)
    assert (weights >= -1e-12).all()
    for other in np.random.default_rng(1).dirichlet(np.ones(3), 200):
        assert ratio(weights) >= ratio(other) - 1e-6


def test_the_lowest_variance_has_the_target_return_before_scaling():
    weights = optimizers.MinimumVariancePortfolioOptimizer(-1, 1, 0.008).optimize(RETURNS)
    assert np.abs(weights).sum() == pytest.approx(1)
    assert RETURNS.mean().to_numpy() @ weights / weights.sum() == pytest.approx(0.008, rel=1e-6)


def test_without_a_solution_the_weights_are_equal():
    weights = optimizers.MinimumVariancePortfolioOptimizer(0, 1, target_return=9).optimize(RETURNS)
    assert weights.tolist() == [1 / 3] * 3


def test_risk_parity_gives_every_security_the_same_risk():
    weights = optimizers.RiskParityPortfolioOptimizer().optimize(RETURNS)
    risk = weights * (RETURNS.cov().to_numpy() @ weights)
    assert risk == pytest.approx(np.full(3, risk.mean()), rel=1e-4)


def test_unconstrained_weights_are_the_mean_over_the_covariance():
    weights = optimizers.UnconstrainedMeanVariancePortfolioOptimizer().optimize(
        RETURNS, None, pd.DataFrame(np.eye(3) * 2)
    )
    assert weights == pytest.approx(RETURNS.mean().to_numpy() / 2)


@pytest.mark.parametrize(
    ("vector", "expected"), [([0.5, 0.5], [0.5, 0.5]), ([2.0, 0.0], [1.0, 0.0]), ([0.4, 0.2, -1.0], [0.6, 0.4, 0.0])]
)
def test_the_projection_on_the_simplex(vector, expected):
    project = optimization.MeanReversionPortfolioConstructionModel.simplex_projection
    assert project(vector) == pytest.approx(expected)


def test_returns_of_other_times_are_put_beside_each_other():
    a, b = Symbol.create_equity("A"), Symbol.create_equity("B")
    data = {s: optimization.ReturnsSymbolData(s, 1, 3) for s in (a, b)}
    day = Time.END_OF_TIME
    for number in range(3):
        data[a].add(day + TimeSpan.from_days(number), number + 1)
        data[b].add(day + TimeSpan.from_hours(number + 1), 10 * (number + 1))
    assert optimization.returns_frame(data, [a, b]).to_numpy().tolist() == [[3, 30], [2, 20], [1, 10]]


def test_models_refuse_a_short_bias_they_cannot_have():
    for kind in (
        optimization.RiskParityPortfolioConstructionModel,
        optimization.MeanReversionPortfolioConstructionModel,
    ):
        with pytest.raises(ValueError, match="Long position must be allowed"):
            kind(portfolio_bias=PortfolioBias.SHORT)


def test_a_view_moves_the_mean_towards_it():
    model = optimization.BlackLittermanOptimizationPortfolioConstructionModel()
    mean, covariance = np.array([0.05, 0.05]), np.array([[0.04, 0.0], [0.0, 0.04]])
    moved, wider = model.apply_blacklitterman_master_formula(mean, covariance, np.array([[1.0, 0.0]]), np.array([0.15]))
    assert moved == pytest.approx([0.1, 0.05])  # half of the way: the view is as uncertain as the prior
    assert wider[1, 1] == pytest.approx(0.04 * 1.05 * 2.5)
