"""Brokers of shares, options and futures. LEAN `Common/Brokerages/*BrokerageModel.cs` (semantics §6.1)."""

from typing import Any, ClassVar

from lean_local.enums import AccountType, BrokerageName, Market, OrderType, SecurityType
from lean_local.securities.benchmarks import FuncBenchmark
from lean_local.securities.brokerage import DEFAULT_MARKETS, TAKEN, Answer, DefaultBrokerageModel, refused
from lean_local.securities.fees import (
    CharlesSchwabFeeModel,
    ConstantFeeModel,
    FeeModel,
    InteractiveBrokersFeeModel,
    TastytradeFeeModel,
)
from lean_local.securities.security import Security

_FOREX_LIMITS = {
    "USD": (25_000, 7_000_000), "AUD": (25_000, 6_000_000), "CAD": (25_000, 6_000_000), "CHF": (25_000, 6_000_000),
    "CNH": (150_000, 40_000_000), "DKK": (150_000, 35_000_000), "EUR": (20_000, 6_000_000), "GBP": (20_000, 5_000_000),
    "HKD": (200_000, 50_000_000), "KRW": (0, 200_000_000), "JPY": (2_500_000, 550_000_000),
    "MXN": (300_000, 70_000_000), "NOK": (150_000, 35_000_000), "NZD": (35_000, 8_000_000),
    "RUB": (750_000, 30_000_000), "SEK": (175_000, 40_000_000), "SGD": (35_000, 8_000_000),
    "ZAR": (350_000, 100_000_000),
}  # fmt: skip


def _crosses_zero(security: Security, order: Any) -> bool:
    held, after = security.holdings.quantity, security.holdings.quantity + order.quantity
    return bool(held * order.quantity < 0 and held * after < 0)


class InteractiveBrokersBrokerageModel(DefaultBrokerageModel):
    """Interactive Brokers: its fees for all types, no index option exercise, market-on-close for few types."""

    name = BrokerageName.INTERACTIVE_BROKERS_BROKERAGE
    default_markets = {k: v for k, v in DEFAULT_MARKETS.items() if "CRYPTO" not in k.name} | {
        SecurityType.CFD: Market.INTERACTIVE_BROKERS
    }
    order_types: ClassVar[tuple[OrderType, ...]] = (
        OrderType.MARKET,
        OrderType.MARKET_ON_OPEN,
        OrderType.MARKET_ON_CLOSE,
        OrderType.LIMIT,
        OrderType.STOP_MARKET,
        OrderType.STOP_LIMIT,
        OrderType.TRAILING_STOP,
        OrderType.LIMIT_IF_TOUCHED,
        OrderType.COMBO_MARKET,
        OrderType.COMBO_LIMIT,
        OrderType.COMBO_LEG_LIMIT,
        OrderType.OPTION_EXERCISE,
    )
    _no_open: ClassVar = (SecurityType.FUTURE, SecurityType.FOREX, SecurityType.INDEX)
    _no_trade: ClassVar = (SecurityType.BASE, SecurityType.CRYPTO, SecurityType.CRYPTO_FUTURE, SecurityType.COMMODITY)

    def get_benchmark(self, securities: Any) -> Any:  # noqa: ARG002
        """None: a constant 0."""
        return FuncBenchmark(lambda _time: 0)

    def get_fee_model(self, security: Security) -> FeeModel:  # noqa: ARG002
        """The broker's own fees."""
        return InteractiveBrokersFeeModel()

    def get_leverage(self, security: Security) -> float:
        """As LEAN's default, CFDs 10."""
        margin = self.account_type == AccountType.MARGIN
        return 10 if margin and security.type == SecurityType.CFD else super().get_leverage(security)

    def can_submit_order(self, security: Security, order: Any, message: Any = None) -> Any:  # noqa: ARG002
        """See DefaultBrokerageModel."""
        kind, name = security.type, type(self).__name__
        if order.type not in self.order_types:
            return self.refused_order(order.type)
        if order.type == OrderType.MARKET_ON_CLOSE and kind not in (
            SecurityType.EQUITY,
            SecurityType.FUTURE,
            SecurityType.CFD,
        ):
            return refused(
                "InteractiveBrokers does not support Market-on-Close orders for other security types different than "
                "Future and Equity.",
                f"Unsupported order type for {kind.csharp_name} security type",
            )
        if order.type == OrderType.MARKET_ON_OPEN and kind in self._no_open:
            return refused(
                f"The broker does not support Market-on-Open orders for security type {kind.csharp_name}",
                "UnsupportedSecurityType",
            )
        group = order.group_order_manager
        if order.type == OrderType.COMBO_LEG_LIMIT and group is not None and group.count >= 4:
            return refused(
                f"The {name} does not support four-leg ComboLegLimit orders. "
                "Use ComboLimit orders for four-leg combinations or more."
            )
        if kind in self._no_trade:
            return self.refused_type(kind)
        if kind == SecurityType.FOREX:
            return _forex_size(order.symbol.value, abs(order.quantity))
        if order.type == OrderType.OPTION_EXERCISE and kind == SecurityType.INDEX_OPTION:
            return refused(f"The {name} does not support OptionExercise exercises for index and cash-settled options.")
        return TAKEN

    def can_update_order(self, security: Security, order: Any, request: Any, message: Any = None) -> Any:  # noqa: ARG002
        """Sizes of currency orders are limited."""
        if security.type == SecurityType.FOREX and request.quantity is not None:
            return _forex_size(order.symbol.value, abs(request.quantity))
        return TAKEN

    def can_execute_order(self, security: Security, order: Any) -> bool:  # noqa: ARG002
        """Custom data is not traded."""
        return security.type != SecurityType.BASE


