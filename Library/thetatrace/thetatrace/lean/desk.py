"""The desk: what an algorithm wires once and hands its callbacks to. One decision per due strategy and bar, traced."""

import traceback
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import log1p

from AlgorithmImports import OrderEvent, QCAlgorithm, SecurityChanges, Slice, Symbol

import thetatrace
from thetatrace.chain import ChainCache
from thetatrace.lean.contracts import ContractFeed, LeanQuoteReader
from thetatrace.lean.day import TradingDay
from thetatrace.lean.market import MarketState, closes_early
from thetatrace.lean.runner import StrategyRunner
from thetatrace.lean.trades import trade_row
from thetatrace.reasons import Reason
from thetatrace.risk import EventCalendar, RiskGate, RiskSettings
from thetatrace.strategies import Friday0dte, MarketView
from thetatrace.strategies.friday_0dte import FRIDAY
from thetatrace.trace import DecisionKind, DecisionTracer, Stage, encode_trace
from thetatrace.volatility import Regime, RegimeReading, VixRegime, VixSettings

USUAL_INDEX_CLOSE = timedelta(hours=15)  # Chicago
SETTLEMENT = time(16, 0)  # New York, PM-settled SPXW
ERROR_LOG_LIMIT = 20  # decision errors written to the log; all are counted


