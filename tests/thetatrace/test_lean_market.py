"""The market's state on a fake engine: daily roll, late bars, fill-forward bars, half days, quotes and contracts."""

from datetime import datetime, timedelta
from math import inf
from types import SimpleNamespace

import pytest


@pytest.fixture
def market(fake):
    from thetatrace.lean.market import MarketState
    from thetatrace.volatility import VixRegime

    engine = fake.Algorithm()
    index, vix = fake.Symbol("SPX", fake.SecurityType.INDEX), fake.Symbol("VIX", fake.SecurityType.INDEX)
    engine.daily[index] = [fake.bar(2800.0, high=2810.0, low=2790.0)] * 30
    engine.daily[vix] = [fake.bar(15.0)] * 260
    state = MarketState(engine, index, vix, VixRegime())
    state.warm_up()

    def feed(at, index_bar=None, vix_bar=None):
        engine.time = at
        bars = {symbol: each for symbol, each in ((index, index_bar), (vix, vix_bar)) if each is not None}
        return state.update(SimpleNamespace(bars=bars), round(engine.utc_time.timestamp() * 1000))

    return SimpleNamespace(state=state, feed=feed)


THURSDAY, FRIDAY = datetime(2018, 1, 25, 9, 31), datetime(2018, 1, 26, 9, 31)


def test_history_gives_the_range_and_the_previous_close(market):
    view = market.feed(THURSDAY)
    assert (view.average_true_range, view.previous_close, view.spot, view.session_open) == (20.0, 2800.0, None, None)
    assert market.state.regime.read(0).level is None


def test_the_first_bar_of_a_day_gives_the_open_and_rolls_the_day_before(market, fake):
    market.feed(THURSDAY, fake.bar(2802.0, opened=2801.0, high=2806.0, low=2799.0))
    market.feed(THURSDAY + timedelta(hours=1), fake.bar(2830.0, high=2834.0, low=2796.0))
    market.feed(THURSDAY + timedelta(hours=6), fake.bar(2820.0))
    view = market.feed(FRIDAY, fake.bar(2826.0, opened=2825.0))
    assert (view.spot, view.session_open, view.previous_close) == (2826.0, 2825.0, 2820.0)
    assert view.average_true_range == pytest.approx(20.0 + (2834.0 - 2796.0 - 20.0) / 14)
    assert view.gap == pytest.approx(5.0 / 2820.0)


@pytest.mark.parametrize(("minute", "known"), [(35, True), (36, False)])
def test_a_late_first_bar_does_not_hold_the_sessions_open(market, fake, minute, known):
    view = market.feed(FRIDAY.replace(minute=minute), fake.bar(2800.0))
    assert (view.session_open is not None) is known
    assert view.spot == 2800.0


def test_a_fill_forward_index_bar_is_not_news(market, fake):
    market.feed(FRIDAY, fake.bar(2800.0))
    view = market.feed(FRIDAY + timedelta(minutes=1), fake.bar(2900.0, fill_forward=True))
    assert (view.spot, view.session_open) == (None, 2800.0)


def test_a_spot_is_known_for_thirty_seconds(market, fake):
    market.feed(FRIDAY, fake.bar(2800.0))
    assert market.feed(FRIDAY + timedelta(seconds=30)).spot == 2800.0
    assert market.feed(FRIDAY + timedelta(seconds=31)).spot is None


def test_yesterdays_open_and_spot_do_not_count_today(market, fake):
    market.feed(THURSDAY, fake.bar(2800.0))
    view = market.feed(FRIDAY)
    assert (view.spot, view.session_open) == (None, None)


def test_fill_forward_vix_bars_are_ignored_and_real_ones_taken(market, fake):
    market.feed(FRIDAY, vix_bar=fake.bar(14.0))
    view = market.feed(FRIDAY + timedelta(minutes=5), vix_bar=fake.bar(30.0, fill_forward=True))
    assert market.state.regime.read(view.utc_ms).level == 14.0
    view = market.feed(FRIDAY + timedelta(minutes=6), vix_bar=fake.bar(30.0, fill_forward=True))
    assert market.state.regime.read(view.utc_ms).entry_reason.name == "VIX_STALE"


def test_quote_ages_come_from_real_points_only(fake):
    from thetatrace.lean.contracts import quote_ages_seconds

    engine = fake.Algorithm()
    fresh, never = (fake.Security(engine, fake.Symbol(name, fake.SecurityType.INDEX_OPTION)) for name in "ab")
    fresh.quoted = engine.time - timedelta(seconds=90)
    assert quote_ages_seconds([fresh, never]) == [90.0, inf]


def test_only_contracts_of_the_root_are_listed(fake):
    from thetatrace.lean.contracts import ContractFeed

    feed = ContractFeed("SPXW")
    expiry = datetime(2018, 1, 26)

    def security(root, canonical=False):
        identity = SimpleNamespace(symbol=root, strike_price=2800.0, option_right=fake.OptionRight.PUT, date=expiry)
        symbol = fake.Symbol(root, fake.SecurityType.INDEX_OPTION, identity, canonical)
        return fake.Security(fake.Algorithm(), symbol)

    feed.apply(SimpleNamespace(added_securities=[security("SPX"), security("SPXW", True), security("SPXW")]))
    assert (len(feed.table), feed.table.right.tolist(), feed.table.expiry.tolist()) == (1, [-1], [expiry.toordinal()])


@pytest.mark.parametrize("early", [False, True])
def test_half_days_end_before_the_usual_close(fake, early):
    from thetatrace.lean.desk import USUAL_INDEX_CLOSE
    from thetatrace.lean.market import closes_early

    engine = fake.Algorithm()
    if early:
        engine.early_dates.add(engine.time.date())
    index = fake.Security(engine, fake.Symbol("SPX", fake.SecurityType.INDEX))
    assert closes_early(index, engine.time.date(), USUAL_INDEX_CLOSE) is early
