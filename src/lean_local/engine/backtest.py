"""One backtest: builds the parts, runs `initialize`, the loop and the end, and hands everything to the results room."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

from lean_local.api.algorithm_plotting import ChartBook
from lean_local.api.object_store import ObjectStore
from lean_local.api.schedule_rules import ScheduleManager, every_date
from lean_local.data.folder import DataFolder
from lean_local.engine.callbacks import callbacks, guarded, in_turn
from lean_local.engine.capacity_market import RunMarket
from lean_local.engine.clock import DAY_MS
from lean_local.engine.consolidation import ConsolidatorBook
from lean_local.engine.corporate import CorporateBook
from lean_local.engine.currencies import Currencies
from lean_local.engine.custom_source import CustomSources
from lean_local.engine.daily import DailySampler
from lean_local.engine.end_of_day import EndOfDay
from lean_local.engine.expiry import ExpiryBook
from lean_local.engine.feeds import NEVER
from lean_local.engine.guard import AlgorithmGuard, EngineGuard
from lean_local.engine.loop import BANKRUPT, Loop
from lean_local.engine.option_followers import OptionFollowers
from lean_local.engine.pricing import PriceModel
from lean_local.engine.required_data import require_data
from lean_local.engine.run_parts import Benchmark, EarlyCollector, RunDates, final_facts
from lean_local.engine.schedule import ScheduledEvent, Scheduler
from lean_local.engine.split_warnings import SplitWarnings
from lean_local.engine.state import RunState
from lean_local.engine.subscriptions import Subscriptions
from lean_local.engine.time_limits import TimeLimits, Watchdog, long_step, timed_out
from lean_local.engine.universes import UniverseBook, UniverseManager
from lean_local.engine.warmup import bars_back, begin_feeds, warm_up_start
from lean_local.errors import AlgorithmError
from lean_local.orders.processor import OrderProcessor
from lean_local.results import BacktestResult, ResultCollector, RunFacts
from lean_local.results.performance import Statistics
from lean_local.securities.cache import decimal_of
from lean_local.securities.models import method
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)
_current: list["Backtest"] = []


def current_run() -> "Backtest":
    """The run in progress. Raises RuntimeError when an algorithm is made outside a run."""
    if not _current:
        raise RuntimeError("A QCAlgorithm can only be made by lean_local.run_backtest.")
    return _current[-1]


class Backtest:
    """Everything of one run. `execute` may be called once."""

    def __init__(
        self,
        folder: DataFolder,
        parameters: dict[str, str],
        object_store: Path | None,
        algorithm_id: Callable[[date, date], str],
    ) -> None:
        self.state = RunState()
        self.folder = folder
        self.parameters = parameters
        self.object_store = ObjectStore(object_store)
        self.algorithm_id = ""
        self._make_id = algorithm_id
        self.orders = OrderProcessor(self.state)
        self.subscriptions = Subscriptions(self.state, folder)
        self.followers = OptionFollowers(self.subscriptions)
        self.scheduler = Scheduler(self.state.clock)
        self.guard = AlgorithmGuard()
        self.schedule = ScheduleManager(self.scheduler, lambda: self.state.clock.zone, self.guard)
        self.dates = RunDates(self.state.clock)
        self.benchmark = Benchmark(self.subscriptions)
        self.currencies = Currencies(self.subscriptions, self._seed)
        self.sources = CustomSources(folder, self.object_store, lambda text: self.write("error", text))
        self.price_model = PriceModel(self.state, folder)
        self.consolidators = ConsolidatorBook(self.state)
        self.universes = UniverseBook(self)
        self.universes.open_orders = lambda: {r.symbol for r in self.orders.pending.values()}
        self.universe_manager = UniverseManager(self.universes, self.state.securities)
        self.subscriptions.price_model = self.price_model
        self.price_model.chains = self.subscriptions.chains
        self.price_model.current_slice = lambda: self.algorithm.current_slice
        self.algorithm: Any = None
        self.error: AlgorithmError | None = None
        self.loop: Loop | None = None
        self.require_data = False
        self.commands: dict[str, type] = {}  # types of commands by name, lower case
        self.said_of_commands: set[str] = set()
        self.project_id = 0
        self.limits, self.watchdog = TimeLimits(), Watchdog()
        self._last_messages: dict[str, str] = {}
        self._told: set[str] = set()
        self.charts = ChartBook(self)
        self.state.collector = EarlyCollector()
        self.state.portfolio.settled.exact = Decimal(100000)
        self.state.error = lambda text: self.write("error", text)
        self.state.debug = lambda text: self.write("debug", text)
        self.subscriptions.initialize_security = self._initialize_security

    # --- services of the algorithm -----------------------------------------------------------------------------
    def _initialize_security(self, security: Any) -> None:
        if getattr(self.algorithm, "settings", None) is not None:
            stale = round(self.algorithm.settings.stale_price_time_span.total_seconds() * 1000)
            security.models.fill.stale_ms = stale
            if self.algorithm.settings.seed_initial_prices and not security.symbol.is_canonical():
                self.last_known.seed(security)
        with self.guard:
            self.state.initializers.run(security)

    def write(self, kind: str, message: Any) -> None:
        """A log, debug or error line; empty ones and repeated debug and error lines are dropped."""
        text = str(message)
        if not text or (kind != "log" and self._last_messages.get(kind) == text):
            return
        self._last_messages[kind] = text
        getattr(self.state.collector, kind)(self.state.clock.utc_ms, text)

    def tell_once(self, text: str) -> None:
        """A message of the engine, the first time only."""
        if text not in self._told:
            self._told.add(text)
            self.state.collector.engine_line(self.state.clock.utc_ms if self.state.locked else None, text)

    @cached_property
    def last_known(self) -> Any:
        """Where the last bars known of a symbol come from."""
        from lean_local.engine.last_prices import LastPrices  # noqa: PLC0415  pandas only when asked for

        return LastPrices(self)

    def _seed(self, security: Any) -> None:
        self.last_known.seed(security)

    def pushed(self, symbols: list[Symbol], span: list[Any], options: dict[str, Any], kind: type | None = None) -> Any:
        """Past data as they go through indicators."""
        from lean_local.engine.history import HistoryCall  # noqa: PLC0415  pandas only when asked for
        from lean_local.engine.history_requests import Asked  # noqa: PLC0415

        return HistoryCall(self).pushed(symbols, Asked(span, options), kind)

    def start_before(self, symbol: Symbol, start: datetime, bars: int, resolution: Any) -> datetime:
        """Algorithm time so many bars of a symbol before a time."""
        from lean_local.engine.history_requests import RequestMaker  # noqa: PLC0415  with history

        maker, zone = RequestMaker(self), self.state.clock.zone
        found = maker.resolution(symbol, None, resolution)
        return zone.to_local(bars_back(maker.calendar(symbol), zone.to_utc_ms(start), bars, found))

    def history_bars(self, symbol: Symbol, periods: int, resolution: Any) -> list[Any]:
        """The last bars of a symbol, for warming indicators up."""
        from lean_local.engine.history import HistoryCall  # noqa: PLC0415  pandas only when asked for

        return HistoryCall(self).bars(symbol, [periods], resolution)

    def plot(self, chart: str, series: Any, utc_ms: int, value: Any) -> None:
        """A point of a series of the algorithm."""
        self.state.collector.plot(
            chart,
            series.name,
            utc_ms,
            value,
            unit=series.unit,
            index=series.index,
            series_type=series.series_type,
            style=series.style,
        )

    def statistic(self, kind: str, name: str, value: Any) -> None:
        """A runtime or summary statistic."""
        getattr(self.state.collector, kind)(str(name), str(value))

    # --- running -----------------------------------------------------------------------------------------------
    def execute(
        self, make: Callable[[], Any], start: date | None, end: date | None, progress: Callable[[float, str], None]
    ) -> BacktestResult:
        """Run it all. Algorithm errors end the run and are kept in `error`; bad input raises."""
        _current.append(self)
        try:
            self._attempt(lambda: self._begin(make))
            return self._run(start, end, progress)
        finally:
            _current.pop()

    def _begin(self, make: Callable[[], Any]) -> None:
        with self.guard:
            self.algorithm = self.watchdog.run(make, self.limits.creation_seconds, timed_out)
            self.watchdog.run(self._initialize, self.limits.initialization_seconds, timed_out)

    def _initialize(self) -> None:
        self.algorithm.initialize()
        self.algorithm.framework_post_initialize()

    def _attempt(self, call: Callable[[], None]) -> None:
        """Run a part unless an earlier one failed; what the algorithm raises ends the run and is kept."""
        if self.error is None:
            try:
                call()
            except AlgorithmError as error:
                self.error = error

    def _run(self, start: date | None, end: date | None, progress: Callable[[float, str], None]) -> BacktestResult:
        if start is not None:
            self.dates.set_start(start)
        if end is not None:
            self.dates.set_end(end)
        if self.error is not None and not self.dates.end_is_set:
            self.dates.set_end(self.dates.start.date())
        self.dates.check()
        start_ms, end_ms = self.dates.start_ms, self.dates.end_ms
        self.algorithm_id = self._make_id(self.dates.start.date(), self.dates.end)
        self._last_ms = start_ms
        self._attempt(lambda: self._set_up(start_ms, end_ms))
        self._open_collector(start_ms, end_ms)
        self._attempt(lambda: self._watch_loop(start_ms, end_ms, progress))
        if self.error is not None and self.loop is not None and self.loop.feed_failed:
            self._end_after_failed_feed(self.loop.last_ms)
        self._store_objects()
        stopped = self.error is not None and self.loop is not None
        return self._finish(self.state.clock.utc_ms if stopped else self._last_ms)

    def _store_objects(self) -> None:
        """A store that cannot be written is a line of the log, no end of the run (LEAN `Engine.cs`, `ErrorRaised`)."""
        try:
            self.object_store.flush()
        except OSError as error:
            self.write("debug", f"ObjectStore Persistence Error: {error}")

    def _watch_loop(self, start_ms: int, end_ms: int, progress: Callable[[float, str], None]) -> None:
        last = self.watchdog.run(
            lambda: self._loop(start_ms, end_ms, progress),
            self.limits.time_loop_minutes * 60,
            long_step,
            lambda: -1 if self.loop is None else self.loop.steps,
        )
        self._last_ms = last
        self._sample_end(last)

    def _open_collector(self, start_ms: int, end_ms: int) -> None:
        early = self.state.collector
        state = self.state
        settings = getattr(self.algorithm, "settings", None)
        days = getattr(settings, "trading_days_per_year", None) or state.brokerage.trading_days_per_year
        state.collector = ResultCollector(
            RunFacts(
                algorithm_id=self.algorithm_id,
                name=type(self.algorithm).__name__ if self.algorithm is not None else "Algorithm",
                start_utc_ms=start_ms,
                end_utc_ms=end_ms,
                time_zone=state.clock.zone.name,
                starting_value=state.portfolio.value_exact(),
                account_currency=state.portfolio.cash_book.account_currency,
                brokerage=int(state.brokerage.name),
                account_type=int(state.brokerage.account_type),
                parameters=dict(self.parameters),
                trading_days_per_year=days,
            ),
            state.trades,
        )
        for name, arguments, named in early.calls:
            getattr(state.collector, name)(*arguments, **named)

    @EngineGuard()
    def _set_up(self, start_ms: int, end_ms: int) -> None:
        """Fix the span of the feeds, resolve the benchmark and the conversion rates of the first moment."""
        algorithm, state, subscriptions = self.algorithm, self.state, self.subscriptions
        first_ms = warm_up_start(algorithm, subscriptions, start_ms)
        state.warming_up, state.locked = first_ms < start_ms, True
        algorithm.is_locked = True
        state.securities.show()
        subscriptions.end_ms = end_ms
        subscriptions.first_ms = subscriptions.start_ms = first_ms
        subscriptions.precise_daily = algorithm.settings.daily_precise_end_time
        if self.require_data:
            require_data(self.folder, subscriptions.singles, self.dates.start.date(), self.dates.end)
        begin_feeds(algorithm, subscriptions, first_ms, start_ms, end_ms)
        for chain in subscriptions.chains.values():
            if chain.security is not None:
                chain.next_selection_ms = first_ms
        subscriptions.futures.begin(first_ms)
        self.benchmark.resolve(method(state.brokerage, "get_benchmark")(state.securities))
        self.currencies.ensure()
        algorithm.benchmark = self.benchmark

    @EngineGuard()
    def _loop(self, start_ms: int, end_ms: int, progress: Callable[[float, str], None]) -> int:
        algorithm, state, subscriptions = self.algorithm, self.state, self.subscriptions
        first_ms = subscriptions.first_ms
        state.clock.utc_ms = first_ms
        self.schedule.begin(first_ms, end_ms)
        self.daily = DailySampler(state, subscriptions, self.benchmark)
        self._add_daily_events(first_ms, start_ms, end_ms)
        state.on_order_event = in_turn(self, "on_framework_order_event", "on_order_event")
        state.on_assignment_order_event = guarded(self, "on_assignment_order_event")
        expiry = ExpiryBook(state, subscriptions, self.orders)
        self.universes.begin(first_ms)
        self.benchmark.begin(max(start_ms, self._first_step(first_ms)))
        span = max(end_ms - first_ms, 1)
        self.loop = Loop(
            state,
            subscriptions,
            self.orders,
            self.scheduler,
            callbacks(self),
            expiry,
            self.universes,
            CorporateBook(state, subscriptions, self.orders, self.universes.forget),
            self.currencies,
            SplitWarnings(state, self.orders),
            lambda: self.followers.refresh(algorithm.universe_settings),
            first_ms,
            start_ms,
            end_ms,
            progress=lambda ms: progress((ms - first_ms) / span, f"{state.clock.zone.to_local(ms):%Y-%m-%d}"),
        )
        state.collector.attach_capacity(RunMarket(state, self.loop.current_slice))
        if state.warming_up:
            self.write("debug", "Algorithm starting warm up...")
        last = self.loop.run()
        state.clock.utc_ms = max(state.clock.utc_ms, last)
        if state.stop_reason is not None:
            self.write("debug", state.stop_reason)
        self._say_end()
        if state.stop_reason not in (None, BANKRUPT):
            self.write("log", "Algorithm Stopped")
        return last

    def _say_end(self) -> None:
        with self.guard:
            self.algorithm.on_end_of_algorithm()

    def _end_after_failed_feed(self, last_ms: int | None) -> None:
        """LEAN's data feed ends with an error of a universe's code, and its loop then as after the last data.

        Before the first step the loop's time is the start date, not moved from the algorithm's time zone to UTC.
        """
        if last_ms is None:
            last_ms = (self.dates.start.date() - date(1970, 1, 1)).days * DAY_MS
        error, self.error = self.error, None
        self._attempt(self._say_end)
        self._attempt(lambda: self._sample_end(last_ms))
        self.error = error

    # --- daily events ------------------------------------------------------------------------------------------
    def _first_step(self, first_ms: int) -> int:
        """When LEAN's first time step is: at the start, unless all there is are universes that select later."""
        nothing = not (self.subscriptions.feeds() or self.subscriptions.futures.roots)
        selects = self.universes.next_utc_ms()
        return max(first_ms, selects) if nothing and selects != NEVER else first_ms

    def _add_daily_events(self, first_ms: int, start_ms: int, end_ms: int) -> None:
        zone = self.state.clock.zone
        self.end_of_day = EndOfDay(self)
        # The midnight after the last date is reached when that date's last data are known there.
        days = every_date(zone.local_date(start_ms), zone.local_date(end_ms) + ONE_DAY)
        midnights = (zone.midnight_utc_ms(d) for d in days)
        self.scheduler.add(ScheduledEvent("Daily Sampling", midnights, self._sample_day), first_ms)

    def _sample_day(self) -> None:
        state = self.state
        if not state.warming_up:
            state.collector.sample_day(self.daily.sample(state.clock.utc_ms))

    # --- the end -----------------------------------------------------------------------------------------------
    @EngineGuard()
    def _sample_end(self, last: int) -> None:
        """LEAN takes the last sample after on_end_of_algorithm has returned."""
        self.state.portfolio.invalidate()
        self.state.collector.sample_end(self.daily.sample(last), self.state.clock.utc_ms)

    def statistics(self) -> Statistics:
        """All statistics of the run so far."""
        collector = self.state.collector
        made: Statistics = collector.statistics(final_facts(self.state, self.state.clock.utc_ms), *self._records())
        return made

    def _records(self) -> tuple[list[Any], Callable[[date], Decimal]]:
        """Orders, and what gives the risk-free rate of a date."""
        return list(self.orders.orders.values()), lambda day: decimal_of(self.price_model.rate(day))

    def _finish(self, last: int) -> BacktestResult:
        final = final_facts(self.state, last, self.error)
        result: BacktestResult = self.state.collector.finish(final, *self._records())
        return result
