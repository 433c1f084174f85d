"""Which securities have data: made by `add_*`, by chain selection, and undone by `remove_security` and expiry."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from lean_local.api.filters import OptionFilter
from lean_local.api.universe_rows import contract_key
from lean_local.data.folder import DataFolder
from lean_local.engine.chain import ChainSubscription
from lean_local.engine.clock import MINUTE_MS
from lean_local.engine.feeds import NEVER, SingleFeed
from lean_local.engine.futures import FutureRoots
from lean_local.engine.option_feed import RootFeed
from lean_local.engine.removals import Removals
from lean_local.engine.state import RunState
from lean_local.engine.tick_feed import TickFeed
from lean_local.enums import DataNormalizationMode, Resolution, SecurityType
from lean_local.errors import NotInLeanLocalError
from lean_local.identifiers import DEFAULT_DATE
from lean_local.securities.cache import ContractCache, SingleCache
from lean_local.securities.columns import RootColumns
from lean_local.securities.future import Future
from lean_local.securities.option import Option
from lean_local.securities.pairs import CLASSES, CryptoFuture
from lean_local.securities.security import Equity, Index, Security
from lean_local.securities.symbol_properties import SymbolProperties
from lean_local.symbols import Symbol, SymbolCache

ONE_DAY = timedelta(days=1)
_CLASSES: dict[SecurityType, type[Security]] = {
    SecurityType.EQUITY: Equity,
    SecurityType.INDEX: Index,
    SecurityType.FUTURE: Future,
    **CLASSES,
}


class Subscriptions(Removals):
    """All feeds and chains of a run."""

    def __init__(self, state: RunState, folder: DataFolder) -> None:
        super().__init__(state, folder)
        self.internal: list[SingleFeed] = []
        self.preludes: list[SingleFeed] = []  # warm-ups at another resolution than the subscription's
        self.futures = FutureRoots(self)
        self.announced: set[Symbol] = set()
        self._by_feed: dict[int, ChainSubscription] = {}
        self.pending: list[Symbol] = []
        self.first_ms = 0  # where the run starts
        self.start_ms = 0  # where new subscriptions start; the loop moves it
        self.end_ms = NEVER
        self.precise_daily = True
        self.initialize_security: Any = lambda _security: None
        self.price_model: Any = None
        self._feeds: list[Any] = []
        self._feeds_at = (-1, 0, 0, 0, 0, 0)
        self.selecting = False  # whether universes select now: a bar that ends now is still to come
        state.securities.lookup = self._find_contract
        state.securities.everything = self._all_contracts

    # --- facts -------------------------------------------------------------------------------------------------
    def chain_of_feed(self, feed: RootFeed) -> ChainSubscription:
        """The chain of a root feed."""
        return self._by_feed[id(feed)]

    def feeds(self) -> list[Any]:
        """All feeds in LEAN's order."""
        count = (
            *(len(self.internal), len(self.preludes), len(self.singles)),
            *(len(self.chains), self.removals, len(self.points)),
        )
        if count != self._feeds_at:
            every: list[Any] = [*self.internal, *self.preludes, *self.singles.values()]
            every += [*(c.feed for c in self.chains.values()), *self.points.values()]
            self._feeds, self._feeds_at = sorted(every, key=lambda f: f.sort_key), count
        return self._feeds

    # --- securities --------------------------------------------------------------------------------------------
    def add_single(
        self,
        symbol: Symbol,
        resolution: Resolution,
        *,
        fill_forward: bool = True,
        extended: bool = False,
        mode: DataNormalizationMode = DataNormalizationMode.RAW,
        internal: bool = False,
        ticker: str | None = None,
        one_kind: bool = False,
        hidden: bool = False,
        feed_type: type[SingleFeed] = SingleFeed,
        prepare: Callable[[Any], None] = lambda _feed: None,
    ) -> Security:
        """Add a security with a feed of its own.

        `one_kind` leaves the quotes of crypto out (conversion rates); a hidden security can be looked up, its data are
        not shown.
        """
        existing = self.state.securities.find(symbol)
        if not internal:
            self.state.securities.show(symbol)
        if existing is not None and symbol in self.singles and not internal:
            return existing
        security = self._single(symbol, resolution, None if internal else existing)
        security.fill_forward, security.extended_market_hours, security.is_internal = fill_forward, extended, internal
        security.data_normalization_mode = security.created_normalization_mode = mode
        security.scale_digits = 4 if symbol.security_type == SecurityType.EQUITY else 0
        security.is_tradable = symbol.security_type != SecurityType.INDEX
        if isinstance(security, Future):
            security.margins, security.is_internal = self.folder.margins(symbol), hidden
        self.equip(security)
        feed = self._make_feed(security, feed_type, prepare, internal=internal or hidden)
        if internal:
            feed.has_quotes = feed.has_quotes and not (one_kind and feed.has_trades)
            self.internal.append(feed)
            return security
        self.singles[symbol] = feed
        if isinstance(security, CryptoFuture) and symbol.id.date == DEFAULT_DATE:
            self.add_funding(security, (self.start_ms, self.end_ms))
        self.state.securities.put(security)
        if not hidden:
            SymbolCache.set(ticker or symbol.value, symbol)
            self.announce(symbol)
        self.initialize_security(security)
        self.refresh_grid()
        return security

    def _make_feed(
        self, security: Security, kind: type[SingleFeed], prepare: Callable[[Any], None], *, internal: bool
    ) -> SingleFeed:
        """The feed of a security of its own; it begins at once while the run is under way."""
        if security.resolution == Resolution.TICK:
            if kind is not SingleFeed:
                raise NotInLeanLocalError("Resolution.TICK of continuous futures")
            kind = TickFeed
        feed = kind(security, self.folder, self.start_ms, NEVER, internal=internal, precise_daily=self.precise_daily)
        prepare(feed)
        if self.end_ms < NEVER:
            feed.from_run_start = self.selecting or self.start_ms == self.first_ms
            feed.begin(self.start_ms, self.end_ms)
        return feed

    def _single(self, symbol: Symbol, resolution: Resolution, gone: Security | None) -> Security:
        """A security of its own feed: a new one, or the one that was there before, with its holding."""
        kind = symbol.security_type
        make = _CLASSES.get(kind, Security)
        cache = SingleCache(quote_is_price=kind not in (SecurityType.EQUITY, SecurityType.INDEX))
        if gone is not None and symbol not in self.singles and type(gone) is make:
            return gone.renew(cache, resolution)
        return make(symbol, cache, self.calendar(symbol), self.state.clock, self.properties(symbol), resolution)

    def make_custom(
        self, symbol: Symbol, resolution: Resolution, zone: str, properties: SymbolProperties | None, hours: Any
    ) -> Security:
        """Make the security of custom data; its points come from feeds of their own."""
        self.custom_zones[symbol] = zone
        cache = SingleCache(quote_is_price=False)
        calendar = self.calendar(symbol) if hours is None else hours.calendar
        units = properties or self.properties(symbol)
        security = Security(symbol, cache, calendar, self.state.clock, units, resolution)
        security.data_normalization_mode = security.created_normalization_mode = DataNormalizationMode.ADJUSTED
        if hours is not None:
            security.exchange.hours = hours
        self.equip(security)
        SymbolCache.set(symbol.value, symbol)
        self.state.securities.put(security)
        self.initialize_security(security)
        return security

    def chain(
        self,
        canonical: Symbol,
        underlying: Security,
        resolution: Resolution,
        *,
        fill_forward: bool = True,
        extended: bool = False,
    ) -> ChainSubscription:
        """The chain of a root, made if new; without a universe until `add_chain_universe`."""
        found = self.chains.get(canonical)
        if found is None:
            if resolution == Resolution.TICK:
                raise NotInLeanLocalError("Resolution.TICK of options")
            columns = RootColumns(traded_first=canonical.security_type != SecurityType.FUTURE_OPTION)
            feed = RootFeed(
                canonical,
                columns,
                self.folder,
                self.calendar(canonical),
                self.start_ms,
                self.end_ms,
                resolution,
                fill_forward=fill_forward,
                extended=extended,
                now_ms=lambda: self.state.clock.utc_ms,
            )
            feed.precise_daily = self.precise_daily
            found = ChainSubscription(canonical, columns, feed, underlying, self.properties(canonical))
            found.price_model = self.price_model
            self.chains[canonical] = found
            self._by_feed[id(feed)] = found
            self.refresh_grid()
        return found

    def add_chain_universe(
        self,
        canonical: Symbol,
        underlying: Security,
        resolution: Resolution,
        *,
        fill_forward: bool = True,
        extended: bool = False,
    ) -> Option:
        """Add the canonical option of a chain; its filter selects contracts daily."""
        chain = self.chain(canonical, underlying, resolution, fill_forward=fill_forward, extended=extended)
        if chain.security is not None:
            return chain.security
        chain.underlying = underlying  # a future may have gone and come back since
        option = Option(
            canonical,
            SingleCache(quote_is_price=True),
            self.calendar(canonical),
            self.state.clock,
            chain.properties,
            Resolution.DAILY,  # the chain's own file, whatever its contracts are (LEAN `QCAlgorithm.cs`, AddSecurity)
        )
        option.set_up_contract(underlying)
        option.chain_filter = OptionFilter()
        option.is_tradable, option.fill_forward = False, False
        self.equip(option)
        chain.security = option
        chain.next_selection_ms = self.start_ms
        SymbolCache.set(canonical.value, canonical)
        self.state.securities.put(option)
        self.initialize_security(option)
        self._raw_underlying(underlying)
        return option

    def _raw_underlying(self, underlying: Security) -> None:
        given, underlying.data_normalization_mode = underlying.data_normalization_mode, DataNormalizationMode.RAW
        if given != DataNormalizationMode.RAW and underlying.type == SecurityType.EQUITY:
            self.state.debug(
                "Warning: The following securities were set to raw price normalization mode to work with "
                f"options: {underlying.symbol.value}..."
            )
            feed = self.singles.get(underlying.symbol)
            if feed is not None:
                feed.renormalize()

    def add_contract(
        self,
        symbol: Symbol,
        underlying: Security,
        resolution: Resolution,
        *,
        fill_forward: bool = True,
        extended: bool = False,
    ) -> Option:
        """Add one contract."""
        self._raw_underlying(underlying)
        chain = self.chain(symbol.canonical, underlying, resolution, fill_forward=fill_forward, extended=extended)
        slot = chain.columns.slot(contract_key(symbol))
        if slot not in chain.manual:
            chain.manual.add(slot)
            chain._symbols[slot] = symbol
            self.subscribe(chain, slot)
        found = self.state.securities.find(symbol)
        assert isinstance(found, Option)
        return found

    def subscribe(self, chain: ChainSubscription, slot: int) -> None:
        """Give a contract data."""
        if chain.columns.subscribed[slot]:
            return
        chain.columns.subscribe(slot)
        chain.dropped.discard(slot)
        chain.delisted.discard(slot)
        symbol = chain.symbol_of(slot)
        self.state.securities.revive(symbol)
        SymbolCache.set(symbol.value, symbol)
        self.announce(symbol)
        if self.state.initializers:
            self.state.securities.find(symbol)

    def announce(self, symbol: Symbol) -> None:
        """Report a security as added."""
        self.announced.add(symbol)
        self.changes.removed.pop(symbol, None)
        self.changes.added[symbol] = None

    def _find_contract(self, symbol: Symbol) -> Security | None:
        """Make the object of a contract that has or had data."""
        if not symbol.id.is_option or symbol.is_canonical():
            return None
        chain = self.chains.get(symbol.canonical)
        slot = chain.slot_of(symbol) if chain is not None else None
        if chain is None or slot is None or not (chain.columns.subscribed[slot] or slot in chain.dropped):
            return None
        return self._make_contract(chain, slot, symbol)

    def _make_contract(self, chain: ChainSubscription, slot: int, symbol: Symbol) -> Option:
        feed = chain.feed
        option = Option(
            symbol,
            ContractCache(chain.columns, slot),
            feed.calendar,
            self.state.clock,
            chain.properties,
            feed.resolution,
        )
        option.fill_forward, option.extended_market_hours = feed.fill_forward, feed.extended
        option.set_up_contract(chain.underlying)
        if chain.security is not None and slot in chain.members:
            option.option_price_model = chain.security.option_price_model
        self.equip(option)
        self.state.securities.put(option)
        self.initialize_security(option)
        if slot in chain.delisted:
            option.is_delisted, option.is_tradable = True, False
        if slot in chain.dropped:
            option.is_tradable = False
            self.state.securities.drop(symbol)
        return option

    def _all_contracts(self) -> list[Symbol]:
        return [
            chain.symbol_of(int(slot))
            for chain in self.chains.values()
            for slot in np.flatnonzero(chain.columns.subscribed[: len(chain.columns)])
        ]

    # --- grid --------------------------------------------------------------------------------------------------
    def refresh_grid(self) -> None:
        """Fill forward at the finest resolution subscribed."""
        feeds: list[Any] = [*self.singles.values(), *(c.feed for c in self.chains.values())]
        custom = [f.period_ms for f in self.points.values() if f.is_custom]
        finest = min([*(f.period_ms for f in feeds), *custom], default=MINUTE_MS)
        for feed in feeds:
            feed.set_grid(finest)
