"""Margin requirements of futures: `future/<market>/margins/<ROOT>.csv` (LEAN `MarginRequirementsEntry.cs`)."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lean_local.data.archives import FIX
from lean_local.errors import DataFormatError

_INTRADAY_SHARE = Decimal("0.4")


@dataclass(frozen=True, slots=True)
class MarginRow:
    """Requirements per contract in quote currency from `day` on."""

    day: date
    initial_overnight: Decimal
    maintenance_overnight: Decimal
    initial_intraday: Decimal
    maintenance_intraday: Decimal


NO_MARGIN = MarginRow(date.min, *(Decimal(0),) * 4)
"""What LEAN uses for a root without a file."""


@dataclass(frozen=True, slots=True)
class MarginTable:
    """All rows of a root, ascending."""

    rows: tuple[MarginRow, ...] = (NO_MARGIN,)

    def on(self, day: date) -> MarginRow:
        """The row in force on a date; before the first row the first."""
        return self.rows[max(bisect_right(self.rows, day, key=lambda row: row.day) - 1, 0)]


def read_margins(path: Path) -> MarginTable | None:
    """Read a margins file, None when it does not exist; raises `DataFormatError` naming the line."""
    if not path.is_file():
        return None
    rows = []
    lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line and not line.startswith("#")]
    for number, line in enumerate(lines[1:], 2):
        fields = [field.strip() for field in line.split(",")]
        try:
            day = datetime.strptime(fields[0], "%Y%m%d").date()  # noqa: DTZ007 - a calendar date
            values = [Decimal(field) for field in fields[1:5]]
            initial, maintenance = values[0], values[1]
        except (ValueError, InvalidOperation, IndexError):
            raise DataFormatError(f"Line {number} is not `date,initial,maintenance`", path=path, fix=FIX) from None
        # A file without intraday columns: 40 % of the overnight requirement.
        intraday = values[2:4] if len(values) == 4 else [initial * _INTRADAY_SHARE, maintenance * _INTRADAY_SHARE]
        rows.append(MarginRow(day, initial, maintenance, *intraday))
    return MarginTable(tuple(sorted(rows, key=lambda row: row.day))) if rows else None
