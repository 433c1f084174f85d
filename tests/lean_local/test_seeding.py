"""Last known prices: what they are, what is seeded with them, and what initializers do to new securities."""

from datetime import date

TUESDAY = (date(2021, 3, 2), date(2021, 3, 2))


def _facts(outcome):
    lines = [line.split(" ", 2)[2] for line in outcome.result.log_lines]
    return [line for line in lines if not line.startswith("Warning")]


def test_the_last_bars_of_the_day_before_are_known_before_the_first_bar(run, options):
    outcome = run(
        options,
        """
def initialize(self):
    self.set_start_date(2021, 3, 2)
    spy = self.add_equity('SPY', data_normalization_mode=DataNormalizationMode.RAW)
    expiry = datetime(2021, 3, 19)
    contract = Symbol.create_option('SPY', Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 100, expiry)
    self.add_option_contract(contract)
    trade, = self.get_last_known_prices(spy)
    self.log(f'{trade.end_time} {trade.close} {self.get_last_known_price(spy.symbol).close}')
    quote, = self.get_last_known_prices(contract)
    self.log(f'{type(quote).__name__} {quote.bid.close} {quote.ask.close} {self.securities[contract].price}')
    both = self.get_last_known_prices([spy.symbol, contract])
    self.log(f'{len(both)} {list(both[spy.symbol])[0].close}')
""",
        days=TUESDAY,
    )
    assert _facts(outcome) == ["2021-03-01 16:00:00 103.9 103.9", "QuoteBar 4.35 4.45 0.0", "2 103.9"]


def test_seed_initial_prices_prices_new_securities_and_contracts_at_once(run, options):
    outcome = run(
        options,
        """
def initialize(self):
    self.set_start_date(2021, 3, 2)
    self.settings.seed_initial_prices = True
    self.add_equity('SPY')
    option = self.add_option('SPY')
    option.set_filter(-1, 1, 0, 30)
    self.log(str(self.securities['SPY'].price))
    expiry = datetime(2021, 3, 19)
    contract = Symbol.create_option('SPY', Market.USA, OptionStyle.AMERICAN, OptionRight.CALL, 100, expiry)
    made = self.add_option_contract(contract)
    self.log(f'{made.price} {made.bid_price} {made.ask_price} {self.current_slice is None}')
""",
        days=TUESDAY,
    )
    assert _facts(outcome) == ["103.9", "4.4 4.35 4.45 True"]


def test_a_seeder_function_prices_what_an_initializer_gets(run, shares):
    outcome = run(
        shares,
        """
def initialize(self):
    self.set_start_date(2021, 3, 2)
    seeder = FuncSecuritySeeder(self.get_last_known_prices)
    self.set_security_initializer(BrokerageModelSecurityInitializer(self.brokerage_model, seeder))
    self.log(str(self.add_equity('SPY').price))
    self.log(str(FuncSecuritySeeder(lambda s: None).seed_security(self.securities['SPY'])))
""",
        days=TUESDAY,
    )
    assert _facts(outcome) == ["103.9", "False"]


def test_an_initializer_that_is_set_takes_the_place_of_the_brokerages_models(run, shares):
    outcome = run(
        shares,
        """
def initialize(self):
    self.set_start_date(2021, 3, 2)
    self.set_brokerage_model(BrokerageName.TASTYTRADE)
    self.set_security_initializer(lambda s: s.set_leverage(1))
    a = self.add_equity('SPY')
    self.log(f'{type(a.fee_model).__name__} {a.leverage}')
""",
    )
    assert _facts(outcome) == ["InteractiveBrokersFeeModel 1.0"]


def test_an_initializer_that_is_added_comes_after_the_brokerages_models(run, shares):
    outcome = run(
        shares,
        """
def initialize(self):
    self.set_start_date(2021, 3, 2)
    self.set_brokerage_model(BrokerageName.TASTYTRADE)
    self.add_security_initializer(lambda s: s.set_leverage(1))
    a = self.add_equity('SPY')
    self.log(f'{type(a.fee_model).__name__} {a.leverage}')
""",
    )
    assert _facts(outcome) == ["TastytradeFeeModel 1.0"]
