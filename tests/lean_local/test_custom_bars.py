"""Custom data that reads files of shares, and zipped data in the object store."""

import zipfile
from datetime import date
from io import BytesIO

import pytest

from lean_local.api.net import Compression
from lean_local.enums import Resolution

BODY = """
class Borrowed(PythonData):
    def get_source(self, config, date, is_live_mode):
        share = Symbol.create("SPY", SecurityType.EQUITY, config.market)
        return TradeBar().get_source(SubscriptionDataConfig(config, type(self), share), date, is_live_mode)
    def reader(self, config, line, date, is_live_mode):
        bar = TradeBar.parse_equity(config, line, date)
        point = type(self)()
        point.symbol, point.time, point.end_time, point.value = config.symbol, bar.time, bar.end_time, bar.close
        point.span = bar.period
        return point
def initialize(self):
    self.own = self.add_data(self.Borrowed, "MINE", Resolution.{resolution}).symbol
    self.seen = []
def on_data(self, data):
    if self.own in data:
        self.seen.append((str(self.time), data[self.own].value, str(data[self.own].span)))
"""


@pytest.mark.parametrize(
    ("resolution", "first"),
    [
        ("MINUTE", ("2021-03-01 09:31:00", 100.01, "0:01:00")),
        ("DAILY", ("2021-03-01 00:00:00", 99.0, "1 day, 0:00:00")),
    ],
)
def test_custom_data_reads_the_bars_of_a_share(run, shares, resolution, first):
    shares.daily("spy", {date(2021, 2, 28): 99.0, date(2021, 3, 1): 101.0})
    body = BODY.replace("{resolution}", resolution)
    assert run(shares, body).algorithm.seen[0] == first


def test_a_copied_subscription_keeps_what_is_not_replaced(run, shares):
    body = """
class Asked(PythonData):
    def get_source(self, config, date, is_live_mode):
        other = SubscriptionDataConfig(config, symbol=Symbol.create_equity("SPY"), resolution=Resolution.HOUR)
        ticks = SubscriptionDataConfig(config, resolution=Resolution.TICK)
        type(self).seen = (other.is_custom_data, other.type is config.type, str(other.increment), ticks.resolution)
        return TradeBar().get_source(other, date, is_live_mode)
    def reader(self, config, line, date, is_live_mode):
        return None
def initialize(self):
    self.add_equity("SPY")
    self.add_data(self.Asked, "MINE", Resolution.MINUTE)
def on_end_of_algorithm(self):
    self.seen = self.Asked.seen
"""
    assert run(shares, body).algorithm.seen == (True, True, "1:00:00", Resolution.TICK)


def test_bytes_are_zipped_under_the_name_of_their_entry():
    with zipfile.ZipFile(BytesIO(Compression.zip_bytes(list(b"a,1\n"), "data"))) as archive:
        assert archive.namelist() == ["data"]
        assert archive.read("data") == b"a,1\n"
        assert archive.getinfo("data").compress_type == zipfile.ZIP_DEFLATED
