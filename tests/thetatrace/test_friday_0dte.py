"""Friday 0DTE rules at their boundaries, on hand-made chains."""

from datetime import datetime

import numpy as np
import pytest

from thetatrace.chain import ChainSnapshot, PricedChain
from thetatrace.reasons import Reason
from thetatrace.strategies import EntryPlan, ExitPlan, Friday0dte, Friday0dteSettings, MarketView, Structure
from thetatrace.volatility import Regime, RegimeReading, VixAction

FRIDAY = datetime(2018, 1, 26, 10, 30)
CALM = RegimeReading(15.0, Regime.LOW, None, VixAction.NONE, False, None)


def view(**changes):
    facts = {
        "now": FRIDAY,
        "utc_ms": 0,
        "spot": 2800.0,
        "session_open": 2800.0,
        "previous_close": 2800.0,
        "average_true_range": 20.0,
    }
    return MarketView(**(facts | changes))


def chain(spot=2800.0, *, half_spread=0.05, step=5.0, sigma=14.0):
    """A chain whose deltas fall like a normal tail with `sigma` points, strikes 200 either side."""
    from scipy.stats import norm

    strikes = np.arange(spot - 200, spot + 200.1, step)
    strike = np.repeat(strikes, 2)
    right = np.tile([1, -1], len(strikes))
    distance = right * (strike - spot) / sigma
    delta = right * norm.sf(distance)
    value = sigma * (norm.pdf(distance) - distance * norm.sf(distance))
    bid = np.round(np.maximum(value - half_spread, 0), 2)
    snapshot = ChainSnapshot(spot, np.arange(len(strike)), strike, right, bid, np.round(value + half_spread, 2))
    zeros = np.zeros(len(strike))
    return PricedChain(snapshot, zeros + 0.15, delta, zeros, zeros, zeros)


def plan(strategy=None, seen=None, priced=None, attempt=0):
    return (strategy or Friday0dte()).plan_entry(seen or view(), priced or chain(), attempt, 100.0)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2018, 1, 26, 10, 29), False),
        (datetime(2018, 1, 26, 10, 30), True),
        (datetime(2018, 1, 26, 11, 0), True),
        (datetime(2018, 1, 26, 11, 1), False),
        (datetime(2018, 1, 25, 10, 30), False),
    ],
)
def test_entries_are_due_on_fridays_inside_the_window_only(now, due):
    assert Friday0dte().entry_due(view(now=now)) is due


@pytest.mark.parametrize(
    ("spot", "structure"),
    [
        (2814.0, Structure.IRON_CONDOR),
        (2814.1, Structure.CALL_SPREAD),
        (2786.0, Structure.IRON_CONDOR),
        (2785.9, Structure.PUT_SPREAD),
    ],
)
def test_the_side_the_market_moved_towards_is_sold(spot, structure):
    assert Friday0dte().structure(view(spot=spot)) is structure


def test_the_structure_of_an_unknown_move_is_an_error_not_a_condor():
    with pytest.raises(ValueError, match="move is unknown"):
        Friday0dte().structure(view(session_open=None))


@pytest.mark.parametrize(
    ("changes", "regime", "reason"),
    [
        ({}, RegimeReading(None, None, Reason.VIX_STALE, VixAction.NONE, False, None), Reason.VIX_STALE),
        ({}, RegimeReading(40.0, Regime.EXTREME, None, VixAction.FLATTEN, False, None), Reason.VIX_CEILING),
        ({"average_true_range": None}, CALM, Reason.HISTORY_MISSING),
        ({"previous_close": None}, CALM, Reason.HISTORY_MISSING),
        ({"session_open": None}, CALM, Reason.UNDERLYING_MISSING),
        ({"spot": None}, CALM, Reason.UNDERLYING_STALE),
        ({"spot": 2842.0}, CALM, None),
        ({"spot": 2842.1}, CALM, Reason.MOVE_TOO_LARGE),
        ({"previous_close": 2757.0}, CALM, Reason.MOVE_TOO_LARGE),
        ({"spot": 2841.9}, CALM, None),
    ],
)
def test_refusals_before_the_chain_is_read(changes, regime, reason):
    assert Friday0dte().refusal_before_chain(view(**changes), regime) is reason


