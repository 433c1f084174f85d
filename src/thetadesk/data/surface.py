"""The implied-volatility surface, driven minute by minute by the VIX.

Smile: eSSVI (Hendriks and Martini, "The extended SSVI volatility surface", 2019) with the power-law curvature
phi(theta) = ETA / (theta^GAMMA (1 + theta)^(1 - GAMMA)) of Gatheral and Jacquier's SSVI (2014) and a correlation rho
that grows with theta: same-day smiles are far more symmetric than monthly ones. No butterfly arbitrage, as
theta phi² (1 + |rho|) <= 4 and theta phi (1 + |rho|) < 4. No calendar arbitrage, as theta grows in time and, with
psi = theta phi, |d(rho psi)/d theta| <= d psi/d theta. GAMMA = 0.4 lets the at-the-money skew grow like time^-0.4, as
index options show it (Gatheral, Jaisson, Rosenbaum, "Volatility is rough", 2018); with 0.5 the skew of same-day options
would be far too steep. Level: the 30-day smile reprices the VIX by the VIX's own formula (variance-swap
replication). Term: forward variance decays from today's level to a slow one, on the variance clock of
`thetadesk.data.clock`.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]

RHO_LONG, RHO_SHORT = -0.65, -0.35
THETA_LONG, THETA_SHORT = 2e-3, 1.5e-5  # at-the-money variance of a month, and of half a day, near a VIX of 16
ETA = 1.94
GAMMA = 0.4
REVERSION_PER_YEAR = 8.0
VIX_YEARS = 30 / 365
_SMALLEST_VARIANCE = 1e-10
_SPOT_FLOOR = 0.35


def curvature(theta: Floats) -> Floats:
    """SSVI's phi of the at-the-money total variance."""
    phi: Floats = ETA / (theta**GAMMA * (1 + theta) ** (1 - GAMMA))
    return phi


def correlation(theta: Floats) -> Floats:
    """ESSVI's rho of the at-the-money total variance: linear in log(theta) between a day's and a month's."""
    logs = [np.log(THETA_SHORT), np.log(THETA_LONG)]
    rho: Floats = np.interp(np.log(theta), logs, [RHO_SHORT, RHO_LONG])
    return rho


def smile_variance(theta: Floats, log_moneyness: Floats) -> Floats:
    """Total implied variance at log(strike / forward), given the at-the-money total variance; broadcasts."""
    theta = np.maximum(theta, _SMALLEST_VARIANCE)
    scaled, rho = curvature(theta) * log_moneyness, correlation(theta)
    variance: Floats = theta / 2 * (1 + rho * scaled + np.sqrt((scaled + rho) ** 2 + 1 - rho * rho))
    return variance


def black(forward: Floats, strike: Floats, variance: Floats, discount: Floats) -> tuple[Floats, Floats]:
    """European call and put prices from total variance; broadcasts.

    The out-of-the-money side is computed, the other follows by parity.
    """
    root = np.sqrt(variance)
    log_moneyness = np.log(strike / forward)
    d1 = -log_moneyness / root + root / 2
    sign = np.where(log_moneyness >= 0, 1.0, -1.0)
    otm = np.maximum(sign * (forward * ndtr(sign * d1) - strike * ndtr(sign * (d1 - root))), 0.0)
    parity = forward - strike
    call: Floats = discount * np.where(sign > 0, otm, otm + parity)
    put: Floats = discount * np.where(sign > 0, otm - parity, otm)
    return call, put


@lru_cache(maxsize=4)
def _index_table(years: float = VIX_YEARS) -> tuple[Floats, Floats]:
    """Levels in points of a volatility index over `years`, and the at-the-money total variances that reprice them."""
    theta = (np.linspace(0.03, 1.5, 400) ** 2) * years
    log_strikes = np.linspace(-2.0, 1.2, 1601)
    strikes = np.exp(log_strikes)
    call, put = black(np.ones(1), strikes, smile_variance(theta[:, None], log_strikes), np.ones(1))
    otm = np.where(strikes >= 1, call, put)
    replication = (
        2 * np.sum((otm / strikes)[:, 1:] + (otm / strikes)[:, :-1], axis=1) / 2 * (log_strikes[1] - log_strikes[0])
    )
    return 100 * np.sqrt(replication / years), theta


def vix_of_theta(theta_30_days: Floats) -> Floats:
    """The VIX (points) of a 30-day at-the-money total variance."""
    levels, theta = _index_table()
    return np.interp(theta_30_days, theta, levels)


def theta_of_vix(vix: Floats) -> Floats:
    """The 30-day at-the-money total variance whose smile has this VIX (points)."""
    levels, theta = _index_table()
    return np.interp(vix, levels, theta)


def term_variance(vix: Floats, slow_vix: float, years: Floats) -> Floats:
    """At-the-money total variance `years` (variance clock) ahead; `vix` and `years` broadcast.

    :param slow_vix: the level towards which variance decays, VIX points
    """
    theta = theta_of_vix(vix)
    slow = theta_of_vix(np.array([0.5 * slow_vix + 7.5])) / VIX_YEARS
    weight = (1 - np.exp(-REVERSION_PER_YEAR * VIX_YEARS)) / REVERSION_PER_YEAR
    spot = slow + (theta - slow * VIX_YEARS) / weight
    floor = _SPOT_FLOOR * theta / VIX_YEARS
    spot = np.maximum(spot, floor)
    slow = (theta - spot * weight) / (VIX_YEARS - weight)  # where the floor binds, the slow level gives way
    decay = (1 - np.exp(-REVERSION_PER_YEAR * years)) / REVERSION_PER_YEAR
    total: Floats = slow * (years - decay) + spot * decay
    return np.maximum(total, _SMALLEST_VARIANCE)


def volatility_index(vix: Floats, slow_vix: float, days: int) -> Floats:
    """The level (points) of an index like the VIX over another number of calendar days, by the same formula.

    VIX9D is one over 9 days, VIX3M one over 93 (Cboe).
    """
    levels, theta = _index_table(days / 365)
    return np.interp(term_variance(vix, slow_vix, np.array(days / 365)), theta, levels)
