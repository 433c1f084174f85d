"""Scheduled events in the order LEAN fires them (semantics §3.3, §3.8)."""

from collections.abc import Callable, Iterator
from typing import Any

from lean_local.engine.clock import Clock
from lean_local.naming import LeanObject

NEVER = 1 << 62


class ScheduledEvent(LeanObject):
    """One scheduled event: a name, a callback and its ascending UTC times."""

    def __init__(self, name: str, times: Iterator[int], callback: Callable[[], Any]) -> None:
        self.name = name
        self.times = times
        self.callback = callback
        self.enabled = True
        self.sequence = 0
        self.next_utc_ms = NEVER


class Scheduler:
    """All scheduled events in LEAN's order.

    The list is sorted by (next time, creation) whenever an event is added. An event that has fired moves only when the
    one after it is due earlier, then to behind an equal one that its binary search meets. The order of events due at
    one time depends on that (`BacktestingRealTimeHandler.SortFirstElement`).
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._events: list[ScheduledEvent] = []
        self._made = 0
        self._sort = False

    def add(self, event: ScheduledEvent, not_before_ms: int) -> ScheduledEvent:
        """Start an event; times before `not_before_ms` are skipped."""
        self._made += 1
        event.sequence = self._made
        event.next_utc_ms = next((t for t in event.times if t >= not_before_ms), NEVER)
        self._events.append(event)
        self._sort = True
        return event

    def remove(self, event: ScheduledEvent) -> None:
        """Stop an event."""
        event.enabled = False
        self._events = [e for e in self._events if e is not event]

    def fire(self, until_ms: int, *, inclusive: bool, stopped: Callable[[], bool]) -> None:
        """Fire everything before (or, inclusive, up to) a time, each with the clock at its own time."""
        while True:
            if self._sort:
                self._events.sort(key=lambda e: (e.next_utc_ms, e.sequence))
                self._sort = False
            if not self._events or stopped():
                return
            event = self._events[0]
            moment = event.next_utc_ms
            if moment > until_ms or (moment == until_ms and not inclusive) or moment == NEVER:
                return
            event.next_utc_ms = next(event.times, NEVER)
            if not inclusive:
                self.clock.utc_ms = moment
            event.callback()
            if not self._sort and self._events and self._events[0] is event:
                self._move_first()

    def _move_first(self) -> None:
        events = self._events
        if len(events) < 2 or events[0].next_utc_ms <= events[1].next_utc_ms:
            return
        event = events.pop(0)
        low, high = 0, len(events) - 1
        while low <= high:
            middle = (low + high) // 2
            other = events[middle].next_utc_ms
            if event.next_utc_ms == other:
                low = middle + 1
                break
            if event.next_utc_ms < other:
                high = middle - 1
            else:
                low = middle + 1
        events.insert(low, event)
