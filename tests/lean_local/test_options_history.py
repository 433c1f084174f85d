# ruff: noqa: E501  lines of algorithm text
"""History of option universes and of open interest, chains of files by date, and rules of option symbols."""

from datetime import date

import pytest

EXPIRY = date(2021, 3, 19)
CHAIN = """
def initialize(self):
    self.set_start_date(2021, 3, 1)
    self.option = self.add_option("SPY").symbol
"""


def interest(made, day, points):
    """Open interest of the 101 call: {minute after 06:00: contracts}."""
    rows = [f"{21_600_000 + m * 60_000},{n}" for m, n in points.items()]
    entry = f"{day:%Y%m%d}_spy_minute_openinterest_american_call_1010000_{EXPIRY:%Y%m%d}.csv"
    made.pack(f"option/usa/minute/spy/{day:%Y%m%d}_openinterest_american.zip", {entry: rows})


def test_universe_history_is_a_row_per_contract_or_a_list_per_file(options, run):
    body = """    self.flat = self.history(OptionUniverse, self.option, 1, flatten=True)
    self.lists = self.history(self.option, 5)
    self.objects = list(self.history[OptionUniverse](self.option, timedelta(5)))
    self.by_symbol = list(self.history[OptionUniverse]([self.option], datetime(2021, 2, 26), datetime(2021, 3, 2)))
"""
    a = run(options, CHAIN + body).algorithm
    assert a.flat.index.names == ["time", "symbol"]
    assert len(a.flat) == 20
    assert str(a.flat.index.levels[0][0]) == "2021-02-27 00:00:00"
    assert list(a.flat.columns) == sorted(a.flat.columns)
    assert set(a.flat["theta"]) == {-18.25}
    assert str(a.flat["underlying"].iloc[0]) == "SPY: ¤100.00"
    assert a.lists.name == "data"
    assert [len(day) for day in a.lists] == [20]
    assert a.lists.index.names == ["expiry", "strike", "type", "symbol", "time"]
    assert [len(list(day)) for day in a.objects] == [20]
    assert a.objects[0].end_time.day == 27
    assert a.by_symbol[0][a.option].data[0].close == 2.0


def test_universe_history_without_files_is_empty(options, run):
    body = "    self.found = self.history(self.option, datetime(2020, 1, 2), datetime(2020, 1, 9))\n"
    assert len(run(options, CHAIN + body).algorithm.found) == 0


def test_open_interest_has_a_history_and_a_place_in_the_cache(options, run):
    interest(options, date(2021, 3, 1), {30: 70})
    body = """
def initialize(self):
    self.set_start_date(2021, 3, 1)
    self.option = self.add_option("SPY").symbol
    self.call = Symbol.create_option("SPY", Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 101, datetime(2021, 3, 19))
    self.add_option_contract(self.call)
    self.schedule.on(self.date_rules.today, self.time_rules.at(9, 40), self.look)

def look(self):
    self.frame = self.history(OpenInterest, self.call, timedelta(1))
    self.plain = self.history(OpenInterest, self.call, timedelta(1), fill_forward=False)
    self.points = list(self.history[OpenInterest](self.call, timedelta(hours=4)))
    self.nothing = self.history(OpenInterest, self.call, timedelta(minutes=1), fill_forward=False)
    self.cached = self.securities[self.call].cache.get_data(OpenInterest)
"""
    a = run(options, body).algorithm
    assert len(a.frame) == 11
    assert set(a.frame["openinterest"]) == {70.0}
    assert [str(t) for t in a.frame.index.get_level_values("time")[:2]] == [
        "2021-03-01 06:30:00",
        "2021-03-01 09:31:00",
    ]
    assert len(a.plain) == 1
    assert a.plain.index[0][2] == 0
    assert str(a.plain.index[0][2]) == "CALL"
    assert (len(a.points), a.points[0].value, len(a.nothing)) == (11, 70.0, 0)
    assert (a.cached.value, str(a.cached.time)) == (70.0, "2021-03-01 06:30:00")


def test_chains_of_files_follow_the_asked_date(options, run):
    body = """
def initialize(self):
    self.set_start_date(2021, 3, 1)
    self.option = self.add_option("SPY").symbol
    provider = self.option_chain_provider
    self.counts = [len(provider.get_option_contract_list(self.option, datetime(2021, 3, d, h))) for d, h in ((1, 0), (3, 10), (9, 0))]
    self.early = len(provider.get_option_contract_list(self.option, date(2020, 3, 2)))
    self.chain = self.option_chain(self.option)
    self.one = self.chain.data_frame
    self.flat = self.option_chains([self.option, "AAPL"], flatten=True)
    self.several = self.option_chains([self.option]).data_frame
"""
    a = run(options, body).algorithm
    assert (a.counts, a.early) == ([20, 10, 0], 0)
    assert list(a.one.columns) == ["contracts", "count"]
    assert a.one["count"].iloc[0] == 20
    assert len(a.several) == 1
    assert str(a.chain.time) == "2021-03-01 00:00:00"
    assert str(next(iter(a.chain)).time) == "2021-02-27 00:00:00"
    assert a.chain.underlying.price == 0
    assert a.chain.trade_bars.count == 0
    assert a.flat.count == 2
    assert a.flat.data_frame.index.names == ["canonical", "symbol"]
    assert {"asksize", "bidsize"} < set(a.flat.data_frame.columns)
    assert a.flat.data_frame["right"].dtype == object


