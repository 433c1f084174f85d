"""Universe methods of QCAlgorithm (`Algorithm/QCAlgorithm.Universe.cs`)."""

from typing import Any

from lean_local.api.file_universes import UniverseDefinitions, make_universe
from lean_local.api.universes import Universe, UniverseSettings
from lean_local.enums import SecurityType
from lean_local.naming import LeanObject
from lean_local.symbols import BASE_TYPES, Symbol


class UniverseMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any
    universe_settings: UniverseSettings

    @property
    def universe(self) -> UniverseDefinitions:
        """Ready-made universes."""
        return UniverseDefinitions(self)

    @property
    def universe_manager(self) -> Any:
        """The universes added so far."""
        return self._run.universe_manager

    def add_universe(self, *arguments: Any) -> Universe:
        """Add a universe: an object, a selection function of fundamentals, or a name and a function of time."""
        universe = make_universe(arguments, self.universe_settings)
        self._run.universes.add(universe, self.universe_settings)
        return universe

    def add_universe_member(self, symbol: Symbol, settings: UniverseSettings) -> Any:
        """Add a security that a universe has selected, as its settings say."""
        kind = BASE_TYPES.get(symbol.id.symbol.rpartition(".")[2])
        if symbol.security_type == SecurityType.BASE and kind is not None:
            custom: Any = self.add_data  # of the custom data methods
            return custom(kind, symbol.underlying, settings.resolution)
        add: Any = self.add_security  # of the data methods
        named: dict[str, Any] = {"resolution": settings.resolution, "fill_forward": settings.fill_forward}
        if symbol.security_type != SecurityType.INDEX:
            named |= {"extended_market_hours": settings.extended_market_hours, "leverage": settings.leverage}
        if symbol.security_type == SecurityType.EQUITY:
            named["data_normalization_mode"] = settings.data_normalization_mode
        return add(symbol, **named)
