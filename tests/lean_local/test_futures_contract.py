"""One future's contract on made data: settlement, margin, order types, the end of the contract."""

from datetime import date, datetime

import pytest

MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2021, 3, n) for n in (15, 16, 17, 18))
CONTRACT = "Symbol.create_future(Futures.Indices.SP_500_E_MINI, Market.CME, datetime(2021, 3, 19))"


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
