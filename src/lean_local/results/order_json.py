"""Orders and order events as LEAN's JSON, and the hash of an order list.

Facts: LEAN `Common/Orders/Order.cs` and its subclasses (keys; properties of the subclass come first),
`Orders/Serialization/SerializedOrderEvent.cs`, `Messaging/Messaging.cs` and `Common/Extensions.cs` GetHash.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from lean_local.enums import OrderDirection, OrderStatus, OrderType
from lean_local.naming import to_pascal
from lean_local.orders.properties import GoodTilDateTimeInForce, TimeInForce
from lean_local.orders.records import OrderEventRecord, OrderRecord, SubmissionData
from lean_local.results.jsontext import Json, compact
from lean_local.results.numbers import ZERO, iso_utc, multiply, normalize, smart_rounding
from lean_local.symbols import Symbol

_COMBO_TYPES = frozenset({OrderType.COMBO_MARKET, OrderType.COMBO_LIMIT, OrderType.COMBO_LEG_LIMIT})
_ALWAYS_MARKETABLE = frozenset({OrderType.MARKET, OrderType.COMBO_MARKET})
_TIME_IN_FORCE = "QuantConnect.Orders.TimeInForces."


def symbol_json(symbol: Symbol) -> dict[str, Json]:
    """value, id, permtick (the shown ticker) and the underlying if there is one."""
    record: dict[str, Json] = {"value": symbol.value, "id": str(symbol.id), "permtick": symbol.value}
    if symbol.underlying is not None:
        record["underlying"] = symbol_json(symbol.underlying)
    return record


def _own_keys(order: OrderRecord, quantity: Decimal) -> dict[str, Json]:
    """The keys that come before the common ones, in the order of the order type's class."""
    kind = int(order.type)
    limit, stop, trigger = (
        x if x is not None else ZERO for x in (order.limit_price, order.stop_price, order.trigger_price)
    )
    own: dict[OrderType, dict[str, Json]] = {
        OrderType.LIMIT: {"limitPrice": limit, "type": kind},
        OrderType.STOP_MARKET: {"stopPrice": stop, "type": kind},
        OrderType.STOP_LIMIT: {
            "stopPrice": stop,
            "stopTriggered": order.stop_triggered,
            "limitPrice": limit,
            "type": kind,
        },
        OrderType.LIMIT_IF_TOUCHED: {
            "type": kind,
            "triggerPrice": trigger,
            "limitPrice": limit,
            "triggerTouched": order.trigger_touched,
        },
        OrderType.COMBO_MARKET: {"type": kind, "quantity": quantity},
        OrderType.COMBO_LIMIT: {"type": kind, "quantity": quantity},
        OrderType.COMBO_LEG_LIMIT: {"type": kind, "limitPrice": limit, "quantity": quantity},
        OrderType.TRAILING_STOP: {
            "trailingAmount": order.trailing_amount if order.trailing_amount is not None else ZERO,
            "trailingAsPercentage": order.trailing_as_percentage,
            "type": kind,
            "stopPrice": stop,
        },
    }
    return own.get(order.type, {"type": kind})


def is_marketable(order: OrderRecord) -> bool:
    """Market and combo market orders, and limits that cross the quote of their submission."""
    if order.type != OrderType.LIMIT:
        return order.type in _ALWAYS_MARKETABLE
    if order.submission is None or order.limit_price is None:
        return False
    if order.quantity > 0:
        return order.limit_price >= order.submission.ask_price
    return order.quantity < 0 and order.limit_price <= order.submission.bid_price


def _time_in_force(life: TimeInForce) -> dict[str, Json]:
    if life.kind == "GTC":
        return {}
    text: dict[str, Json] = {"$type": f"{_TIME_IN_FORCE}{type(life).__name__}"}
    if isinstance(life, GoodTilDateTimeInForce):  # the date as the algorithm gave it, without a zone
        text["Expiry"] = f"{life.expiry:%Y-%m-%dT%H:%M:%S}"
    return text


def _properties(order: OrderRecord, *, hashed: bool) -> dict[str, Json]:
    """The members of the properties' own class come before what all have.

    Only `timeInForce` has a name of its own in LEAN's JSON: the others are in camel case in files, as in C# in hashes.
    """
    own = order.properties
    named = str if hashed else _lower
    made: dict[str, Json] = {named(to_pascal(name)): getattr(own, name) for name, _ in own.members}
    made["timeInForce"] = _time_in_force(own.time_in_force)
    if own.exchange is not None:
        at = own.exchange
        members: dict[str, Json] = {"Code": at.code, "Name": at.name, "Market": at.market}
        members["SecurityTypes"] = [int(kind) for kind in at.security_types]
        made[named("Exchange")] = {named(name): value for name, value in members.items()}
    return made


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _submission(submission: SubmissionData | None) -> Json:
    if submission is None:
        return None
    return {"bidPrice": submission.bid_price, "askPrice": submission.ask_price, "lastPrice": submission.last_price}


