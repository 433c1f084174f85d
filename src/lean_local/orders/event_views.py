"""Order events as algorithms see them: views on the engine's records."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.engine.clock import aware_utc, local_ms
from lean_local.enums import OrderDirection, OrderStatus
from lean_local.orders.order_prices import OrderPrices
from lean_local.orders.records import OrderEventRecord
from lean_local.orders.texts import event_text
from lean_local.securities.cache import decimal_of
from lean_local.securities.cash import CashAmount
from lean_local.securities.fees import OrderFee
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    from lean_local.orders.views import Order


class OrderEvent(OrderPrices):
    """One order event."""

    record: OrderEventRecord

    def __init__(self, source: "OrderEventRecord | Order | int", *rest: Any) -> None:
        """`(record, ticket)` by the engine, `(order, utc_time, order_fee[, message])` by an algorithm's fill model.

        An exercise model may write `(order_id, symbol, utc_time, status, direction, fill_price, fill_quantity,
        order_fee[, message])`.
        """
        if isinstance(source, int):
            self.record, self.order_fee, self.ticket = _written(source, *rest), rest[6], None
            return
        if isinstance(source, OrderEventRecord):
            self.record, self.ticket = source, rest[0] if rest else None
            self.order_fee = OrderFee(CashAmount(source.fee, source.fee_currency))
            return
        order, self.ticket = source.record, None
        moment, self.order_fee, *texts = rest
        utc_ms = local_ms(moment.replace(tzinfo=None))
        message = str(texts[0]) if texts else ""
        self.record = OrderEventRecord(
            order.id, 0, order.symbol, utc_ms, order.status, order.direction, order.quantity, message=message
        )

    def fill_exactly(self, price: Decimal, quantity: Decimal) -> None:
        """Make this the event of a complete fill."""
        self.record = replace(self.record, status=OrderStatus.FILLED, fill_price=price, fill_quantity=quantity)

    def set_fields(self, **fields: Any) -> None:
        """Change fields of the record. Engine only."""
        self.record = replace(self.record, **fields)

    @property
    def order_id(self) -> int:
        """Order id."""
        return self.record.order_id

    @property
    def id(self) -> int:
        """Event number within the order, from 1."""
        return self.record.event_id

    @property
    def symbol(self) -> Symbol:
        """Symbol."""
        return self.record.symbol

    @property
    def status(self) -> OrderStatus:
        """Status after the event."""
        return self.record.status

    @status.setter
    def status(self, value: OrderStatus) -> None:
        self.record = replace(self.record, status=OrderStatus(value))

    @property
    def direction(self) -> OrderDirection:
        """Side of the order."""
        return self.record.direction

    @property
    def utc_time(self) -> datetime:
        """Time, UTC aware."""
        return aware_utc(self.record.utc_ms)

    @property
    def quantity(self) -> float:
        """Order quantity."""
        return float(self.record.quantity)

    @property
    def fill_quantity(self) -> float:
        """Signed filled quantity of this event."""
        return float(self.record.fill_quantity)

    @fill_quantity.setter
    def fill_quantity(self, value: float) -> None:
        self.record = replace(self.record, fill_quantity=decimal_of(float(value)))

    @property
    def absolute_fill_quantity(self) -> float:
        """Unsigned filled quantity."""
        return float(abs(self.record.fill_quantity))

    @property
    def fill_price(self) -> float:
        """Fill price."""
        return float(self.record.fill_price)

    @fill_price.setter
    def fill_price(self, value: float) -> None:
        self.record = replace(self.record, fill_price=decimal_of(float(value)))

    @property
    def fill_price_currency(self) -> str:
        """Currency of the fill price."""
        return self.record.fill_price_currency

    @property
    def message(self) -> str:
        """Message."""
        return self.record.message

    @message.setter
    def message(self, value: str) -> None:
        self.record = replace(self.record, message=str(value))

    @property
    def is_assignment(self) -> bool:
        """Whether a short option was assigned."""
        return self.record.is_assignment

    @is_assignment.setter
    def is_assignment(self, value: bool) -> None:
        self.set_fields(is_assignment=value)

    @property
    def is_in_the_money(self) -> bool:
        """Whether the exercised option was in the money."""
        return self.record.is_in_the_money

    @is_in_the_money.setter
    def is_in_the_money(self, value: bool) -> None:
        self.set_fields(is_in_the_money=value)

    def __str__(self) -> str:
        fee = str(self.order_fee) if self.order_fee.value.amount_exact else ""
        trailing = self.ticket is not None and self.ticket.record.trailing_as_percentage
        return event_text(self.record, fee, trailing_as_percentage=trailing)


def _written(
    order_id: int,
    symbol: Symbol,
    utc_time: datetime,
    status: OrderStatus,
    direction: OrderDirection,
    fill_price: float,
    fill_quantity: float,
    _order_fee: OrderFee,
    message: str = "",
) -> OrderEventRecord:
    """The record of an event that an algorithm writes itself."""
    price, quantity = decimal_of(float(fill_price)), decimal_of(float(fill_quantity))
    return OrderEventRecord(
        order_id,
        0,
        symbol,
        local_ms(utc_time.replace(tzinfo=None)),
        OrderStatus(status),
        OrderDirection(direction),
        quantity,
        fill_quantity=quantity,
        fill_price=price,
        message=message,
    )
