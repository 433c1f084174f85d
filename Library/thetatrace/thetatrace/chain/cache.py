"""Selections of contracts, kept while they stay true. Quotes and decisions are never cached."""

from collections import OrderedDict
from math import inf

from thetatrace.chain.contracts import ContractTable
from thetatrace.chain.query import ChainContext, ChainQuery, NarrowedChain, nothing

Key = tuple[ContractTable, ChainQuery, int, int, int, int]
SESSION_MS = 390 * 60_000


class ChainCache:
    """Bounded least-recently-used cache of static answers.

    The key is (table, query, date, underlying bucket, volatility bucket, regime): another root (roots may share a
    cache), a new date, an underlying move beyond 0.1 %, a volatility move beyond half a point (where the query asks for
    it) and a new regime are other keys. An answer is stale, and made again, when contracts were listed or dropped or a
    corporate action came since, or when it is older than `ttl_ms` of engine time. Every answer is a function of its key
    and the table's version alone, so what was asked before never shows in it: `capacity` 0 answers every query afresh
    and gives the same, which a test proves over whole backtests.

    :param capacity: answers kept
    :param ttl_ms: engine time an answer is kept, in milliseconds
    """

    __slots__ = ("_answers", "_capacity", "_ttl_ms", "evicted", "hits", "misses", "prefetched", "stale")

    def __init__(self, capacity: int = 15_000, ttl_ms: int = SESSION_MS) -> None:
        if capacity < 0:
            raise ValueError(f"capacity was {capacity}; it must be 0 or more")
        if ttl_ms <= 0:
            raise ValueError(f"ttl_ms was {ttl_ms}; it must be above 0")
        self._capacity = capacity
        self._ttl_ms = ttl_ms
        self._answers: OrderedDict[Key, tuple[int, int, NarrowedChain]] = OrderedDict()
        self.hits = self.misses = self.stale = self.evicted = self.prefetched = 0

    def __len__(self) -> int:
        return len(self._answers)

    @property
    def keeps(self) -> bool:
        """False for a cache of capacity 0, which answers everything afresh."""
        return self._capacity > 0

    def narrow(self, query: ChainQuery, table: ContractTable, context: ChainContext) -> NarrowedChain:
        """Return what a query leaves of the chain, from memory where that is still true."""
        key = _key(query, table, context)
        if key is None:
            return nothing()
        known = self._answers.get(key)
        if known is None:
            self.misses += 1
        elif self._is_true(known, table.version, context.utc_ms):
            self.hits += 1
            self._answers.move_to_end(key)
            return known[2]
        else:
            self.stale += 1
        return self._make(key, context.utc_ms)

    def _is_true(self, known: tuple[int, int, NarrowedChain], version: int, utc_ms: int) -> bool:
        made_version, made_utc_ms, _ = known
        return made_version == version and 0 <= utc_ms - made_utc_ms <= self._ttl_ms

    def _make(self, key: Key, utc_ms: int) -> NarrowedChain:
        table, query, today, bucket, volatility, _ = key
        answer = query.narrow(table, today, bucket, volatility)
        if self._capacity:
            self._answers[key] = (table.version, utc_ms, answer)
            self._answers.move_to_end(key)
            if len(self._answers) > self._capacity:
                self._answers.popitem(last=False)
                self.evicted += 1
        return answer

    def prepare(self, query: ChainQuery, table: ContractTable, context: ChainContext, *, span: float, most: int) -> int:
        """Make answers ahead of the bars that will ask for them, nearest to the current price first.

        :param span: prices this far either side are prepared, as a fraction
        :param most: answers made in this call; the others wait for the next one
        :return: how many were made
        """
        middle = _key(query, table, context)
        if middle is None or not self._capacity:
            return 0
        made, (_, _, today, centre, volatility, regime) = 0, middle
        steps = min(int(span / query.bucket), (self._capacity - 1) // 2)  # more would push out the nearest
        for step in range(steps + 1):
            for bucket in (centre + step, centre - step) if step else (centre,):
                key = (table, query, today, bucket, volatility, regime)
                known = self._answers.get(key)
                if known is None or not self._is_true(known, table.version, context.utc_ms):
                    if made == most:
                        return made
                    self._make(key, context.utc_ms)
                    self.prefetched += 1
                    made += 1
        return made

    def peek(self, query: ChainQuery, table: ContractTable, context: ChainContext) -> NarrowedChain | None:
        """Return a true answer that is kept, None without one; nothing is counted."""
        key = _key(query, table, context)
        known = None if key is None else self._answers.get(key)
        return known[2] if known is not None and self._is_true(known, table.version, context.utc_ms) else None

    def counters(self) -> dict[str, int]:
        """Return the counters under the names the trace file uses."""
        return {
            "chain_cache_hits": self.hits,
            "chain_cache_misses": self.misses,
            "chain_cache_stale": self.stale,
            "chain_cache_evicted": self.evicted,
            "chain_cache_prefetched": self.prefetched,
        }

    def forget_before(self, today: int) -> None:
        """Let answers of earlier dates go, with the contracts they hold."""
        for key in [key for key in self._answers if key[2] < today]:
            del self._answers[key]


def _key(query: ChainQuery, table: ContractTable, context: ChainContext) -> Key | None:
    """The key of an answer, None for a price that is not one."""
    if not 0 < context.spot < inf:
        return None
    volatility = query.volatility_bucket_of(context.volatility)
    return table, query, context.today, query.bucket_of(context.spot), volatility, context.regime
