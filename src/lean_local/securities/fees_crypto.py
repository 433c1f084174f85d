"""Fee models of crypto exchanges. Numbers: LEAN `Common/Orders/Fees/*.cs` (semantics §6.2)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.enums import OrderType, SecurityType
from lean_local.securities.cache import decimal_of
from lean_local.securities.cash import CashAmount
from lean_local.securities.fees import FeeModel

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord
    from lean_local.securities.security import Security

_STABLE_PAIRS = frozenset(
    (
        *("DAIUSDC", "DAIUSD", "GYENUSD", "PAXUSD", "PAXUSDT", "MUSDUSD", "USDCEUR", "USDCGBP"),
        *("USDTEUR", "USDTGBP", "USDTUSD", "USDTUSDC", "USTEUR", "USTUSD", "USTUSDT", "WBTCBTC"),
    )
)


def is_maker(order: "OrderRecord") -> bool:
    """Whether a limit order rests in the book: posted only, or not marketable when it was sent."""
    posted = bool(getattr(order.properties, "post_only", False))
    return order.type == OrderType.LIMIT and (posted or not order.is_marketable)


class MakerTakerFeeModel(FeeModel):
    """A share of the value: buys pay in the currency bought, sells in the quote currency, futures in collateral."""

    MAKER, TAKER = Decimal(0), Decimal(0)

    def __init__(self, maker_fee: Any = None, taker_fee: Any = None) -> None:
        self._maker = self.MAKER if maker_fee is None else decimal_of(maker_fee)
        self._taker = self.TAKER if taker_fee is None else decimal_of(taker_fee)

    def share(self, security: "Security", order: "OrderRecord") -> Decimal:  # noqa: ARG002
        """Share of the value that is charged."""
        return self._maker if is_maker(order) else self._taker

    def money(self, security: "Security", order: "OrderRecord") -> CashAmount:
        """See FeeModel."""
        share, quantity = self.share(security, order), abs(order.quantity)
        if security.type == SecurityType.CRYPTO_FUTURE:
            value = security.holdings.quantity_value(quantity)
            return CashAmount(value.amount_exact * share, value.cash.symbol)
        if order.quantity > 0 and security.base_cash is not None:
            return CashAmount(quantity * share, security.base_cash.symbol)
        limit = order.limit_price if order.type == OrderType.LIMIT else None
        price = security.bid_exact if limit is None else limit
        return CashAmount(price * security.multiplier_exact * quantity * share, security.quote_cash.symbol)


class BybitFeeModel(MakerTakerFeeModel):
    """Bybit spot: 0.1 %."""

    MAKER = TAKER = Decimal("0.001")


class BybitFuturesFeeModel(BybitFeeModel):
    """Bybit perpetuals: 0.02 % maker, 0.055 % taker."""

    MAKER, TAKER = Decimal("0.0002"), Decimal("0.00055")


class BinanceFeeModel(MakerTakerFeeModel):
    """Binance spot: 0.1 %."""

    MAKER = TAKER = Decimal("0.001")


class BinanceFuturesFeeModel(BinanceFeeModel):
    """Binance linear futures: 0.02 % and 0.04 %; settled in BUSD 0.012 % and 0.036 %."""

    MAKER, TAKER = Decimal("0.0002"), Decimal("0.0004")
    _BUSD = (Decimal("0.00012"), Decimal("0.00036"))

    def share(self, security: "Security", order: "OrderRecord") -> Decimal:
        """See MakerTakerFeeModel."""
        if security.quote_cash.symbol == "BUSD":
            return self._BUSD[0] if is_maker(order) else self._BUSD[1]
        return super().share(security, order)


class BinanceCoinFuturesFeeModel(BinanceFeeModel):
    """Binance coin-margined futures: 0.01 % and 0.05 %."""

    MAKER, TAKER = Decimal("0.0001"), Decimal("0.0005")


class BitfinexFeeModel(MakerTakerFeeModel):
    """Bitfinex: 0.1 % and 0.2 %."""

    MAKER, TAKER = Decimal("0.001"), Decimal("0.002")


class CoinbaseFeeModel(MakerTakerFeeModel):
    """Coinbase, by date: always in the quote currency."""

    MAKER, TAKER = Decimal("0.006"), Decimal("0.008")
    _FIRST = (datetime(2019, 3, 23, 1, 30, tzinfo=UTC), Decimal(0), Decimal("0.003"))
    _SECOND = (datetime(2019, 10, 8, 0, 30, tzinfo=UTC), Decimal("0.0015"), Decimal("0.0025"))
    _STABLE_UNTIL = datetime(2022, 6, 1, tzinfo=UTC)

    def share(self, security: "Security", order: "OrderRecord") -> Decimal:
        """See MakerTakerFeeModel."""
        maker = is_maker(order)
        moment = datetime.fromtimestamp(order.time_utc_ms / 1000, UTC)
        if security.symbol.value in _STABLE_PAIRS:
            taken = Decimal("0.001") if moment < self._STABLE_UNTIL else Decimal("0.00001")
            return Decimal(0) if maker else taken
        for until, low, high in (self._FIRST, self._SECOND):
            if moment < until:
                return low if maker else high
        return self._maker if maker else self._taker

    def money(self, security: "Security", order: "OrderRecord") -> CashAmount:
        """See FeeModel."""
        price = (security.ask_exact if order.quantity > 0 else security.bid_exact) * security.multiplier_exact
        return CashAmount(price * abs(order.quantity) * self.share(security, order), security.quote_cash.symbol)


class KrakenFeeModel(MakerTakerFeeModel):
    """Kraken: 0.16 % and 0.26 %, fiat and stable coins 0.2 %; buys pay in the quote, sells in the base currency."""

    MAKER, TAKER = Decimal("0.0016"), Decimal("0.0026")
    _FIAT = ("CAD", "EUR", "GBP", "JPY", "USD", "USDT", "DAI", "USDC")

    def money(self, security: "Security", order: "OrderRecord") -> CashAmount:
        """See FeeModel."""
        buy, quantity = order.quantity > 0, abs(order.quantity)
        limit = order.limit_price if order.type == OrderType.LIMIT else None
        price = limit if limit is not None else security.ask_exact if buy else security.bid_exact
        fiat = security.symbol.value.startswith(self._FIAT)
        share = Decimal("0.002") if fiat else self.share(security, order)
        if buy or security.base_cash is None:
            value = price * security.multiplier_exact * quantity
            return CashAmount(value * share, security.quote_cash.symbol)
        return CashAmount(quantity * share, security.base_cash.symbol)
