"""Crypto exchanges and the table of all brokerages. LEAN `Common/Brokerages/*BrokerageModel.cs` (semantics §6.1)."""

from decimal import Decimal
from typing import Any, ClassVar

from lean_local.enums import AccountType, BrokerageName, Market, OrderStatus, OrderType, SecurityType
from lean_local.errors import NotInLeanLocalError
from lean_local.identifiers import DEFAULT_DATE
from lean_local.securities.alpha_streams import AlphaStreamsBrokerageModel
from lean_local.securities.benchmarks import SecurityBenchmark
from lean_local.securities.brokerage import (
    DEFAULT_MARKETS,
    TAKEN,
    Answer,
    DefaultBrokerageModel,
    minimum_size_problem,
    refused,
)
from lean_local.securities.brokerages_abroad import ABROAD
from lean_local.securities.brokerages_others import OTHERS
from lean_local.securities.brokerages_us import (
    CharlesSchwabBrokerageModel,
    InteractiveBrokersBrokerageModel,
    InteractiveBrokersFixModel,
    TastytradeBrokerageModel,
    TradierBrokerageModel,
)
from lean_local.securities.buying_power import BuyingPowerModel
from lean_local.securities.cache import decimal_of
from lean_local.securities.crypto_margin import CashBuyingPowerModel
from lean_local.securities.fees import FeeModel
from lean_local.securities.fees_crypto import (
    BinanceCoinFuturesFeeModel,
    BinanceFeeModel,
    BinanceFuturesFeeModel,
    BitfinexFeeModel,
    BybitFeeModel,
    BybitFuturesFeeModel,
    CoinbaseFeeModel,
    KrakenFeeModel,
)
from lean_local.securities.interest import BinanceFutureMarginInterestRateModel, BybitFutureMarginInterestRateModel
from lean_local.securities.security import Security

_CRYPTO = (SecurityType.CRYPTO, SecurityType.CRYPTO_FUTURE)
_FOUR = (OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.MARKET, OrderType.LIMIT)
_KINDS = (*_FOUR, OrderType.TRAILING_STOP)  # LEAN asks for the class of the order, and a trailing stop is a stop
_CHANGEABLE = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.SUBMITTED, OrderStatus.UPDATE_SUBMITTED)
_NO_UPDATE = "Brokerage does not support update. You must cancel and re-create instead."


def _is_perpetual(security: Security) -> bool:
    return security.type == SecurityType.CRYPTO_FUTURE and security.symbol.id.date == DEFAULT_DATE


def _changeable(security: Security, order: Any, request: Any) -> Answer:
    """Whether an exchange that takes changes takes this one."""
    if order.status not in _CHANGEABLE:
        return refused(f"Order with status {order.status.csharp_name} can't be modified")
    if request.quantity is None:
        return TAKEN
    return minimum_size_problem(security, decimal_of(request.quantity)) or TAKEN


class ExchangeBrokerageModel(DefaultBrokerageModel):
    """What the crypto exchanges share: a market of their own, leverage for margin accounts, a year of 365 days."""

    market = Market.COINBASE
    margin_leverage: float = 1
    trading_days_per_year = 365
    pair = "BTCUSD"
    order_types: ClassVar[tuple[OrderType, ...]] = _FOUR
    security_types: ClassVar = (SecurityType.CRYPTO,)

    def __init__(self, account_type: AccountType = AccountType.CASH) -> None:
        super().__init__(account_type)
        self.default_markets = {**DEFAULT_MARKETS, SecurityType.CRYPTO: self.market}

    def get_benchmark(self, securities: Any) -> Any:  # noqa: ARG002
        """Bitcoin on this exchange."""
        return SecurityBenchmark(self.pair, SecurityType.CRYPTO, self.market)

    def get_leverage(self, security: Security) -> float:
        """Leverage of a security."""
        alone = self.account_type == AccountType.CASH or security.is_internal or security.type == SecurityType.BASE
        return 1 if alone else self.margin_leverage

    def can_submit_order(self, security: Security, order: Any, message: Any = None) -> Any:
        """See DefaultBrokerageModel; orders below the minimum size are not taken."""
        problem = minimum_size_problem(security, order.record.quantity)
        return problem or super().can_submit_order(security, order, message)

    def can_update_order(self, security: Security, order: Any, request: Any, message: Any = None) -> Any:  # noqa: ARG002
        """Orders are not changed."""
        return refused(_NO_UPDATE, "0")


