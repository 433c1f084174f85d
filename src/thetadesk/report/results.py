"""A results folder as the report needs it: of lean_local or of real LEAN, with or without a trace.

`lean_local.results.load` reads LEAN's files; here is what the report takes from them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lean_local.results.load import LoadedResults, LoadedSeries, load_results
from thetadesk.errors import ResultsError

RUN_NOTE = "-run.json"
SIMULATION = "history-anchored simulation"


@dataclass(frozen=True, slots=True)
class Series:
    """A chart series: `utc_ms` int64[n], `value` float64[n]."""

    utc_ms: NDArray[np.int64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.utc_ms)


@dataclass(frozen=True, slots=True)
class ClosedTrade:
    """One of LEAN's closed trades; times are ISO 8601 UTC texts, money is in the account currency."""

    symbol: str
    is_long: bool
    quantity: float
    entry_time: str
    entry_price: float
    exit_time: str
    exit_price: float
    profit_usd: float
    fees_usd: float


@dataclass(frozen=True, slots=True)
class RunResults:
    """What one results folder says about its run."""

    folder: Path
    algorithm_id: str
    name: str
    start: str  # ISO date
    end: str
    status: str
    error: str  # the algorithm's error, one line; "" if there was none
    parameters: Mapping[str, str]
    statistics: Mapping[str, str]
    equity: Series  # account currency
    benchmark: Series  # price of the benchmark
    closed_trades: Sequence[ClosedTrade]
    data_label: str  # what the data folder says about itself; "" if it says nothing


def load_run(results: Path) -> RunResults:
    """Read a results folder, or the folder of the result file that is named.

    :raises BadInputError: if there is none, or a file in it is damaged
    :raises ResultsError: if its closed trades are not shaped as LEAN's
    """
    loaded = load_results(results.parent if results.is_file() else results)
    settings = loaded.configuration or {}
    return RunResults(
        folder=loaded.folder,
        algorithm_id=loaded.algorithm_id,
        name=_project_name(loaded.folder, str(settings.get("name") or loaded.algorithm_id)),
        start=str(settings.get("startDate") or "")[:10],
        end=str(settings.get("endDate") or "")[:10],
        status=loaded.state.get("Status", ""),
        error=" ".join(loaded.state.get("RuntimeError", "").split()),
        parameters={str(name): str(value) for name, value in (settings.get("parameters") or {}).items()},
        statistics=loaded.statistics,
        equity=_series(loaded.equity),
        benchmark=_series(loaded.benchmark),
        closed_trades=_closed_trades(loaded),
        data_label=_run_note(loaded).get("data_label") or "",
    )


def write_run_note(folder: Path, algorithm_id: str, data_folder: Path) -> None:
    """Keep beside the results which data they came from: LEAN's own files do not say."""
    note = {"data_folder": str(data_folder), "data_label": data_label(data_folder)}
    (folder / f"{algorithm_id}{RUN_NOTE}").write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")


def data_label(data_folder: Path) -> str:
    """Return what a data folder's SOURCE.txt says it is: "history-anchored simulation", or "" if it says nothing."""
    source = data_folder / "SOURCE.txt"
    if not source.is_file():
        return ""
    return SIMULATION if SIMULATION in source.read_text(encoding="utf-8", errors="replace").lower() else ""


def _run_note(loaded: LoadedResults) -> Mapping[str, Any]:
    path = loaded.folder / f"{loaded.algorithm_id}{RUN_NOTE}"
    if not path.is_file():
        return {}
    try:
        note = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ResultsError("The note about the run's data is not valid JSON", path=path, fix="Delete it.") from error
    return note if isinstance(note, dict) else {}


def _project_name(folder: Path, configured: str) -> str:
    """Return the project's folder name for `<project>/backtests/<time>`, else the run's own name."""
    absolute = folder.resolve()
    return absolute.parent.parent.name if absolute.parent.name == "backtests" else configured


def _series(loaded: LoadedSeries | None) -> Series:
    if loaded is None:
        return Series(np.array([], dtype=np.int64), np.array([], dtype=np.float64))
    known = ~np.isnan(loaded.closes)
    return Series(loaded.utc_ms[known], loaded.closes[known])


def _closed_trades(loaded: LoadedResults) -> tuple[ClosedTrade, ...]:
    try:
        return tuple(_closed_trade(trade) for trade in loaded.closed_trades or ())
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        problem = f"The closed trades are not shaped as LEAN's ({type(error).__name__} {error})"
        path = loaded.folder / f"{loaded.algorithm_id}.json"
        raise ResultsError(problem, path=path, fix="Run the backtest again.") from error


def _closed_trade(trade: Mapping[str, Any]) -> ClosedTrade:
    symbols = trade.get("symbols") or [trade["symbol"]]
    return ClosedTrade(
        symbol=str(symbols[0]["value"]),
        is_long=int(trade["direction"]) == 0,
        quantity=float(trade["quantity"]),
        entry_time=str(trade["entryTime"]),
        entry_price=float(trade["entryPrice"]),
        exit_time=str(trade["exitTime"]),
        exit_price=float(trade["exitPrice"]),
        profit_usd=float(trade["profitLoss"]),
        fees_usd=float(trade["totalFees"]),
    )
