"""Orders and order events as plain records: what the engine keeps and what results are written from.

Money and quantities are `decimal.Decimal` (LEAN computes in decimals); the algorithm sees floats through the API layer.
Times are UTC milliseconds since 1970-01-01. Enum numbers are LEAN's own.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from lean_local.enums import OrderDirection, OrderStatus, OrderType
from lean_local.orders.properties import OrderProperties
from lean_local.symbols import Symbol

ZERO = Decimal(0)


@dataclass(slots=True)
class SubmissionData:
    """The quote of the security when the order was submitted."""

    bid_price: Decimal
    ask_price: Decimal
    last_price: Decimal


@dataclass(slots=True)
class OrderGroup:
    """LEAN's GroupOrderManager: what ties the legs of a combo order."""

    id: int
    quantity: Decimal
    count: int
    limit_price: Decimal = ZERO
    order_ids: list[int] = field(default_factory=list)

    @property
    def direction(self) -> OrderDirection:
        """Buy for a positive group quantity, sell for a negative one."""
        return OrderDirection.BUY if self.quantity > 0 else OrderDirection.SELL


@dataclass(slots=True)
class OrderRecord:
    """One order, the engine's truth. `price` is the last fill price (0 while unfilled)."""

    id: int
    type: OrderType
    symbol: Symbol
    quantity: Decimal
    time_utc_ms: int
    tag: str = ""
    status: OrderStatus = OrderStatus.NEW
    price: Decimal = ZERO
    price_currency: str = "USD"
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trigger_price: Decimal | None = None
    trailing_amount: Decimal | None = None
    trailing_as_percentage: bool = False
    stop_triggered: bool = False
    trigger_touched: bool = False
    broker_ids: list[str] = field(default_factory=list)
    created_utc_ms: int = 0
    last_fill_utc_ms: int | None = None
    last_update_utc_ms: int | None = None
    canceled_utc_ms: int | None = None
    submission: SubmissionData | None = None
    is_marketable: bool = False
    group: OrderGroup | None = None
    price_adjustment_mode: int = 0  # DataNormalizationMode number of the subscription
    quantity_filled: Decimal = ZERO
    properties: OrderProperties = field(default_factory=OrderProperties)

    @property
    def direction(self) -> OrderDirection:
        """Direction by the sign of the quantity; hold for zero."""
        if self.quantity == 0:
            return OrderDirection.HOLD
        return OrderDirection.BUY if self.quantity > 0 else OrderDirection.SELL


@dataclass(frozen=True, slots=True)
class OrderEventRecord:
    """One order event as LEAN reports it. `fee` is 0 with currency "QCC" on events that carry none."""

    order_id: int
    event_id: int  # from 1 within its order
    symbol: Symbol
    utc_ms: int
    status: OrderStatus
    direction: OrderDirection
    quantity: Decimal  # the order's quantity at that moment
    fill_quantity: Decimal = ZERO
    fill_price: Decimal = ZERO
    fill_price_currency: str = ""
    fee: Decimal = ZERO
    fee_currency: str = "QCC"
    message: str = ""
    is_assignment: bool = False
    is_in_the_money: bool = False
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trigger_price: Decimal | None = None
    trailing_amount: Decimal | None = None
