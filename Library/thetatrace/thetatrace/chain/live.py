"""The chain of one root as strategies ask for it: narrowed, read, priced; each step only where something changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from thetatrace.chain.cache import ChainCache
from thetatrace.chain.contracts import ContractTable, Floats, Ints
from thetatrace.chain.gates import ChainGates, QuoteReason, gate
from thetatrace.chain.liquidity import Liquidity
from thetatrace.chain.query import ChainContext, ChainQuery, NarrowedChain
from thetatrace.chain.snapshot import ChainSnapshot, PricedChain, price_chain, snapshot_of, years_to_settlement

PREPARED_MOVE = 0.02  # prices this far either side are prepared: strategies skip days that move further


class QuoteReader(Protocol):
    """Reads quotes from wherever they live: LEAN's securities, or recorded columns."""

    @property
    def stamp(self) -> int:
        """A number that changes whenever a quote may have moved; equal stamps promise equal quotes."""

    def read(self, chain: NarrowedChain) -> tuple[Floats, Floats]:
        """Return bid and ask of the contracts, each a new array [m]; 0 or NaN where a side is missing."""

    def moved(self, chain: NarrowedChain, since: int) -> Sequence[int] | None:
        """Return the positions in `chain` whose quote may have moved since an earlier stamp, None for any of them."""

    def read_some(self, chain: NarrowedChain, positions: Sequence[int], bid: Floats, ask: Floats) -> None:
        """Write bid and ask of these positions into the columns."""

    def open_interest(self, chain: NarrowedChain) -> Floats:
        """Return open interest [m]; 0 or NaN where none is known."""

    def age_seconds(self, chain: NarrowedChain) -> Floats:
        """Return seconds since each contract's newest real quote or trade [m]; infinite or NaN where there was none."""

    def renumber(self, kept: Ints) -> None:
        """The table has dropped all rows but `kept` (ascending) and numbered those anew."""


class RecordedQuotes:
    """Quotes by row of the table, recorded: tests, benchmarks, notebooks.

    :param bid: float64[n], one per row of the table; replace a column or call `touch` after changing one in place. Rows
        listed since read NaN
    :param interest: open interest likewise, None where it was not recorded
    :param age: seconds since each contract's newest quote likewise, None where it was not recorded
    """

    def __init__(self, bid: Floats, ask: Floats, interest: Floats | None = None, age: Floats | None = None) -> None:
        self._bid, self._ask, self.interest, self.age = bid, ask, interest, age
        self.stamp = 0

    @property
    def bid(self) -> Floats:
        """Bids by row. Another column in their place says that quotes have moved."""
        return self._bid

    @bid.setter
    def bid(self, column: Floats) -> None:
        """Replace the column: quotes have moved."""
        self._bid = column
        self.touch()

    @property
    def ask(self) -> Floats:
        """Asks likewise."""
        return self._ask

    @ask.setter
    def ask(self, column: Floats) -> None:
        """Replace the column: quotes have moved."""
        self._ask = column
        self.touch()

    def touch(self) -> None:
        """Say that quotes have moved."""
        self.stamp += 1

    def read(self, chain: NarrowedChain) -> tuple[Floats, Floats]:
        """See QuoteReader."""
        return _of(self.bid, chain.rows), _of(self.ask, chain.rows)

    def moved(self, chain: NarrowedChain, since: int) -> Sequence[int] | None:  # noqa: ARG002  the interface names them
        """See QuoteReader."""
        return None

    def read_some(self, chain: NarrowedChain, positions: Sequence[int], bid: Floats, ask: Floats) -> None:
        """See QuoteReader."""
        rows = chain.rows[positions]
        bid[positions], ask[positions] = _of(self.bid, rows), _of(self.ask, rows)

    def open_interest(self, chain: NarrowedChain) -> Floats:
        """See QuoteReader."""
        return _of(self.interest, chain.rows)

    def age_seconds(self, chain: NarrowedChain) -> Floats:
        """See QuoteReader."""
        return _of(self.age, chain.rows)

    def renumber(self, kept: Ints) -> None:
        """See QuoteReader."""
        self.bid, self.ask = _of(self.bid, kept), _of(self.ask, kept)
        self.interest = None if self.interest is None else _of(self.interest, kept)
        self.age = None if self.age is None else _of(self.age, kept)


