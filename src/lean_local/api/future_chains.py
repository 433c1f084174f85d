"""Futures chains of a slice, and those read from universe files (semantics §4.5)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lean_local.api.bars import DataDictionary
from lean_local.api.chain_bars import ChainBars
from lean_local.engine.feeds import FORWARDED, shown_row
from lean_local.enums import MarketDataType
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol

if TYPE_CHECKING:
    import pandas as pd


class FuturesContract(LeanObject):
    """One contract of a chain."""

    _is_symbol_too = True  # where a symbol is compared with it

    __slots__ = (
        "ask_price",
        "ask_size",
        "bid_price",
        "bid_size",
        "expiry",
        "last_price",
        "open_interest",
        "symbol",
        "time",
        "volume",
    )

    def __init__(self, symbol: Symbol, time: datetime) -> None:
        self.symbol, self.time, self.expiry = symbol, time, symbol.id.date
        self.bid_price = self.ask_price = self.last_price = self.open_interest = 0.0
        self.bid_size = self.ask_size = self.volume = 0

    @property
    def id(self) -> Any:
        """Security identifier."""
        return self.symbol.id

    @property
    def price(self) -> float:
        """Same as `last_price`."""
        return self.last_price

    value = close = price

    @property
    def underlying_symbol(self) -> Symbol | None:
        """None: a future has no underlying here."""
        return self.symbol.underlying

    def __str__(self) -> str:
        return self.symbol.value


class FuturesContracts(DataDictionary):
    """Contracts by symbol; iterating yields pairs."""

    def __iter__(self) -> Iterator[Any]:
        from lean_local.securities.manager import DataPair  # noqa: PLC0415  breaks an import cycle

        return iter([DataPair(k, v) for k, v in self._items.items()])


class FuturesChain(ChainBars):
    """The contracts of one root that have data."""

    __slots__ = ("_bar", "_bars", "_contracts", "_shown")
    _data_type = MarketDataType.FUTURES_CHAIN

    def __init__(self, canonical: Symbol, time: datetime, contracts: Iterable[FuturesContract] = ()) -> None:
        super().__init__(canonical, time)
        self._contracts = {c.symbol: c for c in contracts}
        self._shown: list[tuple[Any, int, int]] = []  # feed, trade state, quote state
        self._bar: Callable[..., Any] | None = None
        self._bars: dict[bool, DataDictionary] = {}

    def put(self, contract: FuturesContract) -> None:
        """Add a contract. Engine only."""
        self._contracts[contract.symbol] = contract

    def show(self, feed: Any, traded: int, quoted: int, bar: "Callable[..., Any]") -> None:
        """Remember where a contract's bars come from: `bar(feed, state, trade=…)`. Engine only."""
        self._shown.append((feed, traded, quoted))
        self._bar = bar

    def _bars_of(self, *, trade: bool) -> DataDictionary:
        if trade not in self._bars:
            items = {}
            for feed, traded, quoted in self._shown:
                bar = None if self._bar is None else self._bar(feed, traded if trade else quoted, trade=trade)
                if bar is not None:
                    items[feed.security.symbol] = bar
            self._bars[trade] = DataDictionary(items)
        return self._bars[trade]

    def contains_key(self, key: Any) -> bool:
        """Whether the chain has that contract."""
        return key in self.contracts

    @property
    def contracts(self) -> FuturesContracts:
        """Contracts by symbol."""
        return FuturesContracts(self._contracts)

    def __iter__(self) -> Iterator[FuturesContract]:
        return iter(list(self._contracts.values()))

    def __len__(self) -> int:
        return len(self._contracts)

    @property
    def count(self) -> int:
        """Number of contracts."""
        return len(self._contracts)

    def __getitem__(self, key: Any) -> FuturesContract:
        found: FuturesContract = self.contracts[key]
        return found

    @property
    def data_frame(self) -> "pd.DataFrame":
        """One row per contract."""
        from lean_local.api.frames import future_chain_frame  # noqa: PLC0415  pandas only when asked for

        return future_chain_frame(list(self))


class FuturesChains(DataDictionary):
    """Chains by canonical symbol; iterating yields pairs."""

    def __iter__(self) -> Iterator[Any]:
        from lean_local.securities.manager import DataPair  # noqa: PLC0415  breaks an import cycle

        return iter([DataPair(k, v) for k, v in self._items.items()])

    @property
    def data_frame(self) -> "pd.DataFrame":
        """All contracts; index (canonical, symbol)."""
        import pandas as pd  # noqa: PLC0415  pandas only when asked for

        return pd.concat({k: c.data_frame for k, c in self._items.items()}, names=["canonical", "symbol"])


def futures_chains(
    singles: Iterable[tuple[Any, int, int]], utc_ms: int, time: datetime, bar: "Callable[..., Any]"
) -> FuturesChains:
    """Chains of the futures among a step's `(feed, trade state, quote state)`, without the continuous ones.

    :param bar: makes the bar that a slice shows, of a feed and a state
    """
    from lean_local.securities.future import Future  # noqa: PLC0415  breaks an import cycle

    chains: dict[Symbol, FuturesChain] = {}
    for feed, traded, quoted in singles:
        security = feed.security
        if feed.internal or not isinstance(security, Future) or security.symbol.is_canonical():
            continue
        canonical = security.symbol.canonical
        chain = chains.get(canonical)
        if chain is None:
            chain = chains[canonical] = FuturesChain(canonical, time)
        chain.put(_contract(feed, time, utc_ms, traded, quoted))
        chain.show(feed, traded, quoted, bar)
    return FuturesChains(chains)


def _contract(feed: Any, time: datetime, utc_ms: int, traded: int, quoted: int) -> FuturesContract:
    """What a step shows of a contract: its bars, repeated ones too; a repeated trade bar has no volume."""
    made = FuturesContract(feed.security.symbol, time)
    trade, quote = shown_row(feed, traded, trade=True), shown_row(feed, quoted, trade=False)
    if traded and trade is not None:
        made.last_price = trade.close
        made.volume = 0 if traded == FORWARDED else int(trade.volume)
    if quoted and quote is not None:
        made.bid_price = quote.bid.close if quote.bid is not None else 0.0
        made.ask_price = quote.ask.close if quote.ask is not None else 0.0
        made.bid_size, made.ask_size = int(quote.bid_size), int(quote.ask_size)
    if utc_ms <= feed.end_ms:  # LEAN's open interest is a tick, not a bar: none at the midnight that ends the run
        made.open_interest = feed.cache.interest
    return made
