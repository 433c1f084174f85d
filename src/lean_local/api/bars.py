"""Data points an algorithm sees: bars, quotes, corporate events. Times are naive, in the exchange time zone."""

from collections.abc import Iterator
from copy import copy
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from lean_local.api.bar_sources import TradeBarFiles
from lean_local.enums import DelistingType, MarketDataType, SplitType
from lean_local.naming import LeanObject
from lean_local.results.numbers import smart_rounding
from lean_local.symbols import Symbol

ONE_MINUTE = timedelta(minutes=1)
_NO_TIME = datetime(1, 1, 1)  # noqa: DTZ001  .NET's DateTime.MinValue


class BaseData(LeanObject):
    """What every data point has: `symbol`, `time` (start), `end_time`, `value`."""

    __slots__ = ("end_time", "is_fill_forward", "symbol", "time", "value")
    _data_type = MarketDataType.BASE

    def __init__(
        self,
        symbol: Symbol | None = None,
        time: datetime = _NO_TIME,
        end_time: datetime | None = None,
        value: float = 0.0,
    ) -> None:
        self.symbol = symbol
        self.time = time
        self.end_time = time if end_time is None else end_time
        self.value = value
        self.is_fill_forward = False

    @property
    def data_type(self) -> MarketDataType:
        """What kind of data point it is; setting it changes nothing."""
        return self._data_type

    @data_type.setter
    def data_type(self, kind: MarketDataType) -> None:
        """Take nothing: the kind is that of the class."""

    @property
    def price(self) -> float:
        """Same as `value`."""
        return self.value

    def clone(self) -> Any:
        """A copy."""
        return copy(self)

    def __str__(self) -> str:
        return f"{self.symbol}: {self.value}"


class Bar(LeanObject):
    """Open, high, low, close of one side of a quote."""

    __slots__ = ("close", "high", "low", "open")

    def __init__(self, open: float = 0.0, high: float = 0.0, low: float = 0.0, close: float = 0.0) -> None:  # noqa: A002
        self.open, self.high, self.low, self.close = open, high, low, close

    def update(self, value: float) -> None:
        """Take a price; zero is none."""
        if not value:
            return
        if not self.open:
            self.open = self.high = self.low = value
        self.high, self.low, self.close = max(self.high, value), min(self.low, value), value

    def clone(self) -> "Bar":
        """A copy."""
        return copy(self)


class TradeBar(BaseData, TradeBarFiles):
    """A trade bar: prices in quote currency, `volume` in shares or contracts."""

    __slots__ = ("close", "high", "low", "open", "volume")
    _data_type = MarketDataType.TRADE_BAR

    def __init__(
        self,
        time: datetime = _NO_TIME,
        symbol: Symbol | None = None,
        open: float = 0.0,  # noqa: A002
        high: float = 0.0,
        low: float = 0.0,
        close: float = 0.0,
        volume: float = 0.0,
        period: timedelta = ONE_MINUTE,
    ) -> None:
        super().__init__(symbol, time, time + period, close)
        self.open, self.high, self.low, self.close, self.volume = open, high, low, close, volume

    @property
    def period(self) -> timedelta:
        """Length of the bar; setting it moves the end."""
        return self.end_time - self.time

    @period.setter
    def period(self, span: timedelta) -> None:
        """Move the end."""
        self.end_time = self.time + span

    def __str__(self) -> str:
        parts = zip("OHLCV", (self.open, self.high, self.low, self.close, self.volume), strict=True)
        return f"{self.symbol}: " + " ".join(f"{k}: {smart_rounding(Decimal(repr(v))):f}" for k, v in parts)


