"""Sends the orders of one strategy's position to LEAN and turns LEAN's order events into its fills."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from math import gcd

from AlgorithmImports import Leg, OrderEvent, OrderStatus, OrderTicket, OrderType, QCAlgorithm

from thetatrace.orders import ComboPosition, LegFill, PositionState
from thetatrace.strategies import ExitPlan
from thetatrace.trace import DecisionTracer, Stage

CLOSED_STATUSES = (OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID)
# LEAN leaves an order New for ever when its margin model raised (BrokerageTransactionHandler.cs,
# HasSufficientBuyingPowerForOrders); such an order cannot be cancelled and was never placed.
NEVER_PLACED_MS = 60_000  # still New this long after its cancellation was asked for


@dataclass(frozen=True, slots=True)
class Sending:
    """One order call: what it was for, and when it was made on both clocks."""

    position: ComboPosition
    decision: int
    utc_ms: int
    monotonic_ns: int


class OrderSender:
    """Order calls and order events of one strategy. Live calls are asynchronous: a synchronous one may block 5 s."""

    def __init__(self, algorithm: QCAlgorithm, name: str, tracer: DecisionTracer) -> None:
        self._algorithm = algorithm
        self._name = name
        self._tracer = tracer
        self._orders: dict[int, tuple[Sending, int]] = {}  # order id -> its sending and leg
        self._sending: Sending | None = None
        self._tickets: list[OrderTicket] = []
        self._cancel_utc_ms: int | None = None

    @property
    def cancel_requested(self) -> bool:
        """True once the cancellation of the last orders was asked for."""
        return self._cancel_utc_ms is not None

    @property
    def sent_utc_ms(self) -> int:
        """Engine time of the last order call; 0 before the first."""
        return self._sending.utc_ms if self._sending is not None else 0

    def enter(self, position: ComboPosition, credit: float | None, utc_ms: int) -> None:
        """Send the whole combo at a credit in points, at the market for None.

        LEAN prices a combo as written: a credit is a negative limit.
        """
        legs = [Leg.create(each.leg.handle.symbol, each.leg.ratio) for each in position.legs]
        self._begin(position, range(len(position.legs)), PositionState.ENTERING, utc_ms)
        algorithm, tag = self._algorithm, f"{self._name} entry"
        if credit is None:
            tickets = algorithm.combo_market_order(legs, position.contracts, algorithm.live_mode, tag)
        else:
            tickets = algorithm.combo_limit_order(legs, position.contracts, -credit, algorithm.live_mode, tag)
        self._after(tickets, list(range(len(position.legs))))

    def leave(self, position: ComboPosition, plan: ExitPlan, utc_ms: int) -> bool:
        """Send what closes the position; False when nothing can be sold or bought back.

        A long leg without a bid is left to expire. Once an urgent exit went unfilled, the shorts are bought back one by
        one: LEAN fills a combo only whole, and one frozen wing must not keep the shorts open.
        """
        closing = [i for i, each in enumerate(position.legs) if self._can_close(each)]
        shorts = [i for i in closing if position.legs[i].held < 0]
        if plan.urgent and position.urgent_exits and shorts:
            closing = shorts
        if not closing:
            return False
        singly = len(closing) == 1 or (plan.urgent and position.urgent_exits > 0)
        position.exit_is_urgent = plan.urgent
        position.urgent_exits += plan.urgent
        self._begin(position, closing, PositionState.EXITING, utc_ms)
        tag = f"{self._name} {plan.reason.name.lower()}"
        if singly:
            for i in closing:  # each ticket is kept at once: a later call may raise
                self._after([self._close_one(position.legs[i], plan, tag)], [i])
        else:
            self._after(self._close_combo(position, closing, plan, tag), closing)
        return True

    @staticmethod
    def _can_close(each: LegFill) -> bool:
        return each.held < 0 or (each.held > 0 and each.leg.handle.bid_price > 0)

    def _close_one(self, each: LegFill, plan: ExitPlan, tag: str) -> OrderTicket:
        algorithm, symbol = self._algorithm, each.leg.handle.symbol
        if plan.limit_points is None:
            return algorithm.market_order(symbol, -each.held, algorithm.live_mode, tag)
        return algorithm.limit_order(symbol, -each.held, plan.limit_points, algorithm.live_mode, tag)

    def _close_combo(self, position: ComboPosition, closing: list[int], plan: ExitPlan, tag: str) -> list[OrderTicket]:
        algorithm = self._algorithm
        units = reduce(gcd, (abs(position.legs[i].held) for i in closing))
        legs = [Leg.create(position.legs[i].leg.handle.symbol, -position.legs[i].held // units) for i in closing]
        if plan.limit_points is None:
            return algorithm.combo_market_order(legs, units, algorithm.live_mode, tag)
        return algorithm.combo_limit_order(legs, units, plan.limit_points, algorithm.live_mode, tag)

    def _begin(self, position: ComboPosition, legs: Iterable[int], state: PositionState, utc_ms: int) -> None:
        # Events may arrive before the order call returns: everything they need is in place first.
        position.sent(legs, state)
        position.refused = False
        self._tickets = []
        self._cancel_utc_ms = None
        self._sending = Sending(position, self._tracer.decision, utc_ms, self._tracer.clock())

    def _after(self, tickets: list[OrderTicket], legs: list[int]) -> None:
        self._tickets = [*self._tickets, *tickets]
        if self._sending is None:
            return
        if len(tickets) < len(legs):  # a combo refused before it became orders comes back as one ticket
            tickets = [*tickets] * len(legs)
        for leg, ticket in zip(legs, tickets, strict=False):
            if ticket.status == OrderStatus.INVALID:  # refused before it became an order: no event follows
                self._sending.position.refused = True
                self._sending.position.order_ended(leg, self._sending.utc_ms)
            else:
                self._orders.setdefault(ticket.order_id, (self._sending, leg))

    def cancel(self, utc_ms: int) -> None:
        """Ask for the cancellation of what is out, again if it was turned down.

        LEAN cancels a whole combo with any of its legs.
        """
        if self._cancel_utc_ms is None:
            self._cancel_utc_ms = utc_ms
        for ticket in self._tickets or self._learned_tickets():
            if ticket.status not in CLOSED_STATUSES and ticket.status != OrderStatus.CANCEL_PENDING:
                ticket.cancel(f"{self._name} not filled in time")

    def _learned_tickets(self) -> list[OrderTicket]:
        """Tickets of orders that only their events told of: the order call raised after it had placed them."""
        find = self._algorithm.transactions.get_order_ticket
        return [find(order_id) for order_id, (sending, _) in self._orders.items() if sending is self._sending]

    def reconcile(self, position: ComboPosition, utc_ms: int) -> None:
        """Settle a position whose orders have all ended although no event said so.

        Without a ticket (the order call raised) the engine's list of open orders decides.
        """
        orders = self._tickets or self._algorithm.transactions.get_open_orders()
        if all(self._is_over(order.status, utc_ms) for order in orders):
            position.settle(utc_ms)

    def _is_over(self, status: OrderStatus, utc_ms: int) -> bool:
        if status == OrderStatus.NEW and self._cancel_utc_ms is not None:
            return utc_ms - self._cancel_utc_ms >= NEVER_PLACED_MS
        return status in CLOSED_STATUSES

    def on_event(self, event: OrderEvent, positions: list[ComboPosition], utc_ms: int) -> ComboPosition | None:
        """Apply an event to the position it belongs to and return that position; None when it is not ours.

        :param positions: those that are open; the first one is the one whose orders may be out
        """
        known = self._orders.get(event.order_id)
        if known is None:
            return self._on_unknown_order(event, positions, utc_ms)
        sending, leg = known
        position, status = sending.position, event.status
        if status == OrderStatus.SUBMITTED:
            self._trace(sending, event.order_id, Stage.ACK, utc_ms)
        elif status in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED):
            self._trace(sending, event.order_id, Stage.FILL, utc_ms)
            position.fill(leg, int(event.fill_quantity), event.fill_price, event.order_fee.value.amount, utc_ms)
        # A late end of earlier orders says nothing about those that are out now; late fills always count.
        if status in CLOSED_STATUSES and sending is self._sending:
            position.refused = position.refused or status == OrderStatus.INVALID
            position.order_ended(leg, utc_ms)
        return position

    def _on_unknown_order(self, event: OrderEvent, positions: list[ComboPosition], utc_ms: int) -> ComboPosition | None:
        """An order being sent right now, or the exercise of a contract that positions hold."""
        order = self._algorithm.transactions.get_order_by_id(event.order_id)
        if order is not None and order.type == OrderType.OPTION_EXERCISE:
            if event.status == OrderStatus.FILLED:
                self._settle_in_cash(positions, event, utc_ms)
            return None
        current = positions[0] if positions else None
        if self._sending is None or current is None or self._sending.position is not current:
            return None
        leg = next((i for i, each in enumerate(current.legs) if each.leg.handle.symbol == event.symbol), None)
        if leg is None or leg not in current.outstanding:
            return None
        self._orders[event.order_id] = (self._sending, leg)
        return self.on_event(event, positions, utc_ms)

    @staticmethod
    def _settle_in_cash(positions: list[ComboPosition], event: OrderEvent, utc_ms: int) -> None:
        """Settle whatever is held of an expired contract: the engine settles the account's whole holding at once.

        LEAN reports cash settlement as a fill at 0 and books the intrinsic value separately.
        """
        fee_usd = event.order_fee.value.amount
        for position in positions:
            for i, each in enumerate(position.legs):
                contract = each.leg
                if not each.held or contract.handle.symbol != event.symbol:
                    continue
                intrinsic = max(0.0, contract.right * (contract.handle.underlying.price - contract.strike))
                position.fill(i, -each.held, intrinsic if event.is_in_the_money else 0.0, fee_usd, utc_ms)
                fee_usd = 0.0  # one event, one fee

    def _trace(self, sending: Sending, order_id: int, stage: Stage, utc_ms: int) -> None:
        live = self._algorithm.live_mode
        waited_ns = self._tracer.clock() - sending.monotonic_ns
        waited_ms = waited_ns // 1_000_000 if live else utc_ms - sending.utc_ms
        self._tracer.market(sending.decision, order_id, stage, waited_ms, wall_clock=live)

    def forget_finished(self) -> None:
        """Drop orders of final positions; called once a day, so that late events of a day still find theirs."""
        self._orders = {i: known for i, known in self._orders.items() if not known[0].position.is_final}
