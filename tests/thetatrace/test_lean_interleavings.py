"""Order events in any order: one order set at a time, no fill lost, and in the end flat.

What the engine promises and the machine keeps to: an order that was placed is acknowledged or refused before the second
bar after it, and an event follows its status before the second bar after it.
"""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

FEW = st.integers(0, 7)


class Interleavings(RuleBasedStateMachine):
    """One Friday from 10:30 on; the engine and the broker do what they like in between."""

    fake = None

    def __init__(self):
        super().__init__()
        self.bench = self.fake.Bench()
        self.engine = self.bench.algorithm
        self.engine.listener = self.listen
        self.clock = self.engine.time.replace(hour=10, minute=29)
        self.held_back = []
        self.bench.bar("09:31")
        self.step()
        assert len(self.bench.open_orders) == 4

    def listen(self, event):
        self.bench.remember()
        self.bench.desk.on_order_event(event)
        self.bench.remember()

    def pick(self, orders, number):
        return orders[number % len(orders)] if orders else None

    def step(self, **market):
        for order in self.bench.open_orders:
            if order.status == self.fake.OrderStatus.NEW and order.batch < self.engine.batch:
                self.engine.report(order, self.fake.OrderStatus.SUBMITTED)
        for event in self.held_back:
            self.listen(event)
        self.held_back, self.engine.events = self.engine.events, []
        self.clock += timedelta(minutes=1)
        for each in (leg for position in self.bench.known.values() for leg in position.legs):
            handle = each.leg.handle
            handle.bid_price, handle.ask_price = max(handle.bid_price, 0.05), max(handle.ask_price, 0.1)
        self.bench.bar(self.clock.strftime("%H:%M"), **market)

    @rule(calm=st.sampled_from([True, True, True, False]), vix=st.sampled_from([None, 41.0]))
    def bar(self, calm, vix):
        if calm:
            self.step()
        else:
            self.step(vix=vix, spot=None)

    @rule()
    def cheap(self):
        """The profit target is reached."""
        if self.bench.position is not None:
            for each in self.bench.position.legs:
                bid, ask = (0.05, 0.1) if each.leg.ratio > 0 else (0.4, 0.45)
                each.leg.handle.bid_price, each.leg.handle.ask_price = bid, ask

    @rule()
    def time_stop(self):
        self.clock = max(self.clock, self.clock.replace(hour=15, minute=0))

    @rule(mode=st.sampled_from(["work", "work", "work", "fill", "refuse", "invalid", "raise"]))
    def calls(self, mode):
        self.engine.mode = mode

    @rule(mode=st.sampled_from(["at once", "at once", "pending", "rejected"]))
    def cancellations(self, mode):
        self.engine.cancel_mode = mode

    @rule(queued=st.booleans())
    def events(self, queued):
        self.engine.queue_events = queued

    @rule(number=FEW)
    def acknowledge(self, number):
        order = self.pick([o for o in self.bench.open_orders if o.status == self.fake.OrderStatus.NEW], number)
        if order is not None:
            self.engine.report(order, self.fake.OrderStatus.SUBMITTED)

    @rule(number=FEW, whole=st.booleans())
    def fill(self, number, whole):
        order = self.pick(self.bench.open_orders, number)
        if order is not None:
            self.engine.fill(order, None if whole else (1 if order.left > 0 else -1))

    @rule(number=FEW, status=st.sampled_from(["CANCELED", "INVALID"]))
    def end(self, number, status):
        order = self.pick(self.bench.open_orders, number)
        if order is not None:
            self.engine.report(order, self.fake.OrderStatus[status])

    @rule(number=FEW)
    def late_fill(self, number):
        cancelled = [o for o in self.engine.orders if o.status == self.fake.OrderStatus.CANCELED and o.left]
        order = self.pick(cancelled, number)
        if order is not None:
            self.engine.fill(order)

    @invariant()
    def nothing_is_sent_while_orders_are_out(self):
        assert self.engine.unsafe == []

    def check_fills(self):
        """Cash and holdings of all positions are the sum of the engine's fills."""
        held, cash = {}, 0.0
        for position in self.bench.known.values():
            cash += position.cash_points
            for each in position.legs:
                symbol = each.leg.handle.symbol
                held[symbol] = held.get(symbol, 0) + each.held
        for symbol, quantity, price in self.engine.fills:
            held[symbol] -= quantity
            cash += quantity * price
        assert not any(held.values())
        assert cash == pytest.approx(0.0, abs=1e-6)

    def teardown(self):
        engine = self.engine
        engine.mode, engine.cancel_mode, engine.queue_events = "work", "at once", False
        for event in [*self.held_back, *engine.events]:
            self.listen(event)
        self.held_back, engine.events = [], []
        for order in self.bench.open_orders:
            if order.status == self.fake.OrderStatus.CANCEL_PENDING:
                engine.report(order, self.fake.OrderStatus.CANCELED)
        self.check_fills()
        self.time_stop()
        for _ in range(8 * (1 + len(self.bench.known))):
            self.step()
            self.bench.fill()
            assert engine.unsafe == []
        self.check_fills()
        assert all(position.is_flat for position in self.bench.known.values())
        assert self.bench.open_orders == []
        assert self.bench.position is None


def test_any_interleaving_of_order_events_ends_flat_with_no_fill_lost(fake):
    Interleavings.fake = fake
    run_state_machine_as_test(
        Interleavings,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
