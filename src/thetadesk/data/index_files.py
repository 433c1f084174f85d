"""Index and SPY files: minute bars of a day, and the daily and hourly history."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from thetadesk.data.chains import OPEN_MINUTE, TERM_DAYS, MarketDay
from thetadesk.data.clock import session_clock
from thetadesk.data.history import DailyBars
from thetadesk.data.paths import day_random
from thetadesk.data.quotes import hashed
from thetadesk.data.writers import compact, csv_bytes, zip_bytes

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_CHICAGO_OPEN = OPEN_MINUTE - 60
# LEAN's index volume counts index updates: SPX each second, volatility indices each 15 s
_UPDATES_PER_MINUTE = {"spx": 60, "vix": 4} | dict.fromkeys(TERM_DAYS, 4)
_SHARE_OF_INDEX_VOLUME = 1 / 40  # SPY shares per S&P 500 share traded, 2014-2018
_SPY_VOLUME_STREAM = 3


def index_minute_files(market: MarketDay) -> dict[str, bytes]:
    """Minute bars of SPX, VIX, VIX9D and VIX3M, 08:30–15:15 Chicago."""
    files = {}
    for ticker, bars in (dict(zip(("spx", "vix"), market.paths, strict=True)) | market.term_paths).items():
        count = len(bars.close)
        times = (_CHICAGO_OPEN + np.arange(count)) * 60_000
        prices = [column / 100 for column in (bars.open, bars.high, bars.low, bars.close)]
        text = csv_bytes([times, *prices, np.full(count, _UPDATES_PER_MINUTE[ticker])])
        stamp = compact(market.day)
        files[f"index/usa/minute/{ticker}/{stamp}_trade.zip"] = zip_bytes(
            [(f"{stamp}_{ticker}_minute_trade.csv", text)]
        )
    return files


def spy_bars(market: MarketDay) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """SPY minute bars of the session: open, high, low, close in cents and volume, each shape [minutes]."""
    bars, minutes = market.paths[0], market.minutes
    prices = [(column[:minutes] + 5) // 10 for column in (bars.open, bars.high, bars.low, bars.close)]
    row = market.history.spx.row(market.day)
    total = float(market.history.spx.volume[row]) * _SHARE_OF_INDEX_VOLUME
    random = day_random(market.seed, market.day.toordinal(), _SPY_VOLUME_STREAM)
    shares = np.diff(session_clock(minutes)) * random.lognormal(0.0, 0.35, minutes)
    volume = np.maximum(np.rint(shares / shares.sum() * total / 100) * 100, 100).astype(np.int64)
    return prices[0], prices[1], prices[2], prices[3], volume


def spy_minute_files(market: MarketDay) -> dict[str, bytes]:
    """SPY minute trade and quote bars, 09:30–16:00 New York."""
    open_, high, low, close, volume = spy_bars(market)
    stamp, ordinal = compact(market.day), market.day.toordinal()
    at = np.arange(len(close))
    times = (OPEN_MINUTE + at) * 60_000
    trade = csv_bytes([times, *(column * 100 for column in (open_, high, low, close)), volume])
    # the last trade printed at the bid or at the ask, one cent apart (two in the wildest minutes)
    at_ask = (hashed(market.seed, ordinal, at, 31) < 0.5).astype(np.int64)
    width = 1 + ((high - low) > 40).astype(np.int64)
    bid = close - at_ask * width
    bid_open = np.concatenate([open_[:1] - at_ask[:1], bid[:-1]])
    bid_high, bid_low = np.maximum.reduce([high - width, bid, bid_open]), np.minimum.reduce([low, bid, bid_open])
    bids = [column * 100 for column in (bid_open, bid_high, bid_low, bid)]
    asks = [column + width * 100 for column in bids]
    sizes = [(1 + (hashed(market.seed, ordinal, at, key) ** 2 * 30).astype(np.int64)) * 100 for key in (32, 33)]
    quote = csv_bytes([times, *bids, sizes[0], *asks, sizes[1]])
    folder = "equity/usa/minute/spy"
    return {
        f"{folder}/{stamp}_trade.zip": zip_bytes([(f"{stamp}_spy_minute_trade.csv", trade)]),
        f"{folder}/{stamp}_quote.zip": zip_bytes([(f"{stamp}_spy_minute_quote.csv", quote)]),
    }


def minute_paths(day: date) -> list[str]:
    """Paths of a session's index and SPY minute files below the data folder."""
    stamp = compact(day)
    index = [f"index/usa/minute/{ticker}/{stamp}_trade.zip" for ticker in _UPDATES_PER_MINUTE]
    return index + [f"equity/usa/minute/spy/{stamp}_{tick}.zip" for tick in ("trade", "quote")]


