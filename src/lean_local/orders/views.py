"""Orders and order events as algorithms see them: views on the engine's records."""

from datetime import datetime, timedelta
from typing import Any

from lean_local.engine.clock import aware_utc
from lean_local.enums import OrderDirection, OrderStatus, OrderType
from lean_local.naming import LeanObject
from lean_local.orders.order_prices import OrderPrices
from lean_local.orders.records import OrderGroup, OrderRecord
from lean_local.orders.texts import order_text
from lean_local.securities.fees import order_value
from lean_local.symbols import Symbol


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


class Order(OrderPrices):
    """One order; a live view of its record, of the class of its type."""

    record: OrderRecord

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
