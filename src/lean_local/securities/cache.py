"""What is last known of a security's market: one interface for single securities and for contracts in columns."""

from decimal import Decimal
from itertools import islice
from math import isfinite, isnan
from typing import Protocol

from lean_local.api.bars import QuoteRow, SideRow, TradeRow
from lean_local.enums import SecurityType
from lean_local.securities.columns import RootColumns

ZERO = Decimal(0)
_TEN_THOUSANDTH = Decimal("0.0001")
_SCALED = frozenset({SecurityType.EQUITY, SecurityType.OPTION, SecurityType.INDEX_OPTION})


def decimal_of(value: float | int | Decimal | str) -> Decimal:
    """A number as LEAN's converter makes a decimal of it: the digits Python prints (semantics §8.2)."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(int(value))
    return Decimal(repr(float(value)))


LARGEST = Decimal(79228162514264337593543950335)  # of .NET's decimal


def order_decimal(value: float | int | Decimal | str) -> Decimal:
    """A quantity or price that an algorithm gives an order, within what LEAN's decimals hold.

    Raises ValueError for one that is not finite, in LEAN's words (`Extensions.SafeDecimalCast`).
    """
    number = value if isinstance(value, Decimal) else float(value)
    if not isfinite(number):
        name = "NaN" if isnan(number) else "Infinity" if number > 0 else "-Infinity"
        raise ValueError(
            f"It is not possible to cast a non-finite floating-point value ({name}) as decimal. Please review math "
            "operations and verify the result is valid."
        )
    return min(max(decimal_of(value), -LARGEST), LARGEST)


class LongPrices:
    """Adjusted prices with more digits than a float holds (a factor of 0.1428571 makes twenty), by their float."""

    most = 200_000
    _exact: dict[float, Decimal] = {}  # noqa: RUF012  one per process: cleared when a run starts

    @classmethod
    def keep(cls, value: float, exact: Decimal) -> None:
        """Remember the decimal behind a float; the oldest are forgotten when there are many."""
        if len(cls._exact) >= cls.most:
            for old in list(islice(cls._exact, cls.most // 2)):
                del cls._exact[old]
        cls._exact[value] = exact

    @classmethod
    def find(cls, value: float) -> Decimal | None:
        """The decimal behind a float, if it is a long one."""
        return cls._exact.get(value)

    @classmethod
    def clear(cls) -> None:
        """Forget all."""
        cls._exact.clear()


def market_decimal(value: float) -> Decimal:
    """A price of a data file as a decimal without a trailing ".0": LEAN's messages show 1600, not 1600.0."""
    long = LongPrices.find(value)
    if long is not None:
        return long
    whole = int(value)
    return Decimal(whole) if whole == value else Decimal(repr(value))


def with_file_scale(kind: SecurityType, price: Decimal) -> Decimal:
    """A price with the four decimals that LEAN's reader gives where files hold ten-thousandths; amounts show them."""
    return price.quantize(_TEN_THOUSANDTH) if kind in _SCALED and price.as_tuple().exponent > -4 else price  # type: ignore[operator]


class PriceCache(Protocol):
    """Last prices of one security; 0 where nothing is known."""

    def price(self) -> Decimal:
        """Last price: trade close of equities and indices, quote mid of options."""
        ...

    def bid(self) -> Decimal:
        """Last bid close."""
        ...

    def ask(self) -> Decimal:
        """Last ask close."""
        ...

    def bid_value(self) -> float:
        """Last bid close as the file's number."""
        ...

    def ask_value(self) -> float:
        """Last ask close as the file's number."""
        ...

    def bid_size(self) -> float:
        """Size at the last bid that had one."""
        ...

    def ask_size(self) -> float:
        """Size at the last ask that had one."""
        ...

    def trade_row(self) -> TradeRow | None:
        """Last real trade bar."""
        ...

    def quote_row(self) -> QuoteRow | None:
        """Last real quote bar."""
        ...

    def open_interest(self) -> float:
        """Last open interest."""
        ...

    def interest_end(self) -> int:
        """UTC ms at which the open interest came, 0 when there is none."""
        ...

    def override_price(self, price: Decimal) -> None:
        """Set a price from outside the data (seeding)."""
        ...

    def keep_trade(self, row: TradeRow) -> None:
        """Take over a trade bar from outside the data (seeding)."""
        ...

    def keep_quote(self, row: QuoteRow) -> None:
        """Take over a quote bar from outside the data (seeding)."""
        ...

    def keep_interest(self, value: float, end_utc_ms: int) -> None:
        """Take over open interest from outside the data (seeding)."""
        ...


