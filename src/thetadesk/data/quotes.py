"""Option quotes of one root and day: prices to ticks, spreads, sizes, trades and open interest, all as columns.

The spread depends on the option's price, the time to expiry, the VIX and the time since the open, so at any moment bid
and ask both rise with the price: no two strikes of an expiry can be crossed against each other.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from thetadesk.data.writers import PRICE_SCALE

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
UInts = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class TickRule:
    """Quote increments in 1/10000 of a dollar: `small` below `edge`, `large` from there on."""

    small: int
    large: int
    edge: int
    spread_base: float
    spread_growth: float

    def tick(self, price: float) -> int:
        """The increment at a price in dollars."""
        return self.small if price * PRICE_SCALE < self.edge else self.large


INDEX_TICKS = TickRule(500, 1000, 30_000, 0.01, 0.025)  # Cboe: 0.05 below 3.00, else 0.10
STOCK_TICKS = TickRule(100, 100, 0, 0.006, 0.006)  # SPY is in the penny programme
SIZE_MINUTES = 30  # sizes change this often; more often would cost disk space and say nothing
OPENING_FACTOR = 1.8  # spreads at the first quote of the day against those after the first minutes


@dataclass(frozen=True, slots=True)
class QuoteGrid:
    """Bid and ask at every minute boundary in 1/10000 dollar (0 = no bid), shape [contracts, minutes + 1]."""

    bid: Ints
    ask: Ints


@dataclass(frozen=True, slots=True)
class QuoteRows:
    """Sparse minute quote bars by (contract, minute); prices in 1/10000 dollar, 0 = side missing; shape [rows]."""

    contract: Ints
    minute: Ints
    bid: tuple[Ints, Ints, Ints, Ints]
    bid_size: Ints
    ask: tuple[Ints, Ints, Ints, Ints]
    ask_size: Ints


def hashed(seed: int, *keys: Ints | int) -> Floats:
    """Uniform numbers in [0, 1) that depend only on the keys (splitmix64), broadcast over them."""
    state = np.zeros(np.broadcast_shapes(*(np.shape(key) for key in keys)), dtype=np.uint64) + np.uint64(
        seed & 0xFFFFFFFF
    )
    with np.errstate(over="ignore"):
        for key in keys:
            state = (state + np.asarray(key).astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(
                0x632BE59BD9B4E019
            )
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state ^= state >> np.uint64(31)
    uniform: Floats = (state >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return uniform


def spread_factor(vix: Floats, minutes: int, years: float) -> Floats:
    """What multiplies the spread at each minute boundary, shape [minutes + 1]: stress, the open, and time to expiry."""
    stress = 1 + np.maximum(vix - 14, 0) / 16
    opening = 1 + (OPENING_FACTOR - 1) * np.exp(-np.arange(minutes + 1) / 5)
    factor: Floats = stress * opening * (1 + 0.6 * min(years / 0.25, 1.5))
    return factor


def quoted_spread(price: Floats, rule: TickRule) -> Floats:
    """The calm-market spread of an option of this price, in dollars."""
    spread: Floats = rule.spread_base + rule.spread_growth * price**0.7
    return spread


def _to_ticks(price: Floats, rule: TickRule, up: bool) -> Ints:
    scaled = price * PRICE_SCALE
    fine = np.ceil(scaled / rule.small - 1e-9) if up else np.floor(scaled / rule.small + 1e-9)
    coarse = np.ceil(scaled / rule.large - 1e-9) if up else np.floor(scaled / rule.large + 1e-9)
    return np.where(scaled < rule.edge, fine * rule.small, coarse * rule.large).astype(np.int64)


def quote_grid(price: Floats, factor: Floats, rule: TickRule) -> QuoteGrid:
    """Bids and asks around model prices of shape [contracts, minutes + 1]."""
    half = quoted_spread(price, rule) * factor / 2
    bid = np.maximum(_to_ticks(np.maximum(price - half, 0.0), rule, up=False), 0)
    ask = np.maximum(_to_ticks(price + half, rule, up=True), rule.small)
    return QuoteGrid(bid, ask)


def _side(grid: Ints, contract: Ints, minute: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    before, after = grid[contract, minute], grid[contract, minute + 1]
    before = np.where(before == 0, after, before)
    missing = after == 0
    opened = np.where(missing, 0, before)
    return (
        opened,
        np.where(missing, 0, np.maximum(before, after)),
        np.where(missing, 0, np.minimum(before, after)),
        after,
    )


def quote_rows(grid: QuoteGrid, key: Ints, seed: int) -> QuoteRows:
    """Rows where a quote moved: its prices within the minute, or its sizes, which change every half hour.

    So no quote is older than half an hour, and LEAN, which will not fill a market order on data older than an hour
    (`stale_price_time_span`), fills quiet contracts too.

    :param key: a number per contract and day that seeds its sizes, shape [contracts]
    """
    moved = (np.diff(grid.bid, axis=1) != 0) | (np.diff(grid.ask, axis=1) != 0)
    moved[:, ::SIZE_MINUTES] = True
    contract, minute = np.nonzero(moved)
    bid, ask = _side(grid.bid, contract, minute), _side(grid.ask, contract, minute)
    half_hour = minute // SIZE_MINUTES
    base = key[contract] * 32 + half_hour  # random: nothing is modelled in sizes, but that neighbours differ
    sizes = np.array([5, 8, 10, 15, 20, 25, 30, 40, 50, 60, 75, 100, 120, 150, 200, 300])
    bid_size = sizes[2 * (hashed(seed, base, 1) * 8).astype(np.int64) + half_hour % 2]
    ask_size = sizes[2 * (hashed(seed, base, 2) * 8).astype(np.int64) + half_hour % 2]
    return QuoteRows(contract, minute, bid, np.where(bid[3] == 0, 0, bid_size), ask, ask_size)


@dataclass(frozen=True, slots=True)
class TradeRows:
    """Minute trade bars of single trades, sorted by (contract, minute); price in 1/10000 dollar; shape [rows]."""

    contract: Ints
    minute: Ints
    price: Ints
    volume: Ints


def trade_rows(grid: QuoteGrid, key: Ints, activity: Floats, seed: int) -> TradeRows:
    """A few trades at the bid or the ask, and at least one.

    :param activity: mean number of trades per contract and day, shape [contracts]
    """
    minutes = grid.bid.shape[1] - 1
    slots = 6
    count = np.minimum((activity * 2 * hashed(seed, key, 11)).astype(np.int64), slots)
    busiest = int(np.argmax(activity))  # one trade at least, so that no trade file is empty
    count[busiest] = max(int(count[busiest]), 1)
    contract = np.repeat(np.arange(len(key)), count)
    slot = np.concatenate([np.arange(one) for one in count]) if len(contract) else np.zeros(0, dtype=np.int64)
    minute = (hashed(seed, key[contract], slot, 12) * minutes).astype(np.int64)
    order = np.lexsort((minute, contract))
    contract, minute, slot = contract[order], minute[order], slot[order]
    first = np.ones(len(contract), dtype=bool)
    first[1:] = (np.diff(contract) != 0) | (np.diff(minute) != 0)
    contract, minute, slot = contract[first], minute[first], slot[first]
    at_bid = (hashed(seed, key[contract], slot, 13) < 0.5) & (grid.bid[contract, minute + 1] > 0)
    price = np.where(at_bid, grid.bid[contract, minute + 1], grid.ask[contract, minute + 1])
    volume = 1 + (hashed(seed, key[contract], slot, 14) ** 4 * 60).astype(np.int64)
    return TradeRows(contract, minute, price, volume)


def open_interest(strike: Floats, right: Ints, expiry: date, day: date, spot: float, seed: int, step: int) -> Ints:
    """Open interest per contract: more at round strikes and near the money, growing towards expiry, [contracts]."""
    distance = np.abs(np.log(strike / spot))
    near = np.exp(-((distance / 0.06) ** 1.2))
    whole = np.rint(strike).astype(np.int64)
    rounded = 1 + 3.0 * (whole % (step * 4) == 0) + 6.0 * (whole % (step * 20) == 0)
    ripe = 0.35 + 0.65 / (1 + max((expiry - day).days, 0) / 21)
    noise = 0.3 + 1.4 * hashed(seed, np.rint(strike * 1000).astype(np.int64), right, expiry.toordinal(), 21)
    interest: Ints = (60 + 1500 * near * rounded * ripe * noise).astype(np.int64)
    return interest
