"""No-arbitrage checks of a day's option quotes, sampled at three moments.

Only what could be traded counts: each test buys at the ask and sells at the bid, so a finding is a sure profit on paper
(or a bad quote), never a matter of how the mid is defined.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import numpy as np

from lean_local.enums import SecurityType
from thetadesk.data.check.formats import Floats, Rows
from thetadesk.data.check.report import Code, Findings

SAMPLE_SHARES = (0.2, 0.5, 0.85)
_RATE_DOUBT = 0.03  # how far the carry rate of a year may be from the file's
_GROSS = 0.02
_CENT = 0.01


@dataclass(frozen=True, slots=True)
class Strip:
    """One expiry at one moment by ascending strike: bids and asks in dollars, NaN where there is none."""

    expiry: date
    strike: Floats
    call_bid: Floats
    call_ask: Floats
    put_bid: Floats
    put_ask: Floats


def check_arbitrage(rows: Rows, rate: float, findings: Findings) -> None:
    """Put-call parity, monotonicity, slope and convexity in strike of an option quote file.

    :param rate: annual interest rate on the day
    """
    if rows.file.tick != "quote" or rows.file.day is None or not len(rows):
        return
    moments = np.unique(rows.time)
    for share in SAMPLE_SHARES:
        time = int(moments[int(share * (len(moments) - 1))])
        for strip in strips_at(rows, time):
            check_strip(strip, rows.file.day, rows.file.security, rate, rows.file.path, time, findings)


def strips_at(rows: Rows, time: int) -> list[Strip]:
    """The last quotes up to `time`, by expiry."""
    span = 100_000_000
    last = (
        np.searchsorted(rows.entry_of() * span + rows.time, np.arange(len(rows.entries)) * span + time, side="right")
        - 1
    )
    known = last >= rows.first[:-1]
    bid, ask = (np.where(known, rows.values[at][np.maximum(last, 0)] / rows.file.scale, np.nan) for at in (3, 8))
    bid, ask = np.where(bid > 0, bid, np.nan), np.where(ask > 0, ask, np.nan)
    by_expiry: dict[date, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for at, entry in enumerate(rows.entries):
        if entry.expiry is not None and entry.strike is not None and entry.right is not None:
            by_expiry[entry.expiry][entry.strike][entry.right] = at
    found = []
    for expiry, strikes in sorted(by_expiry.items()):
        order = sorted(strikes)
        columns = [
            _column(side, [strikes[one].get(right, -1) for one in order])
            for right in ("call", "put")
            for side in (bid, ask)
        ]
        found.append(Strip(expiry, np.array(order) / 10_000, *columns))
    return found


def _column(side: Floats, at: list[int]) -> Floats:
    where = np.array(at, dtype=np.int64)
    column: Floats = np.where(where >= 0, side[where], np.nan)
    return column


def check_strip(
    strip: Strip, day: date, security: SecurityType, rate: float, path: str, time: int, findings: Findings
) -> None:
    """All tests of one expiry at one moment."""
    where = f"expiry {strip.expiry} at {time // 3_600_000:02d}:{time // 60_000 % 60:02d}"
    _check_side(strip.strike, strip.call_bid, strip.call_ask, 1, path, f"{where}, calls", findings)
    _check_side(strip.strike, strip.put_bid, strip.put_ask, -1, path, f"{where}, puts", findings)
    years = max((strip.expiry - day).days + 1, 1) / 365
    _check_parity(strip, years, rate, security != SecurityType.INDEX_OPTION, path, where, findings)


def _check_side(strike: Floats, bid: Floats, ask: Floats, sign: int, path: str, where: str, findings: Findings) -> None:
    """Monotonicity, slope and convexity over neighbouring strikes that are quoted."""
    quoted = np.flatnonzero(~np.isnan(ask))
    strike, bid, ask = strike[quoted], np.nan_to_num(bid[quoted]), ask[quoted]
    if len(strike) < 2:
        return
    near, far = (slice(None, -1), slice(1, None)) if sign > 0 else (slice(1, None), slice(None, -1))
    gap = np.diff(strike)
    _report(
        bid[far] - ask[near],
        strike[:-1],
        strike[1:],
        path,
        where,
        "the worse strike bids above the better strike's ask",
        findings,
    )
    _report(
        bid[near] - ask[far] - gap,
        strike[:-1],
        strike[1:],
        path,
        where,
        "the spread sells for more than its width",
        findings,
    )
    if len(strike) > 2:
        weight = gap[1:] / (gap[:-1] + gap[1:])
        profit = bid[1:-1] - weight * ask[:-2] - (1 - weight) * ask[2:]
        _report(
            profit, strike[:-2], strike[2:], path, where, "the middle of a butterfly bids above its wings", findings
        )


def _report(profit: Floats, low: Floats, high: Floats, path: str, where: str, text: str, findings: Findings) -> None:
    at = np.flatnonzero(profit > _CENT)
    if len(at):
        worst = int(at[np.argmax(profit[at])])
        place = f"{where}, strikes {low[worst]:g} to {high[worst]:g}"
        gross = bool(profit[worst] > _GROSS * high[worst])
        findings.add(Code.ARBITRAGE, path, place, f"{text} by {profit[worst]:.2f}", gross=gross, count=len(at))


def _check_parity(
    strip: Strip, years: float, rate: float, american: bool, path: str, where: str, findings: Findings
) -> None:
    """Call minus put must be the discounted forward minus strike at every strike, within bid and ask."""
    low, high = strip.call_bid - strip.put_ask, strip.call_ask - strip.put_bid
    full = np.flatnonzero(~np.isnan(low) & ~np.isnan(high))
    if len(full) < 3:
        return
    strike, low, high = strip.strike[full], low[full], high[full]
    discount = np.exp(-rate * years)
    middle = (low + high) / 2
    central = np.argsort(np.abs(middle), kind="stable")[:5]
    forward = float(np.median(strike[central] + middle[central] / discount))
    expected = discount * (forward - strike)
    doubt = _CENT + np.abs(forward - strike) * _RATE_DOUBT * years
    if american:  # early exercise lets the difference move by interest and dividends
        doubt = doubt + forward * 0.05 * years + 0.0005 * forward
    excess = np.maximum(low - expected, expected - high) - doubt
    at = np.flatnonzero(excess > 0)
    if len(at):
        worst = int(at[np.argmax(excess[at])])
        outside = f"outside the spread by {excess[worst]:.2f}"
        text = f"call minus put is {middle[worst]:.2f}, parity says {expected[worst]:.2f} ({outside})"
        gross = bool(excess[worst] > _GROSS * strike[worst])
        findings.add(Code.PARITY, path, f"{where}, strike {strike[worst]:g}", text, gross=gross, count=len(at))
