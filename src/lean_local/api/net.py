"""What algorithms use of .NET itself: `Random`, a dictionary by name; and LEAN's circular queue."""

import zipfile
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any

from lean_local.api.bars import DataPair
from lean_local.api.events import Event
from lean_local.naming import LeanObject

_SIZE, _BIG, _SEED = 56, 2**31 - 1, 161_803_398


class Dictionary(LeanObject):
    """.NET's dictionary by name: iterating yields pairs, `keys` and `values` are lists."""

    def __init__(self, items: Mapping[str, Any]) -> None:
        self._items = items

    def __getitem__(self, name: str) -> Any:
        return self._items[name]

    def contains_key(self, name: str) -> bool:
        """Whether the name is there."""
        return name in self._items

    __contains__ = contains_key

    def __iter__(self) -> Iterator[DataPair]:
        return iter([DataPair(name, item) for name, item in self._items.items()])

    def __len__(self) -> int:
        return len(self._items)

    @property
    def count(self) -> int:
        """Number of names."""
        return len(self)

    @property
    def keys(self) -> list[str]:
        """The names."""
        return list(self._items)

    @property
    def values(self) -> list[Any]:
        """What they name."""
        return list(self._items.values())


class CircularQueue(LeanObject):
    """Items that come round for ever; `circle_completed` is called each time the first one comes."""

    def __init__(self, *items: Any) -> None:
        given = items[0] if len(items) == 1 and isinstance(items[0], Iterable) else items
        self._items = list(given)
        self._next = 0
        self.circle_completed = Event()

    def __class_getitem__(cls, _kind: Any) -> type:
        return cls

    def dequeue(self) -> Any:
        """The next item."""
        if not self._items:
            raise IndexError("Queue empty.")
        item = self._items[self._next]
        self._next = (self._next + 1) % len(self._items)
        if item == self._items[0]:
            self.circle_completed(self, None)
        return item


class Compression(LeanObject):
    """LEAN's helper for archives (`Compression.cs`)."""

    @staticmethod
    def zip_bytes(data: Iterable[int] | bytes, zip_entry_name: str) -> bytes:
        """A zip with one entry."""
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(zipfile.ZipInfo(zip_entry_name), bytes(data), zipfile.ZIP_DEFLATED)
        return buffer.getvalue()


class Random(LeanObject):
    """.NET's seeded pseudo-random numbers (Knuth's subtractive generator, as in Numerical Recipes `ran3`)."""

    def __init__(self, seed: int = 0) -> None:
        state = [0] * _SIZE
        last = _SEED - abs(max(seed, -_BIG))
        state[55], value = last, 1
        for i in range(1, 55):
            place = 21 * i % 55
            state[place] = value
            value = last - value
            if value < 0:
                value += _BIG
            last = state[place]
        for _ in range(4):
            for i in range(1, _SIZE):
                state[i] = _wrapped(state[i] - state[1 + (i + 30) % 55])
        self._state, self._at, self._other = state, 0, 21

    def _sample(self) -> int:
        self._at = self._at % 55 + 1
        self._other = self._other % 55 + 1
        value = self._state[self._at] - self._state[self._other]
        if value == _BIG:
            value -= 1
        if value < 0:
            value += _BIG
        self._state[self._at] = value
        return value

    def next(self, *bounds: int) -> int:
        """`next()`, `next(below)` or `next(from, below)`."""
        if not bounds:
            return self._sample()
        low, high = (0, *bounds) if len(bounds) == 1 else bounds
        return int(self.next_double() * (high - low)) + low

    def next_double(self) -> float:
        """A number from 0 up to 1."""
        return self._sample() * (1.0 / _BIG)


def _wrapped(value: int) -> int:
    """A difference as a 32 bit integer, made positive as .NET does."""
    wrapped = (value + 2**31) % 2**32 - 2**31
    return wrapped + _BIG if wrapped < 0 else wrapped


__all__ = ["CircularQueue", "Compression", "Random"]
