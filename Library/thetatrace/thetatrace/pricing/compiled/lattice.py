"""The backward steps of `thetatrace.pricing.dividend_lattice`, compiled: one option at a time, loops over nodes."""

from __future__ import annotations

import math

import numpy as np

from thetatrace.pricing.compiled.emit import Running, emitted, lanes, rounds, select
from thetatrace.pricing.compiled.jit import kernel, pasted, piece
from thetatrace.pricing.dividend_plan import POINTS
from thetatrace.pricing.results import FloatArray

FIRST, COUNT = POINTS[0], len(POINTS)
CUBE, MATRIX, VECTOR = "float64[:, :, ::1]", "float64[:, ::1]", "float64[::1]"


@emitted
def fill_shares(
    size: int, share: FloatArray, stretch: FloatArray, base: FloatArray, centre: float, sigma: float, time: float
) -> None:
    """`share` [3, size]: price at the nodes, its derivatives to volatility and rate (see `Walk.shares`)."""
    for j in lanes(size):
        n = j.within(size)
        price = centre * stretch[n]
        share[0, n], share[1, n], share[2, n] = price, price * (base[n] - sigma * time), price * time


@piece
def extend(v: FloatArray, share: FloatArray, pad: int) -> None:
    """Continue `v` [3, nodes] linearly in the share into `pad` columns at either end."""
    last = v.shape[1] - 1
    low = (v[0, pad] - v[0, pad + 1]) / (share[0, pad] - share[0, pad + 1])
    high = (v[0, last - pad] - v[0, last - pad - 1]) / (share[0, last - pad] - share[0, last - pad - 1])
    for c in range(3):
        for n in range(pad):
            v[c, n] = v[c, pad] + low * (share[c, n] - share[c, pad])
            v[c, last - n] = v[c, last - pad] + high * (share[c, last - n] - share[c, last - pad])


@emitted
def step_back(
    size: int, taps: int, s: int, v: FloatArray, old: FloatArray, weights: FloatArray, discount: float, span: float
) -> None:
    """`v` [3, size], padded, a step earlier; `weights` [steps, taps], of which row s counts."""
    pad = taps >> 1
    inner = size - (pad << 1)
    for c in range(3):
        for j in lanes(size):
            n = j.within(size)
            old[c, n] = v[c, n]
        for j in lanes(inner):
            total = Running(weights[s, 0] * discount * old[c, j.within(inner)], span)
            for k in rounds(taps - 1):
                total.add(weights[s, k + 1] * discount * old[c, j.within(inner, k + 1)])
            v[c, j.within(inner, pad)] = total.now
    for j in lanes(size):
        n = j.within(size)
        v[2, n] = v[2, n] - span * v[0, n]


@pasted
def smooth(v: FloatArray, n: int, near: FloatArray) -> None:
    """Take off what the kink between nodes n and n + 1 does; `near` [3, powers] (see `Walk.smooth`)."""
    ahead = 0.0
    for p in range(COUNT):
        ahead += near[0, p]
    t = near[0, 0] / (near[0, 0] - ahead)
    for _ in range(3):
        value, slope = 0.0, 0.0
        for p in range(COUNT - 1, -1, -1):
            slope = slope * t + value
            value = value * t + near[0, p]
        t = min(max(t - value / slope, 0.0), 1.0)
    b2, b3 = t * (t - 1.0) + 1.0 / 6.0, t * (t - 0.5) * (t - 1.0)
    sign, first0, second0, whole0 = 0.0, 0.0, 0.0, 0.0
    for c in range(3):
        value, slope, half_curve = 0.0, 0.0, 0.0
        for p in range(COUNT - 1, -1, -1):
            half_curve = half_curve * t + slope
            slope = slope * t + value
            value = value * t + near[c, p]
        if c == 0:
            sign = 1.0 if slope > 0.0 else -1.0
            first0, second0 = sign * slope, sign * 2.0 * half_curve
            whole0 = -0.5 * first0 * b2 + second0 * b3 / 6.0
            tilt, whole, shift = first0 * b3 / 3.0, whole0, 0.0
        else:
            moved = -value / (sign * first0)
            first = sign * slope + second0 * moved
            b2_moved, b3_moved = (2.0 * t - 1.0) * moved, 3.0 * b2 * moved
            whole = -0.5 * first * b2 + sign * 2.0 * half_curve * b3 / 6.0
            whole += -0.5 * first0 * b2_moved + second0 * b3_moved / 6.0
            tilt = first * b3 / 3.0 + first0 * b3_moved / 3.0
            shift = whole0 * moved
        v[c, n] -= whole * (1.0 - t) - shift - tilt
        v[c, n + 1] -= whole * t + shift + tilt


