"""Whether shares can be borrowed (LEAN `QCAlgorithm.Shortable`, `BrokerageTransactionHandler.AddOrder`)."""

from collections.abc import Iterable
from decimal import Decimal

from lean_local.orders.ticket import OrderTicket
from lean_local.securities.buying_power import plain
from lean_local.securities.security import Security
from lean_local.securities.shortable import NullShortableProvider, borrowable


def shortable(
    security: Security, quantity: Decimal, open_tickets: Iterable[OrderTicket], changed_id: int | None = None
) -> bool:
    """Whether an order for that many shares can be sold short, beside the holding and what is open already.

    `changed_id` names an order that is about to be changed: its present quantity does not count.
    """
    if type(security.models.shortable) is NullShortableProvider:
        return True
    available = borrowable(security)
    if available is None:
        return True
    records = [t.record for t in open_tickets if t.symbol == security.symbol and t.order_id != changed_id]
    waiting = sum((r.quantity - r.quantity_filled for r in records), Decimal(0))
    used = security.holdings.quantity_exact + waiting
    return used > -available and used - abs(quantity) >= -available


def shortable_problem(security: Security, quantity: Decimal) -> str:
    """What LEAN says about too many shares."""
    available = borrowable(security) or 0
    return f"Order exceeds shortable quantity {available} for Symbol {security.symbol} requested {plain(quantity)})"
