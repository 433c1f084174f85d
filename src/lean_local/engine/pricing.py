"""Implied volatility and Greeks of chain contracts: LEAN's default price model (semantics §4.6)."""

from typing import Any

from lean_local.data.folder import DataFolder
from lean_local.engine.state import RunState


class PriceModel:
    """Prices contracts from current prices when an algorithm asks."""

    def __init__(self, state: RunState, folder: DataFolder) -> None:
        self.state, self.folder = state, folder
        self.rate_model: Any = None
