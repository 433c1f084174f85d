# ruff: noqa: E501  lines of algorithm text
"""Order types on made minutes: SPY opens each minute at 100.00 + 0.01 per minute and closes 0.01 higher."""

from datetime import date, datetime

import pytest

START = """
def initialize(self):
    self.set_cash(100000)
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.tickets = {}
    self.events = []
    self.schedule.on(self.date_rules.on(2021, 3, 1), self.time_rules.at(10, 0), self.place)
def on_order_event(self, event):
    self.events.append((event.order_id, str(event.status), f"{self.time:%H:%M}", event.fill_price, event.message))
"""


def fills(outcome, order_id=1):
    return [e for e in outcome.algorithm.events if e[0] == order_id]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("limit_order(self.spy, 10, 100.20)", None),  # the price never comes back
        ("limit_order(self.spy, 10, 100.31)", ("10:01", 100.30)),  # the next bar opens below the limit
        ("limit_order(self.spy, -10, 100.34)", ("10:05", 100.34)),
        ("stop_market_order(self.spy, 10, 100.33)", ("10:03", 100.33)),
        ("stop_market_order(self.spy, -10, 100.20)", None),
        ("stop_market_order(self.spy, -10, 100.35)", ("10:01", 100.30)),  # gapped: at the open
        ("stop_limit_order(self.spy, 10, 100.33, 100.50)", ("10:04", 100.34)),
        ("stop_limit_order(self.spy, -10, 100.35, 100.20)", ("10:01", 100.30)),
        ("limit_if_touched_order(self.spy, -10, 100.34, 100.30)", ("10:04", 100.34)),
        ("limit_if_touched_order(self.spy, 10, 100.20, 100.40)", None),
        ("trailing_stop_order(self.spy, 10, 0.02, False)", ("10:03", 100.33)),  # only above its stop
        ("trailing_stop_order(self.spy, -10, 0.001, True)", None),
        ("market_on_close_order(self.spy, 10)", ("16:00", 103.9)),
        ("market_order(self.spy, 10)", ("10:00", 100.30)),
    ],
)
def test_fill_time_and_price(run, shares, call, expected):
    outcome = run(shares, START + f"def place(self):\n    self.tickets['it'] = self.{call}\n")
    seen = [(e[2], round(e[3], 6)) for e in fills(outcome) if e[1] == "FILLED"]
    assert seen == ([] if expected is None else [expected])


def test_market_on_open_of_the_evening_fills_at_the_next_open(run, shares):
    outcome = run(
        shares,
        START.replace("at(10, 0)", "at(17, 0)")
        + "def place(self):\n    self.tickets['it'] = self.market_order(self.spy, 10)\n",
        days=(date(2021, 3, 1), date(2021, 3, 2)),
    )
    assert outcome.algorithm.tickets["it"].order_type.name == "MARKET_ON_OPEN"
    assert [e[1:4] for e in fills(outcome)][-1] == ("FILLED", "09:31", 100.0)