def _forex_size(pair: str, quantity: float) -> Answer:
    least, most = _FOREX_LIMITS.get(pair[:3], (0, 0))
    fits = quantity <= most and (quantity >= least if least else quantity > 0)
    text = f"The minimum and maximum limits for the allowable order size are ({least}, {most}){pair[:3]}."
    return TAKEN if fits else refused(text, "OrderSizeLimit")


class InteractiveBrokersFixModel(InteractiveBrokersBrokerageModel):
    """Interactive Brokers over FIX: fewer types of orders, good til canceled or for the day."""

    name = BrokerageName.INTERACTIVE_BROKERS_FIX
    order_types = (
        OrderType.MARKET,
        OrderType.MARKET_ON_OPEN,
        OrderType.MARKET_ON_CLOSE,
        OrderType.LIMIT,
        OrderType.STOP_MARKET,
        OrderType.STOP_LIMIT,
        OrderType.TRAILING_STOP,
        OrderType.COMBO_MARKET,
        OrderType.COMBO_LIMIT,
    )

    def can_submit_order(self, security: Security, order: Any, message: Any = None) -> Any:
        """See InteractiveBrokersBrokerageModel."""
        life = order.record.properties.time_in_force
        if order.type in self.order_types and life.kind not in ("GTC", "DAY"):
            return refused(f"The {type(self).__name__} does not support {type(life).__name__} time in force.")
        return super().can_submit_order(security, order, message)


class TastytradeBrokerageModel(DefaultBrokerageModel):
    """Tastytrade: its fees, and only market, limit, stop and combo limit orders."""

    name = BrokerageName.TASTYTRADE
    order_types = (
        OrderType.MARKET,
        OrderType.LIMIT,
        OrderType.STOP_MARKET,
        OrderType.STOP_LIMIT,
        OrderType.COMBO_LIMIT,
    )
    security_types = (
        SecurityType.EQUITY,
        SecurityType.OPTION,
        SecurityType.INDEX_OPTION,
        SecurityType.FUTURE,
        SecurityType.FUTURE_OPTION,
    )

    def get_fee_model(self, security: Security) -> FeeModel:  # noqa: ARG002
        """The broker's own fees."""
        return TastytradeFeeModel()

    def can_submit_order(self, security: Security, order: Any, message: Any = None) -> Any:
        """See DefaultBrokerageModel; combo limit orders must not turn a position round."""
        answer = super().can_submit_order(security, order, message)
        if answer[0] and order.type == OrderType.COMBO_LIMIT and _crosses_zero(security, order):
            return _refused_crossing(self, order.type)
        return answer


