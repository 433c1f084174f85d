"""Contracts of option chains: views on the columns of their chain (semantics §4.5)."""

from collections import deque
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from lean_local.naming import LeanObject
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    from lean_local.api.chains import OptionChain


class Greeks(LeanObject):
    """Greeks in LEAN's units: theta per year, `theta_per_day`, vega per 0.01, rho per 0.01."""

    __slots__ = ("delta", "gamma", "lambda_", "rho", "theta", "vega")

    def __init__(
        self,
        delta: float = 0.0,
        gamma: float = 0.0,
        vega: float = 0.0,
        theta: float = 0.0,
        rho: float = 0.0,
        lambda_: float = 0.0,
    ) -> None:
        self.delta, self.gamma, self.vega, self.theta = delta, gamma, vega, theta
        self.rho, self.lambda_ = rho, lambda_

    @property
    def theta_per_day(self) -> float:
        """Theta per day."""
        return self.theta / 365.0

    @theta_per_day.setter
    def theta_per_day(self, value: float) -> None:
        """Set theta, which is per year."""
        self.theta = round(value * 365.0, 10)


def greeks_of_day(delta: float, gamma: float, vega: float, theta_per_day: float, rho: float) -> Greeks:
    """Greeks whose theta is known per day."""
    return Greeks(delta, gamma, vega, round(theta_per_day * 365.0, 10), rho)


_COLUMNS = {
    "_bid_price": ("bid", "Bid, 0 when there is none."),
    "_ask_price": ("ask", "Ask, 0 when there is none."),
    "_bid_size": ("bid_size", "Size at the bid."),
    "_ask_size": ("ask_size", "Size at the ask."),
    "_last_price": ("last", "Close of the last trade bar, 0 when there is none."),
    "_volume": ("volume", "Volume of this step's trade bar."),
    "_open_interest": ("interest", "Open interest."),
    "_strike": ("strike", "Strike."),
    "_expiry": ("expiry", "Expiry at midnight."),
    "_right": ("right", "Call or put."),
}
"""The column of the chain behind a field of its contracts. The first read fills the field of all contracts."""


def _field(name: str) -> Any:
    return property(attrgetter(name), doc=_COLUMNS[name][1])  # C code: several times faster than a function


class OptionContract(LeanObject):
    """One contract of a chain. Quotes are those of its slice; Greeks are computed at first access."""

    _is_symbol_too = True  # where a symbol is compared with it

    __slots__ = ("_chain", "_row", *_COLUMNS)

    def __init__(self, chain: "OptionChain", row: int) -> None:
        self._chain, self._row = chain, row

    def __getattr__(self, name: str) -> Any:
        if name not in _COLUMNS:
            return super().__getattr__(name)
        values = self._chain.listed(_COLUMNS[name][0])
        fill: Any = getattr(OptionContract, name).__set__
        deque(map(fill, self._chain.made, values), maxlen=0)
        return values[self._row]

    bid_price, ask_price = _field("_bid_price"), _field("_ask_price")
    bid_size, ask_size = _field("_bid_size"), _field("_ask_size")
    last_price, volume, open_interest = _field("_last_price"), _field("_volume"), _field("_open_interest")
    strike, expiry, right = _field("_strike"), _field("_expiry"), _field("_right")

    @property
    def price(self) -> float:
        """Same as `last_price`."""
        last: float = self.last_price
        return last

    value = close = price

    @property
    def underlying_last_price(self) -> float:
        """Price of the underlying."""
        return self._chain.underlying_price

    @property
    def symbol(self) -> Symbol:
        """Symbol."""
        return self._chain.symbol_of_row(self._row)

    @property
    def id(self) -> Any:
        """Security identifier."""
        return self.symbol.id

    @property
    def underlying_symbol(self) -> Symbol | None:
        """Symbol of the underlying."""
        canonical = self._chain.symbol
        return None if canonical is None else canonical.underlying

    @property
    def style(self) -> Any:
        """American or European."""
        return self.symbol.id.option_style

    @property
    def scaled_strike(self) -> float:
        """Strike times the strike multiplier."""
        return float(self.strike * self._chain.strike_multiplier)

    @property
    def time(self) -> datetime:
        """Time of the contract's data."""
        return self._chain.contract_time

    def _price(self) -> Any:
        return self._chain.price_row(self._row, self)

    @property
    def implied_volatility(self) -> float:
        """Implied volatility, 0 when there is none."""
        return float(self._price().implied_volatility)

    @property
    def greeks(self) -> Greeks:
        """Greeks, all 0 when there is no implied volatility."""
        found: Greeks = self._price().greeks
        return found

    @property
    def theoretical_price(self) -> float:
        """Black–Scholes price with the implied volatility."""
        return float(self._price().theoretical_price)

    def __str__(self) -> str:
        return f"{self.symbol.value}"