def _daily_lines(days: Ints, columns: list[Ints] | list[Floats], volume: Ints) -> bytes:
    stamps = (date.fromordinal(int(day)).strftime("%Y%m%d 00:00") for day in days)
    prices = csv_bytes([*columns, volume])
    return b"".join(
        f"{stamp},".encode() + line for stamp, line in zip(stamps, prices.splitlines(keepends=True), strict=True)
    )


def index_daily_file(ticker: str, bars: DailyBars) -> tuple[str, bytes]:
    """`index/usa/daily/<ticker>.zip`: the whole history, prices in points."""
    points = [column / 100 for column in (bars.open, bars.high, bars.low, bars.close)]
    return f"index/usa/daily/{ticker}.zip", zip_bytes([(f"{ticker}.csv", _daily_lines(bars.day, points, bars.volume))])


def spy_daily_file(spx: DailyBars) -> tuple[str, bytes]:
    """`equity/usa/daily/spy.zip`: the whole history of SPX / 10."""
    tenth = [(column + 5) // 10 * 100 for column in (spx.open, spx.high, spx.low, spx.close)]
    volume = (spx.volume * _SHARE_OF_INDEX_VOLUME).astype(np.int64)
    return "equity/usa/daily/spy.zip", zip_bytes([("spy.csv", _daily_lines(spx.day, tenth, volume))])


def spy_hour_lines(market: MarketDay) -> bytes:
    """SPY's hourly bars of one session (the first holds 09:30–10:00), as lines of `equity/usa/hour/spy.zip`."""
    *prices, volume = spy_bars(market)
    return _hour_lines(market.day, OPEN_MINUTE, [column * 100 for column in prices], volume)


def spx_hour_lines(market: MarketDay) -> bytes:
    """SPX's hourly bars of one session (the first holds 08:30–09:00 Chicago), as lines of `index/usa/hour/spx.zip`.

    LEAN reads a benchmark at this resolution in every backtest (`UniverseSelection.AddPendingInternalDataFeeds`).
    """
    bars = market.paths[0]
    points = [column / 100 for column in (bars.open, bars.high, bars.low, bars.close)]
    return _hour_lines(market.day, _CHICAGO_OPEN, points, np.full(len(bars.close), _UPDATES_PER_MINUTE["spx"]))


def _hour_lines(day: date, first_minute: int, prices: list[Ints] | list[Floats], volume: Ints) -> bytes:
    """Minute bars that begin at `first_minute` of the day, as hourly lines."""
    open_, high, low, close = prices
    hour = (first_minute + np.arange(len(close))) // 60
    first = np.flatnonzero(np.diff(hour, prepend=0))
    last = np.append(first[1:], len(hour)) - 1
    columns = (open_[first], np.maximum.reduceat(high, first), np.minimum.reduceat(low, first), close[last])
    rows = zip(
        hour[first].tolist(), *(column.tolist() for column in columns), np.add.reduceat(volume, first).tolist(),
        strict=True,
    )  # fmt: skip
    stamp = compact(day)
    return "".join(f"{stamp} {h:02d}:00,{o},{hi},{lo},{c},{v}\n" for h, o, hi, lo, c, v in rows).encode()
