"""Futures on made data: contracts, settlement, the end of a contract, chains and continuous contracts."""

import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from lean_local.api.futures import FutureExpirationCycles, Futures
from lean_local.data.continuous import ContinuousFactors, offset_contract, read_continuous_factors
from lean_local.data.future_expiry import future_expiry
from lean_local.data.hours import MarketHoursDatabase
from lean_local.data.margins import MarginTable, read_margins
from lean_local.enums import DataMappingMode, DataNormalizationMode
from lean_local.errors import DataFormatError, NotInLeanLocalError
from lean_local.symbols import Symbol, SymbolCache

MONDAY, TUESDAY, WEDNESDAY = (date(2021, 3, n) for n in (15, 16, 17))
THURSDAY, FRIDAY = date(2021, 3, 18), date(2021, 3, 19)


def maps(made, last_march_day):
    march, june = Symbol.create_future("ES", "cme", FRIDAY), Symbol.create_future("ES", "cme", date(2021, 6, 18))
    made.write(
        "future/cme/map_files/es.csv",
        f"18991230,es,CME\n{last_march_day:%Y%m%d},{str(march.id).lower()},CME,0\n"
        f"20210618,{str(june.id).lower()},CME,0\n",
    )
    scales = {"BackwardsRatioScale": [0.5], "BackwardsPanamaCanalScale": [-10], "ForwardPanamaCanalScale": [0]}
    row = {"Date": f"{last_march_day}T00:00:00", "DataMappingMode": 0}
    made.write("future/cme/factor_files/es.csv", json.dumps(row | scales) + "\n")


CONTRACT = "Symbol.create_future(Futures.Indices.SP_500_E_MINI, Market.CME, datetime(2021, 3, 19))"


# --- names, symbols, files -------------------------------------------------------------------------------------
def test_roots_have_both_spellings():
    assert Futures.Indices.SP_500_E_MINI == Futures.Indices.SP500EMini == "ES"
    assert Futures.Energies.CRUDE_OIL_WTI == Futures.Energy.CrudeOilWTI == "CL"
    assert FutureExpirationCycles.HMUZ == (3, 6, 9, 12)


def test_an_identifier_keeps_the_time_of_day_of_an_expiry_but_does_not_tell_it():
    exact = Symbol.create_future("ES", "cme", datetime(2013, 12, 20, 13, 30))
    plain = Symbol.create_future("ES", "cme", date(2013, 12, 20))
    assert exact == plain
    assert str(exact.id) == "ES VMKLFZIH2MTD"
    assert (exact.id.date.hour, plain.id.date.hour) == (13, 0)


def test_a_symbol_is_found_by_the_text_of_its_identifier():
    found = SymbolCache.find("ES VMKLFZIH2MTD")
    assert found == Symbol.create_future("ES", "cme", date(2013, 12, 20))
    assert found.value == "ES20Z13"
    assert SymbolCache.find("GOOG  151224C00745000") is None


@pytest.fixture(scope="module")
def hours(tmp_path_factory, futures_hours):
    path = tmp_path_factory.mktemp("hours") / "hours.json"
    markets = ("cme", "comex", "nymex", "cbot", "ice", "cfe")
    entries = {f"Future-{m}-[*]": futures_hours | {"holidays": ["5/31/2021"]} for m in markets}
    path.write_text(json.dumps({"entries": entries}))
    return MarketHoursDatabase(path)


@pytest.mark.parametrize(
    ("root", "market", "month", "expiry"),
    [
        ("ES", "cme", (2021, 3), datetime(2021, 3, 19, 13, 30)),
        ("ES", "cme", (2021, 4), datetime(2021, 6, 18, 13, 30)),  # the next month that has a contract
        ("GC", "comex", (2021, 4), datetime(2021, 4, 28)),
        ("GC", "comex", (2021, 5), datetime(2021, 5, 26)),  # Memorial Day is no business day
        ("CL", "nymex", (2021, 5), datetime(2021, 4, 20)),  # the 25th of the month before is a Sunday
        ("NG", "nymex", (2021, 5), datetime(2021, 4, 28)),
        ("ZC", "cbot", (2021, 5), datetime(2021, 5, 14)),
        ("ZB", "cbot", (2021, 3), datetime(2021, 3, 22, 12, 1)),
        ("6E", "cme", (2021, 3), datetime(2021, 3, 15, 14, 16)),
        ("BTC", "cme", (2021, 4), datetime(2021, 4, 30, 15)),
        ("VX", "cfe", (2021, 3), datetime(2021, 3, 17, 13)),
        ("B", "ice", (2021, 2), datetime(2020, 12, 30)),  # Brent: the last but one business day of December
        ("GF", "cme", (2021, 11), datetime(2021, 11, 18)),
        ("HE", "cme", (2021, 4), datetime(2021, 4, 15, 12)),
    ],
)
def test_expiry_of_a_contract_month(hours, root, market, month, expiry):
    assert future_expiry(root, market, date(*month, 1), hours) == expiry


