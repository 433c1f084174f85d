"""When orders, cancellations and changes are carried out: LEAN's one queue, drained on the algorithm's thread."""

START = """
def initialize(self):
    self.set_cash(100000)
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.seen = []
"""


def test_asynchronous_market_orders_fill_at_once_in_a_backtest_as_real_lean_does(run, shares):
    """`BacktestingTransactionHandler.WaitForOrderSubmission` drains the queue whether asynchronous or not."""
    outcome = run(
        shares,
        START
        + """
def on_data(self, data):
    if not self.portfolio.invested:
        for asynchronous in (True, False):
            ticket = self.market_order(self.spy, 10, asynchronous)
            self.seen.append((ticket.status, len(ticket.order_events)))
def on_order_event(self, event):
    self.seen.append((event.order_id, event.status))
""",
    )
    seen = [(str(a), str(b)) for a, b in outcome.algorithm.seen]
    assert seen == [
        ("1", "SUBMITTED"),
        ("1", "FILLED"),
        ("FILLED", "2"),
        ("2", "SUBMITTED"),
        ("2", "FILLED"),
        ("FILLED", "2"),
    ]


def test_a_cancellation_asked_for_in_the_submitted_event_is_done_before_the_order_method_returns(run, shares):
    outcome = run(
        shares,
        START
        + """
def on_data(self, data):
    if not self.seen:
        ticket = self.limit_order(self.spy, 10, 90)
        self.seen.append(str(ticket.status))
def on_order_event(self, event):
    self.seen.append(str(event.status))
    if event.status == OrderStatus.SUBMITTED:
        self.transactions.cancel_order(event.order_id, "no")
""",
    )
    assert outcome.algorithm.seen == ["SUBMITTED", "CANCEL_PENDING", "CANCELED", "CANCELED"]


def test_exercising_by_hand_takes_the_quantity_of_either_sign_and_options_only(run, options):
    outcome = run(
        options,
        START
        + """
    self.call = self.add_option_contract(Symbol.create_option(
        self.spy, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 99, datetime(2021, 3, 19))).symbol
def on_data(self, data):
    if self.time.hour == 10 and self.time.minute == 0:
        self.market_order(self.call, 2)
        for asked in (1, -1, 1):
            ticket = self.exercise_option(self.call, asked)
            answer = ticket.get_most_recent_order_response()
            self.seen.append((str(ticket.status), ticket.quantity, str(answer.error_code)))
        try:
            self.exercise_option(self.spy, 1)
        except Exception as error:
            self.seen.append(type(error).__name__)
""",
    )
    algorithm = outcome.algorithm
    assert [tuple(map(str, row)) if isinstance(row, tuple) else row for row in algorithm.seen] == [
        ("FILLED", "-1.0", "NONE"),
        ("FILLED", "-1.0", "NONE"),
        ("INVALID", "-1.0", "UNSUPPORTED_REQUEST_TYPE"),
        "InvalidCastException",
    ]
    assert algorithm.portfolio[algorithm.spy].quantity == 200
    assert algorithm.portfolio[algorithm.spy].average_price == 99
    assert not algorithm.portfolio[algorithm.call].invested


def test_a_change_that_the_account_can_not_carry_is_undone_and_said_in_an_event(run, shares):
    outcome = run(
        shares,
        START
        + """
def on_data(self, data):
    if not self.seen:
        ticket = self.limit_order(self.spy, 10, 90)
        fields = UpdateOrderFields()
        fields.quantity, fields.tag = 1_000_000, "more"
        ticket.update(fields)
        self.ticket = ticket
def on_order_event(self, event):
    self.seen.append((str(event.status), event.quantity, event.message))
""",
    )
    algorithm = outcome.algorithm
    assert (algorithm.ticket.quantity, algorithm.ticket.tag) == (10, "")
    answer = algorithm.ticket.get_most_recent_order_response()
    assert str(answer.error_code) == "BROKERAGE_FAILED_TO_UPDATE_ORDER"
    (_, (status, quantity, message)) = algorithm.seen[:2]
    assert (status, quantity) == ("SUBMITTED", 1_000_000)
    assert message.startswith("Brokerage failed to update order with id: 1, Symbol: SPY, Insufficient buying power")
    assert answer.error_message == message


def test_orders_whose_margin_can_not_be_told_stay_new_refuse_changes_and_are_tagged_by_liquidate(run, shares):
    outcome = run(
        shares,
        START
        + """
    class Broken(SecurityMarginModel):
        def has_sufficient_buying_power_for_order(self, parameters):
            raise ValueError("no rate")
    self.securities[self.spy].set_buying_power_model(Broken())
def on_data(self, data):
    if not self.seen:
        ticket = self.limit_order(self.spy, 10, 90)
        self.seen.append(str(ticket.update_limit_price(91).error_code))
        self.liquidate()
        self.seen += [str(ticket.status), ticket.tag]
""",
    )
    assert outcome.algorithm.seen == ["INVALID_NEW_ORDER_STATUS", "NEW", "Liquidated"]


def test_a_request_gives_an_order_the_prices_of_its_type_in_any_of_leans_forms(run, shares):
    outcome = run(
        shares,
        START
        + """
    self.queue = CircularQueue[OrderType]([OrderType.LIMIT, OrderType.TRAILING_STOP])
    self.rounds = []
    self.queue.circle_completed += lambda sender, event: self.rounds.append(sender is self.queue)
def on_data(self, data):
    if not self.seen:
        for _ in range(2):
            kind = self.queue.dequeue()
            ticket = self.transactions.add_order(SubmitOrderRequest(
                kind, SecurityType.EQUITY, self.spy, 1, 200, 50, 0, 0.01, True, self.utc_time, "x"))
            ticket.update_stop_price(190)
            record = ticket.record
            self.seen.append((str(kind), record.limit_price, record.stop_price, record.trailing_amount,
                              record.trailing_as_percentage and kind == OrderType.TRAILING_STOP))
""",
    )
    assert outcome.algorithm.rounds == [True]
    (limit, trailing) = outcome.algorithm.seen
    assert (limit[0], float(limit[1]), *limit[2:]) == ("LIMIT", 50.0, None, None, False)
    assert trailing[:2] == ("TRAILING_STOP", None)
    assert (float(trailing[3]), trailing[4]) == (0.01, True)
