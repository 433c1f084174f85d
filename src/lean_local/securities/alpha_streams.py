"""The broker of LEAN's Alpha Streams. LEAN `AlphaStreamsBrokerageModel.cs`, `…FeeModel.cs`, `…SlippageModel.cs`."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.enums import AccountType, BrokerageName, Market, OrderType, SecurityType
from lean_local.securities.brokerages_table import TableBrokerageModel
from lean_local.securities.cash import CashAmount
from lean_local.securities.fees import FeeModel, InteractiveBrokersFeeModel, order_value
from lean_local.securities.fees_crypto import BitfinexFeeModel
from lean_local.securities.settlement import ImmediateSettlementModel
from lean_local.securities.slippage import SlippageModel

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord
    from lean_local.securities.security import Security

_PER_CONTRACT = {
    SecurityType.OPTION: Decimal("0.5"),
    SecurityType.FUTURE: Decimal("0.5"),
    SecurityType.FUTURE_OPTION: Decimal("0.5"),
    SecurityType.CFD: Decimal(0),
}
_OF_FOREX = Decimal("0.000002")
_LEVERAGE = {SecurityType.FOREX: 10, SecurityType.CFD: 10}


class AlphaStreamsFeeModel(FeeModel):
    """Shares as at Interactive Brokers, 0.50 a contract, pairs by value. Raises ValueError for other types."""

    def money(self, security: "Security", order: "OrderRecord") -> CashAmount:
        """See FeeModel; crypto is charged in its quote currency."""
        kind = security.type
        if order.type == OrderType.OPTION_EXERCISE:
            return CashAmount(Decimal(0))
        if kind in _PER_CONTRACT:
            return CashAmount(abs(order.quantity) * _PER_CONTRACT[kind])
        if kind == SecurityType.FOREX:
            return CashAmount(abs(order_value(security, order)) * _OF_FOREX)
        if kind == SecurityType.CRYPTO:
            return BitfinexFeeModel().money(security, order)
        if kind != SecurityType.EQUITY:
            raise ValueError(f"Unsupported security type: {SecurityType(kind).csharp_name}")
        market = security.symbol.id.market
        if market != Market.USA:
            raise KeyError(f"AlphaStreamsFeeModel(): unexpected equity Market {market}")
        return InteractiveBrokersFeeModel().money(security, order)


class AlphaStreamsSlippageModel(SlippageModel):
    """A ten-thousandth of the price of shares."""

    def exact(self, asset: "Security", order: Any) -> Decimal:  # noqa: ARG002
        """See SlippageModel."""
        return asset.price_exact * Decimal("0.0001") if asset.type == SecurityType.EQUITY else Decimal(0)


class AlphaStreamsBrokerageModel(TableBrokerageModel):
    """Alpha Streams: margin accounts without leverage."""

    name, fee = BrokerageName.ALPHA_STREAMS, AlphaStreamsFeeModel

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:
        if AccountType(account_type) == AccountType.CASH:
            raise ValueError("The Alpha Streams brokerage does not currently support Cash trading.")
        super().__init__(account_type)

    def get_leverage(self, security: "Security") -> float:
        """Leverage of a security."""
        return _LEVERAGE.get(security.type, 1)

    def get_slippage_model(self, security: "Security") -> AlphaStreamsSlippageModel:  # noqa: ARG002
        """Slippage of a security."""
        return AlphaStreamsSlippageModel()

    def get_settlement_model(self, security: "Security") -> ImmediateSettlementModel:  # noqa: ARG002
        """Cash moves with the fill."""
        return ImmediateSettlementModel()


__all__ = ["AlphaStreamsBrokerageModel", "AlphaStreamsFeeModel", "AlphaStreamsSlippageModel"]
