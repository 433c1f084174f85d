"""Minute paths through a day's real open, high, low and close.

A day's path is a Brownian bridge on the variance clock, bent through the extremes and folded back at them, so that it
touches the real high and low and never passes them. Each day has its own random stream (seed, date), so any part of a
span gives the same days as the whole.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thetadesk.data.clock import session_clock

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

STEPS_PER_MINUTE = 4
TAIL_MINUTES = 15  # index options and the VIX trade on to 16:15 New York while the stock index stands still
_CANDIDATES = 8
_SPX_STREAM, _VIX_STREAM = 1, 2
_PARKINSON = 2 * np.sqrt(np.log(2.0))


@dataclass(frozen=True, slots=True)
class MinuteBars:
    """One day's minute bars in whole cents, shape [minutes]."""

    open: Ints
    high: Ints
    low: Ints
    close: Ints

    def boundary(self) -> Ints:
        """The level at every minute boundary, shape [minutes + 1]."""
        return np.concatenate([self.open[:1], self.close])


def day_random(seed: int, day_ordinal: int, stream: int) -> np.random.Generator:
    """The random stream of one day and purpose."""
    return np.random.Generator(np.random.PCG64([seed, day_ordinal, stream]))


def _fold(path: Floats, low: float, high: float) -> Floats:
    """Reflect a path into [low, high], as often as needed."""
    width = high - low
    phase = np.mod(path - low, 2 * width)
    folded: Floats = low + np.minimum(phase, 2 * width - phase)
    return folded


def _bridges(random: np.random.Generator, clock: Floats, count: int) -> Floats:
    """Standard Brownian bridges on `clock`, shape [count, len(clock)]."""
    steps = random.standard_normal((count, len(clock) - 1)) * np.sqrt(np.diff(clock))
    walk = np.concatenate([np.zeros((count, 1)), np.cumsum(steps, axis=1)], axis=1)
    bridge: Floats = walk - walk[:, -1:] * clock
    return bridge


def anchored_path(open_: int, high: int, low: int, close: int, minutes: int, random: np.random.Generator) -> Ints:
    """A path in cents from `open_` to `close` whose highest point is `high` and lowest `low`.

    Shape [minutes * STEPS_PER_MINUTE + 1]. Requires low <= open_, close <= high.
    """
    clock = session_clock(minutes, STEPS_PER_MINUTE)
    if high == low:
        return np.full(len(clock), open_, dtype=np.int64)
    log_open, log_high, log_low, log_close = np.log([open_, high, low, close])
    deviation = (log_high - log_low) / _PARKINSON
    raw = log_open + (log_close - log_open) * clock + deviation * _bridges(random, clock, _CANDIDATES)
    inner = raw[:, 1:-1]
    miss = np.abs(inner.max(axis=1) - inner.min(axis=1) - (log_high - log_low))
    path = raw[int(np.argmin(miss))]
    last = len(clock) - 1
    top = 0 if open_ == high else last if close == high else 1 + int(np.argmax(path[1:-1]))
    bottom = 0 if open_ == low else last if close == low else 1 + int(np.argmin(path[1:-1]))
    knots = sorted({0: 0.0, last: 0.0, top: log_high - path[top], bottom: log_low - path[bottom]}.items())
    bend = np.interp(clock, clock[[at for at, _ in knots]], [shift for _, shift in knots])
    cents = np.rint(np.exp(_fold(path + bend, log_low, log_high))).astype(np.int64)
    cents = np.clip(cents, low, high)
    cents[[0, last, top, bottom]] = open_, close, high, low
    cents[0], cents[last] = open_, close
    whole: Ints = cents
    return whole


def _minute_bars(path: Ints) -> MinuteBars:
    starts = np.arange(0, len(path) - 1, STEPS_PER_MINUTE)
    window = path[starts[:, None] + np.arange(STEPS_PER_MINUTE + 1)]
    return MinuteBars(window[:, 0], window.max(axis=1), window.min(axis=1), window[:, -1])


def spx_minutes(
    ohlc: tuple[int, int, int, int], day_ordinal: int, minutes: int, tail: int, seed: int
) -> tuple[MinuteBars, Ints]:
    """SPX minute bars (session plus `tail` flat minutes) and the finer path they come from.

    :param ohlc: the day's real open, high, low and close in cents
    """
    path = anchored_path(*ohlc, minutes, day_random(seed, day_ordinal, _SPX_STREAM))
    path = np.concatenate([path, np.full(tail * STEPS_PER_MINUTE, path[-1])])
    return _minute_bars(path), path


def vix_minutes(
    spx_path: Ints, spx_previous: int, vix_previous: int, vix_close: int, day_ordinal: int, minutes: int, seed: int
) -> MinuteBars:
    """VIX minute bars ending at the real close; open, high and low are modelled.

    The log of the VIX moves against the log of the SPX by the day's own elasticity (bounded to 3…10); what that does
    not explain of the day's real change arrives over the day on the variance clock, with a small bridge of its own.

    :param spx_path: the SPX path of the same day (finer grid of `spx_minutes`), cents
    :param minutes: minutes of the stock session; the path may be longer by the flat tail
    """
    move = np.log(spx_path / spx_previous)
    change = float(np.log(vix_close / vix_previous))
    total = float(move[-1])
    elasticity = float(np.clip(-change / total, 3.0, 10.0)) if abs(total) > 0.0015 else 6.0
    clock = session_clock(minutes, STEPS_PER_MINUTE)
    extra = len(spx_path) - len(clock)
    clock = np.concatenate([clock * (1 - 0.02 * (extra > 0)), 0.98 + 0.02 * (np.arange(extra) + 1) / max(extra, 1)])
    noise = 0.015 * _bridges(day_random(seed, day_ordinal, _VIX_STREAM), clock, 1)[0]
    path = np.log(vix_previous) - elasticity * move + (change + elasticity * total) * clock**1.5 + noise
    cents = np.rint(np.exp(path)).astype(np.int64)
    cents[-1] = vix_close
    return _minute_bars(cents)
