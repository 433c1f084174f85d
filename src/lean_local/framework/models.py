"""Base classes of framework models, the ones that do nothing, and the composites.

LEAN `Algorithm/Alphas`, `Algorithm/Execution`, `Algorithm/Risk`.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any
from uuid import uuid4

from lean_local.framework.insight import Insight
from lean_local.framework.targets import BELOW_MINIMUM, OrderSizing, PortfolioTarget, PortfolioTargetCollection
from lean_local.naming import LeanObject
from lean_local.securities.buying_power_extensions import BuyingPowerModelExtensions
from lean_local.securities.models import method


def distinct(targets: Iterable[PortfolioTarget]) -> list[PortfolioTarget]:
    """Targets with the first of every symbol."""
    found: dict[Any, PortfolioTarget] = {}
    for target in targets:
        found.setdefault(target.symbol, target)
    return list(found.values())


def model_name(model: Any) -> str:
    """Name of an alpha model: its own, else that of its class."""
    for spelled in ("name", "Name"):
        found = model.__dict__.get(spelled, type(model).__dict__.get(spelled))
        if isinstance(found, str):
            return found
    made: Any = model.__dict__.get("_made_name")
    return str(made or type(model).__name__)


def notify(models: Iterable[Any], algorithm: Any, changes: Any) -> None:
    """Tell the models that securities came or went."""
    for model in models:
        method(model, "on_securities_changed")(algorithm, changes)


def follow(securities: list[Any], changes: Any) -> None:
    """Keep a model's list of securities in step: append what came, take out what went."""
    for security in changes.added_securities:
        if security not in securities:
            securities.append(security)
    for security in changes.removed_securities:
        if security in securities:
            securities.remove(security)


class AlphaModel(LeanObject):
    """Base of models that make insights. A model has a name of its own; LEAN's default is a random one."""

    def __new__(cls, *_: Any, **__: Any) -> "AlphaModel":
        """Name the model, also when a subclass's `__init__` does not call ours."""
        self = super().__new__(cls)
        self.__dict__["_made_name"] = str(uuid4())
        return self

    def __init__(self, *_: Any, **__: Any) -> None:
        """Nothing to set."""

    def __getattr__(self, name: str) -> Any:
        if name in ("name", "Name"):
            return self.__dict__["_made_name"]
        return super().__getattr__(name)

    def update(self, algorithm: Any, data: Any) -> Iterable[Insight]:  # noqa: ARG002
        """Insights of this step. Raises TypeError unless a subclass defines it."""
        raise TypeError(
            "Types deriving from 'AlphaModel' must implement the "
            "'IEnumerable<Insight> Update(QCAlgorithm, Slice) method."
        )

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Called when securities came or went."""


class NullAlphaModel(AlphaModel):
    """No insights."""

    def update(self, algorithm: Any, data: Any) -> Iterable[Insight]:  # noqa: ARG002
        """Nothing."""
        return []


class CompositeAlphaModel(AlphaModel):
    """Several alpha models, asked in turn."""

    def __init__(self, *alpha_models: Any) -> None:
        """`CompositeAlphaModel(first, second, ...)`. Raises ValueError without a model."""
        if not alpha_models:
            raise ValueError("Must specify at least 1 alpha model for the CompositeAlphaModel")
        self._models = list(alpha_models)

    def add_alpha(self, alpha_model: Any) -> None:
        """Add a model."""
        self._models.append(alpha_model)

    def update(self, algorithm: Any, data: Any) -> Iterator[Insight]:
        """Insights of all models, each with the name of its own."""
        for model in self._models:
            for insight in method(model, "update")(algorithm, data) or ():
                insight.source_model = insight.source_model or model_name(model)
                yield insight

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Tell all."""
        notify(self._models, algorithm, changes)


class ExecutionModel(LeanObject):
    """Base of models that send orders for targets."""

    asynchronous = True

    def __init__(self, asynchronous: bool = True) -> None:
        self.asynchronous = asynchronous

    def execute(self, algorithm: Any, targets: list[PortfolioTarget]) -> None:  # noqa: ARG002
        """Send the orders. Raises TypeError unless a subclass defines it."""
        raise TypeError(
            "Types deriving from 'ExecutionModel' must implement the "
            "'void Execute(QCAlgorithm, IPortfolioTarget[]) method."
        )

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Called when securities came or went."""

    def on_order_event(self, algorithm: Any, order_event: Any) -> None:
        """Called with every order event, before the algorithm's own."""


