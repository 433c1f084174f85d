"""Indicators with LEAN's definitions, including what they show before they are ready (semantics §8.6)."""

import math
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Generic, TypeVar

from lean_local.api.consolidators import Event
from lean_local.naming import LeanObject

T = TypeVar("T")
__all__ = [
    "AverageTrueRange",
    "ExponentialMovingAverage",
    "Identity",
    "IndicatorDataPoint",
    "Maximum",
    "Minimum",
    "Momentum",
    "RateOfChange",
    "RelativeStrengthIndex",
    "RollingWindow",
    "SimpleMovingAverage",
    "StandardDeviation",
    "Variance",
    "WilderMovingAverage",
]
NO_TIME = datetime(1, 1, 1)  # noqa: DTZ001  .NET's DateTime.MinValue


class IndicatorDataPoint(LeanObject):
    """A time and a value."""

    __slots__ = ("symbol", "time", "value")

    def __init__(self, *arguments: Any) -> None:
        self.symbol = arguments[0] if len(arguments) == 3 else None
        self.time, self.value = arguments[-2], float(arguments[-1])

    @property
    def end_time(self) -> datetime:
        """Same as `time`."""
        found: datetime = self.time
        return found

    @property
    def price(self) -> float:
        """Same as `value`."""
        return self.value

    def __str__(self) -> str:
        return f"{self.time} - {self.value}"


class RollingWindow(LeanObject, Generic[T]):
    """The last `size` items, newest first."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.samples = 0
        self.most_recently_removed: T | None = None
        self._items: deque[T] = deque()

    def add(self, item: T) -> None:
        """Add the newest item."""
        self.samples += 1
        self._items.appendleft(item)
        if len(self._items) > self.size:
            self.most_recently_removed = self._items.pop()

    @property
    def count(self) -> int:
        """Number of items."""
        return len(self._items)

    @property
    def is_ready(self) -> bool:
        """Whether it is full."""
        return self.samples >= self.size

    def reset(self) -> None:
        """Empty it."""
        self._items.clear()
        self.samples = 0

    def __getitem__(self, index: int) -> T:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._items))


class IndicatorBase(LeanObject):
    """Base of indicators. `_compute` turns an input into the next value."""

    needs_bars = False

    def __init__(self, name: str, period: int) -> None:
        self.name, self.period = name, period
        self.samples = 0
        self.updated = Event()
        self.current = IndicatorDataPoint(NO_TIME, 0.0)
        self.window: RollingWindow[IndicatorDataPoint] = RollingWindow(2)

    @property
    def is_ready(self) -> bool:
        """Whether enough inputs were seen."""
        return self.samples >= self.warm_up_period

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return self.period

    @property
    def previous(self) -> IndicatorDataPoint:
        """The value before the current one."""
        return self.window[1] if self.window.count > 1 else IndicatorDataPoint(NO_TIME, 0.0)

    def update(self, *arguments: Any) -> bool:
        """`update(time, value)`, `update(bar)` or `update(point)`; says whether it is ready."""
        if len(arguments) == 2:
            moment, data = arguments[0], IndicatorDataPoint(*arguments)
            value = data.value
        else:
            data = arguments[0]
            moment, value = data.end_time, float(data.value)
        self.samples += 1
        result = self._compute(data if self.needs_bars else value)
        self.current = IndicatorDataPoint(moment, result)
        self.window.add(self.current)
        self.updated(self, self.current)
        return self.is_ready

    def _compute(self, data: Any) -> float:  # noqa: ARG002
        raise TypeError(f"{type(self).__name__} computes nothing")  # pragma: no cover - subclasses do

    def reset(self) -> None:
        """Back to the beginning."""
        self.samples = 0
        self.current = IndicatorDataPoint(NO_TIME, 0.0)
        self.window.reset()

    def __getitem__(self, index: int) -> IndicatorDataPoint:
        return self.window[index]

    def __str__(self) -> str:
        return str(self.current.value)

    def __float__(self) -> float:
        return self.current.value


def named(label: str, arguments: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """Split off an optional leading name."""
    if arguments and isinstance(arguments[0], str):
        return arguments[0], arguments[1:]
    return f"{label}({','.join(str(a) for a in arguments)})", arguments


class Identity(IndicatorBase):
    """The input itself."""

    def __init__(self, name: str = "Identity") -> None:
        super().__init__(name, 1)

    def _compute(self, data: float) -> float:
        return data


class _Windowed(IndicatorBase):
    """Keeps the last `period` inputs, newest last."""

    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)
        self._values: deque[float] = deque(maxlen=period)

    def reset(self) -> None:
        """Back to the beginning."""
        super().reset()
        self._values.clear()


class SimpleMovingAverage(_Windowed):
    """Mean of the last n inputs (of fewer before)."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("SMA", arguments)
        super().__init__(name, int(rest[0]))

    def _compute(self, data: float) -> float:
        self._values.append(data)
        return math.fsum(self._values) / len(self._values)


