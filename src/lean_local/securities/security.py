"""A security as algorithms and the engine see it: market data view, holding and models."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Self

from lean_local.api.bars import Bar, QuoteBar, QuoteRow, SideRow, TradeBar, TradeRow
from lean_local.api.ticks import Tick
from lean_local.engine.clock import Clock, Zone
from lean_local.enums import DataNormalizationMode, Resolution, SecurityType, TickType
from lean_local.securities.cache import PriceCache, decimal_of
from lean_local.securities.cash import Cash, CashBook, dollar
from lean_local.securities.custom_properties import CustomProperties
from lean_local.securities.exchange import Calendar, SecurityExchange
from lean_local.securities.holdings import SecurityHolding
from lean_local.securities.security_models import Models, SecurityModels
from lean_local.securities.shortable import borrowable
from lean_local.securities.symbol_properties import SymbolProperties
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord

ZERO = Decimal(0)
ONE = Decimal(1)


class Security(CustomProperties, SecurityModels):
    """One security. `*_exact` members are decimals for the engine, the others floats for the algorithm."""

    _is_symbol_too = True  # where a symbol is compared with it

    def __init__(
        self,
        symbol: Symbol,
        cache: PriceCache,
        calendar: Calendar,
        clock: Clock,
        properties: SymbolProperties,
        resolution: Resolution,
    ) -> None:
        self.symbol = symbol
        self._quotes_price = symbol.security_type not in (SecurityType.EQUITY, SecurityType.INDEX)
        self.prices = cache
        self.clock = clock
        self.calendar = calendar
        self._exchange = SecurityExchange(calendar, clock)
        self.symbol_properties = properties
        self.multiplier_exact = properties.multiplier_exact
        self.lot_exact = properties.lot_exact
        self.quote_cash = dollar()  # the cash book's own once the engine has equipped the security
        self.base_cash: Cash | None = None  # of currency pairs
        self.cash_book: CashBook | None = None
        self.resolution = resolution
        self.extended_market_hours = False
        self.fill_forward = True
        self.data_normalization_mode = DataNormalizationMode.RAW
        self.created_normalization_mode = DataNormalizationMode.RAW
        self.is_tradable = True
        self.is_delisted = False
        self.is_internal = False
        self.models: Models
        self.holdings = SecurityHolding(self)
        self.scale_digits = 0  # decimals LEAN prints for prices read from scaled integers
        self.points: dict[type, Any] = {}  # last custom data point of each type
        self._session: Any = None
        self.last_ticks: Any = None  # the last moment's, of a subscription to ticks
        self.data_filter: Any = None  # `filter(security, data)` says which data are seen

    @property
    def exchange(self) -> SecurityExchange:
        """Opening times seen from the present; another exchange may be given, as for custom data."""
        return self._exchange

    @exchange.setter
    def exchange(self, exchange: SecurityExchange) -> None:
        """Set it; the engine goes by its calendar too."""
        self._exchange = exchange
        self.calendar = exchange.calendar

    def renew(self, cache: PriceCache, resolution: Resolution) -> Self:
        """The security has data again after it was gone: nothing is known of the market, all else is as it was."""
        self.prices, self.resolution = cache, resolution
        self.points.clear()
        self.last_ticks, self.is_delisted = None, False
        return self

    # --- engine view -------------------------------------------------------------------------------------------
    @property
    def price_exact(self) -> Decimal:
        """Last price, 0 before any data."""
        return self.prices.price()

    @property
    def close_exact(self) -> Decimal:
        """Close of the last bar, the price for all but crypto pairs."""
        return self.price_exact

    @property
    def bid_exact(self) -> Decimal:
        """Last bid; the price when there is none (options override this)."""
        return self.prices.bid() or self.prices.price()

    @property
    def ask_exact(self) -> Decimal:
        """Last ask; the price when there is none (options override this)."""
        return self.prices.ask() or self.prices.price()

    @property
    def zone(self) -> Zone:
        """Exchange time zone."""
        return self.calendar.zone

    @property
    def conversion_rate(self) -> Decimal:
        """Account currency per unit of the quote currency."""
        return self.quote_cash.rate

    @property
    def leverage_exact(self) -> Decimal:
        """Leverage of the buying power model."""
        leverage: Decimal = self.models.margin.leverage_exact(self)
        return leverage

    @property
    def collateral_cash(self) -> "Cash":
        """The currency gains and losses are paid in."""
        return self.quote_cash

    def fee_of(self, order: "OrderRecord") -> Decimal:
        """Fee of an order in account currency."""
        money = self.models.fee.money(self, order)
        amount: Decimal = money.amount_exact
        return amount if self.cash_book is None else self.cash_book.convert_exact(amount, money.currency)

    def estimated_fee(self, quantity: Decimal) -> Decimal:
        """Fee of a market order of `quantity` now, in account currency."""
        from lean_local.securities.fees import market_order_record  # noqa: PLC0415  breaks an import cycle

        return self.fee_of(market_order_record(self, quantity))

    def closing_fee_exact(self) -> Decimal:
        """Estimated fee of a market order closing the position."""
        return ZERO if not self.holdings.quantity_exact else self.estimated_fee(-self.holdings.quantity_exact)

    # --- algorithm view ----------------------------------------------------------------------------------------
    @property
    def type(self) -> SecurityType:
        """Security type."""
        return self.symbol.security_type

    @property
    def price(self) -> float:
        """Last price."""
        return float(self.price_exact)

    @property
    def close(self) -> float:
        """Close of the last bar."""
        return self._bar_field("close")

    @property
    def open(self) -> float:
        """Open of the last bar."""
        return self._bar_field("open")

    @property
    def high(self) -> float:
        """High of the last bar."""
        return self._bar_field("high")

    @property
    def low(self) -> float:
        """Low of the last bar."""
        return self._bar_field("low")

    @property
    def volume(self) -> float:
        """Volume of the last trade bar."""
        row = self.prices.trade_row()
        return row.volume if row is not None else 0.0

    @property
    def bid_price(self) -> float:
        """Last bid close, the price when there is none."""
        return float(self.bid_exact)

    @property
    def ask_price(self) -> float:
        """Last ask close, the price when there is none."""
        return float(self.ask_exact)

    @property
    def bid_size(self) -> float:
        """Size at the bid."""
        return self.prices.bid_size()

    @property
    def ask_size(self) -> float:
        """Size at the ask."""
        return self.prices.ask_size()

    @property
    def open_interest(self) -> float:
        """Last open interest."""
        return self.prices.open_interest()

    @property
    def is_fill_data_forward(self) -> bool:
        """Whether missing bars are filled forward."""
        return self.fill_forward

    @property
    def has_data(self) -> bool:
        """Whether any real bar has arrived."""
        return self.prices.trade_row() is not None or self.prices.quote_row() is not None or bool(self.points)

    @property
    def cache(self) -> Any:
        """What is last known, by data type."""
        from lean_local.securities.cache_view import SecurityCache  # noqa: PLC0415  breaks an import cycle

        return SecurityCache(self)

    @property
    def invested(self) -> bool:
        """Whether there is a position."""
        return self.holdings.invested

    @property
    def hold_stock(self) -> bool:
        """Same as `invested`."""
        return self.holdings.invested

    @property
    def local_time(self) -> datetime:
        """Exchange-local time now, naive."""
        return self.zone.to_local(self.clock.utc_ms)

    @property
    def leverage(self) -> float:
        """Leverage of the buying power model."""
        return float(self.leverage_exact)

    @property
    def quote_currency(self) -> Any:
        """The quote currency."""
        return self.quote_cash

    def _bar_field(self, field: str) -> float:
        trade, quote = self.prices.trade_row(), self.prices.quote_row()
        if quote is not None and self._quotes_price and (trade is None or quote.end_utc_ms >= trade.end_utc_ms):
            return float(getattr(self.make_quote_bar(quote), field))
        return float(getattr(trade, field)) if trade is not None else self.price

    def last_row(self) -> TradeRow | QuoteRow | None:
        """The last real bar's row; the quote bar's when both ended together, but a share's trades. Not part of LEAN."""
        trade, quote = self.prices.trade_row(), self.prices.quote_row()
        if not self._quotes_price:
            return trade
        return quote if quote is not None and (trade is None or quote.end_utc_ms >= trade.end_utc_ms) else trade

    def get_last_data(self) -> Any:
        """The last real bar, the quote bar when both ended together; of a subscription to ticks the last tick."""
        if self.last_ticks is not None:
            return self.last_ticks.ticks(None if self._quotes_price else TickType.TRADE)[-1]
        row = self.last_row()
        return None if row is None else self.make_bar(row)

    def make_bar(self, row: TradeRow | QuoteRow) -> TradeBar | QuoteBar:
        """An API bar of a row of either kind. Not part of LEAN."""
        return self.make_quote_bar(row) if isinstance(row, QuoteRow) else self.make_trade_bar(row)

    def make_trade_bar(self, row: TradeRow) -> TradeBar:
        """An API bar of a row."""
        local = self.zone.to_local
        start = local(row.start_utc_ms)
        return TradeBar(
            start, self.symbol, row.open, row.high, row.low, row.close, row.volume, local(row.end_utc_ms) - start
        )

    def make_quote_bar(self, row: QuoteRow) -> QuoteBar:
        """An API bar of a row."""
        local = self.zone.to_local
        start = local(row.start_utc_ms)
        return QuoteBar(
            start, self.symbol, _bar(row.bid), row.bid_size, _bar(row.ask), row.ask_size, local(row.end_utc_ms) - start
        )

    def set_market_price(self, data: Any) -> None:
        """Take over a bar, open interest or a price from outside the data (seeding)."""
        if isinstance(data, TradeBar):
            self.prices.keep_trade(self._trade_row(data))
        elif isinstance(data, QuoteBar):
            self.prices.keep_quote(self._quote_row(data))
        elif isinstance(data, Tick) and data.tick_type == TickType.OPEN_INTEREST:
            self.prices.keep_interest(data.value, self.zone.to_utc_ms(data.end_time))
        elif data is not None:
            self.prices.override_price(decimal_of(getattr(data, "value", data)))

    def _utc_span(self, bar: TradeBar | QuoteBar) -> tuple[int, int]:
        return self.zone.to_utc_ms(bar.time), self.zone.to_utc_ms(bar.end_time)

    def _trade_row(self, bar: TradeBar) -> TradeRow:
        return TradeRow(*self._utc_span(bar), bar.open, bar.high, bar.low, bar.close, bar.volume)

    def _quote_row(self, bar: QuoteBar) -> QuoteRow:
        start, end = self._utc_span(bar)
        return QuoteRow(start, end, _side(bar.bid), _side(bar.ask), bar.last_bid_size, bar.last_ask_size)

    @property
    def session(self) -> Any:
        """The bars of its sessions, once `session.size` is set."""
        if self._session is None:
            from lean_local.api.sessions import Session  # noqa: PLC0415  the api knows securities

            self._session = Session(self)
        return self._session

    def set_data_filter(self, data_filter: Any) -> None:
        """Show only data that `data_filter.filter(security, data)` accepts."""
        self.data_filter = data_filter

    def set_data_normalization_mode(self, mode: DataNormalizationMode) -> None:
        """Change how prices are adjusted; takes effect with the next day of data."""
        self.data_normalization_mode = mode

    def refresh_data_normalization_mode_property(self) -> None:
        """LEAN API; nothing to do here."""

    def __str__(self) -> str:
        return str(self.symbol)


class Equity(Security):
    """A share; quotes do not set its price."""

    @property
    def shortable(self) -> bool:
        """Whether any shares can be borrowed."""
        found = borrowable(self)
        return found is None or found > 0

    @property
    def total_shortable_quantity(self) -> int | None:
        """Shares that can be borrowed; None = any number."""
        return borrowable(self)


class Index(Security):
    """An index level; not tradable unless the algorithm says so."""


def _bar(side: SideRow | None) -> Bar | None:
    return None if side is None else Bar(side.open, side.high, side.low, side.close)


def _side(bar: Bar | None) -> SideRow | None:
    return None if bar is None else SideRow(bar.open, bar.high, bar.low, bar.close)
