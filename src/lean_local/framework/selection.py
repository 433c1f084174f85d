"""Universe selection models: which universes an algorithm has, and when they are made anew.

`Algorithm/Selection/*.cs`, `Algorithm.Framework/Selection/*.cs`.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zlib import crc32

from lean_local.api.universe_settings import UniverseSettings
from lean_local.api.universes import (
    UNCHANGED,
    ScheduledUniverse,
    Times,
    Universe,
    UserDefinedUniverse,
    as_symbols,
)
from lean_local.enums import Market, SecurityType
from lean_local.framework.insight import as_utc
from lean_local.framework.periods import END_OF_TIME
from lean_local.naming import LeanObject
from lean_local.securities.models import method
from lean_local.symbols import Symbol, SymbolCache

NEVER = END_OF_TIME
ONE_DAY = timedelta(days=1)


class UniverseSelectionModel(LeanObject):
    """Base of models that make universes."""

    def get_next_refresh_time_utc(self) -> datetime:
        """When to make the universes anew; by default never."""
        return NEVER

    def create_universes(self, algorithm: Any) -> Iterable[Any]:  # noqa: ARG002
        """The universes. Raises TypeError unless a subclass defines it."""
        raise TypeError(
            "Types deriving from 'UniverseSelectionModel' must implement the "
            "'IEnumerable<Universe> CreateUniverses(QCAlgorithm) method."
        )


class NullUniverseSelectionModel(UniverseSelectionModel):
    """No universes."""

    def create_universes(self, algorithm: Any) -> Iterable[Any]:  # noqa: ARG002
        """Nothing."""
        return []


def next_refresh(model: Any) -> datetime:
    """When a model wants to make its universes anew (UTC, aware)."""
    ask = getattr(model, "get_next_refresh_time_utc", None) or getattr(model, "GetNextRefreshTimeUtc", None)
    found = NEVER if ask is None else ask()
    if isinstance(found, date) and not isinstance(found, datetime):
        found = datetime(found.year, found.month, found.day, tzinfo=UTC)
    return as_utc(found)


class CompositeUniverseSelectionModel(UniverseSelectionModel):
    """Several universe selection models."""

    def __init__(self, *universe_selection_models: Any) -> None:
        """Raises ValueError without a model."""
        if not universe_selection_models:
            raise ValueError("Must specify at least 1 universe selection model for the CompositeUniverseSelectionModel")
        self._models = list(universe_selection_models)
        self._called = False

    def add_universe_selection(self, universe_selection_model: Any) -> None:
        """Add a model."""
        self._models.append(universe_selection_model)

    def get_next_refresh_time_utc(self) -> datetime:
        """The earliest of all models."""
        return min(next_refresh(model) for model in self._models)

    def create_universes(self, algorithm: Any) -> Iterator[Any]:
        """Universes of the models that are due, of those that never are, and at first of all."""
        for model in self._models:
            due = next_refresh(model)
            if not self._called or algorithm.utc_time >= due or due == as_utc(NEVER):
                yield from method(model, "create_universes")(algorithm)
        self._called = True


class ManualUniverse(Universe):
    """A fixed list of symbols."""

    def __init__(self, name: str, settings: UniverseSettings, symbols: Iterable[Symbol]) -> None:
        super().__init__(name, settings, None, settings.resolution)
        self.symbols = list(symbols)

    def times(self, run: Any, start_ms: int) -> Times:  # noqa: ARG002
        """Once, at the start."""
        yield start_ms, None

    def select_symbols(self, run: Any, utc_ms: int, key: Any) -> Any:  # noqa: ARG002
        """The list."""
        return self.symbols


class ManualUniverseSelectionModel(UniverseSelectionModel):
    """`ManualUniverseSelectionModel(symbols[, universe_settings])`, or the symbols one by one."""

    def __init__(self, *symbols: Any, universe_settings: UniverseSettings | None = None) -> None:
        given = [s for s in symbols if s is not None]
        if given and isinstance(given[-1], UniverseSettings):
            universe_settings = given.pop()
        flat = given[0] if len(given) == 1 and not isinstance(given[0], Symbol | str) else given
        self._symbols = [s for s in as_symbols(flat) if not s.is_canonical()]
        self._settings = universe_settings
        for symbol in self._symbols:
            SymbolCache.set(symbol.value, symbol)

    def create_universes(self, algorithm: Any) -> Iterator[Universe]:
        """One universe per kind and market."""
        groups: dict[tuple[str, SecurityType], list[Symbol]] = {}
        for symbol in self._symbols:
            groups.setdefault((symbol.id.market, symbol.security_type), []).append(symbol)
        for (market, kind), symbols in groups.items():
            members = crc32("-".join(str(s.id) for s in symbols).encode())
            name = f"manual-universe-selection-model-{SecurityType(kind).csharp_name}-{market}-{members}"
            yield ManualUniverse(name, self._settings or algorithm.universe_settings, symbols)


class CustomUniverseSelectionModel(UniverseSelectionModel):
    """`CustomUniverseSelectionModel([security_type,] name[, market], selector[, universe_settings, interval])`."""

    _selector: Callable[[datetime], Any] | None = None
    _settings: UniverseSettings | None = None
    _interval = ONE_DAY
    _name = "custom-universe-selection-model"

    def __init__(self, *arguments: Any, **named: Any) -> None:
        short = not arguments or isinstance(arguments[0], str)
        long = ("security_type", "name", "market", "selector", "universe_settings", "interval")
        given = dict(zip(("name", "selector") if short else long, arguments, strict=False)) | named
        kind = SecurityType(given.get("security_type", SecurityType.EQUITY))
        self._name = f"{given['name']}-{kind.csharp_name}-{given.get('market', Market.USA)}"
        self._selector, self._settings = given.get("selector"), given.get("universe_settings")
        self._interval = given.get("interval", ONE_DAY)

    def create_universes(self, algorithm: Any) -> Iterator[Universe]:
        """A universe that asks `select` once per interval."""
        settings = self._settings or algorithm.universe_settings
        yield UserDefinedUniverse(self._name, settings, self._interval, lambda moment: self.select(algorithm, moment))

    def select(self, algorithm: Any, date: datetime) -> Any:  # noqa: ARG002
        """Tickers at a time. Raises ValueError without a selector."""
        if self._selector is None:
            raise ValueError("CustomUniverseSelectionModel needs a selector, or a subclass with `select`.")
        return self._selector(date)

    def __str__(self) -> str:
        return self._name


class InceptionDateUniverseSelectionModel(CustomUniverseSelectionModel):
    """Tickers from their first trading date on."""

    def __init__(self, name: str, tickers_by_date: dict[str, date]) -> None:
        super().__init__(name, None)
        self._waiting = [(_day(first), ticker) for ticker, first in tickers_by_date.items()]
        self._tickers: list[str] = []

    def select(self, algorithm: Any, date: datetime) -> Any:  # noqa: ARG002
        """All tickers that trade; unchanged while none was added."""
        before = len(self._tickers)
        while self._waiting and self._waiting[0][0] <= date.date():
            self._tickers.append(self._waiting.pop(0)[1])
        return list(self._tickers) if len(self._tickers) > before else UNCHANGED


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


class ScheduledUniverseSelectionModel(UniverseSelectionModel):
    """`ScheduledUniverseSelectionModel([time_zone,] date_rule, time_rule, selector[, settings])`."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._arguments, self._named = arguments, named

    def create_universes(self, algorithm: Any) -> Iterator[Universe]:
        """A universe that selects on schedule."""
        universe = ScheduledUniverse(*self._arguments, **self._named)
        universe.universe_settings = universe.universe_settings or algorithm.universe_settings
        yield universe


