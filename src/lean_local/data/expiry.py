"""When option contracts stop trading, expire and settle (`Common/Securities/Option/OptionSymbol.cs`)."""

from datetime import date, datetime, time, timedelta

from lean_local.contract_rules import is_am_settled, is_standard_expiry
from lean_local.data.exchange_hours import ExchangeHours
from lean_local.enums import SecurityType
from lean_local.symbols import Symbol

_ONE_DAY = timedelta(days=1)
_SATURDAY_EXPIRIES_END = date(2015, 2, 1)
_PM_SETTLEMENT = time(15, 0)  # 16:00 New York, on the Chicago clock of index options


def last_trading_day(symbol: Symbol, hours: ExchangeHours) -> date:
    """Last date on which an option contract trades: an open date at or before its expiry.

    LEAN asks the same of index options, though those of AM-settled roots trade a day less.
    """
    day = symbol.id.date.date()
    if is_standard_expiry(day) and day.weekday() == 5 and day < _SATURDAY_EXPIRIES_END:
        day -= _ONE_DAY
    while not hours.is_date_open(day):
        day -= _ONE_DAY
    return day


def expiration_time(symbol: Symbol, hours: ExchangeHours) -> datetime:
    """Local exchange time from which a contract counts as expired: the last regular close of the expiry date."""
    expiry = symbol.id.date
    day = expiry.date() if hours.is_date_open(expiry) else hours.previous_trading_day(expiry)
    close = hours.last_daily_close(day)
    assert close is not None
    return min(close, expiry + _ONE_DAY)


def settlement_time(symbol: Symbol, hours: ExchangeHours) -> datetime:
    """Local exchange time to which the time to expiry of Greeks runs.

    AM-settled index options: the open of the expiry date; PM-settled ones: 15:00 Chicago; all others: the close.
    """
    close, expiry = expiration_time(symbol, hours), symbol.id.date
    if symbol.security_type != SecurityType.INDEX_OPTION or close.date() != expiry.date():
        return close
    if is_am_settled(symbol.id.symbol):
        opening = hours.first_daily_open(expiry.date()) if is_standard_expiry(expiry.date()) else None
        return opening if opening is not None else close
    return datetime.combine(expiry.date(), _PM_SETTLEMENT)
