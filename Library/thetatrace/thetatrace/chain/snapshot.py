"""The narrowed chain at one moment: quotes as columns, and IV and Greeks of the whole of it in one call."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thetatrace.chain.contracts import Floats, Ints
from thetatrace.chain.query import NarrowedChain
from thetatrace.pricing import implied_greeks

Mask = NDArray[np.bool_]
DAY_MS = 86_400_000
MILLISECONDS_PER_YEAR = 365.0 * DAY_MS


@dataclass(frozen=True, slots=True)
class ChainSnapshot:
    """Quotes of the narrowed chain. All arrays have shape [m]; prices in points of the underlying's currency.

    The columns that end the list are None where nobody asked for them: a gate on them does not apply then.
    """

    spot: float
    rows: Ints
    strike: Floats
    right: Ints
    bid: Floats  # 0 or NaN where a side is missing
    ask: Floats
    expiry: Ints | None = None  # ordinals
    duplicate: Mask | None = None
    age_seconds: Floats | None = None
    open_interest: Floats | None = None
    volume: Floats | None = None

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def sound(self) -> Mask:
        """Contracts quoted on both sides, uncrossed, finite and listed once."""
        sound: Mask = (self.bid > 0) & (self.ask >= self.bid) & (self.ask < np.inf)
        return sound if self.duplicate is None else sound & ~self.duplicate

    @property
    def mid(self) -> Floats:
        """Mean of bid and ask, NaN where the quote is not sound: such a price determines nothing."""
        mid = np.full(len(self.rows), np.nan)
        np.add(self.bid, self.ask, out=mid, where=self.sound)
        mid *= 0.5
        return mid


@dataclass(frozen=True, slots=True)
class PricedChain:
    """A snapshot with IV and Greeks. Arrays [m]; NaN where the price determines no volatility."""

    snapshot: ChainSnapshot
    volatility: Floats
    delta: Floats
    gamma: Floats
    theta: Floats
    vega: Floats


def snapshot_of(narrowed: NarrowedChain, spot: float, bid: Floats, ask: Floats) -> ChainSnapshot:
    """Put quotes next to the static columns they belong to."""
    return ChainSnapshot(
        spot, narrowed.rows, narrowed.strike, narrowed.right, bid, ask, narrowed.expiry, narrowed.duplicate
    )


def years_to_settlement(expiry: Ints, today: int, settlement_utc_ms: int, utc_ms: int) -> Floats:
    """Years of 365 days from engine time to settlement, shape [m].

    :param settlement_utc_ms: when contracts that expire on `today` settle; later ones settle at the same hour of their
        date (a clock change in between is an hour that is not counted)
    """
    return ((expiry - today) * DAY_MS + (settlement_utc_ms - utc_ms)) / MILLISECONDS_PER_YEAR


def price_chain(
    snapshot: ChainSnapshot,
    years: float | Floats,
    rate: float,
    dividend_yield: float | Floats = 0.0,
    style: str = "european",
) -> PricedChain:
    """Price the whole snapshot in one vectorised call.

    :param years: time to settlement in years of 365 days; NaN prices where it is not above 0
    :param rate: continuously compounded annual rate
    :param dividend_yield: continuously compounded annual yield, one or one per contract; NaN prices where it is NaN
    :param style: exercise style, "european" or "american"
    """
    spot, strike, right = snapshot.spot, snapshot.strike, snapshot.right
    found = implied_greeks(snapshot.mid, spot, strike, years, rate, dividend_yield, right, style=style)
    return PricedChain(snapshot, found.volatility, found.delta, found.gamma, found.theta, found.vega)
