"""`history` in its shapes: frames, typed objects, slices, ticks, events, normalization, last known prices."""

from datetime import date, timedelta

import pytest

MON, TUE = date(2021, 3, 1), date(2021, 3, 2)
START = """
def initialize(self):
    self.set_cash(100000)
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.schedule.on(self.date_rules.on(2021, 3, 2), self.time_rules.at(10, 0), self.ask)
def ask(self):
"""


@pytest.fixture
def traded(shares):
    """SPY with two days of minutes, quotes of Tuesday, ticks of Tuesday, and a dividend of 1.00 paid on Tuesday."""
    rows = []
    for minute in range(30):
        bid, ask = round((100 + minute / 100) * 10000), round((100.02 + minute / 100) * 10000)
        rows.append(f"{34_200_000 + minute * 60_000},{bid},{bid},{bid},{bid},100,{ask},{ask},{ask},{ask},300")
    rows[5] = f"{34_200_000 + 5 * 60_000},,,,,0,1000900,1000900,1000900,1000900,300"
    shares.pack("equity/usa/minute/spy/20210302_quote.zip", {"20210302_spy_minute_quote.csv": rows})
    ticks = [f"{36_000_000 - 5_000 + i * 1000},{1003000 + i},100,P,00000{i},{int(i == 2)}" for i in range(5)]
    ticks.insert(1, "35995500.25,1003005,50,,,0")
    shares.pack("equity/usa/tick/spy/20210302_trade.zip", {"20210302_spy_tick_trade.csv": ticks})
    shares.write("equity/usa/map_files/spy.csv", "19980102,spy,P\n20501231,spy,P\n")
    shares.write("equity/usa/factor_files/spy.csv", "20210301,0.9900000,1,100\n20501231,1,1,0\n")
    return shares


def ask(run, data, body):
    lines = "\n".join("    " + line for line in body.strip().splitlines())
    return run(data, START + lines, days=(MON, TUE)).algorithm


def test_a_frame_holds_trades_and_quotes_side_by_side(run, traded):
    ask(
        run,
        traded,
        """
frame = self.history(self.spy, 3)
assert list(frame.columns)[:5] == ["askclose", "askhigh", "asklow", "askopen", "asksize"], frame.columns
assert list(frame.bidclose.round(2)) == [100.27, 100.28, 100.29] and list(frame.asksize) == [300, 300, 300]
quotes = self.history(QuoteBar, self.spy, 26)
assert "volume" not in quotes and quotes.close.iloc[0] == 100.05, quotes.close.iloc[0]  # the mid
assert quotes.bidclose.iloc[1] == 100.04 and quotes.asksize.iloc[1] == 300  # a missing side is the one before
assert self.history(QuoteBar, self.spy, 26, fill_forward=False).bidclose.isna().sum() == 1
assert self.history(self.spy, 2, Resolution.DAILY).empty
""",
    )


def test_tickers_find_symbols_in_frames(run, traded):
    ask(
        run,
        traded,
        """
frame = self.history([self.spy], 2, Resolution.MINUTE)
closes = frame["close"].unstack(level=0)
assert list(closes["SPY"]) == list(closes[self.spy]) == list(frame.loc["SPY"].close)
assert "SPY" in frame.index.levels[0] and "XXX" not in frame.index.levels[0]
try:
    frame.loc["XXX"]
    raise AssertionError("no KeyError")
except KeyError:
    pass
""",
    )


def test_prices_as_a_normalization_mode_wants_them(run, traded):
    ask(
        run,
        traded,
        """
day = (datetime(2021, 3, 1, 9, 30), datetime(2021, 3, 1, 9, 31), Resolution.MINUTE)
def first(mode):
    row = self.history(self.spy, *day, data_normalization_mode=mode).iloc[0]
    return row.close, row.volume
assert first(DataNormalizationMode.RAW) == (100.01, 1000)
assert first(DataNormalizationMode.ADJUSTED) == (99.0099, 1010)
assert first(DataNormalizationMode.SPLIT_ADJUSTED) == (100.01, 1000)
after = (datetime(2021, 3, 1), datetime(2021, 3, 2, 9, 31), Resolution.MINUTE)
total = self.history(self.spy, *after, data_normalization_mode=DataNormalizationMode.TOTAL_RETURN)
assert total.close.iloc[-1] == 101.01 and total.close.iloc[0] == 100.01, total.close  # with the dividend
before = (datetime(2021, 3, 1, 9, 30), datetime(2021, 3, 1, 12), Resolution.MINUTE)
scaled = self.history(self.spy, *before, data_normalization_mode=DataNormalizationMode.SCALED_RAW)
assert scaled.close.iloc[0] == 100.01
""",
    )


