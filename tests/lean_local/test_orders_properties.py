"""What orders carry besides prices: time in force, properties of brokers, borrowed shares, custom combo fills."""

from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from lean_local.api.exchanges import Exchange
from lean_local.engine.clock import zone
from lean_local.enums import OrderDirection, OrderStatus, OrderType, SecurityType
from lean_local.orders.properties import (
    IndiaOrderProperties,
    InteractiveBrokersOrderProperties,
    OrderProperties,
    TimeInForce,
)
from lean_local.orders.records import OrderEventRecord, OrderRecord
from lean_local.orders.texts import event_text
from lean_local.orders.views import Order
from lean_local.results.order_json import order_json
from lean_local.symbols import Symbol

YORK = zone("America/New_York")


def _ms(hour, minute=0, day=1):
    return YORK.to_utc_ms(datetime(2021, 3, day, hour, minute))


def _security(kind, now):
    def last_close(day):
        return None if day.weekday() > 4 else YORK.to_utc_ms(datetime(day.year, day.month, day.day, 16))

    calendar = SimpleNamespace(last_close=last_close, zone=YORK)
    return SimpleNamespace(
        type=kind, zone=YORK, calendar=calendar, clock=SimpleNamespace(utc_ms=now), local_time=YORK.to_local(now)
    )


@pytest.mark.parametrize(
    ("life", "kind", "sent", "alive", "over"),
    [
        (TimeInForce.DAY, SecurityType.EQUITY, _ms(10), _ms(15, 59), _ms(16)),
        (TimeInForce.DAY, SecurityType.EQUITY, _ms(16, 30), _ms(15, 59, 2), _ms(16, 0, 2)),
        (TimeInForce.DAY, SecurityType.FOREX, _ms(10), _ms(16, 59), _ms(17)),
        (TimeInForce.DAY, SecurityType.FOREX, _ms(18), _ms(16, 59, 2), _ms(17, 0, 2)),
        (TimeInForce.DAY, SecurityType.CRYPTO, _ms(10), _ms(23, 59), _ms(0, 0, 2)),
        (TimeInForce.good_til_date(datetime(2021, 3, 3)), SecurityType.OPTION, _ms(10), _ms(15, 59, 3), _ms(16, 0, 3)),
        (TimeInForce.good_til_date(date(2021, 3, 3)), SecurityType.CFD, _ms(10), _ms(16, 59, 3), _ms(17, 0, 3)),
        (TimeInForce.good_til_date(date(2021, 3, 6)), SecurityType.EQUITY, _ms(10), _ms(15, 59, 8), _ms(16, 0, 8)),
    ],
)
def test_a_life_ends_with_the_session_of_the_market(life, kind, sent, alive, over):
    order = SimpleNamespace(record=SimpleNamespace(time_utc_ms=sent))
    assert not life.is_order_expired(_security(kind, alive), order)
    assert life.is_order_expired(_security(kind, over), order)


def test_properties_print_their_own_members_before_the_time_in_force():
    properties = InteractiveBrokersOrderProperties()
    properties.outside_regular_trading_hours = True
    properties.time_in_force = TimeInForce.good_til_date(datetime(2021, 3, 5))
    record = OrderRecord(1, OrderType.MARKET, Symbol.create_equity("SPY"), Decimal(1), 0, properties=properties)
    assert order_json(record)["properties"] == {
        "account": None,
        "faGroup": None,
        "faMethod": None,
        "faPercentage": 0,
        "faProfile": None,
        "outsideRegularTradingHours": True,
        "timeInForce": {
            "$type": "QuantConnect.Orders.TimeInForces.GoodTilDateTimeInForce",
            "Expiry": "2021-03-05T00:00:00",
        },
    }
    assert order_json(OrderRecord(1, OrderType.MARKET, record.symbol, Decimal(1), 0))["properties"] == {
        "timeInForce": {}
    }
    assert properties.clone() is not properties
    assert OrderProperties().time_in_force is TimeInForce.GOOD_TIL_CANCELED


def test_hashed_members_without_a_json_name_keep_the_case_of_csharp_and_an_exchange_is_an_object():
    properties = IndiaOrderProperties(Exchange.NSE)
    record = OrderRecord(1, OrderType.MARKET, Symbol.create_equity("YESBANK"), Decimal(1), 0, properties=properties)
    members = {"Code": "NSE", "Name": "NSE", "Market": "india", "SecurityTypes": [1]}
    hashed = order_json(record, hashed=True)["properties"]
    assert list(hashed.items()) == [("ProductType", None), ("timeInForce", {}), ("Exchange", members)]
    written = {"code": "NSE", "name": "NSE", "market": "india", "securityTypes": [1]}
    assert order_json(record)["properties"] == {"productType": None, "timeInForce": {}, "exchange": written}


