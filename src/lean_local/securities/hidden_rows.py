"""Bars of option contracts outside the hours: fill-forward repeats them, securities and their caches never see them.

LEAN filters by hours after it fills forward (`SubscriptionFilterEnumerator`, semantics §3.4).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from lean_local.api.bars import QuoteRow, TradeRow


class HiddenRows:
    """The last such bar of each slot that no bar within the hours has followed."""

    __slots__ = ("quotes", "trades")

    def __init__(self) -> None:
        self.quotes: dict[int, QuoteRow] = {}
        self.trades: dict[int, TradeRow] = {}

    def __bool__(self) -> bool:
        return bool(self.quotes or self.trades)

    def rows(self, *, trade: bool) -> dict[int, Any]:
        """Rows by slot."""
        return self.trades if trade else self.quotes

    def drop(self, slots: Any, *, trade: bool) -> None:
        """Bars within the hours have come for the slots."""
        rows = self.rows(trade=trade)
        if rows:
            for slot in slots.tolist():
                rows.pop(slot, None)

    def forget(self, slot: int) -> None:
        """Drop what is known of a slot."""
        self.quotes.pop(slot, None)
        self.trades.pop(slot, None)

    def mark(self, seen: Any, *, trade: bool) -> Any:
        """A mask over slots with those that have a row set too."""
        rows = self.rows(trade=trade)
        if not rows:
            return seen
        marked = seen.copy()
        marked[list(rows)] = True
        return marked

    def among(self, slots: Any, *, trade: bool) -> Iterator[tuple[int, Any]]:
        """Places within `slots` of those that have a row, and the rows."""
        rows = self.rows(trade=trade)
        if rows:
            for place in np.flatnonzero(np.isin(slots, list(rows))).tolist():
                yield place, rows[int(slots[place])]

    def copy(self) -> "HiddenRows":
        """The same rows; they never change themselves."""
        made = HiddenRows()
        made.quotes, made.trades = dict(self.quotes), dict(self.trades)
        return made
