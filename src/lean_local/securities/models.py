"""The base of the models of a security: what they print as (semantics §6.1)."""

from collections.abc import Callable
from typing import Any

from lean_local.naming import LeanObject


class Model(LeanObject):
    """A fee, fill, slippage, settlement, margin… model. Prints its .NET type, as LEAN's `ToString` does."""

    net_namespace = "QuantConnect.Securities"
    net_type: str | None = None
    """.NET type where it is not the namespace and the class name."""

    def __str__(self) -> str:
        return self.net_type or f"{self.net_namespace}.{type(self).__name__}"


def overrides(model: object, base: type, *names: str) -> bool:
    """Whether an algorithm's model has its own version of one of the methods of a base class, in either spelling."""
    return any(
        getattr(type(model), spelled, None) is not getattr(base, spelled, None)
        for name in names
        for spelled in (name, "".join(part.capitalize() for part in name.split("_")))
    )


def method(model: Any, name: str) -> Callable[..., Any]:
    """A method of an algorithm's class in either spelling; raises AttributeError when it has none."""
    pascal = "".join(part.capitalize() for part in name.split("_"))
    for owner in type(model).__mro__:
        for spelled in (name, pascal):
            if spelled in vars(owner):
                found: Callable[..., Any] = getattr(model, spelled)
                return found
    other: Callable[..., Any] = getattr(model, name)  # raises, or is an instance attribute
    return other
