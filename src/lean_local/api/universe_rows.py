"""A day's option chain file as columns, and its rows as objects where an algorithm looks at one."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lean_local.contract_rules import is_standard
from lean_local.data.columns import ContractKey
from lean_local.data.universes import UniverseDay
from lean_local.enums import OptionRight, OptionStyle
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol


class FileGreeks(LeanObject):
    """Greeks of a universe file; theta per year, `theta_per_day` as in the file."""

    __slots__ = ("delta", "gamma", "rho", "theta_per_day", "vega")

    def __init__(self, delta: float, gamma: float, vega: float, theta_per_day: float, rho: float) -> None:
        self.delta, self.gamma, self.vega, self.theta_per_day, self.rho = delta, gamma, vega, theta_per_day, rho

    @property
    def theta(self) -> float:
        """Theta per year."""
        return self.theta_per_day * 365.0

    @property
    def lambda_(self) -> float:
        """Not in the file."""
        return 0.0


_GREEKS = ("delta", "gamma", "vega", "theta", "rho")


def file_greeks(day: UniverseDay, index: int) -> list[float]:
    """Delta, gamma, vega, theta per day and rho of a row; 0 where the file has none, as LEAN reads it."""
    return [known(getattr(day, name)[index]) for name in _GREEKS]


def known(value: Any) -> float:
    """A number of a universe file, 0 when the file does not have the column (options on futures)."""
    return 0.0 if np.isnan(value) else float(value)


class UnderlyingPoint(LeanObject):
    """The underlying as the universe file has it."""

    def __init__(self, symbol: Symbol, price: float) -> None:
        self.symbol, self.price, self.close, self.value = symbol, price, price, price

    def __str__(self) -> str:
        return f"{self.symbol}: ¤{self.price:,.2f}"


class UniverseColumns:
    """The columns of one root's universe file with what else selection needs."""

    def __init__(self, day: UniverseDay, canonical: Symbol, strike_multiplier: float) -> None:
        self.day = day
        self.canonical = canonical
        self.strike_multiplier = strike_multiplier
        assert canonical.underlying is not None
        self.underlying_symbol = canonical.underlying
        self.underlying_price = day.underlying.close if day.underlying is not None else 0.0
        self.underlying = UnderlyingPoint(self.underlying_symbol, self.underlying_price)
        self.strike: NDArray[np.float64] = day.strike
        self.right: NDArray[np.int8] = day.right
        self.expiry: NDArray[np.int32] = np.array([d.toordinal() for d in day.expiry], np.int32)
        self.style = "european" if canonical.id.option_style == OptionStyle.EUROPEAN else "american"
        self._standard: NDArray[np.bool_] | None = None
        self._index: dict[ContractKey, int] | None = None

    def __len__(self) -> int:
        return len(self.strike)

    def key(self, index: int) -> ContractKey:
        """Contract of a row."""
        return ContractKey(
            self.day.expiry[index], float(self.strike[index]), "call" if self.right[index] > 0 else "put", self.style
        )

    def symbol(self, index: int) -> Symbol:
        """Symbol of a row."""
        return contract_symbol(self.canonical, self.key(index))

    def row(self, index: int) -> "OptionUniverse":
        """A row as an object."""
        return OptionUniverse(self, index)

    def is_standard(self) -> NDArray[np.bool_]:
        """Mask of standard contracts."""
        if self._standard is None:
            by_day: dict[date, bool] = {}
            for index, expiry in enumerate(self.day.expiry):
                if expiry not in by_day:
                    by_day[expiry] = is_standard(self.symbol(index).id)
            self._standard = np.array([by_day[d] for d in self.day.expiry], np.bool_)
        return self._standard

    def index_of(self, wanted: Any) -> int | None:
        """Row of a symbol or row object, None when it is not in the file."""
        if isinstance(wanted, OptionUniverse):
            return wanted.index
        symbol = wanted if isinstance(wanted, Symbol) else getattr(wanted, "symbol", None)
        if not isinstance(symbol, Symbol):
            return None
        return self.index_of_key(contract_key(symbol))

    def index_of_key(self, wanted: ContractKey) -> int | None:
        """Row of a contract, None when it is not in the file."""
        if self._index is None:
            self._index = {self.key(i): i for i in range(len(self))}
        return self._index.get(wanted)


class OptionUniverse(LeanObject):
    """One contract of a universe file. Strike, right and expiry are in its `id`, as in LEAN."""

    _is_symbol_too = True  # where a symbol is compared with it

    __slots__ = ("_columns", "_symbol", "index")

    def __init__(self, columns: UniverseColumns, index: int) -> None:
        self._columns, self.index = columns, index
        self._symbol: Symbol | None = None

    @property
    def symbol(self) -> Symbol:
        """Symbol."""
        if self._symbol is None:
            self._symbol = self._columns.symbol(self.index)
        return self._symbol

    @property
    def id(self) -> Any:
        """Security identifier."""
        return self.symbol.id

    @property
    def time(self) -> datetime:
        """Midnight of the file's date."""
        return datetime.combine(self._columns.day.day, datetime.min.time())

    @property
    def end_time(self) -> datetime:
        """When the file is known: the midnight after."""
        return self.time + timedelta(days=1)

    def to_symbol(self) -> Symbol:
        """The symbol."""
        return self.symbol

    @property
    def greeks(self) -> FileGreeks:
        """Greeks of the file."""
        return FileGreeks(*file_greeks(self._columns.day, self.index))

    @property
    def implied_volatility(self) -> float:
        """Implied volatility of the file."""
        return known(self._columns.day.implied_volatility[self.index])

    @property
    def open_interest(self) -> float:
        """Open interest of the file."""
        return float(self._columns.day.open_interest[self.index])

    @property
    def open(self) -> float:
        """Open."""
        return float(self._columns.day.open[self.index])

    @property
    def high(self) -> float:
        """High."""
        return float(self._columns.day.high[self.index])

    @property
    def low(self) -> float:
        """Low."""
        return float(self._columns.day.low[self.index])

    @property
    def close(self) -> float:
        """Close."""
        return float(self._columns.day.close[self.index])

    @property
    def value(self) -> float:
        """Same as `close`."""
        return self.close

    @property
    def price(self) -> float:
        """Same as `close`."""
        return self.close

    @property
    def volume(self) -> float:
        """Volume."""
        return float(self._columns.day.volume[self.index])

    @property
    def underlying(self) -> Any:
        """Underlying symbol and price."""
        return self._columns.underlying

    def __str__(self) -> str:
        return self.symbol.value


def contract_symbol(canonical: Symbol, key: ContractKey) -> Symbol:
    """Symbol of a contract of a root."""
    assert canonical.underlying is not None
    right = OptionRight.CALL if key.right == "call" else OptionRight.PUT
    style = OptionStyle.EUROPEAN if key.style == "european" else OptionStyle.AMERICAN
    return Symbol.contract(
        canonical.underlying, canonical.id.symbol, canonical.id.market, style, right, key.strike, key.expiry
    )


@lru_cache(maxsize=1 << 16)
def contract_key(symbol: Symbol) -> ContractKey:
    """Key of a contract symbol."""
    identifier = symbol.id
    return ContractKey(
        identifier.date.date(),
        float(identifier.strike_price),
        "call" if identifier.option_right == OptionRight.CALL else "put",
        "european" if identifier.option_style == OptionStyle.EUROPEAN else "american",
    )
