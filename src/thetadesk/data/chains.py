"""Model prices of a day's listed options at every minute boundary."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from thetadesk.data.calendar import TradingCalendar
from thetadesk.data.clock import variance_years
from thetadesk.data.facts import rate_on
from thetadesk.data.history import History
from thetadesk.data.listings import Listing
from thetadesk.data.paths import TAIL_MINUTES, MinuteBars, spx_minutes, vix_minutes
from thetadesk.data.quotes import INDEX_TICKS, OPENING_FACTOR, STOCK_TICKS, quoted_spread, spread_factor
from thetadesk.data.surface import black, smile_variance, term_variance, volatility_index
from thetadesk.data.writers import PRICE_SCALE
from thetatrace.pricing import price

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OPEN_MINUTE = 570  # 09:30 New York
_MINUTES_PER_YEAR = 365 * 1440
TERM_DAYS = {"vix9d": 9, "vix3m": 93}
_SLOW_DAYS = 60
_SMALLEST_YEARS = 0.5 / _MINUTES_PER_YEAR


@dataclass(frozen=True)
class MarketDay:
    """One session: index paths and what option prices depend on. Built from real history and the seed alone."""

    day: date
    seed: int
    history: History
    calendar: TradingCalendar

    @property
    def minutes(self) -> int:
        """Minutes of the stock session."""
        return self.calendar.minutes(self.day)

    @property
    def tail(self) -> int:
        """Minutes index options trade past the stock close (none on half days)."""
        return TAIL_MINUTES if self.day not in self.calendar.early_closes else 0

    @cached_property
    def paths(self) -> tuple[MinuteBars, MinuteBars]:
        """SPX and VIX minute bars over session and tail."""
        spx, vix, ordinal = self.history.spx, self.history.vix, self.day.toordinal()
        row, vix_row = spx.row(self.day), vix.row(self.day)
        ohlc = (int(spx.open[row]), int(spx.high[row]), int(spx.low[row]), int(spx.close[row]))
        bars, path = spx_minutes(ohlc, ordinal, self.minutes, self.tail, self.seed)
        before = int(vix.close[max(vix_row - 1, 0)])
        close = int(vix.close[vix_row])
        return bars, vix_minutes(path, int(spx.close[row - 1]), before, close, ordinal, self.minutes, self.seed)

    @cached_property
    def term_paths(self) -> dict[str, MinuteBars]:
        """VIX9D and VIX3M minute bars: what the VIX's bars make of the surface."""
        bars = self.paths[1]
        columns = [bars.open, bars.high, bars.low, bars.close]
        return {
            ticker: MinuteBars(
                *(
                    np.rint(100 * volatility_index(column / 100, self.slow_vix, days)).astype(np.int64)
                    for column in columns
                )
            )
            for ticker, days in TERM_DAYS.items()
        }

    @cached_property
    def spot(self) -> Floats:
        """SPX level at every minute boundary, tail included."""
        return self.paths[0].boundary() / 100

    @cached_property
    def vix(self) -> Floats:
        """VIX level at every minute boundary, tail included."""
        return self.paths[1].boundary() / 100

    @cached_property
    def slow_vix(self) -> float:
        """Mean VIX close of the sixty sessions before."""
        end = self.history.vix.previous(self.day) + 1
        closes = self.history.vix.close[max(end - _SLOW_DAYS, 0) : end]
        return float(np.mean(closes)) / 100 if end else float(self.history.vix.close[0]) / 100

    def boundaries(self, listing: Listing) -> int:
        """Minute boundaries an expiry is quoted for: index options to 16:15, expiring and stock ones to 16:00."""
        longer = listing.root != "spy" and listing.expiry != self.day
        return self.minutes + 1 + (self.tail if longer else 0)

    def calendar_years(self, listing: Listing) -> Floats:
        """Calendar time to settlement at each boundary in years of 365 days (LEAN's measure)."""
        settled = OPEN_MINUTE + (0 if listing.morning else self.calendar.minutes(listing.expiry))
        now = OPEN_MINUTE + np.arange(self.boundaries(listing))
        years: Floats = ((listing.expiry - self.day).days * 1440 + settled - now) / _MINUTES_PER_YEAR
        return years

    def variance(self, listing: Listing, boundary: slice = slice(None)) -> tuple[Floats, Floats, Floats]:
        """Forward [n], discount [n] and total smile variance [strikes, n] at the chosen minute boundaries."""
        count = self.boundaries(listing)
        clock = variance_years(self.calendar, self.day, listing.expiry, morning=listing.morning)
        clock = np.concatenate([clock, np.full(max(count - len(clock), 0), clock[-1])])[:count]
        years = self.calendar_years(listing)[boundary]
        scale = 0.1 if listing.root == "spy" else 1.0
        rate = rate_on(self.day)
        seen = self._seen(listing, float(clock[0]), count)[boundary]
        forward = self.spot[seen] * scale * np.exp(rate * years)
        theta = term_variance(self.vix[seen], self.slow_vix, clock[boundary])
        return forward, np.exp(-rate * years), smile_variance(theta, np.log(listing.strikes[:, None] / forward))

    def _seen(self, listing: Listing, years: float, count: int) -> Ints:
        """The boundary whose index levels the quotes of each boundary stand on, shape [count].

        A market maker quotes a whole expiry anew when the index has moved by about the spread of the at-the-money
        option (as rounded to ticks), or the VIX by 0.1: in between, quotes only decay. All strikes move together, so no
        arbitrage opens.
        """
        scale, rule = (0.1, STOCK_TICKS) if listing.root == "spy" else (1.0, INDEX_TICKS)
        spot, vix = self.spot, self.vix
        theta = term_variance(vix[:1], self.slow_vix, np.array([years]))
        at_the_money = 0.4 * float(spot[0] * scale * np.sqrt(theta[0]))
        factor = float(spread_factor(vix[:1], 0, float(self.calendar_years(listing)[0]))[0]) / OPENING_FACTOR
        spread = float(quoted_spread(np.array([at_the_money]), rule)[0]) * factor
        step = (spread + rule.tick(at_the_money) / PRICE_SCALE) / scale
        seen, last = np.zeros(count, dtype=np.int64), 0
        for at, (level, fear) in enumerate(zip(spot[:count].tolist(), vix[:count].tolist(), strict=True)):
            if abs(level - spot[last]) >= step or abs(fear - vix[last]) >= 0.1:
                last = at
            seen[at] = last
        return seen

    def prices(self, listing: Listing) -> tuple[Floats, Floats]:
        """Call and put prices in dollars, shape [strikes, boundaries]."""
        forward, discount, variance = self.variance(listing)
        call, put = black(forward, listing.strikes[:, None], variance, discount)
        if listing.root == "spy":
            put = self._american_put(listing, forward, discount, variance)
        return call, put

    def _american_put(self, listing: Listing, forward: Floats, discount: Floats, variance: Floats) -> Floats:
        """American puts; American calls equal European ones here, because made SPY pays no dividend in the forward."""
        years = self.calendar_years(listing)
        strikes, spot = listing.strikes[:, None], forward * discount
        alive = years > _SMALLEST_YEARS
        volatility = np.sqrt(variance / np.maximum(years, _SMALLEST_YEARS))
        put = np.maximum(strikes - spot, 0.0)
        priced = price(
            spot[alive], strikes, years[alive], volatility[:, alive], rate_on(self.day), 0.0, -1, style="american"
        )
        put[:, alive] = np.maximum(priced, put[:, alive])
        return put