class QuoteBar(BaseData):
    """A quote bar; a missing side is None. Open, high, low, close are mids, or the one side there is."""

    __slots__ = ("ask", "bid", "last_ask_size", "last_bid_size")
    _data_type = MarketDataType.QUOTE_BAR

    def __init__(
        self,
        time: datetime = _NO_TIME,
        symbol: Symbol | None = None,
        bid: Bar | None = None,
        last_bid_size: float = 0.0,
        ask: Bar | None = None,
        last_ask_size: float = 0.0,
        period: timedelta = ONE_MINUTE,
    ) -> None:
        super().__init__(symbol, time, time + period, 0.0)
        self.bid, self.ask = bid, ask
        self.last_bid_size, self.last_ask_size = last_bid_size, last_ask_size
        self.value = self.close

    def _mid(self, field: str) -> float:
        bid = getattr(self.bid, field) if self.bid is not None else 0.0
        ask = getattr(self.ask, field) if self.ask is not None else 0.0
        return exact_mid(bid, ask) if bid and ask else bid or ask

    @property
    def open(self) -> float:
        """Mid of the opens."""
        return self._mid("open")

    @property
    def high(self) -> float:
        """Mid of the highs."""
        return self._mid("high")

    @property
    def low(self) -> float:
        """Mid of the lows."""
        return self._mid("low")

    @property
    def close(self) -> float:
        """Mid of the closes."""
        return self._mid("close")

    def update(
        self,
        last_trade: float,
        bid_price: float,
        ask_price: float,
        volume: float,  # noqa: ARG002  as LEAN's `BaseData.Update`
        bid_size: float,
        ask_size: float,
    ) -> None:
        """Take prices and sizes; zero is none."""
        if bid_price:
            self.bid = Bar() if self.bid is None else self.bid
            self.bid.update(bid_price)
        if ask_price:
            self.ask = Bar() if self.ask is None else self.ask
            self.ask.update(ask_price)
        self.last_bid_size = bid_size if bid_size > 0 else self.last_bid_size
        self.last_ask_size = ask_size if ask_size > 0 else self.last_ask_size
        self.value = last_trade or ask_price or bid_price or self.value

    def clone(self) -> "QuoteBar":
        """A copy, its sides included."""
        made = copy(self)
        made.bid, made.ask = copy(self.bid), copy(self.ask)
        return made

    @property
    def period(self) -> timedelta:
        """Length of the bar; setting it moves the end."""
        return self.end_time - self.time

    @period.setter
    def period(self, span: timedelta) -> None:
        """Move the end."""
        self.end_time = self.time + span

    def collapse(self) -> TradeBar:
        """The mids as a trade bar without volume."""
        return TradeBar(self.time, self.symbol, self.open, self.high, self.low, self.close, 0.0, self.period)


def exact_mid(bid: float, ask: float) -> float:
    """The mid of two prices as the double nearest to the decimal result (12 decimals are more than any tick)."""
    return round((bid + ask) / 2, 12)


class Delisting(BaseData):
    """A delisting warning (day of expiry) or the delisting itself (midnight after)."""

    __slots__ = ("ticket", "type")
    _data_type = MarketDataType.AUXILIARY

    def __init__(self, symbol: Symbol, time: datetime, price: float, kind: DelistingType) -> None:
        super().__init__(symbol, time, time, price)
        self.type = kind
        self.ticket: Any = None


class Split(BaseData):
    """A split: `split_factor` 0.5 means two shares for one."""

    __slots__ = ("factor_exact", "reference_price", "split_factor", "type")
    _data_type = MarketDataType.AUXILIARY
    factor_exact: Any

    def __init__(self, symbol: Symbol, time: datetime, price: float, split_factor: float, kind: SplitType) -> None:
        super().__init__(symbol, time, time, price)
        self.type, self.split_factor, self.reference_price = kind, split_factor, price


class SymbolChangedEvent(BaseData):
    """The ticker of a security changes on this date."""

    __slots__ = ("new_symbol", "old_symbol")
    _data_type = MarketDataType.AUXILIARY

    def __init__(self, symbol: Symbol, time: datetime, old_symbol: str, new_symbol: str) -> None:
        super().__init__(symbol, time, time, 0.0)
        self.old_symbol, self.new_symbol = old_symbol, new_symbol

    def __str__(self) -> str:
        return f"{self.time} {self.old_symbol}->{self.new_symbol}"


class Dividend(BaseData):
    """A cash dividend per share, on its ex-date."""

    __slots__ = ("distribution", "reference_price")
    _data_type = MarketDataType.AUXILIARY

    def __init__(self, symbol: Symbol, time: datetime, distribution: float, reference_price: float) -> None:
        super().__init__(symbol, time, time, distribution)
        self.distribution, self.reference_price = distribution, reference_price


