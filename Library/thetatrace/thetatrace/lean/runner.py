"""Runs one strategy on LEAN: entry, care of its position, until it is flat."""

from datetime import timedelta

from AlgorithmImports import OrderEvent, QCAlgorithm

from thetatrace.chain import ChainContext, LiveChain, PricingClock
from thetatrace.lean.book import Book
from thetatrace.lean.contracts import quote_ages_seconds
from thetatrace.lean.day import TradingDay
from thetatrace.lean.diary import Diary, closing_cost, leg_quotes
from thetatrace.lean.sender import OrderSender
from thetatrace.orders import ComboLeg, ComboPosition, LegFill, PositionState
from thetatrace.reasons import Reason
from thetatrace.risk import EventCalendar, RiskGate
from thetatrace.strategies import EntryPlan, ExitPlan, Friday0dte, MarketView
from thetatrace.trace import DecisionKind, DecisionTracer, Stage
from thetatrace.volatility import RegimeReading

NEWEST_QUOTE_SECONDS = 60.0  # the feed is alive: some leg was quoted within the last minute
MINUTE_MS = 60_000
EARLY_BAR_MS = 5_000  # live bars come up to some seconds after their minute: the next one may come a little sooner
DAY_MS = 86_400_000
PREPARE = timedelta(minutes=15)  # before the entry window, static answers are made
REHEARSE = timedelta(minutes=2)  # before it, the chain is read and priced as the entry will do it
Step = tuple[DecisionKind, Reason]


