"""`on_end_of_day`: scheduled events that follow the securities (LEAN `BaseRealTimeHandler.cs`).

With a symbol it is called ten minutes before each security's close; without one, on every date on which a security
trades, two minutes before midnight.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from lean_local.engine.clock import MINUTE_MS
from lean_local.engine.schedule import ScheduledEvent
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)
_BEFORE_CLOSE_MS = 10 * MINUTE_MS
_BEFORE_MIDNIGHT_MS = 2 * MINUTE_MS
DEPRECATED = (
    "Usage of QCAlgorithm.OnEndOfDay() without a symbol will be deprecated August 2021. Always use a symbol when "
    "overriding this method: OnEndOfDay(symbol)"
)


def _handler(algorithm: Any) -> tuple[Callable[..., Any] | None, bool]:
    """The algorithm's method and whether it takes a symbol."""
    found = getattr(algorithm, "on_end_of_day", None) or getattr(algorithm, "OnEndOfDay", None)
    if found is None or not hasattr(found, "__code__"):
        return found, True
    return found, found.__code__.co_argcount > 1


class EndOfDay:
    """Adds and removes the events of one run."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self._handler, self._by_symbol = _handler(run.algorithm)
        self._events: dict[Symbol, ScheduledEvent] = {}
        self._whole: ScheduledEvent | None = None

    def changed(self, added: Sequence[Symbol], removed: Sequence[Symbol]) -> None:
        """Securities came or went."""
        if self._handler is None:
            return
        if not self._by_symbol:
            self._watch_all()
            return
        for symbol in added:
            if not symbol.is_canonical():
                self._watch(symbol)
        for symbol in removed:
            event = self._events.pop(symbol, None)
            if event is not None:
                self._run.scheduler.remove(event)

    def _dates(self, zone: Any) -> Iterator[date]:
        day, last = zone.local_date(self._run.state.clock.utc_ms), zone.local_date(self._run.dates.end_ms)
        while day <= last:
            yield day
            day += ONE_DAY

    def _watch(self, symbol: Symbol) -> None:
        run = self._run
        calendar, security = run.subscriptions.calendar(symbol), run.state.securities.made_one(symbol)
        extended = bool(security is not None and security.extended_market_hours)
        before = 0 if calendar.always_open else _BEFORE_CLOSE_MS
        closes = (calendar.last_close(day, extended=extended) for day in self._dates(calendar.zone))
        event = self._add(f"{symbol}: EndOfDay", (c - before for c in closes if c is not None), symbol)
        self._events[symbol] = event

    def _watch_all(self) -> None:
        run, zone = self._run, self._run.state.clock.zone
        if self._whole is not None:
            run.scheduler.remove(self._whole)
        run.write("debug", DEPRECATED)
        calendars = [s.calendar for s in run.state.securities.made()]
        days = (d for d in self._dates(zone) if any(c.is_date_open(d) for c in calendars))
        times = (zone.midnight_utc_ms(d + ONE_DAY) - _BEFORE_MIDNIGHT_MS for d in days)
        self._whole = self._add("Algorithm: EndOfDay", times)

    def _add(self, name: str, times: Iterator[int], *arguments: Any) -> ScheduledEvent:
        run, handler = self._run, self._handler
        assert handler is not None

        def fire() -> None:
            with run.guard:
                handler(*arguments)

        event: ScheduledEvent = run.scheduler.add(ScheduledEvent(name, times, fire), run.state.clock.utc_ms + 1)
        return event
