"""Option chains of a slice: snapshots of columns; objects are made when an algorithm iterates (semantics §4.5)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from lean_local.api.bars import DataDictionary, DataPair, carried_forward
from lean_local.api.chain_bars import ChainBars
from lean_local.api.universe_rows import contract_symbol
from lean_local.enums import OptionRight
from lean_local.naming import LeanObject
from lean_local.securities.bar_tables import ASK_CLOSE, BID_CLOSE, SIZES, TRADE_CLOSE, VOLUME
from lean_local.securities.manager import as_symbol
from lean_local.symbols import Symbol, chain_symbol

if TYPE_CHECKING:
    import pandas as pd

    from lean_local.engine.chain import ChainSubscription


class Greeks(LeanObject):
    """Greeks in LEAN's units: theta per year, `theta_per_day`, vega per 0.01, rho per 0.01."""

    __slots__ = ("delta", "gamma", "lambda_", "rho", "theta", "vega")

    def __init__(
        self,
        delta: float = 0.0,
        gamma: float = 0.0,
        vega: float = 0.0,
        theta: float = 0.0,
        rho: float = 0.0,
        lambda_: float = 0.0,
    ) -> None:
        self.delta, self.gamma, self.vega, self.theta = delta, gamma, vega, theta
        self.rho, self.lambda_ = rho, lambda_

    @property
    def theta_per_day(self) -> float:
        """Theta per day."""
        return self.theta / 365.0

    @theta_per_day.setter
    def theta_per_day(self, value: float) -> None:
        self.theta = round(value * 365.0, 10)


def greeks_of_day(delta: float, gamma: float, vega: float, theta_per_day: float, rho: float) -> Greeks:
    """Greeks whose theta is known per day."""
    return Greeks(delta, gamma, vega, round(theta_per_day * 365.0, 10), rho)


def _column(name: str, doc: str) -> Any:
    """A property that reads the contract's row of a column of its chain."""

    def read(contract: "OptionContract") -> Any:
        try:  # costs nothing where the list is made: once per chain it is not
            return contract._chain._lists[name][contract._row]
        except KeyError:
            return contract._chain.listed(name)[contract._row]

    return property(read, doc=doc)


_QUOTE_FIELDS: dict[str, tuple[int, Callable[[Any], float]]] = {
    "bid": (BID_CLOSE, lambda row: row.bid.close if row.bid else np.nan),
    "bid_size": (SIZES[0], attrgetter("bid_size")),
    "ask": (ASK_CLOSE, lambda row: row.ask.close if row.ask else np.nan),
    "ask_size": (SIZES[1], attrgetter("ask_size")),
}
"""By column: the field of quote rows, and what a quote bar outside the hours has there."""


class OptionContract(LeanObject):
    """One contract of a chain. Quotes are those of its slice; Greeks are computed at first access."""

    _is_symbol_too = True  # where a symbol is compared with it

    __slots__ = ("_chain", "_row")

    def __init__(self, chain: "OptionChain", row: int) -> None:
        self._chain, self._row = chain, row

    bid_price = _column("bid", "Bid, 0 when there is none.")
    ask_price = _column("ask", "Ask, 0 when there is none.")
    bid_size = _column("bid_size", "Size at the bid.")
    ask_size = _column("ask_size", "Size at the ask.")
    last_price = _column("last", "Close of the last trade bar, 0 when there is none.")
    volume = _column("volume", "Volume of this step's trade bar.")
    open_interest = _column("interest", "Open interest.")
    strike = _column("strike", "Strike.")
    expiry = _column("expiry", "Expiry at midnight.")
    right = _column("right", "Call or put.")

    @property
    def price(self) -> float:
        """Same as `last_price`."""
        last: float = self.last_price
        return last

    value = close = price

    @property
    def underlying_last_price(self) -> float:
        """Price of the underlying."""
        return self._chain.underlying_price

    @property
    def symbol(self) -> Symbol:
        """Symbol."""
        return self._chain.symbol_of_row(self._row)

    @property
    def id(self) -> Any:
        """Security identifier."""
        return self.symbol.id

    @property
    def underlying_symbol(self) -> Symbol | None:
        """Symbol of the underlying."""
        canonical = self._chain.symbol
        return None if canonical is None else canonical.underlying

    @property
    def style(self) -> Any:
        """American or European."""
        return self.symbol.id.option_style

    @property
    def scaled_strike(self) -> float:
        """Strike times the strike multiplier."""
        return float(self.strike * self._chain.strike_multiplier)

    @property
    def time(self) -> datetime:
        """Time of the contract's data."""
        return self._chain.contract_time

    def _price(self) -> Any:
        return self._chain.price_row(self._row, self)

    @property
    def implied_volatility(self) -> float:
        """Implied volatility, 0 when there is none."""
        return float(self._price().implied_volatility)

    @property
    def greeks(self) -> Greeks:
        """Greeks, all 0 when there is no implied volatility."""
        found: Greeks = self._price().greeks
        return found

    @property
    def theoretical_price(self) -> float:
        """Black–Scholes price with the implied volatility."""
        return float(self._price().theoretical_price)

    def __str__(self) -> str:
        return f"{self.symbol.value}"


