"""Benchmarks: a security's price or a function of time. LEAN `SecurityBenchmark.cs`, `FuncBenchmark.cs`."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from lean_local.enums import SecurityType
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol


class FuncBenchmark(LeanObject):
    """A value for each time."""

    def __init__(self, benchmark: Callable[[datetime], float]) -> None:
        self._function = benchmark

    def evaluate(self, time: datetime) -> float:
        """Value at a time."""
        return self._function(time)


class SecurityBenchmark(LeanObject):
    """The price of a security; the engine gives it a feed when the algorithm has none."""

    def __init__(self, ticker: str, kind: SecurityType, market: str) -> None:
        self._named = (ticker, kind, market)
        self.security: Any = None

    @property
    def symbol(self) -> Symbol:
        """Symbol of the security."""
        return Symbol.create(*self._named)

    def evaluate(self, time: datetime) -> float:  # noqa: ARG002
        """Price now."""
        return 0.0 if self.security is None else float(self.security.price)