def test_a_root_without_a_rule_is_refused_by_name(hours):
    with pytest.raises(NotInLeanLocalError, match="QQQQ"):
        future_expiry("QQQQ", "cme", date(2021, 3, 1), hours)


def test_contract_depth_counts_expiries(hours):
    march = Symbol.create_future("ES", "cme", FRIDAY)
    assert offset_contract(march, 2, hours).id.date == datetime(2021, 9, 17)


def test_margins_apply_from_their_date_and_intraday_is_forty_percent(tmp_path):
    path = tmp_path / "ES.csv"
    path.write_text("date,initial,maintenance\n# a comment\n20200101,6000,5000\n20210316,7000,6000,700,600\n")
    table = read_margins(path)
    assert table.on(date(2019, 1, 1)).initial_overnight == 6000
    assert table.on(MONDAY).maintenance_intraday == Decimal("2000.0")
    assert table.on(TUESDAY).initial_intraday == 700
    assert read_margins(tmp_path / "none.csv") is None
    assert MarginTable().on(MONDAY).initial_overnight == 0


def test_a_broken_margin_or_factor_line_is_named(tmp_path):
    path = tmp_path / "ES.csv"
    path.write_text("date,initial,maintenance\n20200101,x,5000\n")
    with pytest.raises(DataFormatError, match="Line 2"):
        read_margins(path)
    path.write_text("not json\n")
    with pytest.raises(DataFormatError, match="Line 1"):
        read_continuous_factors(path)


def test_factors_of_a_date_are_those_of_the_first_row_from_it_on():
    mode, ratio = DataMappingMode.LAST_TRADING_DAY, DataNormalizationMode.BACKWARDS_RATIO
    rows = [
        (date(2021, 3, 19), mode, {"BackwardsRatioScale": [Decimal("0.8"), Decimal("0.7")]}),
        (date(2021, 6, 18), mode, {"BackwardsRatioScale": [Decimal("0.9")]}),
    ]
    factors = ContinuousFactors(tuple(rows))
    assert factors.on(date(2021, 3, 19), ratio, mode, 0) == Decimal("0.8")
    assert factors.on(date(2021, 3, 19), ratio, mode, 1) == Decimal("0.7")
    assert factors.on(date(2021, 3, 20), ratio, mode, 0) == Decimal("0.9")
    assert factors.on(date(2021, 3, 20), ratio, mode, 1) == 1  # no such column: not joined
    assert factors.on(MONDAY, ratio, DataMappingMode.OPEN_INTEREST, 0) == 1
    assert factors.on(MONDAY, DataNormalizationMode.BACKWARDS_PANAMA_CANAL, mode, 0) == 0


# --- one contract ----------------------------------------------------------------------------------------------
def test_a_contract_moves_profit_only_and_is_settled_at_midnight(futures, run):
    outcome = run(
        futures,
        f"""
def initialize(self):
    self.es = self.add_future_contract({CONTRACT}, Resolution.MINUTE).symbol
    self.seen = []

def on_data(self, data):
    held = self.portfolio[self.es]
    if not held.invested and self.time.day == 15:
        self.market_order(self.es, 2)
    if (self.time.hour, self.time.minute) == (10, 2):
        self.seen.append((self.time.day, self.portfolio.cash, self.portfolio.total_portfolio_value,
                          self.portfolio.total_margin_used, held.unsettled_profit))
    if (self.time.day, self.time.hour, self.time.minute) == (17, 10, 1) and held.invested:
        self.liquidate()
        self.seen.append((self.portfolio.cash, self.portfolio.total_portfolio_value, held.profit))
""",
        days=(MONDAY, WEDNESDAY),
    )
    seen = outcome.algorithm.seen
    fee = 2 * 2.15
    # Monday 10:01 bought two at 3900.25; 10:02 the bid is 3900.75. The closing fee counts as in LEAN.
    assert seen[0] == (15, 100_000 - fee, 100_000 - fee + 2 * 50 * 0.5 - fee, 10_000, 50 - fee)
    # Settled at Monday's last mid 3904; the margins of 16 March apply.
    settled = 2 * 50 * 3.75
    assert seen[1][:2] == (16, pytest.approx(100_000 - fee + settled))
    assert seen[1][3] == 12_000
    assert seen[2] == pytest.approx((100_000 - 2 * fee + 2 * 50 * 19.5,) * 2 + (2 * 50 * 19.5,))


