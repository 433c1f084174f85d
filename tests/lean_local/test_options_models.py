# ruff: noqa: E501  lines of algorithm text
"""Assignment and exercise models of an algorithm, and option positions before their underlying splits."""

from datetime import date

from lean_local.enums import OrderStatus

DAYS = (date(2021, 3, 1), date(2021, 3, 2))
SHORT = """
def initialize(self):
    self.spy = self.add_equity("SPY", data_normalization_mode=DataNormalizationMode.RAW)
    self.calls = [self.add_option_contract(Symbol.create_option("SPY", Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, k, datetime(2021, 3, 2))) for k in (100, 99)]
    for call in self.calls:
        MODEL
    self.seen = []
    self.schedule.on(self.date_rules.on(2021, 3, 1), self.time_rules.at(9, 40), self.sell_both)

def sell_both(self):
    for call in self.calls:
        self.market_order(call.symbol, -1)

def on_order_event(self, event):
    if not event.ticket or event.ticket.order_type == OrderType.OPTION_EXERCISE:
        self.seen.append((f"{self.time:%d %H:%M}", event.symbol.value[-8:], event.fill_quantity, event.is_assignment, event.message))
"""
MODELS = """
class Assign(DefaultOptionAssignmentModel):
    def __init__(self):
        super().__init__(0.01)

    def get_assignment(self, parameters):
        result = super().get_assignment(parameters)
        return OptionAssignmentResult(result.quantity, "mine") if result.quantity else OptionAssignmentResult.NULL

class Lapse:
    def option_exercise(self, option, order):
        time = Extensions.convert_to_utc(option.local_time, option.exchange.time_zone)
        event = OrderEvent(order.id, option.symbol, time, OrderStatus.FILLED, OrderDirection.BUY, 0.0, order.quantity, OrderFee.ZERO, "lapsed")
        event.is_assignment = event.is_in_the_money = False
        return [event]

class Deliver(DefaultExerciseModel):
    def OptionExercise(self, option, order):
        made = super().option_exercise(option, order)
        made[0].message = "delivered"
        return made
"""


def short(run, options, model, days=DAYS):
    indented = "".join("\n    " + line if line else "\n" for line in MODELS.splitlines())
    body = SHORT.replace(
        "    for call in self.calls:\n        MODEL", f"{indented}\n    for call in self.calls:\n        {model}"
    )
    return run(options, body, days=days).algorithm


def test_an_assignment_model_says_who_is_assigned_and_why(run, options):
    seen = short(run, options, "call.set_option_assignment_model(Assign())").seen
    assigned = [("01 10:00", "00099000"), ("01 10:00", "SPY"), ("01 12:00", "00100000"), ("01 12:00", "SPY")]
    assert [(s[0], s[1]) for s in seen] == assigned
    assert seen[0][3] is True
    assert seen[0][4].startswith("Assigned")


def test_the_null_model_assigns_nothing_before_expiry(run, options):
    seen = short(run, options, "call.set_option_assignment_model(NullOptionAssignmentModel())").seen
    assert seen == []


def test_an_exercise_model_makes_the_events(run, options):
    options.rising("spy", (date(2021, 3, 3),))
    days = (DAYS[0], date(2021, 3, 3))
    lapsed = short(run, options, "call.set_option_exercise_model(Lapse())", days)
    assert [s[2:] for s in lapsed.seen] == [(1, False, "lapsed")] * 2
    assert not lapsed.portfolio.invested
    delivered = short(run, options, "call.set_option_exercise_model(Deliver())", days)
    assert [s[4] for s in delivered.seen] == ["delivered", "Option Assignment"] * 2
    assert delivered.spy.holdings.quantity == -200


def test_option_positions_are_closed_before_their_underlying_splits(run, options):
    options.write("equity/usa/map_files/spy.csv", "19980102,spy\n20501231,spy\n")
    options.write("equity/usa/factor_files/spy.csv", "20210301,1,0.5,100\n20501231,1,1,0\n")
    body = """
def initialize(self):
    spy = self.add_equity("SPY", data_normalization_mode=DataNormalizationMode.RAW).symbol
    self.held = [self.add_option_contract(Symbol.create_option("SPY", Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, k, datetime(2021, 3, 19))) for k in (100, 101)]
    self.schedule.on(self.date_rules.on(2021, 3, 1), self.time_rules.at(10, 0), self.buy_one)

def buy_one(self):
    self.market_order(self.held[0].symbol, 2)
    self.open = self.limit_order(self.held[0].symbol, -1, 50)
"""
    outcome = run(options, body, days=DAYS)
    events = [e for e in outcome.result.order_events_json if e["orderId"] == 3]
    assert [(e["status"], e["fillQuantity"]) for e in events] == [("submitted", 0), ("filled", -2)]
    assert outcome.algorithm.open.status == OrderStatus.CANCELED
    assert not outcome.algorithm.held[0].is_tradable
    assert outcome.algorithm.held[1].is_tradable


def test_what_a_contract_says_of_itself(run, options):
    body = """
def initialize(self):
    self.spy = self.add_equity("SPY", data_normalization_mode=DataNormalizationMode.RAW).symbol
    self.option = self.add_option("SPY")
    put = Symbol.create_option("SPY", Market.USA, OptionStyle.AMERICAN, OptionRight.PUT, 101, datetime(2021, 3, 19))
    contract = self.add_option_contract(put)
    self.facts = [contract.is_option_contract, self.option.is_option_contract, contract.get_aggregate_exercise_amount()]
    self.shares = [contract.get_exercise_quantity(), contract.get_exercise_quantity(-2), contract.get_exercise_quantity(2)]
    contract.set_data_normalization_mode(DataNormalizationMode.RAW)
    try:
        contract.set_data_normalization_mode(DataNormalizationMode.ADJUSTED)
    except ArgumentException as error:
        self.refused = str(error)
    self.nothing = OptionPriceModelResult.NONE.theoretical_price

def on_data(self, data):
    chain = data.option_chains.get(self.option.symbol)
    if chain:
        self.prices = {(c.value == c.last_price, c.price == c.close) for c in chain}
"""
    a = run(options, body).algorithm
    assert (a.facts, a.shares) == ([True, False, 10100.0], [0.0, -200.0, 200.0])
    assert (a.refused, a.nothing) == ("DataNormalizationMode.Raw must be used with options", 0.0)
    assert a.prices == {(True, True)}
