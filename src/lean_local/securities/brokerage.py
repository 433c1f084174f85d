"""Brokerage models: the models of a security, default markets, and which orders are refused (semantics §6.1).

Method names are LEAN's, so that an algorithm's subclass overrides what it wants. LEAN `DefaultBrokerageModel.cs`.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, cast

from lean_local.enums import AccountType, BrokerageMessageType, BrokerageName, Market, OrderType, SecurityType
from lean_local.naming import LeanObject
from lean_local.securities.benchmarks import SecurityBenchmark
from lean_local.securities.buying_power import BuyingPowerModel, SecurityMarginModel
from lean_local.securities.crypto_margin import CashBuyingPowerModel, CryptoFutureMarginModel
from lean_local.securities.equity_fills import EquityFillModel
from lean_local.securities.fees import ConstantFeeModel, FeeModel, InteractiveBrokersFeeModel, adapt_fee_model
from lean_local.securities.fill_models import FillModel, ImmediateFillModel, adapt_fill_model
from lean_local.securities.future_models import (
    FutureFillModel,
    FutureMarginModel,
    FutureSettlementModel,
    FuturesOptionsMarginModel,
)
from lean_local.securities.interest import MarginInterestRateModel
from lean_local.securities.margin import OptionMarginModel
from lean_local.securities.models import Model, method
from lean_local.securities.option import Option
from lean_local.securities.python_models import adapt_buying_power_model
from lean_local.securities.security import Security
from lean_local.securities.security_models import Models
from lean_local.securities.settlement import DelayedSettlementModel, ImmediateSettlementModel, adapt_settlement_model
from lean_local.securities.shortable import NullShortableProvider
from lean_local.securities.slippage import NullSlippageModel

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord

OPTIONS = (SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION)
_IB_FEES = (SecurityType.EQUITY, SecurityType.OPTION, SecurityType.FUTURE, SecurityType.FUTURE_OPTION)
_LEVERAGE = {
    SecurityType.CRYPTO_FUTURE: 25,
    SecurityType.EQUITY: 2,
    SecurityType.FOREX: 50,
    SecurityType.CFD: 50,
}
DEFAULT_MARKETS: Mapping[SecurityType, str] = {
    SecurityType.BASE: Market.USA,
    SecurityType.EQUITY: Market.USA,
    SecurityType.OPTION: Market.USA,
    SecurityType.FUTURE: Market.CME,
    SecurityType.FUTURE_OPTION: Market.CME,
    SecurityType.FOREX: Market.OANDA,
    SecurityType.CFD: Market.OANDA,
    SecurityType.CRYPTO: Market.COINBASE,
    SecurityType.CRYPTO_FUTURE: Market.BINANCE,
    SecurityType.INDEX: Market.USA,
    SecurityType.INDEX_OPTION: Market.USA,
}


_FILLS: Mapping[SecurityType, type[FillModel]] = {
    SecurityType.EQUITY: EquityFillModel,
    SecurityType.FUTURE: FutureFillModel,
    SecurityType.FUTURE_OPTION: FutureFillModel,
}


class BrokerageMessageEvent(LeanObject):
    """Why a brokerage model does not take an order."""

    def __init__(self, type: Any, code: Any, message: str) -> None:  # noqa: A002  LEAN's name
        self.type, self.code, self.message = BrokerageMessageType(type), str(code), message

    def __str__(self) -> str:
        return f"{self.type.csharp_name} - Code: {self.code} - {self.message}"


Answer = tuple[bool, BrokerageMessageEvent | None]
TAKEN: Answer = (True, None)


def refused(message: str, code: str = "NotSupported") -> Answer:
    """A refusal."""
    return False, BrokerageMessageEvent(BrokerageMessageType.WARNING, code, message)


class DefaultBrokerageModel(Model):
    """LEAN's default: everything allowed, Interactive Brokers fees for equities and equity options."""

    net_namespace = "QuantConnect.Brokerages"
    name = BrokerageName.DEFAULT
    account_type = AccountType.MARGIN
    trading_days_per_year = 252
    default_markets: Any = DEFAULT_MARKETS
    default_market_map = DEFAULT_MARKETS
    required_free_buying_power_percent: float = 0.0
    order_types: ClassVar[tuple[OrderType, ...]] = ()  # the only ones taken; empty = all
    security_types: ClassVar[tuple[SecurityType, ...]] = ()

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:
        self.account_type = AccountType(account_type)

    # --- models ------------------------------------------------------------------------------------------------
    def get_benchmark(self, securities: Any) -> Any:  # noqa: ARG002
        """What the strategy is compared with when the algorithm sets nothing."""
        return SecurityBenchmark("SPY", SecurityType.EQUITY, Market.USA)

    def get_fee_model(self, security: Security) -> FeeModel:
        """Fee model of a security."""
        return InteractiveBrokersFeeModel() if security.type in _IB_FEES else ConstantFeeModel(0)

    def get_leverage(self, security: Security) -> float:
        """Leverage of a security."""
        return 1 if self.account_type == AccountType.CASH else _LEVERAGE.get(security.type, 1)

    def get_fill_model(self, security: Security) -> FillModel:
        """Fill model of a security."""
        return _FILLS.get(security.type, ImmediateFillModel)()

    def get_slippage_model(self, security: Security) -> Any:  # noqa: ARG002
        """Slippage model of a security."""
        return NullSlippageModel.INSTANCE

    def get_settlement_model(self, security: Security) -> ImmediateSettlementModel:
        """Settlement model of a security: equities and options of cash accounts settle on the next trading day."""
        delayed = self.account_type == AccountType.CASH and security.type in (SecurityType.EQUITY, SecurityType.OPTION)
        if security.type == SecurityType.FUTURE:
            return FutureSettlementModel(security)
        return DelayedSettlementModel() if delayed else ImmediateSettlementModel()

    def get_buying_power_model(self, security: Security) -> BuyingPowerModel:
        """Buying power model of a security."""
        kind, free = security.type, self.required_free_buying_power_percent
        if kind == SecurityType.FUTURE_OPTION:
            return FuturesOptionsMarginModel(cast("Option", security))
        if kind == SecurityType.FUTURE:
            return FutureMarginModel(security)
        if kind in OPTIONS:
            return OptionMarginModel()
        leverage = self.get_leverage(security)
        if kind in (SecurityType.CRYPTO, SecurityType.FOREX) and self.account_type == AccountType.CASH:
            return CashBuyingPowerModel()
        if kind == SecurityType.CRYPTO_FUTURE:
            return CryptoFutureMarginModel(leverage)
        return SecurityMarginModel(leverage, free)

    def get_margin_interest_rate_model(self, security: Security) -> Any:  # noqa: ARG002
        """Margin interest model of a security."""
        return MarginInterestRateModel.NULL

    def get_shortable_provider(self, security: Security) -> Any:  # noqa: ARG002
        """Who says how many shares can be borrowed."""
        return NullShortableProvider.INSTANCE

    # --- orders ------------------------------------------------------------------------------------------------
    def can_submit_order(self, security: Security, order: Any, message: Any = None) -> Any:  # noqa: ARG002
        """Whether an order is taken, and why not."""
        kind = security.type
        if self.security_types and kind not in self.security_types:
            return self.refused_type(kind)
        if self.order_types and order.type not in self.order_types:
            return self.refused_order(order.type)
        if order.type == OrderType.MARKET_ON_OPEN and kind in (SecurityType.FUTURE, SecurityType.FUTURE_OPTION):
            return refused("MarketOnOpen orders are not supported for futures and future options.")
        return TAKEN

    def can_update_order(self, security: Security, order: Any, request: Any, message: Any = None) -> Any:  # noqa: ARG002
        """Whether an order may be changed, and why not."""
        return TAKEN

    def can_execute_order(self, security: Security, order: Any) -> bool:  # noqa: ARG002
        """Whether an order may be filled now."""
        return True

    def refused_type(self, kind: SecurityType) -> Answer:
        """A security type this broker does not trade."""
        return refused(f"The {type(self).__name__} does not support {kind.csharp_name} security type.")

    def refused_order(self, kind: OrderType, known: tuple[OrderType, ...] | None = None) -> Answer:
        """An order type this broker does not know."""
        names = ",".join(t.csharp_name for t in known or self.order_types)
        return refused(
            f"The {type(self).__name__} does not support {OrderType(kind).csharp_name} order type. "
            f"Only supports [{names}]"
        )


