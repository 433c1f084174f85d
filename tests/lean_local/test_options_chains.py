# ruff: noqa: E501  lines of algorithm text
"""Chains of slices and the end of contracts, on made data."""

from datetime import date

from lean_local.enums import OptionRight

KEPT = """
def initialize(self):
    self.option = self.add_option("SPY")
    self.option.set_filter(lambda u: u.expiration(0, 1))
    self.seen, self.ended = [], None

def on_data(self, data):
    chain = data.option_chains.get(self.option.symbol)
    if chain and not self.portfolio.invested and not self.seen:
        self.market_order(next(c.symbol for c in chain if c.strike == 103 and c.right == OptionRight.PUT), 1)

def on_order_event(self, event):
    self.seen.append((str(self.time), event.status, event.message))

def on_end_of_algorithm(self):
    self.ended = str(self.time)
"""


def test_a_held_contract_that_its_universe_drops_at_midnight_is_exercised_there(options, run):
    made = options
    made.rising("spy", (date(2021, 3, 3),))
    found = run(made, KEPT, days=(date(2021, 3, 2), date(2021, 3, 3))).algorithm.seen
    assert [s[0] for s in found][-1] == "2021-03-03 00:00:00"
    assert "OTM" in found[-1][2]


def test_nothing_is_delisted_without_a_later_trading_day_in_the_run(options, run):
    found = run(options, KEPT, days=(date(2021, 3, 2), date(2021, 3, 2))).algorithm
    assert len(found.seen) == 2
    assert found.portfolio.invested


def test_the_universe_file_of_the_last_date_ends_the_run_at_midnight(options, run):
    facts = {("P", 103, date(2021, 3, 19)): (2.0, 100, 0.2, -0.5)}
    options.universe("spy", date(2021, 3, 2), 103.0, facts)
    assert run(options, KEPT, days=(date(2021, 3, 2), date(2021, 3, 2))).algorithm.ended == "2021-03-03 00:00:00"


def test_a_chain_lists_traded_contracts_before_quoted_ones(options, run):
    day, expiry = date(2021, 3, 1), date(2021, 3, 2)
    entry = f"{day:%Y%m%d}_spy_minute_trade_american_put_1010000_{expiry:%Y%m%d}.csv"
    options.pack(f"option/usa/minute/spy/{day:%Y%m%d}_trade_american.zip", {entry: ["34200000,5000,5000,5000,5000,7"]})
    body = """
def initialize(self):
    self.option = self.add_option("SPY")
    self.option.set_filter(lambda u: u.expiration(0, 1))
    self.facts = []

def on_data(self, data):
    chain = data.option_chains.get(self.option.symbol)
    if chain and len(self.facts) < 2:
        bar = chain.trade_bars.values()[0]
        self.facts.append(([str(c.symbol) for c in chain][:2], chain.quote_bars.count, bar.close, bar.volume, bar.is_fill_forward))
"""
    facts = run(options, body).algorithm.facts
    order = ["SPY   210302P00101000", "SPY   210302C00099000"]
    assert facts == [(order, 10, 0.5, 7.0, False), (order, 10, 0.5, 0.0, True)]


def test_open_interest_alone_puts_a_contract_into_the_chain(options, run):
    day, expiry = date(2021, 3, 1), date(2021, 3, 2)
    entry = f"{day:%Y%m%d}_spy_minute_openinterest_american_put_1040000_{expiry:%Y%m%d}.csv"
    options.pack(f"option/usa/minute/spy/{day:%Y%m%d}_openinterest_american.zip", {entry: ["23400000,321"]})
    body = """
def initialize(self):
    self.option = self.add_option("SPY")
    self.option.set_filter(lambda u: u.expiration(0, 1))
    contract = Symbol.create_option(self.option.symbol.underlying, Market.USA, OptionStyle.AMERICAN, OptionRight.PUT, 104, datetime(2021, 3, 2))
    self.add_option_contract(contract)
    self.facts = []

def on_data(self, data):
    chain = data.option_chains.get(self.option.symbol)
    if chain and not self.facts:
        last = list(chain)[-1]
        self.facts = [str(last.symbol), last.open_interest, last.bid_price, chain.contains_key(last.symbol)]
"""
    assert run(options, body).algorithm.facts == ["SPY   210302P00104000", 321.0, 0.0, True]


