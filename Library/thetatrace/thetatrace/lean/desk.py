"""The desk: what an algorithm wires once and hands its callbacks to. One decision per due strategy and bar, traced."""

import traceback
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import log1p

from AlgorithmImports import (
    IndexOptionSymbol,
    OrderEvent,
    QCAlgorithm,
    SecurityChanges,
    SecurityType,
    Slice,
    Symbol,
)

import thetatrace
from thetatrace.chain import ChainCache, LiveChain
from thetatrace.lean.book import Book
from thetatrace.lean.contracts import ContractFeed
from thetatrace.lean.day import TradingDay
from thetatrace.lean.diary import Diary
from thetatrace.lean.market import MarketState, closes_early
from thetatrace.lean.runner import StrategyRunner
from thetatrace.lean.trades import trade_row
from thetatrace.pricing import prepare
from thetatrace.reasons import Reason
from thetatrace.risk import EventCalendar, RiskGate, RiskSettings
from thetatrace.strategies import Friday0dte, MarketView
from thetatrace.strategies.friday_0dte import FRIDAY
from thetatrace.trace import DecisionKind, DecisionTracer, Stage, encode_trace
from thetatrace.volatility import Regime, RegimeReading, VixRegime, VixSettings

USUAL_INDEX_CLOSE = timedelta(hours=15)  # Chicago
MORNING, AFTERNOON = time(9, 30), time(16, 0)  # settlement of monthly (AM) and weekly (PM) index options, New York
UNKNOWN_HOLDINGS = (
    "The account holds positions, or has orders out, that no strategy here knows: they are not looked after, and there "
    "are no entries until they are gone"
)
ERROR_LOG_LIMIT = 20  # decision errors written to the log; all are counted


