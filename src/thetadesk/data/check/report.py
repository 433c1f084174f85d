"""Findings of a check, and the rule by which each becomes an error or a warning."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Severity(StrEnum):
    """`ERROR`: LEAN would read something wrong or nothing. `WARNING`: readable, worth knowing."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """What kind of defect a finding is."""

    ZIP = "zip"  # an archive or entry that cannot be unpacked
    NAME = "name"  # a file or entry name that LEAN would not find
    FORMAT = "format"  # a line that is not what the format says
    ORDER = "order"  # times that do not ascend
    HOURS = "hours"  # bars outside market hours
    OHLC = "ohlc"  # high below, or low above, open or close
    PRICE = "price"  # a price that cannot be
    CROSSED = "crossed"  # bid above ask
    GAP_DAY = "gap-day"  # trading days without a file
    GAP_MINUTE = "gap-minute"  # session minutes without a bar
    EXPIRED = "expired"  # quotes after expiry
    EXPIRY = "expiry"  # an expiry that is not a trading day
    PARITY = "parity"  # put-call parity outside the spread
    ARBITRAGE = "arbitrage"  # strikes that can be traded against each other for a sure profit
    UNIVERSE = "universe"  # universe file against quotes
    UNDERLYING = "underlying"  # options on a day without their underlying
    DATABASE = "database"  # market hours, symbol properties, rates, map and factor files
    CHANGED = "changed"  # a made file that is missing or no longer has its recorded bytes


# Wrong beyond doubt wherever found; the rest depends on how gross it is and on whether the folder claims to be whole.
_ALWAYS_ERRORS = frozenset({Code.ZIP, Code.NAME, Code.FORMAT, Code.ORDER, Code.EXPIRED, Code.CHANGED})


@dataclass(frozen=True, slots=True)
class Finding:
    """One defect. `path` is below the data folder, `where` names entry and line or time, `text` says what is wrong."""

    severity: Severity
    code: Code
    path: str
    where: str
    text: str


@dataclass
class Findings:
    """Collects defects; of one code in one file only the first is kept, with the number of the others.

    :param strict: the folder was made here and claims to be whole: every defect is an error
    """

    strict: bool = False
    _first: dict[tuple[Code, str], Finding] = field(default_factory=dict)
    _count: Counter[tuple[Code, str]] = field(default_factory=Counter)

    def add(self, code: Code, path: str, where: str, text: str, *, gross: bool = False, count: int = 1) -> None:
        """Record a defect; `gross` makes an error of what otherwise is a warning."""
        error = self.strict or gross or code in _ALWAYS_ERRORS
        finding = Finding(Severity.ERROR if error else Severity.WARNING, code, path, where, text)
        key = (code, path)
        known = self._first.get(key)
        if known is None or (known.severity is Severity.WARNING and error):
            self._first[key] = finding
        self._count[key] += count

    def rows(self) -> list[Finding]:
        """The findings, each with the number of its kind in its file."""
        return [
            Finding(one.severity, one.code, one.path, one.where, one.text + self._more(key))
            for key, one in self._first.items()
        ]

    def _more(self, key: tuple[Code, str]) -> str:
        others = self._count[key] - 1
        return f" (and {others} more in this file)" if others else ""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Outcome of a check. `files` and `rows` count what was read."""

    folder: Path
    files: int
    rows: int
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """Number of error findings."""
        return sum(one.severity is Severity.ERROR for one in self.findings)

    @property
    def warnings(self) -> int:
        """Number of warning findings."""
        return len(self.findings) - self.errors

    @property
    def counts(self) -> dict[str, int]:
        """Number of findings by code, in the order of `Code`."""
        found = Counter(one.code for one in self.findings)
        return {code.value: found[code] for code in Code if found[code]}


def sorted_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then by path and code."""
    return tuple(sorted(findings, key=lambda one: (one.severity is Severity.WARNING, one.path, one.code)))