def models_of(brokerage: Any, security: Security) -> Models:
    """All models of a new security."""

    def ask(name: str) -> Any:
        return method(brokerage, name)(security)

    margin = adapt_buying_power_model(ask("get_buying_power_model"))
    return Models(
        fee=adapt_fee_model(ask("get_fee_model")),
        fill=adapt_fill_model(ask("get_fill_model")),
        slippage=ask("get_slippage_model") or NullSlippageModel.INSTANCE,
        settlement=adapt_settlement_model(ask("get_settlement_model")),
        margin=margin,
        interest=ask("get_margin_interest_rate_model"),
        shortable=ask("get_shortable_provider"),
    )


def _message(answer: Any, text: str) -> BrokerageMessageEvent | None:
    """The refusal in an answer of `can_…_order`: a pair, or a plain bool of an algorithm's model."""
    taken, message = answer if isinstance(answer, tuple) else (answer, None)
    if taken:
        return None
    return message or BrokerageMessageEvent(BrokerageMessageType.WARNING, "NotSupported", text)


def refusal(brokerage: Any, security: Security, record: "OrderRecord") -> BrokerageMessageEvent | None:
    """Why an order is refused, or None."""
    from lean_local.orders.views import Order  # noqa: PLC0415  breaks an import cycle

    return _message(method(brokerage, "can_submit_order")(security, Order(record), None), "The order was refused.")


def update_refusal(
    brokerage: Any, security: Security, record: "OrderRecord", request: Any
) -> BrokerageMessageEvent | None:
    """Why a change of an order is refused, or None."""
    from lean_local.orders.views import Order  # noqa: PLC0415  breaks an import cycle

    answer = method(brokerage, "can_update_order")(security, Order(record), request, None)
    return _message(answer, "The change was refused.")


def minimum_size_problem(security: Security, quantity: Decimal) -> Answer | None:
    """Refusal of an order below the minimum size of the symbol-properties database."""
    least = security.symbol_properties.minimum_order_exact
    if least is None or abs(quantity) >= least:
        return None
    return refused(
        f"The minimum order size (in quote currency) for {security.symbol.value} is {least:f}. "
        f"Order quantity was {quantity:f}."
    )
