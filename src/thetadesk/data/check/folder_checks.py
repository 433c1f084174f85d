"""Checks across files: missing days, universe files against quotes, underlyings, databases, the maker's record."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from lean_local.data.corporate import read_factor_file, read_interest_rates, read_map_file
from lean_local.data.hours import MarketHoursDatabase
from lean_local.data.properties import SymbolPropertiesDatabase
from lean_local.data.universes import read_future_universe, read_option_universe
from lean_local.enums import SecurityType
from lean_local.errors import BadInputError, DataFormatError
from thetadesk.data.check.layout import CHAIN_TYPES, SECURITY_FOLDERS, DataFile, compact_date
from thetadesk.data.check.report import Code, Findings
from thetadesk.data.manifest import digest

Contract = tuple[date, float, str]
HOURS_PATH = "market-hours/market-hours-database.json"
PROPERTIES_PATH = "symbol-properties/symbol-properties-database.csv"
RATES_PATH = "alternative/interest-rate/usa/interest-rate.csv"


def check_databases(folder: Path, findings: Findings) -> MarketHoursDatabase | None:
    """Read every database and auxiliary file; returns the market hours if they can be read."""
    hours = None
    try:
        hours = MarketHoursDatabase(folder / HOURS_PATH)
    except BadInputError as error:
        findings.add(Code.DATABASE, HOURS_PATH, "", error.problem, gross=True)
    try:
        SymbolPropertiesDatabase(folder / PROPERTIES_PATH)
    except BadInputError as error:
        findings.add(Code.DATABASE, PROPERTIES_PATH, "", error.problem, gross=True)
    try:
        if read_interest_rates(folder / RATES_PATH) is None:
            findings.add(Code.DATABASE, RATES_PATH, "", "there is no interest-rate file: LEAN takes a default rate")
    except BadInputError as error:
        findings.add(Code.DATABASE, RATES_PATH, "", error.problem, gross=True)
    for kind, read in (("map_files", read_map_file), ("factor_files", read_factor_file)):
        for path in sorted(folder.glob(f"*/*/{kind}/*.csv")):
            try:
                read(path)
            except BadInputError as error:
                findings.add(Code.DATABASE, path.relative_to(folder).as_posix(), "", error.problem, gross=True)
    return hours


def check_recorded(folder: Path, made: dict[str, str], findings: Findings) -> None:
    """Every file the maker recorded (path to SHA-256) is there and has the recorded bytes."""
    for path, recorded in sorted(made.items()):
        found = digest(folder / path)
        if found is None:
            findings.add(
                Code.CHANGED, path, "", "the file was made here and is missing: run `thetatrace data make` again"
            )
        elif found != recorded:
            findings.add(Code.CHANGED, path, "", "the file is not as it was made: run `thetatrace data make` again")


def check_days(files: Iterable[DataFile], hours: MarketHoursDatabase, findings: Findings) -> None:
    """Between the first and the last day of a series every trading day has a file."""
    series: dict[tuple[str, ...], list[DataFile]] = defaultdict(list)
    for file in files:
        if file.day is not None:
            series[file.series].append(file)
    for key, members in sorted(series.items()):
        found = hours.find(members[0].security, members[0].market, members[0].ticker)
        days = {one.day for one in members if one.day is not None}
        if found is None or found.is_market_always_open:
            continue
        missing = [day for day in found.trading_days(min(days), max(days)) if day not in days]
        if missing:
            span = f"between {min(days)} and {max(days)}"
            text = f"{len(missing)} trading days {span} have no {key[3]} file, the first {missing[0]}"
            findings.add(Code.GAP_DAY, key[0], key[3], text)


def check_underlyings(files: Iterable[DataFile], findings: Findings) -> None:
    """Options on a day have minute bars of their index or stock on that day."""
    members = list(files)
    have = {(one.security, one.ticker, one.day) for one in members if one.tick == "trade"}
    roots = {"spxw": "spx", "vixw": "vix", "rutw": "rut", "ndxp": "ndx", "nqx": "ndx"}
    lacking: dict[str, list[DataFile]] = defaultdict(list)
    for one in members:
        parent = {SecurityType.OPTION: SecurityType.EQUITY, SecurityType.INDEX_OPTION: SecurityType.INDEX}.get(
            one.security
        )
        if parent is not None and one.tick == "quote" and one.day is not None:
            ticker = roots.get(one.ticker, one.ticker) if parent == SecurityType.INDEX else one.ticker
            if (parent, ticker, one.day) not in have:
                lacking[one.series[0]].append(one)
    for path, found in sorted(lacking.items()):
        text = f"{len(found)} days of option quotes have no bars of the underlying, the first {found[0].day}"
        findings.add(Code.UNDERLYING, path, "", text)


def check_universes(
    folder: Path,
    quoted: dict[tuple[SecurityType, str, date], set[Contract]],
    hours: MarketHoursDatabase | None,
    findings: Findings,
) -> int:
    """Universe files read, and what they list has quotes on the next trading day; returns the number of files."""
    count = 0
    for path in sorted(folder.glob("*/*/universes/**/*.csv")):
        relative = path.relative_to(folder).as_posix()
        parts = relative.split("/")
        security = SECURITY_FOLDERS.get(parts[0])
        if security is None:
            continue
        count += 1
        try:
            day = compact_date(path.stem)
        except ValueError:
            findings.add(Code.NAME, relative, "", "a universe file is named <yyyyMMdd>.csv")
            continue
        try:
            if security == SecurityType.FUTURE:
                read_future_universe(path, day)
                continue
            listed = _listed(path, day, relative, findings)
        except DataFormatError as error:
            findings.add(Code.FORMAT, relative, "", error.problem)
            continue
        found = hours.find(security, parts[1], parts[3]) if hours is not None else None
        following = found.next_trading_day(day) if found is not None else None
        known = quoted.get((security, parts[3], following)) if following is not None else None
        if known is not None and security != SecurityType.FUTURE_OPTION:
            _compare(listed, known, relative, str(following), findings)
    return count


def _listed(path: Path, day: date, relative: str, findings: Findings) -> set[Contract]:
    universe = read_option_universe(path, day)
    if universe.underlying is None or not universe.underlying.close > 0:
        findings.add(Code.UNIVERSE, relative, "line 2", "the first row does not hold the underlying's prices")
    rows = [
        (expiry, float(strike), "call" if right > 0 else "put")
        for expiry, strike, right in zip(universe.expiry, universe.strike, universe.right, strict=True)
    ]
    listed = set(rows)
    if len(listed) != len(rows):
        findings.add(Code.UNIVERSE, relative, "", f"{len(rows) - len(listed)} contracts are listed twice")
    past = sorted(one for one in listed if one[0] < day)
    if past:
        findings.add(Code.EXPIRED, relative, "", f"{len(past)} listed contracts had expired, the first on {past[0][0]}")
    return listed


def _compare(listed: set[Contract], quoted: set[Contract], path: str, following: str, findings: Findings) -> None:
    unquoted, unlisted = sorted(listed - quoted), sorted(quoted - listed)
    if unquoted:
        expiry, strike, right = unquoted[0]
        text = f"{len(unquoted)} listed contracts have no quotes on {following}, the first {expiry} {strike:g} {right}"
        findings.add(Code.UNIVERSE, path, "", text)
    if unlisted:
        expiry, strike, right = unlisted[0]
        text = f"{len(unlisted)} contracts quoted on {following} are not listed, the first {expiry} {strike:g} {right}"
        findings.add(Code.UNIVERSE, path, "", text)


def contracts_of(file: DataFile, names: Iterable[tuple[date | None, int | None, str | None]]) -> set[Contract]:
    """Contracts of a quote file in the terms of universe files; empty for anything but option quotes."""
    if file.security not in CHAIN_TYPES or file.tick != "quote":
        return set()
    return {
        (expiry, strike / 10_000, right) for expiry, strike, right in names if expiry and strike is not None and right
    }