class MarginInterestRate(BaseData):
    """A funding rate of a perpetual future."""

    __slots__ = ("interest_rate",)
    _data_type = MarketDataType.AUXILIARY

    def __init__(self, time: datetime, symbol: Symbol, interest_rate: float) -> None:
        super().__init__(symbol, time, time, interest_rate)
        self.interest_rate = interest_rate

    def __str__(self) -> str:
        return f"{self.symbol}: Rate {self.interest_rate}"


class TradeRow(NamedTuple):
    """The last real trade bar as the fill models need it; prices are floats of the file's decimals, times UTC ms."""

    start_utc_ms: int
    end_utc_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class SideRow(NamedTuple):
    """One side of a quote bar."""

    open: float
    high: float
    low: float
    close: float


class QuoteRow(NamedTuple):
    """The last real quote bar; a side that was never quoted is None. A side the bar itself lacks has size 0."""

    start_utc_ms: int
    end_utc_ms: int
    bid: SideRow | None
    ask: SideRow | None
    bid_size: float
    ask_size: float


class DataPair(LeanObject):
    """.NET's KeyValuePair: iterating `self.securities` yields these."""

    __slots__ = ("key", "value")

    def __init__(self, key: Any, value: Any) -> None:
        self.key, self.value = key, value

    def __iter__(self) -> Iterator[Any]:
        return iter((self.key, self.value))


class DataDictionary(LeanObject):
    """A mapping from symbol to data point with LEAN's and Python's mapping methods; keys may be symbols or tickers."""

    __slots__ = ("_items", "_resolve")

    def __init__(self, items: dict[Symbol, Any] | None = None, resolve: Any = None) -> None:
        self._items: dict[Symbol, Any] = {} if items is None else items
        self._resolve = resolve

    def _key(self, key: Any) -> Any:
        if isinstance(key, str):
            resolved = self._resolve(key) if self._resolve is not None else None
            if resolved is not None:
                return resolved
            return next((s for s in self._items if s.value == key), key)
        return getattr(key, "symbol", key) if not isinstance(key, Symbol) else key

    def __getitem__(self, key: Any) -> Any:
        found = self.get(key)
        if found is None:
            raise KeyError(
                f"'{key}' wasn't found in the {type(self).__name__} object, likely because there was no-data "
                "at this moment in time and it wasn't possible to fillforward historical data."
            )
        return found

    def get(self, key: Any, default: Any = None) -> Any:
        """The data point of that symbol, or `default`."""
        return self._items.get(self._key(key), default)

    def get_value(self, key: Any) -> Any:
        """The data point of that symbol, or None."""
        return self.get(key)

    def contains_key(self, key: Any) -> bool:
        """Whether there is a data point of that symbol."""
        return self.get(key) is not None

    def __contains__(self, key: Any) -> bool:
        return self.get(key) is not None

    def __iter__(self) -> Iterator[DataPair]:
        return iter([DataPair(k, v) for k, v in self._items.items()])

    def __len__(self) -> int:
        return len(self._items)

    @property
    def count(self) -> int:
        """Number of data points."""
        return len(self)

    def keys(self) -> list[Symbol]:
        """The symbols."""
        return list(self._items)

    def values(self) -> list[Any]:
        """The data points."""
        return list(self._items.values())

    def items(self) -> list[tuple[Symbol, Any]]:
        """Pairs of symbol and data point."""
        return list(self._items.items())


def carried_forward(bar: Any, end: datetime, feed: Any) -> Any:
    """A repetition of an older bar, shifted to end at `end` (bars coarser than the fill-forward grid keep their times).

    Its volume is zero: LEAN `TradeBar.Clone(fillForward)`, so that volumes are not counted twice.
    """
    bar.is_fill_forward = True
    if isinstance(bar, TradeBar):
        bar.volume = 0.0
    if feed.period_ms <= feed.grid.period_ms:
        bar.end_time, bar.time = end, feed.grid.start_of(end, precise=feed.precise_daily)
    return bar
