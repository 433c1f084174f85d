"""Exercise and assignment models of options (semantics §5.9).

LEAN `DefaultExerciseModel.cs`, `DefaultOptionAssignmentModel.cs`, `NullOptionAssignmentModel.cs`.
"""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.enums import OptionRight, OptionStyle, OrderDirection, OrderStatus, SettlementType
from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of
from lean_local.securities.models import Model, method, overrides

if TYPE_CHECKING:
    from lean_local.orders.event_views import OrderEvent
    from lean_local.orders.records import OrderRecord
    from lean_local.orders.views import Order
    from lean_local.securities.option import Option

__all__ = [
    "DefaultExerciseModel",
    "DefaultOptionAssignmentModel",
    "NullOptionAssignmentModel",
    "OptionAssignmentParameters",
    "OptionAssignmentResult",
]

ZERO = Decimal(0)
_DEFAULT_TAG = "Simulated option assignment before expiration"


class OptionAssignmentParameters(LeanObject):
    """What an assignment model gets."""

    def __init__(self, option: Any) -> None:
        self.option = option


class OptionAssignmentResult(LeanObject):
    """What an assignment model says: the position is assigned when `quantity` is not 0."""

    NULL: "OptionAssignmentResult"

    def __init__(self, quantity: float, tag: str = "") -> None:
        self.quantity, self.tag = quantity, tag


OptionAssignmentResult.NULL = OptionAssignmentResult(0)


class NullOptionAssignmentModel(Model):
    """Turns simulated early assignment off."""

    net_namespace = "QuantConnect.Securities.Option"

    def get_assignment(self, parameters: OptionAssignmentParameters) -> OptionAssignmentResult:  # noqa: ARG002
        """Never."""
        return OptionAssignmentResult(0)


class DefaultOptionAssignmentModel(Model):
    """Assigns deep in-the-money short positions in the last days before expiry."""

    net_namespace = "QuantConnect.Securities.Option"

    def __init__(
        self, required_in_the_money_percent: float = 0.05, prior_expiration: timedelta = timedelta(days=4)
    ) -> None:
        self._required, self._before = decimal_of(required_in_the_money_percent), prior_expiration

    def get_assignment(self, parameters: OptionAssignmentParameters) -> OptionAssignmentResult:
        """The whole position when it is near expiry, deep in the money and an exercise would pay; else nothing."""
        option: Option = parameters.option
        if not (self._near_expiry(option) and self._is_deep(option) and _arbitrage(option) > 0):
            return OptionAssignmentResult(0)
        return OptionAssignmentResult(float(abs(option.holdings.quantity_exact)), _DEFAULT_TAG)

    def _near_expiry(self, option: "Option") -> bool:
        if option.style == OptionStyle.EUROPEAN:
            return bool(option.local_time.date() == option.expiry.date())
        return bool(option.expiry - option.local_time <= self._before)

    def _is_deep(self, option: "Option") -> bool:
        spot, strike = option.underlying.price_exact, option.scaled_strike_exact
        if not spot:
            return False
        inside = spot - strike if option.right == OptionRight.CALL else strike - spot
        return bool(inside / spot > self._required)


def _arbitrage(option: "Option") -> Decimal:
    """LEAN's estimate of what an early exercise gains; practically always positive once deep in the money."""
    held, unit, delivered = option.holdings.quantity_exact, option.multiplier_exact, option.unit_of_trade_exact
    average, stock = option.holdings.average_exact, option.underlying
    fee = option.estimated_fee(-held)
    base = (option.bid_exact - average) * -held * unit - fee
    shares = abs(held) * delivered
    call = option.right == OptionRight.CALL
    exit_price = stock.bid_exact if call else stock.ask_exact
    gain = (exit_price - option.scaled_strike_exact) * (1 if call else -1)
    stock_fee = stock.estimated_fee(shares)
    worth: Decimal = gain * shares * delivered - stock_fee - average * abs(held) * unit - base
    return worth


class DefaultExerciseModel(Model):
    """Takes the contracts out of the account, and delivers the underlying unless they settle in cash."""

    net_namespace = "QuantConnect.Orders.OptionExercise"

    def option_exercise(self, option: Any, order: "Order") -> "list[OrderEvent]":
        """The events of an exercise or assignment: the option's, then the underlying's."""
        from lean_local.orders.event_views import OrderEvent  # noqa: PLC0415  breaks an import cycle
        from lean_local.securities.fees import OrderFee  # noqa: PLC0415  breaks an import cycle

        made = []
        for leg in self.legs(option, order.record):
            event = OrderEvent(order, option.clock.utc, OrderFee.ZERO)
            event.set_fields(status=OrderStatus.FILLED, **({"symbol": option.symbol} | leg))
            made.append(event)
        return made

    def legs(self, option: "Option", record: "OrderRecord") -> list[dict[str, Any]]:
        """The events' fields, exactly. Engine only."""
        inside = option.is_auto_exercised_exact(option.underlying.price_exact)
        held = option.holdings.quantity_exact
        quantity = record.quantity if record.quantity * held < 0 else -record.quantity
        assigned = inside and held < 0
        made: list[dict[str, Any]] = [
            {
                "fill_quantity": quantity,
                "fill_price": ZERO,
                "message": exercise_message(option, quantity, inside=inside, assigned=assigned),
                "is_assignment": assigned,
                "is_in_the_money": inside,
            }
        ]
        if inside and option.exercise_settlement == SettlementType.PHYSICAL_DELIVERY:
            shares = (-1 if option.is_call else 1) * quantity * option.unit_of_trade_exact
            made.append(
                {
                    "symbol": option.underlying.symbol,
                    "fill_quantity": shares,
                    "fill_price": option.strike_exact,
                    "direction": OrderDirection.BUY if shares > 0 else OrderDirection.SELL,
                    "is_in_the_money": True,
                    "message": "Option Assignment" if assigned else "Option Exercise",
                }
            )
        return made


def exercise_legs(model: Any, option: "Option", record: "OrderRecord") -> list[dict[str, Any]]:
    """The fields of the events that an exercise model, LEAN's or an algorithm's own, makes of an order."""
    if isinstance(model, DefaultExerciseModel) and not overrides(model, DefaultExerciseModel, "option_exercise"):
        return model.legs(option, record)
    from lean_local.orders.views import Order  # noqa: PLC0415  breaks an import cycle

    names = ("symbol", "fill_quantity", "fill_price", "direction", "message", "is_assignment", "is_in_the_money")
    events = method(model, "option_exercise")(option, Order(record))
    return [{name: getattr(event.record, name) for name in names} for event in events]


def exercise_message(option: "Option", quantity: Decimal, *, inside: bool, assigned: bool) -> str:
    """What LEAN writes of an exercise: how, at which price of the underlying, and the profit of the contracts."""
    from lean_local.securities.accounting import closing_profit  # noqa: PLC0415  breaks an import cycle

    spot = option.underlying.price_exact
    profit = closing_profit(option, quantity, ZERO)
    if inside and option.exercise_settlement == SettlementType.CASH:
        profit -= quantity * option.intrinsic_exact(spot) * option.unit_of_trade_exact
    word = "Assigned" if assigned else "Automatic Exercise" if inside else "OTM"
    shown = f"{spot:.4f}" if option.underlying.scale_digits else f"{spot:f}"
    money = f"Profit: +{profit:f}" if profit >= 0 else f"Loss: {profit:f}"
    return f"{word}. Underlying: {shown}. {money}"
