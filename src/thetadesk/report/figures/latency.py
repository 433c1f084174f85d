"""Where the time went: a histogram per stage, and the slowest decisions stage by stage."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from thetadesk.report.figures.registry import base_figure, figure, needs_trace, required, style
from thetadesk.report.palette import INK, MUTED, STAGE_COLOURS, TARGET
from thetadesk.report.results import RunResults
from thetadesk.slowest import SLOTS, slowest_decisions
from thetatrace.trace import COMPUTE_STAGES, Trace

HISTOGRAM_NOTE = (
    "Self time per decision on the monotonic clock. Each height is scaled to its own stage. "
    "Solid line: p99. Dashed line: the target for p99."
)
BINS_PER_DECADE = 12
LOWEST_US = 0.01
SLOWEST_SHOWN = 10
TARGETS_US = {info.label: info.target_ms * 1000 for info in COMPUTE_STAGES if info.target_ms is not None}
TICKS_US = {
    0.01: "10 ns",
    0.1: "0.1 µs",
    1: "1 µs",
    10: "10 µs",
    100: "0.1 ms",
    1e3: "1 ms",
    1e4: "10 ms",
    1e5: "0.1 s",
    1e6: "1 s",
    1e7: "10 s",
}


@figure("stage-latency", "Latency per stage", needs_trace)
def stage_latency(results: RunResults, trace: Trace | None) -> go.Figure:  # noqa: ARG001 - the signature of a figure
    """One histogram per stage on a shared logarithmic axis: how many decisions took how long, p99 and its target."""
    full = required(trace)
    columns = {label: full.decisions[f"{label}_ns"] for label in SLOTS}
    taken_us = {label: np.maximum(ns[ns >= 0] / 1e3, LOWEST_US) for label, ns in columns.items()}
    shown = {label: us for label, us in taken_us.items() if len(us)}
    # A title above each plot rather than labels beside it: a phone keeps the whole width for the distribution.
    titles = [_title(label, us) for label, us in shown.items()]
    drawn = make_subplots(rows=len(shown), cols=1, shared_xaxes=True, vertical_spacing=0.045, subplot_titles=titles)
    low, high = _limits(shown)
    for row, (label, us) in enumerate(shown.items(), start=1):
        _add_histogram(drawn, label, us, low, high, row)
    style(drawn, 74 * len(shown) + 60, note=HISTOGRAM_NOTE)
    for title in drawn.layout.annotations:
        title.update(x=0, xanchor="left", font={"size": 12, "color": INK})
    drawn.update_layout(showlegend=False, bargap=0, margin={"l": 14, "r": 14, "t": 28, "b": 40})
    drawn.update_yaxes(visible=False)
    drawn.update_xaxes(
        type="log",
        range=[low, high],
        tickvals=list(TICKS_US),
        ticktext=list(TICKS_US.values()),
        showticklabels=False,
        tickangle=0,
    )
    drawn.update_xaxes(showticklabels=True, row=len(shown), col=1)
    return drawn


def _title(label: str, us: NDArray[np.float64]) -> str:
    p50, p99 = np.percentile(us, (50, 99)).tolist()
    return f"<b>{label}</b>  n {len(us):,}  p50 {_short(p50)}  p99 {_short(p99)}"


def _short(us: float) -> str:
    """Write microseconds in the unit that reads best."""
    for limit, scale, unit in ((1, 1e-3, "ns"), (1e3, 1, "µs"), (1e6, 1e3, "ms")):
        if us < limit:
            return f"{us / scale:.3g} {unit}"
    return f"{us / 1e6:.3g} s"


def _limits(shown: dict[str, NDArray[np.float64]]) -> tuple[float, float]:
    """Return the axis range in decades that holds every duration and every target of the stages shown."""
    low = min(float(us.min()) for us in shown.values())
    high = max(max(float(us.max()), TARGETS_US.get(label, 0.0)) for label, us in shown.items())
    return float(np.floor(np.log10(low) * 2) / 2), float(np.log10(high) + 0.15)


def _add_histogram(drawn: go.Figure, label: str, us: NDArray[np.float64], low: float, high: float, row: int) -> None:
    edges = np.logspace(low, high, int((high - low) * BINS_PER_DECADE) + 1)
    counts, _ = np.histogram(us, bins=edges)
    filled = np.flatnonzero(counts)
    first, last = int(filled[0]), int(filled[-1]) + 1
    drawn.add_scatter(
        # A step line over the filled bins only: the outline begins and ends at zero.
        x=np.repeat(edges[first : last + 1], 2), y=np.concatenate(([0], np.repeat(counts[first:last], 2), [0])),
        mode="lines",
        line={"color": STAGE_COLOURS[label], "width": 1}, fill="tozeroy", fillcolor=STAGE_COLOURS[label], name=label,
        hovertemplate=f"{label}: %{{y:,}} decisions near %{{x:.3g}} µs<extra></extra>", row=row, col=1,
    )  # fmt: skip
    top = float(counts.max())
    drawn.update_yaxes(range=[0, top * 1.05], row=row, col=1)
    p99 = float(np.percentile(us, 99))
    target = TARGETS_US.get(label)
    for at, dash, colour in ((p99, "solid", INK), (target, "dash", TARGET)):
        if at is not None:
            drawn.add_scatter(
                x=[at, at],
                y=[0, top],
                mode="lines",
                line={"color": colour, "width": 1.4, "dash": dash},
                hoverinfo="skip",
                row=row,
                col=1,
            )


@figure("slowest", "The slowest decisions, stage by stage", needs_trace)
def slowest(results: RunResults, trace: Trace | None) -> go.Figure:  # noqa: ARG001 - the signature of a figure
    """The ten slowest decisions as stacked bars in milliseconds; what no stage claims is shown as unattributed."""
    decisions = slowest_decisions(required(trace), SLOWEST_SHOWN)[::-1]
    names = [f"{decision.when[:16]}<br><span style='color:{MUTED}'>{decision.reason}</span>" for decision in decisions]
    note = "Self times in the order of the stages; a decision's bar is as long as the decision took."
    drawn = base_figure(44 * len(decisions) + 110, note=note)
    for label in SLOTS:
        spent_ms = [decision.stages_us.get(label, 0.0) / 1000 for decision in decisions]
        if any(spent_ms):
            drawn.add_bar(
                y=names, x=spent_ms, orientation="h", name=label,
                marker={"color": STAGE_COLOURS[label], "line": {"width": 0}},
                hovertemplate=f"{label}: %{{x:,.3f}} ms<br>%{{y}}<extra></extra>",
            )  # fmt: skip
    drawn.update_layout(
        barmode="stack", bargap=0.35, legend={"traceorder": "normal", "entrywidth": 66, "font": {"size": 11}}
    )
    drawn.update_xaxes(title_text="milliseconds")
    drawn.update_yaxes(tickfont={"size": 11}, showgrid=False)
    return drawn
