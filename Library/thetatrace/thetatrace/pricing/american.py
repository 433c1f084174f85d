"""American prices, Greeks and implied volatilities with a continuous dividend yield.

European value plus the early-exercise premium over the boundary of `thetatrace.pricing.exercise_boundary`
(L. Andersen, M. Lake, D. Offengenden, 2016; premium: I. J. Kim, Rev. Financial Studies 3(4), 1990). Calls are priced as
puts with spot and strike, rate and yield swapped (R. McDonald, M. Schroder, J. Comp. Finance 1(3), 1998).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from thetatrace.pricing.black_scholes import european_greeks, finish_greeks
from thetatrace.pricing.exercise_boundary import (
    ORDINARY,
    STIFF,
    Scheme,
    Terms,
    grouped_boundary,
    make_grid,
    normal_density,
    solve_boundary,
)
from thetatrace.pricing.inputs import DAYS_PER_YEAR, Columns
from thetatrace.pricing.results import FloatArray, Greeks, PriceReason

BLOCK = 512
"""Rows worked on at once, so that the [rows, points] arrays stay in the processor's cache."""
VOLATILITY_BUMP = 2e-3
"""Relative volatility step of the central differences."""
RATE_BUMP = 1e-4
LEAST_RATE = 1e-8
"""A put's rate (a call's yield) below which early exercise is left out: it is worth less than rate x strike x years."""
YEARS_BUMP = 1e-3


@dataclass(frozen=True, slots=True)
class American:
    """Price, delta and gamma of American options, float64[n], and where immediate exercise is due, bool[n]."""

    price: FloatArray
    delta: FloatArray
    gamma: FloatArray
    exercise: NDArray[np.bool_]


