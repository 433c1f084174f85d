"""The time loop: LEAN's `AlgorithmManager.Run` step by step (semantics §3.3)."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from lean_local.api.bars import Delisting
from lean_local.api.slice import Slice
from lean_local.engine.clock import HOUR_MS
from lean_local.engine.corporate import CorporateBook
from lean_local.engine.currencies import Currencies
from lean_local.engine.expiry import ExpiryBook
from lean_local.engine.feeds import NEVER, Step
from lean_local.engine.schedule import Scheduler
from lean_local.engine.selection import select
from lean_local.engine.split_warnings import SplitWarnings
from lean_local.engine.state import RunState
from lean_local.engine.subscriptions import Subscriptions
from lean_local.engine.universes import UniverseBook
from lean_local.orders.processor import OrderProcessor
from lean_local.securities.cache import ContractCache, market_decimal, with_file_scale
from lean_local.securities.interest import apply_interest
from lean_local.securities.models import method
from lean_local.securities.security import Security
from lean_local.securities.settlement import PythonSettlementModel
from lean_local.symbols import Symbol

ONE_DAY = timedelta(days=1)
BANKRUPT = "Portfolio value is less than or equal to zero"
_PROGRESS_STEPS = 50
_SLICE_REFERENCES = 3  # the loop's local, the algorithm's current_slice, getrefcount's argument


@dataclass(slots=True)
class Callbacks:
    """The algorithm's callbacks; an absent one does nothing."""

    on_data: Callable[[Slice], Any]
    on_framework_data: Callable[[Slice], Any]
    on_securities_changed: Callable[[Any], Any]
    on_delistings: Callable[[Any], Any]
    on_splits: Callable[[Any], Any]
    on_dividends: Callable[[Any], Any]
    on_symbol_changed_events: Callable[[Any], Any]
    on_warmup_finished: Callable[[], Any]
    set_slice: Callable[[Slice], Any]
    make_changes: Callable[[list[Any], list[Any]], Any]
    consolidate: Callable[[Step], None]
    feed_sessions: Callable[[Step], None]
    scan_consolidators: Callable[[int], None]
    margin_call: Callable[[], None]


