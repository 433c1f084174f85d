"""Consolidators by period, count or calendar, one per kind of input (LEAN `TradeBarConsolidator.cs` and the others)."""

from datetime import datetime, timedelta
from typing import Any

from lean_local.api.bars import ONE_MINUTE, Bar, BaseData, QuoteBar, TradeBar
from lean_local.api.calendar_periods import ONE_DAY
from lean_local.api.consolidator_base import ONE_HOUR, ONE_SECOND, PeriodConsolidator
from lean_local.api.custom_data import DynamicData
from lean_local.api.ticks import OpenInterest, Tick
from lean_local.enums import TickType


def _take(bar: TradeBar, high: float, low: float, close: float, volume: float) -> None:
    """Add prices to a bar that has begun."""
    bar.high, bar.low = max(bar.high, high), min(bar.low, low)
    bar.close = bar.value = close
    bar.volume += volume


class TradeBarConsolidatorBase(PeriodConsolidator):
    """What makes trade bars."""

    @property
    def working_bar(self) -> Any:
        """Same as `working_data`."""
        return self.working_data


class TradeBarConsolidator(TradeBarConsolidatorBase):
    """Trade bars of trade bars."""

    def _aggregate(self, data: Any) -> None:
        if self._bar is not None:
            _take(self._bar, data.high, data.low, data.close, data.volume)
            return
        start = self._start_of(data)
        prices = (data.open, data.high, data.low, data.close, data.volume)
        self._bar = TradeBar(start, data.symbol, *prices, period=self._span_of(data))


class TickConsolidator(TradeBarConsolidatorBase):
    """Trade bars of the trades among ticks."""

    input_type = Tick

    def _wants(self, data: Any) -> bool:
        return bool(data.tick_type == TickType.TRADE)

    def _aggregate(self, data: Any) -> None:
        price = data.value
        if self._bar is not None:
            _take(self._bar, price, price, price, data.quantity)
            return
        start = self._start_of(data)
        self._bar = TradeBar(start, data.symbol, price, price, price, price, data.quantity, self._period or ONE_MINUTE)


class BaseDataConsolidator(TradeBarConsolidatorBase):
    """Trade bars of the values of any data, without volume."""

    input_type = BaseData

    def _aggregate(self, data: Any) -> None:
        value = data.value
        if self._bar is not None:
            _take(self._bar, value, value, value, 0.0)
        else:
            self._bar = TradeBar(self._start_at(data.time), data.symbol, value, value, value, value)


class DynamicDataConsolidator(TradeBarConsolidatorBase):
    """Bars of custom data points: their open, high, low, close and volume where they have them, else their value."""

    input_type = DynamicData

    def _aggregate(self, data: Any) -> None:
        value = data.value
        opens, high, low, close = (float(getattr(data, name, value)) for name in ("open", "high", "low", "close"))
        volume = float(int(getattr(data, "volume", 0)))
        if self._bar is not None:
            _take(self._bar, high, low, close, volume)
        else:
            self._bar = TradeBar(self._start_of(data), data.symbol, opens, high, low, close, volume)


def _opened(consolidator: PeriodConsolidator, start: datetime, data: Any, period: timedelta) -> QuoteBar:
    """A new quote bar: it opens at the close of the one before."""
    bar = QuoteBar(start, data.symbol, None, 0.0, None, 0.0, period)
    before = consolidator.consolidated
    if before is not None:
        bid = before.bid.close if before.bid is not None else 0.0
        ask = before.ask.close if before.ask is not None else 0.0
        bar.update(0.0, bid, ask, 0.0, before.last_bid_size, before.last_ask_size)
    return bar


def _merged(bar: Bar | None, side: Bar) -> Bar:
    if bar is None:
        return Bar(side.open, side.high, side.low, side.close)
    return Bar(bar.open, max(bar.high, side.high), min(bar.low, side.low), side.close)


class QuoteBarConsolidator(PeriodConsolidator):
    """Quote bars of quote bars."""

    input_type = output_type = QuoteBar

    def _aggregate(self, data: Any) -> None:
        if self._bar is None:
            self._bar = _opened(self, self._start_of(data), data, self._span_of(data))
        bar = self._bar
        if data.bid is not None:
            bar.bid, bar.last_bid_size = _merged(bar.bid, data.bid), data.last_bid_size
        if data.ask is not None:
            bar.ask, bar.last_ask_size = _merged(bar.ask, data.ask), data.last_ask_size
        bar.value = data.value


class TickQuoteBarConsolidator(PeriodConsolidator):
    """Quote bars of the quotes among ticks."""

    input_type, output_type = Tick, QuoteBar

    def _wants(self, data: Any) -> bool:
        return bool(data.tick_type == TickType.QUOTE)

    def _aggregate(self, data: Any) -> None:
        if self._bar is None:
            self._bar = _opened(self, self._start_of(data), data, self._period or ONE_MINUTE)
        self._bar.update(0.0, data.bid_price, data.ask_price, 0.0, data.bid_size, data.ask_size)


class OpenInterestConsolidator(PeriodConsolidator):
    """The last open interest of each period; by hour or day it keeps the time of its last input."""

    input_type, output_type = Tick, OpenInterest

    def __init__(self, period: Any, second: timedelta | None = None, *, start_time: timedelta | None = None) -> None:
        super().__init__(period, second, start_time=start_time)
        self._last: Any = None
        self._keeps_time = isinstance(period, timedelta) and period >= ONE_HOUR

    def _wants(self, data: Any) -> bool:
        return bool(data.tick_type == TickType.OPEN_INTEREST)

    def _aggregate(self, data: Any) -> None:
        time = data.end_time if self._keeps_time else self._start_of(data)
        if self._bar is None:
            self._bar = OpenInterest(time, data.symbol, data.value)
        elif self._keeps_time:
            self._bar.time = self._bar.end_time = data.end_time
        self._bar.value = data.value

    def update(self, data: Any) -> None:
        """See ConsolidatorBase; the first input of another hour or date ends the bar."""
        last, period = self._last, self._period
        if last is not None and self._keeps_time and period is not None:
            before, now = last.end_time, data.end_time
            by_hour = period == ONE_HOUR and before.hour != now.hour
            if by_hour or (period == ONE_DAY and before.date() != now.date()):
                self.scan(before + period + ONE_SECOND)
        super().update(data)
        self._last = data
