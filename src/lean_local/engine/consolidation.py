"""Feeds consolidators with the data of each step and scans them in time (semantics §3.9).

LEAN `SubscriptionManager.cs`, `ConsolidatorWrapper.cs`, `AlgorithmManager.cs`.
"""

import heapq
from itertools import count
from typing import Any

from lean_local.api.bars import BaseData, QuoteBar, TradeBar, carried_forward
from lean_local.api.custom_data import DynamicData
from lean_local.api.ticks import OpenInterest, Tick
from lean_local.engine.feeds import FORWARDED, Step, shown_row
from lean_local.engine.state import RunState
from lean_local.enums import Resolution, SecurityType, TickType
from lean_local.securities.models import method
from lean_local.symbols import Symbol

_QUOTES_ONLY = frozenset({SecurityType.FOREX, SecurityType.CFD})
_QUOTES_FIRST = frozenset(
    {SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION, SecurityType.FUTURE}
)
_BARS: dict[TickType, type] = {TickType.TRADE: TradeBar, TickType.QUOTE: QuoteBar}
_MADE_OF: dict[type, TickType] = {
    TradeBar: TickType.TRADE,
    QuoteBar: TickType.QUOTE,
    OpenInterest: TickType.OPEN_INTEREST,
}
_SPAN_MS = {Resolution.MINUTE: 60_000, Resolution.HOUR: 3_600_000, Resolution.DAILY: 86_400_000}


def data_types(security: Any) -> list[tuple[type, TickType]]:
    """Kinds of data a security is subscribed to, in LEAN's order."""
    kind, resolution = security.symbol.security_type, security.resolution
    if kind == SecurityType.BASE:
        return [(DynamicData, TickType.TRADE)]
    ticks = [TickType.TRADE, TickType.QUOTE]
    if kind == SecurityType.INDEX or (kind == SecurityType.EQUITY and resolution >= Resolution.HOUR):
        ticks = [TickType.TRADE]
    elif kind in _QUOTES_ONLY:
        ticks = [TickType.QUOTE]
    elif kind in _QUOTES_FIRST:
        ticks.reverse()
    return [(Tick if resolution == Resolution.TICK else _BARS[t], t) for t in ticks]


def _input_type(consolidator: Any) -> type:
    for name in ("input_type", "InputType"):
        found = getattr(consolidator, name, None)
        if isinstance(found, type):
            return found
    return BaseData


def choose_data(security: Any, consolidator: Any, tick_type: TickType | None) -> TickType:
    """The kind of a security's data that a consolidator takes. Raises ValueError when there is none."""
    wanted, kinds = _input_type(consolidator), data_types(security)
    if tick_type is None and wanted is BaseData:
        tick_type = kinds[0][1]
    for kind, tick in kinds:
        if not issubclass(kind, wanted):
            continue
        made = _MADE_OF.get(getattr(consolidator, "output_type", BaseData)) if tick_type is None else tick_type
        if kind is Tick and made is not None and made != tick:
            continue
        return tick
    if tick_type is not None and tick_type not in [t for _, t in kinds]:
        names = ", ".join(str(t) for _, t in kinds)
        raise ValueError(
            f"No subscription with the requested Tick Type {tick_type} was found. Available Tick Types: {names}"
        )
    raise ValueError(
        f"Type mismatch found between consolidator and symbol. Symbol: {security.symbol.value} does not support input "
        f"type: {wanted.__name__}. Supported types: {','.join(k.__name__ for k, _ in kinds)}."
    )


