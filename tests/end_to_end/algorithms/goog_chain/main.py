"""Sells the 25-delta put spread of the real GOOG chain of 24 December 2015, by deltas of one vectorised call."""

import numpy as np
from AlgorithmImports import *

from thetatrace.pricing import greeks, implied_volatility


class GoogChain(QCAlgorithm):
    """One bull put spread at 10:00, bought back at 12:00 (the market closes at 13:00 that day)."""

    def initialize(self) -> None:
        self.set_start_date(2015, 12, 24)
        self.set_end_date(2015, 12, 24)
        self.set_cash(100_000)
        option = self.add_option("GOOG", Resolution.MINUTE)
        option.set_filter(lambda universe: universe.strikes(-10, 10).expiration(5, 10))
        self._canonical = option.symbol
        self._legs: list[Leg] = []
        self._short_delta = float("nan")

    def on_data(self, slice: Slice) -> None:
        chain = slice.option_chains.get(self._canonical)
        if not chain:
            return
        if not self._legs and (self.time.hour, self.time.minute) >= (10, 0):
            self._sell(chain)
        elif self._legs and (self.time.hour, self.time.minute) == (12, 0):
            closing = [Leg.create(leg.symbol, -leg.quantity) for leg in self._legs]
            self.combo_market_order(closing, 1)

    def _sell(self, chain: OptionChain) -> None:
        puts = [c for c in chain if c.right == OptionRight.PUT and 0 < c.bid_price <= c.ask_price]
        strikes = np.array([c.strike for c in puts])
        mid = np.array([(c.bid_price + c.ask_price) / 2 for c in puts])
        spot = chain.underlying.price
        years = (puts[0].expiry - self.time).total_seconds() / (365 * 86_400)
        implied = implied_volatility(mid, spot, strikes, years, 0.01, 0.0, -1, style="american")
        delta = greeks(spot, strikes, years, implied.volatility, 0.01, 0.0, -1, style="american").delta
        order = np.argsort(strikes)
        short = max((i for i in order if abs(delta[i]) <= 0.25), key=lambda i: strikes[i])
        long = max((i for i in order if strikes[i] < strikes[short]), key=lambda i: strikes[i])
        self._short_delta = float(delta[short])
        self._legs = [Leg.create(puts[short].symbol, -1), Leg.create(puts[long].symbol, 1)]
        self.combo_market_order(self._legs, 1)
        self.log(f"sold {strikes[short]:g}/{strikes[long]:g} put spread, short delta {self._short_delta:.4f}")
