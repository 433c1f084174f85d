"""Security identifiers: a ticker, a 64 bit number that packs every property, and the underlying's identifier.

Layout of the number, from the lowest decimal digit (`Common/SecurityIdentifier.cs`): security type (2 digits),
market (3), power of ten of the strike (2), strike (6, its bit 19 is the sign), option style (1), days since
1899-12-30 (5), right (1).
"""

import zlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lean_local.contract_rules import option_root_of_future
from lean_local.enums import OptionRight, OptionStyle, SecurityType, market_code, market_name
from lean_local.enums.base import pascal_case
from lean_local.listings import listings

DEFAULT_DATE = datetime(1899, 12, 30)  # noqa: DTZ001 - dates inside identifiers have no time zone
"""Date of an identifier that has none: canonical options and futures, indices, crypto."""

OPTION_TYPES = frozenset({SecurityType.OPTION, SecurityType.FUTURE_OPTION, SecurityType.INDEX_OPTION})

OPTION_OF = {
    SecurityType.EQUITY: SecurityType.OPTION,
    SecurityType.INDEX: SecurityType.INDEX_OPTION,
    SecurityType.FUTURE: SecurityType.FUTURE_OPTION,
}
"""Type of the options on a type."""

_MARKET = 100
_STRIKE_SCALE = 100_000
_STRIKE = 10_000_000
_STYLE = 10**13
_DAYS = 10**14
_RIGHT = 10**19
_NEGATIVE = 1 << 19
_STRIKE_LIMIT = 475_712  # exclusive: six digits must still hold the value with the sign bit set
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def encode_base36(number: int) -> str:
    """Write a non-negative integer in base 36, upper case; 0 gives "0"."""
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"


def decode_base36(text: str) -> int:
    """Read base 36, either case; raises `ValueError` when a character is not a digit of base 36."""
    return int(text, 36)


def _pack_strike(strike: float | Decimal) -> int:
    exact = strike if isinstance(strike, Decimal) else Decimal(repr(strike))
    scaled = int(exact * 1_000_000)
    if scaled == 0:
        return 0
    size, scale = abs(scaled), 0
    while size % 10 == 0:
        size //= 10
        scale += 1
    if size >= _STRIKE_LIMIT:
        raise ValueError(f"The strike {strike} has too many digits for a security identifier")
    return scale * _STRIKE_SCALE + (size | _NEGATIVE if scaled < 0 else size) * _STRIKE


def _unpack_strike(properties: int) -> float:
    scale, size = properties // _STRIKE_SCALE % 100, properties // _STRIKE % 1_000_000
    if size & _NEGATIVE:
        size = -(size ^ _NEGATIVE)
    # Scale 0..6 divides by an exact power of ten, so the result is the double nearest to the decimal.
    return size / 10 ** (6 - scale) if scale < 6 else float(size * 10 ** (scale - 6))


