"""From what LEAN expects and what a run did to one row of the conformance table."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from thetadesk.conformance.checkout import LeanCheckout
from thetadesk.conformance.twins import COMPLETED, Twin

SHOWN_FILES = 2


class Status(StrEnum):
    """How an algorithm fared."""

    PASSED = "passed"  # every expected statistic is equal
    DIFFERS = "differs"  # it ran as far as LEAN's did, with another result
    NOT_COVERED = "not_covered"  # it used a LEAN member that lean_local lacks
    DATA_MISSING = "data_missing"  # no equal result, and the checkout lost sample files that it asked for
    ERROR = "error"  # it raised, crashed or took too long


@dataclass(frozen=True, slots=True)
class Row:
    """One algorithm. `order_hash_equal` is None when LEAN expects no hash or the run came to none."""

    name: str
    status: Status
    order_hash_equal: bool | None
    detail: str

    def as_data(self) -> dict[str, object]:
        """Return the row for `--json`."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did. `error` is its message, `not_covered` the member that ended it."""

    statistics: Mapping[str, str]
    order_list_hash: str | None
    missing: tuple[str, ...]
    error: str | None
    not_covered: str | None


def differences(expected: Mapping[str, str], got: Mapping[str, str]) -> str:
    """Write the statistics that differ: "End Equity: expected 1, got 2; …"."""
    pairs = [(name, text, got.get(name)) for name, text in expected.items() if got.get(name) != text]
    return "; ".join(
        f"{name}: expected {text}, got {ours if ours is not None else 'none'}" for name, text, ours in pairs
    )


def judge(name: str, twin: Twin, report: Report, checkout: LeanCheckout) -> Row:
    """Return the row of one run."""
    ran = report.error is None
    if report.not_covered is not None:
        return Row(name, Status.NOT_COVERED, None, report.not_covered)
    differing = differences(twin.statistics, report.statistics)
    as_expected = ran == (twin.status == COMPLETED)  # "Running" is what a failed initialize leaves
    equal_hash = report.order_list_hash == twin.order_list_hash if ran and twin.order_list_hash else None
    if as_expected and not differing:
        return Row(name, Status.PASSED, equal_hash, "")
    detail = differing if as_expected else report.error or f"it completed; LEAN expects {twin.status}"
    reason = _missing_data(twin, report, checkout)
    if reason is not None:
        return Row(name, Status.DATA_MISSING, None, f"{reason} ({detail})")
    return Row(name, Status.DIFFERS if ran or as_expected else Status.ERROR, equal_hash, detail)


def _missing_data(twin: Twin, report: Report, checkout: LeanCheckout) -> str | None:
    lost = checkout.lost(report.missing)
    if lost:
        more = f" and {len(lost) - SHOWN_FILES} more" if len(lost) > SHOWN_FILES else ""
        return ", ".join(f"Data/{path}" for path in lost[:SHOWN_FILES]) + more
    return None if twin.can_run_locally else "LEAN's repository has not its data (CanRunLocally is false)"
