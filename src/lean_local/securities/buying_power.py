"""Buying power models: what a position and an order take of the account (semantics §6.3).

LEAN `BuyingPowerModel.cs`, `ConstantBuyingPowerModel.cs`, `NullBuyingPowerModel.cs`, `PatternDayTradingMarginModel.cs`.
The engine calls the exact methods (decimals); the methods of LEAN's names are for algorithms.
"""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from lean_local.enums import OrderDirection
from lean_local.securities.buying_power_parts import (
    BuyingPower,
    GetMaximumOrderQuantityResult,
    HasSufficientBuyingPowerForOrderResult,
    InitialMargin,
    MaintenanceMargin,
    ReservedBuyingPowerForPosition,
)
from lean_local.securities.cache import decimal_of
from lean_local.securities.models import Model

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord
    from lean_local.securities.portfolio import SecurityPortfolioManager
    from lean_local.securities.security import Security

ZERO = Decimal(0)
ONE = Decimal(1)


def plain(value: Decimal) -> str:
    """A decimal as .NET prints a normalised one: no exponent, no trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether buying power suffices; `reason` as LEAN words it when not."""

    ok: bool
    reason: str = ""


SUFFICIENT = Verdict(ok=True)


@dataclass(frozen=True, slots=True)
class OrderQuantity:
    """Quantity of an order towards a target; `reason` when there is none."""

    quantity: Decimal
    reason: str = ""
    is_error: bool = False
    below_minimum: bool = False