def test_changes_are_made_at_the_end_of_the_step_and_refused_when_they_cost_too_much(run, shares):
    outcome = run(
        shares,
        START
        + """
def place(self):
    t = self.tickets["it"] = self.stop_limit_order(self.spy, 10, 110, 111, tag="first")
    assert t.get(OrderField.STOP_PRICE) == 110 and t.get(OrderField.LIMIT_PRICE) == 111
    assert t.update_stop_price(112, "second").is_success
    assert t.update_limit_price(113).is_success and t.update_quantity(20).is_success
    assert t.tag == "first" and len(t.update_requests) == 3
    self.schedule.on(self.date_rules.today, self.time_rules.at(10, 5), self.later)
def later(self):
    t = self.tickets["it"]
    assert (t.quantity, t.tag, t.get(OrderField.STOP_PRICE), t.get(OrderField.LIMIT_PRICE)) == (20, "second", 112, 113)
    fields = UpdateOrderFields()
    fields.quantity = 1000000
    assert t.update(fields).is_success
    self.schedule.on(self.date_rules.today, self.time_rules.at(10, 6), self.last)
def last(self):
    t = self.tickets["it"]
    assert t.quantity == 20
    assert t.get_most_recent_order_response().error_code == OrderResponseErrorCode.BROKERAGE_FAILED_TO_UPDATE_ORDER
    assert self.transactions.get_open_orders_remaining_quantity(self.spy) == 20
    assert t.cancel("enough").is_success and t.cancel().is_error
    assert t.get_most_recent_order_request() is t.cancel_request
    assert str(t.status) == "CANCEL_PENDING"
    assert t.submit_request.response.is_processed and str(t.submit_request.response) == "Success"
def on_end_of_algorithm(self):
    t = self.tickets["it"]
    assert str(t.status) == "CANCELED" and t.tag == "enough"
    refused = t.update_limit_price(90)
    assert refused.is_error and "already has Canceled status" in str(refused)
    assert t.update_tag("late").is_success and t.cancel().is_error
    order = self.transactions.get_order_by_id(1)
    assert order.canceled_time is not None and order.limit_price == 113 and order.stop_price == 112
    assert self.transactions.get_open_orders() == [] and self.transactions.orders_count == 1
    assert self.transactions.get_order_by_id(7) is None and self.transactions.last_order_id == 1
""",
    )
    assert [e[1] for e in fills(outcome)][-2:] == ["CANCEL_PENDING", "CANCELED"]


def test_trailing_stops_and_touches_can_be_changed_too(run, shares):
    outcome = run(
        shares,
        START
        + """
def place(self):
    self.tickets["trail"] = self.trailing_stop_order(self.spy, -10, 90, 5, False)
    self.tickets["touch"] = self.limit_if_touched_order(self.spy, 10, 90, 91)
    assert self.tickets["trail"].update_stop_trailing_amount(4).is_success
    assert self.tickets["touch"].update_trigger_price(89).is_success
def on_end_of_algorithm(self):
    assert self.tickets["trail"].get(OrderField.TRAILING_AMOUNT) == 4
    assert self.tickets["touch"].get(OrderField.TRIGGER_PRICE) == 89
    try:
        self.tickets["touch"].get(OrderField.STOP_PRICE)
    except ValueError as error:
        self.text = str(error)
""",
    )
    assert outcome.algorithm.text == "LimitIfTouched orders have no stop_price."


@pytest.mark.parametrize(
    ("call", "code", "text"),
    [
        ("market_order(self.spy, 0)", "ORDER_QUANTITY_ZERO", "zero quantity"),
        ("market_order(self.spy, 0.5)", "ORDER_QUANTITY_LESS_THAN_LOT_SIZE", "less than lot size"),
        ("market_on_open_order(self.spy, 1)", "MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS", "market is open"),
    ],
)
def test_requests_refused_before_they_get_an_id(run, shares, call, code, text):
    outcome = run(shares, START + f"def place(self):\n    self.tickets['it'] = self.{call}\n")
    ticket = outcome.algorithm.tickets["it"]
    answer = ticket.get_most_recent_order_response()
    assert (ticket.order_id, str(ticket.status), answer.error_code.name) == (-10, "INVALID", code)
    assert text in answer.error_message
    assert not ticket.has_order
    assert ticket.cancel().is_error
    assert ticket.update_tag("x").is_error
    assert outcome.algorithm.events == []


def test_market_on_close_too_late_and_orders_in_warm_up(run, shares):
    late = run(
        shares,
        START.replace("at(10, 0)", "at(15, 50)") + "def place(self):\n"
        "    self.tickets['it'] = self.market_on_close_order(self.spy, 1)\n",
    )
    answer = late.algorithm.tickets["it"].get_most_recent_order_response()
    assert answer.error_code.name == "MARKET_ON_CLOSE_ORDER_TOO_LATE"
    warming = run(
        shares,
        START.replace(
            "    self.events = []\n", "    self.events = []\n    self.tickets['it'] = self.market_order(self.spy, 1)\n"
        )
        + "def place(self):\n    pass\n",
    )
    answer = warming.algorithm.tickets["it"].get_most_recent_order_response()
    assert answer.error_code.name == "ALGORITHM_WARMING_UP"


