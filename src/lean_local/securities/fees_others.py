"""Fee models of brokers that need no more than a rate. Numbers: LEAN `Common/Orders/Fees/*.cs` (semantics §6.2)."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from lean_local.enums import Market, OrderType, SecurityType
from lean_local.securities.cache import decimal_of
from lean_local.securities.cash import CashAmount
from lean_local.securities.fees import FeeModel, order_value
from lean_local.securities.fees_crypto import MakerTakerFeeModel, is_maker

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord
    from lean_local.securities.security import Security

ZERO = Decimal(0)
_COMBOS = (OrderType.COMBO_MARKET, OrderType.COMBO_LIMIT, OrderType.COMBO_LEG_LIMIT)


class PerUnitFeeModel(FeeModel):
    """US dollars per share or contract, by security type, and per order."""

    RATES: ClassVar[Mapping[SecurityType, Decimal]] = {}
    PER_ORDER = ZERO

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:  # noqa: ARG002
        """See FeeModel."""
        return self.PER_ORDER + abs(order.quantity) * self.RATES.get(security.type, ZERO)


class AxosFeeModel(FeeModel):
    """0.0035 a share."""

    def __init__(self, fees_per_share: Any = None) -> None:
        self._rate = Decimal("0.0035") if fees_per_share is None else decimal_of(fees_per_share)

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:  # noqa: ARG002
        """See FeeModel."""
        return abs(order.quantity) * self._rate


class _HiddenFeeModel(FeeModel):
    """LEAN's class hides the method of its base instead of overriding it, and its engine asks the base: no fee."""

    def __init__(self, fees_per_share: Any = None) -> None:
        self.fees_per_share = fees_per_share


class RBIFeeModel(_HiddenFeeModel):
    """Free in LEAN's engine."""


class WolverineFeeModel(_HiddenFeeModel):
    """Free in LEAN's engine."""


class TDAmeritradeFeeModel(_HiddenFeeModel):
    """Free in LEAN's engine."""


class EzeFeeModel(FeeModel):
    """Free."""


class TradeStationFeeModel(PerUnitFeeModel):
    """Options 0.60 a contract, on indices 1.00, futures 1.50; residents of other countries pay 5 a trade besides."""

    RATES: ClassVar = {
        SecurityType.OPTION: Decimal("0.6"),
        SecurityType.INDEX_OPTION: Decimal(1),
        SecurityType.FUTURE: Decimal("1.5"),
    }

    def __init__(self, us_resident: bool = True) -> None:
        self.us_resident = us_resident

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:
        """See FeeModel."""
        abroad = not self.us_resident and security.type != SecurityType.FUTURE
        return super().exact(security, order, price) + (Decimal(5) if abroad else ZERO)


class ExanteFeeModel(FeeModel):
    """US shares 0.02, options 1.50 a contract, futures 1.50 an order, currencies a share of the value."""

    def __init__(self, forex_commission_rate: Any = 0.25) -> None:
        self._forex = decimal_of(forex_commission_rate)

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:  # noqa: ARG002
        """See FeeModel. Raises ValueError for other security types."""
        kind, quantity = security.type, abs(order.quantity)
        if kind == SecurityType.FOREX:
            return abs(self._forex * order_value(security, order))
        if kind == SecurityType.EQUITY:
            rate = Decimal("0.02")
            return quantity * rate if security.symbol.id.market == Market.USA else quantity * order.price * rate
        if kind in (SecurityType.OPTION, SecurityType.INDEX_OPTION):
            return quantity * Decimal("1.5")
        if kind in (SecurityType.FUTURE, SecurityType.FUTURE_OPTION):
            return Decimal("1.5")
        raise ValueError(f"Unsupported security type: {kind.csharp_name}")


class FxcmFeeModel(FeeModel):
    """0.04 per 1000 units of the pairs traded most, 0.06 of the others."""

    _LOW = ("EURUSD", "GBPUSD", "USDJPY", "USDCHF", "AUDUSD", "EURJPY", "GBPJPY")

    def __init__(self, currency: str = "USD") -> None:
        self._currency = currency

    def money(self, security: "Security", order: "OrderRecord") -> CashAmount:
        """See FeeModel."""
        if security.type != SecurityType.FOREX:
            return CashAmount(ZERO, self._currency)
        rate = Decimal("0.04") if security.symbol.value in self._LOW else Decimal("0.06")
        return CashAmount(abs(rate * order.quantity / 1000), self._currency)


class AlpacaFeeModel(MakerTakerFeeModel):
    """Coins 0.15 % and 0.25 %: buys pay in the coin, sells in the quote currency; everything else is free."""

    MAKER, TAKER = Decimal("0.0015"), Decimal("0.0025")

    def money(self, security: "Security", order: "OrderRecord") -> CashAmount:
        """See FeeModel."""
        if security.type != SecurityType.CRYPTO or security.base_cash is None:
            return CashAmount(ZERO, "USD")
        maker = order.type == OrderType.LIMIT and not order.is_marketable
        share, quantity = self._maker if maker else self._taker, abs(order.quantity)
        if order.quantity > 0:
            return CashAmount(quantity * share, security.base_cash.symbol)
        return CashAmount(quantity * security.price_exact * share, security.quote_cash.symbol)


class FTXFeeModel(MakerTakerFeeModel):
    """0.02 % and 0.07 %; resting buys pay in the coin."""

    MAKER, TAKER = Decimal("0.0002"), Decimal("0.0007")

    def money(self, security: "Security", order: "OrderRecord") -> CashAmount:
        """See FeeModel."""
        maker, buy, quantity = is_maker(order), order.quantity > 0, abs(order.quantity)
        if maker and buy and security.base_cash is not None:
            return CashAmount(quantity * self._maker, security.base_cash.symbol)
        price = (security.ask_exact if buy else security.bid_exact) * security.multiplier_exact
        return CashAmount(price * quantity * (self._maker if maker else self._taker), security.quote_cash.symbol)


