# ruff: noqa: E501  lines of algorithm text
"""Splits, dividends, delistings and new tickers of a made share: events at midnight and what they do to the account."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from lean_local.engine.adjust import _product
from lean_local.enums import OrderField
from lean_local.securities.cache import LongPrices, market_decimal

DAYS = tuple(date(2021, 3, 1) + timedelta(days=n) for n in (0, 1, 2, 3, 4))
BODY = """
def initialize(self):
    self.set_cash(100000)
    self.set_benchmark(lambda t: 1)
    self.share = self.add_equity("CORP", Resolution.MINUTE, data_normalization_mode=DataNormalizationMode.{mode}).symbol
    self.seen = []
    self.schedule.on(self.date_rules.on(2021, 3, 1), self.time_rules.at(10, 0), self.place)
def place(self):
    self.market_order(self.share, 33)
    self.limit = self.limit_order(self.share, 10, 50)
def note(self, what):
    holding = self.portfolio[self.share]
    self.seen.append((what, f"{{self.time:%d %H:%M}}", holding.quantity, round(holding.average_price, 4), round(self.portfolio.cash, 2)))
def on_splits(self, splits):
    for pair in splits:
        self.note(str(pair.value.type))
def on_dividends(self, dividends):
    self.note(dividends[self.share].distribution)
def on_delistings(self, delistings):
    self.note(str(delistings[self.share].type))
def on_symbol_changed_events(self, changes):
    self.note(changes[self.share].new_symbol)
def on_end_of_algorithm(self):
    self.note("end")
