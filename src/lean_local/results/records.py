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
