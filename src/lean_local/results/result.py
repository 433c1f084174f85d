"""The result of a run: statistics, texts and the JSON trees that are written.

Facts: LEAN `Engine/Results/BaseResultsHandler.cs` (runtime statistics, state),
`Common/AlgorithmConfiguration.cs`, `Common/Statistics/Trade.cs`.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from lean_local.results.charts import Chart
from lean_local.results.jsontext import Json
from lean_local.results.numbers import (
    ZERO,
    currency_symbol,
    divide,
    iso_seconds,
    iso_utc,
    percent_text,
    span_text,
    subtract,
    thousands_text,
)
from lean_local.results.order_json import order_event_json, order_json, order_list_hash, symbol_json
from lean_local.results.performance import Gathered, RateOfDate, statistics_of
from lean_local.results.records import RunFacts, Trade
from lean_local.results.statistics import PortfolioStatistics
from lean_local.results.trade_statistics import figures_json
from lean_local.results.writer import write_result

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOSTNAME = "lean_local"


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """What a run came to. The `…_json` members hold LEAN's JSON names in LEAN's order, decimals as `Decimal`."""

    algorithm_id: str
    statistics: dict[str, str]
    runtime_statistics: dict[str, str]
    state: dict[str, str]
    order_list_hash: str
    portfolio_statistics: PortfolioStatistics
    trade_statistics: dict[str, object]
    trades: tuple[Trade, ...]
    profit_loss: dict[str, Decimal]
    charts: Mapping[str, Chart]
    orders_json: dict[str, dict[str, Json]]
    order_events_json: list[dict[str, Json]]
    closed_trades_json: list[dict[str, Json]]
    rolling_json: dict[str, Json]
    configuration_json: dict[str, Json]
    log_lines: tuple[str, ...]
    statistics_problem: str | None = None
    """Why there are no statistics, when a figure left the range of doubles; LEAN's table is empty then too."""

    def write(self, folder: Path, data_requests: tuple[Sequence[str], Sequence[str]] | None = None) -> None:
        """Write the results files into an existing folder (see `writer.write_result`)."""
        write_result(self, folder, data_requests)


def _runtime(gathered: Gathered, summary: Mapping[str, str]) -> dict[str, str]:
    final, sign = gathered.final, currency_symbol(gathered.facts.account_currency)
    start = gathered.facts.starting_value
    growth = divide(subtract(final.portfolio_value, start), start) if start > 0 else ZERO
    texts = dict(gathered.runtime_statistics) | {
        "Probabilistic Sharpe Ratio": summary.get("Probabilistic Sharpe Ratio", "0%"),
        "Unrealized": sign + thousands_text(final.unrealized_profit),
        "Fees": f"-{sign}{thousands_text(final.total_fees)}",
        "Net Profit": sign + thousands_text(final.net_profit),
        "Return": percent_text(growth),
        "Equity": sign + thousands_text(final.portfolio_value),
        "Holdings": sign + thousands_text(final.holdings_value),
        "Volume": sign + thousands_text(final.total_sale_volume),
    }
    return dict(sorted(texts.items(), key=lambda item: (item[0].casefold(), item[0])))


def _state(gathered: Gathered) -> dict[str, str]:
    # No wall clock: start and end are those of the simulated time.
    facts, final = gathered.facts, gathered.final
    return {
        "StartTime": iso_seconds(facts.start_utc_ms),
        "EndTime": iso_seconds(final.utc_ms),
        "RuntimeError": final.error or "",
        "StackTrace": final.stack_trace or "",
        "LogCount": str(len(gathered.log_lines)),
        "OrderCount": str(len(gathered.orders)),
        "InsightCount": "0",
        "Name": facts.name,
        "Hostname": HOSTNAME,
        "Status": "RuntimeError" if final.error else "Completed",
    }


def _configuration(facts: RunFacts) -> dict[str, Json]:
    zone = ZoneInfo(facts.time_zone)
    start, end = (
        (_EPOCH + timedelta(milliseconds=ms)).astimezone(zone).strftime("%Y-%m-%dT%H:%M:%SZ")
        for ms in (facts.start_utc_ms, facts.end_utc_ms)
    )
    return {
        "name": facts.name,
        "tags": [],
        "accountCurrency": facts.account_currency,
        "brokerage": facts.brokerage,
        "accountType": facts.account_type,
        "parameters": dict(facts.parameters),
        "outOfSampleMaxEndDate": None,
        "outOfSampleDays": 0,
        "startDate": start,
        "endDate": end,
        "tradingDaysPerYear": facts.trading_days_per_year,
    }


def trade_json(trade: Trade, trade_id: str) -> dict[str, Json]:
    """One closed trade as in `totalPerformance.closedTrades`."""
    return {
        "id": trade_id,
        "symbols": [symbol_json(trade.symbol)],
        "entryTime": iso_utc(trade.entry_utc_ms),
        "entryPrice": trade.entry_price,
        "direction": trade.direction,
        "quantity": trade.quantity,
        "exitTime": iso_utc(trade.exit_utc_ms),
        "exitPrice": trade.exit_price,
        "profitLoss": trade.profit_loss,
        "totalFees": trade.total_fees,
        "mae": trade.mae,
        "mfe": trade.mfe,
        "duration": span_text(trade.duration_ticks),
        "endTradeDrawdown": trade.end_trade_drawdown,
        "isWin": trade.is_win,
        "orderIds": list(trade.order_ids),
    }


def build_result(gathered: Gathered, interest_rates: RateOfDate) -> BacktestResult:
    """Compute the statistics and shape everything that is written."""
    facts, made = gathered.facts, statistics_of(gathered, interest_rates)
    summary = made.summary
    namespace = uuid.uuid5(uuid.NAMESPACE_OID, facts.algorithm_id)
    return BacktestResult(
        algorithm_id=facts.algorithm_id,
        statistics=summary | {k: v for k, v in gathered.summary_statistics.items() if k not in summary},
        runtime_statistics=_runtime(gathered, summary),
        state=_state(gathered),
        order_list_hash=order_list_hash(gathered.orders),
        portfolio_statistics=made.total.portfolio,
        trade_statistics=figures_json(made.total.trades),
        trades=gathered.trades,
        profit_loss={iso_utc(ms): fact.profit for ms, fact in gathered.profits.items()},
        charts=gathered.charts,
        orders_json={str(order.id): order_json(order) for order in gathered.orders},
        order_events_json=[order_event_json(event, facts.algorithm_id) for event in gathered.order_events],
        closed_trades_json=[trade_json(t, str(uuid.uuid5(namespace, str(n)))) for n, t in enumerate(gathered.trades)],
        rolling_json={key: window.as_json() for key, window in made.rolling.items()},
        configuration_json=_configuration(facts),
        log_lines=gathered.log_lines,
        statistics_problem=made.problem,
    )
