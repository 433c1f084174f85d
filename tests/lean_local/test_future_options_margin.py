"""Margin of options on futures on made data: groups, orders that are let through, margin calls, Greeks, excursions."""

from datetime import date
from decimal import Decimal

import pytest

MONDAY, FRIDAY = date(2021, 3, 15), date(2021, 3, 19)
STRIKES = [(right, strike, FRIDAY) for strike in (3850, 3900, 3950) for right in "CP"]
SET_UP = """
def initialize(self):
    self.set_cash(1_000_000)
    self.future = Symbol.create_future("ES", Market.CME, datetime(2021, 3, 19))
    make = lambda right, strike: self.add_future_option_contract(Symbol.create_option(
        self.future, Market.CME, OptionStyle.AMERICAN, right, strike, datetime(2021, 3, 19))).symbol
    self.calls = {k: make(OptionRight.CALL, k) for k in (3850, 3900, 3950)}
    self.puts = {k: make(OptionRight.PUT, k) for k in (3850, 3900, 3950)}
    self.seen = []

def look(self):
    for group in self.portfolio.positions.groups:
        model = group.buying_power_model
        keep = model.get_maintenance_margin(PositionGroupMaintenanceMarginParameters(self.portfolio, group)).value
        start = model.get_initial_margin_requirement(PositionGroupInitialMarginParameters(self.portfolio, group)).value
        self.seen.append((str(model), keep, start))

def on_data(self, data):
    if self.time.hour == 10 and self.time.minute == 2:
        ORDERS
        self.look()
"""


@pytest.fixture
def book(futures):
    """ES options of March on Monday: 34.75 to 35.25 from 10:00 to 10:04; the future is at 3901 at 10:02."""
    futures.future_option_quotes(MONDAY, {key: dict.fromkeys(range(5), (34.75, 35.25)) for key in STRIKES})
    return futures


def groups(book, run, orders, **more):
    return run(book, SET_UP.replace("ORDERS", orders), days=(MONDAY, MONDAY), **more).algorithm.seen


# Maintenance 5000 a contract, initial 6000, in LEAN's curves at 3901: see `FuturesOptionsMarginModel`.
@pytest.mark.parametrize(
    ("orders", "found"),
    [
        ("self.market_order(self.calls[3950], 1)", [("Naked Call", 2852, 3423)]),
        ("self.market_order(self.puts[3850], -1)", [("Naked Put", 6224, -7469)]),
        (
            "self.market_order(self.calls[3950], 1); self.market_order(self.puts[3850], -1)",
            [("Naked Call", 2852, 3423), ("Naked Put", 6224, -7469)],
        ),
        (
            "self.combo_market_order([Leg.create(self.puts[3900], -1), Leg.create(self.puts[3850], 1)], 2)",
            [("Bull Put Spread", 100, 100)],
        ),
        (
            "self.combo_market_order([Leg.create(self.calls[3950], -1), Leg.create(self.puts[3850], -1)], 1)",
            [("Short Strangle", 6259, 7504)],
        ),
        (
            "self.market_order(self.future, 1); self.market_order(self.calls[3950], -1)",
            [("Covered Call", 5000, 7400)],
        ),
    ],
)
def test_groups_are_margined_by_one_future_a_contract(book, run, orders, found):
    seen = groups(book, run, orders)
    assert [s[0] for s in seen] == [f[0] for f in found]
    assert [s[1:] for s in seen] == [pytest.approx(f[1:], abs=1) for f in found]


def test_a_short_option_s_own_margin_is_negative_so_no_number_of_them_is_refused(book, run):
    outcome = run(
        book,
        SET_UP.replace("ORDERS", "self.ticket = self.market_order(self.calls[3950], -1000)"),
        days=(MONDAY, MONDAY),
    )
    assert outcome.algorithm.ticket.status == 3


def test_a_margin_call_takes_single_options_and_whole_strategies(book, run):
    orders = (
        "self.market_order(self.calls[3950], -400) if not self.portfolio.invested else None; "
        "self.combo_market_order([Leg.create(self.puts[3850], -1), Leg.create(self.calls[3900], -1)], 5)"
    )
    body = (
        SET_UP.replace("ORDERS", orders)
        + """
def on_margin_call(self, requests):
    self.asked = [(r.symbol.id.strike_price, int(r.order_type), r.quantity) for r in requests]
    return requests
"""
    )
    outcome = run(book, body, days=(MONDAY, MONDAY))
    asked = outcome.algorithm.asked
    combo = [a for a in asked if a[1] == 8]
    single = [a for a in asked if a[1] == 0]
    assert {a[0] for a in combo} == {3850, 3900} or {a[0] for a in combo} == {3850, 3950}
    assert len({a[2] for a in combo}) == 1  # both legs, as many
    assert single
    assert all(a[2] > 0 for a in asked)
    tags = [o["tag"] for o in outcome.result.orders_json.values()]
    assert "Margin Call" in tags


def test_greeks_are_quantlib_s_by_default(book, run):
    outcome = run(
        book,
        SET_UP.replace(
            "ORDERS",
            "c = next(c for c in list(data.option_chains.values())[0] if c.symbol == self.calls[3950]); "
            "self.seen.append((type(self.securities[c.symbol].price_model).__name__, 0.2 < c.implied_volatility < 0.4, "
            "0.3 < c.greeks.delta < 0.5))",
        ),
        days=(MONDAY, MONDAY),
    )
    assert outcome.algorithm.seen == [("QLOptionPriceModel", True, True)]


def test_an_excursion_sees_the_price_before_a_quote_that_follows_a_repeated_trade(book, run):
    rows = [f"{60_000 * 840},35,35,35,35,10"]
    name = f"{MONDAY:%Y%m%d}_es_minute_trade_american_call_39500000_20210319.csv"
    book.pack(f"futureoption/cme/minute/es/202103/{MONDAY:%Y%m%d}_trade_american.zip", {name: rows})
    moving = {0: (34.75, 35.25), 1: (30, 40), 2: (34.75, 35.25), 3: (34.75, 35.25), 4: (34.75, 35.25)}
    book.future_option_quotes(MONDAY, dict.fromkeys(STRIKES, moving))
    body = SET_UP.replace("ORDERS", "self.market_order(self.calls[3950], -1)")
    body += "    if self.time.hour == 10 and self.time.minute == 4:\n        self.liquidate()\n"
    trade = run(book, body, days=(MONDAY, MONDAY)).result.trades[0]
    assert (trade.entry_price, trade.mae) == (Decimal(30), Decimal("-262.5"))  # sold at 30 while the price was 35
