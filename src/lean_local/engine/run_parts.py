"""Small parts of a run: its dates, its benchmark, and what takes early messages."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lean_local.engine.clock import DAY_MS, Clock
from lean_local.engine.feeds import Step
from lean_local.engine.state import RunState
from lean_local.engine.subscriptions import Subscriptions
from lean_local.enums import DataNormalizationMode, Resolution, SecurityType
from lean_local.errors import AlgorithmError, BadInputError
from lean_local.naming import LeanObject
from lean_local.results import FinalFacts
from lean_local.results.performance import Performance, Statistics
from lean_local.securities.benchmarks import SecurityBenchmark
from lean_local.securities.cache import decimal_of
from lean_local.securities.manager import as_symbol
from lean_local.securities.pairs import base_currency
from lean_local.securities.security import Security
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)
ZERO = Decimal(0)


class RunDates:
    """First and last date; the clock stands at the start while `initialize` runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start = date(1998, 1, 1)
        self.end = date(2100, 1, 1)
        self.end_is_set = False
        self.move_clock()

    @property
    def start(self) -> datetime:
        """Start as naive algorithm time."""
        return datetime(self._start.year, self._start.month, self._start.day)  # noqa: DTZ001

    @property
    def start_ms(self) -> int:
        """Start as UTC ms."""
        return self._clock.zone.midnight_utc_ms(self._start)

    @property
    def end_ms(self) -> int:
        """Last instant as UTC ms."""
        return self._clock.zone.midnight_utc_ms(self.end + ONE_DAY) - 1

    def move_clock(self) -> None:
        """Put the clock at the start."""
        self._clock.utc_ms = self.start_ms

    def set_start(self, day: date) -> None:
        """Set the first date."""
        self._start = day
        self.move_clock()

    def set_end(self, day: date) -> None:
        """Set the last date."""
        self.end, self.end_is_set = day, True

    def check(self) -> None:
        """Raise BadInputError for a span that cannot be run."""
        if not self.end_is_set:
            raise BadInputError(
                "The algorithm sets no end date", fix="Call set_end_date in initialize, or give an end date to the run."
            )
        if self._start > self.end:
            raise BadInputError(
                f"The start date {self._start} is after the end date {self.end}",
                fix="Correct set_start_date and set_end_date, or the dates given to the run.",
            )


class Benchmark(LeanObject):
    """What the strategy is compared with: a security's price or a function of time."""

    lean_name = "SecurityBenchmark"

    def __init__(self, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions
        self._choice: Any = None
        self._function: Callable[[datetime], float] | None = None
        self._security: Security | None = None
        self._symbol: Symbol | None = None
        self._since_ms = 0

    def choose(self, choice: Any) -> None:
        """A symbol, ticker, security, or function of time. Raises TypeError for anything else."""
        if as_symbol(choice) is None and not (isinstance(choice, str) or callable(getattr(choice, "evaluate", choice))):
            raise TypeError(f"A benchmark is a symbol, a ticker or a function of time, not {type(choice).__name__}.")
        self._choice = choice

    def resolve(self, default: Any) -> None:
        """Take the choice, or the brokerage's own; the currencies of a security come into the cash book."""
        choice = self._choice if self._choice is not None else default
        if isinstance(choice, SecurityBenchmark):
            self._symbol = choice.symbol
        elif as_symbol(choice) is None and not isinstance(choice, str):
            self._function = getattr(choice, "evaluate", choice)
        else:
            self._symbol = as_symbol(choice) or Symbol.create_equity(str(choice))
        if self._symbol is not None:
            quote = self._subscriptions.properties(self._symbol).quote_currency
            book = self._subscriptions.state.portfolio.cash_book
            for currency in (quote, base_currency(self._symbol, quote)):
                if currency is not None:
                    book.of(currency)

    def begin(self, start_ms: int) -> None:
        """A security gets an internal hourly feed of its own, always.

        The feed is there from the run's first time step with something to do; its price is 0 before. LEAN
        `QCAlgorithm.SetBenchmark`, `UniverseSelection.AddPendingInternalDataFeeds`.
        """
        self._since_ms = start_ms
        symbol = self._symbol
        if symbol is None:
            return
        if symbol.security_type == SecurityType.BASE:  # custom data has one feed
            self._security = self._subscriptions.state.securities.find(symbol)
            return
        self._security = self._subscriptions.add_single(
            symbol, Resolution.HOUR, internal=True, fill_forward=False, mode=DataNormalizationMode.ADJUSTED
        )
        feed = self._subscriptions.internal[-1]
        feed.begin(start_ms - 5 * DAY_MS, self._subscriptions.end_ms)
        if feed.next_utc_ms() <= start_ms:
            feed.advance(start_ms, Step(start_ms))

    @property
    def security(self) -> Security | None:
        """The security, None for a function."""
        return self._security

    def is_new(self, security: Security) -> bool:
        """Whether a security is the benchmark's and its feed is about to begin, after the first selection."""
        return security is self._security and self._subscriptions.state.clock.utc_ms <= self._since_ms

    def evaluate(self, time: datetime) -> float:
        """Benchmark price now, in account currency: 0 while that has no rate (LEAN `SecurityBenchmark.cs`)."""
        return float(self.price(time))

    def price(self, local: datetime) -> Decimal:
        """Benchmark price now, in account currency."""
        if self._security is not None:
            known = self._subscriptions.state.clock.utc_ms >= self._since_ms
            return self._security.price_exact * self._security.conversion_rate if known else ZERO
        return decimal_of(float(self._function(local))) if self._function is not None else ZERO


class EarlyCollector:
    """Takes what an algorithm says before the collector exists."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    @property
    def runtime_statistics(self) -> dict[str, str]:
        """Banner statistics set so far."""
        return dict(arguments for name, arguments, _ in self.calls if name == "runtime_statistic")

    @property
    def summary_statistics(self) -> dict[str, str]:
        """Rows of the statistics table set so far."""
        return dict(arguments for name, arguments, _ in self.calls if name == "summary_statistic")

    def statistics(self, *_: Any) -> Statistics:
        """Nothing is sampled yet."""
        return Statistics(Performance.of())

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *arguments, **named: self.calls.append((name, arguments, named))


def final_facts(state: RunState, utc_ms: int, error: AlgorithmError | None = None) -> FinalFacts:
    """What the account has come to."""
    portfolio = state.portfolio
    portfolio.invalidate()
    return FinalFacts(
        utc_ms=utc_ms,
        portfolio_value=portfolio.value_exact(),
        total_fees=portfolio.fees_exact,
        holdings_value=portfolio.holdings_value_exact(),
        unrealized_profit=portfolio.unrealized_exact(),
        net_profit=portfolio.profit_exact - portfolio.fees_exact,
        total_sale_volume=portfolio.sale_volume_exact,
        error=None if error is None else str(error),
        stack_trace=None if error is None else error.stack_trace,
    )
