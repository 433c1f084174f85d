"""Consolidators fed by hand: what each makes of bars, ticks and time; LEAN's definitions, worked out on paper."""

from datetime import date, datetime, timedelta

import pytest

from lean_local.api.bars import Bar, QuoteBar, TradeBar
from lean_local.api.consolidators import (
    BaseDataConsolidator,
    Calendar,
    CalendarInfo,
    FilteredIdentityDataConsolidator,
    IdentityDataConsolidator,
    OpenInterestConsolidator,
    PythonConsolidator,
    QuoteBarConsolidator,
    SequentialConsolidator,
    TickConsolidator,
    TickQuoteBarConsolidator,
    TradeBarConsolidator,
)
from lean_local.api.renko import (
    ClassicRenkoConsolidator,
    DollarVolumeRenkoConsolidator,
    RenkoConsolidator,
    VolumeRenkoConsolidator,
)
from lean_local.api.ticks import Tick
from lean_local.enums import BarDirection, RenkoType, TickType
from lean_local.symbols import Symbol

SPY = Symbol.create_equity("SPY")
NINE = datetime(2021, 3, 1, 9, 30)
MINUTE, FIVE, DAY = timedelta(minutes=1), timedelta(minutes=5), timedelta(days=1)


def at(minute):
    return NINE + minute * MINUTE


def bar(minute, close, volume=10.0, span=MINUTE, symbol=SPY):
    return TradeBar(at(minute), symbol, close - 0.5, close + 1, close - 1, close, volume, span)


def collected(consolidator):
    found = []
    consolidator.data_consolidated += lambda _sender, made: found.append(made)
    return found


def feed(consolidator, *data):
    found = collected(consolidator)
    for point in data:
        consolidator.update(point)
        consolidator.scan(point.end_time)
    return found


def test_a_span_ends_with_its_last_bar():
    five = TradeBarConsolidator(FIVE)
    made = feed(five, *(bar(m, 100 + m) for m in range(11)))
    assert [(b.time, b.end_time) for b in made] == [(at(0), at(5)), (at(5), at(10))]
    assert (made[0].open, made[0].high, made[0].low, made[0].close, made[0].volume) == (99.5, 105, 99, 104, 50)
    assert five.working_data.close == 110
    assert five[0] is five.current is made[1]
    assert five.previous is made[0]
    five.reset()
    assert five.working_data is None
    assert five.consolidated is None


def test_a_missing_bar_ends_the_span_late_and_by_scan():
    five = TradeBarConsolidator(FIVE)
    made = feed(five, bar(0, 100), bar(7, 107))
    assert [(b.time, b.end_time) for b in made] == [(at(0), at(5))]
    five.scan(at(10))
    assert made[-1].time == at(5)
    assert five.working_data is None


def test_handlers_see_the_bar_before():
    two, seen = TradeBarConsolidator(2), []
    two.data_consolidated += lambda sender, made: seen.append((sender.consolidated, made))
    for m in range(4):
        two.update(bar(m, 100 + m))
    assert seen[0][0] is None
    assert seen[1][0] is seen[0][1]


def test_a_count_ends_with_its_last_input():
    made = feed(TradeBarConsolidator(3), *(bar(m, 100 + m) for m in range(7)))
    assert [(b.time, b.end_time, b.close) for b in made] == [(at(0), at(3), 102), (at(3), at(6), 105)]


def test_count_or_span_whichever_is_first():
    made = feed(TradeBarConsolidator(3, FIVE), bar(0, 100), bar(1, 101), bar(2, 102), bar(3, 103), bar(9, 109))
    assert [b.close for b in made] == [102, 109]
    assert [b.volume for b in made] == [30, 20]


def test_start_times_of_day_and_of_month():
    eight = TradeBarConsolidator(timedelta(hours=2), timedelta(minutes=15))
    made = feed(eight, bar(0, 100), bar(105, 101))
    assert made[0].time == datetime(2021, 3, 1, 8, 15)
    weekly = TradeBarConsolidator(timedelta(days=7), start_time=timedelta(hours=9))
    weekly.update(bar(0, 100, span=MINUTE))
    assert weekly.working_data.time == datetime(2021, 3, 1, 9)


def test_calendar_periods():
    wednesday = datetime(2021, 5, 12, 11)
    spans = {name: getattr(Calendar, name)(wednesday) for name in ("WEEKLY", "MONTHLY", "QUARTERLY", "YEARLY")}
    assert {n: (c.start.date(), c.end.date()) for n, c in spans.items()} == {
        "WEEKLY": (date(2021, 5, 10), date(2021, 5, 17)),
        "MONTHLY": (date(2021, 5, 1), date(2021, 6, 1)),
        "QUARTERLY": (date(2021, 4, 1), date(2021, 7, 1)),
        "YEARLY": (date(2021, 1, 1), date(2022, 1, 1)),
    }
    assert CalendarInfo(date(2021, 5, 1), DAY) == CalendarInfo(datetime(2021, 5, 1), DAY)
    made = feed(TradeBarConsolidator(Calendar.MONTHLY), *(bar(m * 1440, 100 + m, span=DAY) for m in range(33)))
    assert [(b.time.date(), b.period.days) for b in made] == [(date(2021, 3, 1), 31)]
    with pytest.raises(ValueError, match="Should never return a time later"):
        TradeBarConsolidator(lambda moment: CalendarInfo(moment + DAY, DAY))