def test_the_benchmark_has_hourly_data_of_its_own(options, run):
    body = """
def initialize(self):
    self.set_benchmark(self.add_equity("SPY").symbol)

def on_end_of_algorithm(self):
    self.price = self.securities["SPY"].price
"""
    found = run(options, body, days=(date(2021, 3, 1), date(2021, 3, 2)))
    assert found.algorithm.price > 0
    assert found.result.statistics["Beta"] == "0"  # no hourly file: the benchmark is 0, as in LEAN


def test_the_end_of_a_contract_added_by_hand_makes_a_time_step_of_its_own(options, run):
    """LEAN's universe of such contracts selects again at once: the next candle of the equity begins at that value."""
    options.rising("spy", (date(2021, 3, 3),))
    body = """
def initialize(self):
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    for day in (2, 19):
        self.add_option_contract(Symbol.create_option(self.spy, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 101, datetime(2021, 3, day)))

def on_data(self, data):
    if not self.portfolio.invested:
        self.market_order(self.spy, 10)
"""
    outcome = run(options, body, days=(date(2021, 3, 1), date(2021, 3, 3)))
    candles = outcome.result.charts["Strategy Equity"].series["Equity"].points
    midnight = max(ms for ms, _ in candles if ms % 86_400_000 == 5 * 3_600_000 and ms < candles[-1][0])
    before, after = (next(values for ms, values in candles if at(ms)) for at in (midnight.__eq__, midnight.__lt__))
    assert before[3] == after[0] != after[3]


def test_contracts_go_with_their_step_unless_the_chain_is_kept(options, run):
    """Without the garbage collector: chain and contracts refer to each other. Fields that were not read yet are there."""
    body = """
def initialize(self):
    import gc, weakref
    self.gc, self.ref = gc, weakref.ref
    self.option = self.add_option("SPY")
    self.option.set_filter(lambda u: u.expiration(0, 1))
    self.views, self.kept = [], None
    gc.disable()

def on_data(self, data):
    chain = data.option_chains.get(self.option.symbol)
    if chain:
        self.views.append(self.ref(chain._rows.quotes))
        if sum(c.bid_price for c in chain) and self.kept is None:
            self.kept, self.contracts, self.one = chain, list(chain), next(iter(chain))

def on_end_of_algorithm(self):
    self.gc.enable()
    self.alive = sum(view() is not None for view in self.views)
    self.same = [a is b for a, b in zip(self.kept, self.contracts)]
    self.facts = [self.one.ask_price - self.one.bid_price, self.one.strike, self.one.right]
"""
    found = run(options, body).algorithm
    assert (len(found.views) > 300, found.alive, all(found.same), len(found.same)) == (True, 1, True, 10)
    assert found.facts == [found.kept.column("ask")[0] - found.kept.column("bid")[0], 99.0, OptionRight.CALL]


def test_fields_of_contracts_cannot_be_set(options, run):
    body = """
def initialize(self):
    self.option = self.add_option("SPY")

def on_data(self, data):
    for chain in data.option_chains.values():
        next(iter(chain)).bid_price = 1
"""
    assert "'bid_price' of 'OptionContract' object has no setter" in str(run(options, body, fails=True).error)


def test_the_price_that_contracts_show_of_the_underlying_stays_when_the_chains_is_replaced(options, run):
    body = """
def initialize(self):
    self.option = self.add_option("SPY")
    self.option.set_filter(lambda u: u.expiration(0, 1))
    self.seen = None

def on_data(self, data):
    chain = data.option_chains.get(self.option.symbol)
    if chain and self.seen is None:
        before, chain.underlying = chain.underlying.close, TradeBar(close=1.0)
        self.seen = (chain.underlying.close, next(iter(chain)).underlying_last_price == before)
"""
    assert run(options, body, days=(date(2021, 3, 1), date(2021, 3, 1))).algorithm.seen == (1.0, True)
