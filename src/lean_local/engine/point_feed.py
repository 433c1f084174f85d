"""Feeds of data points that are objects and no bars: funding rates and custom data."""

from collections.abc import Callable, Iterator
from typing import Any

from lean_local.engine.feeds import NEVER, PERIOD_MS, Step
from lean_local.enums import SecurityType
from lean_local.securities.security import Security

Points = Iterator[tuple[int, Any]]
"""(UTC ms at which it is known, data point), ascending."""


class PointFeed:
    """Data points of one security. `read(start_ms, end_ms)` gives those that become known in [start, end]."""

    internal = False

    def __init__(
        self,
        security: Security,
        kind: type,
        read: Callable[[int, int], Points],
        span: tuple[int, int],
        *,
        take: Callable[[Any], None],
    ) -> None:
        self.security, self.kind = security, kind
        self.read, self._take = read, take
        self.sort_key = (int(security.symbol.security_type), security.symbol.value.upper())
        self.resolution = security.resolution
        self.is_custom = security.symbol.security_type == SecurityType.BASE
        self.period_ms = PERIOD_MS.get(self.resolution, NEVER)
        self.end_ms = span[1]
        self._points: Points = iter(())
        self._next: tuple[int, Any] | None = None
        self.last: Any = None
        if span[1] < NEVER:
            self.begin(*span)

    def begin(self, start_ms: int, end_ms: int) -> None:
        """Set the span: known only once `initialize` has returned."""
        self.end_ms = end_ms
        self._points = self.read(start_ms, end_ms)
        self._next = next(self._points, None)

    def set_grid(self, period_ms: int) -> None:
        """Points are not repeated."""

    def next_utc_ms(self) -> int:
        """See Feed."""
        return NEVER if self._next is None else self._next[0]

    def advance(self, utc_ms: int, step: Step) -> None:
        """See Feed."""
        while self._next is not None and self._next[0] <= utc_ms:
            self.last = self._next[1]
            self._take(self.last)
            step.points.append((self, self.last))
            step.rows += 1
            self._next = next(self._points, None)
