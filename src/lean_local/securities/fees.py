"""Fee models. Numbers: LEAN `Common/Orders/Fees/*.cs` (semantics §6.2)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.enums import OrderType, SecurityType
from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord
    from lean_local.securities.security import Security

ZERO = Decimal(0)
ONE = Decimal(1)
_OPTIONS = (SecurityType.OPTION, SecurityType.INDEX_OPTION)


class CashAmount(LeanObject):
    """An amount of a currency."""

    def __init__(self, amount: float | Decimal, currency: str = "USD", *_: Any) -> None:
        self.amount_exact = decimal_of(amount)
        self.currency = currency

    @property
    def amount(self) -> float:
        """The amount."""
        return float(self.amount_exact)


class OrderFee(LeanObject):
    """A fee; `value` is a CashAmount."""

    def __init__(self, value: CashAmount) -> None:
        self.value = value

    def __str__(self) -> str:
        return f"{self.value.amount_exact} {self.value.currency}"


@dataclass(slots=True)
class OrderFeeParameters(LeanObject):
    """What a Python fee model gets."""

    security: Any
    order: Any


class FeeModel(LeanObject):
    """Base of fee models: `exact` for the engine, `get_order_fee` for algorithms."""

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:  # noqa: ARG002
        """Fee in account currency of an order filled at `price`."""
        return ZERO

    def estimate(self, security: "Security", quantity: Decimal) -> Decimal:
        """Fee of a market order of `quantity` now."""
        return self.exact(security, market_order_record(security, quantity), security.price_exact)

    def get_order_fee(self, parameters: Any) -> OrderFee:
        """LEAN's method."""
        record = getattr(parameters.order, "record", parameters.order)
        return OrderFee(CashAmount(self.exact(parameters.security, record, parameters.security.price_exact)))


def market_order_record(security: "Security", quantity: Decimal) -> "OrderRecord":
    """A market order that exists only to ask a model about it."""
    from lean_local.orders.records import OrderRecord  # noqa: PLC0415  breaks an import cycle

    return OrderRecord(0, OrderType.MARKET, security.symbol, quantity, security.clock.utc_ms)


class ConstantFeeModel(FeeModel):
    """The same fee for every order."""

    def __init__(self, fee: float, currency: str = "USD") -> None:
        self.fee = decimal_of(fee)
        self.currency = currency

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:  # noqa: ARG002
        """The fee."""
        return abs(self.fee)


class InteractiveBrokersFeeModel(FeeModel):
    """Equities 0.005 a share (1 minimum, 0.5 % maximum), options by premium."""

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:  # noqa: ARG002
        """See FeeModel."""
        kind = security.symbol.security_type
        quantity = abs(order.quantity)
        if kind in _OPTIONS:
            if order.type == OrderType.OPTION_EXERCISE and kind == SecurityType.OPTION:
                return ZERO
            return max(quantity * _option_rate(_potential_price(security, order)), ONE)
        if kind == SecurityType.EQUITY:
            fee = quantity * Decimal("0.005")
            most = abs(order_value(security, order)) * Decimal("0.005")
            return max(min(fee, most), ONE) if fee >= ONE else ONE
        return ZERO


def _option_rate(premium: Decimal) -> Decimal:
    if premium >= Decimal("0.1"):
        return Decimal("0.65")
    return Decimal("0.5") if premium >= Decimal("0.05") else Decimal("0.25")


def _potential_price(security: "Security", order: "OrderRecord") -> Decimal:
    if order.type == OrderType.COMBO_LIMIT and order.group is not None:
        return order.group.limit_price
    if order.limit_price is not None:
        return order.limit_price
    if order.stop_price is not None:
        return order.stop_price
    return security.bid_exact if order.quantity > 0 else security.ask_exact


def order_value(security: "Security", order: "OrderRecord") -> Decimal:
    """LEAN's `order.GetValue` in account currency: quantity at the price the order may get, with the multiplier."""
    return order.quantity * order_price(security, order) * security.multiplier_exact * security.conversion_rate


def order_price(security: "Security", order: "OrderRecord") -> Decimal:
    """The price `order.GetValue` uses for each order type."""
    price, buy = security.price_exact, order.quantity > 0
    if order.type == OrderType.OPTION_EXERCISE:
        return decimal_of(security.symbol.id.strike_price)
    if (
        order.type in (OrderType.LIMIT, OrderType.COMBO_LEG_LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED)
        and order.limit_price is not None
    ):
        if order.type == OrderType.STOP_LIMIT or not price:
            return order.limit_price
        return min(order.limit_price, price) if buy else max(order.limit_price, price)
    if order.type in (OrderType.STOP_MARKET, OrderType.TRAILING_STOP) and order.stop_price is not None and price:
        return max(order.stop_price, price) if buy else min(order.stop_price, price)
    return price


class TastytradeFeeModel(FeeModel):
    """Options 1.00 a contract to open and nothing to close; equities free."""

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:  # noqa: ARG002
        """See FeeModel."""
        if security.symbol.security_type not in _OPTIONS:
            return ZERO
        held = security.holdings.quantity_exact
        opens = held >= 0 if order.quantity > 0 else held <= 0
        return abs(order.quantity) if opens else ZERO


class PythonFeeModel(FeeModel):
    """Wraps an algorithm's own fee model."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:  # noqa: ARG002
        """Ask the algorithm's model."""
        from lean_local.orders.views import Order  # noqa: PLC0415  breaks an import cycle

        ask = getattr(self.model, "get_order_fee", None) or self.model.GetOrderFee
        fee = ask(OrderFeeParameters(security, Order(order)))
        return decimal_of(fee.value.amount)


def adapt_fee_model(model: Any) -> FeeModel:
    """The model itself, or a wrapper of an algorithm's class."""
    if isinstance(model, FeeModel) and type(model).get_order_fee is FeeModel.get_order_fee:
        return model
    return PythonFeeModel(model)
