"""Margin calls: warned at 5 % of the value left, executed when nothing is left (semantics §6.4)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lean_local.engine.clock import MINUTE_MS
from lean_local.engine.state import RunState
from lean_local.enums import OrderType, SecurityType
from lean_local.orders.processor import OrderProcessor
from lean_local.orders.records import OrderGroup
from lean_local.orders.requests import SubmitOrderRequest
from lean_local.orders.ticket import OrderTicket
from lean_local.securities.buying_power import plain
from lean_local.securities.cache import decimal_of
from lean_local.securities.group_lots import lots_to_shed
from lean_local.securities.margin_call_models import DefaultMarginCallModel
from lean_local.securities.security import Security
from lean_local.securities.strategy_groups import Group

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
        for together in self._by_group(wanted):
            tickets += [self.orders.submit(request.new_order()) for request in together]
            if portfolio.margin_remaining_exact() >= 0:
                break
        for ticket in tickets:
            state.error(
                f"{state.clock.local:%m/%d/%Y %H:%M:%S} - Executed MarginCallOrder: {ticket.symbol} - Quantity: "
                f"{plain(ticket.record.quantity)} @ {plain(decimal_of(ticket.average_fill_price))}"
            )
        return len(tickets)

    def _by_group(self, wanted: list[SubmitOrderRequest]) -> list[list[SubmitOrderRequest]]:
        """Legs of a combo together, losers first."""
        groups: dict[int, list[SubmitOrderRequest]] = {}
        for request in wanted:
            manager = request.group_order_manager
            groups.setdefault(id(request) if manager is None else -manager.id, []).append(request)
        portfolio = self.state.portfolio
        return sorted(groups.values(), key=lambda rs: sum(portfolio[r.symbol].unrealized_exact() for r in rs))

    def _requests(self, used: Decimal, value: Decimal) -> list[SubmitOrderRequest]:
        """One order per position, one combo per strategy: what brings the margin used down to the account's value."""
        return [
            request for group in self.state.portfolio.margin.groups() for request in self._closing(group, used - value)
        ]

    def _closing(self, group: Group, shortage: Decimal) -> list[SubmitOrderRequest]:
        """Orders that free `shortage` of margin, or all the margin the group has."""
        if any(not p.security.conversion_rate for p in group.positions):
            return []
        if group.name is None:
            security = group.positions[0].security
            quantity = self._reduction(security, shortage)
            return [self._request(security, quantity)] if quantity else []
        lots = lots_to_shed(self.state.portfolio, group, shortage)
        if not lots:
            return []
        manager = None
        if len(group.positions) > 1:
            manager = OrderGroup(self.orders.next_group_id(), lots, len(group.positions))
        return [self._request(p.security, -lots * p.quantity / abs(group.quantity), manager) for p in group.positions]

    def _request(self, security: Security, quantity: Decimal, manager: OrderGroup | None = None) -> SubmitOrderRequest:
        kind, symbol = OrderType.MARKET if manager is None else OrderType.COMBO_MARKET, security.symbol
        made = SubmitOrderRequest(
            kind,
            SecurityType(symbol.security_type),
            symbol,
            float(quantity),
            0,
            0,
            self.state.clock.utc,
            "Margin Call",
        )
        made.group_order_manager = manager
        return made

    def _reduction(self, security: Security, shortage: Decimal) -> Decimal:
        """Signed quantity that frees `shortage` of margin, at most the whole position."""
        held, model = security.holdings.quantity_exact, security.models.margin
        reserved = abs(model.maintenance(security, held))
        freed = min(reserved, shortage) * (-1 if held > 0 else 1)
        asked = model.delta_quantity(self.state.portfolio, security, freed, Decimal(0))
        size: Decimal = abs(asked.quantity)
        return -size if held > 0 else size
