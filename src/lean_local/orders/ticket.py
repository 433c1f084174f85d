"""Order tickets: what order methods return."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from lean_local.engine.clock import aware_utc
from lean_local.enums import OrderField, OrderResponseErrorCode, OrderStatus, OrderType
from lean_local.naming import LeanObject
from lean_local.orders.event_views import OrderEvent
from lean_local.orders.order_requests import (
    CancelOrderRequest,
    OrderRequest,
    OrderResponse,
    UpdateOrderFields,
    UpdateOrderRequest,
)
from lean_local.orders.records import OrderRecord
from lean_local.orders.requests import SubmitOrderRequest
from lean_local.orders.views import Order
from lean_local.symbols import Symbol

CLOSED = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID})


class OrderTicket(LeanObject):
    """The handle of one order. `act` is the processor's (cancel, update) pair."""

    def __init__(
        self,
        record: OrderRecord,
        response: OrderResponse,
        submit_time: datetime,
        cancel: "Callable[[OrderTicket, str], OrderResponse] | None" = None,
        update: "Callable[[OrderTicket, UpdateOrderFields], OrderResponse] | None" = None,
    ) -> None:
        self.record = record
        self.submit_request = SubmitOrderRequest.of(record, response, submit_time)
        self.update_requests: list[UpdateOrderRequest] = []
        self.cancel_request: CancelOrderRequest | None = None
        self.order_events: list[OrderEvent] = []
        self.fill_value = Decimal(0)
        self._cancel, self._update = cancel, update

    @property
    def order_id(self) -> int:
        """Order id; -10 when refused before it got one."""
        return self.record.id

    @property
    def symbol(self) -> Symbol:
        """Symbol."""
        return self.record.symbol

    @property
    def status(self) -> OrderStatus:
        """Status of the order."""
        return self.record.status

    @property
    def order_type(self) -> OrderType:
        """Order type."""
        return self.record.type

    @property
    def security_type(self) -> Any:
        """Security type."""
        return self.record.symbol.security_type

    @property
    def quantity(self) -> float:
        """Signed quantity."""
        return float(self.record.quantity)

    @property
    def quantity_filled(self) -> float:
        """Signed filled quantity."""
        return float(self.record.quantity_filled)

    @property
    def quantity_remaining(self) -> float:
        """Signed quantity not yet filled."""
        return float(self.record.quantity - self.record.quantity_filled)

    @property
    def average_fill_price(self) -> float:
        """Average fill price, 0 while unfilled."""
        filled = self.record.quantity_filled
        return float(self.fill_value / filled) if filled else 0.0

    @property
    def tag(self) -> str | None:
        """Tag."""
        return self.record.tag

    @property
    def time(self) -> datetime:
        """Submission time, UTC aware."""
        return aware_utc(self.record.time_utc_ms)

    @property
    def has_order(self) -> bool:
        """Whether an order exists."""
        return self.record.id > 0

    def get(self, field: OrderField) -> float:
        """A price of the order. Raises ValueError when the order type has no such field."""
        name = OrderField(field).name.lower()
        value = getattr(self.record, name)
        if self.record.type == OrderType.COMBO_LIMIT and self.record.group is not None and name == "limit_price":
            value = self.record.group.limit_price
        if value is None:
            raise ValueError(f"{self.order_type.csharp_name} orders have no {name}.")
        return float(value)

    def cancel(self, tag: str | None = None) -> OrderResponse:
        """Ask for cancellation; done at the next processing of orders."""
        if self._cancel is None:
            return OrderResponse(self.order_id, OrderResponseErrorCode.UNABLE_TO_FIND_ORDER, "There is no such order.")
        return self._cancel(self, "" if tag is None else tag)

    def update(self, fields: UpdateOrderFields) -> OrderResponse:
        """Ask for a change; done at the next processing of orders."""
        if self._update is None:
            return OrderResponse(self.order_id, OrderResponseErrorCode.UNABLE_TO_FIND_ORDER, "There is no such order.")
        return self._update(self, fields)

    def _change(self, name: str, value: Any, tag: str | None) -> OrderResponse:
        fields = UpdateOrderFields()
        setattr(fields, name, value)
        fields.tag = tag if name != "tag" else value
        return self.update(fields)

    def update_limit_price(self, limit_price: float, tag: str | None = None) -> OrderResponse:
        """Change the limit price."""
        return self._change("limit_price", limit_price, tag)

    def update_stop_price(self, stop_price: float, tag: str | None = None) -> OrderResponse:
        """Change the stop price."""
        return self._change("stop_price", stop_price, tag)

    def update_trigger_price(self, trigger_price: float, tag: str | None = None) -> OrderResponse:
        """Change the trigger price."""
        return self._change("trigger_price", trigger_price, tag)

    def update_stop_trailing_amount(self, trailing_amount: float, tag: str | None = None) -> OrderResponse:
        """Change the trailing amount."""
        return self._change("trailing_amount", trailing_amount, tag)

    def update_quantity(self, quantity: float, tag: str | None = None) -> OrderResponse:
        """Change the quantity."""
        return self._change("quantity", quantity, tag)

    def update_tag(self, tag: str) -> OrderResponse:
        """Change the tag."""
        return self._change("tag", tag, None)

    def get_most_recent_order_request(self) -> OrderRequest:
        """The last request: cancel, else update, else submit."""
        if self.cancel_request is not None:
            return self.cancel_request
        return self.update_requests[-1] if self.update_requests else self.submit_request

    def get_most_recent_order_response(self) -> OrderResponse:
        """The answer to the last request."""
        return self.get_most_recent_order_request().response

    def __str__(self) -> str:
        count = 1 + len(self.update_requests) + (self.cancel_request is not None)
        order = f"{Order(self.record)} " if self.has_order else ""
        return f"{self.order_id}: {order}Request Count: {count} Response Count: {count}"
