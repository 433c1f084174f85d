"""Which universe files of a chain are known when: a file is known from the midnight after its date, of the exchange."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import TypeVar

from lean_local.data.folder import DataFolder
from lean_local.data.universes import UniverseDay
from lean_local.enums import SecurityType
from lean_local.securities.exchange import Calendar
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)
_TRADING_DAYS_TRIED = 3
AnyDay = TypeVar("AnyDay")


def midnight(day: date) -> datetime:
    """The start of a date, of the clock the date is of."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001


def named_on(folder: DataFolder, canonical: Symbol, day: date) -> Symbol:
    """The chain with the ticker of its share on a date: the contracts of a file carry it (LEAN `MappedSymbol`)."""
    underlying = canonical.underlying
    if canonical.security_type != SecurityType.OPTION or underlying is None:
        return canonical
    ticker = folder.ticker_on(canonical, day).upper()
    if ticker == underlying.value:
        return canonical
    return Symbol(canonical.id, f"?{ticker}", Symbol(underlying.id, ticker))


def latest_universe(folder: DataFolder, canonical: Symbol, calendar: Calendar, local: datetime) -> UniverseDay | None:
    """The file of the last trading day before an exchange time; if it is missing, of one of the two before that."""
    day = local.date()
    for _ in range(_TRADING_DAYS_TRIED):
        day = calendar.previous_trading_day(day)
        file = folder.universe(canonical, day)
        if file is not None:
            return file
    return None


def universe_files(
    calendar: Calendar, start: datetime, end: datetime, read: Callable[[date], AnyDay | None]
) -> Iterator[AnyDay]:
    """The files of trading days that became known in (start, end], exchange times."""
    day = (start - ONE_DAY).date()
    while midnight(day + ONE_DAY) <= end:
        if midnight(day + ONE_DAY) > start and calendar.is_date_open(day):
            file = read(day)
            if file is not None:
                yield file
        day += ONE_DAY


def start_of_files(calendar: Calendar, local: datetime, count: int) -> datetime:
    """Where a request for a number of files starts: that many trading days before an exchange time's date."""
    day = local.date()
    for _ in range(count):
        day = calendar.previous_trading_day(day)
    return midnight(day)
