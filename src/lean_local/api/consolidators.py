"""Consolidators that wrap or pass on data: identity, filter, sequence, market hours, those of algorithms (§3.9)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from lean_local.api.bars import BaseData, QuoteBar, TradeBar
from lean_local.api.calendar_periods import ONE_DAY, Calendar, CalendarInfo, round_down, session_day, session_part
from lean_local.api.consolidator_base import ONE_HOUR, ConsolidatorBase, PeriodConsolidator
from lean_local.api.extensions import Extensions
from lean_local.api.period_consolidators import (
    BaseDataConsolidator,
    DynamicDataConsolidator,
    OpenInterestConsolidator,
    QuoteBarConsolidator,
    TickConsolidator,
    TickQuoteBarConsolidator,
    TradeBarConsolidator,
)
from lean_local.api.ticks import Tick
from lean_local.enums import Resolution, TickType
from lean_local.securities.exchange import Calendar as MarketCalendar
from lean_local.symbols import Symbol

__all__ = [
    "BaseDataConsolidator",
    "Calendar",
    "CalendarInfo",
    "DynamicDataConsolidator",
    "FilteredIdentityDataConsolidator",
    "IdentityDataConsolidator",
    "MarketHourAwareConsolidator",
    "OpenInterestConsolidator",
    "PythonConsolidator",
    "QuoteBarConsolidator",
    "SequentialConsolidator",
    "TickConsolidator",
    "TickQuoteBarConsolidator",
    "TradeBarConsolidator",
]


def span_of(resolution: Resolution) -> timedelta:
    """Length of a bar of a resolution."""
    return Extensions.to_time_span(resolution)


def market_calendar(symbol: Symbol) -> MarketCalendar:
    """Opening times of a symbol's market, from the data folder of the run."""
    from lean_local.engine.backtest import current_run  # noqa: PLC0415  the run knows the api

    found: MarketCalendar = current_run().subscriptions.calendar(symbol)
    return found


class IdentityDataConsolidator(ConsolidatorBase):
    """Passes every data point on; of bars, one per end time. `IdentityDataConsolidator[TradeBar]()`."""

    def __init__(self, kind: type = BaseData) -> None:
        super().__init__()
        self.input_type = self.output_type = kind
        self._last: Any = None

    def __class_getitem__(cls, kind: type) -> Callable[..., Any]:
        return partial(cls, kind=kind)

    @property
    def working_data(self) -> Any:
        """A copy of the last data point."""
        return None if self._last is None else self._last.clone()

    def update(self, data: Any) -> None:
        """See ConsolidatorBase."""
        if self.input_type is Tick or self._last is None or data.end_time != self._last.end_time:
            self.on_data_consolidated(data)
            self._last = data

    def reset(self) -> None:
        """See ConsolidatorBase."""
        super().reset()
        self._last = None


class FilteredIdentityDataConsolidator(IdentityDataConsolidator):
    """Passes the data points on that a function says yes to."""

    def __init__(self, predicate: Callable[[Any], bool], kind: type = BaseData) -> None:
        super().__init__(kind)
        self._predicate = predicate

    @staticmethod
    def for_tick_type(tick_type: TickType) -> "FilteredIdentityDataConsolidator":
        """Passes ticks of one type on."""
        return FilteredIdentityDataConsolidator(lambda tick: bool(tick.tick_type == tick_type), Tick)

    def update(self, data: Any) -> None:
        """See ConsolidatorBase."""
        if self._predicate(data):
            super().update(data)


class SequentialConsolidator(ConsolidatorBase):
    """Feeds what one consolidator makes to another. Raises ValueError when the second takes other data."""

    def __init__(self, first: Any, second: Any) -> None:
        super().__init__()
        if not issubclass(first.output_type, second.input_type):
            raise ValueError("first.OutputType must equal second.OutputType!")
        self.first, self.second = first, second
        self.input_type, self.output_type = first.input_type, second.output_type
        first.data_consolidated += lambda _sender, bar: second.update(bar)
        second.data_consolidated += lambda _sender, bar: self.on_data_consolidated(bar)

    @property
    def working_data(self) -> Any:
        """That of the second."""
        return self.second.working_data

    def update(self, data: Any) -> None:
        """See ConsolidatorBase."""
        self.first.update(data)

    def scan(self, current_local_time: datetime) -> None:
        """See ConsolidatorBase."""
        self.first.scan(current_local_time)

    def reset(self) -> None:
        """See ConsolidatorBase."""
        self.first.reset()
        self.second.reset()
        super().reset()


