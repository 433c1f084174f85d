"""Crypto on made data: cash book, fees in coins, leverage, funding, conversion rates, inverse contracts."""

import json
from datetime import date

import pytest

DAY = date(2021, 3, 1)
MINUTE_MS = 60_000
PROPERTIES = (
    "market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size,"
    "market_ticker,minimum_order_size\n"
    "bybit,BTCUSDT,crypto,,USDT,1,0.1,0.001,BTCUSDT,0.01\n"
    "bybit,BTCUSDC,crypto,,USDC,1,0.1,0.001,BTCUSDC,0.01\n"
    "bybit,ETHBTC,crypto,,BTC,1,0.00001,0.01,ETHBTC,0.01\n"
    "bybit,BTCUSDT,cryptofuture,,USDT,1,0.1,0.001,BTCUSDT,0.001\n"
    "bybit,BTCUSD,cryptofuture,,USD,1,0.1,1,BTCUSD,1\n"
    "oanda,EURUSD,forex,,USD,1,0.00001,1\n"
)


@pytest.fixture
def coins(made):
    """Minutes of BTCUSDT spot and futures, ETHBTC and EURUSD all through one UTC day."""
    hours = json.loads((made.root / "market-hours/market-hours-database.json").read_text())
    days = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    whole = [{"start": "00:00:00", "end": "1.00:00:00", "state": "market"}]
    entry = {"dataTimeZone": "UTC", "exchangeTimeZone": "UTC", "holidays": []} | dict.fromkeys(days, whole)
    for key in ("Crypto-bybit-[*]", "CryptoFuture-bybit-[*]", "Forex-oanda-[*]"):
        hours["entries"][key] = entry
    made.write("market-hours/market-hours-database.json", json.dumps(hours))
    made.write("symbol-properties/symbol-properties-database.csv", PROPERTIES)
    for kind, market, ticker, price in (
        ("crypto", "bybit", "btcusdt", 20_000),
        ("crypto", "bybit", "ethbtc", 0.05),
        ("cryptofuture", "bybit", "btcusdt", 20_000),
        ("cryptofuture", "bybit", "btcusd", 20_000),
        ("forex", "oanda", "eurusd", 1.25),
    ):
        _pair(made, kind, market, ticker, price)
    rates = "20210301 00:00:00,0.0001\n20210301 08:00:00,0.0002\n20210301 16:00:00,-0.0001\n"
    made.write("cryptofuture/bybit/margin_interest/btcusdt.csv", rates)
    return made


def _pair(made, kind, market, ticker, price):
    """A price that stands still, quoted one thousandth around it."""
    low, high = price * 0.999, price * 1.001
    trades = [f"{m * MINUTE_MS},{price},{price},{price},{price},5" for m in range(1440)]
    quotes = [f"{m * MINUTE_MS},{low},{low},{low},{low},3,{high},{high},{high},{high},3" for m in range(1440)]
    suffix = "_perp" if kind == "cryptofuture" else ""
    for name, rows in (("trade", trades), ("quote", quotes)):
        if kind == "forex" and name == "trade":
            continue
        entry = f"20210301_{ticker}_minute_{name}{suffix}.csv"
        made.pack(f"{kind}/{market}/minute/{ticker}/20210301_{name}.zip", {entry: rows})


def _start(account, body, money="self.set_account_currency('USDT', 10000)"):
    return f"""
def initialize(self):
    self.set_time_zone(TimeZones.UTC)
    {money}
    self.set_brokerage_model(BrokerageName.BYBIT, AccountType.{account})
{body}
    self.schedule.on(self.date_rules.on(2021, 3, 1), self.time_rules.at(1, 0), self.act)
    self.seen = []
"""


SPOT = "    self.coin = self.add_crypto('BTCUSDT').symbol"
PERPETUAL = "    self.coin = self.add_crypto_future('BTCUSDT', leverage=10).symbol"


