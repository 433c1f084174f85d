# ruff: noqa: E501  lines of algorithm text
"""Bars of contracts outside the hours: slices repeat them, securities do not see them."""

from datetime import date

from lean_local.enums import OrderStatus

DAYS = (date(2021, 3, 1), date(2021, 3, 2))
KEY = ("C", 101, date(2021, 3, 19))
BODY = """
def initialize(self):
    self.option = self.add_option("SPY").symbol
    self.call = self.add_option_contract(Symbol.create_option("SPY", Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 101, datetime(2021, 3, 19)))
    self.seen, self.kept, self.told = [], [], []

def on_data(self, data):
    for item in data.delistings.values():
        self.told += [item.price] if item.symbol == self.call.symbol else []
    if (self.time.hour, self.time.minute) in ((9, 31), (9, 33)):
        chain, bar = data.option_chains.get(self.option), data.quote_bars.get(self.call.symbol)
        contract = next((c for c in chain or [] if c.symbol == self.call.symbol), None)
        row = f"{self.time:%d %M}", contract and contract.bid_price, bar and bar.bid.close, self.call.bid_price, self.call.price
        self.seen.append(row)
        self.kept.append(data)

def on_end_of_algorithm(self):
    self.later = [s.quote_bars[self.call.symbol].bid.close for s in self.kept if s.quote_bars.contains_key(self.call.symbol)]
    self.counts = [s.quote_bars.count for s in self.kept]
"""


def test_a_quote_after_the_close_is_repeated_until_the_next_one(options, run):
    options.quotes("spy", DAYS[0], {KEY: {388: (1.0, 1.2), 392: (3.0, 3.2), 395: (4.0, 4.2)}})
    options.quotes("spy", DAYS[1], {KEY: {1: (1.5, 1.7)}})
    a = run(options, BODY, days=DAYS).algorithm
    assert a.seen[2:] == [("02 31", 4.0, 4.0, 1.0, 1.1), ("02 33", 1.5, 1.5, 1.5, 1.6)]
    assert a.later == [4.0, 1.5]


def test_a_contract_quoted_outside_the_hours_alone_is_in_the_chain_without_a_price(options, run):
    options.quotes("spy", DAYS[0], {KEY: {-60: (2.0, 2.2)}})
    a = run(options, BODY, days=(DAYS[0], DAYS[0])).algorithm
    assert a.seen == [("01 31", 2.0, 2.0, 0.0, 0.0), ("01 33", 2.0, 2.0, 0.0, 0.0)]
    assert a.counts == [1, 1]


def test_a_quote_after_the_last_close_does_not_prolong_the_run(options, run):
    options.quotes("spy", DAYS[1], {KEY: {380: (1.0, 1.2), 392: (3.0, 3.2)}})
    body = BODY + "\n    self.last = str(self.time)\n"
    assert run(options, body, days=(DAYS[1], DAYS[1])).algorithm.last == "2021-03-02 16:00:00"


def test_a_symbol_equals_what_net_converts_to_one(options, run):
    body = """
def initialize(self):
    self.set_start_date(2021, 3, 1)
    self.spy = self.add_equity("SPY", data_normalization_mode=DataNormalizationMode.RAW)
    self.option = self.add_option("SPY").symbol
    contract = next(iter(self.option_chain(self.option)))
    self.same = [contract.symbol == contract, self.spy.symbol == self.spy, self.spy.symbol == contract, self.spy.symbol == self]
"""
    assert run(options, body, days=(DAYS[0], DAYS[0])).algorithm.same == [True, True, False, False]


def test_the_price_of_a_delisting_is_the_last_trade_whenever_it_was(options, run):
    body = BODY.replace("2021, 3, 19", "2021, 3, 2")
    entry = "20210301_spy_minute_trade_american_call_1010000_20210302.csv"
    rows = ["34200000,5000,5000,5000,5000,7", "57660000,9000,9000,9000,9000,7"]
    options.pack("option/usa/minute/spy/20210301_trade_american.zip", {entry: rows})
    assert run(options, body, days=DAYS).algorithm.told[0] == 0.9


