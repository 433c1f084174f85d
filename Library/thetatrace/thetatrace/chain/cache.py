"""Selections of contracts, kept while they stay true. Quotes and decisions are never cached."""

from collections import OrderedDict

from thetatrace.chain.contracts import ContractTable, Ints
from thetatrace.chain.query import ChainQuery

Key = tuple[ChainQuery, int, int]


class ChainCache:
    """Bounded least-recently-used cache of query answers, keyed by (query, date, underlying bucket).

    An answer is stale, and made again, when the listed contracts changed since. `capacity` 0 answers every query
    afresh: the same answers, which a test proves over whole backtests.
    """

    __slots__ = ("_answers", "_capacity", "evicted", "hits", "misses", "stale")

    def __init__(self, capacity: int = 15_000) -> None:
        if capacity < 0:
            raise ValueError(f"capacity was {capacity}; it must be 0 or more")
        self._capacity = capacity
        self._answers: OrderedDict[Key, tuple[int, Ints]] = OrderedDict()
        self.hits = self.misses = self.stale = self.evicted = 0

    def __len__(self) -> int:
        return len(self._answers)

    def rows(self, query: ChainQuery, table: ContractTable, today: int, spot: float) -> Ints:
        """Return the rows of a query at an underlying price, from memory where that is still true."""
        bucket = query.bucket_of(spot)
        key = (query, today, bucket)
        known = self._answers.get(key)
        if known is not None and known[0] == table.version:
            self.hits += 1
            self._answers.move_to_end(key)
            return known[1]
        if known is None:
            self.misses += 1
        else:
            self.stale += 1
        answer = query.rows(table, today, bucket)
        if self._capacity:
            self._answers[key] = (table.version, answer)
            self._answers.move_to_end(key)
            if len(self._answers) > self._capacity:
                self._answers.popitem(last=False)
                self.evicted += 1
        return answer

    def counters(self) -> dict[str, int]:
        """Return the counters under the names the trace file uses."""
        return {
            "chain_cache_hits": self.hits,
            "chain_cache_misses": self.misses,
            "chain_cache_stale": self.stale,
            "chain_cache_evicted": self.evicted,
        }
