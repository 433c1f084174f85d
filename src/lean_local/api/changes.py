"""What `on_securities_changed` gets."""

from collections.abc import Callable, Iterator
from typing import Any

from lean_local.naming import LeanObject
from lean_local.symbols import Symbol


class SecurityList(LeanObject):
    """Securities by symbol; objects are made when looked at."""

    def __init__(self, symbols: list[Symbol], find: Callable[[Symbol], Any]) -> None:
        self.symbols, self._find = symbols, find

    def __iter__(self) -> Iterator[Any]:
        return iter([self._find(s) for s in self.symbols])

    def __len__(self) -> int:
        return len(self.symbols)

    def __getitem__(self, index: int) -> Any:
        return self._find(self.symbols[index])

    def __bool__(self) -> bool:
        return bool(self.symbols)

    @property
    def count(self) -> int:
        """Number of securities."""
        return len(self.symbols)


class SecurityChangesView(LeanObject):
    """LEAN's SecurityChanges."""

    def __init__(self, added: list[Symbol], removed: list[Symbol], find: Callable[[Symbol], Any]) -> None:
        self.added_securities = SecurityList(added, find)
        self.removed_securities = SecurityList(removed, find)

    @property
    def count(self) -> int:
        """Number of securities that came or went."""
        return len(self.added_securities) + len(self.removed_securities)

    def __str__(self) -> str:
        added = ",".join(s.value for s in self.added_securities.symbols)
        removed = ",".join(s.value for s in self.removed_securities.symbols)
        return f"SecurityChanges: Added: {added} Removed: {removed}"
