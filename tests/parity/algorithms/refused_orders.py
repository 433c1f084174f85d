"""Orders LEAN refuses, and what it says."""

from AlgorithmImports import *


class RefusedOrders(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 3, 1)
        self.set_end_date(2021, 3, 1)
        self.set_cash(10_000)
        self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
        self.done = False

    def on_data(self, data):
        if self.done:
            return
        self.done = True
        for ticket in (
            self.market_order(self.spy, 0),
            self.market_order(self.spy, 0.5),
            self.market_order(self.spy, 1_000),
            self.market_order("NOBODY", 1),
            self.market_on_open_order(self.spy, 1),
            self.limit_order(self.spy, 300, 100),
        ):
            response = ticket.submit_request.response
            self.log(f"{ticket.order_id} {ticket.status} {response.error_code} {response.error_message}")
