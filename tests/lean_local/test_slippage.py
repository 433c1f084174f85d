"""Slippage by the share of the volume."""

from datetime import date
from types import SimpleNamespace

import pytest

from lean_local.api.bars import Bar, QuoteBar, TradeBar
from lean_local.enums import SecurityType
from lean_local.securities.market_impact import MarketImpactSlippageModel
from lean_local.securities.slippage import VolumeShareSlippageModel


@pytest.mark.parametrize(
    ("data", "quantity", "kind", "expected"),
    [
        (None, 1, SecurityType.EQUITY, 0.0),
        (TradeBar(close=100.0, volume=1000.0), 10, SecurityType.EQUITY, 0.001),  # 0.01² x 0.1 x 100
        (TradeBar(close=100.0, volume=100.0), 10, SecurityType.EQUITY, 0.00625),  # at most 0.025²
        (TradeBar(close=100.0, volume=0.0), 10, SecurityType.EQUITY, 0.00625),
        (TradeBar(close=100.0, volume=0.0), 10, SecurityType.CRYPTO, 0.0),
        (QuoteBar(bid=Bar(close=99.0), last_bid_size=1000, ask=Bar(close=101.0)), 10, SecurityType.OPTION, 0.001),
    ],
)
def test_slippage_grows_with_the_square_of_the_share_of_the_volume(data, quantity, kind, expected):
    asset = SimpleNamespace(get_last_data=lambda: data, type=kind)
    order = SimpleNamespace(record=SimpleNamespace(quantity=quantity))
    assert VolumeShareSlippageModel().get_slippage_approximation(asset, order) == pytest.approx(expected)


IMPACT = """
def initialize(self):
    self.set_cash(1_000_000_000)
    self.add_equity("SPY").set_slippage_model(MarketImpactSlippageModel(self))
    self.slips = []
def on_data(self, data):
    if self.time.minute == 0 and self.time.hour < 16:
        self.slips.append(self.market_order("SPY", 10000).average_fill_price - data["SPY"].close)
"""
FEBRUARY = {date(2021, 2, n): c for n, c in ((22, 101.0), (23, 103.0), (24, 100.0), (25, 99.0), (26, 102.0))}


@pytest.mark.parametrize(("closes", "slips"), [({}, False), (FEBRUARY, True)])
def test_market_impact_is_nothing_without_days_that_tell_volume_and_returns(run, shares, closes, slips):
    if closes:
        shares.daily("spy", closes)
    found = run(shares, IMPACT).algorithm.slips
    assert found
    assert all(slip >= -1e-9 for slip in found)
    assert any(slip > 1e-6 for slip in found) is slips


def test_market_impact_refuses_times_that_are_none():
    for times in ({"latency": 0}, {"impact_time": -1}):
        with pytest.raises(ValueError, match="cannot be less than or equal to 0"):
            MarketImpactSlippageModel(None, **times)


def test_market_impact_needs_volume():
    asset = SimpleNamespace(type=SecurityType.FOREX)
    with pytest.raises(ValueError, match="Forex is not supported"):
        MarketImpactSlippageModel(None).get_slippage_approximation(asset, None)
