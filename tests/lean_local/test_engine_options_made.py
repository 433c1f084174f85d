# ruff: noqa: E501  lines of algorithm text
"""Option chains, contracts and strategies on made data: SPY strikes 99..103, two expiries, mid = intrinsic + 0.50."""

from datetime import date

import pytest

START = """
def initialize(self):
    self.set_cash(1000000)
    self.option = self.add_option("SPY", Resolution.MINUTE)
    self.option.set_filter(FILTER)
    self.spy = self.option.symbol.underlying
    self.seen, self.done = [], False
def on_data(self, data):
    chain = data.option_chains.get(self.option.symbol)
    if chain is None or self.done or self.time.hour < 10:
        return
    self.done = True
    self.look(chain, data)
"""
ALL = START.replace("FILTER", "lambda u: u.include_weeklys().strikes(-10, 10).expiration(0, 30)")


def symbols(run, options, text):
    body = START.replace("FILTER", text)
    outcome = run(
        options, body + "def look(self, chain, data):\n    self.seen = sorted(c.symbol.value for c in chain)\n"
    )
    return [s.split()[1] for s in outcome.algorithm.seen]


@pytest.mark.parametrize(
    ("text", "count", "first"),
    [
        ("-1, 1, timedelta(0), timedelta(days=30)", 12, "210302C00099000"),
        ("-10, 10", 20, "210302C00099000"),
        ("timedelta(0), timedelta(days=5)", 10, "210302C00099000"),
        ("lambda u: u.include_weeklys().strikes(-10, 10).expiration(0, 30)", 20, "210302C00099000"),
        ("lambda u: u.weeklys_only().expiration(0, 30)", 10, "210302C00099000"),
        ("lambda u: u.include_weeklys().calls_only().front_month()", 5, "210302C00099000"),
        ("lambda u: u.include_weeklys().puts_only().back_month()", 5, "210319P00099000"),
        ("lambda u: u.include_weeklys().back_months().strikes(0, 0)", 2, "210319C00100000"),
        ("lambda u: u.include_weeklys().delta(0.4, 0.6).expiration(0, 5)", 5, "210302C00099000"),
        ("lambda u: u.implied_volatility(0.3, 1)", 0, None),
        ("lambda u: u.open_interest(50, 500).standards_only()", 10, "210319C00099000"),
        ("lambda u: u.gamma(0, 1).vega(0, 1).theta(-100, 0).rho(0, 1)", 20, "210302C00099000"),
        ("lambda u: u.contracts([c for c in u if c.symbol.id.strike_price == 101])", 4, "210302C00101000"),
        ("lambda u: u.where(lambda c: c.symbol.id.strike_price > 102)", 4, "210302C00103000"),
        ("lambda u: u.naked_call(10, 0)", 1, "210319C00100000"),
        ("lambda u: u.naked_put(10, 0)", 1, "210319P00100000"),
        ("lambda u: u.straddle(10)", 2, "210319C00100000"),
        ("lambda u: u.strangle(10, 1, -1)", 2, "210319C00101000"),
        ("lambda u: u.call_spread(10, 1, -1)", 2, "210319C00099000"),
        ("lambda u: u.put_spread(10, 1, -1)", 2, "210319P00099000"),
        ("lambda u: u.include_weeklys().call_calendar_spread(0, 0, 15)", 2, "210302C00100000"),
        ("lambda u: u.include_weeklys().put_calendar_spread(0, 0, 15)", 2, "210302P00100000"),
        ("lambda u: u.protective_collar(10, 1, -1)", 2, "210319C00101000"),
        ("lambda u: u.conversion(10, 1)", 2, "210319C00101000"),
        ("lambda u: u.call_butterfly(10, 1)", 3, "210319C00099000"),
        ("lambda u: u.put_butterfly(10, 1)", 3, "210319P00099000"),
        ("lambda u: u.iron_butterfly(10, 1)", 4, "210319C00100000"),
        ("lambda u: u.iron_condor(10, 1, 2)", 0, None),
        ("lambda u: u.box_spread(10, 1)", 4, "210319C00099000"),
        ("lambda u: u.include_weeklys().jelly_roll(0, 0, 15)", 4, "210302C00100000"),
        ("lambda u: u.call_ladder(10, 2, 1, 0)", 3, "210319C00100000"),
        ("lambda u: u.put_ladder(10, 2, 1, 0)", 3, "210319P00100000"),
    ],
)
def test_filters_choose(run, options, text, count, first):
    found = symbols(run, options, text)
    assert len(found) == count
    assert (found[0] if found else None) == first


