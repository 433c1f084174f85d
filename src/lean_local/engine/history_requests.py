"""What a call of `history` asks for, as one request per symbol and kind of data (LEAN `QCAlgorithm.History.cs`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from lean_local.api.bars import QuoteBar, TradeBar
from lean_local.api.ticks import OpenInterest, Tick
from lean_local.engine.warmup import bars_back
from lean_local.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from lean_local.orders.requests import InvalidOperationException
from lean_local.securities.exchange import Calendar
from lean_local.symbols import Symbol

_OPTION_NAMES = (
    "resolution",
    "fill_forward",
    "extended_market_hours",
    "data_mapping_mode",
    "data_normalization_mode",
    "contract_depth_offset",
    "flatten",
)
_SPAN_NAMES = ("periods", "bar_count", "span", "time_span", "start", "end")
_ONE_KIND = {
    SecurityType.FOREX: (TickType.QUOTE,),
    SecurityType.CFD: (TickType.QUOTE,),
    SecurityType.INDEX: (TickType.TRADE,),
}
_BARS = {TickType.TRADE: TradeBar, TickType.QUOTE: QuoteBar}
_TICK_OF = {TradeBar: TickType.TRADE, QuoteBar: TickType.QUOTE}
TICK_COUNT = "History functions that accept a 'periods' parameter can not be used with Resolution.Tick"


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """Data of one kind of one symbol that become known in (start, end], both UTC ms."""

    symbol: Symbol
    kind: type  # TradeBar, QuoteBar, Tick, an event or a type of custom data
    tick_type: TickType
    resolution: Resolution
    start_ms: int
    end_ms: int
    forward: bool = True
    extended: bool = False
    mode: DataNormalizationMode = DataNormalizationMode.ADJUSTED
    given: dict[str, Any] = field(default_factory=dict)  # options a caller named, by LEAN's names


@dataclass(slots=True)
class Asked:
    """The arguments of a call after the symbols: the span, and the options by LEAN's names."""

    span: list[Any]  # a number of bars, a timedelta, or start and end
    options: dict[str, Any]

    @property
    def resolution(self) -> Resolution | None:
        """The asked resolution."""
        found = self.options.get("resolution")
        return None if found is None else Resolution(found)

    @property
    def by_count(self) -> bool:
        """Whether a number of bars is asked for."""
        return not isinstance(self.span[0], timedelta | date)


def read_arguments(rest: list[Any], named: dict[str, Any]) -> Asked:
    """Sort the arguments after the symbols. Raises ValueError when they name no span."""
    span = [named.pop(name) for name in _SPAN_NAMES if name in named]
    if not span and rest:
        span.append(rest.pop(0))
    if len(span) == 1 and isinstance(span[0], date) and rest and isinstance(rest[0], date):
        span.append(rest.pop(0))
    if not span or isinstance(span[0], bool | str) or span[0] is None:
        raise ValueError("history needs a number of bars, a timedelta, or a start and an end.")
    return Asked(span, {**dict(zip(_OPTION_NAMES, rest, strict=False)), **named})


class RequestMaker:
    """Makes requests with the settings of the subscriptions, else those of the universe settings."""

    def __init__(self, run: Any) -> None:
        self.run = run

    def make(self, symbols: Sequence[Symbol], kind: type | None, asked: Asked) -> list[HistoryRequest]:
        """All requests of a call. Raises InvalidOperationException for a number of ticks."""
        resolutions = {s: self.resolution(s, kind, asked.resolution) for s in symbols}
        if asked.by_count and any(r == Resolution.TICK for r in resolutions.values()):
            raise InvalidOperationException(TICK_COUNT)
        made = []
        for symbol, resolution in resolutions.items():
            for found, tick in self._kinds(symbol, kind, resolution):
                made.append(self._request(symbol, found, tick, resolution, asked))
        return made

    def resolution(self, symbol: Symbol, kind: type | None, asked: Resolution | None) -> Resolution:
        """The asked resolution, else that of the subscription, else that of the universe settings."""
        if asked is not None:
            return asked
        if kind is Tick:
            return Resolution.TICK
        security = self.run.state.securities.find(symbol)
        settings = Resolution(self.run.algorithm.universe_settings.resolution)
        if security is None:
            return settings
        found: Resolution = security.resolution
        return settings if found == Resolution.TICK and kind is not None else found

    def _kinds(self, symbol: Symbol, kind: type | None, resolution: Resolution) -> list[tuple[type, TickType]]:
        """Types of data of a symbol, quotes first: LEAN's order of the subscriptions of a request."""
        ticks = _ONE_KIND.get(symbol.security_type, (TickType.QUOTE, TickType.TRADE))
        if symbol.security_type == SecurityType.EQUITY and resolution >= Resolution.HOUR:
            ticks = (TickType.TRADE,)
        if kind is None and symbol.security_type == SecurityType.BASE:
            return [(found, TickType.TRADE) for own, found in self.run.subscriptions.points if own == symbol]
        if kind in _TICK_OF:
            return [(kind, _TICK_OF[kind])] if _TICK_OF[kind] in ticks else []
        if kind is None or kind is Tick:
            return [(Tick if resolution == Resolution.TICK else _BARS[t], t) for t in ticks]
        return [(kind, TickType.OPEN_INTEREST if kind is OpenInterest else TickType.TRADE)]

    def _request(
        self, symbol: Symbol, kind: type, tick: TickType, resolution: Resolution, asked: Asked
    ) -> HistoryRequest:
        security, settings = self.run.state.securities.find(symbol), self.run.algorithm.universe_settings
        own = settings if security is None else security
        options = asked.options

        def chosen(name: str, default: Any) -> Any:
            return default if options.get(name) is None else options[name]

        extended = bool(chosen("extended_market_hours", own.extended_market_hours)) and resolution < Resolution.HOUR
        start_ms, end_ms = self.span(symbol, asked.span, resolution, extended=extended)
        mode = DataNormalizationMode(chosen("data_normalization_mode", own.data_normalization_mode))
        forward = bool(chosen("fill_forward", own.fill_forward)) and resolution != Resolution.TICK
        return HistoryRequest(symbol, kind, tick, resolution, start_ms, end_ms, forward, extended, mode, options)

    def calendar(self, symbol: Symbol) -> Calendar:
        """Opening times of the symbol's market, as the security has them if there is one."""
        security = self.run.state.securities.find(symbol)
        found: Calendar = self.run.subscriptions.calendar(symbol) if security is None else security.calendar
        return found

    def span(
        self, symbol: Symbol, asked: Sequence[Any], resolution: Resolution, *, extended: bool = False
    ) -> tuple[int, int]:
        """UTC ms of (start, end): a number of bars back, a span back, or two datetimes of algorithm time."""
        now, zone = self.run.state.clock.utc_ms, self.run.state.clock.zone
        first = asked[0]
        if isinstance(first, timedelta):
            return now - round(first.total_seconds() * 1000), now
        if isinstance(first, date):
            start, *ends = [zone.to_utc_ms(_moment(m)) for m in asked[:2]]
            end = ends[0] if ends else now
            if end > now:
                self.run.write("debug", "Request for future history modified to end now.")
            return start, min(end, now)
        precise, calendar = bool(self.run.algorithm.settings.daily_precise_end_time), self.calendar(symbol)
        return bars_back(calendar, now, int(first), resolution, extended=extended, precise=precise), now


def _moment(day: date) -> datetime:
    return day if isinstance(day, datetime) else datetime(day.year, day.month, day.day)  # noqa: DTZ001  wall time
