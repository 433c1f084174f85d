"""What every consolidator has, and the ones that go by period, count or calendar (semantics §3.9).

LEAN `ConsolidatorBase.cs`, `PeriodCountConsolidatorBase.cs`.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from lean_local.api.bars import BaseData, TradeBar
from lean_local.api.calendar_periods import ONE_DAY, from_start_time, round_down
from lean_local.api.events import Event
from lean_local.api.indicator_base import RollingWindow
from lean_local.naming import LeanObject

ZERO = timedelta(0)
ONE_SECOND, ONE_HOUR = timedelta(seconds=1), timedelta(hours=1)
_NEVER = datetime.min  # noqa: DTZ901  naive, as bar times are
_PROBE = datetime(2022, 1, 3, 10, 10, 10)  # noqa: DTZ001


class ConsolidatorBase(LeanObject):
    """Makes bars of data; keeps the last two it made: `consolidator[0]`, `current`, `previous`, `window`."""

    input_type: type = BaseData
    output_type: type = BaseData
    may_scan_idle = False  # whether a scan can do something while no bar is being built

    def __new__(cls, *_: Any, **__: Any) -> Any:
        """Complete even when a subclass's `__init__` does not call ours."""
        self = super().__new__(cls)
        ConsolidatorBase.__init__(self)
        return self

    def __init__(self) -> None:
        self.data_consolidated = Event()
        self.consolidated: Any = None
        self.window: RollingWindow[Any] = RollingWindow(2)

    @property
    def working_data(self) -> Any:
        """A copy of the bar being built, None between bars."""
        return None

    @property
    def current(self) -> Any:
        """The last bar made."""
        return self.window[0]

    @property
    def previous(self) -> Any:
        """The bar before the last."""
        return self.window[1] if self.window.count > 1 else None

    def __getitem__(self, index: int) -> Any:
        return self.window[index]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.window)

    def update(self, data: Any) -> None:  # noqa: ARG002
        """Take a data point."""
        raise TypeError(f"{type(self).__name__} does not take data")  # pragma: no cover - subclasses do

    def scan(self, current_local_time: datetime) -> None:
        """Close the working bar if its period has passed."""

    def on_data_consolidated(self, bar: Any) -> None:
        """Hand a finished bar over. `consolidated` is still the bar before while handlers run."""
        if bar is not None:
            self.window.add(bar)
        self.data_consolidated(self, bar)
        self.consolidated = bar

    def reset(self) -> None:
        """Forget the working bar and those made."""
        self.consolidated = None
        self.window.reset()

    def dispose(self) -> None:
        """Forget the handlers."""
        self.data_consolidated.clear()


class _Period:
    """Length of the periods and where the one of a moment starts."""

    def __init__(self, period: timedelta | None, start: Callable[[datetime], datetime]) -> None:
        self.period, self.start = period, start


class _CalendarPeriod(_Period):
    """Periods of a calendar function; the length is that of the last one asked for."""

    def __init__(self, function: Callable[[datetime], Any]) -> None:
        super().__init__(None, self._start)
        self._function = function
        if function(_PROBE).start > _PROBE:
            raise ValueError(
                "FuncPeriodSpecification: Please use a function that computes the start of the bar associated with "
                "the given date time. Should never return a time later than the one passed in."
            )

    def _start(self, moment: datetime) -> datetime:
        info = self._function(moment)
        self.period = info.period
        start: datetime = info.start
        return start


def _same(moment: datetime) -> datetime:
    return moment


def _periods(period: Any, mixed: timedelta | None, start_time: timedelta | None) -> _Period:
    if isinstance(period, timedelta):
        if start_time is not None:
            return _Period(period, from_start_time(period, start_time))
        return _Period(period, _same if period > ONE_DAY or not period else lambda moment: round_down(moment, period))
    if callable(period):
        return _CalendarPeriod(period)
    if isinstance(period, int) and not isinstance(period, bool):
        return _Period(mixed, _same)
    raise TypeError(f"Unable to create a consolidator period from {period!r}: it is not a supported period type.")


