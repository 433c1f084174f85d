"""A slice of the past: what `history` yields when it is asked for all kinds of data (LEAN `Slice.cs`)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lean_local.api.bars import DataDictionary, Dividend, QuoteBar, Split, SymbolChangedEvent, TradeBar
from lean_local.api.slice import Slice
from lean_local.api.ticks import Tick
from lean_local.engine.clock import Zone
from lean_local.engine.feeds import Step
from lean_local.securities.manager import as_symbol


class PastSlice(Slice):
    """Data points of one instant, as objects."""

    lean_name = "Slice"

    def __init__(self, utc_ms: int, zone: Zone, points: Iterable[Any], find: Callable[[Any], Any]) -> None:
        step = Step(utc_ms)
        super().__init__(step, zone, lambda _feed: None, find)  # type: ignore[arg-type,return-value]
        self._points = list(points)
        step.dividends = self._of(Dividend)
        step.splits = self._of(Split)
        step.symbol_changes = self._of(SymbolChangedEvent)
        self._bars, self._quotes = self._by_symbol(TradeBar), self._by_symbol(QuoteBar)
        self._ticks: dict[Any, list[Any]] = {}
        for tick in self._of(Tick):
            self._ticks.setdefault(tick.symbol, []).append(tick)

    def _of(self, kind: type) -> list[Any]:
        return [point for point in self._points if isinstance(point, kind)]

    def _by_symbol(self, kind: type) -> DataDictionary:
        found: dict[Any, Any] = {}
        for point in self._of(kind):
            known = found.get(point.symbol)
            if known is None or not hasattr(point, "period") or point.period <= known.period:
                found[point.symbol] = point
        return DataDictionary(found, as_symbol)

    @property
    def ticks(self) -> DataDictionary:
        """Lists of ticks by symbol."""
        return DataDictionary(self._ticks, as_symbol)

    @property
    def all_data(self) -> list[Any]:
        """Every data point."""
        return list(self._points)

    @property
    def has_data(self) -> bool:
        """Whether there is anything."""
        return bool(self._points)

    def _points_of(self, kind: type) -> DataDictionary:
        return self._by_symbol(kind)

    def _custom_point(self, symbol: Any) -> Any:
        own = [p for p in self._points if p.symbol == symbol and not isinstance(p, TradeBar | QuoteBar)]
        return own[-1] if own else None

    def keys(self) -> list[Any]:
        """Symbols with data."""
        return list(dict.fromkeys(point.symbol for point in self._points))

    def _get(self, key: Any, default: Any = None) -> Any:
        found = super()._get(key)
        symbol = None if found is not None or isinstance(key, type) else as_symbol(key)
        if symbol is not None:
            found = self._ticks.get(symbol) or self._custom_point(symbol)
        return default if found is None else found


def slices(found: Iterable[tuple[int, Any]], zone: Zone, find: Callable[[Any], Any]) -> Iterator[PastSlice]:
    """One slice per instant of (UTC ms, data point) pairs."""
    by_time: dict[int, list[Any]] = {}
    for moment, point in found:
        by_time.setdefault(moment, []).append(point)
    for moment in sorted(by_time):
        yield PastSlice(moment, zone, by_time[moment], find)
