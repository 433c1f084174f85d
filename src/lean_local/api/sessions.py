"""`security.session`: the bar of today's regular hours as it grows, and those of the days before.

LEAN `Session.cs`, `SessionBar.cs`, `SessionConsolidator.cs`. It works once `session.size` is set.
"""

from datetime import datetime, timedelta
from typing import Any

from lean_local.api.bars import Bar, BaseData, QuoteBar, TradeBar
from lean_local.api.calendar_periods import midnight
from lean_local.api.indicator_base import RollingWindow
from lean_local.api.ticks import Tick
from lean_local.enums import SecurityType, TickType

__all__ = ["Session", "SessionBar"]

ONE_DAY = timedelta(days=1)
_NEVER = datetime.max  # noqa: DTZ901  naive, as bar times are
_TRADES = frozenset({SecurityType.EQUITY, SecurityType.INDEX, SecurityType.CRYPTO, SecurityType.CRYPTO_FUTURE})


class SessionBar(BaseData):
    """Prices, volume and open interest of one session; all 0 before its first data."""

    def __init__(self, source: TickType, symbol: Any, time: datetime, before: "SessionBar | None") -> None:
        super().__init__(symbol, time)
        self.volume = self.open_interest = 0.0
        self._source, self._before = source, before
        self._sides: QuoteBar | None = None
        self._until = self._volume_until = datetime.min  # noqa: DTZ901

    def _side(self, name: str) -> float:
        return 0.0 if self._sides is None else float(getattr(self._sides, name))

    @property
    def open(self) -> float:
        """First price."""
        return self._side("open")

    @property
    def high(self) -> float:
        """Highest price."""
        return self._side("high")

    @property
    def low(self) -> float:
        """Lowest price."""
        return self._side("low")

    @property
    def close(self) -> float:
        """Last price."""
        return self._side("close")

    def take(self, data: Any) -> None:
        """Add a bar or tick that begins after those before."""
        if data.time < self._until:
            return
        tick = isinstance(data, Tick)
        if (isinstance(data, TradeBar) or tick) and self._volume_until <= data.time:
            self._volume_until = data.end_time
            self.volume += data.quantity if tick else data.volume
        kind = data.tick_type if tick else TickType.TRADE if isinstance(data, TradeBar) else TickType.QUOTE
        if kind == self._source:
            self._until = data.end_time
            self._merge(data, tick=tick)

    def _merge(self, data: Any, *, tick: bool) -> None:
        sides = self._sides = self._begun(data)
        if tick and self._source == TickType.QUOTE:
            sides.update(0.0, data.bid_price, data.ask_price, 0.0, data.bid_size, data.ask_size)
        elif tick:
            sides.bid = _merged(sides.bid, Bar(data.value, data.value, data.value, data.value))
        elif self._source == TickType.TRADE:
            sides.bid = _merged(sides.bid, data)
        else:
            sides.bid, sides.ask = _merged(sides.bid, data.bid), _merged(sides.ask, data.ask)

    def _begun(self, data: Any) -> QuoteBar:
        """The sides; quotes open at the close of the session before."""
        if self._sides is not None:
            return self._sides
        made = QuoteBar(midnight(data.time), self.symbol, None, 0.0, None, 0.0, ONE_DAY)
        last = self._before._sides if self._before is not None else None
        if self._source == TickType.QUOTE and last is not None:
            bid, ask = (0.0 if side is None else side.close for side in (last.bid, last.ask))
            made.update(0.0, bid, ask, 0.0, 0.0, 0.0)
        return made


def _merged(bar: Bar | None, side: Any) -> Bar | None:
    if bar is None or side is None:
        return bar if side is None else Bar(side.open, side.high, side.low, side.close)
    return Bar(bar.open, max(bar.high, side.high), min(bar.low, side.low), side.close)


class Session(RollingWindow[SessionBar]):
    """The sessions of a security, today's first; its own prices are today's."""

    def __init__(self, security: Any) -> None:
        super().__init__(1)
        self._size = 0
        self._security = security
        self.symbol = security.symbol
        self._source = TickType.TRADE if self.symbol.security_type in _TRADES else TickType.QUOTE
        self._bar: SessionBar | None = None
        self._started = False

    @property
    def size(self) -> int:
        """How many sessions are kept; none, and nothing works, until it is set."""
        return self._size

    @size.setter
    def size(self, size: int) -> None:
        """Keep the newest sessions that fit; from the first size above 0 on the run feeds them."""
        self._size = size
        del self._items[: max(len(self._items) - size, 0)]
        if size > 0 and self._bar is None:
            self._begin(None)
            from lean_local.engine.backtest import current_run  # noqa: PLC0415  the run feeds it

            current_run().consolidators.watch(self)

    def _begin(self, before: SessionBar | None) -> None:
        time = _NEVER
        if before is not None:
            following = self._security.calendar.next_trading_day(before.time.date())
            time = datetime(following.year, following.month, following.day)  # noqa: DTZ001
        self._bar, self._started = SessionBar(self._source, self.symbol, time, before), False
        self.add(self._bar)

    def update(self, data: Any) -> None:
        """Take a data point."""
        bar = self._bar
        if bar is None:
            return
        if bar.time != _NEVER and data.time - bar.time >= ONE_DAY:
            self._begin(bar)
        bar = self._bar
        assert bar is not None
        if not self._started:
            if bar.time == _NEVER or data.time.date() > bar.time.date():
                bar.time = bar.end_time = midnight(data.time)
            self._started = True
        if isinstance(data, Tick) and data.tick_type == TickType.OPEN_INTEREST:
            bar.open_interest = data.value
            return
        calendar = self._security.calendar
        start, end = (calendar.zone.to_utc_ms(t) for t in (data.time, data.end_time))
        if calendar.overlaps(start, max(end, start + 1)):
            bar.take(data)

    def scan(self, current_local_time: datetime) -> None:
        """The date has changed: today's session begins."""
        bar = self._bar
        if bar is not None and self._started and current_local_time - bar.time >= ONE_DAY:
            self._begin(bar)

    def reset(self) -> None:
        """Forget all sessions."""
        super().reset()
        if self._bar is not None:
            self._begin(None)

    def __getattr__(self, name: str) -> Any:
        if name in ("open", "high", "low", "close", "volume", "open_interest"):
            bar = self.__dict__.get("_bar")
            return 0.0 if bar is None else getattr(bar, name)
        return super().__getattr__(name)
