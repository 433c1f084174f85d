"""Prices of an order as algorithms read them, of the order itself and of its events."""

from decimal import Decimal

from lean_local.naming import LeanObject
from lean_local.orders.records import OrderEventRecord, OrderRecord


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


class OrderPrices(LeanObject):
    """Floats of a record's prices; None where the type of order has no such price."""

    record: OrderRecord | OrderEventRecord

    @property
    def limit_price(self) -> float | None:
        """Limit price of the order."""
        return _float(self.record.limit_price)

    @property
    def stop_price(self) -> float | None:
        """Stop price of the order."""
        return _float(self.record.stop_price)

    @property
    def trigger_price(self) -> float | None:
        """Trigger price of the order."""
        return _float(self.record.trigger_price)

    @property
    def trailing_amount(self) -> float | None:
        """Distance of a trailing stop."""
        return _float(self.record.trailing_amount)
