"""What the engine tells the results room: one call per thing that happened, all money in Decimal, all times UTC ms."""

from dataclasses import dataclass, field
from decimal import Decimal

from lean_local.symbols import Symbol


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of a run once `initialize` has returned."""

    algorithm_id: str
    name: str  # the algorithm class name
    start_utc_ms: int
    end_utc_ms: int  # last instant of the end date (23:59:59.999 algorithm time zone)
    time_zone: str  # algorithm time zone, IANA name
    starting_value: Decimal
    account_currency: str = "USD"
    brokerage: int = 0  # BrokerageName number
    account_type: int = 0  # 0 margin, 1 cash
    parameters: dict[str, str] = field(default_factory=dict)
    trading_days_per_year: int = 252


@dataclass(frozen=True, slots=True)
class DailySample:
    """The portfolio at one midnight of the algorithm time zone (and once more at the end)."""

    utc_ms: int
    portfolio_value: Decimal
    benchmark_price: Decimal
    total_sale_volume: Decimal
    long_exposure: dict[str, Decimal] = field(default_factory=dict)  # security type name -> value of its holdings
    short_exposure: dict[str, Decimal] = field(default_factory=dict)
    sale_volumes: list[tuple[str, Decimal]] = field(default_factory=list)  # ticker, value traded, of each security
    margins: list[tuple[str, Decimal]] = field(default_factory=list)  # tickers, maintenance margin of position groups


@dataclass(frozen=True, slots=True)
class ExerciseFact:
    """How an option exercise ended, for its win flag (LEAN `Extensions.IsWin`)."""

    was_long: bool
    in_the_money: bool
    amount: Decimal  # what the contracts were in the money, account currency

    def is_win(self, profit: Decimal) -> bool:
        """Whether a position that the exercise ended with that profit won: its premium alone does not decide."""
        if self.was_long:
            return self.in_the_money and abs(profit) < self.amount
        return not self.in_the_money or abs(profit) > self.amount


@dataclass(frozen=True, slots=True)
class FillFact:
    """One fill, as the trade builder and the statistics need it."""

    utc_ms: int
    order_id: int
    symbol: Symbol
    quantity: Decimal  # signed
    price: Decimal
    fee: Decimal
    multiplier: Decimal
    conversion_rate: Decimal = Decimal(1)
    exercise: ExerciseFact | None = None

    def is_win(self, profit: Decimal) -> bool:
        """Whether what this fill closed with that profit won."""
        return profit > 0 if self.exercise is None else self.exercise.is_win(profit)


TICKS_PER_MS = 10_000


@dataclass(slots=True)
class Trade:
    """One closed trade. Money in account currency without fees; `direction` 0 long, 1 short."""

    symbol: Symbol
    entry_utc_ms: int
    entry_price: Decimal
    direction: int
    quantity: Decimal  # unsigned
    total_fees: Decimal
    order_ids: list[int]
    exit_utc_ms: int = 0
    exit_price: Decimal = Decimal(0)
    profit_loss: Decimal = Decimal(0)
    mae: Decimal = Decimal(0)
    mfe: Decimal = Decimal(0)
    end_trade_drawdown: Decimal = Decimal(0)
    is_win: bool = False

    @property
    def duration_ticks(self) -> int:
        """Time between entry and exit in 100 ns ticks."""
        return (self.exit_utc_ms - self.entry_utc_ms) * TICKS_PER_MS


@dataclass(frozen=True, slots=True)
class ProfitFact:
    """One closing transaction: LEAN's transaction record (profit minus twice the closing fee) and its win flag."""

    utc_ms: int
    profit: Decimal
    is_win: bool


@dataclass(frozen=True, slots=True)
class FinalFacts:
    """What is known of a run when it ended."""

    utc_ms: int
    portfolio_value: Decimal
    total_fees: Decimal
    holdings_value: Decimal
    unrealized_profit: Decimal
    net_profit: Decimal
    total_sale_volume: Decimal
    error: str | None = None  # one line; set when an algorithm callback raised
    stack_trace: str | None = None
