"""Requests to submit orders and the checks LEAN makes before an order gets an id (semantics §5.1)."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from lean_local.engine.state import RunState
from lean_local.enums import OptionStyle, OrderResponseErrorCode, OrderType, Resolution, SecurityType
from lean_local.orders.order_requests import OrderRequest, OrderResponse
from lean_local.orders.properties import OrderProperties
from lean_local.orders.records import OrderGroup, OrderRecord
from lean_local.securities.cache import decimal_of
from lean_local.securities.manager import as_symbol
from lean_local.securities.option import Option
from lean_local.securities.security import Security
from lean_local.symbols import Symbol

ZERO = Decimal(0)
Code = OrderResponseErrorCode


class ArgumentException(ValueError):  # noqa: N818  .NET's name
    """A wrong argument of an order method."""


class InvalidOperationException(RuntimeError):  # noqa: N818  .NET's name
    """A call that is not possible now."""


class InvalidCastException(TypeError):  # noqa: N818  .NET's name
    """A security of another kind than the call is for."""


@dataclass(slots=True)
class NewOrder:
    """Everything an order is made from."""

    type: OrderType
    symbol: Symbol
    quantity: Decimal
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trigger_price: Decimal | None = None
    trailing_amount: Decimal | None = None
    trailing_as_percentage: bool = False
    tag: str = ""
    properties: OrderProperties = field(default_factory=OrderProperties)
    asynchronous: bool = False
    group: OrderGroup | None = None


PRICES: dict[OrderType, tuple[str, ...]] = {
    OrderType.LIMIT: ("limit_price",),
    OrderType.COMBO_LIMIT: ("limit_price",),
    OrderType.COMBO_LEG_LIMIT: ("limit_price",),
    OrderType.STOP_MARKET: ("stop_price",),
    OrderType.STOP_LIMIT: ("stop_price", "limit_price"),
    OrderType.TRAILING_STOP: ("stop_price", "trailing_amount"),
    OrderType.LIMIT_IF_TOUCHED: ("trigger_price", "limit_price"),
}


class SubmitOrderRequest(OrderRequest):
    """A request to submit: of every ticket, and what `on_margin_call` is given and may answer with.

    Order type, security type, symbol, quantity, stop price, limit price, [trigger price, [trailing amount, whether that
    is a percentage,]] time, tag, [properties, group, asynchronous].
    """

    def __init__(
        self,
        order_type: OrderType,
        security_type: SecurityType,
        symbol: Symbol,
        quantity: float,
        stop_price: float,
        limit_price: float,
        *rest: Any,
        asynchronous: bool = False,
    ) -> None:
        self.order_type, self.security_type = order_type, security_type
        self.symbol: Symbol = as_symbol(symbol) or symbol
        self.quantity, self.stop_price, self.limit_price = quantity, stop_price, limit_price
        self.time = next((r for r in rest if isinstance(r, datetime)), None)
        before = rest if self.time is None else rest[: rest.index(self.time)]
        trigger, trailing, *_ = (*(r for r in before if isinstance(r, int | float) and not isinstance(r, bool)), 0, 0)
        self.trigger_price, self.trailing_amount = float(trigger), float(trailing)
        self.trailing_as_percentage = any(r is True for r in before)
        self.tag = next((r for r in rest if isinstance(r, str)), "")
        self.order_properties: Any = next((r for r in rest if isinstance(r, OrderProperties)), None)
        self.asynchronous = asynchronous or any(r is True for r in rest[len(before) :])
        self.order_id, self.response = 0, OrderResponse(0)
        self.group_order_manager: OrderGroup | None = next((r for r in rest if isinstance(r, OrderGroup)), None)

    @classmethod
    def of(cls, record: OrderRecord, response: OrderResponse, time: datetime) -> "SubmitOrderRequest":
        """The request an order was made from."""
        limit, stop, trigger, trailing = (
            float(price or 0)
            for price in (record.limit_price, record.stop_price, record.trigger_price, record.trailing_amount)
        )
        rest = (trigger, time, record.tag or "", record.properties)
        made = cls(record.type, record.symbol.security_type, record.symbol, float(record.quantity), stop, limit, *rest)
        made.trailing_amount, made.trailing_as_percentage = trailing, record.trailing_as_percentage
        made.order_id, made.response = record.id, response
        return made

    def new_order(self) -> NewOrder:
        """What the order processor takes: of the prices those of the order's type; a price of 0 is none."""
        order = NewOrder(self.order_type, self.symbol, decimal_of(self.quantity), tag=self.tag)
        for name in PRICES.get(self.order_type, ()):
            price = getattr(self, name)
            setattr(order, name, decimal_of(price) if price else None)
        order.trailing_as_percentage = self.trailing_as_percentage
        order.asynchronous = self.asynchronous
        order.group = self.group_order_manager
        if self.order_properties is not None:
            order.properties = self.order_properties
        return order


Problem = tuple[OrderResponseErrorCode, str]


