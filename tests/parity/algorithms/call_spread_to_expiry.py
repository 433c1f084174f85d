"""A debit call spread of SPY that ends in the money: one leg exercised, the other assigned, the shares net out."""

from AlgorithmImports import *


class CallSpreadToExpiry(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 3, 1)
        self.set_end_date(2021, 3, 4)
        self.set_cash(50_000)
        self.option = self.add_option("SPY", Resolution.MINUTE)
        self.option.set_filter(lambda universe: universe.strikes(-5, 5).expiration(0, 3))
        self.done = False

    def on_data(self, data):
        chain = data.option_chains.get(self.option.symbol)
        if chain is None or self.done or self.time.hour < 11:
            return
        calls = {c.strike: c.symbol for c in chain if c.right == OptionRight.CALL}
        spread = [Leg.create(calls[100], 1), Leg.create(calls[102], -1)]
        self.combo_market_order(spread, 2)
        self.done = True

    def on_order_event(self, event):
        self.log(str(event.message))
