"""Chains: static-first narrowing, a cache whose answers equal fresh ones, a table that knows what it lists."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thetatrace.chain import ChainCache, ChainContext, ChainQuery, ContractTable

TODAY = 736_700
MINUTE = 60_000


def table_of(strikes, expiries=(TODAY,), rights=(1, -1)):
    table = ContractTable()
    for expiry in expiries:
        for strike in strikes:
            for right in rights:
                table.add((strike, right, expiry), float(strike), right, expiry, f"{right}:{strike}")
    return table


def at(spot, *, today=TODAY, utc_ms=0, volatility=None, regime=-1):
    return ChainContext(today, utc_ms, spot, volatility, regime)


def test_a_contract_is_added_once_and_keeps_its_row_and_facts():
    table = ContractTable()
    assert table.add("a", 100.0, 1, TODAY, "first") == 0
    version = table.version
    assert table.add("a", 999.0, -1, TODAY, "second") == 0
    assert (len(table), table.handles, table.strike.tolist(), "a" in table) == (1, ["second"], [100.0], True)
    assert table.version > version
    assert (table.row_of("a"), table.row_of("b")) == (0, None)


def test_columns_grow_without_losing_rows():
    table = table_of(range(1, 201))
    assert len(table) == 400
    assert table.strike[::2].tolist() == [float(s) for s in range(1, 201)]


def test_expired_contracts_leave_and_the_others_keep_their_handles():
    table = table_of([10, 20], expiries=(TODAY - 1, TODAY, TODAY + 3))
    before = table.version
    assert table.drop_expired(TODAY).tolist() == list(range(4, 12))
    assert table.expiry.tolist() == [TODAY] * 4 + [TODAY + 3] * 4
    assert table.handles[:2] == ["1:10", "-1:10"]
    assert table.version > before
    assert (20, 1, TODAY) in table
    assert (20, 1, TODAY - 1) not in table
    assert table.drop_expired(TODAY).tolist() == list(range(8))


@pytest.mark.parametrize(
    "bad",
    [
        {"minimum_dte": 3, "maximum_dte": 1, "reach": 0.1},
        {"minimum_dte": 0, "maximum_dte": 1, "reach": 0.0},
        {"minimum_dte": 0, "maximum_dte": 1, "reach": 0.1, "right": 2},
        {"minimum_dte": 0, "maximum_dte": 1, "reach": 0.1, "reach_moves": -1.0},
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


@pytest.mark.parametrize(("target", "taken"), [(9, 7), (11, 14), (0, 7), (99, 14)])
def test_a_target_dte_takes_the_one_listed_expiry_that_is_nearest(target, taken):
    table = table_of([100], expiries=(TODAY, TODAY + 7, TODAY + 14))
    query = ChainQuery(5, 20, 0.1, target_dte=target)
    assert set(query.narrow(table, TODAY, query.bucket_of(100.0)).expiry.tolist()) == {TODAY + taken}


def test_a_target_between_two_expiries_takes_the_earlier_and_none_listed_takes_none():
    query = ChainQuery(0, 20, 0.1, target_dte=10)
    table = table_of([100], expiries=(TODAY + 13, TODAY + 7))
    assert set(query.narrow(table, TODAY, query.bucket_of(100.0)).expiry.tolist()) == {TODAY + 7}
    assert len(query.narrow(table_of([100], expiries=(TODAY + 90,)), TODAY, query.bucket_of(100.0))) == 0


def test_the_band_in_expected_moves_widens_with_the_root_of_time_within_the_reach():
    table = table_of(range(50, 151), expiries=(TODAY, TODAY + 35), rights=(1,))
    query = ChainQuery(0, 40, 0.3, reach_moves=2.0)
    found = ChainCache().narrow(query, table, at(100.0, volatility=0.2))
    near = found.strike[found.expiry == TODAY]
    far = found.strike[found.expiry == TODAY + 35]
    assert (near.min(), near.max()) == (98.0, 102.0)  # 2 × 100 × 0.2 × √(1/365) = 2.1
    assert (far.min(), far.max()) == (88.0, 112.0)  # 2 × 100 × 0.2 × √(36/365) = 12.6
    assert len(ChainCache().narrow(query, table, at(100.0))) == 2 * 60  # without a volatility, the reach


def test_a_contract_listed_twice_is_marked_both_times():
    table = table_of([95, 100])
    table.add("again", 100.0, 1, TODAY, None)
    query = ChainQuery(0, 0, 0.1)
    found = query.narrow(table, TODAY, query.bucket_of(100.0))
    assert found.duplicate.tolist() == [False, False, True, False, True]
    assert query.narrow(table_of([95, 100]), TODAY, query.bucket_of(100.0)).duplicate is None


@pytest.mark.parametrize("spot", [0.0, -5.0, float("nan"), float("inf")])
def test_a_price_that_is_none_gives_an_empty_chain(spot):
    cache = ChainCache()
    assert len(cache.narrow(ChainQuery(0, 0, 0.1), table_of([100]), at(spot))) == 0
    assert cache.prepare(ChainQuery(0, 0, 0.1), table_of([100]), at(spot), span=0.01, most=9) == 0
    assert cache.peek(ChainQuery(0, 0, 0.1), table_of([100]), at(spot)) is None


# --- cached = uncached, whatever happens in between -------------------------------------------------------------------

STEP = st.one_of(
    st.tuples(st.just("ask"), st.floats(80, 120), st.floats(0.1, 0.4)),
    st.tuples(st.just("list"), st.floats(80, 120), st.booleans()),
    st.tuples(st.just("relist"), st.just(0), st.just(0)),
    st.tuples(st.just("action"), st.just(0), st.just(0)),
    st.tuples(st.just("wait"), st.integers(1, 300), st.just(0)),
    st.tuples(st.just("day"), st.just(0), st.just(0)),
    st.tuples(st.just("regime"), st.integers(-1, 5), st.just(0)),
    st.tuples(st.just("prepare"), st.floats(80, 120), st.integers(1, 6)),
)


@settings(max_examples=80)
@given(st.lists(STEP, max_size=60), st.integers(0, 5))
def test_any_interleaving_of_questions_listings_time_and_days_gives_answers_equal_to_fresh_ones(steps, capacity):
    table = table_of(range(80, 121, 5), expiries=(TODAY, TODAY + 1, TODAY + 2))
    queries = [ChainQuery(0, 1, 0.1), ChainQuery(0, 2, 0.2, right=-1, target_dte=2, reach_moves=3.0)]
    cached, asked, today, now, regime, volatility = ChainCache(capacity, ttl_ms=100 * MINUTE), 0, TODAY, 0, -1, 0.2
    for step, (what, one, two) in enumerate(steps):
        if what == "ask":
            volatility = two
            context = at(one, today=today, utc_ms=now, volatility=volatility, regime=regime)
            for query in queries:
                found, fresh = cached.narrow(query, table, context), ChainCache(0).narrow(query, table, context)
                assert found.rows.tolist() == fresh.rows.tolist()
                assert found.handles == fresh.handles
                assert found.strike.tolist() == fresh.strike.tolist()
                asked += 1
        elif what == "list":
            table.add(step, one, 1 if two else -1, today + 1, step)
        elif what == "relist":
            table.add((80, 1, TODAY + 2), 80.0, 1, TODAY + 2, step)
        elif what == "action":
            table.corporate_action()
        elif what == "wait":
            now += one * MINUTE
        elif what == "day":
            today += 1
            table.drop_expired(today)
            cached.forget_before(today)
        elif what == "regime":
            regime = one
        else:
            context = at(one, today=today, utc_ms=now, volatility=volatility, regime=regime)
            cached.prepare(queries[0], table, context, span=0.01, most=two)
        assert len(cached) <= capacity
    assert cached.hits + cached.misses + cached.stale == asked


def test_the_cache_counts_hits_misses_stale_and_evicted():
    table = table_of([100])
    query, cache = ChainQuery(0, 0, 0.1), ChainCache(1)
    cache.narrow(query, table, at(100.0))
    cache.narrow(query, table, at(100.0))
    table.add("new", 101.0, 1, TODAY, "new")
    cache.narrow(query, table, at(100.0))
    cache.narrow(query, table, at(110.0))
    assert cache.counters() == {
        "chain_cache_hits": 1,
        "chain_cache_misses": 2,
        "chain_cache_stale": 1,
        "chain_cache_evicted": 1,
        "chain_cache_prefetched": 0,
    }


@pytest.mark.parametrize(
    ("change", "counter"),
    [
        ({"utc_ms": 391 * MINUTE}, "stale"),
        ({"utc_ms": 390 * MINUTE}, "hits"),
        ({"spot": 100.2}, "misses"),
        ({"volatility": 0.206}, "misses"),
        ({"regime": 3}, "misses"),
        ({"today": TODAY + 1}, "misses"),
    ],
)
def test_what_makes_an_answer_untrue(change, counter):
    table, cache, query = table_of([100]), ChainCache(), ChainQuery(0, 1, 0.1, reach_moves=2.0)
    cache.narrow(query, table, at(100.05, volatility=0.2))
    before = getattr(cache, counter)
    cache.narrow(query, table, at(**({"spot": 100.05, "volatility": 0.2} | change)))
    assert getattr(cache, counter) == before + 1


def test_answers_of_earlier_dates_are_let_go():
    table, cache = table_of([100], expiries=(TODAY, TODAY + 1)), ChainCache()
    for today in (TODAY, TODAY + 1):
        cache.narrow(ChainQuery(0, 1, 0.1), table, at(100.0, today=today))
    cache.forget_before(TODAY + 1)
    assert len(cache) == 1


def test_preparing_makes_the_nearest_prices_first_and_a_question_then_hits():
    table, cache, query = table_of(range(90, 111)), ChainCache(), ChainQuery(0, 0, 0.05)
    assert cache.prepare(query, table, at(100.0), span=0.005, most=3) == 3
    assert cache.prepare(query, table, at(100.0), span=0.005, most=99) == 8
    assert cache.prepare(query, table, at(100.0), span=0.005, most=99) == 0
    for spot in (99.55, 100.0, 100.45):
        cache.narrow(query, table, at(spot))
    assert (cache.hits, cache.misses, cache.prefetched) == (3, 0, 11)


@pytest.mark.parametrize(("capacity", "made"), [(1, 1), (2, 1), (3, 3), (100, 41)])
def test_preparing_a_small_cache_keeps_the_nearest_prices(capacity, made):
    table, cache, query = table_of(range(90, 111)), ChainCache(capacity), ChainQuery(0, 0, 0.05)
    assert cache.prepare(query, table, at(100.0), span=0.02, most=99) == made
    assert cache.prepare(query, table, at(100.0), span=0.02, most=99) == cache.evicted == 0
    cache.narrow(query, table, at(100.0))
    assert (cache.hits, cache.misses) == (1, 0)


def test_roots_that_share_a_cache_get_their_own_contracts():
    """Monthly and weekly contracts of one index: the same price, the same date and as many listings."""
    cache, query = ChainCache(), ChainQuery(0, 0, 0.1)
    monthly, weekly = table_of([95, 100]), table_of([98, 102])
    assert monthly.version == weekly.version
    for _ in range(2):
        assert cache.narrow(query, monthly, at(100.0)).strike.tolist() == [95.0, 95.0, 100.0, 100.0]
        assert cache.narrow(query, weekly, at(100.0)).strike.tolist() == [98.0, 98.0, 102.0, 102.0]
    assert cache.prepare(query, weekly, at(100.0), span=0.0, most=9) == 0
    assert cache.peek(query, monthly, at(100.0)).strike.tolist() == [95.0, 95.0, 100.0, 100.0]
    assert (len(cache), cache.hits, cache.misses) == (2, 2, 2)


def test_25_000_entries_fit_and_the_least_recently_used_goes_first():
    table, cache, query = table_of([100]), ChainCache(25_000), ChainQuery(0, 0, 0.1)
    first = at(10.0)
    cache.narrow(query, table, first)
    for i in range(24_999):
        cache.narrow(query, table, at(100.0, regime=i))
    cache.narrow(query, table, first)
    assert (len(cache), cache.evicted, cache.hits) == (25_000, 0, 1)
    cache.narrow(query, table, at(100.0, regime=99_999))
    assert (len(cache), cache.evicted) == (25_000, 1)
    cache.narrow(query, table, first)
    assert cache.hits == 2


def test_a_cache_of_negative_size_or_life_is_refused():
    with pytest.raises(ValueError, match="capacity was -1"):
        ChainCache(-1)
    with pytest.raises(ValueError, match="ttl_ms was 0"):
        ChainCache(1, ttl_ms=0)


def test_rows_of_an_empty_table_are_none():
    query = ChainQuery(0, 9, 0.1, target_dte=3)
    found = query.narrow(ContractTable(), TODAY, query.bucket_of(100.0))
    assert (len(found), found.handles, found.duplicate) == (0, (), None)
    assert found.rows.dtype == np.int64
