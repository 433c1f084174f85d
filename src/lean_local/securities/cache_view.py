"""`security.cache`: what is last known of a security, by data type. LEAN `SecurityCache.cs`."""

from typing import TYPE_CHECKING, Any

from lean_local.api.bars import QuoteBar, TradeBar
from lean_local.api.ticks import OpenInterest
from lean_local.naming import GenericCall, LeanObject

if TYPE_CHECKING:
    from lean_local.securities.security import Security


class SecurityCache(LeanObject):
    """View on a security's last data."""

    def __init__(self, security: "Security") -> None:
        self._security = security

    @property
    def get_data(self) -> GenericCall:
        """`get_data()`, `get_data(Type)`, `get_data[Type]()`: the last data point, None when there is none."""
        return GenericCall(self._data)

    def _data(self, kind: type | None = None) -> Any:
        security = self._security
        if kind is None:
            found = security.get_last_data()
            return found if found is not None else next(reversed(security.points.values()), None)
        if kind is TradeBar:
            trade = security.prices.trade_row()
            return None if trade is None else security.make_trade_bar(trade)
        if kind is QuoteBar:
            quote = security.prices.quote_row()
            return None if quote is None else security.make_quote_bar(quote)
        if kind is OpenInterest:
            end = security.prices.interest_end()
            return OpenInterest(security.zone.to_local(end), security.symbol, security.open_interest) if end else None
        return security.points.get(kind)

    def get_all(self, kind: type) -> list[Any]:
        """The last data points of a type."""
        found = self._data(kind)
        return [] if found is None else [found]

    def has_data(self, kind: type) -> bool:
        """Whether there is a data point of a type."""
        return self._data(kind) is not None

    @property
    def price(self) -> float:
        """Last price."""
        return float(self._security.prices.price())

    @property
    def open(self) -> float:
        """Open of the last bar."""
        return float(self._security.open)

    @property
    def high(self) -> float:
        """High of the last bar."""
        return float(self._security.high)

    @property
    def low(self) -> float:
        """Low of the last bar."""
        return float(self._security.low)

    @property
    def close(self) -> float:
        """Close of the last bar."""
        return float(self._security.close)

    @property
    def volume(self) -> float:
        """Volume of the last trade bar."""
        return float(self._security.volume)

    @property
    def bid_price(self) -> float:
        """Last bid, 0 when there is none."""
        return float(self._security.prices.bid())

    @property
    def ask_price(self) -> float:
        """Last ask, 0 when there is none."""
        return float(self._security.prices.ask())

    @property
    def bid_size(self) -> float:
        """Size at the bid."""
        return float(self._security.bid_size)

    @property
    def ask_size(self) -> float:
        """Size at the ask."""
        return float(self._security.ask_size)

    @property
    def open_interest(self) -> float:
        """Last open interest."""
        return float(self._security.open_interest)
