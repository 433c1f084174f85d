"""Chains of hand-made columns: a code for every quote, no number where there is none, never an exception."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

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
    StrikeRule,
    choose,
    years_to_settlement,
)
from thetatrace.chain.smiles import fill_gaps, fit_chain, implied_yields
from thetatrace.reasons import Reason

TODAY, HOUR = 736_700, 3_600_000
SETTLED = 6 * HOUR
NUMBERS = st.sampled_from([0.0, -0.0, -1.0, np.nan, np.inf, -np.inf, 1e-320, 1e-9, 0.05, 1.0, 4.0, 20.0, 1e12, 1e300])
CONTRACTS = st.lists(
    st.tuples(
        st.sampled_from([-1.0, 0.0, np.nan, np.inf, 90.0, 95.0, 99.0, 100.0, 100.0, 101.0, 105.0, 110.0]),
        st.sampled_from([1, -1]),
        st.sampled_from([-1, 0, 0, 7, 1825]),
        NUMBERS, NUMBERS, NUMBERS, NUMBERS,
    ),
    max_size=25,
)  # fmt: skip
SPOTS = st.one_of(st.just(100.0), NUMBERS)
CLOCKS = st.builds(
    PricingClock, st.just(SETTLED), st.sampled_from([0.01, 0.0, -0.02, 5.0]), st.sampled_from([0.0, 0.03, np.nan])
)
LIQUIDITY = st.sampled_from([None, Liquidity(0.1, 0.05, 60.0, 50.0), Liquidity(np.inf, 0.0, np.inf, 1.0)])


def chain_of(contracts, capacity):
    table = ContractTable()
    for key, (strike, right, days, *_) in enumerate(contracts):
        table.add(key, strike, right, TODAY + days, None)
    columns = np.array([quote for _, _, _, *quote in contracts], float).reshape(-1, 4).T.copy()
    return LiveChain(table, RecordedQuotes(*columns), ChainCache(capacity))


@settings(max_examples=150, deadline=None)
@given(CONTRACTS, SPOTS, CLOCKS, LIQUIDITY, st.sampled_from([0, SETTLED - 1, SETTLED, 30 * HOUR]), st.integers(0, 3))
def test_any_columns_give_codes_and_nan_and_never_an_exception(contracts, spot, clock, liquidity, utc_ms, capacity):
    chain, context = chain_of(contracts, capacity), ChainContext(TODAY, utc_ms, spot, 0.2)
    query = ChainQuery(0, 2000, 0.5, reach_moves=3.0, liquidity=liquidity)
    chain.prepare(query, context, clock)
    taken = chain.snapshot(query, context)
    gates = chain.gates(query, taken)
    assert sum(gates.counts) == len(taken)
    assert not (gates.usable & ~taken.sound).any()
    assert gates.refusal(0.8) in (None, Reason.CHAIN_EMPTY, Reason.CHAIN_INVALID)
    priced = chain.priced(query, taken, context, clock)
    years = years_to_settlement(taken.expiry, TODAY, clock.settlement_utc_ms, utc_ms - utc_ms % 60_000)
    hopeless = ~taken.sound | (years <= 0) | np.isnan(clock.dividend_yield)
    for column in (priced.volatility, priced.delta, priced.gamma, priced.theta, priced.vega):
        assert np.isnan(column[hopeless]).all()
        assert not np.isinf(column).any()
    for side in (1, -1):
        found = choose(priced, StrikeRule(side, delta=0.2, width=5.0, minimum_moves=0.5), expected_move=2.0)
        if not isinstance(found, Reason):
            assert gates.code[found.strike] not in (QuoteReason.MISSING, QuoteReason.CROSSED, QuoteReason.DUPLICATE)
            assert not np.isnan(priced.delta[found.strike])
    yields = implied_yields(taken, years, clock.rate)
    assert len(yields) == len(taken)
    filled = fill_gaps(priced, fit_chain(priced, years, clock.rate), years, clock.rate)
    assert not np.isinf(filled.chain.volatility).any()
