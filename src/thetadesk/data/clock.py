"""The variance clock: how much of a year's variance falls between two moments.

Variance does not run with the calendar: it runs fast at the open and the close, slowly over noon, and little overnight
and over weekends. One session (overnight included) is one unit, of which the night before is `NIGHT_SHARE`; each
calendar day without a session adds `IDLE_DAY`. Units are scaled so that a calendar year is 1.
"""

from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from thetadesk.data.calendar import TradingCalendar

Floats = NDArray[np.float64]

NIGHT_SHARE = 0.2
IDLE_DAY = 0.1
_UNITS_PER_YEAR = 252 + (365 - 252) * IDLE_DAY


@lru_cache(maxsize=8)
def session_clock(minutes: int, steps_per_minute: int = 1) -> Floats:
    """Share of a session's variance gone at each step, shape [minutes * steps_per_minute + 1], from 0 to 1.

    The density is a U: 2.4 at the open, 0.6 in the middle, 1.5 at the close (before scaling), the shape found for
    S&P 500 returns by Wood, McInish and Ord (1985) and later work.
    """
    count = minutes * steps_per_minute
    u = (np.arange(count) + 0.5) / count
    density = 0.6 + 1.8 * np.exp(-12 * u) + 0.9 * np.exp(-14 * (1 - u))
    gone = np.concatenate([[0.0], np.cumsum(density)])
    scaled: Floats = gone / gone[-1]
    scaled.flags.writeable = False
    return scaled


def variance_years(calendar: TradingCalendar, day: date, expiry: date, *, morning: bool) -> Floats:
    """Variance time from each minute of `day` to settlement, in years, shape [session minutes + 1].

    :param morning: settlement at the open of `expiry` (SPX monthlies) rather than at its close
    """
    gone = session_clock(calendar.minutes(day))
    units = np.zeros_like(gone)
    if day != expiry or not morning:
        units = (1 - NIGHT_SHARE) * (1 - gone)
    here = day
    while here < expiry:
        following = calendar.shift(here, 1)
        units = units + NIGHT_SHARE + IDLE_DAY * ((following - here).days - 1)
        if following != expiry or not morning:
            units = units + 1 - NIGHT_SHARE
        here = following
    return units / _UNITS_PER_YEAR