def test_spot_fees_are_paid_in_the_coin_bought_and_in_the_quote_currency_sold(run, coins):
    outcome = run(
        coins,
        _start("CASH", SPOT)
        + """
def act(self):
    self.market_order(self.coin, 0.1)
    self.book = {c.symbol: c.amount for c in self.portfolio.cash_book.values()}
    self.held = self.portfolio[self.coin].quantity
    self.market_order(self.coin, -0.05)
""",
    )
    algorithm = outcome.algorithm
    assert algorithm.held == pytest.approx(0.0999)
    assert algorithm.book["BTC"] == pytest.approx(0.0999)
    assert algorithm.book["USDT"] == pytest.approx(10_000 - 0.1 * 20_020)
    sold = 0.05 * 19_980
    assert algorithm.portfolio.cash_book["USDT"].amount == pytest.approx(10_000 - 2002 + sold * 0.999)
    value = 10_000 - 2002 + sold * 0.999 + 0.0499 * 20_000
    assert algorithm.portfolio.total_portfolio_value == pytest.approx(value)


@pytest.mark.parametrize(
    ("order", "status", "text"),
    [
        ("self.market_order(self.coin, -0.1)", "INVALID", "does not permit short holdings"),
        ("self.market_order(self.coin, 1)", "INVALID", "but only a total value of"),
        ("self.market_order(self.coin, 0.002)", "INVALID", "The minimum order size"),
        ("self.market_order(self.coin, 0.0001)", "INVALID", "less than lot size"),
        ("self.limit_if_touched_order(self.coin, 0.1, 19000, 19000)", "INVALID", "does not support LimitIfTouched"),
        ("self.limit_order(self.coin, 0.1, 19000)", "SUBMITTED", ""),
    ],
)
def test_cash_accounts_take_only_what_is_paid_for(run, coins, order, status, text):
    outcome = run(coins, _start("CASH", SPOT) + f"def act(self):\n    self.ticket = {order}\n")
    ticket = outcome.algorithm.ticket
    assert str(ticket.status) == status
    assert text in (ticket.submit_request.response.error_message or "")


def test_perpetuals_take_margin_and_pay_funding(run, coins):
    outcome = run(
        coins,
        _start("MARGIN", PERPETUAL)
        + """
def act(self):
    self.market_order(self.coin, 2)
    self.after = (self.portfolio.cash, self.portfolio.total_margin_used)
def on_data(self, data):
    self.seen += [rate.interest_rate for rate in data.margin_interest_rates.values()]
""",
    )
    algorithm = outcome.algorithm
    fee = 2 * 20_000 * 0.00055
    assert algorithm.after == (pytest.approx(10_000 - fee), pytest.approx(4000))
    # Funding of 08:00, of 16:00, and of the midnight that ends the run at the last rate known.
    assert algorithm.portfolio.cash == pytest.approx(10_000 - fee - 40_000 * (0.0002 - 0.0001 - 0.0001))
    assert algorithm.seen == [0.0001, 0.0002, -0.0001]
    assert outcome.result.statistics["Total Fees"] == "₮22.00"


def test_inverse_perpetuals_are_worth_coins(run, coins):
    body = "    self.add_crypto('BTCUSDT')\n    self.coin = self.add_crypto_future('BTCUSD', leverage=10).symbol"
    outcome = run(
        coins,
        _start("MARGIN", body, "self.set_cash('BTC', 1, 20000)")
        + """
def act(self):
    self.market_order(self.coin, 1000)
    value = self.portfolio[self.coin].get_quantity_value(1000)
    self.after = (value.amount, value.cash.symbol, self.portfolio.cash_book["BTC"].amount)
""",
    )
    amount, currency, left = outcome.algorithm.after
    assert (amount, currency) == (pytest.approx(0.05), "BTC")
    assert left == pytest.approx(1 - 0.05 * 0.00055)


def test_rates_come_from_pairs_that_nobody_added(run, coins):
    outcome = run(
        coins,
        _start("MARGIN", "    self.coin = self.add_crypto('ETHBTC').symbol")
        + """
def act(self):
    book = self.portfolio.cash_book
    self.rates = {c.symbol: c.conversion_rate for c in book.values()}
    self.converted = (book.convert(2, "BTC", "USDT"), book.convert_to_account_currency(100, "ETH"))
def on_data(self, data):
    self.seen += [s.value for s in data.keys()]
""",
    )
    rates = outcome.algorithm.rates
    # ETHBTC has quotes, BTCUSDT is there for the rate only; BTCUSDC is the benchmark's.
    assert rates["ETH"] == pytest.approx(1000)
    assert rates["BTC"] == 20_000
    assert rates["USDT"] == rates["USDC"] == 1
    assert outcome.algorithm.converted == (40_000, pytest.approx(100_000))
    assert set(outcome.algorithm.seen) == {"ETHBTC"}