class OptionChain(ChainBars):
    """The contracts of one root that have data in a slice."""

    __slots__ = (
        "_bars",
        "_by_symbol",
        "_contracts",
        "_find",
        "_hidden",
        "_interest",
        "_lists",
        "_priced",
        "_quotes",
        "_slots",
        "_trades",
        "_values",
        "contract_time",
        "subscription",
        "underlying",
        "underlying_price",
        "utc_ms",
    )

    def __init__(
        self,
        subscription: "ChainSubscription",
        slots: Any,
        zone: Any,
        utc_ms: int,
        underlying: Any,
        find: Callable[[Symbol], Any],
    ) -> None:
        super().__init__(subscription.canonical, zone.to_local(utc_ms))
        self.contract_time = self.time  # of the contracts; not part of LEAN
        self.subscription, self.utc_ms, self._find = subscription, utc_ms, find
        self.underlying = underlying
        self.underlying_price = float(underlying.close) if underlying is not None else 0.0
        self._slots = slots
        columns = subscription.columns
        self._quotes = columns.quotes.view(columns.quote_at.take(slots))
        self._trades = columns.trades.view(columns.trade_at.take(slots))
        self._interest = columns.open_interest
        self._hidden = columns.hidden.copy() if columns.hidden else None
        self._values: dict[str, Any] = {}
        self._lists: dict[str, list[Any]] = {}
        self._priced: dict[int, Any] = {}
        self._bars: dict[bool, DataDictionary] = {}
        self._contracts: list[OptionContract] | None = None
        self._by_symbol: dict[Symbol, OptionContract] | None = None

    @property
    def strike_multiplier(self) -> float:
        """What strikes are multiplied with to be prices of the underlying. Not part of LEAN."""
        return self.subscription.strike_multiplier

    def column(self, name: str) -> Any:
        """A column, shape [n]: bid, ask, bid_size, ask_size, last, volume, interest, strike, right or expiry.

        Missing values are NaN; `right` is +1 or -1, `expiry` an ordinal. Not part of LEAN.
        """
        found = self._values.get(name)
        if found is None:
            found = self._values[name] = self._column(name)
        return found

    def _column(self, name: str) -> Any:
        if name in _QUOTE_FIELDS:
            field, shown = _QUOTE_FIELDS[name]
            return self._with_hidden(self._quotes.column(field), shown, trade=False)
        if name == "last":
            return self._with_hidden(self._trades.column(TRADE_CLOSE), attrgetter("close"), trade=True)
        if name == "volume":
            return np.where(self._trades.ends == self.utc_ms, self._trades.column(VOLUME), 0.0)
        source = self._interest if name == "interest" else getattr(self.subscription.columns, name)
        return source.take(self._slots)

    def _with_hidden(self, column: Any, shown: Callable[[Any], float], *, trade: bool) -> Any:
        """The column with what bars outside the hours show, where such a bar came last."""
        if self._hidden is not None:
            for place, row in self._hidden.among(self._slots, trade=trade):
                column[place] = shown(row)
        return column

    def listed(self, name: str) -> list[Any]:
        """A column as contracts show it (a missing number is 0, dates and sides are objects), made when asked for."""
        found = self._lists.get(name)
        if found is None:
            found = self._lists[name] = self._list(name)
        return found

    def _list(self, name: str) -> list[Any]:
        column = self.column(name)
        if name == "expiry":
            days = {o: datetime.fromordinal(o) for o in np.unique(column).tolist()}
            return [days[o] for o in column.tolist()]
        if name == "right":
            call, put = OptionRight.CALL, OptionRight.PUT
            return [call if r > 0 else put for r in column.tolist()]
        numbers = np.where(np.isnan(column), 0.0, column)
        whole = name in ("bid_size", "ask_size", "volume")
        made: list[Any] = (numbers.astype(np.int64) if whole else numbers).tolist()
        return made

    def symbol_of_row(self, row: int) -> Symbol:
        """Symbol of a contract by its place in the chain. Not part of LEAN."""
        return self.subscription.symbol_of(int(self._slots[row]))

    def price_row(self, row: int, contract: OptionContract) -> Any:
        """Implied volatility and Greeks of a contract by its place in the chain. Not part of LEAN."""
        found = self._priced.get(row)
        if found is None:
            found = self._priced[row] = self.subscription.price_contract(int(self._slots[row]), contract)
        return found

    def _made(self) -> list[OptionContract]:
        if self._contracts is None:
            self._contracts = list(map(OptionContract, repeat(self), range(len(self._slots))))
        return self._contracts

    @property
    def contracts(self) -> "OptionContracts":
        """Contracts by symbol."""
        if self._by_symbol is None:
            self._by_symbol = {c.symbol: c for c in self._made()}
        return OptionContracts(self._by_symbol)

    def __iter__(self) -> Iterator[OptionContract]:
        return iter(self._made())

    def __len__(self) -> int:
        return len(self._slots)

    @property
    def count(self) -> int:
        """Number of contracts."""
        return len(self._slots)

    def contains_key(self, key: Any) -> bool:
        """Whether the chain has that contract."""
        return key in self.contracts

    def _bars_of(self, *, trade: bool) -> DataDictionary:
        """Bars of the slice's contracts, for a chain looked at in its own step."""
        if trade not in self._bars:
            columns, items = self.subscription.columns, {}
            for slot in self._slots.tolist():
                row = columns.shown_row(slot, trade=trade)
                security = self._find(self.subscription.symbol_of(slot)) if row is not None else None
                if row is None or security is None:
                    continue
                bar = security.make_trade_bar(row) if trade else security.make_quote_bar(row)
                if row.end_utc_ms != self.utc_ms:
                    bar = carried_forward(bar, security.zone.to_local(self.utc_ms), self.subscription.feed)
                items[security.symbol] = bar
            self._bars[trade] = DataDictionary(items)
        return self._bars[trade]

    @property
    def data_frame(self) -> "pd.DataFrame":
        """One row per contract (semantics §4.5)."""
        from lean_local.api.frames import chain_frame  # noqa: PLC0415  pandas only when asked for

        return chain_frame(list(self))

    def __getitem__(self, key: Any) -> OptionContract:
        found: OptionContract = self.contracts[key]
        return found


