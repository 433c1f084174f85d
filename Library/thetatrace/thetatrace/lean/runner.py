"""Runs one strategy on LEAN: entry, care of its position, and the orders and events in between."""

from functools import reduce
from math import gcd

from AlgorithmImports import Leg, OrderEvent, OrderStatus, OrderTicket, QCAlgorithm

from thetatrace.chain import ChainCache, ContractTable, QuoteReader, price_chain, take_snapshot
from thetatrace.chain.snapshot import gate
from thetatrace.lean.contracts import newest_quote_age_seconds
from thetatrace.lean.day import TradingDay
from thetatrace.orders import ComboLeg, ComboPosition, LegFill, PositionState, entry_credit, round_to_tick
from thetatrace.reasons import Reason
from thetatrace.risk import Account, EventCalendar, RiskGate
from thetatrace.strategies import EntryPlan, ExitPlan, Friday0dte, MarketView
from thetatrace.trace import DecisionKind, DecisionTracer, Stage
from thetatrace.volatility import RegimeReading

TICK_POINTS = 0.05  # CBOE SPX complex orders trade in 0.05 steps
MAXIMUM_QUOTE_AGE_SECONDS = 60.0
MINUTE_MS = 60_000
MILLISECONDS_PER_YEAR = 365.0 * 86_400_000.0
Step = tuple[DecisionKind, Reason]


