"""Symbols: a security identifier with today's ticker, and the texts LEAN writes for contracts.

Sources: `Common/Symbol.cs`, `Common/SymbolRepresentation.cs`, `Common/SymbolCache.cs`.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from lean_local.enums import Market, OptionRight, OptionStyle, SecurityType
from lean_local.identifiers import (
    DEFAULT_DATE,
    EMPTY_IDENTIFIER,
    OPTION_OF,
    OPTION_TYPES,
    SecurityIdentifier,
    add_csharp_names,
    option_root,
)
from lean_local.naming import LeanObject
from lean_local.tickers import future_ticker, osi_ticker

__all__ = [
    "DEFAULT_DATE",
    "SecurityIdentifier",
    "Symbol",
    "SymbolCache",
    "chain_symbol",
    "future_ticker",
    "osi_ticker",
]

_PLAIN_TYPES = frozenset(
    {
        SecurityType.FOREX,
        SecurityType.CFD,
        SecurityType.INDEX,
        SecurityType.FUTURE,
        SecurityType.CRYPTO,
        SecurityType.CRYPTO_FUTURE,
    }
)
_LONGEST_PROPERTIES = 13  # digits of base 36 that a 64 bit number has


class SymbolCache(LeanObject):
    """Tickers of the securities an algorithm has added: resolves text to symbols, and decides how symbols print.

    While the cache is empty every symbol prints its value; otherwise a symbol that is not in it prints its identifier,
    as in LEAN.
    """

    _symbols: dict[str, "Symbol"] = {}  # noqa: RUF012 - one cache per process, as in LEAN
    _tickers: dict[SecurityIdentifier, str] = {}  # noqa: RUF012

    @classmethod
    def set(cls, ticker: str, symbol: "Symbol") -> None:
        """Register a symbol under a ticker or alias (any case)."""
        cls._symbols[ticker.upper()] = symbol
        cls._tickers[symbol.id] = ticker

    @classmethod
    def find(cls, ticker: str) -> "Symbol | None":
        """Find the symbol registered under a ticker, or the one an identifier's text describes, if any."""
        found = cls._symbols.get(ticker.upper())
        if found is None and " " in ticker and len(ticker.rsplit(maxsplit=1)[-1]) <= _LONGEST_PROPERTIES:
            try:
                identifier = SecurityIdentifier.parse(ticker)
            except ValueError:
                return None
            return Symbol(identifier, _default_value(identifier, None) if not identifier.has_underlying else None)
        return found

    @classmethod
    def get_symbol(cls, ticker: str) -> "Symbol":
        """Find the symbol of a ticker. Raises KeyError for an unknown one."""
        found = cls.find(ticker)
        if found is None:
            raise KeyError(f"We were unable to locate the ticker '{ticker}' in the SymbolCache.")
        return found

    @classmethod
    def try_get_symbol(cls, ticker: str, _out: Any = None) -> "tuple[bool, Symbol | None]":
        """Whether a ticker is known, and its symbol."""
        found = cls.find(ticker)
        return found is not None, found

    @classmethod
    def text(cls, symbol: "Symbol") -> str:
        """Return what `str(symbol)` prints."""
        if not cls._tickers:
            return symbol.value
        return cls._tickers.get(symbol.id) or str(symbol.id)

    @classmethod
    def clear(cls) -> None:
        """Forget everything; called at the start and the end of a run."""
        cls._symbols.clear()
        cls._tickers.clear()


def _default_value(identifier: SecurityIdentifier, underlying: "Symbol | None") -> str | None:
    if identifier.is_option:
        assert underlying is not None
        root = underlying.value if identifier.symbol == underlying.id.symbol else identifier.symbol
        if identifier.date == DEFAULT_DATE:
            return f"?{root.upper()}"
        root = root + " " if len(root) > 5 else root
        return osi_ticker(root, identifier.option_right, identifier.strike_price, identifier.date)
    if identifier.security_type == SecurityType.FUTURE:
        canonical = identifier.date == DEFAULT_DATE
        return f"/{identifier.symbol}" if canonical else future_ticker(identifier.symbol, identifier.date)
    return None


BASE_TYPES: dict[str, type] = {}
"""Types of custom data by name: identifiers hold no more than the name (LEAN `SecurityIdentifier`)."""


