"""Refuses a run whose subscribed securities have no data at all, before it starts.

LEAN itself runs on and reports a success; the failed requests are in a file few look at. So this is asked for, not the
rule (`BacktestRequest.require_data`).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from lean_local.data.folder import DataFolder
from lean_local.data.paths import day_folder, is_dated
from lean_local.errors import BadInputError


def require_data(folder: DataFolder, singles: Mapping[Any, Any], start: date, end: date) -> None:
    """Check that each subscribed security has some day of data from `start` to `end`.

    Securities at hour or daily resolution live in one file for all dates and are not looked at.

    :raises BadInputError: naming the first security without data and the folder it was looked for in
    """
    for feed in singles.values():
        symbol, resolution = feed.security.symbol, feed.security.resolution
        if is_dated(resolution):
            continue
        # A ticker may have changed within the span: its files lie under the name of their date.
        folders = [
            folder.path / day_folder(symbol, resolution, ticker)
            for ticker in sorted({folder.ticker_on(symbol, start), folder.ticker_on(symbol, end)})
        ]
        first, last = f"{start:%Y%m%d}", f"{end:%Y%m%d}"
        if not any(first <= day <= last for day in _days(folders)):
            days = sorted(_days(folders))
            has = f" (there is some from {_dashed(days[0])} to {_dashed(days[-1])})" if days else ""
            raise BadInputError(
                f"There is no {str(resolution).lower()} data of {symbol.value} between {start} and {end}{has}",
                path=folders[-1],
                fix="Make or download it, choose other dates, or run with --allow-missing as LEAN would.",
            )


def _days(folders: list[Path]) -> Iterator[str]:
    return (path.name[:8] for place in folders for path in place.glob("????????_*.zip"))


def _dashed(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"