@dataclass(slots=True)
class Loop:
    """One run's loop over time."""

    state: RunState
    subscriptions: Subscriptions
    orders: OrderProcessor
    scheduler: Scheduler
    callbacks: Callbacks
    expiry: ExpiryBook
    universes: UniverseBook
    corporate: CorporateBook
    currencies: Currencies
    splits: SplitWarnings
    follow_universes: Callable[[], None]
    start_ms: int  # first instant, warm-up included
    trade_start_ms: int  # first instant after warm-up
    end_ms: int
    progress: Callable[[int], None] = lambda _ms: None
    rows: int = 0
    steps: int = 0
    feed_failed: bool = False  # code of a universe raised: LEAN's data feed ends with that
    last_ms: int | None = None  # the last step that was completed
    _next_hour_ms: int = 0
    _slice: Slice | None = field(default=None)

    def stopped(self) -> bool:
        """Whether the algorithm has quit or lost everything."""
        return self.state.stop_reason is not None

    def run(self) -> int:
        """Run to the end; returns the last time reached."""
        last = self.start_ms
        self.state.clock.utc_ms = self.start_ms
        self._next_hour_ms = self.start_ms - self.start_ms % HOUR_MS + HOUR_MS
        pulse = True  # LEAN's first step, at the start, has no data but announces the securities
        while not self.stopped():
            moment = last if pulse else self._next_moment(last)
            if moment == NEVER or (moment > self.end_ms and not self._is_last_data(moment)):
                break
            if self.state.portfolio.value_exact() <= 0:
                self.state.stop_reason = BANKRUPT
                break
            self._one_step(moment)
            changes, again = self.subscriptions.changes, self.expiry.selects_again()
            pulse = bool(changes.added or changes.removed or again) and not self.stopped()
            last = self.last_ms = moment
            if moment > self.end_ms:
                break
            self.steps += 1
            if self.steps % _PROGRESS_STEPS == 0:
                self.progress(moment)
        return last

    def _is_last_data(self, moment: int) -> bool:
        """Whether something of the last date is known at that time after the end: a bar's end, a universe file."""
        return moment == self._next_selection() or any(f.next_utc_ms() == moment for f in self.subscriptions.feeds())

    def _next_selection(self) -> int:
        """When a universe selects next: the file of the last date is a data point of the midnight after the end."""
        chains = min([c.next_selection_ms for c in self.subscriptions.chains.values()], default=NEVER)
        return min(chains, self.universes.next_utc_ms(), self.subscriptions.futures.next_selection_ms())

    # --- which time is next ------------------------------------------------------------------------------------
    def _next_moment(self, last: int) -> int:
        subscriptions, end_ms = self.subscriptions, self.end_ms
        while True:
            moment = min([feed.next_utc_ms() for feed in subscriptions.feeds()], default=NEVER)
            moment = min(moment, self._next_selection())
            due = min(self.expiry.next_utc_ms(), self.corporate.next_utc_ms(), subscriptions.futures.next_utc_ms())
            if due < moment and due <= end_ms:
                moment = due
            if self.state.warming_up:
                moment = min(moment, self.trade_start_ms)
            limit = min(moment, end_ms)
            loading = [c.feed for c in subscriptions.chains.values() if c.feed.next_load_ms() <= limit]
            if not loading:
                return max(moment, last)
            min(loading, key=lambda f: f.next_load_ms()).load_next()

    # --- one step ----------------------------------------------------------------------------------------------
    def _one_step(self, moment: int) -> None:
        state, call = self.state, self.callbacks
        self.expiry.announce(moment)
        self.corporate.announce(moment)
        self.scheduler.fire(moment, inclusive=False, stopped=self.stopped)
        call.scan_consolidators(moment)
        finished_warm_up = self._move_clock(moment)
        self._select(moment)
        self.currencies.ensure()  # what was selected may trade in this step
        self._keep_old_slice()
        before = {security: security.price_exact for security in state.portfolio.holders.values()}
        step = self._gather(moment)
        current = Slice(step, state.clock.zone, self.subscriptions.chain_of_feed, state.securities.find)
        self._slice = current
        call.set_slice(current)
        state.portfolio.invalidate()
        self._show_prices(step, before)
        self._measure(step)
        self._hourly(moment)
        state.portfolio.cash_book.update()
        state.portfolio.invalidate()
        if finished_warm_up:
            self._tell_warm_up()
        if step.symbol_changes:
            call.on_symbol_changed_events(current.symbol_changed_events)
            self.corporate.rename(step)
        self.orders.process_synchronous_events()
        self.expiry.process(step)
        self.corporate.delist(step)
        self.scheduler.fire(moment, inclusive=True, stopped=self.stopped)
        self.splits.liquidate()
        call.margin_call()
        self._tell_changes()
        self.corporate.pay(step)
        call.consolidate(step)
        self._tell_events(step, current)
        self.splits.note(step.splits, step.delistings)
        self._tell_data(step, current)
        self.follow_universes()
        self.orders.process_synchronous_events()
        self._end_step(moment)

    def _tell_warm_up(self) -> None:
        """The warm-up is over; told also when there was none, but then not logged."""
        self.callbacks.on_warmup_finished()
        if self.start_ms < self.trade_start_ms:
            self.state.debug("Algorithm finished warming up.")

    def _end_step(self, moment: int) -> None:
        """Sample the account; what the algorithm added in this step begins."""
        self.subscriptions.changes.removed.update(dict.fromkeys(self.expiry.orphans()))
        if self.state.warming_up:
            self.state.collector.pass_step(moment)
        else:
            self.state.collector.sample_equity(moment, self.state.portfolio.value_exact())
        self.universes.begin(moment)
        self.currencies.ensure()

    def _move_clock(self, moment: int) -> bool:
        self.state.clock.utc_ms = moment
        self.subscriptions.start_ms = moment
        if self.state.warming_up and moment >= self.trade_start_ms:
            self.state.warming_up = False
            return True
        return self.steps == 0 and not self.state.warming_up

    def _select(self, moment: int) -> None:
        """Chain selection of this moment; new contracts get data from now on. None after the end of the run."""
        if moment > self.end_ms:
            return  # LEAN `UniverseSelection.ApplyUniverseSelection`
        self.feed_failed = self.subscriptions.selecting = True  # unless this returns
        futures = self.subscriptions.futures
        if min(futures.next_utc_ms(), futures.next_selection_ms()) <= moment:
            futures.select(moment, {r.symbol for r in self.orders.pending.values()})
        for chain in list(self.subscriptions.chains.values()):
            if chain.next_selection_ms <= moment:
                select(self.subscriptions, chain, {r.symbol for r in self.orders.pending.values()})
        self.universes.select(moment)
        self.expiry.watch()
        self.feed_failed = self.subscriptions.selecting = False

    def _gather(self, moment: int) -> Step:
        step = Step(moment)
        for feed in self.subscriptions.feeds():
            if feed.next_utc_ms() <= moment:
                feed.advance(moment, step)
        self.expiry.collect(moment, step)
        self.corporate.collect(moment, step)
        self.rows += step.rows
        return step

    def _show_prices(self, step: Step, before: dict[Security, Decimal]) -> None:
        """Prices of held securities for the excursions of pending trades."""
        holders = self.state.portfolio.holders
        if holders and (step.roots or step.singles or step.ticks):
            self._show_holders(step, before)
        for feed, _, _ in step.singles:
            if feed.internal:  # the hourly prices of a benchmark that is traded too
                price = with_file_scale(feed.security.type, feed.security.price_exact)
                self.state.collector.price(feed.security.symbol, price)

    def _show_holders(self, step: Step, before: dict[Security, Decimal]) -> None:
        fed = {feed.security.symbol for feed, _, _ in step.singles if not feed.internal}
        for security in self.state.portfolio.holders.values():
            if isinstance(security.prices, ContractCache) or security.symbol in fed:
                self._show_price(security, step.utc_ms, before[security])

    def _show_price(self, security: Security, utc_ms: int, before: Decimal) -> None:
        """A trade bar's price, then the final one.

        LEAN looks after each update: a repeated trade bar changes nothing, so the price before the step is seen again
        when a quote follows it.
        """
        trade, quote = security.prices.trade_row(), security.prices.quote_row()
        shown = [security.price_exact]
        if trade is not None and quote is not None and quote.end_utc_ms == utc_ms:
            if trade.end_utc_ms == utc_ms:
                shown.insert(0, market_decimal(trade.close))
            elif security.fill_forward:
                shown.insert(0, before)
        for price in shown:
            if price:
                self.state.collector.price(security.symbol, with_file_scale(security.type, price))

    def _measure(self, step: Step) -> None:
        """Hand this step's bars to volatility models that were set, and to sessions."""
        self.callbacks.feed_sessions(step)
        for feed, _, _ in step.singles:
            model = feed.security.models.volatility
            if model is not None:
                method(model, "update")(feed.security, feed.security.get_last_data())

    def current_slice(self) -> Slice | None:
        """The slice of the last step."""
        return self._slice

    def _keep_old_slice(self) -> None:
        """If the algorithm kept the last slice, copy what it shows before the columns move on."""
        if self._slice is None:
            return
        if sys.getrefcount(self._slice) > _SLICE_REFERENCES:
            self._slice.freeze()
        else:
            self._slice.let_go()

    def _hourly(self, moment: int) -> None:
        if moment >= self._next_hour_ms:
            self._next_hour_ms = moment - moment % HOUR_MS + HOUR_MS
            portfolio = self.state.portfolio
            for security in self.state.securities.made():
                apply_interest(security)
                settlement = security.models.settlement
                if isinstance(settlement, PythonSettlementModel):
                    settlement.scan_security(portfolio, security)
                else:
                    settlement.release(portfolio, moment)
            portfolio.invalidate()

    def _tell_changes(self) -> None:
        changes = self.subscriptions.changes
        if not changes.added and not changes.removed:
            return
        added, removed = _in_order(changes.added), _in_order(changes.removed)
        changes.added.clear()
        changes.removed.clear()
        made = self.callbacks.make_changes(added, removed)
        self.callbacks.on_securities_changed(made)

    def _tell_data(self, step: Step, current: Slice) -> None:
        """The algorithm's turn, then its models', theirs also without data: universes may be due."""
        if step.has_data() and not self.stopped():
            self.callbacks.on_data(current)
        if not self.stopped():
            self.callbacks.on_framework_data(current)

    def _tell_events(self, step: Step, current: Slice) -> None:
        if step.splits:
            self.callbacks.on_splits(current.splits)
        if step.dividends:
            self.callbacks.on_dividends(current.dividends)
        if step.delistings:
            self.callbacks.on_delistings(current.delistings)


def _in_order(symbols: Iterable[Symbol]) -> list[Symbol]:
    """By value: LEAN's order in SecurityChanges."""
    return sorted(symbols, key=lambda s: s.value)


__all__ = ["Callbacks", "Delisting", "Loop"]