@emitted
def take_gains(
    size: int, v: FloatArray, old: FloatArray, share: FloatArray, right: float, less: float, moved: float
) -> None:
    """Exercise where it is worth more; `old` is what it gains. It gives `right` shares less `less` dollars, which move
    by `moved` with the rate."""
    for j in lanes(size):
        n = j.within(size)
        gains = [right * share[c, n] - dollars - v[c, n] for c, dollars in enumerate((less, 0.0, moved))]
        for c, gain in enumerate(gains):
            old[c, n] = gain
            v[c, n] = v[c, n] + select(gains[0] > 0.0, gain, 0.0)


@piece
def take_payoff(
    v: FloatArray,
    old: FloatArray,
    share: FloatArray,
    near: FloatArray,
    powers: FloatArray,
    right: float,
    less: tuple[float, float, float],
    pad: int,
) -> None:
    """Exercise where it is worth more, and smooth the kinks (see `Walk.take_payoff`).

    Exercise gives `right` shares less `less`, which is in the order of values; both without the hedge.
    """
    size = v.shape[1]
    take_gains(size, v, old, share, right, less[0], less[2])
    for n in range(pad - FIRST, size - pad + FIRST - 1):
        if old[0, n] * old[0, n + 1] < 0.0:
            for c in range(3):
                for p in range(COUNT):
                    near[c, p] = 0.0
                    for k in range(COUNT):
                        near[c, p] += old[c, n + FIRST + k] * powers[k, p]
            smooth(v, n, near)


@piece
def owed(starts: FloatArray, segment: int, span: float, rate: float, dollars: float) -> tuple[float, float, float]:
    """`dollars` and those of the hedge, `span` years after the start of a segment, and their derivatives."""
    growth, first = math.exp(rate * span), starts[1, segment]
    return dollars + growth * first, 0.0, growth * (starts[2, segment] + span * first)


@piece
def drop_share(
    v: FloatArray,
    old: FloatArray,
    after: FloatArray,
    before: FloatArray,
    powers: FloatArray,
    terms: tuple[float, float, float, float, float, float],
    pad: int,
) -> None:
    """`v`, padded, at the nodes of `before` from those at the nodes of `after` (see `Walk.dropped`).

    `terms`: amount, share price at the middle node after it, spacing, volatility, time, shares held.
    """
    amount, centre, spacing, sigma, time, held = terms
    size = v.shape[1]
    half = (size - 1) // 2 - pad
    for c in range(3):
        for n in range(size):
            old[c, n] = v[c, n]
    last = size - 1
    low = (old[0, pad] - old[0, pad + 1]) / (after[0, pad] - after[0, pad + 1])
    high = (old[0, last - pad] - old[0, last - pad - 1]) / (after[0, last - pad] - after[0, last - pad - 1])
    for n in range(pad, size - pad):
        alive = before[0, n] > amount
        share = before[0, n] - amount if alive else 1e-300
        place = math.log(share / centre) / spacing
        if place < -half or place > half:
            edge, slope = (pad, low) if place < 0.0 else (last - pad, high)
            # Where the share is at zero the hedge has paid the dividend in full.
            left, debt = (1.0, 0.0) if alive else (0.0, held)
            for c in range(3):
                there = before[c, n] - (amount if c == 0 else 0.0)
                v[c, n] = old[c, edge] + slope * (left * there - after[c, edge]) - debt * there
        else:
            below = min(math.floor(place), half - 1.0)
            part = place - below
            first = int(below) + half + pad + FIRST
            total0, total1, total2, rise = 0.0, 0.0, 0.0, 0.0
            for k in range(COUNT):
                weight, slope = 0.0, 0.0
                for p in range(COUNT - 1, -1, -1):
                    slope = slope * part + weight
                    weight = weight * part + powers[k, p]
                total0 += weight * old[0, first + k]
                total1 += weight * old[1, first + k]
                total2 += weight * old[2, first + k]
                rise += slope * old[0, first + k]
            rise /= spacing
            v[0, n] = total0
            v[1, n] = total1 + rise * (before[1, n] / share + sigma * time - place * spacing / sigma)
            v[2, n] = total2 + rise * (before[2, n] / share - time)