_PERIODIC: dict[tuple[type, TickType], type[PeriodConsolidator]] = {
    (TradeBar, TickType.TRADE): TradeBarConsolidator,
    (QuoteBar, TickType.QUOTE): QuoteBarConsolidator,
    (Tick, TickType.TRADE): TickConsolidator,
    (Tick, TickType.QUOTE): TickQuoteBarConsolidator,
}
_STANDARD = {span_of(r): r for r in (Resolution.SECOND, Resolution.MINUTE, Resolution.HOUR, Resolution.DAILY)}


class MarketHourAwareConsolidator(ConsolidatorBase):
    """Bars within the market's hours: a day from open to close, or periods counted from the open.

    Raises TypeError for data that are no bars and no ticks. LEAN `MarketHourAwareConsolidator.cs`.
    """

    def __init__(
        self,
        daily_strict_end_time_enabled: bool,
        period: Any,
        data_type: type,
        tick_type: TickType,
        extended_market_hours: bool,
    ) -> None:
        super().__init__()
        self._strict, self._extended = daily_strict_end_time_enabled, extended_market_hours
        span = period if isinstance(period, timedelta) else span_of(period)
        kind = TickType.QUOTE if data_type is QuoteBar else TickType(tick_type)
        if (data_type, kind) not in _PERIODIC:
            raise TypeError(f"{data_type.__name__} not supported")
        self._span, self._uses_strict = span, False
        self._hours: MarketCalendar | None = None
        calendar: Any = span
        if _STANDARD.get(span, Resolution.DAILY) == Resolution.DAILY:
            calendar = self._daily if span >= ONE_DAY else self._intraday
        self._inner = _PERIODIC[data_type, kind](calendar)
        self._inner.data_consolidated += lambda _sender, bar: self.on_data_consolidated(bar)
        self.input_type, self.output_type = self._inner.input_type, self._inner.output_type

    @property
    def working_data(self) -> Any:
        """See ConsolidatorBase."""
        return self._inner.working_data

    def update(self, data: Any) -> None:
        """See ConsolidatorBase; data outside the hours are dropped."""
        hours = self._hours
        if hours is None:
            hours = self._hours = market_calendar(data.symbol)
            self._uses_strict = self._strict and hours.strict_days and self._span > ONE_HOUR
        if self._extended or self._is_inside(hours, data):
            self._inner.update(data)

    def _is_inside(self, hours: MarketCalendar, data: Any) -> bool:
        start = hours.zone.to_utc_ms(data.time)
        if hours.is_open(start):
            return True
        long = self._span == ONE_DAY and data.end_time - data.time >= ONE_HOUR
        return long and hours.overlaps(start, hours.zone.to_utc_ms(data.end_time))

    def _daily(self, moment: datetime) -> CalendarInfo:
        if self._hours is None or not self._uses_strict or self._span > ONE_DAY:
            start = moment if self._span > ONE_DAY else round_down(moment, self._span)
            return CalendarInfo(start, self._span)
        return session_day(self._hours, moment, extended=self._extended)

    def _intraday(self, moment: datetime) -> CalendarInfo:
        if self._hours is None or self._hours.always_open:
            return CalendarInfo(round_down(moment, self._span), self._span)
        return session_part(self._hours, moment, self._span, extended=self._extended)

    def scan(self, current_local_time: datetime) -> None:
        """See ConsolidatorBase."""
        self._inner.scan(current_local_time)

    def reset(self) -> None:
        """See ConsolidatorBase."""
        self._hours, self._uses_strict = None, False
        self._inner.reset()
        super().reset()


class PythonConsolidator(ConsolidatorBase):
    """Base of an algorithm's own consolidators: override `update`, `scan`; call `on_data_consolidated(self, bar)`."""

    may_scan_idle = True

    _working: Any = None

    @property
    def working_data(self) -> Any:
        """What is being consolidated."""
        return self._working

    @working_data.setter
    def working_data(self, data: Any) -> None:
        self._working = data

    def update(self, data: Any) -> None:
        """Take a data point."""

    def on_data_consolidated(self, *arguments: Any) -> None:
        """`on_data_consolidated(consolidator, bar)`: hand a finished bar over."""
        bar = arguments[-1]
        if bar is not None:
            self.window.add(bar)
        self.data_consolidated(arguments[0] if len(arguments) > 1 else self, bar)