def test_no_more_is_sold_short_than_can_be_borrowed(run, shares):
    shares.write("equity/usa/shortable/testbrokerage/symbols/spy.csv", "20210301,100,3.6,7.2\n")
    outcome = run(
        shares,
        """
def initialize(self):
    self.spy = self.add_equity('SPY')
    self.spy.set_shortable_provider(LocalDiskShortableProvider('TestBrokerage'))
    self.schedule.on(self.date_rules.every_day(), self.time_rules.at(10, 0), self.act)

def act(self):
    spy = self.spy.symbol
    provider = self.spy.shortable_provider
    self.log(f'{self.shortable_quantity(spy)} {self.shortable(spy, 100)} {self.shortable(spy, 101)}')
    self.log(f'{provider.rebate_rate(spy, self.time)} {provider.fee_rate(spy, self.time)}')
    resting = self.limit_order(spy, -60, 1000)
    refused = self.limit_order(spy, -41, 1000)
    self.log(f'{refused.status} {refused.submit_request.status} {refused.submit_request.response}')
    self.log(str(resting.update_quantity(-101)))
    self.log(f'{resting.update_quantity(-100).is_success} {resting.submit_request.order_properties.time_in_force.kind}')
""",
    )
    lines = [line.split(" ", 2)[2] for line in outcome.result.log_lines]
    said = "Error: ExceedsShortableQuantity - Order exceeds shortable quantity 100 for Symbol SPY requested"
    assert lines == [
        "100 True False",
        "0.036 0.072",
        f"INVALID ERROR {said} -41)",
        f"{said} -60)",
        "True GTC",
    ]


def test_an_order_for_an_unknown_share_adds_it_at_its_last_known_price(run, shares):
    shares.rising("aaa", (date(2021, 3, 1),), start=50.0)
    outcome = run(
        shares,
        """
def initialize(self):
    self.add_equity('SPY')
    self.schedule.on(self.date_rules.every_day(), self.time_rules.at(10, 0), self.act)

def act(self):
    self.log(str(self.market_order(Symbol.create('AAA', SecurityType.EQUITY, Market.USA), 1).average_fill_price))
""",
    )
    assert outcome.result.log_lines[-1].endswith(" 50.3")


def test_every_leg_of_a_combo_asks_its_own_fill_model(run, shares):
    shares.rising("aaa", (date(2021, 3, 1),))
    outcome = run(
        shares,
        """
class Half(FillModel):
    def __init__(self):
        self.rest = {}

    def combo_market_fill(self, order, parameters):
        fills = super().combo_market_fill(order, parameters)
        for pair, fill in zip(parameters.securities_for_orders, fills):
            left = self.rest.get(pair.key.id, 10)
            fill.fill_quantity = 5 if pair.key.quantity > 0 else -5
            self.rest[pair.key.id] = left - 5
            fill.status = OrderStatus.FILLED if left == 5 else OrderStatus.PARTIALLY_FILLED
        return fills

def initialize(self):
    self.pair = [self.add_equity('SPY'), self.add_equity('AAA')]
    for s in self.pair:
        s.set_fill_model(self.Half())
    self.schedule.on(self.date_rules.every_day(), self.time_rules.at(10, 0), self.act)

def act(self):
    legs = [Leg.create(self.pair[0].symbol, 1), Leg.create(self.pair[1].symbol, -1)]
    self.tickets = self.combo_market_order(legs, 10)

def on_end_of_algorithm(self):
    self.log(f'{[t.quantity_filled for t in self.tickets]} {[t.status.name for t in self.tickets]}')
""",
    )
    assert outcome.result.log_lines[-1].endswith("[15.0, -15.0] ['FILLED', 'FILLED']")


def test_orders_and_events_print_their_prices_as_lean_does():
    spy = Symbol.create_equity("SPY")
    record = OrderRecord(
        3,
        OrderType.STOP_LIMIT,
        spy,
        Decimal(-2),
        0,
        tag="why",
        stop_price=Decimal("144.123456"),
        limit_price=Decimal(1500),
        broker_ids=["3"],
    )
    text = "OrderId: 3 (BrokerId: 3) New StopLimit order for -2 units of SPY: why at stop $144.1235 limit $1500"
    assert str(Order(record)) == text
    assert type(Order(record)).__name__ == "StopLimitOrder"
    event = OrderEventRecord(
        3, 2, spy, 0, OrderStatus.FILLED, OrderDirection.SELL, Decimal(-2), Decimal(-2), Decimal("144.50"), "USD"
    )
    assert event_text(event, "1 USD", trailing_as_percentage=False) == (
        "Time: 01/01/1970 00:00:00 OrderID: 3 EventID: 2 Symbol: SPY Status: Filled Quantity: -2 FillQuantity: -2 "
        "FillPrice: $144.5 OrderFee: 1 USD"
    )
