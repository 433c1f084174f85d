"""A results folder as the report needs it: of lean_local or of real LEAN, with or without a trace.

Format of `<id>.json`: LEAN's BacktestResult (semantics §7.7, `Common/Packets/BacktestResultPacket.cs`).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thetadesk.errors import ResultsError

NOT_RESULTS = ("-summary.json", "-order-events.json", "-trace.json", "alpha-results.json")
FIX = "Name the folder that `thetatrace backtest` or `lean backtest` wrote."


@dataclass(frozen=True, slots=True)
class Series:
    """A chart series: `utc_s` int64[n] unix seconds, `value` float64[n]."""

    utc_s: NDArray[np.int64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.utc_s)


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
    runtime_statistics: Mapping[str, str]
    equity: Series  # account currency
    benchmark: Series  # price of the benchmark
    closed_trades: Sequence[ClosedTrade]
    order_count: int


def find_result_file(results: Path) -> Path:
    """Return `<id>.json` of a results folder (or the file itself when one is named).

    :raises ResultsError: if the folder does not exist, or holds no result file or several
    """
    if not results.exists():
        raise ResultsError("There is no results folder at this path", path=results, fix=FIX)
    if results.is_file():
        return results
    found = [
        path
        for path in sorted(results.glob("*.json"))
        if not path.name.endswith(NOT_RESULTS) and path.with_name(f"{path.stem}-summary.json").is_file()
    ]
    if len(found) == 1:
        return found[0]
    problem = "The folder holds no result file <id>.json" if not found else "The folder holds results of several runs"
    raise ResultsError(problem, path=results, fix=FIX)


def load_results(results: Path) -> RunResults:
    """Read a results folder.

    :raises ResultsError: if there is none, or its result file is damaged
    """
    path = find_result_file(results)
    fix = "The file is damaged or not a LEAN result; run the backtest again."
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ResultsError(f"The result file is not valid JSON ({error})", path=path, fix=fix) from error
    try:
        return _build(path, document)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        reason = f"{type(error).__name__} {error}"
        raise ResultsError(f"The result file is not shaped as LEAN's results ({reason})", path=path, fix=fix) from error


def _build(path: Path, document: Mapping[str, Any]) -> RunResults:
    charts = document["charts"]
    settings = document.get("algorithmConfiguration") or {}
    state = document.get("state") or {}
    trades = (document.get("totalPerformance") or {}).get("closedTrades") or ()
    return RunResults(
        folder=path.parent,
        algorithm_id=path.stem,
        name=_project_name(path, str(settings.get("name") or "")),
        start=str(settings.get("startDate") or "")[:10],
        end=str(settings.get("endDate") or "")[:10],
        status=str(state.get("Status") or ""),
        error=" ".join(str(state.get("RuntimeError") or "").split()),
        parameters={str(name): str(value) for name, value in (settings.get("parameters") or {}).items()},
        statistics={str(name): str(value) for name, value in document["statistics"].items()},
        runtime_statistics={str(name): str(v) for name, v in (document.get("runtimeStatistics") or {}).items()},
        equity=_series(charts, "Strategy Equity", "Equity"),
        benchmark=_series(charts, "Benchmark", "Benchmark"),
        closed_trades=tuple(_closed_trade(trade) for trade in trades),
        order_count=len(document.get("orders") or ()),
    )


def _project_name(path: Path, configured: str) -> str:
    """Return the project's folder name for `<project>/backtests/<time>/<id>.json`, else the run's own name."""
    if path.parent.parent.name == "backtests":
        return path.resolve().parent.parent.parent.name
    return configured or path.stem


def _series(charts: Mapping[str, Any], chart: str, name: str) -> Series:
    """Read a series; candles ([unix, open, high, low, close]) and points ([unix, value]) both end in the value."""
    values = charts.get(chart, {}).get("series", {}).get(name, {}).get("values") or []
    rows = [(int(point[0]), float(point[-1])) for point in values if point[-1] is not None]
    return Series(
        np.array([row[0] for row in rows], dtype=np.int64), np.array([row[1] for row in rows], dtype=np.float64)
    )


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