def test_refused_periods_and_data():
    with pytest.raises(TypeError, match="not a supported period type"):
        TradeBarConsolidator("day")
    with pytest.raises(ValueError, match="can not consolidate bars of period"):
        TradeBarConsolidator(MINUTE).update(bar(0, 100, span=FIVE))
    mixed = TradeBarConsolidator(FIVE)
    mixed.update(bar(0, 100))
    with pytest.raises(RuntimeError, match="can only be used with a single symbol"):
        mixed.update(bar(1, 100, symbol=Symbol.create_equity("IBM")))


def test_quote_bars_open_at_the_close_before():
    def quote(minute, bid, ask):
        sides = [None if p is None else Bar(p, p + 1, p - 1, p) for p in (bid, ask)]
        return QuoteBar(at(minute), SPY, sides[0], 5.0, sides[1], 7.0, MINUTE)

    made = feed(QuoteBarConsolidator(2), quote(0, 10, 12), quote(1, 11, None), quote(2, 20, 22), quote(3, 21, 23))
    assert (made[0].bid.open, made[0].bid.close, made[0].ask.close, made[0].last_ask_size) == (10, 11, 12, 7)
    assert (made[1].bid.open, made[1].bid.low, made[1].bid.high) == (11, 11, 22)
    assert made[1].ask.open == 12


def test_ticks_become_trade_and_quote_bars():
    trades = [Tick(at(0) + timedelta(seconds=s), SPY, "", "P", 100, p) for s, p in ((1, 10.0), (30, 9.0), (59, 11.0))]
    quotes = [Tick(at(0) + timedelta(seconds=s), SPY, 5, b, 6, b + 0.02) for s, b in ((2, 9.9), (40, 10.1))]
    late = [Tick(at(1), SPY, "", "P", 100, 12.0), Tick(at(1), SPY, 5, 11.9, 6, 12.1)]
    made = feed(TickConsolidator(MINUTE), *trades, *quotes, *late)
    assert (made[0].time, made[0].open, made[0].high, made[0].low, made[0].close) == (at(0), 10, 11, 9, 11)
    assert made[0].volume == 300
    made = feed(TickQuoteBarConsolidator(MINUTE), *trades, *quotes, *late)
    assert (made[0].bid.open, made[0].bid.close, made[0].ask.close, made[0].end_time) == (9.9, 10.1, 10.12, at(1))


def test_open_interest_by_day_ends_with_the_date():
    days = [Tick(datetime(2021, 3, d, h), SPY, v) for d, h, v in ((1, 10, 5.0), (1, 15, 6.0), (2, 10, 7.0))]
    made = feed(OpenInterestConsolidator(DAY), *days)
    assert [(b.time, b.value) for b in made] == [(datetime(2021, 3, 1, 15), 6.0)]


def test_values_of_any_data_identity_and_filter():
    made = feed(BaseDataConsolidator(2), bar(0, 100), bar(1, 104))
    assert (made[0].open, made[0].high, made[0].close, made[0].volume) == (100, 104, 104, 0)
    assert len(feed(IdentityDataConsolidator[TradeBar](), bar(0, 1), bar(0, 2), bar(1, 3))) == 2
    only = FilteredIdentityDataConsolidator.for_tick_type(TickType.QUOTE)
    made = feed(only, Tick(at(0), SPY, "", "P", 1, 1.0), Tick(at(0), SPY, 1, 1.0, 1, 2.0))
    assert [t.tick_type for t in made] == [TickType.QUOTE]


def test_sequences_feed_one_another():
    both = SequentialConsolidator(TradeBarConsolidator(2), TradeBarConsolidator(2))
    made = feed(both, *(bar(m, 100 + m) for m in range(4)))
    assert [(b.open, b.close, b.volume) for b in made] == [(99.5, 103, 40)]
    assert both.current is made[0]
    with pytest.raises(ValueError, match=r"first\.OutputType"):
        SequentialConsolidator(QuoteBarConsolidator(2), TradeBarConsolidator(2))


def prices(*values):
    return [bar(m, v) for m, v in enumerate(values)]


def test_classic_renko_bars_begin_even_and_go_on_at_the_close():
    made = feed(ClassicRenkoConsolidator(1), *prices(9.8, 10.5, 11.2, 12.9, 11.0))
    assert [(b.open, b.close, b.direction) for b in made] == [
        (10, 11, BarDirection.RISING),
        (11, 12, BarDirection.RISING),
        (12, 11, BarDirection.FALLING),
    ]
    assert made[0].type == RenkoType.CLASSIC
    uneven = feed(ClassicRenkoConsolidator(0.1, False), *prices(9.83, 9.93))
    assert [(b.open, b.close, b.spread) for b in uneven] == [(9.83, 9.93, 0.1)]
    with pytest.raises(ValueError, match="bar size"):
        ClassicRenkoConsolidator(0)