def test_an_order_that_costs_too_much_has_an_id_and_one_invalid_event(run, shares):
    outcome = run(shares, START + "def place(self):\n    self.tickets['it'] = self.market_order(self.spy, 3000)\n")
    (event,) = outcome.algorithm.events
    assert event[:2] == (1, "INVALID")
    assert "Insufficient buying power" in event[4]
    assert outcome.result.statistics["Total Orders"] == "1"


def test_a_day_order_expires_at_the_close_and_a_dated_one_on_its_date(run, shares):
    outcome = run(
        shares,
        START
        + """
def place(self):
    day, dated = OrderProperties(), OrderProperties()
    day.time_in_force = TimeInForce.DAY
    dated.time_in_force = TimeInForce.good_til_date(datetime(2021, 3, 2, 12, 0))
    self.limit_order(self.spy, 1, 50, order_properties=day)
    self.limit_order(self.spy, 1, 50, order_properties=dated)
""",
        days=(date(2021, 3, 1), date(2021, 3, 2)),
    )
    ends = [e for e in outcome.algorithm.events if e[1] == "CANCELED"]
    assert [e[0] for e in ends] == [1, 2]
    assert [e[2] for e in ends] == ["16:00", "16:00"]  # a date ends with its session, whatever its time of day
    assert ends[0][4] == "The order has expired."


def test_liquidate_set_holdings_and_order_quantities(run, shares):
    outcome = run(
        shares,
        START
        + """
def place(self):
    assert self.calculate_order_quantity(self.spy, 0.5) == 497
    (ticket,) = self.set_holdings(self.spy, 0.5)
    assert ticket.quantity == 497
    self.set_holdings([PortfolioTarget(self.spy, 0.25)])
    held = self.portfolio[self.spy].quantity
    assert 245 <= held <= 250
    self.limit_order(self.spy, 5, 50)
    tickets = self.liquidate(self.spy, tag="out")
    assert [t.quantity for t in tickets] == [-held] and tickets[0].tag == "out"
    assert not self.portfolio.invested and self.calculate_order_quantity(self.spy, 0) == 0
    self.buy(self.spy, 3)
    self.sell(self.spy, 1)
    assert len(self.liquidate()) == 1
    self.settings.liquidate_enabled = False
    assert self.liquidate() == []
""".replace("[PortfolioTarget(self.spy, 0.25)]", "self.spy, 0.25"),
    )
    assert [e[0] for e in outcome.algorithm.events if e[1] == "CANCELED"] == [3]


