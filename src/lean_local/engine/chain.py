"""One option root of a run: its columns, feed, filter and members."""

from typing import Any

from lean_local.api.universe_rows import contract_key, contract_symbol
from lean_local.data.columns import ContractKey
from lean_local.engine.feeds import NEVER
from lean_local.engine.option_feed import RootFeed
from lean_local.securities.columns import RootColumns
from lean_local.securities.option import Option
from lean_local.securities.security import Security
from lean_local.securities.symbol_properties import SymbolProperties
from lean_local.symbols import Symbol


class ChainSubscription:
    """One option root: its columns, feed, filter and members."""

    def __init__(
        self,
        canonical: Symbol,
        columns: RootColumns,
        feed: RootFeed,
        underlying: Security,
        properties: SymbolProperties,
    ) -> None:
        self.canonical, self.columns, self.feed = canonical, columns, feed
        self.underlying = underlying
        self.properties = properties
        self.strike_multiplier = properties.strike_multiplier
        self.security: Option | None = None  # the canonical, when a chain universe was added
        self.disposed = False  # the universe is removed: its members leave at the next selection
        self.members: set[int] = set()  # slots selected by the filter
        self.manual: set[int] = set()  # slots added one by one
        self.delisted: set[int] = set()  # slots that are delisted but still subscribed in this step
        self.dropped: set[int] = set()  # slots whose data were stopped
        self.next_selection_ms = NEVER
        self.watched_version = -1  # of the columns, when the expiry book last looked at the contracts
        self.price_model: Any = None
        self.names: dict[int, Symbol] = {}  # slots selected under another ticker of the share: the chain's name then
        self._symbols: dict[int, Symbol] = {}

    def dispose(self, now_ms: int) -> None:
        """Remove the universe; its members leave with the next step."""
        self.security, self.disposed, self.next_selection_ms = None, True, now_ms

    def symbol_of(self, slot: int) -> Symbol:
        """Symbol of a slot."""
        found = self._symbols.get(slot)
        if found is None:
            found = self._symbols[slot] = contract_symbol(self.names.get(slot, self.canonical), self.columns.keys[slot])
        return found

    def slot_of(self, symbol: Symbol) -> int | None:
        """Slot of a contract, None when it was never subscribed."""
        if symbol.underlying != self.canonical.underlying or symbol.id.symbol != self.canonical.id.symbol:
            return None
        return self.columns.slot_of.get(contract_key(symbol))

    def underlying_point(self) -> Any:
        """What the underlying was last updated with, of a share too its quotes; None when it has no data yet.

        The row of a bar, or a tick.
        """
        security = self.underlying
        if security.last_ticks is not None:
            return security.get_last_data()
        trade, quote = security.prices.trade_row(), security.prices.quote_row()
        return trade if quote is None or (trade and trade.end_utc_ms > quote.end_utc_ms) else quote

    def mirror_of(self, slot: int) -> int | None:
        """Slot of the same strike and expiry on the other side, if it is subscribed."""
        key = self.columns.keys[slot]
        other = ContractKey(key.expiry, key.strike, "put" if key.right == "call" else "call", key.style)
        found = self.columns.slot_of.get(other)
        return found if found is not None and self.columns.subscribed[found] else None

    def price_contract(self, slot: int, contract: Any) -> Any:
        """Implied volatility and Greeks of a contract from current prices."""
        return self.price_model.price_contract(self, slot, contract)
