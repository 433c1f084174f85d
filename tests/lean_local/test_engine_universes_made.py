# ruff: noqa: E501  lines of algorithm text
"""Universes on made data: who is selected when, what is told, and what stays subscribed."""

from datetime import date, datetime, timedelta

import pytest

from lean_local.enums import Resolution, TickType

MONDAY = date(2021, 3, 1)
WEEK = tuple(MONDAY + timedelta(days=n) for n in range(5))
START = """
def initialize(self):
    self.set_cash(100000)
    self.told = []
    self.universe_settings.resolution = Resolution.DAILY
    self.universe_settings.data_normalization_mode = DataNormalizationMode.RAW
    {add}
def on_securities_changed(self, changes):
    names = lambda found: ",".join(s.symbol.value for s in found)
    self.told.append((f"{{self.time:%d}}", names(changes.added_securities), names(changes.removed_securities)))
"""


@pytest.fixture
def three(made):
    """AAA, BBB and CCC, daily at 100, with coarse rows of the Friday before to Thursday: CCC trades most."""
    for ticker in ("aaa", "bbb", "ccc"):
        made.daily(ticker, dict.fromkeys(WEEK, 100.0))
    for day in (date(2021, 2, 26), *WEEK[:4]):
        rows = [f"{t} 2T,{t},100,10,{v},True,0.5,0.5" for t, v in (("AAA", 1000), ("BBB", 2000), ("CCC", 3000))]
        made.write(f"equity/usa/fundamental/coarse/{day:%Y%m%d}.csv", "\n".join(rows) + "\n")
    return made


def told(run, data, add, more=""):
    outcome = run(data, START.format(add=add) + more, days=(WEEK[0], WEEK[4]))
    return outcome.algorithm.told


@pytest.mark.parametrize(
    ("add", "expected"),
    [
        ("self.add_universe('mine', lambda t: ['AAA'] if t.day < 3 else ['BBB'])", [("01", "AAA", ""), ("03", "BBB", "AAA")]),
        ("self.add_universe('mine', lambda t: Universe.UNCHANGED if t.day == 2 else ['AAA', 'BBB'])", [("01", "AAA,BBB", "")]),
        ("self.add_universe(self.universe.top(2))", [("01", "BBB,CCC", "")]),
        ("self.add_universe(lambda rows: [r.symbol for r in rows if r.adjusted_price == 25][: self.time.day])", [("01", "AAA", ""), ("02", "BBB", ""), ("03", "CCC", "")]),
        ("self.add_universe(lambda rows: [r.symbol for r in rows], lambda fine: [f.symbol for f in fine if f.dollar_volume < 2500])", [("01", "AAA,BBB", "")]),
        ("self.add_universe(self.date_rules.on(2021, 3, 3), lambda rows: [rows[0].symbol])", [("03", "AAA", "")]),
        ("self.add_universe(ScheduledUniverse(self.date_rules.on(2021, 3, 2), self.time_rules.at(12, 0), lambda t: [Symbol.create('BBB', SecurityType.EQUITY, 'usa')]))", [("02", "BBB", "")]),
    ],
)  # fmt: skip
def test_each_form_selects_at_its_time(run, three, add, expected):
    assert told(run, three, add) == expected


def test_a_fund_brings_its_constituents(run, three):
    three.daily("fund", dict.fromkeys(WEEK, 100.0))
    three.write(
        "equity/usa/universes/etf/fund/20210301.csv", "AAA,AAA 2T,20210226,0.6,10,\nBBB,BBB 2T,20210226,0.4,,1\n"
    )
    add = "self.add_universe(self.universe.etf('FUND', self.universe_settings, lambda cs: [c.symbol for c in cs if c.weight > 0.5]))"
    assert told(run, three, add) == [("02", "AAA", "")]


def test_a_held_member_is_told_as_removed_but_keeps_its_data_until_it_is_sold(run, three):
    more = """
def on_data(self, data):
    if self.time.day == 1:
        self.market_order("AAA", 10)
    self.seen = getattr(self, "seen", []) + [(self.time.day, "AAA" in data.bars, "AAA" in self.securities)]
    if self.time.day == 4:
        self.liquidate("AAA")
"""
    add = "self.add_universe('mine', lambda t: ['AAA', 'CCC'][t.day > 2:])"
    outcome = run(three, START.format(add=add) + more, days=(WEEK[0], WEEK[4]))
    assert outcome.algorithm.told == [("01", "AAA,CCC", ""), ("03", "", "AAA")]
    assert [s[1] for s in outcome.algorithm.seen] == [True] * len(outcome.algorithm.seen)
    assert outcome.algorithm.universe_manager.count == 1


def test_what_the_algorithm_added_itself_stays_when_a_universe_drops_it(run, three):
    add = "self.add_equity('AAA', Resolution.DAILY); self.add_universe('mine', lambda t: ['AAA'] if t.day == 1 else [])"
    outcome = run(
        three, START.format(add=add) + "def on_data(self, data):\n    self.last = data.bars.contains_key('AAA')\n",
        days=(WEEK[0], WEEK[4]),
    )  # fmt: skip
    assert outcome.algorithm.last


def test_changes_add_up(run, three):
    more = "def on_end_of_algorithm(self):\n    self.sum = self.changes[0] + self.changes[1]\n"
    body = START.format(add="self.changes = []; self.add_universe('mine', lambda t: ['AAA'] if t.day < 3 else ['BBB'])")
    body = body.replace("    names =", "    self.changes.append(changes)\n    names =")
    outcome = run(three, body + more, days=(WEEK[0], WEEK[4]))
    assert [s.symbol.value for s in outcome.algorithm.sum.added_securities] == ["AAA", "BBB"]
    assert [s.symbol.value for s in outcome.algorithm.sum.removed_securities] == []


