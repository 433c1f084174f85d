"""Order methods that work towards a target: liquidate, set_holdings (semantics §6.3)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from lean_local.engine.state import RunState
from lean_local.enums import OrderType
from lean_local.framework.targets import PortfolioTarget, delta_to_share, order_by_margin_impact
from lean_local.naming import LeanObject
from lean_local.orders.processor import OrderProcessor
from lean_local.orders.ticket import OrderTicket
from lean_local.securities.cache import order_decimal
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
            named = {t.symbol for t in self._orders.open_tickets()} | set(self._state.portfolio.holders)
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
            named |= {"tag": tag, "order_properties": order_properties, "asynchronous": asynchronous}
            return self._hold_several(symbol, arguments, named)
        names = ["percentage", "liquidate_existing_holdings", "asynchronous", "tag"]
        given = dict(zip(names, arguments, strict=False)) | named
        if isinstance(given.get("asynchronous"), str):
            given["tag"] = given.pop("asynchronous")
        extras = given.get("tag") or tag, order_properties, bool(given.get("asynchronous", asynchronous))
        if given.get("liquidate_existing_holdings"):
            keep = self._security(symbol).symbol
            self.liquidate([s.symbol for s in self._state.portfolio.holders.values() if s.symbol != keep])
        security = self._security(symbol)
        wanted = delta_to_share(self, security, order_decimal(given["percentage"]))
        return self._hold(security, wanted or ZERO, *extras)

    def _hold(
        self, security: Security, quantity: Decimal, tag: str, order_properties: Any, asynchronous: bool
    ) -> list[OrderTicket]:
        """Order a quantity less what open market orders still have to fill."""
        rest = quantity - self._pending_exact(security)
        if not rest:
            return []
        if security.calendar.is_open(self._state.clock.utc_ms):
            return [self.market_order(security, rest, asynchronous, tag, order_properties)]
        return [self.market_on_open_order(security, rest, asynchronous, tag=tag, order_properties=order_properties)]

    def _hold_several(self, targets: Any, arguments: tuple[Any, ...], named: dict[str, Any]) -> list[OrderTicket]:
        """`set_holdings(targets, liquidate_existing_holdings)`: positions that shrink first, then by value."""
        tag = named.get("tag") or ""
        tickets: list[OrderTicket] = []
        if named.get("liquidate_existing_holdings") or (arguments and arguments[0] is True):
            keep = {target.symbol for target in targets}
            tickets += self.liquidate([s for s in self._state.portfolio.holders if s not in keep], tag=tag)
        wanted = ((t.symbol, delta_to_share(self, t.symbol, t.quantity_exact) or ZERO) for t in targets)
        deltas = [PortfolioTarget(symbol, quantity) for symbol, quantity in wanted]
        for target in order_by_margin_impact(deltas, self, target_is_delta=True):
            security = self._security(target.symbol)
            extras = tag, named.get("order_properties"), bool(named.get("asynchronous"))
            tickets += self._hold(security, target.quantity_exact, *extras)
        return tickets

    def calculate_order_quantity(self, symbol: Any, target: float) -> float:
        """Quantity that brings a holding to a share of the portfolio value."""
        return float(delta_to_share(self, self._security(symbol), order_decimal(target)) or 0)

    def _pending_exact(self, security: Security) -> Decimal:
        kinds = (OrderType.MARKET, OrderType.MARKET_ON_OPEN)
        waiting = (t for t in self._orders.open_tickets() if t.symbol == security.symbol and t.order_type in kinds)
        return sum((t.record.quantity - t.record.quantity_filled for t in waiting), ZERO)
