"""The symbol properties database of a data folder (`symbol-properties/symbol-properties-database.csv`).

Lookup rules: `Common/Securities/SymbolPropertiesDatabase.cs`.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lean_local.data.hours import database_ticker
from lean_local.enums import SecurityType
from lean_local.errors import BadInputError, DataFormatError
from lean_local.symbols import Symbol

_TYPES = {member.csharp_name.lower(): member for member in SecurityType}
_FIX = "Copy `symbol-properties/symbol-properties-database.csv` of a LEAN data folder there, or make the folder anew."

Key = tuple[str, str, SecurityType]


@dataclass(frozen=True, slots=True)
class SymbolProperties:
    """Trading units of a security, exact decimals as written in the file."""

    description: str
    quote_currency: str
    contract_multiplier: Decimal
    minimum_price_variation: Decimal
    lot_size: Decimal
    market_ticker: str = ""
    minimum_order_size: Decimal | None = None
    price_magnifier: Decimal = Decimal(1)
    strike_multiplier: Decimal = Decimal(1)


def default_properties(quote_currency: str) -> SymbolProperties:
    """What LEAN uses for a security without a row: multiplier 1, tick 0.01, lot 1."""
    return SymbolProperties("", quote_currency.upper(), Decimal(1), Decimal("0.01"), Decimal(1))


class SymbolPropertiesDatabase:
    """Symbol properties by market, ticker and security type; rows are parsed when asked for.

    Raises `BadInputError` when the file is missing, `DataFormatError` when a row cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._rows: dict[Key, tuple[int, list[str]]] = {}
        self._markets: dict[tuple[str, SecurityType], str] = {}
        self._parsed: dict[Key, SymbolProperties] = {}
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except FileNotFoundError:
            raise BadInputError("The symbol properties database is missing", path=path, fix=_FIX) from None
        except (OSError, UnicodeDecodeError) as error:
            raise DataFormatError("The symbol properties database cannot be read", path=path, fix=_FIX) from error
        for number, line in enumerate(lines, 1):
            fields = line.split(",")
            if not line.strip() or line.startswith("#") or fields[0] == "market":
                continue
            if len(fields) < 8:
                raise self._broken(number, f"has {len(fields)} fields instead of at least 8")
            kind = _TYPES.get(fields[2].strip().lower())
            if kind is not None:
                key = (fields[0].strip().lower(), fields[1].strip().upper(), kind)
                self._rows[key] = (number, fields)
                self._markets.setdefault((key[1], kind), key[0])

    def lookup(self, symbol: Symbol, default_quote_currency: str = "USD") -> SymbolProperties:
        """Properties of a symbol: its own row, a future option's future, the `[*]` row, else LEAN's defaults."""
        market, kind = symbol.id.market, symbol.security_type
        keys: list[Key] = [(market, database_ticker(symbol).upper(), kind)]
        if kind == SecurityType.FUTURE_OPTION and symbol.underlying is not None:
            keys.append((market, database_ticker(symbol.underlying).upper(), symbol.underlying.security_type))
        keys.append((market, "[*]", kind))
        for key in keys:
            if key in self._rows:
                return self._row(key)
        return default_properties(default_quote_currency)

    def find(self, market: str, ticker: str, security_type: SecurityType) -> SymbolProperties | None:
        """Properties of exactly that row, or None."""
        key = (market.lower(), ticker.upper(), security_type)
        return self._row(key) if key in self._rows else None

    def set(self, market: str, ticker: str, security_type: SecurityType, row: SymbolProperties) -> None:
        """Put a row in the place of what the file says, or beside it."""
        key = (market.lower(), ticker.upper(), security_type)
        self._parsed[key] = row
        self._rows[key] = (0, [*key[:2], "", row.description, row.quote_currency])

    def market_of(self, ticker: str, security_type: SecurityType) -> str | None:
        """Market of the first row with that ticker and type: the default market of futures and index options."""
        return self._markets.get((ticker.upper(), security_type))

    def pairs(self, market: str, security_type: SecurityType) -> list[tuple[str, str]]:
        """Ticker and quote currency of every row of a market and type, in file order."""
        return [
            (k[1], row[4].strip().upper())
            for k, (_, row) in self._rows.items()
            if (k[0], k[2]) == (market, security_type)
        ]

    def tickers(self, market: str, security_type: SecurityType) -> list[str]:
        """Every ticker listed for a market and type, in file order."""
        return [key[1] for key in self._rows if key[0] == market.lower() and key[2] == security_type]

    def _row(self, key: Key) -> SymbolProperties:
        found = self._parsed.get(key)
        if found is None:
            number, fields = self._rows[key]
            try:
                found = self._parsed[key] = _parse(fields)
            except InvalidOperation:
                raise self._broken(number, "has a field that is not a number") from None
        return found

    def _broken(self, number: int, problem: str) -> DataFormatError:
        return DataFormatError(f"Line {number} of the symbol properties database {problem}", path=self.path, fix=_FIX)


def _parse(fields: list[str]) -> SymbolProperties:
    padded = [field.strip() for field in fields] + [""] * 4
    return SymbolProperties(
        description=padded[3],
        quote_currency=padded[4].upper(),
        contract_multiplier=Decimal(padded[5]),
        minimum_price_variation=Decimal(padded[6]),
        lot_size=Decimal(padded[7]),
        market_ticker=padded[8],
        minimum_order_size=Decimal(padded[9]) if padded[9] else None,
        price_magnifier=Decimal(padded[10] or 1),
        strike_multiplier=Decimal(padded[11] or 1),
    )