class OptionContracts(DataDictionary):
    """Contracts by symbol."""

    def __iter__(self) -> Iterator[Any]:
        return iter([DataPair(k, v) for k, v in self._items.items()])


class OptionChains(DataDictionary):
    """Chains by canonical symbol."""

    __slots__ = ("_flatten",)

    def __init__(self, items: dict[Symbol, Any] | None = None, resolve: Any = None, *, flatten: bool = True) -> None:
        super().__init__(items, resolve)
        self._flatten = flatten

    @property
    def data_frame(self) -> "pd.DataFrame":
        """The frames of all chains; flattened ones under (canonical, symbol)."""
        import pandas as pd  # noqa: PLC0415  pandas only when asked for

        frames = {key: chain.data_frame for key, chain in self._items.items()}
        if self._flatten:
            return pd.concat(frames, names=["canonical", "symbol"])
        return pd.concat(list(frames.values()))

    def _key(self, key: Any) -> Any:
        if isinstance(key, str):
            return next((s for s in self._items if s.value in {key, f"?{key}"}), key)
        found = as_symbol(key)
        return super()._key(key) if found is None else chain_symbol(found)

    def __iter__(self) -> Iterator[Any]:
        return iter([DataPair(k, v) for k, v in self._items.items()])


__all__ = ["Greeks", "OptionChain", "OptionChains", "OptionContract", "OptionContracts", "contract_symbol"]