def test_a_vix_floor_refuses_below_it():
    strategy = Friday0dte(Friday0dteSettings(vix_floor=16.0))
    assert strategy.refusal_before_chain(view(), CALM) is Reason.VIX_FLOOR


def test_a_condor_sells_the_nearest_strike_beyond_both_rules_and_buys_the_exact_width():
    found = plan()
    assert isinstance(found, EntryPlan)
    assert found.structure is Structure.IRON_CONDOR
    legs = {(leg.right, leg.ratio): leg for leg in found.legs}
    # 25 delta of a 14-point normal lies 9.4 points out; half an ATR lies 10: the farther one rules
    assert (legs[-1, -1].strike, legs[1, -1].strike) == (2790.0, 2810.0)
    assert (legs[-1, 1].strike, legs[1, 1].strike) == (2760.0, 2840.0)
    assert all(abs(leg.delta) <= 0.25 for leg in found.legs if leg.ratio < 0)


def test_the_delta_rule_moves_the_strike_out_when_the_range_is_small():
    found = plan(seen=view(average_true_range=2.0), priced=chain(step=1.0))
    assert isinstance(found, EntryPlan)
    shorts = sorted(leg.strike for leg in found.legs if leg.ratio < 0)
    assert shorts == [2790.0, 2810.0]


def test_credit_limits_and_losses_follow_from_the_legs():
    found = plan()
    assert isinstance(found, EntryPlan)
    best = sum(leg.ask if leg.ratio < 0 else -leg.bid for leg in found.legs)
    natural = sum(leg.bid if leg.ratio < 0 else -leg.ask for leg in found.legs)
    assert (found.best_credit, found.natural_credit) == (pytest.approx(best), pytest.approx(natural))
    assert found.credit == pytest.approx(best - 0.4 * (best - natural), abs=0.025)
    costs = 2 * 1.0 * 4 / 100
    assert found.planned_loss_usd == pytest.approx((2 * found.credit + costs) * 100)
    assert found.maximum_loss_usd == pytest.approx((30 - found.credit + costs) * 100)


def test_retries_give_way_step_by_step_and_the_losses_are_of_the_credit_that_is_sent():
    found = [plan(attempt=attempt) for attempt in range(4)]
    asked = [each.credit for each in found]
    assert asked == sorted(asked, reverse=True)
    assert len(set(asked)) > 1
    assert not any(each.at_market for each in found)
    assert found[3].maximum_loss_usd > found[0].maximum_loss_usd


def test_after_the_last_limit_the_natural_price_is_taken_only_while_it_pays_enough():
    found = plan(attempt=4)
    assert found.at_market
    assert found.credit == found.natural_credit
    assert not plan(Friday0dte(Friday0dteSettings(cross_at_last=False)), attempt=4).at_market
    thin = plan(Friday0dte(Friday0dteSettings(minimum_credit_fraction=(found.natural_credit - 0.03) / 30)), attempt=4)
    assert not thin.at_market
    assert thin.credit > found.natural_credit


def test_a_thin_credit_is_refused():
    assert plan(priced=chain(sigma=6.0), seen=view(average_true_range=10.0)) is Reason.CREDIT_TOO_SMALL


def test_wide_spreads_are_refused_not_crossed():
    assert plan(priced=chain(half_spread=0.3)) is Reason.SPREAD_TOO_WIDE


def test_no_strike_far_enough_is_a_refusal():
    assert plan(seen=view(average_true_range=500.0)) is Reason.NO_STRIKE


def test_a_missing_wing_is_a_refusal():
    assert plan(Friday0dte(Friday0dteSettings(width_points=31.0))) is Reason.NO_WING


def test_undetermined_volatility_where_a_leg_is_needed_is_said():
    priced = chain()
    priced.delta[:] = np.nan
    assert plan(priced=priced) is Reason.GREEKS_UNDETERMINED


def test_missing_history_never_reaches_the_strikes():
    assert plan(seen=view(average_true_range=None)) is Reason.HISTORY_MISSING


def test_a_wing_nobody_bids_for_counts_as_worth_nothing():
    priced = chain()
    far = (priced.snapshot.strike == 2840.0) & (priced.snapshot.right == 1)
    priced.snapshot.bid[far] = np.nan
    found = plan(priced=priced)
    assert isinstance(found, EntryPlan)
    assert next(leg.bid for leg in found.legs if leg.strike == 2840.0) == 0.0


