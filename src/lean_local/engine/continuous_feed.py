"""The feed of a continuous future: bars of the contract each exchange date maps to, and the changes of contract."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np

from lean_local.api.bars import SymbolChangedEvent
from lean_local.data.continuous import ContinuousMapping
from lean_local.engine.feeds import NEVER, SingleFeed, Step, take_rows
from lean_local.enums import Resolution
from lean_local.securities.exchange import Calendar
from lean_local.securities.future import Future
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)


def row_days(rows: Any, calendar: Calendar) -> list[date]:
    """The exchange date of each bar: that of its last instant."""
    return [calendar.zone.local_date(end - 1) for end in rows.end_utc_ms.tolist()]


def mapped_rows(
    mapping: ContinuousMapping, calendar: Calendar, first: date, last: date, read: Callable[[Symbol], Any]
) -> Any:
    """Rows from `first` to `last` (exchange dates), each date's of the contract it maps to; None without any."""
    wanted: dict[Symbol, set[date]] = {}
    day = first
    while day <= last:
        contract = mapping.contract_on(day)
        if contract is not None:
            wanted.setdefault(contract, set()).add(day)
        day += ONE_DAY
    pieces = []
    for contract, days in wanted.items():
        rows = read(contract)
        if rows is not None and len(rows):
            pieces.append(take_rows(rows, np.array([d in days for d in row_days(rows, calendar)], np.bool_)))
    if not pieces:
        return None
    kind = type(pieces[0])
    return kind(*(np.concatenate([getattr(p, name) for p in pieces]) for name in kind.__slots__))


class ContinuousFeed(SingleFeed):
    """See the module. `mapping` is set when the subscription is made."""

    mapping: ContinuousMapping
    security: Future

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._changes: list[tuple[int, Symbol, Symbol]] = []  # (UTC ms, old, new), latest first
        super().__init__(*arguments, **named)

    def begin(self, start_ms: int, end_ms: int) -> None:
        """See SingleFeed; also finds the changes of contract in the span."""
        super().begin(start_ms, end_ms)
        calendar = self.security.calendar
        zone, extended = calendar.zone, self.security.extended_market_hours
        first, last = zone.local_date(start_ms), zone.local_date(end_ms)
        current = self.mapping.contract_on(first)
        if current is not None:
            self.security.data_symbol = self.mapping.shown(current)
        changes = []
        if zone.offset_ms(start_ms) < calendar.data_zone.offset_ms(start_ms):
            # The first date of the data zone begins on the exchange date before: LEAN looks at that one too.
            before = first - ONE_DAY
            current = self.mapping.contract_on(before) if calendar.segments(before, extended=extended) else current
        day = first
        while day <= last:
            found = self.mapping.contract_on(day) if calendar.segments(day, extended=extended) else None
            if found is not None and found != current:
                if current is not None:
                    changes.append((max(zone.midnight_utc_ms(day), start_ms), current, found))
                current = found
            day += ONE_DAY
        self._changes = changes[::-1]

    def _load(self, day: date | None) -> None:
        """See SingleFeed."""
        calendar, resolution, folder = self.security.calendar, self.security.resolution, self.folder
        if day is None:
            first, last = calendar.zone.local_date(self.start_ms), calendar.zone.local_date(self.end_ms)
        else:
            first, last = day - ONE_DAY, day + ONE_DAY
        trades = mapped_rows(self.mapping, calendar, first, last, lambda s: folder.trade_bars(s, resolution, day))
        quotes = mapped_rows(self.mapping, calendar, first, last, lambda s: folder.quote_bars(s, resolution, day))
        self.trade.load(*self._clean(trades))
        self.quote.load(*self._clean(quotes))

    def _adjust(self, rows: Any) -> Any:
        """See SingleFeed."""
        return self.mapping.scaled(rows, row_days(rows, self.security.calendar))

    def next_utc_ms(self) -> int:
        """See Feed."""
        return min(super().next_utc_ms(), self._changes[-1][0] if self._changes else NEVER)

    def advance(self, utc_ms: int, step: Step) -> None:
        """See Feed."""
        while self._changes and self._changes[-1][0] <= utc_ms:
            moment, old, new = self._changes.pop()
            self.security.data_symbol = self.mapping.shown(new)
            local = self.security.calendar.zone.to_local(moment)
            step.symbol_changes.append(SymbolChangedEvent(self.security.data_symbol, local, str(old.id), str(new.id)))
        super().advance(utc_ms, step)


__all__ = ["ContinuousFeed", "Resolution", "mapped_rows", "row_days"]
