"""Average true range (J. W. Wilder, New Concepts in Technical Trading Systems, 1978)."""


class AverageTrueRange:
    """Wilder's average true range of daily bars: the mean of the first `days` true ranges, then smoothed by 1/days."""

    __slots__ = ("_count", "_days", "_previous_close", "_sum", "_value")

    def __init__(self, days: int) -> None:
        if days < 1:
            raise ValueError(f"days was {days}; it must be at least 1")
        self._days = days
        self._count = 0
        self._sum = 0.0
        self._value = float("nan")
        self._previous_close: float | None = None

    @property
    def value(self) -> float | None:
        """Average true range in price points; None until `days` true ranges are known."""
        return self._value if self._count >= self._days else None

    @property
    def previous_close(self) -> float | None:
        """Close of the last bar taken, None before the first."""
        return self._previous_close

    def update(self, high: float, low: float, close: float) -> None:
        """Take one finished daily bar. The first bar only gives the previous close, as true range needs one."""
        if self._previous_close is not None:
            true_range = max(high, self._previous_close) - min(low, self._previous_close)
            self._count += 1
            if self._count <= self._days:
                self._sum += true_range
                self._value = self._sum / self._count
            else:
                self._value += (true_range - self._value) / self._days
        self._previous_close = close
