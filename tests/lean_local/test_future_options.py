"""Options on futures on made data: contracts, chains that follow the future, margin, fees and the end of a contract."""

from datetime import date
from decimal import Decimal

import pytest

from lean_local.contract_rules import is_standard, is_weekly
from lean_local.enums import OptionRight, OptionStyle
from lean_local.symbols import Symbol, chain_symbol

MONDAY, FRIDAY, MONDAY_AFTER = date(2021, 3, 15), date(2021, 3, 19), date(2021, 3, 22)
STRIKES = [(right, strike, FRIDAY) for strike in (3850, 3900, 3950) for right in "CP"]
FUTURE = "Symbol.create_future('ES', Market.CME, datetime(2021, 3, 19))"
TERMS = "Market.CME, OptionStyle.AMERICAN, OptionRight.CALL, 3850, datetime(2021, 3, 19)"
CALL = f"Symbol.create_option({FUTURE}, {TERMS})"
PUT = CALL.replace("CALL", "PUT")


@pytest.fixture
def book(futures):
    """ES options 3850, 3900, 3950 of March on Monday: 34.75 to 35.25 from 10:00 to 10:04; the future ends at 3944."""
    futures.future_option_quotes(MONDAY, {key: dict.fromkeys(range(5), (34.75, 35.25)) for key in STRIKES})
    futures.future_option_universe(date(2021, 3, 12), STRIKES)
    futures.future_universe(date(2021, 3, 12))
    return futures


def made_events(result):
    return [
        (e["symbolValue"], e["status"], e["fillPrice"], e["fillQuantity"], e.get("message", ""))
        for e in result.order_events_json
    ]


def chain_log(outcome):
    return [line.split(" ", 2)[2] for line in outcome.result.log_lines]


# --- symbols ---------------------------------------------------------------------------------------------------
def test_the_option_root_is_that_of_the_future():
    gold = Symbol.create_future("GC", "comex", date(2021, 4, 28))
    option = Symbol.create_option(gold, "comex", OptionStyle.AMERICAN, OptionRight.CALL, 1800, date(2021, 3, 25))
    assert (option.id.symbol, option.canonical.id.symbol, option.underlying) == ("OG", "OG", gold)


def test_every_option_on_a_future_counts_as_standard():
    future = Symbol.create_future("ES", "cme", FRIDAY)
    option = Symbol.create_option(future, "cme", OptionStyle.AMERICAN, OptionRight.CALL, 3900, date(2021, 3, 12))
    assert is_standard(option.id)
    assert not is_weekly(option.id)


def test_a_chain_is_found_by_its_underlying_a_contract_or_itself():
    future = Symbol.create_future("ES", "cme", FRIDAY)
    option = Symbol.create_option(future, "cme", OptionStyle.AMERICAN, OptionRight.CALL, 3900, FRIDAY)
    canonical = Symbol.create_canonical_option(future)
    assert chain_symbol(future) == chain_symbol(option) == chain_symbol(canonical) == canonical
    bitcoin = Symbol.create("BTCUSD", 7, "coinbase")
    assert chain_symbol(bitcoin) is bitcoin


# --- single contracts ------------------------------------------------------------------------------------------
def test_a_contract_trades_for_premium_and_the_exchange_s_option_fee(book, run):
    outcome = run(
        book,
        f"""
def initialize(self):
    self.option = self.add_future_option_contract({CALL}, extended_market_hours=True)

def on_data(self, data):
    if not self.portfolio.invested:
        self.market_order(self.option.symbol, 1)
        self.log(f"{{self.option.contract_multiplier}} {{self.option.contract_unit_of_trade}}")
        self.log(f"{{self.option.underlying.symbol == {FUTURE}}} {{self.portfolio.cash}}")
""",
        days=(MONDAY, MONDAY),
    )
    assert made_events(outcome.result)[-1][1:4] == ("filled", Decimal("35.25"), 1)
    assert outcome.result.order_events_json[-1]["orderFeeAmount"] == Decimal("1.42")
    assert [line.split(" ", 2)[2] for line in outcome.result.log_lines[-2:]] == ["50 1", "True 98236.08"]


def test_the_order_remembers_a_mid_with_the_places_of_its_quote(book, run):
    outcome = run(
        book,
        f"""
def initialize(self):
    self.option = self.add_future_option_contract({CALL})

def on_data(self, data):
    if not self.portfolio.invested:
        self.market_order(self.option.symbol, 1)
""",
        days=(MONDAY, MONDAY),
    )
    submitted = outcome.result.orders_json["1"]["orderSubmissionData"]
    assert str(submitted["lastPrice"]) == "35.00"


