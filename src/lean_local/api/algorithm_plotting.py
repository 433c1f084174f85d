"""Charts of QCAlgorithm (LEAN `QCAlgorithm.Plotting.cs`)."""

from typing import Any

from lean_local.api.bars import TradeBar
from lean_local.api.charting import BaseSeries, CandlestickSeries, Chart, Series
from lean_local.api.indicator_base import IndicatorBase
from lean_local.api.net_exceptions import ArgumentException
from lean_local.enums import SeriesType
from lean_local.naming import LeanObject

_PRIMARY = "Strategy Equity"
_RESERVED: dict[str, tuple[str, ...]] = {
    "Strategy Equity": ("Equity", "Return"),
    "Capacity": ("Strategy Capacity",),
    "Drawdown": ("Equity Drawdown",),
    "Benchmark": ("Benchmark",),
    "Portfolio Turnover": ("Portfolio Turnover",),
    "Assets Sales Volume": (),
    "Exposure": (),
    "Portfolio Margin": (),
}
MOST_SERIES, MOST_POINTS = 30, 1_000_000
"""LEAN's local `maximum-chart-series` and `maximum-data-points-per-chart-series`."""
_QUOTAS = "https://qnt.co/docs-charting-quotas"


def _number(value: Any) -> float:
    current = getattr(value, "current", None)
    return float(current.value if current is not None else value)


class ChartBook:
    """The charts of an algorithm; passes points on to the results as far as the limits allow."""

    def __init__(self, run: Any) -> None:
        self._run = run
        self.charts: dict[str, Chart] = {}
        self._names: set[str] = set()
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, chart: Chart) -> None:
        """Take a chart, unless there is one of its name."""
        if chart.name not in self.charts:
            self.charts[chart.name] = chart
            chart.attach(lambda series, moment, value: self._show(chart.name, series, moment, value))

    def chart(self, name: str) -> Chart:
        """The chart of that name, made if new."""
        self.add(Chart(name))
        return self.charts[name]

    def series(self, chart: str, name: str, kind: type[BaseSeries]) -> Any:
        """The series to plot to, made if new. Raises ArgumentException for a name that is LEAN's own."""
        own = _RESERVED.get(chart)
        if own == ():
            raise ArgumentException(f"'{chart}' is a reserved chart name.")
        if own is not None and name in own:
            raise ArgumentException(f"'{name}' is a reserved series name for chart '{chart}'.")
        found = self.chart(chart)
        if name not in found.series:
            found.add_series(kind(name))
        return found.series[name]

    def _show(self, chart: str, series: BaseSeries, moment: int, value: Any) -> None:
        if series.name not in self._names and len(self._names) >= MOST_SERIES:
            self._run.tell_once(
                "Exceeded maximum chart series count for organization tier, new series will be ignored. Limit is "
                f"currently set at {MOST_SERIES}. {_QUOTAS}"
            )
            return
        self._names.add(series.name)
        key = (chart, series.name)
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._counts[key] > MOST_POINTS:
            self._run.tell_once(
                "Exceeded maximum data points per series for organization tier, chart update skipped. "  # noqa: S608
                "Chart Name "
                f"{chart}. Series name {series.name}. {_QUOTAS}Limit is currently set at {MOST_POINTS}"
            )
            return
        self._run.plot(chart, series, moment, value)


class PlottingMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any
    utc_time: Any

    def add_chart(self, chart: Chart) -> None:
        """Add a chart with its series; nothing happens when there is one of its name."""
        self._run.charts.add(chart)

    def add_series(self, chart: str, series: str, series_type: SeriesType, unit: str = "$") -> None:
        """Add a series of a type to a chart, in place of one of its name."""
        self._run.charts.chart(str(chart)).put(BaseSeries.create(series_type, series, unit=unit))

    def plot(self, *arguments: Any) -> None:
        """`plot([chart, ]series, value)`, `plot([chart, ]series, open, high, low, close)` or `(..., trade bar)`.

        `plot(chart, indicator, ...)` plots the values of indicators under their names.
        """
        names = [a for a in arguments[:2] if isinstance(a, str)]
        values = arguments[len(names) :]
        if len(names) == 1 and values and all(isinstance(v, IndicatorBase) for v in values):
            for indicator in values:
                self._plot(names[0], indicator.name, [indicator])
            return
        chart, series = (_PRIMARY, names[0]) if len(names) == 1 else names
        if len(values) == 1 and isinstance(values[0], TradeBar):
            bar = values[0]
            values = (bar.open, bar.high, bar.low, bar.close)
        self._plot(chart, series, list(values))

    def _plot(self, chart: str, name: str, values: list[Any]) -> None:
        numbers = [_number(v) for v in values]
        kind = CandlestickSeries if len(numbers) == 4 else Series
        self._run.charts.series(chart, name, kind).add_point(self.utc_time, *numbers)

    def record(self, series: str, value: float) -> None:
        """Plot to the equity chart."""
        self.plot(series, value)

    def plot_indicator(self, chart: str, *arguments: Any) -> None:
        """`plot_indicator(chart[, wait_for_ready], indicator, ...)`: plot every update."""
        rest = list(arguments)
        wait = rest.pop(0) if rest and isinstance(rest[0], bool) else False
        for indicator in rest:
            if indicator is not None:
                indicator.updated += self._plotter(chart, indicator, wait=wait)

    def _plotter(self, chart: str, indicator: Any, *, wait: bool) -> Any:
        def updated(_sender: Any = None, _point: Any = None) -> None:
            if not wait or indicator.is_ready:
                self._plot(chart, indicator.name, [indicator])

        return updated
