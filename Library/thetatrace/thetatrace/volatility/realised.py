"""Realised volatility and where a volatility stands in its own history."""

import math

import numpy as np
from numpy.typing import ArrayLike

TRADING_DAYS = 252.0


def yang_zhang(
    opens: ArrayLike, highs: ArrayLike, lows: ArrayLike, closes: ArrayLike, *, periods_per_year: float = TRADING_DAYS
) -> float:
    """Annual realised volatility of bars, with overnight jumps and free of drift; NaN where it is undetermined.

    D. Yang and Q. Zhang, Drift-independent volatility estimation based on high, low, open and close prices, Journal of
    Business 73 (2000), eq. 8 and 10 (k = 0.34 / (1.34 + (n + 1) / (n − 1))). The first bar gives only its close, so n
    bars of variance need n + 1 bars and n at least 2.

    :param opens: prices, each column of shape [n + 1], oldest first; the others likewise
    :param periods_per_year: bars in a year
    """
    table = np.array([opens, highs, lows, closes], dtype=np.float64)
    count = table.shape[1] - 1
    if count < 2 or not np.isfinite(table).all() or table.min() <= 0:
        return math.nan
    o, h, low, c = np.log(table)
    if (h < np.maximum(o, c)).any() or (low > np.minimum(o, c)).any():
        return math.nan  # not bars
    overnight, body = o[1:] - c[:-1], c[1:] - o[1:]
    up, down = h[1:] - o[1:], low[1:] - o[1:]
    within = float(np.mean(up * (up - body) + down * (down - body)))
    k = 0.34 / (1.34 + (count + 1) / (count - 1))
    variance = float(np.var(overnight, ddof=1)) + k * float(np.var(body, ddof=1)) + (1 - k) * within
    return math.sqrt(max(variance, 0.0) * periods_per_year)


def _history(values: ArrayLike, least: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]] | None":
    known = np.asarray(values, dtype=np.float64).reshape(-1)
    known = known[np.isfinite(known) & (known > 0)]
    return known if len(known) >= max(least, 1) else None


def iv_rank(level: float, history: ArrayLike, *, least: int = 252) -> float | None:
    """Where a volatility stands between the lowest and highest of its history, 0…1 and beyond; None when undetermined.

    :param history: one value a day, same unit as `level`; values that are not numbers above zero do not count
    :param least: days that must be known
    """
    known = _history(history, least)
    if known is None or not 0 < level < math.inf:
        return None
    low, high = float(known.min()), float(known.max())
    return (level - low) / (high - low) if high > low else None


def iv_percentile(level: float, history: ArrayLike, *, least: int = 252) -> float | None:
    """Share of the history's days below a volatility, 0…1; None when undetermined. Parameters as in `iv_rank`."""
    known = _history(history, least)
    if known is None or not 0 < level < math.inf:
        return None
    return float(np.mean(known < level))


def expected_move(spot: float, volatility: float, years: float) -> float | None:
    """One standard deviation of the price until expiry, in points: spot × volatility × √years; None when undetermined.

    :param volatility: annual, 0.2 = 20 %
    """
    product = spot * volatility
    if not (0 < spot < math.inf and 0 < product < math.inf and 0 < years < math.inf):
        return None
    return product * math.sqrt(years)
