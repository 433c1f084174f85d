"""Orders and order events as algorithms see them: views on the engine's records."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from lean_local.engine.clock import aware_utc, local_ms
from lean_local.enums import OrderDirection, OrderStatus, OrderType
from lean_local.naming import LeanObject
from lean_local.orders.records import OrderEventRecord, OrderGroup, OrderRecord
from lean_local.orders.texts import event_text, order_text
from lean_local.securities.cache import decimal_of
from lean_local.securities.cash import CashAmount
from lean_local.securities.fees import OrderFee, order_value
from lean_local.symbols import Symbol


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


class GroupOrderManager(LeanObject):
    """What ties the legs of a combo."""

    def __init__(self, group: OrderGroup) -> None:
        self.group = group

    @property
    def id(self) -> int:
        """Group id, from 1."""
        return self.group.id

    @property
    def quantity(self) -> float:
        """Signed number of combos."""
        return float(self.group.quantity)

    @property
    def limit_price(self) -> float:
        """Net limit price of a combo limit order."""
        return float(self.group.limit_price)

    @property
    def count(self) -> int:
        """Number of legs."""
        return self.group.count

    @property
    def order_ids(self) -> list[int]:
        """Order ids of the legs."""
        return list(self.group.order_ids)

    @property
    def direction(self) -> OrderDirection:
        """Side of the combo."""
        return self.group.direction


class Order(LeanObject):
    """One order; a live view of its record, of the class of its type."""

    def __new__(cls, record: OrderRecord) -> "Order":  # noqa: D102
        return super().__new__(_CLASSES.get(record.type, cls) if cls is Order else cls)

    def __init__(self, record: OrderRecord) -> None:
        self.record = record

    @property
    def id(self) -> int:
        """Order id, from 1."""
        return self.record.id

    @property
    def symbol(self) -> Symbol:
        """Symbol."""
        return self.record.symbol

    @property
    def type(self) -> OrderType:
        """Order type."""
        return self.record.type

    @property
    def status(self) -> OrderStatus:
        """Status."""
        return self.record.status

    @property
    def quantity(self) -> float:
        """Signed quantity."""
        return float(self.record.quantity)

    @property
    def absolute_quantity(self) -> float:
        """Unsigned quantity."""
        return float(abs(self.record.quantity))

    @property
    def direction(self) -> OrderDirection:
        """Side."""
        return self.record.direction

    @property
    def price(self) -> float:
        """Last fill price, 0 while unfilled."""
        return float(self.record.price)

    @property
    def price_currency(self) -> str:
        """Quote currency."""
        return self.record.price_currency

    @property
    def value(self) -> float:
        """Price times quantity."""
        return float(self.record.price * self.record.quantity)

    @property
    def tag(self) -> str | None:
        """Tag."""
        return self.record.tag

    @property
    def security_type(self) -> Any:
        """Security type."""
        return self.record.symbol.security_type

    @property
    def time(self) -> datetime:
        """Submission time, UTC aware."""
        return aware_utc(self.record.time_utc_ms)

    @property
    def created_time(self) -> datetime:
        """Creation time, UTC aware."""
        return aware_utc(self.record.created_utc_ms)

    @property
    def last_fill_time(self) -> datetime | None:
        """Time of the last fill, UTC aware."""
        return None if self.record.last_fill_utc_ms is None else aware_utc(self.record.last_fill_utc_ms)

    @property
    def last_update_time(self) -> datetime | None:
        """Time of the last change, UTC aware."""
        return None if self.record.last_update_utc_ms is None else aware_utc(self.record.last_update_utc_ms)

    @property
    def properties(self) -> Any:
        """What the broker is told besides."""
        return self.record.properties

    @property
    def time_in_force(self) -> Any:
        """How long it lives."""
        return self.record.properties.time_in_force

    @property
    def canceled_time(self) -> datetime | None:
        """Time of cancellation, UTC aware."""
        return None if self.record.canceled_utc_ms is None else aware_utc(self.record.canceled_utc_ms)

    @property
    def limit_price(self) -> float | None:
        """Limit price."""
        return _float(self.record.limit_price)

    @property
    def stop_price(self) -> float | None:
        """Stop price."""
        return _float(self.record.stop_price)

    @property
    def trigger_price(self) -> float | None:
        """Trigger price."""
        return _float(self.record.trigger_price)

    @property
    def group_order_manager(self) -> GroupOrderManager | None:
        """The combo, None for a single order."""
        return None if self.record.group is None else GroupOrderManager(self.record.group)

    def get_value(self, security: Any) -> float:
        """Value in account currency at the price the order may get."""
        return float(order_value(security, self.record))

    @property
    def is_marketable(self) -> bool:
        """Whether the order crossed the quote when submitted."""
        return self.record.is_marketable

    @property
    def broker_id(self) -> list[str]:
        """Brokerage ids."""
        return list(self.record.broker_ids)

    @property
    def stop_triggered(self) -> bool:
        """Whether the stop of a stop-limit order was passed."""
        return self.record.stop_triggered

    @property
    def trigger_touched(self) -> bool:
        """Whether the trigger of a limit-if-touched order was touched."""
        return self.record.trigger_touched

    @property
    def trailing_amount(self) -> float | None:
        """Distance of a trailing stop."""
        return _float(self.record.trailing_amount)

    @property
    def trailing_as_percentage(self) -> bool:
        """Whether the distance of a trailing stop is a share of the price."""
        return self.record.trailing_as_percentage

    @property
    def order_submission_data(self) -> Any:
        """Bid, ask and last price when the order was sent."""
        return self.record.submission

    def __str__(self) -> str:
        return order_text(self.record)


class MarketOnCloseOrder(Order):
    """A market-on-close order; `submission_time_buffer` before the close it is too late to send one."""

    DEFAULT_SUBMISSION_TIME_BUFFER = timedelta(minutes=15, seconds=30)
    submission_time_buffer = DEFAULT_SUBMISSION_TIME_BUFFER


def _class_of(kind: OrderType) -> type[Order]:
    name = f"{kind.csharp_name}Order"
    return type(name, (Order,), {"__doc__": f"An order of this type. LEAN `{name}.cs`."})


_CLASSES: dict[OrderType, type[Order]] = {
    kind: MarketOnCloseOrder if kind == OrderType.MARKET_ON_CLOSE else _class_of(kind) for kind in OrderType
}
ORDER_CLASSES = tuple(_CLASSES.values())
"""The classes of orders, by type."""


class OrderEvent(LeanObject):
    """One order event."""

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

    @property
    def limit_price(self) -> float | None:
        """Limit price of the order."""
        return _float(self.record.limit_price)

    @property
    def stop_price(self) -> float | None:
        """Stop price of the order."""
        return _float(self.record.stop_price)

    @property
    def trigger_price(self) -> float | None:
        """Trigger price of the order."""
        return _float(self.record.trigger_price)

    @property
    def trailing_amount(self) -> float | None:
        """Trailing amount of the order."""
        return _float(self.record.trailing_amount)

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
