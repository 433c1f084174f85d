"""The last known quotes and trades of one option root, as columns: one slot per contract ever subscribed.

A time step hands over one slice of the day's rows; the columns change by a few numpy assignments whatever the number of
contracts. `Security` and `OptionContract` objects of contracts read their slot when an algorithm touches them.
Rules of what overwrites what: LEAN `Common/Securities/SecurityCache.cs` (semantics §3.2).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lean_local.api.bars import QuoteRow, SideRow, TradeRow
from lean_local.data.columns import ContractKey
from lean_local.securities.hidden_rows import HiddenRows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_BID_CLOSE, _ASK_CLOSE = 3, 8
_SIZES = (4, 9)


@dataclass(slots=True)
class _Store:
    """The arrays themselves, grown together. Shapes [slots] or [slots, fields]; times UTC ms, 0 = never."""

    quote: Floats  # [slots, 10]: the last real quote bar; prices of a missing side are the bar's before, its size is 0
    sizes: Floats  # [slots, 2]: bid and ask size before the first of the last bars that had none
    quote_start: Ints
    quote_end: Ints
    trade: Floats  # [slots, 5]
    trade_start: Ints
    trade_end: Ints
    price: Floats  # 0 = no price yet
    open_interest: Floats
    interest_end: Ints  # when the last open interest point came: it alone puts a contract into its chain
    strike: Floats
    right: NDArray[np.int8]  # +1 call, -1 put
    expiry: NDArray[np.int32]  # proleptic ordinal of the date
    subscribed: Flags


def _empty(slots: int) -> _Store:
    return _Store(
        quote=np.full((slots, 10), np.nan),
        sizes=np.zeros((slots, 2)),
        quote_start=np.zeros(slots, np.int64),
        quote_end=np.zeros(slots, np.int64),
        trade=np.full((slots, 5), np.nan),
        trade_start=np.zeros(slots, np.int64),
        trade_end=np.zeros(slots, np.int64),
        price=np.zeros(slots),
        open_interest=np.zeros(slots),
        interest_end=np.zeros(slots, np.int64),
        strike=np.zeros(slots),
        right=np.zeros(slots, np.int8),
        expiry=np.zeros(slots, np.int32),
        subscribed=np.zeros(slots, np.bool_),
    )


class RootColumns:
    """Columns of one option root; `keys[slot]` says which contract a slot holds."""

    def __init__(self, *, traded_first: bool = True) -> None:
        """:param traded_first: whether chains list contracts with a trade bar before those with quotes alone"""
        self.traded_first = traded_first
        self.keys: list[ContractKey] = []
        self.slot_of: dict[ContractKey, int] = {}
        self._store = _empty(64)
        self.hidden = HiddenRows()
        self.version = 0  # changes whenever the set of subscribed contracts does
        self.restarts = 0  # changes when a contract with data is forgotten and starts again
        self._seen = 0  # changes whenever a contract gets its first data
        self._live: Ints = np.zeros(0, np.int64)
        self._live_at = self._chain_at = (-1, -1)
        self._chain = self._live

    def __len__(self) -> int:
        return len(self.keys)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def slot(self, key: ContractKey) -> int:
        """The slot of a contract, made if new."""
        found = self.slot_of.get(key)
        if found is None:
            found = len(self.keys)
            if found == len(self._store.price):
                self._grow()
            self.keys.append(key)
            self.slot_of[key] = found
            store = self._store
            store.strike[found], store.right[found] = key.strike, 1 if key.right == "call" else -1
            store.expiry[found] = key.expiry.toordinal()
        return found

    def _grow(self) -> None:
        old, new = self._store, _empty(2 * len(self._store.price))
        for name in _Store.__slots__:
            getattr(new, name)[: len(old.price)] = getattr(old, name)
        self._store = new

    def subscribe(self, slot: int) -> None:
        """Start (or restart) data for a contract; what was known before is forgotten, as LEAN's new security does."""
        store = self._store
        if not store.subscribed[slot]:
            self.restarts += bool(store.quote_end[slot] or store.trade_end[slot])
            self.forget(slot)
            store.subscribed[slot] = True
            self.version += 1

    def forget(self, slot: int) -> None:
        """Drop what is known of a contract."""
        store = self._store
        store.quote[slot], store.trade[slot] = np.nan, np.nan
        store.quote_start[slot] = store.quote_end[slot] = store.trade_start[slot] = store.trade_end[slot] = 0
        store.interest_end[slot] = 0
        store.price[slot] = store.open_interest[slot] = 0.0
        store.sizes[slot] = 0.0
        self.hidden.forget(slot)
        self._seen += 1

    def unsubscribe(self, slot: int) -> None:
        """Stop data for a contract; its last values stay readable."""
        if self._store.subscribed[slot]:
            self._store.subscribed[slot] = False
            self.version += 1

    def apply_trades(self, slots: Ints, values: Floats, starts: Ints, ends: Ints) -> None:
        """Take over trade bars (`values` [n, 5] in the order of TRADE_FIELDS), one per slot."""
        store = self._store
        if not store.trade_end[slots].all():
            self._seen += 1
        self.hidden.drop(slots, trade=True)
        store.trade[slots] = values
        store.trade_start[slots], store.trade_end[slots] = starts, ends
        close = values[:, 3]
        priced = close > 0
        store.price[slots[priced]] = close[priced]

    def apply_quotes(self, slots: Ints, values: Floats, mids: Floats | None, starts: Ints, ends: Ints) -> None:
        """Take over quote bars (`values` [n, 10] in the order of QUOTE_FIELDS), one per slot.

        `mids` are the rows' prices when every row has a price and both sides, sizes included; None makes missing sides
        keep their old prices, and security and cache their old sizes.
        """
        store = self._store
        if not store.quote_end[slots].all():
            self._seen += 1
        if mids is None:
            before = store.quote[slots]
            sizes = before[:, _SIZES]
            store.sizes[slots] = np.where(sizes > 0, sizes, store.sizes[slots])
            values = np.where(np.isnan(values), before, values)
            mids = quote_mids(values)
            priced = mids > 0
            store.price[slots[priced]] = mids[priced]
        else:
            store.price[slots] = mids
        self.hidden.drop(slots, trade=False)
        store.quote[slots] = values
        store.quote_start[slots], store.quote_end[slots] = starts, ends

    def apply_interest(self, slots: Ints, values: Floats, ends: Ints) -> None:
        """Take over open interest points, one per slot."""
        store = self._store
        if not store.interest_end[slots].all():
            self._seen += 1
        store.open_interest[slots], store.interest_end[slots] = values, ends

    def apply_hidden(self, slots: Ints, values: Floats, starts: Ints, ends: Ints, *, trade: bool) -> None:
        """Take note of bars outside the hours, one per slot."""
        rows, make = self.hidden.rows(trade=trade), _trade_row if trade else _quote_row
        self._seen += 1
        for i, slot in enumerate(slots.tolist()):
            rows[slot] = make(values[i], int(starts[i]), int(ends[i]))

    def bid(self, slot: int) -> float:
        """Last bid close, 0 when never quoted."""
        value: float = self._store.quote.item(slot, _BID_CLOSE)
        return value if value == value else 0.0  # noqa: PLR0124  NaN is the only number unequal to itself

    def ask(self, slot: int) -> float:
        """Last ask close, 0 when never quoted."""
        value: float = self._store.quote.item(slot, _ASK_CLOSE)
        return value if value == value else 0.0  # noqa: PLR0124

    def interest(self, slot: int) -> float:
        """Last open interest, 0 before any."""
        value: float = self._store.open_interest.item(slot)
        return value

    def bid_size(self, slot: int) -> float:
        """Size at the last bid that had one."""
        return self._size(slot, 0)

    def ask_size(self, slot: int) -> float:
        """Size at the last ask that had one."""
        return self._size(slot, 1)

    def _size(self, slot: int, side: int) -> float:
        own = float(self._store.quote[slot, _SIZES[side]])
        return own if own > 0 else float(self._store.sizes[slot, side])

    def quote_row(self, slot: int) -> QuoteRow | None:
        """The last real quote bar of a contract."""
        store = self._store
        return _quote_row(store.quote[slot], int(store.quote_start[slot]), int(store.quote_end[slot]))

    def trade_row(self, slot: int) -> TradeRow | None:
        """The last real trade bar of a contract."""
        store = self._store
        return _trade_row(store.trade[slot], int(store.trade_start[slot]), int(store.trade_end[slot]))

    def shown_row(self, slot: int, *, trade: bool) -> Any:
        """What a slice shows: the last real bar, or one outside the hours that came after it."""
        hidden = self.hidden.rows(trade=trade).get(slot) if self.hidden else None
        return hidden or (self.trade_row(slot) if trade else self.quote_row(slot))

    def _has(self, *, trade: bool) -> Flags:
        """Which slots have a trade (quote) bar to show, shape [slots]."""
        store, n = self._store, len(self.keys)
        found: Flags = self.hidden.mark((store.trade_end if trade else store.quote_end)[:n] > 0, trade=trade)
        return found

    def in_chain(self, slots: Ints | None, utc_ms: int) -> Ints:
        """Slots a chain shows, in LEAN's order: with a trade bar, then quoted, then with open interest alone.

        `slots` None means everything subscribed, filled forward; otherwise only what came at `utc_ms` counts. LEAN
        hands over all trade bars of a step before its quote bars and its open interest, each by symbol
        (`SubscriptionCollection.SortSubscriptions`, `TimeSliceFactory.HandleOptionData`). Options on futures come by
        symbol alone in what LEAN publishes of its own runs (`AddFutureOptionSingleOptionChain…`), why is not known.
        """
        if slots is None and self._chain_at == (self.version, self._seen):
            return self._chain
        store, n = self._store, len(self.keys)
        forwarded = slots is None
        if slots is None:
            seen = self._has(trade=False) | self._has(trade=True) | (store.interest_end[:n] > 0)
            slots = np.flatnonzero(store.subscribed[:n] & seen)
            traded = self._has(trade=True)[slots]
        else:
            traded = store.trade_end[slots] == utc_ms
        kind = np.where(traded, 0 if self.traded_first else 1, np.where(self._has(trade=False)[slots], 1, 2))
        ordered: Ints = slots[np.lexsort((store.strike[slots], -store.right[slots], store.expiry[slots], kind))]
        if forwarded:
            self._chain, self._chain_at = ordered, (self.version, self._seen)
        return ordered

    def count_rows(self, slots: Ints, *, trade: bool) -> int:
        """How many of the slots have had a trade (quote) bar."""
        return int(np.count_nonzero(self._has(trade=trade)[slots]))

    def is_live(self, slot: int) -> bool:
        """Whether a slot is subscribed and has had a quote or a trade."""
        store, hidden = self._store, self.hidden
        seen = store.quote_end[slot] > 0 or store.trade_end[slot] > 0 or slot in hidden.quotes or slot in hidden.trades
        return bool(store.subscribed[slot] and seen)

    def live(self) -> Ints:
        """Slots that are subscribed and have had a quote or a trade."""
        if self._live_at != (self.version, self._seen):
            store, n = self._store, len(self.keys)
            seen = self._has(trade=False) | self._has(trade=True)
            self._live = np.flatnonzero(store.subscribed[:n] & seen)
            self._live_at = (self.version, self._seen)
        return self._live