def test_views_of_orders_events_and_holdings(run, shares):
    run(
        shares,
        START
        + """
def place(self):
    ticket = self.market_order(self.spy, 10, tag="x")
    order = self.transactions.get_order_by_id(1)
    assert (order.id, order.symbol, order.type, order.quantity, order.absolute_quantity) == (1, self.spy, OrderType.MARKET, 10, 10)
    assert order.direction == OrderDirection.BUY and order.tag == "x" and order.price_currency == "USD"
    assert order.value == 1003 and order.price == 100.3 and order.is_marketable
    assert order.time == order.created_time == order.last_fill_time and order.canceled_time is None
    assert order.security_type == SecurityType.EQUITY and order.broker_id == ["1"] and order.group_order_manager is None
    assert order.stop_price is None or order.stop_price == 0
    event = ticket.order_events[-1]
    assert (event.order_id, event.id, event.symbol, event.fill_quantity) == (1, 2, self.spy, 10)
    assert event.absolute_fill_quantity == 10 and event.fill_price_currency == "USD" and not event.is_assignment
    assert event.order_fee.value.amount == 1 and event.order_fee.value.currency == "USD"
    assert event.direction == OrderDirection.BUY and event.quantity == 10 and event.utc_time.hour == 15
    assert event.limit_price is None and event.stop_price is None and event.trigger_price is None
    assert event.trailing_amount is None and not event.is_in_the_money and event.ticket is ticket
    assert "SPY" in str(event) and "SPY" in str(order) and "SPY" in str(ticket)
    assert (ticket.quantity_filled, ticket.quantity_remaining, ticket.average_fill_price) == (10, 0, 100.3)
    assert ticket.security_type == SecurityType.EQUITY and ticket.time == order.time and ticket.has_order
    h, p = self.portfolio[self.spy], self.portfolio
    assert (h.quantity, h.absolute_quantity, h.average_price, h.price) == (10, 10, 100.3, 100.3)
    assert h.invested and h.hold_stock and h.is_long and not h.is_short and h.symbol == self.spy
    assert h.holdings_value == h.absolute_holdings_value == h.holdings_cost == h.absolute_holdings_cost == 1003
    assert h.type == SecurityType.EQUITY and h.total_fees == 1 and h.total_dividends == 0 and h.profit == 0
    assert h.net_profit == -1 and h.last_trade_profit == 0 and h.total_sale_volume == 1003
    assert h.unrealized_profit == -1 and abs(h.unrealized_profit_percent + 1 / 1003) < 1e-9 and h.total_close_profit() == -1
    assert (p.cash, p.unsettled_cash, p.total_portfolio_value, p.total_fees) == (98996, 0, 99999, 1)
    assert p.invested and p.hold_stock and p.total_margin_used == 501.5 and p.margin_remaining == 99497.5
    assert p.get_margin_remaining() == 99497.5 and p.get_buying_power(self.spy) > 0 and p.total_sale_volume == 1003
    assert (p.total_profit, p.total_net_profit, p.total_unrealized_profit, p.total_unrealised_profit) == (0, -1, -1, -1)
    assert p.total_holdings_value == p.total_absolute_holdings_cost == 1003
    assert self.spy in p and p.contains_key(self.spy) and "SPY" in [s.value for s in p.keys()] and len(p) == p.count
    assert len(list(p)) == len(p.items()) == len(p.values()) == len(p) and p.get(self.spy) is not None
    book = p.cash_book
    assert book["USD"].amount == 98996 and "USD" in book and book.contains_key("USD") and [pair.key for pair in book] == ["USD"]
    assert book.total_value_in_account_currency == 98996 and [k for k, _ in book.items()] == book.keys()
    book["USD"].add_amount(4)
    book["USD"].set_amount(99000)
    assert p.cash == 99000 and book.values()[0].value_in_account_currency == 99000
    p.set_cash(98996)
    assert len(self.transactions.get_order_tickets(self.spy)) == 1 and len(self.transactions.get_orders(lambda o: o.id == 2)) == 0
""",
    )


def test_margin_calls_warn_then_sell_and_can_be_edited(run, made):
    """A short position in a price that doubles: leverage 2, so margin is half the value."""
    bars = {m: (100 + m, 100 + m, 100 + m, 100 + m, 1000) for m in range(120)}
    made.minutes("spy", date(2021, 3, 1), bars)
    outcome = run(
        made,
        """
def initialize(self):
    self.set_cash(100000)
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.calls, self.warnings, self.edited = [], 0, False
def on_data(self, data):
    if not self.portfolio.invested and not self.edited:
        self.edited = True
        self.market_order(self.spy, -1500)
def on_margin_call_warning(self):
    self.warnings += 1
def on_margin_call(self, requests):
    self.calls.append([(str(r.order_type), r.quantity, r.tag) for r in requests])
    if len(self.calls) == 1:
        return []
    first = requests[0]
    return [SubmitOrderRequest(first.order_type, first.security_type, first.symbol, 100, 0, 0, self.utc_time, "mine")]
def on_end_of_algorithm(self):
    self.tags = [o.tag for o in self.transactions.get_orders()]
""",
    )
    algorithm = outcome.algorithm
    assert algorithm.warnings >= 1
    assert algorithm.calls[0][0][0] == "MARKET"
    assert algorithm.calls[0][0][1] > 0
    assert algorithm.calls[0][0][2] == "Margin Call"
    assert algorithm.tags[1] == "mine"


