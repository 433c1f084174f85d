"""Consolidators that go by price or volume: renko, volume renko and range bars.

LEAN `RenkoConsolidator.cs`, `ClassicRenkoConsolidator.cs`, `VolumeRenkoConsolidator.cs`, `RangeConsolidator.cs`,
`ClassicRangeConsolidator.cs`. Sums of bar sizes are decimals, as in LEAN.
"""

import math
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from lean_local.api.bars import TradeBar
from lean_local.api.consolidator_base import ConsolidatorBase
from lean_local.api.renko_bars import RangeBar, RenkoBar, VolumeRenkoBar
from lean_local.api.ticks import Tick
from lean_local.enums import BarDirection, RenkoType, TickType
from lean_local.securities.cache import decimal_of
from lean_local.symbols import Symbol

__all__ = [
    "ClassicRangeConsolidator",
    "ClassicRenkoConsolidator",
    "DollarVolumeRenkoConsolidator",
    "RangeBar",
    "RangeConsolidator",
    "RenkoBar",
    "RenkoConsolidator",
    "VolumeRenkoBar",
    "VolumeRenkoConsolidator",
    "WickedRenkoConsolidator",
]

Selector = Callable[[Any], Any]
ZERO = Decimal(0)


def _volume(data: Any) -> float:
    if isinstance(data, TradeBar):
        return data.volume
    return data.quantity if isinstance(data, Tick) else 0.0


class TimelessConsolidator(ConsolidatorBase):
    """Base of those that take a value and a volume of every data point."""

    output_type: type = TradeBar

    def __init__(self, selector: Selector | None = None, volume_selector: Selector | None = None) -> None:
        super().__init__()
        self._selector: Selector = selector or (lambda data: data.value)
        self._volume_selector: Selector = volume_selector or _volume
        self._bar: Any = None

    @property
    def working_data(self) -> Any:
        """See ConsolidatorBase."""
        return None if self._bar is None else self._bar.clone()

    def update(self, data: Any) -> None:
        """See ConsolidatorBase."""
        value, volume = float(self._selector(data)), float(self._volume_selector(data))
        if self._bar is not None:
            self._update_bar(data.time, value, volume)
        if self._bar is None:
            self._new_bar(data, value, volume)

    def _update_bar(self, time: datetime, value: float, volume: float) -> None:
        self._bar.update(time, value, volume)
        if self._bar.is_closed:
            self.on_data_consolidated(self._bar)
            self._bar = None

    def _new_bar(self, data: Any, value: float, volume: float) -> None:  # noqa: ARG002
        raise TypeError(f"{type(self).__name__} makes no bars")  # pragma: no cover - subclasses do

    def reset(self) -> None:
        """See ConsolidatorBase."""
        self._bar = None
        super().reset()


class ClassicRenkoConsolidator(TimelessConsolidator):
    """Renko bars that close at a brick's distance from their open. Raises ValueError for a size below zero or zero."""

    output_type = RenkoBar
    type = RenkoType.CLASSIC

    def __init__(
        self,
        bar_size: float,
        selector: Any = None,
        volume_selector: Selector | None = None,
        even_bars: bool = True,
    ) -> None:
        if isinstance(selector, bool):
            selector, even_bars = None, selector
        elif isinstance(selector, RenkoType):
            if selector != RenkoType.CLASSIC:
                raise ValueError("Please use the new RenkoConsolidator type if RenkoType is not Classic")
            selector = None
        super().__init__(selector, volume_selector)
        if bar_size <= 0:
            raise ValueError("RenkoConsolidator bar size must be positve and greater than 1e-28")
        self._size, self._even, self._last_close = decimal_of(bar_size), even_bars, None

    def _new_bar(self, data: Any, value: float, volume: float) -> None:
        opens = decimal_of(value) if self._last_close is None else decimal_of(self._last_close)
        if self._even and self._last_close is None:
            opens = math.ceil(opens / self._size) * self._size
        self._bar = RenkoBar(data.symbol, data.time, float(self._size), float(opens), volume)

    def on_data_consolidated(self, bar: Any) -> None:
        """See ConsolidatorBase."""
        self._last_close = bar.close
        super().on_data_consolidated(bar)

    def reset(self) -> None:
        """See ConsolidatorBase."""
        super().reset()
        self._last_close = None


class RenkoConsolidator(ConsolidatorBase):
    """Renko bars with wicks. Raises ValueError for a size that is not positive."""

    output_type = RenkoBar
    type = RenkoType.WICKED

    def __init__(self, bar_size: float) -> None:
        super().__init__()
        if bar_size <= 0:
            raise ValueError("Renko consolidator BarSize must be strictly greater than zero")
        self.bar_size = bar_size
        self._size = decimal_of(bar_size)
        self._begin()

    def _begin(self) -> None:
        self._last: RenkoBar | None = None
        self._shown: RenkoBar | None = None
        self._open_on: datetime | None = None
        self._open = self._high = self._low = ZERO

    @property
    def working_data(self) -> Any:
        """The last bar made."""
        return None if self._shown is None else self._shown.clone()

    def update(self, data: Any) -> None:
        """See ConsolidatorBase."""
        rate = decimal_of(data.value)
        if self._open_on is None:
            self._open_on = data.time
            self._open = self._high = self._low = closest_multiple(rate, self._size)
            return
        self._high, self._low = max(self._high, rate), min(self._low, rate)
        if rate > self._open:
            self._move(data, rate, up=True)
        elif rate < self._open:
            self._move(data, rate, up=False)

    def _move(self, data: Any, rate: Decimal, *, up: bool) -> None:
        same = BarDirection.RISING if up else BarDirection.FALLING
        if self._last is not None and self._last.direction != same:
            # A bar of the other direction opens where the last one opened.
            opens = decimal_of(self._last.open)
            limit = self._limit(opens, up=up)
            if not _beyond(rate, limit, up=up):
                return
            self._make(data, opens, limit, up=up)
        while _beyond(rate, limit := self._limit(self._open, up=up), up=up):
            self._make(data, self._open, limit, up=up)

    def _limit(self, opens: Decimal, *, up: bool) -> Decimal:
        return opens + self._size if up else opens - self._size

    def _make(self, data: Any, opens: Decimal, limit: Decimal, *, up: bool) -> None:
        high, low = (limit, self._low) if up else (self._high, limit)
        prices = (float(opens), float(high), float(low), float(limit))
        bar = RenkoBar(data.symbol, self._open_on, data.time, self.bar_size, *prices)
        self._last = bar
        self.on_data_consolidated(bar)
        self._shown = bar
        self._open_on, self._open = data.time, limit
        if up:
            self._low = limit
        else:
            self._high = limit

    def reset(self) -> None:
        """See ConsolidatorBase."""
        self._begin()
        super().reset()

    @staticmethod
    def get_closest_multiple(price: float, bar_size: float) -> float:
        """The multiple of the bar size next to a price. Raises ValueError for a size that is not positive."""
        if bar_size <= 0:
            raise ValueError("BarSize must be strictly greater than zero")
        return float(closest_multiple(decimal_of(price), decimal_of(bar_size)))


