"""Slippage by the share of the volume."""

from types import SimpleNamespace

import pytest

from lean_local.api.bars import Bar, QuoteBar, TradeBar
from lean_local.enums import SecurityType
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
