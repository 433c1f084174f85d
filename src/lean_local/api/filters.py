"""The filter universe of a chain: columns of the day's universe file, narrowed step by step (semantics §4.3)."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lean_local.api.filter_strategies import StrategyFilters
from lean_local.api.net_exceptions import InvalidOperationException
from lean_local.api.universe_rows import OptionUniverse, UnderlyingPoint, UniverseColumns
from lean_local.enums import SecurityType
from lean_local.enums.base import pascal_case
from lean_local.securities.exchange import Calendar

ONE_DAY = timedelta(days=1)
Indices = NDArray[np.int64]


class OptionFilterUniverse(StrategyFilters):
    """Contracts of one day that may be selected. Every method narrows this object and returns it."""

    def __init__(self, columns: UniverseColumns, local_time: datetime, calendar: Calendar) -> None:
        self.columns = columns
        self.local_time = local_time
        self.calendar = calendar
        self.chosen: Indices = np.arange(len(columns), dtype=np.int64)
        self.underlying = columns.underlying
        self._strikes: NDArray[np.float64] | None = None
        self._standard: bool | None = None

    def keep(self, mask: NDArray[np.bool_]) -> "OptionFilterUniverse":
        """Narrow by a mask over the chosen rows."""
        self.chosen = self.chosen[mask]
        return self

    @property
    def underlying_internal(self) -> UnderlyingPoint:
        """Same as `underlying`."""
        return self.underlying

    def reference_ordinal(self) -> int:
        """Ordinal of the date expirations count from: today, or the next open date."""
        day = self.local_time.date()
        if not self.calendar.is_date_open(day):
            day = self.calendar.next_trading_day(day)
        return day.toordinal()

    def strikes(self, min_strike: int, max_strike: int) -> "OptionFilterUniverse":
        """Strikes by number from the one at (or around) the money; the list is of all contracts of the day."""
        if self._strikes is None:
            self._strikes = np.unique(self.columns.strike)
        span = strike_span(
            self._strikes,
            self.columns.underlying_price / self.columns.strike_multiplier,
            int(min_strike),
            int(max_strike),
        )
        if span is None:
            return self.keep(np.zeros(len(self.chosen), np.bool_))
        strike = self.columns.strike[self.chosen]
        return self.keep((strike >= span[0]) & (strike <= span[1]))

    def expiration(self, min_expiry: Any, max_expiry: Any) -> "OptionFilterUniverse":
        """Expiry from `min_expiry` to `max_expiry` days (or spans) after today."""
        reference, expiry = self.reference_ordinal(), self.columns.expiry[self.chosen]
        return self.keep((expiry >= reference + _days(min_expiry)) & (expiry <= reference + _days(max_expiry)))

    def calls_only(self) -> "OptionFilterUniverse":
        """Calls."""
        return self.keep(self.columns.right[self.chosen] > 0)

    def puts_only(self) -> "OptionFilterUniverse":
        """Puts."""
        return self.keep(self.columns.right[self.chosen] < 0)

    def standards_only(self) -> "OptionFilterUniverse":
        """Standard (monthly) contracts; like LEAN, applied when the filter function has returned."""
        self._standard = True
        return self

    def weeklys_only(self) -> "OptionFilterUniverse":
        """Weekly contracts; like LEAN, applied when the filter function has returned."""
        self._standard = False
        return self

    def include_weeklys(self) -> "OptionFilterUniverse":
        """Standard and weekly contracts, as without this call."""
        self._standard = None
        return self

    def apply_type(self) -> "OptionFilterUniverse":
        """Apply `standards_only` or `weeklys_only`. Engine only."""
        if self._standard is not None:
            self.keep(self.columns.is_standard()[self.chosen] == self._standard)
        return self

    def on_demand(self) -> "OptionFilterUniverse":
        """Nothing to do in LEAN either."""
        return self

    def only_apply_filter_at_market_open(self) -> "OptionFilterUniverse":
        """Nothing to do in LEAN either."""
        return self

    def front_month(self) -> "OptionFilterUniverse":
        """The nearest expiry."""
        expiry = self.columns.expiry[self.chosen]
        return self.keep(expiry == expiry.min()) if len(expiry) else self

    def back_months(self) -> "OptionFilterUniverse":
        """All expiries but the nearest."""
        expiry = self.columns.expiry[self.chosen]
        return self.keep(expiry > expiry.min()) if len(expiry) else self

    def back_month(self) -> "OptionFilterUniverse":
        """The second nearest expiry."""
        return self.back_months().front_month()

    def contracts(self, contracts: Any) -> "OptionFilterUniverse":
        """Exactly these contracts, or what a function of the rows returns."""
        wanted = contracts(list(self)) if callable(contracts) else contracts
        return self.only(wanted)

    def where_contains(self, contracts: Any) -> "OptionFilterUniverse":
        """Rows whose symbol is in the list."""
        return self.only(contracts)

    def where(self, predicate: Callable[[Any], bool]) -> "OptionFilterUniverse":
        """Rows for which the predicate holds."""
        return self.keep(np.array([bool(predicate(row)) for row in self], np.bool_))

    def select(self, function: Callable[[Any], Any]) -> "OptionFilterUniverse":
        """The symbols the function makes of the rows."""
        return self.only([function(row) for row in self])

    def only(self, wanted: Any) -> "OptionFilterUniverse":
        """Keep the rows of these symbols (or rows); symbols that are not in the file are dropped."""
        found = [i for i in (self.columns.index_of(w) for w in wanted) if i is not None]
        self.chosen = np.array(sorted(set(found)), np.int64)
        return self

    def _between(self, name: str, low: float, high: float, scale: float = 1.0) -> "OptionFilterUniverse":
        if self.columns.canonical.security_type == SecurityType.FUTURE_OPTION:
            raise InvalidOperationException(f"{pascal_case(name)} filter is not supported for future options.")
        values = getattr(self.columns.day, name)[self.chosen] * scale
        return self.keep((values >= float(low)) & (values <= float(high)))

    def delta(self, min: float, max: float) -> "OptionFilterUniverse":  # noqa: A002
        """Delta of the file."""
        return self._between("delta", min, max)

    def gamma(self, min: float, max: float) -> "OptionFilterUniverse":  # noqa: A002
        """Gamma of the file."""
        return self._between("gamma", min, max)

    def vega(self, min: float, max: float) -> "OptionFilterUniverse":  # noqa: A002
        """Vega of the file."""
        return self._between("vega", min, max)

    def theta(self, min: float, max: float) -> "OptionFilterUniverse":  # noqa: A002
        """Annualised theta: the file's value times 365."""
        return self._between("theta", min, max, 365.0)

    def rho(self, min: float, max: float) -> "OptionFilterUniverse":  # noqa: A002
        """Rho of the file."""
        return self._between("rho", min, max)

    def implied_volatility(self, min: float, max: float) -> "OptionFilterUniverse":  # noqa: A002
        """Implied volatility of the file."""
        return self._between("implied_volatility", min, max)

    def open_interest(self, min: int, max: int) -> "OptionFilterUniverse":  # noqa: A002
        """Open interest of the file."""
        return self._between("open_interest", min, max)

    d, g, v, t, r = delta, gamma, vega, theta, rho
    iv, oi = implied_volatility, open_interest

    def __iter__(self) -> Iterator[OptionUniverse]:
        return iter([self.columns.row(int(i)) for i in self.chosen])

    def __len__(self) -> int:
        return len(self.chosen)

    @property
    def count(self) -> int:
        """Number of contracts left."""
        return len(self.chosen)