def _beyond(rate: Decimal, limit: Decimal, *, up: bool) -> bool:
    return rate > limit if up else rate < limit


def closest_multiple(price: Decimal, size: Decimal) -> Decimal:
    """The multiple of a size next to a price; half a size goes to the even one."""
    whole = math.floor(price / size)
    return size * (whole + round((price - size * whole) / size))


class WickedRenkoConsolidator(RenkoConsolidator):
    """Same as RenkoConsolidator."""


class VolumeRenkoConsolidator(ConsolidatorBase):
    """Bars of a volume, of trade bars or trades. Raises TypeError for other data."""

    output_type = VolumeRenkoBar

    def __init__(self, bar_size: float) -> None:
        super().__init__()
        self._size = float(bar_size)
        self._bar: VolumeRenkoBar | None = None

    @property
    def working_data(self) -> Any:
        """See ConsolidatorBase."""
        return self._bar

    def _adjusted(self, volume: float, price: float) -> float:  # noqa: ARG002  subclasses use it
        return volume

    def update(self, data: Any) -> None:
        """See ConsolidatorBase."""
        close = data.value
        if isinstance(data, Tick):
            if data.tick_type != TickType.TRADE:
                return
            volume, opens, high, low = data.quantity, close, close, close
        elif isinstance(data, TradeBar):
            volume, opens, high, low = data.volume, data.open, data.high, data.low
        else:
            raise TypeError(f"{type(self).__name__} must be used with TradeBar or Tick data.")
        volume = self._adjusted(volume, close)
        if self._bar is None:
            self._bar = VolumeRenkoBar(data.symbol, data.time, data.end_time, self._size, opens, high, low, close, 0.0)
        left = self._bar.update(data.end_time, high, low, close, volume)
        while left >= 0:
            self.on_data_consolidated(self._bar)
            self._bar = self._bar.rollover()
            left = self._bar.update(data.end_time, high, low, close, left)

    def reset(self) -> None:
        """See ConsolidatorBase."""
        super().reset()
        self._bar = None


class DollarVolumeRenkoConsolidator(VolumeRenkoConsolidator):
    """Bars of a traded value."""

    def _adjusted(self, volume: float, price: float) -> float:
        return float(decimal_of(volume) * decimal_of(price))


class RangeConsolidator(TimelessConsolidator):
    """Bars of a range, a number of the symbol's least price variations; jumps make bars without volume between."""

    output_type = RangeBar

    def __init__(
        self,
        range: int,  # noqa: A002
        selector: Selector | None = None,
        volume_selector: Selector | None = None,
    ) -> None:
        super().__init__(selector, volume_selector)
        self.range, self.range_size = int(range), 0.0
        self._variation: Decimal | None = None

    def _new_bar(self, data: Any, value: float, volume: float) -> None:
        opens = value
        if self._variation is None:
            self._variation = _price_variation(data.symbol)
            size = self._variation * self.range
            self.range_size, opens = float(size), float(math.ceil(decimal_of(value) / size) * size)
        self._bar = RangeBar(data.symbol, data.time, self.range_size, opens, volume=volume)

    def _update_bar(self, time: datetime, value: float, volume: float) -> None:
        assert self._variation is not None
        rising = value > self._bar.high
        self._bar.update(time, value, volume)
        while self._bar.is_closed:
            bar = self._bar
            self.on_data_consolidated(bar)
            opens = decimal_of(bar.high) + self._variation if rising else decimal_of(bar.low) - self._variation
            self._bar = RangeBar(bar.symbol, bar.end_time, self.range_size, float(opens))
            far = abs(opens - decimal_of(value)) > decimal_of(self.range_size)
            self._bar.update(time, value, 0.0 if far else volume)

    def reset(self) -> None:
        """See ConsolidatorBase."""
        super().reset()
        self._variation, self.range_size = None, 0.0


class ClassicRangeConsolidator(RangeConsolidator):
    """Range bars that begin at the next value, without bars for jumps."""

    def _update_bar(self, time: datetime, value: float, volume: float) -> None:
        TimelessConsolidator._update_bar(self, time, value, volume)


def _price_variation(symbol: Symbol) -> Decimal:
    from lean_local.engine.backtest import current_run  # noqa: PLC0415  the run knows the api

    return decimal_of(current_run().subscriptions.properties(symbol).minimum_price_variation)
