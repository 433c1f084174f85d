"""`get_last_known_prices`: the last data point of each kind, looked for further and further back.

LEAN `QCAlgorithm.GetLastKnownPricesImpl`: five bars; then a day of minutes, of hours or ten days; then fifty days.
"""

from collections.abc import Sequence
from typing import Any

from lean_local.engine.history_requests import Asked, HistoryRequest, RequestMaker
from lean_local.engine.history_rows import RowReader
from lean_local.enums import Resolution, SecurityType, TickType
from lean_local.symbols import Symbol

_FIRST = 5
_RETRY = {Resolution.MINUTE: 24 * 60, Resolution.HOUR: 24, Resolution.DAILY: 10}
_LAST = 50


class LastPrices:
    """Finds the last known data points of symbols."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._maker, self._reader = RequestMaker(run), RowReader(run)

    def of(self, symbol: Symbol) -> list[Any]:
        """The last data points of a symbol, oldest first; at the same time in LEAN's order of their kinds."""
        if symbol.is_canonical() and symbol.security_type != SecurityType.FUTURE:
            return []
        own = max(self._maker.resolution(symbol, None, None), Resolution.MINUTE)
        found: dict[TickType, Any] = {}
        wanted = {r.tick_type for r in self._requests(symbol, _FIRST, own)}
        for bars, resolution in ((_FIRST, own), (_RETRY[own], own), (_LAST, Resolution.DAILY)):
            for request in self._requests(symbol, bars, resolution):
                if request.tick_type in wanted - found.keys():
                    self._take_last(request, found)
        quote_first = symbol.id.is_option
        ranked = sorted(found, key=lambda t: (found[t].time, (t == TickType.QUOTE) != quote_first))
        return [found[t] for t in ranked]

    def _requests(self, symbol: Symbol, bars: int, resolution: Resolution) -> Sequence[HistoryRequest]:
        return self._maker.make([symbol], None, Asked([bars], {"resolution": resolution, "fill_forward": False}))

    def _take_last(self, request: HistoryRequest, found: dict[TickType, Any]) -> None:
        points = self._reader.points(request, self._maker.calendar(request.symbol))
        if points:
            found[request.tick_type] = points[-1][1]

    def one(self, symbol: Symbol) -> Any:
        """The data point that stands for the price: of the kinds of a symbol, the first in LEAN's order."""
        known = self.of(symbol)
        quote_first = symbol.id.is_option
        ranked = sorted(known, key=lambda p: hasattr(p, "last_bid_size") != quote_first)
        return ranked[0] if ranked else None
