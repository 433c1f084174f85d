"""A desk on the fake engine, stepped minute by minute."""

from datetime import datetime, time
from types import SimpleNamespace

from scipy.stats import norm
from thetatrace_fake_lean import (
    FRIDAY,
    Algorithm,
    OptionRight,
    OptionStyle,
    OrderStatus,
    Security,
    SecurityType,
    Symbol,
    bar,
)


class Bench:
    """A desk with one Friday strategy on the fake engine: 2800 index, 20 points ATR, chain around it, VIX 15."""

    def __init__(self, *, live=False, settings=None, root="SPXW"):
        from thetatrace.lean import OptionsDesk
        from thetatrace.risk import RiskSettings
        from thetatrace.strategies import Friday0dte
        from thetatrace.volatility import VixSettings

        algorithm = self.algorithm = Algorithm()
        algorithm.live_mode = live
        self.index, self.vix = Symbol("SPX", SecurityType.INDEX), Symbol("VIX", SecurityType.INDEX)
        self.root = root
        identity = SimpleNamespace(symbol=root, option_style=OptionStyle.EUROPEAN)
        option = Symbol(f"?{root}", SecurityType.INDEX_OPTION, identity, canonical=True)
        for symbol in (self.index, self.vix, option):
            algorithm.securities[symbol] = Security(algorithm, symbol, price=2800.0)
        algorithm.daily[self.index] = [bar(2800.0, high=2810.0, low=2790.0)] * 30
        algorithm.daily[self.vix] = [bar(15.0)] * 260
        self.desk = OptionsDesk(
            algorithm,
            index=self.index,
            volatility_index=self.vix,
            option=option,
            strategies=[Friday0dte(settings)],
            vix_settings=VixSettings(),
            risk_settings=RiskSettings(),
        )
        self.runner = self.desk._runners[0]
        algorithm.listener = self.desk.on_order_event
        self.chain = []
        self.list_chain(FRIDAY)
        self.known = {}

    def list_chain(self, expiry):
        """List and quote the contracts of one expiry, strikes 200 points either side."""
        for strike in range(2600, 3001, 5):
            for right in (OptionRight.CALL, OptionRight.PUT):
                identity = SimpleNamespace(
                    symbol=self.root, strike_price=float(strike), option_right=right, date=expiry
                )
                symbol = Symbol(f"{right.name}{strike}", SecurityType.INDEX_OPTION, identity)
                underlying = self.algorithm.securities[self.index]
                security = Security(self.algorithm, symbol, underlying=underlying, open_interest=500.0)
                self.algorithm.securities[symbol] = security
                self.chain.append(security)
        added = [*self.chain, *self.algorithm.securities.values()]
        self.desk.on_securities_changed(SimpleNamespace(added_securities=added, removed_securities=[]))
        self.quote()

    def quote(self, spot=2800.0, sigma=14.0):
        """Quote the chain as a normal model with `sigma` points does."""
        for security in self.chain:
            identity = security.symbol.id
            side = 1 if identity.option_right == OptionRight.CALL else -1
            distance = side * (identity.strike_price - spot) / sigma
            value = sigma * (norm.pdf(distance) - distance * norm.sf(distance))
            security.bid_price = max(0.0, round(value - 0.05, 2))
            security.ask_price = round(value + 0.05, 2)

    def bar(self, clock, *, spot=2800.0, vix=15.0, day=None, index_bar=None, vix_bar=None):
        """A slice at a New York time "HH:MM[:SS]"; returns (kind, reason) by name. None leaves a bar out."""
        from thetatrace.reasons import reason_of
        from thetatrace.trace import DecisionKind

        algorithm = self.algorithm
        algorithm.time = datetime.combine(day or algorithm.time.date(), time(*map(int, clock.split(":"))))
        algorithm.batch += 1
        for security in self.chain:
            security.quoted = algorithm.time
        bars = {}
        if spot is not None:
            algorithm.securities[self.index].price = spot
            bars[self.index] = index_bar or bar(spot)
        if vix is not None:
            bars[self.vix] = vix_bar or bar(vix)
        moved = SimpleNamespace(count=len(self.chain), keys=lambda: [security.symbol for security in self.chain])
        self.desk.on_data(SimpleNamespace(bars=bars, quote_bars=moved, ticks=SimpleNamespace(count=0)))
        self.remember()
        _, kind, _, reason = self.rows()[-1][:4]
        return DecisionKind(kind).name, reason_of(reason).name

    def remember(self):
        """Keep every position that ever was, by identity."""
        for position in [*self.runner.finished, self.runner.position]:
            if position is not None:
                self.known[id(position)] = position

    def rows(self):
        """Return the tracer's decisions: when, kind, strategy, reason, VIX, regime, spot, …"""
        from thetatrace.trace.recorder import ROW_WIDTH

        values = self.desk.tracer.rows.tolist()
        return [tuple(values[i : i + ROW_WIDTH]) for i in range(0, len(values), ROW_WIDTH)]

    @property
    def position(self):
        return self.runner.position

    @property
    def open_orders(self):
        return [order for order in self.algorithm.orders if order.is_open]

    def ack(self):
        for order in self.open_orders:
            self.algorithm.report(order, OrderStatus.SUBMITTED)

    def fill(self):
        for order in self.open_orders:
            self.algorithm.fill(order)

    def enter(self):
        """Open the day, enter at 10:30 and fill every leg; returns the position."""
        self.bar("09:31")
        assert self.bar("10:30") == ("ENTRY", "ENTERED")
        self.ack()
        self.fill()
        for wing in (0, 2):
            self.leg(wing, 0.05, 0.1)
        return self.position

    def leg(self, number, bid, ask):
        """Quote one leg of the position: 0 put wing, 1 short put, 2 call wing, 3 short call."""
        handle = self.position.legs[number].leg.handle
        handle.bid_price, handle.ask_price = bid, ask

    def cheapen(self):
        """Quote the position so that its profit target is reached."""
        for number, (bid, ask) in enumerate([(0.05, 0.1), (0.4, 0.45), (0.05, 0.1), (0.4, 0.45)]):
            self.leg(number, bid, ask)