def test_members_see_their_constituent_row_and_history_has_the_fund_s_file(run, three):
    three.daily("fund", dict.fromkeys(WEEK, 100.0))
    three.write(
        "equity/usa/universes/etf/fund/20210301.csv", "AAA,AAA 2T,20210226,0.6,10,\nBBB,BBB 2T,20210226,0.4,,1\n"
    )
    add = "self.fund = self.add_universe(self.universe.etf('FUND', self.universe_settings))"
    more = """
def on_data(self, data):
    for symbol in data.bars.keys():
        cache = self.securities[symbol].cache
        if cache.has_data(ETFConstituentUniverse):
            self.told.append((symbol.value, cache.get_data(ETFConstituentUniverse).weight))
    if self.time.day == 3:
        frame = self.history(self.fund, 2, flatten=True)
        self.told.append((len(frame), frame.weight.tolist(), self.fund.selected.count, self.fund.members.count))
"""
    found = told(run, three, add, more)
    assert found[1:3] == [("AAA", 0.6), ("BBB", 0.4)]
    assert (2, [0.6, 0.4], 2, 2) in found


def test_a_removal_is_told_once_though_the_position_is_closed_later(run, three):
    more = """
def on_data(self, data):
    if self.time.day == 1:
        self.market_order('AAA', 1)
    if self.time.day == 3:
        self.liquidate()
"""
    add = "self.add_universe('mine', lambda t: ['AAA'] if t.day < 3 else ['BBB'])"
    assert told(run, three, add, more) == [("01", "AAA", ""), ("03", "BBB", "AAA")]


def test_a_constituents_universe_lists_symbols_or_none(run, three):
    for day, text in ((1, "AAA,AAA 2T\nBBB,BBB 2T\n"), (2, "NONE,NONE 0\n"), (3, "CCC,CCC 2T\n")):
        three.write(f"equity/usa/universes/daily/made/2021030{day}.csv", text)
    sid = "SecurityIdentifier.generate_constituent_identifier('constituents-universe-made', SecurityType.EQUITY, 'usa')"
    add = (
        f"self.add_universe(ConstituentsUniverse(Symbol({sid}, 'constituents-universe-made'), self.universe_settings))"
    )
    assert told(run, three, add) == [("02", "AAA,BBB", ""), ("03", "", "AAA,BBB"), ("04", "CCC", "")]


def test_the_benchmark_begins_with_the_first_time_step(run, three):
    hours = {datetime(d.year, d.month, d.day, h): 50.0 for d in (date(2021, 2, 26), *WEEK) for h in range(10, 16)}
    three.daily("spy", hours, resolution="hour")
    add = "self.add_universe(self.date_rules.on(2021, 3, 3), lambda rows: [rows[0].symbol])"
    outcome = run(three, START.format(add=add), days=(WEEK[0], WEEK[4]))
    points = outcome.result.charts["Benchmark"].series["Benchmark"].points
    assert [float(value) for _, value in points] == [0, 0, 50, 50, 50, 50]


def test_subscriptions_are_listed_with_their_consolidators(run, shares):
    body = """
def initialize(self):
    spy = self.add_equity("SPY", Resolution.MINUTE)
    self.sma("SPY", 3, Resolution.MINUTE)
    manager = self.subscription_manager
    self.told = [(s.symbol.value, s.tick_type, s.consolidators.count, s.resolution, s.data_normalization_mode) for s in manager.subscriptions]
    self.told += [c.type.__name__ for c in manager.subscription_data_config_service.get_subscription_data_configs(spy.symbol)]
"""
    told = run(shares, body).algorithm.told
    assert told[:2] == [
        ("SPY", TickType.TRADE, 1, Resolution.MINUTE, 1),
        ("SPY", TickType.QUOTE, 0, Resolution.MINUTE, 1),
    ]
    assert told[2:] == ["TradeBar", "QuoteBar"]


def test_a_delisted_fund_takes_its_universe_away(run, three):
    three.daily("fund", dict.fromkeys(WEEK, 100.0))
    three.write("equity/usa/map_files/fund.csv", "20200101,fund,P\n20210303,fund,P\n")
    rows = "AAA,AAA 2T,20210226,0.6,10,\nBBB,BBB 2T,20210226,0.4,,1\n"
    for day in (1, 4):
        three.write(f"equity/usa/universes/etf/fund/2021030{day}.csv", rows)
    add = "self.add_universe(self.universe.etf('FUND', self.universe_settings))"
    assert told(run, three, add) == [("02", "AAA,BBB", ""), ("04", "", "AAA,BBB")]


def test_market_hours_are_asked_by_market_and_by_subscription(run, shares):
    body = """
def initialize(self):
    spy = self.add_equity("SPY")
    entry = self.market_hours_database.get_entry("usa", "SPY", SecurityType.EQUITY)
    hours = self.market_hours_database.get_exchange_hours(spy.subscription_data_config)
    noon = datetime(2021, 3, 1, 12)
    self.told = [entry.exchange_hours.is_open(noon), hours.is_open(noon), hours.is_open(datetime(2021, 3, 6, 12))]
    self.told += [MarketHoursDatabase.from_data_folder().get_data_time_zone("usa", "SPY", SecurityType.EQUITY), len(spy.subscriptions)]
"""
    assert run(shares, body).algorithm.told == [True, True, False, "America/New_York", 2]
