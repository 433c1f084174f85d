"""Shortable providers: how many shares can be borrowed. LEAN `NullShortableProvider.cs`."""

from datetime import datetime
from typing import Any

from lean_local.securities.models import Model


class NullShortableProvider(Model):
    """Everything can be borrowed, for nothing."""

    net_namespace = "QuantConnect.Data.Shortable"
    INSTANCE: "NullShortableProvider"

    def fee_rate(self, symbol: Any, local_time: datetime) -> float:  # noqa: ARG002
        """Borrow fee rate."""
        return 0.0

    def rebate_rate(self, symbol: Any, local_time: datetime) -> float:  # noqa: ARG002
        """Rebate rate."""
        return 0.0

    def shortable_quantity(self, symbol: Any, local_time: datetime) -> int | None:  # noqa: ARG002
        """Shares that can be borrowed; None = any number."""
        return None


NullShortableProvider.INSTANCE = NullShortableProvider()
