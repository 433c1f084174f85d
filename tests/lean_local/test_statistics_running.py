# ruff: noqa: E501  lines of algorithm text
"""`self.statistics`: what an algorithm reads of its own run while it runs, held against the run's result."""

from datetime import date, timedelta

import pytest

DAYS = (date(2021, 3, 1), date(2021, 3, 5))
WEEK = [date(2021, 3, n) for n in range(1, 6)]
TRADES = """
def initialize(self):
    self.set_cash(100000)
    self.spy = self.add_equity("SPY").symbol
    self.early = self.statistics
    self.seen = []
    self.set_summary_statistic("Mine", 7)
    self.set_summary_statistic("Net Profit", "mine too")
def on_data(self, data):
    if self.time.minute == 0:
        self.market_order(self.spy, 100 if not self.portfolio.invested else -100)
def on_end_of_day(self, symbol):
    self.seen.append(self.statistics.summary["Total Orders"])
def on_end_of_algorithm(self):
    self.last = self.statistics
"""


@pytest.fixture
def ran(run, made):
    made.rising("spy", WEEK)
    return run(made, TRADES, days=DAYS)


def test_the_summary_counts_on_as_the_run_goes_on(ran):
    seen = [int(text) for text in ran.algorithm.seen]
    assert seen[0] > 1
    assert seen == sorted(seen)
    assert ran.algorithm.last.summary["Total Orders"] == ran.result.statistics["Total Orders"]


def test_before_the_first_sample_there_is_nothing_but_the_algorithms_own_rows(ran):
    early = ran.algorithm.early
    assert early.summary.count == 0
    assert early.total_performance.portfolio_statistics.sharpe_ratio == 0
    assert early.TotalPerformance.TradeStatistics.start_date_time is None
    assert early.rolling_performances.count == 0


def test_own_rows_are_there_and_replace_none_of_leans(ran):
    summary = ran.algorithm.last.summary
    assert summary["Mine"] == "7"
    assert summary["Net Profit"].endswith("%")
    assert summary.contains_key("Lowest Capacity Asset")


def test_trades_and_their_statistics_are_the_runs(ran):
    total = ran.algorithm.last.total_performance
    trades = total.trade_statistics
    kept = ran.result.trade_statistics
    assert len(total.closed_trades) == trades.total_number_of_trades == kept["totalNumberOfTrades"] > 2
    assert trades.total_profit_loss == pytest.approx(float(kept["totalProfitLoss"]))
    assert trades.average_mae == pytest.approx(float(kept["averageMAE"]))
    assert trades.median_trade_duration == timedelta(hours=1)
    assert trades.start_date_time == total.closed_trades[0].entry_time


def test_rolling_windows_are_keyed_as_in_the_results_file(ran):
    windows = ran.algorithm.last.rolling_performances
    assert list(windows.keys) == list(ran.result.rolling_json)
    assert windows["M1_20210305"].closed_trades


def test_statistics_of_given_trades(run, made):
    made.rising("spy", WEEK[:1])
    body = """
def initialize(self):
    self.add_equity("SPY")
def on_data(self, data):
    if self.time.minute == 0:
        self.market_order("SPY", 1 if not self.portfolio.invested else -1)
def on_end_of_algorithm(self):
    closed = self.trade_builder.closed_trades
    self.found = [TradeStatistics(closed[:1]).total_number_of_trades, TradeStatistics().win_rate, PerformanceMetrics.TotalFees]
    self.found.append(PortfolioStatistics().drawdown_recovery)
"""
    assert run(made, body, days=(WEEK[0], WEEK[0])).algorithm.found == [1, 0.0, "Total Fees", 0]
