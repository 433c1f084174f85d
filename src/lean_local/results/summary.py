"""The statistics table of a run: LEAN's names, order and texts (`StatisticsBuilder.GetSummary`)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from lean_local.results.numbers import decimal_text, ratio_text, round_places, round_significant, times_100
from lean_local.results.statistics import PortfolioStatistics

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class CapacityText:
    """What the capacity estimate says at the end: amount (rounded to 1000) and the SID of the tightest asset."""

    amount: Decimal
    lowest_asset: str


def _percent(value: Decimal, places: int) -> str:
    return decimal_text(round_places(times_100(value), places)) + "%"


def summary_table(
    statistics: PortfolioStatistics,
    *,
    total_orders: int,
    total_fees: Decimal,
    currency: str,
    capacity: CapacityText | None,
) -> dict[str, str]:
    """LEAN's table. `currency` is the sign before amounts; without a capacity estimate its two rows are absent."""
    s = statistics
    table = {
        "Total Orders": str(total_orders),
        "Average Win": _percent(s.average_win_rate, 2),
        "Average Loss": _percent(s.average_loss_rate, 2),
        "Compounding Annual Return": _percent(s.compounding_annual_return, 3),
        "Drawdown": _percent(s.drawdown, 3),
        "Expectancy": decimal_text(round_places(s.expectancy, 3)),
        "Start Equity": decimal_text(round_places(s.start_equity, 2)),
        "End Equity": decimal_text(round_places(s.end_equity, 2)),
        "Net Profit": _percent(s.total_net_profit, 3),
        "Sharpe Ratio": ratio_text(s.sharpe_ratio),
        "Sortino Ratio": ratio_text(s.sortino_ratio),
        "Probabilistic Sharpe Ratio": _percent(s.probabilistic_sharpe_ratio, 3),
        "Loss Rate": _percent(s.loss_rate, 0),
        "Win Rate": _percent(s.win_rate, 0),
        "Profit-Loss Ratio": decimal_text(round_places(s.profit_loss_ratio, 2)),
        "Alpha": ratio_text(s.alpha),
        "Beta": ratio_text(s.beta),
        "Annual Standard Deviation": ratio_text(s.annual_standard_deviation),
        "Annual Variance": ratio_text(s.annual_variance),
        "Information Ratio": ratio_text(s.information_ratio),
        "Tracking Error": ratio_text(s.tracking_error),
        "Treynor Ratio": ratio_text(s.treynor_ratio),
        "Total Fees": f"{currency}{total_fees.quantize(_CENT, ROUND_HALF_UP)}",
    }
    if capacity is not None:
        table["Estimated Strategy Capacity"] = currency + decimal_text(round_significant(capacity.amount, 2))
        table["Lowest Capacity Asset"] = capacity.lowest_asset
    table["Portfolio Turnover"] = _percent(s.portfolio_turnover, 2)
    table["Drawdown Recovery"] = decimal_text(s.drawdown_recovery)
    return table
