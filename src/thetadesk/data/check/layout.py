"""Paths and entry names of a LEAN data folder (LeanData.cs), taken apart."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from lean_local.enums import SecurityType

SECURITY_FOLDERS = {
    "equity": SecurityType.EQUITY,
    "option": SecurityType.OPTION,
    "index": SecurityType.INDEX,
    "indexoption": SecurityType.INDEX_OPTION,
    "future": SecurityType.FUTURE,
    "futureoption": SecurityType.FUTURE_OPTION,
    "crypto": SecurityType.CRYPTO,
    "cryptofuture": SecurityType.CRYPTO_FUTURE,
    "forex": SecurityType.FOREX,
    "cfd": SecurityType.CFD,
}
CHAIN_TYPES = frozenset({SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION})
SCALED_TYPES = frozenset({SecurityType.EQUITY, SecurityType.OPTION, SecurityType.INDEX_OPTION})
INTRADAY = ("tick", "second", "minute")
RESOLUTIONS = (*INTRADAY, "hour", "daily")
_INTRADAY_FILE = re.compile(r"(\d{8})_(trade|quote|openinterest)(?:_(american|european))?\.zip")
_LONG_FILE = re.compile(r"([a-z0-9.]+?)(?:_(\d{4}))?(?:_(trade|quote|openinterest))?(?:_(american|european))?\.zip")
_ENTRY = re.compile(
    r"(?:(\d{8})_)?([^_]+)_(?:(?:minute|second|hour|daily)_)?(trade|quote|openinterest)(?:_tick)?"
    r"(?:_(american|european)_(call|put)_(\d+)_(\d{8})|_\d{6,8}|_perp)?\.csv"
)


@dataclass(frozen=True, slots=True)
class DataFile:
    """A zip of market data. `day` is None for hourly and daily files; `style` only options have."""

    path: str
    security: SecurityType
    market: str
    resolution: str
    ticker: str
    tick: str
    style: str | None
    day: date | None

    @property
    def scale(self) -> float:
        """What the file multiplies prices by."""
        return 10_000.0 if self.security in SCALED_TYPES else 1.0

    @property
    def series(self) -> tuple[str, str, str, str, str]:
        """What one file per day belongs to."""
        folder = self.path.rpartition("/")[0]
        return folder, self.market, self.ticker, self.tick, self.style or ""


@dataclass(frozen=True, slots=True)
class EntryName:
    """An entry of a zip. Options have expiry, strike (as in the name, times 10000) and right ("call" or "put")."""

    name: str
    day: date | None
    ticker: str
    tick: str
    style: str | None = None
    right: str | None = None
    strike: int | None = None
    expiry: date | None = None


def compact_date(text: str) -> date:
    """:raises ValueError: `text` is not a `yyyyMMdd` date."""
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 a calendar date has no zone


def data_file(path: str) -> DataFile | None:
    """Take a relative path apart; None when it is no market-data zip.

    :raises ValueError: it lies where market data lies but LEAN would not find it under this name
    """
    parts = path.split("/")
    if len(parts) < 4 or parts[0] not in SECURITY_FOLDERS or parts[2] not in RESOLUTIONS or not path.endswith(".zip"):
        return None
    security, market, resolution, name = SECURITY_FOLDERS[parts[0]], parts[1], parts[2], parts[-1]
    if resolution in INTRADAY:
        match = _INTRADAY_FILE.fullmatch(name)
        if match is None or len(parts) != (6 if security == SecurityType.FUTURE_OPTION else 5):
            raise ValueError(f"LEAN reads <date>_<trade|quote|openinterest>[_<style>].zip here, not {name}")
        return DataFile(path, security, market, resolution, parts[3], match[2], match[3], compact_date(match[1]))
    match = _LONG_FILE.fullmatch(name)
    if match is None:
        raise ValueError(f"LEAN reads <ticker>[_<year>][_<tick>][_<style>].zip here, not {name}")
    tick = match[3] or ("quote" if security in {SecurityType.FOREX, SecurityType.CFD} else "trade")
    return DataFile(path, security, market, resolution, match[1], tick, match[4], None)


def entry_name(name: str, file: DataFile) -> EntryName:
    """Take an entry name apart.

    :raises ValueError: LEAN would not find this entry in this file
    """
    if name.lower() == f"{file.ticker}.csv" and file.day is None:
        return EntryName(name, None, file.ticker, file.tick)
    match = _ENTRY.fullmatch(name.lower())
    if match is None:
        raise ValueError("is not a name LEAN knows")
    day = compact_date(match[1]) if match[1] else None
    if day != file.day:
        raise ValueError(f"is of {day}, but the file is of {file.day}")
    if match[2] != file.ticker and file.security not in {SecurityType.EQUITY, SecurityType.FUTURE_OPTION}:
        raise ValueError(f"is of {match[2]}, but the file is of {file.ticker}")
    if match[3] != file.tick:
        raise ValueError(f"holds {match[3]} data in a {file.tick} file")
    if file.security in CHAIN_TYPES and match[4] != file.style:
        raise ValueError(f"has the style {match[4]}, but the file has {file.style}")
    if match[7] is None:
        return EntryName(name, day, match[2], match[3])
    return EntryName(name, day, match[2], match[3], match[4], match[5], int(match[6]), compact_date(match[7]))
