"""LEAN's option securities as rows of a contract table, and their quotes as columns."""

from collections.abc import Sequence
from math import inf
from operator import attrgetter

import numpy as np
from AlgorithmImports import OptionRight, OptionStyle, OptionSymbol, Security, SecurityChanges, Slice, Symbol

from thetatrace.chain import ContractTable, NarrowedChain
from thetatrace.chain.contracts import Floats, Ints

_BID, _ASK, _OPEN_INTEREST = attrgetter("bid_price"), attrgetter("ask_price"), attrgetter("open_interest")
# One bar in the slice costs LEAN a symbol, its hash and one comparison of two proxies, 4 to 8 µs; a quote read through
# a held security two properties, 0.3 to 0.5 µs (shared costs).
FEW = 12
FRIDAY = 4


class LeanQuoteReader:
    """Reads quotes through held Security proxies. A side that was never quoted reads 0.

    Call `observe` with every slice: what moved is in it. Without fill-forward it holds nothing else: no quote bar,
    nothing to read; few, only those. Filled forward it holds every contract, and ticks are not asked for whose they
    are: all are read then. (LEAN's canonical security does not say which of these its contracts are: it is always daily
    and never filled forward, QCAlgorithm.cs, AddSecurity.)
    """

    def __init__(self, table: ContractTable) -> None:
        self._table = table
        self._slice: Slice | None = None
        self._count = 0
        self._whole = True  # more may have moved than the newest slice shows
        self.stamp = 0

    def observe(self, data: Slice) -> None:
        """Take the slice of this bar."""
        bars, ticks = data.quote_bars.count, data.ticks.count
        if not (bars or ticks):
            return
        self.stamp += 1
        self._slice, self._count, self._whole = data, bars, ticks > 0

    def relisted(self) -> None:
        """Contracts were added or removed: what is known of them may have been reset."""
        self.stamp += 1
        self._whole = True

    def read(self, chain: NarrowedChain) -> tuple[Floats, Floats]:
        """See QuoteReader: two property reads per contract and nothing else."""
        held, count = chain.handles, len(chain.handles)
        return np.fromiter(map(_BID, held), np.float64, count), np.fromiter(map(_ASK, held), np.float64, count)

    def moved(self, chain: NarrowedChain, since: int) -> Sequence[int] | None:
        """See QuoteReader: known when nothing but the newest slice came since, and it holds few bars."""
        if self._whole or since != self.stamp - 1 or self._slice is None or self._count * FEW > len(chain):
            return None
        rows = [self._table.row_of(symbol) for symbol in self._slice.quote_bars.keys()]  # noqa: SIM118  a .NET mapping
        wanted = np.array([row for row in rows if row is not None], np.int64)
        return list(np.flatnonzero(np.isin(chain.rows, wanted, assume_unique=True)).tolist())

    def read_some(self, chain: NarrowedChain, positions: Sequence[int], bid: Floats, ask: Floats) -> None:
        """See QuoteReader."""
        for position in positions:
            security = chain.handles[position]
            bid[position], ask[position] = security.bid_price, security.ask_price

    def open_interest(self, chain: NarrowedChain) -> Floats:
        """See QuoteReader; 0 where LEAN knows none."""
        return np.fromiter(map(_OPEN_INTEREST, chain.handles), np.float64, len(chain.handles))

    def age_seconds(self, chain: NarrowedChain) -> Floats:
        """See QuoteReader."""
        return np.array(quote_ages_seconds(chain.handles))

    def renumber(self, kept: Ints) -> None:
        """See QuoteReader; securities are held, not rows."""


class ContractFeed:
    """Keeps a contract table in step with what LEAN subscribes: each contract's static facts are read once, ever.

    Rows hold the Security proxy: a quote is then one property read, without look-ups (docs/performance.md).
    """

    def __init__(self, option: Symbol) -> None:
        identity = option.id
        self._root = identity.symbol
        self._type = option.security_type
        self.table = ContractTable("american" if identity.option_style == OptionStyle.AMERICAN else "european")
        self.reader = LeanQuoteReader(self.table)

    def apply(self, changes: SecurityChanges) -> None:
        """Take the contracts of this root that LEAN has just added.

        Removed ones leave when they expire: LEAN clears their quotes, or goes on quoting them while they are held, and
        says nothing when it selects such a one again.
        """
        for security in changes.added_securities:
            symbol = security.symbol
            if self._is_ours(symbol):
                identity = symbol.id
                right = 1 if identity.option_right == OptionRight.CALL else -1
                self.table.add(symbol, identity.strike_price, right, _last_day(symbol), security)
                self.reader.relisted()
        if any(self._is_ours(security.symbol) for security in changes.removed_securities):
            self.reader.relisted()

    def _is_ours(self, symbol: Symbol) -> bool:
        return symbol.security_type == self._type and symbol.id.symbol == self._root and not symbol.is_canonical()


def _last_day(symbol: Symbol) -> int:
    """Ordinal of a contract's last day; monthly contracts of shares carried the Saturday after it until 2015."""
    expiry = symbol.id.date
    return (OptionSymbol.get_last_day_of_trading(symbol) if expiry.weekday() > FRIDAY else expiry).toordinal()


def quote_ages_seconds(securities: Sequence[Security]) -> list[float]:
    """Ages of the securities' newest real data points in seconds; infinite for one that never had any.

    Fill-forward points do not count: LEAN keeps them out of a security's cache.
    """
    ages = []
    for security in securities:
        last = security.get_last_data()
        ages.append(inf if last is None else (security.local_time - last.end_time).total_seconds())
    return ages