def test_ticks_with_names_of_exchanges(run, traded):
    ask(
        run,
        traded,
        """
frame = self.history(self.spy, timedelta(seconds=5), Resolution.TICK)
assert list(frame.columns) == ["exchange", "lastprice", "quantity", "suspicious"], frame.columns
assert list(frame.lastprice) == [100.3, 100.3005, 100.3001, 100.3002, 100.3003, 100.3004]
assert list(frame.exchange) == ["ARCA", "", "ARCA", "ARCA", "ARCA", "ARCA"] and list(frame.suspicious)[3]
assert frame.index[1][1].microsecond == 500250
ticks = self.history[Tick](self.spy, timedelta(seconds=2))
assert [t.value for t in ticks] == [100.3003, 100.3004] and ticks[0].parsed_sale_condition == 3
assert ticks[0].exchange == "ARCA" and ticks[0].tick_type == TickType.TRADE and not ticks[0].suspicious
try:
    self.history(self.spy, 3, Resolution.TICK)
    raise AssertionError("a number of ticks")
except RuntimeError as error:
    assert "can not be used with Resolution.Tick" in str(error)
""",
    )


def test_slices_of_all_securities_and_typed_lists(run, traded):
    ask(
        run,
        traded,
        """
past = self.history(2, Resolution.MINUTE)
assert [s.time.minute for s in past] == [59, 0] and [s.bars.count for s in past] == [1, 1]
assert past[-1].bars[self.spy].close == 100.3 and past[-1].quote_bars["SPY"].bid.close == 100.29
assert past[0][self.spy].end_time == past[0].time and past[0].contains_key(self.spy)
assert [list(d.keys()) for d in self.history[QuoteBar]([self.spy], 2)] == [[self.spy], [self.spy]]
""",
    )


def test_dividends_of_the_past(run, traded):
    ask(
        run,
        traded,
        """
frame = self.history(Dividend, self.spy, timedelta(days=5))
assert list(frame.columns) == ["distribution", "referenceprice", "value"] and list(frame.value) == [1.0]
assert frame.index[0] == (self.spy, datetime(2021, 3, 2))
assert [d.distribution for d in self.history[Dividend](self.spy, timedelta(days=5))] == [1.0]
assert self.history(Split, self.spy, timedelta(days=5)).empty
""",
    )


def test_the_future_is_not_told(run, traded):
    outcome = ask(
        run,
        traded,
        """
frame = self.history(self.spy, datetime(2021, 3, 2, 9, 58), datetime(2021, 3, 2, 12), Resolution.MINUTE)
self.ends = [str(t.time()) for _, t in frame.index]
""",
    )
    assert outcome.ends == ["09:59:00", "10:00:00"]


def test_last_known_prices_of_each_kind(run, traded):
    ask(
        run,
        traded,
        """
trade, quote = self.get_last_known_prices(self.spy)
assert type(trade) is TradeBar and trade.close == 100.3 and type(quote) is QuoteBar and quote.close == 100.3
assert type(self.get_last_known_price(self.spy)) is TradeBar
assert list(self.get_last_known_prices([self.spy]).keys()) == [self.spy]
assert self.get_last_known_prices(Symbol.create("AAA", SecurityType.EQUITY, Market.USA)) == []
""",
    )


def test_gaps_are_filled_without_volume(run, made):
    made.minutes("spy", TUE, {0: (100, 100, 100, 100, 500), 3: (101, 101, 101, 101, 500)})
    ask(
        run,
        made,
        """
frame = self.history(self.spy, timedelta(minutes=29), Resolution.MINUTE)
assert len(frame) == 29 and list(frame.volume.head(4)) == [0, 0, 500, 0], frame.head()
assert len(self.history(self.spy, timedelta(minutes=30), Resolution.MINUTE, fill_forward=False)) == 2
""",
    )


def test_a_count_goes_back_over_closed_days(run, made):
    made.rising("spy", (date(2021, 2, 26), MON, TUE))
    ask(
        run,
        made,
        """
assert len(self.history(self.spy, 421, Resolution.MINUTE)) == 421
assert len(self.history(self.spy, 0, Resolution.MINUTE)) == 0
""",
    )
    assert MON - timedelta(days=3) == date(2021, 2, 26)
