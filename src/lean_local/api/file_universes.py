"""Universes of daily files: fundamentals and constituents.

`Common/Data/UniverseSelection/*.cs`, `Algorithm/UniverseDefinitions.cs`.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, cast

from lean_local.api.universe_data import ConstituentsUniverseData, ETFConstituentUniverse, Fundamental
from lean_local.api.universe_settings import UniverseSettings
from lean_local.api.universes import (
    SPANS,
    UNCHANGED,
    Selector,
    Times,
    UnchangedUniverse,
    Universe,
    UserDefinedUniverse,
    as_symbols,
)
from lean_local.data.fundamentals import CoarseRow
from lean_local.enums import Market, Resolution, SecurityType
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)
_numbers = count(1)
_DELISTED: list[Any] = []  # in place of rows: the fund is gone
NO_ASYNCHRONOUS_FINE = (
    "Asynchronous universe setting is not supported for coarse & fine selections, please use the new Fundamental "
    "single pass selection"
)


class DailyFileUniverse(Universe):
    """Selects from a daily file, at the midnight after its date (or on the dates of `settings.schedule`)."""

    selects_from_nothing = False
    """Whether a date without a file selects too, from no rows."""

    def read(self, run: Any, day: date) -> list[Any]:  # noqa: ARG002
        """The rows of a date, empty when there is no file."""
        raise TypeError(f"{type(self).__name__} reads nothing")  # pragma: no cover - subclasses do

    def times(self, run: Any, start_ms: int) -> Times:
        """See Universe; the key is the rows."""
        calendar = run.subscriptions.calendar(self.symbol)
        zone, rule = calendar.zone, self.universe_settings.schedule.rule
        first, last = zone.local_date(start_ms), zone.local_date(run.subscriptions.end_ms)
        if rule is not None:
            yield from self._scheduled(run, start_ms, rule)
            return
        day = calendar.previous_trading_day(first)
        while day <= last:  # the last one is due after the end: LEAN makes a time step of it without selecting
            rows = self.read(run, day)
            if rows or self.selects_from_nothing:
                yield max(zone.midnight_utc_ms(day + ONE_DAY), start_ms), rows
            day = calendar.next_trading_day(day)

    def _scheduled(self, run: Any, start_ms: int, rule: Any) -> Times:
        """On every date of the rule with the newest rows before it; the last date before the start counts too."""
        calendar = run.subscriptions.calendar(self.symbol)
        zone = calendar.zone
        first, last = zone.local_date(start_ms), zone.local_date(run.subscriptions.end_ms)
        wanted = [
            first - timedelta(days=n)
            for n in range(365)
            if any(True for _ in rule.days(*[first - timedelta(days=n)] * 2))
        ]
        day = calendar.previous_trading_day(wanted[0] if wanted else first)
        rows: list[Any] = []
        for due in rule.days(day, last):
            while day < due:
                rows = self.read(run, day) or rows
                day = calendar.next_trading_day(day)
            if rows or self.selects_from_nothing:
                yield max(zone.midnight_utc_ms(due), start_ms), rows

    def select_symbols(self, run: Any, utc_ms: int, key: Any) -> Any:  # noqa: ARG002
        """See Universe."""
        return [row.symbol for row in key] if self.selector is None else self.selector(key)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  wall time


class FundamentalUniverseFactory(DailyFileUniverse):
    """Selects from the coarse fundamentals of all US equities; `fine` selects once more from what was selected."""

    selects_from_nothing = True
    data_type = Fundamental

    def __init__(
        self,
        market: str = Market.USA,
        universe_settings: UniverseSettings | None = None,
        selector: Selector | None = None,
        fine: Selector | None = None,
    ) -> None:
        super().__init__(f"FundamentalUniverse-{market}-{next(_numbers):010d}", universe_settings, selector)
        self.fine = fine

    def read(self, run: Any, day: date) -> list[Any]:
        """See DailyFileUniverse."""
        return [Fundamental(row, _midnight(day)) for row in run.folder.coarse_fundamentals(day)]

    def select_symbols(self, run: Any, utc_ms: int, key: Any) -> Any:
        """See Universe."""
        chosen = super().select_symbols(run, utc_ms, key)
        if self.fine is None or isinstance(chosen, UnchangedUniverse):
            return chosen
        wanted = dict.fromkeys(as_symbols(chosen))
        rows = [row for row in key if row.symbol in wanted and row.has_fundamental_data]
        if not key:  # without coarse data LEAN makes bare rows
            now = _midnight(run.state.clock.local.date())
            rows = [Fundamental(CoarseRow(str(s.id), s.value, 0.0, 0, 0.0, True, 1.0, 1.0), now) for s in wanted]
        return self.fine(rows)


class FundamentalUniverse(LeanObject):
    """`FundamentalUniverse.usa(selector, universe_settings)`."""

    @staticmethod
    def usa(selector: Selector, universe_settings: UniverseSettings | None = None) -> FundamentalUniverseFactory:
        """All US equities."""
        return FundamentalUniverseFactory(Market.USA, universe_settings, selector)

    USA = usa


class CoarseFundamentalUniverse(FundamentalUniverseFactory):
    """LEAN's older name: `CoarseFundamentalUniverse(universe_settings, selector)`."""

    def __init__(self, universe_settings: UniverseSettings | None, selector: Selector) -> None:
        super().__init__(Market.USA, universe_settings, selector)


