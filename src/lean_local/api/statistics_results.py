"""Statistics while the algorithm runs: `self.statistics` (LEAN `StatisticsResults.cs`, `AlgorithmPerformance.cs`)."""

from dataclasses import fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from lean_local.api.net import Dictionary
from lean_local.api.trade_builder import Trade
from lean_local.engine.clock import aware_utc
from lean_local.naming import LeanObject, to_snake
from lean_local.results.performance import Performance, Statistics
from lean_local.results.trade_statistics import Figure, Moment, Ticks, trade_figures

_TICKS_PER_MICROSECOND = 10

__all__ = ["AlgorithmPerformance", "PerformanceMetrics", "PortfolioStatistics", "StatisticsResults", "TradeStatistics"]


class PerformanceMetrics(LeanObject):
    """Names of the rows of the summary."""

    ALPHA = "Alpha"
    ANNUAL_STANDARD_DEVIATION = "Annual Standard Deviation"
    ANNUAL_VARIANCE = "Annual Variance"
    AVERAGE_LOSS = "Average Loss"
    AVERAGE_WIN = "Average Win"
    BETA = "Beta"
    COMPOUNDING_ANNUAL_RETURN = "Compounding Annual Return"
    DRAWDOWN = "Drawdown"
    ESTIMATED_STRATEGY_CAPACITY = "Estimated Strategy Capacity"
    EXPECTANCY = "Expectancy"
    START_EQUITY = "Start Equity"
    END_EQUITY = "End Equity"
    INFORMATION_RATIO = "Information Ratio"
    LOSS_RATE = "Loss Rate"
    NET_PROFIT = "Net Profit"
    PROBABILISTIC_SHARPE_RATIO = "Probabilistic Sharpe Ratio"
    PROFIT_LOSS_RATIO = "Profit-Loss Ratio"
    SHARPE_RATIO = "Sharpe Ratio"
    SORTINO_RATIO = "Sortino Ratio"
    TOTAL_FEES = "Total Fees"
    TOTAL_ORDERS = "Total Orders"
    TRACKING_ERROR = "Tracking Error"
    TREYNOR_RATIO = "Treynor Ratio"
    WIN_RATE = "Win Rate"
    LOWEST_CAPACITY_ASSET = "Lowest Capacity Asset"
    PORTFOLIO_TURNOVER = "Portfolio Turnover"
    DRAWDOWN_RECOVERY = "Drawdown Recovery"


class PortfolioStatistics(LeanObject):
    """Statistics of the portfolio: fractions, not percent; `drawdown_recovery` in whole days."""

    average_win_rate: float
    average_loss_rate: float
    profit_loss_ratio: float
    win_rate: float
    loss_rate: float
    expectancy: float
    start_equity: float
    end_equity: float
    compounding_annual_return: float
    drawdown: float
    total_net_profit: float
    sharpe_ratio: float
    probabilistic_sharpe_ratio: float
    sortino_ratio: float
    alpha: float
    beta: float
    annual_standard_deviation: float
    annual_variance: float
    information_ratio: float
    tracking_error: float
    treynor_ratio: float
    portfolio_turnover: float
    value_at_risk_99: float
    value_at_risk_95: float
    drawdown_recovery: int

    def __init__(self, made: Any = None) -> None:
        """Nothing, or what `results.statistics` made."""
        figures = Performance.of().portfolio if made is None else made
        for each in fields(figures):
            setattr(self, each.name, float(getattr(figures, each.name)))
        self.drawdown_recovery = int(self.drawdown_recovery)


class TradeStatistics(LeanObject):
    """Statistics of closed trades; money in account currency."""

    start_date_time: datetime | None
    end_date_time: datetime | None
    total_number_of_trades: int
    number_of_winning_trades: int
    number_of_losing_trades: int
    total_profit_loss: float
    total_profit: float
    total_loss: float
    largest_profit: float
    largest_loss: float
    average_profit_loss: float
    average_profit: float
    average_loss: float
    average_trade_duration: timedelta
    average_winning_trade_duration: timedelta
    average_losing_trade_duration: timedelta
    median_trade_duration: timedelta
    median_winning_trade_duration: timedelta
    median_losing_trade_duration: timedelta
    max_consecutive_winning_trades: int
    max_consecutive_losing_trades: int
    profit_loss_ratio: float
    win_loss_ratio: float
    win_rate: float
    loss_rate: float
    average_mae: float
    average_mfe: float
    largest_mae: float
    largest_mfe: float
    maximum_closed_trade_drawdown: float
    maximum_intra_trade_drawdown: float
    profit_loss_standard_deviation: float
    profit_loss_downside_deviation: float
    profit_factor: float
    sharpe_ratio: float
    sortino_ratio: float
    profit_to_max_drawdown_ratio: float
    maximum_end_trade_drawdown: float
    average_end_trade_drawdown: float
    maximum_drawdown_duration: timedelta
    total_fees: float

    def __init__(self, trades: list[Trade] | None = None) -> None:
        """Statistics of some trades."""
        self._take(trade_figures([trade.record for trade in trades or ()]))

    def _take(self, figures: Any) -> None:
        for name, figure in figures.items():
            setattr(self, to_snake(name), _shown(figure))

    @classmethod
    def of(cls, figures: Any) -> "TradeStatistics":
        """From figures by LEAN's JSON names. Not part of LEAN."""
        made = cls.__new__(cls)
        made._take(figures)
        return made


def _shown(figure: Figure) -> Any:
    if isinstance(figure, Moment):
        return aware_utc(figure)
    if isinstance(figure, Ticks):
        return timedelta(microseconds=figure // _TICKS_PER_MICROSECOND)
    return float(figure) if isinstance(figure, Decimal) else figure


class AlgorithmPerformance(LeanObject):
    """Statistics of a span of days."""

    def __init__(self, made: Performance | None = None) -> None:
        known = Performance.of() if made is None else made
        self.portfolio_statistics = PortfolioStatistics(known.portfolio)
        self.trade_statistics = TradeStatistics.of(known.trades)
        self.closed_trades = [Trade(record) for record in known.closed]


class StatisticsResults(LeanObject):
    """The whole span so far, rolling windows by "M{months}_{yyyyMMdd}", and the summary as texts."""

    def __init__(self, made: Statistics | None = None, own: dict[str, str] | None = None) -> None:
        """:param own: rows of the summary that the algorithm set; LEAN's cannot be replaced"""
        known = Statistics(Performance.of()) if made is None else made
        self.total_performance = AlgorithmPerformance(known.total)
        self.rolling_performances = Dictionary({k: AlgorithmPerformance(v) for k, v in known.rolling.items()})
        missed = {name: text for name, text in (own or {}).items() if name not in known.summary}
        self.summary = Dictionary(known.summary | missed)


class StatisticsMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any
    _state: Any

    @property
    def statistics(self) -> StatisticsResults:
        """All statistics of the run so far, computed now."""
        return StatisticsResults(self._run.statistics(), self._state.collector.summary_statistics)

    def set_runtime_statistic(self, name: str, value: Any) -> None:
        """Set a banner statistic."""
        self._run.statistic("runtime_statistic", name, value)

    @property
    def runtime_statistics(self) -> Dictionary:
        """The banner statistics that the algorithm set."""
        return Dictionary(self._state.collector.runtime_statistics)

    def set_summary_statistic(self, name: str, value: Any) -> None:
        """Set a row of the statistics table."""
        self._run.statistic("summary_statistic", name, value)
