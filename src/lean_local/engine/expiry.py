"""Expiry of option contracts: delisting events, exercise and assignment (semantics §5.9)."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from lean_local.api.bars import Delisting
from lean_local.engine.chain import ChainSubscription
from lean_local.engine.clock import HOUR_MS
from lean_local.engine.feeds import NEVER, Step
from lean_local.engine.state import RunState
from lean_local.engine.subscriptions import Subscriptions
from lean_local.enums import (
    DelistingType,
    OrderStatus,
    SecurityType,
)
from lean_local.orders.processor import OrderProcessor
from lean_local.orders.records import OrderEventRecord, OrderRecord
from lean_local.securities.models import method
from lean_local.securities.option import Option
from lean_local.securities.option_models import OptionAssignmentParameters, exercise_legs
from lean_local.securities.security import Security
from lean_local.symbols import Symbol

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)


class ExpiryBook:
    """Knows when subscribed contracts are warned about and delisted, and settles them."""

    def __init__(self, state: RunState, subscriptions: Subscriptions, orders: OrderProcessor) -> None:
        self.state, self.subscriptions, self.orders = state, subscriptions, orders
        self._warned: set[tuple[int, int]] = set()  # (chain identity, slot)
        self._due: dict[int, list[tuple[ChainSubscription, int, DelistingType]]] = {}
        self._next_ms = NEVER  # the earliest of them
        self._known: set[tuple[int, int]] = set()
        self._next_assignment_ms = 0
        self._orphans: list[Symbol] = []
        self._lost_by_hand = False
        self._to_forget: list[tuple[ChainSubscription, int]] = []
        orders.exercise = self._exercise_manually
        orders.scan_assignments = self._scan_assignments

    # --- events ------------------------------------------------------------------------------------------------
    def watch(self) -> None:
        """Take note of contracts that were subscribed since the last call."""
        for chain in self.subscriptions.chains.values():
            if chain.watched_version == chain.columns.version:
                continue
            chain.watched_version = chain.columns.version
            for slot in np.flatnonzero(chain.columns.subscribed[: len(chain.columns)]).tolist():
                if (id(chain), slot) not in self._known:
                    self._known.add((id(chain), slot))
                    self._note(chain, slot)

    def _note(self, chain: ChainSubscription, slot: int) -> None:
        zone = chain.feed.calendar.zone
        expiry = date.fromordinal(int(chain.columns.expiry[slot]))
        last = self._last_trading_day(chain, expiry)
        now = self.state.clock.utc_ms
        warning = max(zone.midnight_utc_ms(last), now)
        self._await(warning, chain, slot, DelistingType.WARNING)
        # LEAN finds out when it reads the next trading day, so without one before the end nothing is delisted
        # (`SubscriptionDataReader.TryGetNextDate`, `DelistingEventProvider.cs`).
        if chain.feed.calendar.next_trading_day(last) <= zone.local_date(self.subscriptions.end_ms):
            self._await(zone.midnight_utc_ms(last + ONE_DAY), chain, slot, DelistingType.DELISTED)

    def _await(self, due: int, chain: ChainSubscription, slot: int, kind: DelistingType) -> None:
        self._due.setdefault(due, []).append((chain, slot, kind))
        self._next_ms = min(self._next_ms, due)

    def _last_trading_day(self, chain: ChainSubscription, expiry: date) -> date:
        """The day of the warning: the expiry date; for equity options moved back to an open day."""
        if chain.canonical.security_type == SecurityType.INDEX_OPTION:
            return expiry
        calendar = chain.feed.calendar
        return expiry if calendar.is_date_open(expiry) else calendar.previous_trading_day(expiry)

    def next_utc_ms(self) -> int:
        """When the next warning or delisting is due."""
        self.watch()
        return self._next_ms

    def announce(self, moment: int) -> None:
        """LEAN's data feed takes delisted contracts out of the account before the loop sees their step.

        So events of hours without data before it find them delisted, and the account without them (semantics §5.9 and
        the reference runs): `HandleDelisting` in `UniverseSelection.cs`.
        """
        if self._next_ms > moment:
            return
        for due, items in self._due.items():
            if due > moment:
                continue
            for chain, slot, kind in items:
                if kind == DelistingType.DELISTED and chain.columns.subscribed[slot]:
                    chain.delisted.add(slot)
                    security = self.state.securities.made_one(chain.symbol_of(slot))
                    if security is not None:
                        security.is_delisted, security.is_tradable = True, False
                        self.state.portfolio.holders.pop(security.symbol, None)

    def collect(self, moment: int, step: Step) -> None:
        """Put the delistings of this moment into the step."""
        self.watch()
        if self._next_ms > moment:
            return
        for due in sorted(m for m in self._due if m <= moment):
            items = self._due.pop(due)
            for chain, slot, kind in sorted(items, key=lambda i: i[0].symbol_of(i[1]).value):
                if not chain.columns.subscribed[slot]:
                    self._known.discard((id(chain), slot))
                    continue
                chain.feed.take_hidden(due)
                price = chain.columns.shown_row(slot, trade=True)
                step.delistings.append(
                    Delisting(
                        chain.symbol_of(slot),
                        chain.feed.calendar.zone.to_local(due),
                        price.close if price is not None else 0.0,
                        kind,
                    )
                )
        self._next_ms = min(self._due, default=NEVER)

    def process(self, step: Step) -> None:
        """Settle what is delisted in this step."""
        for item in step.delistings:
            if item.type != DelistingType.DELISTED or not item.symbol.id.is_option:
                continue
            chain = self.subscriptions.chains.get(item.symbol.canonical)
            if chain is None:
                continue  # a future: see DelistingBook
            slot = chain.slot_of(item.symbol)
            security = self.state.securities.made_one(item.symbol)
            if isinstance(security, Option) and security.holdings.quantity_exact:
                self._settle(security, tag=None)
            if security is not None:
                self.orders.cancel_for_symbol(security)
            if slot is not None:
                by_hand = slot in chain.manual
                self._lost_by_hand |= by_hand
                self.subscriptions.drop_contract(chain, slot)
                self._to_forget.append((chain, slot))
                underlying = chain.underlying.symbol
                if by_hand and not any(
                    c.manual for c in self.subscriptions.chains.values() if c.underlying is chain.underlying
                ):
                    self._orphans.append(underlying)

    def selects_again(self) -> bool:
        """Whether a contract added by hand was delisted since the last call: LEAN's universe of them selects at once,
        which makes a time step."""
        lost, self._lost_by_hand = self._lost_by_hand, False
        return lost

    def orphans(self) -> list[Symbol]:
        """Underlyings whose last contract added by hand was delisted: LEAN reports them removed, but data go on."""
        if not self._to_forget and not self._orphans:
            return []
        for chain, slot in self._to_forget:  # prices stay readable until the end of the step
            chain.columns.forget(slot)
        self._to_forget.clear()
        found, self._orphans = self._orphans, []
        return found

    # --- exercise ----------------------------------------------------------------------------------------------
    def _settle(self, option: Option, tag: str | None) -> None:
        """Exercise, assign or let lapse the whole position in one order with an id."""
        record = self.orders.new_exercise(option, -option.holdings.quantity_exact, tag)
        record.price = ZERO
        self._deliver(option, record)

    def _exercise_manually(self, security: Security, record: OrderRecord) -> None:
        assert isinstance(security, Option)
        record.price = security.strike_exact
        self._deliver(security, record, together=True)

    def _deliver(self, option: Option, record: OrderRecord, *, together: bool = False) -> None:
        """The events of the contract's exercise model: one by one at expiry, else together."""
        batch: list[tuple[Security, OrderRecord, OrderEventRecord]] = []
        legs = exercise_legs(option.option_exercise_model, option, record)
        for fields in legs:
            event = self.orders.make_event(record, OrderStatus.FILLED, fill_price_currency="", **fields)
            batch.append((self.state.securities[event.symbol], record, event))
            if not together:
                self.orders.deliver_fills(batch)
                batch = []
        self.orders.deliver_fills(batch)
        if any(fields["is_in_the_money"] for fields in legs):
            record.price = option.strike_exact

    # --- early assignment --------------------------------------------------------------------------------------
    def _scan_assignments(self) -> None:
        now = self.state.clock.utc_ms
        if now < self._next_assignment_ms:
            return
        first = self._next_assignment_ms == 0
        self._next_assignment_ms = now - now % HOUR_MS + HOUR_MS
        if first or self.state.warming_up:
            return
        shorts = [s for s in self.state.securities.made() if isinstance(s, Option) and s.holdings.quantity_exact < 0]
        for option in sorted(shorts, key=lambda s: s.symbol.id.symbol):
            result = method(option.option_assignment_model, "get_assignment")(OptionAssignmentParameters(option))
            if result is not None and result.quantity:
                self._settle(option, result.tag)
