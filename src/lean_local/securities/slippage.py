"""Slippage models. LEAN `ConstantSlippageModel.cs`, `NullSlippageModel.cs` (semantics §6.2)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.securities.cache import decimal_of
from lean_local.securities.models import Model, method

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord
    from lean_local.securities.security import Security

ZERO = Decimal(0)


class NullSlippageModel(Model):
    """No slippage."""

    net_namespace = "QuantConnect.Orders.Slippage"
    INSTANCE: "NullSlippageModel"

    def get_slippage_approximation(self, asset: "Security", order: Any) -> float:  # noqa: ARG002
        """Zero."""
        return 0.0


NullSlippageModel.INSTANCE = NullSlippageModel()


class ConstantSlippageModel(Model):
    """A share of the price."""

    net_namespace = "QuantConnect.Orders.Slippage"

    def __init__(self, slippage_percent: float) -> None:
        self.share = slippage_percent

    def get_slippage_approximation(self, asset: "Security", order: Any) -> float:  # noqa: ARG002
        """Share times the last price."""
        return float(asset.price_exact * decimal_of(self.share))


def slippage(security: "Security", order: "OrderRecord") -> Decimal:
    """Slippage per unit of the security's slippage model."""
    model = security.models.slippage
    if type(model) is NullSlippageModel:
        return ZERO
    from lean_local.orders.views import Order  # noqa: PLC0415  breaks an import cycle

    return decimal_of(float(method(model, "get_slippage_approximation")(security, Order(order))))
