"""Indicator models of volatility are warmed up with past bars, raw ones scaled to today's price."""

from datetime import date

import pytest

DAYS = {date(2021, 2, n): c for n, c in ((22, 100.0), (23, 102.0), (24, 104.0), (25, 52.0), (26, 53.0))}


@pytest.mark.parametrize(
    ("mode", "seen"),
    [("None", [104.0, 52.0, 53.0]), ("DataNormalizationMode.RAW", [52.0, 52.0, 53.0])],
    ids=["as-subscribed", "scaled-raw"],
)
def test_the_model_sees_the_last_bars(run, shares, mode, seen):
    shares.daily("spy", DAYS)
    shares.write("equity/usa/map_files/spy.csv", "19980102,spy,P\n20501231,spy,P\n")
    shares.write("equity/usa/factor_files/spy.csv", "19980102,1,0.5,1\n20210224,1,0.5,104\n20501231,1,1,0\n")
    body = f"""
def initialize(self):
    self.set_start_date(2021, 3, 1)
    spy = self.add_equity("SPY", data_normalization_mode=DataNormalizationMode.RAW)
    self.closes = []
    keep = lambda security, bar, indicator: self.closes.append(bar.close)
    model = IndicatorVolatilityModel(SimpleMovingAverage(3), keep)
    VolatilityModelExtensions.warm_up(model, self, spy, Resolution.DAILY, 3, {mode})
"""
    assert run(shares, body).algorithm.closes == seen
