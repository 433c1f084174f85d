"""Option chains that follow what a universe selects: `add_future_option`, `add_universe_options`.

LEAN `OptionChainedUniverseSelectionModel.cs`, `QCAlgorithm.OnFrameworkData`: the universe's selection is taken note of
when it changes; chains come and go at the end of that time step.
"""

from collections.abc import Callable, Iterable
from typing import Any

from lean_local.engine.chain import ChainSubscription
from lean_local.engine.futures import DataSettings
from lean_local.engine.subscriptions import Subscriptions
from lean_local.symbols import Symbol


class _Follower:
    """One universe's selection now, and the filter of the options on it."""

    def __init__(self, book: "OptionFollowers", option_filter: Any) -> None:
        self._book, self.filter = book, option_filter
        self.underlyings: list[Symbol] = []

    def take(self, selected: Iterable[Symbol]) -> None:
        """The universe has changed its selection. A continuous future has no options of its own."""
        self.underlyings = [symbol for symbol in selected if not symbol.is_canonical()]
        self._book.is_due = True


class OptionFollowers:
    """All universes whose selection has option chains."""

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._followers: list[_Follower] = []
        self._made: dict[Symbol, ChainSubscription] = {}
        self.is_due = False

    def follow(self, option_filter: Any) -> Callable[[Iterable[Symbol]], None]:
        """Follow a universe: returns what to call with its selection whenever that has changed."""
        follower = _Follower(self, option_filter if option_filter is not None else lambda universe: universe)
        self._followers.append(follower)
        return follower.take

    def refresh(self, settings: Any) -> None:
        """Make and remove chains if a selection has changed; `settings` are the algorithm's universe settings."""
        if not self.is_due:
            return
        self.is_due = False
        wanted = {
            Symbol.create_canonical_option(symbol): follower.filter
            for follower in self._followers
            for symbol in follower.underlyings
        }
        for canonical, option_filter in wanted.items():
            self._make(canonical, option_filter, settings)
        for canonical in [c for c in self._made if c not in wanted]:
            self._made.pop(canonical).dispose(self._subscriptions.state.clock.utc_ms)

    def _make(self, canonical: Symbol, option_filter: Any, settings: Any) -> None:
        subs = self._subscriptions
        underlying = subs.state.securities.find(canonical.underlying)
        if underlying is None:
            return  # selected, but gone within the step
        data = DataSettings(settings.resolution, settings.fill_forward, settings.extended_market_hours)
        option = subs.add_chain_universe(
            canonical, underlying, data.resolution, fill_forward=data.fill_forward, extended=data.extended
        )
        option.set_filter(option_filter)
        self._made[canonical] = subs.chains[canonical]
