"""A small made run through the collector into files and back: bytes, keys, texts, and what is refused."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from lean_local.enums import OrderDirection, OrderStatus, OrderType, SeriesType
from lean_local.errors import BadInputError
from lean_local.orders.records import OrderEventRecord, OrderRecord, SubmissionData
from lean_local.results import (
    CapacityBar,
    DailySample,
    ExerciseFact,
    FillFact,
    FinalFacts,
    ProfitFact,
    ResultCollector,
    RunFacts,
    load_results,
)
from lean_local.symbols import SecurityIdentifier, Symbol

D = Decimal
DAY = 86_400_000
START = 1_609_736_400_000  # 2021-01-04 00:00 New York
SPX = Symbol(SecurityIdentifier.parse("SPX 31"), "SPX")
CALL = Symbol(SecurityIdentifier.parse("SPX XL80P3HB9YI6|SPX 31"), None, SPX)  # 2021-01-15, strike 3700
FACTS = RunFacts(
    "123456789", "Demo", START, START + 6 * DAY - 1, "America/New_York", D(100000), parameters={"width": "5"}
)
FINAL = FinalFacts(START + 5 * DAY, D("101240.00"), D("2.00"), D(0), D(0), D("1238.00"), D("1500.00"))
VALUES = ["100000", "100000", "100500", "99800", "101000", "101240"]


def rate(_day: date) -> Decimal:
    return D("0.01")


def orders_of_a_bought_call_that_expires() -> list[OrderRecord]:
    bought = OrderRecord(
        1,
        OrderType.LIMIT,
        CALL,
        D("2.0"),
        START + DAY,
        status=OrderStatus.FILLED,
        price=D("7.50"),
        limit_price=D("7.5"),
        broker_ids=["1"],
        last_fill_utc_ms=START + DAY,
        submission=SubmissionData(D("7.2000"), D("7.5000"), D("7.3500")),
    )
    expired = OrderRecord(
        2,
        OrderType.OPTION_EXERCISE,
        CALL,
        D(-2),
        START + 4 * DAY,
        status=OrderStatus.FILLED,
        price=D(3700),
        last_fill_utc_ms=START + 4 * DAY,
    )
    return [expired, bought]


def collected() -> ResultCollector:
    collector = ResultCollector(FACTS)
    take_samples(collector)
    buy_and_let_expire(collector, START + DAY, START + 4 * DAY)
    plot_and_log(collector, START + DAY)
    return collector


def take_samples(collector: ResultCollector) -> None:
    benchmark = ["3700", "3710", "3690", "3705", "3720", "3731.5"]
    for i, (value, price) in enumerate(zip(VALUES, benchmark, strict=True)):
        sample = DailySample(
            START + i * DAY,
            D(value),
            D(price),
            D(0 if i < 2 else 1500),
            {"IndexOption": D("0.015")},
            {"IndexOption": D(0)},
        )
        collector.sample_day(sample)
        collector.sample_equity(START + i * DAY + 60_000, D(value))


def buy_and_let_expire(collector: ResultCollector, bought: int, expiry: int) -> None:
    shown = OrderEventRecord(1, 1, CALL, bought, OrderStatus.SUBMITTED, OrderDirection.BUY, D(2), limit_price=D("7.5"))
    collector.order_event(shown)
    collector.order_event(
        replace(
            shown,
            event_id=2,
            status=OrderStatus.FILLED,
            fill_quantity=D(2),
            fill_price=D("7.5"),
            fee=D("2.00"),
            fee_currency="USD",
            fill_price_currency="USD",
        )
    )
    collector.fill(FillFact(bought, 1, CALL, D(2), D("7.5"), D("2.00"), D(100)))
    collector.price(CALL, D("9.0"))
    message = "Automatic Exercise. Underlying: 3731.5000. Profit: +4800.00"
    collector.order_event(
        OrderEventRecord(
            2,
            1,
            CALL,
            expiry,
            OrderStatus.FILLED,
            OrderDirection.SELL,
            D(-2),
            D(-2),
            message=message,
            is_in_the_money=True,
        )
    )
    exercise = ExerciseFact(was_long=True, in_the_money=True, amount=D(6300))
    collector.fill(FillFact(expiry, 2, CALL, D(-2), D(0), D(0), D(100), exercise=exercise))
    collector.profit(ProfitFact(expiry, D("1240.00"), is_win=True))
    collector.profit(ProfitFact(expiry, D("-2.00"), is_win=False))


def plot_and_log(collector: ResultCollector, bought: int) -> None:
    collector.plot("VIX", "regime", bought, 1.5)
    collector.plot("VIX", "regime", bought, 2.5)
    collector.plot("VIX", "bars", bought, (1, 2, 0.5, D("1.25")), index=1)
    collector.plot("VIX", "dots", bought, 3, unit="", series_type=SeriesType.SCATTER)
    collector.log(bought, "bought 2")
    collector.log(bought, "bought 2")
    for text in ("same", "same", "  ", "other"):
        collector.debug(bought, text)
    collector.error(bought, "careful – ünicode")
    collector.runtime_statistic("regime", "calm")
    collector.summary_statistic("Fridays", "1")
    collector.summary_statistic("Total Orders", "refused")


def finished(final: FinalFacts = FINAL):
    return collected().finish(final, orders_of_a_bought_call_that_expires(), rate)


def test_two_runs_leave_identical_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        finished().write(tmp_path / name, (["option/x.zip"], ["equity/y.zip", "indexoption/usa/universes/z.csv"]))
    left, right = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("a", "b"))
    assert left == right
    assert sorted(left) == [
        "123456789-log.txt",
        "123456789-order-events.json",
        "123456789-summary.json",
        "123456789.json",
        "data-monitor-report-123456789.json",
        "failed-data-requests-123456789.txt",
        "succeeded-data-requests-123456789.txt",
    ]
    assert json.loads(left["data-monitor-report-123456789.json"])["failed-universe-data-requests-count"] == 1


def test_main_file_has_leans_keys_in_leans_order(tmp_path):
    finished().write(tmp_path)
    tree = json.loads((tmp_path / "123456789.json").read_text(encoding="utf-8"))
    assert list(tree) == [
        "rollingWindow",
        "charts",
        "orders",
        "profitLoss",
        "statistics",
        "runtimeStatistics",
        "state",
        "serverStatistics",
        "algorithmConfiguration",
        "totalPerformance",
    ]
    assert list(tree["charts"])[:5] == [
        "Drawdown",
        "Portfolio Turnover",
        "Exposure",
        "Strategy Equity",
        "Portfolio Margin",
    ]
    assert list(tree["rollingWindow"]) == [f"M{m}_20210109" for m in (1, 3, 6, 12)]
    assert list(tree["orders"]) == ["1", "2"]
    assert "tag" not in tree["orders"]["2"]
    assert tree["orders"]["1"]["isMarketable"] is True
    assert tree["profitLoss"] == {"2021-01-08T05:00:00Z": 1240.0, "2021-01-08T05:00:00.001Z": -2.0}
    assert tree["state"]["StartTime"] == "2021-01-04T05:00:00Z"
    assert tree["algorithmConfiguration"]["startDate"] == "2021-01-04T00:00:00Z"
    assert tree["algorithmConfiguration"]["endDate"] == "2021-01-09T23:59:59Z"
    summary = json.loads((tmp_path / "123456789-summary.json").read_text(encoding="utf-8"))
    assert list(summary["charts"]) == ["Strategy Equity"]
    assert summary["totalPerformance"]["closedTrades"] == []


def test_decimals_are_written_with_their_scale(tmp_path):
    finished().write(tmp_path)
    text = (tmp_path / "123456789.json").read_text(encoding="utf-8")
    assert '"bidPrice": 7.2000' in text
    assert '"quantity": 2.0' in text
    assert '"limitPrice": 7.5' in text


def test_table_and_banner_texts():
    result = finished()
    assert result.statistics["Total Orders"] == "2"
    assert result.statistics["End Equity"] == "101240"
    assert result.statistics["Net Profit"] == "1.240%"
    assert result.statistics["Win Rate"] == "50%"
    assert result.statistics["Total Fees"] == "$2.00"
    assert result.statistics["Fridays"] == "1"
    assert "Estimated Strategy Capacity" not in result.statistics
    assert result.runtime_statistics["Equity"] == "$101,240.00"
    assert result.runtime_statistics["Return"] == "1.24 %"
    assert list(result.runtime_statistics)[-3:] == ["Return", "Unrealized", "Volume"]
    assert result.runtime_statistics["regime"] == "calm"


class OneMinuteMarket:
    """Every symbol trades 10 at 7.5 in a minute bar and is not held."""

    def is_internal(self, symbol):
        return False

    def with_bars(self, symbols):
        return range(len(symbols))

    def bar(self, symbol, *, internal):
        return CapacityBar(D("7.5"), D(10), 60_000)

    def multiplier(self, symbol):
        return D(100)

    def conversion_rate(self, symbol):
        return D(1)

    def invested(self, symbol):
        return False

    def buying_power_in_use(self, symbol):
        return D(0)

    def portfolio_value(self):
        return D(100_000)


def test_a_capacity_estimate_adds_its_chart_and_its_two_rows():
    collector = ResultCollector(FACTS)
    collector.attach_capacity(OneMinuteMarket())
    for i, value in enumerate(VALUES):
        collector.sample_day(DailySample(START + i * DAY, D(value), D(100 + i), D(0)))
    collector.fill(FillFact(START + 5 * DAY + 60_000, 1, CALL, D(2), D("7.5"), D(1), D(100)))
    collector.sample_equity(START + 5 * DAY + 60_000, D(101240))
    end = START + 5 * DAY + 120_000
    collector.sample_end(DailySample(end, D(101240), D(105), D(1500)), end)
    result = collector.finish(replace(FINAL, utc_ms=START + 5 * DAY + 120_000), [], rate)
    # A snapshot at the bar of 7500 dollars, of which a fifth; the last ones, without sales, keep 0.99 of these 1500.
    assert result.statistics["Estimated Strategy Capacity"] == "$1000.00"
    assert result.statistics["Lowest Capacity Asset"] == str(CALL.id)
    points = result.charts["Capacity"].series["Strategy Capacity"].points
    assert [value for _, value in points] == [0] * len(VALUES) + [D(1000)]


def test_a_call_exercised_in_the_money_counts_as_a_win_though_its_premium_is_lost():
    (trade,) = finished().trades
    assert (trade.profit_loss, trade.is_win, trade.mfe) == (D(-1500), True, D(300))


def test_log_lines_carry_algorithm_time_and_drop_repeated_debugs():
    assert finished().log_lines == (
        "2021-01-05 00:00:00 same",
        "2021-01-05 00:00:00 other",
        "2021-01-05 00:00:00 careful – ünicode",
        "2021-01-05 00:00:00 bought 2",
        "2021-01-05 00:00:00 bought 2",
    )


def test_a_failed_run_says_so_in_its_state():
    result = finished(replace(FINAL, error="boom", stack_trace="line 1"))
    assert (result.state["Status"], result.state["RuntimeError"], result.state["StackTrace"]) == (
        "RuntimeError",
        "boom",
        "line 1",
    )


def test_a_run_without_samples_has_an_empty_table():
    result = ResultCollector(FACTS).finish(FINAL, [], rate)
    assert result.statistics == {}
    assert result.order_list_hash == "d41d8cd98f00b204e9800998ecf8427e"


def test_figures_beyond_the_doubles_leave_the_table_empty_and_say_why():
    collector = ResultCollector(FACTS)
    for i in range(6):
        collector.sample_day(DailySample(START + i * DAY, D(10) ** (5 * (i + 1)), D(100 + i), D(0)))
    result = collector.finish(FINAL, [], rate)
    assert result.statistics == {}
    assert result.statistics_problem is not None


def test_written_results_load_back(tmp_path):
    finished().write(tmp_path)
    (tmp_path / "123456789-trace.json").write_text("{}")
    loaded = load_results(tmp_path)
    assert loaded.algorithm_id == "123456789"
    assert loaded.statistics == finished().statistics
    assert loaded.equity is not None
    assert loaded.equity.values.shape == (12, 4)
    assert loaded.equity.utc_ms.dtype == np.int64
    assert loaded.equity.closes[-1] == 101240
    assert loaded.drawdown is not None
    assert loaded.drawdown.values.min() == pytest.approx(-0.70)
    assert set(loaded.custom_charts) == {"VIX"}
    assert loaded.custom_charts["VIX"]["regime"].values.tolist() == [2.5]
    assert loaded.custom_charts["VIX"]["bars"].values.tolist() == [[1, 2, 0.5, 1.25]]
    assert loaded.orders is not None
    assert loaded.order_events is not None
    assert [event["status"] for event in loaded.order_events] == ["submitted", "filled", "filled"]
    assert loaded.closed_trades is not None
    assert loaded.closed_trades[0]["isWin"] is True
    assert loaded.trace_path == tmp_path / "123456789-trace.json"


def test_a_summary_alone_loads_with_the_rest_missing(tmp_path):
    finished().write(tmp_path)
    for name in ("123456789.json", "123456789-order-events.json", "123456789-log.txt"):
        (tmp_path / name).unlink()
    loaded = load_results(tmp_path)
    assert loaded.equity is not None
    assert (loaded.orders, loaded.order_events, loaded.closed_trades, loaded.log_path, loaded.trace_path) == (None,) * 5
    assert loaded.benchmark is None


def test_points_of_older_lean_files_and_missing_values_load(tmp_path):
    series = {"Name": "a", "Unit": "$", "SeriesType": 0, "Values": [{"x": 10, "y": 1.5}, {"x": 20, "y": None}]}
    (tmp_path / "7.json").write_text(json.dumps({"statistics": {}, "charts": {"Mine": {"Series": {"a": series}}}}))
    loaded = load_results(tmp_path)
    assert loaded.charts["Mine"]["a"].utc_ms.tolist() == [10_000, 20_000]
    np.testing.assert_array_equal(loaded.charts["Mine"]["a"].values, [1.5, np.nan])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", "no proper content"),
        ("{}", "not a backtest result"),
        ('{"statistics": [1]}', "no proper statistics"),
        ('{"charts": {"a": {"series": {"b": {"values": [[1, "x"]]}}}}}', "malformed points"),
    ],
)
def test_malformed_files_are_refused_by_name(tmp_path, text, words):
    (tmp_path / "7-summary.json").write_text(text)
    with pytest.raises(BadInputError, match=words) as caught:
        load_results(tmp_path)
    assert "7-summary.json" in str(caught.value)


def test_folders_without_exactly_one_result_are_refused(tmp_path):
    with pytest.raises(BadInputError, match="does not exist"):
        load_results(tmp_path / "nowhere")
    with pytest.raises(BadInputError, match="holds no backtest result"):
        load_results(tmp_path)
    for name in ("7-summary.json", "8-summary.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(BadInputError, match=r"several results \(7, 8\)"):
        load_results(tmp_path)


def test_order_events_that_are_no_list_are_refused(tmp_path):
    finished().write(tmp_path)
    (tmp_path / "123456789-order-events.json").write_text("{}")
    with pytest.raises(BadInputError, match="not a list"):
        load_results(tmp_path)


def test_writing_into_a_missing_folder_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(BadInputError, match="does not exist"):
        finished().write(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_replaced_is_named_and_no_temporary_stays(tmp_path):
    (tmp_path / "123456789.json").mkdir()
    with pytest.raises(BadInputError, match=r"123456789\.json"):
        finished().write(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["123456789.json"]
