"""Option chains of a slice: snapshots of columns; objects are made when an algorithm iterates (semantics §4.5)."""

import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from lean_local.api.bars import DataDictionary, DataPair, QuoteRow, TradeRow, carried_forward
from lean_local.api.chain_bars import ChainBars
from lean_local.api.chain_contracts import Greeks, OptionContract
from lean_local.api.universe_rows import contract_symbol
from lean_local.enums import OptionRight
from lean_local.securities.bar_tables import ASK_CLOSE, BID_CLOSE, SIZES, TRADE_CLOSE, VOLUME
from lean_local.securities.columns import ChainRows
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol, chain_symbol

if TYPE_CHECKING:
    import pandas as pd

    from lean_local.engine.chain import ChainSubscription


_QUOTE_FIELDS: dict[str, tuple[int, Callable[[Any], float]]] = {
    "bid": (BID_CLOSE, lambda row: row.bid.close if row.bid else np.nan),
    "bid_size": (SIZES[0], attrgetter("bid_size")),
    "ask": (ASK_CLOSE, lambda row: row.ask.close if row.ask else np.nan),
    "ask_size": (SIZES[1], attrgetter("ask_size")),
}
"""By column: the field of quote rows, and what a quote bar outside the hours has there."""


_REFERENCES = 5  # to a chain that is let go: the dictionary of its slice, a list of it, three of the call


class OptionChain(ChainBars):
    """The contracts of one root that have data in a slice."""

    __slots__ = (
        "_bars",
        "_by_symbol",
        "_contracts",
        "_find",
        "_lists",
        "_priced",
        "_rows",
        "_slots",
        "_underlying",
        "_underlying_price",
        "_values",
        "contract_time",
        "subscription",
        "utc_ms",
    )

    def __init__(
        self,
        subscription: "ChainSubscription",
        rows: ChainRows,
        zone: Any,
        utc_ms: int,
        underlying: Any,
        find: Callable[[Symbol], Any],
    ) -> None:
        super().__init__(subscription.canonical, zone.to_local(utc_ms))
        self.contract_time = self.time  # of the contracts; not part of LEAN
        self.subscription, self.utc_ms, self._find = subscription, utc_ms, find
        self._underlying = underlying
        self._underlying_price: float | None = None
        self._slots, self._rows = rows.slots, rows
        self._values: dict[str, Any] = {}
        self._lists: dict[str, list[Any]] = {}
        self._priced: dict[int, Any] = {}
        self._bars: dict[bool, DataDictionary] = {}
        self._contracts: list[OptionContract] | None = None
        self._by_symbol: dict[Symbol, OptionContract] | None = None

    @property
    def underlying(self) -> Any:
        """The last data of the underlying."""
        found = self._underlying
        if isinstance(found, TradeRow | QuoteRow):
            found = self._underlying = self.subscription.underlying.make_bar(found)
        return found

    @underlying.setter
    def underlying(self, data: Any) -> None:
        """Replace them; the price that contracts show of it stays."""
        _ = self.underlying_price
        self._underlying = data

    @property
    def underlying_price(self) -> float:
        """The price in them when the chain was made. Not part of LEAN."""
        if self._underlying_price is None:
            self._underlying_price = float(self.underlying.close)
        return self._underlying_price

    @property
    def strike_multiplier(self) -> float:
        """What strikes are multiplied with to be prices of the underlying. Not part of LEAN."""
        return self.subscription.strike_multiplier

    def column(self, name: str) -> Any:
        """A column, shape [n]: bid, ask, bid_size, ask_size, last, volume, interest, strike, right or expiry.

        Missing values are NaN; `right` is +1 or -1, `expiry` an ordinal. Not part of LEAN.
        """
        found = self._values.get(name)
        if found is None:
            found = self._values[name] = self._column(name)
        return found

    def _column(self, name: str) -> Any:
        if name in _QUOTE_FIELDS:
            field, shown = _QUOTE_FIELDS[name]
            return self._with_hidden(self._rows.quotes.column(field), shown, trade=False)
        if name == "last":
            return self._with_hidden(self._rows.trades.column(TRADE_CLOSE), attrgetter("close"), trade=True)
        if name == "volume":
            trades = self._rows.trades
            return np.where(trades.ends == self.utc_ms, trades.column(VOLUME), 0.0)
        source = self._rows.interest if name == "interest" else getattr(self.subscription.columns, name)
        return source.take(self._slots)

    def _with_hidden(self, column: Any, shown: Callable[[Any], float], *, trade: bool) -> Any:
        """The column with what bars outside the hours show, where such a bar came last."""
        for place, row in self._rows.hidden.among(self._slots, trade=trade):
            column[place] = shown(row)
        return column

    def listed(self, name: str) -> list[Any]:
        """A column as contracts show it (a missing number is 0, dates and sides are objects), made when asked for."""
        found = self._lists.get(name)
        if found is None:
            found = self._lists[name] = self._list(name)
        return found

    def _list(self, name: str) -> list[Any]:
        column = self.column(name)
        if name == "expiry":
            days = {o: datetime.fromordinal(o) for o in np.unique(column).tolist()}
            return [days[o] for o in column.tolist()]
        if name == "right":
            call, put = OptionRight.CALL, OptionRight.PUT
            return [call if r > 0 else put for r in column.tolist()]
        numbers = np.where(np.isnan(column), 0.0, column)
        whole = name in ("bid_size", "ask_size", "volume")
        made: list[Any] = (numbers.astype(np.int64) if whole else numbers).tolist()
        return made

    @property
    def made(self) -> list[OptionContract]:
        """The contracts that exist as objects: all or none. Not part of LEAN."""
        return self._contracts or []

    def let_go(self) -> None:
        """The slice is going: contracts go with it at once, not when the garbage collector comes, unless the chain
        is held elsewhere. Not part of LEAN."""
        if self._contracts is not None and sys.getrefcount(self) <= _REFERENCES + len(self._contracts):
            self._contracts = self._by_symbol = None

    def symbol_of_row(self, row: int) -> Symbol:
        """Symbol of a contract by its place in the chain. Not part of LEAN."""
        return self.subscription.symbol_of(int(self._slots[row]))

    def price_row(self, row: int, contract: OptionContract) -> Any:
        """Implied volatility and Greeks of a contract by its place in the chain. Not part of LEAN."""
        found = self._priced.get(row)
        if found is None:
            found = self._priced[row] = self.subscription.price_contract(int(self._slots[row]), contract)
        return found

    def _made(self) -> list[OptionContract]:
        if self._contracts is None:
            self._contracts = list(map(OptionContract, repeat(self), range(len(self._slots))))
        return self._contracts

    @property
    def contracts(self) -> "OptionContracts":
        """Contracts by symbol."""
        if self._by_symbol is None:
            self._by_symbol = {c.symbol: c for c in self._made()}
        return OptionContracts(self._by_symbol)

    def __iter__(self) -> Iterator[OptionContract]:
        return iter(self._made())

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def count(self) -> int:
        """Number of contracts."""
        return len(self._slots)

    def contains_key(self, key: Any) -> bool:
        """Whether the chain has that contract."""
        return key in self.contracts

    def _bars_of(self, *, trade: bool) -> DataDictionary:
        """Bars of the slice's contracts, for a chain looked at in its own step."""
        if trade not in self._bars:
            columns, items = self.subscription.columns, {}
            for slot in self._slots.tolist():
                row = columns.shown_row(slot, trade=trade)
                security = self._find(self.subscription.symbol_of(slot)) if row is not None else None
                if row is None or security is None:
                    continue
                bar = security.make_trade_bar(row) if trade else security.make_quote_bar(row)
                if row.end_utc_ms != self.utc_ms:
                    bar = carried_forward(bar, security.zone.to_local(self.utc_ms), self.subscription.feed)
                items[security.symbol] = bar
            self._bars[trade] = DataDictionary(items)
        return self._bars[trade]

    @property
    def data_frame(self) -> "pd.DataFrame":
        """One row per contract (semantics §4.5)."""
        from lean_local.api.frames import chain_frame  # noqa: PLC0415  pandas only when asked for

        return chain_frame(list(self))

    def __getitem__(self, key: Any) -> OptionContract:
        found: OptionContract = self.contracts[key]
        return found


