"""Money by currency and its conversion to account currency. LEAN `Cash.cs`, `CashBook.cs` (semantics §6.5)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.naming import LeanObject
from lean_local.results.numbers import currency_symbol
from lean_local.securities.cache import decimal_of

if TYPE_CHECKING:
    from lean_local.securities.security import Security

ZERO = Decimal(0)
ONE = Decimal(1)


class ConversionRateError(ValueError):
    """An amount cannot be converted: a currency has no rate yet."""


class Conversion(LeanObject):
    """The way from a currency to account currency: prices of one or two pairs, or a fixed rate."""

    __slots__ = ("fixed", "steps")
    lean_name = "SecurityCurrencyConversion"

    def __init__(self, steps: "list[tuple[Security, bool]]", fixed: Decimal | None = None) -> None:
        self.steps = steps  # pair and whether its price divides
        self.fixed = fixed

    @property
    def conversion_rate(self) -> float:
        """Account currency per unit."""
        return float(self.rate())

    @property
    def conversion_rate_securities(self) -> list[Any]:
        """The pairs whose prices make the rate."""
        return [security for security, _ in self.steps]

    def rate(self) -> Decimal:
        """Account currency per unit now; 0 while a pair has no price."""
        if self.fixed is not None:
            return self.fixed
        rate = ONE
        for security, inverted in self.steps:
            price = security.prices.price()  # of the last bar of either kind, also where the security shows trades
            if not price:
                return ZERO
            rate = rate / price if inverted else rate * price
        return rate


class Cash(LeanObject):
    """One currency of a cash book."""

    def __init__(self, symbol: str, amount: Any = ZERO, conversion_rate: Any = ONE) -> None:
        self.symbol = symbol.upper()
        self.exact = decimal_of(amount)
        self._rate = decimal_of(conversion_rate)
        self._stale = False
        self.conversion: Conversion | None = None

    @property
    def rate(self) -> Decimal:
        """Account currency per unit, exact; 0 while unknown."""
        if self._stale and self.conversion is not None:
            self._rate, self._stale = self.conversion.rate(), False
        return self._rate

    @rate.setter
    def rate(self, rate: Decimal) -> None:
        """Set it, exact; what is read next is this."""
        self._rate, self._stale = rate, False

    @property
    def value_exact(self) -> Decimal:
        """Amount in account currency, exact; nothing at all has the decimals of the rate, as in LEAN."""
        return self.exact * self.rate

    @property
    def amount(self) -> float:
        """Amount in this currency."""
        return float(self.exact)

    @property
    def conversion_rate(self) -> float:
        """Account currency per unit."""
        return float(self.rate)

    @conversion_rate.setter
    def conversion_rate(self, rate: float) -> None:
        self.rate = decimal_of(rate)

    @property
    def value_in_account_currency(self) -> float:
        """Amount in account currency."""
        return float(self.value_exact)

    @property
    def currency_symbol(self) -> str:
        """The sign printed before amounts."""
        return currency_symbol(self.symbol)

    @property
    def conversion_rate_securities(self) -> list[Any]:
        """The pairs whose prices make the rate."""
        return [] if self.conversion is None else self.conversion.conversion_rate_securities

    @property
    def currency_conversion(self) -> Conversion | None:
        """The way to account currency."""
        return self.conversion

    def update(self) -> None:
        """Prices changed: the next reading computes the rate anew."""
        self._stale = self.conversion is not None

    def add_amount(self, amount: float | Decimal) -> float:
        """Add to the amount and return it."""
        self.exact += decimal_of(amount)
        return self.amount

    def set_amount(self, amount: float | Decimal) -> None:
        """Set the amount."""
        self.exact = decimal_of(amount)

    def __str__(self) -> str:
        return f"{self.symbol}: {self.exact} @ {self.rate}"


class CashBook(LeanObject):
    """Cash by currency; currencies are added as securities and fees need them."""

    def __init__(self, currency: str = "USD") -> None:
        self._currency = currency
        self._cash = {currency: Cash(currency)}

    @property
    def account_currency(self) -> str:
        """Currency of the account."""
        return self._currency

    def change_account_currency(self, currency: str) -> None:
        """Another account currency, with the amount of the old one."""
        old = self._cash.pop(self._currency)
        self._currency = currency.upper()
        self.add(self._currency, old.exact, ONE)

    def add(self, symbol: str, quantity: Any, conversion_rate: Any = ZERO) -> Cash:
        """Add a currency, or set amount and rate of one that is there."""
        found = self._cash.get(symbol)
        if found is None:
            found = self._cash[symbol] = Cash(symbol, quantity, conversion_rate)
        else:
            found.exact = decimal_of(quantity)
            found.rate = decimal_of(conversion_rate)
        return found

    def of(self, currency: str) -> Cash:
        """The cash of a currency, added with nothing in it and no rate if new."""
        found = self._cash.get(currency)
        return self.add(currency, ZERO, ZERO) if found is None else found

    def convert(self, source_quantity: Any, source_currency: str, destination_currency: str) -> float:
        """An amount in another currency. Raises ValueError while a rate is unknown."""
        return float(self.convert_exact(decimal_of(source_quantity), source_currency, destination_currency))

    def convert_to_account_currency(self, source_quantity: Any, source_currency: str) -> float:
        """An amount in account currency. Raises ValueError while the rate is unknown."""
        return self.convert(source_quantity, source_currency, self._currency)

    def convert_exact(self, amount: Decimal, source: str, destination: str | None = None) -> Decimal:
        """An amount in another currency (account currency by default). Raises ValueError while a rate is unknown."""
        target = self._currency if destination is None else destination
        if not amount or source == target:
            return amount
        for currency in (source, target):
            if not self[currency].rate:
                raise ConversionRateError(f"The conversion rate for {currency} is not available.")
        return amount * (self[source].rate / self[target].rate)

    def update(self) -> None:
        """Step 9 of the loop: rates follow the prices of their pairs."""
        for cash in self._cash.values():
            cash.update()

    def __getitem__(self, currency: str) -> Cash:
        if currency not in self._cash:
            raise KeyError(f"This cash symbol ({currency}) was not found in your cash book.")
        return self._cash[currency]

    def __contains__(self, currency: object) -> bool:
        return currency in self._cash

    def __iter__(self) -> Iterator[Any]:
        from lean_local.securities.manager import DataPair  # noqa: PLC0415  breaks an import cycle

        return iter([DataPair(k, v) for k, v in self._cash.items()])

    def __len__(self) -> int:
        return len(self._cash)

    @property
    def count(self) -> int:
        """Number of currencies."""
        return len(self._cash)

    def get(self, currency: str, default: Any = None) -> Any:
        """Cash of a currency, or `default`."""
        return self._cash.get(currency, default)

    def contains_key(self, currency: str) -> bool:
        """Whether the currency is held."""
        return currency in self._cash

    def items(self) -> list[tuple[str, Cash]]:
        """Pairs of currency and cash."""
        return list(self._cash.items())

    def values(self) -> list[Cash]:
        """All cash."""
        return list(self._cash.values())

    def keys(self) -> list[str]:
        """All currencies."""
        return list(self._cash)

    @property
    def total_exact(self) -> Decimal:
        """Sum in account currency."""
        return sum([c.value_exact for c in self._cash.values()], ZERO)

    @property
    def total_value_in_account_currency(self) -> float:
        """Sum in account currency."""
        return float(self.total_exact)


class CashAmount(LeanObject):
    """An amount of a currency."""

    def __init__(self, amount: Any, currency: str = "USD", *_: Any) -> None:
        self.amount_exact = decimal_of(amount)
        self.currency = currency

    @property
    def amount(self) -> float:
        """The amount."""
        return float(self.amount_exact)

    def __str__(self) -> str:
        return f"{self.amount_exact} {self.currency}"


class ConvertibleCashAmount(LeanObject):
    """An amount of a currency of the cash book: what `holdings.get_quantity_value` returns."""

    def __init__(self, amount: Decimal, cash: Cash) -> None:
        self.amount_exact, self.cash = amount, cash

    @property
    def amount(self) -> float:
        """The amount."""
        return float(self.amount_exact)

    @property
    def in_account_currency(self) -> float:
        """The amount in account currency."""
        return float(self.amount_exact * self.cash.rate)


def dollar() -> Cash:
    """US dollars as account currency: what a security has until a cash book knows it."""
    return Cash("USD")
