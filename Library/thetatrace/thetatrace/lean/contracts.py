"""LEAN's option securities as rows of a contract table, and their quotes as columns."""

from collections.abc import Sequence
from math import inf
from operator import attrgetter

import numpy as np
from AlgorithmImports import OptionRight, OptionStyle, Resolution, Security, SecurityChanges, Slice, Symbol

from thetatrace.chain import ContractTable, NarrowedChain
from thetatrace.chain.contracts import Floats

_BID, _ASK, _OPEN_INTEREST = attrgetter("bid_price"), attrgetter("ask_price"), attrgetter("open_interest")
FEW = 4  # one bar in the slice costs LEAN about as much as four quotes read through held securities (shared costs)


class LeanQuoteReader:
    """Reads quotes through held Security proxies. A side that was never quoted reads 0.

    Call `observe` with every slice. Where LEAN fills forward, every slice brings a bar of every contract and says
    nothing about what moved; the quotes are read then. Without fill-forward the slice holds exactly what moved: no
    quote bar, nothing to read; few, only those.

    :param changes_only: the subscription is not filled forward and its data are bars, so that slices tell what moved
    """

    def __init__(self, table: ContractTable, *, changes_only: bool) -> None:
        self._table = table
        self._changes_only = changes_only
        self._slice: Slice | None = None
        self._count = 0
        self._whole = True  # more may have moved than the newest slice shows
        self.stamp = 0

    def observe(self, data: Slice) -> None:
        """Take the slice of this bar."""
        if self._changes_only:
            self._count = data.quote_bars.count
            if not self._count:
                return
        self.stamp += 1
        self._slice, self._whole = data, not self._changes_only

    def relisted(self) -> None:
        """Contracts were added: what is known of them may have been reset."""
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


class ContractFeed:
    """Keeps a contract table in step with what LEAN subscribes: each contract's static facts are read once, ever.

    Rows hold the Security proxy: a quote is then one property read, without look-ups (docs/performance.md).
    """

    def __init__(self, option: Symbol, canonical: Security) -> None:
        identity = option.id
        self._root = identity.symbol
        self._type = option.security_type
        self.table = ContractTable("american" if identity.option_style == OptionStyle.AMERICAN else "european")
        bars_only = canonical.resolution != Resolution.TICK
        self.reader = LeanQuoteReader(self.table, changes_only=bars_only and not canonical.is_fill_data_forward)

    def apply(self, changes: SecurityChanges) -> None:
        """Take the contracts of this root that LEAN has just added. Removed ones leave when they expire."""
        for security in changes.added_securities:
            symbol = security.symbol
            if symbol.security_type != self._type or symbol.is_canonical():
                continue
            identity = symbol.id
            if identity.symbol != self._root:
                continue
            right = 1 if identity.option_right == OptionRight.CALL else -1
            self.table.add(symbol, identity.strike_price, right, identity.date.toordinal(), security)
            self.reader.relisted()


def quote_ages_seconds(securities: Sequence[Security]) -> list[float]:
    """Ages of the securities' newest real data points in seconds; infinite for one that never had any.

    Fill-forward points do not count: LEAN keeps them out of a security's cache.
    """
    ages = []
    for security in securities:
        last = security.get_last_data()
        ages.append(inf if last is None else (security.local_time - last.end_time).total_seconds())
    return ages
