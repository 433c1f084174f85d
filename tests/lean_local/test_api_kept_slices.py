"""Slices that an algorithm keeps show what they showed in their own step, whenever it looks at them."""

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
