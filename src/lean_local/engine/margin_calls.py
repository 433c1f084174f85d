"""Margin calls: warned at 5 % of the value left, executed when nothing is left (semantics §6.4)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from lean_local.engine.clock import MINUTE_MS
from lean_local.engine.state import RunState
from lean_local.enums import OrderType, SecurityType
from lean_local.orders.processor import OrderProcessor
from lean_local.orders.requests import SubmitOrderRequest
from lean_local.securities.security import Security

_BUFFER = Decimal("1.1")
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
        if not portfolio.holders or state.warming_up:
            return
        used, value = portfolio.margin_used_exact(), portfolio.value_exact()
        if not used:
            return
        left = value - portfolio.unsettled.exact - used
        if left <= 0 and used > value * _BUFFER:
            self._call(used - value)
        elif left <= value * _WARN:
            self.on_warning()

    def _call(self, shortage: Decimal) -> None:
        """Ask the algorithm and send the orders, losers first, until margin is left."""
        portfolio = self.state.portfolio
        requests = self._requests(shortage)
        answered = self.on_call(requests)
        for request in requests if answered is None else answered:
            if portfolio.margin_remaining_exact() >= 0:
                break
            self.orders.submit(request.new_order())

    def _requests(self, shortage: Decimal) -> list[SubmitOrderRequest]:
        calculator = self.state.portfolio.margin
        holders = sorted(self.state.portfolio.holders.values(), key=lambda s: s.holdings.unrealized_exact())
        requests = []
        for security in holders:
            if not security.calendar.is_open(self.state.clock.utc_ms):
                return []
            quantity = self._reduction(security, shortage, calculator.security_maintenance(security))
            if quantity:
                kind, now = SecurityType(security.symbol.security_type), self.state.clock.utc
                requests.append(
                    SubmitOrderRequest(
                        OrderType.MARKET, kind, security.symbol, float(quantity), 0, 0, now, "Margin Call"
                    )
                )
        return requests

    def _reduction(self, security: Security, shortage: Decimal, margin: Decimal) -> Decimal:
        held = security.holdings.quantity_exact
        if not margin:
            return Decimal(0)
        lots = min(-(-shortage * abs(held) // margin // security.lot_exact) * security.lot_exact, abs(held))
        return -lots if held > 0 else lots
