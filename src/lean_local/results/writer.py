"""Writes a result as LEAN's files: `<id>.json`, `-summary.json`, `-order-events.json`, `-log.txt`.

Each file appears whole or not at all. Nothing in them depends on the wall clock, so equal runs give equal bytes.
Facts: LEAN `Engine/Results/BacktestingResultHandler.cs` (StoreResult, CreateResultSummary), `Common/Result.cs` (keys),
`Engine/DataFeeds/DataMonitor.cs` and `Common/DataMonitorReport.cs` (data requests).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lean_local.errors import BadInputError
from lean_local.results.charts import STRATEGY_EQUITY, Chart, ChartSeries
from lean_local.results.jsontext import Json, compact, indented
from lean_local.results.sampling import summary_candles

if TYPE_CHECKING:
    from lean_local.results.result import BacktestResult


def result_json(result: BacktestResult) -> dict[str, Json]:
    """The tree of `<id>.json`."""
    return {
        "rollingWindow": result.rolling_json,
        "charts": {name: chart.as_json() for name, chart in result.charts.items()},
        "orders": result.orders_json,
        "profitLoss": result.profit_loss,
        **_shared(result),
        "totalPerformance": _performance(result, result.closed_trades_json),
    }


def summary_json(result: BacktestResult) -> dict[str, Json]:
    """The tree of `<id>-summary.json`: only the equity, thinned out, and no orders or trades."""
    charts: dict[str, Json] = {}
    equity = result.charts[STRATEGY_EQUITY].series.get("Equity") if STRATEGY_EQUITY in result.charts else None
    if equity is not None:
        candles = [(ms, *value) for ms, value in equity.points if isinstance(value, tuple)]
        thin = ChartSeries(equity.name, equity.unit, equity.index, equity.series_type)
        thin.points = [(ms, (first, high, low, last)) for ms, first, high, low, last in summary_candles(candles)]
        charts[STRATEGY_EQUITY] = Chart(STRATEGY_EQUITY, {thin.name: thin}).as_json()
    return {
        "rollingWindow": {},
        "charts": charts,
        **_shared(result),
        "totalPerformance": _performance(result, []),
    }


def _shared(result: BacktestResult) -> dict[str, Json]:
    return {
        "statistics": result.statistics,
        "runtimeStatistics": result.runtime_statistics,
        "state": result.state,
        "serverStatistics": {"Hostname": result.state["Hostname"]},
        "algorithmConfiguration": result.configuration_json,
    }


def _performance(result: BacktestResult, trades: list[dict[str, Json]]) -> dict[str, Json]:
    return {
        "tradeStatistics": result.trade_statistics,
        "portfolioStatistics": result.portfolio_statistics.as_json(),
        "closedTrades": trades,
    }


def _data_monitor(algorithm_id: str, succeeded: Sequence[str], failed: Sequence[str]) -> dict[str, str]:
    """LEAN names these files by the wall clock; here the algorithm id stands in its place."""

    def universes(paths: Sequence[str]) -> int:
        return sum("/universes/" in path for path in paths)

    report = {
        "succeeded-data-requests-count": len(succeeded),
        "failed-data-requests-count": len(failed),
        "succeeded-universe-data-requests-count": universes(succeeded),
        "failed-universe-data-requests-count": universes(failed),
        "total-data-requests-count": len(succeeded) + len(failed),
        "total-universe-data-requests-count": universes(succeeded) + universes(failed),
    }
    return {
        f"data-monitor-report-{algorithm_id}.json": indented(report),
        f"succeeded-data-requests-{algorithm_id}.txt": "".join(path + "\n" for path in succeeded),
        f"failed-data-requests-{algorithm_id}.txt": "".join(path + "\n" for path in failed),
    }


def write_result(
    result: BacktestResult, folder: Path, data_requests: tuple[Sequence[str], Sequence[str]] | None = None
) -> None:
    """Write all files of a result.

    :param folder: existing folder; files of the same names are replaced
    :param data_requests: succeeded and failed data paths, relative to the data folder, in the order of asking
    :raises BadInputError: when the folder does not exist or cannot be written
    """
    name = result.algorithm_id
    texts = {
        f"{name}.json": indented(result_json(result)),
        f"{name}-summary.json": indented(summary_json(result)),
        f"{name}-order-events.json": compact(result.order_events_json),
        f"{name}-log.txt": "".join(line + "\n" for line in result.log_lines),
    }
    if data_requests is not None:
        texts |= _data_monitor(name, *data_requests)
    if not folder.is_dir():
        raise BadInputError("The results folder does not exist", path=folder, fix="Create it or give another --output.")
    for file_name, text in texts.items():
        temporary = folder / f".{file_name}.tmp"
        try:
            temporary.write_text(text, encoding="utf-8", newline="\n")
            temporary.replace(folder / file_name)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            fix = "Give another --output or make the folder writable."
            raise BadInputError(f"Cannot write results ({error.strerror})", path=folder / file_name, fix=fix) from None
