"""Risk management models (`Algorithm.Framework/Risk/*.cs`)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from lean_local.enums import PositionSide
from lean_local.framework.models import RiskManagementModel
from lean_local.framework.targets import PortfolioTarget, PortfolioTargetCollection
from lean_local.securities.cache import decimal_of

ZERO = Decimal(0)


def _flat(algorithm: Any, symbol: Any) -> PortfolioTarget:
    """Cancel the insights of a symbol; the target that closes its position."""
    algorithm.insights.cancel([symbol])
    return PortfolioTarget(symbol, 0)


def _held(algorithm: Any) -> list[Any]:
    """Securities with a position, in the order they were added."""
    return [s for s in algorithm._state.securities.made() if s.holdings.invested]


def _profit_share(security: Any) -> Decimal:
    holdings = security.holdings
    cost = abs(holdings.cost_exact())
    return holdings.unrealized_exact() / cost if cost else ZERO


class MaximumDrawdownPercentPerSecurity(RiskManagementModel):
    """Closes a position whose loss exceeds a share of its cost."""

    def __init__(self, maximum_drawdown_percent: float = 0.05) -> None:
        self.maximum_drawdown_percent = -abs(maximum_drawdown_percent)

    def manage_risk(self, algorithm: Any, targets: list[PortfolioTarget]) -> Iterable[PortfolioTarget]:  # noqa: ARG002
        """Zero targets of the losers."""
        limit = decimal_of(self.maximum_drawdown_percent)
        return [_flat(algorithm, s.symbol) for s in _held(algorithm) if _profit_share(s) < limit]


class MaximumUnrealizedProfitPercentPerSecurity(RiskManagementModel):
    """Closes a position whose profit exceeds a share of its cost."""

    def __init__(self, maximum_unrealized_profit_percent: float = 0.05) -> None:
        self.maximum_unrealized_profit_percent = abs(maximum_unrealized_profit_percent)

    def manage_risk(self, algorithm: Any, targets: list[PortfolioTarget]) -> Iterable[PortfolioTarget]:  # noqa: ARG002
        """Zero targets of the winners."""
        limit = decimal_of(self.maximum_unrealized_profit_percent)
        return [_flat(algorithm, s.symbol) for s in _held(algorithm) if _profit_share(s) > limit]


class MaximumDrawdownPercentPortfolio(RiskManagementModel):
    """Closes all targets when the portfolio has lost a share of its first value, or of its highest when trailing."""

    def __init__(self, maximum_drawdown_percent: float = 0.05, is_trailing: bool = False) -> None:
        self.maximum_drawdown_percent = -abs(maximum_drawdown_percent)
        self.is_trailing = is_trailing
        self._high: Decimal | None = None

    def manage_risk(self, algorithm: Any, targets: list[PortfolioTarget]) -> Iterable[PortfolioTarget]:
        """Zero targets for all targets; the high starts anew after them."""
        value = algorithm._state.portfolio.value_exact()
        if self._high is None:
            self._high = value
        if self.is_trailing and self._high < value:
            self._high = value
            return []
        if not targets or value / self._high - 1 >= decimal_of(self.maximum_drawdown_percent):
            return []
        self._high = None
        return [_flat(algorithm, target.symbol) for target in targets]


class TrailingStopRiskManagementModel(RiskManagementModel):
    """Closes a position that has fallen by a share from its best value since it was opened."""

    def __init__(self, maximum_drawdown_percent: float = 0.05) -> None:
        self.maximum_drawdown_percent = abs(maximum_drawdown_percent)
        self._best: dict[Any, tuple[PositionSide, Decimal]] = {}

    def manage_risk(self, algorithm: Any, targets: list[PortfolioTarget]) -> Iterable[PortfolioTarget]:  # noqa: ARG002
        """Zero targets of the positions that have fallen."""
        held = {s.symbol: s for s in _held(algorithm)}
        for symbol in [s for s in self._best if s not in held]:
            del self._best[symbol]
        return [_flat(algorithm, symbol) for symbol, security in held.items() if self._has_fallen(symbol, security)]

    def _has_fallen(self, symbol: Any, security: Any) -> bool:
        holdings = security.holdings
        side = PositionSide.LONG if holdings.is_long else PositionSide.SHORT
        worth = abs(holdings.value_exact())
        known = self._best.get(symbol)
        if known is None or known[0] != side:
            known = self._best[symbol] = side, abs(holdings.cost_exact())
        best = known[1]
        if best < worth if side == PositionSide.LONG else best > worth:
            self._best[symbol] = side, worth
            return False
        if decimal_of(self.maximum_drawdown_percent) >= abs((best - worth) / best):
            return False
        del self._best[symbol]
        return True


class MaximumSectorExposureRiskManagementModel(RiskManagementModel):
    """Cuts all positions of a sector whose value exceeds a share of the portfolio."""

    def __init__(self, maximum_sector_exposure: float = 0.20) -> None:
        if maximum_sector_exposure <= 0:
            raise ValueError(
                "MaximumSectorExposureRiskManagementModel: the maximum sector exposure cannot be a non-positive value."
            )
        self.maximum_sector_exposure = maximum_sector_exposure
        self.targets_collection = PortfolioTargetCollection()

    def manage_risk(self, algorithm: Any, targets: list[PortfolioTarget]) -> Iterable[PortfolioTarget]:
        """Smaller targets for the members of sectors that are too large."""
        most = algorithm._state.portfolio.value_exact() * decimal_of(self.maximum_sector_exposure)
        self.targets_collection.add_range(targets)
        sectors: dict[str, list[Any]] = {}
        for security in self._with_fundamentals(algorithm):
            sectors.setdefault(security.fundamentals.company_reference.industry_template_code, []).append(security)
        found = []
        for members in sectors.values():
            ratio = sum((self._worth(s) for s in members), ZERO) / most
            if ratio > 1:
                cut = ((s.symbol, self._quantity(s) / ratio) for s in members)
                found += [PortfolioTarget(symbol, quantity) for symbol, quantity in cut if quantity]
        return found

    @staticmethod
    def _with_fundamentals(algorithm: Any) -> list[Any]:
        made = algorithm._state.securities.made()
        return [s for s in made if s.fundamentals is not None and s.fundamentals.has_fundamental_data]

    def _quantity(self, security: Any) -> Decimal:
        target = self.targets_collection.try_get_value(security.symbol)[1]
        held: Decimal = security.holdings.quantity_exact
        return held if target is None else target.quantity_exact

    def _worth(self, security: Any) -> Decimal:
        worth: Decimal = security.holdings.value_exact(self._quantity(security))
        return abs(worth)

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:  # noqa: ARG002
        """Raises ValueError when no security has fundamentals."""
        if not self._with_fundamentals(algorithm):
            raise ValueError(
                "MaximumSectorExposureRiskManagementModel.OnSecuritiesChanged: Please select a portfolio selection "
                "model that selects securities with fundamental data."
            )


__all__ = [
    "MaximumDrawdownPercentPerSecurity",
    "MaximumDrawdownPercentPortfolio",
    "MaximumSectorExposureRiskManagementModel",
    "MaximumUnrealizedProfitPercentPerSecurity",
    "TrailingStopRiskManagementModel",
]
