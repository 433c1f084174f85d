"""Cash, holdings and margin of the account. LEAN `SecurityPortfolioManager.cs`, `CashBook.cs` (semantics §7.1)."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of

if TYPE_CHECKING:
    from lean_local.securities.holdings import SecurityHolding
    from lean_local.securities.manager import SecurityManager
    from lean_local.securities.security import Security

ZERO = Decimal(0)
_FREQUENT_MARGIN_SHARE = Decimal("0.05")


class Cash(LeanObject):
    """One currency of a cash book."""

    def __init__(self, symbol: str, amount: Decimal) -> None:
        self.symbol = symbol
        self.exact = amount
        self.conversion_rate = 1.0

    @property
    def amount(self) -> float:
        """Amount in this currency."""
        return float(self.exact)

    @property
    def value_in_account_currency(self) -> float:
        """Amount in account currency."""
        return float(self.exact)

    def add_amount(self, amount: float) -> float:
        """Add to the amount and return it."""
        self.exact += decimal_of(amount)
        return self.amount

    def set_amount(self, amount: float) -> None:
        """Set the amount."""
        self.exact = decimal_of(amount)


class CashBook(LeanObject):
    """Cash by currency. The first cut keeps one account currency."""

    def __init__(self, currency: str = "USD") -> None:
        self.account_currency = currency
        self._cash = {currency: Cash(currency, ZERO)}

    def __getitem__(self, currency: str) -> Cash:
        if currency not in self._cash:
            raise KeyError(f"The cash book holds no {currency}.")
        return self._cash[currency]

    def __contains__(self, currency: str) -> bool:
        return currency in self._cash

    def __iter__(self) -> Iterator[str]:
        return iter(self._cash)

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
        return sum((c.exact for c in self._cash.values()), ZERO)

    @property
    def total_value_in_account_currency(self) -> float:
        """Sum in account currency."""
        return float(self.total_exact)


class SecurityPortfolioManager(LeanObject):
    """The account: `portfolio[symbol]` is a holding."""

    def __init__(self, securities: "SecurityManager") -> None:
        self.securities = securities
        self.cash_book = CashBook()
        self.unsettled_cash_book = CashBook()
        self.margin: Any = None  # securities.margin.MarginCalculator, set by the engine
        self.holders: dict[Any, Security] = {}  # symbol -> security with a non-zero quantity, in order of entry
        self.sale_volume_exact = ZERO
        self.fees_exact = ZERO
        self.profit_exact = ZERO
        self.closed_unrealized = ZERO
        self.margin_call_model: Any = None
        self._value: Decimal | None = None

    # --- engine ------------------------------------------------------------------------------------------------
    @property
    def settled(self) -> Cash:
        """Settled cash of the account currency."""
        return self.cash_book[self.cash_book.account_currency]

    @property
    def unsettled(self) -> Cash:
        """Unsettled cash of the account currency."""
        return self.unsettled_cash_book[self.cash_book.account_currency]

    def touch(self, security: "Security") -> None:
        """Keep `holders` in step with a holding that changed."""
        if security.holdings.quantity_exact:
            self.holders.setdefault(security.symbol, security)
        else:
            self.holders.pop(security.symbol, None)
        self._value = None

    def invalidate(self) -> None:
        """Prices or cash changed."""
        self._value = None

    def value_exact(self) -> Decimal:
        """Total portfolio value: cash, settled or not, plus the value of all holdings."""
        if self._value is None:
            holdings = sum((s.holdings.value_exact() for s in self.holders.values()), ZERO)
            self._value = self.settled.exact + self.unsettled.exact + holdings
        return self._value

    def margin_used_exact(self) -> Decimal:
        """Sum of the maintenance margins of all position groups."""
        return self.margin.total_maintenance() if self.holders else ZERO

    def margin_remaining_exact(self) -> Decimal:
        """Value minus unsettled cash minus margin used."""
        return self.value_exact() - self.unsettled.exact - self.margin_used_exact()

    def unrealized_exact(self) -> Decimal:
        """Unrealized profit of all holdings."""
        return sum((s.holdings.unrealized_exact() for s in self.holders.values()), ZERO)

    def holdings_value_exact(self) -> Decimal:
        """Sum of the unsigned holdings values."""
        return sum((abs(s.holdings.value_exact()) for s in self.holders.values()), ZERO)

    # --- algorithm ---------------------------------------------------------------------------------------------
    def __getitem__(self, key: Any) -> "SecurityHolding":
        return self.securities[key].holdings

    def __contains__(self, key: Any) -> bool:
        return key in self.securities

    def contains_key(self, key: Any) -> bool:
        """Whether the security is known."""
        return key in self.securities

    def __iter__(self) -> Iterator[Any]:
        return iter(self.securities)

    def __len__(self) -> int:
        return len(self.securities)

    @property
    def count(self) -> int:
        """Number of securities."""
        return len(self.securities)

    def get(self, key: Any, default: Any = None) -> Any:
        """Holding of a security or `default`."""
        return self.securities[key].holdings if key in self.securities else default

    def keys(self) -> list[Any]:
        """Symbols of all securities."""
        return self.securities.keys()

    def values(self) -> list["SecurityHolding"]:
        """All holdings, also flat ones."""
        return [s.holdings for s in self.securities.values()]

    def items(self) -> list[tuple[Any, "SecurityHolding"]]:
        """Pairs of symbol and holding."""
        return [(k, s.holdings) for k, s in self.securities.items()]

    @property
    def cash(self) -> float:
        """Settled cash in account currency."""
        return float(self.cash_book.total_exact)

    @property
    def unsettled_cash(self) -> float:
        """Unsettled cash in account currency."""
        return float(self.unsettled_cash_book.total_exact)

    @property
    def total_portfolio_value(self) -> float:
        """Cash plus value of all holdings."""
        return float(self.value_exact())

    @property
    def invested(self) -> bool:
        """Whether anything is held."""
        return any(s.holdings.invested for s in self.holders.values())

    @property
    def hold_stock(self) -> bool:
        """Same as `invested`."""
        return self.invested

    @property
    def total_margin_used(self) -> float:
        """Maintenance margin of all positions."""
        return float(self.margin_used_exact())

    @property
    def margin_remaining(self) -> float:
        """What can still be used as margin."""
        return float(self.margin_remaining_exact())

    def get_margin_remaining(self, *_: Any) -> float:
        """What can still be used as margin."""
        return self.margin_remaining

    def get_buying_power(self, symbol: Any, direction: Any = None) -> float:  # noqa: ARG002
        """Margin that an order in this symbol may use."""
        return self.margin_remaining

    @property
    def total_fees(self) -> float:
        """All fees paid."""
        return float(self.fees_exact)

    @property
    def total_profit(self) -> float:
        """Realized profit of all securities without fees."""
        return float(self.profit_exact)

    @property
    def total_net_profit(self) -> float:
        """Realized profit minus fees."""
        return float(self.profit_exact - self.fees_exact)

    @property
    def total_unrealized_profit(self) -> float:
        """Unrealized profit of all holdings."""
        return float(self.unrealized_exact())

    @property
    def total_unrealised_profit(self) -> float:
        """Same as `total_unrealized_profit`."""
        return self.total_unrealized_profit

    @property
    def total_holdings_value(self) -> float:
        """Sum of the unsigned holdings values."""
        return float(self.holdings_value_exact())

    @property
    def total_absolute_holdings_cost(self) -> float:
        """Sum of the unsigned holdings costs."""
        return float(sum((abs(s.holdings.cost_exact()) for s in self.holders.values()), ZERO))

    @property
    def total_sale_volume(self) -> float:
        """Traded value since the start."""
        return float(self.sale_volume_exact)

    def set_cash(self, amount: float) -> None:
        """Set the settled cash."""
        self.settled.exact = decimal_of(amount)
        self._value = None
