"""Closed trades as algorithms see them: `self.trade_builder.closed_trades` (LEAN `TradeBuilder.cs`, `Trade.cs`)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from lean_local import results
from lean_local.engine.clock import aware_utc
from lean_local.enums import FillGroupingMethod, FillMatchingMethod, TradeDirection
from lean_local.naming import LeanObject
from lean_local.results import trades
from lean_local.securities.cache import decimal_of
from lean_local.symbols import Symbol

__all__ = ["Trade", "TradeBuilder"]


class Trade(LeanObject):
    """One closed trade; money in account currency, times in UTC."""

    def __init__(self, record: results.Trade) -> None:
        self._record = record

    @property
    def record(self) -> results.Trade:
        """The exact figures. Not part of LEAN."""
        return self._record

    def _number(self, name: str) -> float:
        return float(getattr(self._record, name))

    entry_price = property(lambda self: self._number("entry_price"), doc="Price, or average price, of the entry.")
    exit_price = property(lambda self: self._number("exit_price"), doc="Price, or average price, of the exit.")
    quantity = property(lambda self: self._number("quantity"), doc="Size, never negative.")
    profit_loss = property(lambda self: self._number("profit_loss"), doc="Profit before fees.")
    total_fees = property(lambda self: self._number("total_fees"), doc="Fees of entry and exit.")
    mae = property(lambda self: self._number("mae"), doc="Maximum adverse excursion, not positive.")
    mfe = property(lambda self: self._number("mfe"), doc="Maximum favourable excursion, not negative.")
    end_trade_drawdown = property(lambda self: self._number("end_trade_drawdown"), doc="Largest profit given back.")
    is_win = property(lambda self: self._record.is_win, doc="Whether it won; exercises by what they were worth.")
    symbols = property(lambda self: [self._record.symbol], doc="What was traded.")
    symbol = property(lambda self: self._record.symbol, doc="What was traded.")
    direction = property(lambda self: TradeDirection(self._record.direction), doc="Long or short.")
    order_ids = property(lambda self: list(self._record.order_ids), doc="Ids of the orders that made it.")

    @property
    def entry_time(self) -> datetime:
        """When it was opened."""
        return aware_utc(self._record.entry_utc_ms)

    @property
    def exit_time(self) -> datetime:
        """When it was closed."""
        return aware_utc(self._record.exit_utc_ms)

    @property
    def duration(self) -> timedelta:
        """Time between the two."""
        return timedelta(milliseconds=self._record.exit_utc_ms - self._record.entry_utc_ms)


class TradeBuilder(LeanObject):
    """Makes trades of fills: how fills are grouped, and which entry an exit closes."""

    def __init__(
        self,
        grouping_method: Any = FillGroupingMethod.FILL_TO_FILL,
        matching_method: Any = FillMatchingMethod.FIFO,
    ) -> None:
        self.core = trades.TradeBuilder(FillGroupingMethod(grouping_method), FillMatchingMethod(matching_method))

    @classmethod
    def of(cls, core: trades.TradeBuilder) -> "TradeBuilder":
        """The object of a builder that is at work. Not part of LEAN."""
        made = cls()
        made.core = core
        return made

    @property
    def closed_trades(self) -> list[Trade]:
        """Trades closed so far, in closing order."""
        return [Trade(record) for record in self.core.closed]

    def has_open_position(self, symbol: Symbol) -> bool:
        """Whether a trade of the symbol is pending."""
        return self.core.has_open_position(symbol)

    def set_market_price(self, symbol: Symbol, price: float | Decimal) -> None:
        """Show a price of a security, as the engine does at every step."""
        self.core.price(symbol, decimal_of(price))
