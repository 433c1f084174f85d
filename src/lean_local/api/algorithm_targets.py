"""Order methods that work towards a target: liquidate, set_holdings (semantics §6.3)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from lean_local.engine.state import RunState
from lean_local.enums import OrderType
from lean_local.naming import LeanObject
from lean_local.orders.processor import OrderProcessor
from lean_local.orders.requests import zero_price_message
from lean_local.orders.ticket import OrderTicket
from lean_local.securities.cache import decimal_of
from lean_local.securities.security import Security

ZERO = Decimal(0)


class TargetMethods(LeanObject):
    """Mixed into QCAlgorithm below the order methods it calls."""

    _state: RunState
    _orders: OrderProcessor
    settings: Any
    _security: Any
    market_order: Any
    market_on_open_order: Any
    _said_below_minimum = False

    # --- targets -----------------------------------------------------------------------------------------------
    def liquidate(
        self,
        symbol: Any = None,
        asynchronous: Any = False,
        tag: str = "Liquidated",
        order_properties: Any = None,
    ) -> list[OrderTicket]:
        """Cancel open orders and close positions of the given symbols, or of all."""
        if isinstance(asynchronous, str):
            tag, asynchronous = asynchronous, False
        if not self.settings.liquidate_enabled:
            self._state.debug("Liquidate() is currently disabled by settings.")
            return []
        tickets = []
        for security in self._to_liquidate(symbol):
            held = security.holdings.quantity_exact
            waiting = [t for t in self._orders.open_tickets() if t.symbol == security.symbol]
            at_market = [t for t in waiting if t.order_type == OrderType.MARKET]
            if held and len(waiting) == len(at_market) == 1 and at_market[0].record.quantity == -held:
                continue
            for ticket in waiting:
                if ticket not in at_market:
                    ticket.cancel(tag)
            if held:
                rest = -held - sum((t.record.quantity - t.record.quantity_filled for t in at_market), ZERO)
                tickets.append(self.market_order(security, rest, asynchronous, tag, order_properties))
        return tickets

    def _to_liquidate(self, symbol: Any) -> list[Security]:
        if symbol is None:
            named = {r.symbol for r in self._orders.pending.values()} | set(self._state.portfolio.holders)
            return [s for s in (self._state.securities.find(k) for k in sorted(named, key=lambda k: k.value)) if s]
        many = symbol if isinstance(symbol, Iterable) and not isinstance(symbol, str) else [symbol]
        found = [self._state.securities.find(k) for k in many]
        return sorted((s for s in found if s is not None), key=lambda s: s.symbol.value)

    def set_holdings(
        self,
        symbol: Any,
        *arguments: Any,
        tag: str = "",
        order_properties: Any = None,
        asynchronous: bool = False,
        **named: Any,
    ) -> list[OrderTicket]:
        """Trade to a share of the portfolio value; a list of PortfolioTarget as first argument trades several."""
        if isinstance(symbol, list | tuple):
            out = []
            for target in symbol:
                out += self.set_holdings(target.symbol, target.quantity, tag=target.tag or tag)
            return out
        names = ["percentage", "liquidate_existing_holdings", "asynchronous", "tag"]
        given = dict(zip(names, arguments, strict=False)) | named
        if isinstance(given.get("asynchronous"), str):
            given["tag"] = given.pop("asynchronous")
        tag = given.get("tag") or tag
        if given.get("liquidate_existing_holdings"):
            keep = self._security(symbol).symbol
            self.liquidate([s.symbol for s in self._state.portfolio.holders.values() if s.symbol != keep])
        security = self._security(symbol)
        quantity = self._target_order(security, decimal_of(given["percentage"]))
        if not quantity:
            return []
        if security.calendar.is_open(self._state.clock.utc_ms):
            return [self.market_order(security, quantity, asynchronous, tag, order_properties)]
        return [self.market_on_open_order(security, quantity, tag=tag, order_properties=order_properties)]

    def calculate_order_quantity(self, symbol: Any, target: float) -> float:
        """Quantity that brings a holding to a share of the portfolio value."""
        return float(self._target_order(self._security(symbol), decimal_of(target)))

    def _say_below_minimum(self) -> None:
        if not self._said_below_minimum:
            self._said_below_minimum = True
            self._state.debug(
                "Warning: Portfolio rebalance result ignored as it resulted in a single share trade recommendation "
                "which can generate high fees. To disable minimum order size checks please set "
                "self.settings.minimum_order_margin_portfolio_percentage = 0."
            )

    def _target_order(self, security: Security, share: Decimal) -> Decimal:
        """LEAN's iteration of `GetMaximumOrderQuantityForTargetBuyingPower` (semantics §6.3)."""
        portfolio = self._state.portfolio
        value = portfolio.value_exact()
        if not security.price_exact:
            self._state.error(zero_price_message(security.symbol))
            return ZERO
        free = self.settings.free_portfolio_value
        buffer = value * decimal_of(self.settings.free_portfolio_value_percentage) if free is None else decimal_of(free)
        adjusted = share * (value - buffer) / value if value else ZERO
        minimum = decimal_of(self.settings.minimum_order_margin_portfolio_percentage)
        found = security.models.margin.target_quantity(portfolio, security, adjusted / security.leverage_exact, minimum)
        if found.is_error:
            self._state.error(
                f"Unable to compute order quantity of {security.symbol}. Reason: {found.reason} Returning null."
            )
            return ZERO
        if found.below_minimum:
            self._say_below_minimum()
        quantity: Decimal = found.quantity
        pending = sum(
            (
                t.record.quantity - t.record.quantity_filled
                for t in self._orders.open_tickets()
                if t.symbol == security.symbol and t.order_type in (OrderType.MARKET, OrderType.MARKET_ON_OPEN)
            ),
            ZERO,
        )
        return quantity - pending