class ExponentialMovingAverage(_Windowed):
    """0 until n inputs, then their mean, then k = 2 / (n + 1)."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("EMA", arguments)
        super().__init__(name, int(rest[0]))
        self._k = float(rest[1]) if len(rest) > 1 else 2 / (self.period + 1)

    def _compute(self, data: float) -> float:
        self._values.append(data)
        if self.samples < self.period:
            return 0.0
        if self.samples == self.period:
            return math.fsum(self._values) / self.period
        return data * self._k + self.current.value * (1 - self._k)


class WilderMovingAverage(_Windowed):
    """Mean of fewer than n inputs, from the n-th on x/n + previous * (1 - 1/n)."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("WWMA", arguments)
        super().__init__(name, int(rest[0]))

    def _compute(self, data: float) -> float:
        self._values.append(data)
        if self.samples < self.period:
            return math.fsum(self._values) / len(self._values)
        return data / self.period + self.current.value * (1 - 1 / self.period)


class RelativeStrengthIndex(IndicatorBase):
    """RSI; gains and losses through a Wilder average unless another moving average type is named."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("RSI", arguments)
        super().__init__(name, int(rest[0]))
        kind = int(rest[1]) if len(rest) > 1 else 2
        make = {0: SimpleMovingAverage, 1: ExponentialMovingAverage, 2: WilderMovingAverage}[kind]
        self.average_gain, self.average_loss = make(self.period), make(self.period)
        self._last: float | None = None

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return self.period + 1

    def _compute(self, data: float) -> float:
        if self._last is not None:
            change = data - self._last
            self.average_gain.update(NO_TIME, max(change, 0.0))
            self.average_loss.update(NO_TIME, max(-change, 0.0))
        self._last = data
        loss = self.average_loss.current.value
        if round(loss, 10) == 0:
            return 100.0
        return 100.0 - 100.0 / (1 + self.average_gain.current.value / loss)


class AverageTrueRange(IndicatorBase):
    """Wilder average of the true range; the first true range is high minus low."""

    needs_bars = True

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("ATR", arguments)
        super().__init__(name, int(rest[0]))
        kind = int(rest[1]) if len(rest) > 1 else 2
        make = {0: SimpleMovingAverage, 1: ExponentialMovingAverage, 2: WilderMovingAverage}[kind]
        self._average = make(self.period)
        self._close: float | None = None

    def _compute(self, data: Any) -> float:
        span = data.high - data.low
        if self._close is not None:
            span = max(span, abs(data.high - self._close), abs(data.low - self._close))
        self._close = data.close
        self._average.update(NO_TIME, span)
        return self._average.current.value


class Variance(_Windowed):
    """Population variance of the last n inputs."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("VAR", arguments)
        super().__init__(name, int(rest[0]))

    def _compute(self, data: float) -> float:
        self._values.append(data)
        mean = math.fsum(self._values) / len(self._values)
        return math.fsum((v - mean) ** 2 for v in self._values) / len(self._values)


class StandardDeviation(Variance):
    """Population standard deviation of the last n inputs."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("STD", arguments)
        super().__init__(name, *rest)

    def _compute(self, data: float) -> float:
        return math.sqrt(super()._compute(data))


class Maximum(_Windowed):
    """Largest of the last n inputs."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("MAX", arguments)
        super().__init__(name, int(rest[0]))

    def _compute(self, data: float) -> float:
        self._values.append(data)
        return max(self._values)


class Minimum(_Windowed):
    """Smallest of the last n inputs."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("MIN", arguments)
        super().__init__(name, int(rest[0]))

    def _compute(self, data: float) -> float:
        self._values.append(data)
        return min(self._values)


class Momentum(IndicatorBase):
    """Input minus the input n before (the oldest until there are n)."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("MOM", arguments)
        super().__init__(name, int(rest[0]))
        self._values: deque[float] = deque(maxlen=self.period + 1)

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return self.period + 1

    def _compute(self, data: float) -> float:
        self._values.append(data)
        return data - self._values[0]


class RateOfChange(Momentum):
    """Momentum over the old input."""

    def __init__(self, *arguments: Any) -> None:
        name, rest = named("ROC", arguments)
        super().__init__(name, *rest)

    def _compute(self, data: float) -> float:
        change, old = super()._compute(data), self._values[0]
        return change / old if old else 0.0
