"""Wraps the models that algorithms write in Python, so that the engine can ask them as its own (semantics §8.8)."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.enums import OrderDirection
from lean_local.securities.buying_power import BuyingPowerModel, OrderQuantity, Verdict
from lean_local.securities.buying_power_parts import BuyingPowerParameters
from lean_local.securities.cache import decimal_of
from lean_local.securities.models import method, overrides

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord
    from lean_local.securities.portfolio import SecurityPortfolioManager
    from lean_local.securities.security import Security

_BUYING_POWER = (
    "get_leverage",
    "set_leverage",
    "get_maintenance_margin",
    "get_initial_margin_requirement",
    "get_initial_margin_required_for_order",
    "has_sufficient_buying_power_for_order",
    "get_maximum_order_quantity_for_target_buying_power",
    "get_maximum_order_quantity_for_delta_buying_power",
    "get_buying_power",
)


def _amount(result: Any) -> Decimal:
    return decimal_of(getattr(result, "value", result))


class PythonBuyingPowerModel(BuyingPowerModel):
    """Asks an algorithm's model what it overrides, and its base for the rest."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model
        self._base = model if isinstance(model, BuyingPowerModel) else BuyingPowerModel()

    def __str__(self) -> str:
        return str(self.model)

    def _own(self, name: str) -> Callable[..., Any] | None:
        base = self._base
        if base is not self.model or overrides(self.model, _engine_class(base), name):
            return method(self.model, name) if base is self.model or hasattr(self.model, name) else None
        return None

    def leverage_exact(self, security: "Security") -> Decimal:
        """See BuyingPowerModel."""
        own = self._own("get_leverage")
        return decimal_of(own(security)) if own is not None else self._base.leverage_exact(security)

    def set_leverage_exact(self, security: "Security", leverage: Decimal) -> None:
        """See BuyingPowerModel."""
        own = self._own("set_leverage")
        if own is not None:
            own(security, float(leverage))
        else:
            self._base.set_leverage_exact(security, leverage)

    def maintenance(self, security: "Security", quantity: Decimal) -> Decimal:
        """See BuyingPowerModel."""
        own = self._own("get_maintenance_margin")
        if own is None:
            return self._base.maintenance(security, quantity)
        return _amount(own(BuyingPowerParameters(security, quantity=float(quantity))))

    def initial(self, security: "Security", quantity: Decimal) -> Decimal:
        """See BuyingPowerModel."""
        own = self._own("get_initial_margin_requirement")
        if own is None:
            return self._base.initial(security, quantity)
        return _amount(own(BuyingPowerParameters(security, quantity=float(quantity))))

    def order_margin(self, security: "Security", order: "OrderRecord") -> Decimal:
        """See BuyingPowerModel."""
        own = self._own("get_initial_margin_required_for_order")
        if own is None:
            return self._base.order_margin(security, order)
        return _amount(own(BuyingPowerParameters(security, order=_order(order))))

    def margin_remaining(
        self, portfolio: "SecurityPortfolioManager", security: "Security", direction: OrderDirection
    ) -> Decimal:
        """See BuyingPowerModel."""
        own = self._own("get_buying_power")
        if own is None:
            return self._base.margin_remaining(portfolio, security, direction)
        return _amount(own(BuyingPowerParameters(security, portfolio, direction=direction)))

    def check(self, portfolio: "SecurityPortfolioManager", security: "Security", order: "OrderRecord") -> Verdict:
        """See BuyingPowerModel."""
        own = self._own("has_sufficient_buying_power_for_order")
        if own is None:
            return self._base.check(portfolio, security, order)
        result = own(BuyingPowerParameters(security, portfolio, _order(order)))
        return Verdict(ok=bool(result.is_sufficient), reason=result.reason or "")

    def target_quantity(
        self, portfolio: "SecurityPortfolioManager", security: "Security", target: Decimal, minimum: Decimal
    ) -> OrderQuantity:
        """See BuyingPowerModel."""
        own = self._own("get_maximum_order_quantity_for_target_buying_power")
        if own is None:
            return self._base.target_quantity(portfolio, security, target, minimum)
        asked = BuyingPowerParameters(security, portfolio)
        asked.target_buying_power, asked.minimum_order_margin_portfolio_percentage = float(target), float(minimum)
        return _quantity(own(asked))

    def delta_quantity(
        self, portfolio: "SecurityPortfolioManager", security: "Security", delta: Decimal, minimum: Decimal
    ) -> OrderQuantity:
        """See BuyingPowerModel."""
        own = self._own("get_maximum_order_quantity_for_delta_buying_power")
        if own is None:
            return self._base.delta_quantity(portfolio, security, delta, minimum)
        asked = BuyingPowerParameters(security, portfolio)
        asked.delta_buying_power, asked.minimum_order_margin_portfolio_percentage = float(delta), float(minimum)
        return _quantity(own(asked))


def _quantity(result: Any) -> OrderQuantity:
    return OrderQuantity(decimal_of(float(result.quantity)), result.reason or "", bool(result.is_error))


def _order(record: "OrderRecord") -> Any:
    from lean_local.orders.views import Order  # noqa: PLC0415  breaks an import cycle

    return Order(record)


def _engine_class(model: BuyingPowerModel) -> type:
    """The nearest class of ours that an algorithm's class derives from."""
    return next(c for c in type(model).__mro__ if c.__module__.startswith("lean_local."))


def adapt_buying_power_model(model: Any) -> BuyingPowerModel:
    """The model itself, or a wrapper of an algorithm's class."""
    if isinstance(model, BuyingPowerModel) and not overrides(model, _engine_class(model), *_BUYING_POWER):
        return model
    return PythonBuyingPowerModel(model)
