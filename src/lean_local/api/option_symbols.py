"""What LEAN says of option contracts by their symbol alone: `OptionSymbol`, `IndexOptionSymbol`, `FutureOptionSymbol`.

Rules: `lean_local.contract_rules`, `lean_local.data.expiry`. Times are naive, of the exchange.
"""

from datetime import date, datetime
from typing import Any

from lean_local.contract_rules import (
    INDEX_OPTION_ROOTS,
    future_of_option_root,
    index_of_option_root,
    index_option_expiry_offset,
    is_am_settled,
    is_index_option_root,
    is_standard,
    is_standard_expiry,
)
from lean_local.data.exchange_hours import ExchangeHours
from lean_local.data.expiry import expiration_time, last_trading_day, settlement_time
from lean_local.engine.clock import zone
from lean_local.enums import SecurityType
from lean_local.naming import LeanObject
from lean_local.orders.requests import ArgumentException
from lean_local.symbols import Symbol

__all__ = ["FutureOptionSymbol", "IndexOptionSymbol", "OptionSymbol"]


def _hours(symbol: Symbol) -> ExchangeHours:
    from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

    return current_run().folder.hours.entry(symbol)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001  exchange time


class OptionSymbol(LeanObject):
    """Static methods of option contracts (LEAN `OptionSymbol.cs`)."""

    @staticmethod
    def is_standard(symbol: Symbol) -> bool:
        """Whether the contract expires around the third Friday of its month, whatever its root."""
        return is_standard_expiry(symbol.id.date.date())

    is_standard_contract = is_standard

    @staticmethod
    def is_weekly(symbol: Symbol) -> bool:
        """Whether the contract expires on a Friday that is not the third one."""
        day = symbol.id.date.date()
        return not is_standard_expiry(day) and day.weekday() == 4

    @staticmethod
    def map_to_underlying(option_ticker: str, security_type: Any) -> str:
        """Ticker of the underlying of an option root, given the type of either."""
        kind = SecurityType(security_type)
        if kind in (SecurityType.FUTURE_OPTION, SecurityType.FUTURE):
            return future_of_option_root(option_ticker)
        if kind in (SecurityType.INDEX_OPTION, SecurityType.INDEX):
            return index_of_option_root(option_ticker)
        return option_ticker

    @staticmethod
    def get_last_day_of_trading(symbol: Symbol) -> datetime:
        """Midnight of the last open date at or before the expiry."""
        return _midnight(last_trading_day(symbol, _hours(symbol)))

    @staticmethod
    def get_settlement_date_time(symbol: Symbol) -> datetime:
        """When the contract settles; raises ArgumentException for a symbol that is no option."""
        if not symbol.id.is_option:
            raise ArgumentException(f"The symbol {symbol.value} is not an option type")
        return settlement_time(symbol, _hours(symbol))

    @staticmethod
    def is_option_contract_expired(symbol: Symbol, current_time_utc: datetime) -> bool:
        """Whether the last regular close of the expiry has come; False for a symbol that is no option."""
        if not symbol.id.is_option:
            return False
        hours = _hours(symbol)
        now = zone(str(hours.exchange_time_zone)).to_local(zone("UTC").to_utc_ms(current_time_utc.replace(tzinfo=None)))
        return now >= expiration_time(symbol, hours)


class IndexOptionSymbol(LeanObject):
    """Static methods of index option roots and contracts (LEAN `IndexOptionSymbol.cs`)."""

    SUPPORTED_INDEX_OPTION_TICKERS = SupportedIndexOptionTickers = INDEX_OPTION_ROOTS

    @staticmethod
    def is_standard(symbol: Symbol) -> bool:
        """False for contracts of weekly roots that do not expire on a third Friday."""
        return is_standard(symbol.id)

    @staticmethod
    def is_am_settled(symbol: Symbol) -> bool:
        """Whether the contract's root settles on opening values."""
        return is_am_settled(symbol.id.symbol)

    @staticmethod
    def is_index_option(ticker: str) -> bool:
        """Whether LEAN knows index options of that root."""
        return is_index_option_root(ticker)

    @staticmethod
    def map_to_underlying(index_option: str) -> str:
        """Index of an option root; a root that is not special is its own."""
        return index_of_option_root(index_option)

    @staticmethod
    def get_last_trading_date(ticker: str, expiration_date: datetime) -> datetime:
        """Last trading date of an expiry; no calendar is asked."""
        return expiration_date - index_option_expiry_offset(ticker)

    @staticmethod
    def get_expiry_date(ticker: str, last_trading_date: datetime) -> datetime:
        """Expiry of a last trading date; no calendar is asked."""
        return last_trading_date + index_option_expiry_offset(ticker)


class FutureOptionSymbol(LeanObject):
    """Static methods of future options (LEAN `FutureOptionSymbol.cs`)."""

    @staticmethod
    def is_standard(_symbol: Symbol) -> bool:
        """Always."""
        return True

    @staticmethod
    def get_last_day_of_trading(symbol: Symbol) -> datetime:
        """The expiry date."""
        return _midnight(symbol.id.date.date())