class OptionsDesk:
    """Connects strategies to one LEAN algorithm.

    Call `on_data`, `on_order_event`, `on_securities_changed` and `on_end_of_algorithm` from the algorithm's own
    callbacks. `option` is the canonical index option of one root whose universe the algorithm has filtered.
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
    ) -> None:
        self._algorithm = algorithm
        self._index = index
        self.tracer = DecisionTracer([strategy.name for strategy in strategies])
        self._feed = ContractFeed(option.id.symbol)
        self._cache = ChainCache(cache_entries)
        self._market = MarketState(algorithm, index, volatility_index, VixRegime(vix_settings))
        self._calendar = EventCalendar()
        self._runners = [
            StrategyRunner(
                algorithm,
                strategy,
                number,
                table=self._feed.table,
                reader=LeanQuoteReader(),
                cache=self._cache,
                gate=RiskGate(risk_settings),
                calendar=self._calendar,
                tracer=self.tracer,
            )
            for number, strategy in enumerate(strategies)
        ]
        self._day: TradingDay | None = None
        self._last_session: date | None = None
        self._missed: list[tuple[int, Reason]] = []
        self._errors = 0
        self._is_warm = False

    def on_data(self, data: Slice) -> None:
        """Make this bar's decisions."""
        algorithm, tracer = self._algorithm, self.tracer
        if not self._is_warm:
            # Not in initialize: LEAN may replace the algorithm's dates after it, and history ends at engine time.
            self._market.warm_up()
            self._is_warm = True
        utc_ms = round(algorithm.utc_time.timestamp() * 1000)
        tracer.begin(utc_ms)
        tracer.stage(Stage.DATA)
        view = self._market.update(data, utc_ms)
        if view.spot is None:
            tracer.end(DecisionKind.OBSERVE, -1, Reason.NOT_DUE, vix=None, regime=-1, spot=None)
            return
        day = self._today(view)
        tracer.stage(Stage.REGIME)
        regime = self._market.regime.read(utc_ms)
        for position, runner in enumerate(self._runners):
            if position:
                tracer.begin(utc_ms)
            kind, reason = self._step(runner, view, regime, day)
            tracer.end(
                kind,
                -1 if kind is DecisionKind.OBSERVE else runner.number,
                reason,
                vix=regime.level,
                regime=-1 if regime.regime is None else regime.regime,
                spot=view.spot,
            )
        if self._missed:
            self._record_missed()

    def _step(
        self, runner: StrategyRunner, view: MarketView, regime: RegimeReading, day: TradingDay
    ) -> tuple[DecisionKind, Reason]:
        try:
            return runner.step(view, regime, day)
        except Exception:  # noqa: BLE001 - the one stage boundary: counted, logged, entries stop, exits go on
            self._errors += 1
            runner.stop_entries_today()
            if self._errors <= ERROR_LOG_LIMIT:
                self._algorithm.error(f"decision error {self._errors}: {traceback.format_exc(limit=4)}")
            managing = runner.position is not None
            return DecisionKind.MANAGE if managing else DecisionKind.ENTRY, Reason.INTERNAL_ERROR

    def _today(self, view: MarketView) -> TradingDay:
        ordinal = view.now.toordinal()
        if self._day is None or self._day.ordinal != ordinal:
            self._feed.table.drop_expired(ordinal)
            self._explain_missed_fridays(view, view.now.date())
            index = self._algorithm.securities[self._index]
            annual = self._algorithm.risk_free_interest_rate_model.get_interest_rate(view.now)
            until = datetime.combine(view.now.date(), SETTLEMENT) - view.now
            self._day = TradingDay(
                ordinal=ordinal,
                settlement_utc_ms=view.utc_ms + round(until.total_seconds() * 1000),
                rate=log1p(annual),
                start_equity_usd=self._algorithm.portfolio.total_portfolio_value,
                refusal=Reason.HALF_DAY if closes_early(index, USUAL_INDEX_CLOSE) else None,
            )
        return self._day

    def _explain_missed_fridays(self, view: MarketView, until: date) -> None:
        """A Friday without a bar explains itself too: a holiday, or no data where there should have been some."""
        hours = self._algorithm.securities[self._index].exchange.hours
        day = self._last_session or self._algorithm.start_date.date() - timedelta(days=1)
        day += timedelta(days=1)
        while day < until:
            if day.weekday() == FRIDAY:
                at = datetime.combine(day, time(10, 30))
                reason = Reason.WINDOW_MISSED if hours.is_date_open(at) else Reason.HOLIDAY
                # A clock change in between shifts this stamp by an hour; the date stays right.
                self._missed.append((view.utc_ms - round((view.now - at).total_seconds() * 1000), reason))
            day += timedelta(days=1)
        self._last_session = until

    def _record_missed(self) -> None:
        for at_utc_ms, reason in self._missed:
            for runner in self._runners:
                self.tracer.begin(at_utc_ms)
                self.tracer.stage(Stage.SIGNAL)
                self.tracer.end(DecisionKind.ENTRY, runner.number, reason, vix=None, regime=-1, spot=None)
        self._missed.clear()

    def on_order_event(self, order_event: OrderEvent) -> None:
        """Pass an order event to the strategy whose position it belongs to."""
        utc_ms = round(order_event.utc_time.timestamp() * 1000)
        for runner in self._runners:
            runner.on_order_event(order_event, utc_ms)

    def on_securities_changed(self, changes: SecurityChanges) -> None:
        """Take newly listed contracts."""
        self._feed.apply(changes)

    def on_end_of_algorithm(self) -> None:
        """Explain what is left to explain and save the trace."""
        now = self._algorithm.time
        utc_ms = round(self._algorithm.utc_time.timestamp() * 1000)
        if self._day is not None:
            view = MarketView(now, utc_ms, None, None, None, None)
            self._explain_missed_fridays(view, now.date() + timedelta(days=1))
            self._record_missed()
        self.save_trace()

    @property
    def trace_key(self) -> str:
        """Key of this run's trace in the object store."""
        return f"thetatrace/{self._algorithm.algorithm_id}/trace.json"

    def save_trace(self) -> None:
        """Write the trace to the object store, as one text."""
        algorithm = self._algorithm
        trades = [
            trade_row(position, runner.strategy.name)
            for runner in self._runners
            for position in [*runner.finished, *([runner.position] if runner.position else [])]
        ]
        text = encode_trace(
            self.tracer,
            regimes=[regime.name for regime in Regime],
            counters=self._cache.counters() | {"decision_errors": self._errors},
            trades=[trade for trade in trades if trade is not None],
            facts={
                "algorithm_id": algorithm.algorithm_id,
                "live": algorithm.live_mode,
                "thetatrace": thetatrace.__version__,
                "underlying": str(self._index.value),
            },
        )
        algorithm.object_store.save(self.trace_key, text)