class SingleCache:
    """Cache of a security with its own feed. The feed sets `trade` and `quote` to the last real rows."""

    __slots__ = (
        "_override",
        "_sizes",
        "interest",
        "interest_end_ms",
        "interest_rate",
        "point_end_ms",
        "quote",
        "quote_is_price",
        "trade",
    )

    def __init__(self, *, quote_is_price: bool) -> None:
        self.trade: TradeRow | None = None
        self.quote: QuoteRow | None = None
        self._sizes = (0.0, 0.0)  # of the last bid and ask that had one
        self.quote_is_price = quote_is_price
        self.interest, self.interest_end_ms = 0.0, 0
        self.interest_rate: float | None = None  # funding of perpetuals
        self.point_end_ms = 0  # when the last custom data point was known
        self._override = ZERO

    def take_quote(self, row: QuoteRow) -> None:
        """The last real quote bar is that one now; a side without a size leaves the size known before."""
        self.quote = row
        self._sizes = row.bid_size or self._sizes[0], row.ask_size or self._sizes[1]

    def forget(self) -> None:
        """Drop what is known."""
        self.trade = self.quote = None
        self._sizes, self.interest, self.interest_end_ms = (0.0, 0.0), 0.0, 0

    def price(self) -> Decimal:
        """See PriceCache."""
        trade, quote = self.trade, self.quote
        if self.quote_is_price and quote is not None and (trade is None or quote.end_utc_ms >= trade.end_utc_ms):
            bid, ask = self.bid(), self.ask()
            return (bid + ask) / 2 if bid and ask else bid or ask
        if trade is not None and trade.close:
            return market_decimal(trade.close)
        return self._override

    def bid(self) -> Decimal:
        """See PriceCache."""
        return market_decimal(self.quote.bid.close) if self.quote is not None and self.quote.bid is not None else ZERO

    def ask(self) -> Decimal:
        """See PriceCache."""
        return market_decimal(self.quote.ask.close) if self.quote is not None and self.quote.ask is not None else ZERO

    def bid_value(self) -> float:
        """See PriceCache."""
        return float(self.bid())

    def ask_value(self) -> float:
        """See PriceCache."""
        return float(self.ask())

    def bid_size(self) -> float:
        """See PriceCache."""
        return self._sizes[0]

    def ask_size(self) -> float:
        """See PriceCache."""
        return self._sizes[1]

    def trade_row(self) -> TradeRow | None:
        """See PriceCache."""
        return self.trade

    def quote_row(self) -> QuoteRow | None:
        """See PriceCache."""
        return self.quote

    def open_interest(self) -> float:
        """See PriceCache."""
        return self.interest

    def interest_end(self) -> int:
        """See PriceCache."""
        return self.interest_end_ms

    def split(self, factor: Decimal) -> None:
        """Restate what is known for a split: prices times the factor, volumes over it."""
        if self.trade is not None:
            t = self.trade
            o, h, low, c = (float(market_decimal(v) * factor) for v in (t.open, t.high, t.low, t.close))
            self.trade = TradeRow(t.start_utc_ms, t.end_utc_ms, o, h, low, c, t.volume / float(factor))
        if self.quote is not None:
            q, f = self.quote, float(factor)
            bid, ask = (s and SideRow(s.open * f, s.high * f, s.low * f, s.close * f) for s in (q.bid, q.ask))
            self.take_quote(QuoteRow(q.start_utc_ms, q.end_utc_ms, bid, ask, q.bid_size / f, q.ask_size / f))

    def override_price(self, price: Decimal) -> None:
        """See PriceCache."""
        self._override = price

    def keep_trade(self, row: TradeRow) -> None:
        """See PriceCache."""
        self.trade = row

    def keep_quote(self, row: QuoteRow) -> None:
        """See PriceCache."""
        self.take_quote(row)

    def keep_interest(self, value: float, end_utc_ms: int) -> None:
        """See PriceCache."""
        self.interest, self.interest_end_ms = value, end_utc_ms


