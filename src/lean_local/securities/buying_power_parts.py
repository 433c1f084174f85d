"""Arguments and results of LEAN's buying power methods, as algorithms see them."""

from dataclasses import dataclass
from typing import Any

from lean_local.enums import OrderDirection
from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of


@dataclass(slots=True)
class BuyingPowerParameters(LeanObject):
    """Arguments of LEAN's buying power methods; each method reads what it needs."""

    security: Any
    portfolio: Any = None
    order: Any = None
    quantity: float = 0.0
    direction: Any = OrderDirection.HOLD
    target_buying_power: float = 0.0
    delta_buying_power: float = 0.0
    minimum_order_margin_portfolio_percentage: float = 0.0
    silence_non_error_reasons: bool = False

    @property
    def absolute_quantity(self) -> float:
        """Unsigned quantity."""
        return abs(self.quantity)

    @property
    def holdings_value(self) -> float:
        """Value of the quantity at the current price."""
        return float(self.security.holdings.value_exact(decimal_of(self.quantity)))

    @property
    def absolute_holdings_value(self) -> float:
        """Unsigned value of the quantity at the current price."""
        return abs(self.holdings_value)

    def result_in_account_currency(self, value: float) -> "ReservedBuyingPowerForPosition":
        """An amount of account currency as a result."""
        return ReservedBuyingPowerForPosition(value)

    def sufficient(self) -> "HasSufficientBuyingPowerForOrderResult":
        """Enough."""
        return HasSufficientBuyingPowerForOrderResult(True)

    def insufficient(self, reason: str = "") -> "HasSufficientBuyingPowerForOrderResult":
        """Not enough."""
        return HasSufficientBuyingPowerForOrderResult(False, reason)


class InitialMarginParameters(LeanObject):
    """A security and a signed quantity."""

    def __init__(self, security: Any, quantity: float) -> None:
        self.security, self.quantity = security, quantity


class MaintenanceMarginParameters(LeanObject):
    """A security and the quantity held of it."""

    def __init__(self, security: Any, quantity: float, *_: Any) -> None:
        self.security, self.quantity = security, quantity

    @classmethod
    def for_current_holdings(cls, security: Any) -> "MaintenanceMarginParameters":
        """The holding as it is."""
        return cls(security, security.holdings.quantity_exact)

    @classmethod
    def for_quantity_at_current_price(cls, security: Any, quantity: float) -> "MaintenanceMarginParameters":
        """Another quantity at the current price."""
        return cls(security, quantity)


class _Amount(LeanObject):
    """An amount of account currency."""

    def __init__(self, value: Any) -> None:
        self.exact = decimal_of(value)

    @property
    def value(self) -> float:
        """The amount."""
        return float(self.exact)

    def __float__(self) -> float:
        return float(self.exact)


class MaintenanceMargin(_Amount):
    """Result of `get_maintenance_margin`."""


class InitialMargin(_Amount):
    """Result of `get_initial_margin_requirement`."""


class BuyingPower(_Amount):
    """Result of `get_buying_power`."""


class ReservedBuyingPowerForPosition(_Amount):
    """Result of `get_reserved_buying_power_for_position`."""

    @property
    def absolute_used_buying_power(self) -> float:
        """The amount."""
        return float(self.exact)


@dataclass(slots=True)
class HasSufficientBuyingPowerForOrderResult(LeanObject):
    """Result of `has_sufficient_buying_power_for_order`."""

    is_sufficient: bool
    reason: str | None = None


@dataclass(slots=True)
class GetMaximumOrderQuantityResult(LeanObject):
    """Result of `get_maximum_order_quantity_for_…`."""

    quantity: float
    reason: str | None = None
    is_error: bool = False
