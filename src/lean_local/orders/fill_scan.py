"""The fill scan: LEAN's backtesting brokerage asks fill models again and again (semantics §5.2)."""

from collections.abc import Callable
from typing import Any

from lean_local.engine.state import RunState
from lean_local.enums import OrderStatus, OrderType
from lean_local.orders.model_errors import Pair
from lean_local.orders.records import OrderEventRecord, OrderRecord
from lean_local.orders.ticket import CLOSED, OrderTicket
from lean_local.orders.views import Order
from lean_local.securities.accounting import fee_is_in_fill, process_fill
from lean_local.securities.fees import OrderFee
from lean_local.securities.fills import Fill
from lean_local.securities.security import Security

_AT_ONCE = frozenset({OrderType.MARKET, OrderType.COMBO_MARKET, OrderType.OPTION_EXERCISE})
_COMBOS = frozenset({OrderType.COMBO_MARKET, OrderType.COMBO_LIMIT, OrderType.COMBO_LEG_LIMIT})


class FillScan:
    """The part of the order processor that fills."""

    state: RunState
    tickets: dict[int, OrderTicket]
    pending: dict[int, OrderRecord]
    exercise: Callable[[Security, OrderRecord], None]
    scan_assignments: Callable[[], None]
    _pairs: Any
    _affordable: Any
    _fills_of: Any
    _cancel_now: Any
    _event: Any
    _publish: Any
    _said_fee_in_fill: bool

    def scan(self) -> None:
        """Try to fill every pending order, oldest first."""
        self.scan_assignments()
        if not self.pending:
            return
        now = self.state.clock.utc_ms
        for order_id in sorted(self.pending):
            record = self.pending.get(order_id)
            if record is None or (record.time_utc_ms == now and record.type not in _AT_ONCE):
                continue
            if record.status in CLOSED:  # a leg whose model filled it while others waited
                self.pending.pop(order_id)
                continue
            records = (
                [record]
                if record.group is None
                else [self.pending[i] for i in record.group.order_ids if i in self.pending]
            )
            if record.group is not None and len(records) < record.group.count:
                continue
            self._try_fill(records, records.index(record))

    def _try_fill(self, records: list[OrderRecord], asked: int) -> None:
        """Ask the fill model of one of the orders; every leg of a combo asks its own, in turn."""
        pairs = self._pairs(records)
        if any(r.properties.time_in_force.is_order_expired(s, Order(r)) for s, r in pairs):
            self._cancel_now(records, "The order has expired.")
            return
        first_security, first = pairs[0]
        if first.type == OrderType.MARKET_ON_OPEN and not self._has_newer_data(first_security, first):
            return
        if not self._affordable(pairs, records, scanning=True):
            return
        if first.type == OrderType.OPTION_EXERCISE:
            self.pending.pop(first.id, None)
            self.exercise(first_security, first)
            return
        fills = self._fills_of(lambda: self._ask_model(pairs, asked), records[asked])
        if fills is not None:
            self._fill(pairs, fills)

    def _has_newer_data(self, security: Security, record: OrderRecord) -> bool:
        trade, quote = security.prices.trade_row(), security.prices.quote_row()
        newest = max(trade.end_utc_ms if trade else 0, quote.end_utc_ms if quote else 0)
        return newest > record.time_utc_ms

    def _ask_model(self, pairs: list[Pair], asked: int) -> list[Fill] | None:
        security, first = pairs[asked]
        model = security.models.fill
        if first.type in _COMBOS:
            fills: list[Fill] | None = model.try_combo(pairs, asked)
            return fills
        fill = model.try_fill(security, first)
        return None if fill is None else [fill]

    def _fill(self, pairs: list[Pair], fills: list[Fill]) -> None:
        batch = []
        if not any(fill.partial for fill in fills):
            for _, record in pairs:
                self.pending.pop(record.id, None)
        for (security, record), fill in zip(pairs, fills, strict=True):
            quantity = record.quantity - record.quantity_filled if fill.quantity is None else fill.quantity
            # LEAN charges the fee with the fill that completes the order.
            money = OrderFee.ZERO.value if fill.partial else security.models.fee.money(security, record)
            if fee_is_in_fill(security, quantity, money.currency):
                quantity -= money.amount_exact
                self._say_fee_is_in_fill()
            event = self._event(
                record,
                OrderStatus.PARTIALLY_FILLED if fill.partial else OrderStatus.FILLED,
                fill_quantity=quantity,
                fill_price=fill.price,
                fill_price_currency=record.price_currency,
                fee=money.amount_exact,
                fee_currency=money.currency,
                message=fill.message,
            )
            batch.append((security, record, event))
        self.deliver_fills(batch)

    def _say_fee_is_in_fill(self) -> None:
        if not self._said_fee_in_fill:
            self._said_fee_in_fill = True
            self.state.debug(
                "When buying currency pairs, using Cash account types, fees in base currency will be deducted from "
                "the filled quantity so virtual positions reflect actual holdings."
            )

    def deliver_fills(self, batch: list[tuple[Security, OrderRecord, OrderEventRecord]]) -> None:
        """Book a batch of fill events, then tell the algorithm about each."""
        for security, record, event in batch:
            record.status = event.status
            record.price = event.fill_price
            if record.type != OrderType.OPTION_EXERCISE or event.symbol != record.symbol:
                # The ticket of an exercise shows the shares, never the contracts.
                ticket = self.tickets[record.id]
                ticket.fill_value += event.fill_quantity * event.fill_price
                if record.quantity_filled:  # an order's price is the average of its fills
                    record.price = ticket.fill_value / (record.quantity_filled + event.fill_quantity)
                record.quantity_filled += event.fill_quantity
            record.last_fill_utc_ms = event.utc_ms
            process_fill(self.state, security, record, event)
        for _, record, event in batch:
            self._publish(record, event)
