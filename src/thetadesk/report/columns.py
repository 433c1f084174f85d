"""Columns made ready for charts: New York times, thinning that keeps the spikes, drawdowns, runs of equal codes."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MAX_POINTS = 2_000  # per series of a chart; more only makes the page slow, a screen is not wider
TIME_ZONE = "America/New_York"


def new_york(utc_ms: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Return New York wall-clock times for UTC milliseconds, both shape [n]; plotly shows them as they are."""
    moments = pd.to_datetime(utc_ms, unit="ms", utc=True).tz_convert(TIME_ZONE).tz_localize(None)
    local: NDArray[np.datetime64] = moments.to_numpy().astype("datetime64[ms]")
    return local


def thin(values: NDArray[np.float64], max_points: int = MAX_POINTS) -> NDArray[np.intp]:
    """Return the positions to draw: at most `max_points`, with each bucket's lowest and highest value among them.

    The first and last point stay as well, so a spike of one bar is as high in the thinned line as in the full one.
    """
    count = len(values)
    if count <= max_points:
        return np.arange(count)
    edges = np.linspace(0, count, max_points // 2, dtype=np.intp)  # one bucket fewer leaves room for both ends
    kept = {0, count - 1}
    for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        part = values[low:high]
        if np.isnan(part).all():
            kept.add(low)
            continue
        kept.update((low + int(np.nanargmin(part)), low + int(np.nanargmax(part))))
    return np.array(sorted(kept), dtype=np.intp)


def drawdown_percent(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each value lies below the highest one so far, in percent (0 or negative), shape [n]."""
    peak = np.maximum.accumulate(values)
    below: NDArray[np.float64] = (values / peak - 1) * 100
    return below


def change_percent(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the change since the first value in percent, shape [n]."""
    change: NDArray[np.float64] = (values / values[0] - 1) * 100
    return change


def code_runs(codes: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Return runs of equal codes as (first position, last position, code), in order."""
    if len(codes) == 0:
        return []
    starts = np.concatenate(([0], np.flatnonzero(np.diff(codes)) + 1))
    ends = np.concatenate((starts[1:] - 1, [len(codes) - 1]))
    return [(int(a), int(b), int(codes[a])) for a, b in zip(starts, ends, strict=True)]
