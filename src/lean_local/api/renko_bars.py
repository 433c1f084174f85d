"""Bars that end with the price or the volume, not with time (LEAN `RenkoBar.cs`, `VolumeRenkoBar.cs`, `RangeBar.cs`).

Sums of bar sizes are decimals, as in LEAN.
"""

from datetime import datetime
from typing import Any

from lean_local.api.bars import TradeBar
from lean_local.enums import BarDirection, RenkoType
from lean_local.securities.cache import decimal_of
from lean_local.symbols import Symbol

__all__ = ["RangeBar", "RenkoBar", "VolumeRenkoBar"]


class BaseRenkoBar(TradeBar):
    """What renko bars share: `start`, `brick_size`, `is_closed`."""

    __slots__ = ("brick_size", "is_closed", "type")

    def _begin(
        self, kind: RenkoType, symbol: Symbol | None, times: tuple[datetime, datetime], brick_size: float
    ) -> None:
        self.type, self.symbol, self.brick_size, self.is_closed = kind, symbol, brick_size, False
        self.time, self.end_time = times

    @property
    def start(self) -> datetime:
        """Same as `time`."""
        return self.time

    def _prices(self, *prices: float) -> None:
        self.open, self.high, self.low, self.close = prices
        self.value = self.close


class RenkoBar(BaseRenkoBar):
    """A renko bar: classic ones grow with `update`, wicked ones are made when they close."""

    __slots__ = ()

    def __init__(self, symbol: Symbol | None = None, *values: Any) -> None:
        """`(symbol, time, brick_size, open, volume)` or `(symbol, start, end, brick_size, open, high, low, close)`."""
        super().__init__(symbol=symbol)
        if len(values) == 4:
            time, size, opens, volume = values
            self._begin(RenkoType.CLASSIC, symbol, (time, time), size)
            self._prices(opens, opens, opens, opens)
            self.volume = volume
        elif values:
            self._begin(RenkoType.WICKED, symbol, (values[0], values[1]), values[2])
            self._prices(*values[3:7])

    @property
    def end(self) -> datetime:
        """Same as `end_time`."""
        return self.end_time

    @property
    def direction(self) -> BarDirection:
        """Rising, falling or neither."""
        if self.open < self.close:
            return BarDirection.RISING
        return BarDirection.FALLING if self.open > self.close else BarDirection.NO_DELTA

    @property
    def spread(self) -> float:
        """Distance of open and close."""
        return float(abs(decimal_of(self.close) - decimal_of(self.open)))

    def update(self, time: datetime, current_value: float, volume_since_last_update: float) -> bool:
        """Take a value; says whether the bar is closed. Raises RuntimeError for a wicked bar."""
        if self.type == RenkoType.WICKED:
            raise RuntimeError('A "Wicked" RenkoBar cannot be updated!')
        if self.is_closed:
            return True
        opens, size = decimal_of(self.open), decimal_of(self.brick_size)
        low, high = float(opens - size), float(opens + size)
        self.end_time, self.volume = time, self.volume + volume_since_last_update
        self.close = self.value = min(high, max(low, current_value))
        self.is_closed = current_value <= low or current_value >= high
        self.high, self.low = max(self.high, self.close), min(self.low, self.close)
        return self.is_closed


class VolumeRenkoBar(BaseRenkoBar):
    """A bar of a volume."""

    __slots__ = ()

    def __init__(self, symbol: Symbol | None = None, *values: Any) -> None:
        """`(symbol, start, end, brick_size, open, high, low, close, volume)`."""
        super().__init__(symbol=symbol)
        if values:
            self._begin(RenkoType.CLASSIC, symbol, (values[0], values[1]), values[2])
            self._prices(*values[3:7])
            self.volume = values[7]

    def update(self, time: datetime, high: float, low: float, close: float, volume: float) -> float:
        """Take volume; the excess over the brick, negative while the bar is open."""
        if self.is_closed:
            return 0.0
        self.end_time = time
        excess = float(decimal_of(self.volume) + decimal_of(volume) - decimal_of(self.brick_size))
        self.volume = self.brick_size if excess > 0 else float(decimal_of(self.volume) + decimal_of(volume))
        self.close = self.value = close
        self.high, self.low = max(self.high, high), min(self.low, low)
        self.is_closed = excess >= 0
        return excess

    def rollover(self) -> "VolumeRenkoBar":
        """The bar that follows."""
        close, end = self.close, self.end_time
        return VolumeRenkoBar(self.symbol, end, end, self.brick_size, close, close, close, close, 0.0)


class RangeBar(TradeBar):
    """A bar that ends when its range is full."""

    __slots__ = ("is_closed", "range_size")

    def __init__(
        self,
        symbol: Symbol | None = None,
        end_time: datetime = datetime(1, 1, 1),  # noqa: DTZ001  .NET's DateTime.MinValue
        range_size: float = 0.0,
        open: float = 0.0,  # noqa: A002
        high: float | None = None,
        low: float | None = None,
        close: float | None = None,
        volume: float = 0.0,
    ) -> None:
        super().__init__(symbol=symbol)
        self.end_time, self.range_size, self.is_closed, self.volume = end_time, range_size, False, volume
        self.open = open
        self.high, self.low = open if high is None else high, open if low is None else low
        self.close = self.value = open if close is None else close

    def update(self, time: datetime, current_value: float, volume_since_last_update: float) -> None:
        """Take a value."""
        self.end_time = time
        size, value = decimal_of(self.range_size), decimal_of(current_value)
        if current_value < self.low:
            if decimal_of(self.high) - value > size:
                self.is_closed = True
                self.low = self.close = self.value = float(decimal_of(self.high) - size)
                return
            self.low = current_value
        elif current_value > self.high:
            if value - decimal_of(self.low) > size:
                self.is_closed = True
                self.high = self.close = self.value = float(decimal_of(self.low) + size)
                return
            self.high = current_value
        self.volume += volume_since_last_update
