"""Consolidators: bars of longer periods, made from the bars of a subscription (semantics §3.9)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from lean_local.api.bars import Bar, QuoteBar, TradeBar
from lean_local.engine.clock import local_ms
from lean_local.naming import LeanObject
from lean_local.securities.exchange import Calendar as MarketCalendar

__all__ = ["Calendar", "CalendarInfo", "DynamicDataConsolidator", "QuoteBarConsolidator", "TradeBarConsolidator"]

ONE_DAY = timedelta(days=1)


class Event:
    """A .NET event: `event += handler`; every handler gets the arguments of the call."""

    __slots__ = ("_handlers",)

    def __init__(self) -> None:
        self._handlers: list[Callable[..., Any]] = []

    def __iadd__(self, handler: Callable[..., Any]) -> "Event":
        self._handlers.append(handler)
        return self

    def __isub__(self, handler: Callable[..., Any]) -> "Event":
        self._handlers.remove(handler)
        return self

    def __call__(self, *arguments: Any) -> None:
        for handler in list(self._handlers):
            handler(*arguments)


class CalendarInfo(LeanObject):
    """Start and length of a calendar period."""

    def __init__(self, start: datetime, period: timedelta) -> None:
        self.start, self.period = start, period


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


class Calendar:
    """LEAN's calendar periods: functions from a time to CalendarInfo."""

    @staticmethod
    def weekly(moment: datetime) -> CalendarInfo:
        """The week from Monday."""
        return CalendarInfo(_midnight(moment) - timedelta(days=moment.weekday()), timedelta(days=7))

    @staticmethod
    def monthly(moment: datetime) -> CalendarInfo:
        """The calendar month."""
        start = _midnight(moment).replace(day=1)
        following = (start + timedelta(days=32)).replace(day=1)
        return CalendarInfo(start, following - start)

    @staticmethod
    def quarterly(moment: datetime) -> CalendarInfo:
        """The calendar quarter."""
        start = _midnight(moment).replace(month=3 * ((moment.month - 1) // 3) + 1, day=1)
        following = (start + timedelta(days=95)).replace(day=1)
        return CalendarInfo(start, following - start)

    @staticmethod
    def yearly(moment: datetime) -> CalendarInfo:
        """The calendar year."""
        start = _midnight(moment).replace(month=1, day=1)
        return CalendarInfo(start, start.replace(year=start.year + 1) - start)

    WEEKLY = Weekly = weekly
    MONTHLY = Monthly = monthly
    QUARTERLY = Quarterly = quarterly
    YEARLY = Yearly = yearly


class PeriodConsolidator(LeanObject):
    """Base: by span, by count, or by calendar; subclasses aggregate bars."""

    takes_quotes = False
    takes_trades_only = False

    def __init__(self, period: Any) -> None:
        self.data_consolidated = Event()
        self.consolidated: Any = None
        self.period = period
        self._working: Any = None
        self._start: datetime | None = None
        self._length: timedelta | None = None
        self._count = 0
        self._max_count = period if isinstance(period, int) else None
        self._span = period if isinstance(period, timedelta) else None
        self._function = period if callable(period) else None

    @property
    def working_data(self) -> Any:
        """The bar being built, None between bars."""
        return self._working

    def _period_of(self, moment: datetime) -> tuple[datetime, timedelta] | None:
        """Start and length of the period a bar that starts at `moment` falls into; None to drop the bar."""
        if self._function is not None:
            info = self._function(moment)
            return info.start, info.period
        assert self._span is not None
        if self._span > ONE_DAY:
            return moment, self._span
        offset = (moment - _midnight(moment)) % self._span
        return moment - offset, self._span

    def update(self, data: Any) -> None:
        """Take a bar."""
        if self._max_count is not None:
            self._by_count(data)
            return
        if (
            self._working is not None
            and self._start is not None
            and self._length is not None
            and data.time >= self._start + self._length
        ):
            self._emit()
        if self._working is None:
            found = self._period_of(data.time)
            if found is None:
                return
            self._start, self._length = found
        self._aggregate(data)

    def _by_count(self, data: Any) -> None:
        if self._working is None:
            self._start = data.time
        self._aggregate(data)
        self._working.end_time = data.end_time
        self._count += 1
        if self._count >= (self._max_count or 1):
            self._count = 0
            self._emit()

    def scan(self, local: datetime) -> None:
        """Close the working bar if its period has passed."""
        if (
            self._working is not None
            and self._start is not None
            and self._length is not None
            and local - self._start >= self._length
        ):
            self._emit()

    def scan_local_ms(self) -> int | None:
        """Wall time (ms) at which the working bar is due, None when there is none or it goes by count."""
        if self._working is None or self._start is None or self._length is None:
            return None
        return local_ms(self._start + self._length)

    def _emit(self) -> None:
        bar, self._working = self._working, None
        self.consolidated = bar
        self.data_consolidated(self, bar)

    def _aggregate(self, data: Any) -> None:  # noqa: ARG002
        raise TypeError(f"{type(self).__name__} does not aggregate bars")  # pragma: no cover - subclasses do

    def _end(self, data: Any) -> datetime:
        end: datetime = data.end_time if self._length is None or self._start is None else self._start + self._length
        return end

    def reset(self) -> None:
        """Forget the working bar."""
        self._working, self._count = None, 0

    def dispose(self) -> None:
        """LEAN API; nothing to release."""


class TradeBarConsolidator(PeriodConsolidator):
    """Trade bars of a period; on quote-only securities the mids."""

    takes_trades_only = True

    def _aggregate(self, data: Any) -> None:
        volume = getattr(data, "volume", 0.0)
        if self._working is None:
            self._working = TradeBar(
                self._start or data.time, data.symbol, data.open, data.high, data.low, data.close, volume
            )
            self._working.end_time = self._end(data)
            return
        bar = self._working
        bar.high, bar.low = max(bar.high, data.high), min(bar.low, data.low)
        bar.close = bar.value = data.close
        bar.volume += volume


class QuoteBarConsolidator(PeriodConsolidator):
    """Quote bars of a period; each opens at the close of the one before, as in LEAN's QuoteBarConsolidator."""

    takes_quotes = True

    def _aggregate(self, data: Any) -> None:
        if self._working is None:
            before = self.consolidated
            bid, ask = (None, None) if before is None else (_flat(before.bid), _flat(before.ask))
            self._working = QuoteBar(self._start or data.time, data.symbol, bid, 0.0, ask, 0.0)
            self._working.end_time = self._end(data)
        bar = self._working
        bar.bid, bar.ask = _merge(bar.bid, data.bid), _merge(bar.ask, data.ask)
        bar.last_bid_size, bar.last_ask_size = data.last_bid_size, data.last_ask_size
        bar.value = bar.close


def _flat(side: Bar | None) -> Bar | None:
    return None if side is None else Bar(side.close, side.close, side.close, side.close)


class MarketDayConsolidator(TradeBarConsolidator):
    """One bar per session, from the regular open to the regular close (LEAN's MarketHourAwareConsolidator)."""

    takes_trades_only = False

    def __init__(self, calendar: MarketCalendar) -> None:
        super().__init__(ONE_DAY)
        self._calendar = calendar

    def _period_of(self, moment: datetime) -> tuple[datetime, timedelta] | None:
        zone = self._calendar.zone
        opens, closes = self._calendar.first_open(moment.date()), self._calendar.last_close(moment.date())
        if opens is None or closes is None:
            return None
        start, end = zone.to_local(opens), zone.to_local(closes)
        return (start, end - start) if start <= moment < end else None


class AnyBarConsolidator(TradeBarConsolidator):
    """Trade bars where there are any, mids of quotes otherwise: what indicators are fed with."""

    takes_trades_only = False


class DynamicDataConsolidator(TradeBarConsolidator):
    """Bars of custom data points: their open, high, low, close and volume where they have them, else their value."""

    takes_trades_only = False

    def _aggregate(self, data: Any) -> None:
        value = data.value
        bar = TradeBar(data.time, data.symbol, volume=float(getattr(data, "volume", 0.0)))
        for name in ("open", "high", "low", "close"):
            setattr(bar, name, float(getattr(data, name, value)))
        bar.value = bar.close
        bar.end_time = data.end_time
        super()._aggregate(bar)


def _copy(side: Bar | None) -> Bar | None:
    return None if side is None else Bar(side.open, side.high, side.low, side.close)


def _merge(bar: Bar | None, side: Bar | None) -> Bar | None:
    if bar is None or side is None:
        return bar if side is None else _copy(side)
    return Bar(bar.open, max(bar.high, side.high), min(bar.low, side.low), side.close)
