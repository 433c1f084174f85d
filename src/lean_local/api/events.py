"""A .NET event."""

from collections.abc import Callable
from typing import Any


class Event:
    """A .NET event: `event += handler`; every handler gets the arguments of the call."""

    __slots__ = ("_handlers",)

    def __init__(self) -> None:
        self._handlers: list[Callable[..., Any]] = []

    def __iadd__(self, handler: Callable[..., Any]) -> "Event":
        self._handlers.append(handler)
        return self

    def __isub__(self, handler: Callable[..., Any]) -> "Event":
        if handler in self._handlers:
            self._handlers.remove(handler)
        return self

    def __call__(self, *arguments: Any) -> None:
        """Call every handler."""
        for handler in list(self._handlers):
            handler(*arguments)

    def clear(self) -> None:
        """Forget every handler."""
        self._handlers.clear()
