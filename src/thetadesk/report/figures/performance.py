"""Equity and drawdown against the index."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from thetadesk.report.columns import change_percent, drawdown_percent, new_york, thin
from thetadesk.report.figures.registry import figure, style
from thetadesk.report.palette import EQUITY, GAIN, INDEX, LOSS
from thetadesk.report.results import RunResults
from thetadesk.report.trades import closed_points
from thetatrace.trace import Trace


@dataclass(frozen=True, slots=True)
class _IndexLine:
    """The index to compare with: its name, its source for the note, and its values; empty when there is none."""

    name: str
    source: str
    utc_ms: NDArray[np.int64]
    value: NDArray[np.float64]


def index_line(results: RunResults, trace: Trace | None) -> _IndexLine:
    """Take the underlying from the trace's spot column; without one, LEAN's Benchmark chart."""
    if trace is not None:
        spot = trace.decisions["spot_cents"]
        seen = spot > 0
        if seen.any():
            name = str(trace.facts.get("underlying") or "SPX")
            source = f"{name} is the underlying's price at each decision, from the trace."
            return _IndexLine(name, source, trace.decisions["when_utc_ms"][seen], spot[seen] / 100.0)
    if len(results.benchmark):
        source = "The run left no trace with the index's price; shown is LEAN's Benchmark chart (SPY by default)."
        usable = results.benchmark.value > 0
        return _IndexLine("benchmark", source, results.benchmark.utc_ms[usable], results.benchmark.value[usable])
    return _IndexLine("", "There is no index to compare with.", np.array([], dtype=np.int64), np.array([]))


def _missing(results: RunResults, trace: Trace | None) -> str:  # noqa: ARG001 - the signature of `Missing`
    return "" if len(results.equity) else "The results hold no equity samples: the run ended before its first bar."


@figure("equity", "Equity and drawdown", _missing)
def equity(results: RunResults, trace: Trace | None) -> go.Figure:
    """Change of equity and index since the start in percent, trades as marks, drawdowns of both below."""
    drawn = make_subplots(rows=2, cols=1, shared_xaxes=True, row_heights=[0.68, 0.32], vertical_spacing=0.06)
    index = index_line(results, trace)
    utc_ms = results.equity.utc_ms
    if len(index.value):
        _add_lines(drawn, index.name, index.utc_ms, index.value, colour=INDEX, width=1.3, fill=None)
    _add_lines(drawn, "equity", utc_ms, results.equity.value, colour=EQUITY, width=2.0, fill="tozeroy")
    _add_trades(drawn, results, trace)
    style(drawn, 520, note=f"{index.source} Times are New York.")
    drawn.update_yaxes(title_text="change, %", row=1, col=1, zeroline=True)
    drawn.update_yaxes(title_text="drawdown, %", row=2, col=1)
    return drawn


def _add_lines(
    drawn: go.Figure,
    name: str,
    utc_ms: NDArray[np.int64],
    value: NDArray[np.float64],
    *,
    colour: str,
    width: float,
    fill: str | None,
) -> None:
    line = {"color": colour, "width": width}
    for row, column in ((1, change_percent(value)), (2, drawdown_percent(value))):
        kept = thin(column)
        drawn.add_scatter(
            x=new_york(utc_ms[kept]), y=np.round(column[kept], 4), customdata=np.round(value[kept], 2), name=name,
            mode="lines", line=line, legendgroup=name, showlegend=row == 1,
            fill=fill if row == 2 else None, fillcolor="rgba(0,114,178,0.12)",
            hovertemplate=f"{name} %{{y:+.2f}} %<br>%{{customdata:,.2f}}<br>%{{x|%a %d %b %Y %H:%M}}<extra></extra>",
            row=row, col=1,
        )  # fmt: skip


def _add_trades(drawn: go.Figure, results: RunResults, trace: Trace | None) -> None:
    """Mark each closed trade on the equity line at the moment it closed."""
    equity_ms, change = results.equity.utc_ms, change_percent(results.equity.value)
    for name, colour, mark, won in (
        ("trade won", GAIN, "triangle-up", True),
        ("trade lost", LOSS, "triangle-down", False),
    ):
        points = [point for point in closed_points(results, trace) if (point.profit_usd > 0) == won]
        if not points:
            continue
        closed_ms = np.array([point.closed_utc_ms for point in points], dtype=np.int64)
        drawn.add_scatter(
            x=new_york(closed_ms), y=np.round(np.interp(closed_ms, equity_ms, change), 4), name=name, mode="markers",
            marker={"color": colour, "symbol": mark, "size": 11, "line": {"color": "white", "width": 1}},
            text=[point.text for point in points],
            hovertemplate="%{text}<br>%{x|%a %d %b %Y %H:%M}<extra></extra>", row=1, col=1,
        )  # fmt: skip