class KeptColumns:
    """What a root's columns said of some slots at one moment, for slices that an algorithm keeps."""

    def __init__(self, columns: RootColumns, slots: Ints | None) -> None:
        """:param slots: the slots of the slice; None: all live ones"""
        self._slots = columns.live() if slots is None else slots
        self._quote, self._trade = columns.quote.take(self._slots, axis=0), columns.trade.take(self._slots, axis=0)
        self._quote_times = columns.quote_start.take(self._slots), columns.quote_end.take(self._slots)
        self._trade_times = columns.trade_start.take(self._slots), columns.trade_end.take(self._slots)
        self._hidden = columns.hidden.copy()
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
        real = (self._trade_times if trade else self._quote_times)[1]
        hidden = sum(not real[place] for place, _ in self._hidden.among(self._slots, trade=trade))
        return int(np.count_nonzero(real)) + hidden

    def shown_row(self, slot: int, *, trade: bool) -> Any:
        """See RootColumns."""
        hidden = self._hidden.rows(trade=trade).get(slot) if self._row(slot) is not None else None
        return hidden or (self.trade_row(slot) if trade else self.quote_row(slot))

    def quote_row(self, slot: int) -> QuoteRow | None:
        """See RootColumns."""
        row = self._row(slot)
        return None if row is None else _quote_row(self._quote[row], *(int(t[row]) for t in self._quote_times))

    def trade_row(self, slot: int) -> TradeRow | None:
        """See RootColumns."""
        row = self._row(slot)
        return None if row is None else _trade_row(self._trade[row], *(int(t[row]) for t in self._trade_times))