def strike_span(strikes: NDArray[np.float64], price: float, low: int, high: int) -> tuple[float, float] | None:
    """Lowest and highest strike of LEAN's numbered strike range, None when it is empty."""
    count = len(strikes)
    at = int(np.searchsorted(strikes, price, side="left"))
    exact = at < count and strikes[at] == price
    if not exact and at >= count:
        return None
    first, last = at + low, at + high
    if not exact:
        if low < 0 < high:
            last -= 1
        elif low > 0:
            first, last = first - 1, last - 1
    first = max(first, 0)
    if first >= count or last < 0:
        return None
    return float(strikes[first]), float(strikes[min(last, count - 1)])


def _days(value: Any) -> int:
    return value.days if isinstance(value, timedelta) else int(value)


class OptionFilter:
    """The filter set on a canonical option; LEAN's default is strikes(-1, 1) and expiration(0, 35)."""

    def __init__(self) -> None:
        self.apply: Callable[[OptionFilterUniverse], Any] = lambda u: u.strikes(-1, 1).expiration(0, 35)

    def set(self, *arguments: Any, **named: Any) -> None:
        """`set_filter` in LEAN's four forms."""
        names = ["min_strike", "max_strike", "min_expiry", "max_expiry"]
        if len(arguments) == 1 and callable(arguments[0]):
            self.apply = arguments[0]
            return
        universe_func = named.pop("universe_func", None)
        if universe_func is not None:
            self.apply = universe_func
            return
        if arguments and isinstance(arguments[0], timedelta):
            names = names[2:]
        given = dict(zip(names, arguments, strict=False)) | named
        given = {name: value if isinstance(value, timedelta) else int(value) for name, value in given.items()}
        by_strike, by_expiry = "min_strike" in given, "min_expiry" in given

        def apply(universe: OptionFilterUniverse) -> OptionFilterUniverse:
            if by_strike:
                universe.strikes(given["min_strike"], given["max_strike"])
            return universe.expiration(given["min_expiry"], given["max_expiry"]) if by_expiry else universe

        self.apply = apply

    def run(self, universe: OptionFilterUniverse) -> OptionFilterUniverse:
        """Apply the filter; a function may return the universe, a list, or None for "as it is now"."""
        result = self.apply(universe)
        if result is None or result is universe:
            return universe.apply_type()
        if isinstance(result, OptionFilterUniverse):
            return result.apply_type()
        return universe.only(result).apply_type()


def first_expiry(expiry: NDArray[np.int32], at_least: int) -> int | None:
    """The smallest expiry ordinal not before `at_least`."""
    later = expiry[expiry >= at_least]
    return int(later.min()) if len(later) else None


def day_of(ordinal: int) -> date:
    """Date of an ordinal."""
    return date.fromordinal(int(ordinal))
