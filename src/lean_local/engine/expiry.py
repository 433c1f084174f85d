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
    OptionRight,
    OptionStyle,
    OrderStatus,
    SecurityType,
    SettlementType,
)
from lean_local.orders.processor import OrderProcessor
from lean_local.orders.records import OrderEventRecord, OrderRecord
from lean_local.securities.accounting import closing_profit
from lean_local.securities.option import Option
from lean_local.securities.security import Security
from lean_local.symbols import Symbol

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)
_DEEP = Decimal("0.05")
_EARLY_MS = 4 * 86_400_000


class ExpiryBook:
    """Knows when subscribed contracts are warned about and delisted, and settles them."""

    def __init__(self, state: RunState, subscriptions: Subscriptions, orders: OrderProcessor) -> None:
        self.state, self.subscriptions, self.orders = state, subscriptions, orders
        self._warned: set[tuple[int, int]] = set()  # (chain identity, slot)
        self._due: dict[int, list[tuple[ChainSubscription, int, DelistingType]]] = {}
        self._versions: dict[int, int] = {}
        self._known: set[tuple[int, int]] = set()
        self._next_assignment_ms = 0
        self._orphans: list[Symbol] = []
        self._to_forget: list[tuple[ChainSubscription, int]] = []
        orders.exercise = self._exercise_manually
        orders.scan_assignments = self._scan_assignments

    # --- events ------------------------------------------------------------------------------------------------
    def watch(self) -> None:
        """Take note of contracts that were subscribed since the last call."""
        for chain in self.subscriptions.chains.values():
            if self._versions.get(id(chain)) == chain.columns.version:
                continue
            self._versions[id(chain)] = chain.columns.version
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
        self._due.setdefault(warning, []).append((chain, slot, DelistingType.WARNING))
        # LEAN finds out when it reads the next trading day, so without one before the end nothing is delisted
        # (`SubscriptionDataReader.TryGetNextDate`, `DelistingEventProvider.cs`).
        if chain.feed.calendar.next_trading_day(last) <= zone.local_date(self.subscriptions.end_ms):
            self._due.setdefault(zone.midnight_utc_ms(last + ONE_DAY), []).append((chain, slot, DelistingType.DELISTED))

    def _last_trading_day(self, chain: ChainSubscription, expiry: date) -> date:
        """The day of the warning: the expiry date; for equity options moved back to an open day."""
        if chain.canonical.security_type == SecurityType.INDEX_OPTION:
            return expiry
        calendar = chain.feed.calendar
        return expiry if calendar.is_date_open(expiry) else calendar.previous_trading_day(expiry)

    def next_utc_ms(self) -> int:
        """When the next warning or delisting is due."""
        self.watch()
        return min(self._due, default=NEVER)

    def announce(self, moment: int) -> None:
        """LEAN's data feed takes delisted contracts out of the account before the loop sees their step.

        So events of hours without data before it find them delisted, and the account without them (semantics §5.9 and
        the reference runs): `HandleDelisting` in `UniverseSelection.cs`.
        """
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
        for due in sorted(m for m in self._due if m <= moment):
            items = self._due.pop(due)
            for chain, slot, kind in sorted(items, key=lambda i: i[0].symbol_of(i[1]).value):
                if not chain.columns.subscribed[slot]:
                    self._known.discard((id(chain), slot))
                    continue
                price = chain.columns.trade_row(slot)
                step.delistings.append(
                    Delisting(
                        chain.symbol_of(slot),
                        chain.feed.calendar.zone.to_local(due),
                        price.close if price is not None else 0.0,
                        kind,
                    )
                )

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
                self.subscriptions.drop_contract(chain, slot)
                self._to_forget.append((chain, slot))
                underlying = chain.underlying.symbol
                if by_hand and not any(
                    c.manual for c in self.subscriptions.chains.values() if c.underlying is chain.underlying
                ):
                    self._orphans.append(underlying)

    def orphans(self) -> list[Symbol]:
        """Underlyings whose last contract added by hand was delisted: LEAN reports them removed, but data go on."""
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
        """LEAN's DefaultExerciseModel: the option leg, then the shares; one by one at expiry, else together."""
        spot = option.underlying.price_exact
        inside = option.is_auto_exercised_exact(spot)
        quantity = record.quantity if record.quantity * option.holdings.quantity_exact < 0 else -record.quantity
        assigned = inside and option.holdings.quantity_exact < 0
        event = self.orders.make_event(
            record,
            OrderStatus.FILLED,
            fill_quantity=quantity,
            fill_price=ZERO,
            fill_price_currency="",
            message=self._message(option, quantity, inside=inside, assigned=assigned),
            is_assignment=assigned,
            is_in_the_money=inside,
        )
        batch: list[tuple[Security, OrderRecord, OrderEventRecord]] = [(option, record, event)]
        if not together:
            self.orders.deliver_fills(batch)
            batch = []
        if inside and option.exercise_settlement == SettlementType.PHYSICAL_DELIVERY:
            batch.append((option.underlying, record, self._share_event(option, record, quantity, assigned=assigned)))
        self.orders.deliver_fills(batch)
        if inside:
            record.price = option.strike_exact

    def _share_event(
        self, option: Option, record: OrderRecord, quantity: Decimal, *, assigned: bool
    ) -> OrderEventRecord:
        shares = (-1 if option.is_call else 1) * quantity * option.unit_of_trade_exact
        return self.orders.make_event(
            record,
            OrderStatus.FILLED,
            symbol=option.underlying.symbol,
            fill_quantity=shares,
            fill_price=option.strike_exact,
            fill_price_currency="",
            direction=self.orders.direction_of(shares),
            is_in_the_money=True,
            message="Option Assignment" if assigned else "Option Exercise",
        )

    def _message(self, option: Option, quantity: Decimal, *, inside: bool, assigned: bool) -> str:
        spot = option.underlying.price_exact
        profit = closing_profit(option, quantity, ZERO)
        if inside and option.exercise_settlement == SettlementType.CASH:
            profit -= quantity * option.intrinsic_exact(spot) * option.unit_of_trade_exact
        word = "Assigned" if assigned else "Automatic Exercise" if inside else "OTM"
        shown = f"{spot:.4f}" if option.underlying.scale_digits else f"{spot:f}"
        money = f"Profit: +{profit:f}" if profit >= 0 else f"Loss: {profit:f}"
        return f"{word}. Underlying: {shown}. {money}"

    # --- early assignment --------------------------------------------------------------------------------------
    def _scan_assignments(self) -> None:
        now = self.state.clock.utc_ms
        if now < self._next_assignment_ms:
            return
        first = self._next_assignment_ms == 0
        self._next_assignment_ms = now - now % HOUR_MS + HOUR_MS
        if first or self.state.warming_up:
            return
        shorts = [
            s for s in self.state.portfolio.holders.values() if isinstance(s, Option) and s.holdings.quantity_exact < 0
        ]
        for option in sorted(shorts, key=lambda s: (s.symbol.id.symbol, s.symbol.value)):
            if option.assignment_enabled and self._is_assigned(option):
                self._settle(option, "Simulated option assignment before expiration")

    def _is_assigned(self, option: Option) -> bool:
        spot, strike = option.underlying.price_exact, option.scaled_strike_exact
        if not spot or not self._in_window(option):
            return False
        inside = (spot - strike if option.right == OptionRight.CALL else strike - spot) / spot
        return inside > _DEEP and self._arbitrage(option) > 0

    def _in_window(self, option: Option) -> bool:
        zone, now = option.zone, self.state.clock.utc_ms
        if option.style == OptionStyle.EUROPEAN:
            return zone.local_date(now) == option.expiry.date()
        return zone.midnight_utc_ms(option.expiry.date()) - now <= _EARLY_MS

    def _arbitrage(self, option: Option) -> Decimal:
        """LEAN's estimate of what an early exercise gains; practically always positive once deep in the money."""
        held, unit, delivered = option.holdings.quantity_exact, option.multiplier_exact, option.unit_of_trade_exact
        average, stock = option.holdings.average_exact, option.underlying
        fee = option.estimated_fee(-held)
        base = (option.bid_exact - average) * -held * unit - fee
        shares = abs(held) * delivered
        call = option.right == OptionRight.CALL
        exit_price = stock.bid_exact if call else stock.ask_exact
        gain = (exit_price - option.scaled_strike_exact) * (1 if call else -1)
        stock_fee = stock.estimated_fee(shares)
        worth: Decimal = gain * shares * delivered - stock_fee - average * abs(held) * unit - base
        return worth
