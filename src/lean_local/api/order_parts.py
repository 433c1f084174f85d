"""Legs of combos (semantics §5.1)."""

from typing import Any

from lean_local.naming import LeanObject


class Leg(LeanObject):
    """One leg of a combo: symbol, ratio, and a limit price for leg-limit combos."""

    __slots__ = ("order_price", "quantity", "symbol")

    def __init__(self, symbol: Any, quantity: int, order_price: float | None = None) -> None:
        self.symbol, self.quantity, self.order_price = symbol, quantity, order_price

    @classmethod
    def create(cls, symbol: Any, quantity: int, order_price: float | None = None) -> "Leg":
        """Make a leg."""
        return cls(symbol, quantity, order_price)
