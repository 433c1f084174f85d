"""The market-hours database of a data folder (`market-hours/market-hours-database.json`).

Entries inherit dates as in `Common/Util/MarketHoursDatabaseJsonConverter.cs`: an option entry without dates takes those
of its underlying, and every specific entry adds those of the `[*]` entry of its type and market.
"""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lean_local.contract_rules import future_of_option_root, index_of_option_root
from lean_local.data.exchange_hours import ExchangeHours, Segment
from lean_local.data.zones import DAY_MS
from lean_local.enums import MarketHoursState, SecurityType
from lean_local.errors import BadInputError, DataFormatError
from lean_local.symbols import Symbol

__all__ = ["ExchangeHours", "MarketHoursDatabase", "Segment", "database_ticker"]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_STATES = {
    "premarket": MarketHoursState.PRE_MARKET,
    "market": MarketHoursState.MARKET,
    "postmarket": MarketHoursState.POST_MARKET,
}
_TYPES = {member.csharp_name.lower(): member for member in SecurityType}
_UNDERLYING_TYPE = {
    SecurityType.OPTION: SecurityType.EQUITY,
    SecurityType.INDEX_OPTION: SecurityType.INDEX,
    SecurityType.FUTURE_OPTION: SecurityType.FUTURE,
}
_FIX = "Copy `market-hours/market-hours-database.json` of a LEAN data folder there, or make the data folder anew."

Key = tuple[SecurityType, str, str]


def database_ticker(symbol: Symbol) -> str:
    """Ticker under which the databases list a symbol (`Common/Securities/BaseSecurityDatabase.cs`)."""
    kind = symbol.security_type
    if kind == SecurityType.OPTION:
        return symbol.underlying.value if symbol.underlying is not None else ""
    if kind in {SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION, SecurityType.FUTURE, SecurityType.BASE}:
        return symbol.id.symbol
    return symbol.value


