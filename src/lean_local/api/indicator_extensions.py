"""Indicators made of others by rule: composites, functions, constants (LEAN `IndicatorExtensions.cs`)."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from lean_local.api.indicator_base import ZERO, IndicatorBase, IndicatorDataPoint
from lean_local.api.indicator_windows import Sum, WindowIdentity
from lean_local.api.indicators import Maximum, Minimum
from lean_local.api.moving_averages import ExponentialMovingAverage, SimpleMovingAverage
from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of

__all__ = [
    "CompositeIndicator",
    "ConstantIndicator",
    "FunctionalIndicator",
    "IndicatorExtensions",
    "IndicatorResult",
]

Composer = Callable[[IndicatorBase, IndicatorBase], Any]


class IndicatorResult(LeanObject):
    """What a composer may return: a value and a status; only status 0 (success) makes a new value."""

    def __init__(self, value: Any, status: Any = 0) -> None:
        self.value, self.status = value, status


class ConstantIndicator(IndicatorBase):
    """Always the same value."""

    def __init__(self, name: str, value: Any) -> None:
        self._value = decimal_of(value)
        super().__init__(name, 0)

    def _begin(self) -> None:
        self.window.add(IndicatorDataPoint(datetime(1, 1, 1), self._value))  # noqa: DTZ001  no time yet

    @property
    def is_ready(self) -> bool:
        """Always."""
        return True

    def _compute(self, data: Any) -> Any:  # noqa: ARG002
        return self._value


class FunctionalIndicator(IndicatorBase):
    """A function of the input, with a function that says whether it is ready; the input is passed on as it came."""

    def __init__(
        self,
        name: str,
        compute_next_value: Callable[[Any], Any],
        is_ready: Callable[[Any], bool],
        reset: Callable[[], Any] | None = None,
    ) -> None:
        super().__init__(name, 0)
        self._function, self._is_ready, self._on_reset = compute_next_value, is_ready, reset

    @property
    def is_ready(self) -> bool:
        """What the function says."""
        return bool(self._is_ready(self))

    def _take(self, moment: datetime, data: Any, source: Any) -> bool:
        return super()._take(moment, IndicatorDataPoint(moment, data) if source is None else source, source)

    def _compute(self, data: Any) -> Any:
        return self._function(data)

    def _forget(self) -> None:
        if self._on_reset is not None:
            self._on_reset()


class CompositeIndicator(IndicatorBase):
    """`CompositeIndicator([name,] left, right, composer)`: has a new value when both sides have one."""

    def __init__(self, *arguments: Any) -> None:
        rest = list(arguments)
        name = rest.pop(0) if rest and (rest[0] is None or isinstance(rest[0], str)) else None
        left, right, composer = rest
        super().__init__(name or f"COMPOSE({left.name},{right.name})", 0)
        self.left, self.right, self._composer = left, right, composer
        self._new: list[bool] = [isinstance(left, ConstantIndicator), isinstance(right, ConstantIndicator)]
        self._fixed = list(self._new)
        left.updated += lambda _sender, point: self._hear(0, point)
        right.updated += lambda _sender, point: self._hear(1, point)

    @property
    def is_ready(self) -> bool:
        """Whether both sides are."""
        return bool(self.left.is_ready and self.right.is_ready)

    def _hear(self, side: int, point: Any) -> None:
        self._new[side] = True
        if all(self._new):
            self.feed(max(point.time, self.left.current.time, self.right.current.time), ZERO)
            self._new = list(self._fixed)

    def _compute(self, data: Any) -> Any:  # noqa: ARG002
        found = self._composer(self.left, self.right)
        if isinstance(found, IndicatorResult):
            return None if int(found.status) else decimal_of(found.value)
        return found if found is None else decimal_of(found)


class _WeightedBy(CompositeIndicator):
    """Weighted mean; resets its windows too."""

    windows: tuple[IndicatorBase, ...] = ()

    def _forget(self) -> None:
        for window in self.windows:
            window.reset()


def _quotient(left: IndicatorBase, right: IndicatorBase) -> Decimal | None:
    return left.exact / right.exact if right.exact else None


def _operand(value: Any) -> IndicatorBase:
    return value if hasattr(value, "updated") else ConstantIndicator(str(value), value)


def _composer(name: str, compose: Composer) -> Callable[..., CompositeIndicator]:
    def make(left: Any, right: Any, label: str | None = None) -> CompositeIndicator:
        return CompositeIndicator(label, left, _operand(right), compose)

    make.__name__, make.__doc__ = name, f"Left {name} right (an indicator or a number)."
    return make


plus = _composer("plus", lambda a, b: a.exact + b.exact)
minus = _composer("minus", lambda a, b: a.exact - b.exact)
times = _composer("times", lambda a, b: a.exact * b.exact)
over = _composer("over", _quotient)


def of(second: Any, first: Any, wait_for_first_to_ready: bool = True) -> Any:
    """Feed `second` with the values of `first`."""

    def pass_on(_sender: Any, point: Any) -> None:
        if not wait_for_first_to_ready or first.is_ready:
            second.update(point)

    first.updated += pass_on
    return second


def weighted_by(value: Any, weight: Any, period: int) -> CompositeIndicator:
    """Mean of `value` over n, weighted by `weight`."""
    x, y = WindowIdentity(period), WindowIdentity(period)
    numerator, denominator = Sum("Sum_xy", period), Sum("Sum_y", period)

    def see_value(_sender: Any, point: Any) -> None:
        x.update(point)
        if x.samples == y.samples:
            numerator.feed(point.time, point.exact * y.exact)

    def see_weight(_sender: Any, point: Any) -> None:
        y.update(point)
        if x.samples == y.samples:
            numerator.feed(point.time, point.exact * x.exact)
        denominator.update(point)

    value.updated += see_value
    weight.updated += see_weight
    made = _WeightedBy(numerator, denominator, _quotient)
    made.windows = (x, y)
    return made


class IndicatorExtensions(LeanObject):
    """LEAN's IndicatorExtensions."""

    of = staticmethod(of)
    plus = staticmethod(plus)
    minus = staticmethod(minus)
    times = staticmethod(times)
    over = staticmethod(over)
    weighted_by = staticmethod(weighted_by)

    @staticmethod
    def sma(left: Any, period: int, wait_for_first_to_ready: bool = True) -> Any:
        """Simple average of an indicator."""
        return of(SimpleMovingAverage(f"SMA{period}_Of_{left.name}", period), left, wait_for_first_to_ready)

    @staticmethod
    def ema(left: Any, period: int, smoothing_factor: Any = None, wait_for_first_to_ready: bool = True) -> Any:
        """Exponential average of an indicator."""
        made = ExponentialMovingAverage(f"EMA{period}_Of_{left.name}", period, smoothing_factor)
        return of(made, left, wait_for_first_to_ready)

    @staticmethod
    def max(left: Any, period: int, wait_for_first_to_ready: bool = True) -> Any:
        """Maximum of an indicator."""
        return of(Maximum(f"MAX{period}_Of_{left.name}", period), left, wait_for_first_to_ready)

    @staticmethod
    def min(left: Any, period: int, wait_for_first_to_ready: bool = True) -> Any:
        """Minimum of an indicator."""
        return of(Minimum(f"MIN{period}_Of_{left.name}", period), left, wait_for_first_to_ready)

    SMA, EMA, MAX, MIN = sma, ema, max, min  # noqa: A003  LEAN's names