class ETFConstituentsUniverseSelectionModel(UniverseSelectionModel):
    """Constituents of a fund: `(etf symbol or ticker[, universe_settings][, universe_filter_func])`."""

    def __init__(self, etf_symbol: Any, *arguments: Any, **named: Any) -> None:
        every = [*arguments, *named.values()]
        if isinstance(etf_symbol, str):
            known = SymbolCache.find(etf_symbol)
            equity = known is not None and known.security_type == SecurityType.EQUITY
            etf_symbol = known if equity else Symbol.create_equity(etf_symbol)
        self.etf_symbol: Symbol = etf_symbol
        self.universe_settings = next((a for a in every if isinstance(a, UniverseSettings)), None)
        self.universe_filter_function = next((a for a in every if callable(a)), None)
        self.universe: Universe | None = None

    def create_universes(self, algorithm: Any) -> list[Universe]:
        """The same universe every time."""
        if self.universe is None:
            given = (self.universe_settings or algorithm.universe_settings, self.universe_filter_function)
            self.universe = algorithm.universe.etf(self.etf_symbol, *(a for a in given if a is not None))
        assert self.universe is not None
        return [self.universe]


__all__ = [
    "CompositeUniverseSelectionModel",
    "CustomUniverseSelectionModel",
    "ETFConstituentsUniverseSelectionModel",
    "InceptionDateUniverseSelectionModel",
    "ManualUniverse",
    "ManualUniverseSelectionModel",
    "NullUniverseSelectionModel",
    "ScheduledUniverseSelectionModel",
    "UniverseSelectionModel",
]
