"""What orders and order events print as. LEAN `Common/Messages/Messages.Orders.cs`."""

from decimal import Decimal

from lean_local.engine.clock import aware_utc
from lean_local.enums import OrderType
from lean_local.orders.precision import smart_round
from lean_local.orders.records import OrderEventRecord, OrderRecord
from lean_local.results.numbers import currency_symbol

_SHOWN: dict[OrderType, tuple[tuple[str, str], ...]] = {
    OrderType.LIMIT: (("limit", "limit_price"),),
    OrderType.STOP_MARKET: (("stop", "stop_price"),),
    OrderType.STOP_LIMIT: (("stop", "stop_price"), ("limit", "limit_price")),
    OrderType.LIMIT_IF_TOUCHED: (("trigger", "trigger_price"), ("limit", "limit_price")),
    OrderType.TRAILING_STOP: (("stop", "stop_price"),),
}
_PRICES = (("LimitPrice", "limit_price"), ("StopPrice", "stop_price"))


def _price(value: Decimal, sign: str) -> str:
    return f"{sign}{smart_round(value)}"


def trailing_text(amount: Decimal, sign: str, *, as_percentage: bool) -> str:
    """The distance of a trailing stop."""
    return f"{amount * 100:f}%" if as_percentage else f"{sign}{amount:f}"


def order_text(record: OrderRecord) -> str:
    """An order in one line."""
    text = (
        f"OrderId: {record.id} (BrokerId: {','.join(record.broker_ids)}) {record.status.csharp_name} "
        f"{record.type.csharp_name} order for {record.quantity} unit{'' if record.quantity == 1 else 's'} of "
        f"{record.symbol.value}{f': {record.tag}' if record.tag else ''}"
    )
    sign = currency_symbol(record.price_currency)
    prices = [(word, getattr(record, name) or Decimal(0)) for word, name in _SHOWN.get(record.type, ())]
    if prices:
        text += " at " + " ".join(f"{word} {_price(price, sign)}" for word, price in prices)
    if record.type == OrderType.TRAILING_STOP:
        amount = trailing_text(record.trailing_amount or Decimal(0), sign, as_percentage=record.trailing_as_percentage)
        text += f". Trailing amount: {amount}"
    return text


def event_text(record: OrderEventRecord, fee: str, *, trailing_as_percentage: bool) -> str:
    """An order event in one line; `fee` is empty when there is none."""
    sign = currency_symbol(record.fill_price_currency)
    parts = [
        f"Time: {aware_utc(record.utc_ms):%m/%d/%Y %H:%M:%S} OrderID: {record.order_id} EventID: {record.event_id}",
        f"Symbol: {record.symbol.value} Status: {record.status.csharp_name} Quantity: {record.quantity}",
    ]
    if record.fill_quantity:
        parts.append(f"FillQuantity: {record.fill_quantity} FillPrice: {_price(record.fill_price, sign)}")
    parts += [f"{word}: {_price(getattr(record, n), sign)}" for word, n in _PRICES if getattr(record, n) is not None]
    if record.trailing_amount is not None:
        amount = trailing_text(record.trailing_amount, sign, as_percentage=trailing_as_percentage)
        parts.append(f"TrailingAmount: {amount}")
    if record.trigger_price is not None:
        parts.append(f"TriggerPrice: {_price(record.trigger_price, sign)}")
    if fee:
        parts.append(f"OrderFee: {fee}")
    if record.message:
        parts.append(f"Message: {record.message}")
    if record.symbol.id.is_option:
        parts.append(f"IsAssignment: {record.is_assignment}")
    return " ".join(parts)


def default_tag(record: OrderRecord, sign: str) -> str:
    """The tag of an order that was given none; `sign` is that of the quote currency. LEAN `Order.GetDefaultTag`."""
    if record.type != OrderType.TRAILING_STOP or record.trailing_amount is None:
        return ""
    as_percentage = record.trailing_as_percentage
    return "Trailing Amount: " + trailing_text(record.trailing_amount, sign, as_percentage=as_percentage)
