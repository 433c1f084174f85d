"""Reads a results folder written by lean_local or by real LEAN.

Formats: LEAN `Common/Result.cs`, `Util/SeriesJsonConverter.cs` (compact points; older files hold `{"x", "y"}` objects),
`Orders/Serialization/SerializedOrderEvent.cs`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lean_local.errors import BadInputError

_SIDE_FILES = ("-summary.json", "-order-events.json", "-trace.json")


@dataclass(frozen=True, slots=True)
class LoadedSeries:
    """One series. `utc_ms` int64[n]; `values` float64[n], or float64[n, 4] (open, high, low, close) for candles.

    Missing values are NaN. `series_type` is LEAN's number (0 line, 1 scatter, 2 candle, 3 bar, …).
    """

    name: str
    unit: str
    series_type: int
    utc_ms: NDArray[np.int64]
    values: NDArray[np.float64]

    @property
    def closes(self) -> NDArray[np.float64]:
        """float64[n]: the values, or the closes of candles."""
        return self.values if self.values.ndim == 1 else self.values[:, 3]


Charts = Mapping[str, Mapping[str, LoadedSeries]]


@dataclass(frozen=True, slots=True)
class LoadedResults:
    """A results folder. Members whose file or key is missing are None."""

    folder: Path
    algorithm_id: str
    statistics: dict[str, str]
    runtime_statistics: dict[str, str]
    state: dict[str, str]
    charts: Charts
    equity: LoadedSeries | None
    drawdown: LoadedSeries | None
    benchmark: LoadedSeries | None
    custom_charts: Charts
    configuration: dict[str, Any] | None
    orders: dict[str, dict[str, Any]] | None
    order_events: list[dict[str, Any]] | None
    closed_trades: list[dict[str, Any]] | None
    profit_loss: dict[str, float] | None
    portfolio_statistics: dict[str, str] | None
    trade_statistics: dict[str, Any] | None
    log_path: Path | None
    trace_path: Path | None


STANDARD_CHARTS = frozenset(
    {
        "Assets Sales Volume",
        "Benchmark",
        "Capacity",
        "Drawdown",
        "Exposure",
        "Portfolio Margin",
        "Portfolio Turnover",
        "Strategy Equity",
    }
)
_BROKEN_FIX = "Run the backtest again, or give the folder of a finished one."


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError("The results file cannot be read", path=path, fix="Check its permissions.") from error
    except json.JSONDecodeError as error:
        raise BadInputError(f"The results file is not JSON (line {error.lineno})", path=path, fix=_BROKEN_FIX) from None


def _object(value: Any, what: str, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadInputError(f"The results file has no proper {what}", path=path, fix=_BROKEN_FIX)
    return value


def _find_id(folder: Path) -> str:
    """The algorithm id: of `<id>-summary.json`, else of the one `<id>.json` that holds a result."""
    if not folder.is_dir():
        raise BadInputError("The results folder does not exist", path=folder, fix="Give the folder of a backtest.")
    summaries = sorted(path.name.removesuffix("-summary.json") for path in folder.glob("*-summary.json"))
    plain = [path for path in sorted(folder.glob("*.json")) if not path.name.endswith(_SIDE_FILES)]
    mains = [path.stem for path in plain if (folder / f"{path.stem}-order-events.json").exists() or path.stem.isdigit()]
    found = sorted(set(summaries) | set(mains))
    if not found:
        inside = [path for pattern in ("*", "backtests/*") for path in folder.glob(f"{pattern}/*-summary.json")]
        newest = max(inside, key=lambda path: path.stat().st_mtime_ns).parent if inside else None
        raise BadInputError(
            "The folder holds no backtest result (<id>.json or <id>-summary.json)",
            path=folder,
            fix=f"Give the folder of one run: the newest is {newest}."
            if newest
            else "Give the folder that `lean backtest` or `thetatrace backtest` wrote.",
        )
    if len(found) > 1:
        named = ", ".join(found)
        raise BadInputError(f"The folder holds several results ({named})", path=folder, fix="Leave one in the folder.")
    return found[0]


def _series(name: str, record: Any, path: Path) -> LoadedSeries:
    record = _object(record, f"series {name}", path)
    points = record.get("values", record.get("Values")) or []
    kind = int(record.get("seriesType", record.get("SeriesType", 0)) or 0)
    try:
        rows = [_row(point) for point in points]
        width = max((len(row) for row in rows), default=5 if kind == 2 else 2)
        # A candle series may hold plain points: all four prices are then that value.
        rows = [row if len(row) == width else (row[0], *([row[1]] * (width - 1))) for row in rows]
        table = np.array(rows, dtype=np.float64).reshape(len(rows), width)
    except (TypeError, ValueError, KeyError, IndexError):
        raise BadInputError(f"The series {name} has malformed points", path=path, fix=_BROKEN_FIX) from None
    values = table[:, 1] if width == 2 else table[:, 1:]
    utc_ms = np.round(table[:, 0] * 1000).astype(np.int64)
    return LoadedSeries(name, str(record.get("unit", record.get("Unit", "")) or ""), kind, utc_ms, values)


def _row(point: Any) -> tuple[float, ...]:
    if isinstance(point, dict):
        point = [point["x"], point.get("y", 0)]
    return tuple(np.nan if value is None else float(value) for value in point)


def _charts(tree: dict[str, Any], path: Path) -> dict[str, dict[str, LoadedSeries]]:
    charts = {}
    for name, chart in _object(tree.get("charts") or {}, "charts", path).items():
        record = _object(chart, f"chart {name}", path)
        listed = _object(record.get("series", record.get("Series")) or {}, f"chart {name}", path)
        charts[name] = {key: _series(key, value, path) for key, value in listed.items()}
    return charts


def _texts(tree: dict[str, Any], key: str, path: Path) -> dict[str, str]:
    return {name: "" if text is None else str(text) for name, text in _object(tree.get(key) or {}, key, path).items()}


def _optional(path: Path) -> Path | None:
    return path if path.is_file() else None


def _merged(folder: Path, algorithm_id: str) -> tuple[dict[str, Any], Path]:
    """The full result over the summary (the summary alone when the run left no more)."""
    main, summary = folder / f"{algorithm_id}.json", folder / f"{algorithm_id}-summary.json"
    tree: dict[str, Any] = {}
    for path in (summary, main):
        if path.is_file():
            tree |= {k: v for k, v in _object(_read(path), "content", path).items() if v is not None}
    path = main if main.is_file() else summary
    if "statistics" not in tree and "charts" not in tree:
        raise BadInputError("The file is not a backtest result (no statistics, no charts)", path=path, fix=_BROKEN_FIX)
    return tree, path


def load_results(folder: Path) -> LoadedResults:
    """Read a results folder.

    :raises BadInputError: when the folder holds no result or several, or when a file in it is malformed
    """
    algorithm_id = _find_id(folder)
    tree, path = _merged(folder, algorithm_id)
    charts = _charts(tree, path)
    performance = _object(tree.get("totalPerformance") or {}, "totalPerformance", path)
    events_path = _optional(folder / f"{algorithm_id}-order-events.json")
    events = _read(events_path) if events_path is not None else None
    if events_path is not None and not isinstance(events, list):
        raise BadInputError("The order events are not a list", path=events_path, fix=_BROKEN_FIX)
    # The summary file has an empty list of trades; only the full file tells that there were none.
    has_trades = (folder / f"{algorithm_id}.json").is_file()
    return LoadedResults(
        folder=folder,
        algorithm_id=algorithm_id,
        statistics=_texts(tree, "statistics", path),
        runtime_statistics=_texts(tree, "runtimeStatistics", path),
        state=_texts(tree, "state", path),
        charts=charts,
        equity=charts.get("Strategy Equity", {}).get("Equity"),
        drawdown=charts.get("Drawdown", {}).get("Equity Drawdown"),
        benchmark=charts.get("Benchmark", {}).get("Benchmark"),
        custom_charts={name: series for name, series in charts.items() if name not in STANDARD_CHARTS},
        configuration=tree.get("algorithmConfiguration"),
        orders=_object(tree["orders"], "orders", path) if "orders" in tree else None,
        order_events=events,
        closed_trades=performance.get("closedTrades") if has_trades else None,
        profit_loss=tree.get("profitLoss"),
        portfolio_statistics=performance.get("portfolioStatistics"),
        trade_statistics=performance.get("tradeStatistics"),
        log_path=_optional(folder / f"{algorithm_id}-log.txt"),
        trace_path=_optional(folder / f"{algorithm_id}-trace.json"),
    )