class NullExecutionModel(ExecutionModel):
    """No orders."""

    def execute(self, algorithm: Any, targets: list[PortfolioTarget]) -> None:
        """Nothing."""


class CollectingExecutionModel(ExecutionModel):
    """Keeps targets until the holdings meet them; subclasses say what is ordered now."""

    def __init__(self, asynchronous: bool = True) -> None:
        super().__init__(asynchronous)
        self.targets_collection = PortfolioTargetCollection()

    def execute(self, algorithm: Any, targets: list[PortfolioTarget]) -> None:
        """Order what the open targets still need."""
        self.targets_collection.add_range(targets)
        if not self.targets_collection.is_empty:
            for target in self.targets_collection.order_by_margin_impact(algorithm):
                self._work(algorithm, target)
            self.targets_collection.clear_fulfilled(algorithm)

    def _work(self, algorithm: Any, target: PortfolioTarget) -> None:  # noqa: ARG002
        raise TypeError(f"{type(self).__name__} orders nothing")  # pragma: no cover - subclasses do


class ImmediateExecutionModel(CollectingExecutionModel):
    """Market orders at once, for what is worth an order."""

    def _work(self, algorithm: Any, target: PortfolioTarget) -> None:
        security = algorithm.securities[target.symbol]
        quantity = OrderSizing.unordered_exact(algorithm, target, security, account_for_fees=True)
        if not quantity:
            return
        is_worth_it = BuyingPowerModelExtensions.above_minimum_order_margin_portfolio_percentage
        least = algorithm.settings.minimum_order_margin_portfolio_percentage
        if is_worth_it(security.models.margin, security, quantity, algorithm.portfolio, least):
            algorithm.market_order(security, quantity, self.asynchronous, target.tag)
        else:
            algorithm._state.warn_once(BELOW_MINIMUM)


class RiskManagementModel(LeanObject):
    """Base of models that change targets."""

    def manage_risk(self, algorithm: Any, targets: list[PortfolioTarget]) -> Iterable[PortfolioTarget]:  # noqa: ARG002
        """Targets that replace others. Raises TypeError unless a subclass defines it."""
        raise TypeError(
            "Types deriving from 'RiskManagementModel' must implement the "
            "'IEnumerable<IPortfolioTarget> ManageRisk(QCAlgorithm, IPortfolioTarget[]) method."
        )

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Called when securities came or went."""


class NullRiskManagementModel(RiskManagementModel):
    """Changes nothing."""

    def manage_risk(self, algorithm: Any, targets: list[PortfolioTarget]) -> Iterable[PortfolioTarget]:  # noqa: ARG002
        """Nothing."""
        return []


class CompositeRiskManagementModel(RiskManagementModel):
    """Several risk models; each gets the targets the one before has left."""

    def __init__(self, *risk_management_models: Any) -> None:
        """`CompositeRiskManagementModel(first, second, ...)` or with a list. Raises ValueError without a model."""
        given = risk_management_models
        self._models = list(given[0]) if len(given) == 1 and isinstance(given[0], list | tuple) else list(given)
        if not self._models:
            raise ValueError("Must specify at least 1 risk management model for the CompositeRiskManagementModel")

    def add_risk_management(self, risk_management_model: Any) -> None:
        """Add a model."""
        self._models.append(risk_management_model)

    def manage_risk(self, algorithm: Any, targets: list[PortfolioTarget]) -> list[PortfolioTarget]:
        """Targets after all models, the newest of a symbol first."""
        for model in self._models:
            changed = method(model, "manage_risk")(algorithm, targets) or ()
            targets = distinct(chain(changed, targets))
        return targets

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Tell all."""
        notify(self._models, algorithm, changes)


__all__ = [
    "AlphaModel",
    "CompositeAlphaModel",
    "CompositeRiskManagementModel",
    "ExecutionModel",
    "ImmediateExecutionModel",
    "NullAlphaModel",
    "NullExecutionModel",
    "NullRiskManagementModel",
    "RiskManagementModel",
]
