"""Answers to order requests, and the requests to change and cancel (LEAN `OrderRequest.cs`, `OrderResponse.cs`)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lean_local.enums import OrderRequestStatus, OrderRequestType, OrderResponseErrorCode
from lean_local.naming import LeanObject


@dataclass(slots=True)
class OrderResponse(LeanObject):
    """Answer to a request."""

    order_id: int
    error_code: OrderResponseErrorCode = OrderResponseErrorCode.NONE
    error_message: str | None = None

    @property
    def is_success(self) -> bool:
        """Whether the request was taken."""
        return self.error_code == OrderResponseErrorCode.NONE

    @property
    def is_error(self) -> bool:
        """Whether the request was refused."""
        return self.error_code != OrderResponseErrorCode.NONE

    @property
    def is_processed(self) -> bool:
        """Always: requests are processed at once."""
        return True

    def __str__(self) -> str:
        return "Success" if self.is_success else f"Error: {self.error_code.csharp_name} - {self.error_message}"


class OrderRequest(LeanObject):
    """A submit, update or cancel request with its answer."""

    order_request_type = OrderRequestType.SUBMIT
    order_id: int
    response: OrderResponse
    tag: str
    time: datetime | None

    @property
    def status(self) -> OrderRequestStatus:
        """Whether it was taken: requests are processed at once."""
        return OrderRequestStatus.ERROR if self.response.is_error else OrderRequestStatus.PROCESSED


class CancelOrderRequest(OrderRequest):
    """A request to cancel."""

    order_request_type = OrderRequestType.CANCEL

    def __init__(self, time: datetime, order_id: int, tag: str, response: OrderResponse | None = None) -> None:
        self.time, self.order_id, self.tag = time, order_id, tag
        self.response = OrderResponse(order_id) if response is None else response


class UpdateOrderFields(LeanObject):
    """What to change in an order; None keeps it."""

    def __init__(self) -> None:
        self.quantity: float | None = None
        self.limit_price: float | None = None
        self.stop_price: float | None = None
        self.trigger_price: float | None = None
        self.trailing_amount: float | None = None
        self.tag: str | None = None


class UpdateOrderRequest(OrderRequest):
    """A request to change."""

    order_request_type = OrderRequestType.UPDATE

    def __init__(
        self, time: datetime, order_id: int, fields: UpdateOrderFields, response: OrderResponse | None = None
    ) -> None:
        self.time, self.order_id, self.tag = time, order_id, fields.tag or ""
        self.response = OrderResponse(order_id) if response is None else response
        self.quantity, self.limit_price, self.stop_price = fields.quantity, fields.limit_price, fields.stop_price
        self.trigger_price, self.trailing_amount = fields.trigger_price, fields.trailing_amount

    def is_allowed_for_closed_order(self) -> bool:
        """Whether nothing but the tag changes."""
        kept: tuple[Any, ...] = (
            self.quantity,
            self.limit_price,
            self.stop_price,
            self.trigger_price,
            self.trailing_amount,
        )
        return all(value is None for value in kept)
