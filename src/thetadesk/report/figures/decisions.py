"""Why entries were refused."""

import plotly.graph_objects as go

from thetadesk.report.figures.registry import base_figure, figure, needs_trace, required
from thetadesk.report.palette import REFUSED
from thetadesk.report.results import RunResults
from thetatrace.trace import Trace, count_reasons


def _missing(results: RunResults, trace: Trace | None) -> str:
    reason = needs_trace(results, trace)
    if reason or any(row.group == "refused" for row in count_reasons(required(trace))):
        return reason
    return "No entry was refused in this run."


@figure("refusals", "Entries refused, by reason", _missing)
def refusals(results: RunResults, trace: Trace | None) -> go.Figure:  # noqa: ARG001 - the signature of a figure
    """Refused entry decisions per reason code, all strategies together, most frequent on top."""
    totals: dict[str, int] = {}
    texts: dict[str, str] = {}
    for row in count_reasons(required(trace)):
        if row.group == "refused":
            totals[row.reason] = totals.get(row.reason, 0) + row.count
            texts[row.reason] = row.text
    names = sorted(totals, key=lambda name: (totals[name], name))
    drawn = base_figure(
        34 * len(names) + 30, note="An entry is decided on every bar of its window, so one day can count several times."
    )
    drawn.add_bar(
        x=[totals[name] for name in names], y=names, orientation="h", marker={"color": REFUSED}, width=0.62,
        text=[f"{totals[name]:,}" for name in names], textposition="outside", cliponaxis=False,
        customdata=[texts[name] for name in names],
        hovertemplate="%{y}: %{x:,} decisions<br>%{customdata}<extra></extra>",
    )  # fmt: skip
    drawn.update_layout(showlegend=False, margin={"t": 6, "r": 40, "b": 10})
    drawn.update_xaxes(visible=False, range=[0, max(totals.values()) * 1.08])  # the bars carry their counts
    drawn.update_yaxes(showgrid=False, tickfont={"size": 11})
    return drawn