class OptionsDesk:
    """Connects strategies to one LEAN algorithm.

    Call `on_data`, `on_order_event`, `on_securities_changed` and `on_end_of_algorithm` from the algorithm's own
    callbacks, and `on_corporate_action` from `on_splits`, `on_dividends` and `on_symbol_changed_events` where the
    underlying can have such. `option` is the canonical index option of one root whose universe the algorithm has
    filtered; `nine_day_index` and `three_month_index` are VIX9D and VIX3M where the algorithm has them.
    """

    def __init__(
        self,
        algorithm: QCAlgorithm,
        *,
        index: Symbol,
        volatility_index: Symbol,
        option: Symbol,
        strategies: Sequence[Friday0dte],
        vix_settings: VixSettings,
        risk_settings: RiskSettings,
        cache_entries: int = 15_000,
        nine_day_index: Symbol | None = None,
        three_month_index: Symbol | None = None,
    ) -> None:
        self._algorithm = algorithm
        self._index = index
        self._option = option
        is_index = option.security_type == SecurityType.INDEX_OPTION
        self._settlement = MORNING if is_index and IndexOptionSymbol.is_am_settled(option) else AFTERNOON
        self.tracer = DecisionTracer([strategy.name for strategy in strategies])
        self._feed = ContractFeed(option)
        # the pricing kernels: here and not in the first bar that needs them
        prepare(american=self._feed.table.style == "american")
        self._chain = LiveChain(self._feed.table, self._feed.reader, ChainCache(cache_entries))
        self._market = MarketState(
            algorithm,
            index,
            volatility_index,
            VixRegime(vix_settings),
            nine_days=nine_day_index,
            three_months=three_month_index,
        )
        self._diary = Diary()
        gate, calendar = RiskGate(risk_settings), EventCalendar()
        self._book = Book(algorithm)
        self._runners = [
            StrategyRunner(
                algorithm,
                strategy,
                number,
                chain=self._chain,
                diary=self._diary,
                gate=gate,
                calendar=calendar,
                book=self._book,
                tracer=self.tracer,
            )
            for number, strategy in enumerate(strategies)
        ]
        self._day: TradingDay | None = None
        self._explained: date | None = None  # Fridays up to here have their reason
        self._errors = 0
        self._is_warm = False

    def on_data(self, data: Slice) -> None:
        """Make this bar's decisions; none while LEAN warms up, which takes no orders."""
        algorithm, tracer = self._algorithm, self.tracer
        if self._day is None and algorithm.is_warming_up:
            return
        now, utc_ms = algorithm.time, round(algorithm.utc_time.timestamp() * 1000)
        is_new_day = self._day is None or self._day.ordinal != now.toordinal()
        if is_new_day:
            self._begin_day(now, utc_ms)
        tracer.begin(utc_ms)
        tracer.stage(Stage.DATA)
        self._feed.reader.observe(data)
        view = self._market.update(data, now, utc_ms)
        tracer.stage(Stage.REGIME)
        regime = self._market.regime.read(utc_ms)
        for position, runner in enumerate(self._runners):
            if position:
                tracer.begin(utc_ms)
            kind, reason = self._step(runner, view, regime)
            tracer.end(
                kind,
                -1 if kind is DecisionKind.OBSERVE else runner.number,
                reason,
                vix=regime.level,
                regime=-1 if regime.regime is None else regime.regime,
                spot=view.spot,
            )
        if is_new_day and algorithm.live_mode:
            self.save_trace()  # a live run may end without on_end_of_algorithm

    def _step(self, runner: StrategyRunner, view: MarketView, regime: RegimeReading) -> tuple[DecisionKind, Reason]:
        if self._day is None:
            raise RuntimeError("a decision before the day has begun")
        try:
            return runner.step(view, regime, self._day)
        except Exception:  # noqa: BLE001 - the one stage boundary: counted, logged, entries stop, exits go on
            self._errors += 1
            runner.stop_entries_today()
            if self._errors <= ERROR_LOG_LIMIT:
                self._algorithm.error(f"decision error {self._errors}: {traceback.format_exc(limit=4)}")
            managing = runner.position is not None
            return DecisionKind.MANAGE if managing else DecisionKind.ENTRY, Reason.INTERNAL_ERROR

    def _begin_day(self, now: datetime, utc_ms: int) -> None:
        """Do what is due once a date, before its first decision."""
        algorithm = self._algorithm
        if not self._is_warm:
            # Not in initialize: LEAN may replace the algorithm's dates after it, and history ends at engine time.
            self._market.warm_up()
            self._is_warm = True
            if self._book.holds_unknown():  # after a restart: a trader has to know before the next entry is due
                algorithm.error(UNKNOWN_HOLDINGS)
        today = now.date()
        self._chain.begin_day(today.toordinal())
        self._explain_missed_fridays(now, utc_ms, today)
        index = algorithm.securities[self._index]
        until = datetime.combine(today, self._settlement) - now
        self._day = TradingDay(
            ordinal=today.toordinal(),
            settlement_utc_ms=utc_ms + round(until.total_seconds() * 1000),
            rate=log1p(algorithm.risk_free_interest_rate_model.get_interest_rate(now)),
            multiplier=algorithm.securities[self._option].symbol_properties.contract_multiplier,
            start_equity_usd=algorithm.portfolio.total_portfolio_value,
            refusal=Reason.HALF_DAY if closes_early(index, today, USUAL_INDEX_CLOSE) else None,
        )

    def _explain_missed_fridays(self, now: datetime, utc_ms: int, until: date) -> None:
        """A Friday without an entry decision explains itself too: a holiday, or no usable bar in the window."""
        hours = self._algorithm.securities[self._index].exchange.hours
        day = self._explained or self._algorithm.start_date.date() - timedelta(days=1)
        while (day := day + timedelta(days=1)) < until:
            if day.weekday() != FRIDAY:
                continue
            at = datetime.combine(day, time(10, 30))
            reason = Reason.WINDOW_MISSED if hours.is_date_open(at) else Reason.HOLIDAY
            for runner in self._runners:
                if day.toordinal() not in runner.entry_days:
                    # A clock change in between shifts this stamp by an hour; the date stays right.
                    self.tracer.begin(utc_ms - round((now - at).total_seconds() * 1000))
                    self.tracer.stage(Stage.SIGNAL)
                    self.tracer.end(DecisionKind.ENTRY, runner.number, reason, vix=None, regime=-1, spot=None)
        self._explained = until - timedelta(days=1)

    def on_order_event(self, order_event: OrderEvent) -> None:
        """Pass an order event to the strategy whose position it belongs to."""
        utc_ms = round(order_event.utc_time.timestamp() * 1000)
        for runner in self._runners:
            runner.on_order_event(order_event, utc_ms)

    def on_securities_changed(self, changes: SecurityChanges) -> None:
        """Take newly listed contracts."""
        self._feed.apply(changes)

    def on_corporate_action(self) -> None:
        """Trust no earlier answer about the chain: a split, dividend or rename may have changed its contracts."""
        self._feed.table.corporate_action()
        self._feed.reader.relisted()

    def on_end_of_algorithm(self) -> None:
        """Explain what is left to explain and save the trace."""
        utc_ms = round(self._algorithm.utc_time.timestamp() * 1000)
        now = self._algorithm.time
        last = min(now.date(), self._algorithm.end_date.date())  # LEAN's last step may be the midnight after the end
        self._explain_missed_fridays(now, utc_ms, last + timedelta(days=1))
        self.save_trace()

    @property
    def trace_key(self) -> str:
        """Key of this run's trace in the object store."""
        return f"thetatrace/{self._algorithm.algorithm_id}/trace.json"

    def save_trace(self) -> None:
        """Write the trace to the object store, as one text."""
        algorithm = self._algorithm
        trades = [
            trade_row(position, runner.strategy.name, self._diary.explain(position))
            for runner in self._runners
            for position in [*runner.finished, *runner.open_positions()]
        ]
        text = encode_trace(
            self.tracer,
            regimes=[regime.name for regime in Regime],
            counters=self._chain.counters() | {"decision_errors": self._errors},
            trades=[trade for trade in trades if trade is not None],
            facts={
                "algorithm_id": algorithm.algorithm_id,
                "live": algorithm.live_mode,
                "thetatrace": thetatrace.__version__,
                "underlying": str(self._index.value),
            },
        )
        algorithm.object_store.save(self.trace_key, text)
