"""A LEAN data folder: every lookup of market data goes through here, and is remembered as succeeded or failed."""

from collections.abc import Container
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np

from lean_local.data import bars, paths
from lean_local.data.archives import Archive
from lean_local.data.auxiliary import AuxiliaryFiles
from lean_local.data.columns import ContractDay, ContractKey, OpenInterestRows, QuoteBars, TradeBars
from lean_local.data.corporate import (
    InterestRates,
    read_interest_rates,
)
from lean_local.data.damage import DamagePolicy
from lean_local.data.day_cache import DayCache, PackedDay, default_folder, merge, pack, stamp_of
from lean_local.data.fundamentals import CoarseRow, ConstituentRow, read_coarse, read_constituents, read_listed
from lean_local.data.hours import MarketHoursDatabase
from lean_local.data.properties import SymbolPropertiesDatabase
from lean_local.data.rows import Piece, between
from lean_local.data.ticks import Ticks, parse_ticks
from lean_local.data.universes import FutureUniverseDay, UniverseDay, read_future_universe, read_option_universe
from lean_local.data.zones import day_ms, utc_of_wall
from lean_local.enums import Resolution, SecurityType, TickType
from lean_local.errors import BadInputError
from lean_local.symbols import Symbol

_NOT_BY_ENTRY = frozenset(
    {SecurityType.EQUITY, SecurityType.INDEX, SecurityType.FOREX, SecurityType.CFD, SecurityType.CRYPTO}
)


class RequestLog:
    """Paths asked for, relative to the data folder, in the order of the first request."""

    def __init__(self) -> None:
        self._found: dict[str, bool] = {}

    def record(self, path: str, found: bool) -> None:
        """Remember one lookup; a later success overrides a failure."""
        self._found[path] = found or self._found.get(path, False)

    @property
    def succeeded(self) -> list[str]:
        """Paths that existed."""
        return [path for path, found in self._found.items() if found]

    @property
    def failed(self) -> list[str]:
        """Paths that did not exist."""
        return [path for path, found in self._found.items() if not found]