def test_a_run_of_closed_days_alone_is_a_result(options, run):
    saturday = date(2021, 3, 6)
    assert run(options, CHAIN, days=(saturday, saturday)).result.statistics["Total Orders"] == "0"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("OptionSymbol.is_standard(self.of(19))", True),
        ("OptionSymbol.is_standard_contract(self.of(12))", False),
        ("OptionSymbol.is_weekly(self.of(12))", True),
        ("OptionSymbol.is_weekly(self.of(15))", False),
        ("OptionSymbol.get_last_day_of_trading(self.of(14)).day", 12),
        ("OptionSymbol.get_settlement_date_time(self.of(19)).hour", 16),
        ("OptionSymbol.is_option_contract_expired(self.of(19), datetime(2021, 3, 19, 20))", True),
        ("OptionSymbol.IsOptionContractExpired(self.of(19), datetime(2021, 3, 19, 19, 59))", False),
        ("OptionSymbol.is_option_contract_expired(self.spy, datetime(2021, 3, 19))", False),
        ("OptionSymbol.map_to_underlying('SPXW', SecurityType.INDEX_OPTION)", "SPX"),
        ("OptionSymbol.map_to_underlying('OG', SecurityType.FUTURE)", "GC"),
        ("OptionSymbol.map_to_underlying('SPXW', SecurityType.OPTION)", "SPXW"),
        ("IndexOptionSymbol.is_index_option('spxw') and not IndexOptionSymbol.is_index_option('SPY')", True),
        ("'NQX' in IndexOptionSymbol.SUPPORTED_INDEX_OPTION_TICKERS", True),
        ("IndexOptionSymbol.get_last_trading_date('SPX', datetime(2021, 3, 19)).day", 18),
        ("IndexOptionSymbol.get_expiry_date('SPXW', datetime(2021, 3, 19)).day", 19),
        ("IndexOptionSymbol.is_am_settled(self.of(19, 'SPX'))", True),
        ("IndexOptionSymbol.is_standard(self.of(12, 'SPXW'))", False),
        ("IndexOptionSymbol.map_to_underlying('RUTW')", "RUT"),
        ("FutureOptionSymbol.is_standard(self.of(12))", True),
        ("FutureOptionSymbol.get_last_day_of_trading(self.of(12)).day", 12),
    ],
)
def test_rules_of_option_symbols(options, run, call, says):
    body = f"""
def of(self, day, root=None):
    if root:
        index = Symbol.create("SPX", SecurityType.INDEX, Market.USA)
        return Symbol.create_option(index, root, Market.USA, OptionStyle.EUROPEAN, OptionRight.CALL, 100, datetime(2021, 3, day))
    return Symbol.create_option("SPY", Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 100, datetime(2021, 3, day))

def initialize(self):
    self.set_start_date(2021, 3, 1)
    self.spy = self.add_equity("SPY").symbol
    self.found = {call}
"""
    assert run(options, body).algorithm.found == says


def test_only_options_settle(options, run):
    body = """
def initialize(self):
    self.set_start_date(2021, 3, 1)
    self.spy = self.add_equity("SPY").symbol
    OptionSymbol.get_settlement_date_time(self.spy)
"""
    assert "is not an option type" in str(run(options, body, fails=True).error)


def test_contracts_carry_the_ticker_their_share_had_on_the_files_date(made, run):
    day, key = date(2021, 3, 1), ("C", 101, EXPIRY)
    made.write("equity/usa/map_files/newt.csv", "20200102,oldt\n20210302,oldt\n20501231,newt\n")
    made.rising("oldt", (day,))
    made.universe("oldt", date(2021, 2, 26), 100.0, {key: (2.0, 100, 0.2, 0.5)})
    made.quotes("oldt", day, {key: dict.fromkeys(range(390), (1.0, 1.2))})
    body = """
def initialize(self):
    self.set_start_date(2021, 3, 1)
    self.option = self.add_option("NEWT").symbol
    self.listed = [c.symbol.value for c in self.option_chain(self.option)]
    self.past = [c.symbol.value for day in self.history[OptionUniverse](self.option, 1) for c in day]

def on_data(self, data):
    chain = data.option_chains.get(self.option)
    if chain:
        self.seen = [(c.symbol.value, c.symbol.underlying.value, str(chain.symbol)) for c in chain]
"""
    a = run(made, body).algorithm
    assert a.listed == a.past == ["OLDT  210319C00101000"]
    assert a.seen == [("OLDT  210319C00101000", "OLDT", "?NEWT")]
