"""The databases of opening times and of trading units as algorithms see them.

LEAN `MarketHoursDatabase.cs`, `SymbolPropertiesDatabase.cs`.
"""

from dataclasses import fields
from typing import Any

from lean_local.data.hours import database_ticker
from lean_local.data.properties import SymbolProperties as PropertiesRow
from lean_local.enums import SecurityType
from lean_local.naming import LeanObject
from lean_local.securities.exchange import Calendar, SecurityExchangeHours
from lean_local.securities.symbol_properties import SymbolProperties
from lean_local.symbols import Symbol

__all__ = ["MarketHoursDatabase", "SymbolPropertiesDatabase"]


def _run() -> Any:
    from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

    return current_run()


def _asked(arguments: tuple[Any, ...]) -> Symbol:
    """The symbol of `(subscription,)` or of `(market, symbol or ticker, security type)`."""
    if len(arguments) == 1:
        found: Symbol = arguments[0].symbol
        return found
    market, symbol, kind = arguments[:3]
    return symbol if isinstance(symbol, Symbol) else Symbol.create(str(symbol), SecurityType(kind), str(market))


class MarketHoursDatabaseEntry(LeanObject):
    """Opening times of a market and the time zone of its files."""

    lean_name = "MarketHoursDatabase.Entry"

    def __init__(self, calendar: Calendar) -> None:
        self.exchange_hours = SecurityExchangeHours(calendar)
        self.data_time_zone = calendar.data_zone.name


class MarketHoursDatabase(LeanObject):
    """Opening times: `(market, symbol or ticker, security type)`, or a security's subscription."""

    @classmethod
    def from_data_folder(cls, *_: Any) -> "MarketHoursDatabase":
        """The database of the run."""
        return cls()

    def get_entry(self, *arguments: Any) -> MarketHoursDatabaseEntry:
        """Opening times and zones of a market. Raises KeyError for one without an entry."""
        return MarketHoursDatabaseEntry(_run().subscriptions.calendar(_asked(arguments)))

    def get_exchange_hours(self, *arguments: Any) -> SecurityExchangeHours:
        """Opening times of a market."""
        return self.get_entry(*arguments).exchange_hours

    @staticmethod
    def get_database_symbol_key(symbol: Symbol | None) -> str:
        """The ticker that the databases list a symbol under; `[*]` without one."""
        return "[*]" if symbol is None else database_ticker(symbol)

    def get_data_time_zone(self, *arguments: Any) -> str:
        """Time zone of a market's files."""
        return self.get_entry(*arguments).data_time_zone


class SymbolPropertiesDatabase(LeanObject):
    """Trading units: `(market, symbol or ticker, security type[, default quote currency])`."""

    @classmethod
    def from_data_folder(cls) -> "SymbolPropertiesDatabase":
        """The database of the run."""
        return cls()

    def get_symbol_properties(self, *arguments: Any) -> SymbolProperties:
        """Units of a symbol, LEAN's defaults for one without a row."""
        found: SymbolProperties = _run().subscriptions.properties(_asked(arguments[:3]))
        return found

    def contains_key(self, *arguments: Any) -> bool:
        """Whether a ticker has a row of its own."""
        market, symbol, kind = arguments[:3]
        ticker = symbol.value if isinstance(symbol, Symbol) else str(symbol)
        return _run().folder.properties.find(str(market), ticker, SecurityType(kind)) is not None

    def set_entry(self, market: str, symbol: str | None, security_type: Any, properties: SymbolProperties) -> bool:
        """Set the units of a ticker, of all of a market without one; securities that are there keep theirs."""
        row = PropertiesRow(*(getattr(properties, each.name) for each in fields(properties)))
        _run().folder.properties.set(str(market), symbol or "[*]", SecurityType(security_type), row)
        return True

    get_database_symbol_key = staticmethod(MarketHoursDatabase.get_database_symbol_key)


class DatabaseMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    @property
    def market_hours_database(self) -> MarketHoursDatabase:
        """Opening times of all markets."""
        return MarketHoursDatabase()

    @property
    def symbol_properties_database(self) -> SymbolPropertiesDatabase:
        """Trading units of all markets."""
        return SymbolPropertiesDatabase()