def _times(order: OrderRecord) -> dict[str, Json]:
    moments = {
        "lastFillTime": order.last_fill_utc_ms,
        "lastUpdateTime": order.last_update_utc_ms,
        "canceledTime": order.canceled_utc_ms,
    }
    return {name: iso_utc(ms) for name, ms in moments.items() if ms is not None}


def _tag(order: OrderRecord) -> dict[str, Json]:
    # An order the engine makes at expiry has no tag at all (null); every other order has at least an empty one.
    automatic = order.type == OrderType.OPTION_EXERCISE and not order.broker_ids
    return {} if automatic and not order.tag else {"tag": order.tag}


def _group(order: OrderRecord) -> dict[str, Json]:
    group = order.group
    if group is None:
        return {}
    return {
        "groupOrderManager": {
            "id": group.id,
            "quantity": group.quantity,
            "count": group.count,
            "limitPrice": group.limit_price,
            "orderIds": list(group.order_ids),
            "direction": int(group.direction),
        }
    }


def order_json(order: OrderRecord, *, hashed: bool = False) -> dict[str, Json]:
    """One order as in the `orders` object of a results file, or as LEAN hashes it."""
    price, quantity = normalize(order.price), normalize(order.quantity)
    record = _own_keys(order, quantity)
    record |= {
        "id": order.id,
        "contingentId": 0,
        "brokerId": list(order.broker_ids),
        "symbol": symbol_json(order.symbol),
        "price": price,
        "priceCurrency": order.price_currency,
        "time": iso_utc(order.time_utc_ms),
        "createdTime": iso_utc(order.time_utc_ms),
        **_times(order),
    }
    if order.type not in _COMBO_TYPES:
        record["quantity"] = quantity
    record |= {
        "status": int(order.status),
        **_tag(order),
        "properties": _properties(order, hashed=hashed),
        "securityType": int(order.symbol.security_type),
        "direction": int(order.direction),
        "value": multiply(quantity, price),
        "orderSubmissionData": _submission(order.submission),
        "isMarketable": is_marketable(order),
        **_group(order),
        "priceAdjustmentMode": order.price_adjustment_mode,
    }
    return record


def _rounded(order: OrderRecord) -> OrderRecord:
    """The order as LEAN hashes it: prices smart-rounded, except the leg limits of combos."""

    def rounded(value: Decimal | None) -> Decimal | None:
        return None if value is None else smart_rounding(value)

    if order.type in _COMBO_TYPES:
        return replace(order, price=smart_rounding(order.price))
    return replace(
        order,
        price=smart_rounding(order.price),
        limit_price=rounded(order.limit_price),
        stop_price=rounded(order.stop_price),
        trigger_price=rounded(order.trigger_price),
        trailing_amount=rounded(order.trailing_amount),
    )


def order_list_hash(orders: Sequence[OrderRecord]) -> str:
    """LEAN's OrderListHash: MD5 of the orders by id, as compact JSON joined with commas."""
    texts = [compact(order_json(_rounded(order), hashed=True)) for order in sorted(orders, key=lambda order: order.id)]
    return hashlib.md5(",".join(texts).encode(), usedforsecurity=False).hexdigest()


def _camel(member: OrderStatus | OrderDirection) -> str:
    return _lower(member.csharp_name)


def order_event_json(event: OrderEventRecord, algorithm_id: str) -> dict[str, Json]:
    """One entry of `<id>-order-events.json`. `time` is in unix seconds."""
    record: dict[str, Json] = {
        "id": f"{algorithm_id}-{event.order_id}-{event.event_id}",
        "algorithmId": algorithm_id,
        "orderId": event.order_id,
        "orderEventId": event.event_id,
        "symbol": str(event.symbol.id),
        "symbolValue": event.symbol.value,
        "symbolPermtick": event.symbol.id.symbol,
        "time": event.utc_ms / 1000,
        "status": _camel(event.status),
    }
    if event.fee_currency != "QCC":
        record |= {"orderFeeAmount": event.fee, "orderFeeCurrency": event.fee_currency}
    record |= {
        "fillPrice": event.fill_price,
        "fillPriceCurrency": event.fill_price_currency,
        "fillQuantity": event.fill_quantity,
        "direction": _camel(event.direction),
    }
    if event.message:
        record["message"] = event.message
    record |= {"isAssignment": event.is_assignment, "quantity": event.quantity}
    if event.stop_price is not None:
        record["stopPrice"] = event.stop_price
    if event.limit_price is not None:
        record["limitPrice"] = event.limit_price
    if event.is_in_the_money:
        record["isInTheMoney"] = True
    return record