class ETFConstituentsUniverseFactory(DailyFileUniverse):
    """Selects from the constituents of a fund or index."""

    data_type = ETFConstituentUniverse

    def __init__(
        self, symbol: Symbol, universe_settings: UniverseSettings | None, constituents_filter: Selector | None = None
    ) -> None:
        super().__init__(f"qc-universe-etf-constituents-{next(_numbers):010d}", universe_settings, constituents_filter)
        self.fund = symbol

    def read(self, run: Any, day: date) -> list[Any]:
        """See DailyFileUniverse."""
        return [ETFConstituentUniverse(row, _midnight(day)) for row in run.folder.fund_constituents(self.fund, day)]

    def times(self, run: Any, start_ms: int) -> Times:
        """See Universe; when the fund is delisted its universe lets go of all members and ends."""
        zone = run.subscriptions.calendar(self.symbol).zone
        maps = run.folder.map_file_of(self.fund) if self.fund.security_type == SecurityType.EQUITY else None
        gone = None if maps is None else zone.midnight_utc_ms(maps.delisting_day + ONE_DAY)
        for moment, rows in super().times(run, start_ms):
            if gone is not None and moment >= gone:
                break
            yield moment, rows
        if gone is not None and start_ms < gone <= run.subscriptions.end_ms:
            yield gone, _DELISTED

    def select_symbols(self, run: Any, utc_ms: int, key: Any) -> Any:
        """See Universe."""
        if key is _DELISTED:
            self.dispose()
            return []
        return super().select_symbols(run, utc_ms, key)

    def show(self, rows: Any) -> None:
        """See Universe."""
        for row in rows:
            member = self.securities.get(row.symbol)
            if member is not None:
                member.security.points[ETFConstituentUniverse] = row


class FineFundamentalFilteredUniverse(LeanObject):
    """LEAN's obsolete form: `FineFundamentalFilteredUniverse(coarse universe, fine selector)` is that universe."""

    def __new__(cls, universe: FundamentalUniverseFactory, fine_selector: Selector) -> Any:
        """Give the universe its second selection."""
        universe.fine = fine_selector
        return universe


class ConstituentsUniverse(DailyFileUniverse):
    """Selects what the files of a symbol list: `ConstituentsUniverse(symbol, universe_settings[, filter])`."""

    def __init__(
        self, symbol: Symbol, universe_settings: UniverseSettings, constituents_filter: Selector | None = None
    ) -> None:
        super().__init__(symbol.value, universe_settings, constituents_filter)
        self.configuration.symbol = symbol

    def read(self, run: Any, day: date) -> list[Any]:
        """See DailyFileUniverse."""
        return [ConstituentsUniverseData(row, _midnight(day)) for row in run.folder.listed_symbols(self.symbol, day)]

    def select_symbols(self, run: Any, utc_ms: int, key: Any) -> Any:
        """See Universe; the symbol NONE stands for nothing."""
        return super().select_symbols(run, utc_ms, [row for row in key if str(row.symbol.id) != "NONE 0"])


