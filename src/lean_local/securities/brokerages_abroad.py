"""Brokers of currencies and coins, and those of India. LEAN `Common/Brokerages/*BrokerageModel.cs`."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

from lean_local.enums import AccountType, BrokerageName, Market, OrderDirection, OrderType, SecurityType
from lean_local.securities.brokerage import (
    TAKEN,
    Answer,
    refused,
)
from lean_local.securities.brokerages_table import TableBrokerageModel
from lean_local.securities.buying_power import BuyingPowerModel, SecurityMarginModel
from lean_local.securities.cache import decimal_of
from lean_local.securities.fees import ConstantFeeModel, FeeModel
from lean_local.securities.fees_others import (
    DYDXFeeModel,
    FTXFeeModel,
    FTXUSFeeModel,
    FxcmFeeModel,
    SamcoFeeModel,
    ZerodhaFeeModel,
)
from lean_local.securities.security import Security
from lean_local.securities.settlement import AccountCurrencyImmediateSettlementModel, ImmediateSettlementModel

T, S = OrderType, SecurityType
_FOUR = (T.MARKET, T.LIMIT, T.STOP_MARKET, T.STOP_LIMIT)
_NO_UPDATE = "Brokerage does not support update. You must cancel and re-create instead."
_MARGIN_ONLY = "{0} brokerage can only be used with a Margin account type"


class FTXBrokerageModel(TableBrokerageModel):
    """FTX."""

    name, fee, sized, changes = BrokerageName.FTX, FTXFeeModel, True, False
    markets: ClassVar = {S.CRYPTO: Market.FTX}
    benchmark = ("BTCUSD", S.CRYPTO, Market.FTX)
    order_types, security_types = _FOUR, (S.CRYPTO,)
    trading_days_per_year = 365

    def get_leverage(self, security: Security) -> float:  # noqa: ARG002
        """3 on margin."""
        return 1 if self.account_type == AccountType.CASH else 3

    def special(self, security: Security, order: Any) -> Answer | None:
        """See TableBrokerageModel: stops lie beyond the market."""
        stop = order.record.stop_price
        if order.type not in (T.STOP_MARKET, T.STOP_LIMIT) or stop is None:
            return None
        if not security.has_data:
            return refused(
                "There is no data for this symbol yet, please check the security.HasData flag to ensure there is at "
                "least one data point."
            )
        if order.direction == OrderDirection.SELL and stop > security.bid_exact:
            return refused("Trigger price too high: must be below current market price.")
        if order.direction == OrderDirection.BUY and stop < security.ask_exact:
            return refused("Trigger price too low: must be above current market price.")
        return None


class FTXUSBrokerageModel(FTXBrokerageModel):
    """FTX.US."""

    name, fee = BrokerageName.FTXUS, FTXUSFeeModel
    markets: ClassVar = {S.CRYPTO: Market.FTXUS}
    benchmark = ("BTCUSD", S.CRYPTO, Market.FTXUS)


class OandaBrokerageModel(TableBrokerageModel):
    """Oanda: currencies and CFDs on margin, free of fees; gains of CFDs are paid in account currency."""

    name, margin_only, lives = BrokerageName.OANDA_BROKERAGE, "Oanda", ("GTC",)
    markets: ClassVar = {
        S.BASE: Market.USA,
        S.EQUITY: Market.USA,
        S.OPTION: Market.USA,
        S.FOREX: Market.OANDA,
        S.CFD: Market.OANDA,
    }
    only_markets = True
    benchmark = ("EURUSD", S.FOREX, Market.OANDA)
    security_types: ClassVar[tuple[SecurityType, ...]] = (S.FOREX, S.CFD)
    order_types: ClassVar[tuple[OrderType, ...]] = (T.LIMIT, T.MARKET, T.STOP_MARKET, T.STOP_LIMIT)

    def get_fee_model(self, security: Security) -> FeeModel:  # noqa: ARG002
        """Free."""
        return ConstantFeeModel(0)

    def get_settlement_model(self, security: Security) -> ImmediateSettlementModel:
        """CFDs settle in account currency."""
        return AccountCurrencyImmediateSettlementModel() if security.type == S.CFD else ImmediateSettlementModel()


class FxcmBrokerageModel(OandaBrokerageModel):
    """FXCM: lots, and prices on the right side of the market and not too far from it."""

    name, margin_only = BrokerageName.FXCM_BROKERAGE, ""
    markets: ClassVar = {**OandaBrokerageModel.markets, S.FOREX: Market.FXCM, S.CFD: Market.FXCM}
    benchmark = ("EURUSD", S.FOREX, Market.FXCM)
    order_types = (T.LIMIT, T.MARKET, T.STOP_MARKET)

    def get_fee_model(self, security: Security) -> FeeModel:  # noqa: ARG002
        """FXCM's commissions."""
        return FxcmFeeModel()

    def special(self, security: Security, order: Any) -> Answer | None:
        """See TableBrokerageModel."""
        record = order.record
        return self._lot_problem(security, record.quantity) or self._price_problem(
            security, order.type, record.quantity, record.stop_price, record.limit_price
        )

    def can_update_order(self, security: Security, order: Any, request: Any, message: Any = None) -> Any:  # noqa: ARG002
        """Changed orders keep the same rules."""
        record = order.record
        quantity, stop, limit = (
            old if new is None else decimal_of(new)
            for new, old in (
                (request.quantity, record.quantity),
                (request.stop_price, security.price_exact),
                (request.limit_price, security.price_exact),
            )
        )
        lot = None if request.quantity is None else self._lot_problem(security, quantity)
        return lot or self._price_problem(security, order.type, quantity, stop, limit) or TAKEN

    def _lot_problem(self, security: Security, quantity: Decimal) -> Answer | None:
        if not quantity % security.lot_exact:
            return None
        return refused(f"The order quantity must be a multiple of LotSize: [{security.lot_exact:f}].")

    def _price_problem(
        self, security: Security, kind: OrderType, quantity: Decimal, stop: Decimal | None, limit: Decimal | None
    ) -> Answer | None:
        price, buy = security.price_exact, quantity > 0
        own = limit if kind == T.LIMIT else stop if kind == T.STOP_MARKET else None
        if own is None:
            return None
        below = buy == (kind == T.LIMIT)  # bought limits and sold stops lie below the market
        if (own > price) if below else (own < price):
            return refused(
                "Limit Buy orders and Stop Sell orders must be below market, "
                "Limit Sell orders and Stop Buy orders must be above market."
            )
        most = min(security.symbol_properties.tick_exact * 150_000, price / 2)
        if abs(own - price) <= most:
            return None
        side = "Buy" if buy else "Sell"
        return refused(
            f"The {kind.csharp_name} {side} order price ({own:f}) is too far from the current market price ({price:f})."
        )