class BybitBrokerageModel(ExchangeBrokerageModel):
    """Bybit spot and perpetuals."""

    name = BrokerageName.BYBIT
    market = Market.BYBIT
    margin_leverage = 10
    pair = "BTCUSDC"

    def __init__(self, account_type: AccountType = AccountType.CASH) -> None:
        super().__init__(account_type)
        self.default_markets[SecurityType.CRYPTO_FUTURE] = Market.BYBIT

    def get_fee_model(self, security: Security) -> FeeModel:
        """The exchange's own fees."""
        if security.type == SecurityType.CRYPTO:
            return BybitFeeModel()
        if security.type == SecurityType.CRYPTO_FUTURE:
            return BybitFuturesFeeModel()
        if security.type == SecurityType.BASE:
            return super().get_fee_model(security)
        raise ValueError(f"Not supported security type {security.type.csharp_name}")

    def get_margin_interest_rate_model(self, security: Security) -> Any:
        """Funding of perpetuals."""
        if _is_perpetual(security):
            return BybitFutureMarginInterestRateModel()
        return super().get_margin_interest_rate_model(security)

    def can_submit_order(self, security: Security, order: Any, message: Any = None) -> Any:  # noqa: ARG002
        """See DefaultBrokerageModel."""
        if security.type not in (*_CRYPTO, SecurityType.BASE):
            return self.refused_type(security.type)
        if order.type not in _KINDS:
            return self.refused_order(order.type)
        return minimum_size_problem(security, order.record.quantity) or TAKEN

    def can_update_order(self, security: Security, order: Any, request: Any, message: Any = None) -> Any:  # noqa: ARG002
        """Only orders in futures are changed."""
        if security.type != SecurityType.CRYPTO_FUTURE:
            return refused(_NO_UPDATE)
        return _changeable(security, order, request)


class BinanceBrokerageModel(ExchangeBrokerageModel):
    """Binance spot."""

    name = BrokerageName.BINANCE
    market = Market.BINANCE
    margin_leverage = 3
    pair = "BTCUSDC"

    def get_fee_model(self, security: Security) -> FeeModel:  # noqa: ARG002
        """The exchange's own fees."""
        return BinanceFeeModel()

    def get_leverage(self, security: Security) -> float:
        """Futures 25, spot 3 on margin."""
        leverage = super().get_leverage(security)
        return 25 if leverage != 1 and security.type == SecurityType.CRYPTO_FUTURE else leverage

    def can_submit_order(self, security: Security, order: Any, message: Any = None) -> Any:  # noqa: ARG002
        """See DefaultBrokerageModel; the minimum size is in quote currency."""
        record = order.record
        if order.type not in _KINDS:
            return self.refused_order(order.type)
        if (
            order.type in (OrderType.STOP_MARKET, OrderType.TRAILING_STOP)
            and security.type != SecurityType.CRYPTO_FUTURE
        ):
            return refused(
                "StopMarket orders are not supported for this symbol. Please check "
                f"'https://api.binance.com/api/v3/exchangeInfo?symbol={security.symbol.value}' to see supported "
                "order types."
            )
        if order.type == OrderType.MARKET and not security.has_data:
            return refused(
                "There is no data for this symbol yet, please check the security.HasData flag to ensure there is at "
                "least one data point."
            )
        market = security.ask_exact if record.quantity > 0 else security.bid_exact
        prices = [p for p in (record.limit_price, record.stop_price) if p is not None] or [market]
        least = security.symbol_properties.minimum_order_exact
        for price in prices:
            if least is not None and abs(record.quantity) * price <= least:
                return refused(
                    f"The minimum order size (in quote currency) for {security.symbol.value} is {least:f}. "
                    f"Order size was {record.quantity * price:f}."
                )
        return TAKEN if security.type in _CRYPTO else self.refused_type(security.type)


