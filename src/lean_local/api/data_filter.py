"""Base of data filters (LEAN `SecurityDataFilter.cs`)."""

from typing import Any

from lean_local.naming import LeanObject

__all__ = ["SecurityDataFilter"]


class SecurityDataFilter(LeanObject):
    """Accepts everything; algorithms override `filter` and set it with `security.set_data_filter`."""

    def filter(self, vehicle: Any, data: Any) -> bool:  # noqa: ARG002
        """Whether a data point is seen."""
        return True
