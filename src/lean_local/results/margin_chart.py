"""The Portfolio Margin chart: a bar series per position group (LEAN `Securities/Positions/PortfolioMarginChart.cs`)."""

from collections.abc import Sequence
from decimal import Decimal

from lean_local.enums import SeriesType
from lean_local.results.charts import Chart, ChartSeries
from lean_local.results.numbers import ZERO, add, divide, multiply, round_significant

SERIES = 40
"""So many groups have a series of their own (LEAN's setting `portfolio-margin-series-count`)."""
_OTHERS = "OTHERS"
_GRAY = "#808080"


def _series(chart: Chart, name: str) -> ChartSeries:
    if name not in chart.series:
        made = chart.get(name, "%", 0, SeriesType.BAR)
        made.index_name, made.tooltip = "Margin Used (%)", "{SERIES_NAME}: {VALUE}%"
        made.color = _GRAY if name == _OTHERS else ""
    return chart.series[name]


def add_margin_sample(chart: Chart, utc_ms: int, value: Decimal, margins: Sequence[tuple[str, Decimal]]) -> None:
    """Add a sample: per group its tickers and margin, as percent of the portfolio value; a group that is gone ends.

    A portfolio without positions leaves the chart as it is. Of groups with the same tickers the last one counts.
    """
    chart.legend_disabled = True
    if not margins:
        return
    shares = [(name, round_significant(divide(used, value), 4) if value else ZERO) for name, used in margins]
    largest = dict.fromkeys(name for name, _ in sorted(shares, key=lambda share: -share[1]))
    own = frozenset(list(largest)[:SERIES])
    others: Decimal | None = None
    for name, share in shares:
        percent = multiply(share, Decimal(100))
        if name in own:
            _series(chart, name).put(utc_ms, percent)
        else:
            others = add(others or ZERO, percent)
    if others is not None:
        _series(chart, _OTHERS).put(utc_ms, others)
    for series in chart.series.values():
        last_ms, last = series.points[-1]
        if last_ms != utc_ms and last is not None:
            series.put(utc_ms, None)
