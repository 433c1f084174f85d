"""What all indicators share: data points, rolling windows, updates and their events (LEAN `IndicatorBase.cs`).

Values are decimals inside, as in LEAN, so that they end in the same digits; algorithms see floats.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, ClassVar, Generic, TypeVar

from lean_local.api.events import Event
from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of

T = TypeVar("T")
NO_TIME = datetime(1, 1, 1)  # noqa: DTZ001  .NET's DateTime.MinValue
ZERO, ONE, TWO, HUNDRED = Decimal(0), Decimal(1), Decimal(2), Decimal(100)


def from_double(value: float) -> Decimal:
    """.NET's cast of a double to a decimal: 15 significant digits."""
    return Decimal(f"{value:.15g}")


class IndicatorDataPoint(LeanObject):
    """A time and a value: `IndicatorDataPoint([symbol,] time, value)`."""

    __slots__ = ("exact", "symbol", "time")

    def __init__(self, *arguments: Any) -> None:
        self.time: datetime
        self.exact: Decimal
        self.symbol = arguments[0] if len(arguments) == 3 else None
        self.time, self.exact = (arguments[-2], decimal_of(arguments[-1])) if arguments else (NO_TIME, ZERO)

    @property
    def value(self) -> float:
        """The value."""
        return float(self.exact)

    @value.setter
    def value(self, value: Any) -> None:
        """Take a number as the decimal that LEAN would hold."""
        self.exact = decimal_of(value)

    @property
    def end_time(self) -> datetime:
        """Same as `time`."""
        found: datetime = self.time
        return found

    @property
    def price(self) -> float:
        """Same as `value`."""
        return self.value

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        return f"{self.time.isoformat(timespec='seconds')} - {self.exact:f}"


class RollingWindow(LeanObject, Generic[T]):
    """The last `size` items, newest first; negative indices count from the oldest."""

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError("RollingWindow must have size of at least 1.")
        self._size = size
        self.samples = 0
        self.most_recently_removed: T | None = None
        self._items: list[Any] = []  # oldest first

    @property
    def size(self) -> int:
        """Items it can hold; setting it keeps the newest."""
        return self._size

    @size.setter
    def size(self, size: int) -> None:
        """Keep the newest points that fit."""
        self._size = size
        del self._items[: max(len(self._items) - size, 0)]

    def add(self, item: Any) -> None:
        """Add the newest item."""
        self.samples += 1
        self._items.append(item)
        if len(self._items) > self._size:
            self.most_recently_removed = self._items.pop(0)

    @property
    def count(self) -> int:
        """Number of items."""
        return len(self._items)

    @property
    def is_ready(self) -> bool:
        """Whether it is full."""
        return self.samples >= self._size

    def reset(self) -> None:
        """Empty it."""
        self._items.clear()
        self.samples = 0

    def __getitem__(self, index: int) -> Any:
        """The item `index` back; None where there is none yet. Asking beyond the size widens the window."""
        if index < 0:
            if self._size + index < 0:
                raise IndexError(f"Index must be a non-negative integer less than the size {self._size}.")
            index = len(self._items) + index
            if index < 0:
                return None
        if index > len(self._items) - 1:
            if index > self._size - 1:
                self._size = index + 1
            return None
        return self._items[-1 - index]

    def __setitem__(self, index: int, item: Any) -> None:
        if index < 0:
            index += self._size
        if index > self._size - 1:
            self._size = index + 1
        while len(self._items) < index + 1:
            self.add(None)
        self._items[-1 - index] = item

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items[::-1])


class Numbers:
    """The fields of a bar as decimals."""

    __slots__ = ("close", "high", "low", "open", "time", "volume")

    def __init__(self, bar: Any) -> None:
        self.open, self.high = decimal_of(bar.open), decimal_of(bar.high)
        self.low, self.close = decimal_of(bar.low), decimal_of(bar.close)
        self.volume = decimal_of(getattr(bar, "volume", 0.0))
        self.time = bar.end_time


