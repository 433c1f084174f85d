"""What algorithms use of .NET and of LEAN's small types."""

from decimal import Decimal
from types import SimpleNamespace

import pytest

from lean_local.api.currencies import Currencies
from lean_local.api.net import Random
from lean_local.enums import OrderType
from lean_local.securities.cache import decimal_of
from lean_local.securities.fees import InteractiveBrokersFeeModel
from lean_local.symbols import Symbol


def test_random_numbers_are_those_of_net_for_a_seed():
    # .NET's documented first numbers of new Random(0): 1559595546, 1755192844, 1649316166.
    numbers = Random(0)
    assert [numbers.next() for _ in range(3)] == [1559595546, 1755192844, 1649316166]
    assert Random(0).next_double() == pytest.approx(1559595546 / 2147483647, abs=1e-15)
    assert [Random(0).next(10), Random(0).next(-5, 5)] == [7, 2]


def test_currencies_have_codes_and_symbols():
    assert (Currencies.USD, Currencies.NULL_CURRENCY, Currencies.get_currency_symbol("EUR")) == ("USD", "QCC", "€")


def test_a_security_keeps_properties_by_name_and_attribute(run, shares):
    body = """
def initialize(self):
    spy = self.add_equity("SPY")
    spy.one = 1
    spy["two"] = 2
    spy.add("three", 3)
    self.told = [spy["one"], spy.two, spy.get[int]("three"), spy.get("four")]
"""
    assert run(shares, body).algorithm.told == [1, 2, 3, None]


def test_dates_and_cash_by_name(run, shares):
    body = """
def initialize(self):
    self.set_start_date(year=2021, month=3, day=1)
    self.set_end_date(month=3, day=1, year=2021)
    self.set_cash(starting_cash=5000)
    self.told = (self.start_date.month, self.portfolio.cash, self.algorithm_mode == AlgorithmMode.BACKTESTING)
    self.add_equity("SPY")
"""
    assert run(shares, body).algorithm.told == (3, 5000, True)


def test_signal_exports_send_nothing_in_a_backtest(run, shares):
    body = """
def initialize(self):
    self.add_equity("SPY")
    self.signal_export.add_signal_export_providers(Collective2SignalExport("key", 1), NumeraiSignalExport("a"))
    self.told = [self.signal_export.set_target_portfolio_from_portfolio() for _ in range(2)]
"""
    assert run(shares, body).algorithm.told == [True, True]


def test_iconic_data_is_tied_to_an_added_security(run, shares):
    body = """
def initialize(self):
    spy = self.add_equity("SPY")
    linked = self.add_data(LinkedData, "SPY", Resolution.DAILY).symbol
    free = self.add_data(UnlinkedData, "SPY", Resolution.DAILY).symbol
    self.told = [linked.underlying == spy.symbol, free.has_underlying]
    self.told.append(self.add_option("SPY").symbol.underlying == spy.symbol)
    try:
        self.add_data(LinkedData, "AAPL")
    except InvalidOperationException as error:
        self.told.append("requires mapping" in str(error))
"""
    assert run(shares, body).algorithm.told == [True, False, True, True]


@pytest.mark.parametrize(
    ("market", "quantity", "price", "fee"),
    [
        ("usa", 100, 50, "1 USD"),
        ("usa", 1000, 50, "5.000 USD"),
        ("usa", 1000, 0.1, "0.5000 USD"),  # no more than half a percent of the value
        ("india", 100, 50, "6 INR"),
        ("india", 1000, 50, "10.00 INR"),
    ],
)
def test_fees_of_shares_by_market(market, quantity, price, fee):
    record = SimpleNamespace(
        quantity=Decimal(quantity), type=OrderType.MARKET, limit_price=None, stop_price=None, group=None
    )
    share = SimpleNamespace(
        symbol=Symbol.create_equity("AAA", market), price_exact=decimal_of(price), multiplier_exact=1, conversion_rate=1
    )
    assert str(InteractiveBrokersFeeModel().money(share, record)) == fee
