"""An iron condor of SPXW that expires worthless: cash settlement, no shares, the credit is kept."""

from AlgorithmImports import *


class IndexCondorToExpiry(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 3, 1)
        self.set_end_date(2021, 3, 4)
        self.set_cash(50_000)
        self.set_brokerage_model(BrokerageName.INTERACTIVE_BROKERS_BROKERAGE, AccountType.MARGIN)
        spx = self.add_index("SPX", Resolution.MINUTE).symbol
        self.set_benchmark(spx)
        self.option = self.add_index_option(spx, "SPXW", Resolution.MINUTE)
        self.option.set_filter(lambda universe: universe.include_weeklys().strikes(-5, 5).expiration(0, 3))
        self.done = False

    def on_data(self, data):
        chain = data.option_chains.get(self.option.symbol)
        if chain is None or self.done or self.time.hour < 11:
            return
        contracts = {(c.right, c.strike): c.symbol for c in chain}
        put, call = OptionRight.PUT, OptionRight.CALL
        legs = {(put, 96): 1, (put, 98): -1, (call, 102): -1, (call, 104): 1}
        self.combo_market_order([Leg.create(contracts[name], ratio) for name, ratio in legs.items()], 3)
        self.log(f"{self.portfolio.total_margin_used:.2f}")
        self.done = True