def test_the_underlying_of_a_chain_is_seen_when_initialize_has_returned(options, run):
    body = """
def initialize(self):
    self.option = self.add_option("SPY").symbol
    self.before = [self.option.underlying in self.securities, self.securities.get("SPY"), len(self.securities.keys())]
    try:
        self.securities["SPY"]
    except KeyNotFoundException as error:
        self.text = str(error)
    self.add_equity("SPY") if SHOWN else None
    self.shown = self.securities.contains_key("SPY")

def on_data(self, data):
    self.after = self.securities["SPY"].price > 0
"""
    for shown in (False, True):
        a = run(options, body.replace("SHOWN", str(shown)), days=(DAYS[0], DAYS[0])).algorithm
        assert (a.before, a.shown, a.after) == ([False, None, 1], shown, True)
        assert a.text.startswith("This asset symbol (SPY) was not found in your security list.")


def test_no_chain_is_selected_at_the_midnight_after_the_end(options, run):
    options.universe("spy", DAYS[1], 103.0, {("C", 105, date(2021, 3, 19)): (2.0, 100, 0.2, 0.5)})
    body = """
def initialize(self):
    self.option = self.add_option("SPY")
    self.option.set_filter(lambda u: u)
    self.last = None

def on_securities_changed(self, changes):
    self.last = str(self.time)
"""
    assert run(options, body, days=(DAYS[1], DAYS[1])).algorithm.last == "2021-03-02 00:00:00"


def test_greeks_at_the_moment_of_expiry(options, run):
    body = """
def initialize(self):
    self.option = self.add_option("SPY")
    self.option.set_filter(lambda u: u.expiration(0, 1))

def on_data(self, data):
    chain = data.option_chains.get(self.option.symbol)
    if chain and self.time.hour == 16:
        self.greeks = {(c.strike, str(c.right)): (c.implied_volatility, c.greeks.delta > 0.9, c.greeks.theta) for c in chain}
"""
    greeks = run(options, body, days=(DAYS[1], DAYS[1])).algorithm.greeks
    assert greeks[99.0, "CALL"] == (0.0, True, 0.0)
    assert greeks[99.0, "PUT"] == (0.0, False, 0.0)


def test_an_update_takes_the_fields_as_they_are_when_asked(options, run):
    body = """
def initialize(self):
    self.spy = self.add_equity("SPY").symbol
    self.schedule.on(self.date_rules.on(2021, 3, 1), self.time_rules.at(10, 0), self.place)

def place(self):
    self.tickets = [self.limit_order(self.spy, 1, 50) for _ in range(2)]
    self.schedule.on(self.date_rules.on(2021, 3, 1), self.time_rules.at(10, 5), self.change)

def change(self):
    fields = UpdateOrderFields()
    for ticket, price in zip(self.tickets, (60, 70)):
        fields.limit_price = price
        ticket.update(fields)

def on_end_of_algorithm(self):
    self.limits = [t.get(OrderField.LIMIT_PRICE) for t in self.tickets]
    self.means = OrderExtensions.is_open(OrderStatus.SUBMITTED), OrderExtensions.is_fill(OrderStatus.FILLED), OrderExtensions.is_limit_order(OrderType.LIMIT), OrderExtensions.is_stop_order(OrderType.LIMIT)
"""
    a = run(options, body, days=(DAYS[0], DAYS[0])).algorithm
    assert a.limits == [60.0, 70.0]
    assert a.means == (True, True, True, False)
    assert a.tickets[0].status == OrderStatus.UPDATE_SUBMITTED


def test_a_refused_cancellation_leaves_its_tag_and_its_request(options, run):
    body = """
def initialize(self):
    self.spy = self.add_equity("SPY").symbol
    self.schedule.on(self.date_rules.on(2021, 3, 1), self.time_rules.at(10, 0), self.place)

def place(self):
    self.ticket = self.market_order(self.spy, 1)
    self.answers = [self.ticket.cancel("too late"), self.ticket.cancel("again")]
"""
    a = run(options, body, days=(DAYS[0], DAYS[0])).algorithm
    assert a.ticket.status == OrderStatus.FILLED
    assert a.ticket.tag == "too late"
    assert [r.is_success for r in a.answers] == [False, False]
    assert a.ticket.cancel_request.tag == "too late"
    assert "already received a cancellation request" in a.answers[1].error_message
