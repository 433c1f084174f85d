"""The databases of opening times and trading units, currencies and subscriptions as algorithms see them."""

from datetime import date

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