class IndicatorBase(LeanObject):
    """Base of indicators. Subclasses turn an input into the next value in `_compute`.

    `_compute` gets a decimal, or the bar's `Numbers` when `needs_bars`; None means no new value.
    """

    needs_bars = False

    def __init__(self, name: str = "", period: int = 0) -> None:
        self.name, self.period = name, period
        self.samples = 0
        self.updated = Event()
        self.window: RollingWindow[IndicatorDataPoint] = RollingWindow(2)
        self.consolidators: list[Any] = []
        self._last: Any = None
        self._begin()

    def _begin(self) -> None:
        self.window.add(IndicatorDataPoint(NO_TIME, ZERO))

    @property
    def current(self) -> IndicatorDataPoint:
        """The newest value."""
        found: IndicatorDataPoint = self.window[0]
        return found

    @current.setter
    def current(self, point: IndicatorDataPoint) -> None:
        """Add a point to the window."""
        self.window.add(point)

    @property
    def exact(self) -> Decimal:
        """The newest value as a decimal."""
        found: Decimal = self.window[0].exact
        return found

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
        return self.window[1] if self.window.count > 1 else IndicatorDataPoint(NO_TIME, ZERO)

    def update(self, *arguments: Any) -> bool:
        """`update(time, value)`, `update(bar)` or `update(point)`; says whether it is ready.

        Raises TypeError when an indicator of bars gets a time and a value; a point that is older than the last is
        dropped.
        """
        if len(arguments) == 2:
            if self.needs_bars:
                raise TypeError(
                    f"{type(self).__name__} does not support the `Update(DateTime, decimal)` method. Use one of the "
                    "following methods instead: Update(TradeBar), Update(QuoteBar)"
                )
            return self.feed(arguments[0], decimal_of(arguments[1]), None)
        data = arguments[0]
        if self.needs_bars:
            return self._take(data.end_time, data, data)
        exact = getattr(data, "exact", None)
        return self.feed(data.end_time, decimal_of(data.value) if exact is None else exact, data)

    def feed(self, moment: datetime, value: Decimal, data: Any = None) -> bool:
        """Take a number; what indicators give to each other."""
        return self._take(moment, value, data)

    def _take(self, moment: datetime, data: Any, source: Any) -> bool:
        last = self._last
        if last is not None and (moment < last[0] or (source is not None and source is last[1])):
            return self.is_ready
        self._last = (moment, source)
        self.samples += 1
        result = self._input(data)
        if result is not None:
            point = IndicatorDataPoint(getattr(source, "symbol", None), moment, result)
            self.window.add(point)
            self.updated(self, point)
        return self.is_ready

    def _input(self, data: Any) -> Any:
        return self._compute(Numbers(data) if self.needs_bars else data)

    def _compute(self, data: Any) -> Any:  # noqa: ARG002
        raise TypeError(f"{type(self).__name__} computes nothing")  # pragma: no cover - subclasses do

    def parts(self) -> "list[IndicatorBase]":
        """The indicators this one is made of, which it resets with itself."""
        return [value for value in vars(self).values() if isinstance(value, IndicatorBase)]

    def reset(self) -> None:
        """Back to the beginning."""
        for part in self.parts():
            part.reset()
        self.samples, self._last = 0, None
        self.window.reset()
        self._begin()
        self._forget()

    def _forget(self) -> None:
        """Subclasses drop what they remember besides their parts."""

    # --- as a number -------------------------------------------------------------------------------------------
    def __getitem__(self, index: int) -> Any:
        return self.window[index]

    def __iter__(self) -> Iterator[IndicatorDataPoint]:
        return iter(self.window)

    def to_detailed_string(self) -> str:
        """Name and value."""
        return f"{self.name} - {self}"

    def __str__(self) -> str:
        whole = self.exact.quantize(Decimal("0.00001"), ROUND_HALF_EVEN)
        head, _, tail = f"{whole:f}".partition(".")
        return f"{head}.{tail.rstrip('0') or '0'}"

    def __float__(self) -> float:
        return self.current.value

    def _compare(self, other: Any, test: Callable[[Decimal, Decimal], bool]) -> bool:
        if not isinstance(other, IndicatorBase):
            raise TypeError(f"Object must be of type {type(self).__name__}")
        return test(self.exact, other.exact)

    def __lt__(self, other: Any) -> bool:
        return self._compare(other, lambda a, b: a < b)

    def __le__(self, other: Any) -> bool:
        return self._compare(other, lambda a, b: a <= b)

    def __gt__(self, other: Any) -> bool:
        return self._compare(other, lambda a, b: a > b)

    def __ge__(self, other: Any) -> bool:
        return self._compare(other, lambda a, b: a >= b)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int | float | Decimal):
            return self.exact == decimal_of(other)
        return self is other

    def __hash__(self) -> int:
        return id(self)