def test_chain_contracts_and_greeks(run, options):
    run(
        options,
        ALL
        + """
def look(self, chain, data):
    assert chain.symbol == self.option.symbol and chain.underlying.price == self.securities[self.spy].price
    assert chain.count == len(list(chain)) == 20
    call = next(c for c in chain if c.strike == 99 and c.right == OptionRight.CALL and c.expiry.day == 19)
    put = next(c for c in chain if c.strike == 103 and c.right == OptionRight.PUT and c.expiry.day == 19)
    spot = chain.underlying.price
    assert (round(call.bid_price, 2), round(call.ask_price, 2)) == (round(spot - 99 + .45, 2), round(spot - 99 + .55, 2))
    assert call.underlying_symbol == self.spy and call.style == OptionStyle.AMERICAN and call.scaled_strike == 99
    assert abs(call.underlying_last_price - spot) < 1e-9
    assert 0.05 < call.implied_volatility < 1 and 0.5 < call.greeks.delta < 1 and put.greeks.delta < -0.4
    assert call.greeks.gamma > 0 and call.greeks.vega > 0 and call.greeks.theta < 0 and call.greeks.rho > 0
    assert abs(call.greeks.theta_per_day * 365 - call.greeks.theta) < 1e-6
    assert abs(call.theoretical_price - (call.bid_price + call.ask_price) / 2) < 0.2
    assert chain.contracts[call.symbol].strike == 99 and len(chain.contracts.values()) == 20
    assert call.symbol in chain.contracts and str(call.symbol) in str(call)
    frame = chain.data_frame
    assert len(frame) == 20 and "strike" in frame.columns
    bar = data.quote_bars[call.symbol]
    assert bar.bid.close == call.bid_price and round(bar.close, 4) == round((call.bid_price + call.ask_price) / 2, 4)
    assert data.contains_key(call.symbol) and data[self.spy].close == spot and not data.bars.contains_key(call.symbol)
    assert data.option_chains.contains_key(self.option.symbol) and len(data.option_chains.keys()) == 1
    security = self.securities[call.symbol]
    assert security.strike_price == security.scaled_strike_price == 99 and security.right == OptionRight.CALL
    assert security.style == OptionStyle.AMERICAN and security.expiry.day == 19 and security.contract_multiplier == 100
    assert security.contract_unit_of_trade == 100 and not security.is_option_chain and self.option.is_option_chain
    assert security.get_intrinsic_value(101) == 2 and security.get_pay_off(98) == -1 or security.get_pay_off(98) == 0
    assert security.out_of_the_money_amount(98) == 1 and security.is_auto_exercised(99.01) and not security.is_auto_exercised(99)
    assert security.underlying.symbol == self.spy
    assert security.bid_price == call.bid_price and security.ask_size == 10 and security.bid_size == 10
""",
    )


def test_the_days_chain_from_the_universe_file(run, options):
    run(
        options,
        ALL
        + """
def look(self, chain, data):
    found = self.option_chain(self.spy)
    assert found.count == 20 and len(list(found)) == 20
    first = next(iter(found.contracts.values()))
    assert first.implied_volatility == 0.2 and first.open_interest == 100 and abs(first.greeks.delta) == 0.5
    assert first.underlying_symbol == self.spy and first.style == OptionStyle.AMERICAN and first.id == first.symbol.id
    assert first.scaled_strike == first.strike and first.greeks.theta == -0.05 * 365
    frame = self.option_chain(self.spy, flatten=True).data_frame
    assert len(frame) == 20 and set(frame["impliedvolatility"]) == {0.2}
    many = self.option_chains([self.spy])
    assert len(many.items()) == 1 and len(many.values()) == 1 and len(many[self.option.symbol].contracts) == 20
    assert len(self.option_chain_provider.get_option_contract_list(self.spy, self.time)) == 20
""",
    )


STRATEGIES = [
    ("bull_call_spread(c, 100, 102, e)", 0),
    ("bear_call_spread(c, 100, 102, e)", 200),
    ("bull_put_spread(c, 102, 100, e)", 200),
    ("bear_put_spread(c, 102, 100, e)", 0),
    ("straddle(c, 101, e)", 0),
    ("short_straddle(c, 101, e)", None),
    ("strangle(c, 102, 100, e)", 0),
    ("short_strangle(c, 102, 100, e)", None),
    ("iron_condor(c, 99, 100, 102, 103, e)", 100),
    ("short_iron_condor(c, 99, 100, 102, 103, e)", 0),
    ("iron_butterfly(c, 100, 101, 102, e)", 100),
    ("call_butterfly(c, 102, 101, 100, e)", 0),
    ("put_butterfly(c, 102, 101, 100, e)", 0),
    ("call_calendar_spread(c, 101, n, e)", 0),
    ("put_calendar_spread(c, 101, n, e)", 0),
    ("naked_call(c, 101, e)", None),
    ("naked_put(c, 101, e)", None),
    ("covered_call(c, 101, e)", None),
    ("protective_put(c, 101, e)", None),
    ("box_spread(c, 102, 100, e)", 0),
]


