"""The base of the models of a security: what they print as (semantics §6.1)."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from lean_local.naming import LeanObject, to_pascal


class Model(LeanObject):
    """A fee, fill, slippage, settlement, margin… model. Prints its .NET type, as LEAN's `ToString` does."""

    net_namespace = "QuantConnect.Securities"
    net_type: str | None = None
    """.NET type where it is not the namespace and the class name."""

    def __str__(self) -> str:
        return self.net_type or f"{self.net_namespace}.{type(self).__name__}"


def overrides(model: object, base: type, *names: str) -> bool:
    """Whether an algorithm's model has its own version of one of the methods of a base class, in either spelling."""
    pair: tuple[Any, Any] = type(model), base
    return _differs(*pair, names)


@lru_cache(maxsize=256)
def _differs(kind: Any, base: Any, names: tuple[str, ...]) -> bool:
    return any(
        getattr(kind, spelled, None) is not getattr(base, spelled, None)
        for name in names
        for spelled in (name, to_pascal(name))
    )


def method(model: Any, name: str) -> Callable[..., Any]:
    """A method of an algorithm's class in either spelling; raises AttributeError when it has none."""
    pascal = to_pascal(name)
    for owner in type(model).__mro__:
        for spelled in (name, pascal):
            if spelled in vars(owner):
                found: Callable[..., Any] = getattr(model, spelled)
                return found
    other: Callable[..., Any] = getattr(model, name)  # raises, or is an instance attribute
    return other
