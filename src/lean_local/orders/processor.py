"""Takes orders from request to fill: LEAN's transaction handler and backtesting brokerage (semantics §5.1-5.2)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from lean_local.engine.state import RunState
from lean_local.enums import OrderDirection, OrderResponseErrorCode, OrderStatus, OrderType
from lean_local.orders.change_requests import ChangeRequests
from lean_local.orders.event_views import OrderEvent
from lean_local.orders.fill_scan import FillScan
from lean_local.orders.model_errors import ModelError, ModelErrors, Pair
from lean_local.orders.order_requests import OrderResponse
from lean_local.orders.precision import round_prices, smart_round, submission_quote
from lean_local.orders.records import OrderEventRecord, OrderRecord
from lean_local.orders.requests import Code, NewOrder, pre_order_checks
from lean_local.orders.shortability import shortable, shortable_problem
from lean_local.orders.texts import default_tag
from lean_local.orders.ticket import CLOSED, OrderTicket
from lean_local.results.numbers import normalize
from lean_local.securities.brokerage import refusal
from lean_local.securities.buying_power import plain
from lean_local.securities.fees import order_value
from lean_local.securities.fills import trailing_stop_price
from lean_local.securities.security import Security

ZERO = Decimal(0)


class OrderProcessor(ChangeRequests, ModelErrors, FillScan):
    """All orders of a run and what is still open."""

    def __init__(self, state: RunState) -> None:
        self.state = state
        self.orders: dict[int, OrderRecord] = {}
        self.tickets: dict[int, OrderTicket] = {}
        self._open: dict[int, OrderTicket] = {}  # among them those that were not closed when last looked at
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
        ticket.submit_request.asynchronous = request.asynchronous
        security = self.state.securities[record.symbol]
        if record.quantity < 0 and not shortable(security, record.quantity, self.open_tickets()):
            self._keep(ticket)
            self._refuse_short(security, record)
            return ticket
        self._keep(ticket)
        record.tag = record.tag or default_tag(record, security.quote_cash.currency_symbol)
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

    def _refuse_short(self, security: Security, record: OrderRecord) -> None:
        """An order for more shares than can be borrowed has an id, an event and no more."""
        record.tag = text = shortable_problem(security, record.quantity)
        record.price_currency = security.quote_cash.symbol
        self.tickets[record.id].submit_request.response = OrderResponse(
            record.id, Code.EXCEEDS_SHORTABLE_QUANTITY, text
        )
        self._emit(record, OrderStatus.INVALID, message=text)

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
        self._keep(OrderTicket(record, OrderResponse(record.id), self.state.clock.utc, self._cancel, self._update))
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
            group=request.group,
            properties=request.properties,
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
        self._open = {i: t for i, t in sorted(self._open.items()) if t.record.status not in CLOSED}
        return list(self._open.values())

    def _keep(self, ticket: OrderTicket) -> None:
        self.tickets[ticket.record.id] = self._open[ticket.record.id] = ticket

    def cancel_for_symbol(self, security: Security) -> None:
        """Ask to cancel everything pending in a security that is gone (LEAN `CancelOpenOrders`)."""
        for ticket in self.open_tickets():
            if ticket.symbol == security.symbol:
                ticket.cancel()

    def direction_of(self, quantity: Decimal) -> OrderDirection:
        """Side of a quantity."""
        return OrderDirection.HOLD if not quantity else OrderDirection.BUY if quantity > 0 else OrderDirection.SELL