def test_forex_is_quotes_and_a_swap_of_currencies(run, coins):
    outcome = run(
        coins,
        """
def initialize(self):
    self.set_time_zone(TimeZones.UTC)
    self.pair = self.add_forex("EURUSD")
    self.schedule.on(self.date_rules.on(2021, 3, 1), self.time_rules.at(1, 0), self.act)
def act(self):
    self.market_order(self.pair, 1000)
    self.rate = self.portfolio.cash_book["EUR"].conversion_rate
""",
    )
    algorithm = outcome.algorithm
    assert algorithm.pair.leverage == 50
    assert algorithm.pair.base_currency.symbol == "EUR"
    assert algorithm.rate == 1.25
    assert algorithm.portfolio.cash_book["EUR"].amount == 1000
    assert algorithm.portfolio.cash_book["USD"].amount == pytest.approx(100_000 - 1251.25)


def test_an_unknown_pair_says_where_it_was_looked_for(run, coins):
    with pytest.raises(Exception, match="Symbol Properties Database: XYZUSDT"):
        run(coins, _start("CASH", "    self.add_crypto('XYZUSDT')"))


def test_the_account_currency_is_set_once_and_before_securities(run, coins):
    act = "def act(self):\n    pass\n"
    outcome = run(coins, _start("CASH", SPOT + "\n    self.set_account_currency('EUR')") + act)
    assert outcome.algorithm.account_currency == "USDT"
    late = "    self.add_crypto('BTCUSDT')\n    self.set_account_currency('USDT')"
    outcome = run(coins, _start("CASH", late, "pass"), fails=True)
    assert "Cannot change AccountCurrency after adding a Security" in str(outcome.error)


def test_rates_are_known_before_the_first_bar_when_the_data_reach_back(run, coins):
    outcome = run(
        coins,
        """
def initialize(self):
    self.set_account_currency('USDT', 1000)
    self.set_cash('BTC', 2)
    self.set_brokerage_model(BrokerageName.BYBIT, AccountType.CASH)
    self.coin = self.add_crypto('BTCUSDT')
    self.first = None

def on_data(self, data):
    if self.first is None:
        self.first = self.time
        self.log(f'{self.time} {self.coin.price}')
""",
    )
    assert outcome.result.statistics["Start Equity"] == "41000.00"  # midnight of New York is 05:00 UTC
    assert outcome.result.log_lines[-1].endswith("2021-03-01 00:00:00 20000.0")


def test_a_benchmark_is_priced_in_account_currency(run, coins):
    hour = "20210301 00:00,0.05,0.05,0.05,0.05,5"
    coins.pack("crypto/bybit/hour/ethbtc_trade.zip", {"ethbtc.csv": [hour]})
    body = "    self.coin = self.add_crypto('ETHBTC').symbol\n    self.set_benchmark(self.coin)"
    outcome = run(
        coins,
        _start("CASH", body)
        + """
def act(self):
    self.price = self.benchmark.evaluate(self.time)
""",
    )
    assert outcome.algorithm.price == pytest.approx(0.05 * 20_000)


def test_buying_power_models_are_asked_without_parameter_objects(run, coins):
    outcome = run(
        coins,
        _start("MARGIN", PERPETUAL)
        + """
def act(self):
    self.market_order(self.coin, 2)
    ask, security = BuyingPowerModelExtensions, self.securities[self.coin]
    model = security.buying_power_model
    self.seen = [
        ask.get_initial_margin_requirement(model, security, 1),
        ask.get_reserved_buying_power_for_position(model, security),
        ask.get_buying_power(model, self.portfolio, security, OrderDirection.BUY),
        ask.get_maintenance_margin(model, security),
    ]
""",
    )
    fee = 2 * 20_000 * 0.00055
    assert outcome.algorithm.seen == pytest.approx([2000, 4000, 10_000 - fee, 4000])