def zero_price_message(symbol: Symbol) -> str:
    """What LEAN says about a security without a price."""
    return (
        f"{symbol}: The security does not have an accurate price as it has not yet received a bar of data. Before "
        "placing a trade (or using set_holdings) warm up your algorithm with set_warmup, or use slice.contains(symbol) "
        "to confirm the Slice object has price before using the data. Data does not necessarily all arrive at the same "
        "time so your algorithm should confirm the data is ready before using it. In live trading this can mean you do "
        "not have an active subscription to the asset class you're trying to trade. If using custom data make sure "
        "you've set the 'Value' property."
    )


def pre_order_checks(state: RunState, request: NewOrder) -> Problem | None:
    """The first reason to refuse the request without making an order, or None."""
    if state.warming_up or not state.locked:
        return (
            Code.ALGORITHM_WARMING_UP,
            "This operation is not allowed in initialize or during warm up: "
            "OrderRequest.submit. Please move this code to the on_warmup_finished() method.",
        )
    security = state.securities.find(request.symbol)
    if security is None:
        return (
            Code.MISSING_SECURITY,
            f"You haven't requested {request.symbol} data. Add this with add_security() in the initialize() method.",
        )
    return (
        _quantity_problem(security, request)
        or _tradable_problem(state, security, request)
        or _type_problem(state, security, request)
    )


def _quantity_problem(security: Security, request: NewOrder) -> Problem | None:
    if request.quantity == 0:
        return Code.ORDER_QUANTITY_ZERO, "Unable to submit order with id -10 that has zero quantity."
    if abs(request.quantity) < security.lot_exact:
        return (
            Code.ORDER_QUANTITY_LESS_THAN_LOT_SIZE,
            f"Unable to submit order with id -10 which quantity "
            f"({abs(request.quantity):f}) is less than lot size ({security.lot_exact:f}).",
        )
    return None


def _tradable_problem(state: RunState, security: Security, request: NewOrder) -> Problem | None:
    if not security.is_tradable:
        return Code.NON_TRADABLE_SECURITY, f"The security with symbol '{request.symbol}' is marked as non-tradable."
    if request.type == OrderType.OPTION_EXERCISE and not security.exchange.exchange_open:
        return Code.EXCHANGE_NOT_OPEN, "OptionExercise order and exchange not open."
    kind = security.symbol.security_type
    if request.type == OrderType.MARKET_ON_OPEN and kind in (SecurityType.FUTURE, SecurityType.FUTURE_OPTION):
        state.warn_once(
            "Warning: Market-On-Open orders are not allowed for futures and future options. "
            "Consider using limit orders during extended market hours."
        )
        return Code.EXCHANGE_NOT_OPEN, f"MarketOnOpen orders not supported for {kind.csharp_name}."
    if security.price_exact == 0:
        return Code.SECURITY_PRICE_ZERO, zero_price_message(request.symbol)
    return None


def _type_problem(state: RunState, security: Security, request: NewOrder) -> Problem | None:
    if request.type == OrderType.OPTION_EXERCISE:
        return _exercise_problem(state, security, request)
    calendar, now = security.calendar, state.clock.utc_ms
    if request.type in (OrderType.MARKET_ON_OPEN, OrderType.MARKET_ON_CLOSE) and calendar.always_open:
        raise InvalidOperationException(
            f"Market never closes for this symbol {request.symbol}, can no submit a {request.type.csharp_name} order."
        )
    if request.type == OrderType.MARKET_ON_OPEN and calendar.is_open(now) and security.resolution != Resolution.DAILY:
        return (
            Code.MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS,
            "Cannot submit a MarketOnOpen order while the market is open.",
        )
    if request.type == OrderType.MARKET_ON_CLOSE and within_close_buffer(state, security):
        return (
            Code.MARKET_ON_CLOSE_ORDER_TOO_LATE,
            "MarketOnClose orders must be placed within 00:15:30 before market "
            "close. Override this TimeSpan buffer by setting Orders.MarketOnCloseOrder.SubmissionTimeBuffer in "
            "QCAlgorithm.Initialize().",
        )
    return None


def within_close_buffer(state: RunState, security: Security) -> bool:
    """Whether it is too late today for a market-on-close order."""
    now = state.clock.utc_ms
    close = security.calendar.next_close(now)
    return security.calendar.is_open(now) and close - now < state.market_on_close_buffer.total_seconds() * 1000


def _exercise_problem(state: RunState, security: Security, request: NewOrder) -> Problem | None:
    assert isinstance(security, Option)  # exercise_option takes nothing else
    today = state.clock.utc.date()
    if security.style == OptionStyle.EUROPEAN and today < security.expiry.date():
        return (
            Code.EUROPEAN_OPTION_NOT_EXPIRED_ON_EXERCISE,
            f"Cannot exercise European style option with symbol '{request.symbol}' before its expiration date.",
        )
    held = security.holdings.quantity_exact
    if held < 0:
        return (
            Code.UNSUPPORTED_REQUEST_TYPE,
            f"The security with symbol '{request.symbol}' has a short option position. "
            "Only long option positions are exercisable.",
        )
    if abs(request.quantity) > held:
        return (
            Code.UNSUPPORTED_REQUEST_TYPE,
            f"Cannot exercise more contracts of '{request.symbol}' than is currently available in the portfolio. ",
        )
    return None
