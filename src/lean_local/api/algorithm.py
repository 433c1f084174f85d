"""QCAlgorithm: the class algorithms derive from. Method groups live in the sibling modules."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lean_local.api.algorithm_custom import CustomDataMethods
from lean_local.api.algorithm_data import DataMethods
from lean_local.api.algorithm_indicators import IndicatorMethods
from lean_local.api.algorithm_option_indicators import OptionIndicatorMethods
from lean_local.api.algorithm_pairs import PairMethods
from lean_local.api.algorithm_plotting import PlottingMethods
from lean_local.api.algorithm_setup import SetupMethods
from lean_local.api.algorithm_trading import TradingMethods
from lean_local.api.algorithm_universes import UniverseMethods
from lean_local.api.commands import CommandMethods
from lean_local.api.history_methods import HistoryMethods
from lean_local.api.market_databases import DatabaseMethods
from lean_local.api.object_store import ObjectStore
from lean_local.api.rates import InterestRateProvider
from lean_local.api.schedule_rules import DateRules, ScheduleManager, TimeRules
from lean_local.api.security_identifiers import IdentifierMethods
from lean_local.api.statistics_results import StatisticsMethods
from lean_local.api.transactions import SecurityTransactionManager
from lean_local.api.universes import UniverseSettings
from lean_local.engine.clock import local_ms, zone
from lean_local.enums import AlgorithmMode, DeploymentTarget, Resolution
from lean_local.framework.methods import FrameworkMethods
from lean_local.naming import LeanObject
from lean_local.orders.properties import OrderProperties
from lean_local.securities.exchange import Calendar
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol

_END_OF_DAY = timedelta(days=1) - timedelta(microseconds=1)


class AlgorithmSettings(LeanObject):
    """LEAN's `self.settings` with its defaults."""

    def __init__(self) -> None:
        self.free_portfolio_value: float | None = None
        self.free_portfolio_value_percentage = 0.0025
        self.minimum_order_margin_portfolio_percentage = 0.001
        self.stale_price_time_span = timedelta(hours=1)
        self.daily_precise_end_time = True
        self.liquidate_enabled = True
        self.seed_initial_prices = False
        self.automatic_indicator_warm_up = False
        self.daily_consolidation_use_extended_market_hours = False
        self.max_absolute_portfolio_target_percentage = 1e9
        self.min_absolute_portfolio_target_percentage = 1e-10
        self.rebalance_portfolio_on_security_changes: bool | None = None
        self.rebalance_portfolio_on_insight_changes: bool | None = None
        self.data_subscription_limit = 2**31 - 1
        self.trading_days_per_year: int | None = None
        self.performance_sample_period = timedelta(0)