class SecurityIdentifier:
    """What a security is, independent of today's ticker. Immutable, hashable, ordered by its text."""

    __slots__ = ("_date", "_hash", "_text", "properties", "security_type", "symbol", "underlying_id")

    symbol: str
    properties: int
    security_type: SecurityType
    underlying_id: "SecurityIdentifier | None"

    def __init__(self, symbol: str, properties: int, underlying: "SecurityIdentifier | None" = None) -> None:
        if " " in symbol or "|" in symbol:
            raise ValueError(f"The symbol {symbol!r} must not hold a space or '|'")
        self.symbol = symbol
        self.properties = properties
        self.security_type = SecurityType(properties % 100)
        self.underlying_id = underlying
        self._date: datetime | None = None
        self._text: str | None = None
        # Not `hash(str)`: that differs from process to process, and results must not.
        self._hash = hash((zlib.crc32(symbol.encode()), properties))

    @classmethod
    def generate_constituent_identifier(
        cls, symbol: str, security_type: SecurityType, market: str
    ) -> "SecurityIdentifier":
        """Build the identifier of a universe of constituents."""
        return cls.generate(symbol, security_type, market)

    @classmethod
    def generate(
        cls,
        ticker: str,
        security_type: SecurityType,
        market: str,
        *,
        date: date = DEFAULT_DATE,
        strike: float | Decimal = 0.0,
        right: OptionRight = OptionRight.CALL,
        style: OptionStyle = OptionStyle.AMERICAN,
        underlying: "SecurityIdentifier | None" = None,
    ) -> "SecurityIdentifier":
        """Build an identifier; raises `ValueError` for an unknown market or a strike of too many digits."""
        days = date.toordinal() - DEFAULT_DATE.toordinal()
        properties = (
            int(security_type)
            + market_code(market) * _MARKET
            + _pack_strike(strike)
            + int(style) * _STYLE
            + days * _DAYS
            + int(right) * _RIGHT
        )
        made = cls(ticker if security_type == SecurityType.BASE else ticker.upper(), properties, underlying)
        if isinstance(date, datetime) and date.time() != DEFAULT_DATE.time():
            made._date = date  # as in LEAN: the text has no time of day, this object has
        return made

    @classmethod
    def generate_equity(cls, *arguments: Any, **named: Any) -> "SecurityIdentifier":
        """`(ticker, market, [map_symbol, map_file_provider, mapping_resolve_date])` or `(date, ticker, market)`.

        In the first form the map files say what the share's first ticker and date were.
        """
        if "date" in named or (arguments and isinstance(arguments[0], date)):
            given = dict(zip(("date", "symbol", "market"), arguments, strict=False)) | named
            return cls.generate(given["symbol"], SecurityType.EQUITY, given["market"], date=given["date"])
        names = ("symbol", "market", "map_symbol", "map_file_provider", "mapping_resolve_date")
        given = dict(zip(names, arguments, strict=False)) | named
        ticker, market, found = given["symbol"], given["market"], None
        if given.get("map_symbol", True):
            found = listings.first(ticker, market, given.get("mapping_resolve_date"))
        first, listed = found or (ticker, DEFAULT_DATE)
        return cls.generate(first, SecurityType.EQUITY, market, date=listed)

    @classmethod
    def generate_option(
        cls,
        expiry: date,
        underlying: "SecurityIdentifier",
        *arguments: Any,
        **named: Any,
    ) -> "SecurityIdentifier":
        """`(expiry, underlying, [target_option,] market, strike, option_right, option_style)`.

        Without a target it is the underlying's own root, of futures the ticker of their options. Raises ValueError
        for an underlying that has no options.
        """
        names = ["target_option", "market", "strike", "option_right", "option_style"]
        if len(arguments) + len(named) < len(names):
            del names[0]
        given = dict(zip(names, arguments, strict=False)) | named
        kind, root = option_root(underlying, given.get("target_option"))
        return cls.generate(
            root,
            kind,
            given["market"],
            date=expiry,
            strike=given["strike"],
            right=given["option_right"],
            style=given["option_style"],
            underlying=underlying,
        )

    @classmethod
    def generate_future(cls, expiry: date, symbol: str, market: str) -> "SecurityIdentifier":
        """Build the identifier of a future's contract."""
        return cls.generate(symbol, SecurityType.FUTURE, market, date=expiry)

    @classmethod
    def generate_crypto_future(cls, expiry: date, symbol: str, market: str) -> "SecurityIdentifier":
        """Build the identifier of a crypto future."""
        return cls.generate(symbol, SecurityType.CRYPTO_FUTURE, market, date=expiry)

    @classmethod
    def generate_forex(cls, symbol: str, market: str) -> "SecurityIdentifier":
        """Build the identifier of a currency pair."""
        return cls.generate(symbol, SecurityType.FOREX, market)

    @classmethod
    def generate_crypto(cls, symbol: str, market: str) -> "SecurityIdentifier":
        """Build the identifier of a crypto pair."""
        return cls.generate(symbol, SecurityType.CRYPTO, market)

    @classmethod
    def generate_cfd(cls, symbol: str, market: str) -> "SecurityIdentifier":
        """Build the identifier of a CFD."""
        return cls.generate(symbol, SecurityType.CFD, market)

    @classmethod
    def generate_index(cls, symbol: str, market: str) -> "SecurityIdentifier":
        """Build the identifier of an index."""
        return cls.generate(symbol, SecurityType.INDEX, market)

    @classmethod
    def generate_base(
        cls, data_type: type | None, symbol: str, market: str, map_symbol: bool = False, date: date | None = None
    ) -> "SecurityIdentifier":
        """Build the identifier of custom data; mapped, with the first ticker and date of the share of that name."""
        day = date or DEFAULT_DATE
        if map_symbol:
            symbol, day = listings.first(symbol, market) or (symbol, DEFAULT_DATE)
        name = symbol if data_type is None else f"{symbol.upper()}.{data_type.__name__}"
        return cls.generate(name, SecurityType.BASE, market, date=day)

    @classmethod
    def parse(cls, text: str) -> "SecurityIdentifier":
        """Read an identifier from its text (`SPX XL80P3GHIA9A|SPX 31`); raises `ValueError` when it is not one."""
        identifier: SecurityIdentifier | None = None
        if not text.strip() or text == " 0":
            return EMPTY_IDENTIFIER
        for part in reversed(text.split("|")):
            words = part.split()
            if len(words) != 2:
                raise ValueError(f"{text!r} is not a security identifier")
            try:
                identifier = cls(words[0], decode_base36(words[1]), identifier)
            except ValueError as error:
                raise ValueError(f"{text!r} is not a security identifier: {error}") from None
        assert identifier is not None
        return identifier

    @property
    def date(self) -> datetime:
        """Expiry of options and futures, listing date of equities, else `DEFAULT_DATE`."""
        if self._date is None:
            self._date = DEFAULT_DATE + timedelta(days=self.properties // _DAYS % 100_000)
        return self._date

    @property
    def market(self) -> str:
        """Market name, lower case."""
        return market_name(self.properties // _MARKET % 1000)

    @property
    def strike_price(self) -> float:
        """Strike; raises `ValueError` when this is not an option."""
        self._require_option("strike price")
        return _unpack_strike(self.properties)

    @property
    def option_right(self) -> OptionRight:
        """Call or put; raises `ValueError` when this is not an option."""
        self._require_option("option right")
        return OptionRight(self.properties // _RIGHT % 10)

    @property
    def option_style(self) -> OptionStyle:
        """American or European; raises `ValueError` when this is not an option."""
        self._require_option("option style")
        return OptionStyle(self.properties // _STYLE % 10)

    @property
    def has_underlying(self) -> bool:
        """Whether the identifier names an underlying."""
        return self.underlying_id is not None

    @property
    def underlying(self) -> "SecurityIdentifier":
        """Identifier of the underlying; raises `ValueError` when there is none."""
        if self.underlying_id is None:
            raise ValueError(f"{self} has no underlying")
        return self.underlying_id

    @property
    def is_option(self) -> bool:
        """Whether this identifies an option on an equity, index or future."""
        return self.security_type in OPTION_TYPES

    @property
    def is_canonical(self) -> bool:
        """Whether this stands for a whole chain: an option root or a future root without a date."""
        is_root = self.security_type == SecurityType.FUTURE or (self.is_option and self.has_underlying)
        return is_root and self.properties // _DAYS % 100_000 == 0

    def _require_option(self, what: str) -> None:
        if self.security_type not in OPTION_TYPES:
            raise ValueError(f"The {what} is only defined for options, not for {self}")

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, SecurityIdentifier):
            return NotImplemented
        return (
            self.properties == other.properties
            and self.symbol == other.symbol
            and self.underlying_id == other.underlying_id
        )

    def __hash__(self) -> int:
        return self._hash

    def __lt__(self, other: "SecurityIdentifier") -> bool:
        return str(self) < str(other)

    def __str__(self) -> str:
        if self._text is None:
            own = f"{self.symbol} {encode_base36(self.properties)}"
            self._text = own if self.underlying_id is None else f"{own}|{self.underlying_id}"
        return self._text

    def __repr__(self) -> str:
        return f"SecurityIdentifier({str(self)!r})"


def option_root(underlying: SecurityIdentifier, root: str | None) -> tuple[SecurityType, str]:
    """Type and ticker of options: the ticker given, or the underlying's own; of futures that of their options.

    Raises ValueError for an underlying that has no options.
    """
    kind = OPTION_OF.get(underlying.security_type)
    if kind is None:
        raise ValueError(f"There are no options on {underlying.symbol}: only equities, indices, futures")
    if not root:
        is_future = kind == SecurityType.FUTURE_OPTION
        root = option_root_of_future(underlying.symbol) if is_future else underlying.symbol
    return kind, root


EMPTY_IDENTIFIER = SecurityIdentifier("", 0)
"""The identifier of no security."""


_CAPITALS = {"composite_figi": "CompositeFIGI"} | {n: n.upper() for n in ("id", "cusip", "sedol", "isin", "cik")}


def add_csharp_names(cls: type) -> None:
    """Give every public member of a class its PascalCase name too (`strike_price` -> `StrikePrice`, `id` -> `ID`)."""
    for name, member in list(vars(cls).items()):
        if not name.startswith("_"):
            setattr(cls, _CAPITALS.get(name, pascal_case(name)), member)


add_csharp_names(SecurityIdentifier)