def test_an_expired_contract_is_sold_at_the_last_price_without_a_fee(futures, run):
    outcome = run(
        futures,
        f"""
def initialize(self):
    self.es = self.add_future_contract({CONTRACT}, Resolution.MINUTE).symbol
    self.seen = []

def on_data(self, data):
    if not self.portfolio.invested and self.time.day == 18:
        self.market_order(self.es, 1)
        self.limit_order(self.es, 1, 10)
    self.seen += [(d.type, d.time, self.time) for d in data.delistings.values()]
""",
        days=(THURSDAY, date(2021, 3, 22)),
    )
    warned, gone = datetime(2021, 3, 19), datetime(2021, 3, 20)
    assert [(int(kind), at, now) for kind, at, now in outcome.algorithm.seen] == [(0, warned, warned), (1, gone, gone)]
    last = [e for e in outcome.result.order_events_json if e["status"] == "filled"][-1]
    assert (last["message"], float(last["fillPrice"])) == ("Liquidate from delisting", 3944.0)
    assert "orderFeeAmount" not in last
    statuses = [e["status"] for e in outcome.result.order_events_json if e["orderId"] == 2]
    assert statuses == ["submitted", "cancelPending", "canceled"]


def test_market_orders_trade_extended_hours_and_market_on_open_is_refused(futures, run):
    futures.future_bars(TUESDAY, {"202103": 3900.0}, first=1140)  # 19:00 New York
    outcome = run(
        futures,
        f"""
def initialize(self):
    self.es = self.add_future_contract({CONTRACT}, Resolution.MINUTE, extended_market_hours=True).symbol
    self.tickets = []

def on_data(self, data):
    if not self.tickets:
        self.tickets = [self.market_order(self.es, 1), self.market_on_open_order(self.es, 1)]
""",
        days=(TUESDAY, TUESDAY),
    )
    bought, refused = outcome.algorithm.tickets
    assert int(bought.status) == 3
    assert refused.submit_request.response.error_message == "MarketOnOpen orders not supported for Future."


def test_orders_beyond_the_margin_of_the_file_are_refused(futures, run):
    outcome = run(
        futures,
        f"""
def initialize(self):
    self.es = self.add_future_contract({CONTRACT}, Resolution.MINUTE)
    self.ticket = None

def on_data(self, data):
    if self.ticket is None:
        self.ticket = self.market_order(self.es.symbol, 17)
        model = self.es.buying_power_model
        self.facts = (str(model), type(model).__name__, model.initial_overnight_margin_requirement,
                      model.get_initial_margin_requirement(InitialMarginParameters(self.es, -2)).value)
""",
        days=(MONDAY, MONDAY),
    )
    text = outcome.algorithm.ticket.submit_request.response.error_message
    assert "Initial Margin: 102036.55, Free Margin: 100000" in text
    name = "QuantConnect.Securities.Future.FutureMarginModel"
    assert outcome.algorithm.facts == (name, "FutureMarginModel", 6000, -12_000)


# --- chains and continuous contracts ---------------------------------------------------------------------------
CHAIN = """
def initialize(self):
    self.es = self.add_future("ES", Resolution.MINUTE, data_mapping_mode=DataMappingMode.LAST_TRADING_DAY,
                              data_normalization_mode=DataNormalizationMode.{mode})
    {filter}
    self.seen, self.changed, self.bars = [], [], []

def on_data(self, data):
    for event in data.symbol_changed_events.values():
        self.seen.append((self.time, event.symbol.value, event.old_symbol, event.new_symbol))
    for chain in data.futures_chains.values():
        self.seen.append((self.time, [(c.symbol.value, c.last_price, c.volume) for c in chain]))
    bar = data.bars.get(self.es.symbol)
    if bar and (self.time.hour, self.time.minute) == (10, 1):
        self.bars.append((self.time.day, bar.symbol.value, bar.close, self.es.mapped.value))

def on_securities_changed(self, changes):
    self.changed.append((self.time.day, [s.symbol.value for s in changes.added_securities],
                         [s.symbol.value for s in changes.removed_securities]))
"""