class ContractCache:
    """Cache of one contract: a view on its slot of the root's columns.

    What it is seeded with shows until the columns have data of the kind; it makes no contract part of a chain.
    """

    __slots__ = ("_columns", "_interest", "_interest_end_ms", "_override", "_quote", "_slot", "_trade")

    def __init__(self, columns: RootColumns, slot: int) -> None:
        self._columns = columns
        self._slot = slot
        self._override = ZERO
        self._trade: TradeRow | None = None
        self._quote: QuoteRow | None = None
        self._interest, self._interest_end_ms = 0.0, 0

    def place(self) -> tuple[RootColumns, int]:
        """The columns and the slot it shows."""
        return self._columns, self._slot

    def price(self) -> Decimal:
        """See PriceCache."""
        price = float(self._columns.price[self._slot])
        return market_decimal(price) if price else self._override

    def bid(self) -> Decimal:
        """See PriceCache."""
        return _decimal_or_zero(self.bid_value())

    def ask(self) -> Decimal:
        """See PriceCache."""
        return _decimal_or_zero(self.ask_value())

    def bid_value(self) -> float:
        """See PriceCache."""
        return self._columns.bid(self._slot) or _close(self._quote.bid if self._quote else None)

    def ask_value(self) -> float:
        """See PriceCache."""
        return self._columns.ask(self._slot) or _close(self._quote.ask if self._quote else None)

    def bid_size(self) -> float:
        """See PriceCache."""
        return self._columns.bid_size(self._slot) or (self._quote.bid_size if self._quote is not None else 0.0)

    def ask_size(self) -> float:
        """See PriceCache."""
        return self._columns.ask_size(self._slot) or (self._quote.ask_size if self._quote is not None else 0.0)

    def trade_row(self) -> TradeRow | None:
        """See PriceCache."""
        return self._columns.trade_row(self._slot) or self._trade

    def quote_row(self) -> QuoteRow | None:
        """See PriceCache."""
        return self._columns.quote_row(self._slot) or self._quote

    def open_interest(self) -> float:
        """See PriceCache."""
        return self._columns.interest(self._slot) or self._interest

    def interest_end(self) -> int:
        """See PriceCache."""
        return int(self._columns.interest_end[self._slot]) or self._interest_end_ms

    def override_price(self, price: Decimal) -> None:
        """See PriceCache."""
        self._override = price

    def keep_trade(self, row: TradeRow) -> None:
        """See PriceCache."""
        self._trade, self._override = row, market_decimal(row.close)

    def keep_quote(self, row: QuoteRow) -> None:
        """See PriceCache."""
        self._quote = row
        bid, ask = (_decimal_or_zero(_close(side)) for side in (row.bid, row.ask))
        self._override = (bid + ask) / 2 if bid and ask else bid or ask

    def keep_interest(self, value: float, end_utc_ms: int) -> None:
        """See PriceCache."""
        self._interest, self._interest_end_ms = value, end_utc_ms


def _close(side: SideRow | None) -> float:
    return 0.0 if side is None else side.close


def _decimal_or_zero(value: float) -> Decimal:
    return market_decimal(value) if value else ZERO
