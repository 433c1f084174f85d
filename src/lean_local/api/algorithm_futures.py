"""Adding futures and their options, and chains of futures from universe files (semantics §4.1)."""

from datetime import datetime, timedelta
from typing import Any

from lean_local.api.future_chains import FuturesChain, FuturesChains, FuturesContract
from lean_local.api.future_filters import FutureUniverse
from lean_local.data.continuous import joining_mode_of, mapping_mode_of
from lean_local.data.folder import DataFolder
from lean_local.engine.futures import DataSettings
from lean_local.engine.state import RunState
from lean_local.engine.subscriptions import Subscriptions
from lean_local.engine.universe_files import midnight
from lean_local.enums import DataMappingMode, DataNormalizationMode, Market, SecurityType
from lean_local.naming import LeanObject
from lean_local.securities.future import Future
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)
_DEEPEST = 2


class FutureMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any
    _state: RunState
    _subscriptions: Subscriptions
    _folder: DataFolder
    _resolution: Any
    universe_settings: Any
    add_option_contract: Any

    def add_future(
        self,
        ticker: Any,
        resolution: Any = None,
        market: str | None = None,
        fill_forward: bool = True,
        leverage: float = 0,  # noqa: ARG002  futures have no leverage of their own
        extended_market_hours: bool = False,
        data_mapping_mode: Any = None,
        data_normalization_mode: Any = None,
        contract_depth_offset: int = 0,
    ) -> Future:
        """Add a root: its continuous contract, and its chain once `set_filter` was called.

        :raises ValueError: for a contract depth beyond 2
        """
        offset = abs(int(contract_depth_offset))
        if offset > _DEEPEST:
            raise ValueError(
                f"'contractDepthOffset' current maximum value is {_DEEPEST}. Front month (0) and only {_DEEPEST} back "
                "month contracts are currently supported."
            )
        settings, root = self.universe_settings, self._future_root(ticker, market)
        mapping, normal = data_mapping_mode, data_normalization_mode
        if mapping is None:
            mapping = mapping_mode_of(settings.data_mapping_mode, root.id.market)
        if normal is None:
            normal = joining_mode_of(settings.data_normalization_mode)
        return self._subscriptions.futures.add_root(
            root,
            DataSettings(self._resolution(resolution), fill_forward, extended_market_hours),
            mapping=DataMappingMode(mapping),
            normal=DataNormalizationMode(normal),
            offset=offset,
        )

    def _future_root(self, ticker: Any, market: str | None) -> Symbol:
        if isinstance(ticker, Symbol):
            return ticker.canonical
        root = str(ticker).upper().lstrip("/")
        found = market or self._folder.properties.market_of(root, SecurityType.FUTURE) or Market.CME
        return Symbol.create(root, SecurityType.FUTURE, found)

    def add_future_contract(
        self,
        symbol: Any,
        resolution: Any = None,
        fill_forward: bool = True,
        leverage: float = 0,  # noqa: ARG002
        extended_market_hours: bool = False,
    ) -> Future:
        """Add one contract."""
        found = as_symbol(symbol)
        if found is None or found.security_type != SecurityType.FUTURE:
            raise ValueError(f"{symbol} is not a future contract.")
        # LEAN's default mode: it is in the orders, and raw when the contract gets options.
        data = DataSettings(
            self._resolution(resolution), fill_forward, extended_market_hours, DataNormalizationMode.ADJUSTED
        )
        return self._subscriptions.futures.add_contract(found, data)

    def add_future_option(self, symbol: Any, option_filter: Any = None) -> None:
        """Add the options on every contract the future's filter selects, and on those it is mapped to.

        :param option_filter: function of the filter universe; None takes every contract
        :raises ValueError: for a symbol that is no canonical future
        """
        canonical = as_symbol(symbol)
        if canonical is None or canonical.security_type != SecurityType.FUTURE or not canonical.is_canonical():
            raise ValueError(
                "Symbol provided must be canonical (i.e. the Symbol returned from AddFuture(), not AddFutureContract()."
            )
        if self._subscriptions.futures.security_of(canonical) is None:
            self.add_future(canonical)
        root = self._subscriptions.futures.roots[canonical]
        root.on_selection += self._run.followers.follow(option_filter)
        root.on_mapping += self._run.followers.follow(option_filter)

    # --- chains from files -------------------------------------------------------------------------------------
    def futures_chain(self, symbol: Any, flatten: bool = False) -> FuturesChain:  # noqa: ARG002
        """The chain of the latest universe file (of the last one to three trading days)."""
        canonical = self._chain_root(symbol)
        local = self._subscriptions.calendar(canonical).zone.to_local(self._state.clock.utc_ms)
        chain = FuturesChain(canonical, local)
        for row in self._latest_contracts(canonical, local):
            contract = FuturesContract(row.symbol, local)
            contract.bid_price = contract.ask_price = contract.last_price = row.close
            contract.volume, contract.open_interest = int(row.volume), row.open_interest
            chain.put(contract)
        return chain

    def _chain_root(self, symbol: Any) -> Symbol:
        """The root of a ticker, a future or an option on one."""
        found = as_symbol(symbol)
        canonical = found.canonical if found is not None else self._future_root(symbol, None)
        if canonical.security_type == SecurityType.FUTURE_OPTION and canonical.underlying is not None:
            canonical = canonical.underlying.canonical
        return canonical

    def _latest_contracts(self, canonical: Symbol, local: datetime) -> list[FutureUniverse]:
        """Unexpired contracts of the latest universe file (of the last one to three trading days) at that time."""
        calendar, day = self._subscriptions.calendar(canonical), local.date()
        for _ in range(3):
            day = calendar.previous_trading_day(day)
            file = self._folder.future_universe(canonical, day)
            if file is not None:
                rows = self._subscriptions.futures.rows(canonical, file)
                return [row for row in rows if row.expiry.date() >= local.date()]
        return []

    def future_chain(self, symbol: Any, flatten: bool = False) -> FuturesChain:
        """Same as `futures_chain`."""
        return self.futures_chain(symbol, flatten)

    def futures_chains(self, symbols: Any, flatten: bool = False) -> FuturesChains:
        """Chains of several roots."""
        chains = [self.futures_chain(symbol, flatten) for symbol in symbols]
        return FuturesChains({chain.symbol: chain for chain in chains if chain.symbol is not None})

    def future_chains(self, symbols: Any, flatten: bool = False) -> FuturesChains:
        """Same as `futures_chains`."""
        return self.futures_chains(symbols, flatten)

    @property
    def future_chain_provider(self) -> "FutureChainProvider":
        """LEAN's obsolete provider of contract lists."""
        return FutureChainProvider(self)


class FutureChainProvider(LeanObject):
    """LEAN's `future_chain_provider`."""

    def __init__(self, algorithm: FutureMethods) -> None:
        self._algorithm = algorithm

    def get_future_contract_list(self, symbol: Any, date: Any) -> list[Symbol]:
        """Symbols of the file that was the latest at that exchange time, in file order, without expired ones."""
        local = date if isinstance(date, datetime) else midnight(date)
        canonical = self._algorithm._chain_root(symbol)
        return [row.symbol for row in self._algorithm._latest_contracts(canonical, local)]
