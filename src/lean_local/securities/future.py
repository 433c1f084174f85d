"""Futures: one contract, or (canonical) the continuous contract of a root. LEAN `Future.cs`, `FutureHolding.cs`."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.enums import SettlementType
from lean_local.securities.holdings import SecurityHolding
from lean_local.securities.security import Security
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    from lean_local.api.bars import QuoteBar, QuoteRow, TradeBar, TradeRow
    from lean_local.api.future_filters import FutureFilter
    from lean_local.data.margins import MarginTable

ZERO = Decimal(0)


class FutureHolding(SecurityHolding):
    """A futures position: profit goes to cash once a day, what is not there yet counts as value."""

    __slots__ = ("last_price_exact", "settled_exact", "settled_quantity_exact")

    def __init__(self, security: "Security") -> None:
        super().__init__(security)
        self.settled_exact = ZERO  # profit of the open position that is in the cash book
        self.settled_quantity_exact = ZERO  # quantity at the last settlement
        self.last_price_exact = ZERO  # kept when the security forgets its prices

    def settled_profit_exact(self) -> Decimal:
        """See SecurityHolding."""
        return self.settled_exact if self.quantity_exact else ZERO

    @property
    def price(self) -> float:
        """Last price of the security."""
        return float(self.security.price_exact or self.last_price_exact)

    @property
    def settled_profit(self) -> float:
        """Profit of the open position that is in the cash book."""
        return float(self.settled_exact)

    @property
    def unsettled_profit(self) -> float:
        """Profit of the open position that is not."""
        return float(self.unrealized_exact() - self.settled_profit_exact())


class Future(Security):
    """A future. The canonical one shows the bars of the contract it is mapped to and cannot be traded."""

    chain_filter: "FutureFilter | None" = None  # canonical only
    margins: "MarginTable"
    mapped: Symbol | None = None
    """The contract the continuous future stands for now; None for a contract, and before the first mapping."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.holdings = FutureHolding(self)
        self.settlement_type = SettlementType.CASH
        self.data_symbol = self.symbol  # as bars carry it: the continuous future's has the mapped ticker

    @property
    def expiry(self) -> datetime:
        """Moment the contract expires; midnight when the symbol was made from a date."""
        return self.symbol.id.date

    @property
    def is_future_chain(self) -> bool:
        """Whether this is the canonical future."""
        return self.symbol.is_canonical()

    @property
    def is_future_contract(self) -> bool:
        """Whether this is one contract."""
        return not self.symbol.is_canonical()

    def set_filter(self, *arguments: Any, **named: Any) -> None:
        """Which contracts of the chain get data: `(min, max)` days or spans to expiry, or a function."""
        if self.chain_filter is None:
            raise ValueError(f"{self.symbol.value} is a contract; only the future of `add_future` has a filter.")
        self.chain_filter.set(*arguments, **named)

    def forget(self) -> None:
        """Drop what is known of the market, as LEAN does when it removes a contract for good. Engine only."""
        cache: Any = self.prices
        self.holdings.last_price_exact = self.price_exact  # type: ignore[attr-defined]
        cache.forget()

    def make_trade_bar(self, row: "TradeRow") -> "TradeBar":
        """See Security."""
        bar = super().make_trade_bar(row)
        bar.symbol = self.data_symbol
        return bar

    def make_quote_bar(self, row: "QuoteRow") -> "QuoteBar":
        """See Security."""
        bar = super().make_quote_bar(row)
        bar.symbol = self.data_symbol
        return bar
