"""Reading, gating, pricing and choosing on recorded columns: kept where nothing changed, equal to fresh always."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thetatrace.chain import (
    ChainCache,
    ChainContext,
    ChainQuery,
    ChainSnapshot,
    ContractTable,
    Liquidity,
    LiveChain,
    PricedChain,
    PricingClock,
    QuoteReason,
    RecordedQuotes,
    StrikeRule,
    choose,
    gate,
    price_chain,
    years_to_settlement,
)
from thetatrace.pricing import price
from thetatrace.reasons import Reason

TODAY = 736_700
MINUTE, DAY = 60_000, 86_400_000
QUERY = ChainQuery(0, 9, 0.3)
CLOCK = PricingClock(settlement_utc_ms=6 * 60 * MINUTE, rate=0.01)


def listed(strikes=(95, 100, 105), expiries=(TODAY,)):
    table = ContractTable()
    for expiry in expiries:
        for strike in strikes:
            for right in (1, -1):
                table.add((strike, right, expiry), float(strike), right, expiry, None)
    return table


def quoted(table, spot=100.0, volatility=0.2, half=0.05, years=6 / 24 / 365):
    days = (table.expiry - TODAY) / 365
    fair = np.asarray(price(spot, table.strike, days + years, volatility, 0.01, 0.0, table.right))
    return RecordedQuotes(np.maximum(fair - half, 0.0), fair + half)


def now(utc_ms=0, spot=100.0):
    return ChainContext(TODAY, utc_ms, spot)


def snapshot(bid, ask, **columns):
    n = len(bid)
    strike = np.arange(100.0, 100.0 + n)
    return ChainSnapshot(
        100.0, np.arange(n), strike, np.ones(n, np.int64), np.array(bid, float), np.array(ask, float), **columns
    )


# --- gates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bid", "ask", "reason"),
    [
        (1.0, 1.1, "OK"),
        (1.0, 1.0, "OK"),
        (0.0, 1.1, "MISSING"),
        (1.0, 0.0, "MISSING"),
        (-1.0, 1.1, "MISSING"),
        (np.nan, 1.1, "MISSING"),
        (1.0, np.nan, "MISSING"),
        (1.2, 1.1, "CROSSED"),
        (1.0, np.inf, "NOT_FINITE"),
        (np.inf, np.inf, "NOT_FINITE"),
        (-np.inf, np.inf, "MISSING"),
        (1e300, 1.5e300, "OK"),
    ],
)
def test_each_bad_quote_has_its_code_and_determines_no_price(bid, ask, reason):
    found = gate(snapshot([bid], [ask]))
    assert QuoteReason(int(found.code[0])).name == reason
    assert found.counts[QuoteReason[reason]] == 1
    assert np.isnan(snapshot([bid], [ask]).mid[0]) == (reason != "OK")


def test_liquidity_gates_apply_to_the_columns_that_were_read():
    quotes = snapshot(
        [1.0] * 5, [1.05, 1.5, 1.05, 1.05, 1.05],
        age_seconds=np.array([1.0, 1.0, 46.0, 1.0, np.nan]),
        open_interest=np.array([50.0, 50, 50, 49, 50]),
        volume=np.array([10.0, 10, 10, 10, 10]),
    )  # fmt: skip
    asked = Liquidity(0.10, 0.05, maximum_age_seconds=45, minimum_open_interest=50, minimum_volume=10)
    names = [QuoteReason(code).name for code in gate(quotes, asked).code.tolist()]
    assert names == ["OK", "WIDE", "STALE", "THIN_INTEREST", "STALE"]
    assert gate(snapshot([1.0], [1.05]), asked).usable.all()
    assert gate(snapshot([0.05], [0.10]), asked).usable.all()  # within the points although wide in per cent


def test_the_lowest_code_that_applies_is_given():
    quotes = snapshot(
        [1.2, 1.0], [1.1, 9.0], duplicate=np.array([True, True]), age_seconds=np.array([99.0, 99.0])
    )  # fmt: skip
    codes = gate(quotes, Liquidity(0.1, maximum_age_seconds=45)).code.tolist()
    assert codes == [QuoteReason.CROSSED, QuoteReason.DUPLICATE]


def test_the_chain_is_refused_by_its_share_of_sound_quotes_and_wide_ones_are_sound():
    assert gate(snapshot([1, 0, 2], [1.1, 0.2, 1.9])).refusal(0.8) is Reason.CHAIN_INVALID
    assert gate(snapshot([1, 0, 2], [1.1, 0.2, 1.9])).refusal(0.5) is None
    assert gate(snapshot([1.0, 1.0], [9.0, 9.0]), Liquidity(0.1)).refusal(0.8) is None
    assert gate(snapshot([0, 0], [1, 1])).refusal(0.8) is Reason.CHAIN_EMPTY
    assert gate(snapshot([], [])).refusal(0.8) is Reason.CHAIN_EMPTY


def test_impossible_liquidity_is_refused():
    with pytest.raises(ValueError, match="age"):
        Liquidity(maximum_age_seconds=0)


# --- reading and pricing only what changed ----------------------------------------------------------------------------


def make(table=None, capacity=100, **options):
    table = table or listed()
    quotes = quoted(table)
    return LiveChain(table, quotes, ChainCache(capacity), **options), quotes


def test_nothing_moved_gives_the_very_same_objects_within_the_pricing_step():
    chain, _ = make()
    first = chain.snapshot(QUERY, now())
    priced = chain.priced(QUERY, first, now(), CLOCK)
    again = chain.snapshot(QUERY, now(MINUTE - 1))
    assert again is first
    assert chain.priced(QUERY, again, now(MINUTE - 1), CLOCK) is priced
    assert chain.priced(QUERY, again, now(MINUTE), CLOCK) is not priced
    assert (chain.prices_made, chain.prices_kept, chain.quotes_unchanged) == (2, 1, 1)


def test_a_quote_the_price_the_rate_or_the_listing_makes_a_new_answer():
    chain, quotes = make()
    first = chain.snapshot(QUERY, now())
    priced = chain.priced(QUERY, first, now(), CLOCK)
    assert chain.priced(QUERY, first, now(), PricingClock(CLOCK.settlement_utc_ms, 0.02)) is not priced
    assert chain.snapshot(QUERY, now(spot=100.01)) is not first
    quotes.bid[0] += 0.01
    assert chain.snapshot(QUERY, now(spot=100.01)).bid[0] == pytest.approx(first.bid[0])  # nobody said it moved
    quotes.touch()
    assert chain.snapshot(QUERY, now(spot=100.01)).bid[0] == pytest.approx(first.bid[0] + 0.01)
    quotes.touch()
    unmoved = chain.snapshot(QUERY, now(spot=100.01))
    quotes.touch()
    assert chain.snapshot(QUERY, now(spot=100.01)) is unmoved  # told to look, found the same


def test_without_a_cache_everything_is_fresh():
    chain, _ = make(capacity=0)
    first = chain.snapshot(QUERY, now())
    assert chain.snapshot(QUERY, now()) is not first
    chain.prepare(QUERY, now(), CLOCK)
    assert chain.prices_made == 0


def test_preparing_makes_the_first_decision_warm():
    chain, _ = make()
    chain.prepare(QUERY, now(), CLOCK, most=99)
    made = chain.prices_made
    found = chain.snapshot(QUERY, now())
    chain.priced(QUERY, found, now(), CLOCK)
    assert (chain.cache.hits, chain.cache.misses, chain.prices_made) == (1, 0, made)
    chain.begin_day(TODAY + 1)
    assert len(chain.snapshot(QUERY, ChainContext(TODAY + 1, DAY, 100.0))) == 0


def test_a_pricing_step_of_nothing_is_refused():
    with pytest.raises(ValueError, match="pricing_step_ms"):
        make(pricing_step_ms=0)


class Telling(RecordedQuotes):
    """Quotes that say which positions moved since the last stamp."""

    def __init__(self, bid, ask):
        super().__init__(bid, ask)
        self.rows, self.reads = None, 0

    def move(self, rows, by):
        self.bid[rows] += by
        self.rows = rows
        self.touch()

    def moved(self, chain, since):
        if since != self.stamp - 1 or self.rows is None:
            return None
        return [position for position, row in enumerate(chain.rows.tolist()) if row in self.rows]

    def read(self, chain):
        self.reads += 1
        return super().read(chain)


def test_a_reader_that_tells_what_moved_is_asked_for_that_alone():
    table = listed()
    fair = quoted(table)
    quotes = Telling(fair.bid, fair.ask)
    chain = LiveChain(table, quotes, ChainCache())
    first = chain.snapshot(QUERY, now())
    before = first.bid.copy()
    quotes.move([2], 0.02)
    second = chain.snapshot(QUERY, now())
    assert second.bid.tolist() == (before + 0.02 * (np.arange(6) == 2)).tolist()
    assert first.bid.tolist() == before.tolist()  # a snapshot handed out never changes
    assert quotes.reads == 1
    quotes.move([0], 0.01)
    quotes.move([1], 0.01)  # one was missed: all are read
    assert chain.snapshot(QUERY, now()).bid[:2].tolist() == (before[:2] + 0.01).tolist()
    assert quotes.reads == 2


MOVE = st.one_of(
    st.tuples(st.just("quote"), st.integers(0, 11), st.sampled_from([0.0, 0.01, 0.05, -9.0, float("nan")])),
    st.tuples(st.just("time"), st.integers(1, 100_000), st.just(0)),
    st.tuples(st.just("spot"), st.floats(97, 103), st.just(0)),
    st.tuples(st.just("list"), st.integers(101, 104), st.just(0)),
    st.tuples(st.just("look"), st.just(0), st.just(0)),
    st.tuples(st.just("prepare"), st.just(0), st.just(0)),
)


@settings(max_examples=60)
@given(st.lists(MOVE, max_size=40), st.booleans())
def test_any_interleaving_of_quotes_time_and_listings_prices_as_a_fresh_chain_does(moves, tells):
    table = listed(expiries=(TODAY, TODAY + 7))
    fair = quoted(table)
    kind = Telling if tells else RecordedQuotes
    quotes = kind(np.resize(fair.bid, 40).copy(), np.resize(fair.ask, 40).copy())
    kept, utc_ms, spot = LiveChain(table, quotes, ChainCache()), 0, 100.0
    for what, one, two in moves:
        if what == "quote":
            if tells:
                quotes.move([one], two)
            else:
                quotes.bid[one] += two
                quotes.touch()
        elif what == "time":
            utc_ms += one
        elif what == "spot":
            spot = one
        elif what == "list":
            table.add(one, float(one), 1, TODAY + 7, None)
        elif what == "prepare":
            kept.prepare(QUERY, now(utc_ms, spot), CLOCK)
        else:
            fresh = LiveChain(table, quotes, ChainCache(0))
            context = now(utc_ms, spot)
            ours, theirs = kept.snapshot(QUERY, context), fresh.snapshot(QUERY, context)
            assert ours.bid.tobytes() == theirs.bid.tobytes()
            assert ours.spot == theirs.spot
            priced, again = kept.priced(QUERY, ours, context, CLOCK), fresh.priced(QUERY, theirs, context, CLOCK)
            for name in ("volatility", "delta", "gamma", "theta", "vega"):
                assert getattr(priced, name).tobytes() == getattr(again, name).tobytes()


def test_prices_of_several_expiries_use_each_ones_own_time():
    table = listed(expiries=(TODAY, TODAY + 30))
    chain, query = LiveChain(table, quoted(table), ChainCache()), ChainQuery(0, 40, 0.3)
    priced = chain.priced(query, chain.snapshot(query, now()), now(), CLOCK)
    assert priced.volatility[6:] == pytest.approx([0.2] * 6, rel=1e-6)


def test_years_run_from_now_to_each_settlement():
    years = years_to_settlement(np.array([TODAY, TODAY + 365]), TODAY, DAY // 4, 0)
    assert years.tolist() == [0.25 / 365, 1 + 0.25 / 365]


def test_an_expired_or_empty_chain_prices_to_nan_and_nothing():
    table = listed()
    chain = LiveChain(table, quoted(table), ChainCache())
    found = chain.snapshot(QUERY, now(7 * 60 * MINUTE))
    assert np.isnan(chain.priced(QUERY, found, now(7 * 60 * MINUTE), CLOCK).delta).all()
    empty = LiveChain(ContractTable(), RecordedQuotes(np.zeros(0), np.zeros(0)), ChainCache())
    found = empty.snapshot(QUERY, now())
    priced = empty.priced(QUERY, found, now(), CLOCK)
    assert len(priced.delta) == 0
    assert choose(priced, StrikeRule(1)) is Reason.NO_STRIKE


def test_priced_chain_gives_call_and_put_deltas_that_differ_by_one_and_nan_without_a_quote():
    table = listed()
    quotes = quoted(table, half=0.0, years=30 / 365)
    quotes.bid[4] = 0.0
    found = LiveChain(table, quotes, ChainCache()).snapshot(QUERY, now())
    priced = price_chain(found, 30 / 365, 0.01)
    assert priced.volatility[:4] == pytest.approx([0.2] * 4)
    assert priced.delta[0] - priced.delta[1] == pytest.approx(1.0)
    assert np.isnan(priced.delta[4])


# --- choosing ---------------------------------------------------------------------------------------------------------


def put_side(deltas, bid=None, ask=None, **columns):
    """Puts at 99, 98, 97 … with these absolute deltas, quoted 1.00 by 1.10 unless said otherwise."""
    n = len(deltas)
    quotes = ChainSnapshot(
        100.0, np.arange(n), 99.0 - np.arange(n), -np.ones(n, np.int64),
        np.full(n, 1.0) if bid is None else np.array(bid, float),
        np.full(n, 1.1) if ask is None else np.array(ask, float),
        **columns,
    )  # fmt: skip
    zeros = np.zeros(n)
    return PricedChain(quotes, zeros, -np.array(deltas, float), zeros, zeros, zeros)


@pytest.mark.parametrize(
    ("rule", "strike"),
    [
        ({}, 99),
        ({"maximum_delta": 0.25}, 97),
        ({"delta": 0.26}, 97),
        ({"delta": 0.28, "maximum_delta": 0.29}, 97),
        ({"delta": 0.29}, 98),
        ({"minimum_otm": 0.025}, 97),
        ({"minimum_moves": 0.5}, 97),
        ({"delta": 0.15}, 95),  # 0.10 and 0.20 are as near: the one further out
    ],
)
def test_one_rule_chooses_one_strike(rule, strike):
    chain = put_side([0.4, 0.31, 0.24, 0.2, 0.1])
    found = choose(chain, StrikeRule(-1, **rule), expected_move=6.0)
    assert chain.snapshot.strike[found.strike] == strike
    assert found.wing is None


def test_bounds_that_nothing_meets_and_deltas_that_nobody_knows_have_their_reasons():
    assert choose(put_side([0.4, 0.3]), StrikeRule(-1, maximum_delta=0.2)) is Reason.NO_STRIKE
    assert choose(put_side([np.nan, 0.3]), StrikeRule(-1, maximum_delta=0.2)) is Reason.GREEKS_UNDETERMINED
    assert choose(put_side([0.4]), StrikeRule(-1, minimum_moves=1.0)) is Reason.GREEKS_UNDETERMINED
    assert choose(put_side([0.4]), StrikeRule(1)) is Reason.NO_STRIKE


@pytest.mark.parametrize(
    "bad",
    [
        {"right": 0},
        {"right": 1, "delta": 0.0},
        {"right": 1, "delta": 0.3, "maximum_delta": 0.2},
        {"right": 1, "width": -5.0},
        {"right": 1, "minimum_otm": float("nan")},
        {"right": 1, "maximum_delta": float("nan")},
    ],
)
def test_an_impossible_rule_is_refused(bad):
    with pytest.raises(ValueError, match="was"):
        StrikeRule(**bad)


def test_the_wing_is_exactly_one_width_out_and_belongs_to_the_same_expiry():
    chain = put_side([0.4, 0.3, 0.2, 0.1], expiry=np.array([1, 1, 2, 1]))
    assert choose(chain, StrikeRule(-1, width=2.0)) is Reason.NO_WING
    assert choose(chain, StrikeRule(-1, width=3.0)).wing == 3
    twice = put_side([0.4, 0.3], duplicate=np.array([False, True]))
    assert choose(twice, StrikeRule(-1, width=1.0)) is Reason.NO_WING
    endless = put_side([0.4, 0.3], ask=[1.1, np.inf])
    assert choose(endless, StrikeRule(-1, width=1.0)) is Reason.NO_WING


def test_a_wing_is_found_where_strikes_and_widths_carry_rounding():
    chain = put_side([0.4, 0.3])
    chain.snapshot.strike[:] = (10.3, 10.1)  # 10.3 − 0.2 is 10.100000000000001
    assert choose(chain, StrikeRule(-1, width=0.2)).wing == 1


@pytest.mark.parametrize(
    ("wing_bid", "least", "taken"),
    [(0.2, 0.80, True), (0.2, 0.81, False), (np.nan, 0.9, True), (9.0, 0.75, True), (9.0, 0.76, False)],
)
def test_the_credit_at_mid_pays_for_the_wing(wing_bid, least, taken):
    chain = put_side([0.4, 0.1], bid=[1.0, wing_bid], ask=[1.1, 0.3])
    found = choose(chain, StrikeRule(-1, width=1.0, minimum_credit=least - 1e-9))
    assert (found is not Reason.CREDIT_TOO_SMALL) is taken


def test_a_strike_that_fails_its_liquidity_gate_is_passed_over():
    chain = put_side([0.4, 0.3], bid=[0.5, 1.0], open_interest=np.array([500.0, 500.0]))
    assert choose(chain, StrikeRule(-1, liquidity=Liquidity(0.1, minimum_open_interest=50))).strike == 1