class DataFolder(AuxiliaryFiles):
    """Reader of a data folder in LEAN's layout.

    Dates are trading dates in the *data* time zone of the market-hours entry. A reader returns None when the file or
    the entry does not exist and raises `DataFormatError` when it is damaged, or (bars, quotes, ticks, open interest of
    a folder that is not strict) leaves the damaged part out. A missing folder raises `BadInputError`.
    """

    def __init__(self, path: Path, cache: Path | bool = True, *, strict: bool = True) -> None:
        """:param cache: folder of the cache of parsed days; True: the default one (`day_cache`), False: none"""
        if not path.is_dir():
            raise BadInputError(
                "The data folder does not exist", path=path, fix="Make it, or name another folder as the data folder."
            )
        super().__init__(path)
        self.requests = RequestLog()
        self.damage = DamagePolicy(strict=strict)
        self.day_cache = DayCache((default_folder() if cache else None) if isinstance(cache, bool) else cache, path)

    @cached_property
    def hours(self) -> MarketHoursDatabase:
        """Market hours; raises `BadInputError` when the database is missing."""
        return MarketHoursDatabase(self.path / "market-hours" / "market-hours-database.json")

    @cached_property
    def properties(self) -> SymbolPropertiesDatabase:
        """Symbol properties; raises `BadInputError` when the database is missing."""
        return SymbolPropertiesDatabase(self.path / "symbol-properties" / "symbol-properties-database.csv")

    @cached_property
    def interest_rates(self) -> InterestRates | None:
        """Risk-free rates, None when the file is missing."""
        return read_interest_rates(self.path / "alternative" / "interest-rate" / "usa" / "interest-rate.csv")

    def ticker_on(self, symbol: Symbol, day: date) -> str:
        """Ticker under which the files of a date are kept: equities and their options follow the map file."""
        ticker = paths.file_ticker(symbol)
        if symbol.security_type in {SecurityType.EQUITY, SecurityType.OPTION}:
            equity = symbol.underlying if symbol.underlying is not None else symbol
            found = self.map_file_of(equity)
            return (found.ticker_on(day) or ticker).lower() if found is not None else ticker
        return ticker

    def trade_bars(self, symbol: Symbol, resolution: Resolution, day: date | None) -> TradeBars | None:
        """Trade bars of one security: of one date, or (hour, daily, `day` None) all of them."""
        return cast("TradeBars | None", self._single(symbol, resolution, TickType.TRADE, day))

    def quote_bars(self, symbol: Symbol, resolution: Resolution, day: date | None) -> QuoteBars | None:
        """Quote bars of one security: of one date, or (hour, daily, `day` None) all of them."""
        return cast("QuoteBars | None", self._single(symbol, resolution, TickType.QUOTE, day))

    def open_interest(self, symbol: Symbol, resolution: Resolution, day: date | None) -> OpenInterestRows | None:
        """Open interest of one contract."""
        return cast("OpenInterestRows | None", self._single(symbol, resolution, TickType.OPEN_INTEREST, day))

    def ticks(self, symbol: Symbol, tick: TickType, day: date) -> Ticks | None:
        """Trade or quote ticks of one security on a date."""
        pieces = self._day_pieces(symbol, Resolution.TICK, tick, day)
        if not pieces:
            return None
        return self.damage.attempt(
            lambda: parse_ticks(
                pieces[0],
                symbol.security_type,
                tick,
                zone=self.hours.entry(symbol).data_time_zone,
                midnight_ms=day_ms(day),
                scaled=symbol.security_type in paths.SCALED,
            )
        )

    def option_trades(
        self, canonical: Symbol, resolution: Resolution, day: date, only: Container[ContractKey] | None = None
    ) -> ContractDay[TradeBars] | None:
        """Trade bars of all contracts of a root on a date (hour and daily files: of the date's year).

        `only` names the contracts to read: the entries of others are not even unpacked.
        """
        return cast("ContractDay[TradeBars] | None", self._chain(canonical, resolution, TickType.TRADE, day, only))

    def option_quotes(
        self, canonical: Symbol, resolution: Resolution, day: date, only: Container[ContractKey] | None = None
    ) -> ContractDay[QuoteBars] | None:
        """Quote bars of all contracts of a root on a date; see `option_trades`."""
        return cast("ContractDay[QuoteBars] | None", self._chain(canonical, resolution, TickType.QUOTE, day, only))

    def option_open_interest(
        self, canonical: Symbol, resolution: Resolution, day: date, only: Container[ContractKey] | None = None
    ) -> ContractDay[OpenInterestRows] | None:
        """Open interest of all contracts of a root on a date; see `option_trades`."""
        found = self._chain(canonical, resolution, TickType.OPEN_INTEREST, day, only)
        return cast("ContractDay[OpenInterestRows] | None", found)

    def universe(self, canonical: Symbol, day: date) -> UniverseDay | None:
        """Option chain file of a date, usable from the next midnight of the exchange."""
        path = self._find(f"{self._universe_folder(canonical, day)}/{day:%Y%m%d}.csv")
        return read_option_universe(path, day) if path is not None else None

    def future_universe(self, canonical: Symbol, day: date) -> FutureUniverseDay | None:
        """Future chain file of a date."""
        path = self._find(f"{self._universe_folder(canonical, day)}/{day:%Y%m%d}.csv")
        return read_future_universe(path, day) if path is not None else None

    def coarse_fundamentals(self, day: date, market: str = "usa") -> list[CoarseRow]:
        """Coarse fundamentals of all equities on a date, empty without a file."""
        path = self._find(f"equity/{market}/fundamental/coarse/{day:%Y%m%d}.csv")
        return read_coarse(path) if path is not None else []

    def fund_constituents(self, fund: Symbol, day: date) -> list[ConstituentRow]:
        """Constituents of a fund or index on a date, empty without a file."""
        path = self._find(f"{paths.type_folder(fund)}/universes/etf/{self.ticker_on(fund, day)}/{day:%Y%m%d}.csv")
        return read_constituents(path) if path is not None else []

    def listed_symbols(self, universe: Symbol, day: date) -> list[ConstituentRow]:
        """What a daily file of a constituents universe lists, empty without a file."""
        name = universe.id.symbol.rsplit("-", 1)[-1].lower()
        path = self._find(f"{paths.type_folder(universe)}/universes/daily/{name}/{day:%Y%m%d}.csv")
        return read_listed(path) if path is not None else []

    def universe_days(self, canonical: Symbol) -> list[date]:
        """Dates with a universe file, ascending."""
        return _days_of(self.path / self._universe_folder(canonical, None), "????????.csv")

    def _universe_folder(self, canonical: Symbol, day: date | None) -> str:
        ticker = paths.file_ticker(canonical) if day is None else self.ticker_on(canonical, day)
        month = paths.month_folder(canonical) if canonical.security_type == SecurityType.FUTURE_OPTION else ""
        return f"{paths.type_folder(canonical)}/universes/{ticker}{month}"

    def find(self, relative: str) -> Path | None:
        """A file of the folder, None when it does not exist; the lookup is remembered."""
        return self._find(relative)

    def _find(self, relative: str) -> Path | None:
        path = self.path / relative
        found = path.is_file()
        self.requests.record(relative, found)
        return path if found else None

    def _open(self, relative: str) -> Archive | None:
        path = self._find(relative)
        return self.damage.archive(path) if path is not None else None

    def _single(self, symbol: Symbol, resolution: Resolution, tick: TickType, day: date | None) -> bars.AnyRows | None:
        pieces = self._day_pieces(symbol, resolution, tick, day) if not paths.is_dated(resolution) else []
        if paths.is_dated(resolution):
            pieces = self._dated_pieces(symbol, resolution, tick, day)
        if not pieces:
            return None
        rows = self._build(symbol, resolution, tick, pieces, day)[0]
        return rows if day is None or not paths.is_dated(resolution) else self._of_day(symbol, rows, day)

    def _entry(self, archive: Archive, symbol: Symbol, name: str) -> list[Piece]:
        if symbol.security_type in _NOT_BY_ENTRY and archive.names:
            # LEAN asks for no entry name here and takes the first.
            name = name if name in archive else archive.names[0]
        return self.damage.pieces(archive, [name] if name in archive else [])

    def _day_pieces(self, symbol: Symbol, resolution: Resolution, tick: TickType, day: date | None) -> list[Piece]:
        if day is None:
            raise ValueError(f"A {resolution} file holds one date: name it")
        ticker = self.ticker_on(symbol, day)
        archive = self._open(paths.day_zip(symbol, resolution, tick, day, ticker))
        return self._entry(archive, symbol, paths.entry_name(symbol, resolution, tick, day, ticker)) if archive else []

    def _dated_pieces(self, symbol: Symbol, resolution: Resolution, tick: TickType, day: date | None) -> list[Piece]:
        if symbol.security_type in paths.OPTIONS:
            folder = self.path / paths.dated_zip(symbol, resolution, tick, 0)
            years = [day.year] if day is not None else _years_of(folder)
            archives = [self._open(paths.dated_zip(symbol, resolution, tick, year)) for year in years]
            name = paths.entry_name(symbol, resolution, tick, None)
            return [piece for archive in archives if archive for piece in self._entry(archive, symbol, name)]
        pieces: list[Piece] = []
        for ticker, first, last in self._tickers(symbol):
            archive = self._open(paths.dated_zip(symbol, resolution, tick, 0, ticker))
            if archive is not None:
                found = self._entry(archive, symbol, paths.entry_name(symbol, resolution, tick, None, ticker))
                pieces += [piece if first is None else between(piece, first, last) for piece in found]
        return pieces

    def _tickers(self, symbol: Symbol) -> list[tuple[str, date | None, date]]:
        """Tickers of a security with the first date (None = no limit) and last date each one applies to."""
        ticker = paths.file_ticker(symbol)
        mapped = self.map_file_of(symbol) if symbol.security_type == SecurityType.EQUITY else None
        if mapped is None:
            return [(ticker, None, date.max)]
        if len({row.ticker for row in mapped.rows}) == 1:
            return [(mapped.rows[0].ticker.lower(), None, date.max)]
        spans: list[tuple[str, date | None, date]] = []
        first = date.min
        for row in mapped.rows:
            spans.append((row.ticker.lower(), first, row.last_day))
            first = row.last_day + timedelta(days=1)
        return spans

    def _of_day(self, symbol: Symbol, rows: bars.AnyRows, day: date) -> bars.AnyRows | None:
        zone = self.hours.entry(symbol).data_time_zone
        first, last = utc_of_wall(zone, day_ms(day)), utc_of_wall(zone, day_ms(day) + 86_400_000)
        start = rows.end_utc_ms if isinstance(rows, OpenInterestRows) else rows.start_utc_ms
        return bars.take(rows, (start >= first) & (start < last))

    def _chain(
        self, canonical: Symbol, resolution: Resolution, tick: TickType, day: date, only: Container[ContractKey] | None
    ) -> object:
        ticker = self.ticker_on(canonical, day)
        if paths.is_dated(resolution):
            relative = paths.dated_zip(canonical, resolution, tick, day.year, ticker)
        else:
            relative = paths.day_zip(canonical, resolution, tick, day, ticker)
        path = self._find(relative)
        if path is None:
            return None
        if not self.day_cache.covers(path):
            archive = self.damage.archive(path)
            if archive is None:
                return None
            named, rows, piece = self._parse(archive, canonical, resolution, tick, day, only)
            return ContractDay(tuple(key for key, _ in named), piece, cast("TradeBars", rows))
        return self._cached(path, relative, canonical, resolution, tick, day, only)

    def _cached(
        self,
        path: Path,
        relative: str,
        canonical: Symbol,
        resolution: Resolution,
        tick: TickType,
        day: date,
        only: Container[ContractKey] | None,
    ) -> object:
        """Rows out of the cache of parsed days; what it lacks is parsed and added to it."""
        zone, scaled = self.hours.entry(canonical).data_time_zone, canonical.security_type in paths.SCALED
        stamp = stamp_of(path, str(zone), scaled)
        held = self.day_cache.load(relative, stamp)
        if held is None or held.lacks(only):
            damaged, archive = len(self.damage.found), self.damage.archive(path)
            if archive is None:
                return None
            named, rows, piece = self._parse(archive, canonical, resolution, tick, day, only, held)
            listed = [name for name in archive.names if paths.contract_of_entry(name) is not None]
            fresh = pack(listed, [name for _, name in named], rows, piece)
            held = fresh if held is None else merge(held, fresh)
            same = stamp == stamp_of(path, str(zone), scaled)  # not replaced while it was read
            if same and damaged == len(self.damage.found):
                self.day_cache.save(relative, stamp, held)
        return held.day(tick, only)

    def _parse(
        self,
        archive: Archive,
        canonical: Symbol,
        resolution: Resolution,
        tick: TickType,
        day: date,
        only: Container[ContractKey] | None,
        held: PackedDay | None = None,
    ) -> tuple[list[tuple[ContractKey, str]], bars.AnyRows, np.ndarray[tuple[int], np.dtype[np.int32]]]:
        """Parse the wanted entries that are not held: (contract, entry) of each, rows by time, entry of each row."""
        named = [(key, name) for name in archive.names if (key := paths.contract_of_entry(name)) is not None]
        if only is not None:
            named = [(key, name) for key, name in named if key in only]
        if held is not None:
            named = [(key, name) for key, name in named if name not in held.spans]
        named.sort()
        pieces = self.damage.pieces(archive, [name for _, name in named])
        if len(pieces) < len(named):
            whole = {piece.name for piece in pieces}
            named = [item for item in named if item[1] in whole]
        rows, piece = self._build(canonical, resolution, tick, pieces, day)
        return named, rows, piece.astype(np.int32, copy=False)

    def _build(
        self, symbol: Symbol, resolution: Resolution, tick: TickType, pieces: list[Piece], day: date | None
    ) -> tuple[bars.AnyRows, np.ndarray[tuple[int], np.dtype[np.int32]]]:
        dated = paths.is_dated(resolution)
        midnight = day_ms(day) if day is not None and not dated else 0
        return bars.build(
            tick,
            self.damage.rows(pieces, bars.FIELDS[tick], dated=dated, midnight_ms=midnight),
            zone=self.hours.entry(symbol).data_time_zone,
            period_ms=0 if resolution == Resolution.TICK else paths.period_ms(resolution),
            scaled=symbol.security_type in paths.SCALED,
        )


def _days_of(folder: Path, pattern: str) -> list[date]:
    texts = {path.name[:8] for path in folder.glob(pattern)} if folder.is_dir() else set()
    return sorted(date(int(text[:4]), int(text[4:6]), int(text[6:8])) for text in texts if text.isdigit())


def _years_of(example: Path) -> list[int]:
    """Years for which a yearly zip exists; `example` is the path for year 0."""
    before, after = example.name.split("_0_", 1)
    found = example.parent.glob(f"{before}_????_{after}") if example.parent.is_dir() else ()
    return sorted(int(path.name[len(before) + 1 : len(before) + 5]) for path in found)
