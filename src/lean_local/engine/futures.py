"""Futures of a run: roots with their continuous contract and chain, and the contracts that have data (semantics §4.1).

LEAN `ContinuousContractUniverse.cs`, `FuturesChainUniverse.cs`. A contract gets data because the chain's filter keeps
it, because an algorithm added it, or, unseen by the algorithm, because the continuous contract is mapped to it.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from lean_local.api.events import Event
from lean_local.api.future_filters import FutureFilter, FutureFilterUniverse, FutureUniverse
from lean_local.data.continuous import ContinuousMapping, contract_of_month
from lean_local.data.universes import FutureUniverseDay
from lean_local.engine.chain import ChainSubscription
from lean_local.engine.continuous_feed import ContinuousFeed
from lean_local.engine.feeds import NEVER
from lean_local.enums import DataMappingMode, DataNormalizationMode, Resolution, SecurityType
from lean_local.securities.exchange import Calendar
from lean_local.securities.future import Future
from lean_local.symbols import Symbol, SymbolCache

if TYPE_CHECKING:
    from lean_local.engine.subscriptions import Subscriptions

ONE_DAY = timedelta(days=1)


def _universe_row(symbol: Symbol, *numbers: float) -> FutureUniverse:
    """A row of a universe file: open, high, low, close, volume, open interest."""
    made = FutureUniverse(symbol)
    made.open, made.high, made.low, made.close, made.volume, made.open_interest = (float(n) for n in numbers)
    return made


@dataclass(frozen=True, slots=True)
class DataSettings:
    """How contracts get their data."""

    resolution: Resolution = Resolution.MINUTE
    fill_forward: bool = True
    extended: bool = False
    mode: DataNormalizationMode = DataNormalizationMode.RAW


@dataclass(slots=True)
class FutureRoot:
    """One root: its settings and the contracts that have data, by reason."""

    canonical: Symbol
    calendar: Calendar
    settings: DataSettings = field(default_factory=DataSettings)
    security: Future | None = None  # the canonical future, when it was added
    mapping: ContinuousMapping | None = None
    on_selection: Event = field(default_factory=Event)  # called with the contracts the filter keeps, when they change
    on_mapping: Event = field(default_factory=Event)  # called with the contracts mapped to, when they change
    mapped: set[Symbol] = field(default_factory=set)
    members: dict[Symbol, None] = field(default_factory=dict)  # kept by the filter
    manual: set[Symbol] = field(default_factory=set)
    followed: set[Symbol] = field(default_factory=set)  # an option universe is on it
    pending: set[Symbol] = field(default_factory=set)  # no longer kept, but held or with open orders
    told_selected: set[Symbol] | None = None
    told_mapped: set[Symbol] | None = None
    next_mapping_ms: int = NEVER
    next_selection_ms: int = NEVER

    def shows(self, symbol: Symbol) -> bool:
        """Whether the algorithm sees that contract's data."""
        return any(symbol in reason for reason in (self.members, self.manual, self.followed, self.pending))


