"""Securities of currencies: forex, CFDs, crypto and crypto futures. LEAN `Forex.cs`, `Cfd.cs`, `Crypto.cs`,
`CryptoFuture.cs`."""

from decimal import Decimal
from typing import Any

from lean_local.enums import SecurityType
from lean_local.securities.cache import market_decimal
from lean_local.securities.cash import Cash, ConvertibleCashAmount
from lean_local.securities.holdings import SecurityHolding
from lean_local.securities.security import Security

_LINEAR = ("USDT", "BUSD", "USDC")


class CurrencyPair(Security):
    """A security quoted in one currency and made of another."""

    @property
    def base_currency(self) -> Any:
        """The currency that is bought."""
        return self.base_cash


class Forex(CurrencyPair):
    """A pair of currencies."""


class Cfd(CurrencyPair):
    """A contract for difference."""


class Crypto(CurrencyPair):
    """A pair of a coin: its price is the last trade, also where quotes are newer."""

    @property
    def price_exact(self) -> Decimal:
        """Close of the last trade bar, else of the quotes."""
        trade = self.prices.trade_row()
        return market_decimal(trade.close) if trade is not None else self.prices.price()

    @property
    def close_exact(self) -> Decimal:
        """Close of the last bar of either kind."""
        return self.prices.price()


class CryptoFuture(CurrencyPair):
    """A future on a coin: linear ones settle in the quote currency, inverse ones in the coin."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.holdings = CryptoFutureHolding(self)

    def is_crypto_coin_future(self) -> bool:
        """Whether the contract is inverse."""
        return self.quote_cash.symbol not in _LINEAR

    @property
    def collateral_cash(self) -> Cash:
        """The currency gains and losses are paid in."""
        inverse = self.is_crypto_coin_future() and self.symbol.id.market != "dydx"
        return self.base_cash if inverse and self.base_cash is not None else self.quote_cash


class CryptoFutureHolding(SecurityHolding):
    """A position in a crypto future: inverse contracts are worth quantity over price in coins."""

    __slots__ = ()

    def quantity_value(self, quantity: Decimal, price: Decimal | None = None) -> ConvertibleCashAmount:
        """See SecurityHolding."""
        security = self.security
        cash = security.collateral_cash
        if cash is security.quote_cash:
            return super().quantity_value(quantity, price)
        at = security.price_exact if price is None else price
        return ConvertibleCashAmount(quantity * security.multiplier_exact / at, cash)

    def value_exact(self, quantity: Decimal | None = None, price: Decimal | None = None) -> Decimal:
        """See SecurityHolding."""
        amount = self.quantity_exact if quantity is None else quantity
        if not amount:
            return Decimal(0)
        value = self.quantity_value(amount, price)
        return value.amount_exact * value.cash.rate


CLASSES: dict[SecurityType, type[CurrencyPair]] = {
    SecurityType.FOREX: Forex,
    SecurityType.CFD: Cfd,
    SecurityType.CRYPTO: Crypto,
    SecurityType.CRYPTO_FUTURE: CryptoFuture,
}


def base_currency(symbol: Any, quote_currency: str) -> str | None:
    """The currency a pair is made of; None for what is no pair."""
    name: str = symbol.value
    if symbol.security_type == SecurityType.FOREX:
        return name[:3] if len(name) == 6 else None
    if symbol.security_type not in CLASSES or not name.endswith(quote_currency):
        return None
    return name[: -len(quote_currency)]
