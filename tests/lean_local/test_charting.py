"""Charts of an algorithm: series and their looks, plot overloads, limits."""

START = """
def initialize(self):
    self.set_start_date(2021, 3, 1)
    self.set_cash(100000)
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.seen = []
"""


def test_charts_of_an_algorithm(run, shares):
    outcome = run(
        shares,
        START
        + """
    chart = Chart("Prices")
    chart.add_series(Series("spot", SeriesType.SCATTER, "", Color.RED, ScatterMarkerSymbol.TRIANGLE_DOWN))
    chart.add_series(CandlestickSeries("bars", 1, "€"))
    self.add_chart(chart)
    self.add_series("Prices", "volume", SeriesType.BAR, "sh")
    try:
        chart.add_series(Series("spot"))
    except ValueError:
        pass
    self.average = self.sma(self.spy, 2)
    self.plot_indicator("Indicators", True, self.average)
    for wrong in (("Exposure", "x", 1), ("Strategy Equity", "Equity", 1)):
        try:
            self.plot(*wrong)
            raise AssertionError(wrong)
        except ArgumentException as error:
            assert "is a reserved" in str(error)
def on_data(self, data):
    bar = data.bars[self.spy]
    if self.time.minute == 31:
        self.plot("Prices", "spot", bar.close)
        self.plot("Prices", "spot", bar.close + 1)
        self.plot("Prices", "bars", bar)
        self.plot("Prices", "volume", bar.volume)
        self.plot("Own", 1, 2, 0, 1.5) if False else self.plot("Own", 1.0, 2.0, 0.0, 1.5)
        self.plot("Averages", self.average)
        self.record("Recorded", 3)
""",
    )
    charts = {name: chart.series for name, chart in outcome.result.charts.items()}
    spot = charts["Prices"]["spot"]
    assert (spot.unit, spot.color, spot.marker, spot.series_type.name) == ("", "#FF0000", "triangle-down", "SCATTER")
    assert [float(v) for _, v in spot.points][:1] == [101.01]
    assert charts["Prices"]["bars"].index == 1
    assert len(charts["Prices"]["bars"].points[0][1]) == 4
    assert charts["Prices"]["volume"].unit == "sh"
    assert len(charts["Indicators"]["SMA(2,SPY_min)"].points) == 389
    assert "SMA(2,SPY_min)" in charts["Averages"]
    assert {"Own", "Recorded"} <= set(charts["Strategy Equity"])


def test_series_beyond_the_limit_are_left_out(run, shares):
    outcome = run(
        shares,
        START
        + """
def on_data(self, data):
    for i in range(32):
        self.plot("Many", f"s{i}", i)
    self.quit()
""",
    )
    assert len(outcome.result.charts["Many"].series) == 30
    assert any("Exceeded maximum chart series count" in line for line in outcome.result.log_lines)
