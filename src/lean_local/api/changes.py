"""What `on_securities_changed` gets."""

from collections.abc import Callable, Iterator
from typing import Any

from lean_local.naming import LeanObject
from lean_local.symbols import Symbol


class SecurityList(LeanObject):
    """Securities by symbol; objects are made when looked at."""

    def __init__(self, symbols: list[Symbol], find: Callable[[Symbol], Any]) -> None:
        self.symbols, self.find = symbols, find

    def __iter__(self) -> Iterator[Any]:
        return iter([self.find(s) for s in self.symbols])

    def __len__(self) -> int:
        return len(self.symbols)

    def __getitem__(self, index: int) -> Any:
        return self.find(self.symbols[index])

    def __bool__(self) -> bool:
        return bool(self.symbols)

    @property
    def count(self) -> int:
        """Number of securities."""
        return len(self.symbols)


class SecurityChangesView(LeanObject):
    """LEAN's SecurityChanges."""

    lean_name = "SecurityChanges"
    NONE: "SecurityChangesView"

    def __init__(self, added: list[Symbol], removed: list[Symbol], find: Callable[[Symbol], Any]) -> None:
        self.added_securities = SecurityList(added, find)
        self.removed_securities = SecurityList(removed, find)

    @property
    def count(self) -> int:
        """Number of securities that came or went."""
        return len(self.added_securities) + len(self.removed_securities)

    def __add__(self, other: "SecurityChangesView") -> "SecurityChangesView":
        """Both changes together; what came is not counted as gone."""
        added = _union(self.added_securities.symbols, other.added_securities.symbols)
        removed = _union(self.removed_securities.symbols, other.removed_securities.symbols)
        find = other.added_securities.find
        return SecurityChangesView(added, [s for s in removed if s not in added], find)

    def __str__(self) -> str:
        if not self.count:
            return "SecurityChanges: None"
        parts = (("Added", self.added_securities), ("Removed", self.removed_securities))
        told = [f" {name}: {','.join(str(s.id) for s in found.symbols)}" for name, found in parts if found]
        return f"SecurityChanges: {''.join(told)}"


SecurityChangesView.NONE = SecurityChangesView([], [], lambda symbol: symbol)


def _union(first: list[Symbol], second: list[Symbol]) -> list[Symbol]:
    return sorted(dict.fromkeys([*first, *second]), key=lambda s: s.value)