"""
CASH = 100000 - 33 * 100.30 - 1  # 33 shares at 100.30, the minimum fee


@pytest.fixture
def corp(made):
    """CORP: a dividend of 1.50 on the 2nd, a split of two for one on the 4th."""
    made.rising("corp", DAYS)
    made.write("equity/usa/map_files/corp.csv", "20200102,corp\n20501231,corp\n")
    made.write("equity/usa/factor_files/corp.csv", "20210301,0.985,0.5,100\n20210303,1,0.5,100\n20501231,1,1,0\n")
    return made


def test_raw_positions_get_dividends_in_cash_and_splits_in_shares(run, corp):
    outcome = run(corp, BODY.format(mode="RAW"), days=(DAYS[0], DAYS[4]))
    paid = round(CASH + 33 * 1.5, 2)
    assert outcome.algorithm.seen[:2] == [(1.5, "02 00:00", 33, 100.3, paid), ("WARNING", "03 00:00", 33, 100.3, paid)]
    assert outcome.algorithm.seen[2] == ("SPLIT_OCCURRED", "04 00:00", 66, 50.15, paid)
    assert (outcome.algorithm.limit.quantity, outcome.algorithm.limit.get(OrderField.LIMIT_PRICE)) == (20, 25.0)


def test_a_share_without_a_map_file_has_its_events_too(run, corp):
    (corp.root / "equity/usa/map_files/corp.csv").unlink()
    outcome = run(corp, BODY.format(mode="RAW"), days=(DAYS[0], DAYS[4]))
    assert [what for what, *_ in outcome.algorithm.seen] == [1.5, "WARNING", "SPLIT_OCCURRED", "end"]


def test_a_fraction_of_a_share_becomes_cash(run, corp):
    corp.write("equity/usa/factor_files/corp.csv", "20210303,1,4,100\n20501231,1,1,0\n")  # one share for four
    outcome = run(corp, BODY.format(mode="RAW"), days=(DAYS[0], DAYS[3]))
    assert outcome.algorithm.seen[1] == ("SPLIT_OCCURRED", "04 00:00", 8, 401.2, round(CASH + 0.25 * 103.9 * 4, 2))


def test_adjusted_positions_only_hear_of_them(run, corp):
    outcome = run(
        corp,
        BODY.format(mode="ADJUSTED").replace("self.limit_order(self.share, 10, 50)", "None"),
        days=(DAYS[0], DAYS[4]),
    )
    assert {s[2] for s in outcome.algorithm.seen} == {33}
    assert len({s[4] for s in outcome.algorithm.seen}) == 1


def test_a_delisted_position_is_closed_at_the_last_price_and_its_orders_cancelled(run, corp):
    corp.write("equity/usa/map_files/corp.csv", "20200102,corp\n20210302,corp\n")
    outcome = run(corp, BODY.format(mode="RAW"), days=(DAYS[0], DAYS[3]))
    named = [s[:3] for s in outcome.algorithm.seen if isinstance(s[0], str)]
    assert named == [("WARNING", "02 00:00", 33), ("DELISTED", "03 00:00", 0), ("end", "03 00:00", 0)]
    last = [o for o in outcome.result.orders_json.values() if o["tag"] == "Liquidate from delisting"]
    assert [(float(o["price"]), int(o["quantity"])) for o in last] == [(103.9, -33)]
    assert outcome.algorithm.limit.status.name == "CANCELED"


def test_a_new_ticker_reads_new_files_and_cancels_orders(run, corp):
    corp.write("equity/usa/map_files/corp.csv", "20200102,old\n20210302,old\n20501231,corp\n")
    corp.rising("old", DAYS[:2])
    outcome = run(corp, BODY.format(mode="RAW"), days=(DAYS[0], DAYS[3]))
    assert ("CORP", "03 00:00", 33) in [s[:3] for s in outcome.algorithm.seen]
    assert outcome.algorithm.limit.status.name == "CANCELED"
    assert outcome.algorithm.limit.cancel_request.tag == "Open order cancelled on symbol changed event"


def test_adjusted_prices_keep_digits_that_a_float_cannot_hold():
    LongPrices.clear()
    value = _product(539.7911, Decimal("0.9304792") * Decimal("0.1428571"), Decimal(0))
    exact = Decimal("539.7911") * Decimal("0.9304792") * Decimal("0.1428571")
    assert market_decimal(value) == exact
    assert Decimal(repr(value)) != exact
    assert market_decimal(145.25) == Decimal("145.25")


def test_the_oldest_long_prices_are_forgotten(monkeypatch):
    monkeypatch.setattr(LongPrices, "most", 4)
    LongPrices.clear()
    for number in range(6):
        LongPrices.keep(float(number), Decimal(number))
    assert [LongPrices.find(float(n)) is not None for n in range(6)] == [False, False, True, True, True, True]
    LongPrices.clear()


@pytest.mark.parametrize(
    ("mode", "prices"),
    [
        ("ADJUSTED", ["49.25000000", "50.00000", "50.00000", "100.0000", "100.0000"]),  # 0.985 and 0.5, 0.5, 1
        ("SPLIT_ADJUSTED", ["50.00000", "50.00000", "50.00000", "100.0000", "100.0000"]),
        ("RAW", ["100.0000"] * 5),
    ],
)
def test_an_order_remembers_prices_with_the_places_of_the_factors_of_their_date(run, corp, mode, prices):
    # Daily files hold all dates: the places are not those of the first row of the run.
    corp.daily("corp", dict.fromkeys(DAYS, 100))
    body = f"""
def initialize(self):
    self.share = self.add_equity("CORP", Resolution.DAILY, data_normalization_mode=DataNormalizationMode.{mode}).symbol
    self.tickets = []
def on_data(self, data):
    if data.bars:
        self.tickets.append(self.market_on_open_order(self.share, 1))
"""
    outcome = run(corp, body, days=(DAYS[0], DAYS[4]))
    assert [f"{ticket.record.submission.last_price}" for ticket in outcome.algorithm.tickets] == prices


def test_a_raw_price_after_a_split_has_the_places_of_both_numbers(run, corp):
    body = """
def initialize(self):
    self.share = self.add_equity("CORP", Resolution.MINUTE, data_normalization_mode=DataNormalizationMode.RAW).symbol
    self.ticket = None
def on_splits(self, splits):
    if splits[self.share].type == SplitType.SPLIT_OCCURRED:
        self.ticket = self.market_on_open_order(self.share, 1)
"""
    outcome = run(corp, body, days=(DAYS[0], DAYS[4]))
    places = outcome.algorithm.ticket.record.submission.last_price.as_tuple().exponent
    assert places == -5  # 4 of the file, one of the factor 0.5
