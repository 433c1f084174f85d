"""Conversion rates of the cash book: which pair prices a currency, and the internal feeds of pairs nobody added.

LEAN `Cash.EnsureCurrencyDataFeed`, `SecurityCurrencyConversion.LinearSearch`, `CurrencyPairUtil.ComparePair`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from lean_local.engine.subscriptions import Subscriptions
from lean_local.enums import Market, Resolution, SecurityType
from lean_local.securities.cash import Cash, Conversion
from lean_local.securities.pairs import base_currency
from lean_local.securities.security import Security
from lean_local.symbols import Symbol

_PRICING = (SecurityType.FOREX, SecurityType.CFD, SecurityType.CRYPTO)
_DOLLARS = ("USDT", "USDC", "USD")
_STABLE: dict[str, frozenset[str]] = {
    Market.COINBASE: frozenset({"USDCUSD"}),
    Market.BINANCE: frozenset(
        {"USDCUSD", "USDTUSD", "USDPUSD", "SUSDUSD", "BUSDUSD", "USTUSD", "TUSDUSD", "FDUSDUSD", "DAIUSD", "IDRTIDR"}
        | {"BNFCRUSD"}
    ),
    Market.BITFINEX: frozenset({"EURSEUR", "XCHFCHF"}),
    Market.BYBIT: frozenset({"USDCUSD", "USDTUSD", "USDPUSD", "SUSDUSD", "BUSDUSD", "USTUSD", "TUSDUSD", "DAIUSD"}),
    Market.DYDX: frozenset({"USDCUSD"}),
}
_PAIRED = ((1, 3), (1, 2), (0, 3), (0, 2))


def is_stable(first: str, second: str, market: str) -> bool:
    """Whether one of two currencies is a stable coin of the other that the market trades without a pair."""
    known = _STABLE.get(market, frozenset())
    return first + second in known or second + first in known


def _is_stable_of_account(account: str, currency: str, market: str) -> bool:
    others = [d for d in _DOLLARS if d != currency] if account in _DOLLARS else [account]
    return any(is_stable(o, currency, market) for o in others)


@dataclass(frozen=True, slots=True)
class _Pair:
    symbol: Symbol
    base: str
    quote: str

    def match(self, base: str, quote: str) -> bool | None:
        """False when the pair is base over quote, True when inverted, else None; stable coins count as equal."""
        names = [self.base, self.quote, base, quote]
        for left, right in _PAIRED:
            if is_stable(names[left], names[right], self.symbol.id.market):
                names[left] = names[right]
        mine = (names[0], names[1])
        return False if mine == (base, quote) else True if mine == (quote, base) else None

    def other(self, currency: str) -> str | None:
        """The other currency of the pair."""
        return self.quote if self.base == currency else self.base if self.quote == currency else None


class Currencies:
    """Finds conversions as currencies come into the cash book."""

    def __init__(self, subscriptions: Subscriptions, seed: Callable[[Security], object]) -> None:
        """:param seed: gives a security without a price what is last known of it"""
        self._seed = seed
        self._subscriptions = subscriptions
        self._state = subscriptions.state
        self._known = 0

    def ensure(self) -> bool:
        """Give every currency without one a conversion, at the last rate known; returns whether feeds were added."""
        book = self._state.portfolio.cash_book
        if len(book) == self._known:
            return False
        count = len(self._subscriptions.internal)
        done = 0
        while done < len(book):  # pairs bring currencies of their own
            for cash in book.values()[done:]:
                done += 1
                if cash.conversion is None:
                    cash.conversion = self._conversion(cash)
                    if cash.conversion.fixed is not None and cash.rate:
                        cash.conversion.fixed = cash.rate  # a rate the algorithm gave stays, where nothing updates it
                    elif not cash.rate:
                        self._seed_rate(cash)
        self._known = len(book)
        return len(self._subscriptions.internal) > count

    def _seed_rate(self, cash: Cash) -> None:
        """LEAN `AlgorithmUtils.SeedCurrencyConversionRates`."""
        for security in cash.conversion_rate_securities:
            self._seed(security)
        cash.update()

    def _conversion(self, cash: Cash) -> Conversion:
        account = self._state.portfolio.cash_book.account_currency
        markets = self._state.brokerage.default_markets
        if cash.symbol == account:
            return Conversion([], Decimal(1))
        if _is_stable_of_account(account, cash.symbol, markets.get(SecurityType.CRYPTO, "")):
            return Conversion([], Decimal(1))
        securities = [s for s in self._state.securities.made() if s.type in _PRICING]
        securities += [f.security for f in self._subscriptions.internal if f.security.type in _PRICING]
        existing = {s.symbol: s for s in reversed(securities)}
        pairs = [p for p in (_pair_of(s) for s in securities) if p is not None] + list(self._listed(markets))
        return self._search(cash.symbol, account, pairs, existing)

    def _search(self, source: str, account: str, pairs: list[_Pair], existing: dict[Symbol, Security]) -> Conversion:
        for pair in pairs:
            inverted = pair.match(source, account)
            if inverted is not None:
                return Conversion([(self._security(pair, existing), inverted)])
        for first in pairs:
            middle = first.other(source)
            if middle is None:
                continue
            for second in pairs:
                inverted = second.match(middle, account)
                if inverted is not None:
                    step = (self._security(first, existing), first.quote == source)
                    return Conversion([step, (self._security(second, existing), inverted)])
        return Conversion([], Decimal(0))

    def _listed(self, markets: dict[SecurityType, str]) -> Iterable[_Pair]:
        """Pairs of the symbol-properties database on the brokerage's markets and those in use."""
        used: dict[SecurityType, dict[str, None]] = {}
        for security in self._state.securities.made():
            used.setdefault(security.type, {})[security.symbol.id.market] = None
        for one, other in ((SecurityType.CFD, SecurityType.FOREX), (SecurityType.FOREX, SecurityType.CFD)):
            if one in used and other not in used:
                used[other] = used[one]
        for kind in _PRICING:
            names = [markets[kind]] if kind in markets else []
            for market in dict.fromkeys([*names, *used.get(kind, {})]):
                for ticker, quote in self._subscriptions.folder.properties.pairs(market, kind):
                    symbol = Symbol.create(ticker, kind, market)
                    base = base_currency(symbol, quote)
                    if base:
                        yield _Pair(symbol, base, quote)

    def _security(self, pair: _Pair, existing: dict[Symbol, Security]) -> Security:
        found = existing.get(pair.symbol)
        if found is None:
            feeds = [f for f in self._subscriptions.feeds() if not f.internal]
            finest = min((f.resolution for f in feeds), default=Resolution.MINUTE)
            found = self._subscriptions.add_single(pair.symbol, finest, internal=True, one_kind=True)
            existing[pair.symbol] = found
        return found


def _pair_of(security: Security) -> _Pair | None:
    quote = security.symbol_properties.quote_currency
    base = base_currency(security.symbol, quote)
    return None if base is None else _Pair(security.symbol, base, quote)
