"""The VIX with its regimes as bands behind it."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from thetadesk.report.columns import code_runs, new_york, thin
from thetadesk.report.figures.registry import base_figure, figure, needs_trace, required
from thetadesk.report.palette import INK, regime_colour
from thetadesk.report.results import RunResults
from thetatrace.trace import Trace

MAX_BANDS = 300
BAND_EDGE = {"color": "#9aa2ab", "width": 1}


def _missing(results: RunResults, trace: Trace | None) -> str:
    reason = needs_trace(results, trace)
    if reason or (required(trace).decisions["vix_cents"] > 0).any():
        return reason
    return "No decision of this run saw a VIX."


@figure("regimes", "VIX and its regimes", _missing)
def regimes(results: RunResults, trace: Trace | None) -> go.Figure:  # noqa: ARG001 - the signature of a figure
    """VIX in points at each decision; the band behind it is the regime the algorithm was in, hysteresis included."""
    full = required(trace)
    seen = full.decisions["vix_cents"] > 0
    when = new_york(full.decisions["when_utc_ms"][seen])
    vix = full.decisions["vix_cents"][seen] / 100.0
    codes = full.decisions["regime"][seen]
    note = (
        "The band is the regime the algorithm acted on: hysteresis can keep it near a cut, "
        "and an inverted term structure raises it by one."
    )
    drawn = base_figure(380, note=note)
    kept = thin(vix)
    drawn.add_scatter(
        x=when[kept], y=vix[kept], mode="lines", line={"color": INK, "width": 1.5}, name="VIX",
        text=[full.regimes[code] if code >= 0 else "no regime" for code in codes[kept].tolist()],
        hovertemplate="VIX %{y:.2f}<br>%{text}<br>%{x|%a %d %b %Y %H:%M}<extra></extra>",
    )  # fmt: skip
    _add_bands(drawn, full, when, codes)
    low, high = float(vix.min()), float(vix.max())
    drawn.update_yaxes(title_text="VIX, points", range=[max(low - 1.5, 0), high + 0.06 * (high - low) + 1])
    drawn.update_xaxes(range=[when[0], when[-1]], showgrid=False)
    return drawn


def _add_bands(drawn: go.Figure, trace: Trace, when: NDArray[np.datetime64], codes: NDArray[np.int64]) -> None:
    # A regime that changes hundreds of times is sampled: bands thinner than a pixel only make the page slow.
    stride = 1 if len(code_runs(codes)) <= MAX_BANDS else max(1, len(codes) // MAX_BANDS)
    for first, last, code in code_runs(codes[::stride]):
        if code < 0:
            continue
        until = min((last + 1) * stride, len(when) - 1)
        drawn.add_shape(
            type="rect", layer="below", xref="x", yref="paper", x0=when[first * stride], x1=when[until], y0=0, y1=1,
            fillcolor=regime_colour(code), line={"width": 0},
        )  # fmt: skip
    for code in sorted(set(codes[codes >= 0].tolist())):
        drawn.add_scatter(
            x=[None], y=[None], mode="markers", name=trace.regimes[code].replace("_", " ").lower(),
            marker={"symbol": "square", "size": 13, "color": regime_colour(code), "line": BAND_EDGE},
        )  # fmt: skip