def _of(column: Floats | None, rows: Ints) -> Floats:
    """A recorded column at these rows; NaN where it was not recorded."""
    column = np.zeros(0) if column is None else column
    try:
        return column[rows]
    except IndexError:  # listed since
        found = np.full(len(rows), np.nan)
        known = rows < len(column)
        found[known] = column[rows[known]]
        return found


@dataclass(frozen=True, slots=True)
class PricingClock:
    """What a price depends on besides quotes: time and rates of one date.

    :param settlement_utc_ms: when contracts that expire today settle
    :param rate: continuously compounded annual rate
    """

    settlement_utc_ms: int
    rate: float
    dividend_yield: float = 0.0


@dataclass(slots=True)
class _Known:
    """The newest answer to one query."""

    narrowed: NarrowedChain
    stamp: int
    snapshot: ChainSnapshot
    clock: PricingClock | None = None
    priced_utc_ms: int = 0
    priced: PricedChain | None = None
    gates: ChainGates | None = None


class LiveChain:
    """Answers chain queries. An earlier answer is used again only when everything it was made from is the same.

    With a cache of capacity 0 nothing is used again; the answers are the same.

    :param pricing_step_ms: prices are made for engine time rounded down to this, so that within a step in which no
        quote moved they need not be made again
    """

    def __init__(
        self, table: ContractTable, reader: QuoteReader, cache: ChainCache, *, pricing_step_ms: int = 60_000
    ) -> None:
        if pricing_step_ms < 1:
            raise ValueError(f"pricing_step_ms was {pricing_step_ms}; it must be at least 1")
        self.table = table
        self.cache = cache
        self._reader = reader
        self._step_ms = pricing_step_ms
        self._known: dict[ChainQuery, _Known] = {}
        self.quotes_unchanged = self.quotes_read = self.prices_kept = self.prices_made = 0
        self.gated = [0] * len(QuoteReason)  # contracts at decisions, by reason

    def snapshot(self, query: ChainQuery, context: ChainContext) -> ChainSnapshot:
        """Return the narrowed chain with its quotes of now; the very same object when nothing in it moved."""
        return self._read(query, self.cache.narrow(query, self.table, context), context.spot)

    def _read(self, query: ChainQuery, narrowed: NarrowedChain, spot: float) -> ChainSnapshot:
        stamp = self._reader.stamp
        known = self._known.get(query)
        if known is None or known.narrowed is not narrowed:
            bid, ask = self._reader.read(narrowed)
            self.quotes_read += len(bid)
        else:
            before = known.snapshot
            bid, ask = self._quotes_now(known, stamp)
            if bid is before.bid and spot == before.spot:
                known.stamp = stamp
                return before if query.liquidity is None else self._renew(known, query.liquidity)
        found = snapshot_of(narrowed, spot, bid, ask)
        if query.liquidity is not None:
            interest, age = self._columns(query.liquidity, narrowed)
            unknown = np.full(len(bid), np.nan) if query.liquidity.minimum_volume > 0 else None
            found = replace(found, open_interest=interest, age_seconds=age, volume=unknown)
        if self.cache.keeps:
            self._known[query] = _Known(narrowed, stamp, found)
        return found

    def _columns(self, asked: Liquidity, narrowed: NarrowedChain) -> tuple[Floats | None, Floats | None]:
        """Read open interest and ages where the gates ask for them."""
        reader = self._reader
        interest = reader.open_interest(narrowed) if asked.minimum_open_interest > 0 else None
        return interest, reader.age_seconds(narrowed) if asked.maximum_age_seconds < np.inf else None

    def _renew(self, known: _Known, asked: Liquidity) -> ChainSnapshot:
        """Give a snapshot whose quotes stand still the gates' columns of now; its prices stay."""
        before, (interest, age) = known.snapshot, self._columns(asked, known.narrowed)
        if _same(interest, before.open_interest) and _same(age, before.age_seconds):
            return before
        known.snapshot, known.gates = replace(before, open_interest=interest, age_seconds=age), None
        if known.priced is not None:
            known.priced = replace(known.priced, snapshot=known.snapshot)
        return known.snapshot

    def gates(self, query: ChainQuery, snapshot: ChainSnapshot) -> ChainGates:
        """Return the answer of the query's gates to a snapshot this chain gave out, and count it by reason."""
        known = self._known.get(query)
        if known is None or known.snapshot is not snapshot:
            found = gate(snapshot, query.liquidity)
        else:
            found = known.gates = known.gates or gate(snapshot, query.liquidity)
        self.gated = [total + count for total, count in zip(self.gated, found.counts, strict=True)]
        return found

    def _quotes_now(self, known: _Known, stamp: int) -> tuple[Floats, Floats]:
        """Return the quotes of now: the very same arrays when none of them moved."""
        bid, ask = known.snapshot.bid, known.snapshot.ask
        moved = () if stamp == known.stamp else self._reader.moved(known.narrowed, known.stamp)
        if moved is None:
            new_bid, new_ask = self._reader.read(known.narrowed)
            self.quotes_read += len(bid)
        elif len(moved):
            new_bid, new_ask = bid.copy(), ask.copy()
            self._reader.read_some(known.narrowed, moved, new_bid, new_ask)
            self.quotes_read += len(moved)
        else:
            new_bid, new_ask = bid, ask
        if _same(new_bid, bid) and _same(new_ask, ask):
            self.quotes_unchanged += 1
            return bid, ask
        return new_bid, new_ask

    def priced(
        self, query: ChainQuery, snapshot: ChainSnapshot, context: ChainContext, clock: PricingClock
    ) -> PricedChain:
        """Return IV and Greeks of a snapshot this chain gave out; the very same object when nothing has changed."""
        utc_ms = context.utc_ms - context.utc_ms % self._step_ms
        known = self._known.get(query)
        if known is not None and known.snapshot is snapshot:
            if known.priced is not None and known.priced_utc_ms == utc_ms and known.clock == clock:
                self.prices_kept += 1
                return known.priced
        else:
            known = None
        years = _years(snapshot, context.today, clock.settlement_utc_ms, utc_ms)
        found = price_chain(snapshot, years, clock.rate, clock.dividend_yield, self.table.style)
        self.prices_made += 1
        if known is not None:
            known.priced, known.priced_utc_ms, known.clock = found, utc_ms, clock
        return found

    def begin_day(self, today: int) -> None:
        """Drop what expired before the ordinal `today`, and every answer of earlier dates."""
        listed = len(self.table)
        kept = self.table.drop_expired(today)
        if len(kept) < listed:
            self._reader.renumber(kept)
        self.cache.forget_before(today)
        self._known.clear()

    def prepare(self, query: ChainQuery, context: ChainContext, clock: PricingClock | None, *, most: int = 4) -> None:
        """Get ready for decisions that are due soon, in the bars before them.

        :param clock: given, the chain is also read and priced as the decision will do it, so that nothing happens for
            the first time there
        :param most: static answers made in this call
        """
        if not self.cache.keeps:
            return
        self.cache.prepare(query, self.table, context, span=PREPARED_MOVE, most=most)
        narrowed = self.cache.peek(query, self.table, context)
        if clock is not None and narrowed is not None:
            self.priced(query, self._read(query, narrowed, context.spot), context, clock)

    def counters(self) -> dict[str, int]:
        """Return the counters under the names the trace file uses."""
        return self.cache.counters() | {
            "chain_quotes_read": self.quotes_read,
            "chain_quotes_unchanged": self.quotes_unchanged,
            "chain_prices_made": self.prices_made,
            "chain_prices_kept": self.prices_kept,
            **{
                f"chain_gate_{reason.name.lower()}": count
                for reason, count in zip(QuoteReason, self.gated, strict=True)
            },
        }


def _same(one: Floats | None, other: Floats | None) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or one.tobytes() == other.tobytes()


def _years(snapshot: ChainSnapshot, today: int, settlement_utc_ms: int, utc_ms: int) -> float | Floats:
    expiry = snapshot.expiry
    if expiry is None or not len(expiry):
        expiry = np.array([today])
    years = years_to_settlement(expiry, today, settlement_utc_ms, utc_ms)
    return float(years[0]) if years.min() == years.max() else years