class _Scan:
    """When a consolidator is looked at although no data came (LEAN `ConsolidatorWrapper`)."""

    def __init__(self, consolidator: Any, security: Any, number: int, state: RunState) -> None:
        self.consolidator, self.security, self.number, self._state = consolidator, security, number, state
        self.least_ms = max(_SPAN_MS.get(security.resolution, 1000), 1000)
        self.at_ms, self.removed = 0, False
        self._span_ms: int | None = None
        consolidator.data_consolidated += self.advance

    def advance(self, _sender: Any = None, bar: Any = None) -> None:
        """Set the next time: one bar after the last, else where the working bar ends."""
        now, zone = self._state.clock.utc_ms, self.security.zone
        if bar is not None:
            if self._span_ms is None:
                self._span_ms = max(round((bar.end_time - bar.time).total_seconds() * 1000), self.least_ms)
            self.at_ms = zone.to_utc_ms(bar.end_time) + self._span_ms
        elif self.at_ms > now:
            return
        elif self._span_ms is not None:
            self.at_ms = now + self._span_ms
        else:
            working = self.consolidator.working_data
            ends = now if working is None else zone.to_utc_ms(working.end_time)
            self.at_ms = ends if ends > now else now + self.least_ms

    def look(self, moment: int) -> None:
        """Scan at the time that has come; nothing to see is skipped up to `moment`."""
        consolidator, clock = self.consolidator, self._state.clock
        if not getattr(consolidator, "may_scan_idle", True) and consolidator.working_data is None:
            step = self._span_ms or self.least_ms
            self.at_ms += -(-(moment - self.at_ms) // step) * step
            return
        clock.utc_ms = self.at_ms
        method(consolidator, "scan")(self.security.local_time)
        self.advance()


class ConsolidatorBook:
    """Consolidators by the data they take, in the order they were registered."""

    def __init__(self, state: RunState) -> None:
        self._state = state
        self._entries: dict[tuple[Symbol, TickType], list[tuple[Any, Any, Any]]] = {}
        self._order: list[tuple[Symbol, TickType]] = []
        self._scans: dict[int, _Scan] = {}
        self._new: list[_Scan] = []
        self._due: list[tuple[int, int, _Scan]] = []
        self._numbers = count()
        self._sessions: list[Any] = []

    def add(self, symbol: Symbol, consolidator: Any, tick_type: TickType | None = None) -> None:
        """Attach a consolidator to a symbol's data; a second time changes nothing.

        Raises ValueError when the symbol has no data that it takes.
        """
        security = self._state.securities[symbol]
        key = (symbol, choose_data(security, consolidator, tick_type))
        if any(entry[0] is consolidator for entry in self._entries.get(key, ())):
            return
        calls = (consolidator, method(consolidator, "update"), method(consolidator, "scan"))
        self._entries.setdefault(key, []).append(calls)
        self._order = sorted(self._entries, key=lambda k: (int(k[0].security_type), int(k[1]), k[0].value.upper()))
        scan = _Scan(consolidator, security, next(self._numbers), self._state)
        self._scans[id(consolidator)] = scan
        self._new.append(scan)

    def attached(self, symbol: Symbol, tick_type: TickType) -> list[Any]:
        """The consolidators of one kind of a symbol's data."""
        return [entry[0] for entry in self._entries.get((symbol, tick_type), ())]

    def remove(self, symbol: Symbol | None, consolidator: Any) -> None:
        """Detach a consolidator from a symbol, or from all."""
        for key, found in self._entries.items():
            if symbol in (None, key[0]):
                self._entries[key] = [entry for entry in found if entry[0] is not consolidator]
        scan = self._scans.pop(id(consolidator), None)
        if scan is not None:
            scan.removed = True

    def is_scan_due(self, moment: int) -> bool:
        """Whether there is something to look at before `moment`."""
        return bool(self._new or (self._due and self._due[0][0] < moment))

    def scan_past(self, moment: int) -> None:
        """Look at consolidators whose time passed before `moment`, with the clock set back to it."""
        for scan in self._new:
            scan.advance()
            heapq.heappush(self._due, (scan.at_ms, scan.number, scan))
        self._new.clear()
        while self._due and self._due[0][0] < moment:
            at, number, scan = heapq.heappop(self._due)
            if scan.removed:
                continue
            if scan.at_ms <= at:
                scan.look(moment)
            heapq.heappush(self._due, (scan.at_ms, number, scan))

    def watch(self, session: Any) -> None:
        """Feed a security's session too."""
        self._sessions.append(session)

    def feed_sessions(self, step: Step) -> None:
        """Step 6 of the loop: securities' sessions see the data with the prices, repetitions included."""
        if not self._sessions:
            return
        current = _StepData(step, self._state)
        for session in self._sessions:
            security = self._state.securities.find(session.symbol)
            if security is None:
                continue
            session.scan(security.local_time)
            for tick in (TickType.TRADE, TickType.QUOTE):
                for point in current.of(session.symbol, tick):
                    session.update(point)

    @property
    def is_empty(self) -> bool:
        """Whether no consolidator was ever added."""
        return not self._entries

    def update(self, step: Step) -> None:
        """Step 18 of the loop: feed this step's data, then scan."""
        current = _StepData(step, self._state)
        for symbol, tick in list(self._order):
            entries = self._entries.get((symbol, tick))
            data = current.of(symbol, tick) if entries else []
            if not data:
                continue
            local = self._state.securities[symbol].local_time
            for _, update, scan in list(entries or ()):
                for point in data:
                    update(point)
                scan(local)


class _StepData:
    """The data of one step, made on demand."""

    def __init__(self, step: Step, state: RunState) -> None:
        self._step, self._state = step, state
        self._singles = {feed.security.symbol: (feed, t, q) for feed, t, q in step.singles if not feed.internal}
        self._ticks = {feed.security.symbol: batch for feed, batch in step.ticks if not feed.internal}

    def of(self, symbol: Symbol, tick: TickType) -> list[Any]:
        """Data points of a symbol of one kind."""
        batch = self._ticks.get(symbol)
        if batch is not None:
            return [point for point in batch.ticks(tick) if not point.suspicious]
        found = self._singles.get(symbol)
        trade = tick == TickType.TRADE
        if found is not None:
            feed, traded, quoted = found
            state = traded if trade else quoted
            row = shown_row(feed, state, trade=trade)
            if not state or row is None:
                return []
            return [self._shown(feed.security, feed, row, trade=trade, forwarded=state == FORWARDED)]
        if symbol.security_type == SecurityType.BASE:
            return [point for feed, point in self._step.points if feed.security.symbol == symbol]
        return self._contract(symbol, trade=trade)

    def _contract(self, symbol: Symbol, *, trade: bool) -> list[Any]:
        security = self._state.securities.find(symbol)
        roots = [root for root, _ in self._step.roots if symbol.id.is_option and root.canonical == symbol.canonical]
        if security is None or not roots:
            return []
        row = security.prices.trade_row() if trade else security.prices.quote_row()
        if row is None:
            return []
        forwarded = row.end_utc_ms != self._step.utc_ms
        return [self._shown(security, roots[0], row, trade=trade, forwarded=forwarded)]

    def _shown(self, security: Any, feed: Any, row: Any, *, trade: bool, forwarded: bool) -> Any:
        bar = security.make_trade_bar(row) if trade else security.make_quote_bar(row)
        return carried_forward(bar, security.zone.to_local(self._step.utc_ms), feed) if forwarded else bar