REQUIRED: Any = object()
_ALIASES = {"type": "moving_average_type", "moving_average_type": "type"}


class Indicator(IndicatorBase):
    """An indicator described by data: `title` is LEAN's name for it, `parameters` its constructor's, with defaults."""

    title: ClassVar[str] = ""
    parameters: ClassVar[tuple[tuple[str, Any], ...]] = (("period", REQUIRED),)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        rest = list(arguments)
        name = str(rest.pop(0)) if rest and isinstance(rest[0], str) else named.pop("name", None)
        values = self.read(rest, named)
        super().__init__(self.name_of(values) if name is None else name, int(values.get("period") or 0))
        self._make(**values)

    @classmethod
    def read(cls, arguments: Sequence[Any], named: dict[str, Any], defaults: dict[str, Any] | None = None) -> Any:
        """Parameters by name; raises TypeError for one that is missing or unknown."""
        known = dict(cls.parameters) | (defaults or {})
        given = dict(zip(known, arguments, strict=False))
        for key, value in named.items():
            given[key if key in known else _ALIASES.get(key, key)] = value
        values = known | given
        wrong = [k for k, v in values.items() if k not in known or v is REQUIRED]
        if wrong or len(arguments) > len(known):
            raise TypeError(f"No method matches given arguments for {cls.__name__}: {wrong or list(arguments)}")
        return cls.complete(values)

    @classmethod
    def complete(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Parameters that follow from others."""
        return values

    @classmethod
    def name_of(cls, values: dict[str, Any]) -> str:
        """LEAN's name: the title with the parameters filled in."""
        return cls.title.format(**{k: shown(v) for k, v in values.items()})

    def _make(self, *_: Any, **values: Any) -> None:
        """Make the parts from the parameters."""


class Windowed(Indicator):
    """Keeps the last `period` inputs: `self._values`, newest first."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._values: RollingWindow[Decimal] = RollingWindow(self._size())

    def _size(self) -> int:
        return self.period

    def _compute(self, data: Any) -> Any:
        self._values.add(data)
        return self._next(data)

    def _next(self, data: Any) -> Any:  # noqa: ARG002
        raise TypeError(f"{type(self).__name__} computes nothing")  # pragma: no cover - subclasses do

    def _oldest(self) -> Decimal:
        """The input `period` back, the first one until there are that many."""
        values = self._values
        found = values[values.count - 1] if values.samples <= values.size else values.most_recently_removed
        assert isinstance(found, Decimal)
        return found

    def reset(self) -> None:
        """Back to the beginning."""
        self._values.reset()
        super().reset()


def shown(value: Any) -> str:
    """A parameter as LEAN prints it in a name."""
    if hasattr(value, "csharp_name"):
        return str(value.csharp_name)
    return f"{value:g}" if isinstance(value, float) else str(value)
