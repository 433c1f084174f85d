"""The last known quotes and trades of one option root, as columns: one slot per contract ever subscribed.

The rows of a day are a table; a time step moves the pointers of its slots to their new rows by a few numpy assignments
whatever the number of contracts. `Security` and `OptionContract` objects of contracts read their slot when an algorithm
touches them. Rules of what overwrites what: LEAN `Common/Securities/SecurityCache.cs` (semantics §3.2).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lean_local.api.bars import QuoteRow, TradeRow
from lean_local.data.columns import ContractKey
from lean_local.securities.bar_tables import (
    ASK_CLOSE,
    BID_CLOSE,
    SIZES,
    BarRows,
    BarTable,
    Flags,
    Floats,
    Ints,
    fill_gaps,
    quote_of,
    quote_row,
    trade_of,
    trade_row,
)
from lean_local.securities.hidden_rows import HiddenRows

_ARRAYS = (
    *("quote_at", "trade_at", "sizes", "price", "open_interest", "interest_end", "listed_interest", "listed_end"),
    *("strike", "right", "expiry", "subscribed"),
)


class RootColumns:
    """Columns of one option root; `keys[slot]` says which contract a slot holds. Arrays are [slots]; 0 = none yet."""

    def __init__(self, *, traded_first: bool = True) -> None:
        """:param traded_first: whether chains list contracts with a trade bar before those with quotes alone"""
        self.traded_first = traded_first
        self.keys: list[ContractKey] = []
        self.slot_of: dict[ContractKey, int] = {}
        self.quotes, self.trades = BarTable.empty(10), BarTable.empty(5)
        self._make_arrays(64)
        self.hidden = HiddenRows()
        self.version = 0  # changes whenever the set of subscribed contracts does
        self.restarts = 0  # changes when a contract with data is forgotten
        self._seen = 0  # changes whenever a contract gets its first data
        self._live: Ints = np.zeros(0, np.int64)
        self._live_at = self._chain_at = (-1, -1)
        self._chain = self._live

    def __len__(self) -> int:
        return len(self.keys)

    def _make_arrays(self, slots: int) -> None:
        self.quote_at: Ints = np.zeros(slots, np.int64)  # row of the last quote bar; a side it lacks has old prices
        self.trade_at: Ints = np.zeros(slots, np.int64)  # row of the last trade bar
        self.sizes: Floats = np.zeros((slots, 2))  # last bid and ask size above 0 of the rows before the table's own
        self.price: Floats = np.zeros(slots)
        self.open_interest: Floats = np.zeros(slots)  # replaced, never changed: chains hold it
        self.interest_end: Ints = np.zeros(slots, np.int64)  # open interest alone puts a contract into its chain
        self.listed_interest: Floats = np.zeros(slots)  # of the newest universe file, which chains do not show
        self.listed_end: Ints = np.zeros(slots, np.int64)  # when that was known
        self.strike: Floats = np.zeros(slots)
        self.right: NDArray[np.int8] = np.zeros(slots, np.int8)  # +1 call, -1 put
        self.expiry: NDArray[np.int32] = np.zeros(slots, np.int32)  # proleptic ordinal of the date
        self.subscribed: Flags = np.zeros(slots, np.bool_)

    def slot(self, key: ContractKey) -> int:
        """The slot of a contract, made if new."""
        found = self.slot_of.get(key)
        if found is None:
            found = len(self.keys)
            if found == len(self.price):
                self._grow()
            self.keys.append(key)
            self.slot_of[key] = found
            self.strike[found], self.right[found] = key.strike, 1 if key.right == "call" else -1
            self.expiry[found] = key.expiry.toordinal()
        return found

    def _grow(self) -> None:
        old = {name: getattr(self, name) for name in _ARRAYS}
        self._make_arrays(2 * len(self.price))
        for name, values in old.items():
            getattr(self, name)[: len(values)] = values

    def subscribe(self, slot: int) -> None:
        """Start (or restart) data for a contract; what was known before is forgotten, as LEAN's new security does."""
        if not self.subscribed[slot]:
            self.forget(slot)
            self.subscribed[slot] = True
            self.version += 1

    def forget(self, slot: int) -> None:
        """Drop what is known of a contract."""
        self._seen += 1
        self.hidden.forget(slot)
        self.listed_end[slot] = 0
        if not self.quote_at[slot] and not self.trade_at[slot] and not self.interest_end[slot]:
            return
        self.restarts += bool(self.quote_at[slot] or self.trade_at[slot])
        self.quote_at[slot] = self.trade_at[slot] = self.interest_end[slot] = 0
        self.price[slot] = self.sizes[slot] = 0.0
        self.open_interest = self.open_interest.copy()
        self.open_interest[slot] = 0.0

    def unsubscribe(self, slot: int) -> None:
        """Stop data for a contract; its last values stay readable."""
        if self.subscribed[slot]:
            self.subscribed[slot] = False
            self.version += 1

    # --- data --------------------------------------------------------------------------------------------------
    def load_trades(self, slots: Ints, values: Floats, starts: Ints, ends: Ints) -> int:
        """Trade bars to come (`values` [n, 5], TRADE_FIELDS), ascending in time; returns their first row."""
        self.trades = self.trades.followed_by(self.trade_at, values, slots, starts, ends)
        return self._point(self.trade_at)

    def load_quotes(self, slots: Ints, values: Floats, starts: Ints, ends: Ints) -> int:
        """Quote bars to come (`values` [n, 10], QUOTE_FIELDS), ascending in time; returns their first row.

        Prices of a missing side become those of the bar before, the side's size stays 0.
        """
        self._keep_sizes()
        self.quotes = self.quotes.followed_by(self.quote_at, values, slots, starts, ends)
        fill_gaps(self.quotes.slots, self.quotes.values)
        return self._point(self.quote_at)

    def _keep_sizes(self) -> None:
        """Remember the last sizes above 0 of this table."""
        table, at = self.quotes, self.quote_at
        for side, field in enumerate(SIZES):
            own = table.values[at, field]
            sized = own > 0
            self.sizes[sized, side] = own[sized]
            lacking = (at > 0) & ~sized
            rows = np.flatnonzero(lacking[table.slots])
            slots = table.slots[rows]
            earlier = (table.values[rows, field] > 0) & (rows < at[slots])
            self.sizes[slots[earlier], side] = table.values[rows[earlier], field]  # the last one stays

    @staticmethod
    def _point(at: Ints) -> int:
        """Point slots at the rows that they have in a new table; returns the first row after those."""
        held = np.flatnonzero(at)
        at[held] = np.arange(1, len(held) + 1)
        return len(held) + 1

    def first_rows(self, slots: Ints, *, trade: bool) -> Ints:
        """Places in `slots` of the first row of each slot that has no bar yet."""
        new = np.flatnonzero((self.trade_at if trade else self.quote_at)[slots] == 0)[::-1]
        first = np.full(len(self.price), -1)
        first[slots[new]] = new  # backwards: the first row stays
        found: Ints = first[first >= 0]
        return found

    def move(self, slots: Ints, rows: slice, prices: Floats, *, priced: bool, fresh: bool, trade: bool) -> None:
        """The rows are the last trade (quote) bars of their slots now, one per slot.

        `priced`: whether all their prices are above 0; `fresh`: whether one is the first of its slot.
        """
        self._seen += fresh
        if self.hidden:
            self.hidden.drop(slots, trade=trade)
        if trade:
            self.trade_at[slots] = self.trades.numbers[rows]
        else:
            self.quote_at[slots] = self.quotes.numbers[rows]
        if not priced:
            some = prices > 0
            slots, prices = slots[some], prices[some]
        self.price[slots] = prices

    def apply_interest(self, slots: Ints, values: Floats, ends: Ints) -> None:
        """Take over open interest points, one per slot."""
        if not self.interest_end[slots].all():
            self._seen += 1
        self.open_interest = self.open_interest.copy()
        self.open_interest[slots], self.interest_end[slots] = values, ends

    def list_interest(self, slots: Ints, values: Floats, end_utc_ms: int) -> None:
        """Take over the open interest of a universe file: securities show the newer of both (LEAN `OptionCache.cs`)."""
        self.listed_interest[slots], self.listed_end[slots] = np.trunc(values), end_utc_ms

    def apply_hidden(self, slots: Ints, values: Floats, starts: Ints, ends: Ints, *, trade: bool) -> None:
        """Take note of bars outside the hours, one per slot."""
        rows, make = self.hidden.rows(trade=trade), trade_row if trade else quote_row
        self._seen += 1
        for i, slot in enumerate(slots.tolist()):
            rows[slot] = make(values[i], int(starts[i]), int(ends[i]))

    # --- what is last known ------------------------------------------------------------------------------------
    def bid(self, slot: int) -> float:
        """Last bid close, 0 when never quoted."""
        value: float = self.quotes.values.item(self.quote_at.item(slot), BID_CLOSE)
        return value if value == value else 0.0  # noqa: PLR0124  NaN is the only number unequal to itself

    def ask(self, slot: int) -> float:
        """Last ask close, 0 when never quoted."""
        value: float = self.quotes.values.item(self.quote_at.item(slot), ASK_CLOSE)
        return value if value == value else 0.0  # noqa: PLR0124

    def interest(self, slot: int) -> float:
        """Last open interest, 0 before any."""
        listed = self.listed_end[slot] > self.interest_end[slot]
        value: float = (self.listed_interest if listed else self.open_interest).item(slot)
        return value

    def bid_size(self, slot: int) -> float:
        """Size at the last bid that had one."""
        return self._size(slot, 0)

    def ask_size(self, slot: int) -> float:
        """Size at the last ask that had one."""
        return self._size(slot, 1)

    def _size(self, slot: int, side: int) -> float:
        table, row, field = self.quotes, self.quote_at.item(slot), SIZES[side]
        own: float = table.values.item(row, field)
        if own > 0:
            return own
        until = row + 1
        sized = np.flatnonzero((table.slots[:until] == slot) & (table.values[:until, field] > 0))
        return float(table.values[sized[-1], field]) if len(sized) else float(self.sizes[slot, side])

    def quote_row(self, slot: int) -> QuoteRow | None:
        """The last real quote bar of a contract."""
        return quote_of(self.quotes, self.quote_at.item(slot))

    def trade_row(self, slot: int) -> TradeRow | None:
        """The last real trade bar of a contract."""
        return trade_of(self.trades, self.trade_at.item(slot))

    def trade_end(self, slot: int) -> int:
        """When the last real trade bar ended, UTC ms, 0 when there is none."""
        return self.trades.ends.item(self.trade_at.item(slot))

    def shown_row(self, slot: int, *, trade: bool) -> Any:
        """What a slice shows: the last real bar, or one outside the hours that came after it."""
        hidden = self.hidden.rows(trade=trade).get(slot) if self.hidden else None
        return hidden or (self.trade_row(slot) if trade else self.quote_row(slot))

    def _has(self, *, trade: bool) -> Flags:
        """Which slots have a trade (quote) bar to show, shape [slots]."""
        at = self.trade_at if trade else self.quote_at
        found: Flags = self.hidden.mark(at[: len(self.keys)] > 0, trade=trade)
        return found

    def chain_rows(self, slots: Ints | None, utc_ms: int) -> "ChainRows":
        """What a chain shows, in LEAN's order: with a trade bar, then quoted, then with open interest alone.

        `slots` None means everything subscribed, filled forward; otherwise only what came at `utc_ms` counts. LEAN
        hands over all trade bars of a step before its quote bars and its open interest, each by symbol
        (`SubscriptionCollection.SortSubscriptions`, `TimeSliceFactory.HandleOptionData`). Options on futures come by
        symbol alone in what LEAN publishes of its own runs (`AddFutureOptionSingleOptionChain…`), why is not known.
        """
        return self.rows_of(self._in_chain()) if slots is None else self.rows_of(slots).in_chain(self, utc_ms)

    def _in_chain(self) -> Ints:
        if self._chain_at == (self.version, self._seen):
            return self._chain
        n = len(self.keys)
        quoted, traded = self._has(trade=False), self._has(trade=True)
        slots = np.flatnonzero(self.subscribed[:n] & (quoted | traded | (self.interest_end[:n] > 0)))
        self._chain = slots[self.order(slots, traded[slots], quoted[slots])]
        self._chain_at = (self.version, self._seen)
        return self._chain

    def order(self, slots: Ints, traded: Flags, quoted: Flags) -> Ints:
        """Places of the slots in the order of a chain, from what they have."""
        kind = np.where(traded, 0 if self.traded_first else 1, np.where(quoted, 1, 2))
        order: Ints = np.lexsort((self.strike[slots], -self.right[slots], self.expiry[slots], kind))
        return order

    def rows_of(self, slots: Ints) -> "ChainRows":
        """What is known of some slots now."""
        quotes, trades = self.quotes.view(self.quote_at.take(slots)), self.trades.view(self.trade_at.take(slots))
        return ChainRows(slots, quotes, trades, self.open_interest, self.hidden.copy() if self.hidden else _NO_HIDDEN)

    def count_rows(self, slots: Ints, *, trade: bool) -> int:
        """How many of the slots have had a trade (quote) bar."""
        return int(np.count_nonzero(self._has(trade=trade)[slots]))

    def is_live(self, slot: int) -> bool:
        """Whether a slot is subscribed and has had a quote or a trade."""
        hidden = self.hidden
        seen = self.quote_at[slot] or self.trade_at[slot] or slot in hidden.quotes or slot in hidden.trades
        return bool(self.subscribed[slot] and seen)

    def live(self) -> Ints:
        """Slots that are subscribed and have had a quote or a trade."""
        if self._live_at != (self.version, self._seen):
            seen = self._has(trade=False) | self._has(trade=True)
            self._live = np.flatnonzero(self.subscribed[: len(self.keys)] & seen)
            self._live_at = (self.version, self._seen)
        return self._live


