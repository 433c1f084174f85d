"""Dividend yields of option models (LEAN `DividendYieldProvider.cs`, semantics §4.6)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.enums import SecurityType
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    from lean_local.data.folder import DataFolder
    from lean_local.securities.exchange import Calendar

__all__ = ["ConstantDividendYieldModel", "DividendYieldProvider"]
_TRAILING = timedelta(days=350)  # a year less 15 days, so that last year's dividend of the same date stays out
ONE = Decimal(1)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Event:
    """A dividend (`amount` per share) or a split on a date."""

    day: date
    amount: Decimal | None
    reference_price: Decimal
    split_factor: Decimal = ONE


def corporate_events(folder: "DataFolder", ticker: str, calendar: "Calendar") -> list[_Event]:
    """Dividends (three decimals) and splits of a factor file, each on the trading day after its row."""
    file = folder.factor_file(ticker)
    found: list[_Event] = []
    for row, later in zip(file.rows, file.rows[1:], strict=False) if file is not None else ():
        day = calendar.next_trading_day(row.day)
        if row.price_factor != later.price_factor and later.price_factor:
            price = row.reference_price
            amount = round(price - price * row.price_factor / later.price_factor, 3)
            found.append(_Event(day, amount, price))
        elif later.split_factor:
            found.append(_Event(day, None, row.reference_price, row.split_factor / later.split_factor))
    return found


class ConstantDividendYieldModel(LeanObject):
    """One yield for all dates."""

    def __init__(self, dividend_yield: float) -> None:
        self._yield = float(dividend_yield)

    def get_dividend_yield(self, *_: Any) -> float:
        """The yield."""
        return self._yield


class DividendYieldProvider(LeanObject):
    """Dividends of the year up to the last one, over the price: an equity's, SPY's when none is named."""

    def __init__(self, symbol: Symbol | None = None) -> None:
        from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

        run = current_run()
        self._symbol = Symbol.create_equity("SPY") if symbol is None else symbol
        calendar = run.subscriptions.calendar(self._symbol)
        self._events = corporate_events(run.folder, str(self._symbol.value), calendar)

    def get_dividend_yield(self, moment: Any, price: float | None = None) -> float:
        """`get_dividend_yield(date[, price])` or `(bar)`; 0 without a dividend up to that date.

        Without a price the close before the last dividend counts. Raises ValueError for a price of zero.
        """
        if not isinstance(moment, date):
            moment, price = moment.end_time, float(moment.value)
        day = moment.date() if isinstance(moment, datetime) else moment
        last, total = trailing_dividends(self._events, day)
        if last is None:
            return 0.0
        spot = last.reference_price if price is None else Decimal(repr(float(price)))
        if not spot:
            raise ValueError("Security price cannot be zero.")
        return float(total / spot)


def trailing_dividends(events: list[_Event], day: date) -> tuple[_Event | None, Decimal]:
    """The last dividend paid by `day`, and the sum of a year's up to it in shares of then (None, 0 without one)."""
    past = [e for e in events if e.day <= day]
    last = next((e for e in reversed(past) if e.amount is not None), None)
    total, factor = ZERO, ONE
    for event in reversed(past) if last is not None else ():
        if last is None or event.day < last.day - _TRAILING:
            break
        if event.amount is None:
            factor *= event.split_factor
        else:
            total += event.amount * factor
    return last, total


def yield_model_of(option: Symbol) -> ConstantDividendYieldModel | DividendYieldProvider:
    """The model of option indicators (LEAN `CreateForOption`); index options get SPY's dividends."""
    if option.security_type == SecurityType.OPTION:
        return DividendYieldProvider(option.underlying)
    if option.security_type == SecurityType.INDEX_OPTION:
        return DividendYieldProvider()
    return ConstantDividendYieldModel(0.0)
