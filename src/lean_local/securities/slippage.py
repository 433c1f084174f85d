"""Slippage models. LEAN `ConstantSlippageModel.cs`, `NullSlippageModel.cs` (semantics §6.2)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.api.bars import QuoteBar
from lean_local.enums import SecurityType
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


class VolumeShareSlippageModel(Model):
    """The squared share of the last bar's volume that the order takes, times an impact, of the last price.

    LEAN `VolumeShareSlippageModel.cs`; of a quote bar the size on the order's own side counts.
    """

    net_namespace = "QuantConnect.Orders.Slippage"
    _UNREPORTED = (SecurityType.CFD, SecurityType.FOREX, SecurityType.CRYPTO)

    def __init__(self, volume_limit: float = 0.025, price_impact: float = 0.1) -> None:
        self.volume_limit, self.price_impact = volume_limit, price_impact

    def get_slippage_approximation(self, asset: "Security", order: Any) -> float:
        """Share of the volume, at most `volume_limit`, squared, times the impact, of the last price."""
        data = asset.get_last_data()
        if data is None:
            return 0.0
        limit, quantity = decimal_of(self.volume_limit), abs(order.record.quantity)
        if isinstance(data, QuoteBar):
            volume = decimal_of(data.last_bid_size if order.record.quantity > 0 else data.last_ask_size)
        else:
            volume = decimal_of(data.volume)
        if volume <= 0 and asset.type in self._UNREPORTED:
            return 0.0
        share = min(quantity / volume, limit) if volume > 0 else limit
        return float(share * share * decimal_of(self.price_impact) * decimal_of(data.value))


def slippage(security: "Security", order: "OrderRecord") -> Decimal:
    """Slippage per unit of the security's slippage model."""
    model = security.models.slippage
    if type(model) is NullSlippageModel:
        return ZERO
    from lean_local.orders.views import Order  # noqa: PLC0415  breaks an import cycle

    return decimal_of(float(method(model, "get_slippage_approximation")(security, Order(order))))
