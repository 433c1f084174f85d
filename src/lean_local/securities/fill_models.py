"""Fill models as algorithms see, subclass and write them: LEAN `FillModel.cs`, `FillModelPythonWrapper.cs`."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from lean_local.enums import OrderStatus, OrderType
from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of
from lean_local.securities.fills import HANDLERS, Fill, FillRules
from lean_local.securities.models import method, overrides

if TYPE_CHECKING:
    from lean_local.orders.event_views import OrderEvent
    from lean_local.orders.records import OrderRecord
    from lean_local.securities.security import Security

Legs = list[tuple["Security", "OrderRecord"]]
_COMBOS = (OrderType.COMBO_MARKET, OrderType.COMBO_LIMIT, OrderType.COMBO_LEG_LIMIT)
_METHODS = (*(f"{name}_fill" for name in HANDLERS.values()), *(f"{t.name.lower()}_fill" for t in _COMBOS), "fill")


@dataclass(slots=True)
class FillModelParameters(LeanObject):
    """What `fill` gets: the order and every security of its combo (pairs of order and security)."""

    security: Any
    order: Any
    stale_price_time_span: timedelta = timedelta(hours=1)
    securities_for_orders: list[Any] = field(default_factory=list)
    config_provider: Any = None


class FillOfOrders(LeanObject):
    """LEAN's `Fill`: the events a fill model answers with."""

    def __init__(self, order_events: Any) -> None:
        self.events: list[OrderEvent] = list(order_events) if isinstance(order_events, list | tuple) else [order_events]

    @property
    def order_event(self) -> Any:
        """The first event."""
        return self.events[0] if self.events else None

    def __iter__(self) -> Any:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)


class FillModel(FillRules):
    """LEAN's base class: override a method to change how an order type is filled."""

    def fill(self, parameters: FillModelParameters) -> FillOfOrders:
        """Ask the method of the order's type."""
        order = parameters.order
        if order.type in _COMBOS:
            return FillOfOrders(method(self, f"{order.type.name.lower()}_fill")(order, parameters))
        return FillOfOrders(method(self, f"{HANDLERS[order.type]}_fill")(parameters.security, order))

    def _single(self, name: str, asset: Any, order: Any) -> "OrderEvent":
        return _event(order, asset, getattr(self, name)(asset, order.record))

    def _combo(self, name: str, parameters: FillModelParameters) -> "list[OrderEvent]":
        pairs = [(pair.value, pair.key) for pair in parameters.securities_for_orders]
        fills = getattr(self, name)([(security, order.record) for security, order in pairs])
        if fills is None:
            return []
        return [_event(order, security, fill) for (security, order), fill in zip(pairs, fills, strict=True)]

    def market_fill(self, asset: Any, order: Any) -> "OrderEvent":
        """Market order."""
        return self._single("market", asset, order)

    def limit_fill(self, asset: Any, order: Any) -> "OrderEvent":
        """Limit order."""
        return self._single("limit", asset, order)

    def stop_market_fill(self, asset: Any, order: Any) -> "OrderEvent":
        """Stop order."""
        return self._single("stop_market", asset, order)

    def stop_limit_fill(self, asset: Any, order: Any) -> "OrderEvent":
        """Stop-limit order."""
        return self._single("stop_limit", asset, order)

    def trailing_stop_fill(self, asset: Any, order: Any) -> "OrderEvent":
        """Trailing stop order."""
        return self._single("trailing_stop", asset, order)

    def limit_if_touched_fill(self, asset: Any, order: Any) -> "OrderEvent":
        """Limit-if-touched order."""
        return self._single("limit_if_touched", asset, order)

    def market_on_open_fill(self, asset: Any, order: Any) -> "OrderEvent":
        """Market-on-open order."""
        return self._single("market_on_open", asset, order)

    def market_on_close_fill(self, asset: Any, order: Any) -> "OrderEvent":
        """Market-on-close order."""
        return self._single("market_on_close", asset, order)

    def combo_market_fill(self, order: Any, parameters: FillModelParameters) -> "list[OrderEvent]":  # noqa: ARG002
        """All legs at the market, or nothing."""
        return self._combo("combo_market", parameters)

    def combo_limit_fill(self, order: Any, parameters: FillModelParameters) -> "list[OrderEvent]":  # noqa: ARG002
        """All legs within the net limit, or nothing."""
        return self._combo("combo_limit", parameters)

    def combo_leg_limit_fill(self, order: Any, parameters: FillModelParameters) -> "list[OrderEvent]":  # noqa: ARG002
        """All legs within their own limits, or nothing."""
        return self._combo("combo_leg_limit", parameters)


class ImmediateFillModel(FillModel):
    """The base rules under the name LEAN uses."""


def _event(order: Any, security: "Security", fill: Fill | None) -> "OrderEvent":
    """The event of a fill; without one it carries the order's status and no quantity."""
    from lean_local.orders.event_views import OrderEvent  # noqa: PLC0415  breaks an import cycle
    from lean_local.securities.fees import OrderFee  # noqa: PLC0415  breaks an import cycle

    event = OrderEvent(order, security.clock.utc, OrderFee.ZERO)
    if fill is not None:
        event.fill_exactly(fill.price, order.record.quantity if fill.quantity is None else fill.quantity)
        event.message = fill.message
    return event


class PythonFillModel(FillModel):
    """Asks an algorithm's own model."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __str__(self) -> str:
        return str(self.model)

    def try_fill(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """See FillRules."""
        fills = self._ask([(security, order)])
        return fills[0] if fills else None

    def try_combo(self, legs: Legs, asked: int) -> list[Fill] | None:
        """See FillRules."""
        fills = self._ask(legs, asked)
        return fills or None

    def _ask(self, legs: Legs, asked: int = 0) -> list[Fill]:
        from lean_local.orders.views import Order  # noqa: PLC0415  breaks an import cycle
        from lean_local.securities.manager import DataPair  # noqa: PLC0415  breaks an import cycle

        orders = [Order(record) for _, record in legs]
        pairs = [DataPair(order, security) for order, (security, _) in zip(orders, legs, strict=True)]
        stale = timedelta(milliseconds=self.stale_ms)
        parameters = FillModelParameters(legs[asked][0], orders[asked], stale, pairs)
        if not isinstance(self.model, FillModel) and not hasattr(self.model, "fill"):
            events = FillModel.fill(self.model, parameters)
        else:
            events = method(self.model, "fill")(parameters)
        return [f for f in (_fill_of(event) for event in events) if f is not None]


def _fill_of(event: Any) -> Fill | None:
    """What the engine books of an event; None when nothing was filled."""
    quantity = decimal_of(float(event.fill_quantity))
    if not quantity:
        return None
    partial = event.status == OrderStatus.PARTIALLY_FILLED
    record = event.record
    return Fill(record.fill_price, record.message, record.fill_quantity, partial)


def adapt_fill_model(model: Any) -> FillModel:
    """The model itself, or a wrapper of an algorithm's class."""
    if isinstance(model, FillModel):
        base = next(c for c in type(model).__mro__ if c.__module__.startswith("lean_local."))
        if not overrides(model, base, *_METHODS):
            return model
    return PythonFillModel(model)
