"""Industry-standard identifiers of securities (`symbol-properties/security-database.csv`, `SecurityDefinition.cs`)."""

from dataclasses import dataclass
from pathlib import Path

from lean_local.data.archives import FIX
from lean_local.errors import DataFormatError
from lean_local.identifiers import SecurityIdentifier


@dataclass(frozen=True, slots=True)
class SecurityDefinition:
    """What a security is called elsewhere; None where the file does not say it."""

    id: SecurityIdentifier
    cusip: str | None = None
    composite_figi: str | None = None
    sedol: str | None = None
    isin: str | None = None
    cik: int | None = None


def read_definitions(path: Path) -> list[SecurityDefinition]:
    """The rows of the file, none without one. Raises DataFormatError naming a line that is no definition."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines() if path.is_file() else (), 1):
        if not line.strip() or line.startswith("#"):
            continue
        sid, *names = (cell.strip() for cell in line.split(","))
        cusip, figi, sedol, isin, cik = [*(name or None for name in names), *[None] * 5][:5]
        try:
            number_of_company = None if cik is None else int(cik)
            found.append(SecurityDefinition(SecurityIdentifier.parse(sid), cusip, figi, sedol, isin, number_of_company))
        except ValueError:
            raise DataFormatError(f"Line {number} is not `SID,CUSIP,FIGI,SEDOL,ISIN,CIK`", path=path, fix=FIX) from None
    return found
