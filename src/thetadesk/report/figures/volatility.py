"""A chain's volatility: smiles, term structure, Greeks over strike and time, from a priced chain and its fits."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from thetadesk.report.figures.registry import base_figure, style
from thetadesk.report.palette import EQUITY, INDEX, INK, LOSS
from thetatrace.chain import PricedChain
from thetatrace.pricing import greeks
from thetatrace.volatility.skew import measure_smile
from thetatrace.volatility.smile import Smile, SmileFit, forward_volatility

Floats = NDArray[np.float64]
SMILES_SHOWN = 6
HALF_HOURS_SHOWN = 8
DAYS_TICKS = [1, 2, 4, 7, 14, 30, 60, 90, 180, 365, 730]
GREEK_UNITS = {
    "delta": "per 1 of the underlying",
    "gamma": "delta per 1 % move",
    "theta": "per calendar day",
    "vega": "per volatility point",
}
SMILE_NOTE = (
    "Points: volatility implied by each out-of-the-money mid. Line: the SVI fit, free of butterfly and calendar "
    "arbitrage; a chart without a line says why there is none."
)
TERM_NOTE = "At the forward of each expiry. The steps are the volatility between one expiry and the next."
SURFACE_NOTE = (
    "Greeks of the out-of-the-money side under the fitted smiles, between the first and the last expiry that has one. "
    "Vega per volatility point, theta per calendar day, gamma as change of delta per 1 % move; "
    "per unit of the underlying."
)
CACHE_NOTE = "Share of a day's questions that were answered from memory, from its first bar on."


def smiles(chain: PricedChain, fits: Mapping[int, SmileFit], today: date) -> go.Figure:
    """Draw up to six expiries, spread over those that are listed: quotes as points, the fitted smile as a line."""
    shown = _spread(sorted(fits), SMILES_SHOWN)
    rows = max((len(shown) + 1) // 2, 1)
    titles = [_smile_title(each, fits[each], today) for each in shown]
    gaps = {"horizontal_spacing": 0.1, "vertical_spacing": 0.36 / rows}
    drawn = make_subplots(rows=rows, cols=2, subplot_titles=titles, **gaps)
    first_fitted = next((each for each in shown if fits[each].smile is not None), None)
    for i, each in enumerate(shown):
        place = {"row": i // 2 + 1, "col": i % 2 + 1}
        strike, volatility = _out_of_the_money(chain, each, fits[each].smile)
        drawn.add_scatter(
            x=strike, y=volatility * 100, mode="markers", marker={"size": 4, "color": INDEX}, name="quotes",
            hovertemplate="%{x:g}: %{y:.1f} %<extra></extra>", showlegend=i == 0, **place,
        )  # fmt: skip
        smile = fits[each].smile
        if smile is not None:
            k = np.linspace(smile.lowest, smile.highest, 121)
            drawn.add_scatter(
                x=smile.forward * np.exp(k), y=np.sqrt(smile.total_variance(k) / smile.years) * 100, mode="lines",
                line={"color": EQUITY, "width": 2}, name="SVI", showlegend=each == first_fitted,
                hoverinfo="skip", **place,
            )  # fmt: skip
    style(drawn, 230 * rows + 60, note=SMILE_NOTE)
    for title in drawn.layout.annotations:
        title.update(font={"size": 12, "color": INK})
    drawn.update_yaxes(ticksuffix=" %", rangemode="normal")
    drawn.update_yaxes(title_text="volatility", title_standoff=4, col=1)
    drawn.update_xaxes(title_text="strike", title_standoff=4, row=rows)
    drawn.update_layout(legend={"y": 1.0 + 0.13 / rows})
    return drawn


def _spread(values: Sequence[int], most: int) -> list[int]:
    """Return at most `most` values, the first and the last among them, evenly spread."""
    if len(values) <= most:
        return list(values)
    return [values[round(i)] for i in np.linspace(0, len(values) - 1, most)]


def _smile_title(expiry: int, fit: SmileFit, today: date) -> str:
    when, days = date.fromordinal(expiry), expiry - today.toordinal()
    quality = (
        f"{fit.smile.error * 100:.2f} points off"
        if fit.smile is not None
        else fit.reason.name.lower().replace("_", " ")
    )
    return f"<b>{when:%d %b %Y}</b>  {days} days, {quality}"


def _out_of_the_money(chain: PricedChain, expiry: int, smile: Smile | None) -> tuple[Floats, Floats]:
    snapshot = chain.snapshot
    middle = snapshot.spot if smile is None else smile.forward
    chosen = np.where(snapshot.strike >= middle, snapshot.right == 1, snapshot.right == -1)
    if snapshot.expiry is not None:
        chosen &= snapshot.expiry == expiry
    chosen &= ~np.isnan(chain.volatility)
    order = np.argsort(snapshot.strike[chosen], kind="stable")
    return snapshot.strike[chosen][order], chain.volatility[chosen][order]


def term_structure(fits: Mapping[int, SmileFit], today: date) -> go.Figure:
    """Draw the volatility at the forward of every fitted expiry, and that between neighbours as steps."""
    found = [fit.smile for _, fit in sorted(fits.items()) if fit.smile is not None]
    measures = [measure_smile(smile) for smile in found]
    days = [expiry - today.toordinal() for expiry, fit in sorted(fits.items()) if fit.smile is not None]
    between = [
        forward_volatility(near.years, near.at_the_money, far.years, far.at_the_money) * 100
        for near, far in pairwise(measures)
    ]
    drawn = base_figure(340, note=TERM_NOTE)
    drawn.add_scatter(
        x=days, y=[each.at_the_money * 100 for each in measures], mode="lines+markers", name="at the forward",
        line={"color": EQUITY, "width": 2}, hovertemplate="%{x} days: %{y:.1f} %<extra></extra>",
    )  # fmt: skip
    drawn.add_scatter(
        x=days, y=[*between, between[-1] if between else None], mode="lines", name="between expiries",
        line={"color": LOSS, "width": 1.5, "shape": "hv"}, hovertemplate="from %{x} days: %{y:.1f} %<extra></extra>",
    )  # fmt: skip
    drawn.update_xaxes(title_text="days to expiry")
    if days and max(days) > 20 * min(days):
        drawn.update_xaxes(type="log", tickvals=DAYS_TICKS)
    drawn.update_yaxes(ticksuffix=" %", title_text="volatility, annual")
    return drawn


def greek_surfaces(fits: Mapping[int, SmileFit], spot: float, rate: float, *, points: int = 61) -> go.Figure:
    """Draw delta, gamma, theta and vega over moneyness and time, from smiles joined by their total variance."""
    found = [fit.smile for _, fit in sorted(fits.items()) if fit.smile is not None]
    titles = [f"<b>{name}</b>  {unit}" for name, unit in GREEK_UNITS.items()]
    drawn = make_subplots(rows=2, cols=2, subplot_titles=titles, horizontal_spacing=0.18, vertical_spacing=0.2)
    if len(found) >= 2:
        times = np.geomspace(max(found[0].years, 1 / 365), found[-1].years, points)
        moneyness = np.linspace(0.85, 1.15, points)
        surface = _surface(found, times, moneyness, spot, rate)
        for i, name in enumerate(GREEK_UNITS):
            drawn.add_contour(
                x=moneyness * 100, y=times * 365, z=surface[name], colorscale="Cividis", ncontours=14,
                contours={"coloring": "heatmap"}, line={"width": 0.4, "color": "white"},
                colorbar={"x": 0.415 + 0.59 * (i % 2), "y": 0.8 - 0.6 * (i // 2), "len": 0.4, "thickness": 9},
                hovertemplate="%{x:.0f} % of the forward, %{y:.0f} days: %{z:.4g}<extra></extra>",
                row=i // 2 + 1, col=i % 2 + 1,
            )  # fmt: skip
    style(drawn, 620, note=SURFACE_NOTE)
    for title in drawn.layout.annotations:
        title.update(font={"size": 12, "color": INK})
    drawn.update_layout(margin={"r": 50, "t": 62})
    drawn.update_xaxes(ticksuffix=" %", title_text="strike, % of the forward", title_standoff=4)
    drawn.update_yaxes(title_text="days to expiry", type="log", tickvals=DAYS_TICKS, title_standoff=4)
    return drawn


def _surface(found: Sequence[Smile], times: Floats, moneyness: Floats, spot: float, rate: float) -> dict[str, Floats]:
    """Greeks on the grid [times, moneyness]; total variance is linear in time, so no calendar arbitrage comes in."""
    k = np.log(moneyness)
    known = np.stack([smile.total_variance(k) for smile in found])
    years = np.array([smile.years for smile in found])
    variance = np.stack([np.interp(times, years, known[:, i]) for i in range(len(k))], axis=1)
    forward = np.interp(times, years, [smile.forward for smile in found])[:, None]
    time = times[:, None]
    dividend_yield = rate - np.log(forward / spot) / time
    strike, right = forward * moneyness, np.where(k >= 0, 1.0, -1.0)
    priced = greeks(spot, strike, time, np.sqrt(variance / time), rate, dividend_yield, right)
    return {
        "delta": priced.delta,
        "gamma": priced.gamma * spot / 100,
        "theta": priced.theta,
        "vega": priced.vega,
    }


def cache_rates(minutes: Sequence[str], rates: Mapping[str, Sequence[float]]) -> go.Figure:
    """Draw cumulative hit rates, 0…1, of several ways to ask through a day."""
    drawn = base_figure(300, note=CACHE_NOTE)
    for (name, values), colour in zip(rates.items(), (EQUITY, LOSS, INDEX), strict=False):
        drawn.add_scatter(
            x=list(minutes), y=[value * 100 for value in values], mode="lines", name=name,
            line={"color": colour, "width": 2}, hovertemplate="%{x}: %{y:.1f} %<extra></extra>",
        )  # fmt: skip
    halves = [each for each in minutes if each[3:] in ("00", "30")]
    ticks = halves if len(halves) <= HALF_HOURS_SHOWN else halves[::2]
    drawn.update_xaxes(tickvals=ticks, type="category", title_text="New York time")
    drawn.update_yaxes(ticksuffix=" %", range=[0, 102], title_text="answered from memory")
    return drawn