class BinanceUSBrokerageModel(BinanceBrokerageModel):
    """Binance.US: cash accounts only."""

    name = BrokerageName.BINANCE_US
    market = Market.BINANCE_US
    margin_leverage = 1

    def __init__(self, account_type: AccountType = AccountType.CASH) -> None:
        if AccountType(account_type) == AccountType.MARGIN:
            raise ValueError("The Binance.US brokerage does not currently support Margin trading.")
        super().__init__(account_type)


class BinanceFuturesBrokerageModel(BinanceBrokerageModel):
    """Binance USDⓈ-margined futures."""

    name = BrokerageName.BINANCE_FUTURES

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:
        if AccountType(account_type) == AccountType.CASH:
            raise RuntimeError("CryptoFuture can only be traded using a Margin account type")
        super().__init__(account_type)

    def get_benchmark(self, securities: Any) -> Any:  # noqa: ARG002
        """The Bitcoin perpetual."""
        return SecurityBenchmark("BTCUSDT", SecurityType.CRYPTO_FUTURE, self.market)

    def get_fee_model(self, security: Security) -> FeeModel:  # noqa: ARG002
        """The exchange's own fees."""
        return BinanceFuturesFeeModel()

    def get_margin_interest_rate_model(self, security: Security) -> Any:
        """Funding of perpetuals."""
        if _is_perpetual(security):
            return BinanceFutureMarginInterestRateModel()
        return super().get_margin_interest_rate_model(security)


class BinanceCoinFuturesBrokerageModel(BinanceFuturesBrokerageModel):
    """Binance coin-margined futures."""

    name = BrokerageName.BINANCE_COIN_FUTURES

    def get_benchmark(self, securities: Any) -> Any:  # noqa: ARG002
        """The coin-margined Bitcoin perpetual."""
        return SecurityBenchmark("BTCUSD", SecurityType.CRYPTO_FUTURE, self.market)

    def get_fee_model(self, security: Security) -> FeeModel:  # noqa: ARG002
        """The exchange's own fees."""
        return BinanceCoinFuturesFeeModel()


class CoinbaseBrokerageModel(ExchangeBrokerageModel):
    """Coinbase: spot, cash accounts only."""

    name = BrokerageName.COINBASE
    market = Market.COINBASE
    order_types = (OrderType.LIMIT, OrderType.MARKET, OrderType.STOP_LIMIT, OrderType.STOP_MARKET)
    _STOP_UNTIL_MS = 1_553_302_800_000  # 2019-03-23 01:00 UTC

    def __init__(self, account_type: AccountType = AccountType.CASH) -> None:
        if AccountType(account_type) == AccountType.MARGIN:
            raise ValueError("The Coinbase brokerage does not currently support Margin trading.")
        super().__init__(account_type)

    def get_fee_model(self, security: Security) -> FeeModel:  # noqa: ARG002
        """The exchange's own fees."""
        return CoinbaseFeeModel()

    def get_buying_power_model(self, security: Security) -> BuyingPowerModel:  # noqa: ARG002
        """Cash for everything."""
        return CashBuyingPowerModel()

    def can_submit_order(self, security: Security, order: Any, message: Any = None) -> Any:
        """See DefaultBrokerageModel; stop orders are gone since March 2019."""
        if order.type == OrderType.STOP_MARKET and order.record.time_utc_ms >= self._STOP_UNTIL_MS:
            return refused("Stop Market orders are no longer supported since 3/23/2019 1:00:00 AM.")
        return super().can_submit_order(security, order, message)

    def can_update_order(self, security: Security, order: Any, request: Any, message: Any = None) -> Any:  # noqa: ARG002
        """Only good-til-cancelled limit orders are changed."""
        if order.type != OrderType.LIMIT:
            return refused(f"Order with type {order.type.csharp_name} can't be modified, only LIMIT.")
        if order.record.properties.time_in_force.kind != "GTC":
            return refused("Order's parameter 'TimeInForce' is not instance of Good Til Cancelled class.")
        return _changeable(security, order, request)


