"""Prices adjusted for splits and dividends (semantics §3.7): raw price times the date's factors, in decimals."""

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from lean_local.data.columns import QuoteBars, TradeBars
from lean_local.data.folder import DataFolder
from lean_local.enums import DataNormalizationMode
from lean_local.securities.exchange import Calendar
from lean_local.symbols import Symbol

ONE = Decimal(1)


def _factors(
    folder: DataFolder, symbol: Symbol, starts: Any, mode: DataNormalizationMode, calendar: Calendar
) -> list[Decimal]:
    file = folder.factor_file_of(symbol)
    if file is None:
        return [ONE] * len(starts)
    by_day: dict[Any, Decimal] = {}
    out = []
    for start in starts.tolist():
        day = calendar.data_zone.local_date(start)
        if day not in by_day:
            row = file.row_on(day)
            split_only = mode == DataNormalizationMode.SPLIT_ADJUSTED
            by_day[day] = ONE if row is None else row.split_factor * (ONE if split_only else row.price_factor)
        out.append(by_day[day])
    return out


def printed_digits(folder: DataFolder, symbol: Symbol, day: date) -> int:
    """Decimals LEAN prints for an adjusted price of that date: 4 of the file and those of the factors."""
    file = folder.factor_file_of(symbol)
    row = None if file is None else file.row_on(day)
    if row is None:
        return 4
    return 4 - int(row.price_factor.as_tuple().exponent) - int(row.split_factor.as_tuple().exponent)


def _scaled(values: Any, factors: list[Decimal]) -> Any:
    pairs = zip(values.tolist(), factors, strict=True)
    return np.array([float(Decimal(repr(v)) * f) if v == v else v for v, f in pairs])  # noqa: PLR0124  NaN test


def adjusted_trades(
    folder: DataFolder, symbol: Symbol, rows: TradeBars, mode: DataNormalizationMode, calendar: Calendar
) -> TradeBars:
    """Trade bars with adjusted prices and volumes (volume over factor, whole shares)."""
    factors = _factors(folder, symbol, rows.start_utc_ms, mode, calendar)
    if all(f == 1 for f in factors):
        return rows
    prices = {n: _scaled(getattr(rows, n), factors) for n in ("open", "high", "low", "close")}
    volume = np.rint(rows.volume / np.array([float(f) for f in factors]))
    return TradeBars(rows.start_utc_ms, rows.end_utc_ms, **prices, volume=volume)


def adjusted_quotes(
    folder: DataFolder, symbol: Symbol, rows: QuoteBars, mode: DataNormalizationMode, calendar: Calendar
) -> QuoteBars:
    """Quote bars with adjusted prices."""
    factors = _factors(folder, symbol, rows.start_utc_ms, mode, calendar)
    if all(f == 1 for f in factors):
        return rows
    fields = {n: getattr(rows, n) for n in QuoteBars.__slots__}
    for name, values in list(fields.items()):
        if name.startswith(("bid_", "ask_")) and not name.endswith("size"):
            fields[name] = _scaled(values, factors)
    return QuoteBars(**fields)
