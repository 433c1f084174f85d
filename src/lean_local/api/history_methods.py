"""`self.history` and what is made of it (semantics §8.4)."""

from typing import Any

from lean_local.api.bars import DataDictionary
from lean_local.naming import LeanObject
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol


class HistoryMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any

    @property
    def history(self) -> Any:
        """`self.history(...)` and `self.history[Type](...)`."""
        from lean_local.engine.history import HistoryCall  # noqa: PLC0415  pandas only when asked for

        return HistoryCall(self._run)

    def get_last_known_prices(self, subject: Any) -> Any:
        """The last data points of a security, one of each kind; of several securities, those lists by symbol."""
        last = self._run.last_known
        symbol = as_symbol(subject)
        if symbol is not None:
            return last.of(symbol)
        symbols = [s for s in map(as_symbol, subject) if s is not None]
        found: dict[Symbol, Any] = {s: last.of(s) for s in symbols}
        return DataDictionary({s: points for s, points in found.items() if points}, as_symbol)

    def get_last_known_price(self, subject: Any) -> Any:
        """The last data point that stands for a security's price, None without any."""
        symbol = as_symbol(subject)
        return None if symbol is None else self._run.last_known.one(symbol)
