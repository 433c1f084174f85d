"""History of option universes: the files of a chain (semantics §4.5, §8.4)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pandas as pd

from lean_local.api.frames import future_universe_frame, universe_frame
from lean_local.api.future_filters import FutureUniverse
from lean_local.api.universe_rows import OptionUniverse, UniverseColumns
from lean_local.engine.history_frames import index_of
from lean_local.engine.universe_files import midnight, named_on, start_of_files, universe_files
from lean_local.enums import SecurityType
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)


class OptionUniverseFile(LeanObject):
    """A universe file as history hands it over: iterating yields its contracts (LEAN `OptionUniverse`)."""

    lean_name = "OptionUniverse"

    def __init__(self, symbol: Symbol, columns: UniverseColumns) -> None:
        self.symbol, self._columns = symbol, columns
        self.time = midnight(columns.day.day)
        self.end_time = self.time + ONE_DAY
        self.underlying = columns.underlying

    @property
    def data(self) -> list[OptionUniverse]:
        """The contracts, in file order."""
        return [self._columns.row(i) for i in range(len(self._columns))]

    def __iter__(self) -> Any:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self._columns)


class FutureUniverseFile(LeanObject):
    """A futures chain file as history hands it over: iterating yields its contracts (LEAN `FutureUniverse`)."""

    lean_name = "FutureUniverse"

    def __init__(self, symbol: Symbol, day: date, rows: list[FutureUniverse]) -> None:
        self.symbol, self.data = symbol, rows
        self.time = midnight(day)
        self.end_time = self.time + ONE_DAY
        for row in rows:
            row.time, row.end_time = self.time, self.end_time

    def __iter__(self) -> Any:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


ChainFile = OptionUniverseFile | FutureUniverseFile


def universes(run: Any, canonical: Symbol, asked: Sequence[Any]) -> Sequence[ChainFile]:
    """The universe files of a request: the last `n`, those of a span, or those between two algorithm times."""
    calendar, clock = run.subscriptions.calendar(canonical), run.state.clock
    end = calendar.zone.to_local(clock.utc_ms)
    first = asked[0]
    if isinstance(first, timedelta):
        start = end - first
    elif isinstance(first, date):
        moments = [m if isinstance(m, datetime) else midnight(m) for m in asked[:2]]
        start, *rest = (calendar.zone.to_local(clock.zone.to_utc_ms(m)) for m in moments)
        end = min([end, *rest])
    else:
        start = start_of_files(calendar, end, int(first))
    if canonical.security_type == SecurityType.FUTURE:
        futures = run.subscriptions.futures
        return [
            FutureUniverseFile(canonical, file.day, futures.rows(canonical, file))
            for file in universe_files(calendar, start, end, partial(run.folder.future_universe, canonical))
        ]
    multiplier = run.subscriptions.properties(canonical).strike_multiplier
    files = universe_files(calendar, start, end, partial(run.folder.universe, canonical))
    return [
        OptionUniverseFile(canonical, UniverseColumns(file, named_on(run.folder, canonical, file.day), multiplier))
        for file in files
    ]


def universes_frame(found: Sequence[ChainFile], *, flatten: bool) -> Any:
    """Flattened: a row per contract and time. Else a series of lists of contracts, as LEAN's clean-up leaves it."""
    if not found:
        return pd.DataFrame()
    if flatten and isinstance(found[0], FutureUniverseFile):
        return future_universe_frame([(f.symbol, f.end_time, f.data) for f in found])
    if flatten:
        return universe_frame([(f.end_time, f._columns) for f in found if isinstance(f, OptionUniverseFile)])
    parts = [index_of(f.symbol, pd.DatetimeIndex([f.end_time]), 5) for f in found]
    index = parts[0].append(parts[1:])
    return pd.Series([f.data for f in found], index=index, name="data", dtype=object)
