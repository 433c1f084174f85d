"""Fee models. Numbers: LEAN `Common/Orders/Fees/*.cs` (semantics §6.2)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.enums import Market, OrderType, SecurityType
from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of
from lean_local.securities.cash import CashAmount
from lean_local.securities.future_fees import future_fee_per_contract
from lean_local.securities.models import Model, method, overrides

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord
    from lean_local.securities.security import Security

ZERO = Decimal(0)
ONE = Decimal(1)
_OPTIONS = (SecurityType.OPTION, SecurityType.INDEX_OPTION)
_FUTURES = (SecurityType.FUTURE, SecurityType.FUTURE_OPTION)
_TASTYTRADE = {
    SecurityType.OPTION: ONE,
    SecurityType.INDEX_OPTION: ONE,
    SecurityType.FUTURE: Decimal("1.25"),
    SecurityType.FUTURE_OPTION: Decimal("2.5"),
}
_LIMITED = (OrderType.LIMIT, OrderType.COMBO_LEG_LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED)


class OrderFee(LeanObject):
    """A fee; `value` is a CashAmount."""

    ZERO: "OrderFee"

    def __init__(self, value: CashAmount) -> None:
        self.value = value

    def __str__(self) -> str:
        return str(self.value)


OrderFee.ZERO = OrderFee(CashAmount(ZERO, "QCC"))


@dataclass(slots=True)
class OrderFeeParameters(LeanObject):
    """What a Python fee model gets."""

    security: Any
    order: Any


class FeeModel(Model):
    """Base of fee models: `exact` or `money` for the engine, `get_order_fee` for algorithms."""

    net_namespace = "QuantConnect.Orders.Fees"

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:  # noqa: ARG002
        """Fee in US dollars of an order filled at `price`."""
        return ZERO

    def money(self, security: "Security", order: "OrderRecord") -> CashAmount:
        """Fee of an order in the currency it is charged in."""
        return CashAmount(self.exact(security, order, security.price_exact))

    def get_order_fee(self, parameters: Any) -> OrderFee:
        """LEAN's method."""
        return OrderFee(self.money(parameters.security, getattr(parameters.order, "record", parameters.order)))


def market_order_record(security: "Security", quantity: Decimal) -> "OrderRecord":
    """A market order that exists only to ask a model about it."""
    from lean_local.orders.records import OrderRecord  # noqa: PLC0415  breaks an import cycle

    return OrderRecord(0, OrderType.MARKET, security.symbol, quantity, security.clock.utc_ms)


class ConstantFeeModel(FeeModel):
    """The same fee for every order."""

    def __init__(self, fee: float, currency: str = "USD") -> None:
        self.fee = decimal_of(fee)
        self.currency = currency

    def money(self, security: "Security", order: "OrderRecord") -> CashAmount:  # noqa: ARG002
        """The fee."""
        return CashAmount(abs(self.fee), self.currency)


_SHARES = {  # currency, per share, minimum, most as a share of the value
    Market.USA: ("USD", Decimal("0.005"), ONE, Decimal("0.005")),
    Market.INDIA: ("INR", Decimal("0.01"), Decimal(6), Decimal(20)),
}


class InteractiveBrokersFeeModel(FeeModel):
    """Equities 0.005 a share (1 minimum, 0.5 % maximum), options by premium, futures and their options per contract."""

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:  # noqa: ARG002
        """See FeeModel."""
        kind = security.symbol.security_type
        quantity = abs(order.quantity)
        if kind in _OPTIONS:
            if order.type == OrderType.OPTION_EXERCISE and kind == SecurityType.OPTION:
                return ZERO
            return max(quantity * _option_rate(_potential_price(security, order)), ONE)
        if kind == SecurityType.EQUITY:
            _, per_share, least, share = _SHARES[security.symbol.id.market]
            fee = quantity * per_share
            return min(fee, abs(order_value(security, order)) * share) if fee >= least else least
        if kind == SecurityType.FOREX:
            return max(abs(order_value(security, order)) * Decimal("0.00002"), Decimal(2))
        return ZERO

    def money(self, security: "Security", order: "OrderRecord") -> CashAmount:
        """See FeeModel; CFDs are charged in their quote currency, futures in that of their market."""
        if security.symbol.security_type in _FUTURES:
            rate, charged_in = future_fee_per_contract(security)
            return CashAmount(abs(order.quantity) * rate, charged_in)
        if security.symbol.security_type == SecurityType.EQUITY:
            charged_in = _SHARES[security.symbol.id.market][0]
            return CashAmount(self.exact(security, order, security.price_exact), charged_in)
        if security.symbol.security_type != SecurityType.CFD:
            return super().money(security, order)
        currency = security.quote_cash.symbol
        least = Decimal({"JPY": 40, "HKD": 10}.get(currency, 1))
        return CashAmount(max(abs(order_value(security, order)) * Decimal("0.00002"), least), currency)


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
    price = security.price_exact
    if order.type == OrderType.OPTION_EXERCISE:
        return decimal_of(security.symbol.id.strike_price)
    if order.type in (OrderType.STOP_MARKET, OrderType.TRAILING_STOP):
        own = order.stop_price
    elif order.type == OrderType.COMBO_LIMIT and order.group is not None:
        own = order.group.limit_price
    else:
        own = order.limit_price if order.type in _LIMITED else None
    if own is None:
        return price
    return min(own, price) if order.quantity > 0 else max(own, price)


class TastytradeFeeModel(FeeModel):
    """Options 1.00 (on futures 2.50) a contract to open, nothing to close; futures 1.25; equities free."""

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:  # noqa: ARG002
        """See FeeModel."""
        rate = _TASTYTRADE.get(security.symbol.security_type, ZERO)
        held = security.holdings.quantity_exact
        opens = held >= 0 if order.quantity > 0 else held <= 0
        charged = opens or security.symbol.security_type == SecurityType.FUTURE
        return abs(order.quantity) * rate if charged else ZERO


class CharlesSchwabFeeModel(FeeModel):
    """Shares free, options 0.65 a contract, index options 1."""

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:  # noqa: ARG002
        """See FeeModel."""
        rate = {SecurityType.OPTION: Decimal("0.65"), SecurityType.INDEX_OPTION: ONE}
        return abs(order.quantity) * rate.get(security.symbol.security_type, ZERO)


class PythonFeeModel(FeeModel):
    """Wraps an algorithm's own fee model."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def money(self, security: "Security", order: "OrderRecord") -> CashAmount:
        """Ask the algorithm's model."""
        from lean_local.orders.views import Order  # noqa: PLC0415  breaks an import cycle

        fee = method(self.model, "get_order_fee")(OrderFeeParameters(security, Order(order)))
        money: CashAmount = fee.value
        return money

    def __str__(self) -> str:
        return str(self.model)


def adapt_fee_model(model: Any) -> FeeModel:
    """The model itself, or a wrapper of an algorithm's class."""
    if isinstance(model, FeeModel) and not overrides(model, FeeModel, "get_order_fee"):
        return model
    return PythonFeeModel(model)
