"""Files about securities beside their bars: map and factor files, margins, what continuous contracts are made of."""

from bisect import bisect_left
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from lean_local.data import paths
from lean_local.data.continuous import ContinuousFactors, read_continuous_factors
from lean_local.data.corporate import FactorFile, MapFile, read_factor_file, read_map_file
from lean_local.data.definitions import SecurityDefinition, read_definitions
from lean_local.data.margins import MarginTable, read_margins
from lean_local.identifiers import SecurityIdentifier
from lean_local.symbols import Symbol

T = TypeVar("T")


class AuxiliaryFiles:
    """Reader of small files of a data folder, each read once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._maps: dict[str, MapFile | None] = {}
        self._joins: dict[str, ContinuousFactors | None] = {}
        self._margins: dict[str, MarginTable | None] = {}
        self._factors: dict[str, FactorFile | None] = {}
        self._definitions: list[SecurityDefinition] | None = None
        self._maps_by_id: dict[SecurityIdentifier, str | None] = {}
        self._owners_of: dict[str, dict[str, list[tuple[date, str]]]] = {}

    def map_file(self, ticker: str, market: str = "usa") -> MapFile | None:
        """Map file of the equity that has `ticker` today."""
        return self._auxiliary(self._maps, f"equity/{market}/map_files/{ticker.lower()}.csv", read_map_file)

    def factor_file(self, ticker: str, market: str = "usa") -> FactorFile | None:
        """Factor file of the equity that has `ticker` today."""
        return self._auxiliary(self._factors, f"equity/{market}/factor_files/{ticker.lower()}.csv", read_factor_file)

    def map_file_of(self, symbol: Symbol) -> MapFile | None:
        """Map file of an equity, found by the first ticker and listing date inside its identifier."""
        key = symbol.id
        if key not in self._maps_by_id:
            self._maps_by_id[key] = self._resolve_map(symbol)
        name = self._maps_by_id[key]
        return self.map_file(name, symbol.id.market) if name is not None else None

    def factor_file_of(self, symbol: Symbol) -> FactorFile | None:
        """Factor file of an equity, found as its map file is."""
        self.map_file_of(symbol)
        return self.factor_file(self._maps_by_id[symbol.id] or symbol.value, symbol.id.market)

    def _resolve_map(self, symbol: Symbol) -> str | None:
        """Name of the map file that begins with the identifier's ticker and date."""

        def fits(name: str) -> bool:
            found = self.map_file(name, symbol.id.market)
            first = (symbol.id.symbol, symbol.id.date.date())
            return found is not None and (found.first_ticker, found.first_day) == first

        for name in (symbol.value.lower(), symbol.id.symbol.lower()):
            if fits(name):
                return name
        folder = self.path / f"equity/{symbol.id.market}/map_files"
        return next((p.stem for p in sorted(folder.glob("*.csv")) if fits(p.stem)), None)

    def future_map_file(self, root: str, market: str) -> MapFile | None:
        """Continuous contract mapping of a future root; `ticker` of a row is a SID ("es uik2f7cj4v0h")."""
        return self._auxiliary(self._maps, f"future/{market}/map_files/{root.lower()}.csv", read_map_file)

    def definitions(self) -> list[SecurityDefinition]:
        """What securities are called elsewhere; none without the file."""
        if self._definitions is None:
            self._definitions = read_definitions(self.path / "symbol-properties/security-database.csv")
        return self._definitions

    def margins(self, symbol: Symbol) -> MarginTable:
        """Margin requirements of a future's root; all zero without a file, as in LEAN."""
        relative = f"{paths.type_folder(symbol)}/margins/{symbol.id.symbol}.csv"
        return self._auxiliary(self._margins, relative, read_margins) or MarginTable()

    def continuous_files(self, canonical: Symbol) -> tuple[MapFile | None, ContinuousFactors | None]:
        """Map file and factor file of a future root."""
        root, market = canonical.id.symbol.lower(), canonical.id.market
        relative = f"future/{market}/factor_files/{root}.csv"
        return self.future_map_file(root, market), self._auxiliary(self._joins, relative, read_continuous_factors)

    def first_listing(self, ticker: str, market: str, day: date | None = None) -> tuple[str, date] | None:
        """First ticker and listing date of the equity with that ticker today, or on a day: what `listings` needs.

        LEAN `MapFileResolver.ResolveMapFile`: after the last day that anyone had the ticker its last owner counts.
        """
        if day is None:
            found = self.map_file(ticker, market)
        else:
            wanted = day.date() if isinstance(day, datetime) else day
            owners = self._owners(market).get(ticker.lower(), [])
            index = bisect_left(owners, (wanted, ""))
            name = owners[min(index, len(owners) - 1)][1] if owners else ticker
            found = self.map_file(name, market)
            if found is not None and found.first_day > wanted:
                return None
        return (found.first_ticker, found.first_day) if found is not None else None

    def _owners(self, market: str) -> dict[str, list[tuple[date, str]]]:
        """For each ticker, the last days of its owners with the names of their map files, ascending."""
        if market not in self._owners_of:
            owners: dict[str, list[tuple[date, str]]] = {}
            for path in sorted((self.path / f"equity/{market}/map_files").glob("*.csv")):
                file = self.map_file(path.stem, market)
                for row in file.rows if file is not None else ():
                    owners.setdefault(row.ticker.lower(), []).append((row.last_day, path.stem))
            self._owners_of[market] = {ticker: sorted(found) for ticker, found in owners.items()}
        return self._owners_of[market]

    def _auxiliary(self, known: dict[str, T | None], relative: str, read: Callable[[Path], T | None]) -> T | None:
        if relative not in known:
            known[relative] = read(self.path / relative)
        return known[relative]
