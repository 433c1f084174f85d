"""All statistics of a run, while it goes on or at its end.

Facts: LEAN `BaseResultsHandler.cs` (GenerateStatisticsResults), `StatisticsBuilder.cs`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from lean_local.orders.records import OrderEventRecord, OrderRecord
from lean_local.results.charts import BENCHMARK, STRATEGY_EQUITY, TURNOVER, Chart
from lean_local.results.jsontext import Json
from lean_local.results.numbers import currency_symbol
from lean_local.results.records import FinalFacts, ProfitFact, RunFacts, Trade
from lean_local.results.rolling import rolling_windows
from lean_local.results.statistics import Points, PortfolioStatistics, Sampled, Transactions, portfolio_statistics
from lean_local.results.summary import CapacityText, summary_table
from lean_local.results.trade_statistics import Figure, figures_json, trade_figures

_EPOCH = date(1970, 1, 1)
RateOfDate = Callable[[date], Decimal]
"""Annual risk-free rate of a date as a fraction (0.0525 for 5.25 %)."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything collected during a run, in the order it happened."""

    facts: RunFacts
    final: FinalFacts
    orders: tuple[OrderRecord, ...]
    order_events: tuple[OrderEventRecord, ...]
    trades: tuple[Trade, ...]
    profits: Mapping[int, ProfitFact]
    charts: Mapping[str, Chart]
    log_lines: tuple[str, ...]
    runtime_statistics: Mapping[str, str]
    summary_statistics: Mapping[str, str]
    capacity: CapacityText | None


@dataclass(frozen=True, slots=True)
class Performance:
    """Statistics of a span of days: of the trades closed in it, and of the portfolio."""

    trades: Mapping[str, Figure]
    portfolio: PortfolioStatistics
    closed: tuple[Trade, ...]

    @classmethod
    def of(cls, closed: tuple[Trade, ...] = (), portfolio: PortfolioStatistics | None = None) -> "Performance":
        """The performance of some trades; without a portfolio its statistics are zeros."""
        return cls(trade_figures(closed), portfolio or PortfolioStatistics(), closed)

    def as_json(self) -> dict[str, Json]:
        """LEAN's object without its trades."""
        return {
            "tradeStatistics": figures_json(self.trades),
            "portfolioStatistics": self.portfolio.as_json(),
            "closedTrades": [],
        }


@dataclass(frozen=True, slots=True)
class Statistics:
    """The whole span, windows by LEAN's keys "M{months}_{yyyyMMdd}", and the table."""

    total: Performance
    rolling: dict[str, Performance] = field(default_factory=dict)
    summary: dict[str, str] = field(default_factory=dict)
    problem: str | None = None
    """Why there are none, when a figure left the range of doubles."""


def _points(gathered: Gathered, chart: str, series: str) -> Points:
    found = gathered.charts[chart].series.get(series) if chart in gathered.charts else None
    pairs = []
    for ms, value in found.points if found is not None else ():
        number = value[3] if isinstance(value, tuple) else value
        if number is not None:
            pairs.append((ms, number))
    return Points.of(pairs)


def sampled_of(gathered: Gathered, interest_rates: RateOfDate) -> Sampled:
    """The inputs of the statistics."""
    profits = gathered.profits
    return Sampled(
        equity=_points(gathered, STRATEGY_EQUITY, "Equity"),
        returns=_points(gathered, STRATEGY_EQUITY, "Return"),
        benchmark=_points(gathered, BENCHMARK, BENCHMARK),
        turnover=_points(gathered, TURNOVER, TURNOVER),
        transactions=Transactions(
            tuple(profits), tuple(f.profit for f in profits.values()), tuple(f.is_win for f in profits.values())
        ),
        starting_capital=gathered.facts.starting_value,
        rate_of_day=lambda day: interest_rates(_EPOCH + timedelta(days=day)),
        trading_days_per_year=gathered.facts.trading_days_per_year,
    )


def statistics_of(gathered: Gathered, interest_rates: RateOfDate) -> Statistics:
    """All statistics of what was gathered so far; there are none but the trades' before the first daily sample."""
    trades = gathered.trades
    try:
        sampled = sampled_of(gathered, interest_rates)
        if not (sampled.equity.values and sampled.returns.values and sampled.benchmark.values):
            return Statistics(Performance.of(trades))
        total = Performance.of(trades, portfolio_statistics(sampled))
        return Statistics(
            total,
            {
                key: Performance(figures, portfolio, tuple(inside))
                for key, (figures, portfolio, inside) in rolling_windows(sampled, trades).items()
            },
            summary_table(
                total.portfolio,
                total_orders=len(gathered.orders),
                total_fees=gathered.final.total_fees,
                currency=currency_symbol(gathered.facts.account_currency),
                capacity=gathered.capacity,
            ),
        )
    except OverflowError as error:
        return Statistics(Performance.of(trades), problem=f"no statistics: {error}")