def _refused_crossing(model: DefaultBrokerageModel, kind: OrderType) -> Answer:
    return refused(
        f"Order type '{kind.csharp_name}' is not supported for orders that cross the zero holdings threshold in the "
        f"{type(model).__name__}. This means you cannot change a position from positive to negative or vice versa "
        "using this order type. Please close the existing position first."
    )


class CharlesSchwabBrokerageModel(DefaultBrokerageModel):
    """Charles Schwab: free shares, options by contract."""

    name = BrokerageName.CHARLES_SCHWAB
    order_types = (
        OrderType.MARKET,
        OrderType.LIMIT,
        OrderType.STOP_MARKET,
        OrderType.COMBO_MARKET,
        OrderType.COMBO_LIMIT,
        OrderType.MARKET_ON_CLOSE,
        OrderType.MARKET_ON_OPEN,
        OrderType.STOP_LIMIT,
    )
    security_types = (SecurityType.EQUITY, SecurityType.OPTION, SecurityType.INDEX_OPTION)

    def get_fee_model(self, security: Security) -> FeeModel:  # noqa: ARG002
        """The broker's own fees."""
        return CharlesSchwabFeeModel()


class TradierBrokerageModel(DefaultBrokerageModel):
    """Tradier: no fees, shorts only as day orders, quantities are not updated."""

    name = BrokerageName.TRADIER_BROKERAGE
    order_types = (OrderType.LIMIT, OrderType.MARKET, OrderType.STOP_MARKET, OrderType.STOP_LIMIT)
    _types: ClassVar = (SecurityType.EQUITY, SecurityType.OPTION, SecurityType.INDEX_OPTION)

    def get_fee_model(self, security: Security) -> FeeModel:  # noqa: ARG002
        """Free."""
        return ConstantFeeModel(0)

    def can_submit_order(self, security: Security, order: Any, message: Any = None) -> Any:  # noqa: ARG002
        """See DefaultBrokerageModel."""
        if order.type not in self.order_types:
            return self.refused_order(order.type)
        if security.type not in self._types:
            return refused("This model only supports equities and options.")
        life = order.record.properties.time_in_force.kind
        if life not in ("GTC", "DAY"):
            return refused(
                "This model only supports orders with the following time in force types: QuantConnect.Orders."
                "TimeInForces.DayTimeInForce and QuantConnect.Orders.TimeInForces.GoodTilCanceledTimeInForce"
            )
        if security.holdings.quantity + order.quantity < 0:
            if life == "GTC":
                return refused(
                    "You cannot place short stock orders with GTC, only day orders are allowed", "ShortOrderIsGtc"
                )
            if security.price < 5:
                return refused(
                    "Sell Short order cannot be placed for stock priced below $5", "SellShortOrderLastPriceBelow5"
                )
        if not 1 <= order.absolute_quantity <= 10_000_000:
            return refused("Quantity should be between 1 and 10,000,000", "IncorrectOrderQuantity")
        return TAKEN

    def can_update_order(self, security: Security, order: Any, request: Any, message: Any = None) -> Any:  # noqa: ARG002
        """Quantities stay."""
        if request.quantity is not None and request.quantity != order.quantity:
            return refused("Tradier does not support updating order quantities.", "UpdateRejected")
        return TAKEN

    def can_execute_order(self, security: Security, order: Any) -> bool:  # noqa: ARG002
        """Only while the exchange is open."""
        return security.exchange.exchange_open