class Symbol:
    """A security: its identifier, its ticker (`value`) and the symbol of its underlying."""

    __slots__ = ("_canonical", "_text", "id", "underlying")

    id: SecurityIdentifier
    underlying: "Symbol | None"

    def __init__(self, sid: SecurityIdentifier, value: str | None = None, underlying: "Symbol | None" = None) -> None:
        """Make a symbol; `value` None means the text LEAN gives to such a contract."""
        if underlying is None and sid.underlying_id is not None:
            underlying = Symbol(sid.underlying_id, sid.underlying_id.symbol)
            value = _default_value(sid, underlying) or value
        self.id = sid
        self.underlying = underlying
        self._text = value.upper() if value is not None else None
        self._canonical: Symbol | None = None

    @property
    def value(self) -> str:
        """Ticker as of today, upper case."""
        if self._text is None:
            # Written on first use: a chain of thousands of contracts is seldom printed.
            self._text = (_default_value(self.id, self.underlying) or self.id.symbol).upper()
        return self._text

    @classmethod
    def create(
        cls,
        ticker: str,
        security_type: SecurityType,
        market: str,
        alias: str | None = None,
        base_data_type: type | None = None,
    ) -> "Symbol":
        """Make a symbol from a ticker; option and future types give the canonical symbol.

        Raises `ValueError` for commodities and future options, which a ticker alone does not describe.
        """
        if security_type == SecurityType.EQUITY:
            sid = SecurityIdentifier.generate_equity(ticker, market)
        elif security_type == SecurityType.BASE:
            sid = SecurityIdentifier.generate_base(base_data_type, ticker, market)
        elif security_type in {SecurityType.OPTION, SecurityType.INDEX_OPTION}:
            of_index = security_type == SecurityType.INDEX_OPTION
            underlying = cls.create(ticker, SecurityType.INDEX if of_index else SecurityType.EQUITY, market)
            return cls.create_canonical_option(underlying, market=market, alias=alias)
        elif security_type in _PLAIN_TYPES:
            sid = SecurityIdentifier.generate(ticker, security_type, market)
            if security_type == SecurityType.FUTURE:
                return cls(sid, alias)
        else:
            raise ValueError(f"A ticker alone does not describe a {security_type.csharp_name}")
        return cls(sid, alias if alias is not None else ticker)

    @classmethod
    def create_equity(cls, ticker: str, market: str = Market.USA) -> "Symbol":
        """Make an equity symbol; the identifier carries the first ticker and date of its map file."""
        return cls.create(ticker, SecurityType.EQUITY, market)

    @classmethod
    def create_index(cls, ticker: str, market: str = Market.USA) -> "Symbol":
        """Make an index symbol."""
        return cls.create(ticker, SecurityType.INDEX, market)

    @classmethod
    def create_future(cls, ticker: str, market: str, expiry: date, alias: str | None = None) -> "Symbol":
        """Make the symbol of a future contract that expires on `expiry`."""
        return cls(SecurityIdentifier.generate(ticker, SecurityType.FUTURE, market, date=expiry), alias)

    @classmethod
    def create_base(cls, base_type: type, underlying: "Symbol", market: str = Market.USA) -> "Symbol":
        """Make a custom data symbol tied to an underlying."""
        dated = {SecurityType.EQUITY, SecurityType.FUTURE, SecurityType.BASE} | OPTION_TYPES
        day = underlying.id.date if underlying.security_type in dated else DEFAULT_DATE
        sid = SecurityIdentifier.generate_base(base_type, underlying.id.symbol, market, date=day)
        BASE_TYPES[base_type.__name__] = base_type
        return cls(sid, underlying.value, underlying)

    @classmethod
    def contract(
        cls,
        underlying: "Symbol",
        root: str | None,
        market: str,
        style: OptionStyle,
        right: OptionRight,
        strike: float | Decimal,
        expiry: date,
        alias: str | None = None,
    ) -> "Symbol":
        """Make an option contract; `root` None means the underlying's own root (for futures: its option ticker)."""
        kind, root = option_root(underlying.id, root)
        sid = SecurityIdentifier.generate(
            root, kind, market, date=expiry, strike=strike, right=right, style=style, underlying=underlying.id
        )
        return cls(sid, alias, underlying)

    @classmethod
    def create_option(cls, underlying: "Symbol | str", *arguments: Any, **named: Any) -> "Symbol":
        """Make an option contract, in LEAN's three forms.

        `(ticker, market, style, right, strike, expiry)`, the same with a symbol as underlying, and
        `(underlying symbol, target option ticker, market, style, right, strike, expiry)`; each takes an `alias`.
        """
        names = ["market", "style", "right", "strike", "expiry", "alias"]
        if "target_option" in named or (len(arguments) > 1 and isinstance(arguments[1], str)):
            names.insert(0, "target_option")
        given = dict(zip(names, arguments, strict=False)) | named
        given.pop("map_symbol", None)
        for renamed in ("underlying_symbol", "option_style"):
            given.pop(renamed, None)
        if isinstance(underlying, str):
            underlying = cls.create_equity(underlying, given.get("market", Market.USA))
        target = given.pop("target_option", None)
        return cls.contract(underlying, target or None, **given)

    @classmethod
    def create_canonical_option(
        cls, underlying: "Symbol", *arguments: Any, market: str | None = None, **named: Any
    ) -> "Symbol":
        """Make the canonical symbol of an option chain: `(underlying[, target option][, market][, alias])`."""
        names = ["target_option", "market", "alias"]
        if arguments and isinstance(arguments[0], str) and arguments[0].lower() in vars(Market).values():
            names = ["market", "alias"]
        given: dict[str, Any] = dict(zip(names, arguments, strict=False)) | named
        own_style = underlying.security_type == SecurityType.INDEX
        return cls.contract(
            underlying,
            given.get("target_option") or None,
            market or given.get("market") or underlying.id.market,
            OptionStyle.EUROPEAN if own_style else OptionStyle.AMERICAN,
            OptionRight.CALL,
            0.0,
            DEFAULT_DATE,
            given.get("alias"),
        )

    @property
    def security_type(self) -> SecurityType:
        """Kind of security."""
        return self.id.security_type

    @property
    def has_underlying(self) -> bool:
        """Whether the symbol has an underlying."""
        return self.underlying is not None

    @property
    def canonical(self) -> "Symbol":
        """Canonical symbol of the chain; raises `ValueError` when the type has none."""
        if self._canonical is None:
            if self.is_canonical():
                self._canonical = self
            elif self.id.is_option and self.underlying is not None:
                self._canonical = Symbol.create_canonical_option(self.underlying, self.id.symbol, self.id.market)
            elif self.security_type == SecurityType.FUTURE:
                self._canonical = Symbol.create(self.id.symbol, SecurityType.FUTURE, self.id.market)
            else:
                raise ValueError(f"{self.value} belongs to no chain: only options and futures have a canonical symbol")
        return self._canonical

    def _definition(self) -> Any:
        """Its row of the data folder's security database, None without one or without a run."""
        from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

        return next((row for row in current_run().folder.definitions() if row.id == self.id), None)

    cusip = property(lambda self: getattr(self._definition(), "cusip", None), doc="CUSIP, None if not known.")
    composite_figi = property(lambda self: getattr(self._definition(), "composite_figi", None), doc="Composite FIGI.")
    sedol = property(lambda self: getattr(self._definition(), "sedol", None), doc="SEDOL, None if not known.")
    isin = property(lambda self: getattr(self._definition(), "isin", None), doc="ISIN, None if not known.")
    cik = property(lambda self: getattr(self._definition(), "cik", None), doc="CIK, None if not known.")

    def is_canonical(self) -> bool:
        """Whether the symbol stands for a whole chain."""
        return self.id.is_canonical

    def has_canonical(self) -> bool:
        """Whether the symbol is one contract of a chain."""
        return not self.is_canonical() and (self.id.is_option or self.security_type == SecurityType.FUTURE)

    def has_underlying_symbol(self, symbol: "Symbol") -> bool:
        """Whether `symbol` is the underlying, or the underlying's underlying."""
        current = self.underlying
        while current is not None:
            if current == symbol:
                return True
            current = current.underlying
        return False

    def update_mapped_symbol(self, mapped: str) -> "Symbol":
        """Return the same security under the ticker it has on another date (options: under the underlying's)."""
        if self.id.is_option and self.underlying is not None:
            return Symbol(self.id, None, self.underlying.update_mapped_symbol(mapped))
        return Symbol(self.id, mapped, self.underlying)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Symbol):
            return self.id == other.id
        if isinstance(other, str):
            known = SymbolCache.find(other)
            return self.id == known.id if known is not None else other in {self.value, str(self.id)}
        if isinstance(other, SecurityIdentifier):
            return self.id == other
        if getattr(type(other), "_is_symbol_too", False):  # .NET converts it: an option contract, a security
            return bool(self.id == other.symbol.id)  # type: ignore[attr-defined]
        return other is None and self.id == EMPTY_IDENTIFIER

    def __hash__(self) -> int:
        return self.id._hash

    def _order(self, other: "Symbol | str") -> tuple[str, str]:
        return self.value.upper(), (other if isinstance(other, str) else other.value).upper()

    def __lt__(self, other: "Symbol | str") -> bool:
        mine, theirs = self._order(other)
        return mine < theirs

    def __le__(self, other: "Symbol | str") -> bool:
        return not self > other

    def __gt__(self, other: "Symbol | str") -> bool:
        mine, theirs = self._order(other)
        return mine > theirs

    def __ge__(self, other: "Symbol | str") -> bool:
        return not self < other

    def __str__(self) -> str:
        return SymbolCache.text(self)

    def __repr__(self) -> str:
        return f"Symbol({str(self.id)!r}, {self.value!r})"


add_csharp_names(Symbol)


def chain_symbol(symbol: Symbol) -> Symbol:
    """Canonical symbol of the options on a security, or of an option's own chain; other symbols as they are."""
    if symbol.id.is_option:
        return symbol.canonical
    return Symbol.create_canonical_option(symbol) if symbol.security_type in OPTION_OF else symbol