class QCAlgorithm(
    TradingMethods,
    SetupMethods,
    CommandMethods,
    PlottingMethods,
    StatisticsMethods,
    DataMethods,
    PairMethods,
    CustomDataMethods,
    UniverseMethods,
    HistoryMethods,
    IndicatorMethods,
    OptionIndicatorMethods,
    FrameworkMethods,
    DatabaseMethods,
    IdentifierMethods,
    LeanObject,
):
    """Base class of algorithms."""

    _run: Any

    def __new__(cls, *_: Any, **__: Any) -> "QCAlgorithm":
        """Attach to the run in progress, also when a subclass's `__init__` does not call ours."""
        from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

        self = super().__new__(cls)
        self._attach(current_run())
        return self

    def _attach(self, run: Any) -> None:
        self._run = run
        self._state, self._orders = run.state, run.orders
        self._subscriptions, self._folder = run.subscriptions, run.folder
        self.settings = AlgorithmSettings()
        self.universe_settings = UniverseSettings()
        self.default_order_properties = OrderProperties()
        self.object_store: ObjectStore = run.object_store
        self.transactions = SecurityTransactionManager(self)
        self.schedule: ScheduleManager = run.schedule
        self.date_rules = DateRules(self._today, self._calendar_of)
        self.time_rules = TimeRules(lambda: self._state.clock.zone, self._calendar_of, lambda: self._state.clock.utc_ms)
        self.current_slice: Any = None
        self.is_locked = False
        self.benchmark: Any = None
        self.name = type(self).__name__
        self.tags: set[str] = set()
        self._warm_up: tuple[Any, Any] | None = None
        self._begin_framework()

    def _today(self) -> date:
        return self._state.clock.local.date()

    # --- time --------------------------------------------------------------------------------------------------
    @property
    def time(self) -> datetime:
        """Algorithm time, naive."""
        return self._state.clock.local

    @property
    def utc_time(self) -> datetime:
        """UTC time, aware."""
        return self._state.clock.utc

    @property
    def time_zone(self) -> str:
        """Algorithm time zone."""
        return self._state.clock.zone.name

    def set_time_zone(self, time_zone: Any) -> None:
        """Set the algorithm time zone (initialize only)."""
        self._state.clock.set_zone(str(time_zone))
        self._run.dates.move_clock()

    @property
    def start_date(self) -> datetime:
        """First date."""
        start: datetime = self._run.dates.start
        return start

    @property
    def end_date(self) -> datetime:
        """Last instant of the last date."""
        end: date = self._run.dates.end
        return datetime(end.year, end.month, end.day) + _END_OF_DAY  # noqa: DTZ001

    def set_start_date(self, *arguments: Any, **named: Any) -> None:
        """`set_start_date(year, month, day)` or a date."""
        self._run.dates.set_start(_date(arguments, named))

    def set_end_date(self, *arguments: Any, **named: Any) -> None:
        """`set_end_date(year, month, day)` or a date."""
        self._run.dates.set_end(_date(arguments, named))

    @property
    def algorithm_mode(self) -> AlgorithmMode:
        """Always a backtest."""
        return AlgorithmMode.BACKTESTING

    @property
    def live_mode(self) -> bool:
        """Always False."""
        return False

    @property
    def deployment_target(self) -> DeploymentTarget:
        """Where the algorithm runs."""
        return DeploymentTarget.LOCAL_PLATFORM

    @property
    def algorithm_id(self) -> str:
        """Id of the run."""
        return str(self._run.algorithm_id)

    @property
    def is_warming_up(self) -> bool:
        """Whether the warm-up goes on; True during initialize too, also where none is asked for."""
        return self._state.warming_up or not self._state.locked

    def set_warm_up(self, period: Any, resolution: Any = None) -> None:
        """Warm up over a number of bars or a span before the start."""
        span = period if isinstance(period, timedelta) else int(period)
        self._warm_up = (span, None if resolution is None else Resolution(resolution))

    def set_warmup(self, period: Any, resolution: Any = None) -> None:
        """Same as `set_warm_up`."""
        self.set_warm_up(period, resolution)

    # --- account -----------------------------------------------------------------------------------------------
    @property
    def securities(self) -> Any:
        """All securities by symbol."""
        return self._state.securities

    @property
    def active_securities(self) -> Any:
        """Same as `securities`."""
        return self._state.securities

    @property
    def portfolio(self) -> Any:
        """The account."""
        return self._state.portfolio

    @property
    def account_currency(self) -> str:
        """Account currency."""
        return self._state.portfolio.cash_book.account_currency

    def set_cash(self, *arguments: Any, **named: Any) -> None:
        """`set_cash(amount)` or `set_cash("USD", amount[, conversion_rate])`."""
        if self._state.locked:
            raise RuntimeError("Algorithm.SetCash(): Cannot change cash available after algorithm initialized.")
        order = [named[n] for n in ("symbol", "starting_cash", "conversion_rate") if n in named]
        self._state.portfolio.set_cash(*arguments, *order)

    def set_account_currency(self, account_currency: str, starting_cash: float | None = None) -> None:
        """Set the account currency (initialize only, before securities are added)."""
        if self._state.locked:
            raise RuntimeError(
                "Algorithm.SetAccountCurrency(): Cannot change AccountCurrency after algorithm initialized."
            )
        amount = "" if starting_cash is None else f", with a starting cash of {starting_cash}"
        self.debug(f"Changing account currency from {self.account_currency} to {account_currency}{amount}...")
        self._state.portfolio.set_account_currency(account_currency, starting_cash)

    def set_benchmark(self, *arguments: Any) -> None:
        """Set the benchmark: a symbol, a ticker, or a function of time."""
        self._run.benchmark.choose(arguments[-1])

    @property
    def risk_free_interest_rate_model(self) -> Any:
        """Where risk-free rates come from."""
        return self._run.price_model.rate_model or InterestRateProvider(self._folder)

    def set_risk_free_interest_rate_model(self, model: Any) -> None:
        """Set the risk-free rate of Greeks."""
        self._run.price_model.rate_model = model

    # --- parameters, logs, charts ------------------------------------------------------------------------------
    def get_parameter(self, name: str, default_value: Any = None) -> Any:
        """A parameter as text, or converted to the type of the default."""
        text = self._run.parameters.get(name)
        if text is None:
            return default_value
        if isinstance(default_value, bool) or default_value is None or isinstance(default_value, str):
            return text
        try:
            return type(default_value)(text)
        except ValueError:
            return default_value

    def get_parameters(self) -> dict[str, str]:
        """All parameters."""
        return dict(self._run.parameters)

    def log(self, message: Any) -> None:
        """Write to the log."""
        self._run.write("log", message)

    def debug(self, message: Any) -> None:
        """Write to the log; an immediate repetition is dropped."""
        self._run.write("debug", message)

    def error(self, message: Any) -> None:
        """Write an error to the log; an immediate repetition is dropped."""
        self._run.write("error", message)

    def set_name(self, name: str) -> None:
        """Name the run."""
        self.name = name

    def add_tag(self, tag: str) -> None:
        """Tag the run."""
        self.tags.add(tag)

    def quit(self, message: str = "") -> None:
        """Stop after the current step."""
        self._state.stop_reason = f"Quit(): {message}"

    def train(self, *arguments: Any) -> None:
        """Run now, or as a scheduled event."""
        if len(arguments) == 1:
            arguments[0]()
        else:
            self.schedule.on(*arguments)

    def set_algorithm_id(self, algorithm_id: str) -> None:  # noqa: ARG002
        """Kept for LEAN; the id is the run's."""
        return

    def _calendar_of(self, symbol: Any) -> Calendar:
        """Market hours of a symbol; without one, US equities."""
        found = as_symbol(symbol) if symbol is not None else None
        if found is None:
            found = Symbol.create_equity(symbol if isinstance(symbol, str) else "SPY")
        return self._subscriptions.calendar(found)

    def is_market_open(self, symbol: Any) -> bool:
        """Whether the symbol's exchange is open now."""
        return self._calendar_of(symbol).is_open(self._state.clock.utc_ms)

    # --- callbacks ---------------------------------------------------------------------------------------------
    def initialize(self) -> None:
        """Called first."""

    def on_data(self, data: Any) -> None:
        """Called with every slice that has data."""

    def on_order_event(self, order_event: Any) -> None:
        """Called with every order event."""

    def on_assignment_order_event(self, assignment_event: Any) -> None:
        """Called when a short option was assigned."""

    def on_securities_changed(self, changes: Any) -> None:
        """Called when securities came or went."""

    def on_end_of_algorithm(self) -> None:
        """Called last."""

    def on_warmup_finished(self) -> None:
        """Called when the warm-up is over."""

    def on_margin_call_warning(self) -> None:
        """Called when little margin is left."""

    def on_margin_call(self, requests: Any) -> Any:
        """Called before a margin call; returns the requests to send."""
        return requests

    def on_splits(self, splits: Any) -> None:
        """Called with splits."""

    def on_dividends(self, dividends: Any) -> None:
        """Called with dividends."""

    def on_delistings(self, delistings: Any) -> None:
        """Called with delistings."""

    def on_symbol_changed_events(self, symbols_changed: Any) -> None:
        """Called with new tickers, and when continuous futures are mapped to other contracts."""

    def on_brokerage_message(self, message: Any) -> None:
        """Called with brokerage messages (live only)."""

    def on_command(self, data: Any) -> Any:
        """Called with commands (live only)."""


def _date(arguments: tuple[Any, ...], named: dict[str, Any]) -> date:
    if len(arguments) + len(named) == 3:
        return date(*arguments, **named)
    value = arguments[0] if arguments else next(iter(named.values()))
    if not isinstance(value, date):
        raise TypeError(f"A date is needed, not {type(value).__name__}.")
    return value.date() if isinstance(value, datetime) else value


__all__ = ["AlgorithmSettings", "Decimal", "QCAlgorithm", "local_ms", "zone"]
