"""Scheduled events in the order LEAN fires them (semantics §3.3, §3.8)."""

import heapq
from collections.abc import Callable, Iterator
from typing import Any

from lean_local.engine.clock import Clock
from lean_local.naming import LeanObject


class ScheduledEvent(LeanObject):
    """One scheduled event: a name, a callback and its ascending UTC times."""

    def __init__(self, name: str, times: Iterator[int], callback: Callable[[], Any]) -> None:
        self.name = name
        self.times = times
        self.callback = callback
        self.enabled = True
        self.sequence = 0


class Scheduler:
    """All scheduled events; equal times fire in the order the events were made."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._heap: list[tuple[int, int, ScheduledEvent]] = []
        self._made = 0

    def add(self, event: ScheduledEvent, not_before_ms: int) -> ScheduledEvent:
        """Start an event; times before `not_before_ms` are skipped."""
        self._made += 1
        event.sequence = self._made
        for moment in event.times:
            if moment >= not_before_ms:
                heapq.heappush(self._heap, (moment, event.sequence, event))
                break
        return event

    def remove(self, event: ScheduledEvent) -> None:
        """Stop an event."""
        event.enabled = False

    def restart_clock(self, start_ms: int) -> None:
        """Drop times before the run (or warm-up) starts."""
        items, self._heap = self._heap, []
        for moment, sequence, event in sorted(items, key=lambda item: item[:2]):
            later: int | None = moment
            while later is not None and later < start_ms:
                later = next(event.times, None)
            if later is not None:
                heapq.heappush(self._heap, (later, sequence, event))

    def next_utc_ms(self) -> int | None:
        """Time of the next event."""
        return self._heap[0][0] if self._heap else None

    def fire(self, until_ms: int, *, inclusive: bool, stopped: Callable[[], bool]) -> None:
        """Fire everything before (or, inclusive, up to) a time, each with the clock at its own time."""
        while self._heap and (self._heap[0][0] <= until_ms if inclusive else self._heap[0][0] < until_ms):
            moment, sequence, event = heapq.heappop(self._heap)
            following = next(event.times, None)
            if following is not None and event.enabled:
                heapq.heappush(self._heap, (following, sequence, event))
            if event.enabled and not stopped():
                if moment > self.clock.utc_ms:
                    self.clock.utc_ms = moment
                event.callback()