@pytest.mark.parametrize(("strategy", "margin"), STRATEGIES)
def test_strategies_trade_as_one_combo_and_take_their_margin(run, options, strategy, margin):
    outcome = run(
        options,
        ALL
        + f"""
def look(self, chain, data):
    c, n, e = self.option.symbol, datetime(2021, 3, 2), datetime(2021, 3, 19)
    tickets = self.buy(OptionStrategies.{strategy}, 1)
    assert all(str(t.status) == "FILLED" for t in tickets), [t.order_events[-1].message for t in tickets]
    self.margin = self.portfolio.total_margin_used
    group = self.transactions.get_order_by_id(1).group_order_manager
    assert group.count == len(tickets) and group.order_ids == [t.order_id for t in tickets] and group.quantity == 1
    assert group.id == 1 and group.direction == OrderDirection.BUY and group.limit_price == 0
    self.liquidate()
    assert not self.portfolio.invested and self.portfolio.total_margin_used == 0
""",
    )
    if margin is None:
        assert outcome.algorithm.margin > 0
    else:
        assert outcome.algorithm.margin == margin


@pytest.mark.parametrize(
    ("sell", "positive"),
    [(s, m) for s, m in ((s, m) for s, m in STRATEGIES) if not s.startswith(("covered", "protective"))],
)
def test_sold_strategies_take_margin_of_their_opposite(run, options, sell, positive):
    outcome = run(
        options,
        ALL
        + f"""
def look(self, chain, data):
    c, n, e = self.option.symbol, datetime(2021, 3, 2), datetime(2021, 3, 19)
    tickets = self.sell(OptionStrategies.{sell}, 2)
    assert all(str(t.status) == "FILLED" for t in tickets)
    self.margin = self.portfolio.total_margin_used
""",
    )
    assert outcome.algorithm.margin >= 0
    assert outcome.algorithm.portfolio.total_portfolio_value > 0


def test_combo_limits_fill_when_the_legs_together_are_cheap_enough(run, options):
    outcome = run(
        options,
        ALL
        + """
def look(self, chain, data):
    e = datetime(2021, 3, 19)
    call = lambda k: Symbol.create_option(self.spy, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, k, e)
    legs = [Leg.create(call(100), 1), Leg.create(call(102), -1)]
    self.never = self.combo_limit_order(legs, 2, 0.10)
    self.soon = self.combo_limit_order(legs, 2, 3.00)
    each = [Leg.create(call(100), 1, 5.0), Leg.create(call(102), -1, 0.10)]
    self.each = self.combo_leg_limit_order(each, 1)
    for wrong in (lambda: self.combo_limit_order(legs, 1, 0), lambda: self.combo_limit_order(each, 1, 2),
                  lambda: self.combo_leg_limit_order(legs, 1)):
        try:
            wrong()
        except Exception as error:
            self.seen.append(str(error))
    self.refused = self.combo_market_order([Leg.create(call(100), 0)], 1)
    self.never[0].cancel("no")
""",
    )
    a = outcome.algorithm
    assert [str(t.status) for t in a.never] == ["CANCELED", "CANCELED"]
    assert [str(t.status) for t in a.soon + a.each] == ["FILLED"] * 4
    assert len(a.seen) == 3
    assert [t.order_id for t in a.refused] == [-10]


def test_contracts_added_and_removed_by_hand(run, options):
    outcome = run(
        options,
        """
def initialize(self):
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.call = Symbol.create_option(self.spy, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 100, datetime(2021, 3, 19))
    self.add_option_contract(self.call)
    self.changes = []
def on_securities_changed(self, changes):
    self.changes.append(([s.symbol.value for s in changes.added_securities], [s.symbol.value for s in changes.removed_securities]))
    assert changes.count == len(list(changes.added_securities)) + changes.removed_securities.count
def on_data(self, data):
    if self.time.hour == 10 and self.time.minute == 0:
        assert self.securities[self.call].price > 0
        assert self.remove_option_contract(self.call)
    if self.time.hour == 11 and self.time.minute == 0:
        assert not data.contains_key(self.call)
        assert not self.remove_option_contract(self.call)
""",
    )
    added, removed = outcome.algorithm.changes[0][0], outcome.algorithm.changes[-1][1]
    assert "SPY" in added
    assert removed == [outcome.algorithm.call.value]


