"""A small stand-in for LEAN: what `thetatrace.lean` touches, with every order event in the test's hands.

Facts it follows: LEAN sets an order's status before it sends the event; a pre-order check that fails gives one INVALID
ticket for a whole combo and no event (QCAlgorithm.Trading.cs, SubmitComboOrder); an order that is still New cannot be
cancelled, and stays New for ever when the margin model raised (BrokerageTransactionHandler.cs).
"""

import contextlib
import sys
import types
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import IntEnum
from types import SimpleNamespace

UTC_OFFSET = timedelta(hours=5)  # New York in winter
FRIDAY = datetime(2018, 1, 26)


class OrderStatus(IntEnum):
    NEW = 0
    SUBMITTED = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELED = 5
    NONE = 6
    INVALID = 7
    CANCEL_PENDING = 8


class OrderType(IntEnum):
    MARKET = 0
    LIMIT = 1
    OPTION_EXERCISE = 6
    COMBO_MARKET = 9
    COMBO_LIMIT = 10


OptionRight = IntEnum("OptionRight", {"CALL": 0, "PUT": 1})
OptionStyle = IntEnum("OptionStyle", {"AMERICAN": 0, "EUROPEAN": 1})
SecurityType = IntEnum("SecurityType", {"EQUITY": 1, "INDEX": 7, "INDEX_OPTION": 10})
Resolution = IntEnum("Resolution", {"TICK": 0, "MINUTE": 2, "DAILY": 4})
CLOSED = (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID)
NAMES = ["OrderEvent", "OrderTicket", "QCAlgorithm", "Security", "SecurityChanges", "Slice", "Symbol"]
NAMES += ["TradeBar", "TradeBars"]


@contextlib.contextmanager
def installed():
    """Put the fake AlgorithmImports in place, and take it and `thetatrace.lean` away again."""
    import thetatrace

    ours = [name for name in sys.modules if name.split(".")[:2] == ["thetatrace", "lean"]]
    before = {name: sys.modules.pop(name) for name in [*ours, "AlgorithmImports"] if name in sys.modules}
    attribute = thetatrace.__dict__.pop("lean", None)
    module = types.ModuleType("AlgorithmImports")
    for name in NAMES:
        setattr(module, name, type(name, (), {}))
    module.IndexOptionSymbol = SimpleNamespace(is_am_settled=lambda symbol: symbol.id.symbol in ("SPX", "NDX", "RUT"))
    module.OptionSymbol = SimpleNamespace(get_last_day_of_trading=lambda symbol: symbol.id.date - timedelta(days=1))
    module.Leg = SimpleNamespace(create=lambda symbol, ratio: (symbol, ratio))
    module.OrderStatus, module.OrderType = OrderStatus, OrderType
    module.OptionRight, module.OptionStyle = OptionRight, OptionStyle
    module.SecurityType, module.Resolution = SecurityType, Resolution
    sys.modules["AlgorithmImports"] = module
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.split(".")[:2] == ["thetatrace", "lean"]]:
            del sys.modules[name]
        del sys.modules["AlgorithmImports"]
        sys.modules.update(before)
        thetatrace.__dict__.pop("lean", None)
        if attribute is not None:
            thetatrace.lean = attribute


@dataclass(eq=False)
class Symbol:
    value: str
    security_type: SecurityType
    id: SimpleNamespace = None
    canonical: bool = False

    def is_canonical(self):
        return self.canonical


@dataclass(eq=False)
class Security:
    algorithm: "Algorithm"
    symbol: Symbol
    bid_price: float = 0.0
    ask_price: float = 0.0
    price: float = 0.0
    underlying: "Security | None" = None
    quoted: datetime | None = None
    open_interest: float = 0.0
    symbol_properties: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(contract_multiplier=100.0))

    @property
    def local_time(self):
        return self.algorithm.time

    def get_last_data(self):
        return None if self.quoted is None else SimpleNamespace(end_time=self.quoted)

    @property
    def exchange(self):
        return SimpleNamespace(hours=self.algorithm.hours)


@dataclass(eq=False)
class Order:
    id: int
    symbol: Symbol
    quantity: int
    type: OrderType
    limit: float | None
    batch: int
    status: OrderStatus = OrderStatus.NEW
    filled: int = 0

    @property
    def left(self):
        return self.quantity - self.filled

    @property
    def is_open(self):
        return self.status not in CLOSED


class Ticket:
    def __init__(self, algorithm, order):
        self._algorithm, self.order, self.order_id = algorithm, order, order.id

    @property
    def status(self):
        return self.order.status

    def cancel(self, _tag):
        algorithm, order = self._algorithm, self.order
        algorithm.cancels.append(order.id)
        if order.status == OrderStatus.NEW or algorithm.cancel_mode == "rejected":
            return
        if algorithm.cancel_mode == "pending":
            algorithm.report(order, OrderStatus.CANCEL_PENDING)
        else:
            algorithm.report(order, OrderStatus.CANCELED)