class OptionContracts(DataDictionary):
    """Contracts by symbol."""

    def __iter__(self) -> Iterator[Any]:
        return iter([DataPair(k, v) for k, v in self._items.items()])


class OptionChains(DataDictionary):
    """Chains by canonical symbol."""

    __slots__ = ("_flatten",)

    def __init__(self, items: dict[Symbol, Any] | None = None, resolve: Any = None, *, flatten: bool = True) -> None:
        super().__init__(items, resolve)
        self._flatten = flatten

    @property
    def data_frame(self) -> "pd.DataFrame":
        """The frames of all chains; flattened ones under (canonical, symbol)."""
        import pandas as pd  # noqa: PLC0415  pandas only when asked for

        frames = {key: chain.data_frame for key, chain in self._items.items()}
        if self._flatten:
            return pd.concat(frames, names=["canonical", "symbol"])
        return pd.concat(list(frames.values()))

    def _key(self, key: Any) -> Any:
        if isinstance(key, str):
            return next((s for s in self._items if s.value in {key, f"?{key}"}), key)
        found = as_symbol(key)
        return super()._key(key) if found is None else chain_symbol(found)

    def __iter__(self) -> Iterator[Any]:
        return iter([DataPair(k, v) for k, v in self._items.items()])


__all__ = ["Greeks", "OptionChain", "OptionChains", "OptionContract", "OptionContracts", "contract_symbol"]
