"""Parts of order calls: legs of combos, time in force, order properties (semantics §5.1, §5.8)."""

from datetime import datetime
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


class TimeInForce(LeanObject):
    """How long an order lives."""

    def __init__(self, kind: str = "GTC", expiry: datetime | None = None) -> None:
        self.kind, self.expiry = kind, expiry

    GOOD_TIL_CANCELED: "TimeInForce"
    DAY: "TimeInForce"

    @staticmethod
    def good_til_date(expiry: datetime) -> "TimeInForce":
        """Until a date."""
        return TimeInForce("GTD", expiry)


TimeInForce.GOOD_TIL_CANCELED = TimeInForce()
TimeInForce.DAY = TimeInForce("DAY")


class OrderProperties(LeanObject):
    """Properties of an order; only `time_in_force` matters in backtests."""

    def __init__(self) -> None:
        self.time_in_force = TimeInForce.GOOD_TIL_CANCELED