class PeriodConsolidator(ConsolidatorBase):
    """By span, by count, by both, or by calendar; subclasses aggregate.

    `(period[, start_time])`, `(max_count[, period])` or `(calendar)`. Raises TypeError for another kind of period.
    """

    input_type: type = TradeBar
    output_type: type = TradeBar

    _period: timedelta | None = None
    _bar: Any = None

    def __init__(self, period: Any, second: timedelta | None = None, *, start_time: timedelta | None = None) -> None:
        super().__init__()
        by_span = isinstance(period, timedelta)
        self._periods = _periods(period, second, (start_time or second) if by_span else None)
        self._checks_span = by_span
        self._max_count: int | None = None if by_span or callable(period) else int(period)
        self._period = ONE_SECOND if callable(period) else self._periods.period
        self._bar: Any = None
        self._count = 0
        self._last_emit: datetime | None = None
        self._security_id: Any = None

    @classmethod
    def from_resolution(cls, resolution: Any) -> "PeriodConsolidator":
        """The consolidator of a resolution's span."""
        from lean_local.api.extensions import Extensions  # noqa: PLC0415  with the other conversions

        return cls(Extensions.to_time_span(resolution))

    @property
    def working_data(self) -> Any:
        """See ConsolidatorBase."""
        return None if self._bar is None else self._bar.clone()

    @property
    def period(self) -> timedelta | None:
        """Length of the bars, None for a number of inputs."""
        return self._period

    def aggregate_bar(self, working_bar: Any, data: Any) -> Any:
        """Add a data point to a bar, made if None; the bar. For consolidators of algorithms."""
        self._bar = working_bar
        self._aggregate(data)
        made, self._bar = self._bar, None
        return made

    @property
    def _by_time(self) -> bool:
        return self._max_count is None

    def _wants(self, data: Any) -> bool:  # noqa: ARG002  subclasses choose
        return True

    def _aggregate(self, data: Any) -> None:  # noqa: ARG002
        raise TypeError(f"{type(self).__name__} does not aggregate")  # pragma: no cover - subclasses do

    # --- data --------------------------------------------------------------------------------------------------
    def _check(self, data: Any) -> None:
        """Raises RuntimeError for data of another symbol, ValueError for bars longer than the period."""
        if self._security_id is None:
            self._security_id = data.symbol.id
        elif data.symbol.id != self._security_id:
            raise RuntimeError(
                "Consolidators can only be used with a single symbol. The previous consolidated SecurityIdentifier "
                f"({self._security_id}) is not the same as in the current data ({data.symbol.id})."
            )

    def _check_span(self, data: Any) -> None:
        self._checks_span = False
        length = data.end_time - data.time
        if self._period is not None and length > self._period:
            raise ValueError(
                f"For Symbol {data.symbol} can not consolidate bars of period: {self._period}, using data of the same "
                f"or higher period: {length}"
            )

    def update(self, data: Any) -> None:
        """See ConsolidatorBase."""
        self._check(data)
        if not self._wants(data):
            return
        if self._checks_span:
            self._check_span(data)
        fires = self._counts()
        first = not self._by_time or self._period == ZERO  # aggregate before a bar is handed over
        if self._last_emit is None:
            self._last_emit = _NEVER if self._by_time else data.time
        if self._period is not None:
            fires = fires or self._period == ZERO or self._is_past(data)
        if first:
            self._add(data)
        if fires:
            self._fire(data)
        if not first:
            self._add(data)

    def _counts(self) -> bool:
        if self._max_count is None:
            return False
        self._count += 1
        if self._count < self._max_count:
            return False
        self._count = 0
        return True

    def _is_past(self, data: Any) -> bool:
        assert self._period is not None
        assert self._last_emit is not None
        bar = self._bar
        return bar is not None and data.time - bar.time >= self._period and self._start_of(data) > self._last_emit

    def _add(self, data: Any) -> None:
        assert self._last_emit is not None
        if data.time >= self._last_emit:
            self._aggregate(data)
            if not self._by_time:
                self._bar.end_time = data.end_time

    def _fire(self, data: Any) -> None:
        bar = self._bar
        if isinstance(bar, TradeBar) and self._period is not None:
            bar.end_time = bar.time + self._period
        self._last_emit = bar.end_time if self._by_time and bar is not None else data.time
        self.on_data_consolidated(bar)

    def scan(self, current_local_time: datetime) -> None:
        """See ConsolidatorBase."""
        bar, period = self._bar, self._period
        if bar is None or not period or current_local_time - bar.time < period:
            return
        assert self._last_emit is not None
        if self._start_at(current_local_time) > self._last_emit:
            self._last_emit = bar.end_time
            self.on_data_consolidated(bar)

    def on_data_consolidated(self, bar: Any) -> None:
        """See ConsolidatorBase."""
        super().on_data_consolidated(bar)
        self._bar = None

    # --- where bars start --------------------------------------------------------------------------------------
    def _start_at(self, moment: datetime) -> datetime:
        """Start of the period of a moment; the length of a new bar is fixed here."""
        start = self._periods.start(moment)
        if self._bar is None:
            self._period = self._periods.period
        return start

    def _start_of(self, data: Any) -> datetime:
        """Start of the period of a data point."""
        start = self._start_at(data.time)
        if self._period is None or start + self._period >= data.end_time:
            return start
        # Hour bars of US equities start at 9:00, before the open at 9:30: their end tells the session.
        if data.end_time - data.time == ONE_HOUR and start.date() < data.time.date():
            return self._start_at(data.end_time)
        moment: datetime = data.time
        return moment

    def _span_of(self, data: Any) -> timedelta:
        """Length of a bar by time, else that of the data."""
        length: timedelta = data.end_time - data.time
        return self._period if self._by_time and self._period is not None else length

    def reset(self) -> None:
        """See ConsolidatorBase."""
        super().reset()
        self._bar, self._count, self._last_emit, self._security_id = None, 0, None, None
