"""Chains read from universe files: `self.option_chain(s)` (semantics §4.5). Columns first, contracts when iterated."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lean_local.api import chains
from lean_local.api.bars import BaseData, DataDictionary, QuoteBar
from lean_local.api.chain_contracts import Greeks, greeks_of_day
from lean_local.api.universe_rows import UniverseColumns, file_greeks, known
from lean_local.engine.universe_files import midnight
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    import pandas as pd

_OF_DAY = {"bid": "close", "ask": "close", "last": "close", "interest": "open_interest", "volume": "volume"}


class _FilePrice(NamedTuple):
    """What a file says of a contract; it has no theoretical price."""

    implied_volatility: float
    greeks: Greeks
    theoretical_price: float = 0.0


class OptionChain(chains.OptionChain):
    """The chain of a universe file, without expired contracts: bid, ask and last are the file's close, sizes 0."""

    __slots__ = ("_columns", "_flatten")
    _columns: UniverseColumns

    def __init__(self, canonical: Symbol, time: datetime, *, flatten: bool) -> None:
        BaseData.__init__(self, canonical, time)
        self._underlying = QuoteBar()  # LEAN leaves it empty
        self._underlying_price = 0.0
        self.contract_time, self._flatten = time, flatten
        self._slots = np.zeros(0, np.int64)
        self._lists, self._priced, self._bars = {}, {}, {}
        self._contracts = self._by_symbol = None

    @staticmethod
    def of_day(columns: UniverseColumns, canonical: Symbol, time: datetime, *, flatten: bool) -> "OptionChain":
        """The chain of a file; `time` is midnight of the exchange's date, on which contracts may still expire."""
        made = OptionChain(canonical, time, flatten=flatten)
        c = made._columns = columns
        made.contract_time = midnight(columns.day.day + timedelta(days=1))
        made._underlying_price = c.underlying_price
        alive = np.flatnonzero(c.expiry >= time.toordinal())
        made._slots = alive[np.lexsort((c.strike[alive], -c.right[alive], c.expiry[alive]))]
        return made

    def column(self, name: str) -> Any:
        """See the chain of a slice."""
        if name in ("bid_size", "ask_size"):
            return np.zeros(len(self._slots))
        source: Any = self._columns if name not in _OF_DAY else self._columns.day
        return getattr(source, _OF_DAY.get(name, name))[self._slots]

    @property
    def strike_multiplier(self) -> float:
        """What strikes are multiplied with to be prices of the underlying. Not part of LEAN."""
        return self._columns.strike_multiplier

    def symbol_of_row(self, row: int) -> Symbol:
        """Symbol of a contract by its place in the chain. Not part of LEAN."""
        return self._columns.symbol(int(self._slots[row]))

    def price_row(self, row: int, contract: Any) -> Any:  # noqa: ARG002
        """Implied volatility and Greeks of the file. Not part of LEAN."""
        day, index = self._columns.day, int(self._slots[row])
        return _FilePrice(known(day.implied_volatility[index]), greeks_of_day(*file_greeks(day, index)))

    def _bars_of(self, *, trade: bool) -> DataDictionary:  # noqa: ARG002
        return DataDictionary()

    @property
    def data_frame(self) -> "pd.DataFrame":
        """One row per contract when flattened, else one row for all."""
        from lean_local.api.frames import chain_frame, unflattened_chain_frame  # noqa: PLC0415  pandas when asked for

        return chain_frame(list(self), theoretical=False) if self._flatten else unflattened_chain_frame(self)
