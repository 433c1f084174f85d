"""Which contracts exist on which day.

An expiry gets its strikes on the day it is listed and more whenever the last close has moved; a listed contract stays
until it expires. Everything follows from real closes before the day, so it never depends on where a span starts.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from thetadesk.data.calendar import TradingCalendar, friday_expiries, monthly_expiries, weekly_expiries
from thetadesk.data.history import History

Floats = NDArray[np.float64]
ROOTS = ("spx", "spxw", "spy")
_KEPT_SHARE = 0.65


@dataclass(frozen=True, slots=True)
class ContractPlan:
    """How many contracts to list. Widths are shares of the spot, strikes and steps index (or share) points."""

    spxw_expiries: int = 3
    spxw_core_width: float = 0.025
    spxw_step: int = 5
    spxw_wing_low: float = 0.08
    spxw_wing_high: float = 0.04
    spxw_wing_step: int = 50
    zero_day_strikes: int = 60
    spx_days: int = 130
    spx_step: int = 25
    spx_middle_step: int = 50
    spx_wing_step: int = 100
    spy_expiries: int = 2
    spy_width: float = 0.08
    spy_step: int = 1
    roots: tuple[str, ...] = ROOTS


@dataclass(frozen=True, slots=True)
class Listing:
    """The strikes (points, ascending) of one expiry on one day; each has a call and a put."""

    root: str
    expiry: date
    morning: bool
    strikes: Floats


def _grid(low: float, high: float, step: int) -> set[int]:
    return set(range(int(np.ceil(low / step)) * step, int(high) + 1, step))


@dataclass(frozen=True)
class Lister:
    """Answers `listings(day)` for one plan."""

    plan: ContractPlan
    history: History
    calendar: TradingCalendar

    def listings(self, day: date) -> list[Listing]:
        """All listed expiries of the session `day`, by root, then expiry."""
        found = []
        for root in self.plan.roots:
            for expiry, listed_on in self._expiries(root, day):
                strikes: set[int] = set()
                here = listed_on
                while here <= day:
                    strikes |= self._strikes(root, expiry, here, first=here == listed_on)
                    here = self.calendar.shift(here, 1)
                found.append(Listing(root, expiry, root == "spx", np.array(sorted(strikes), dtype=np.float64)))
        return found

    def _expiries(self, root: str, day: date) -> list[tuple[date, date]]:
        """(expiry, first listed session) of what trades on `day`."""
        far = day + timedelta(days=self.plan.spx_days)
        if root == "spx":  # the last trading day of a morning-settled contract is the session before its expiry
            monthly = monthly_expiries(self.calendar, day + timedelta(days=1), far)
            return [(one, self.calendar.on_or_after(one - timedelta(days=self.plan.spx_days))) for one in monthly]
        rule = weekly_expiries if root == "spxw" else friday_expiries
        count = self.plan.spxw_expiries if root == "spxw" else self.plan.spy_expiries
        dates = rule(self.calendar, day - timedelta(days=40), far)
        first = next(at for at, one in enumerate(dates) if one >= day)
        return [(dates[at], self.calendar.shift(dates[at - count], 1)) for at in range(first, first + count)]

    def _strikes(self, root: str, expiry: date, day: date, *, first: bool) -> set[int]:
        """Strikes that belong to the last close before `day`; after the first day a narrower range is kept covered."""
        row = self.history.spx.previous(day)
        if row < 0:
            return set()
        spot = float(self.history.spx.close[row]) / 100
        plan, kept = self.plan, 1.0 if first else _KEPT_SHARE
        if root == "spy":
            spot /= 10
            return _grid(spot * (1 - kept * plan.spy_width), spot * (1 + kept * plan.spy_width), plan.spy_step)
        if root == "spx":
            core, reach = self._deviations(day, (expiry - day).days)
            core, reach = kept * core, kept * reach
            near = _grid(spot * (1 - core), spot * (1 + 0.4 * core), plan.spx_step)
            middle = _grid(spot * (1 - 2.1 * core), spot * (1 + 0.9 * core), plan.spx_middle_step)
            return near | middle | _grid(spot * (1 - 2.6 * reach), spot * (1 + 1.3 * reach), plan.spx_wing_step)
        strikes = _grid(spot * (1 - plan.spxw_core_width), spot * (1 + plan.spxw_core_width), plan.spxw_step)
        strikes |= _grid(spot * (1 - plan.spxw_wing_low), spot * (1 + plan.spxw_wing_high), plan.spxw_wing_step)
        if expiry == day:
            centre = round(spot / plan.spxw_step) * plan.spxw_step
            distance = plan.zero_day_strikes * plan.spxw_step
            strikes |= _grid(centre - distance, centre + distance, plan.spxw_step)
        return strikes

    def _deviations(self, day: date, days: int) -> tuple[float, float]:
        """One standard deviation to expiry as a share of the spot: of a calm market, and of the present one."""
        row = self.history.vix.previous(day)
        level = float(self.history.vix.close[row]) / 100 if row >= 0 else 15.0
        root = float(np.sqrt(max(days, 10) / 365)) / 100
        return min(max(level, 12.0), 16.0) * root, max(level, 12.0) * root
