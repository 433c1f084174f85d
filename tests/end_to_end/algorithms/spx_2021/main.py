"""Sells a same-day SPXW call of the real January 2021 sample each day and lets it settle in cash."""

from datetime import date

from AlgorithmImports import *


class Spx2021(QCAlgorithm):
    """One short call a day, the lowest strike quoted at 10:00, held to PM settlement."""

    def initialize(self) -> None:
        self.set_start_date(2021, 1, 4)
        self.set_end_date(2021, 1, 8)
        self.set_cash(1_000_000)
        spx = self.add_index("SPX", Resolution.MINUTE).symbol
        option = self.add_index_option(spx, "SPXW", Resolution.MINUTE)
        option.set_filter(lambda universe: universe.include_weeklys().expiration(0, 4))
        self._canonical = option.symbol
        self._sold: set[Symbol] = set()
        self._last: date | None = None

    def on_data(self, slice: Slice) -> None:
        chain = slice.option_chains.get(self._canonical)
        if not chain or self._last == self.time.date() or self.time.hour < 10:
            return
        calls = [c for c in chain if c.right == OptionRight.CALL and c.bid_price > 0 and c.symbol not in self._sold]
        if calls:
            chosen = min(calls, key=lambda c: (c.expiry, c.strike))
            self._last = self.time.date()
            self._sold.add(chosen.symbol)
            self.market_order(chosen.symbol, -1)