def test_an_algorithm_that_quits_is_said_to_be_stopped_one_without_money_not(run, shares):
    body = """
def initialize(self):
    self.set_cash(CASH)
    self.spy = self.add_equity("SPY").symbol

def on_data(self, data):
    if self.time.minute == 35:
        self.quit("enough")
"""
    stopped = run(shares, body.replace("CASH", "1000")).result.log_lines
    assert [line.split(" ", 2)[2] for line in stopped] == ["Quit(): enough", "Algorithm Stopped"]
    assert "Algorithm Stopped" not in str(run(shares, body.replace("CASH", "0")).result.log_lines)


def test_a_benchmark_in_a_currency_without_a_rate_is_worth_nothing(run, shares):
    hours = {datetime(2021, 3, 1, h): 50.0 for h in range(10, 16)}
    shares.daily("spy", hours, resolution="hour")
    body = """
def initialize(self):
    self.set_account_currency("INR")
    self.set_cash(100000)
    self.add_equity("SPY")
"""
    points = run(shares, body).result.charts["Benchmark"].series["Benchmark"].points
    assert {float(value) for _, value in points} == {0.0}


def test_cancelling_all_open_orders_leaves_a_tag_with_the_time_unless_a_symbol_or_tag_is_named(run, made):
    made.rising("spy", [date(2021, 3, 1)])
    body = START + (
        "def place(self):\n"
        "    for number, call in enumerate(({'tag': 'why'}, {'symbol': self.spy}, {})):\n"
        "        self.tickets[number] = self.limit_order(self.spy, 10, 50, tag='mine')\n"
        "        self.transactions.cancel_open_orders(**call)\n"
    )
    tags = [ticket.tag for ticket in run(made, body).algorithm.tickets.values()]
    assert tags == ["why", "mine", "Canceled by CancelOpenOrders() at 2021-03-01T15:00:00.0000000Z"]


@pytest.mark.parametrize(("rate", "later"), [("", 50000.0), (", 2", 100000.0)])
def test_cash_by_name_has_its_rate_only_once_initialize_is_over(run, shares, rate, later):
    body = f"""
def initialize(self):
    self.set_cash("USD", 50000{rate})
    self.cash = [self.portfolio.cash]
    self.add_equity("SPY")
def on_data(self, data):
    self.cash.append(self.portfolio.cash)
"""
    cash = run(shares, body).algorithm.cash
    assert cash[0] == (later if rate else 0.0)
    assert set(cash[1:]) == {later}


def test_open_orders_are_not_cancelled_in_initialize_or_warm_up(run, shares):
    body = """
def initialize(self):
    self.add_equity("SPY")
    self.set_warm_up(1, Resolution.MINUTE)
    self.said = []
    self.cancel()
def cancel(self):
    try:
        self.transactions.cancel_open_orders()
    except Exception as error:
        self.said.append(f"{self.is_warming_up} {error}")
def on_data(self, data):
    self.cancel()
"""
    said = run(shares, body, days=(date(2021, 3, 2), date(2021, 3, 2))).algorithm.said
    assert len(said) > 1
    assert all(t.startswith("True This operation is not allowed in initialize or during warm up: cancel") for t in said)


def test_initialize_is_part_of_the_warm_up(run, shares):
    body = """
def initialize(self):
    self.warming = [self.is_warming_up]
    self.add_equity("SPY")
def on_data(self, data):
    self.warming.append(self.is_warming_up)
"""
    warming = run(shares, body).algorithm.warming
    assert len(warming) > 1
    assert warming == [True] + [False] * (len(warming) - 1)
