"""The whole check: databases first, then every file in worker processes, then what only several files can show."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

from lean_local.data.corporate import read_interest_rates
from lean_local.data.hours import MarketHoursDatabase
from lean_local.errors import BadInputError
from thetadesk.data.check.arbitrage import check_arbitrage
from thetadesk.data.check.folder_checks import (
    HOURS_PATH,
    RATES_PATH,
    Contract,
    check_databases,
    check_days,
    check_recorded,
    check_underlyings,
    check_universes,
    contracts_of,
)
from thetadesk.data.check.formats import check_times, read_zip
from thetadesk.data.check.layout import CHAIN_TYPES, DataFile, data_file
from thetadesk.data.check.quotes import check_expiries, check_hours, check_minutes, check_prices
from thetadesk.data.check.report import CheckReport, Code, Finding, Findings, sorted_findings
from thetadesk.data.manifest import recorded_files
from thetadesk.data.workers import worker_pool

Progress = Callable[[float, str], None]
_WORKERS = 2
_SMALL = 40  # files below which a second process costs more than it saves
_BATCH = 8


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What the check of one file found."""

    file: DataFile
    rows: int
    contracts: set[Contract]
    findings: list[Finding]


def check_data(folder: Path, *, progress: Progress | None = None) -> CheckReport:
    """Check every file of a LEAN data folder.

    A folder with the maker's record claims to be whole: there every defect is an error. In other folders gaps, small
    crossings and the like are warnings.

    :param progress: called with the share done (0…1) and what was just done
    :raises BadInputError: the folder does not exist or holds no market data
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise BadInputError(f"the data folder {what}", path=folder, fix="Run `thetatrace data make`.")
    made = recorded_files(folder)
    findings = Findings(strict=made is not None)
    files = _files(folder, findings)
    if not files and not (folder / HOURS_PATH).exists():
        raise BadInputError("the folder holds no LEAN market data", path=folder, fix="Run `thetatrace data make`.")
    hours = check_databases(folder, findings)
    if made is not None:
        check_recorded(folder, made, findings)
    report = progress or (lambda _share, _text: None)
    outcomes = []
    for at, outcome in enumerate(_check_files(folder, files, findings.strict)):
        outcomes.append(outcome)
        report((at + 1) / len(files), outcome.file.path)
    quoted = {(one.file.security, one.file.ticker, one.file.day): one.contracts for one in outcomes
              if one.contracts and one.file.day is not None and one.file.resolution == "minute"}  # fmt: skip
    if hours is not None:
        check_days(files, hours, findings)
    check_underlyings([one for one in files if one.resolution == "minute"], findings)
    universes = check_universes(folder, quoted, hours, findings)
    every = chain(findings.rows(), *(one.findings for one in outcomes))
    return CheckReport(folder, len(files) + universes, sum(one.rows for one in outcomes), sorted_findings(every))


def _files(folder: Path, findings: Findings) -> list[DataFile]:
    found = []
    for path in sorted(folder.rglob("*.zip")):
        relative = path.relative_to(folder).as_posix()
        try:
            file = data_file(relative)
        except ValueError as error:
            findings.add(Code.NAME, relative, "", str(error))
            continue
        if file is not None:
            found.append(file)
    return found


def _check_files(folder: Path, files: list[DataFile], strict: bool) -> Iterator[FileOutcome]:
    workers = min(_WORKERS, os.cpu_count() or 1)
    if len(files) < _SMALL or workers < 2:
        yield from _Checker(folder, strict).check(files)
        return
    batches = [files[at : at + _BATCH] for at in range(0, len(files), _BATCH)]
    with worker_pool(workers) as pool:
        running = [pool.submit(_check_batch, folder, batch, strict) for batch in batches]
        try:
            for done in running:
                yield from done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _check_batch(folder: Path, files: list[DataFile], strict: bool) -> list[FileOutcome]:
    return list(_Checker(folder, strict).check(files))


class _Checker:
    """Checks single files with the folder's market hours and rates at hand."""

    def __init__(self, folder: Path, strict: bool) -> None:
        self.folder, self.strict = folder, strict
        self.hours = _hours(folder)
        self.rate = _rate_reader(folder)

    def check(self, files: list[DataFile]) -> Iterator[FileOutcome]:
        """Yield what each file comes to, in order; one that cannot be read has findings and no rows."""
        for file in files:
            findings = Findings(strict=self.strict)
            rows = read_zip(self.folder, file, findings)
            if rows is None:
                yield FileOutcome(file, 0, set(), findings.rows())
                continue
            check_times(rows, findings)
            check_prices(rows, findings)
            hours = self.hours.find(file.security, file.market, file.ticker) if self.hours is not None else None
            if hours is not None:
                check_hours(rows, hours, findings)
                check_minutes(rows, hours, findings)
                check_expiries(rows, hours, findings)
            if file.security in CHAIN_TYPES and file.day is not None:
                check_arbitrage(rows, self.rate(file.day), findings)
            contracts = contracts_of(file, ((one.expiry, one.strike, one.right) for one in rows.entries))
            yield FileOutcome(file, len(rows), contracts, findings.rows())


def _hours(folder: Path) -> MarketHoursDatabase | None:
    try:
        return MarketHoursDatabase(folder / HOURS_PATH)
    except BadInputError:  # reported once by check_databases
        return None


def _rate_reader(folder: Path) -> Callable[[date], float]:
    try:
        rates = read_interest_rates(folder / RATES_PATH)
    except BadInputError:  # reported once by check_databases
        rates = None
    return (lambda day: float(rates.rate(day))) if rates is not None else (lambda _day: 0.01)
