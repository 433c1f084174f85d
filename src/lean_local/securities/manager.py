"""`self.securities`: every subscribed security by symbol. Objects of option contracts are made when first asked for."""

from collections.abc import Callable, Iterator
from typing import Any

from lean_local.api.bars import DataDictionary, DataPair
from lean_local.errors import KeyNotFoundException
from lean_local.naming import LeanObject
from lean_local.securities.security import Security
from lean_local.symbols import Symbol, SymbolCache


def as_symbol(key: Any) -> Symbol | None:
    """The symbol meant by a symbol, ticker, security, contract or bar; None when a ticker is not known."""
    if isinstance(key, Symbol):
        return key
    if isinstance(key, str):
        return SymbolCache.find(key)
    found = getattr(key, "symbol", None)
    return found if isinstance(found, Symbol) else None


class SecurityManager(LeanObject):
    """Securities by symbol. `lookup` finds contracts that have data but no object yet."""

    def __init__(self) -> None:
        self._securities: dict[Symbol, Security] = {}
        self._gone: dict[Symbol, Security] = {}
        self._later: set[Symbol] = set()
        self.lookup: Callable[[Symbol], Security | None] = lambda _: None
        self.everything: Callable[[], list[Symbol]] = list

    def put(self, security: Security) -> None:
        """Keep a security."""
        self._gone.pop(security.symbol, None)
        self._securities[security.symbol] = security

    def show_later(self, symbol: Symbol) -> None:
        """LEAN adds the underlying of a chain when `initialize` has returned: until then algorithms do not see it."""
        self._later.add(symbol)

    def show(self, symbol: Symbol | None = None) -> None:
        """The algorithm has added a security itself; without a symbol: `initialize` has returned."""
        if symbol is None:
            self._later.clear()
        else:
            self._later.discard(symbol)

    def _seen(self, key: Any) -> Security | None:
        """What an algorithm sees under a key."""
        found = self.find(key)
        return None if found is not None and found.symbol in self._later else found

    def drop(self, symbol: Symbol) -> None:
        """A security has no data any more: it can still be looked up, but is no longer listed."""
        found = self._securities.pop(symbol, None)
        if found is not None:
            self._gone[symbol] = found

    def revive(self, symbol: Symbol) -> None:
        """A security that was gone has data again."""
        found = self._gone.pop(symbol, None)
        if found is not None:
            found.is_tradable, found.is_delisted = True, False
            self._securities[symbol] = found

    def made_one(self, symbol: Symbol) -> Security | None:
        """The security's object if it exists, also one that is gone."""
        found = self._securities.get(symbol)
        return self._gone.get(symbol) if found is None else found

    def made(self) -> list[Security]:
        """Securities that exist as objects, in the order they were made."""
        return list(self._securities.values())

    def existing(self, symbol: Symbol) -> Security | None:
        """The security of a symbol if it exists as an object."""
        return self._securities.get(symbol)

    def find(self, key: Any) -> Security | None:
        """The security of a key, or None."""
        symbol = as_symbol(key)
        if symbol is None:
            return None
        found = self._securities.get(symbol)
        if found is None:
            found = self._gone.get(symbol)
        if found is None:
            found = self.lookup(symbol)
            if found is not None and symbol not in self._gone:
                self._securities[symbol] = found
        return found

    def __getitem__(self, key: Any) -> Security:
        found = self._seen(key)
        if found is None:
            if isinstance(key, str) and as_symbol(key) is None:
                raise KeyNotFoundException(
                    f"The ticker {key} was not found in the SymbolCache. Use the Symbol object as key instead. "
                    "Accessing the securities collection/slice object by string ticker is only available for "
                    "securities added with the AddSecurity-family methods."
                )
            raise KeyNotFoundException(
                f"This asset symbol ({key}) was not found in your security list. Please add this security before "
                "using it. To prevent the exception, use self.securities.get(symbol), which returns None when the "
                "symbol is not found, or guard the access with 'if symbol in self.securities:'."
            )
        return found

    def __contains__(self, key: Any) -> bool:
        return self._seen(key) is not None

    def contains_key(self, key: Any) -> bool:
        """Whether the security is known."""
        return self._seen(key) is not None

    def get(self, key: Any, default: Any = None) -> Any:
        """The security or `default`."""
        found = self._seen(key)
        return default if found is None else found

    def keys(self) -> list[Symbol]:
        """Symbols of all securities, also contracts without an object."""
        return [s for s in dict.fromkeys([*self._securities, *self.everything()]) if s not in self._later]

    def values(self) -> list[Security]:
        """All securities; makes objects of all contracts."""
        return [s for s in (self.find(k) for k in self.keys()) if s is not None]

    def items(self) -> list[tuple[Symbol, Security]]:
        """Pairs of symbol and security."""
        return [(s.symbol, s) for s in self.values()]

    def __iter__(self) -> Iterator[Any]:
        return iter([DataPair(k, v) for k, v in self.items()])

    def __len__(self) -> int:
        return len(self.keys())

    @property
    def count(self) -> int:
        """Number of securities."""
        return len(self)

    @property
    def total(self) -> list[Security]:
        """All securities, also those that are gone."""
        return [*self.values(), *(s for s in self._gone.values() if s.symbol not in self._securities)]


__all__ = ["DataDictionary", "DataPair", "SecurityManager", "as_symbol"]
