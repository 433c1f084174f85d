"""The bars of a slice by symbol, made when an algorithm looks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lean_local.api.bars import DataDictionary, DataPair
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    from lean_local.api.slice import Slice


class BarsView(DataDictionary):
    """`slice.bars`: asking for one symbol makes one bar, going through them makes all."""

    __slots__ = ("_slice", "_trade")

    def __init__(self, current: "Slice", *, trade: bool) -> None:
        super().__init__(None, as_symbol)
        self._slice, self._trade = current, trade

    def _everything(self) -> DataDictionary:
        return self._slice.all_bars(trade=self._trade)

    def get(self, key: Any, default: Any = None) -> Any:
        """The bar of that symbol, or `default`."""
        symbol = as_symbol(key)
        found = None if symbol is None else self._slice.find_bar(symbol, trade=self._trade)
        return default if found is None else found

    def __iter__(self) -> Iterator[DataPair]:
        return iter(self._everything())

    def __len__(self) -> int:
        return self._slice.count_bars(trade=self._trade)

    def keys(self) -> list[Symbol]:
        """The symbols."""
        return self._everything().keys()

    def values(self) -> list[Any]:
        """The bars."""
        return self._everything().values()

    def items(self) -> list[tuple[Symbol, Any]]:
        """Pairs of symbol and bar."""
        return self._everything().items()
