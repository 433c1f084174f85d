"""The universes of a run: selection at its time, members that come and go (`Engine/DataFeeds/UniverseSelection.cs`)."""

from collections.abc import Callable, Iterator
from typing import Any

from lean_local.api.bars import DataPair
from lean_local.api.universes import UnchangedUniverse, Universe, UniverseMember, as_symbols
from lean_local.engine.clock import DAY_MS, HOUR_MS, MINUTE_MS
from lean_local.engine.feeds import NEVER
from lean_local.enums import SecurityType
from lean_local.naming import LeanObject, NetList
from lean_local.symbols import Symbol


class _Entry:
    """A universe and when it selects next."""

    def __init__(self, universe: Universe, times: Iterator[tuple[int, Any]]) -> None:
        self.universe, self._times = universe, times
        self.next_ms, self.key = NEVER, None
        self.move()

    def move(self) -> None:
        """Go on to the following selection."""
        self.next_ms, self.key = next(self._times, (NEVER, None))


def _rounded(span_ms: int, minimum_ms: int) -> int:
    """A time in the universe rounded to the unit of the minimum , as LEAN does."""
    unit = next((u for u in (DAY_MS, HOUR_MS, MINUTE_MS, 1000) if minimum_ms >= u), 1)
    return round(span_ms / unit) * unit


