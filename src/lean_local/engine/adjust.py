"""Prices adjusted for splits and dividends (semantics §3.7): raw price times the date's factors, in decimals.

LEAN `Extensions.Normalize`, `Extensions.Scale`, `CorporateFactorProvider.GetPriceFactor`.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from lean_local.data.columns import QuoteBars, TradeBars
from lean_local.data.corporate import FactorFile
from lean_local.data.folder import DataFolder
from lean_local.data.ticks import Ticks
from lean_local.enums import DataNormalizationMode, SecurityType
from lean_local.securities.cache import LongPrices
from lean_local.securities.exchange import Calendar
from lean_local.securities.security import Security
from lean_local.symbols import Symbol

ONE, ZERO, CENT = Decimal(1), Decimal(0), Decimal("0.01")
_SPLITS_ONLY = frozenset({DataNormalizationMode.SPLIT_ADJUSTED, DataNormalizationMode.TOTAL_RETURN})


@dataclass(frozen=True, slots=True)
class Adjustment:
    """How prices of an equity are adjusted.

    `since` is where the subscription or request begins: total return adds the dividends paid after it. `until` is where
    a request ends: scaled raw prices are those of that date.
    """

    mode: DataNormalizationMode
    since: date = date.min
    until: date | None = None

    def of_day(self, file: FactorFile, calendar: Calendar, day: date) -> tuple[Decimal, Decimal]:
        """Factor and addend of a date's prices."""
        factor = self._factor(file, day)
        if self.mode == DataNormalizationMode.SCALED_RAW and self.until is not None:
            factor /= self._factor(file, self.until)
        added = ZERO
        if self.mode == DataNormalizationMode.TOTAL_RETURN:
            added = sum((paid for ex, paid in dividends(file, calendar) if self.since < ex <= day), ZERO)
        return factor, added

    def _factor(self, file: FactorFile, day: date) -> Decimal:
        row = file.row_on(day)
        if row is None:
            return ONE
        return row.split_factor * (ONE if self.mode in _SPLITS_ONLY else row.price_factor)


def dividends(file: FactorFile, calendar: Calendar) -> list[tuple[date, Decimal]]:
    """Ex-dates and amounts per share of a factor file."""
    found = []
    for row in file.rows:
        paid = file.dividend_after(row.day) if calendar.is_date_open(row.day) else None
        if paid is not None:
            found.append((calendar.next_trading_day(row.day), (paid[1] - paid[1] * paid[0]).quantize(CENT)))
    return found


def printed_digits(folder: DataFolder, symbol: Symbol, day: date, mode: DataNormalizationMode) -> int:
    """Decimals LEAN prints for a share's price of that date: 4 of the file and those of the factors."""
    file = folder.factor_file_of(symbol)
    if file is None or mode == DataNormalizationMode.RAW:
        return 4
    return 4 - int(Adjustment(mode)._factor(file, day).as_tuple().exponent)


class PrintedDigits:
    """Keeps a share's `scale_digits` those of the date of its last bar: factors of other dates have other places."""

    def __init__(self, folder: DataFolder, security: Security) -> None:
        self._folder, self._security = folder, security
        #: UTC ms of the midnight that ends the date; bars that end later are of another one.
        self.until_ms = 0 if security.symbol.security_type == SecurityType.EQUITY else 1 << 62

    def follow(self, start_utc_ms: int) -> None:
        """Take the date of a bar that starts then."""
        security, zone = self._security, self._security.calendar.data_zone
        day = zone.local_date(start_utc_ms)
        self.until_ms = zone.midnight_utc_ms(day + timedelta(days=1))
        mode = security.data_normalization_mode
        security.scale_digits = printed_digits(self._folder, security.symbol, day, mode)


def _scaled(values: Any, blocks: Any, factors: list[tuple[Decimal, Decimal]]) -> Any:
    """Prices times the factor of their block; a price is multiplied once per block, however often it occurs."""
    out = np.empty(len(values))
    for number, (factor, added) in enumerate(factors):
        chosen = blocks == number
        prices, place = np.unique(values[chosen], return_inverse=True)
        found = [_product(p, factor, added) if p == p else p for p in prices.tolist()]  # noqa: PLR0124  NaN
        out[chosen] = np.array(found, np.float64)[place]
    return out


def _product(price: float, factor: Decimal, added: Decimal) -> float:
    """An adjusted price; its decimal is kept where a float has not digits enough for it."""
    exact = Decimal(repr(price)) * factor + added
    value = float(exact)
    if Decimal(repr(value)) != exact:
        LongPrices.keep(value, exact.normalize())
    return value


def adjusted(folder: DataFolder, symbol: Symbol, rows: Any, how: Adjustment, calendar: Calendar) -> Any:
    """Trade bars, quote bars or ticks with adjusted prices; sizes are divided by the factor, to whole shares."""
    file = folder.factor_file_of(symbol)
    if file is None or not len(rows) or how.mode == DataNormalizationMode.RAW:
        return rows
    starts = rows.utc_ns // 1_000_000 if isinstance(rows, Ticks) else rows.start_utc_ms
    days: dict[date, int] = {}
    blocks = np.array([days.setdefault(calendar.data_zone.local_date(t), len(days)) for t in starts.tolist()])
    factors = [how.of_day(file, calendar, day) for day in days]
    if all(pair == (ONE, ZERO) for pair in factors):
        return rows
    shares = np.array([1 / float(f) for f, _ in factors])[blocks]
    prices = {n: _scaled(getattr(rows, n), blocks, factors) for n in _price_names(rows)}
    sizes = {n: np.rint(getattr(rows, n) * shares) for n in _size_names(rows)}
    return replace(rows, **prices, **sizes)


def _price_names(rows: Any) -> list[str]:
    if isinstance(rows, TradeBars):
        return ["open", "high", "low", "close"]
    if isinstance(rows, QuoteBars):
        return [f"{side}_{n}" for side in ("bid", "ask") for n in ("open", "high", "low", "close")]
    return ["price", "bid_price", "ask_price"]


def _size_names(rows: Any) -> list[str]:
    if isinstance(rows, TradeBars):
        return ["volume"]
    return ["bid_size", "ask_size"] if isinstance(rows, QuoteBars) else ["size", "bid_size", "ask_size"]
