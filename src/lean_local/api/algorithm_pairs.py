"""`add_crypto`, `add_crypto_future`, `add_forex`, `add_cfd`: pairs of currencies (semantics §2.7, §6.5)."""

from typing import Any

from lean_local.api.universes import UniverseSettings
from lean_local.engine.subscriptions import Subscriptions
from lean_local.enums import SecurityType
from lean_local.errors import BadInputError
from lean_local.naming import LeanObject
from lean_local.securities.security import Security
from lean_local.symbols import Symbol


class PairMethods(LeanObject):
    """Methods that add pairs of currencies."""

    _subscriptions: Subscriptions
    _state: Any
    _resolution: Any
    _levered: Any
    universe_settings: UniverseSettings

    def market_for(self, kind: SecurityType, market: str | None) -> str:
        """The market asked for, else the brokerage's own for that type."""
        found = market or self._state.brokerage.default_markets.get(kind)
        if found is None:
            raise BadInputError(
                f"The brokerage model has no market for {kind.csharp_name}", fix="Name the market in the call."
            )
        return str(found).lower()

    def _add_pair(
        self, kind: SecurityType, ticker: Any, resolution: Any, market: str | None, fill: bool, leverage: float
    ) -> Security:
        symbol = ticker if isinstance(ticker, Symbol) else None
        if symbol is None:
            symbol = Symbol.create(str(ticker).upper(), kind, self.market_for(kind, market))
        listed = self._subscriptions.folder.properties.find(symbol.id.market, symbol.value, kind)
        if kind == SecurityType.CRYPTO and listed is None:
            raise BadInputError(
                f"Symbol can't be found in the Symbol Properties Database: {symbol.value}",
                fix="Check ticker and market, or add a row to symbol-properties-database.csv.",
            )
        mode = self.universe_settings.data_normalization_mode
        made = self._subscriptions.add_single(symbol, self._resolution(resolution), fill_forward=fill, mode=mode)
        levered: Security = self._levered(made, leverage)
        return levered

    def add_crypto(
        self,
        ticker: Any,
        resolution: Any = None,
        market: str | None = None,
        fill_forward: bool = True,
        leverage: float = 0,
        extended_market_hours: bool = False,  # noqa: ARG002  these markets have regular hours alone
    ) -> Security:
        """Add a pair of a coin."""
        return self._add_pair(SecurityType.CRYPTO, ticker, resolution, market, fill_forward, leverage)

    def add_crypto_future(
        self,
        ticker: Any,
        resolution: Any = None,
        market: str | None = None,
        fill_forward: bool = True,
        leverage: float = 0,
        extended_market_hours: bool = False,  # noqa: ARG002  these markets have regular hours alone
    ) -> Security:
        """Add a perpetual future on a coin."""
        return self._add_pair(SecurityType.CRYPTO_FUTURE, ticker, resolution, market, fill_forward, leverage)

    def add_forex(
        self,
        ticker: Any,
        resolution: Any = None,
        market: str | None = None,
        fill_forward: bool = True,
        leverage: float = 0,
        extended_market_hours: bool = False,  # noqa: ARG002  these markets have regular hours alone
    ) -> Security:
        """Add a pair of currencies."""
        return self._add_pair(SecurityType.FOREX, ticker, resolution, market, fill_forward, leverage)

    def add_cfd(
        self,
        ticker: Any,
        resolution: Any = None,
        market: str | None = None,
        fill_forward: bool = True,
        leverage: float = 0,
        extended_market_hours: bool = False,  # noqa: ARG002  these markets have regular hours alone
    ) -> Security:
        """Add a contract for difference."""
        return self._add_pair(SecurityType.CFD, ticker, resolution, market, fill_forward, leverage)
