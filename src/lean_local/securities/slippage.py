"""Slippage models. LEAN `ConstantSlippageModel.cs`, `NullSlippageModel.cs` (semantics §6.2)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.api.bars import QuoteBar
from lean_local.enums import SecurityType
from lean_local.securities.cache import decimal_of
from lean_local.securities.models import Model, method, overrides

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord
    from lean_local.securities.security import Security

ZERO = Decimal(0)


class SlippageModel(Model):
    """Base of the models here: what a unit of an order slips by."""

    net_namespace = "QuantConnect.Orders.Slippage"
    lean_name = "ISlippageModel"

    def exact(self, asset: "Security", order: Any) -> Decimal:  # noqa: ARG002
        """The slippage, never a double. Not part of LEAN."""
        return ZERO

    def get_slippage_approximation(self, asset: "Security", order: Any) -> float:
        """Slippage per unit, in the currency of the price."""
        return float(self.exact(asset, order))


class NullSlippageModel(SlippageModel):
    """No slippage."""

    INSTANCE: "NullSlippageModel"


NullSlippageModel.INSTANCE = NullSlippageModel()


class ConstantSlippageModel(SlippageModel):
    """A share of the price."""

    def __init__(self, slippage_percent: float) -> None:
        self.share = slippage_percent

    def exact(self, asset: "Security", order: Any) -> Decimal:  # noqa: ARG002
        """Share times the last price."""
        return asset.price_exact * decimal_of(self.share)


class VolumeShareSlippageModel(SlippageModel):
    """The squared share of the last bar's volume that the order takes, times an impact, of the last price.

    LEAN `VolumeShareSlippageModel.cs`; of a quote bar the size on the order's own side counts.
    """

    _UNREPORTED = (SecurityType.CFD, SecurityType.FOREX, SecurityType.CRYPTO)

    def __init__(self, volume_limit: float = 0.025, price_impact: float = 0.1) -> None:
        self.volume_limit, self.price_impact = volume_limit, price_impact

    def exact(self, asset: "Security", order: Any) -> Decimal:
        """Share of the volume, at most `volume_limit`, squared, times the impact, of the last price."""
        data = asset.get_last_data()
        if data is None:
            return ZERO
        limit, quantity = decimal_of(self.volume_limit), abs(order.record.quantity)
        if isinstance(data, QuoteBar):
            volume = decimal_of(data.last_bid_size if order.record.quantity > 0 else data.last_ask_size)
        else:
            volume = decimal_of(data.volume)
        if volume <= 0 and asset.type in self._UNREPORTED:
            return ZERO
        share = min(quantity / volume, limit) if volume > 0 else limit
        return share * share * decimal_of(self.price_impact) * decimal_of(data.value)


def slippage(security: "Security", order: "OrderRecord") -> Decimal:
    """Slippage per unit of the security's slippage model."""
    model = security.models.slippage
    if type(model) is NullSlippageModel:
        return ZERO
    from lean_local.orders.views import Order  # noqa: PLC0415  breaks an import cycle

    if isinstance(model, SlippageModel) and not overrides(model, SlippageModel, "get_slippage_approximation"):
        return model.exact(security, Order(order))
    return decimal_of(float(method(model, "get_slippage_approximation")(security, Order(order))))
