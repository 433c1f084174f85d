"""Securities that leave a universe and come again: the same object, with what is known of the market forgotten."""

from datetime import date, datetime

import pytest

DAYS = (date(2021, 3, 1), date(2021, 3, 4))
WEEK = [date(2021, 3, n) for n in range(1, 5)]
COMES_AND_GOES = """
def initialize(self):
    self.universe_settings.resolution = Resolution.MINUTE
    self.add_equity("SPY")
    self.add_universe("mine", lambda moment: ["AAA"] if moment.day % 2 else [])
    self.seen, self.traded, self.notes = [], False, []
def on_securities_changed(self, changes):
    for security in changes.added_securities:
        if security.symbol.value == "AAA":
            self.seen.append(security)
            self.notes.append((self.time.day, security.price, security.is_tradable, getattr(security, "note", None)))
            security.note = "kept"
def on_data(self, data):
    if "AAA" in data.bars and not self.traded:
        self.traded = True
        self.market_order("AAA", 10)
        self.market_order("AAA", -10)
"""


@pytest.fixture
def ran(run, made):
    for ticker in ("spy", "aaa"):
        made.rising(ticker, WEEK)
    return run(made, COMES_AND_GOES, days=DAYS).algorithm


def test_a_security_that_comes_again_is_the_same_object_without_a_price(ran):
    first, second = ran.seen
    assert first is second
    assert ran.notes == [(1, 0, True, None), (3, 0, True, "kept")]


def test_its_holding_keeps_what_it_has_earned(ran):
    holding = ran.seen[1].holdings
    assert holding.total_fees == 2.0
    assert holding.profit == pytest.approx(ran.portfolio.total_profit)


def test_a_bar_that_ends_when_its_security_is_selected_is_shown(run, made):
    made.rising("spy", WEEK)
    made.daily("aaa", {datetime(2021, 3, 1, 10): 50.0, datetime(2021, 3, 1, 11): 51.0}, "hour")
    body = """
def initialize(self):
    self.add_equity("SPY")
    self.universe_settings.resolution = Resolution.HOUR
    self.add_universe(ScheduledUniverse(self.date_rules.every_day(), self.time_rules.at(11, 0), self.choose))
    self.seen = []
def choose(self, moment):
    return [Symbol.create_equity("AAA")]
def on_data(self, data):
    if "AAA" in data.bars and self.time.minute == 0:
        self.seen.append((self.time.hour, data["AAA"].close))
"""
    assert run(made, body, days=(WEEK[0], WEEK[0])).algorithm.seen[:2] == [(11, 50.0), (12, 51.0)]


def test_a_seeder_sees_the_benchmarks_adjusted_prices_once_its_feed_is_there(run, made):
    made.write("equity/usa/map_files/spy.csv", "19980102,spy,P\n20501231,spy,P\n")
    made.write("equity/usa/factor_files/spy.csv", "19980102,0.5,1,1\n20210331,0.5,1,1\n20501231,1,1,0\n")
    days = [date(2021, 2, 26), *WEEK]
    made.daily("spy", dict.fromkeys(days, 100.0))
    made.daily("spy", {datetime(d.year, d.month, d.day, 15): 100.0 for d in days}, "hour")
    body = """
def initialize(self):
    self.universe_settings.resolution = Resolution.DAILY
    self.universe_settings.data_normalization_mode = DataNormalizationMode.RAW
    seeder = FuncSecuritySeeder(self.get_last_known_prices)
    self.set_security_initializer(lambda security: seeder.seed_security(security))
    self.add_universe("mine", lambda moment: ["SPY"] if moment.day % 2 else [])
    self.seen = []
def on_securities_changed(self, changes):
    self.seen += [(self.time.day, security.price) for security in changes.added_securities]
"""
    assert run(made, body, days=DAYS).algorithm.seen == [(1, 100.0), (3, 50.0)]
