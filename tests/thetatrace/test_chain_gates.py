"""Gates of a live chain: the columns they ask for, kept apart from quotes and prices, counted by reason."""

import numpy as np
import pytest

from thetatrace.chain import (
    ChainCache,
    ChainContext,
    ChainQuery,
    ChainSnapshot,
    ContractTable,
    Liquidity,
    LiveChain,
    PricingClock,
    QuoteReason,
    RecordedQuotes,
    gate,
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


def test_a_volume_that_nobody_reads_fails_the_gate_that_asks_for_it():
    chain, _, _ = gated_chain()
    query = ChainQuery(0, 9, 0.3, liquidity=Liquidity(minimum_volume=10, maximum_age_seconds=60))
    taken = chain.snapshot(query, NOW)
    assert chain.gates(query, taken).counts[QuoteReason.THIN_VOLUME] == 6
    assert chain.gates(query, chain.snapshot(query, NOW)).counts[QuoteReason.THIN_VOLUME] == 6


@pytest.mark.parametrize("bad", [{"minimum_open_interest": float("nan")}, {"minimum_volume": -1.0}])
def test_a_least_interest_that_is_no_number_is_refused(bad):
    with pytest.raises(ValueError, match="0 or more"):
        Liquidity(**bad)


def test_the_share_of_sound_quotes_is_met_exactly():
    column, ask = np.full(20, 1.0), np.where(np.arange(20) < 9, 0.9, 1.0)
    quotes = ChainSnapshot(100.0, np.arange(20), column, np.ones(20, np.int64), column, ask)
    assert gate(quotes).refusal(0.55) is None  # 0.55 × 20 is a little above 11 in binary


# --- columns and rows that come and go under a reader --------------------------------------------------------------


def test_rows_listed_after_the_recording_read_as_missing():
    chain, reader, query = gated_chain()
    chain.snapshot(query, NOW)
    chain.table.add("new", 101.0, 1, TODAY, None)
    reader.touch()
    taken = chain.snapshot(query, NOW)
    assert [QuoteReason(code).name for code in chain.gates(query, taken).code] == ["OK"] * 6 + ["MISSING"]
    assert np.isnan(taken.open_interest[6])


def test_recorded_quotes_stay_with_their_contracts_when_others_expire():
    table = ContractTable()
    for expiry in (TODAY, TODAY + 1):
        for strike in (95.0, 100.0, 105.0):
            table.add((strike, expiry), strike, 1, expiry, None)
    reader = RecordedQuotes(np.arange(1.0, 7.0), np.arange(1.1, 7.1), np.arange(6.0) * 100, np.arange(6.0))
    chain, query = LiveChain(table, reader, ChainCache()), ChainQuery(0, 9, 0.3, liquidity=ASKED)
    chain.snapshot(query, NOW)
    chain.begin_day(TODAY + 1)
    taken = chain.snapshot(query, ChainContext(TODAY + 1, 86_400_000, 100.0))
    assert taken.bid.tolist() == [4.0, 5.0, 6.0]
    assert (taken.open_interest.tolist(), taken.age_seconds.tolist()) == ([300.0, 400.0, 500.0], [3.0, 4.0, 5.0])


@pytest.mark.parametrize("side", ["bid", "ask"])
def test_a_column_in_place_of_another_is_read(side):
    chain, reader, query = gated_chain()
    chain.snapshot(query, NOW)
    setattr(reader, side, np.full(6, 1.05))
    assert getattr(chain.snapshot(query, NOW), side).tolist() == [1.05] * 6
