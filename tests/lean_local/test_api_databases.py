# ruff: noqa: E501  lines of algorithm text
"""The databases of opening times and trading units, currencies and subscriptions as algorithms see them."""

from datetime import date, timedelta

MONDAY = date(2021, 3, 15)


def test_opening_times_and_units_are_found_by_market_or_by_subscription(futures, run):
    made = run(
        futures,
        """
def initialize(self):
    self.es = self.add_future("ES", extended_market_hours=True)
    hours = self.market_hours_database.get_exchange_hours(self.es.subscription_data_config)
    entry = MarketHoursDatabase.from_data_folder().get_entry(Market.CME, "ES", SecurityType.FUTURE)
    evening = datetime(2021, 3, 15, 19, 0)
    self.hours = (hours.is_open(evening, False), hours.is_open(evening.replace(tzinfo=timezone.utc), True),
                  entry.data_time_zone, entry.exchange_hours.time_zone)
    units = self.symbol_properties_database
    found = units.get_symbol_properties(Market.CME, self.es.symbol, SecurityType.FUTURE, "USD")
    self.units = (found.contract_multiplier, units.contains_key(Market.CME, "ES", SecurityType.FUTURE),
                  units.contains_key(Market.CME, "NQ", SecurityType.FUTURE))
    self.flags = (self.es.is_extended_market_hours, self.es.is_fill_data_forward)
    self.add_future_contract(Symbol.create_future("ES", Market.CME, datetime(2021, 3, 19)))
    self.signs = (Currencies.EUR, Currencies.get_currency_symbol("EUR"), Currencies.GetCurrencySymbol("XYZ"))
""",
        days=(MONDAY, MONDAY),
    ).algorithm
    assert made.hours == (False, True, "UTC", "America/New_York")
    assert made.units == (50, True, False)
    assert made.flags == (True, True)
    assert made.signs == ("EUR", "€", "XYZ")


def test_units_that_the_algorithm_sets_are_those_of_securities_added_later(shares, run):
    made = run(
        shares,
        """
def initialize(self):
    database = self.symbol_properties_database
    key = database.get_database_symbol_key(Symbol.create_equity("SPY"))
    database.set_entry(Market.USA, key, SecurityType.EQUITY, SymbolProperties("mine", "USD", 10, 0.05, 5, key))
    units = self.add_equity("SPY").symbol_properties
    self.seen = (key, units.description, units.contract_multiplier, units.lot_size, units.price_magnifier)
    default = SymbolProperties.get_default("eur")
    self.default = (default.quote_currency, default.minimum_price_variation, default.lot_size)
    self.anything = MarketHoursDatabase.get_database_symbol_key(None)
""",
    ).algorithm
    assert made.seen == ("SPY", "mine", 10, 5, 1)
    assert made.default == ("EUR", 0.01, 1)
    assert made.anything == "[*]"


def test_custom_data_may_have_the_exchange_of_shares(shares, run):
    made = run(
        shares,
        """
def initialize(self):
    class Nothing(PythonData):
        def get_source(self, config, date, live):
            return SubscriptionDataSource("nowhere.csv")
        def reader(self, config, line, date, live):
            return None
    self.add_equity("SPY")
    own = self.add_data(Nothing, "MINE", Resolution.DAILY)
    before = own.exchange.hours.is_market_always_open
    own.exchange = EquityExchange()
    self.seen = (before, own.exchange.hours.is_market_always_open, own.exchange.trading_days_per_year)
    self.lengths = [own.exchange.hours.regular_market_duration, SecurityExchangeHours.always_open("UTC").regular_market_duration]
    self.soon = {}
def on_data(self, data):
    exchange = self.securities["SPY"].exchange
    if self.time.hour == 15 and self.time.minute in (49, 50) or self.time.hour == 16:
        self.soon[f"{self.time:%H:%M}"] = (exchange.closing_soon, exchange.is_closing_soon(15))
    self.open = exchange.date_time_is_open(datetime(2021, 3, 1, 9, 31))
""",
    ).algorithm
    assert made.seen == (True, False, 252)
    assert made.lengths == [timedelta(hours=6.5), timedelta(days=1)]
    assert made.soon == {"15:49": (False, True), "15:50": (True, True), "16:00": (True, True)}
    assert made.open


def test_a_slices_values_are_also_there_as_a_method_of_net(shares, run):
    made = run(
        shares,
        """
def initialize(self):
    self.add_equity("SPY")
def on_data(self, data):
    self.seen = data.get_values() == data.values() == [data["SPY"]]
""",
    ).algorithm
    assert made.seen
