"""What positions were worth bar by bar, and where their profit came from."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from thetatrace.orders import ComboPosition
from thetatrace.portfolio import MarkPath, PnlDay, explain_days
from thetatrace.portfolio.explain import BEFORE_LEGS, LegFacts
from thetatrace.strategies import MarketView

Quotes = Sequence[tuple[float, float]]


@dataclass(slots=True)
class _Followed:
    """A position and its marks; `seen` is the time (exchange, UTC) of the last one, first of the entry."""

    position: ComboPosition
    path: MarkPath
    rate: float
    style: str
    seen: tuple[datetime, int]


class Diary:
    """Marks of every position, taken from the quotes a decision reads anyway; explained when the trace is written."""

    def __init__(self) -> None:
        self._followed: dict[int, _Followed] = {}
        self._explained: dict[int, tuple[tuple[int, int], list[PnlDay]]] = {}

    def begin(self, position: ComboPosition, view: MarketView, rate: float, style: str) -> None:
        """Follow a position from its entry. `rate` is continuously compounded, `style` its contracts' exercise."""
        path = MarkPath(len(position.legs))
        self._followed[id(position)] = _Followed(position, path, rate, style, (view.now, view.utc_ms))

    def mark(self, position: ComboPosition, view: MarketView, quotes: Quotes) -> None:
        """Take a mark of this bar; none without an underlying price or with a leg that is not offered."""
        known = self._followed.get(id(position))
        if known is None or view.spot is None or not all(ask > 0 for _, ask in quotes):
            return
        mids = [(max(min(bid, ask), 0.0) + ask) / 2 for bid, ask in quotes]
        cash, fees = position.cash_points, position.fees_usd
        known.path.mark(view.utc_ms, view.now.toordinal(), view.spot, cash, mids, position.held, fees)
        known.seen = view.now, view.utc_ms

    def explain(self, position: ComboPosition) -> list[PnlDay]:
        """Explain a closed position's profit by date; nothing while it is open. Without a mark it is all execution."""
        known = self._followed.get(id(position))
        if known is None or position.closed_utc_ms is None:
            return []
        state = (len(known.path), position.closed_utc_ms)  # a late fill opens and closes it again
        before = self._explained.get(id(position))
        if before is None or before[0] != state:
            facts = _facts(position, known.rate, known.style)
            before = state, explain_days(_closed(known, position.closed_utc_ms), facts, position.multiplier)
            self._explained[id(position)] = before
        return before[1]


def _closed(known: _Followed, closed_utc_ms: int) -> MarkPath:
    """The path with its last fills: nothing is held, all is cash. Midnight, when LEAN settles, ends the day before."""
    path, position, (now, utc_ms) = known.path, known.position, known.seen
    waited_ms = max(closed_utc_ms - utc_ms, 0)
    date = (now + timedelta(milliseconds=max(waited_ms - 1, 0))).toordinal()
    spot, mids = math.nan, [0.0] * path.legs
    if len(path):
        last = path.columns()[-1].tolist()
        spot, mids = last[2], last[BEFORE_LEGS : BEFORE_LEGS + path.legs]
    whole = MarkPath(path.legs)
    whole.rows.extend(path.rows)
    flat = [0] * path.legs
    whole.mark(utc_ms + waited_ms, date, spot, position.cash_points, mids, flat, position.fees_usd)
    return whole


def _facts(position: ComboPosition, rate: float, style: str) -> LegFacts:
    legs = [each.leg for each in position.legs]
    return LegFacts(
        np.array([leg.strike for leg in legs]),
        np.array([float(leg.right) for leg in legs]),
        np.array([float(leg.settlement_utc_ms) for leg in legs]),
        rate,
        style=style,
    )


def leg_quotes(position: ComboPosition) -> list[tuple[float, float]]:
    """Read bid and ask of every leg, held or not, once per decision."""
    return [(each.leg.handle.bid_price, each.leg.handle.ask_price) for each in position.legs]


def closing_cost(position: ComboPosition, quotes: Quotes) -> tuple[float | None, float | None]:
    """Points per contract to close: a fair mark, and at the far side. None when a short leg is not offered.

    Shorts are marked at mid and longs at what is bid for them. A bid above the ask is old (LEAN keeps a bid that has
    disappeared) and counts as the ask.
    """
    mark = natural = 0.0
    for each, (quoted_bid, ask) in zip(position.legs, quotes, strict=True):
        if not each.held:
            continue
        units = each.held / position.contracts
        bid = min(quoted_bid, ask) if ask > 0 else quoted_bid
        if units > 0:
            mark -= units * bid
            natural -= units * bid
        elif ask > 0:
            mark -= units * (bid + ask) / 2
            natural -= units * ask
        else:
            return None, None
    return mark, natural