@pasted
def walk_one(
    v: FloatArray,
    terms: FloatArray,
    starts: FloatArray,
    knots: FloatArray,
    steps: FloatArray,
    weights: FloatArray,
    powers: FloatArray,
    exercise: float,
    american: float,
    work: FloatArray,
    near: FloatArray,
) -> None:
    """`walk` of one option, `v` [3, nodes]; `work` [4, 3, nodes], `near` [3, powers]: room."""
    spacing, sigma, rate, carry, drift, right, strike, delta = terms
    share, after, old = work[0], work[1], work[2]
    stretch, base = work[3, 0], work[3, 1]
    size, pad = stretch.size, weights.shape[1] // 2
    middle = (size - 1) // 2
    for n in range(size):
        stretch[n] = math.exp(spacing * (n - middle))
        base[n] = (n - middle) * (spacing / sigma)
    segment = knots.size - 2
    time = knots[knots.size - 1]
    fill_shares(size, share, stretch, base, starts[0, segment] * math.exp(drift * (time - knots[segment])), sigma, time)
    held = delta * math.exp(carry * time)
    if exercise > 0.0:
        less = owed(starts, segment, time - knots[segment], rate, right * strike)
        take_payoff(v, old, share, near, powers, right - held, less, pad)
    for s in range(steps.shape[0]):
        span, time, segment, drop = steps[s, 0], steps[s, 1], int(steps[s, 2]), steps[s, 3]
        extend(v, share, pad)
        step_back(size, weights.shape[1], s, v, old, weights, math.exp(-rate * span), span)
        centre = starts[0, segment] * math.exp(drift * (time - knots[segment]))
        fill_shares(size, share, stretch, base, centre, sigma, time)
        held = delta * math.exp(carry * time)
        if american > 0.0:
            less = owed(starts, segment, time - knots[segment], rate, right * strike)
            take_payoff(v, old, share, near, powers, right - held, less, pad)
        if drop > 0.0:
            extend(v, share, pad)
            share, after = after, share
            earlier = starts[0, segment - 1] * math.exp(drift * (time - knots[segment - 1]))
            fill_shares(size, share, stretch, base, earlier, sigma, time)
            drop_share(v, old, after, share, powers, (drop, centre, spacing, sigma, time, held), pad)
            if exercise > 0.0:
                less = owed(starts, segment - 1, time - knots[segment - 1], rate, right * strike)
                take_payoff(v, old, share, near, powers, right - held, less, pad)
    extend(v, share, pad)


@kernel(f"void({CUBE}, {MATRIX}, {CUBE}, {VECTOR}, {MATRIX}, {MATRIX}, {MATRIX}, float64, float64)")
def walk(
    values: FloatArray,
    terms: FloatArray,
    starts: FloatArray,
    knots: FloatArray,
    steps: FloatArray,
    weights: FloatArray,
    powers: FloatArray,
    exercise: float,
    american: float,
) -> None:
    """Take `values` [m, 3, nodes] from just before the last drop back by `steps`, in place (see `Walk.run`).

    `terms` [m, 8]: spacing, volatility, rate, yield, drift, right, strike, shares held now; `starts` [m, 3, knots]:
    centre, dollars of the hedge, their derivative to the rate; `steps` [s, 4]: span, time, segment, drop; `weights`
    [s, 2 pad + 1]; `powers`: `dividend_plan.POWERS`; flags are 0 or 1.
    """
    size = values.shape[2]
    work, near = np.empty((4, 3, size)), np.empty((3, COUNT))
    for i in range(values.shape[0]):
        walk_one(values[i], terms[i], starts[i], knots, steps, weights, powers, exercise, american, work, near)
