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
        return state.update(SimpleNamespace(bars=bars), at, round(engine.utc_time.timestamp() * 1000))

    return SimpleNamespace(state=state, feed=feed, daily=engine.daily[index])


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


def test_a_session_that_was_seen_in_part_gives_no_range_and_history_gives_all_of_it(market, fake):
    """A live start at noon: what is left of the day is not its range."""
    market.feed(THURSDAY.replace(hour=12), fake.bar(2820.0, high=2821.0, low=2819.0))
    market.daily.append(fake.bar(2822.0, high=2830.0, low=2796.0))
    view = market.feed(FRIDAY, fake.bar(2826.0, opened=2825.0))
    assert view.previous_close == 2822.0
    assert view.average_true_range == pytest.approx(20.0 + (34.0 - 20.0) / 14)
    market.feed(FRIDAY.replace(hour=16, minute=0), fake.bar(2828.0))
    view = market.feed(FRIDAY + timedelta(days=3), fake.bar(2826.0))
    assert view.previous_close == 2828.0


@pytest.mark.parametrize("broken", [0.0, -1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("part", ["opened", "high", "low"])
def test_an_index_bar_without_a_price_is_not_news(market, fake, broken, part):
    view = market.feed(FRIDAY, fake.bar(2800.0, **({"high": 2800.0, "low": 2800.0} | {part: broken})))
    assert (view.spot, view.session_open) == (None, None)
    view = market.feed(FRIDAY + timedelta(minutes=1), fake.bar(2801.0))
    assert (view.spot, view.session_open, view.gap) == (2801.0, 2801.0, pytest.approx(1 / 2800))


def test_daily_history_without_prices_gives_no_range(fake):
    from thetatrace.lean.market import MarketState
    from thetatrace.volatility import VixRegime

    engine, index = fake.Algorithm(), fake.Symbol("SPX", fake.SecurityType.INDEX)
    engine.daily[index] = [fake.bar(0.0)] * 30
    state = MarketState(engine, index, index, VixRegime())
    state.warm_up()
    view = state.update(SimpleNamespace(bars={}), FRIDAY, 0)
    assert (view.average_true_range, view.previous_close) == (None, None)


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


def test_the_term_structure_is_followed_where_its_indices_are_subscribed(fake):
    from thetatrace.lean.market import MarketState
    from thetatrace.volatility import VixRegime

    engine = fake.Algorithm()
    index, vix, near = (fake.Symbol(name, fake.SecurityType.INDEX) for name in ("SPX", "VIX", "VIX9D"))
    state = MarketState(engine, index, vix, VixRegime(), nine_days=near)
    state.update(SimpleNamespace(bars={vix: fake.bar(18.0), near: fake.bar(19.0, fill_forward=True)}), FRIDAY, 0)
    assert state.regime.read(0).inverted is None
    state.update(SimpleNamespace(bars={vix: fake.bar(18.0), near: fake.bar(19.0)}), FRIDAY, 0)
    assert state.regime.read(0).inverted is True


def test_quote_ages_come_from_real_points_only(fake):
    from thetatrace.lean.contracts import quote_ages_seconds

    engine = fake.Algorithm()
    fresh, never = (fake.Security(engine, fake.Symbol(name, fake.SecurityType.INDEX_OPTION)) for name in "ab")
    fresh.quoted = engine.time - timedelta(seconds=90)
    assert quote_ages_seconds([fresh, never]) == [90.0, inf]


EXPIRY = datetime(2018, 1, 26)


def contract(fake, engine, root="SPXW", strike=2800.0, canonical=False, expiry=EXPIRY, **facts):
    identity = SimpleNamespace(
        symbol=root, strike_price=strike, option_right=fake.OptionRight.PUT, date=expiry,
        option_style=fake.OptionStyle.EUROPEAN,
    )  # fmt: skip
    return fake.Security(engine, fake.Symbol(root, fake.SecurityType.INDEX_OPTION, identity, canonical), **facts)


def feed_of(fake, engine, count=0):
    from thetatrace.lean.contracts import ContractFeed

    feed = ContractFeed(contract(fake, engine, canonical=True).symbol)
    added = [contract(fake, engine, strike=2700.0 + i, bid_price=1.0, ask_price=1.1) for i in range(count)]
    feed.apply(changes(added))
    return feed, added


def narrowed_of(feed):
    from thetatrace.chain import ChainQuery

    query = ChainQuery(0, 0, 0.1)
    return query.narrow(feed.table, EXPIRY.toordinal(), query.bucket_of(2750.0))


def changes(added=(), removed=()):
    return SimpleNamespace(added_securities=list(added), removed_securities=list(removed))


def slice_of(*moved, ticks=0):
    bars = {security.symbol: None for security in moved}
    return SimpleNamespace(
        quote_bars=SimpleNamespace(count=len(bars), keys=bars.keys), ticks=SimpleNamespace(count=ticks)
    )


def test_only_contracts_of_the_root_are_listed(fake):
    engine = fake.Algorithm()
    feed, _ = feed_of(fake, engine)
    others = [contract(fake, engine, "SPX"), contract(fake, engine, canonical=True), contract(fake, engine)]
    feed.apply(changes(others))
    assert (len(feed.table), feed.table.right.tolist(), feed.table.expiry.tolist()) == (1, [-1], [EXPIRY.toordinal()])
    assert feed.table.style == "european"


def test_a_contract_dated_saturday_ends_on_its_last_trading_day(fake):
    engine = fake.Algorithm()
    feed, _ = feed_of(fake, engine)
    feed.apply(changes([contract(fake, engine, expiry=datetime(2014, 6, 21)), contract(fake, engine, strike=1.0)]))
    assert [datetime.fromordinal(day) for day in feed.table.expiry.tolist()] == [datetime(2014, 6, 20), EXPIRY]


def test_quotes_are_read_through_the_held_securities(fake):
    feed, added = feed_of(fake, fake.Algorithm(), 3)
    added[1].bid_price, added[2].open_interest = 0.9, 77.0
    chain = narrowed_of(feed)
    bid, ask = feed.reader.read(chain)
    assert (bid.tolist(), ask.tolist()) == ([1.0, 0.9, 1.0], [1.1] * 3)
    assert feed.reader.open_interest(chain).tolist() == [0.0, 0.0, 77.0]
    assert feed.reader.age_seconds(chain).tolist() == [float("inf")] * 3


def test_the_slice_says_what_moved(fake):
    feed, added = feed_of(fake, fake.Algorithm(), 40)
    chain, reader = narrowed_of(feed), feed.reader
    before = reader.stamp
    reader.observe(slice_of())
    assert reader.stamp == before
    stranger = contract(fake, fake.Algorithm(), strike=1.0)
    reader.observe(slice_of(added[3], stranger))
    assert reader.moved(chain, before) == [3]
    bid, ask = reader.read(chain)
    added[3].bid_price = 0.5
    reader.read_some(chain, [3], bid, ask)
    assert bid.tolist() == [1.0] * 3 + [0.5] + [1.0] * 36
    reader.observe(slice_of(added[1]))
    assert reader.moved(chain, before) is None  # a slice was missed
    at = reader.stamp
    reader.observe(slice_of(*added))
    assert reader.moved(chain, at) is None  # reading them all is cheaper


def test_ticks_may_have_moved_everything(fake):
    """On LEAN the canonical security is daily whatever its contracts are: only the slice shows that ticks came."""
    feed, _ = feed_of(fake, fake.Algorithm(), 40)
    before = feed.reader.stamp
    feed.reader.observe(slice_of(ticks=1))
    assert feed.reader.stamp > before
    assert feed.reader.moved(narrowed_of(feed), before) is None


@pytest.mark.parametrize("what", ["added", "removed"])
def test_a_contract_listed_again_or_removed_is_read_again(fake, what):
    feed, added = feed_of(fake, fake.Algorithm(), 40)
    before = feed.reader.stamp
    feed.apply(changes(**{what: added[:1]}))
    assert feed.reader.moved(narrowed_of(feed), before) is None
    assert len(feed.table) == 40
    at = feed.reader.stamp
    feed.apply(changes(removed=[contract(fake, fake.Algorithm(), "SPX")]))
    assert feed.reader.stamp == at


@pytest.mark.parametrize("early", [False, True])
def test_half_days_end_before_the_usual_close(fake, early):
    from thetatrace.lean.desk import USUAL_INDEX_CLOSE
    from thetatrace.lean.market import closes_early

    engine = fake.Algorithm()
    if early:
        engine.early_dates.add(engine.time.date())
    index = fake.Security(engine, fake.Symbol("SPX", fake.SecurityType.INDEX))
    assert closes_early(index, engine.time.date(), USUAL_INDEX_CLOSE) is early
