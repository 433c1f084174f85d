"""Checks of single files: prices that fit together, hours, expiries, session minutes."""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from lean_local.data.exchange_hours import ExchangeHours
from lean_local.data.zones import day_ms, utc_of_wall
from lean_local.enums import SecurityType
from thetadesk.data.check.formats import Floats, Rows
from thetadesk.data.check.layout import CHAIN_TYPES, INTRADAY
from thetadesk.data.check.report import Code, Findings

_SATURDAY_EXPIRIES_END = date(2015, 2, 1)  # until then stock options expired on Saturdays
_GROSS_CROSSING, _GROSS_DOLLARS = 1.5, 0.25
_COMMON = 0.01
_ROUNDING = 1e-6


def check_prices(rows: Rows, findings: Findings) -> None:
    """High and low enclose open and close; trades have a price; bids do not cross asks."""
    if rows.file.tick == "trade":
        _check_bar(rows, rows.values[:4], "", findings)
        if rows.file.security in {SecurityType.EQUITY, SecurityType.INDEX, *CHAIN_TYPES}:
            _report(rows, ~(rows.values[3] > 0), Code.PRICE, "the close is not above zero", findings, gross=True)
    elif rows.file.tick == "quote":
        bid, ask = rows.values[:4], rows.values[5:9]
        _check_bar(rows, bid, "bid ", findings)
        _check_bar(rows, ask, "ask ", findings)
        both = (bid[3] > 0) & (ask[3] > 0)
        crossed = both & (bid[3] > ask[3])
        many = bool(crossed.sum() > _COMMON * len(rows) and len(rows) > 100)
        far = crossed & (bid[3] > _GROSS_CROSSING * ask[3]) & (bid[3] - ask[3] > _GROSS_DOLLARS * rows.file.scale)
        gross = many or bool(far.any())
        row = int(np.argmax(np.where(crossed, bid[3] / np.where(both, ask[3], 1.0), 0.0))) if len(rows) else 0
        if crossed.any():
            text = f"the bid {bid[3][row]:g} is above the ask {ask[3][row]:g}"
            findings.add(Code.CROSSED, rows.file.path, rows.where(row), text, gross=gross, count=int(crossed.sum()))


def _check_bar(rows: Rows, bar: tuple[Floats, ...], side: str, findings: Findings) -> None:
    opened, high, low, close = bar
    with np.errstate(invalid="ignore"):
        wrong = (high < np.maximum(opened, close) - _ROUNDING) | (low > np.minimum(opened, close) + _ROUNDING)
        wrong &= (close != 0) & (opened != 0)
        negative = low < 0
    _report(rows, wrong, Code.OHLC, f"the {side}high or low does not enclose open and close", findings)
    if rows.file.security in {SecurityType.EQUITY, SecurityType.INDEX, *CHAIN_TYPES}:
        _report(rows, negative, Code.PRICE, f"the {side}low is negative", findings, gross=True)


def _report(
    rows: Rows, wrong: NDArray[np.bool_], code: Code, text: str, findings: Findings, *, gross: bool = False
) -> None:
    at = np.flatnonzero(wrong)
    if len(at):
        findings.add(code, rows.file.path, rows.where(int(at[0])), text, gross=gross, count=len(at))


def check_hours(rows: Rows, hours: ExchangeHours, findings: Findings) -> None:
    """Minute and second bars start while the exchange is open, extended hours included."""
    file = rows.file
    if file.day is None or file.resolution not in INTRADAY or file.tick == "openinterest" or not len(rows):
        return
    offset = utc_of_wall(hours.data_time_zone, day_ms(file.day))
    open_ = np.zeros(len(rows), dtype=bool)
    for shift in (-1, 0, 1):
        for start, end in hours.segments(file.day + timedelta(days=shift), extended=True):
            open_ |= (rows.time >= start - offset) & (rows.time < end - offset)
    _report(rows, ~open_, Code.HOURS, "the bar starts while the exchange is closed: LEAN drops it", findings)


def check_minutes(rows: Rows, hours: ExchangeHours, findings: Findings) -> None:
    """Index and equity trade files have a bar for every minute of the regular session."""
    file = rows.file
    if file.resolution != "minute" or file.tick != "trade" or file.day is None:
        return
    if file.security not in {SecurityType.EQUITY, SecurityType.INDEX}:
        return
    offset = utc_of_wall(hours.data_time_zone, day_ms(file.day))
    spans = [np.arange(start - offset, end - offset, 60_000) for start, end in hours.segments(file.day)]
    if not spans:
        return
    expected = np.concatenate(spans)
    missing = np.setdiff1d(expected, rows.time)
    if len(missing):
        at = int(missing[0]) // 60_000
        text = (
            f"{len(missing)} of {len(expected)} session minutes have no bar, the first at {at // 60:02d}:{at % 60:02d}"
        )
        findings.add(Code.GAP_MINUTE, file.path, "", text)


def check_expiries(rows: Rows, hours: ExchangeHours, findings: Findings) -> None:
    """Contracts are not quoted after their expiry, and expire on trading days."""
    day = rows.file.day
    for expiry in sorted({entry.expiry for entry in rows.entries if entry.expiry is not None}):
        name = next(entry.name for entry in rows.entries if entry.expiry == expiry)
        if day is not None and day > expiry:
            findings.add(Code.EXPIRED, rows.file.path, name, f"data of {day} for a contract that expired on {expiry}")
        elif not hours.is_date_open(expiry):
            gross = expiry >= _SATURDAY_EXPIRIES_END and rows.file.security != SecurityType.FUTURE_OPTION
            findings.add(Code.EXPIRY, rows.file.path, name, f"the expiry {expiry} is not a trading day", gross=gross)
