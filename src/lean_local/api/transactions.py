"""`self.transactions`: orders and tickets (semantics §5.1)."""

from collections.abc import Callable
from typing import Any

from lean_local.naming import LeanObject
from lean_local.orders.requests import InvalidOperationException, SubmitOrderRequest
from lean_local.orders.ticket import CLOSED, OrderTicket
from lean_local.orders.views import Order
from lean_local.securities.manager import as_symbol

_NOT_YET = (
    "This operation is not allowed in initialize or during warm up: cancel_open_orders. "
    "Please move this code to the on_warmup_finished() method."
)


class SecurityTransactionManager(LeanObject):
    """LEAN's SecurityTransactionManager for algorithms."""

    def __init__(self, algorithm: Any) -> None:
        self._algorithm = algorithm
        self._orders = algorithm._orders

    def _select(self, item: Any) -> Callable[[Any], bool]:
        if item is None:
            return lambda _o: True
        if callable(item) and as_symbol(item) is None:
            return lambda o: bool(item(o))
        symbol = as_symbol(item)
        return lambda o: o.symbol == symbol

    def get_open_orders(self, item: Any = None) -> list[Order]:
        """Open orders, all or of a symbol or filter."""
        wanted = self._select(item)
        orders = [Order(r) for _, r in sorted(self._orders.orders.items()) if r.status not in CLOSED]
        return [o for o in orders if wanted(o)]

    def get_open_order_tickets(self, item: Any = None) -> list[OrderTicket]:
        """Tickets of open orders."""
        wanted = self._select(item)
        return [t for t in self._orders.open_tickets() if wanted(t)]

    def get_open_orders_remaining_quantity(self, item: Any = None) -> float:
        """Unfilled quantity of open orders."""
        return float(sum(t.quantity_remaining for t in self.get_open_order_tickets(item)))

    def get_order_by_id(self, order_id: int) -> Order | None:
        """An order by id."""
        record = self._orders.orders.get(order_id)
        return None if record is None else Order(record)

    def get_order_ticket(self, order_id: int) -> OrderTicket | None:
        """A ticket by order id."""
        found: OrderTicket | None = self._orders.tickets.get(order_id)
        return found

    def get_order_tickets(self, item: Any = None) -> list[OrderTicket]:
        """All tickets, or those of a symbol or filter."""
        wanted = self._select(item)
        return [t for _, t in sorted(self._orders.tickets.items()) if wanted(t)]

    def get_orders(self, item: Any = None) -> list[Order]:
        """All orders, or those of a symbol or filter."""
        wanted = self._select(item)
        return [o for o in (Order(r) for _, r in sorted(self._orders.orders.items())) if wanted(o)]

    def add_order(self, request: SubmitOrderRequest) -> OrderTicket:
        """Send an order from a request."""
        order = request.new_order()
        refused: OrderTicket | None = self._orders.refuse(order)
        ticket: OrderTicket = self._orders.submit(order) if refused is None else refused
        return ticket

    def cancel_open_orders(self, symbol: Any = None, tag: str | None = None) -> list[OrderTicket]:
        """Cancel open orders; without a symbol, their tag says when (LEAN `Messages.Securities.cs`).

        Raises InvalidOperationException in initialize and while warming up.
        """
        if self._algorithm.is_warming_up:
            raise InvalidOperationException(_NOT_YET)
        if symbol is None and tag is None:
            tag = f"Canceled by CancelOpenOrders() at {self._algorithm.utc_time:%Y-%m-%dT%H:%M:%S.%f}0Z"
        tickets = self.get_open_order_tickets(symbol)
        for ticket in tickets:
            ticket.cancel(tag)
        return tickets

    def cancel_order(self, order_id: int, tag: str | None = None) -> OrderTicket | None:
        """Cancel one order."""
        ticket = self.get_order_ticket(order_id)
        if ticket is not None:
            ticket.cancel(tag)
        return ticket

    @property
    def orders_count(self) -> int:
        """Number of orders."""
        return len(self._orders.orders)

    @property
    def last_order_id(self) -> int:
        """Id of the last order."""
        return len(self._orders.orders)
