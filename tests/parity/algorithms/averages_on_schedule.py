"""Warm-up, daily and consolidated averages, scheduled events: when they fire and what they read."""

from AlgorithmImports import *


class AveragesOnSchedule(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2021, 3, 1)
        self.set_end_date(2021, 3, 2)
        self.set_cash(100_000)
        self.spy = self.add_equity("SPY", Resolution.MINUTE).symbol
        self.slow = self.sma(self.spy, 10, Resolution.DAILY)
        self.warm_up_indicator(self.spy, self.slow, Resolution.DAILY)
        self.quick = SimpleMovingAverage(3)
        self.consolidate(self.spy, timedelta(minutes=30), self.half_hour)
        self.schedule.on(
            self.date_rules.every_day(self.spy), self.time_rules.after_market_open(self.spy, 95), self.look
        )
        self.schedule.on(
            self.date_rules.every_day(self.spy), self.time_rules.before_market_close(self.spy, 5), self.flat
        )

    def half_hour(self, bar):
        self.quick.update(bar.end_time, bar.close)

    def look(self):
        self.log(f"{self.slow.current.value:.4f} {self.quick.current.value:.4f} {self.slow.is_ready}")
        if self.quick.current.value > self.slow.current.value:
            self.set_holdings(self.spy, 0.5)

    def flat(self):
        self.liquidate()
