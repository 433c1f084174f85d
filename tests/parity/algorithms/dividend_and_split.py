"""Raw prices: the dividend is paid in cash, the split doubles shares and halves prices, open orders follow."""

from AlgorithmImports import *


class DividendAndSplit(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 3, 1)
        self.set_end_date(2021, 3, 5)
        self.set_cash(10_000)
        self.set_benchmark(lambda moment: 1)
        mode = DataNormalizationMode.RAW
        self.share = self.add_equity("CORP", Resolution.MINUTE, data_normalization_mode=mode).symbol

    def on_data(self, data):
        if self.share in data.bars and not self.portfolio.invested:
            self.market_order(self.share, 33)
            self.limit = self.limit_order(self.share, 10, 80)

    def on_dividends(self, dividends):
        self.log(f"dividend {dividends[self.share].distribution}")

    def on_splits(self, splits):
        self.log(f"split {splits[self.share].split_factor} {splits[self.share].type}")

    def on_end_of_algorithm(self):
        held = self.portfolio[self.share]
        self.log(f"{held.quantity} {held.average_price} {self.limit.quantity} {self.limit.get(OrderField.LIMIT_PRICE)}")
