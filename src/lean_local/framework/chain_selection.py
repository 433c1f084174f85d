"""Universe selection of option and future chains (`Algorithm.Framework/Selection/*Option*.cs`, `*Future*.cs`)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from lean_local.api.indicator_base import NO_TIME
from lean_local.api.universe_settings import UniverseSettings
from lean_local.api.universes import Universe
from lean_local.enums import Resolution, SecurityType
from lean_local.framework.selection import NEVER, UniverseSelectionModel
from lean_local.symbols import Symbol

ALWAYS = NO_TIME
ONE_DAY = timedelta(days=1)
_OPTIONS = (SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION)


class ChainUniverse(Universe):
    """The universe of an option or future root: its chain is added to the run, and removed when it is disposed."""

    def __init__(self, algorithm: Any, canonical: Symbol, security: Any) -> None:
        super().__init__(canonical.value, algorithm.universe_settings, None, security.resolution)
        self.configuration.symbol = canonical
        self._algorithm = algorithm

    def dispose(self) -> None:
        """Remove the chain."""
        super().dispose()
        self._algorithm.remove_security(self.symbol)


class ChainSelectionModel(UniverseSelectionModel):
    """Chains of the symbols that a function of UTC time returns, asked once per interval."""

    def __init__(
        self,
        refresh_interval: timedelta,
        chain_symbol_selector: Callable[[datetime], Any],
        universe_settings: UniverseSettings | None = None,
    ) -> None:
        self.refresh_interval, self.universe_settings = refresh_interval, universe_settings
        self.chain_symbol_selector = chain_symbol_selector
        self.next_refresh_time_utc = ALWAYS

    def get_next_refresh_time_utc(self) -> datetime:
        """The last time plus the interval."""
        return self.next_refresh_time_utc

    def filter(self, filter: Any) -> Any:  # noqa: A002
        """The chain's filter; keeps everything unless a subclass defines it."""
        return filter

    def _kinds(self) -> tuple[SecurityType, ...]:
        raise TypeError(f"{type(self).__name__} has no kind of security")  # pragma: no cover - subclasses do

    def _key(self, symbol: Symbol) -> Any:
        return symbol

    def create_universes(self, algorithm: Any) -> Iterator[Universe]:
        """One chain per root. Raises ValueError for symbols of another kind."""
        now = algorithm.utc_time
        self.next_refresh_time_utc = now + self.refresh_interval
        roots: dict[Any, Symbol] = {}
        for symbol in self.chain_symbol_selector(now):
            if symbol.security_type not in self._kinds():
                raise ValueError(f"{type(self).__name__}: {symbol} is not of the kind this model selects.")
            roots.setdefault(self._key(symbol), symbol)
        for symbol in roots.values():
            yield create_chain(algorithm, symbol, self.filter, self.universe_settings)


class OptionUniverseSelectionModel(ChainSelectionModel):
    """Option chains; one per underlying."""

    def _kinds(self) -> tuple[SecurityType, ...]:
        return _OPTIONS

    def _key(self, symbol: Symbol) -> Any:
        return symbol.underlying


class FutureUniverseSelectionModel(ChainSelectionModel):
    """Future chains."""

    def _kinds(self) -> tuple[SecurityType, ...]:
        return (SecurityType.FUTURE,)


class FuturesUniverseSelectionModel(FutureUniverseSelectionModel):
    """LEAN's obsolete name."""


def create_chain(algorithm: Any, symbol: Symbol, chain_filter: Any, settings: UniverseSettings | None) -> Universe:
    """Add the canonical security of a chain with its filter (LEAN `Extensions.CreateOptionChain`)."""
    used: UniverseSettings = settings or algorithm.universe_settings
    canonical = symbol.canonical
    named: dict[str, Any] = {"resolution": Resolution(used.resolution), "fill_forward": used.fill_forward}
    if canonical.security_type == SecurityType.FUTURE:
        named |= {"extended_market_hours": used.extended_market_hours}
        named |= {"contract_depth_offset": used.contract_depth_offset, "data_mapping_mode": used.data_mapping_mode}
    security = algorithm.add_security(canonical, **named)
    security.set_filter(chain_filter)
    return ChainUniverse(algorithm, canonical, security)


class OptionChainedUniverseSelectionModel(UniverseSelectionModel):
    """Option chains of whatever another universe selects."""

    def __init__(
        self, universe: Universe, option_filter: Any, universe_settings: UniverseSettings | None = None
    ) -> None:
        self._filter, self._settings = option_filter, universe_settings
        self._next = NEVER
        self._symbols: list[Symbol] = []
        universe.selection_changed += self._changed

    def _changed(self, _universe: Any, selected: Any) -> None:
        self._next = ALWAYS
        self._symbols = [Symbol.create_canonical_option(s) for s in getattr(selected, "current_selection", selected)]

    def get_next_refresh_time_utc(self) -> datetime:
        """At once after the other universe has changed."""
        return self._next

    def create_universes(self, algorithm: Any) -> Iterator[Universe]:
        """A chain per selected symbol."""
        self._next = NEVER
        for symbol in self._symbols:
            yield create_chain(algorithm, symbol, self._filter or (lambda u: u), self._settings)


__all__ = [
    "FutureUniverseSelectionModel",
    "FuturesUniverseSelectionModel",
    "OptionChainedUniverseSelectionModel",
    "OptionUniverseSelectionModel",
]
