"""Ticks and seconds in a run: slices, prices, orders, consolidators, filters; and the filter of bars."""

from datetime import date

import pytest

MON = date(2021, 3, 1)
OPEN_MS = 34_200_000
TICKS = """
def initialize(self):
    self.set_cash(100000)
    self.spy = self.add_equity("SPY", Resolution.TICK).symbol
    self.add_equity("IBM", Resolution.MINUTE)
    self.seen, self.bars, self.quotes, self.prices = [], [], [], []
    self.consolidate(self.spy, timedelta(minutes=1), self.bars.append)
    self.consolidate(self.spy, timedelta(minutes=1), TickType.QUOTE, self.quotes.append)
def on_data(self, data):
    if data.contains_key(self.spy):
        ticks = data[self.spy]
        self.seen.append((f"{self.time:%H:%M:%S.%f}"[:-3], [(str(t.tick_type), t.value) for t in ticks]))
        assert data.ticks[self.spy] == ticks and self.spy in data.keys() and data.get(Tick)[self.spy] is ticks[-1]
        security = self.securities[self.spy]
        self.prices.append((security.price, security.bid_price, security.ask_price))
        last = security.get_last_data()  # of shares the last trade
        assert last is None or last.tick_type == TickType.TRADE
        if len(self.seen) == 2:
            self.market_order(self.spy, 10)
    else:
        self.seen.append((f"{self.time:%H:%M}", list(data.bars.keys())[0].value))
"""


@pytest.fixture
def ticked(made):
    """SPY trades and quotes of 1 March 2021 from 9:30:00.100, one suspicious, one before the open; IBM minutes."""
    trades = [
        f"{OPEN_MS - 5000},1000000,100,P,0,0",
        f"{OPEN_MS + 100},1001000,100,P,0,0",
        f"{OPEN_MS + 100},1002000,200,Q,0,0",
        f"{OPEN_MS + 1200},9999999,200,Q,0,1",
        f"{OPEN_MS + 1300},1003000,100,P,0,0",
        f"{OPEN_MS + 61000},1004000,100,P,0,0",
    ]
    quotes = [f"{OPEN_MS + ms},{b},10,{a},20,P,0,0" for ms, b, a in ((50, 1000900, 1001100), (1200, 1002900, 1003100))]
    quotes.append(f"{OPEN_MS + 62000},1003900,10,1004100,20,P,0,0")
    made.pack("equity/usa/tick/spy/20210301_trade.zip", {"20210301_spy_tick_trade.csv": trades})
    made.pack("equity/usa/tick/spy/20210301_quote.zip", {"20210301_spy_tick_quote.csv": quotes})
    made.minutes("ibm", MON, {0: (50, 50, 50, 50, 100)})
    return made


def test_every_moment_with_ticks_is_a_step(run, ticked):
    outcome = run(ticked, TICKS)
    a = outcome.algorithm
    assert a.seen[:6] == [
        ("09:30:00.050", [("QUOTE", 100.1)]),
        ("09:30:00.100", [("TRADE", 100.1), ("TRADE", 100.2)]),
        ("09:30:01.200", [("TRADE", 999.9999), ("QUOTE", 100.3)]),
        ("09:30:01.300", [("TRADE", 100.3)]),
        ("09:31", "IBM"),
        ("09:31:01.000", [("TRADE", 100.4)]),
    ]
    assert a.prices[0] == (0, 100.09, 100.11)
    assert a.prices[2] == (100.2, 100.29, 100.31)  # the suspicious trade sets no price
    assert [(b.open, b.high, b.low, b.close, b.volume) for b in a.bars][:1] == [(100.1, 100.3, 100.1, 100.3, 400)]
    assert [(b.bid.open, b.bid.close, b.ask.close) for b in a.quotes][:1] == [(100.09, 100.29, 100.31)]
    filled = [e for e in outcome.order_events if e.fill_quantity]
    assert len(filled) == 1
    assert filled[0].fill_price == 100.11


FILTERED = """
def initialize(self):
    self.spy = self.add_equity("SPY", RESOLUTION)
    self.spy.set_data_filter(self)
    self.count = 0
def filter(self, vehicle, data):
    return data.time.minute < 35 and getattr(data, "exchange", "ARCA") != "NASDAQ"
def on_data(self, data):
    self.count += 1
    assert len(data.ticks.get("SPY") or []) < 3
"""


def test_filters_of_bars_and_ticks(run, shares, ticked):
    assert run(shares, FILTERED.replace("RESOLUTION", "Resolution.MINUTE")).algorithm.count == 5 + 6 * 35
    # the NASDAQ trade is refused, its moment has another
    assert run(ticked, FILTERED.replace("RESOLUTION", "Resolution.TICK")).algorithm.count == 6


def test_seconds_are_bars(run, made):
    rows = [f"{OPEN_MS + s * 1000},1000000,1000000,1000000,{1000000 + s * 100},10" for s in range(120)]
    made.pack("equity/usa/second/spy/20210301_trade.zip", {"20210301_spy_second_trade.csv": rows})
    outcome = run(
        made,
        """
def initialize(self):
    self.spy = self.add_equity("SPY", Resolution.SECOND).symbol
    self.average = self.sma(self.spy, 10)
    self.steps = []
def on_data(self, data):
    bar = data.bars[self.spy]
    if not bar.is_fill_forward:
        self.steps.append((self.time.second, bar.close, (bar.end_time - bar.time).total_seconds()))
    if len(self.steps) == 100:
        self.past = self.history(self.spy, 5)
        self.quit()
""",
    )
    a = outcome.algorithm
    assert a.steps[0] == (1, 100.0, 1)
    assert a.average.name == "SMA(10,SPY_sec)"
    assert len(a.past) == 5


def test_options_have_no_ticks_here(run, options):
    outcome = run(options, 'def initialize(self):\n    self.add_option("SPY", Resolution.TICK)\n', fails=True)
    assert "Resolution.TICK" in str(outcome.error)
