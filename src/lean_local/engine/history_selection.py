"""History of universes of daily files: the rows a universe selected from (`history(universe, span[, flatten])`)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from lean_local.api.file_universes import DailyFileUniverse
from lean_local.api.universes import Universe
from lean_local.engine.universe_files import midnight, start_of_files

ONE_DAY = timedelta(days=1)


def universe_of(run: Any, subject: Any) -> DailyFileUniverse | None:
    """The universe a history request asks for by itself or by its symbol, if it is one of daily files."""
    one = subject[0] if isinstance(subject, list | tuple) and len(subject) == 1 else subject
    if isinstance(one, DailyFileUniverse):
        return one
    found = next((u for u in run.universes.universes if u.symbol == one), None) if not callable(one) else None
    return found if isinstance(found, DailyFileUniverse) else None


def days_of(run: Any, universe: Universe, asked: Sequence[Any]) -> Iterator[date]:
    """Trading dates whose files became known in a span: the last `n`, a length, or two algorithm times."""
    calendar, clock = run.subscriptions.calendar(universe.symbol), run.state.clock
    end, first = calendar.zone.to_local(clock.utc_ms), asked[0]
    if isinstance(first, timedelta):
        start = end - first
    elif isinstance(first, date):
        moments = [m if isinstance(m, datetime) else midnight(m) for m in asked[:2]]
        start, *rest = (calendar.zone.to_local(clock.zone.to_utc_ms(m)) for m in moments)
        end = min([end, *rest])
    else:
        start = start_of_files(calendar, end, int(first))
    day = (start - ONE_DAY).date()
    while midnight(day + ONE_DAY) <= end:
        if midnight(day + ONE_DAY) > start and calendar.is_date_open(day):
            yield day
        day += ONE_DAY


def selections(run: Any, universe: DailyFileUniverse, asked: Sequence[Any]) -> list[tuple[datetime, list[Any]]]:
    """End time and rows of every file of a span."""
    found = ((midnight(day + ONE_DAY), universe.read(run, day)) for day in days_of(run, universe, asked))
    return [(end, rows) for end, rows in found if rows]


def selections_frame(universe: DailyFileUniverse, found: Sequence[tuple[datetime, list[Any]]], *, flatten: bool) -> Any:
    """Flattened: a row per security and time. Else a series of lists of rows by the universe's symbol and time."""
    if not found:
        return pd.DataFrame()
    if not flatten:
        index = pd.MultiIndex.from_tuples([(universe.symbol, end) for end, _ in found], names=["symbol", "time"])
        return pd.Series([rows for _, rows in found], index=index, name="data", dtype=object)
    return pd.concat({end: _day_frame(rows) for end, rows in found}, names=["time"])


def _day_frame(rows: Sequence[Any]) -> pd.DataFrame:
    names = [n for base in type(rows[0]).__mro__ for n, v in vars(base).items() if isinstance(v, property)]
    wanted = [n for n in dict.fromkeys(names) if n == n.lower() and n not in ("symbol", "end_time", "market")]
    index = pd.Index([row.symbol for row in rows], name="symbol", dtype=object)
    data = {name.replace("_", ""): [getattr(row, name) for row in rows] for name in sorted(wanted)}
    return pd.DataFrame(data, index=index)
