"""What positions were worth bar by bar, and where their profit came from."""

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
    """A position and its marks; `marked` is the exchange's time of the last one."""

    position: ComboPosition
    path: MarkPath
    rate: float
    style: str
    marked: datetime | None = None


class Diary:
    """Marks of every position, taken from the quotes a decision reads anyway; explained when the trace is written."""

    def __init__(self) -> None:
        self._followed: dict[int, _Followed] = {}
        self._explained: dict[int, tuple[tuple[int, int], list[PnlDay]]] = {}

    def begin(self, position: ComboPosition, rate: float, style: str) -> None:
        """Follow a position from its entry. `rate` is continuously compounded, `style` its contracts' exercise."""
        self._followed[id(position)] = _Followed(position, MarkPath(len(position.legs)), rate, style)

    def mark(self, position: ComboPosition, view: MarketView, quotes: Quotes) -> None:
        """Take a mark of this bar; none without an underlying price or with a leg that is not offered."""
        known = self._followed.get(id(position))
        if known is None or view.spot is None or not all(ask > 0 for _, ask in quotes):
            return
        mids = [(max(min(bid, ask), 0.0) + ask) / 2 for bid, ask in quotes]
        cash, fees = position.cash_points, position.fees_usd
        known.path.mark(view.utc_ms, view.now.toordinal(), view.spot, cash, mids, position.held, fees)
        known.marked = view.now

    def explain(self, position: ComboPosition) -> list[PnlDay]:
        """Explain a closed position's profit by date; nothing for one that was never marked or is still open."""
        known = self._followed.get(id(position))
        if known is None or position.closed_utc_ms is None or not len(known.path):
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
    path, position = known.path, known.position
    last = path.columns()[-1].tolist()
    whole = MarkPath(path.legs)
    whole.rows.extend(path.rows)
    waited_ms = max(closed_utc_ms - int(last[0]), 0)
    date = int(last[1])
    if known.marked is not None and waited_ms > 0:
        date = (known.marked + timedelta(milliseconds=waited_ms - 1)).toordinal()
    mids = last[BEFORE_LEGS : BEFORE_LEGS + path.legs]
    utc_ms = int(last[0]) + waited_ms
    whole.mark(utc_ms, date, last[2], position.cash_points, mids, [0] * path.legs, position.fees_usd)
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
