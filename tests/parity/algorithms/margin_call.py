"""A short position that the account cannot carry when the price jumps: warning, margin call, part is bought back."""

from AlgorithmImports import *


class MarginCall(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 3, 1)
        self.set_end_date(2021, 3, 1)
        self.set_cash(1_000)
        self.set_benchmark(lambda moment: 1)
        self.share = self.add_equity("FALL", Resolution.MINUTE).symbol

    def on_data(self, data):
        if not self.portfolio.invested and self.time.minute == 31:
            self.market_order(self.share, -19)

    def on_margin_call_warning(self):
        self.log("warned")

    def on_margin_call(self, requests):
        self.log(f"called: {[request.quantity for request in requests]}")
        return requests