class FTXUSFeeModel(FTXFeeModel):
    """0.1 % and 0.4 %."""

    MAKER, TAKER = Decimal("0.001"), Decimal("0.004")


class DYDXFeeModel(MakerTakerFeeModel):
    """dYdX: 0.01 % and 0.05 % of the position's value."""

    MAKER, TAKER = Decimal("0.0001"), Decimal("0.0005")

    def money(self, security: "Security", order: "OrderRecord") -> CashAmount:
        """See FeeModel."""
        value = security.holdings.quantity_value(abs(order.quantity))
        return CashAmount(value.amount_exact * self.share(security, order), value.cash.symbol)


class IndiaFeeModel(FeeModel):
    """Brokerage, transaction tax, exchange, state, SEBI and stamp charges, in rupees."""

    BROKERAGE = ZERO
    MOST = Decimal(20)
    SALES_TAX, EXCHANGE, STATE_TAX = Decimal("0.00025"), Decimal("0.0000345"), Decimal("0.18")
    SEBI, STAMP = Decimal("0.000001"), Decimal("0.00003")
    STAMP_OF_EXACT_VALUE = False

    def money(self, security: "Security", order: "OrderRecord") -> CashAmount:
        """See FeeModel."""
        signed = order_value(security, order)
        value, sells = abs(signed), signed < 0
        turnover = _cents(value)
        share = value * self.BROKERAGE
        brokerage = self.MOST if share > self.MOST else _cents(share)
        exchange = _cents(turnover * self.EXCHANGE)
        stamped = value if self.STAMP_OF_EXACT_VALUE else turnover
        parts = (
            brokerage,
            _cents(value * self.SALES_TAX) if sells else ZERO,
            exchange,
            ZERO if sells else _cents(stamped * self.STAMP),
            _cents(self.STATE_TAX * (brokerage + exchange)),
            _cents(turnover * self.SEBI),
        )
        return CashAmount(_cents(sum(parts, ZERO)), "INR")


class SamcoFeeModel(IndiaFeeModel):
    """Brokerage 0.02 %."""

    BROKERAGE = Decimal("0.0002")


class ZerodhaFeeModel(IndiaFeeModel):
    """Brokerage 0.03 %."""

    BROKERAGE = Decimal("0.0003")
    STAMP_OF_EXACT_VALUE = True


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


class WebullFeeModel(FeeModel):
    """Index options 0.50 a contract and the exchange's fee by root and premium; the rest is free."""

    _BY_PREMIUM: ClassVar = {
        "SPX": (("1", "0.57"), (None, "0.66")),
        "SPXW": (("1", "0.50"), (None, "0.59")),
        "NDX": (("25", "0.50"), (None, "0.75")),
    }
    _VIX: ClassVar = (("0.10", "0.10"), ("0.99", "0.25"), ("1.99", "0.40"))

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:
        """See FeeModel."""
        if security.type != SecurityType.INDEX_OPTION or security.symbol.underlying is None:
            return ZERO
        exchange = self._exchange(security.symbol.underlying.value.upper(), order, price)
        return abs(order.quantity) * (exchange + Decimal("0.50"))

    def _exchange(self, index: str, order: "OrderRecord", price: Decimal) -> Decimal:
        if index in ("VIX", "VIXW"):
            return next((Decimal(fee) for most, fee in self._VIX if price <= Decimal(most)), Decimal("0.45"))
        if index == "XSP":
            return ZERO if abs(order.quantity) < 10 else Decimal("0.07")
        if index == "DJX":
            return Decimal("0.18")
        steps = self._BY_PREMIUM.get("NDX" if index == "NDXP" else index)
        if steps is None:
            return ZERO
        more = Decimal("0.15") if index.startswith("NDX") and order.type in _COMBOS else ZERO
        return more + next(Decimal(fee) for below, fee in steps if below is None or price < Decimal(below))


class PublicFeeModel(FeeModel):
    """Index options 0.50 a contract, shares 2.99 outside regular hours, coins by size."""

    _COINS: ClassVar = (
        ("10", "0.49"),
        ("25", "0.69"),
        ("50", "1.19"),
        ("100", "1.69"),
        ("250", "3.29"),
        ("500", "6.29"),
    )

    def exact(self, security: "Security", order: "OrderRecord", price: Decimal) -> Decimal:
        """See FeeModel."""
        kind, quantity = security.type, abs(order.quantity)
        if kind == SecurityType.EQUITY:
            return ZERO if security.calendar.is_open(order.time_utc_ms) else Decimal("2.99")
        if kind == SecurityType.INDEX_OPTION:
            return quantity * Decimal("0.50")
        if kind != SecurityType.CRYPTO:
            return ZERO
        value = price * security.multiplier_exact * quantity
        flat = next((Decimal(fee) for most, fee in self._COINS if value <= Decimal(most)), None)
        return value * Decimal("0.0125") if flat is None else flat


FEES: tuple[type[FeeModel], ...] = (
    AlpacaFeeModel,
    AxosFeeModel,
    ExanteFeeModel,
    EzeFeeModel,
    FTXFeeModel,
    FTXUSFeeModel,
    FxcmFeeModel,
    IndiaFeeModel,
    PublicFeeModel,
    RBIFeeModel,
    SamcoFeeModel,
    TDAmeritradeFeeModel,
    TradeStationFeeModel,
    WebullFeeModel,
    WolverineFeeModel,
    ZerodhaFeeModel,
)
"""The fee models an algorithm can name."""