def test_the_continuous_contract_joins_the_mapped_contracts(futures, run):
    maps(futures, TUESDAY)
    body = CHAIN.format(mode="BACKWARDS_RATIO", filter="pass")
    outcome = run(futures, body, days=(MONDAY, WEDNESDAY))
    made = outcome.algorithm
    assert made.bars == [
        (15, "ES19H21", 1950.0, "ES19H21"),
        (16, "ES19H21", 1955.0, "ES19H21"),
        (17, "ES18M21", 3910.0, "ES18M21"),
    ]
    march, june = Symbol.create_future("ES", "cme", FRIDAY), Symbol.create_future("ES", "cme", date(2021, 6, 18))
    assert made.seen == [(datetime(2021, 3, 17), "ES18M21", str(march.id), str(june.id))]
    assert made.changed == [(15, ["/ES"], [])]  # mapped contracts are not shown
    assert not made.es.is_tradable


@pytest.mark.parametrize(("mode", "closes"), [("RAW", [3900.0, 3910.0]), ("BACKWARDS_PANAMA_CANAL", [3890.0, 3900.0])])
def test_normalization_modes(futures, run, mode, closes):
    maps(futures, TUESDAY)
    outcome = run(futures, CHAIN.format(mode=mode, filter="pass"), days=(MONDAY, TUESDAY))
    assert [bar[2] for bar in outcome.algorithm.bars] == closes


def test_the_chain_follows_its_filter(futures, run):
    maps(futures, FRIDAY)
    futures.future_universe(date(2021, 3, 12))
    futures.future_universe(MONDAY, ("202106", "202109"))
    outcome = run(futures, CHAIN.format(mode="RAW", filter="self.es.set_filter(0, 120)"), days=(MONDAY, TUESDAY))
    made = outcome.algorithm
    assert made.changed == [(15, ["/ES", "ES18M21", "ES19H21"], []), (16, [], ["ES19H21"])]
    first = next(item for item in made.seen if item[0] == datetime(2021, 3, 15, 10, 1))
    assert first[1] == [("ES18M21", 3890.0, 10), ("ES19H21", 3900.0, 10)]
    later = next(item for item in made.seen if item[0] == datetime(2021, 3, 16, 10, 1))
    assert later[1] == [("ES18M21", 3900.0, 10)]


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("u.front_month()", ["ES19H21"]),
        ("u.back_month()", ["ES18M21"]),
        ("u.back_months()", ["ES17U21", "ES18M21"]),
        ("u.expiration_cycle([3, 9])", ["ES17U21", "ES19H21"]),
        ("u.expiration(timedelta(5), timedelta(100))", ["ES18M21"]),
        ("u.contracts(lambda rows: [r for r in rows if r.open_interest < 1000][:1])", ["ES18M21"]),
        ("u.where(lambda row: row.close > 2)", ["ES17U21"]),
        ("u.weeklys_only()", []),
        ("u.standards_only().front_month()", ["ES19H21"]),
    ],
)
def test_filters(futures, run, rule, values):
    futures.future_universe(date(2021, 3, 12), ("202103", "202106", "202109"))
    outcome = run(
        futures,
        f"""
def initialize(self):
    self.add_equity("SPY")
    self.add_future("ES", Resolution.MINUTE).set_filter(lambda u: {rule})
    self.added = []

def on_securities_changed(self, changes):
    self.added += [s.symbol.value for s in changes.added_securities if s.symbol.has_canonical()]
""",
        days=(MONDAY, MONDAY),
    )
    assert outcome.algorithm.added == values


def test_chains_of_the_universe_file(futures, run):
    futures.future_universe(date(2021, 3, 12))
    outcome = run(
        futures,
        """
def initialize(self):
    self.set_start_date(2021, 3, 15)
    self.add_equity("SPY")
    chain = self.futures_chain("ES")
    self.rows = [(c.symbol.value, c.last_price, c.open_interest) for c in chain]
    self.frame = chain.data_frame
    self.listed = self.future_chain_provider.get_future_contract_list(chain.symbol, self.time)
    self.count = len(self.future_chains([chain.symbol]))
""",
        days=(MONDAY, MONDAY),
    )
    made = outcome.algorithm
    assert made.rows == [("ES19H21", 1.0, 1000.0), ("ES18M21", 2.0, 999.0)]
    assert list(made.frame["lastprice"]) == [1.0, 2.0]
    assert len(made.listed) == 2
    assert made.count == 1


def test_a_contract_depth_beyond_two_is_refused(futures, run):
    outcome = run(
        futures,
        """
def initialize(self):
    self.add_future("ES", Resolution.MINUTE, contract_depth_offset=3)
""",
        days=(MONDAY, MONDAY),
        fails=True,
    )
    assert "current maximum value is 2" in str(outcome.error)


