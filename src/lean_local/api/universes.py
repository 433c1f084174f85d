"""Universes: who is selected, and when (`Common/Data/UniverseSelection/*.cs`, `Algorithm/UniverseDefinitions.cs`)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from lean_local.api.bars import DataDictionary
from lean_local.api.events import Event
from lean_local.api.universe_settings import UniverseSettings
from lean_local.enums import Market, Resolution, SecurityType
from lean_local.naming import LeanObject, NetList
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)
SPANS = {
    Resolution.SECOND: timedelta(seconds=1),
    Resolution.MINUTE: timedelta(minutes=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.DAILY: ONE_DAY,
}
Selector = Callable[[Any], Any]
Times = Iterator[tuple[int, Any]]
"""Pairs of the UTC ms of a selection and what the universe needs to find its data."""


class UnchangedUniverse:
    """What a selection function returns to keep what was selected before."""

    def __iter__(self) -> Iterator[Symbol]:
        return iter(())


UNCHANGED = UnchangedUniverse()


class UniverseConfiguration(LeanObject):
    """The parts of a universe's subscription that an algorithm reads."""

    def __init__(self, symbol: Symbol, resolution: Resolution) -> None:
        self.symbol, self.resolution = symbol, resolution


class UniverseMember(LeanObject):
    """A security in a universe, and since when (UTC ms)."""

    def __init__(self, security: Any, added_ms: int) -> None:
        self.security, self.added_ms = security, added_ms


class Universe(LeanObject):
    """Base: subclasses say when to select and from what."""

    UNCHANGED = Unchanged = UNCHANGED

    def __init__(
        self,
        name: str,
        settings: UniverseSettings | None,
        selector: Selector | None,
        resolution: Any = Resolution.DAILY,
    ) -> None:
        self.universe_settings: Any = settings
        self.selector = selector
        self.configuration = UniverseConfiguration(
            Symbol.create(name, SecurityType.EQUITY, Market.USA), Resolution(resolution)
        )
        self.securities: dict[Symbol, UniverseMember] = {}
        self.selected = NetList()
        self.previous: frozenset[Symbol] = frozenset()
        self.selection_changed = Event()
        self.dispose_requested = False

    @property
    def symbol(self) -> Symbol:
        """The universe's own symbol."""
        return self.configuration.symbol

    @property
    def market(self) -> str:
        """Market of the universe."""
        return self.symbol.id.market

    @property
    def security_type(self) -> SecurityType:
        """Kind of security selected."""
        return self.symbol.security_type

    @property
    def asynchronous(self) -> bool:
        """LEAN API; selection is in line here, with the same result."""
        return bool(self.universe_settings.asynchronous)

    @property
    def members(self) -> DataDictionary:
        """Securities in the universe by symbol."""
        return DataDictionary({s: m.security for s, m in self.securities.items()})

    def show(self, rows: Any) -> None:
        """Let members see their rows of the data that was selected from (`security.cache.get_data(Type)`)."""

    def contains_member(self, symbol: Any) -> bool:
        """Whether a symbol is in the universe."""
        return as_symbol(symbol) in self.securities

    def dispose(self) -> None:
        """Select nothing from the next selection on."""
        self.dispose_requested = True

    def times(self, run: Any, start_ms: int) -> Times:  # noqa: ARG002
        """When to select, from `start_ms` on."""
        raise TypeError(f"{type(self).__name__} has no selection times")  # pragma: no cover - subclasses do

    def select_symbols(self, run: Any, utc_ms: int, key: Any) -> Any:  # noqa: ARG002
        """What is selected: symbols, tickers, or UNCHANGED; `key` is what `times` gave."""
        raise TypeError(f"{type(self).__name__} selects nothing")  # pragma: no cover - subclasses do


class UserDefinedUniverse(Universe):
    """A function from the time (New York) to tickers, asked once per interval while the market is open."""

    def __init__(self, name: str, settings: UniverseSettings | None, interval: timedelta, selector: Selector) -> None:
        resolution = next((r for r, s in SPANS.items() if s == interval), Resolution.DAILY)
        super().__init__(name, settings, selector, resolution)
        self.interval = interval

    def times(self, run: Any, start_ms: int) -> Times:
        """See Universe."""
        calendar = run.subscriptions.calendar(self.symbol)
        step, moment = round(self.interval.total_seconds() * 1000), start_ms
        yield moment, None
        local, zone = calendar.zone.to_local(start_ms), calendar.zone
        while True:
            local += self.interval
            moment = zone.to_utc_ms(local)
            if moment > run.subscriptions.end_ms:
                return
            if calendar.overlaps(moment, moment + step, extended=False):
                yield moment, None

    def select_symbols(self, run: Any, utc_ms: int, key: Any) -> Any:  # noqa: ARG002
        """See Universe."""
        assert self.selector is not None
        return self.selector(run.subscriptions.calendar(self.symbol).zone.to_local(utc_ms))


class ScheduledUniverse(Universe):
    """A function from the time (UTC) to symbols, asked at the times of a date rule and a time rule."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        names = ["date_rule", "time_rule", "selector", "settings"]
        if arguments and isinstance(arguments[0], str):
            names.insert(0, "time_zone")
        given = dict(zip(names, arguments, strict=False)) | named
        self.date_rule, self.time_rule = given["date_rule"], given["time_rule"]
        name = f"{self.date_rule.name}_{self.time_rule.name}".replace(" ", "_")
        super().__init__(name, given.get("settings"), given["selector"])

    def times(self, run: Any, start_ms: int) -> Times:
        """See Universe."""
        zone = run.state.clock.zone
        last = zone.local_date(run.subscriptions.end_ms)
        for day in self.date_rule.days(zone.local_date(start_ms) - ONE_DAY, last):
            for moment in self.time_rule.instants(day):
                if start_ms <= moment <= run.subscriptions.end_ms:
                    yield moment, None

    def select_symbols(self, run: Any, utc_ms: int, key: Any) -> Any:  # noqa: ARG002
        """See Universe."""
        assert self.selector is not None
        return self.selector(run.state.clock.utc.replace(tzinfo=None))


def as_symbols(chosen: Iterable[Any]) -> list[Symbol]:
    """Symbols of what a selection function returned: symbols, or tickers of US equities."""
    found = [s if isinstance(s, Symbol) else Symbol.create_equity(str(s)) for s in chosen]
    return list(dict.fromkeys(found))


__all__ = ["ScheduledUniverse", "Universe", "UniverseSettings", "UserDefinedUniverse"]
