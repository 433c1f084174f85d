"""Charts of a results file: series by chart name, and their JSON.

Facts: LEAN `Common/Chart.cs`, `Series.cs`, `Util/SeriesJsonConverter.cs`, `ChartSeriesJsonConverter.cs` (series sorted
by index, then count, then sum). Values are smart-rounded when they are taken, so a file gives them back unchanged.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from lean_local.enums import SeriesType
from lean_local.results.jsontext import Json, Raw, compact
from lean_local.results.numbers import ZERO, smart_rounding

Value = Decimal | None | tuple[Decimal, Decimal, Decimal, Decimal]

STRATEGY_EQUITY = "Strategy Equity"
BENCHMARK = "Benchmark"
DRAWDOWN = "Drawdown"
TURNOVER = "Portfolio Turnover"
EXPOSURE = "Exposure"
SALES_VOLUME = "Assets Sales Volume"
MARGIN = "Portfolio Margin"
CAPACITY = "Capacity"

CHART_ORDER = (DRAWDOWN, TURNOVER, EXPOSURE, STRATEGY_EQUITY, CAPACITY, SALES_VOLUME, MARGIN, BENCHMARK)
"""The order in which a LEAN results file holds the standard charts; user charts follow in order of creation."""


def _rounded(value: Value) -> Value:
    if isinstance(value, tuple):
        first, high, low, last = (smart_rounding(part) for part in value)
        return first, high, low, last
    return None if value is None else smart_rounding(value)


@dataclass(slots=True)
class ChartSeries:
    """One series: (UTC ms, value) in time order; a candle's value is (open, high, low, close)."""

    name: str
    unit: str = "$"
    index: int = 0
    series_type: SeriesType = SeriesType.LINE
    points: list[tuple[int, Value]] = field(default_factory=list)
    color: str = ""
    marker: str = "none"
    index_name: str | None = None
    tooltip: str | None = None

    def append_later(self, utc_ms: int, value: Value) -> None:
        """Add a point unless there is one at that time or later."""
        if not self.points or utc_ms > self.points[-1][0]:
            self.points.append((utc_ms, _rounded(value)))

    def put(self, utc_ms: int, value: Value) -> None:
        """Add a point; one at the same time as the last replaces it."""
        if self.points and self.points[-1][0] == utc_ms:
            self.points.pop()
        self.points.append((utc_ms, _rounded(value)))

    def json_text(self) -> str:
        """The series as LEAN's compact JSON: times in unix seconds."""
        record: dict[str, Json] = {
            "name": self.name,
            "unit": self.unit,
            "index": self.index,
            "seriesType": int(self.series_type),
        }
        extras = {"indexName": self.index_name, "tooltip": self.tooltip}
        record |= {key: text for key, text in extras.items() if text is not None}
        if self.series_type == SeriesType.CANDLE:
            record["values"] = [[ms // 1000, *v] for ms, v in self.points if isinstance(v, tuple)]
        else:
            points = [(round(ms / 1000), v) for ms, v in self.points if not isinstance(v, tuple)]
            scattered = self.series_type == SeriesType.SCATTER  # LEAN `ScatterChartPoint` is not packed
            record["values"] = [{"x": x, "y": y} for x, y in points] if scattered else [[x, y] for x, y in points]
            record |= {"color": self.color, "scatterMarkerSymbol": self.marker}
        return compact(record)

    def sort_key(self) -> tuple[int, int, Decimal]:
        """Index, number of points, sum of the values (candles count as 0)."""
        total = sum((v for _, v in self.points if isinstance(v, Decimal)), ZERO)
        return self.index, len(self.points), total


@dataclass(slots=True)
class Chart:
    """A named set of series."""

    name: str
    series: dict[str, ChartSeries] = field(default_factory=dict)
    legend_disabled: bool = False

    def get(self, name: str, unit: str = "$", index: int = 0, series_type: SeriesType = SeriesType.LINE) -> ChartSeries:
        """The series of that name, made on first use."""
        if name not in self.series:
            self.series[name] = ChartSeries(name, unit, index, series_type)
        return self.series[name]

    def as_json(self) -> dict[str, Json]:
        """The chart as LEAN's JSON object."""
        ordered = sorted(self.series.values(), key=ChartSeries.sort_key)
        record: dict[str, Json] = {
            "name": self.name,
            "chartType": 0,
            "series": {series.name: Raw(series.json_text()) for series in ordered},
        }
        if self.legend_disabled:
            record["legendDisabled"] = True
        return record


class ChartBook:
    """All charts of a run."""

    def __init__(self) -> None:
        self.charts: dict[str, Chart] = {}

    def chart(self, name: str) -> Chart:
        """The chart of that name, made on first use."""
        if name not in self.charts:
            self.charts[name] = Chart(name)
        return self.charts[name]

    def ordered(self) -> dict[str, Chart]:
        """Standard charts in LEAN's file order, then the user's in order of creation."""
        standard = {name: self.charts[name] for name in CHART_ORDER if name in self.charts}
        return standard | {name: chart for name, chart in self.charts.items() if name not in standard}
