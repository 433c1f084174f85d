"""Daily samples: margin by position group, exposure by security type, sales by asset, capacity before the last one."""

from datetime import date
from decimal import Decimal

from lean_local.results.charts import Chart
from lean_local.results.margin_chart import SERIES, add_margin_sample

D = Decimal
DAY = 86_400_000


def points(chart, name):
    return chart.series[name].points


def test_a_series_per_group_that_ends_when_the_group_is_gone():
    chart = Chart("Portfolio Margin")
    add_margin_sample(chart, 0, D(100_000), [])
    assert chart.legend_disabled
    assert not chart.series
    add_margin_sample(chart, DAY, D(100_000), [("SPY", D("1234.567")), ("A, B", D(0))])
    add_margin_sample(chart, 2 * DAY, D(100_000), [("A, B", D(500))])
    add_margin_sample(chart, 3 * DAY, D(100_000), [("A, B", D(500))])
    assert points(chart, "SPY") == [(DAY, D("1.235")), (2 * DAY, None)]
    assert points(chart, "A, B") == [(DAY, D(0)), (2 * DAY, D("0.5")), (3 * DAY, D("0.5"))]
    # Without any position nothing is added, not even the end of a series.
    add_margin_sample(chart, 4 * DAY, D(100_000), [])
    assert points(chart, "A, B")[-1][0] == 3 * DAY
    assert '"indexName":"Margin Used (%)"' in chart.series["SPY"].json_text()


def test_groups_beyond_the_largest_forty_share_a_series():
    chart = Chart("Portfolio Margin")
    margins = [(f"S{n:02}", D(1000 + n)) for n in range(SERIES + 2)]
    add_margin_sample(chart, DAY, D(100_000), margins)
    assert len(chart.series) == SERIES + 1
    assert points(chart, "OTHERS") == [(DAY, D("2.001"))]
    assert "S01" not in chart.series
    assert chart.series["OTHERS"].color == "#808080"


def test_a_portfolio_without_value_has_no_margin_share():
    chart = Chart("Portfolio Margin")
    add_margin_sample(chart, DAY, D(0), [("SPY", D(10))])
    assert points(chart, "SPY") == [(DAY, D(0))]


def test_charts_follow_types_groups_and_the_securities_there_are(options, run):
    """A short put and a long call are delisted at the midnight after 2 March: no sale volume of theirs is left."""
    options.rising("spy", (date(2021, 3, 3),))
    body = """
def initialize(self):
    self.option = self.add_option("SPY")
    self.option.set_filter(lambda u: u.expiration(0, 1))
    self.done = False

def on_data(self, data):
    chain = data.option_chains.get(self.option.symbol)
    if chain and not self.done:
        self.done = True
        for right, quantity in ((OptionRight.CALL, 1), (OptionRight.PUT, -2)):
            self.market_order(next(c.symbol for c in chain if c.strike == 103 and c.right == right), quantity)
"""
    charts = run(options, body, days=(date(2021, 3, 1), date(2021, 3, 3))).result.charts
    exposure, sales = charts["Exposure"].series, charts["Assets Sales Volume"].series
    assert sorted(exposure) == [f"{kind} - {side} Ratio" for kind in ("Equity", "Option") for side in ("Long", "Short")]
    assert exposure["Option - Short Ratio"].points[0][1] == 0
    assert exposure["Option - Short Ratio"].points[1][1] < 0 < exposure["Option - Long Ratio"].points[1][1]
    assert exposure["Equity - Long Ratio"].points[1][1] == 0
    call, put, shares = sorted(sales.values(), key=lambda series: series.name.ljust(30, "z"))
    assert (call.name, put.name, shares.name) == ("SPY   210302C00103000", "SPY   210302P00103000", "SPY")
    assert call.points[0][0] == call.points[-1][0] == put.points[-1][0] < shares.points[0][0]
    assert sorted(charts["Portfolio Margin"].series) == ["SPY", call.name, put.name]
    assert len(charts["Capacity"].series["Strategy Capacity"].points) == 4
