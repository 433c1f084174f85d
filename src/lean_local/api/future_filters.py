"""The filter universe of a futures chain (LEAN `FutureFilterUniverse.cs`, `ContractSecurityFilterUniverse.cs`)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from lean_local.api.filters import _days
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol


@dataclass(slots=True)
class FutureUniverse(LeanObject):
    """One contract of a universe file: its symbol and the day's prices."""

    _is_symbol_too = True  # where a symbol is compared with it

    symbol: Symbol
    open: float = 0.0
    high: float = 0.0
    low: float = 0.0
    close: float = 0.0
    volume: float = 0.0
    open_interest: float = 0.0
    time: datetime = datetime(1, 1, 1)  # noqa: DTZ001  .NET's DateTime.MinValue
    end_time: datetime = datetime(1, 1, 1)  # noqa: DTZ001

    @property
    def id(self) -> Any:
        """Security identifier."""
        return self.symbol.id

    @property
    def expiry(self) -> datetime:
        """Expiry."""
        return self.symbol.id.date

    @property
    def value(self) -> float:
        """Same as `close`."""
        return self.close

    @property
    def price(self) -> float:
        """Same as `close`."""
        return self.close

    def __str__(self) -> str:
        return self.symbol.value


class FutureFilterUniverse(LeanObject):
    """Contracts of one day that may be selected. Every method narrows this object and returns it."""

    def __init__(self, rows: list[FutureUniverse], local_time: datetime) -> None:
        self.rows, self.local_time = rows, local_time

    def _keep(self, test: Callable[[FutureUniverse], bool]) -> "FutureFilterUniverse":
        self.rows = [row for row in self.rows if test(row)]
        return self

    def expiration(self, min_expiry: Any, max_expiry: Any) -> "FutureFilterUniverse":
        """Expiry from `min_expiry` to `max_expiry` days (or spans) after today."""
        today = self.local_time.date()
        first, last = today + timedelta(_days(min_expiry)), _later(today, _days(max_expiry))
        return self._keep(lambda row: first <= row.expiry.date() <= last)

    def expiration_cycle(self, months: Iterable[int]) -> "FutureFilterUniverse":
        """Contracts that expire in one of these months."""
        wanted = set(months)
        return self._keep(lambda row: row.expiry.month in wanted)

    def front_month(self) -> "FutureFilterUniverse":
        """The nearest expiry."""
        first = min((row.expiry for row in self.rows), default=None)
        return self._keep(lambda row: row.expiry == first)

    def back_months(self) -> "FutureFilterUniverse":
        """All expiries but the nearest, nearest first."""
        first = min((row.expiry for row in self.rows), default=None)
        self.rows.sort(key=lambda row: row.expiry)
        return self._keep(lambda row: row.expiry != first)

    def back_month(self) -> "FutureFilterUniverse":
        """The second nearest expiry."""
        return self.back_months().front_month()

    def standards_only(self) -> "FutureFilterUniverse":
        """Standard contracts: all futures of a universe file are."""
        return self

    def include_weeklys(self) -> "FutureFilterUniverse":
        """Nothing to add: see `standards_only`."""
        return self

    def weeklys_only(self) -> "FutureFilterUniverse":
        """Non-standard contracts: there are none."""
        return self._keep(lambda _row: False)

    def contracts(self, contracts: Any) -> "FutureFilterUniverse":
        """Exactly these contracts, or what a function of the rows returns."""
        return self.only(contracts(list(self.rows)) if callable(contracts) else contracts)

    def where(self, predicate: Callable[[FutureUniverse], bool]) -> "FutureFilterUniverse":
        """Rows for which the predicate holds."""
        return self._keep(predicate)

    def select(self, function: Callable[[FutureUniverse], Any]) -> "FutureFilterUniverse":
        """The symbols the function makes of the rows."""
        return self.only([function(row) for row in self.rows])

    def select_many(self, function: Callable[[FutureUniverse], Iterable[Any]]) -> "FutureFilterUniverse":
        """The symbols the function makes of the rows, one after the other."""
        return self.only([symbol for row in self.rows for symbol in function(row)])

    def only_apply_filter_at_market_open(self) -> "FutureFilterUniverse":
        """Nothing to do in LEAN either."""
        return self

    def only(self, wanted: Iterable[Any]) -> "FutureFilterUniverse":
        """These symbols (or rows); as in LEAN also such that the file does not have."""
        known = {row.symbol: row for row in self.rows}
        symbols = [w if isinstance(w, Symbol) else w.symbol for w in wanted]
        self.rows = [known.get(symbol) or FutureUniverse(symbol, time=self.local_time) for symbol in symbols]
        return self

    def __iter__(self) -> Iterator[FutureUniverse]:
        return iter(list(self.rows))

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def count(self) -> int:
        """Number of contracts left."""
        return len(self.rows)


def _later(today: date, days: int) -> date:
    """A date so many days later, or the last there is."""
    return today + timedelta(min(days, (date.max - today).days))


class FutureFilter:
    """The filter of a canonical future; LEAN's default selects nothing."""

    def __init__(self) -> None:
        self.apply: Callable[[FutureFilterUniverse], Any] = lambda universe: universe.only([])

    def set(self, *arguments: Any, **named: Any) -> None:
        """`set_filter(min, max)` in days or spans, or `set_filter(function)`."""
        function = named.pop("universe_func", None) or (arguments[0] if len(arguments) == 1 else None)
        if callable(function):
            self.apply = function
            return
        names = ("min_expiry", "max_expiry")
        given = dict(zip(names, arguments, strict=False)) | {k.removesuffix("_days"): v for k, v in named.items()}
        self.apply = lambda universe: universe.expiration(given["min_expiry"], given["max_expiry"])

    def run(self, universe: FutureFilterUniverse) -> list[Symbol]:
        """The symbols the filter keeps; a function may return the universe, a list, or None for "as it is now"."""
        result = self.apply(universe)
        if result is not None and result is not universe:
            universe = result if isinstance(result, FutureFilterUniverse) else universe.only(result)
        return [row.symbol for row in universe.rows]