class Algorithm:
    """Orders go where `mode` says: work, raise, refuse (INVALID ticket), invalid or fill (events inside the call)."""

    live_mode = is_warming_up = False
    algorithm_id = "A1"

    def __init__(self):
        self.time = datetime.combine(FRIDAY, time(9, 31))
        self.start_date = FRIDAY
        self.end_date = FRIDAY + timedelta(days=365)
        self.securities, self.orders, self.cancels, self.errors, self.saved = {}, [], [], [], {}
        self.fills, self.unsafe, self.events = [], [], []
        self.mode, self.cancel_mode, self.batch = "work", "at once", 0
        self.queue_events = False
        self.listener = None
        self.daily = {}
        self.equity, self.margin, self.invested = 150_000.0, 0.0, False
        self.risk_free_interest_rate_model = SimpleNamespace(get_interest_rate=lambda _: 0.014)
        self.object_store = SimpleNamespace(save=self.saved.__setitem__)
        self.closed_dates, self.early_dates = set(), set()
        self.hours = SimpleNamespace(is_date_open=self._is_date_open, get_next_market_close=self._next_close)
        self.transactions = SimpleNamespace(
            get_open_orders=lambda *_: [o for o in self.orders if o.is_open],
            get_order_by_id=lambda wanted: next((o for o in self.orders if o.id == wanted), None),
            get_order_ticket=lambda wanted: next((Ticket(self, o) for o in self.orders if o.id == wanted), None),
        )

    @property
    def utc_time(self):
        return (self.time + UTC_OFFSET).replace(tzinfo=UTC)

    @property
    def portfolio(self):
        return SimpleNamespace(total_portfolio_value=self.equity, total_margin_used=self.margin, invested=self.invested)

    @property
    def history(self):
        parent = self

        class History:
            def __getitem__(self, _kind):
                return lambda symbol, count, _resolution: parent.daily.get(symbol, [])[-count:]

        return History()

    def error(self, text):
        self.errors.append(text)

    def _is_date_open(self, at):
        return at.date() not in self.closed_dates

    def _next_close(self, now, _extended):
        return datetime.combine(now.date(), time(12, 15) if now.date() in self.early_dates else time(15, 15))

    # orders: asynchronous is passed by position, as the sender does

    def _place(self, kind, legs, limit):
        if self.mode == "raise":
            raise RuntimeError("no method matches the arguments")
        if self.mode == "refuse":
            return [Ticket(self, Order(-1, legs[0][0], legs[0][1], kind, limit, self.batch, OrderStatus.INVALID))]
        if any(o.is_open and o.batch != self.batch for o in self.orders):
            self.unsafe.append((self.time, kind))
        made = []
        for symbol, quantity in legs:
            order = Order(len(self.orders) + 1, symbol, quantity, kind, limit, self.batch)
            self.orders.append(order)
            made.append(order)
        for order in made:
            if self.mode == "invalid":
                self.report(order, OrderStatus.INVALID)
            elif self.mode == "fill":
                self.report(order, OrderStatus.SUBMITTED)
                self.fill(order)
        return [Ticket(self, order) for order in made]

    def combo_limit_order(self, legs, quantity, limit, asynchronous, tag):
        return self._place(OrderType.COMBO_LIMIT, [(s, ratio * quantity) for s, ratio in legs], limit)

    def combo_market_order(self, legs, quantity, asynchronous, tag):
        return self._place(OrderType.COMBO_MARKET, [(s, ratio * quantity) for s, ratio in legs], None)

    def market_order(self, symbol, quantity, asynchronous, tag):
        return self._place(OrderType.MARKET, [(symbol, quantity)], None)[0]

    def limit_order(self, symbol, quantity, limit, asynchronous, tag):
        return self._place(OrderType.LIMIT, [(symbol, quantity)], limit)[0]

    # events

    def report(self, order, status, quantity=0, price=0.0, *, in_the_money=False):
        """Set an order's status and send its event, at once or when `deliver` is called."""
        if not (order.status in CLOSED and status in (OrderStatus.SUBMITTED, OrderStatus.PARTIALLY_FILLED)):
            order.status = status
        event = SimpleNamespace(
            order_id=order.id,
            symbol=order.symbol,
            status=status,
            fill_quantity=quantity,
            fill_price=price,
            is_in_the_money=in_the_money,
            order_fee=SimpleNamespace(value=SimpleNamespace(amount=1.0 if quantity else 0.0)),
            utc_time=self.utc_time,
        )
        if self.queue_events:
            self.events.append(event)
        else:
            self.listener(event)

    def deliver(self, position=0):
        """Send a queued event."""
        self.listener(self.events.pop(position))

    def fill(self, order, quantity=None, price=None):
        """Fill an order in whole or in part, at its far side unless a price is given."""
        security = self.securities[order.symbol]
        quantity = order.left if quantity is None else quantity
        if price is None:
            price = security.ask_price if quantity > 0 else security.bid_price
        order.filled += quantity
        self.fills.append((order.symbol, quantity, price))
        done = order.status in CLOSED or order.left == 0
        self.report(order, OrderStatus.FILLED if done else OrderStatus.PARTIALLY_FILLED, quantity, price)

    def expire(self, symbol, quantity, *, in_the_money):
        """LEAN's cash settlement: an exercise order of its own, filled at 0."""
        order = Order(len(self.orders) + 1, symbol, quantity, OrderType.OPTION_EXERCISE, None, -1)
        self.orders.append(order)
        self.report(order, OrderStatus.FILLED, quantity, 0.0, in_the_money=in_the_money)


def bar(close, *, opened=None, high=None, low=None, fill_forward=False):
    """One index bar."""
    opened = close if opened is None else opened
    high, low = max(close, opened) if high is None else high, min(close, opened) if low is None else low
    return SimpleNamespace(open=opened, high=high, low=low, close=close, is_fill_forward=fill_forward)
