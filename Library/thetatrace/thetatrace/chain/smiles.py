"""Smiles of a priced chain, and what they say about contracts whose own quote says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from thetatrace.chain.contracts import Floats, Ints
from thetatrace.chain.snapshot import ChainSnapshot, Mask, PricedChain
from thetatrace.pricing import greeks
from thetatrace.volatility.smile import Smile, SmileFit, SmileReason
from thetatrace.volatility.smile_fit import fit_smile, implied_forward


@dataclass(frozen=True, slots=True)
class FilledChain:
    """A priced chain without the gaps a smile can close; `filled` bool[m] marks what is not the market's own."""

    chain: PricedChain
    filled: Mask


def implied_yields(snapshot: ChainSnapshot, years: Floats, rate: float) -> Floats:
    """Continuously compounded yields that give each expiry the forward put–call parity shows, shape [m].

    Dividends, borrowing costs and whatever else carries the underlying. NaN for an expiry without pairs of quotes near
    the money: what its contracts cost then determines no volatility. For American contracts parity holds near the
    money to the worth of early exercise alone.

    :param years: time to settlement of each contract, shape [m]
    :param rate: continuously compounded annual rate
    """
    found = np.full(len(snapshot), np.nan)
    expiry = snapshot.expiry if snapshot.expiry is not None else np.zeros(len(snapshot), np.int64)
    for each in np.unique(expiry).tolist():
        rows = np.flatnonzero(expiry == each)
        forward, time = _forward(snapshot, rows, years, rate), float(years[rows[0]])
        if forward > 0:
            found[rows] = rate - np.log(forward / snapshot.spot) / time
    return found


def fit_chain(chain: PricedChain, years: Floats, rate: float) -> dict[int, SmileFit]:
    """Fit every expiry of a priced chain, in rising order, to the volatilities of its out-of-the-money side.

    :param years: time to settlement of each contract, shape [m]
    :return: expiry ordinal → fit
    """
    snapshot = chain.snapshot
    expiry = snapshot.expiry if snapshot.expiry is not None else np.zeros(len(snapshot), np.int64)
    fits: dict[int, SmileFit] = {}
    earlier: Smile | None = None
    for each in np.unique(expiry).tolist():
        fit = _fit_expiry(chain, np.flatnonzero(expiry == each), years, rate, earlier)
        fits[each] = fit
        earlier = fit.smile or earlier
    return fits


def _fit_expiry(chain: PricedChain, rows: Ints, years: Floats, rate: float, earlier: Smile | None) -> SmileFit:
    snapshot, time = chain.snapshot, float(years[rows[0]])
    strike, right = snapshot.strike[rows], snapshot.right[rows]
    forward = _forward(snapshot, rows, years, rate)
    if not forward > 0:
        return SmileFit(None, SmileReason.BAD_INPUT)
    taken = rows[np.where(strike >= forward, right == 1, right == -1) & ~np.isnan(chain.volatility[rows])]
    spread = snapshot.ask[taken] - snapshot.bid[taken]
    weight = chain.vega[taken] / np.maximum(spread, 0.01)  # precise quotes of contracts that depend on volatility
    return fit_smile(snapshot.strike[taken], chain.volatility[taken], forward, time, weight=weight, earlier=earlier)


def _forward(snapshot: ChainSnapshot, rows: Ints, years: Floats, rate: float) -> float:
    """The forward of one expiry's rows, NaN where its quotes show none."""
    strike, right, mid = snapshot.strike[rows], snapshot.right[rows], snapshot.mid[rows]
    strikes = np.unique(strike)
    call, put = (_side(strikes, strike, mid, right == side) for side in (1, -1))
    return implied_forward(strikes, call, put, float(years[rows[0]]), rate)


def _side(strikes: Floats, strike: Floats, mid: Floats, chosen: Mask) -> Floats:
    column = np.full(len(strikes), np.nan)
    column[np.searchsorted(strikes, strike[chosen])] = mid[chosen]
    return column


def fill_gaps(
    chain: PricedChain,
    smiles: Mapping[int, SmileFit],
    years: Floats,
    rate: float,
    dividend_yield: float | Floats = 0.0,
    style: str = "european",
) -> FilledChain:
    """Give contracts without a volatility that of their expiry's smile, between its outermost quotes and not beyond.

    :param smiles: answer of `fit_chain`; an expiry without a smile stays as it is
    :param dividend_yield: one, or one per contract, for instance those of `implied_yields`
    """
    snapshot = chain.snapshot
    expiry = snapshot.expiry if snapshot.expiry is not None else np.zeros(len(snapshot), np.int64)
    volatility, filled = chain.volatility.copy(), np.zeros(len(snapshot), np.bool_)
    for each, fit in smiles.items():
        if fit.smile is None:
            continue
        rows = np.flatnonzero((expiry == each) & np.isnan(volatility) & (snapshot.strike > 0))
        k = np.log(snapshot.strike[rows] / fit.smile.forward)
        inside = rows[(k >= fit.smile.lowest) & (k <= fit.smile.highest)]
        volatility[inside] = fit.smile.volatility(snapshot.strike[inside])
        filled[inside] = True
    found = greeks(snapshot.spot, snapshot.strike, years, volatility, rate, dividend_yield, snapshot.right, style=style)
    delta, gamma, theta, vega = (
        np.where(filled, ours, theirs)
        for ours, theirs in (
            (found.delta, chain.delta),
            (found.gamma, chain.gamma),
            (found.theta, chain.theta),
            (found.vega, chain.vega),
        )
    )
    return FilledChain(PricedChain(snapshot, volatility, delta, gamma, theta, vega), filled)
