"""LEAN's `BuyingPowerModelExtensions`: what algorithms ask buying power models, without parameter objects."""

from dataclasses import dataclass
from typing import Any

from lean_local.naming import LeanObject
from lean_local.securities.buying_power_parts import (
    BuyingPowerParameters,
    InitialMarginParameters,
    MaintenanceMarginParameters,
)
from lean_local.securities.cache import decimal_of
from lean_local.securities.models import method


@dataclass(slots=True)
class ReservedBuyingPowerForPositionParameters(LeanObject):
    """What `get_reserved_buying_power_for_position` gets."""

    security: Any


class BuyingPowerModelExtensions(LeanObject):
    """Static methods, each with the model first."""

    @staticmethod
    def get_reserved_buying_power_for_position(model: Any, security: Any) -> float:
        """Margin that the holding takes."""
        found = method(model, "get_reserved_buying_power_for_position")(
            ReservedBuyingPowerForPositionParameters(security)
        )
        return float(found.absolute_used_buying_power)

    @staticmethod
    def get_maintenance_margin(model: Any, security: Any) -> float:
        """Maintenance margin of the holding."""
        parameters = MaintenanceMarginParameters.for_current_holdings(security)
        return float(method(model, "get_maintenance_margin")(parameters).value)

    @staticmethod
    def get_initial_margin_requirement(model: Any, security: Any, quantity: float) -> float:
        """Initial margin of a quantity."""
        parameters = InitialMarginParameters(security, quantity)
        return float(method(model, "get_initial_margin_requirement")(parameters).value)

    @staticmethod
    def get_buying_power(model: Any, portfolio: Any, security: Any, direction: Any) -> float:
        """What is left to order with in a direction."""
        parameters = BuyingPowerParameters(security, portfolio, direction=direction)
        return float(method(model, "get_buying_power")(parameters).value)

    @staticmethod
    def has_sufficient_buying_power_for_order(model: Any, portfolio: Any, security: Any, order: Any) -> Any:
        """Whether an order can be paid, with the reason if it can not."""
        parameters = BuyingPowerParameters(security, portfolio, order)
        return method(model, "has_sufficient_buying_power_for_order")(parameters)

    @staticmethod
    def get_maximum_order_quantity_for_target_buying_power(
        model: Any, portfolio: Any, security: Any, target: float, minimum: float
    ) -> Any:
        """Quantity that brings the holding to a share of the portfolio."""
        parameters = BuyingPowerParameters(
            security, portfolio, target_buying_power=target, minimum_order_margin_portfolio_percentage=minimum
        )
        return method(model, "get_maximum_order_quantity_for_target_buying_power")(parameters)

    @staticmethod
    def above_minimum_order_margin_portfolio_percentage(
        model: Any, security: Any, quantity: Any, portfolio_manager: Any, minimum: float
    ) -> bool:
        """Whether the margin of an order reaches a share of the portfolio, or no margin is left."""
        least = decimal_of(minimum)
        if not least:
            return True
        margin = abs(model.initial(security, decimal_of(quantity)))
        return bool(
            margin >= portfolio_manager.value_exact() * least or portfolio_manager.margin_remaining_exact() <= 0
        )


__all__ = ["BuyingPowerModelExtensions", "ReservedBuyingPowerForPositionParameters"]
