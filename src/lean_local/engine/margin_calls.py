"""Margin calls: warned at 5 % of the value left, executed when nothing is left (semantics §6.4)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lean_local.engine.clock import MINUTE_MS
from lean_local.engine.state import RunState
from lean_local.enums import OrderType, SecurityType
from lean_local.orders.processor import OrderProcessor
from lean_local.orders.requests import SubmitOrderRequest
from lean_local.orders.ticket import OrderTicket
from lean_local.securities.buying_power import plain
from lean_local.securities.cache import decimal_of
from lean_local.securities.margin_call_models import DefaultMarginCallModel
from lean_local.securities.security import Security

_WARN = Decimal("0.05")


class MarginCalls:
    """Checks the account every five minutes of algorithm time."""

    def __init__(
        self, state: RunState, orders: OrderProcessor, on_call: Callable[[Any], Any], on_warning: Callable[[], Any]
    ) -> None:
        self.state, self.orders = state, orders
        self.on_call, self.on_warning = on_call, on_warning
        self._next_ms = 0

    def check(self) -> None:
        """Step 15 of the loop."""
        state = self.state
        if state.clock.utc_ms < self._next_ms:
            return
        self._next_ms = state.clock.utc_ms + 5 * MINUTE_MS
        portfolio = state.portfolio
        model = portfolio.margin_call_model
        if not portfolio.holders or state.warming_up or not isinstance(model, DefaultMarginCallModel):
            return
        used, value = portfolio.margin_used_exact(), portfolio.value_exact()
        if used <= 0:
            return
        left = value - portfolio.unsettled_cash_book.total_exact - used
        requests = self._requests(used, value) if left <= 0 and used > value * (1 + model.buffer_exact) else []
        is_open = all(state.securities[r.symbol].exchange.exchange_open for r in requests)
        executed = self._call(requests) if requests and is_open else 0
        if not executed and (requests or 0 < left <= value * _WARN):
            self.on_warning()

    def _call(self, requests: list[SubmitOrderRequest]) -> int:
        """Ask the algorithm and send the orders, losers first, until margin is left; returns how many were sent."""
        state = self.state
        portfolio = state.portfolio
        answered = self.on_call(requests)
        if portfolio.margin_remaining_exact() >= 0:
            return 0
        tickets: list[OrderTicket] = []
        wanted = list(requests if answered is None else answered)
        for request in sorted(wanted, key=lambda r: portfolio[r.symbol].unrealized_exact()):
            tickets.append(self.orders.submit(request.new_order()))
            if portfolio.margin_remaining_exact() >= 0:
                break
        for ticket in tickets:
            state.error(
                f"{state.clock.local:%m/%d/%Y %H:%M:%S} - Executed MarginCallOrder: {ticket.symbol} - Quantity: "
                f"{plain(ticket.record.quantity)} @ {plain(decimal_of(ticket.average_fill_price))}"
            )
        return len(tickets)

    def _requests(self, used: Decimal, value: Decimal) -> list[SubmitOrderRequest]:
        """One order per position: what brings the margin used down to the value of the account."""
        state = self.state
        holders = list(state.portfolio.holders.values())
        requests = []
        for security in holders:
            quantity = self._reduction(security, used - value)
            if quantity:
                requests.append(
                    SubmitOrderRequest(
                        OrderType.MARKET,
                        SecurityType(security.symbol.security_type),
                        security.symbol,
                        float(quantity),
                        0,
                        0,
                        state.clock.utc,
                        "Margin Call",
                    )
                )
        return requests

    def _reduction(self, security: Security, shortage: Decimal) -> Decimal:
        """Signed quantity that frees `shortage` of margin, at most the whole position."""
        held, model = security.holdings.quantity_exact, security.models.margin
        if not security.conversion_rate:
            return Decimal(0)
        reserved = abs(model.maintenance(security, held))
        freed = min(reserved, shortage) * (-1 if held > 0 else 1)
        asked = model.delta_quantity(self.state.portfolio, security, freed, Decimal(0))
        size: Decimal = abs(asked.quantity)
        return -size if held > 0 else size