def early_exercise(c: Columns) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(early exercise can pay, two boundaries and so unsupported), bool[n] each.

    A put pays r K and gives up q S by exercising: with r <= 0 it never pays unless q < r (double continuation region,
    A. Battauz, M. De Donno, A. Sbuelz, Management Science 61(5), 2015). Calls: r and q swapped.
    """
    call = c.right > 0.0
    gain = np.where(call, c.dividend_yield, c.rate)
    loss = np.where(call, c.rate, c.dividend_yield)
    return gain > LEAST_RATE, (gain <= 0.0) & (loss < gain)


def put_terms(c: Columns) -> tuple[FloatArray, FloatArray, Terms]:
    """(spot, strike, boundary terms) of the equivalent puts."""
    call = c.right > 0.0
    terms = Terms(
        c.years,
        c.value,
        np.where(call, c.dividend_yield, c.rate),
        np.where(call, c.rate, c.dividend_yield),
    )
    return np.where(call, c.strike, c.spot), np.where(call, c.spot, c.strike), terms


def premium(
    spot: FloatArray,
    strike: FloatArray,
    terms: Terms,
    scheme: Scheme,
    depth: FloatArray,
    *,
    slopes: bool,
) -> American:
    """Early-exercise premium of puts (Kim's equation) and its spot derivatives, given
    `depth` = ln(X/B) at the nodes [n, nodes]."""
    grid = make_grid(scheme)
    start = terms.log_start()
    r, q = terms.rate[:, None], terms.dividend_yield[:, None]
    log_spot = np.log(spot / strike)
    log_bu = start[:, None] - np.sqrt(np.maximum(np.square(depth) @ grid.price_interpolate, 0.0))
    gap = terms.years[:, None] * np.square(grid.price_root_gap)
    gap_s = terms.volatility[:, None] * np.sqrt(terms.years)[:, None] * grid.price_root_gap
    d_plus = (log_spot[:, None] - log_bu + (r - q) * gap) / gap_s + 0.5 * gap_s
    d_minus = d_plus - gap_s
    weight = terms.years[:, None] * grid.price_weight
    money = strike[:, None] * r * np.exp(-r * gap) * weight
    share = q * np.exp(-q * gap) * weight
    s = spot[:, None]
    kept = share * ndtr(-d_plus)
    value = money * ndtr(-d_minus) - s * kept
    exercise = log_spot <= start - depth[:, -1]
    if not slopes:
        return American(value.sum(axis=1), np.zeros_like(spot), np.zeros_like(spot), exercise)
    money *= normal_density(d_minus)
    share *= normal_density(d_plus)
    delta = (share - money / s) / gap_s - kept
    gamma = (money * (d_minus / gap_s + 1.0) / s + share * (1.0 - d_plus / gap_s)) / (s * gap_s)
    return American(value.sum(axis=1), delta.sum(axis=1), gamma.sum(axis=1), exercise)


def premiums(c: Columns, rows: NDArray[np.intp], scheme: Scheme, *, slopes: bool) -> American:
    """`premium` of the given rows of `c`, block by block."""
    spot, strike, terms = put_terms(c)
    spot, strike, terms = spot[rows], strike[rows], terms.take(rows)
    shared = grouped_boundary(terms, scheme)
    blocks = []
    for begin in range(0, rows.size, BLOCK):
        block = slice(begin, begin + BLOCK)
        part = terms.take(block)
        depth = solve_boundary(part, scheme) if shared is None else shared[block]
        blocks.append(premium(spot[block], strike[block], part, scheme, depth, slopes=slopes))
    return American(*(np.concatenate([getattr(b, f) for b in blocks]) for f in ("price", "delta", "gamma", "exercise")))


def evaluate(c: Columns, stiff: NDArray[np.bool_], *, slopes: bool = True) -> American:
    """American values of checked columns; `stiff` picks the scheme per row, so that differences never mix schemes.

    Without `slopes` delta and gamma are left unfinished (a third less work).
    """
    plain = european_greeks(replace(c, bad=None, shape=c.value.shape), second_order=False)
    price, delta, gamma = plain.price, plain.delta, plain.gamma
    exercise = np.zeros(price.shape, dtype=np.bool_)
    early, unsupported = early_exercise(c)
    call = c.right > 0.0
    for scheme, wanted in ((ORDINARY, early & ~stiff), (STIFF, early & stiff)):
        rows = np.flatnonzero(wanted)
        if not rows.size:
            continue
        extra = premiums(c, rows, scheme, slopes=slopes)
        s, k, is_call = c.spot[rows], c.strike[rows], call[rows]
        # The put that stands for a call has spot k and strike s: by homogeneity its strike derivatives follow.
        extra_delta = np.where(is_call, (extra.price - k * extra.delta) / s, extra.delta)
        extra_gamma = np.where(is_call, extra.gamma * np.square(k / s), extra.gamma)
        value = price[rows] + np.maximum(extra.price, 0.0)
        intrinsic = c.right[rows] * (s - k)
        done = extra.exercise
        price[rows] = np.maximum(np.where(done, price[rows], value), intrinsic)
        delta[rows] = np.where(done, c.right[rows], delta[rows] + extra_delta)
        gamma[rows] = np.where(done, 0.0, gamma[rows] + extra_gamma)
        exercise[rows] = done
    # Where early exercise never pays the European value is right, but for its last digit.
    price = np.maximum(price, c.right * (c.spot - c.strike))
    price[unsupported] = np.nan
    return American(price, delta, gamma, exercise)


def find_stiff(c: Columns) -> NDArray[np.bool_]:
    """Rows whose boundary needs the stiff scheme, bool[n]."""
    return put_terms(c)[2].is_stiff()


def american_price(c: Columns) -> FloatArray:
    """Prices, float64[n], currency, of checked columns whose `value` is the annual volatility; NaN if unsupported."""
    with np.errstate(all="ignore"):
        return evaluate(c, find_stiff(c), slopes=False).price


def american_greeks(c: Columns, *, second_order: bool) -> Greeks:
    """Price and Greeks (units of `Greeks`) of checked columns whose `value` is the annual volatility.

    Delta and gamma are analytic, theta follows from the Black-Scholes equation, the others are central differences.
    Where immediate exercise is due the value is the payoff: delta is +-1 and every other Greek is zero.
    """
    with np.errstate(all="ignore"):
        stiff = find_stiff(c)
        here = evaluate(c, stiff)
        bump = VOLATILITY_BUMP * c.value
        up = evaluate(replace(c, value=c.value + bump), stiff, slopes=second_order)
        down = evaluate(replace(c, value=c.value - bump), stiff, slopes=second_order)
        # A put's rate may not change sign within the difference.
        step = np.where(c.rate > 0.0, np.minimum(RATE_BUMP, 0.5 * c.rate), RATE_BUMP)
        rate_up = evaluate(replace(c, rate=c.rate + step), stiff, slopes=False).price
        rate_down = evaluate(replace(c, rate=c.rate - step), stiff, slopes=False).price
        carry = (c.rate - c.dividend_yield) * c.spot * here.delta
        theta = c.rate * here.price - carry - 0.5 * np.square(c.value * c.spot) * here.gamma
        columns = {
            "gamma": here.gamma,
            "theta": theta / DAYS_PER_YEAR,
            "vega": 0.01 * (up.price - down.price) / (2.0 * bump),
            "rho": 0.01 * (rate_up - rate_down) / (2.0 * step),
        }
        if second_order:
            span = YEARS_BUMP * c.years
            later = evaluate(replace(c, years=c.years + span), stiff).delta
            sooner = evaluate(replace(c, years=c.years - span), stiff).delta
            columns["vanna"] = 0.01 * (up.delta - down.delta) / (2.0 * bump)
            columns["volga"] = 1e-4 * (up.price - 2.0 * here.price + down.price) / np.square(bump)
            columns["charm"] = (sooner - later) / (2.0 * span) / DAYS_PER_YEAR
        columns = {name: np.where(here.exercise, 0.0, values) for name, values in columns.items()}
        columns |= {"price": here.price, "delta": here.delta}
        # Without early exercise the European Greeks are the exact ones.
        early, unsupported = early_exercise(c)
        plain = european_greeks(replace(c, bad=None, shape=c.value.shape), second_order=second_order)
        columns = {name: np.where(early, values, getattr(plain, name)) for name, values in columns.items()}
        reason = c.reason.copy()
        reason[(reason == 0) & unsupported] = PriceReason.UNSUPPORTED_RATES
    return finish_greeks(c, columns, reason)