class BuyingPowerModel(Model):
    """Margin as a share of the position's value: `(leverage[, free])` or `(initial, maintenance, free)`."""

    NULL: "BuyingPowerModel"
    initial_share = ONE
    maintenance_share = ONE
    free_share = ZERO  # required_free_buying_power_percent
    premium_apart = False  # whether initial margins leave the premium out (LEAN `OptionInitialMargin`)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        values = [decimal_of(a) for a in (*arguments, *named.values())]
        if len(values) == 3:
            self.initial_share, self.maintenance_share, self.free_share = values
        elif values:
            self._set(values[0])
            self.free_share = values[1] if len(values) > 1 else ZERO

    def _set(self, leverage: Decimal) -> None:
        if leverage < 1:
            raise ValueError("Leverage must be greater than or equal to 1.")
        self.initial_share = self.maintenance_share = ONE / leverage

    # --- engine ------------------------------------------------------------------------------------------------
    def leverage_exact(self, security: "Security") -> Decimal:  # noqa: ARG002
        """Leverage of the security."""
        return ONE / self.initial_share

    def set_leverage_exact(self, security: "Security", leverage: Decimal) -> None:  # noqa: ARG002
        """Change the leverage."""
        self._set(leverage)

    def maintenance(self, security: "Security", quantity: Decimal) -> Decimal:
        """Maintenance margin of a holding."""
        return abs(security.holdings.value_exact(quantity)) * self.maintenance_share

    def maintenance_at(self, security: "Security", quantity: Decimal, price: Decimal) -> Decimal:
        """Maintenance margin of a holding at another price."""
        return abs(security.holdings.value_exact(quantity, price)) * self.maintenance_share

    def initial(self, security: "Security", quantity: Decimal) -> Decimal:
        """Signed initial margin of a new position."""
        unit = security.conversion_rate * security.multiplier_exact * security.price_exact
        return unit * quantity * self.initial_share

    def signed_initial(self, security: "Security", quantity: Decimal) -> Decimal:
        """Signed initial margin with the premium that options pay."""
        return self.initial(security, quantity)

    def order_margin(self, security: "Security", order: "OrderRecord") -> Decimal:
        """Signed initial margin of an order with its fee."""
        margin = self.initial(security, order.quantity)
        fee = security.fee_of(order)
        return margin + (fee if margin > 0 else -fee if margin < 0 else ZERO)

    def margin_remaining(
        self, portfolio: "SecurityPortfolioManager", security: "Security", direction: OrderDirection
    ) -> Decimal:
        """What an order in that direction may use; closing frees the margin of the position and opens as much again."""
        free = portfolio.margin_remaining_exact() + self._freed(security, direction)
        return max(free - portfolio.value_exact() * self.free_share, ZERO)

    def _freed(self, security: "Security", direction: OrderDirection) -> Decimal:
        held = security.holdings.quantity_exact
        closing = (held > 0 and direction == OrderDirection.SELL) or (held < 0 and direction == OrderDirection.BUY)
        return self.maintenance(security, held) + self.initial(security, abs(held)) if closing else ZERO

    def check(self, portfolio: "SecurityPortfolioManager", security: "Security", order: "OrderRecord") -> Verdict:
        """Whether an order may be placed or filled now."""
        held, quantity = security.holdings.quantity_exact, order.quantity
        if not quantity or (held * quantity < 0 and abs(held) >= abs(quantity)):
            return SUFFICIENT
        free = self.margin_remaining(portfolio, security, order.direction)
        needed = (abs(quantity) - abs(order.quantity_filled)) / abs(quantity) * self.order_margin(security, order)
        if abs(needed) <= free:
            return SUFFICIENT
        return Verdict(ok=False, reason=f"Id: {order.id}, Initial Margin: {plain(needed)}, Free Margin: {plain(free)}")

    def target_quantity(
        self, portfolio: "SecurityPortfolioManager", security: "Security", target: Decimal, minimum: Decimal
    ) -> OrderQuantity:
        """Quantity that brings the position's initial margin to `target` (a signed share of the portfolio value).

        Changes below `minimum` (a share of the portfolio value) are not worth an order.
        """
        value, held = portfolio.value_exact(), security.holdings.quantity_exact
        usable = value - value * self.free_share
        wanted = target * usable
        if not wanted:
            return OrderQuantity(-held)
        unit = self.signed_initial(security, ONE)
        if not unit:
            from lean_local.orders.requests import zero_price_message  # noqa: PLC0415  breaks an import cycle

            return OrderQuantity(ZERO, zero_price_message(security.symbol), is_error=True)
        change = abs(wanted - self.signed_initial(security, held))
        if change < value * minimum:
            return OrderQuantity(
                ZERO, f"The target order margin {plain(change)} is less than the minimum.", below_minimum=True
            )
        before = ZERO
        while True:
            quantity, margin = self._amount(security, wanted, unit)
            if not quantity:
                return OrderQuantity(ZERO, f"The order quantity is less than the lot size of {security.lot_exact}.")
            wanted = (usable - security.estimated_fee(quantity)) * target
            if before == quantity:
                raise ValueError(f"The target margin of {security.symbol.value} cannot be met.")
            before = quantity
            if abs(margin) <= abs(wanted):
                return OrderQuantity(quantity)

    def _amount(self, security: "Security", wanted: Decimal, unit: Decimal) -> tuple[Decimal, Decimal]:
        """Order quantity towards a signed margin, and the margin it ends with."""
        lot, held = security.lot_exact, security.holdings.quantity_exact
        rounding = ROUND_CEILING if wanted < 0 else ROUND_FLOOR
        quantity = ((wanted / unit - held) / lot).to_integral_value(rounding) * lot
        margin = self.signed_initial(security, quantity + held)
        for _ in range(100_000):
            if not ((wanted < 0 and margin < wanted) or (wanted > 0 and margin > wanted)):
                break
            quantity += lot if wanted < 0 else -lot
            margin = self.signed_initial(security, quantity + held)
        return quantity, margin

    def delta_quantity(
        self, portfolio: "SecurityPortfolioManager", security: "Security", delta: Decimal, minimum: Decimal
    ) -> OrderQuantity:
        """Quantity that changes the reserved margin by `delta` of account currency."""
        held, value = security.holdings.quantity_exact, portfolio.value_exact()
        used = abs(self.maintenance(security, held)) * (1 if held > 0 else -1)
        target = (used + delta) / value if value else ZERO
        return self.target_quantity(portfolio, security, target, minimum)

    # --- algorithm ---------------------------------------------------------------------------------------------
    def get_leverage(self, security: Any) -> float:
        """Leverage of the security."""
        return float(self.leverage_exact(security))

    def set_leverage(self, security: Any, leverage: float) -> None:
        """Change the leverage."""
        self.set_leverage_exact(security, decimal_of(leverage))

    def get_maintenance_margin(self, parameters: Any) -> MaintenanceMargin:
        """Maintenance margin of `parameters.quantity`."""
        return MaintenanceMargin(self.maintenance(parameters.security, decimal_of(parameters.quantity)))

    def get_initial_margin_requirement(self, parameters: Any) -> InitialMargin:
        """Signed initial margin of `parameters.quantity`."""
        return InitialMargin(self.initial(parameters.security, decimal_of(parameters.quantity)))

    def get_initial_margin_required_for_order(self, parameters: Any) -> InitialMargin:
        """Signed initial margin of `parameters.order` with its fee."""
        return InitialMargin(self.order_margin(parameters.security, record_of(parameters.order)))

    def has_sufficient_buying_power_for_order(self, parameters: Any) -> HasSufficientBuyingPowerForOrderResult:
        """Whether `parameters.order` may be placed."""
        verdict = self.check(parameters.portfolio, parameters.security, record_of(parameters.order))
        return HasSufficientBuyingPowerForOrderResult(verdict.ok, verdict.reason)

    def get_maximum_order_quantity_for_target_buying_power(self, parameters: Any) -> GetMaximumOrderQuantityResult:
        """Order quantity for `parameters.target_buying_power`."""
        minimum = decimal_of(parameters.minimum_order_margin_portfolio_percentage)
        target = decimal_of(parameters.target_buying_power)
        found = self.target_quantity(parameters.portfolio, parameters.security, target, minimum)
        return GetMaximumOrderQuantityResult(float(found.quantity), found.reason, found.is_error)

    def get_maximum_order_quantity_for_delta_buying_power(self, parameters: Any) -> GetMaximumOrderQuantityResult:
        """Order quantity for `parameters.delta_buying_power`."""
        minimum = decimal_of(parameters.minimum_order_margin_portfolio_percentage)
        delta = decimal_of(parameters.delta_buying_power)
        found = self.delta_quantity(parameters.portfolio, parameters.security, delta, minimum)
        return GetMaximumOrderQuantityResult(float(found.quantity), found.reason, found.is_error)

    def get_reserved_buying_power_for_position(self, parameters: Any) -> ReservedBuyingPowerForPosition:
        """Maintenance margin of the holding."""
        security = parameters.security
        return ReservedBuyingPowerForPosition(float(self.maintenance(security, security.holdings.quantity_exact)))

    def get_buying_power(self, parameters: Any) -> BuyingPower:
        """What an order in `parameters.direction` may use."""
        return BuyingPower(
            float(self.margin_remaining(parameters.portfolio, parameters.security, parameters.direction))
        )


