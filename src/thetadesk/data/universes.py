"""Universe files: the contracts that trade on the next session, with the day's prices, open interest, IV and Greeks."""

import numpy as np
from numpy.typing import NDArray

from thetadesk.data.chains import MarketDay
from thetadesk.data.facts import rate_on
from thetadesk.data.listings import Listing
from thetadesk.data.option_files import ListingDay, style_of, universe_path
from thetadesk.data.quotes import open_interest
from thetadesk.data.writers import PRICE_SCALE, compact
from thetatrace.pricing import greeks

Floats = NDArray[np.float64]
HEADER = "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho"
_LAST = slice(-1, None)


def universe_file(market: MarketDay, root: str, quoted: list[ListingDay], tomorrow: list[Listing]) -> dict[str, bytes]:
    """`<root>/<day>.csv`: every contract of `tomorrow`; those already quoted today carry today's prices and volume.

    A contract listed overnight shows its model price at the close and no volume.
    """
    today = {one.listing.expiry: one for one in quoted}
    lines = [HEADER, _underlying_line(market, root)]
    for listing in tomorrow:
        lines += _listing_lines(market, listing, today.get(listing.expiry))
    return {universe_path(root, market.day): ("\n".join(lines) + "\n").encode()}


def _underlying_line(market: MarketDay, root: str) -> str:
    spx, row = market.history.spx, market.history.spx.row(market.day)
    cents = [int(column[row]) for column in (spx.open, spx.high, spx.low, spx.close)]
    if root == "spy":
        cents = [(one + 5) // 10 for one in cents]
    volume = int(spx.volume[row] / 40) if root == "spy" else 0
    return ",,," + ",".join(f"{one / 100:.2f}" for one in cents) + f",{volume},,,,,,,"


def _close_prices(market: MarketDay, listing: Listing) -> tuple[Floats, Floats, float]:
    """Model close, implied volatility on calendar time (calls then puts) and calendar years at the last boundary."""
    call, put = market.prices(listing)
    _, _, variance = market.variance(listing, _LAST)
    years = float(market.calendar_years(listing)[-1])
    volatility = np.sqrt(variance[:, 0] / years)
    return np.concatenate([call[:, -1], put[:, -1]]), np.tile(volatility, 2), years


def _listing_lines(market: MarketDay, listing: Listing, today: ListingDay | None) -> list[str]:
    close, volatility, years = _close_prices(market, listing)
    strike = np.tile(listing.strikes, 2)
    right = np.repeat([1, 0], len(listing.strikes))
    spot = float(market.spot[market.minutes]) * (0.1 if listing.root == "spy" else 1.0)
    rate = rate_on(market.day)
    sign = np.where(right == 1, 1, -1)
    g = greeks(spot, strike, years, volatility, rate, 0.0, sign, style=style_of(listing.root))
    step = 1 if listing.root == "spy" else 5
    interest = open_interest(strike, right, listing.expiry, market.day, spot, market.seed, step)
    prices = np.repeat(close[:, None], 4, axis=1)
    volume = np.zeros(len(strike), dtype=np.int64)
    if today is not None:
        _fill_today(today, strike, right, prices, volume)
    expiry = compact(listing.expiry)
    model = np.stack([volatility, g.delta, g.gamma, g.vega, g.theta, g.rho], axis=1).tolist()
    table = zip(
        strike.tolist(), right.tolist(), prices.tolist(), volume.tolist(), interest.tolist(), model, strict=True
    )
    return [
        f"{expiry},{k:g},{'C' if r else 'P'},{o:.4f},{h:.4f},{lo:.4f},{c:.4f},{v},{oi},"
        f"{values[0]:.7f},{values[1]:.7f},{values[2]:.7f},{values[3]:.7f},{values[4]:.7f},{values[5]:.7f}"
        for k, r, (o, h, lo, c), v, oi, values in table
    ]


def _fill_today(
    today: ListingDay, strike: Floats, right: NDArray[np.int64], prices: Floats, volume: NDArray[np.int64]
) -> None:
    """Put the day's mid OHLC and traded volume of contracts quoted today into the arrays of tomorrow's contracts."""
    where = {key: at for at, key in enumerate(zip(today.strike.tolist(), today.right.tolist(), strict=True))}
    at = np.array([where.get(key, -1) for key in zip(strike.tolist(), right.tolist(), strict=True)])
    known = at >= 0
    mid = (today.grid.bid + today.grid.ask) / (2 * PRICE_SCALE)
    bars = np.stack([mid[:, 0], mid.max(axis=1), mid.min(axis=1), mid[:, -1]], axis=1)
    traded = np.bincount(today.trades.contract, weights=today.trades.volume, minlength=len(today.strike)).astype(
        np.int64
    )
    prices[known] = bars[at[known]]
    volume[known] = traded[at[known]]
