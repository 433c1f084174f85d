"""One run of an algorithm for a test."""

from datetime import date
from pathlib import Path
from typing import Any

from lean_local.outcome import BacktestOutcome
from lean_local.run import BacktestRequest, run_backtest
from lean_local.testing.data import LeanData


def run_algorithm(
    algorithm: type | Path,
    data: LeanData | Path,
    start: date | None,
    end: date | None,
    parameters: dict[str, Any] | None,
    **more: Any,
) -> BacktestOutcome:
    """Run over the days of made data unless dates are given; parsed days are kept nowhere.

    Raises BadInputError for an algorithm, data or dates that cannot be run.
    """
    folder = data.root if isinstance(data, LeanData) else data
    if isinstance(data, LeanData) and data.days:
        start, end = start or min(data.days), end or max(data.days)
    texts = {name: str(value) for name, value in (parameters or {}).items()}
    chosen = {"day_cache": False, **more}
    return run_backtest(BacktestRequest(algorithm, folder, start=start, end=end, parameters=texts, **chosen))
