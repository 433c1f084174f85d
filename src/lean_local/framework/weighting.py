"""Portfolio construction by weights: equal, by insight weight or confidence, by sector, accumulating.

LEAN `Algorithm.Framework/Portfolio/*WeightingPortfolioConstructionModel.cs` and the accumulative model beside them.
"""

import math
from typing import Any

from lean_local.enums import InsightDirection, PortfolioBias, Resolution
from lean_local.framework.construction import PortfolioConstructionModel
from lean_local.framework.insight import Insight


class EqualWeightingPortfolioConstructionModel(PortfolioConstructionModel):
    """Every security the same share."""

    def __init__(self, rebalance: Any = Resolution.DAILY, portfolio_bias: Any = PortfolioBias.LONG_SHORT) -> None:
        super().__init__(rebalance)
        self.portfolio_bias = PortfolioBias(portfolio_bias)

    def _signed(self, insight: Insight, share: float) -> float:
        return int(insight.direction) * share if self.respect_portfolio_bias(insight) else 0.0

    def determine_target_percent(self, active_insights: list[Insight]) -> dict[Insight, float]:
        """1/N for the N insights that are not flat and within the bias."""
        counted = (i.direction != InsightDirection.FLAT and self.respect_portfolio_bias(i) for i in active_insights)
        count = sum(counted)
        share = 1.0 / count if count else 0.0
        return {i: self._signed(i, share) for i in active_insights}


class InsightWeightingPortfolioConstructionModel(EqualWeightingPortfolioConstructionModel):
    """Shares by `insight.weight`, scaled down when they add up to more than one."""

    def should_create_target_for_insight(self, insight: Insight) -> bool:
        """Whether the insight has a weight."""
        return insight.weight is not None

    def get_value(self, insight: Insight) -> float:
        """The weight."""
        return abs(insight.weight or 0.0)

    def determine_target_percent(self, active_insights: list[Insight]) -> dict[Insight, float]:
        """Weights, scaled."""
        total = sum(self.get_value(i) for i in active_insights if self.respect_portfolio_bias(i))
        factor = 1.0 / total if total > 1 else 1.0
        return {i: self._signed(i, self.get_value(i) * factor) for i in active_insights}


class ConfidenceWeightedPortfolioConstructionModel(InsightWeightingPortfolioConstructionModel):
    """Shares by `insight.confidence`."""

    def should_create_target_for_insight(self, insight: Insight) -> bool:
        """Whether the insight has a confidence."""
        return insight.confidence is not None

    def get_value(self, insight: Insight) -> float:
        """The confidence."""
        return insight.confidence or 0.0


class SectorWeightingPortfolioConstructionModel(EqualWeightingPortfolioConstructionModel):
    """Every sector the same share, and within it every security."""

    def __init__(self, rebalance: Any = Resolution.DAILY) -> None:
        super().__init__(rebalance)
        self.sector_code_by_symbol: dict[Any, str] = {}

    def should_create_target_for_insight(self, insight: Insight) -> bool:
        """Whether the sector of the symbol is known."""
        return insight.symbol in self.sector_code_by_symbol

    def determine_target_percent(self, active_insights: list[Insight]) -> dict[Insight, float]:
        """1/S by sector, 1/N of it by security."""
        shares = {i: 0.0 for i in active_insights if i.direction == InsightDirection.FLAT}
        sectors: dict[str, list[Insight]] = {}
        for insight in active_insights:
            if insight not in shares:
                sectors.setdefault(self.sector_code_by_symbol[insight.symbol], []).append(insight)
        share = 1.0 / len(sectors) if sectors else 0.0
        for insights in sectors.values():
            each = share / len(insights)
            shares |= {i: int(i.direction) * each for i in insights}
        return shares

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Learn and forget sectors."""
        for security in changes.removed_securities:
            self.sector_code_by_symbol.pop(security.symbol, None)
        for security in changes.added_securities:
            code = self.get_sector_code(security)
            if code:
                self.sector_code_by_symbol[security.symbol] = code
        super().on_securities_changed(algorithm, changes)

    def get_sector_code(self, security: Any) -> str | None:
        """The industry template code of a security's fundamentals, None without."""
        fundamentals = security.fundamentals
        return None if fundamentals is None else fundamentals.company_reference.industry_template_code


class AccumulativeInsightPortfolioConstructionModel(EqualWeightingPortfolioConstructionModel):
    """Every active insight moves a symbol's share by `percent`: up, down, or flat towards zero."""

    def __init__(
        self, rebalance: Any = None, portfolio_bias: Any = PortfolioBias.LONG_SHORT, percent: float = 0.03
    ) -> None:
        super().__init__(rebalance, portfolio_bias)
        self.percent = abs(percent)

    def get_target_insights(self) -> list[Insight]:
        """All active insights, in the order they were made."""
        algorithm = self.algorithm
        active = algorithm.insights.get_active_insights(algorithm.utc_time)
        wanted = (i for i in active if self.should_create_target_for_insight(i))
        return sorted(wanted, key=lambda i: i.generated_time_utc)

    def determine_target_percent(self, active_insights: list[Insight]) -> dict[Insight, float]:
        """Shares after all active insights, by the first insight of every symbol."""
        shares: dict[Any, float] = {}
        first: dict[Any, Insight] = {}
        for insight in active_insights:
            first.setdefault(insight.symbol, insight)
            shares[insight.symbol] = self._moved(shares.get(insight.symbol), insight.direction)
        return {insight: shares[symbol] for symbol, insight in first.items()}

    def _moved(self, before: float | None, direction: InsightDirection) -> float:
        share = before or 0.0
        if before is not None and direction == InsightDirection.FLAT:
            share = 0.0 if abs(share) < self.percent else share - math.copysign(self.percent, share)
        share += self.percent * int(direction)
        sign = (share > 0) - (share < 0)
        return share if self.portfolio_bias in (PortfolioBias.LONG_SHORT, sign) else 0.0


__all__ = [
    "AccumulativeInsightPortfolioConstructionModel",
    "ConfidenceWeightedPortfolioConstructionModel",
    "EqualWeightingPortfolioConstructionModel",
    "InsightWeightingPortfolioConstructionModel",
    "SectorWeightingPortfolioConstructionModel",
]
