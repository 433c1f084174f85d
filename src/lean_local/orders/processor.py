"""Takes orders from request to fill: LEAN's transaction handler and backtesting brokerage (semantics §5.1-5.2)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from lean_local.engine.state import RunState
from lean_local.enums import OrderDirection, OrderResponseErrorCode, OrderStatus, OrderType
from lean_local.orders.change_requests import ChangeRequests
from lean_local.orders.model_errors import ModelError, ModelErrors
from lean_local.orders.precision import round_prices, smart_round, submission_quote
from lean_local.orders.records import OrderEventRecord, OrderRecord
from lean_local.orders.requests import Code, NewOrder, pre_order_checks
from lean_local.orders.ticket import CLOSED, OrderResponse, OrderTicket
from lean_local.orders.views import OrderEvent
from lean_local.results.numbers import normalize
from lean_local.securities.accounting import fee_is_in_fill, process_fill
from lean_local.securities.brokerage import refusal
from lean_local.securities.buying_power import plain
from lean_local.securities.fees import OrderFee, order_value
from lean_local.securities.fills import Fill, trailing_stop_price
from lean_local.securities.security import Security

ZERO = Decimal(0)
_AT_ONCE = frozenset({OrderType.MARKET, OrderType.COMBO_MARKET, OrderType.OPTION_EXERCISE})
_COMBOS = frozenset({OrderType.COMBO_MARKET, OrderType.COMBO_LIMIT, OrderType.COMBO_LEG_LIMIT})
Pair = tuple[Security, OrderRecord]


class OrderProcessor(ChangeRequests, ModelErrors):
    """All orders of a run and what is still open."""

    def __init__(self, state: RunState) -> None:
        self.state = state
        self.orders: dict[int, OrderRecord] = {}
        self.tickets: dict[int, OrderTicket] = {}
        self.pending: dict[int, OrderRecord] = {}
        self._events: dict[int, int] = {}
        self._queue: list[Callable[[], None]] = []
        self._groups = 0
        self._said_fee_in_fill = self._said_lot = False
        state.portfolio.open_records = lambda: [t.record for t in self.open_tickets()]
        self.exercise: Callable[[Security, OrderRecord], None] = lambda _s, _o: None
        self.scan_assignments: Callable[[], None] = lambda: None

    # --- requests ----------------------------------------------------------------------------------------------
    def next_group_id(self) -> int:
        """A new combo id, from 1."""
        self._groups += 1
        return self._groups

    def refuse(self, request: NewOrder) -> OrderTicket | None:
        """The ticket of a request that fails the pre-order checks, or None when it passes."""
        problem = pre_order_checks(self.state, request)
        if problem is None:
            return None
        code, text = problem
        record = self._record(request, -10)
        record.status = OrderStatus.INVALID
        self.state.error(text)
        return OrderTicket(record, OrderResponse(-10, code, text), self.state.clock.utc)

    def submit(self, request: NewOrder) -> OrderTicket:
        """Take one order, or one leg of a combo (the last leg places the whole combo).

        Asynchronous orders too: in a backtest LEAN drains the request queue on the algorithm's thread before any order
        method returns (BacktestingTransactionHandler.WaitForOrderSubmission), recorded in the equity_order_types probe.
        """
        self.process_queue()
        record = self._record(request, len(self.orders) + 1)
        self.orders[record.id] = record
        ticket = OrderTicket(record, OrderResponse(record.id), self.state.clock.utc, self._cancel, self._update)
        self.tickets[record.id] = ticket
        self._remember_quote(record)
        group = record.group
        if group is None:
            self._place([record])
        else:
            group.order_ids.append(record.id)
            if len(group.order_ids) == group.count:
                self._place([self.orders[i] for i in group.order_ids])
        self.process_queue()  # what on_order_event asked for meanwhile stands behind this order in the one queue
        return ticket

    def new_exercise(self, security: Security, quantity: Decimal, tag: str | None) -> OrderRecord:
        """An exercise order the engine itself makes at expiry or assignment; it consumes an id."""
        return self.new_engine_order(security, quantity, tag, OrderType.OPTION_EXERCISE)

    def new_engine_order(
        self, security: Security, quantity: Decimal, tag: str | None, order_type: OrderType
    ) -> OrderRecord:
        """An order that the engine makes and fills itself; it consumes an id."""
        record = OrderRecord(
            len(self.orders) + 1,
            order_type,
            security.symbol,
            quantity,
            self.state.clock.utc_ms,
            created_utc_ms=self.state.clock.utc_ms,
        )
        record.tag = tag  # type: ignore[assignment]
        self.orders[record.id] = record
        self._remember_quote(record)
        self.tickets[record.id] = OrderTicket(
            record, OrderResponse(record.id), self.state.clock.utc, self._cancel, self._update
        )
        return record

    def _record(self, request: NewOrder, order_id: int) -> OrderRecord:
        now = self.state.clock.utc_ms
        return OrderRecord(
            id=order_id,
            type=request.type,
            symbol=request.symbol,
            quantity=normalize(request.quantity),
            time_utc_ms=now,
            tag=request.tag,
            limit_price=request.limit_price,
            stop_price=request.stop_price,
            trigger_price=request.trigger_price,
            trailing_amount=request.trailing_amount,
            trailing_as_percentage=request.trailing_as_percentage,
            created_utc_ms=now,
            time_in_force=request.time_in_force,
            good_til_utc_ms=request.good_til_utc_ms,
            group=request.group,
        )

    def _remember_quote(self, record: OrderRecord) -> None:
        security = self.state.securities[record.symbol]
        record.submission = submission_quote(security)
        record.price_adjustment_mode = int(security.data_normalization_mode)
        record.price_currency = security.quote_cash.symbol
        if record.type in (OrderType.MARKET, OrderType.COMBO_MARKET):
            record.is_marketable = True
        elif record.limit_price is not None and record.type == OrderType.LIMIT:
            ask, bid = security.ask_exact, security.bid_exact
            record.is_marketable = record.limit_price >= ask if record.quantity > 0 else record.limit_price <= bid

    # --- placing -----------------------------------------------------------------------------------------------
    def _pairs(self, records: Sequence[OrderRecord]) -> list[Pair]:
        return [(self.state.securities[r.symbol], r) for r in records]

    def _place(self, records: list[OrderRecord]) -> None:
        pairs = self._pairs(records)
        for security, record in pairs:
            self._round_to_lot(security, record)
            if record.type == OrderType.TRAILING_STOP and record.stop_price is None:
                record.stop_price = trailing_stop_price(security.price_exact, record)
        for warning in round_prices(pairs):
            self.state.error(warning)
        if not self._affordable(pairs, records):
            return
        why = next((r for r in (refusal(self.state.brokerage, s, o) for s, o in pairs) if r is not None), None)
        if why is not None:
            ids = ",".join(str(r.id) for r in records)
            text = f"BrokerageModel declared unable to submit order: [{ids}] {why}"
            self._invalidate(records, Code.BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER, text)
            return
        for record in records:
            record.broker_ids = [str(record.id)]
            self.pending[record.id] = record
        for record in records:
            self._emit(record, OrderStatus.SUBMITTED)
        self.scan()

    def _round_to_lot(self, security: Security, record: OrderRecord) -> None:
        """Towards zero; LEAN says so once."""
        over = record.quantity % security.lot_exact  # Decimal's remainder has the sign of the quantity
        if not over:
            return
        record.quantity = normalize(record.quantity - over)
        if not self._said_lot:
            self._said_lot = True
            self.state.error(
                f"Warning: Due to brokerage limitations, orders will be rounded to the nearest lot size of "
                f"{plain(security.lot_exact)}"
            )

    def _affordable(self, pairs: list[Pair], records: list[OrderRecord], *, scanning: bool = False) -> bool:
        try:
            ok, reason = self._margin_problem(pairs)
        except ModelError as error:
            fails = self._margin_fails_in_scan if scanning else self._margin_fails
            fails(records, str(error))
            return False
        if ok:
            return True
        ids = ",".join(str(r.id) for r in records)
        values = ",".join(smart_round(order_value(s, o)) for s, o in pairs)
        text = (
            f"Order Error: ids: [{ids}], Insufficient buying power to complete orders (Value:[{values}]), "
            f"Reason: {reason}."
        )
        self._invalidate(records, Code.INSUFFICIENT_BUYING_POWER, text)
        return False

    def _invalidate(self, records: Sequence[OrderRecord], code: OrderResponseErrorCode, text: str) -> None:
        """Refuse orders that already have ids; the answer goes to the last ticket."""
        self.state.error(text)
        ticket = self.tickets[records[-1].id]
        ticket.submit_request.response = OrderResponse(records[-1].id, code, text)
        for record in records:
            self.pending.pop(record.id, None)
        for record in records:
            self._emit(record, OrderStatus.INVALID, message=text)

    # --- scanning ----------------------------------------------------------------------------------------------
    def process_synchronous_events(self) -> None:
        """Pending cancel and update requests, then the fill scan."""
        self.process_queue()
        self.scan()

    def process_queue(self) -> None:
        """Run queued cancel and update requests; LEAN scans for fills after each."""
        while self._queue:
            self._queue.pop(0)()
            self.scan()

    def scan(self) -> None:
        """Try to fill every pending order, oldest first."""
        self.scan_assignments()
        now = self.state.clock.utc_ms
        for order_id in sorted(self.pending):
            record = self.pending.get(order_id)
            if record is None or (record.time_utc_ms == now and record.type not in _AT_ONCE):
                continue
            records = (
                [record]
                if record.group is None
                else [self.pending[i] for i in record.group.order_ids if i in self.pending]
            )
            if record.group is not None and len(records) < record.group.count:
                continue
            self._try_fill(records)

    def _try_fill(self, records: list[OrderRecord]) -> None:
        pairs = self._pairs(records)
        if any(self._expired(s, r) for s, r in pairs):
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
        fills = self._fills_of(lambda: self._ask_model(pairs), first)
        if fills is not None:
            self._fill(pairs, fills)

    def _has_newer_data(self, security: Security, record: OrderRecord) -> bool:
        trade, quote = security.prices.trade_row(), security.prices.quote_row()
        newest = max(trade.end_utc_ms if trade else 0, quote.end_utc_ms if quote else 0)
        return newest > record.time_utc_ms

    def _ask_model(self, pairs: list[Pair]) -> list[Fill] | None:
        security, first = pairs[0]
        model = security.models.fill
        if first.type in _COMBOS:
            fills: list[Fill] | None = model.try_combo(pairs)
            return fills
        fill = model.try_fill(security, first)
        return None if fill is None else [fill]

    def _expired(self, security: Security, record: OrderRecord) -> bool:
        now = self.state.clock.utc_ms
        if record.time_in_force == "GTD" and record.good_til_utc_ms is not None:
            return now >= record.good_til_utc_ms
        if record.time_in_force != "DAY":
            return False
        day = security.zone.local_date(record.time_utc_ms)
        close = security.calendar.last_close(day)
        return now >= (close if close is not None else security.zone.midnight_utc_ms(day) + 86_400_000)

    def _fill(self, pairs: list[Pair], fills: list[Fill]) -> None:
        batch = []
        for (security, record), fill in zip(pairs, fills, strict=True):
            if not fill.partial:
                self.pending.pop(record.id, None)
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
                record.quantity_filled += event.fill_quantity
                self.tickets[record.id].fill_value += event.fill_quantity * event.fill_price
            record.last_fill_utc_ms = event.utc_ms
            process_fill(self.state, security, record, event)
        for _, record, event in batch:
            self._publish(record, event)

    # --- events ------------------------------------------------------------------------------------------------
    def _event(self, record: OrderRecord, status: OrderStatus, **fields: object) -> OrderEventRecord:
        number = self._events[record.id] = self._events.get(record.id, 0) + 1
        event = OrderEventRecord(
            order_id=record.id,
            event_id=number,
            symbol=record.symbol,
            utc_ms=self.state.clock.utc_ms,
            status=status,
            direction=record.direction,
            quantity=record.quantity,
            fill_price_currency=record.price_currency,
            limit_price=record.limit_price,
            stop_price=record.stop_price,
            trigger_price=record.trigger_price,
            trailing_amount=record.trailing_amount,
        )
        return replace(event, **fields)  # type: ignore[arg-type]

    def make_event(self, record: OrderRecord, status: OrderStatus, **fields: object) -> OrderEventRecord:
        """An event of that order with the next event number."""
        return self._event(record, status, **fields)

    def _emit(self, record: OrderRecord, status: OrderStatus, *, message: str = "") -> None:
        record.status = status
        self._publish(record, self._event(record, status, message=message))

    def _publish(self, record: OrderRecord, event: OrderEventRecord) -> None:
        ticket = self.tickets[record.id]
        view = OrderEvent(event, ticket)
        ticket.order_events.append(view)
        # LEAN adds the tag to an assignment's message after on_order_event; its files show the longer text.
        assigned = (
            replace(event, message=f"{event.message}. {record.tag}") if event.is_assignment and record.tag else event
        )
        self.state.collector.order_event(assigned)
        self.state.on_order_event(view)
        if event.is_assignment:
            self.state.on_assignment_order_event(OrderEvent(assigned, ticket))

    # --- queries -----------------------------------------------------------------------------------------------
    def open_tickets(self) -> list[OrderTicket]:
        """Tickets of orders that are not closed, by id."""
        return [t for i, t in sorted(self.tickets.items()) if t.record.status not in CLOSED]

    def cancel_for_symbol(self, security: Security) -> None:
        """Ask to cancel everything pending in a security that is gone (LEAN `CancelOpenOrders`)."""
        for ticket in self.open_tickets():
            if ticket.symbol == security.symbol:
                ticket.cancel()

    def direction_of(self, quantity: Decimal) -> OrderDirection:
        """Side of a quantity."""
        return OrderDirection.HOLD if not quantity else OrderDirection.BUY if quantity > 0 else OrderDirection.SELL
