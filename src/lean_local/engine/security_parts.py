"""What a new security is made of: opening times, properties, cash, models, funding rates."""

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from lean_local.api.bars import MarginInterestRate
from lean_local.data.exchange_hours import ExchangeHours
from lean_local.data.folder import DataFolder
from lean_local.engine.funding import read_rates
from lean_local.engine.point_feed import PointFeed, Points
from lean_local.engine.state import RunState
from lean_local.enums import SecurityType
from lean_local.errors import BadInputError
from lean_local.securities.brokerage import models_of
from lean_local.securities.exchange import Calendar, has_rolling_days
from lean_local.securities.pairs import CurrencyPair, base_currency
from lean_local.securities.security import Security
from lean_local.securities.symbol_properties import SymbolProperties
from lean_local.symbols import Symbol


@dataclass(slots=True)
class SecurityChanges:
    """Securities that came and went since the last notification."""

    added: dict[Symbol, None] = field(default_factory=dict)  # ordered sets
    removed: dict[Symbol, None] = field(default_factory=dict)


class SecurityParts:
    """Base of Subscriptions."""

    def __init__(self, state: RunState, folder: DataFolder) -> None:
        self.state, self.folder = state, folder
        self.points: dict[tuple[Symbol, type], PointFeed] = {}
        self.custom_zones: dict[Symbol, str] = {}
        self._calendars: dict[str, Calendar] = {}

    def calendar(self, symbol: Symbol) -> Calendar:
        """Opening times of a symbol's market."""
        hours = self._hours(symbol)
        found = self._calendars.get(hours.key)
        if found is None:
            found = self._calendars[hours.key] = Calendar(
                hours.segments,
                str(hours.exchange_time_zone),
                str(hours.data_time_zone),
                always_open=hours.is_market_always_open,
                rolling=has_rolling_days(symbol),
            )
        return found

    def _hours(self, symbol: Symbol) -> ExchangeHours:
        """Hours of a symbol; custom data without an entry is always open in its own time zone."""
        if symbol.security_type != SecurityType.BASE:
            return self.folder.hours.entry(symbol)
        zone = self.custom_zones.get(symbol, "America/New_York")
        found = self.folder.hours.find(symbol.security_type, symbol.id.market, symbol.id.symbol)
        return found or self.folder.hours.always_open(ZoneInfo(zone), f"always open {zone}")

    def properties(self, symbol: Symbol) -> SymbolProperties:
        """Row of the symbol-properties database."""
        account = self.state.portfolio.cash_book.account_currency
        row = self.folder.properties.lookup(
            symbol, symbol.value[3:] if symbol.security_type == SecurityType.FOREX else account
        )
        return SymbolProperties(
            row.description,
            row.quote_currency,
            row.contract_multiplier,
            row.minimum_price_variation,
            row.lot_size,
            row.market_ticker,
            row.minimum_order_size,
            row.price_magnifier,
            row.strike_multiplier,
        )

    def equip(self, security: Security) -> None:
        """Cash and models of a new security."""
        book = self.state.portfolio.cash_book
        security.cash_book = book
        quote = security.symbol_properties.quote_currency
        security.quote_cash = book.of(quote)
        if isinstance(security, CurrencyPair) and security.type != SecurityType.CFD:
            base = base_currency(security.symbol, quote)
            if base is None:
                raise BadInputError(
                    f"The base currency of {security.symbol.value} cannot be told from its quote currency {quote}",
                    fix="Check ticker and market against the symbol-properties database.",
                )
            security.base_cash = book.of(base)
        security.models = models_of(self.state.initializers.models_of(self.state.brokerage), security)

    def add_funding(self, security: Security, span: tuple[int, int]) -> None:
        """The funding rates of a perpetual."""
        symbol, cache = security.symbol, security.prices

        def take(rate: MarginInterestRate) -> None:
            cache.interest_rate = rate.interest_rate  # type: ignore[attr-defined]
            security.points[MarginInterestRate] = rate

        def read(start_ms: int, end_ms: int) -> Points:
            return read_rates(self.folder, symbol, start_ms, end_ms)

        self.points[symbol, MarginInterestRate] = PointFeed(security, MarginInterestRate, read, span, take=take)
