"""Feeds consolidators with the bars of each step and scans them in time (semantics §3.9)."""

from typing import Any

from lean_local.api.bars import TradeBar
from lean_local.engine.clock import local_ms
from lean_local.engine.feeds import FORWARDED, Step, shown_row
from lean_local.engine.state import RunState
from lean_local.enums import SecurityType
from lean_local.symbols import Symbol


class ConsolidatorBook:
    """Consolidators by symbol, in the order they were registered."""

    def __init__(self, state: RunState) -> None:
        self._state = state
        self._entries: list[tuple[Symbol, Any]] = []

    def add(self, symbol: Symbol, consolidator: Any) -> None:
        """Attach a consolidator to a symbol's bars; a second time changes nothing."""
        if not any(s == symbol and c is consolidator for s, c in self._entries):
            self._entries.append((symbol, consolidator))

    def remove(self, symbol: Symbol | None, consolidator: Any) -> None:
        """Detach a consolidator from a symbol, or from all."""
        self._entries = [e for e in self._entries if not (e[1] is consolidator and symbol in (None, e[0]))]

    def scan_past(self, moment: int) -> None:
        """Close bars whose time passed before `moment`, with the clock set back to their end."""
        if not self._entries:
            return
        clock, due = self._state.clock, []
        for number, (symbol, consolidator) in enumerate(self._entries):
            scan_at = consolidator.scan_local_ms()
            security = self._state.securities.find(symbol)
            if scan_at is None or security is None:
                continue
            zone = security.zone
            utc = scan_at - zone.offset_ms(scan_at - zone.offset_ms(scan_at))
            if utc < moment:
                due.append((utc, number, consolidator, zone))
        for utc, _, consolidator, zone in sorted(due, key=lambda item: item[:2]):
            clock.utc_ms = utc
            consolidator.scan(zone.to_local(utc))

    def update(self, step: Step) -> None:
        """Step 18 of the loop: feed this step's bars, then scan."""
        if not self._entries:
            return
        current = _StepBars(step, self._state)
        for symbol, consolidator in list(self._entries):
            for bar in current.bars(symbol, consolidator):
                consolidator.update(bar)
        due = []
        for number, (symbol, consolidator) in enumerate(list(self._entries)):
            security = self._state.securities.find(symbol)
            if security is not None:
                due.append((consolidator.scan_local_ms() or 0, number, consolidator, security.local_time))
        for _, _, consolidator, local in sorted(due, key=lambda item: item[:2]):
            consolidator.scan(local)


class _StepBars:
    """The bars of one step, made on demand."""

    def __init__(self, step: Step, state: RunState) -> None:
        self._step, self._state = step, state
        self._singles = {feed.security.symbol: (feed, t, q) for feed, t, q in step.singles if not feed.internal}

    def bars(self, symbol: Symbol, consolidator: Any) -> list[Any]:
        """Bars of the kind the consolidator takes."""
        found = self._singles.get(symbol)
        if found is not None:
            feed, trade, quote = found
            state = quote if consolidator.takes_quotes else trade
            row = shown_row(feed, state, trade=not consolidator.takes_quotes)
            if not state or row is None:
                return []
            security = feed.security
            make: Any = security.make_quote_bar if consolidator.takes_quotes else security.make_trade_bar
            bar: Any = make(row)
            return [self._shift(bar, security, feed)] if state == FORWARDED else [bar]
        if symbol.security_type == SecurityType.BASE:
            return [point for feed, point in self._step.points if feed.security.symbol == symbol]
        return self._contract(symbol, consolidator)

    def _contract(self, symbol: Symbol, consolidator: Any) -> list[Any]:
        security = self._state.securities.find(symbol)
        if security is None or not symbol.id.is_option:
            return []
        roots = [root for root, _ in self._step.roots if root.canonical == symbol.canonical]
        trades_only = consolidator.takes_trades_only
        quote, trade = security.prices.quote_row(), security.prices.trade_row()
        if not roots:
            return []
        if not trades_only and quote is not None:
            bar: Any = security.make_quote_bar(quote)
            return [bar if quote.end_utc_ms == self._step.utc_ms else self._shift(bar, security, roots[0])]
        if trade is None:
            return []
        bar = security.make_trade_bar(trade)
        return [bar if trade.end_utc_ms == self._step.utc_ms else self._shift(bar, security, roots[0])]

    def _shift(self, bar: Any, security: Any, feed: Any) -> Any:
        bar.is_fill_forward = True
        if isinstance(bar, TradeBar):
            bar.volume = 0.0  # as in slices
        if feed.period_ms <= feed.grid.period_ms:
            span = bar.end_time - bar.time
            bar.end_time = security.zone.to_local(self._step.utc_ms)
            bar.time = bar.end_time - span
        return bar


__all__ = ["ConsolidatorBook", "local_ms"]
