"""Margin call models: when positions are reduced. LEAN `MarginCallModel.cs`, `DefaultMarginCallModel.cs`."""

from typing import Any

from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of
from lean_local.securities.models import Model


class DefaultMarginCallModel(Model):
    """Calls when no margin is left and the margin used exceeds the value by `margin_buffer`."""

    def __init__(self, portfolio: Any = None, default_order_properties: Any = None, margin_buffer: float = 0.1) -> None:
        self.portfolio, self.default_order_properties = portfolio, default_order_properties
        self.buffer_exact = decimal_of(margin_buffer)


class NullMarginCallModel(Model):
    """Never calls."""

    net_type = "QuantConnect.Securities.MarginCallModel+NullMarginCallModel"


class MarginCallModel(LeanObject):
    """Holds the model that never calls."""

    NULL = NullMarginCallModel()
