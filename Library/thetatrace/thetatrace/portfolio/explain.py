"""Where a position's profit came from, day by day: delta, gamma, theta, vega, execution, fees, and what is left.

Between two marks a leg's value changes by Δ·dS + ½Γ·dS² + Θ·dt + V·dσ and a rest (second-order Taylor expansion of its
price with the Greeks at the first mark; dσ is the change of the volatility implied by its mark). The parts and the rest
sum to what the engine books: nothing is scaled to fit.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thetatrace.pricing import implied_greeks

Floats = NDArray[np.float64]
DAY_MS = 86_400_000.0
BEFORE_LEGS = 5  # columns of a mark before its legs': UTC ms, date ordinal, spot, cash in points times contracts, fees


class MarkPath:
    """Marks of one position, appended bar by bar: cheap to take, explained when the position is looked at.

    Per leg a mark holds the mid and the contracts held. No mark is taken on a bar where a leg is not offered.
    """

    __slots__ = ("legs", "rows")

    def __init__(self, legs: int) -> None:
        self.legs = legs
        self.rows = array("d")

    def __len__(self) -> int:
        return len(self.rows) // (BEFORE_LEGS + 2 * self.legs)

    def mark(
        self,
        utc_ms: int,
        date: int,
        spot: float,
        cash_points: float,
        mids: Sequence[float],
        held: Sequence[int],
        fees_usd: float = 0.0,
    ) -> None:
        """Take one mark. `cash_points` is what fills have paid in so far, in points times contracts.

        :param date: ordinal of the exchange date the change up to this mark belongs to
        :param fees_usd: fees paid so far
        """
        self.rows.extend((utc_ms, date, spot, cash_points, fees_usd, *mids, *held))

    def columns(self) -> Floats:
        """Return the marks as an array [marks, 5 + 2 legs]."""
        return np.array(self.rows, dtype=np.float64).reshape(-1, BEFORE_LEGS + 2 * self.legs)


@dataclass(frozen=True, slots=True)
class PnlDay:
    """One date's profit in account currency, in parts that sum to `total_usd`.

    `execution_usd` is what fills were better or worse than the marks after them; `rest_usd` is the change of marks that
    the Greeks leave unexplained, with all of it where a mark determines no volatility (`undetermined` counts those
    leg-steps).
    """

    date: int
    delta_usd: float
    gamma_usd: float
    theta_usd: float
    vega_usd: float
    execution_usd: float
    fees_usd: float
    rest_usd: float
    undetermined: int

    @property
    def total_usd(self) -> float:
        """Profit of the date, after fees."""
        greek = self.delta_usd + self.gamma_usd + self.theta_usd + self.vega_usd
        return greek + self.execution_usd + self.fees_usd + self.rest_usd


@dataclass(frozen=True, slots=True)
class LegFacts:
    """What never changes about the legs, each of shape [legs]; rates as of the entry."""

    strike: Floats
    right: Floats
    settlement_utc_ms: Floats
    rate: float
    dividend_yield: float = 0.0
    style: str = "european"


def explain_days(path: MarkPath, legs: LegFacts, multiplier: float) -> list[PnlDay]:
    """Explain a path of marks, one row per date that has some.

    What happened before the first mark (the entry's fills and their fees) belongs to its date, as execution and fees.

    :param multiplier: currency units per point and contract
    """
    marks = path.columns()
    if not len(marks):
        return []
    utc_ms, dates, spot, cash, fees = marks[:, :BEFORE_LEGS].T
    mid, held = marks[:, BEFORE_LEGS : BEFORE_LEGS + path.legs], marks[:, BEFORE_LEGS + path.legs :]
    parts, undetermined = _steps(utc_ms, spot, mid, held, legs)
    kept = held[:-1] * np.diff(mid, axis=0)  # [steps, legs]: what the marks moved what was held
    booked = np.diff(cash + (held * mid).sum(axis=1), prepend=0.0)  # [marks]: cash and value together, from nothing
    execution = booked - np.concatenate([[0.0], kept.sum(axis=1)])
    rest = kept.sum(axis=1) - parts.sum(axis=0)
    days, where = np.unique(dates.astype(np.int64), return_inverse=True)

    def total(values: Floats) -> Floats:
        sums: Floats = np.bincount(where[-len(values) :] if len(values) else where[:0], values, len(days)) * multiplier
        return sums

    columns = [total(each) for each in (*parts, execution, rest)]
    paid = np.bincount(where, np.diff(fees, prepend=0.0), len(days))
    missing = np.bincount(where[1:], undetermined, len(days)).astype(np.int64)
    return [
        PnlDay(
            date=int(day),
            delta_usd=float(columns[0][i]),
            gamma_usd=float(columns[1][i]),
            theta_usd=float(columns[2][i]),
            vega_usd=float(columns[3][i]),
            execution_usd=float(columns[4][i]),
            fees_usd=0.0 - float(paid[i]),
            rest_usd=float(columns[5][i]),
            undetermined=int(missing[i]),
        )
        for i, day in enumerate(days.tolist())
    ]


def _steps(utc_ms: Floats, spot: Floats, mid: Floats, held: Floats, legs: LegFacts) -> tuple[Floats, Floats]:
    """Delta, gamma, theta and vega parts of every step between marks in points times contracts, [4, steps].

    Second, leg-steps whose volatility is undetermined, [steps].
    """
    years = (legs.settlement_utc_ms - utc_ms[:, None]) / (365.0 * DAY_MS)
    found = implied_greeks(
        mid, spot[:, None], legs.strike, years, legs.rate, legs.dividend_yield, legs.right, style=legs.style
    )
    moved = np.diff(spot)[:, None]
    days = np.diff(utc_ms)[:, None] / DAY_MS
    points = np.diff(found.volatility, axis=0) * 100
    parts = np.stack(
        [
            found.delta[:-1] * moved,
            found.gamma[:-1] * moved**2 / 2,
            found.theta[:-1] * days,
            found.vega[:-1] * points,
        ]
    )
    unknown = np.isnan(parts).any(axis=0)
    parts = np.where(unknown, 0.0, parts) * held[:-1]
    return parts.sum(axis=2), (unknown & (held[:-1] != 0)).sum(axis=1).astype(np.float64)
