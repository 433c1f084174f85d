"""`self.history` (semantics §8.4)."""

from typing import Any

from lean_local.naming import LeanObject


class HistoryMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any

    @property
    def history(self) -> Any:
        """`self.history(...)` and `self.history[Type](...)`."""
        from lean_local.engine.history import HistoryCall  # noqa: PLC0415  pandas only when asked for

        return HistoryCall(self._run)
