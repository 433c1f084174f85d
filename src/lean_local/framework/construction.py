"""The base of portfolio construction: when to rebalance, and targets from the newest insight of every symbol.

`Algorithm/Portfolio/PortfolioConstructionModel.cs`.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from lean_local.api.extensions import Extensions
from lean_local.enums import PortfolioBias, Resolution
from lean_local.framework.insight import Insight, as_utc
from lean_local.framework.periods import END_OF_TIME
from lean_local.framework.targets import PortfolioTarget
from lean_local.naming import LeanObject

Rebalance = Callable[[datetime], datetime | None]


def rebalancing_function(rebalance: Any) -> Rebalance | None:
    """LEAN's forms of a rebalancing parameter: None, a resolution, a span, a date rule, or a function of UTC time."""
    if rebalance is None:
        return None
    if isinstance(rebalance, Resolution):
        rebalance = Extensions.to_time_span(rebalance)
    if isinstance(rebalance, timedelta):
        span: timedelta = rebalance
        return (lambda now: now + span) if span else None
    if hasattr(rebalance, "days") and hasattr(rebalance, "name"):
        return _DateRuleTimes(rebalance)
    found: Rebalance = rebalance
    return found


class _DateRuleTimes:
    """The dates of a rule in turn (LEAN `IDateRule.ToFunc`): on to the next once a date is reached."""

    def __init__(self, rule: Any) -> None:
        self._rule = rule
        self._dates: Iterator[date] | None = None
        self._current = END_OF_TIME

    def __call__(self, now: datetime) -> datetime | None:
        moment = now.replace(tzinfo=None)
        if self._dates is None:
            self._dates = iter(self._rule.days(moment.date(), END_OF_TIME.date()))
            self._move()
        if moment >= self._current:
            self._move()
        return self._current

    def _move(self) -> None:
        day = next(self._dates, None) if self._dates is not None else None
        self._current = END_OF_TIME if day is None else datetime(day.year, day.month, day.day)  # noqa: DTZ001


