"""Requests to cancel and change orders: taken at once, carried out when orders are next processed (§5.2)."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

from lean_local.engine.state import RunState
from lean_local.enums import OrderStatus, OrderType
from lean_local.orders.order_requests import (
    CancelOrderRequest,
    OrderResponse,
    UpdateOrderFields,
    UpdateOrderRequest,
)
from lean_local.orders.precision import round_prices
from lean_local.orders.records import OrderRecord
from lean_local.orders.requests import Code
from lean_local.orders.shortability import shortable, shortable_problem
from lean_local.orders.ticket import CLOSED, OrderTicket
from lean_local.securities.brokerage import update_refusal
from lean_local.securities.cache import order_decimal


class ChangeRequests:
    """The part of the order processor that cancels and updates."""

    state: RunState
    orders: dict[int, OrderRecord]
    pending: dict[int, OrderRecord]
    _queue: list[Callable[[], None]]
    _emit: Any
    _pairs: Any
    open_tickets: Callable[[], list[OrderTicket]]

    def _cancel(self, ticket: OrderTicket, tag: str) -> OrderResponse:
        record = ticket.record
        if ticket.cancel_request is not None:
            return OrderResponse(
                record.id, Code.REQUEST_CANCELED, f"Order {record.id} has already received a cancellation request."
            )
        if record.status in CLOSED:
            return self._closed(record)
        if record.status == OrderStatus.NEW:
            record.tag = tag or record.tag
            return OrderResponse(
                record.id,
                Code.INVALID_NEW_ORDER_STATUS,
                f"Unable to update or cancel order with id {record.id} "
                "and status New because the submit confirmation has not been received yet.",
            )
        response = OrderResponse(record.id)
        ticket.cancel_request = CancelOrderRequest(self.state.clock.utc, record.id, tag, response)
        if tag:
            record.tag = tag
        self._emit(record, OrderStatus.CANCEL_PENDING)
        self._queue.append(lambda: self._finish_cancel(record))
        return response

    def _closed(self, record: OrderRecord) -> OrderResponse:
        text = f"Unable to update order with id {record.id} because it already has {record.status.csharp_name} status."
        return OrderResponse(record.id, Code.INVALID_ORDER_STATUS, text)

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
        if fields.tag is not None:
            record.tag = fields.tag
        if record.status in CLOSED:
            return
        refused = update_refusal(self.state.brokerage, self.state.securities[record.symbol], record, fields)
        if refused is not None:
            text = f"OrderID: {record.id} {refused}"
            ticket.update_requests[-1].response = OrderResponse(
                record.id, Code.BROKERAGE_MODEL_REFUSED_TO_UPDATE_ORDER, text
            )
            self.state.error(text)
            if record.status in (OrderStatus.SUBMITTED, OrderStatus.UPDATE_SUBMITTED):
                record.last_update_utc_ms = self.state.clock.utc_ms  # the event repeats the status: LEAN's time of it
            self._emit(record, record.status, message="BrokerageModel declared unable to update order")
            return
        old = replace(record)
        self._apply(record, fields)
        record.last_update_utc_ms = self.state.clock.utc_ms
        records = [record] if record.group is None else [self.orders[i] for i in record.group.order_ids]
        pairs = self._pairs(records)
        for warning in round_prices(pairs):
            self.state.error(warning)
        if not self.state.portfolio.margin.check(pairs).ok:
            for name in ("quantity", "limit_price", "stop_price", "trigger_price", "trailing_amount"):
                setattr(record, name, getattr(old, name))
            ticket.update_requests[-1].response = OrderResponse(
                record.id, Code.BROKERAGE_FAILED_TO_UPDATE_ORDER, "Insufficient buying power to update the order."
            )
            return
        self._emit(record, OrderStatus.UPDATE_SUBMITTED)

    def _apply(self, record: OrderRecord, fields: UpdateOrderFields) -> None:
        group = record.group
        if fields.quantity is not None:
            if group is not None:
                ratio = order_decimal(fields.quantity) / record.quantity
                for order_id in group.order_ids:
                    self.orders[order_id].quantity *= ratio
                group.quantity *= ratio
            else:
                record.quantity = order_decimal(fields.quantity)
        if fields.limit_price is not None:
            if record.type == OrderType.COMBO_LIMIT and group is not None:
                group.limit_price = order_decimal(fields.limit_price)
            else:
                record.limit_price = order_decimal(fields.limit_price)
        for name in ("stop_price", "trigger_price", "trailing_amount"):
            value = getattr(fields, name)
            if value is not None:
                setattr(record, name, order_decimal(value))