class StrategyRunner:
    """Takes one strategy from signal to flat. All state comes from fills and engine time."""

    def __init__(
        self,
        algorithm: QCAlgorithm,
        strategy: Friday0dte,
        number: int,
        *,
        chain: LiveChain,
        diary: Diary,
        gate: RiskGate,
        calendar: EventCalendar,
        book: Book,
        tracer: DecisionTracer,
    ) -> None:
        self.strategy = strategy
        self.number = number
        self._chain = chain
        self._diary = diary
        self._gate = gate
        self._calendar = calendar
        self._book = book
        self._tracer = tracer
        self._sender = OrderSender(algorithm, strategy.name, tracer)
        self.position: ComboPosition | None = None
        self._revived: list[ComboPosition] = []  # late fills brought them back while another one had the orders
        self.finished: list[ComboPosition] = []
        self.entry_days: set[int] = set()  # ordinals of dates with an entry decision
        self._attempt = 0
        self._day: int | None = None
        self._entries_over = False  # for the day

    def step(self, view: MarketView, regime: RegimeReading, day: TradingDay) -> Step:
        """Make this bar's decision: enter, look after the position, or nothing."""
        if day.ordinal != self._day:
            self._day, self._attempt, self._entries_over = day.ordinal, 0, False
            self._sender.forget_finished()
        refused = self._retire_final()
        self._take_turns()
        if self.position is not None:
            return DecisionKind.MANAGE, self._manage(self.position, view, regime)
        if refused:
            return DecisionKind.ENTRY, Reason.ORDER_REFUSED
        if self._entries_over or not self.strategy.entry_due(view):
            self._prepare(view, regime, day)
            return DecisionKind.OBSERVE, Reason.NOT_DUE
        self.entry_days.add(day.ordinal)
        return DecisionKind.ENTRY, self._enter(view, regime, day)

    def stop_entries_today(self) -> None:
        """No more entries until the date changes. Exits go on."""
        self._entries_over = True

    def open_positions(self) -> list[ComboPosition]:
        """Return the positions that are not retired, the one whose orders may be out first."""
        current = self.position  # read once: live order events come on threads of their own
        return self._revived.copy() if current is None else [current, *self._revived]

    def on_order_event(self, event: OrderEvent, utc_ms: int) -> None:
        """Take an order event; those of other positions are ignored."""
        found = self._sender.on_event(event, self.open_positions(), utc_ms)
        if found is None or found.is_final or any(found is known for known in self.open_positions()):
            return
        self._revived.append(found)  # a late fill: the position is there again and is looked after
        self.finished = [each for each in self.finished if each is not found]
        self._book.add(found)
        self._take_turns()

    def _take_turns(self) -> None:
        """Let positions that came back have the orders whenever the current one has none out."""
        current = self.position
        if self._revived and (current is None or (current.state is PositionState.OPEN and not current.outstanding)):
            self.position = self._revived.pop(0)
            if current is not None:
                self._revived.append(current)

    def _retire_final(self) -> bool:
        """Put final positions away. True when one ended because its entry was refused."""
        refused = False
        for position in self.open_positions():
            if not position.is_final or position.outstanding:
                continue
            if position is self.position:
                self.position = None
            self._revived = [each for each in self._revived if each is not position]
            if position.state is PositionState.CLOSED:
                self.finished.append(position)
                self._entries_over = True
            elif position.refused:
                refused = self._entries_over = True
        return refused

    def _prepare(self, view: MarketView, regime: RegimeReading, day: TradingDay) -> None:
        """Have the chain ready when the entry window opens: its bars are known, so are the contracts."""
        ahead = self.strategy.entry_in(view.now)
        if ahead is None or ahead > PREPARE or view.spot is None or self._entries_over or day.refusal is not None:
            return
        self._tracer.stage(Stage.CHAIN)
        clock = _clock(day) if ahead <= REHEARSE else None
        self._chain.prepare(self.strategy.query, _context(view.spot, view, regime, day), clock)

    # --- entry ---------------------------------------------------------------------------------------------------

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
        context = _context(view.spot, view, regime, day)
        snapshot = self._chain.snapshot(strategy.query, context)
        refusal = self._chain.gates(strategy.query, snapshot).refusal(strategy.settings.minimum_valid_share)
        if refusal is not None:
            return refusal
        tracer.stage(Stage.GREEKS)
        priced = self._chain.priced(strategy.query, snapshot, context, _clock(day))
        tracer.stage(Stage.SIGNAL)
        plan = strategy.plan_entry(view, priced, self._attempt, day.multiplier)
        if isinstance(plan, Reason):
            return plan
        ages = quote_ages_seconds([self._chain.table.handles[leg.row] for leg in plan.legs])
        if min(ages) > NEWEST_QUOTE_SECONDS or max(ages) > 60 * strategy.settings.maximum_quote_age_minutes:
            return Reason.CHAIN_STALE
        tracer.stage(Stage.RISK)
        if self._book.holds_unknown():
            return Reason.HOLDINGS_UNKNOWN
        size = self._gate.size(plan, self._book.account(day.start_equity_usd), regime)
        if isinstance(size, Reason):
            return size
        return self._send_entry(plan, size, view, day)

    def _send_entry(self, plan: EntryPlan, contracts: int, view: MarketView, day: TradingDay) -> Reason:
        self._tracer.stage(Stage.ORDER)
        table = self._chain.table
        legs = [
            LegFill(
                ComboLeg(
                    table.handles[leg.row],
                    leg.ratio,
                    leg.right,
                    leg.strike,
                    day.settlement_utc_ms + (int(table.expiry[leg.row]) - day.ordinal) * DAY_MS,
                )
            )
            for leg in plan.legs
        ]
        position = ComboPosition(plan.structure.value, contracts, plan.multiplier, plan.maximum_loss_usd, legs)
        self._tracer.stage(Stage.SUBMIT)
        self.position = position
        self._diary.begin(position, view, day.rate, table.style)
        self._book.add(position)
        self._sender.enter(position, None if plan.at_market else plan.credit, view.utc_ms)
        if position.refused:
            self._retire_final()
            return Reason.ORDER_REFUSED
        return Reason.ENTERED

    # --- care of the position ------------------------------------------------------------------------------------

    def _manage(self, position: ComboPosition, view: MarketView, regime: RegimeReading) -> Reason:
        self._tracer.stage(Stage.SIGNAL)
        demanded = self.strategy.exit_without_prices(view, regime)
        if position.state is PositionState.ENTERING:
            return self._watch_entry(position, view, regime, demanded)
        if position.state is PositionState.EXITING:
            return self._watch_exit(position, view, demanded)
        if position.outstanding:  # a late fill decided what it is now: the orders still out go first
            return self._recall(position, view)
        if demanded is None and not position.is_complete:
            demanded = ExitPlan(Reason.EXIT_INCOMPLETE)
        plan: ExitPlan | Reason
        if demanded is None:
            plan = self._price_exit(position, view)
        else:
            plan = self.strategy.bounded(demanded, *closing_cost(position, leg_quotes(position)))
        return plan if isinstance(plan, Reason) else self._send_exit(position, plan, view)

    def _waited(self, view: MarketView) -> bool:
        patience_ms = self.strategy.settings.limit_patience_minutes * MINUTE_MS - EARLY_BAR_MS
        return view.utc_ms - self._sender.sent_utc_ms >= patience_ms

    def _watch_entry(
        self, position: ComboPosition, view: MarketView, regime: RegimeReading, demanded: ExitPlan | None
    ) -> Reason:
        over = demanded is not None or bool(self._revived) or view.now.time() > self.strategy.settings.entry_end
        if not (over or self._waited(view) or regime.entry_reason is not None):
            return Reason.WAITING_FOR_FILL
        self._tracer.stage(Stage.SUBMIT)
        if not self._sender.cancel_requested:
            self._attempt += 1
        self._sender.cancel(view.utc_ms)
        self._sender.reconcile(position, view.utc_ms)
        return Reason.ENTRY_GIVEN_UP if over else Reason.ENTRY_REPRICED

    def _watch_exit(self, position: ComboPosition, view: MarketView, demanded: ExitPlan | None) -> Reason:
        """Leave an exit working, or cancel it so that the next bar sends another. Urgent ones yield to patience."""
        if not position.exit_is_urgent and demanded is None:
            plan = self._price_exit(position, view)
            demanded = plan if isinstance(plan, ExitPlan) and plan.urgent else None
        overtaken = demanded is not None and not position.exit_is_urgent
        if not (overtaken or self._waited(view)):
            return Reason.WAITING_FOR_FILL
        return self._recall(position, view)

    def _recall(self, position: ComboPosition, view: MarketView) -> Reason:
        self._tracer.stage(Stage.SUBMIT)
        self._sender.cancel(view.utc_ms)
        self._sender.reconcile(position, view.utc_ms)
        return Reason.EXIT_REPRICED

    def _price_exit(self, position: ComboPosition, view: MarketView) -> ExitPlan | Reason:
        self._tracer.stage(Stage.CHAIN)
        quotes = leg_quotes(position)
        self._diary.mark(position, view, quotes)
        mark, natural = closing_cost(position, quotes)
        self._tracer.stage(Stage.SIGNAL)
        return self.strategy.exit_by_price(position.credit_points, mark, natural)

    def _send_exit(self, position: ComboPosition, plan: ExitPlan, view: MarketView) -> Reason:
        if position.exit_reason is None or position.is_complete:
            position.exit_reason = plan.reason
        self._tracer.stage(Stage.SUBMIT)
        if not self._sender.leave(position, plan, view.utc_ms):
            return Reason.HOLD
        return Reason.ORDER_REFUSED if position.refused else plan.reason


def _context(spot: float, view: MarketView, regime: RegimeReading, day: TradingDay) -> ChainContext:
    volatility = None if regime.level is None else regime.level / 100
    return ChainContext(day.ordinal, view.utc_ms, spot, volatility, -1 if regime.regime is None else regime.regime)


def _clock(day: TradingDay) -> PricingClock:
    return PricingClock(day.settlement_utc_ms, day.rate)
