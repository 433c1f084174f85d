"""Requests to cancel and change orders: taken at once, carried out when orders are next processed (§5.2)."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

from lean_local.engine.state import RunState
from lean_local.enums import OrderStatus, OrderType
from lean_local.orders.model_errors import MARGIN, ModelError, Pair
from lean_local.orders.order_requests import (
    CancelOrderRequest,
    OrderResponse,
    UpdateOrderFields,
    UpdateOrderRequest,
)
from lean_local.orders.precision import round_prices
from lean_local.orders.records import OrderRecord
from lean_local.orders.requests import PRICES, Code
from lean_local.orders.shortability import shortable, shortable_problem
from lean_local.orders.ticket import CLOSED, OrderTicket
from lean_local.securities.brokerage import update_refusal
from lean_local.securities.cache import order_decimal

_UPDATED = ("quantity", "limit_price", "stop_price", "trigger_price", "trailing_amount")


class ChangeRequests:
    """The part of the order processor that cancels and updates."""

    state: RunState
    orders: dict[int, OrderRecord]
    pending: dict[int, OrderRecord]
    _queue: list[Callable[[], None]]
    _emit: Any
    _pairs: Any
    _margin_problem: Callable[[list[Pair]], tuple[bool, str]]
    open_tickets: Callable[[], list[OrderTicket]]

    def _cancel(self, ticket: OrderTicket, tag: str) -> OrderResponse:
        record = ticket.record
        if ticket.cancel_request is not None:
            return OrderResponse(
                record.id, Code.REQUEST_CANCELED, f"Order {record.id} has already received a cancellation request."
            )
        record.tag = tag or record.tag  # also of an order that cannot be cancelled
        response = self._cancel_problem(record) or OrderResponse(record.id)
        ticket.cancel_request = CancelOrderRequest(self.state.clock.utc, record.id, tag, response)
        if not response.is_success:
            return response
        self._emit(record, OrderStatus.CANCEL_PENDING)
        self._queue.append(lambda: self._finish_cancel(record))
        return response

    def _cancel_problem(self, record: OrderRecord) -> OrderResponse | None:
        if record.status in CLOSED:
            return self._closed(record)
        if record.status == OrderStatus.NEW:
            return self._not_confirmed(record)
        return None

    def _closed(self, record: OrderRecord) -> OrderResponse:
        text = f"Unable to update order with id {record.id} because it already has {record.status.csharp_name} status."
        return OrderResponse(record.id, Code.INVALID_ORDER_STATUS, text)

    def _not_confirmed(self, record: OrderRecord) -> OrderResponse:
        return OrderResponse(
            record.id,
            Code.INVALID_NEW_ORDER_STATUS,
            f"Unable to update or cancel order with id {record.id} "
            "and status New because the submit confirmation has not been received yet.",
        )

    def _finish_cancel(self, record: OrderRecord) -> None:
        if record.status in CLOSED:
            return
        legs = [record] if record.group is None else [self.orders[i] for i in record.group.order_ids]
        self._cancel_now(legs, "")

    def _cancel_now(self, records: Sequence[OrderRecord], message: str) -> None:
        for record in records:
            self.pending.pop(record.id, None)
        for record in records:
            record.canceled_utc_ms = self.state.clock.utc_ms
            self._emit(record, OrderStatus.CANCELED, message=message)

    def _update(self, ticket: OrderTicket, fields: UpdateOrderFields) -> OrderResponse:
        request = UpdateOrderRequest(self.state.clock.utc, ticket.order_id, fields)
        request.response = self._update_problem(ticket, request) or OrderResponse(ticket.order_id)
        if request.response.is_success:
            asked = copy(fields)  # the algorithm may go on with its object
            self._queue.append(lambda: self._finish_update(ticket, asked))
        ticket.update_requests.append(request)
        return request.response

    def _update_problem(self, ticket: OrderTicket, request: UpdateOrderRequest) -> OrderResponse | None:
        record = ticket.record
        if record.status == OrderStatus.NEW:
            return self._not_confirmed(record)
        if record.status in CLOSED and not request.is_allowed_for_closed_order():
            return self._closed(record)
        quantity = record.quantity if request.quantity is None else order_decimal(request.quantity)
        if not quantity:
            return OrderResponse(
                record.id,
                Code.ORDER_QUANTITY_ZERO,
                f"Unable to update order to have zero quantity with id {record.id}",
            )
        security = self.state.securities[record.symbol]
        sells = record.quantity < 0 or quantity < 0
        if sells and not shortable(security, quantity, self.open_tickets(), record.id):
            return OrderResponse(
                record.id, Code.EXCEEDS_SHORTABLE_QUANTITY, shortable_problem(security, record.quantity)
            )
        return None

    def _finish_update(self, ticket: OrderTicket, fields: UpdateOrderFields) -> None:
        record = ticket.record
        if record.status in CLOSED:
            record.tag = record.tag if fields.tag is None else fields.tag
            return
        refused = update_refusal(self.state.brokerage, self.state.securities[record.symbol], record, fields)
        if refused is not None:
            text = f"OrderID: {record.id} {refused}"
            self._refuse_update(ticket, Code.BROKERAGE_MODEL_REFUSED_TO_UPDATE_ORDER, text)
            self._repeat(record, "BrokerageModel declared unable to update order")
            return
        old = replace(record)
        self._apply(record, fields)
        if record.group is None and self._margin_refuses(ticket):
            for name in (*_UPDATED, "tag"):
                setattr(record, name, getattr(old, name))
            return
        record.last_update_utc_ms = self.state.clock.utc_ms
        records = [record] if record.group is None else [self.orders[i] for i in record.group.order_ids]
        for warning in round_prices(self._pairs(records)):
            self.state.error(warning)
        self._emit(record, OrderStatus.UPDATE_SUBMITTED)

    def _margin_refuses(self, ticket: OrderTicket) -> bool:
        """Whether the account can not carry a changed order; legs of combos are not asked. The event shows the change.

        LEAN `BrokerageTransactionHandler.HasSufficientBuyingPowerForOrders`.
        """
        record = ticket.record
        try:
            ok, reason = self._margin_problem(self._pairs([record]))
        except ModelError as error:
            text = "An error occurred while checking sufficient buying power for the orders."
            self._refuse_update(ticket, Code.PROCESSING_ERROR, text, f"Order Error: id: {record.id}, {MARGIN}: {error}")
            self._repeat(record, MARGIN)
            return True
        if not ok:
            text = (
                f"Brokerage failed to update order with id: {record.id}, Symbol: {record.symbol.value}, "
                f"Insufficient buying power to complete order, Reason: {reason}."
            )
            self._refuse_update(ticket, Code.BROKERAGE_FAILED_TO_UPDATE_ORDER, text)
            self._repeat(record, text)
        return not ok

    def _refuse_update(self, ticket: OrderTicket, code: Code, text: str, logged: str | None = None) -> None:
        ticket.update_requests[-1].response = OrderResponse(ticket.record.id, code, text)
        self.state.error(logged or text)

    def _repeat(self, record: OrderRecord, message: str) -> None:
        """An event of the status that the order has already; LEAN dates the order by it."""
        if record.status in (OrderStatus.SUBMITTED, OrderStatus.UPDATE_SUBMITTED):
            record.last_update_utc_ms = self.state.clock.utc_ms
        self._emit(record, record.status, message=message)

    def _apply(self, record: OrderRecord, fields: UpdateOrderFields) -> None:
        group = record.group
        if fields.tag is not None:
            record.tag = fields.tag
        if fields.quantity is not None:
            if group is not None:
                ratio = order_decimal(fields.quantity) / record.quantity
                for order_id in group.order_ids:
                    self.orders[order_id].quantity *= ratio
                group.quantity *= ratio
            else:
                record.quantity = order_decimal(fields.quantity)
        if record.type == OrderType.COMBO_LIMIT and group is not None and fields.limit_price is not None:
            group.limit_price = order_decimal(fields.limit_price)
            return
        for name in PRICES.get(record.type, ()):
            value = getattr(fields, name)
            if value is not None:
                setattr(record, name, order_decimal(value))