class MarketHoursDatabase:
    """Opening hours by security type, market and ticker; entries are read when first asked for.

    Raises `BadInputError` when the file is missing and `DataFormatError` when it is not what LEAN's format says.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._raw: dict[Key, tuple[str, dict[str, Any]]] = {}
        self._entries: dict[Key, ExchangeHours] = {}
        for text, entry in _load(path).items():
            parts = text.split("-", 2)
            kind = _TYPES.get(parts[0].lower())
            if len(parts) == 3 and kind is not None:
                self._raw[kind, parts[1].lower(), parts[2].upper()] = (text, entry)

    def entry(self, symbol: Symbol) -> ExchangeHours:
        """Hours of a symbol; raises `BadInputError` when neither it nor its market has an entry."""
        return self.lookup(symbol.security_type, symbol.id.market, database_ticker(symbol))

    def lookup(self, security_type: SecurityType, market: str, ticker: str) -> ExchangeHours:
        """Hours by type, market and ticker; raises `BadInputError` when there are none."""
        found = self.find(security_type, market, ticker)
        if found is None:
            raise BadInputError(
                f"The market-hours database has no entry {security_type.csharp_name}-{market}-{ticker}",
                path=self.path,
                fix="Add the entry, or check the ticker and market of the security.",
            )
        return found

    def find(self, security_type: SecurityType, market: str, ticker: str) -> ExchangeHours | None:
        """Hours by type, market and ticker, or None: exact entry, then `[*]`, then the future of a future option."""
        market, ticker = market.lower(), ticker.upper()
        for key in ((security_type, market, ticker), (security_type, market, "[*]")):
            if key in self._raw:
                return self._entry(key)
        if security_type == SecurityType.FUTURE_OPTION:
            return self.find(SecurityType.FUTURE, market, future_of_option_root(ticker))
        if security_type == SecurityType.BASE and "." in ticker:
            key = (security_type, market, f"TYPE.{ticker.rpartition('.')[2]}")
            return self._entry(key) if key in self._raw else None
        return None

    def always_open(self, zone: ZoneInfo, key: str = "always open") -> ExchangeHours:
        """Hours without a close, as custom data without an entry has."""
        whole = (Segment(MarketHoursState.MARKET, 0, DAY_MS),)
        return ExchangeHours(key, zone, zone, (whole,) * 7)

    def _entry(self, key: Key) -> ExchangeHours:
        found = self._entries.get(key)
        if found is None:
            found = self._entries[key] = self._build(key)
        return found

    def _build(self, key: Key) -> ExchangeHours:
        text, raw = self._raw[key]
        try:
            holidays = _dates(raw.get("holidays"))
            bank_holidays = _dates(raw.get("bankHolidays"))
            early, late = _timed(raw.get("earlyCloses")), _timed(raw.get("lateOpens"))
            week = tuple(_segments(raw.get(day)) for day in _WEEKDAYS)
            data_zone, exchange_zone = ZoneInfo(raw["dataTimeZone"]), ZoneInfo(raw["exchangeTimeZone"])
        except (KeyError, ValueError, TypeError, AttributeError, ZoneInfoNotFoundError) as error:
            raise DataFormatError(f"The entry {text} cannot be read ({error!r})", path=self.path, fix=_FIX) from error
        under = self._underlying(key)
        if under is not None:
            holidays, bank_holidays = holidays or under.holidays, bank_holidays or under.bank_holidays
            early, late = early or under.early_closes, late or under.late_opens
        common_key = (key[0], key[1], "[*]")
        if key != common_key and common_key in self._raw:
            common = self._entry(common_key)
            holidays, bank_holidays = holidays | common.holidays, bank_holidays | common.bank_holidays
            early, late = common.early_closes | early, common.late_opens | late
        return ExchangeHours(text, data_zone, exchange_zone, week, holidays, early, late, bank_holidays)

    def _underlying(self, key: Key) -> ExchangeHours | None:
        kind = _UNDERLYING_TYPE.get(key[0])
        if kind is None:
            return None
        ticker = key[2]
        if kind == SecurityType.INDEX:
            ticker = index_of_option_root(ticker)
        elif kind == SecurityType.FUTURE:
            ticker = future_of_option_root(ticker)
        for candidate in ((kind, key[1], ticker), (kind, key[1], "[*]")):
            if candidate in self._raw:
                return self._entry(candidate)
        return None


def _load(path: Path) -> dict[str, dict[str, Any]]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8-sig"))["entries"]
    except FileNotFoundError:
        raise BadInputError("The market-hours database is missing", path=path, fix=_FIX) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataFormatError(f"The market-hours database cannot be read ({error})", path=path, fix=_FIX) from error
    if not isinstance(entries, dict):
        raise DataFormatError("The market-hours database has no `entries` object", path=path, fix=_FIX)
    return entries


def _day(text: str) -> date:
    month, day, year = text.split("/")  # ten times faster than strptime, and there are hundreds
    if len(year) != 4:
        raise ValueError(f"{text!r} is not a date")
    return date(int(year), int(month), int(day))


def _time(text: str) -> int:
    """Milliseconds of a .NET time span: `09:30:00`, `1.00:00:00` or `1:00:00:00`."""
    parts = text.replace(".", ":", 1).split(":") if text.count(":") != 3 else text.split(":")
    if len(parts) not in {3, 4}:
        raise ValueError(f"{text!r} is not a time")
    days, hours, minutes, seconds = ([0] if len(parts) == 3 else []) + [int(part) for part in parts]
    return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000


def _dates(raw: Iterable[str] | None) -> frozenset[date]:
    return frozenset(_day(text) for text in raw or ())


def _timed(raw: dict[str, str] | None) -> dict[date, int]:
    return {_day(text): _time(moment) for text, moment in (raw or {}).items()}


def _segments(raw: list[dict[str, str]] | None) -> tuple[Segment, ...]:
    parts = [(part["state"].lower(), part) for part in raw or ()]
    return tuple(
        Segment(_STATES[state], _time(part["start"]), _time(part["end"])) for state, part in parts if state != "closed"
    )