class PortfolioConstructionModel(LeanObject):
    """Base of models that make targets of insights."""

    algorithm: Any
    portfolio_bias: PortfolioBias
    _rebalancing: Rebalance | None
    _rebalancing_time: datetime | None
    _security_changes: bool
    _on_security_changes: bool
    _on_insight_changes: bool
    _defaults: ClassVar[dict[str, Any]] = {
        "_on_security_changes": True,
        "_on_insight_changes": True,
        "algorithm": None,
        "portfolio_bias": PortfolioBias.LONG_SHORT,
        "_rebalancing": None,
        "_rebalancing_time": None,
        "_security_changes": False,
    }

    def __new__(cls, *_: Any, **__: Any) -> "PortfolioConstructionModel":
        """Set the state, also when a subclass's `__init__` does not call ours."""
        self = super().__new__(cls)
        self.__dict__.update(cls._defaults)
        return self

    def __init__(self, rebalance: Any = None) -> None:
        self._rebalancing = rebalancing_function(rebalance)

    @property
    def rebalance_on_security_changes(self) -> bool:
        """Whether a change of securities makes a rebalance due."""
        return self._on_security_changes

    @rebalance_on_security_changes.setter
    def rebalance_on_security_changes(self, on: bool) -> None:
        self._on_security_changes = on

    @property
    def rebalance_on_insight_changes(self) -> bool:
        """Whether new and expired insights make a rebalance due."""
        return self._on_insight_changes

    @rebalance_on_insight_changes.setter
    def rebalance_on_insight_changes(self, on: bool) -> None:
        self._on_insight_changes = on

    def set_rebalancing_func(self, rebalance: Any) -> None:
        """Set when to rebalance."""
        self._rebalancing = rebalancing_function(rebalance)

    @staticmethod
    def filter_invalid_insight_magnitude(algorithm: Any, insights: Iterable[Insight]) -> list[Insight]:
        """Insights whose magnitude the settings allow; the others are reported."""
        return filter_invalid_insight_magnitude(algorithm, insights)

    # --- what models override ----------------------------------------------------------------------------------
    def create_targets(self, algorithm: Any, insights: list[Insight]) -> list[PortfolioTarget]:
        """Targets when a rebalance is due: shares for active insights, zero for symbols whose insights have expired."""
        self.algorithm = algorithm
        now = algorithm.utc_time
        if not self.is_rebalance_due(insights, now):
            return []
        targets: list[PortfolioTarget] = []
        failed = set()
        active = list(self.get_target_insights())
        percents = self.determine_target_percent(active)
        for insight in active:
            if insight not in percents:
                continue
            target = PortfolioTarget.percent(algorithm, insight.symbol, float(percents[insight]))
            if target is None:
                failed.add(insight.symbol)
            else:
                targets.append(target)
        book = algorithm.insights
        expired = dict.fromkeys(i.symbol for i in book.remove_expired_insights(now))
        flat = (s for s in expired if not book.has_active_insights(s, now) and s not in failed)
        return [*targets, *(PortfolioTarget(s, 0) for s in flat)]

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Insights of removed securities end."""
        if self.algorithm is None:
            self.algorithm = algorithm
        self._security_changes = bool(changes.count)
        algorithm.insights.expire([s.symbol for s in changes.removed_securities])

    def get_target_insights(self) -> Iterable[Insight]:
        """The newest active insight of every symbol."""
        newest: dict[Any, Insight] = {}
        for insight in self.algorithm.insights.get_active_insights(self.algorithm.utc_time):
            if not self.should_create_target_for_insight(insight):
                continue
            known = newest.get(insight.symbol)
            if known is None or insight.generated_time_utc >= known.generated_time_utc:
                newest[insight.symbol] = insight
        return list(newest.values())

    def should_create_target_for_insight(self, insight: Insight) -> bool:  # noqa: ARG002
        """Whether an insight may become a target."""
        return True

    def determine_target_percent(self, active_insights: list[Insight]) -> dict[Insight, float]:  # noqa: ARG002
        """Share of the portfolio by insight. Raises TypeError unless a subclass defines it."""
        raise TypeError(
            "Types deriving from 'PortfolioConstructionModel' must implement the "
            "'Dictionary<Insight, double> DetermineTargetPercent(ICollection<Insight>)' method."
        )

    def respect_portfolio_bias(self, insight: Insight) -> bool:
        """Whether an insight's direction is one the model may take."""
        bias = int(self.portfolio_bias)
        return bias == PortfolioBias.LONG_SHORT or int(insight.direction) == bias

    # --- when --------------------------------------------------------------------------------------------------
    def is_rebalance_due(self, insights: list[Insight], algorithm_utc: datetime) -> bool:
        """Whether it is time, or securities or insights have changed; always without a rebalancing function."""
        if self._rebalancing is None:
            self._security_changes = False
            return True
        expiry = self.algorithm.insights.get_next_expiry_time()
        if self._rebalancing_time is None:
            self._rebalancing_time = self._ask(algorithm_utc)
            if self._rebalancing_time is not None and self._rebalancing_time <= algorithm_utc:
                self._rebalancing_time, self._security_changes = (
                    None,
                    False,
                )  # asked again in the next step, not twice now
                return True
        expired = expiry is not None and expiry < algorithm_utc
        due = (self._rebalancing_time is not None and self._rebalancing_time <= algorithm_utc) or (
            self.rebalance_on_security_changes and self._security_changes
        )
        if due or (self.rebalance_on_insight_changes and (len(insights) != 0 or expired)):
            self.refresh_rebalance(algorithm_utc)
            return True
        return False

    def refresh_rebalance(self, algorithm_utc: datetime) -> None:
        """Ask for the next time and forget changes of securities."""
        if self._rebalancing is not None:
            self._rebalancing_time = self._ask(algorithm_utc)
        self._security_changes = False

    def _ask(self, now: datetime) -> datetime | None:
        assert self._rebalancing is not None
        found = self._rebalancing(now)
        return None if found is None else as_utc(found)


def filter_invalid_insight_magnitude(algorithm: Any, insights: Iterable[Insight]) -> list[Insight]:
    """Insights whose magnitude the settings allow; the others are reported."""
    least = algorithm.settings.min_absolute_portfolio_target_percentage
    most = algorithm.settings.max_absolute_portfolio_target_percentage
    kept = []
    for insight in insights:
        if not insight.magnitude or least <= abs(insight.magnitude) <= most:
            kept.append(insight)
            continue
        algorithm.error(
            "PortfolioConstructionModel.FilterInvalidInsightMagnitude():"
            f"The insight target Magnitude: {insight.magnitude}, will not comply with the current "
            f"'Algorithm.Settings' 'MaxAbsolutePortfolioTargetPercentage': {most:g}"
            f" or 'MinAbsolutePortfolioTargetPercentage': {least:g}. Skipping insight."
        )
    return kept


class NullPortfolioConstructionModel(PortfolioConstructionModel):
    """No targets."""

    def create_targets(self, algorithm: Any, insights: list[Insight]) -> list[PortfolioTarget]:  # noqa: ARG002
        """Nothing."""
        return []


__all__ = ["NullPortfolioConstructionModel", "PortfolioConstructionModel"]
