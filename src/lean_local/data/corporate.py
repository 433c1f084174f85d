"""Map files, factor files and interest rates: small text files, read once per data folder.

Sources: `Common/Data/Auxiliary/MapFile.cs`, `CorporateFactorProvider.cs`, `Common/Data/InterestRateProvider.cs`.
"""

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lean_local.data.archives import FIX
from lean_local.enums import DataMappingMode
from lean_local.errors import DataFormatError


@dataclass(frozen=True, slots=True)
class MapRow:
    """Until and including `last_day` the security had `ticker` (futures: the contract mapped by `mode`)."""

    last_day: date
    ticker: str
    exchange: str = ""
    mode: DataMappingMode | None = None


@dataclass(frozen=True, slots=True)
class MapFile:
    """Tickers of one security over time, ascending."""

    rows: tuple[MapRow, ...]

    @property
    def first_day(self) -> date:
        """Listing date, which is the date inside the identifier."""
        return self.rows[0].last_day

    @property
    def first_ticker(self) -> str:
        """Ticker on the listing date, upper case, without the number that tells reused tickers apart."""
        ticker = self.rows[0].ticker.upper()
        stem, dot, number = ticker.rpartition(".")
        return stem if dot and number.isdigit() else ticker

    @property
    def delisting_day(self) -> date:
        """Last trading date; far in the future while the security is listed."""
        return self.rows[-1].last_day

    def ticker_on(self, day: date, mode: DataMappingMode | None = None) -> str | None:
        """Ticker, or mapped contract, on a date; None after the last row."""
        for row in self.rows:
            if row.last_day >= day and (row.mode is None or row.mode == mode):
                return row.ticker
        return None


@dataclass(frozen=True, slots=True)
class FactorRow:
    """Factors of dates up to and including `day`; `reference_price` is the close of that date."""

    day: date
    price_factor: Decimal
    split_factor: Decimal
    reference_price: Decimal


@dataclass(frozen=True, slots=True)
class FactorFile:
    """Price and split factors of one equity, ascending. `minimum_day` comes from `inf` header rows, if any."""

    rows: tuple[FactorRow, ...]
    minimum_day: date | None = None

    def row_on(self, day: date) -> FactorRow | None:
        """Row whose factors apply to a date; None after the last row (factor 1)."""
        index = bisect_left([row.day for row in self.rows], day)
        return self.rows[index] if index < len(self.rows) else None

    def dividend_after(self, day: date) -> tuple[Decimal, Decimal] | None:
        """Return (price factor ratio, reference price) when a dividend is paid on the trading date after `day`."""
        pair = self._pair(day)
        if pair is None or pair[0].price_factor == pair[1].price_factor or not pair[1].price_factor:
            return None
        return pair[0].price_factor / pair[1].price_factor, pair[0].reference_price

    def split_after(self, day: date) -> tuple[Decimal, Decimal] | None:
        """Return (split factor, reference price) when the shares split on the trading date after `day`."""
        pair = self._pair(day)
        if pair is None or pair[0].split_factor == pair[1].split_factor or not pair[1].split_factor:
            return None
        return pair[0].split_factor / pair[1].split_factor, pair[0].reference_price

    def _pair(self, day: date) -> tuple[FactorRow, FactorRow] | None:
        for row, later in zip(self.rows, self.rows[1:], strict=False):
            if row.day == day:
                return row, later
        return None


@dataclass(frozen=True, slots=True)
class InterestRates:
    """Risk-free rate as a step function of the date, as a fraction per year (2.25 % -> 0.0225)."""

    days: tuple[date, ...]
    rates: tuple[Decimal, ...]

    def rate(self, day: date) -> Decimal:
        """Rate on a date; before the first row the first, after the last the last."""
        return self.rates[max(bisect_right(self.days, day) - 1, 0)]


def read_map_file(path: Path) -> MapFile | None:
    """Read a map file, None when it does not exist; raises `DataFormatError` naming the line."""
    rows = []
    for number, fields in _lines(path, 2):
        try:
            mode = DataMappingMode(int(fields[3])) if len(fields) > 3 and fields[3] else None
            rows.append(MapRow(_day(fields[0]), fields[1], fields[2] if len(fields) > 2 else "", mode))
        except ValueError:
            raise _broken(path, number, "is not `yyyyMMdd,ticker[,exchange[,mapping mode]]`") from None
    return MapFile(tuple(sorted(rows, key=lambda row: row.last_day))) if rows else None


def read_factor_file(path: Path) -> FactorFile | None:
    """Read a factor file of an equity, None when it does not exist; raises `DataFormatError` naming the line."""
    rows, minimum = [], None
    for number, fields in _lines(path, 3):
        try:
            day = _day(fields[0])
            if any("inf" in field.lower() for field in fields):
                minimum = day
                continue
            numbers = [Decimal(field) for field in fields[1:4]]
        except (ValueError, InvalidOperation):
            raise _broken(path, number, "is not `yyyyMMdd,price factor,split factor,reference price`") from None
        rows.append(FactorRow(day, numbers[0], numbers[1], numbers[2] if len(numbers) > 2 else Decimal(0)))
    return FactorFile(tuple(sorted(rows, key=lambda row: row.day)), minimum) if rows else None


def read_interest_rates(path: Path) -> InterestRates | None:
    """Read `interest-rate.csv`, None when it does not exist; raises `DataFormatError` naming the line."""
    found: dict[date, Decimal] = {}
    for number, fields in _lines(path, 2):
        if number == 1 and fields[0].upper() == "DATE":
            continue
        try:
            percent = Decimal(fields[1])
            if not math.isfinite(percent):
                raise ValueError(fields[1])
            found[date.fromisoformat(fields[0])] = percent / 100
        except (ValueError, InvalidOperation):
            raise _broken(path, number, "is not `yyyy-MM-dd,percent`") from None
    if not found:
        return None
    days = sorted(found)
    return InterestRates(tuple(days), tuple(found[day] for day in days))


def _lines(path: Path, fewest: int) -> list[tuple[int, list[str]]]:
    if not path.is_file():
        return []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataFormatError(f"The file cannot be read ({error})", path=path, fix=FIX) from error
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            fields = [field.strip() for field in line.split(",")]
            if len(fields) < fewest:
                raise _broken(path, number, f"has {len(fields)} fields instead of at least {fewest}")
            lines.append((number, fields))
    return lines


def _day(text: str) -> date:
    return datetime.strptime(text[:8], "%Y%m%d").date()  # noqa: DTZ007 - a calendar date has no time zone


def _broken(path: Path, number: int, problem: str) -> DataFormatError:
    return DataFormatError(f"Line {number} {problem}", path=path, fix=FIX)
