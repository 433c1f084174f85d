"""Insights by symbol (`Common/Algorithm/Framework/Alphas/InsightCollection.cs`, `Analysis/InsightManager.cs`)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from lean_local.framework.insight import Insight
from lean_local.naming import LeanObject
from lean_local.securities.models import method
from lean_local.symbols import Symbol


class InsightCollection(LeanObject):
    """Open insights by symbol, in the order they came, and all that ever came."""

    def __init__(self) -> None:
        self._open: dict[Symbol, list[Insight]] = {}
        self._all: list[Insight] = []
        self._total = 0

    @property
    def count(self) -> int:
        """Number of open insights."""
        return sum(len(found) for found in self._open.values())

    @property
    def total_count(self) -> int:
        """Number of insights ever added."""
        return self._total

    def add(self, item: Insight) -> None:
        """Add one insight."""
        self._total += 1
        self._all.append(item)
        self._open.setdefault(item.symbol, []).append(item)

    def add_range(self, insights: Iterable[Insight]) -> None:
        """Add several insights."""
        for insight in insights:
            self.add(insight)

    def contains(self, item: Insight) -> bool:
        """Whether the insight is open."""
        return item in self._open.get(item.symbol, ())

    def contains_key(self, symbol: Symbol) -> bool:
        """Whether the symbol has open insights."""
        return bool(self._open.get(symbol))

    def remove(self, item: Insight) -> bool:
        """Remove an open insight; says whether it was there."""
        found = self._open.get(item.symbol, [])
        if item not in found:
            return False
        found.remove(item)
        if not found:
            del self._open[item.symbol]
        return True

    def try_get_value(self, symbol: Symbol, _out: Any = None) -> tuple[bool, list[Insight] | None]:
        """Whether the symbol has insights, and which."""
        found = self._open.get(symbol)
        return found is not None, None if found is None else list(found)

    def clear(self, symbols: Iterable[Symbol]) -> None:
        """Remove the open insights of symbols."""
        for symbol in symbols:
            self._open.pop(symbol, None)

    def get_next_expiry_time(self) -> datetime | None:
        """The earliest close time of an open insight, None without one."""
        return min((i.close_time_utc for i in self), default=None)

    def get_active_insights(self, utc_time: datetime) -> list[Insight]:
        """Open insights that have not expired, by symbol."""
        return [i for i in self if i.is_active(utc_time)]

    def has_active_insights(self, symbol: Symbol, utc_time: datetime) -> bool:
        """Whether the symbol has an insight that has not expired."""
        return any(i.is_active(utc_time) for i in self._open.get(symbol, ()))

    def remove_expired_insights(self, utc_time: datetime) -> list[Insight]:
        """Remove the insights that have expired and return them."""
        gone = [i for i in self if i.is_expired(utc_time)]
        for insight in gone:
            self.remove(insight)
        return gone

    def remove_insights(self, condition: Callable[[Insight], bool]) -> None:
        """Forget the insights that fulfil a condition, open or not."""
        self._all = [i for i in self._all if not condition(i)]
        for insight in [i for i in self if condition(i)]:
            self.remove(insight)

    def get_insights(self, condition: Callable[[Insight], bool] | None = None) -> list[Insight]:
        """All insights ever added (that fulfil a condition)."""
        return [i for i in self._all if condition is None or condition(i)]

    def __getitem__(self, symbol: Symbol) -> list[Insight]:
        return list(self._open[symbol])

    def __setitem__(self, symbol: Symbol, insights: list[Insight]) -> None:
        self._total += len(insights)
        self._open[symbol] = insights

    def __contains__(self, item: Any) -> bool:
        return self.contains_key(item) if isinstance(item, Symbol) else self.contains(item)

    def __iter__(self) -> Iterator[Insight]:
        return iter([i for found in self._open.values() for i in found])

    def __len__(self) -> int:
        return self.count


class InsightManager(InsightCollection):
    """`self.insights`: the algorithm's insights."""

    def __init__(self, algorithm: Any) -> None:
        super().__init__()
        self._algorithm = algorithm
        self._score: Any = None

    def set_insight_score_function(self, insight_score_function: Any) -> None:
        """Set the object whose `score(insight_manager, utc_time)` is called at every step."""
        self._score = insight_score_function

    @property
    def is_scored(self) -> bool:
        """Whether there is an object to score insights. Not part of LEAN."""
        return self._score is not None

    def step(self, utc_now: datetime) -> None:
        """Let the scores be updated."""
        if self._score is not None:
            method(self._score, "score")(self, utc_now)

    def expire(self, items: Iterable[Any] | None) -> None:
        """End the given insights, or those of the given symbols."""
        now = self._algorithm.utc_time
        for item in items or ():
            for insight in self._open.get(item, ()) if isinstance(item, Symbol) else (item,):
                insight.expire(now)

    def cancel(self, items: Iterable[Any] | None) -> None:
        """Same as `expire`."""
        self.expire(items)


class GeneratedInsightsCollection(LeanObject):
    """What the `insights_generated` event hands out."""

    def __init__(self, date_time_utc: datetime, insights: Iterable[Insight], clone: bool = True) -> None:
        self.date_time_utc = date_time_utc
        self.insights = [i.clone() if clone else i for i in insights]


__all__ = ["GeneratedInsightsCollection", "InsightCollection", "InsightManager"]