@pytest.mark.parametrize("symbol", [f"Symbol.create_canonical_option({FUTURE})", f"{FUTURE}.canonical"])
def test_a_chain_is_no_contract(book, run, symbol):
    outcome = run(
        book, f"def initialize(self):\n    self.add_future_option_contract({symbol})", days=(MONDAY, MONDAY), fails=True
    )
    assert "Expected non-canonical Symbol" in str(outcome.error)


ORDER_ONCE = """
    if not self.traded and data.quote_bars.contains_key(self.option):
        self.traded = True
        self.market_order(self.option, {quantity})
"""


@pytest.mark.parametrize(
    ("contract", "quantity", "ending"),
    [
        (CALL, 1, [("automatic exercise", 1), ("Option Exercise", 1), ("Liquidate from delisting", -1)]),
        (CALL, -1, [("assigned", 1), ("Option Assignment", -1), ("Liquidate from delisting", 1)]),
        (PUT, 1, [("otm", -1)]),
    ],
)
def test_at_expiry_a_contract_becomes_one_future_that_is_delisted_with_it(book, run, contract, quantity, ending):
    outcome = run(
        book,
        f"""
def initialize(self):
    self.traded = False
    self.option = self.add_future_option_contract({contract}).symbol

def on_data(self, data):
    for event in data.delistings.values():
        self.log(f"{{self.time:%d}} {{event.symbol.value}} {{int(event.type)}} {{event.time:%d}}")
"""
        + ORDER_ONCE.format(quantity=quantity),
        days=(MONDAY, MONDAY_AFTER),
    )
    last = made_events(outcome.result)[2:]
    assert [e[4].split(".")[0].lower() for e in last] == [message.lower() for message, _ in ending]
    assert [abs(e[3]) for e in last] == [1] * len(ending)
    if len(ending) > 1:
        assert [e[2] for e in last[1:]] == [3850, Decimal(3944)]
        assert last[1][3] == ending[1][1]
    option = f"ES19H21  210319{'C' if contract is CALL else 'P'}03850000"
    expected = [f"{day} {name} {int(day == 20)} {day}" for day in (19, 20) for name in (option, "ES19H21")]
    assert sorted(line for line in chain_log(outcome) if line[2:6] == " ES1") == sorted(expected)


def test_margin_is_the_future_s_scaled_by_how_far_the_option_is_from_the_money(book, run):
    outcome = run(
        book,
        f"""
def initialize(self):
    self.call, self.put = (self.add_future_option_contract(s) for s in ({CALL}, {PUT}))

def on_data(self, data):
    if self.time.minute == 2:
        for option in (self.call, self.put):
            m = option.buying_power_model
            self.log(f"{{m.initial_overnight_margin_requirement}} {{m.maintenance_overnight_margin_requirement}}")
""",
        days=(MONDAY, MONDAY),
    )
    # 6000 * 1.20 / (1 + exp(7.8 * (3850 - 3904) / 3904)), 6000 / (1 + exp(-9 * ...)); maintenance from 5000
    assert [line.split(" ", 2)[2] for line in outcome.result.log_lines[-2:]] == ["3794.0 3161.0", "2813.0 2344.0"]


def test_orders_tell_the_mode_their_contract_was_added_with(book, run):
    june = FUTURE.replace("2021, 3, 19", "2021, 6, 18")
    outcome = run(
        book,
        f"""
def initialize(self):
    self.option = self.add_future_option_contract({CALL}).symbol
    self.june = self.add_future_contract({june}).symbol

def on_data(self, data):
    if not self.portfolio.invested:
        for symbol in (self.june, self.option, self.option.underlying):
            self.market_order(symbol, 1)
""",
        days=(MONDAY, MONDAY),
    )
    modes = [order["priceAdjustmentMode"] for order in outcome.result.orders_json.values()]
    assert modes == [1, 0, 0]  # adjusted by default, raw because of the option, raw for its sake


# --- chains ----------------------------------------------------------------------------------------------------
CHAIN = """
def initialize(self):
    future = self.add_future("ES"{extended})
    {future_filter}
    self.add_future_option(future.symbol{option_filter})

def on_securities_changed(self, changes):
    names = [s.symbol.value for s in changes.added_securities if s.symbol.id.is_option]
    if names:
        self.log("added " + str(len(names)))

def on_data(self, data):
    for chain in data.option_chains.values():
        self.log(f"{{self.time:%H:%M}} {{chain.symbol.value}} {{len(list(chain))}} {{chain.underlying.close}}")
"""