class SamcoBrokerageModel(TableBrokerageModel):
    """Samco: Indian shares, options and futures."""

    name = BrokerageName.SAMCO
    fee: Callable[[], FeeModel] | None = SamcoFeeModel
    markets: ClassVar = dict.fromkeys((S.EQUITY, S.FUTURE, S.OPTION), Market.INDIA)
    benchmark = ("NIFTYBEES", S.EQUITY, Market.INDIA)
    security_types: ClassVar[tuple[SecurityType, ...]] = (S.EQUITY, S.OPTION, S.FUTURE)
    order_types: ClassVar[tuple[OrderType, ...]] = (T.MARKET, T.LIMIT, T.STOP_MARKET)

    def get_leverage(self, security: Security) -> float:
        """5 on margin."""
        alone = self.account_type == AccountType.CASH or security.is_internal or security.type == S.BASE
        return 1 if alone else 5

    def can_execute_order(self, security: Security, order: Any) -> bool:  # noqa: ARG002
        """Only what the broker trades."""
        return security.type in self.security_types


class ZerodhaBrokerageModel(SamcoBrokerageModel):
    """Zerodha: Indian shares."""

    name, fee = BrokerageName.ZERODHA, ZerodhaFeeModel
    markets: ClassVar = {S.EQUITY: Market.INDIA}
    benchmark = ("SPY", S.EQUITY, Market.USA)
    security_types = (S.EQUITY,)
    order_types = (T.LIMIT, T.MARKET, T.STOP_MARKET, T.STOP_LIMIT)


class DYDXBrokerageModel(TableBrokerageModel):
    """dYdX: perpetuals."""

    name, changes, margin_only, sized = BrokerageName.DYDX, False, "dYdX", True
    markets: ClassVar = {S.CRYPTO_FUTURE: Market.DYDX}
    benchmark = ("BTCUSD", S.CRYPTO_FUTURE, Market.DYDX)
    security_types, order_types = (S.CRYPTO_FUTURE,), (T.STOP_MARKET, T.STOP_LIMIT, T.MARKET, T.LIMIT)

    def get_fee_model(self, security: Security) -> FeeModel:
        """dYdX's own fees."""
        return DYDXFeeModel() if security.type == S.CRYPTO_FUTURE else super().get_fee_model(security)

    def get_buying_power_model(self, security: Security) -> BuyingPowerModel:
        """Margin in the quote currency."""
        if security.type == S.CRYPTO_FUTURE:
            return SecurityMarginModel(self.get_leverage(security))
        return super().get_buying_power_model(security)


ABROAD: tuple[type[TableBrokerageModel], ...] = (
    FTXBrokerageModel,
    FTXUSBrokerageModel,
    OandaBrokerageModel,
    FxcmBrokerageModel,
    SamcoBrokerageModel,
    ZerodhaBrokerageModel,
    DYDXBrokerageModel,
)