def test_expiry_exercises_what_is_inside_and_drops_the_rest(run, options):
    outcome = run(
        options,
        """
def initialize(self):
    self.set_cash(100000)
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    make = lambda right, k: self.add_option_contract(Symbol.create_option(
        self.spy, Market.USA, OptionStyle.AMERICAN, right, k, datetime(2021, 3, 2))).symbol
    self.long, self.short = make(OptionRight.CALL, 103), make(OptionRight.PUT, 99)
    self.events, self.delisted = [], []
def on_data(self, data):
    if self.time.day == 2 and self.time.hour == 12 and not self.portfolio.invested:
        self.market_order(self.long, 1)
        self.market_order(self.short, -1)
def on_order_event(self, event):
    if self.time.day == 3:
        self.events.append((event.symbol.value, event.fill_quantity, event.fill_price, event.message))
def on_delistings(self, delistings):
    self.delisted += [(str(d.symbol), str(d.type)) for d in delistings.values()]
""",
        days=(date(2021, 3, 1), date(2021, 3, 4)),
    )
    events = outcome.algorithm.events
    assert [(e[0].split()[0], e[1], e[2]) for e in events] == [("SPY", -1, 0), ("SPY", 100, 103), ("SPY", 1, 0)]
    assert events[0][3].startswith("Automatic Exercise. Underlying: 103.9")
    assert events[2][3].startswith("OTM")
    assert outcome.algorithm.portfolio[outcome.algorithm.spy].average_price == 103
    assert len(outcome.algorithm.delisted) == 4


def test_deep_short_calls_are_assigned_before_expiry(run, made, options):
    """The underlying goes far above the strike on the last day but one."""
    made.rising("spy", (date(2021, 3, 2),), start=120.0)
    outcome = run(
        made,
        """
def initialize(self):
    self.set_cash(100000)
    self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
    self.call = self.add_option_contract(Symbol.create_option(
        self.spy, Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 103, datetime(2021, 3, 2))).symbol
    self.assigned = []
def on_data(self, data):
    if self.time.day == 1 and self.time.hour == 12 and not self.portfolio.invested:
        self.market_order(self.call, -1)
def on_assignment_order_event(self, event):
    self.assigned.append((f"{self.time:%d %H:%M}", event.message.split(".")[0]))
""",
        days=(date(2021, 3, 1), date(2021, 3, 2)),
    )
    assert outcome.algorithm.assigned == [("02 09:31", "Assigned")]
    assert outcome.algorithm.portfolio[outcome.algorithm.spy].quantity == -100


def test_the_canonical_security_says_nothing_of_its_contracts_subscription(run, options):
    body = ALL.replace("Resolution.MINUTE)", "Resolution.MINUTE, fill_forward=True)")
    look = """
def look(self, chain, data):
    of = [self.option, *(self.securities[contract.symbol] for contract in chain)]
    self.seen = [(security.resolution, security.is_fill_data_forward) for security in of]
"""
    canonical, *contracts = run(options, body + look).algorithm.seen
    assert (int(canonical[0]), canonical[1]) == (4, False)
    assert {(int(resolution), filled) for resolution, filled in contracts} == {(2, True)}


def test_open_interest_of_securities_is_that_of_the_listing_until_a_newer_point_comes(run, options):
    """LEAN keeps the universe file's figure in the contract's cache; the chain shows that of the points alone."""
    options.interest("spy", date(2021, 3, 1), {("C", 100, date(2021, 3, 19)): 77})
    body = """
def initialize(self):
    self.option = self.add_option("SPY", Resolution.MINUTE)
    self.option.set_filter(lambda u: u.strikes(-10, 10).expiration(10, 30))
    self.seen = {}
def on_data(self, data):
    chain = data.option_chains.get(self.option.symbol)
    if chain and self.time.minute == 31:
        found = {c.strike: (self.securities[c.symbol].open_interest, c.open_interest) for c in chain if c.right == OptionRight.CALL}
        self.seen.setdefault(self.time.day, (found[100], found[101]))
"""
    seen = run(options, body, days=(date(2021, 3, 1), date(2021, 3, 2))).algorithm.seen
    assert seen == {1: ((77, 77), (100, 0)), 2: ((100, 77), (100, 0))}
