"""Adding and removing securities, chains from universe files, history (semantics §4.1, §4.5, §8.4)."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from lean_local.api import file_chains
from lean_local.api.algorithm_futures import FutureMethods
from lean_local.api.chains import OptionChains
from lean_local.api.universe_rows import UniverseColumns
from lean_local.api.universes import UniverseSettings
from lean_local.contract_rules import index_of_option_root
from lean_local.data.folder import DataFolder
from lean_local.engine.state import RunState
from lean_local.engine.subscriptions import Subscriptions
from lean_local.engine.universe_files import latest_universe, midnight, named_on
from lean_local.enums import DataNormalizationMode, Market, Resolution, SecurityType
from lean_local.errors import NotInLeanLocalError
from lean_local.naming import LeanObject
from lean_local.securities.manager import as_symbol
from lean_local.securities.option import Option
from lean_local.securities.security import Security
from lean_local.symbols import Symbol, SymbolCache, chain_symbol

ONE_DAY = timedelta(days=1)


class DataMethods(FutureMethods):
    """Methods that add and remove securities."""

    _state: RunState
    _subscriptions: Subscriptions
    _folder: DataFolder
    _run: Any
    universe_settings: UniverseSettings

    def _resolution(self, resolution: Any) -> Resolution:
        return Resolution(self.universe_settings.resolution if resolution is None else resolution)

    def add_equity(
        self,
        ticker: Any,
        resolution: Any = None,
        market: str | None = None,
        fill_forward: bool = True,
        leverage: float = 0,
        extended_market_hours: bool = False,
        data_normalization_mode: Any = None,
    ) -> Security:
        """Add a share."""
        symbol = ticker if isinstance(ticker, Symbol) else Symbol.create_equity(ticker.upper(), market or Market.USA)
        mode = (
            self.universe_settings.data_normalization_mode
            if data_normalization_mode is None
            else data_normalization_mode
        )
        security = self._subscriptions.add_single(
            symbol,
            self._resolution(resolution),
            fill_forward=fill_forward,
            extended=extended_market_hours,
            mode=DataNormalizationMode(mode),
            ticker=symbol.value,
        )
        return self._levered(security, leverage)

    def _levered(self, security: Security, leverage: float) -> Security:
        if leverage:
            security.set_leverage(leverage)
        return security

    def add_index(
        self, ticker: Any, resolution: Any = None, market: str | None = None, fill_forward: bool = True
    ) -> Security:
        """Add an index."""
        symbol = ticker if isinstance(ticker, Symbol) else Symbol.create_index(ticker.upper(), market or Market.USA)
        return self._subscriptions.add_single(symbol, self._resolution(resolution), fill_forward=fill_forward)

    def _underlying(
        self, symbol: Symbol, resolution: Any, *, fill_forward: bool = True, extended: bool = False
    ) -> Security:
        found = self._state.securities.find(symbol)
        if found is not None:
            return found
        if symbol.security_type == SecurityType.INDEX:
            return self.add_index(symbol, resolution, fill_forward=fill_forward)
        if symbol.security_type == SecurityType.EQUITY:
            return self.add_equity(
                symbol, resolution, fill_forward=fill_forward, data_normalization_mode=DataNormalizationMode.RAW
            )
        if symbol.security_type == SecurityType.FUTURE and not symbol.is_canonical():
            return self.add_future_contract(symbol, resolution, fill_forward, extended_market_hours=extended)
        raise NotInLeanLocalError(f"options on {symbol.security_type}")

    def add_option(self, underlying: Any, *arguments: Any, **named: Any) -> Option:
        """`add_option(underlying[, target_option], resolution, market, fill_forward, leverage)`: the canonical."""
        target, given = _target_form(arguments, named)
        known = as_symbol(underlying)
        if known is None:
            known = Symbol.create_equity(underlying.upper(), given.get("market") or Market.USA)
        elif known.security_type == SecurityType.BASE:  # custom data may have taken the ticker
            known = Symbol.create_equity(str(underlying).upper(), given.get("market") or Market.USA)
        return self._add_chain(known, target, given)

    def add_index_option(self, underlying: Any, *arguments: Any, **named: Any) -> Option:
        """`add_index_option(index[, target_option], resolution, market, fill_forward)`; the canonical option."""
        target, given = _target_form(arguments, named)
        if isinstance(underlying, Symbol):
            symbol = underlying
        else:
            ticker = underlying.upper()
            index = index_of_option_root(ticker)
            if index != ticker and target is None:
                target = ticker
            symbol = Symbol.create_index(index, given.get("market") or Market.USA)
        return self._add_chain(symbol, target, given)

    def _add_chain(self, symbol: Symbol, target: str | None, given: dict[str, Any]) -> Option:
        fill = bool(given.get("fill_forward", True))
        known = self._state.securities.find(symbol) is not None
        underlying = self._underlying(symbol, given.get("resolution"), fill_forward=fill)
        if not known and not self._state.locked:
            self._state.securities.show_later(symbol)
        canonical = Symbol.create_canonical_option(symbol, target) if target else Symbol.create_canonical_option(symbol)
        return self._subscriptions.add_chain_universe(
            canonical, underlying, self._resolution(given.get("resolution")), fill_forward=fill
        )

    def add_option_contract(
        self,
        symbol: Symbol,
        resolution: Any = None,
        fill_forward: bool = True,
        leverage: float = 0,  # noqa: ARG002
        extended_market_hours: bool = False,
    ) -> Option:
        """Add one option contract."""
        symbol = symbol if isinstance(symbol, Symbol) else getattr(symbol, "symbol", symbol)
        if symbol.underlying is None:
            raise ValueError(f"{symbol.value} is not an option contract.")
        underlying = self._underlying(
            symbol.underlying, resolution, fill_forward=fill_forward, extended=extended_market_hours
        )
        self._state.securities.show(symbol.underlying)
        return self._subscriptions.add_contract(
            symbol, underlying, self._resolution(resolution), fill_forward=fill_forward, extended=extended_market_hours
        )

    def add_index_option_contract(self, symbol: Symbol, resolution: Any = None, fill_forward: bool = True) -> Option:
        """Add one index option contract."""
        return self.add_option_contract(symbol, resolution, fill_forward)

    def add_future_option_contract(
        self,
        symbol: Symbol,
        resolution: Any = None,
        fill_forward: bool = True,
        leverage: float = 0,
        extended_market_hours: bool = False,
    ) -> Option:
        """Add one option contract on a future.

        :raises ValueError: for the canonical symbol of a chain
        """
        symbol = symbol if isinstance(symbol, Symbol) else getattr(symbol, "symbol", symbol)
        if symbol.is_canonical():
            raise ValueError("Expected non-canonical Symbol (i.e. a Symbol representing a specific Future contract")
        return self.add_option_contract(symbol, resolution, fill_forward, leverage, extended_market_hours)

    def add_security(self, *arguments: Any, **named: Any) -> Security:
        """`add_security(symbol, ...)` or `add_security(security_type, ticker, ...)`."""
        if arguments and isinstance(arguments[0], SecurityType):
            kind, ticker, *given = arguments
            add: Any = {
                SecurityType.EQUITY: self.add_equity,
                SecurityType.INDEX: self.add_index,
                SecurityType.CRYPTO: self.add_crypto,
                SecurityType.CRYPTO_FUTURE: self.add_crypto_future,
                SecurityType.FOREX: self.add_forex,
                SecurityType.CFD: self.add_cfd,
                SecurityType.OPTION: self.add_option,
                SecurityType.INDEX_OPTION: self.add_index_option,
                SecurityType.FUTURE: self.add_future,
            }.get(kind)
            if add is None:
                raise NotInLeanLocalError(f"add_security({kind})")
            made: Security = add(ticker, **_options(kind, given), **named)
            return made
        symbol, *rest = arguments
        by_kind: Any = self._adder_of(symbol)
        added: Security = by_kind(symbol, *rest, **named)
        return added

    def _adder_of(self, symbol: Symbol) -> Any:
        """The method that adds a symbol of its kind."""
        kind, canonical = symbol.security_type, symbol.is_canonical()
        if symbol.id.is_option:
            return self._add_canonical_option if canonical else self.add_option_contract
        if kind == SecurityType.FUTURE:
            return self.add_future if canonical else self.add_future_contract
        return {
            SecurityType.INDEX: self.add_index,
            SecurityType.CRYPTO: self.add_crypto,
            SecurityType.CRYPTO_FUTURE: self.add_crypto_future,
            SecurityType.FOREX: self.add_forex,
            SecurityType.CFD: self.add_cfd,
        }.get(kind, self.add_equity)

    def _add_canonical_option(self, symbol: Symbol, *arguments: Any, **named: Any) -> Option:
        underlying = symbol.underlying
        assert underlying is not None
        given = dict(zip(("resolution", "fill_forward"), arguments, strict=False)) | named
        own_root = symbol == Symbol.create_canonical_option(underlying)
        return self._add_chain(underlying, None if own_root else symbol.id.symbol, given)

    def _add_for_order(self, key: Any) -> Security | None:
        """Order methods add what they do not know: shares and unexpired contracts."""
        if isinstance(key, str):
            return self.add_equity(key)
        if not isinstance(key, Symbol) or key.is_canonical():
            return None
        if key.id.is_option:
            expired = key.id.date.date() < self._state.clock.local.date()
            return None if expired else self.add_option_contract(key)
        if key.security_type == SecurityType.FUTURE:
            return None if key.id.date < self._state.clock.local else self.add_future_contract(key)
        return self.add_equity(key) if key.security_type == SecurityType.EQUITY else None

    def remove_security(self, symbol: Any, tag: str | None = None) -> bool:
        """Cancel orders, close the position and stop data. Removing a canonical removes its universe."""
        found = as_symbol(symbol)
        if found is None:
            return False
        if found.is_canonical():
            chain = self._subscriptions.chains.get(found)
            if chain is None or chain.security is None:
                return False
            chain.security, chain.next_selection_ms = None, 1 << 62
            for slot in sorted(chain.members - chain.manual):
                self._subscriptions.drop_contract(chain, slot)
            self._state.securities.drop(found)
            return True
        self.liquidate(found, tag=tag or "Removed")
        return self._stop(found)

    def remove_option_contract(self, symbol: Any, tag: str | None = None) -> bool:
        """Same as `remove_security`."""
        return self.remove_security(symbol, tag)

    def _stop(self, symbol: Symbol) -> bool:
        """Stop data, unless a universe has selected the symbol: then only its universe can remove it."""
        if self._run.universes.contains(symbol):
            self._state.securities[symbol].is_tradable = False
            return True
        return self._subscriptions.stop(symbol)

    # --- chains from files -------------------------------------------------------------------------------------
    def option_chain(self, symbol: Any, flatten: bool = False) -> file_chains.OptionChain:
        """The chain of the latest universe file (of the last one to three trading days)."""
        canonical = self._canonical_option(symbol)
        calendar, moment = self._subscriptions.calendar(canonical), self._state.clock.utc_ms
        file = latest_universe(self._folder, canonical, calendar, calendar.zone.to_local(moment))
        if file is None:
            return file_chains.OptionChain(canonical, midnight(self._state.clock.local.date()), flatten=flatten)
        multiplier = self._subscriptions.properties(canonical).strike_multiplier
        columns = UniverseColumns(file, named_on(self._folder, canonical, file.day), multiplier)
        today = midnight(calendar.zone.local_date(moment))
        return file_chains.OptionChain.of_day(columns, canonical, today, flatten=flatten)

    def _canonical_option(self, key: Any) -> Symbol:
        found = as_symbol(key)
        if found is None:
            found = Symbol.create_equity(str(key))
        return chain_symbol(found)

    def option_chains(self, symbols: Any, flatten: bool = False) -> OptionChains:
        """Chains of several roots."""
        made = [self.option_chain(s, flatten) for s in symbols]
        return OptionChains({c.symbol: c for c in made if c.symbol is not None}, flatten=flatten)

    @property
    def option_chain_provider(self) -> "OptionChainProvider":
        """LEAN's obsolete provider of contract lists."""
        return OptionChainProvider(self)

    def symbol(self, ticker: str) -> Symbol:
        """Symbol of a ticker that was added."""
        found = SymbolCache.find(ticker)
        if found is None:
            raise KeyError(f"The ticker {ticker} was not found in the SymbolCache.")
        return found


