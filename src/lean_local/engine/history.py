"""`self.history`: past data as frames or objects, never later than the algorithm's time (semantics §8.4)."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from lean_local.api import pandas_keys
from lean_local.api.bars import DataDictionary, QuoteBar, TradeBar
from lean_local.api.future_filters import FutureUniverse
from lean_local.api.past_slice import slices
from lean_local.api.ticks import OpenInterest, Tick
from lean_local.api.universe_rows import OptionUniverse
from lean_local.engine.history_frames import SymbolTable, add_rows, frame_of
from lean_local.engine.history_requests import Asked, HistoryRequest, RequestMaker, read_arguments
from lean_local.engine.history_rows import RowReader
from lean_local.engine.history_selection import selections, selections_frame, universe_of
from lean_local.engine.history_universes import universes, universes_frame
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol

_SUBJECTS = ("tickers", "symbols", "symbol", "ticker", "type")
_COLUMNAR = (TradeBar, QuoteBar, Tick, OpenInterest)


class HistoryCall:
    """`self.history(...)`, `self.history[Type](...)`."""

    def __init__(self, run: Any, kind: type | None = None) -> None:
        self._run, self._kind = run, kind
        self._maker, self._reader = RequestMaker(run), RowReader(run)

    def __getitem__(self, kind: type) -> "HistoryCall":
        return HistoryCall(self._run, kind)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """`history([type,] symbols, span, ...)`; without symbols it is of all securities."""
        rest, kind = list(arguments), self._kind
        if rest and isinstance(rest[0], type):
            kind = rest.pop(0)
        rest[:0] = [named.pop(name) for name in _SUBJECTS if name in named]
        named_subject = len(rest) > 0 and _is_subject(rest[0])
        subject = rest.pop(0) if named_subject else list(self._run.state.securities.keys())
        asked = read_arguments(rest, named)
        universe = universe_of(self._run, subject) if named_subject else None
        if universe is not None:
            found = selections(self._run, universe, asked.span)
            if self._kind is not None:
                return [DataDictionary({universe.symbol: rows}) for _, rows in found]
            return selections_frame(universe, found, flatten=bool(asked.options.get("flatten")))
        many = not isinstance(subject, str) and as_symbol(subject) is None
        symbols = [self._symbol(s) for s in (subject if many else [subject])]
        chains = kind is None and named_subject and all(map(_is_option_chain, symbols))
        if chains or kind in (OptionUniverse, FutureUniverse):
            return self._universes(symbols, asked, many=many)
        if self._kind is not None or (isinstance(subject, str) and kind is None):
            return self._objects(symbols, asked, kind or TradeBar, many=many)
        requests = self._maker.make(symbols, kind, asked)
        return self._frame(requests) if named_subject or kind is not None else self._slices(requests)

    def _symbol(self, key: Any) -> Symbol:
        found = as_symbol(getattr(key, "key", key))
        return found if found is not None else Symbol.create_equity(str(key))

    # --- objects -----------------------------------------------------------------------------------------------
    def _points(self, requests: Sequence[HistoryRequest]) -> list[tuple[int, Any]]:
        """Data points of all requests in order of their end, then of the requests."""
        found = [p for r in requests for p in self._reader.points(r, self._maker.calendar(r.symbol))]
        return sorted(found, key=lambda pair: pair[0])

    def _objects(self, symbols: list[Symbol], asked: Asked, kind: type, *, many: bool) -> Any:
        requests = self._maker.make(symbols, kind, asked)
        found = self._points(requests)
        if not many:
            return [point for _, point in found]
        return _by_time(found)

    def _universes(self, symbols: list[Symbol], asked: Asked, *, many: bool) -> Any:
        """Universe files of option chains: as objects, or as a frame."""
        found = [(f.end_time, f) for s in symbols for f in universes(self._run, s, asked.span)]
        if self._kind is None:
            pandas_keys.install()
            return universes_frame([f for _, f in found], flatten=bool(asked.options.get("flatten")))
        return _by_time(found) if many else [f for _, f in found]

    def _slices(self, requests: Sequence[HistoryRequest]) -> list[Any]:
        state = self._run.state
        return list(slices(self._points(requests), state.clock.zone, state.securities.find))

    def bars(self, symbol: Symbol, asked: Sequence[Any], resolution: Any, *, quotes: bool = False) -> list[Any]:
        """Bars of one symbol as objects."""
        kind = QuoteBar if quotes else TradeBar
        requests = self._maker.make([symbol], kind, Asked(list(asked), {"resolution": resolution}))
        return [point for _, point in self._points(requests)]

    def pushed(self, symbols: Sequence[Symbol], asked: Asked, kind: type | None = None) -> list[Any]:
        """What past data push through an indicator, step by step: of a symbol its trade bar, else its quote bar.

        With a kind, data of that kind only. LEAN `SliceExtensions.PushThrough`.
        """
        found = self._points(self._maker.make(list(symbols), kind, asked))
        chosen: dict[tuple[int, Symbol], Any] = {}
        for moment, point in found:
            if (moment, point.symbol) not in chosen or isinstance(point, TradeBar):
                chosen[moment, point.symbol] = point
        return list(chosen.values())

    # --- frames ------------------------------------------------------------------------------------------------
    def _frame(self, requests: Sequence[HistoryRequest]) -> pd.DataFrame:
        pandas_keys.install()
        found: dict[Symbol, list[tuple[HistoryRequest, Any]]] = {}
        for request in requests:
            calendar = self._maker.calendar(request.symbol)
            read = self._reader.rows if request.kind in _COLUMNAR else self._reader.points
            rows = read(request, calendar)
            if rows is not None and len(rows):
                found.setdefault(request.symbol, []).append((request, rows))
        tables = []
        for symbol, parts in found.items():
            table = SymbolTable(symbol, self._maker.calendar(symbol))
            add_rows(table, parts)
            tables.append(table)
        return frame_of(tables)


def _by_time(found: Sequence[tuple[Any, Any]]) -> list[DataDictionary]:
    """Data points with their moments as one mapping per moment."""
    by_time: dict[Any, dict[Symbol, Any]] = {}
    for moment, point in found:
        by_time.setdefault(moment, {})[point.symbol] = point
    return [DataDictionary(by_time[moment], as_symbol) for moment in sorted(by_time)]


def _is_option_chain(symbol: Symbol) -> bool:
    return symbol.id.is_option and symbol.is_canonical()


def _is_subject(argument: Any) -> bool:
    """Whether an argument names symbols, not a span."""
    if isinstance(argument, str) or as_symbol(argument) is not None:
        return True
    return hasattr(argument, "__iter__")
