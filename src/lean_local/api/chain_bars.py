"""What chains of options and of futures say of their bars."""

from lean_local.api.bars import BaseData, DataDictionary
from lean_local.symbols import Symbol


class ChainBars(BaseData):
    """A chain whose `_bars_of` gives the bars of its contracts."""

    __slots__ = ()

    def _bars_of(self, *, trade: bool) -> DataDictionary:  # noqa: ARG002  chains define it
        raise TypeError(f"{type(self).__name__} says nothing of its bars")

    @property
    def trade_bars(self) -> DataDictionary:
        """Trade bars by contract."""
        return self._bars_of(trade=True)

    @property
    def quote_bars(self) -> DataDictionary:
        """Quote bars by contract."""
        return self._bars_of(trade=False)

    @property
    def ticks(self) -> DataDictionary:
        """Ticks by contract: none, contracts come as bars."""
        return DataDictionary()

    @property
    def filtered_contracts(self) -> set[Symbol]:
        """Empty, as LEAN leaves it for chains made of contract data."""
        return set()
