"""Cash, holdings and margin of the account. LEAN `SecurityPortfolioManager.cs`, `CashBook.cs` (semantics §7.1)."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.enums import OrderDirection, SecurityType
from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of
from lean_local.securities.cash import Cash, CashBook
from lean_local.securities.margin_call_models import DefaultMarginCallModel

if TYPE_CHECKING:
    from lean_local.securities.holdings import SecurityHolding
    from lean_local.securities.manager import SecurityManager
    from lean_local.securities.security import Security

ZERO = Decimal(0)
CURRENCIES = (SecurityType.FOREX, SecurityType.CRYPTO)  # their value is in the cash book
UNPAID = (SecurityType.FUTURE, SecurityType.CFD, SecurityType.CRYPTO_FUTURE)  # opening them moves no cash


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
        self.margin_call_model: Any = DefaultMarginCallModel()
        self.open_records: Callable[[], list[Any]] = list  # records of open orders, set by the engine
        self.transaction_manager: Any = None
        self._value: Decimal | None = None
        self._explicit = self._currency_set = False

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
            holdings = sum([_worth(s) for s in self.holders.values()], ZERO)
            self._value = self.cash_book.total_exact + self.unsettled_cash_book.total_exact + holdings
        return self._value

    def margin_used_exact(self) -> Decimal:
        """Sum of the maintenance margins of all position groups."""
        return self.margin.total_maintenance() if self.holders else ZERO

    def margin_remaining_exact(self) -> Decimal:
        """Value minus unsettled cash minus margin used."""
        return self.value_exact() - self.unsettled_cash_book.total_exact - self.margin_used_exact()

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
        from lean_local.securities.manager import DataPair  # noqa: PLC0415  breaks an import cycle

        return iter([DataPair(k, v) for k, v in self.items()])

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

    def get_margin_remaining(self, symbol: Any = None, direction: Any = OrderDirection.BUY) -> float:
        """What an order in that symbol and direction may use as margin; without one, what is left."""
        if symbol is None or isinstance(symbol, int | float):
            return self.margin_remaining
        security = self.securities[symbol]
        held = security.holdings.quantity_exact
        closing = (held > 0 and direction == OrderDirection.SELL) or (held < 0 and direction == OrderDirection.BUY)
        model, freed = security.models.margin, ZERO
        if closing:
            freed = model.maintenance(security, held) + abs(model.initial(security, held))
        return float(self.margin_remaining_exact() + freed)

    def get_buying_power(self, symbol: Any, direction: Any = OrderDirection.BUY) -> float:
        """Same as `get_margin_remaining`."""
        return self.get_margin_remaining(symbol, direction)

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

    def set_cash(self, *arguments: Any) -> None:
        """`set_cash(amount)`, or `set_cash(currency, amount, conversion_rate)`."""
        if isinstance(arguments[0], str):
            currency, amount, *rate = arguments
            self.cash_book.add(currency.upper(), amount, rate[0] if rate else ZERO)
            self._explicit = True
        else:
            self.settled.exact = decimal_of(arguments[0])
            self._explicit = False
        self._value = None

    def set_account_currency(self, currency: str, starting_cash: float | None = None) -> None:
        """Change the account currency; once, and before any security is added."""
        if self._currency_set:
            return
        self._currency_set = True
        if len(self.securities):
            raise RuntimeError(
                "SecurityPortfolioManager.SetAccountCurrency(): Cannot change AccountCurrency after adding a Security. "
                "Please move SetAccountCurrency() before AddSecurity()."
            )
        old = self.settled
        self.unsettled_cash_book.change_account_currency(currency)
        self.cash_book.change_account_currency(currency)
        if self._explicit and old.symbol != self.cash_book.account_currency:
            self.settled.exact = ZERO
            self.cash_book.add(old.symbol, old.exact, old.rate)
        if starting_cash is not None:
            self.set_cash(starting_cash)
        self._value = None

    def set_margin_call_model(self, model: Any) -> None:
        """Replace the margin call model; `MarginCallModel.NULL` turns margin calls off."""
        self.margin_call_model = model

    def set_positions(self, model: Any) -> None:
        """Replace the position group model; `SecurityPositionGroupModel.NULL` lets every position stand alone."""
        self.margin.grouped = not getattr(model, "is_null", False)

    @property
    def positions(self) -> Any:
        """Position groups of the account."""
        from lean_local.securities.positions import SecurityPositionGroupModel  # noqa: PLC0415  breaks an import cycle

        return SecurityPositionGroupModel(self)

    @property
    def transactions(self) -> Any:
        """The algorithm's transactions."""
        return self.transaction_manager


def _worth(security: "Security") -> Decimal:
    """What a position adds to the cash of the account."""
    kind = security.symbol.security_type
    if kind in CURRENCIES:
        return ZERO
    holdings = security.holdings
    return holdings.unrealized_exact() - holdings.settled_profit_exact() if kind in UNPAID else holdings.value_exact()
