"""Slices that an algorithm keeps show what they showed in their own step, whenever it looks at them."""

from datetime import date

KEEPER = """
def initialize(self):
    spy = self.add_equity("SPY", Resolution.MINUTE)
    option = self.add_option("SPY", Resolution.MINUTE)
    option.set_filter(-1, 1, 0, 5)
    self.spy, self.chain_symbol, self.kept, self.then = spy.symbol, option.symbol, [], []

def facts(self, data):
    quotes = {s.value: (b.bid.close, b.ask.close, b.end_time) for s, b in data.quote_bars.items() if s != self.spy}
    chain = data.option_chains.get(self.chain_symbol)
    prices = [] if chain is None else [(c.symbol.value, c.bid_price, c.ask_price, c.volume) for c in chain]
    bar = data.bars.get(self.spy)
    shares = None if bar is None else (bar.close, bar.end_time)
    return [quotes, prices, shares, len(data.quote_bars), len(data.bars)]
"""
LOOKED_AT_ONCE = """
def on_data(self, data):
    if self.time.hour == 10 and self.time.minute < 4:
        self.kept.append(data)
        self.then.append(self.facts(data))
"""
LOOKED_AT_LATER = """
def on_data(self, data):
    if self.time.hour == 10 and self.time.minute < 4:
        self.kept.append(data)

def on_end_of_algorithm(self):
    self.then = [self.facts(data) for data in self.kept]
"""


def test_a_slice_that_was_kept_shows_later_what_it_showed_then(options, run):
    at_once = run(options, KEEPER + LOOKED_AT_ONCE).algorithm.then
    later = run(options, KEEPER + LOOKED_AT_LATER).algorithm.then
    assert len(at_once) == 4
    assert at_once[0][0]
    assert at_once[0] != at_once[1]
    assert later == at_once


def test_bars_before_the_first_session_are_repeated_from_its_first_minute_on(made, run):
    """LEAN fills forward before it filters by hours: the algorithm sees no bar of 09:25, but repetitions of it."""
    bars = {m: (price, price, price, price, 7) for m, price in ((-6, 99.0), (-5, 100.0), (2, 101.0))}
    made.minutes("spy", date(2021, 3, 1), bars)
    body = """
def initialize(self):
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.seen = []

def on_data(self, data):
    bar = data.bars[self.spy]
    self.seen.append((self.time.minute, bar.close, bar.volume, bar.is_fill_forward))
"""
    seen = run(made, body).algorithm.seen
    assert seen[:4] == [(31, 100, 0, True), (32, 100, 0, True), (33, 101, 7, False), (34, 101, 0, True)]
