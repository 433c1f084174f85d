"""Times the chain path on an engine's own securities: 626 contracts of one SPXW expiry, in the middle of the day."""

import sys
from collections.abc import Callable
from importlib import import_module

from AlgorithmImports import *

from thetatrace.chain import (
    ChainCache,
    ChainContext,
    ChainQuery,
    ContractTable,
    LiveChain,
    PricingClock,
    StrikeRule,
    choose,
)
from thetatrace.lean.contracts import ContractFeed

CONTRACTS = 626
QUERY, RULE = ChainQuery(0, 5, 0.9), StrikeRule(-1, delta=0.16, maximum_delta=0.25)


class ChainOnLeanLocal(QCAlgorithm):
    """Subscribes a wide chain and times it once, at 10:30."""

    def initialize(self) -> None:
        self.set_start_date(2018, 1, 26)
        self.set_end_date(2018, 1, 26)
        self.rows: list[list[str]] = []
        sys.path.insert(0, self.get_parameter("harness"))
        spx = self.add_index("SPX", Resolution.MINUTE)
        forward = self.get_parameter("fill_forward") == "true"
        option = self.add_index_option(spx.symbol, "SPXW", Resolution.MINUTE, fill_forward=forward)
        self.forward = "filled forward" if forward else "not filled forward"
        option.set_filter(lambda universe: universe.include_weeklys().expiration(0, 5).strikes(-500, 500))
        self.option, self.spx, self.feed = option, spx, None
        self.added: list[SecurityChanges] = []

    def on_securities_changed(self, changes: SecurityChanges) -> None:
        self.added.append(changes)

    def on_data(self, slice: Slice) -> None:
        if (self.time.hour, self.time.minute) < (10, 30):
            return
        if self.feed is None:
            self.feed = ContractFeed(self.option.symbol)
            for changes in self.added:
                self.feed.apply(changes)
            self.fill_up(self.feed.table)
            self.measure(slice)
        elif self.forward == "not filled forward" and slice.quote_bars.count == 0 and len(self.rows) == 4:
            self.rows.append(self.quiet_bar(slice))

    def quiet_bar(self, slice: Slice) -> list[str]:
        """Time a new bar in which no quote moved: the reader is told of it, the chain asked again."""
        context, chain = (
            ChainContext(self.time.toordinal(), 0, self.spx.price),
            LiveChain(self.feed.table, self.feed.reader, ChainCache(1000)),
        )
        n = len(chain.snapshot(QUERY, context))

        def next_bar() -> None:
            self.feed.reader.observe(slice)
            chain.snapshot(QUERY, context)

        spent_us = import_module("harness").median_ns(next_bar) / 1e3
        return [f"lean_local: a new bar in which no quote moved, {self.forward}, {n} contracts", f"{spent_us:,.1f}"]

    def measure(self, slice: Slice) -> None:
        """Time the chain path of this bar."""
        feed = self.feed
        context = ChainContext(self.time.toordinal(), 0, self.spx.price)
        clock = PricingClock(round(5.5 * 3_600_000), 0.014)
        chain, fresh = (LiveChain(feed.table, feed.reader, ChainCache(size)) for size in (1000, 0))
        narrowed = chain.cache.narrow(QUERY, feed.table, context)

        def whole(of: LiveChain) -> object:
            taken = of.snapshot(QUERY, context)
            of.gates(QUERY, taken).refusal(0.8)
            return choose(of.priced(QUERY, taken, context, clock), RULE)

        def objects() -> list[float]:
            chain = slice.option_chains.get(self.option.symbol)
            return [contract.bid_price + contract.ask_price for contract in chain]

        timed = import_module("harness").median_ns

        def us(work: Callable[[], object]) -> str:
            return f"{timed(work) / 1e3:,.1f}"

        n = len(narrowed)
        self.rows = [
            [f"lean_local: bid and ask of {n} held securities", us(lambda: feed.reader.read(narrowed))],
            [f"lean_local: all of it cold, {n} contracts", us(lambda: whole(fresh))],
            [f"lean_local: all of it, nothing moved, {n} contracts", us(lambda: whole(chain))],
            [f"peer: bid and ask of the slice's {len(objects())} chain objects", us(objects)],
        ]
        if self.forward == "filled forward":
            self.rows = [self.quiet_bar(slice)]

    @staticmethod
    def fill_up(table: ContractTable) -> None:
        """The made chain lists fewer: some securities are held, and read, a second time as strikes of their own."""
        facts = zip(table.strike.tolist(), table.right.tolist(), table.expiry.tolist(), table.handles, strict=True)
        for strike, right, expiry, security in list(facts)[: CONTRACTS - len(table)]:
            table.add((strike, right, expiry), strike + 0.25, right, expiry, security)
