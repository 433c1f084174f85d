"""Brokerage models: fees, leverage and settlement of a security, and which orders are refused (§6.1)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from lean_local.enums import AccountType, BrokerageName, OrderType, SecurityType
from lean_local.errors import NotInLeanLocalError
from lean_local.naming import LeanObject
from lean_local.securities.equity_fills import EquityFillModel
from lean_local.securities.fees import ConstantFeeModel, FeeModel, InteractiveBrokersFeeModel, TastytradeFeeModel
from lean_local.securities.fills import FillModel, ImmediateFillModel
from lean_local.securities.margin import OptionMarginModel, SecurityMarginModel
from lean_local.securities.security import Models, Security
from lean_local.securities.settlement import DelayedSettlementModel, ImmediateSettlementModel

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord

_OPTIONS = (SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a brokerage model does not take an order, as LEAN prints a BrokerageMessageEvent."""

    message: str
    code: str = "NotSupported"

    def __str__(self) -> str:
        return f"Warning - Code: {self.code} - {self.message}"


class DefaultBrokerageModel(LeanObject):
    """LEAN's default: everything allowed, Interactive Brokers fees for equities and equity options."""

    name = BrokerageName.DEFAULT
    benchmark_ticker: str | None = "SPY"

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:
        self.account_type = AccountType(account_type)

    def fee_model(self, kind: SecurityType) -> FeeModel:
        """Fee model of a security type."""
        if kind in (SecurityType.EQUITY, SecurityType.OPTION, SecurityType.FUTURE, SecurityType.FUTURE_OPTION):
            return InteractiveBrokersFeeModel()
        return ConstantFeeModel(0)

    def leverage(self, kind: SecurityType) -> Decimal:
        """Leverage of a security type."""
        if self.account_type == AccountType.CASH:
            return Decimal(1)
        return Decimal(2 if kind == SecurityType.EQUITY else 1)

    def models(self, security: Security) -> Models:
        """All models of a new security; also sets its leverage."""
        kind = security.symbol.security_type
        security.leverage_exact = self.leverage(kind)
        fill: FillModel = EquityFillModel() if kind == SecurityType.EQUITY else ImmediateFillModel()
        delayed = self.account_type == AccountType.CASH and kind in (SecurityType.EQUITY, SecurityType.OPTION)
        settlement = DelayedSettlementModel() if delayed else ImmediateSettlementModel()
        margin = OptionMarginModel() if kind in _OPTIONS else SecurityMarginModel()
        return Models(self.fee_model(kind), fill, None, settlement, margin)

    def refuse(self, security: Security, order: "OrderRecord") -> Refusal | None:
        """Why the order is refused, or None."""
        kind = security.symbol.security_type
        if order.type == OrderType.MARKET_ON_OPEN and kind in (SecurityType.FUTURE, SecurityType.FUTURE_OPTION):
            return Refusal(f"MarketOnOpen orders not supported for {kind.csharp_name}.")
        return None


class InteractiveBrokersBrokerageModel(DefaultBrokerageModel):
    """Interactive Brokers: its fees for all types, no index option exercise, market-on-close for equities only."""

    name = BrokerageName.INTERACTIVE_BROKERS_BROKERAGE
    benchmark_ticker = None
    class_name = "InteractiveBrokersBrokerageModel"

    def fee_model(self, kind: SecurityType) -> FeeModel:  # noqa: ARG002
        """Fee model of a security type."""
        return InteractiveBrokersFeeModel()

    def refuse(self, security: Security, order: "OrderRecord") -> Refusal | None:
        """Why the order is refused, or None."""
        kind = security.symbol.security_type
        if order.type == OrderType.OPTION_EXERCISE and kind == SecurityType.INDEX_OPTION:
            return Refusal(f"The {self.class_name} does not support exercising cash-settled options.")
        if order.type == OrderType.MARKET_ON_CLOSE and kind not in (
            SecurityType.EQUITY,
            SecurityType.FUTURE,
            SecurityType.CFD,
        ):
            return Refusal(f"Unsupported order type for {kind.csharp_name} security type: MarketOnClose")
        if order.type == OrderType.COMBO_LEG_LIMIT and order.group is not None and order.group.count >= 4:
            return Refusal(f"The {self.class_name} does not support ComboLegLimit orders with four or more legs.")
        return super().refuse(security, order)


class TastytradeBrokerageModel(DefaultBrokerageModel):
    """Tastytrade: its fees, and only market, limit, stop and combo limit orders."""

    name = BrokerageName.TASTYTRADE
    _ORDERS = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.COMBO_LIMIT)
    _TYPES = (
        SecurityType.EQUITY,
        SecurityType.OPTION,
        SecurityType.INDEX_OPTION,
        SecurityType.FUTURE,
        SecurityType.FUTURE_OPTION,
    )

    def fee_model(self, kind: SecurityType) -> FeeModel:  # noqa: ARG002
        """Fee model of a security type."""
        return TastytradeFeeModel()

    def refuse(self, security: Security, order: "OrderRecord") -> Refusal | None:
        """Why the order is refused, or None."""
        kind = security.symbol.security_type
        if kind not in self._TYPES:
            return Refusal(f"The TastytradeBrokerageModel does not support {kind.csharp_name} security type.")
        if order.type not in self._ORDERS:
            names = ",".join(t.csharp_name for t in self._ORDERS)
            return Refusal(
                f"The TastytradeBrokerageModel does not support {order.type.csharp_name} order type. "
                f"Only supports [{names}]"
            )
        return super().refuse(security, order)


_MODELS = {
    BrokerageName.DEFAULT: DefaultBrokerageModel,
    BrokerageName.INTERACTIVE_BROKERS_BROKERAGE: InteractiveBrokersBrokerageModel,
    BrokerageName.TASTYTRADE: TastytradeBrokerageModel,
}


def brokerage_model(name: BrokerageName, account_type: AccountType) -> DefaultBrokerageModel:
    """The model of that name; raises NotInLeanLocalError for a brokerage we have not."""
    found = _MODELS.get(BrokerageName(name))
    if found is None:
        raise NotInLeanLocalError(f"BrokerageName.{BrokerageName(name)}")
    return found(account_type)