_NO_HIDDEN = HiddenRows()


@dataclass(frozen=True, slots=True)
class ChainRows:
    """What a root's columns say of some slots at one moment."""

    slots: Ints
    quotes: BarRows
    trades: BarRows
    interest: Floats  # of all slots
    hidden: HiddenRows

    def in_chain(self, columns: RootColumns, utc_ms: int) -> "ChainRows":
        """The same in the order of a chain when only what came at `utc_ms` counts."""
        quoted = self.quotes.ends > 0
        for place, _ in self.hidden.among(self.slots, trade=False):
            quoted[place] = True
        order = columns.order(self.slots, self.trades.ends == utc_ms, quoted)
        return ChainRows(self.slots[order], self.quotes.at(order), self.trades.at(order), self.interest, self.hidden)


class KeptColumns:
    """What a root's columns said of some slots at one moment, for slices that an algorithm keeps."""

    def __init__(self, columns: RootColumns, slots: Ints | None) -> None:
        """:param slots: the slots of the slice; None: all live ones"""
        self._slots = columns.live() if slots is None else slots
        self.rows = columns.rows_of(self._slots)
        self._quotes, self._trades, self._hidden = self.rows.quotes, self.rows.trades, self.rows.hidden
        self._row_of: dict[int, int] | None = None

    def _row(self, slot: int) -> int | None:
        if self._row_of is None:
            self._row_of = {slot: row for row, slot in enumerate(self._slots.tolist())}
        return self._row_of.get(slot)

    def live(self) -> Ints:
        """See RootColumns."""
        return self._slots

    def is_live(self, slot: int) -> bool:
        """See RootColumns."""
        return self._row(slot) is not None

    def count_rows(self, slots: Ints, *, trade: bool) -> int:  # noqa: ARG002  they are the slots kept
        """See RootColumns."""
        real = (self._trades if trade else self._quotes).ends
        hidden = sum(not real[place] for place, _ in self._hidden.among(self._slots, trade=trade))
        return int(np.count_nonzero(real)) + hidden

    def shown_row(self, slot: int, *, trade: bool) -> Any:
        """See RootColumns."""
        hidden = self._hidden.rows(trade=trade).get(slot) if self._row(slot) is not None else None
        return hidden or (self.trade_row(slot) if trade else self.quote_row(slot))

    def quote_row(self, slot: int) -> QuoteRow | None:
        """See RootColumns."""
        row = self._row(slot)
        return None if row is None else self._quotes.quote(row)

    def trade_row(self, slot: int) -> TradeRow | None:
        """See RootColumns."""
        row = self._row(slot)
        return None if row is None else self._trades.trade(row)
