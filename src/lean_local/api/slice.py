"""A slice of time: views on what the step brought, made when an algorithm looks (semantics §3.2)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lean_local.api.bars import DataDictionary, DataPair, MarginInterestRate, QuoteBar, TradeBar, carried_forward
from lean_local.api.bars_view import BarsView
from lean_local.api.chains import OptionChain, OptionChains
from lean_local.api.future_chains import FuturesChain, FuturesChains, futures_chains
from lean_local.api.ticks import Tick
from lean_local.engine.clock import Zone, aware_utc
from lean_local.engine.feeds import FORWARDED, Step, shown_row
from lean_local.naming import GenericCall, LeanObject
from lean_local.securities.columns import KeptColumns
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    from lean_local.engine.chain import ChainSubscription
    from lean_local.securities.columns import RootColumns
    from lean_local.securities.security import Security


_BY_TYPE: dict[type, str] = {
    TradeBar: "bars",
    QuoteBar: "quote_bars",
    OptionChain: "option_chains",
    FuturesChain: "futures_chains",
}


class Slice(LeanObject):
    """All data of one instant."""

    def __init__(
        self,
        step: Step,
        zone: Zone,
        chain_of: "Callable[[Any], ChainSubscription]",
        find: "Callable[[Symbol], Security | None]",
    ) -> None:
        self._step = step
        self._zone = zone
        self._chain_of = chain_of
        self._find = find
        self._bars: DataDictionary | None = None
        self._quotes: DataDictionary | None = None
        self._chains: OptionChains | None = None
        self._futures: FuturesChains | None = None
        self._kept_rows: dict[int, tuple[Any, Any]] = {}  # after `freeze`: by feed, trade and quote row of singles
        self._kept_columns: dict[int, KeptColumns] = {}  # and columns of roots
        self._kept_underlying: dict[int, Any] = {}  # and what their chains say of the underlying

    @property
    def time(self) -> datetime:
        """Algorithm time."""
        return self._zone.to_local(self._step.utc_ms)

    @property
    def utc_time(self) -> datetime:
        """UTC time, aware."""
        return aware_utc(self._step.utc_ms)

    @property
    def utc_ms(self) -> int:
        """UTC milliseconds. Not part of LEAN."""
        return self._step.utc_ms

    def root_of(self, columns: "RootColumns") -> tuple[Any, Any]:
        """Feed and slots (None = all live ones) of a root in this slice, (None, None) when it has none.

        Not part of LEAN.
        """
        return next(((root, slots) for root, slots in self._step.roots if root.columns is columns), (None, None))

    @property
    def has_data(self) -> bool:
        """Whether there is anything."""
        return self._step.has_data()

    def freeze(self) -> None:
        """Keep what this slice shows, because the algorithm has kept the slice and the columns are about to move on.

        Rows and columns are copied, not made into objects: an algorithm may keep every slice and look at none.
        """
        if self._kept_rows or self._kept_columns:
            return
        _ = self.futures_chains
        if any(slots is None for _, slots in self._step.roots):
            _ = self.option_chains  # its order is known already
        elif self._chains is None:
            self._kept_underlying = {id(r): self._chain_of(r).underlying_point() for r, _ in self._step.roots}
        self._kept_rows = {
            id(feed): (shown_row(feed, traded, trade=True), shown_row(feed, quoted, trade=False))
            for feed, traded, quoted in self._step.singles
        }
        self._kept_columns = {id(root): KeptColumns(root.columns, slots) for root, slots in self._step.roots}

    def let_go(self) -> None:
        """Nobody but the loop holds the slice: what it made goes with it."""
        if self._chains is not None:
            for chain in self._chains.values():
                chain.let_go()

    def _row_of(self, feed: Any, state: int, *, trade: bool) -> Any:
        """Trade or quote row of a single feed in this slice."""
        kept = self._kept_rows.get(id(feed))
        return shown_row(feed, state, trade=trade) if kept is None else kept[0 if trade else 1]

    def _columns_of(self, root: Any) -> Any:
        return self._kept_columns.get(id(root)) or root.columns

    # --- bars --------------------------------------------------------------------------------------------------
    def _single_bar(self, feed: Any, state: int, *, trade: bool) -> TradeBar | QuoteBar | None:
        security = feed.security
        row = self._row_of(feed, state, trade=trade)
        if not state or row is None:
            return None
        bar = security.make_trade_bar(row) if trade else security.make_quote_bar(row)
        shown: TradeBar | QuoteBar = self._forward(bar, security, feed) if state == FORWARDED else bar
        return shown

    def _forward(self, bar: Any, security: "Security", feed: Any) -> Any:
        return carried_forward(bar, security.zone.to_local(self._step.utc_ms), feed)

    def _contract_bars(self, *, trade: bool) -> Iterator[tuple[Symbol, Any]]:
        for root, slots in self._step.roots:
            chain = self._chain_of(root)
            for slot in (self._columns_of(root).live() if slots is None else slots).tolist():
                symbol = chain.symbol_of(slot)
                bar = self._contract_bar(symbol, root, slot, trade=trade)
                if bar is not None:
                    yield symbol, bar

    def _contract_bar(self, symbol: Symbol, root: Any, slot: int, *, trade: bool) -> Any:
        columns = self._columns_of(root)
        row = columns.shown_row(slot, trade=trade)
        security = self._find(symbol)
        if row is None or security is None:
            return None
        bar: Any = security.make_trade_bar(row) if trade else security.make_quote_bar(row)
        return bar if row.end_utc_ms == self._step.utc_ms else self._forward(bar, security, root)

    def _all(self, *, trade: bool) -> DataDictionary:
        items: dict[Symbol, Any] = {}
        for feed, trade_state, quote_state in self._step.singles:
            if not feed.internal:
                bar = self._single_bar(feed, trade_state if trade else quote_state, trade=trade)
                if bar is not None:
                    items[feed.security.symbol] = bar
        items.update(self._contract_bars(trade=trade))
        return DataDictionary(items, as_symbol)

    @property
    def ticks(self) -> DataDictionary:
        """Lists of ticks by symbol."""
        found = {feed.security.symbol: batch.ticks() for feed, batch in self._step.ticks if not feed.internal}
        return DataDictionary(found, as_symbol)

    def _ticks_of(self, symbol: Symbol) -> Any:
        """The ticks of one symbol, None without any."""
        batches = (b for feed, b in self._step.ticks if feed.security.symbol == symbol and not feed.internal)
        found = next(batches, None)
        return None if found is None else found.ticks()

    @property
    def bars(self) -> DataDictionary:
        """Trade bars by symbol."""
        return BarsView(self, trade=True) if self._bars is None else self._bars

    @property
    def quote_bars(self) -> DataDictionary:
        """Quote bars by symbol."""
        return BarsView(self, trade=False) if self._quotes is None else self._quotes

    def all_bars(self, *, trade: bool) -> DataDictionary:
        """All bars of one kind, made once."""
        if trade:
            self._bars = self._all(trade=True) if self._bars is None else self._bars
            return self._bars
        self._quotes = self._all(trade=False) if self._quotes is None else self._quotes
        return self._quotes

    def count_bars(self, *, trade: bool) -> int:
        """How many bars of one kind there are, without making them."""
        known = self._bars if trade else self._quotes
        if known is not None:
            return len(known)
        count = 0
        for feed, trade_state, quote_state in self._step.singles:
            state = trade_state if trade else quote_state
            row = self._row_of(feed, state, trade=trade) if state else None
            count += row is not None and not feed.internal
        for root, slots in self._step.roots:
            columns = self._columns_of(root)
            count += columns.count_rows(columns.live() if slots is None else slots, trade=trade)
        return count

    def find_bar(self, symbol: Symbol, *, trade: bool) -> Any:
        """One bar without making the others."""
        known = self._bars if trade else self._quotes
        if known is not None:
            return known.get(symbol)
        for feed, trade_state, quote_state in self._step.singles:
            own = feed.security.symbol
            if (own is symbol or own == symbol) and not feed.internal:
                return self._single_bar(feed, trade_state if trade else quote_state, trade=trade)
        for root, slots in self._step.roots:
            chain = self._chain_of(root)
            slot = chain.slot_of(symbol)
            if slot is not None and (self._columns_of(root).is_live(slot) if slots is None else slot in slots):
                return self._contract_bar(symbol, root, slot, trade=trade)
        return None

    # --- chains and events -------------------------------------------------------------------------------------
    @property
    def option_chains(self) -> OptionChains:
        """Chains by canonical symbol."""
        if self._chains is None:
            chains: dict[Symbol, Any] = {}
            for root, slots in self._step.roots:
                chain, kept, utc_ms = self._chain_of(root), self._kept_columns.get(id(root)), self._step.utc_ms
                underlying = chain.underlying_point() if kept is None else self._kept_underlying[id(root)]
                if underlying is not None:
                    columns = root.columns
                    rows = columns.chain_rows(slots, utc_ms) if kept is None else kept.rows.in_chain(columns, utc_ms)
                    chains[chain.canonical] = OptionChain(chain, rows, self._zone, utc_ms, underlying, self._find)
            self._chains = OptionChains(chains)
        return self._chains

    @property
    def delistings(self) -> DataDictionary:
        """Delistings by symbol."""
        return DataDictionary({d.symbol: d for d in self._step.delistings}, as_symbol)

    @property
    def symbol_changed_events(self) -> DataDictionary:
        """New tickers, and changes of mapping, by symbol."""
        return DataDictionary({e.symbol: e for e in self._step.symbol_changes}, as_symbol)

    @property
    def futures_chains(self) -> FuturesChains:
        """Futures chains by canonical symbol."""
        if self._futures is None:
            self._futures = futures_chains(self._step.singles, self._step.utc_ms, self.time, self._single_bar)
        return self._futures

    @property
    def future_chains(self) -> FuturesChains:
        """Same as `futures_chains`."""
        return self.futures_chains

    @property
    def splits(self) -> DataDictionary:
        """Splits by symbol."""
        return DataDictionary({d.symbol: d for d in self._step.splits}, as_symbol)

    @property
    def dividends(self) -> DataDictionary:
        """Dividends by symbol."""
        return DataDictionary({d.symbol: d for d in self._step.dividends}, as_symbol)

    @property
    def margin_interest_rates(self) -> DataDictionary:
        """Funding rates by symbol."""
        return self._points_of(MarginInterestRate)

    def _points_of(self, kind: type) -> DataDictionary:
        """Data points of a type (custom data, funding rates) by symbol."""
        found = {f.security.symbol: point for f, point in self._step.points if issubclass(f.kind, kind)}
        return DataDictionary(found, as_symbol)

    def _custom_point(self, symbol: Symbol) -> Any:
        points = [p for f, p in self._step.points if f.security.symbol == symbol and f.kind is not MarginInterestRate]
        return points[-1] if points else None

    # --- mapping -----------------------------------------------------------------------------------------------
    @property
    def get(self) -> GenericCall:
        """`get(symbol)`, `get(Type)`, `get(Type, symbol)`, `get[Type]()`: a bar, or all data of a type by symbol."""
        return GenericCall(self._get)

    def _get(self, key: Any, default: Any = None) -> Any:
        if isinstance(key, type) and isinstance(default, Symbol | str):
            return self._get(key).get(default)
        if isinstance(key, type):
            if key is Tick:
                return DataDictionary({s: found[-1] for s, found in self.ticks.items()}, as_symbol)
            return getattr(self, _BY_TYPE[key]) if key in _BY_TYPE else self._points_of(key)
        symbol = as_symbol(key)
        if symbol is None:
            return default
        if symbol.is_canonical() and symbol.id.is_option:
            return self.option_chains.get(symbol, default)
        found = self.find_bar(symbol, trade=True)
        if found is None:
            found = self.find_bar(symbol, trade=False)
        if found is None and self._step.points:
            found = self._custom_point(symbol)
        if found is None and self._step.ticks:
            found = self._ticks_of(symbol)
        return default if found is None else found

    def _has_event(self, key: Any) -> bool:
        """Whether there is a corporate event of a symbol: it is a key then, with no data unless there is a bar."""
        step, symbol = self._step, None if isinstance(key, type) else as_symbol(key)
        events = (*step.splits, *step.dividends, *step.symbol_changes, *step.delistings)
        return any(event.symbol == symbol for event in events)

    def __getitem__(self, key: Any) -> Any:
        found = self._get(key)
        if found is None and not self._has_event(key):
            raise KeyError(
                f"'{key}' wasn't found in the Slice object, likely because there was no-data at this moment in "
                "time and it wasn't possible to fillforward historical data. Please check the data exists before "
                'accessing it with data.contains_key("' + str(key) + '")'
            )
        return found

    def contains_key(self, key: Any) -> bool:
        """Whether the slice has data or an event of that symbol."""
        return self._get(key) is not None or self._has_event(key)

    def __contains__(self, key: Any) -> bool:
        return self.contains_key(key)

    def keys(self) -> list[Symbol]:
        """Symbols with bars, then canonical symbols with chains."""
        return list(
            dict.fromkeys(
                [
                    *self.bars.keys(),
                    *self.quote_bars.keys(),
                    *(feed.security.symbol for feed, _ in self._step.ticks if not feed.internal),
                    *(d.symbol for d in self._step.delistings if d.symbol not in self._step.unseen),
                    *self.splits.keys(),
                    *self.dividends.keys(),
                    *self.symbol_changed_events.keys(),
                    *(feed.security.symbol for feed, _ in self._step.points),
                ]
            )
        )

    def values(self) -> list[Any]:
        """Bars of all symbols."""
        return [self._get(k) for k in self.keys() if self._get(k) is not None]

    def get_values(self) -> list[Any]:
        """Same as `values()`."""
        return self.values()

    def items(self) -> list[tuple[Symbol, Any]]:
        """Pairs of symbol and bar."""
        return [(k, self._get(k)) for k in self.keys() if self._get(k) is not None]

    def __iter__(self) -> Iterator[Any]:
        return iter([DataPair(k, v) for k, v in self.items()])

    def __len__(self) -> int:
        return len(self.keys())

    @property
    def count(self) -> int:
        """Number of symbols."""
        return len(self)
