"""Framework methods of QCAlgorithm: its five models and what happens to their insights (`QCAlgorithm.Framework.cs`)."""

from collections.abc import Iterable
from typing import Any

from lean_local.api.events import Event
from lean_local.enums import InsightType
from lean_local.framework.chain_selection import ChainUniverse, OptionChainedUniverseSelectionModel
from lean_local.framework.construction import NullPortfolioConstructionModel
from lean_local.framework.insight import Insight
from lean_local.framework.insights import GeneratedInsightsCollection, InsightManager
from lean_local.framework.models import (
    CompositeAlphaModel,
    CompositeRiskManagementModel,
    ImmediateExecutionModel,
    NullAlphaModel,
    NullRiskManagementModel,
    distinct,
    model_name,
    notify,
)
from lean_local.framework.selection import (
    CompositeUniverseSelectionModel,
    NullUniverseSelectionModel,
    next_refresh,
)
from lean_local.framework.signal_exports import SignalExportManager
from lean_local.framework.targets import PortfolioTarget
from lean_local.naming import LeanObject
from lean_local.securities.models import method


class FrameworkMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any
    _state: Any
    settings: Any
    add_universe: Any
    universe_manager: Any
    utc_time: Any

    def _begin_framework(self) -> None:
        self.universe_selection: Any = NullUniverseSelectionModel()
        self.alpha: Any = NullAlphaModel()
        self.portfolio_construction: Any = NullPortfolioConstructionModel()
        self.execution: Any = ImmediateExecutionModel()
        self.risk_management: Any = NullRiskManagementModel()
        self.insights = InsightManager(self)
        self.insights_generated = Event()
        self.signal_export = SignalExportManager(self)
        self.debug_mode = False
        self._selected_universes: dict[Any, Any] = {}

    # --- models ------------------------------------------------------------------------------------------------
    def set_universe_selection(self, universe_selection: Any) -> None:
        """Set the model that makes universes."""
        self.universe_selection = universe_selection

    def add_universe_selection(self, universe_selection: Any) -> None:
        """Add a model that makes universes."""
        if isinstance(self.universe_selection, CompositeUniverseSelectionModel):
            self.universe_selection.add_universe_selection(universe_selection)
        elif isinstance(self.universe_selection, NullUniverseSelectionModel):
            self.universe_selection = universe_selection
        else:
            self.universe_selection = CompositeUniverseSelectionModel(self.universe_selection, universe_selection)

    def set_alpha(self, alpha: Any) -> None:
        """Set the model that makes insights."""
        self.alpha = alpha

    def add_alpha(self, alpha: Any) -> None:
        """Add a model that makes insights."""
        if isinstance(self.alpha, CompositeAlphaModel):
            self.alpha.add_alpha(alpha)
        elif isinstance(self.alpha, NullAlphaModel):
            self.alpha = alpha
        else:
            self.alpha = CompositeAlphaModel(self.alpha, alpha)

    def set_portfolio_construction(self, portfolio_construction: Any) -> None:
        """Set the model that makes targets of insights."""
        self.portfolio_construction = portfolio_construction

    def set_execution(self, execution: Any) -> None:
        """Set the model that sends orders for targets."""
        self.execution = execution

    def set_risk_management(self, risk_management: Any) -> None:
        """Set the model that changes targets."""
        self.risk_management = risk_management

    def add_risk_management(self, risk_management: Any) -> None:
        """Add a model that changes targets."""
        if isinstance(self.risk_management, CompositeRiskManagementModel):
            self.risk_management.add_risk_management(risk_management)
        elif isinstance(self.risk_management, NullRiskManagementModel):
            self.risk_management = risk_management
        else:
            self.risk_management = CompositeRiskManagementModel(self.risk_management, risk_management)

    def add_universe_options(self, universe: Any, option_filter: Any) -> None:
        """Add the option chains of whatever a universe selects."""
        self.add_universe_selection(OptionChainedUniverseSelectionModel(universe, option_filter))

    # --- the engine's calls ------------------------------------------------------------------------------------
    def framework_post_initialize(self) -> None:
        """After `initialize`: settings reach the portfolio model, universes are made."""
        model, settings = self.portfolio_construction, self.settings
        for name in ("rebalance_on_security_changes", "rebalance_on_insight_changes"):
            wanted = getattr(settings, name.replace("rebalance", "rebalance_portfolio"))
            if wanted is not None:
                setattr(model, name, wanted)
        self._add_selected()

    def _add_selected(self) -> None:
        """Make the universes anew; those that are not among them any more are disposed."""
        before, self._selected_universes = self._selected_universes, {}
        for universe in method(self.universe_selection, "create_universes")(self):
            symbol = universe.symbol
            known = isinstance(universe, ChainUniverse) or symbol in self.universe_manager
            self._selected_universes[symbol] = before.get(symbol, universe)
            if not known:
                self.add_universe(universe)
        for symbol, universe in before.items():
            if symbol in self._selected_universes:
                continue
            if isinstance(universe, ChainUniverse):
                universe.dispose()
            else:
                self._run.universes.remove(universe)

    def on_framework_data(self, slice: Any) -> None:  # noqa: A002  LEAN's name
        """The models' turn, after `on_data`."""
        selection = self.universe_selection
        if type(selection) is not NullUniverseSelectionModel and self.utc_time >= next_refresh(selection):
            self._add_selected()
        if self.insights.is_scored:
            self.insights.step(self.utc_time)
        if self._is_idle() or not slice.has_data:
            return
        insights = list(method(self.alpha, "update")(self, slice) or ())
        if insights:
            insights = self._initialized(insights)
            self._announce(insights)
        self._process_insights(insights)

    def _is_idle(self) -> bool:
        """Whether there is nothing for the models to do: an algorithm that uses none of them."""
        execution = self.execution
        return (
            type(self.alpha) is NullAlphaModel
            and type(self.portfolio_construction) is NullPortfolioConstructionModel
            and type(self.risk_management) is NullRiskManagementModel
            and type(execution) is ImmediateExecutionModel
            and execution.targets_collection.is_empty
        )

    def on_framework_securities_changed(self, changes: Any) -> None:
        """Tell the models that securities came or went. Where none is used, no security becomes an object for it."""
        if self._is_idle() and not self.insights.count:
            return
        notify((self.alpha, self.portfolio_construction, self.execution, self.risk_management), self, changes)

    def on_framework_order_event(self, order_event: Any) -> None:
        """Tell the execution model of an order event."""
        if hasattr(self.execution, "on_order_event") or hasattr(self.execution, "OnOrderEvent"):
            method(self.execution, "on_order_event")(self, order_event)

    # --- insights ----------------------------------------------------------------------------------------------
    def emit_insights(self, *insights: Any) -> None:
        """Emit insights by hand; they go through the same models. Ignored while warming up."""
        if self._state.warming_up:
            self._state.warn_once("Warning: insights emitted during algorithm warmup are ignored.", error=True)
            return
        several = len(insights) == 1 and isinstance(insights[0], Iterable)
        ready = self._initialized(list(insights[0] if several else insights))
        self._announce(ready)
        self._process_insights(ready)

    def _initialized(self, insights: list[Insight]) -> list[Insight]:
        """Fill in what alpha models need not; insights of delisted securities are left out."""
        kept = []
        for insight in insights:
            security = self._state.securities[insight.symbol]
            if security.is_delisted:
                self._state.warn_once(
                    "QCAlgorithm.EmitInsights(): Warning: cannot emit insights for delisted securities, these will be "
                    "discarded",
                    error=True,
                )
                continue
            insight.generated_time_utc = self.utc_time
            if insight.type == InsightType.PRICE:
                insight.reference_value = security.price
            else:
                insight.reference_value = security.volatility_model.volatility
            insight.source_model = insight.source_model or model_name(self.alpha)
            insight.set_period_and_close_time(self._run.subscriptions.calendar(insight.symbol))
            kept.append(insight)
        return kept

    def _announce(self, insights: list[Insight]) -> None:
        self._trace("ALPHA", insights)
        self.insights.add_range(insights)
        self.insights_generated(self, GeneratedInsightsCollection(self.utc_time, insights))

    def _trace(self, what: str, items: Iterable[Any]) -> None:
        found = sorted(str(i) for i in items) if self.debug_mode else []
        if found:
            self._run.write("log", f"{self._state.clock.local}: {what}: {' | '.join(found)}")

    def _process_insights(self, insights: list[Insight]) -> None:
        """Insights to targets, targets to changed targets, those to orders."""
        targets = self._targets(method(self.portfolio_construction, "create_targets")(self, insights))
        self._trace("PORTFOLIO", targets)
        changed = self._targets(method(self.risk_management, "manage_risk")(self, targets))
        self._trace("RISK", changed)
        final = distinct([*changed, *targets])
        if changed:
            self._trace("RISK ADJUSTED TARGETS", final)
        method(self.execution, "execute")(self, final)

    def _targets(self, made: Iterable[PortfolioTarget] | None) -> list[PortfolioTarget]:
        found = list(made or ())
        for target in found:
            self._state.securities[target.symbol].holdings.target = target
        return found
