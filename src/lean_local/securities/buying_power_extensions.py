"""LEAN's `BuyingPowerModelExtensions`: what algorithms ask buying power models, without parameter objects."""

from dataclasses import dataclass
from typing import Any

from lean_local.naming import LeanObject
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
