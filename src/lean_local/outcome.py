"""What came of a run, with the views a test or a notebook asks for first."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lean_local.engine.clock import aware_utc
from lean_local.errors import AlgorithmError
from lean_local.orders.event_views import OrderEvent
from lean_local.orders.views import Order
from lean_local.results import BacktestResult
from lean_local.results.charts import STRATEGY_EQUITY


@dataclass(frozen=True, slots=True)
class BacktestOutcome:
    """What came of it. `error` is set when the algorithm raised; what it did until then is kept."""

    result: BacktestResult
    output: Path | None
    algorithm: Any
    wall_seconds: float
    data_points: int
    error: AlgorithmError | None
    missing_files: tuple[str, ...] = ()  # data files that were asked for and do not exist, relative to the data folder
    orders: tuple[Order, ...] = ()  # by id, as the algorithm sees them
    order_events: tuple[OrderEvent, ...] = ()  # in the order they happened
    damaged_data: tuple[str, ...] = ()  # a sentence for each file, entry or set of rows that was left out as damaged

    @property
    def fills(self) -> tuple[OrderEvent, ...]:
        """The order events that filled something."""
        return tuple(event for event in self.order_events if event.fill_quantity)

    @property
    def logs(self) -> tuple[str, ...]:
        """Lines of the log file: "2021-03-01 10:00:00 text" in algorithm time, debug and error lines included."""
        return self.result.log_lines

    @property
    def statistics(self) -> dict[str, str]:
        """LEAN's statistics table, as printed; empty when the run was too short to have one."""
        return self.result.statistics

    @property
    def equity(self) -> tuple[tuple[datetime, Decimal], ...]:
        """(UTC time, account value) at each sample of LEAN's Strategy Equity chart, oldest first."""
        chart = self.result.charts.get(STRATEGY_EQUITY)
        points = chart.series["Equity"].points if chart is not None and "Equity" in chart.series else []
        return tuple((aware_utc(ms), value[3]) for ms, value in points if isinstance(value, tuple))
