"""Brokers of shares, options and futures beside the large ones. LEAN `Common/Brokerages/*BrokerageModel.cs`."""

from collections.abc import Callable
from typing import Any, ClassVar

from lean_local.enums import AccountType, BrokerageName, Market, OrderType, SecurityType
from lean_local.securities.brokerage import (
    TAKEN,
    Answer,
    refused,
)
from lean_local.securities.brokerages_table import TableBrokerageModel, crossing_problem, outside_hours
from lean_local.securities.fees import ConstantFeeModel, FeeModel
from lean_local.securities.fees_others import (
    AlpacaFeeModel,
    AxosFeeModel,
    ExanteFeeModel,
    EzeFeeModel,
    PublicFeeModel,
    RBIFeeModel,
    TDAmeritradeFeeModel,
    TradeStationFeeModel,
    WebullFeeModel,
    WolverineFeeModel,
)
from lean_local.securities.security import Security
from lean_local.securities.shortable import LocalDiskShortableProvider

T, S = OrderType, SecurityType
_FOUR = (T.MARKET, T.LIMIT, T.STOP_MARKET, T.STOP_LIMIT)
_NO_UPDATE = "Brokerage does not support update. You must cancel and re-create instead."
_MARGIN_ONLY = "{0} brokerage can only be used with a Margin account type"


class AlpacaBrokerageModel(TableBrokerageModel):
    """Alpaca."""

    name, fee = BrokerageName.ALPACA, AlpacaFeeModel
    by_type: ClassVar = {
        S.EQUITY: (*_FOUR, T.TRAILING_STOP, T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE),
        S.OPTION: (T.MARKET, T.LIMIT),
        S.CRYPTO: (T.MARKET, T.LIMIT, T.STOP_LIMIT),
    }

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:  # noqa: ARG002  LEAN's takes none
        super().__init__(AccountType.MARGIN)

    def special(self, security: Security, order: Any) -> Answer | None:
        """See TableBrokerageModel."""
        life = order.record.properties.time_in_force
        if outside_hours(order) and (order.type != T.LIMIT or life.kind != "DAY"):
            return refused(
                f"The AlpacaBrokerageModel does not support {order.type.csharp_name} orders with {life} TIF outside "
                "regular hours. Only Limit orders with QuantConnect.Orders.TimeInForces.DayTimeInForce TIF are "
                "supported outside regular trading hours."
            )
        return crossing_problem(self, security, order, (T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE))


class AxosClearingBrokerageModel(TableBrokerageModel):
    """Axos: US shares."""

    name, fee, whole, benchmark = BrokerageName.AXOS, AxosFeeModel, True, None
    markets: ClassVar = {S.EQUITY: Market.USA}
    only_markets = True
    security_types = (S.EQUITY,)
    order_types = (T.LIMIT, T.MARKET, T.MARKET_ON_CLOSE)

    def get_shortable_provider(self, security: Security) -> Any:
        """Axos's own lists."""
        shares = security.type == S.EQUITY
        return LocalDiskShortableProvider("axos") if shares else super().get_shortable_provider(security)


class ExanteBrokerageModel(TableBrokerageModel):
    """Exante."""

    name, fee = BrokerageName.EXANTE, ExanteFeeModel
    security_types = (S.FOREX, S.EQUITY, S.INDEX, S.OPTION, S.FUTURE, S.CFD, S.CRYPTO)
    _LEVERAGE: ClassVar = {S.FOREX: 1.05, S.EQUITY: 1.2}

    def __init__(self, account_type: AccountType = AccountType.CASH) -> None:
        super().__init__(account_type)

    def get_leverage(self, security: Security) -> float:
        """Leverage of a security."""
        alone = self.account_type == AccountType.CASH or security.is_internal
        return 1 if alone else self._LEVERAGE.get(security.type, 1)

    def can_submit_order(self, security: Security, order: Any, message: Any = None) -> Any:
        """See TableBrokerageModel; LEAN refuses orders that have no price yet."""
        if not order.record.price:
            return refused("Price is not set.")
        return super().can_submit_order(security, order, message)


class EzeBrokerageModel(TableBrokerageModel):
    """Eze."""

    name, fee, whole, margin_only = BrokerageName.EZE, EzeFeeModel, True, "Eze"
    security_types = (S.EQUITY, S.OPTION, S.FUTURE, S.FUTURE_OPTION, S.INDEX, S.INDEX_OPTION)
    order_types = (*_FOUR, T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE)


class RBIBrokerageModel(TableBrokerageModel):
    """RBI: US shares."""

    name, sized = BrokerageName.RBI, True
    fee: Callable[[], FeeModel] | None = RBIFeeModel
    security_types, order_types = (S.EQUITY,), _FOUR


class TDAmeritradeBrokerageModel(RBIBrokerageModel):
    """TD Ameritrade: US shares."""

    name, fee = BrokerageName.TD_AMERITRADE, TDAmeritradeFeeModel


class WolverineBrokerageModel(TableBrokerageModel):
    """Wolverine: shares and options."""

    name, fee, sized, changes = BrokerageName.WOLVERINE, WolverineFeeModel, True, False
    security_types = (S.EQUITY, S.OPTION)
    order_types = (T.MARKET, T.MARKET_ON_CLOSE, T.LIMIT, T.STOP_MARKET, T.STOP_LIMIT)


