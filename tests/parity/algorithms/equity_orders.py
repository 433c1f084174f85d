"""Every single order type on one share: fills, fees, cancels and a limit that nobody takes."""

from AlgorithmImports import *


class EquityOrders(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 3, 1)
        self.set_end_date(2021, 3, 2)
        self.set_cash(100_000)
        self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
        self.bars = 0

    def on_data(self, data):
        self.bars += 1
        if self.bars == 1:
            self.market_order(self.spy, 400)
            self.limit_order(self.spy, -100, 101.005)
            self.stop_market_order(self.spy, 50, 102)
            self.stop_limit_order(self.spy, 50, 101.5, 101.6)
            self.never = self.limit_order(self.spy, 10, 90)
            self.market_on_close_order(self.spy, -100)
            self.trailing_stop_order(self.spy, -100, 0.05, False)
            self.limit_if_touched_order(self.spy, -50, 102.5, 102.4)
        if self.bars == 390:
            self.market_on_open_order(self.spy, 7)
        if self.bars == 400:
            self.never.cancel("enough")