def leave(credit=4.0, mark=4.0, natural=4.1):
    found = Friday0dte().exit_by_price(credit, mark, natural)
    return found.reason if isinstance(found, ExitPlan) else found


@pytest.mark.parametrize(
    ("mark", "natural", "reason"),
    [
        (4.0, 4.1, Reason.HOLD),
        (1.9, 1.95, Reason.EXIT_PROFIT),
        (1.9, 2.0, Reason.HOLD),
        (11.99, 12.4, Reason.HOLD),
        (12.0, 12.4, Reason.EXIT_STOP),
        (None, None, Reason.WAITING_FOR_QUOTES),
    ],
)
def test_exits_by_price_at_their_boundaries_for_a_credit_of_four(mark, natural, reason):
    assert leave(mark=mark, natural=natural) is reason


@pytest.mark.parametrize(
    ("mark", "natural", "reason"),
    [(49.5, 99.0, Reason.WAITING_FOR_QUOTES), (14.0, 29.1, Reason.WAITING_FOR_QUOTES), (14.0, 29.0, Reason.EXIT_STOP)],
)
def test_shorts_quoted_wider_than_the_structure_stop_nothing_out(mark, natural, reason):
    found = Friday0dte(Friday0dteSettings(width_points=30.0)).exit_by_price(4.0, mark, natural)
    assert (found.reason if isinstance(found, ExitPlan) else found) is reason


def test_no_limit_is_ever_zero():
    """LEAN raises on a combo limit of 0."""
    everything = Friday0dte(Friday0dteSettings(profit_fraction=1.0, minimum_credit_fraction=0.0, cost_per_leg_usd=0.0))
    assert everything.exit_by_price(4.0, 0.0, 0.05) is Reason.HOLD
    assert everything.exit_by_price(4.0, 0.0, 0.0) == ExitPlan(Reason.EXIT_PROFIT, 0.05)
    assert everything.exit_by_price(4.0, -0.1, -0.05) == ExitPlan(Reason.EXIT_PROFIT, 0.05)
    for attempt in range(6):
        found = plan(everything, priced=chain(half_spread=0.25), attempt=attempt)
        assert found is Reason.CREDIT_TOO_SMALL or found.credit >= 0.05


def test_a_bid_above_the_ask_is_old_and_never_makes_a_wing_dearer():
    """LEAN keeps a bid that has disappeared."""
    priced = chain()
    fair = plan(priced=priced)
    wing = fair.legs[0]
    priced.snapshot.bid[wing.row] = 9.0
    found = plan(priced=priced)
    assert found.legs[0].bid == wing.ask
    assert found.natural_credit == fair.natural_credit
    assert found.best_credit == pytest.approx(fair.best_credit - (wing.ask - wing.bid))


def test_profits_are_taken_with_a_limit_that_keeps_the_target():
    found = Friday0dte().exit_by_price(4.0, 1.5, 1.6)
    assert found == ExitPlan(Reason.EXIT_PROFIT, 2.0)
    assert not found.urgent


SPIKE = RegimeReading(41.0, Regime.EXTREME, Reason.VIX_PANIC, VixAction.FLATTEN, True, None)
BLIND = RegimeReading(None, None, Reason.VIX_MISSING, VixAction.NONE, False, None)


@pytest.mark.parametrize(
    ("hour", "minute", "regime", "reason"),
    [
        (14, 59, CALM, None),
        (15, 0, CALM, Reason.EXIT_TIME),
        (15, 29, BLIND, Reason.EXIT_TIME),
        (15, 30, CALM, Reason.EXIT_FORCED),
        (12, 0, BLIND, None),
        (
            12,
            0,
            RegimeReading(41.0, Regime.EXTREME, Reason.VIX_PANIC, VixAction.FLATTEN, True, None),
            Reason.EXIT_VOLATILITY,
        ),
    ],
)
def test_clock_and_spike_exits_need_no_prices_and_no_vix(hour, minute, regime, reason):
    found = Friday0dte().exit_without_prices(view(now=datetime(2018, 1, 26, hour, minute), spot=None), regime)
    assert (found.reason if found else None) is reason
    assert found is None or found.urgent