def test_bars_outside_the_hours_are_repeated_in_the_next_session(futures, run):
    futures.future_bars(MONDAY, {"202103": 3900.0}, first=1018)  # 16:58 to 17:03, closed from 17:00
    outcome = run(
        futures,
        f"""
def initialize(self):
    self.es = self.add_future_contract({CONTRACT}, Resolution.MINUTE, extended_market_hours=True)
    self.seen = []

def on_data(self, data):
    bar = data.bars.get(self.es.symbol)
    if bar and (self.time.hour, self.time.minute) in ((17, 0), (18, 1)):
        self.seen.append((self.time.hour, bar.close, bar.is_fill_forward, self.es.price))
""",
        days=(MONDAY, MONDAY),
    )
    assert outcome.algorithm.seen == [(17, 3901.0, False, 3901.0), (18, 3904.0, True, 3901.0)]


@pytest.mark.parametrize(
    ("added", "options", "closes"),
    [
        ("BACKWARDS_RATIO", "", [1950.0, 1955.0, 3910.0]),
        ("BACKWARDS_RATIO", ", data_normalization_mode=DataNormalizationMode.RAW", [3900.0, 3910.0, 3910.0]),
        ("RAW", ", contract_depth_offset=1", [3890.0, 3900.0, 1.0]),
        (None, ", data_mapping_mode=DataMappingMode.LAST_TRADING_DAY", [1950.0, 1955.0, 3910.0]),
    ],
)
def test_history_of_a_continuous_future_joins_the_mapped_contracts(futures, run, added, options, closes):
    maps(futures, TUESDAY)
    add = f"self.add_future('ES', data_mapping_mode=0, data_normalization_mode=DataNormalizationMode.{added})"
    outcome = run(
        futures,
        f"""
def initialize(self):
    self.es = {add if added else "None"}
    self.add_equity("SPY")
    self.closes = []

def on_end_of_algorithm(self):
    symbol = Symbol.create("ES", SecurityType.FUTURE, Market.CME)
    bars = self.history[TradeBar](symbol, timedelta(4), Resolution.MINUTE{options})
    self.closes = [bar.close for bar in bars if (bar.end_time.hour, bar.end_time.minute) == (10, 1)]
""",
        days=(MONDAY, WEDNESDAY),
    )
    assert outcome.algorithm.closes == closes


def test_the_end_of_a_mapped_contract_is_told_but_is_no_data(futures, run):
    maps(futures, FRIDAY)
    outcome = run(
        futures,
        """
def initialize(self):
    self.es = self.add_future("ES", data_mapping_mode=DataMappingMode.LAST_TRADING_DAY)
    self.keys, self.ended = set(), []

def on_data(self, data):
    self.keys |= {str(key) for key in data.keys()}

def on_delistings(self, delistings):
    self.ended += [d.symbol.value for d in delistings.values()]

def on_end_of_algorithm(self):
    self.total = {s.symbol.value: s.is_delisted for s in self.securities.total}
""",
        days=(MONDAY, date(2021, 3, 22)),
    )
    made = outcome.algorithm
    assert made.keys == {"/ES"}
    assert made.ended == ["ES19H21", "ES19H21"]
    assert made.total == {"/ES": False, "ES19H21": True, "ES18M21": False}


def test_history_and_the_provider_read_the_chain_files(futures, run):
    futures.future_universe(date(2021, 3, 12))
    futures.future_universe(MONDAY, ("202103", "202106", "202109"))
    made = run(
        futures,
        """
def initialize(self):
    self.set_start_date(2021, 3, 16)
    es = self.add_future("ES").symbol
    frame = self.history(FutureUniverse, es, 2, flatten=True)
    self.rows = [(str(t.date()), s.value, o) for (t, s), o in frame["openinterest"].items()]
    self.files = [(f.end_time.day, [row.symbol.value for row in f]) for f in self.history[FutureUniverse](es, 1)]
    days = (datetime(2021, 3, 15), datetime(2021, 3, 16))
    self.lists = [len(self.future_chain_provider.get_future_contract_list(es, day)) for day in days]
    self.unflattened = len(self.history(FutureUniverse, es, 2))
    self.add_future_contract(Symbol.create_future("ES", Market.CME, datetime(2021, 3, 19)))
""",
        days=(TUESDAY, TUESDAY),
    ).algorithm
    first = [("2021-03-13", "ES19H21", 1000), ("2021-03-13", "ES18M21", 999), ("2021-03-16", "ES19H21", 1000)]
    assert made.rows[:3] == first
    assert made.files == [(16, ["ES19H21", "ES18M21", "ES17U21"])]
    assert made.lists == [2, 3]
    assert made.unflattened == 2