def _quote_row(values: Floats, start_utc_ms: int, end_utc_ms: int) -> QuoteRow | None:
    if not end_utc_ms:
        return None
    v = values.tolist()
    bid = SideRow(*v[0:4]) if v[3] > 0 else None
    ask = SideRow(*v[5:9]) if v[8] > 0 else None
    return QuoteRow(start_utc_ms, end_utc_ms, bid, ask, _or_zero(v[4]), _or_zero(v[9]))


def _trade_row(values: Floats, start_utc_ms: int, end_utc_ms: int) -> TradeRow | None:
    return TradeRow(start_utc_ms, end_utc_ms, *values.tolist()) if end_utc_ms else None


def lacks_something(values: Floats, mids: Floats) -> Flags:
    """Which quote rows [n, 10] have no price, or a side without price or size."""
    lacks: Flags = np.isnan(values).any(axis=1) | ~(mids > 0) | ~(values[:, _SIZES] > 0).all(axis=1)
    return lacks


def quote_mids(values: Floats) -> Floats:
    """Prices of quote rows [n, 10]: the mid, or the one side there is, or 0."""
    bid, ask = np.fmax(values[:, _BID_CLOSE], 0.0), np.fmax(values[:, _ASK_CLOSE], 0.0)  # NaN: 0
    mids: Floats = np.where((bid > 0) & (ask > 0), np.round((bid + ask) / 2, 9), np.maximum(bid, ask))
    return mids


def carry_sides(slots: Ints, values: Floats) -> Floats:
    """Quote rows [n, 10], ascending in time, missing sides priced as in the slot's row before if there is one.

    Sizes are not carried: a bar without a side has size 0 there (LEAN `QuoteBarFillForwardEnumerator.cs`).
    """
    missing = np.isnan(values[:, (_BID_CLOSE, _ASK_CLOSE)])
    if not missing.any():
        return values
    some = np.flatnonzero(np.isin(slots, np.unique(slots[missing.any(axis=1)])))
    order = some[np.argsort(slots[some], kind="stable")]
    first = np.concatenate(([True], slots[order][1:] != slots[order][:-1]))
    start = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    values = values.copy()
    for side, fields in enumerate((slice(0, 4), slice(5, 9))):
        values[missing[:, side], _SIZES[side]] = 0.0
        known = ~missing[order, side]
        source = np.maximum.accumulate(np.where(known, np.arange(len(order)), -1))
        fill = np.flatnonzero(~known & (source >= start))
        values[order[fill], fields] = values[order[source[fill]], fields]
    return values


def _or_zero(value: Any) -> float:
    number = float(value)
    return number if number == number else 0.0  # noqa: PLR0124  NaN is the only number unequal to itself
