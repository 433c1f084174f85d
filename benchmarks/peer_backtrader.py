"""The same kind of work in backtrader, an event-driven backtester in Python that is widely used.

It knows no option chains: every contract is a feed of its own, here bars in memory (the reading and parsing that
lean_local's figures contain is left out). `next` reads the close of every feed, as lean_local's row reads a price of
every contract.
"""

import sys

import backtrader as bt
import numpy as np
import pandas as pd

MINUTES = 390


class Reader(bt.Strategy):
    """Adds up every price of every bar."""

    total = 0.0

    def next(self) -> None:
        self.total += sum(data.close[0] for data in self.datas)


def frame(days: int, start: float) -> pd.DataFrame:
    """Minute bars of some sessions."""
    first = pd.Timestamp("2018-01-02 09:31")
    times = [first + pd.Timedelta(days=d, minutes=m) for d in range(days) for m in range(MINUTES)]
    close = start + np.sin(np.arange(len(times)) / 50.0)
    columns = {"open": close, "high": close, "low": close, "close": close, "volume": 10}
    return pd.DataFrame(columns, index=pd.DatetimeIndex(times))


def cerebro(feeds: int, days: int) -> bt.Cerebro:
    """An engine with that many feeds."""
    engine = bt.Cerebro(stdstats=False)
    for number in range(feeds):
        engine.adddata(bt.feeds.PandasData(dataname=frame(days, 100.0 + number)))
    engine.addstrategy(Reader)
    return engine


if __name__ == "__main__":  # a start: import, one feed, a day
    (strategy,) = cerebro(1, 1).run()
    sys.exit(0 if strategy.total else 1)
