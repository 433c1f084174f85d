"""Statistics on small made series, against values worked out by hand or by numpy and scipy."""

import math
from datetime import date
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lean_local.results import statistics as s
from lean_local.results.rolling import period_ranges, rolling_windows
from lean_local.results.summary import summary_table

D = Decimal
floats = st.lists(st.floats(-0.05, 0.05), min_size=5, max_size=40).filter(lambda x: np.std(x) > 1e-4)


def points(*values: object) -> s.Points:
    return s.Points.of([(i * s.DAY_MS, D(str(value))) for i, value in enumerate(values)])


def sampled(equity: s.Points, start: str = "100", transactions: s.Transactions | None = None) -> s.Sampled:
    values = equity.values
    returns = [D(0), *((b - a) * 100 / a if a else D(0) for a, b in pairwise(values))]
    benchmark = [D(50) + i * i for i in range(len(values))]
    days = equity.utc_ms.tolist()
    return s.Sampled(
        equity,
        s.Points.of(list(zip(days, returns, strict=True))),
        s.Points.of(list(zip(days, benchmark, strict=True))),
        s.Points.of([(day, D("0.5")) for day in days[1:]]),
        transactions or s.Transactions((), (), ()),
        D(start),
        lambda _day: D("0.02"),
    )


@given(floats)
def test_variance_is_the_sample_variance(values):
    assert s.variance(values) == pytest.approx(np.var(values, ddof=1), rel=1e-9)


def test_variance_of_equal_values_is_exactly_zero_and_of_one_value_undefined():
    assert s.variance([0.5] * 7) == 0
    assert math.isnan(s.variance([0.1]))


@given(floats, st.floats(-0.001, 0.001))
def test_probabilistic_sharpe_follows_its_formula(values, rate):
    n, ratio = len(values), (np.mean(values) - rate) / np.std(values, ddof=1)
    skew, excess = stats.skew(values, bias=False), stats.kurtosis(values, bias=False)
    inside = (1 - skew * ratio + (excess - 1) / 4 * ratio**2) / (n - 1)
    made = s.probabilistic_sharpe(values, 0.05, rate)
    if inside > 1e-12:
        assert made == pytest.approx(stats.norm.cdf((ratio - 0.05) / math.sqrt(inside)), abs=1e-7)
    assert 0 <= made <= 1


def test_probabilistic_sharpe_is_zero_where_a_moment_is_undefined():
    assert s.probabilistic_sharpe([0.1, 0.2, 0.3], 0.0, 0.0) == 0
    assert s.probabilistic_sharpe([0.1] * 9, 0.0, 0.0) == 0


@pytest.mark.parametrize(
    ("values", "fall", "days"),
    [
        ((100, 90, 95, 100, 120), "0.1", 3),
        ((100, 100, 90, 100, 80, 110), "0.2", 2),
        ((100, 101, 102), "0", 0),
        ((100, 80, 85), "0.2", 0),
        ((100,), "0", 0),
        ((0, 5, 4), "0", 0),
    ],
)
def test_drawdown_is_the_deepest_fall_and_recovery_the_longest_way_back(values, fall, days):
    assert s.drawdown_and_recovery(points(*values)) == (D(fall), D(days))


def test_wins_and_losses_are_fractions_of_the_running_capital():
    flags = (True, False, True)
    win, loss = s.average_win_and_loss(s.Transactions((1, 2, 3), (D(100), D(-110), D(99)), flags), D(1000))
    assert win == (D("0.1") + D("0.1")) / 2
    assert loss == D("-0.1")


def test_annual_growth_is_zero_where_it_is_undefined():
    assert s.compounding_annual_return(D(100), D(121), D(2)) == D("0.1")
    assert s.compounding_annual_return(D(100), D(-5), D("0.5")) != 0
    assert s.compounding_annual_return(D(100), D(-5), D("0.3")) == 0
    assert s.compounding_annual_return(D(100), D(10**9), D("0.001")) == 0
    assert s.compounding_annual_return(D(0), D(5), D(1)) == 0


def test_the_rate_counts_once_per_equity_sample():
    equity = s.Points.of([(0, D(1)), (1, D(1)), (2, D(1)), (s.DAY_MS, D(1))])
    assert s.average_rate(equity, lambda day: D("0.01") if day == 0 else D("0.05")) == D("0.02")


def test_a_run_too_short_for_a_variance_has_only_equity_and_turnover():
    made = s.portfolio_statistics(sampled(points(100, 101, 102)))
    assert (made.start_equity, made.end_equity, made.portfolio_turnover) == (D(100), D(102), D("0.5"))
    assert made.sharpe_ratio == 0
    table = summary_table(made, total_orders=0, total_fees=D(0), currency="$", capacity=None)
    assert (table["Net Profit"], table["Portfolio Turnover"], table["Total Fees"]) == ("0%", "50.0%", "$0.00")


def test_returns_and_benchmark_of_different_lengths_are_refused():
    made = sampled(points(100, 101, 102, 103))
    broken = s.Sampled(
        made.equity, made.returns, points(1, 2), made.turnover, made.transactions, D(100), made.rate_of_day
    )
    with pytest.raises(ValueError, match="4 returns against 2"):
        s.portfolio_statistics(broken)


def test_days_without_equity_have_no_statistics():
    assert s.portfolio_statistics(sampled(points(100, 101)), 400, 410) == s.PortfolioStatistics()


def test_a_growing_portfolio_has_consistent_figures():
    made = s.portfolio_statistics(sampled(points(100, 100, 101, 103, 102, 105, 106)))
    assert made.total_net_profit == D("0.06")
    assert made.drawdown == D("0.010")
    assert made.sharpe_ratio > 0
    assert float(made.annual_standard_deviation) ** 2 == pytest.approx(float(made.annual_variance))
    assert float(made.treynor_ratio * made.beta) == pytest.approx(
        float(made.sharpe_ratio * made.annual_standard_deviation)
    )
    assert made.value_at_risk_99 < made.value_at_risk_95


def test_windows_end_at_month_ends_and_the_first_is_partial():
    ranges = list(period_ranges(3, date(2021, 1, 20), date(2021, 5, 10)))
    assert ranges[0] == (date(2021, 1, 20), date(2021, 1, 31))
    assert ranges[1] == (date(2021, 1, 20), date(2021, 2, 28))
    assert ranges[-2] == (date(2021, 2, 1), date(2021, 4, 30))
    assert ranges[-1] == (date(2021, 3, 1), date(2021, 5, 10))


def test_rolling_windows_start_from_their_own_first_equity():
    equity = points(*range(100, 170))
    windows = rolling_windows(sampled(equity), [])
    assert list(windows)[:3] == ["M1_19700131", "M1_19700228", "M1_19700311"]
    assert windows["M1_19700228"][1].start_equity == D(131)
    assert windows["M12_19700311"][1].start_equity == D(100)
