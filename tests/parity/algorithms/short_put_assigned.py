"""A short put that ends in the money: assigned, and the shares are there the next morning."""

from AlgorithmImports import *


class ShortPutAssigned(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 3, 2)
        self.set_end_date(2021, 3, 4)
        self.set_cash(50_000)
        self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
        listed = Symbol.create_option(
            self.spy, Market.USA, OptionStyle.AMERICAN, OptionRight.PUT, 106, datetime(2021, 3, 3)
        )
        self.put = self.add_option_contract(listed, Resolution.MINUTE).symbol

    def on_data(self, data):
        if self.time.day == 3 and self.time.hour == 15 and self.time.minute == 0:
            self.market_order(self.put, -2)

    def on_assignment_order_event(self, event):
        self.log(f"assigned {event.quantity}")

    def on_end_of_algorithm(self):
        self.log(
            f"{self.portfolio[self.spy].quantity} {self.portfolio[self.spy].average_price} {self.portfolio.cash:.2f}"
        )
