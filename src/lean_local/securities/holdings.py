"""A position: quantity, average price, profit and fees in decimals (LEAN `SecurityHolding.cs`)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of
from lean_local.securities.cash import ConvertibleCashAmount

if TYPE_CHECKING:
    from lean_local.securities.security import Security

ZERO = Decimal(0)


class SecurityHolding(LeanObject):
    """The holding of one security. `Decimal` inside (`*_exact`), floats for the algorithm."""

    __slots__ = (
        "average_exact",
        "dividends_exact",
        "fees_exact",
        "last_profit_exact",
        "profit_exact",
        "quantity_exact",
        "sale_volume_exact",
        "security",
        "target",
    )

    def __init__(self, security: "Security") -> None:
        self.security = security
        self.target: Any = None  # the portfolio target of the framework
        self.quantity_exact = ZERO
        self.average_exact = ZERO
        self.profit_exact = ZERO
        self.fees_exact = ZERO
        self.dividends_exact = ZERO
        self.last_profit_exact = ZERO
        self.sale_volume_exact = ZERO

    def value_exact(self, quantity: Decimal | None = None, price: Decimal | None = None) -> Decimal:
        """Market value in account currency of the holding, or of another quantity or price of the same security."""
        security = self.security
        amount = self.quantity_exact if quantity is None else quantity
        if not amount:
            return ZERO
        at = security.price_exact if price is None else price
        return amount * at * security.multiplier_exact * security.conversion_rate

    def settled_profit_exact(self) -> Decimal:
        """Profit of the open position that is in the cash book already: of futures, settled daily."""
        return ZERO

    def quantity_value(self, quantity: Decimal, price: Decimal | None = None) -> ConvertibleCashAmount:
        """Market value of a quantity in the currency it is settled in."""
        security = self.security
        at = security.price_exact if price is None else price
        return ConvertibleCashAmount(quantity * at * security.multiplier_exact, security.quote_cash)

    def get_quantity_value(self, quantity: float, price: float | None = None) -> ConvertibleCashAmount:
        """LEAN's name of `quantity_value`."""
        return self.quantity_value(decimal_of(quantity), None if price is None else decimal_of(price))

    def cost_exact(self) -> Decimal:
        """Signed cost of the holding."""
        return self.value_exact(price=self.average_exact)

    def unrealized_exact(self) -> Decimal:
        """Value at the exit side of the quote minus cost and the estimated closing fee."""
        quantity = self.quantity_exact
        if not self.invested:
            return ZERO
        security = self.security
        exit_price = (security.bid_exact if quantity > 0 else security.ask_exact) or security.price_exact
        return self.value_exact(price=exit_price) - self.cost_exact() - security.closing_fee_exact()

    @property
    def symbol(self) -> Any:
        """Symbol of the security."""
        return self.security.symbol

    @property
    def type(self) -> Any:
        """Security type."""
        return self.security.symbol.security_type

    @property
    def quantity(self) -> float:
        """Shares or contracts, negative when short."""
        return float(self.quantity_exact)

    @property
    def absolute_quantity(self) -> float:
        """Unsigned quantity."""
        return float(abs(self.quantity_exact))

    @property
    def average_price(self) -> float:
        """Average price of the open position, 0 when flat."""
        return float(self.average_exact)

    @property
    def price(self) -> float:
        """Last price of the security."""
        return float(self.security.price_exact)

    @property
    def invested(self) -> bool:
        """Whether the quantity is at least one lot."""
        return self.quantity_exact != 0 and abs(self.quantity_exact) >= self.security.lot_exact

    @property
    def hold_stock(self) -> bool:
        """Same as `invested`."""
        return self.invested

    @property
    def is_long(self) -> bool:
        """Whether the quantity is positive."""
        return self.quantity_exact > 0

    @property
    def is_short(self) -> bool:
        """Whether the quantity is negative."""
        return self.quantity_exact < 0

    @property
    def holdings_value(self) -> float:
        """Signed market value in account currency."""
        return float(self.value_exact())

    @property
    def absolute_holdings_value(self) -> float:
        """Unsigned market value."""
        return float(abs(self.value_exact()))

    @property
    def holdings_cost(self) -> float:
        """Signed cost."""
        return float(self.cost_exact())

    @property
    def absolute_holdings_cost(self) -> float:
        """Unsigned cost."""
        return float(abs(self.cost_exact()))

    @property
    def unrealized_profit(self) -> float:
        """Profit if closed now, after the closing fee."""
        return float(self.unrealized_exact())

    @property
    def unrealized_profit_percent(self) -> float:
        """Unrealized profit over cost."""
        cost = abs(self.cost_exact())
        return float(self.unrealized_exact() / cost) if cost else 0.0

    @property
    def profit(self) -> float:
        """Realized profit without fees."""
        return float(self.profit_exact)

    @property
    def last_trade_profit(self) -> float:
        """Profit of the last closing fill."""
        return float(self.last_profit_exact)

    @property
    def total_fees(self) -> float:
        """Fees paid for this security."""
        return float(self.fees_exact)

    @property
    def total_dividends(self) -> float:
        """Dividends received."""
        return float(self.dividends_exact)

    @property
    def total_sale_volume(self) -> float:
        """Traded value."""
        return float(self.sale_volume_exact)

    @property
    def net_profit(self) -> float:
        """Profit plus dividends minus fees."""
        return float(self.profit_exact + self.dividends_exact - self.fees_exact)

    def total_close_profit(self) -> float:
        """Unrealized profit of closing the whole position."""
        return float(self.unrealized_exact())

    def __str__(self) -> str:
        return f"{self.symbol}: {self.quantity_exact} @ {self.average_exact}"
