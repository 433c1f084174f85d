"""The market as LEAN shows it, turned into the plain values the rest of thetatrace works on."""

from datetime import date, datetime, time, timedelta
from math import inf

from AlgorithmImports import QCAlgorithm, Resolution, Security, Slice, Symbol, TradeBar, TradeBars

from thetatrace.strategies import MarketView
from thetatrace.volatility import AverageTrueRange, VixRegime

ATR_DAYS = 14
HISTORY_DAYS = 30
VIX_HISTORY_DAYS = 260
SESSION_OPEN_MINUTE = 9 * 60 + 30
MAXIMUM_SPOT_AGE_MS = 30_000
LATEST_OPEN_BAR_MINUTES = 5  # a first bar later than this does not hold the session's open


class MarketState:
    """Follows the index and its volatility index bar by bar: session open, range, previous close, ATR, VIX regime."""

    def __init__(
        self,
        algorithm: QCAlgorithm,
        index: Symbol,
        volatility_index: Symbol,
        regime: VixRegime,
        *,
        nine_days: Symbol | None = None,
        three_months: Symbol | None = None,
    ) -> None:
        self._algorithm = algorithm
        self._term = (nine_days, three_months)  # VIX9D and VIX3M, where the data has them
        self._index = index
        self._volatility_index = volatility_index
        self.regime = regime
        self._true_range = AverageTrueRange(ATR_DAYS)
        self.session: date | None = None  # date of the newest index bar
        self._spot: float | None = None
        self._spot_utc_ms = 0
        self._open: float | None = None
        self._high = self._low = float("nan")
        self._late = False  # the session's first bars were not seen

    def warm_up(self) -> None:
        """Read daily history before the first bar: ATR and previous close of the index, closes of the VIX."""
        self._read_range()
        closes = self._algorithm.history[TradeBar](self._volatility_index, VIX_HISTORY_DAYS, Resolution.DAILY)
        self.regime.seed([bar.close for bar in closes])

    def _read_range(self) -> None:
        self._true_range = AverageTrueRange(ATR_DAYS)
        for bar in self._algorithm.history[TradeBar](self._index, HISTORY_DAYS, Resolution.DAILY):
            prices = _prices(bar)
            if prices is not None:
                self._true_range.update(*prices[1:])

    def update(self, data: Slice, now: datetime, utc_ms: int) -> MarketView:
        """Take the slice's new bars and return the market as of engine time. Fill-forward bars are not news.

        :param now: engine time in New York, naive
        """
        bars = data.bars
        bar = bars.get(self._index)
        if bar is not None and not bar.is_fill_forward:
            self._take(bar, now, utc_ms)
        volatility = bars.get(self._volatility_index)
        if volatility is not None and not volatility.is_fill_forward:
            self.regime.update(utc_ms, now.toordinal(), volatility.close)
        self._update_term(bars, utc_ms)
        today = self.session == now.date()
        fresh = today and utc_ms - self._spot_utc_ms <= MAXIMUM_SPOT_AGE_MS
        return MarketView(
            now=now,
            utc_ms=utc_ms,
            spot=self._spot if fresh else None,
            session_open=self._open if today else None,
            previous_close=self._true_range.previous_close,
            average_true_range=self._true_range.value,
        )

    def _update_term(self, bars: TradeBars, utc_ms: int) -> None:
        levels = []
        for symbol in self._term:
            bar = None if symbol is None else bars.get(symbol)
            levels.append(None if bar is None or bar.is_fill_forward else bar.close)
        if any(levels):
            self.regime.update_term(utc_ms, *levels)

    def _take(self, bar: TradeBar, now: datetime, utc_ms: int) -> None:
        prices = _prices(bar)
        if prices is None:
            return
        opened, high, low, close = prices
        today = now.date()
        if today != self.session:
            self._finish_session()
            self._late = now.hour * 60 + now.minute - SESSION_OPEN_MINUTE > LATEST_OPEN_BAR_MINUTES
            self._open = None if self._late else opened
            self._high, self._low = high, low
            self.session = today
        else:
            self._high, self._low = max(self._high, high), min(self._low, low)
        self._spot, self._spot_utc_ms = close, utc_ms

    def _finish_session(self) -> None:
        """Take the range of the session before; of one that was seen in part only (a late start), history knows it."""
        if self._late:
            self._read_range()
        elif self.session is not None and self._spot is not None:
            self._true_range.update(self._high, self._low, self._spot)


def _prices(bar: TradeBar) -> tuple[float, float, float, float] | None:
    """Open, high, low and close; None when one of them is not a price (feeds send bars with zeros)."""
    prices = (bar.open, bar.high, bar.low, bar.close)
    return prices if all(0 < price < inf for price in prices) else None


def closes_early(security: Security, today: date, usual_close: timedelta) -> bool:
    """True when the exchange's regular session of `today` ends before `usual_close` (time of day, exchange zone)."""
    close = security.exchange.hours.get_next_market_close(security.local_time, False)
    return close.date() == today and close - datetime.combine(today, time()) < usual_close
