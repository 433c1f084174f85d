"""Capacity: the windows by resolution, snapshots, and two captured runs rebuilt from the quotes they saw."""

import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from lean_local.enums import Resolution
from lean_local.results.capacity import DAY_MS, HOUR_MS, MINUTE_MS, CapacityBar, CapacityEstimate, resolution_of
from lean_local.symbols import SecurityIdentifier, Symbol

D = Decimal
SHARED = Path(__file__).resolve().parents[3] / "shared" / "lean"
QUOTES = SHARED / "data/indexoption/usa/minute/spx/20210104_quote_european.zip"
SPY = Symbol(SecurityIdentifier.parse("SPY R735QTJ8XC9X"), "SPY")
IBM = Symbol(SecurityIdentifier.parse("IBM R735QTJ8XC9X"), "IBM")
DAY_18631 = 18631 * DAY_MS  # 2021-01-04


@dataclass
class FakeMarket:
    """Bars by symbol for this moment; everything else constant."""

    bars: dict = field(default_factory=dict)
    held: set = field(default_factory=set)
    unseen: set = field(default_factory=set)
    value: Decimal = Decimal(100_000)
    lot: Decimal = Decimal(1)
    in_use: Decimal = Decimal(0)

    def is_internal(self, symbol):
        return symbol in self.unseen

    def with_bars(self, symbols):
        return [place for place, symbol in enumerate(symbols) if symbol in self.bars]

    def bar(self, symbol, *, internal):
        return self.bars.get(symbol)

    def multiplier(self, symbol):
        return self.lot

    def conversion_rate(self, symbol):
        return D(1)

    def invested(self, symbol):
        return symbol in self.held

    def buying_power_in_use(self, symbol):
        return self.in_use

    def portfolio_value(self):
        return self.value


def bar(volume: int, period_ms: int = MINUTE_MS) -> CapacityBar:
    return CapacityBar(D(100), D(volume), period_ms)


@pytest.mark.parametrize(
    ("period_ms", "resolution"),
    [
        (0, Resolution.TICK),
        (1000, Resolution.SECOND),
        (MINUTE_MS, Resolution.MINUTE),
        (5 * MINUTE_MS, Resolution.MINUTE),
        (HOUR_MS, Resolution.HOUR),
        (DAY_MS, Resolution.DAILY),
    ],
)
def test_bars_count_at_the_coarsest_resolution_they_fill(period_ms, resolution):
    assert resolution_of(period_ms) == resolution


def estimate(market: FakeMarket, days: int = 1) -> CapacityEstimate:
    return CapacityEstimate(market, 18631, days)


def test_minute_volume_counts_until_the_market_has_traded_six_million():
    market = FakeMarket({SPY: bar(10_000)})  # a million dollars a minute: the window is about 3 minutes of two bars
    made, start = estimate(market), DAY_18631 + 15 * HOUR_MS
    made.fill(SPY, start, D(100), D(10))
    for minute in range(10):
        made.update(start + minute * MINUTE_MS)
    made.update(start + 10 * MINUTE_MS, force=True)
    # Bars at minutes 0 to 3, each 1,000,000 dollars, times 0.2.
    assert made.amount == D(800_000)
    assert made.text().lowest_asset == str(SPY.id)


def test_an_hour_bar_counts_only_when_it_ends_the_hour_of_the_fill():
    market = FakeMarket({SPY: bar(1000, HOUR_MS)})
    made, start = estimate(market), DAY_18631 + 15 * HOUR_MS
    made.fill(SPY, start + MINUTE_MS, D(100), D(10))
    for hour in range(1, 4):
        made.update(start + hour * HOUR_MS)
    made.update(start + 5 * HOUR_MS, force=True)
    assert made.amount == D(5000)


def test_a_daily_bar_counts_on_the_day_after_the_fill():
    market = FakeMarket({SPY: bar(100_000, DAY_MS)})
    made = estimate(market)
    made.fill(SPY, DAY_18631 + 15 * HOUR_MS, D(100), D(10))
    made.update(DAY_18631 + DAY_MS)
    assert made.amount == D(200_000)


def test_second_bars_count_for_at_least_five_minutes():
    market = FakeMarket({SPY: bar(1_000_000, 1000)})
    made, start = estimate(market), DAY_18631 + 15 * HOUR_MS
    made.fill(SPY, start, D(100), D(10))
    for minute in (0, 5, 6):
        made.update(start + minute * MINUTE_MS)
    made.update(start + 7 * MINUTE_MS, force=True)
    assert made.amount == D(100_000_000)


def test_fast_trading_discounts_the_volume_and_no_volume_leaves_the_estimate_at_zero():
    market = FakeMarket({SPY: None})
    made, start = estimate(market), DAY_18631 + 15 * HOUR_MS
    made.fill(SPY, start, D(100), D(10))
    made.fill(SPY, start + MINUTE_MS, D(100), D(10))
    made.update(start + MINUTE_MS, force=True)
    assert made.amount == 0
    market.bars[SPY] = bar(10_000)
    made.fill(SPY, start + 2 * MINUTE_MS, D(100), D(10))
    made.update(start + 2 * MINUTE_MS, force=True)
    assert made.amount == D(40_000)  # one bar of a million, discounted to a fifth, times 0.2