class OptionChainProvider(LeanObject):
    """LEAN's `option_chain_provider`."""

    def __init__(self, algorithm: DataMethods) -> None:
        self._algorithm = algorithm

    def get_option_contract_list(self, symbol: Any, day: date) -> list[Symbol]:
        """Symbols of the file that was the latest at that exchange time, in file order, without expired ones."""
        a = self._algorithm
        canonical = a._canonical_option(symbol)
        moment = day if isinstance(day, datetime) else midnight(day)
        file = latest_universe(a._folder, canonical, a._subscriptions.calendar(canonical), moment)
        if file is None:
            return []
        columns = UniverseColumns(file, named_on(a._folder, canonical, file.day), 1.0)
        return [columns.symbol(i) for i in np.flatnonzero(columns.expiry >= moment.toordinal()).tolist()]


def _target_form(arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Split off the target option ticker of `add_option` and `add_index_option`."""
    names = ["resolution", "market", "fill_forward", "leverage"]
    if arguments and isinstance(arguments[0], str):
        names.insert(0, "target_option")
    given = dict(zip(names, arguments, strict=False)) | named
    target = given.pop("target_option", None)
    return (target.upper() if target else None), given


def _options(kind: SecurityType, given: list[Any]) -> dict[str, Any]:
    """Arguments of `add_security` after the ticker: resolution[, market], fill forward[, leverage], extended hours.

    LEAN's overloads differ by the types of what is given; extended hours mean nothing to pairs.
    """
    found: dict[str, Any] = {}
    names = ["fill_forward", "extended_market_hours"]
    for value in given:
        if isinstance(value, bool):
            if names:
                found[names.pop(0)] = value
        elif isinstance(value, str):
            found["market"] = value
        elif isinstance(value, Resolution):
            found["resolution"] = value
        elif isinstance(value, int | float):
            found["leverage"] = value
    if kind in (SecurityType.CRYPTO, SecurityType.CRYPTO_FUTURE, SecurityType.FOREX, SecurityType.CFD):
        found.pop("extended_market_hours", None)
    return found