class KrakenBrokerageModel(ExchangeBrokerageModel):
    """Kraken spot; leverage by coin."""

    name = BrokerageName.KRAKEN
    market = Market.KRAKEN
    order_types = (*_FOUR, OrderType.LIMIT_IF_TOUCHED)
    _FIAT_ONLY: ClassVar = {"BTC": 5, "USDT": 2, "USDC": 3}
    _ETH_TOO: ClassVar = {"REP": 2, "XTZ": 2, "ADA": 3, "EOS": 3, "TRX": 3, "LINK": 3}
    _OTHERS: ClassVar = {"ETH": 5, "XMR": 2, "XRP": 3, "BCH": 2, "LTC": 3, "DASH": 3, **_FIAT_ONLY, **_ETH_TOO}

    def get_fee_model(self, security: Security) -> FeeModel:  # noqa: ARG002
        """The exchange's own fees."""
        return KrakenFeeModel()

    def get_leverage(self, security: Security) -> float:
        """Leverage of the base coin against that quote currency."""
        if self.account_type == AccountType.CASH:
            return 1
        name = security.symbol.value
        for table, ends in (
            (self._FIAT_ONLY, ("USD", "EUR")),
            (self._ETH_TOO, ("BTC", "ETH", "USD", "EUR")),
            (self._OTHERS, ("BTC", "USD", "EUR")),
        ):
            for coin, leverage in table.items():
                if name.startswith(coin) and name.endswith(ends):
                    return leverage
        return 1


class BitfinexBrokerageModel(ExchangeBrokerageModel):
    """Bitfinex spot, on margin by default."""

    name = BrokerageName.BITFINEX
    market = Market.BITFINEX
    margin_leverage = 3.3
    order_types = (OrderType.MARKET, OrderType.LIMIT, OrderType.STOP_MARKET, OrderType.STOP_LIMIT)

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:
        super().__init__(account_type)

    def get_fee_model(self, security: Security) -> FeeModel:  # noqa: ARG002
        """The exchange's own fees."""
        return BitfinexFeeModel()

    def can_update_order(self, security: Security, order: Any, request: Any, message: Any = None) -> Any:  # noqa: ARG002
        """Orders are changed as long as they are large enough."""
        if request.quantity is None:
            return TAKEN
        return minimum_size_problem(security, Decimal(str(request.quantity))) or TAKEN


_MODELS: tuple[type[DefaultBrokerageModel], ...] = (
    DefaultBrokerageModel,
    InteractiveBrokersBrokerageModel,
    InteractiveBrokersFixModel,
    TastytradeBrokerageModel,
    CharlesSchwabBrokerageModel,
    TradierBrokerageModel,
    BybitBrokerageModel,
    BinanceBrokerageModel,
    BinanceUSBrokerageModel,
    BinanceFuturesBrokerageModel,
    BinanceCoinFuturesBrokerageModel,
    CoinbaseBrokerageModel,
    KrakenBrokerageModel,
    BitfinexBrokerageModel,
    *ABROAD,
    *OTHERS,
    AlphaStreamsBrokerageModel,
)
MODELS: dict[BrokerageName, type[DefaultBrokerageModel]] = {model.name: model for model in _MODELS}


def brokerage_model(name: BrokerageName, account_type: AccountType) -> DefaultBrokerageModel:
    """The model of that name; raises NotInLeanLocalError for a brokerage we have not."""
    wanted = BrokerageName(name)
    if wanted == getattr(BrokerageName, "GDAX", None):
        wanted = BrokerageName.COINBASE
    found = MODELS.get(wanted)
    if found is None:
        raise NotInLeanLocalError(f"BrokerageName.{BrokerageName(name)}")
    return found(account_type)
