"""What universe selection functions get: fundamentals of equities and constituents of funds."""

from datetime import datetime, timedelta
from typing import Any

from lean_local.data.fundamentals import CoarseRow, ConstituentRow
from lean_local.identifiers import SecurityIdentifier
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)


class _UniverseRow(LeanObject):
    """A row of a daily file: `time` is the file's date, `end_time` a day later."""

    __slots__ = ("_row", "_symbol", "time")

    def __init__(self, row: Any, time: datetime) -> None:
        self._row, self.time = row, time
        self._symbol: Symbol | None = None

    @property
    def symbol(self) -> Symbol:
        """The equity, under its ticker of that date."""
        if self._symbol is None:
            self._symbol = Symbol(SecurityIdentifier.parse(self._row.identifier), self._row.ticker)
        return self._symbol

    @property
    def end_time(self) -> datetime:
        """When the row is known."""
        return self.time + ONE_DAY


class Fundamental(_UniverseRow):
    """Coarse fundamentals of one equity (LEAN `CoarseFundamental`); what Morningstar adds is not in lean_local."""

    __slots__ = ()
    _row: CoarseRow

    @property
    def value(self) -> float:
        """Raw close."""
        return self._row.close

    @property
    def price(self) -> float:
        """Raw close."""
        return self._row.close

    @property
    def market(self) -> str:
        """Market of the equity."""
        return self.symbol.id.market

    @property
    def volume(self) -> int:
        """Shares traded."""
        return self._row.volume

    @property
    def dollar_volume(self) -> float:
        """Traded value in USD."""
        return self._row.dollar_volume

    @property
    def has_fundamental_data(self) -> bool:
        """Whether Morningstar covers the company."""
        return self._row.has_fundamental_data

    @property
    def price_factor(self) -> float:
        """Dividend factor of the date."""
        return self._row.price_factor

    @property
    def split_factor(self) -> float:
        """Split factor of the date."""
        return self._row.split_factor

    @property
    def adjusted_price(self) -> float:
        """Close adjusted for splits and dividends."""
        return self._row.close * self._row.price_factor * self._row.split_factor


class ETFConstituentUniverse(_UniverseRow):
    """One constituent of a fund (LEAN `ETFConstituentUniverse`)."""

    __slots__ = ()
    _row: ConstituentRow

    @property
    def last_update(self) -> datetime | None:
        """Date of the holding."""
        day = self._row.last_update
        return None if day is None else datetime(day.year, day.month, day.day)  # noqa: DTZ001  a calendar date

    @property
    def weight(self) -> float | None:
        """Weight in the fund as a fraction."""
        return self._row.weight

    @property
    def shares_held(self) -> float | None:
        """Shares the fund holds."""
        return self._row.shares_held

    @property
    def market_value(self) -> float | None:
        """Value of the holding in USD."""
        return self._row.market_value

    @property
    def value(self) -> float:
        """Always 0, as in LEAN."""
        return 0.0


class ConstituentsUniverseData(_UniverseRow):
    """One symbol that the file of a constituents universe lists."""

    __slots__ = ()
    _row: ConstituentRow


CoarseFundamental = FineFundamental = Fundamental
ETFConstituentData = ETFConstituentUniverse

__all__ = [
    "CoarseFundamental",
    "ConstituentsUniverseData",
    "ETFConstituentData",
    "ETFConstituentUniverse",
    "FineFundamental",
    "Fundamental",
]