class DollarVolumeUniverseDefinitions(LeanObject):
    """LEAN's obsolete `universe.dollar_volume`."""

    def __init__(self, definitions: "UniverseDefinitions") -> None:
        self.top = definitions.top


class UniverseDefinitions(LeanObject):
    """`self.universe`: ready-made universes."""

    def __init__(self, algorithm: Any) -> None:
        self._algorithm = algorithm

    @property
    def unchanged(self) -> UnchangedUniverse:
        """Keep what was selected before."""
        return UNCHANGED

    @property
    def dollar_volume(self) -> DollarVolumeUniverseDefinitions:
        """Universes by traded value."""
        return DollarVolumeUniverseDefinitions(self)

    @property
    def qc_500(self) -> ETFConstituentsUniverseFactory:
        """Constituents of SPY."""
        return self.etf(Symbol.create_equity("SPY"))

    QC500 = qc_500

    def top(self, count: int, universe_settings: UniverseSettings | None = None) -> FundamentalUniverseFactory:
        """The equities with the largest traded value."""

        def largest(rows: list[Any]) -> list[Symbol]:
            return [r.symbol for r in sorted(rows, key=lambda r: r.dollar_volume, reverse=True)[:count]]

        return FundamentalUniverse.usa(largest, universe_settings)

    def etf(self, ticker: Any, *arguments: Any, **named: Any) -> ETFConstituentsUniverseFactory:
        """`etf(ticker or symbol[, market][, universe_settings][, universe_filter_func])`."""
        return self._constituents(ticker, arguments, named, Symbol.create_equity)

    ETF = etf

    def index(self, ticker: Any, *arguments: Any, **named: Any) -> ETFConstituentsUniverseFactory:
        """Same as `etf` for an index."""
        return self._constituents(ticker, arguments, named, Symbol.create_index)

    def _constituents(
        self, ticker: Any, arguments: tuple[Any, ...], named: dict[str, Any], make: Callable[[str], Symbol]
    ) -> ETFConstituentsUniverseFactory:
        every = [*arguments, *named.values()]
        settings = next((a for a in every if isinstance(a, UniverseSettings)), None)
        selector = next((a for a in every if callable(a)), None)
        symbol = ticker if isinstance(ticker, Symbol) else make(str(ticker))
        return ETFConstituentsUniverseFactory(symbol, settings or self._algorithm.universe_settings, selector)


def make_universe(arguments: tuple[Any, ...], settings: UniverseSettings) -> Universe:
    """The universe meant by the arguments of `add_universe` (all of LEAN's forms but those with custom data)."""
    first, *rest = arguments
    if isinstance(first, Universe):
        if rest:
            universe = cast("FundamentalUniverseFactory", first)
            universe.fine = rest[0]
        return first
    if isinstance(first, type) and issubclass(first, Fundamental | FundamentalUniverse):
        own = next((a for a in rest if isinstance(a, UniverseSettings)), settings)
        return FundamentalUniverse.usa(
            next((a for a in rest if callable(a)), lambda rows: [r.symbol for r in rows]), own
        )
    if isinstance(first, str | SecurityType):
        name = next(a for a in arguments if isinstance(a, str))
        resolution = next((a for a in rest if isinstance(a, Resolution)), Resolution.DAILY)
        own = next((a for a in rest if isinstance(a, UniverseSettings)), settings)
        return UserDefinedUniverse(name, own, SPANS[resolution], rest[-1])
    if hasattr(first, "days") and hasattr(first, "name"):
        own = UniverseSettings(settings)
        own.schedule.on(first)
        return FundamentalUniverse.usa(rest[0], own)
    if callable(first):
        if rest and settings.asynchronous:
            raise ValueError(NO_ASYNCHRONOUS_FINE)
        return FundamentalUniverseFactory(Market.USA, None, first, rest[0] if rest else None)
    raise ValueError(f"QCAlgorithm.AddUniverse: {first!r} is not a valid argument.")


__all__ = [
    "CoarseFundamentalUniverse",
    "ConstituentsUniverse",
    "DailyFileUniverse",
    "ETFConstituentsUniverseFactory",
    "FineFundamentalFilteredUniverse",
    "FundamentalUniverse",
    "FundamentalUniverseFactory",
    "UniverseDefinitions",
]
