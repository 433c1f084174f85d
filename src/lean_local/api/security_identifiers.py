"""CUSIP, FIGI, SEDOL, ISIN and CIK of symbols and back. LEAN `SecurityDefinitionSymbolResolver.cs`."""

from datetime import datetime
from typing import Any

from lean_local.data.definitions import SecurityDefinition
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol


class IdentifierMethods(LeanObject):
    """Mixed into QCAlgorithm. A symbol gives its identifier, an identifier the symbol with its ticker of a date."""

    _folder: Any
    _state: Any

    def cusip(self, cusip: Any, trading_date: datetime | None = None) -> Any:
        """CUSIP of a symbol, or the symbol of a CUSIP; None for one that is not known."""
        return self._other("cusip", cusip, trading_date)

    def composite_figi(self, composite_figi: Any, trading_date: datetime | None = None) -> Any:
        """Composite FIGI of a symbol, or the symbol of one; None for one that is not known."""
        return self._other("composite_figi", composite_figi, trading_date)

    def sedol(self, sedol: Any, trading_date: datetime | None = None) -> Any:
        """SEDOL of a symbol, or the symbol of a SEDOL; None for one that is not known."""
        return self._other("sedol", sedol, trading_date)

    def isin(self, isin: Any, trading_date: datetime | None = None) -> Any:
        """ISIN of a symbol, or the symbol of an ISIN; None for one that is not known."""
        return self._other("isin", isin, trading_date)

    def cik(self, cik: Any, trading_date: datetime | None = None) -> Any:
        """CIK of a symbol (None if not known), or the symbols of a company's CIK."""
        if isinstance(cik, Symbol):
            return cik.cik
        day = self._verified(trading_date)
        rows = [row for row in self._folder.definitions() if row.cik is not None and row.cik == cik]
        return [symbol for symbol in (self._symbol(row, day) for row in rows) if symbol is not None]

    def _other(self, name: str, item: Any, trading_date: datetime | None) -> Any:
        if isinstance(item, Symbol):
            return getattr(item, name)
        day, wanted = self._verified(trading_date), str(item or "").upper()
        rows = (row for row in self._folder.definitions() if wanted and (getattr(row, name) or "").upper() == wanted)
        found = next(rows, None)
        return None if found is None else self._symbol(found, day)

    def _verified(self, trading_date: datetime | None) -> datetime:
        today: datetime = self._state.clock.local.replace(hour=0, minute=0, second=0, microsecond=0)
        if trading_date is not None and trading_date > today:
            raise ValueError(
                f'The trading date provided: "{trading_date:%Y-%m-%d}" is after the current algorithm\'s trading date: '
                f'"{today:%Y-%m-%d}"'
            )
        return trading_date or today

    def _symbol(self, row: SecurityDefinition, day: datetime) -> Symbol | None:
        maps = self._folder.map_file_of(Symbol(row.id, row.id.symbol))
        if maps is None:
            return None
        return Symbol(row.id, maps.ticker_on(day.date()) or maps.rows[-1].ticker)
