"""Gates of a live chain: the columns they ask for, kept apart from quotes and prices, counted by reason."""

import numpy as np

from thetatrace.chain import (
    ChainCache,
    ChainContext,
    ChainQuery,
    ContractTable,
    Liquidity,
    LiveChain,
    PricingClock,
    QuoteReason,
    RecordedQuotes,
)

TODAY = 736_700
NOW = ChainContext(TODAY, 0, 100.0)
CLOCK = PricingClock(settlement_utc_ms=6 * 3_600_000, rate=0.01)
ASKED = Liquidity(maximum_age_seconds=60, minimum_open_interest=50)


def gated_chain():
    table = ContractTable()
    for strike in (95.0, 100.0, 105.0):
        for right in (1, -1):
            table.add((strike, right), strike, right, TODAY, None)
    reader = RecordedQuotes(np.full(6, 1.0), np.full(6, 1.1), np.full(6, 100.0), np.full(6, 10.0))
    return LiveChain(table, reader, ChainCache()), reader, ChainQuery(0, 9, 0.3, liquidity=ASKED)


def test_a_query_reads_the_columns_its_gates_ask_for_and_no_others():
    chain, _, query = gated_chain()
    taken = chain.snapshot(query, NOW)
    assert taken.open_interest.tolist() == [100.0] * 6
    assert taken.age_seconds.tolist() == [10.0] * 6
    assert taken.volume is None
    assert chain.snapshot(ChainQuery(0, 9, 0.3), NOW).open_interest is None


def test_gate_columns_move_on_while_quotes_and_prices_stand_still():
    chain, reader, query = gated_chain()
    taken = chain.snapshot(query, NOW)
    priced = chain.priced(query, taken, NOW, CLOCK)
    assert chain.snapshot(query, NOW) is taken
    reader.age, reader.interest = np.array([10.0, 61, 10, 10, 10, 10]), np.array([100.0, 100, 49, 100, 100, 100])
    later = chain.snapshot(query, NOW)
    again = chain.priced(query, later, NOW, CLOCK)
    assert again.snapshot is later
    assert again.delta is priced.delta
    assert [QuoteReason(code).name for code in chain.gates(query, later).code[1:3]] == ["STALE", "THIN_INTEREST"]


def test_columns_that_were_not_recorded_fail_the_gates_that_ask_for_them():
    chain, reader, query = gated_chain()
    reader.interest = None
    assert not chain.gates(query, chain.snapshot(query, NOW)).usable.any()


def test_gates_of_the_same_snapshot_are_made_once_and_counted_each_time():
    chain, _, query = gated_chain()
    taken = chain.snapshot(query, NOW)
    assert chain.gates(query, taken) is chain.gates(query, taken)
    assert chain.counters()["chain_gate_ok"] == 12