def test_wicked_renko_bars_turn_at_the_open_of_the_last():
    made = feed(RenkoConsolidator(1), *prices(10.2, 12.3, 11.5, 9.7, 8.9))
    assert [(b.open, b.close) for b in made] == [(10, 11), (11, 12), (11, 10), (10, 9)]
    assert made[2].high == 12.3
    assert made[0].low == 10
    assert RenkoConsolidator.get_closest_multiple(10.26, 0.1) == 10.3
    with pytest.raises(RuntimeError, match="cannot be updated"):
        made[0].update(at(0), 1.0, 1.0)


def test_volume_bars_hand_the_excess_on():
    made = feed(VolumeRenkoConsolidator(100), bar(0, 10, 250), bar(1, 11, 60))
    assert [(b.volume, b.close, b.is_closed) for b in made] == [(100, 10, True), (100, 10, True), (100, 11, True)]
    made = feed(DollarVolumeRenkoConsolidator(1000), bar(0, 10, 60), bar(1, 10, 60))
    assert [b.volume for b in made] == [1000]
    with pytest.raises(TypeError, match="TradeBar or Tick"):
        VolumeRenkoConsolidator(10).update(QuoteBar(at(0), SPY))


def test_an_algorithms_own_consolidator():
    class Every(PythonConsolidator):
        def __init__(self):
            self.consolidated = None

        def update(self, data):
            self.on_data_consolidated(self, data)

    made = feed(Every(), bar(0, 1))
    assert made[0].close == 1


RUN = """
def initialize(self):
    self.set_cash(100000)
    self.spy = self.add_equity("SPY", Resolution.MINUTE, extended_market_hours=True).symbol
    self.made = {}
    def keep(name):
        return lambda made: self.made.setdefault(name, []).append(made)
    self.consolidate(RangeBar, self.spy, 100, None, keep("range"))
    self.consolidate(VolumeRenkoBar, self.spy, 50000, TickType.TRADE, keep("volume"))
    self.consolidate(TradeBar, self.spy, 30, None, keep("count"))
    self.consolidate(self.spy, Resolution.DAILY, keep("day"))
    self.consolidate(self.spy, timedelta(hours=2), TickType.TRADE, keep("span"))
    self.consolidate(self.spy, Calendar.WEEKLY, TickType.TRADE, keep("week"))
    seven = MarketHourAwareConsolidator(True, timedelta(minutes=100), TradeBar, TickType.TRADE, False)
    seven.data_consolidated += lambda _, made: keep("hours")(made)
    self.subscription_manager.add_consolidator(self.spy, seven)
    assert self.consolidate(self.spy, timedelta(minutes=5), None) is not None
    for kind, period in ((timedelta(seconds=1), "finer"), (TickConsolidator(2), "mismatch")):
        try:
            if period == "finer":
                self.consolidate(self.spy, kind, None, keep("never"))
            else:
                self.subscription_manager.add_consolidator(self.spy, kind)
            raise AssertionError(period)
        except ValueError as error:
            assert "higher resolution" in str(error) or "Type mismatch" in str(error)
"""


def test_consolidators_of_a_run(run, shares):
    made = run(shares, RUN, days=(date(2021, 3, 1), date(2021, 3, 2))).algorithm.made
    assert [(b.time.hour, b.end_time.hour, b.close, b.volume) for b in made["day"]] == [(9, 16, 103.9, 390_000)] * 2
    assert [b.end_time - b.time for b in made["hours"]][:4] == [timedelta(minutes=m) for m in (100, 100, 100, 90)]
    assert len(made["count"]) == 53  # repeated bars of the extended hours count
    assert len(made["volume"]) == 15
    assert [b.range_size for b in made["range"]] == [1.0] * len(made["range"])
    assert all(b.high - b.low == pytest.approx(1) for b in made["range"])
    assert [b.time.hour for b in made["span"]][:5] == [8, 10, 12, 14, 16]
    assert "week" not in made


SESSIONS = """
def initialize(self):
    self.spy = self.add_equity("SPY", Resolution.MINUTE, extended_market_hours=True)
    session = self.spy.session
    assert session.open == session.volume == 0 and session.size == 0 and session.count == 0
    session.size = 3
    assert session.count == 1 and session[0].volume == 0
    self.schedule.on(self.date_rules.every_day(), self.time_rules.at(12, 0), self.look)
    self.seen = []
def look(self):
    s = self.spy.session
    self.seen.append((s.open, s.high, s.low, s.close, s.volume, s[1].close if s.count > 1 else None))
def on_end_of_algorithm(self):
    self.spy.session.reset()
    assert self.spy.session.count == 1 and self.spy.session.close == 0
"""


def test_a_session_grows_and_is_kept(run, shares):
    seen = run(shares, SESSIONS, days=(date(2021, 3, 1), date(2021, 3, 2))).algorithm.seen
    assert seen == [(100, 101.5, 100, 101.5, 150_000, None), (100, 101.5, 100, 101.5, 150_000, 103.9)]