class UniverseBook:
    """All universes, in the order they were added."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._new: list[Universe] = []
        self._entries: list[_Entry] = []
        self._leaving: list[tuple[Universe, Symbol]] = []
        self._shared: set[Symbol] = set()  # members the algorithm had added itself: their data stays
        self.open_orders: Callable[[], set[Symbol]] = set

    def add(self, universe: Universe, settings: Any) -> None:
        """Add a universe; it starts at the end of the time step (or at the start of the run)."""
        if universe.universe_settings is None:
            universe.universe_settings = settings
        self._new.append(universe)

    def begin(self, now_ms: int) -> None:
        """Start the universes added since the last call."""
        for universe in self._new:
            self._entries.append(_Entry(universe, universe.times(self._run, now_ms)))
        self._new.clear()

    @property
    def universes(self) -> list[Universe]:
        """All universes that were not removed."""
        return [*(e.universe for e in self._entries if not e.universe.dispose_requested), *self._new]

    def contains(self, symbol: Symbol) -> bool:
        """Whether some universe has selected the symbol."""
        return any(symbol in e.universe.securities for e in self._entries)

    def next_utc_ms(self) -> int:
        """When the next selection is due."""
        return min([e.next_ms for e in self._entries]) if self._entries else NEVER

    def remove(self, universe: Universe) -> None:
        """Drop a universe: its members leave with the next step."""
        universe.dispose()
        for entry in self._entries:
            if entry.universe is universe:
                entry.next_ms, entry.key = self._run.state.clock.utc_ms, None

    def forget(self, symbol: Symbol) -> None:
        """A security is delisted: no universe has it any more."""
        for entry in self._entries:
            entry.universe.securities.pop(symbol, None)

    def select(self, moment: int) -> None:
        """Run every selection that is due."""
        if self.next_utc_ms() > moment:
            return
        due = [e for e in self._entries if e.next_ms <= moment]
        for entry in sorted(due, key=lambda e: (int(e.universe.configuration.resolution), str(e.universe.symbol.id))):
            key = entry.key
            if entry.universe.dispose_requested:
                entry.next_ms = NEVER
            else:
                entry.move()
            self._apply(entry.universe, moment, key)

    # --- one selection -----------------------------------------------------------------------------------------
    def _chosen(self, universe: Universe, moment: int, key: Any) -> list[Symbol] | None:
        """What is selected now, None when that is what was selected before."""
        if universe.dispose_requested:
            universe.selection_changed(universe, [])
            return []
        with self._run.guard:
            found = universe.select_symbols(self._run, moment, key)
            if isinstance(found, UnchangedUniverse):
                return None
            chosen = as_symbols(found)
            now = frozenset(chosen)
            if now == universe.previous:
                return None
            universe.previous = now
            universe.selection_changed(universe, chosen)
            return chosen

    def _apply(self, universe: Universe, moment: int, key: Any) -> None:
        chosen = self._chosen(universe, moment, key)
        if chosen is not None:
            universe.selected = NetList(chosen)
        self._check_leaving(universe)
        if chosen is None:
            return
        wanted = set(chosen)
        members = sorted(universe.securities, key=lambda s: (int(s.security_type), str(s.id)))
        for symbol in members:
            if symbol not in wanted and self._may_leave(universe, symbol, moment):
                self._leave(universe, symbol)
        for symbol in chosen:
            if symbol not in universe.securities:
                self._join(universe, symbol, moment)
        if key is not None:
            universe.show(key)

    def _may_leave(self, universe: Universe, symbol: Symbol, moment: int) -> bool:
        member = universe.securities[symbol]
        if universe.dispose_requested or member.security.is_delisted:
            return True
        minimum: int = round(universe.universe_settings.minimum_time_in_universe.total_seconds() * 1000)
        return _rounded(moment - member.added_ms, minimum) >= minimum

    def _leave(self, universe: Universe, symbol: Symbol) -> None:
        """Report the removal; data goes on while there is a position or an open order."""
        security = universe.securities[symbol].security
        if not security.is_delisted and not any(s == symbol for _, s in self._leaving):
            changes = self._run.subscriptions.changes
            changes.added.pop(symbol, None)
            if symbol.security_type != SecurityType.BASE:  # LEAN's changes leave custom data out
                changes.removed[symbol] = None
            self._run.subscriptions.gone[symbol] = security
        if self._is_safe(symbol):
            self._drop(universe, symbol)
        elif (universe, symbol) not in self._leaving:
            self._leaving.append((universe, symbol))

    def _is_safe(self, symbol: Symbol) -> bool:
        return symbol not in self._run.state.portfolio.holders and symbol not in self.open_orders()

    def _check_leaving(self, universe: Universe) -> None:
        for item in list(self._leaving):
            owner, symbol = item
            safe = self._is_safe(symbol)
            if safe:
                self._drop(owner, symbol)
            if safe or (owner is universe and symbol in universe.selected):
                self._leaving.remove(item)

    def _drop(self, universe: Universe, symbol: Symbol) -> None:
        member = universe.securities.pop(symbol, None)
        if member is None or self.contains(symbol) or symbol in self._shared:
            return
        removed = self._run.subscriptions.changes.removed
        told = symbol in removed
        self._run.subscriptions.stop(symbol)
        member.security.is_tradable = False
        if not told:  # it was when the universe let go of it
            removed.pop(symbol, None)

    def _join(self, universe: Universe, symbol: Symbol, moment: int) -> None:
        run = self._run
        known = run.subscriptions.is_subscribed(symbol)
        if known and not self.contains(symbol):
            self._shared.add(symbol)
        security = run.algorithm.add_universe_member(symbol, universe.universe_settings)
        universe.securities[symbol] = UniverseMember(security, moment)


class UniverseManager(LeanObject):
    """`self.universe_manager`: universes by symbol."""

    def __init__(self, book: UniverseBook, securities: Any) -> None:
        self._book, self._securities = book, securities

    def _items(self) -> dict[Symbol, Universe]:
        return {u.symbol: u for u in self._book.universes}

    @property
    def active_securities(self) -> Any:
        """Securities with data."""
        return self._securities

    @property
    def count(self) -> int:
        """Number of universes."""
        return len(self._items())

    def keys(self) -> list[Symbol]:
        """Symbols of the universes."""
        return list(self._items())

    def values(self) -> list[Universe]:
        """The universes."""
        return list(self._items().values())

    def items(self) -> list[tuple[Symbol, Universe]]:
        """Pairs of symbol and universe."""
        return list(self._items().items())

    def contains_key(self, symbol: Symbol) -> bool:
        """Whether there is such a universe."""
        return symbol in self._items()

    def remove(self, symbol: Symbol) -> bool:
        """Remove a universe."""
        found = self._items().get(symbol)
        if found is not None:
            self._book.remove(found)
        return found is not None

    def __getitem__(self, symbol: Symbol) -> Universe:
        return self._items()[symbol]

    def __contains__(self, symbol: Symbol) -> bool:
        return symbol in self._items()

    def __len__(self) -> int:
        return len(self._items())

    def __iter__(self) -> Iterator[Any]:
        return iter([DataPair(k, v) for k, v in self.items()])