def test_the_options_of_every_selected_future_come_with_it(book, run):
    body = CHAIN.format(extended="", future_filter="future.set_filter(0, 10)", option_filter="")
    shown = chain_log(run(book, body, days=(MONDAY, MONDAY)))
    assert shown[:2] == ["added 6", "10:01 ?ES19H21 6 3900.0"]
    assert shown[-1].startswith("16:00 ?ES19H21 6 3904") or shown[-1].startswith("17:00 ?ES19H21 6 3904")


def test_a_filter_keeps_strikes_around_the_file_s_price(book, run):
    body = CHAIN.format(
        extended="", future_filter="future.set_filter(0, 10)", option_filter=", lambda u: u.strikes(0, 0).calls_only()"
    )
    assert chain_log(run(book, body, days=(MONDAY, MONDAY)))[:2] == ["added 1", "10:01 ?ES19H21 1 3900.0"]


def test_without_a_filter_the_mapped_contract_has_options_and_becomes_visible(book, run):
    march = Symbol.create_future("ES", "cme", FRIDAY)
    book.write("future/cme/map_files/es.csv", f"18991230,es,CME\n20210318,{str(march.id).lower()},CME,0\n")
    body = CHAIN.format(
        extended=", data_mapping_mode=DataMappingMode.LAST_TRADING_DAY", future_filter="", option_filter=""
    )
    body += "    if self.time.minute == 1:\n        self.log(str([s.value for s in data.bars.keys()]))\n"
    shown = chain_log(run(book, body, days=(MONDAY, MONDAY)))
    assert shown[:3] == ["added 6", "10:01 ?ES19H21 6 3900.0", "['/ES', 'ES19H21']"]


def test_a_future_that_is_selected_no_more_takes_its_options_along(book, run):
    book.future_universe(MONDAY, ("202106",))
    body = CHAIN.format(extended="", future_filter="future.set_filter(0, 200)", option_filter="")
    body += """
def on_securities_changed(self, changes):
    for security in changes.removed_securities:
        self.log(f"{self.time:%d} removed {security.symbol.value}")
"""
    shown = chain_log(run(book, body, days=(MONDAY, date(2021, 3, 16))))
    removed = [line for line in shown if "removed" in line]
    assert removed[0] == "16 removed ES19H21"
    assert len(removed) == 8  # the future leaves its own universe, then that of its options
    assert {line[:2] for line in removed} == {"16"}


def test_a_chain_of_a_future_lists_contracts_by_symbol_also_the_traded_ones(book, run):
    row = f"{60_000 * 840},35,35,35,35,10"
    name = f"{MONDAY:%Y%m%d}_es_minute_trade_american_put_38500000_20210319.csv"
    book.pack(f"futureoption/cme/minute/es/202103/{MONDAY:%Y%m%d}_trade_american.zip", {name: [row]})
    body = CHAIN.format(extended="", future_filter="future.set_filter(0, 10)", option_filter="")
    body += "        self.log(str([(int(c.right), c.strike, c.last_price) for c in chain][:4]))\n"
    shown = chain_log(run(book, body, days=(MONDAY, MONDAY)))
    assert shown[2] == "[(0, 3850.0, 0.0), (0, 3900.0, 0.0), (0, 3950.0, 0.0), (1, 3850.0, 35.0)]"


def test_options_follow_futures_not_contracts(book, run):
    outcome = run(
        book, f"def initialize(self):\n    self.add_future_option({FUTURE})", days=(MONDAY, MONDAY), fails=True
    )
    assert "Symbol provided must be canonical" in str(outcome.error)


def test_the_chain_of_a_contract_comes_from_its_month_s_file(book, run):
    outcome = run(
        book,
        f"""
def initialize(self):
    self.set_start_date(2021, 3, 15)
    self.add_future_contract({FUTURE})
    chain = self.option_chain({FUTURE}, flatten=True)
    contract = list(chain)[0]
    self.log(f"{{len(chain)}} {{contract.symbol.value}} {{contract.underlying_last_price}} {{contract.greeks.delta}}")
    self.log(str(len(self.option_chain_provider.get_option_contract_list({FUTURE}, self.time))))
    self.log(str(self.option_chain(contract.symbol).symbol == chain.symbol))
""",
        days=(MONDAY, MONDAY),
    )
    assert chain_log(outcome) == ["6 ES19H21  210319C03850000 3900.0 0.0", "6", "True"]