class StrategyRunner:
    """Takes one strategy from signal to flat. All state comes from fills and engine time."""

    def __init__(
        self,
        algorithm: QCAlgorithm,
        strategy: Friday0dte,
        number: int,
        *,
        table: ContractTable,
        reader: QuoteReader,
        cache: ChainCache,
        gate: RiskGate,
        calendar: EventCalendar,
        tracer: DecisionTracer,
    ) -> None:
        self._algorithm = algorithm
        self.strategy = strategy
        self.number = number
        self._table = table
        self._reader = reader
        self._cache = cache
        self._gate = gate
        self._calendar = calendar
        self._tracer = tracer
        self.position: ComboPosition | None = None
        self.finished: list[ComboPosition] = []
        self._attempt = 0
        self._day: int | None = None
        self._entries_over = False  # for the day
        self._decided = False  # an entry decision was made today
        self._sent_utc_ms = 0
        self._sent_ns = 0
        self._sent_decision = 0

    # --- decisions -----------------------------------------------------------------------------------------------

    def step(self, view: MarketView, regime: RegimeReading, day: TradingDay) -> Step:
        """Make this bar's decision: enter, look after the position, or nothing."""
        today = view.now.toordinal()
        if today != self._day:
            self._day, self._attempt, self._entries_over, self._decided = today, 0, False, False
        self._retire_finished()
        if self.position is not None:
            return DecisionKind.MANAGE, self._manage(view, regime)
        if self._entries_over:
            return DecisionKind.OBSERVE, Reason.NOT_DUE
        if self.strategy.entry_due(view):
            self._decided = True
            return DecisionKind.ENTRY, self._enter(view, regime, day)
        if self.strategy.entry_over(view) and not self._decided:
            self._decided = True
            return DecisionKind.ENTRY, Reason.WINDOW_MISSED
        return DecisionKind.OBSERVE, Reason.NOT_DUE

    def stop_entries_today(self) -> None:
        """No more entries until the date changes. Exits go on."""
        self._entries_over = True

    def _retire_finished(self) -> None:
        position = self.position
        if position is None or position.state not in (PositionState.CLOSED, PositionState.ABANDONED):
            return
        if position.state is PositionState.CLOSED:
            self.finished.append(position)
            self._entries_over = True
        elif self._attempt > self.strategy.settings.limit_retries:
            self._entries_over = True
        self.position = None

    def _enter(self, view: MarketView, regime: RegimeReading, day: TradingDay) -> Reason:
        tracer, strategy = self._tracer, self.strategy
        tracer.stage(Stage.SIGNAL)
        refusal = strategy.refusal_before_chain(view, regime)
        if refusal is not None or view.spot is None:
            return refusal or Reason.UNDERLYING_MISSING
        tracer.stage(Stage.RISK)
        refusal = day.refusal or self._calendar.refusal(view.now, self._gate.settings.event_hours)
        if refusal is not None:
            return refusal
        tracer.stage(Stage.CHAIN)
        rows = self._cache.rows(strategy.query, self._table, view.now.toordinal(), view.spot)
        if not len(rows):
            return Reason.CHAIN_EMPTY
        snapshot = take_snapshot(self._table, rows, self._reader, view.spot)
        refusal = gate(snapshot).refusal(strategy.settings.minimum_valid_share)
        if refusal is not None:
            return refusal
        tracer.stage(Stage.GREEKS)
        priced = price_chain(snapshot, (day.settlement_utc_ms - view.utc_ms) / MILLISECONDS_PER_YEAR, day.rate)
        tracer.stage(Stage.SIGNAL)
        plan = strategy.plan_entry(view, priced)
        if isinstance(plan, Reason):
            return plan
        age = newest_quote_age_seconds([self._table.handles[leg.row] for leg in plan.legs])
        if age is None or age > MAXIMUM_QUOTE_AGE_SECONDS:
            return Reason.CHAIN_STALE
        tracer.stage(Stage.RISK)
        size = self._gate.size(plan, self._account(day), regime)
        if isinstance(size, Reason):
            return size
        return self._send_entry(plan, size, view)

    def _account(self, day: TradingDay) -> Account:
        portfolio = self._algorithm.portfolio
        return Account(
            equity_usd=portfolio.total_portfolio_value,
            margin_used_usd=portfolio.total_margin_used,
            day_start_equity_usd=day.start_equity_usd,
            open_positions=int(self.position is not None),
        )

    def _manage(self, view: MarketView, regime: RegimeReading) -> Reason:
        tracer, position = self._tracer, self.position
        if position is None:
            raise RuntimeError("there is no position to manage")
        if position.state in (PositionState.ENTERING, PositionState.EXITING):
            tracer.stage(Stage.SIGNAL)
            return self._watch_working_order(position, view, regime)
        tracer.stage(Stage.CHAIN)
        mid_cost, natural_cost = self._closing_cost(position)
        tracer.stage(Stage.SIGNAL)
        if not position.is_complete:
            return self._send_exit(position, ExitPlan(Reason.EXIT_FORCED, urgent=True), view)
        plan = self.strategy.plan_exit(view, regime, position.credit_points, mid_cost, natural_cost)
        return plan if isinstance(plan, Reason) else self._send_exit(position, plan, view)

    def _watch_working_order(self, position: ComboPosition, view: MarketView, regime: RegimeReading) -> Reason:
        settings = self.strategy.settings
        entering = position.state is PositionState.ENTERING
        waited = view.utc_ms - self._sent_utc_ms >= settings.limit_patience_minutes * MINUTE_MS
        over = view.now.time() > settings.entry_end if entering else view.now.time() >= settings.time_stop
        if not (waited or over or regime.entry_reason is not None):
            return Reason.WAITING_FOR_FILL
        self._tracer.stage(Stage.SUBMIT)
        for order_id in tuple(position.working)[:1]:  # LEAN cancels the whole group with any of its legs
            self._algorithm.transactions.cancel_order(order_id)
        if not entering:
            return Reason.EXIT_REPRICED
        self._attempt += 1
        return Reason.ENTRY_GIVEN_UP if over or self._attempt > settings.limit_retries else Reason.ENTRY_REPRICED

    def _closing_cost(self, position: ComboPosition) -> tuple[float | None, float | None]:
        """Points per contract to close at mid and at the far side; None when a short leg is not quoted both ways."""
        mid_cost = natural_cost = 0.0
        for each in position.legs:
            if not each.held:
                continue
            security = each.leg.handle
            bid, ask = security.bid_price, security.ask_price
            units = each.held / position.contracts
            if units < 0 and not 0 < bid <= ask:
                return None, None
            mid_cost -= units * (bid + ask) / 2
            natural_cost -= units * (ask if units < 0 else bid)
        return mid_cost, natural_cost

    # --- orders --------------------------------------------------------------------------------------------------

    def _send_entry(self, plan: EntryPlan, contracts: int, view: MarketView) -> Reason:
        settings = self.strategy.settings
        self._tracer.stage(Stage.ORDER)
        credit = entry_credit(plan, self._attempt, settings.first_limit, settings.limit_step, TICK_POINTS)
        if credit is None:
            return Reason.CREDIT_TOO_SMALL
        legs = [LegFill(ComboLeg(self._table.handles[leg.row], leg.ratio, leg.right, leg.strike)) for leg in plan.legs]
        position = ComboPosition(
            self.number, plan.structure, contracts, legs, self._tracer.decision, view.utc_ms, attempt=self._attempt
        )
        wanted = [Leg.create(each.leg.handle.symbol, each.leg.ratio) for each in legs]
        self._tracer.stage(Stage.SUBMIT)
        self._before_sending(position, PositionState.ENTERING, view)
        # LEAN prices a combo per unit as written: a credit is a negative limit.
        tickets = self._algorithm.combo_limit_order(wanted, contracts, -credit, True, f"{self.strategy.name} entry")
        return self._after_sending(position, tickets, Reason.ENTERED)

    def _send_exit(self, position: ComboPosition, plan: ExitPlan, view: MarketView) -> Reason:
        self._tracer.stage(Stage.ORDER)
        # A long leg without a bid cannot be sold: it is left to expire.
        closing = [each for each in position.legs if each.held < 0 or (each.held and each.leg.handle.bid_price > 0)]
        if not closing:
            return Reason.HOLD
        units = reduce(gcd, (abs(each.held) for each in closing))
        if position.exit_reason is None or position.is_complete:
            position.exit_reason = plan.reason
        tag = f"{self.strategy.name} {plan.reason.name.lower()}"
        wanted = [Leg.create(each.leg.handle.symbol, -each.held // units) for each in closing]
        target = round_to_tick(position.credit_points * (1 - self.strategy.settings.profit_fraction), TICK_POINTS)
        self._tracer.stage(Stage.SUBMIT)
        self._before_sending(position, PositionState.EXITING, view)
        if len(closing) == 1:
            tickets = [self._algorithm.market_order(closing[0].leg.handle.symbol, -closing[0].held, True, tag)]
        elif plan.urgent or target <= 0:
            tickets = self._algorithm.combo_market_order(wanted, units, True, tag)
        else:
            tickets = self._algorithm.combo_limit_order(wanted, units, target, True, tag)
        return self._after_sending(position, tickets, plan.reason)

    def _before_sending(self, position: ComboPosition, state: PositionState, view: MarketView) -> None:
        # Events may arrive before the order call returns, so everything they need is in place first.
        position.state = state
        self.position = position
        self._sent_utc_ms = view.utc_ms
        self._sent_ns = self._tracer.clock()
        self._sent_decision = self._tracer.decision

    def _after_sending(self, position: ComboPosition, tickets: list[OrderTicket], reason: Reason) -> Reason:
        for ticket in tickets:
            if ticket.status == OrderStatus.INVALID:
                position.working_order_ended(ticket.order_id, self._sent_utc_ms)
                self._entries_over = True
                reason = Reason.ORDER_REFUSED
        return reason

    def on_order_event(self, event: OrderEvent, utc_ms: int) -> None:
        """Take an order event of a leg of the position; others are ignored."""
        position = self.position
        if position is None:
            return
        symbol = event.symbol
        found = next((i for i, each in enumerate(position.legs) if each.leg.handle.symbol == symbol), None)
        if found is None:
            return
        status, order_id = event.status, event.order_id
        if status == OrderStatus.SUBMITTED:
            position.working[order_id] = found
            self._trace_market(order_id, Stage.ACK, utc_ms)
        elif status in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED):
            self._take_fill(position, found, event, utc_ms)
        elif status in (OrderStatus.CANCELED, OrderStatus.INVALID):
            position.working_order_ended(order_id, utc_ms)

    def _take_fill(self, position: ComboPosition, found: int, event: OrderEvent, utc_ms: int) -> None:
        price, leg = event.fill_price, position.legs[found].leg
        if event.order_id not in position.working:
            # Expiry settles in cash at intrinsic value; LEAN reports it as a fill at 0.
            spot = leg.handle.underlying.price
            price = max(0.0, leg.right * (spot - leg.strike)) if event.is_in_the_money else 0.0
        else:
            self._trace_market(event.order_id, Stage.FILL, utc_ms)
        if event.status == OrderStatus.FILLED:
            position.working.pop(event.order_id, None)
        position.fill(found, int(event.fill_quantity), price, event.order_fee.value.amount, utc_ms)
        if not position.working and position.state is PositionState.EXITING and not position.is_flat:
            position.state = PositionState.OPEN

    def _trace_market(self, order_id: int, stage: Stage, utc_ms: int) -> None:
        live = self._algorithm.live_mode
        waited_ms = (self._tracer.clock() - self._sent_ns) // 1_000_000 if live else utc_ms - self._sent_utc_ms
        self._tracer.market(self._sent_decision, order_id, stage, waited_ms, wall_clock=live)