def test_snapshots_smooth_the_estimate_and_holdings_weigh_in():
    market = FakeMarket({SPY: bar(10_000)}, held={SPY}, in_use=D(50_000))
    made, start = estimate(market, days=30), DAY_18631 + 15 * HOUR_MS
    made.fill(SPY, start, D(100), D(10))
    made.update(start)
    made.update(start + 7 * DAY_MS)
    assert made.amount == D(200_000)
    # No sales since: the holding is half of the portfolio, so the same volume carries twice as much.
    made.update(start + 14 * DAY_MS)
    assert made.amount == D(264_000)


def test_symbols_without_holding_are_dropped_thirty_days_after_their_last_fill():
    market = FakeMarket({SPY: bar(10_000), IBM: bar(10)})
    made, start = estimate(market, days=60), DAY_18631 + 15 * HOUR_MS
    made.fill(IBM, start, D(100), D(10))
    made.fill(SPY, start, D(100), D(10))
    made.update(start)
    made.update(start + 31 * DAY_MS)
    assert made.text().lowest_asset == str(IBM.id)
    made.fill(SPY, start + 40 * DAY_MS, D(100), D(10))
    made.update(start + 40 * DAY_MS)
    assert made.text().lowest_asset == str(SPY.id)


def test_a_symbol_unseen_at_its_first_fill_is_asked_for_what_only_the_cache_has():
    asked = []

    class Market(FakeMarket):
        def bar(self, symbol, *, internal):
            asked.append((symbol, internal))

    market = Market(unseen={SPY}, bars={SPY: None, IBM: None})
    made = estimate(market)
    for symbol in (SPY, IBM):
        made.fill(symbol, DAY_18631, D(100), D(10))
    market.unseen = {IBM}
    made.fill(SPY, DAY_18631, D(100), D(10))
    made.update(DAY_18631)
    assert asked == [(SPY, True), (IBM, False)]


def test_a_portfolio_without_value_takes_no_snapshot():
    made = estimate(FakeMarket({SPY: bar(10)}, value=D(0)))
    made.fill(SPY, DAY_18631, D(100), D(10))
    made.update(DAY_18631, force=True)
    assert (made.amount, made.text().lowest_asset) == (D(0), "")


@pytest.mark.skipif(not QUOTES.is_file(), reason=f"real LEAN's sample quotes are not at {QUOTES}")
@pytest.mark.parametrize(
    ("contracts", "amount", "lowest"),
    [
        ({"SPX 31KC0UJHCBG4U|SPX 31": ("put_42000000", "460.1", -1)}, 54_335_000, "SPX 31KC0UJHCBG4U|SPX 31"),
        (
            {
                "SPX XL80P3GHIA9A|SPX 31": ("call_32000000", "542.3", 1),
                "SPX XL80P59H9OI6|SPX 31": ("call_42500000", "0.1", 1),
            },
            1_127_123_000,
            "SPX XL80P59H9OI6|SPX 31",
        ),
    ],
)
def test_option_quotes_give_the_capacity_real_lean_charted(contracts, amount, lowest):
    """Runs index_option_expiry.short_itm_put and .long_calls; the quotes are filled forward minute by minute."""
    midnight = datetime(2021, 1, 4, tzinfo=ZoneInfo("America/New_York")).timestamp() * 1000
    bars, fills, start = {}, {}, 1_609_774_200_000
    with zipfile.ZipFile(QUOTES) as archive:
        for sid, (ending, price, quantity) in contracts.items():
            symbol = Symbol(SecurityIdentifier.parse(sid))
            fills[symbol] = (D(price), D(quantity))
            (name,) = [n for n in archive.namelist() if f"european_{ending}_" in n]
            for line in archive.read(name).decode().splitlines():
                ms, _, _, _, bid, bid_size, _, _, _, ask, ask_size = line.split(",")
                prices = [D(p) / 10_000 for p in (bid, ask) if p]
                close = sum(prices) / len(prices)
                size = (D(bid_size or 0) + D(ask_size or 0)) / 2
                bars[symbol, int(midnight) + int(ms) + MINUTE_MS] = CapacityBar(close, size, MINUTE_MS)
    market = FakeMarket(lot=D(100), value=D(1_000_000))
    made = CapacityEstimate(market, 18631, 16)
    for ms in range(start - HOUR_MS, start + 3 * HOUR_MS, MINUTE_MS):
        market.bars |= {symbol: bars[symbol, ms] for symbol in fills if (symbol, ms) in bars}
        if ms == start:
            for symbol, (price, quantity) in fills.items():
                made.fill(symbol, ms, price, quantity)
        made.update(ms)
    market.bars.clear()
    made.update(start + 7 * DAY_MS)
    assert (made.amount, made.text().lowest_asset) == (D(amount), lowest)
