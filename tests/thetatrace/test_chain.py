"""Chains: static-first narrowing, a cache whose answers equal fresh ones, quote gates as columns."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thetatrace.chain import ChainCache, ChainQuery, ContractTable, price_chain, take_snapshot
from thetatrace.chain.snapshot import gate
from thetatrace.reasons import Reason

TODAY = 736_700


class Recorded:
    """Quotes by table row."""

    def __init__(self, bid, ask):
        self.bid, self.ask = np.array(bid, dtype=float), np.array(ask, dtype=float)

    def read(self, table, rows):
        return self.bid[rows], self.ask[rows]


def table_of(strikes, expiries=(TODAY,), rights=(1, -1)):
    table = ContractTable()
    for expiry in expiries:
        for strike in strikes:
            for right in rights:
                table.add((strike, right, expiry), float(strike), right, expiry, f"{right}:{strike}")
    return table


def test_a_contract_is_added_once_and_keeps_its_row_and_facts():
    table = ContractTable()
    assert table.add("a", 100.0, 1, TODAY, "first") == 0
    assert table.add("a", 999.0, -1, TODAY, "second") == 0
    assert (len(table), table.handles, table.strike.tolist(), "a" in table) == (1, ["second"], [100.0], True)


def test_columns_grow_without_losing_rows():
    table = table_of(range(1, 201))
    assert len(table) == 400
    assert table.strike[::2].tolist() == [float(s) for s in range(1, 201)]


def test_expired_contracts_leave_and_the_others_keep_their_handles():
    table = table_of([10, 20], expiries=(TODAY - 1, TODAY, TODAY + 3))
    before = table.version
    assert table.drop_expired(TODAY) == 4
    assert table.expiry.tolist() == [TODAY] * 4 + [TODAY + 3] * 4
    assert table.handles[:2] == ["1:10", "-1:10"]
    assert table.version > before
    assert (20, 1, TODAY) in table
    assert (20, 1, TODAY - 1) not in table
    assert table.drop_expired(TODAY) == 0


@pytest.mark.parametrize(
    "bad",
    [
        {"minimum_dte": 3, "maximum_dte": 1, "reach": 0.1},
        {"minimum_dte": 0, "maximum_dte": 1, "reach": 0.0},
        {"minimum_dte": 0, "maximum_dte": 1, "reach": 0.1, "right": 2},
    ],
)
def test_an_impossible_query_is_refused(bad):
    with pytest.raises(ValueError, match="was"):
        ChainQuery(**bad)


def test_a_query_keeps_the_wanted_expiry_right_and_band_only():
    table = table_of([90, 95, 100, 105, 110], expiries=(TODAY, TODAY + 7))
    query = ChainQuery(0, 0, 0.06, right=-1)
    rows = query.rows(table, TODAY, query.bucket_of(100.0))
    assert table.strike[rows].tolist() == [95, 100, 105]
    assert set(table.right[rows].tolist()) == {-1}
    assert set(table.expiry[rows].tolist()) == {TODAY}


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(80, 120), st.integers(0, 3), st.booleans()), min_size=1, max_size=40),
    st.integers(0, 5),
)
def test_any_walk_of_prices_days_and_listings_gives_cached_answers_equal_to_fresh_ones(walk, capacity):
    table = table_of(range(80, 121, 5), expiries=(TODAY, TODAY + 1))
    query = ChainQuery(0, 1, 0.1)
    cached, fresh = ChainCache(capacity), ChainCache(0)
    extra = 200
    for spot, day, listed in walk:
        if listed:
            extra += 1
            table.add(extra, float(extra) / 2, 1, TODAY + 1, extra)
        one = cached.rows(query, table, TODAY + day, spot)
        assert one.tolist() == fresh.rows(query, table, TODAY + day, spot).tolist()
        assert len(cached) <= capacity
    assert cached.hits + cached.misses + cached.stale == len(walk)
    assert fresh.hits == 0


def test_the_cache_counts_hits_misses_stale_and_evicted():
    table = table_of([100])
    query, cache = ChainQuery(0, 0, 0.1), ChainCache(1)
    cache.rows(query, table, TODAY, 100.0)
    cache.rows(query, table, TODAY, 100.0)
    table.add("new", 101.0, 1, TODAY, "new")
    cache.rows(query, table, TODAY, 100.0)
    cache.rows(query, table, TODAY, 110.0)
    assert list(cache.counters().values()) == [1, 2, 1, 1]


def test_a_cache_of_negative_size_is_refused():
    with pytest.raises(ValueError, match="capacity was -1"):
        ChainCache(-1)


def test_gates_count_missing_and_crossed_quotes_and_refuse_the_chain_by_its_share():
    table = table_of([90, 100], rights=(1, -1))
    snapshot = take_snapshot(table, np.arange(4), Recorded([1.0, 0.0, 2.0, 3.0], [1.1, 0.2, 1.9, np.nan]), 100.0)
    found = gate(snapshot)
    assert found.usable.tolist() == [True, False, False, False]
    assert (found.missing, found.crossed) == (2, 1)
    assert found.refusal(0.8) is Reason.CHAIN_INVALID
    assert found.refusal(0.5) is None
    assert np.isnan(snapshot.mid[[1, 3]]).all()


def test_a_chain_without_two_sided_quotes_is_empty():
    table = table_of([90])
    assert gate(take_snapshot(table, np.arange(2), Recorded([0, 0], [1, 1]), 100.0)).refusal(0.8) is Reason.CHAIN_EMPTY


def test_priced_chain_gives_call_and_put_deltas_that_differ_by_one_and_nan_without_a_quote():
    table = table_of([95, 100, 105])
    years, volatility = 30 / 365, 0.2
    from thetatrace.pricing import price

    fair = price(100.0, table.strike, years, volatility, 0.01, 0.0, table.right)
    fair = getattr(fair, "price", fair)
    bid = fair.copy()
    bid[4] = 0.0
    priced = price_chain(take_snapshot(table, np.arange(6), Recorded(bid, fair), 100.0), years, 0.01)
    assert priced.volatility[:4] == pytest.approx([0.2] * 4)
    assert priced.delta[0] - priced.delta[1] == pytest.approx(1.0)
    assert np.isnan(priced.delta[4])