def record_of(order: Any) -> Any:
    """The engine's record of an order."""
    return getattr(order, "record", order)


class SecurityMarginModel(BuyingPowerModel):
    """LEAN's default for everything that is bought on margin."""


class NullBuyingPowerModel(BuyingPowerModel):
    """No margin at all: every order may be placed."""

    def maintenance(self, security: "Security", quantity: Decimal) -> Decimal:  # noqa: ARG002
        """Zero."""
        return ZERO

    def check(
        self,
        portfolio: "SecurityPortfolioManager",  # noqa: ARG002
        security: "Security",  # noqa: ARG002
        order: "OrderRecord",  # noqa: ARG002
    ) -> Verdict:
        """Always enough."""
        return SUFFICIENT


BuyingPowerModel.NULL = NullBuyingPowerModel()


class ConstantBuyingPowerModel(BuyingPowerModel):
    """The same margin for every unit; leverage is ignored."""

    def __init__(self, margin_required_per_unit_in_account_currency: float) -> None:
        super().__init__()
        self._per_unit = decimal_of(margin_required_per_unit_in_account_currency)

    def set_leverage_exact(self, security: "Security", leverage: Decimal) -> None:
        """Ignored."""

    def maintenance(self, security: "Security", quantity: Decimal) -> Decimal:  # noqa: ARG002
        """Units times the margin of one."""
        return abs(quantity) * self._per_unit

    def initial(self, security: "Security", quantity: Decimal) -> Decimal:  # noqa: ARG002
        """Signed units times the margin of one."""
        return quantity * self._per_unit


class PatternDayTradingMarginModel(SecurityMarginModel):
    """Leverage 4 in regular hours, 2 outside and in the last ten minutes."""

    def __init__(self, closed_market_leverage: float = 2.0, open_market_leverage: float = 4.0) -> None:
        super().__init__(open_market_leverage)
        self._closed_factor = decimal_of(open_market_leverage) / decimal_of(closed_market_leverage)

    def _factor(self, security: "Security") -> Decimal:
        exchange = security.exchange
        return ONE if exchange.exchange_open and not exchange.closing_soon else self._closed_factor

    def leverage_exact(self, security: "Security") -> Decimal:
        """Leverage now."""
        return super().leverage_exact(security) * (ONE / self._factor(security))

    def set_leverage_exact(self, security: "Security", leverage: Decimal) -> None:
        """Ignored."""

    def maintenance(self, security: "Security", quantity: Decimal) -> Decimal:
        """Maintenance margin now."""
        return super().maintenance(security, quantity) * self._factor(security)

    def initial(self, security: "Security", quantity: Decimal) -> Decimal:
        """Initial margin now."""
        return super().initial(security, quantity) * self._factor(security)
