"""Closes option positions before their underlying splits (LEAN `AlgorithmManager.ProcessSplitSymbols`)."""

from collections.abc import Iterable

from lean_local.api.bars import Delisting, Split
from lean_local.engine.feeds import PERIOD_MS
from lean_local.engine.state import RunState
from lean_local.enums import DelistingType, OrderType, SplitType
from lean_local.orders.processor import OrderProcessor
from lean_local.orders.requests import NewOrder
from lean_local.securities.option import Option
from lean_local.securities.security import Security
from lean_local.symbols import Symbol

_CANCELED = "Canceled due to impending split. Separate MarketOnClose order submitted to liquidate position."
_LIQUIDATED = "Liquidated due to impending split. Option splits are not currently supported."


class SplitWarnings:
    """Splits that were warned of and whose options are not closed yet."""

    def __init__(self, state: RunState, orders: OrderProcessor) -> None:
        self.state, self.orders = state, orders
        self._waiting: dict[Symbol, Split] = {}
        self._last_days: dict[Symbol, Delisting] = {}  # contracts whose delisting was warned of

    def note(self, splits: Iterable[Split], delistings: Iterable[Delisting]) -> None:
        """Take note of what a step warns of."""
        for split in splits:
            if split.type == SplitType.WARNING and split.symbol is not None:
                self._waiting.setdefault(split.symbol, split)
        for item in delistings:
            assert item.symbol is not None
            if item.type == DelistingType.WARNING:
                self._last_days[item.symbol] = item
            else:
                self._last_days.pop(item.symbol, None)

    def liquidate(self) -> None:
        """At the last bar in time for market-on-close orders, send one for each option position of a split to come."""
        for symbol in list(self._waiting):
            underlying = self.state.securities.find(symbol)
            if underlying is None or not underlying.is_tradable:
                del self._waiting[symbol]
            elif self.state.clock.utc_ms >= self._due_ms(underlying):
                del self._waiting[symbol]
                if not self.state.warming_up:
                    self._close_options(symbol)

    def _due_ms(self, underlying: Security) -> int:
        latest: int = underlying.calendar.next_close(self.state.clock.utc_ms)
        latest -= round(self.state.market_on_close_buffer.total_seconds() * 1000)
        return latest - latest % PERIOD_MS[underlying.resolution]

    def _close_options(self, underlying: Symbol) -> None:
        held = [s for s in self.state.portfolio.holders.values() if isinstance(s, Option)]
        for option in sorted(held, key=lambda s: s.symbol):
            warned = self._last_days.get(option.symbol)
            ends_today = warned is not None and warned.time.date() == option.local_time.date()
            quantity = option.holdings.quantity_exact
            if option.symbol.underlying != underlying or ends_today or not quantity:
                continue
            for ticket in self.orders.open_tickets():
                if ticket.symbol == option.symbol:
                    ticket.cancel(_CANCELED)
            self.orders.submit(NewOrder(OrderType.MARKET_ON_CLOSE, option.symbol, -quantity, tag=_LIQUIDATED))
            option.is_tradable = False
            self.state.debug(
                f"MarketOnClose order submitted for option contract '{option.symbol}' due to impending "
                f"{underlying.value} split event. Option splits are not currently supported."
            )
