"""How securities stop: `remove_security`, deselection, expiry."""

from typing import TYPE_CHECKING

from lean_local.data.folder import DataFolder
from lean_local.engine.chain import ChainSubscription
from lean_local.engine.feeds import SingleFeed
from lean_local.engine.security_parts import SecurityChanges, SecurityParts
from lean_local.engine.state import RunState
from lean_local.enums import SecurityType
from lean_local.securities.security import Security
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    from lean_local.engine.futures import FutureRoots


class Removals(SecurityParts):
    """Base of Subscriptions: what has data, and how it stops."""

    futures: "FutureRoots"

    def __init__(self, state: RunState, folder: DataFolder) -> None:
        super().__init__(state, folder)
        self.singles: dict[Symbol, SingleFeed] = {}
        self.chains: dict[Symbol, ChainSubscription] = {}
        self.changes = SecurityChanges()
        self.gone: dict[Symbol, Security] = {}
        self.removals = 0

    def drop_contract(self, chain: ChainSubscription, slot: int) -> None:
        """Stop a contract and report it removed."""
        chain.columns.unsubscribe(slot)
        chain.members.discard(slot)
        chain.manual.discard(slot)
        symbol = chain.symbol_of(slot)
        chain.dropped.add(slot)
        security = self.state.securities.made_one(symbol)
        if security is not None:
            security.is_tradable = False
            self.state.securities.drop(symbol)
        self.changes.removed[symbol] = None

    def remove_single(self, symbol: Symbol) -> bool:
        """Stop a security of its own feed."""
        if symbol.security_type == SecurityType.FUTURE:
            return self.futures.remove_contract(symbol)
        if not self.stop_single(symbol):
            return False
        self.changes.removed[symbol] = None
        return True

    def stop_single(self, symbol: Symbol) -> bool:
        """Stop a security of its own feed without reporting it."""
        points = [key for key in self.points if key[0] == symbol]
        security = self.state.securities.find(symbol) if points else None
        for key in points:
            del self.points[key]
        feed = self.singles.pop(symbol, None)
        security = security if feed is None else feed.security
        if security is None:
            return False
        self.removals += 1
        self.gone[symbol] = security
        security.is_tradable = False
        self.state.securities.drop(symbol)
        return True

    def is_subscribed(self, symbol: Symbol) -> bool:
        """Whether a symbol has data of its own."""
        if not symbol.id.is_option or symbol.is_canonical():
            return symbol in self.singles or symbol in self.chains
        chain = self.chains.get(symbol.canonical)
        slot = chain.slot_of(symbol) if chain is not None else None
        return chain is not None and slot is not None and bool(chain.columns.subscribed[slot])

    def stop(self, symbol: Symbol) -> bool:
        """Stop a security or contract and report it removed; says whether it had data."""
        if not symbol.id.is_option:
            return self.remove_single(symbol)
        if not self.is_subscribed(symbol):
            return False
        chain = self.chains[symbol.canonical]
        slot = chain.slot_of(symbol)
        assert slot is not None
        self.drop_contract(chain, slot)
        return True

    def holds(self, symbol: Symbol, open_orders: set[Symbol]) -> bool:
        """Whether a contract must stay subscribed: it is held or has open orders."""
        return symbol in self.state.portfolio.holders or symbol in open_orders
