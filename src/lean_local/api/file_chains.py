"""Chains read from universe files: `self.option_chain(s)` (semantics §4.5). Columns first, contracts when iterated."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from lean_local.api.bars import DataPair
from lean_local.api.chains import Greeks, OptionContracts, greeks_of_day
from lean_local.api.universe_rows import UniverseColumns, file_greeks, known
from lean_local.data.universes import UniverseDay
from lean_local.enums import OptionRight
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    import pandas as pd


class FileContract(LeanObject):
    """One contract of a universe file: bid, ask and last are the file's close."""

    __slots__ = (
        "_columns",
        "_greeks",
        "_index",
        "_symbol",
        "ask_price",
        "ask_size",
        "bid_price",
        "bid_size",
        "expiry",
        "implied_volatility",
        "last_price",
        "open_interest",
        "right",
        "strike",
        "time",
        "underlying_last_price",
        "volume",
    )

    def __init__(self, columns: UniverseColumns, index: int, time: datetime) -> None:
        self._columns, self._index, self.time = columns, index, time
        self._symbol: Symbol | None = None
        self._greeks: Greeks | None = None
        day, close = columns.day, float(columns.day.close[index])
        expiry = day.expiry[index]
        self.expiry = datetime(expiry.year, expiry.month, expiry.day)  # noqa: DTZ001
        self.strike = float(columns.strike[index])
        self.right = OptionRight.CALL if columns.right[index] > 0 else OptionRight.PUT
        self.bid_price = self.ask_price = self.last_price = close
        self.bid_size = self.ask_size = 0
        self.volume, self.open_interest = int(day.volume[index]), float(day.open_interest[index])
        self.implied_volatility = known(day.implied_volatility[index])
        self.underlying_last_price = columns.underlying_price

    @property
    def symbol(self) -> Symbol:
        """Symbol."""
        if self._symbol is None:
            self._symbol = self._columns.symbol(self._index)
        return self._symbol

    @property
    def id(self) -> Any:
        """Security identifier."""
        return self.symbol.id

    @property
    def underlying_symbol(self) -> Symbol:
        """Symbol of the underlying."""
        return self._columns.underlying_symbol

    @property
    def style(self) -> Any:
        """American or European."""
        return self._columns.canonical.id.option_style

    @property
    def scaled_strike(self) -> float:
        """Strike times the strike multiplier."""
        return self.strike * self._columns.strike_multiplier

    @property
    def greeks(self) -> Greeks:
        """Greeks of the file."""
        if self._greeks is None:
            self._greeks = greeks_of_day(*file_greeks(self._columns.day, self._index))
        return self._greeks

    @property
    def theoretical_price(self) -> float:
        """Not in the file."""
        return 0.0


class FileChain(LeanObject):
    """The chain of a universe file, without expired contracts."""

    def __init__(
        self,
        day: UniverseDay | None,
        canonical: Symbol,
        strike_multiplier: float,
        today: date,
        time: datetime,
        *,
        flatten: bool,
    ) -> None:
        self.symbol = canonical
        self.time = time
        self._flatten = flatten
        self._columns = None if day is None else UniverseColumns(day, canonical, strike_multiplier)
        self._made: list[FileContract] | None = None
        self._rows = np.zeros(0, np.int64)
        if self._columns is not None:
            alive = np.flatnonzero(self._columns.expiry >= today.toordinal())
            c = self._columns
            self._rows = alive[np.lexsort((c.strike[alive], -c.right[alive], c.expiry[alive]))]

    def _contracts(self) -> list[FileContract]:
        if self._made is None:
            columns = self._columns
            self._made = [] if columns is None else [FileContract(columns, int(i), self.time) for i in self._rows]
        return self._made

    @property
    def contracts(self) -> OptionContracts:
        """Contracts by symbol."""
        return OptionContracts({c.symbol: c for c in self._contracts()})

    @property
    def underlying(self) -> Any:
        """Underlying symbol and price of the file."""
        from lean_local.api.filters import UnderlyingPoint  # noqa: PLC0415  breaks an import cycle

        c = self._columns
        return None if c is None else UnderlyingPoint(c.underlying_symbol, c.underlying_price)

    @property
    def data_frame(self) -> "pd.DataFrame":
        """One row per contract."""
        from lean_local.api.frames import chain_frame  # noqa: PLC0415  pandas only when asked for

        return chain_frame(self._contracts(), greeks=True, theoretical=False)

    def __iter__(self) -> Iterator[FileContract]:
        return iter(self._contracts())

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def count(self) -> int:
        """Number of contracts."""
        return len(self._rows)


class FileChains(LeanObject):
    """Several chains by canonical symbol."""

    def __init__(self, chains: list[FileChain], *, flatten: bool) -> None:
        self._chains = {c.symbol: c for c in chains}
        self._flatten = flatten

    def __getitem__(self, key: Any) -> FileChain:
        return self._chains[key]

    def get(self, key: Any, default: Any = None) -> Any:
        """The chain of a canonical symbol."""
        return self._chains.get(key, default)

    def __contains__(self, key: Any) -> bool:
        return key in self._chains

    def values(self) -> list[FileChain]:
        """All chains."""
        return list(self._chains.values())

    def items(self) -> list[tuple[Symbol, FileChain]]:
        """Pairs of canonical symbol and chain."""
        return list(self._chains.items())

    def __iter__(self) -> Iterator[Any]:
        return iter([DataPair(k, v) for k, v in self.items()])

    @property
    def data_frame(self) -> "pd.DataFrame":
        """All contracts; index (canonical, symbol)."""
        import pandas as pd  # noqa: PLC0415  pandas only when asked for

        return pd.concat({k: c.data_frame for k, c in self._chains.items()}, names=["canonical", "symbol"])