class TradingTechnologiesBrokerageModel(TableBrokerageModel):
    """Trading Technologies: futures; stops lie beyond the market."""

    name, benchmark, lives = BrokerageName.TRADING_TECHNOLOGIES, None, ("GTC", "DAY")
    markets: ClassVar = {S.FUTURE: Market.CME}
    only_markets = True
    security_types, order_types = (S.FUTURE,), (T.LIMIT, T.MARKET, T.STOP_MARKET, T.STOP_LIMIT)

    def get_fee_model(self, security: Security) -> FeeModel:  # noqa: ARG002
        """Free."""
        return ConstantFeeModel(0)

    def special(self, security: Security, order: Any) -> Answer | None:
        """See TableBrokerageModel."""
        stop, limit, buy = order.record.stop_price, order.record.limit_price, order.record.quantity > 0
        if stop is None:
            return None
        price, kind = security.price_exact, order.type.csharp_name
        if stop <= price if buy else stop >= price:
            return refused(
                f"{kind} Sell orders must be below market, {kind} Buy orders must be above market."
                if order.type == T.STOP_MARKET
                else "StopLimit Sell orders must be below market, StopLimit Buy orders must be above market."
            )
        if order.type == T.STOP_LIMIT and limit is not None and (limit < stop if buy else limit > stop):
            return refused(
                "StopLimit Buy limit price must be greater than or equal to stop price, "
                "StopLimit Sell limit price must be smaller than or equal to stop price."
            )
        return None

    def can_execute_order(self, security: Security, order: Any) -> bool:  # noqa: ARG002
        """Futures only."""
        return security.type == S.FUTURE


class TradeStationBrokerageModel(TableBrokerageModel):
    """TradeStation."""

    name, fee = BrokerageName.TRADE_STATION, TradeStationFeeModel
    security_types = (S.EQUITY, S.OPTION, S.FUTURE, S.INDEX_OPTION)
    order_types = (*_FOUR, T.COMBO_MARKET, T.COMBO_LIMIT, T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE, T.TRAILING_STOP)
    _NOT_ACROSS: ClassVar = (T.COMBO_MARKET, T.COMBO_LIMIT, T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE)

    def special(self, security: Security, order: Any) -> Answer | None:
        """See TableBrokerageModel."""
        if outside_hours(order) and (order.type != T.LIMIT or security.type != S.EQUITY):
            return refused(
                "To place an order outside regular trading hours, please use a limit order and ensure the security is "
                "an equity.",
                "NotSupportedOutsideRegularMarketHours",
            )
        return crossing_problem(self, security, order, self._NOT_ACROSS)


class TerminalLinkBrokerageModel(TableBrokerageModel):
    """Bloomberg Terminal Link."""

    name, changes = BrokerageName.TERMINAL_LINK, False
    security_types = (S.EQUITY, S.OPTION, S.INDEX_OPTION, S.FUTURE)
    order_types = (T.MARKET, T.MARKET_ON_OPEN, T.LIMIT, T.STOP_MARKET, T.STOP_LIMIT)


class BloombergFixBrokerageModel(TableBrokerageModel):
    """Bloomberg FIX."""

    name, margin_only = BrokerageName.BLOOMBERG_FIX, "Bloomberg FIX"
    security_types = (S.EQUITY, S.OPTION, S.INDEX_OPTION, S.FUTURE)
    order_types = (T.MARKET, T.MARKET_ON_OPEN, T.MARKET_ON_CLOSE, T.LIMIT, T.STOP_MARKET, T.STOP_LIMIT)


class WebullBrokerageModel(TableBrokerageModel):
    """Webull."""

    name, fee = BrokerageName.WEBULL, WebullFeeModel
    by_type: ClassVar = {S.EQUITY: (*_FOUR, T.TRAILING_STOP), S.OPTION: _FOUR, S.INDEX_OPTION: _FOUR}

    def special(self, security: Security, order: Any) -> Answer | None:
        """See TableBrokerageModel."""
        life, kind = order.record.properties.time_in_force, security.type.csharp_name
        if security.type != S.EQUITY and order.record.quantity < 0 and life.kind != "DAY":
            return refused(
                f"{kind} sell orders only support DayTimeInForce time in force, but "
                f"{type(life).__name__} was specified."
            )
        if not outside_hours(order):
            return None
        if security.type != S.EQUITY:
            return refused(f"OutsideRegularTradingHours is only supported for Equity orders, but {kind} was specified.")
        if order.type == T.MARKET:
            return refused("Market orders are not supported outside regular trading hours.")
        return None


class PublicBrokerageModel(TableBrokerageModel):
    """Public.com."""

    name, fee = BrokerageName.PUBLIC, PublicFeeModel
    security_types = (S.EQUITY, S.OPTION, S.INDEX_OPTION, S.CRYPTO)
    order_types = (*_FOUR, T.COMBO_LIMIT)

    def special(self, security: Security, order: Any) -> Answer | None:  # noqa: ARG002
        """See TableBrokerageModel."""
        if outside_hours(order) and order.type != T.LIMIT:
            return refused(
                "Orders for extended market must be of type 'Limit' and with 'DAY' time-in-force, but "
                f"{order.type.csharp_name} was specified."
            )
        return None

    def can_update_order(self, security: Security, order: Any, request: Any, message: Any = None) -> Any:  # noqa: ARG002
        """Combos stay as they are."""
        if order.record.group is None:
            return TAKEN
        return refused("Public.com does not support updating combo (multi-leg) orders.")


OTHERS: tuple[type[TableBrokerageModel], ...] = (
    AlpacaBrokerageModel,
    AxosClearingBrokerageModel,
    ExanteBrokerageModel,
    EzeBrokerageModel,
    RBIBrokerageModel,
    TDAmeritradeBrokerageModel,
    WolverineBrokerageModel,
    TradingTechnologiesBrokerageModel,
    TradeStationBrokerageModel,
    TerminalLinkBrokerageModel,
    BloombergFixBrokerageModel,
    WebullBrokerageModel,
    PublicBrokerageModel,
)
