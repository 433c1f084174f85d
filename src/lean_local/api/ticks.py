"""Ticks as an algorithm sees them (LEAN `Common/Data/Market/Tick.cs`, `OpenInterest.cs`)."""

from datetime import datetime
from typing import Any

from lean_local.api.bars import BaseData, exact_mid
from lean_local.api.exchanges import exchange_name
from lean_local.enums import MarketDataType, SecurityType, TickType
from lean_local.symbols import Symbol


class Tick(BaseData):
    """One trade, quote or open interest. `value` is the price of a trade, the mid of a quote."""

    __slots__ = (
        "_exchange_code",
        "ask_price",
        "ask_size",
        "bid_price",
        "bid_size",
        "quantity",
        "sale_condition",
        "suspicious",
        "tick_type",
    )
    _data_type = MarketDataType.TICK

    def __init__(self, time: datetime | None = None, symbol: Symbol | None = None, *values: Any) -> None:
        """LEAN's constructors.

        `Tick(time, symbol, bid, ask)`, `(time, symbol, last, bid, ask)`, `(time, symbol, open_interest)`,
        `(time, symbol, bid_size, bid_price, ask_size, ask_price)`, `(time, symbol, sale_condition, exchange, quantity,
        price)` and `(time, symbol, sale_condition, exchange, bid_size, bid_price, ask_size, ask_price)`.
        """
        if time is None:
            super().__init__(symbol)
        else:
            super().__init__(symbol, time)
        self.tick_type, self.quantity, self.suspicious = TickType.TRADE, 0.0, False
        self.bid_price = self.bid_size = self.ask_price = self.ask_size = 0.0
        self._exchange_code, self.sale_condition = "", ""
        self._fill(list(values))

    def _fill(self, values: list[Any]) -> None:
        if values and isinstance(values[0], str):
            self.sale_condition, self._exchange_code = values.pop(0), str(values.pop(0))
            if len(values) == 2:
                self.quantity, self.value = values
                return
        if len(values) == 1:
            self.tick_type, self.value = TickType.OPEN_INTEREST, values[0]
        elif len(values) == 4:
            self.set_quote(values[1], values[0], values[3], values[2])
        elif values:
            self.set_quote(values[-2], 0.0, values[-1], 0.0)
            self.value = values[0] if len(values) == 3 else self.value

    def set_quote(self, bid_price: float, bid_size: float, ask_price: float, ask_size: float) -> None:
        """Make it a quote; its value is the mid, or the side there is."""
        self.tick_type = TickType.QUOTE
        self.bid_price, self.bid_size, self.ask_price, self.ask_size = bid_price, bid_size, ask_price, ask_size
        self.value = exact_mid(bid_price, ask_price) if bid_price and ask_price else bid_price or ask_price

    @property
    def last_price(self) -> float:
        """Same as `value`."""
        return self.value

    @property
    def exchange_code(self) -> str:
        """The code of the exchange, as in the file."""
        return self._exchange_code

    @exchange_code.setter
    def exchange_code(self, code: str) -> None:
        """Set the code."""
        self._exchange_code = code

    @property
    def exchange(self) -> str:
        """The name of the exchange, empty when it is not known."""
        kind = SecurityType.EQUITY if self.symbol is None else self.symbol.security_type
        return exchange_name(self._exchange_code, kind)

    @exchange.setter
    def exchange(self, code: str) -> None:
        """Set it by its code."""
        self._exchange_code = code

    @property
    def parsed_sale_condition(self) -> int:
        """The bits of `sale_condition`, a hexadecimal number."""
        return int(self.sale_condition, 16) if self.sale_condition else 0

    def is_valid(self) -> bool:
        """Whether it has what its type needs: a price, and a quantity or a bid and an ask."""
        if self.tick_type == TickType.QUOTE:
            return bool((self.bid_price > 0 and self.bid_size > 0) or (self.ask_price > 0 and self.ask_size > 0))
        needs_none = self.tick_type == TickType.OPEN_INTEREST or (
            self.symbol is not None and self.symbol.security_type == SecurityType.INDEX
        )
        return bool(self.value > 0 and (needs_none or self.quantity > 0))

    def __str__(self) -> str:
        if self.tick_type == TickType.QUOTE:
            return f"{self.symbol}: Bid: {self.bid_size:g}@{self.bid_price:g} Ask: {self.ask_size:g}@{self.ask_price:g}"
        if self.tick_type == TickType.TRADE:
            return f"{self.symbol}: Price: {self.value:g} Quantity: {self.quantity:g}"
        return f"{self.symbol}: OpenInterest: {self.value:g}"


class OpenInterest(Tick):
    """Open interest of a contract."""

    __slots__ = ()
