"""The registry of figures and the look they share."""

from collections.abc import Callable
from dataclasses import dataclass

import plotly.graph_objects as go

from thetadesk.report.palette import FONT, GRID, INK, MUTED
from thetadesk.report.results import RunResults
from thetatrace.trace import Trace

Builder = Callable[[RunResults, Trace | None], go.Figure]
Missing = Callable[[RunResults, Trace | None], str]
HOW_TO_TRACE = (
    "This run left no trace, so its VIX regimes, entry days, refusals and stage latencies are not known. "
    "An algorithm that saves a trace in the object store, as algorithms/tom_king does, leaves one on LEAN "
    "and on lean_local alike: run it with “thetatrace backtest” or “lean backtest” and make the report again."
)
EMPTY_TRACE = "The trace holds no decision: the algorithm ended before its first bar."


@dataclass(frozen=True, slots=True)
class FigureSpec:
    """A figure by name. `missing` returns why it cannot be drawn for a run, "" if it can."""

    name: str
    title: str
    build: Builder
    missing: Missing


FIGURES: dict[str, FigureSpec] = {}


def figure(name: str, title: str, missing: Missing) -> Callable[[Builder], Builder]:
    """Register the builder of a figure under a name that also serves as its anchor in the page."""

    def register(build: Builder) -> Builder:
        FIGURES[name] = FigureSpec(name, title, build, missing)
        return build

    return register


def needs_trace(results: RunResults, trace: Trace | None) -> str:  # noqa: ARG001 - the signature of `Missing`
    """Say what is missing when there is no trace, or an empty one."""
    if trace is None:
        return HOW_TO_TRACE
    return "" if len(trace) else EMPTY_TRACE


def required(trace: Trace | None) -> Trace:
    """Return the trace of a figure that needs one.

    :raises ValueError: if there is none; `missing` would have said so
    """
    if trace is None:
        raise ValueError(HOW_TO_TRACE)
    return trace


def base_figure(height: int, *, note: str = "") -> go.Figure:
    """Return an empty figure in the report's look. `note` is the sentence shown below it."""
    drawn = go.Figure()
    style(drawn, height, note=note)
    return drawn


def style(drawn: go.Figure, height: int, *, note: str = "") -> None:
    """Give a figure the report's look: white, thin grid, legend above the plot so that narrow pages keep the width."""
    drawn.update_layout(
        template="none",
        height=height,
        margin={"l": 58, "r": 14, "t": 34, "b": 42},
        font={"family": FONT, "size": 13, "color": INK},
        paper_bgcolor="white",
        plot_bgcolor="white",
        hovermode="closest",
        hoverlabel={"bgcolor": "white", "font": {"family": FONT, "size": 12, "color": INK}},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.0, "yanchor": "bottom", "font": {"size": 12}},
        meta={"note": note},
    )
    axis = {"gridcolor": GRID, "linecolor": GRID, "zerolinecolor": GRID, "tickfont": {"color": MUTED, "size": 12}}
    axis["title"] = {"font": {"size": 12, "color": MUTED}}
    drawn.update_xaxes(**axis, showline=True, automargin=True)
    drawn.update_yaxes(**axis, automargin=True)


def note_of(drawn: go.Figure) -> str:
    """Return the sentence that belongs below a figure."""
    meta = drawn.layout.meta
    return str(meta.get("note", "")) if isinstance(meta, dict) else ""