class FutureRoots:
    """All futures of a run."""

    def __init__(self, subscriptions: "Subscriptions") -> None:
        self.subscriptions = subscriptions
        self.roots: dict[Symbol, FutureRoot] = {}
        self._ended: list[Future] = []  # delisted while pending: LEAN forgets their prices at its next selection

    # --- adding ------------------------------------------------------------------------------------------------
    def _root(self, canonical: Symbol) -> FutureRoot:
        found = self.roots.get(canonical)
        if found is None:
            found = self.roots[canonical] = FutureRoot(canonical, self.subscriptions.calendar(canonical))
        return found

    def add_root(
        self,
        canonical: Symbol,
        settings: DataSettings,
        *,
        mapping: DataMappingMode,
        normal: DataNormalizationMode,
        offset: int,
    ) -> Future:
        """Add a root: the continuous contract, and a chain that selects once it has a filter."""
        subs = self.subscriptions
        root = self._root(canonical)
        if root.security is not None:
            return root.security
        root.settings = settings
        files = subs.folder.continuous_files(canonical)
        root.mapping = ContinuousMapping(canonical, files, subs.folder.hours, mapping, normal, offset)
        security = subs.add_single(
            canonical,
            settings.resolution,
            fill_forward=settings.fill_forward,
            extended=settings.extended,
            mode=normal,
            hidden=True,
            feed_type=ContinuousFeed,
            prepare=lambda feed: setattr(feed, "mapping", root.mapping),
        )
        root.security = cast("Future", security)
        root.security.chain_filter = FutureFilter()
        root.security.is_tradable = False
        subs.singles[canonical].internal = security.is_internal = False
        SymbolCache.set(canonical.value, canonical)
        self._begin(root, subs.start_ms)
        return root.security

    def security_of(self, canonical: Symbol) -> Future | None:
        """The canonical future of a root, None when it was not added."""
        root = self.roots.get(canonical)
        return root.security if root is not None else None

    def add_contract(self, symbol: Symbol, settings: DataSettings) -> Future:
        """Add one contract."""
        root = self._root(symbol.canonical)
        root.manual.add(symbol)
        self._refresh(root, symbol, settings)
        return cast("Future", self.subscriptions.state.securities[symbol])

    def begin(self, start_ms: int) -> None:
        """The run starts: selection and mapping are due at once."""
        for root in self.roots.values():
            if root.security is not None:
                self._begin(root, start_ms)

    def _begin(self, root: FutureRoot, start_ms: int) -> None:
        root.next_selection_ms = start_ms
        zone = root.calendar.zone
        day = zone.local_date(start_ms)
        while zone.midnight_utc_ms(day) < start_ms or not root.calendar.segments(day, extended=root.settings.extended):
            day += ONE_DAY
        root.next_mapping_ms = zone.midnight_utc_ms(day)

    # --- data of contracts -------------------------------------------------------------------------------------
    def _refresh(self, root: FutureRoot, symbol: Symbol, settings: DataSettings | None = None) -> None:
        """Give a contract data, take it away, or change whether the algorithm sees it."""
        subs = self.subscriptions
        feed, shown = subs.singles.get(symbol), root.shows(symbol)
        if feed is None and (shown or symbol in root.mapped):
            subs.state.securities.revive(symbol)
            s = settings or root.settings
            subs.add_single(
                symbol,
                s.resolution,
                fill_forward=s.fill_forward,
                extended=s.extended,
                mode=s.mode if shown or root.mapping is None else root.mapping.normal,
                hidden=not shown,
            )
        elif feed is not None and not shown and symbol not in root.mapped:
            subs.stop_single(symbol)
        elif feed is not None and feed.internal == shown:
            feed.internal = feed.security.is_internal = not shown
            subs.removals += 1  # the expiry may have become more exact
            if shown:
                # The subscription that the algorithm sees counts first (LEAN `GetSubscriptionDataConfigs`).
                feed.security.data_normalization_mode = (settings or root.settings).mode
                # The identifier of a chain's contract has the time of day of its expiry, a mapped one's only the date.
                feed.security.symbol = feed.security.data_symbol = symbol  # type: ignore[attr-defined]
                SymbolCache.set(symbol.value, symbol)
                subs.announce(symbol)

    def is_mapped(self, symbol: Symbol) -> bool:
        """Whether a contract has data because it is, or on the day before was, the continuous contract's."""
        root = self.roots.get(symbol.canonical)
        return root is not None and symbol in root.mapped

    def remove_contract(self, symbol: Symbol) -> bool:
        """Stop a contract at the algorithm's wish, or because it is delisted."""
        root = self.roots.get(symbol.canonical)
        if root is None or symbol not in self.subscriptions.singles:
            return False
        security = self.subscriptions.singles[symbol].security
        if root.shows(symbol) and symbol not in root.pending:
            self.subscriptions.changes.removed[symbol] = None
        if security.is_delisted:
            root.mapped.discard(symbol)
            if symbol in root.pending:
                self._ended.append(cast("Future", security))
        root.members.pop(symbol, None)
        for reason in (root.manual, root.followed, root.pending):
            reason.discard(symbol)
        self._refresh(root, symbol)
        return True

    # --- selection ---------------------------------------------------------------------------------------------
    def next_utc_ms(self) -> int:
        """When a root is mapped next."""
        return min([root.next_mapping_ms for root in self.roots.values()]) if self.roots else NEVER

    def next_selection_ms(self) -> int:
        """When a chain selects next."""
        return min([root.next_selection_ms for root in self.roots.values()]) if self.roots else NEVER

    def select(self, moment: int, open_orders: set[Symbol]) -> None:
        """Mapping and chain selection of this moment."""
        if self._ended and min(self.next_utc_ms(), self.next_selection_ms()) <= moment:
            for security in self._ended:
                security.forget()
            self._ended.clear()
        for root in self.roots.values():
            if root.next_selection_ms <= moment:
                self._select(root, moment, open_orders)
            if root.next_mapping_ms <= moment:
                self._map(root, moment, open_orders)

    def _map(self, root: FutureRoot, moment: int, open_orders: set[Symbol]) -> None:
        """The date's contract gets data; the one before keeps them on the day of the change."""
        subs, zone = self.subscriptions, root.calendar.zone
        assert root.security is not None
        assert root.mapping is not None
        if root.canonical not in subs.announced:
            subs.announce(root.canonical)
        today = zone.local_date(moment)
        current, before = root.mapping.contract_on(today), root.security.mapped
        over = zone.to_local(moment) - ONE_DAY  # what expired before is delisted: its data are over
        wanted = {s for s in (current or before, before) if s is not None and s.id.date > over}
        if current is not None:
            root.security.mapped = current
        dropped, root.mapped = root.mapped - wanted, wanted
        for symbol in (*dropped, *wanted):
            if symbol not in dropped or not subs.holds(symbol, open_orders):
                self._refresh(root, symbol)
            else:
                root.mapped.add(symbol)
        day = today + ONE_DAY
        while not root.calendar.segments(day, extended=root.settings.extended):
            day += ONE_DAY
        root.next_mapping_ms = zone.midnight_utc_ms(day)
        if root.told_mapped != wanted:
            root.told_mapped = wanted
            root.on_mapping(list(wanted))

    def _select(self, root: FutureRoot, moment: int, open_orders: set[Symbol]) -> None:
        subs, calendar = self.subscriptions, root.calendar
        today = calendar.zone.local_date(moment)
        day = calendar.previous_trading_day(today) if moment == subs.first_ms else today - ONE_DAY
        following = next((d for d in subs.folder.universe_days(root.canonical) if d >= today), None)
        last = calendar.zone.local_date(subs.end_ms)
        # The file of the last date is a step after the end, if that is a date of the market: no Saturday.
        is_step = following is not None and (following < last or calendar.segments(following + ONE_DAY, extended=True))
        root.next_selection_ms = NEVER
        if following is not None and following <= last and is_step:
            root.next_selection_ms = calendar.zone.midnight_utc_ms(following + ONE_DAY)
        file = subs.folder.future_universe(root.canonical, day)
        if file is None or root.security is None or root.security.chain_filter is None:
            return
        universe = FutureFilterUniverse(self.rows(root.canonical, file), calendar.zone.to_local(moment))
        chosen = dict.fromkeys(root.security.chain_filter.run(universe))
        for symbol in list(root.pending):
            if symbol in chosen or not subs.holds(symbol, open_orders):
                root.pending.discard(symbol)
                self._refresh(root, symbol)
        for symbol in sorted((s for s in root.members if s not in chosen), key=lambda s: str(s.id)):
            del root.members[symbol]
            subs.changes.added.pop(symbol, None)
            subs.changes.removed[symbol] = None
            if subs.holds(symbol, open_orders):
                root.pending.add(symbol)
            self._refresh(root, symbol)
        for symbol in chosen:
            root.members.setdefault(symbol)
            self._refresh(root, symbol)
        if root.told_selected != set(chosen):
            root.told_selected = set(chosen)
            root.on_selection(list(chosen))

    def rows(self, canonical: Symbol, file: FutureUniverseDay) -> list[FutureUniverse]:
        """The contracts of a universe file as objects."""
        hours = self.subscriptions.folder.hours
        values = zip(file.open, file.high, file.low, file.close, file.volume, file.open_interest, strict=True)
        return [
            _universe_row(contract_of_month(canonical, month, hours), *numbers)
            for month, numbers in zip(file.contract_month, values, strict=True)
        ]

    # --- futures of option universes ---------------------------------------------------------------------------
    def follow(self, chain: ChainSubscription) -> None:
        """An option universe selects: LEAN puts its underlying first, so the algorithm sees that future."""
        symbol = chain.canonical.underlying
        if symbol is None or symbol.security_type != SecurityType.FUTURE:
            return
        root, feed = self._root(symbol.canonical), chain.feed
        root.followed.add(symbol)
        self._refresh(root, symbol, DataSettings(feed.resolution, feed.fill_forward, feed.extended))

    def unfollow(self, chain: ChainSubscription, open_orders: set[Symbol]) -> None:
        """The option universe is gone."""
        symbol = chain.canonical.underlying
        root = next((root for root in self.roots.values() if symbol in root.followed), None)
        if symbol is None or root is None:
            return
        root.followed.discard(symbol)
        if not root.shows(symbol):
            self.subscriptions.changes.removed[symbol] = None
            if self.subscriptions.holds(symbol, open_orders):
                root.pending.add(symbol)
        self._refresh(root, symbol)
