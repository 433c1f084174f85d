"""Stop and reverse, Ichimoku, filtered values, ratios, and indicators written in Python (LEAN `Indicators/*.cs`)."""

from collections.abc import Callable
from typing import Any, ClassVar

from lean_local.api.indicator_base import REQUIRED, ZERO, Indicator, IndicatorBase, IndicatorDataPoint, Numbers
from lean_local.api.indicator_extensions import IndicatorExtensions, minus, of, over, plus
from lean_local.api.indicator_windows import Delay, Identity
from lean_local.api.indicators import Maximum, Minimum, RateOfChange, StandardDeviation
from lean_local.api.indicators_bars import BarIndicator
from lean_local.securities.cache import decimal_of

__all__ = [
    "FilteredIdentity",
    "IchimokuKinkoHyo",
    "ParabolicStopAndReverse",
    "ParabolicStopAndReverseExtended",
    "PythonIndicator",
    "SharpeRatio",
]


class ParabolicStopAndReverseExtended(BarIndicator):
    """Stop and reverse with own factors for each side; negative while short."""

    title = (
        "SAREXT({sar_start},{offset_on_reverse},{af_start_short},{af_increment_short},{af_max_short},"
        "{af_start_long},{af_increment_long},{af_max_long})"
    )
    parameters: ClassVar[tuple[tuple[str, Any], ...]] = (
        ("sar_start", 0.0),
        ("offset_on_reverse", 0.0),
        ("af_start_short", 0.02),
        ("af_increment_short", 0.02),
        ("af_max_short", 0.2),
        ("af_start_long", 0.02),
        ("af_increment_long", 0.02),
        ("af_max_long", 0.2),
    )

    def _make(self, *_: Any, **values: Any) -> None:
        exact = {k: decimal_of(v) for k, v in values.items()}
        self._start, self._offset = exact["sar_start"], exact["offset_on_reverse"]
        self._factors = {
            side: (exact[f"af_start_{side}"], exact[f"af_increment_{side}"], exact[f"af_max_{side}"])
            for side in ("long", "short")
        }
        self._forget()

    def _forget(self) -> None:
        super()._forget()
        self._long, self._sar, self._extreme, self._shown = True, ZERO, ZERO, ZERO
        self._now = {side: f[0] for side, f in self._factors.items()}

    @property
    def warm_up_period(self) -> int:
        """Bars needed."""
        return 2

    def _compute(self, data: Any) -> Any:
        before, self._before = self._before, data
        if before is None:
            return self._start or data.close
        if self.samples == 2:
            self._begin_with(data, before)
            before = data
        crossed = data.low <= self._sar if self._long else data.high >= self._sar
        if crossed:
            self._reverse(data, before)
        else:
            self._go_on(data, before)
        return self._shown

    def _begin_with(self, bar: Numbers, before: Numbers) -> None:
        down = bar.low < before.low and bar.high - before.high < before.low - bar.low
        self._long = self._start > 0 if self._start else not down
        self._sar = abs(self._start) if self._start else before.low if self._long else before.high
        self._extreme = bar.high if self._long else bar.low

    def _bound(self, bar: Numbers, before: Numbers, *, below: bool) -> None:
        self._sar = min(self._sar, before.low, bar.low) if below else max(self._sar, before.high, bar.high)

    def _reverse(self, bar: Numbers, before: Numbers) -> None:
        self._long = not self._long
        side, sign = ("long", 1) if self._long else ("short", -1)
        self._sar = self._extreme
        self._bound(bar, before, below=self._long)
        self._sar -= sign * self._sar * self._offset
        self._shown = sign * self._sar
        self._now[side] = self._factors[side][0]
        self._extreme = bar.high if self._long else bar.low
        self._sar += self._now[side] * (self._extreme - self._sar)
        self._bound(bar, before, below=self._long)

    def _go_on(self, bar: Numbers, before: Numbers) -> None:
        side, sign = ("long", 1) if self._long else ("short", -1)
        self._shown = sign * self._sar
        if bar.high > self._extreme if self._long else bar.low < self._extreme:
            self._extreme = bar.high if self._long else bar.low
            self._now[side] = min(self._now[side] + self._factors[side][1], self._factors[side][2])
        self._sar += self._now[side] * (self._extreme - self._sar)
        self._bound(bar, before, below=self._long)


class ParabolicStopAndReverse(ParabolicStopAndReverseExtended):
    """Wilder's parabolic stop."""

    title = "PSAR({af_start},{af_increment},{af_max})"
    parameters = (("af_start", 0.02), ("af_increment", 0.02), ("af_max", 0.2))

    def _make(self, af_start: Any, af_increment: Any, af_max: Any, **_: Any) -> None:
        factors = {"af_start": af_start, "af_increment": af_increment, "af_max": af_max}
        sides = {f"{k}_{side}": v for k, v in factors.items() for side in ("long", "short")}
        super()._make(sar_start=0, offset_on_reverse=0, **sides)

    def _compute(self, data: Any) -> Any:
        return abs(super()._compute(data))


class IchimokuKinkoHyo(BarIndicator):
    """Conversion, base and leading lines; the value is the close."""

    title = (
        "ICHIMOKU({tenkan_period},{kijun_period},{senkou_a_period},{senkou_b_period},"
        "{senkou_a_delay_period},{senkou_b_delay_period})"
    )
    parameters = (
        ("tenkan_period", 9),
        ("kijun_period", 26),
        ("senkou_a_period", 26),
        ("senkou_b_period", 52),
        ("senkou_a_delay_period", 26),
        ("senkou_b_delay_period", 26),
    )

    def _make(self, tenkan_period: int, kijun_period: int, senkou_b_period: int, **more: Any) -> None:
        delay_a, delay_b = more["senkou_a_delay_period"], more["senkou_b_delay_period"]
        self.tenkan_maximum, self.tenkan_minimum = Maximum(tenkan_period), Minimum(tenkan_period)
        self.kijun_maximum, self.kijun_minimum = Maximum(kijun_period), Minimum(kijun_period)
        self.senkou_b_maximum, self.senkou_b_minimum = Maximum(senkou_b_period), Minimum(senkou_b_period)
        self.delayed_maximum_senkou_b = of(Delay(delay_b), self.senkou_b_maximum)
        self.delayed_minimum_senkou_b = of(Delay(delay_b), self.senkou_b_minimum)
        self.tenkan = over(plus(self.tenkan_maximum, self.tenkan_minimum), 2)
        self.delayed_tenkan_senkou_a = of(Delay(delay_a), self.tenkan)
        self.kijun = over(plus(self.kijun_maximum, self.kijun_minimum), 2)
        self.delayed_kijun_senkou_a = of(Delay(delay_a), self.kijun)
        self.senkou_a = over(plus(self.delayed_tenkan_senkou_a, self.delayed_kijun_senkou_a), 2)
        self.senkou_b = over(plus(self.delayed_maximum_senkou_b, self.delayed_minimum_senkou_b), 2)
        self.chikou = Delay(f"{self.name}_Chikou", delay_a)
        self.period = max(tenkan_period + delay_a, kijun_period + delay_a, senkou_b_period + delay_b)

    @property
    def is_ready(self) -> bool:
        """Whether all lines are."""
        return all(line.is_ready for line in (self.tenkan, self.kijun, self.senkou_a, self.senkou_b))

    def _compute(self, data: Any) -> Any:
        for high in (self.tenkan_maximum, self.kijun_maximum, self.senkou_b_maximum):
            high.feed(data.time, data.high)
        for low in (self.tenkan_minimum, self.kijun_minimum, self.senkou_b_minimum):
            low.feed(data.time, data.low)
        self.chikou.feed(data.time, data.close)
        return data.close


class FilteredIdentity(IndicatorBase):
    """The last input that passes a filter."""

    def __init__(self, name: str, filter: Callable[[Any], bool] | None = None) -> None:  # noqa: A002
        super().__init__(name, 1)
        self._filter = filter

    @property
    def is_ready(self) -> bool:
        """Whether something has passed."""
        return self.samples > 0 and self.exact > 0

    def _take(self, moment: Any, data: Any, source: Any) -> bool:
        passed = self._filter is None or self._filter(
            source if source is not None else IndicatorDataPoint(moment, data)
        )
        return super()._take(moment, data if passed else self.exact, source)

    def _compute(self, data: Any) -> Any:
        return data


class SharpeRatio(Indicator):
    """Mean rate of change minus the risk-free rate over its standard deviation."""

    title = "SR({period},{risk_free_rate})"
    parameters = (("period", REQUIRED), ("risk_free_rate", 0.0))

    def _make(self, period: int, risk_free_rate: Any, **_: Any) -> None:
        self._rates = risk_free_rate
        self._change, self._free = RateOfChange(1), Identity(f"{self.name}_RiskFreeRate")
        mean = IndicatorExtensions.sma(self._change, period)
        deviation = of(StandardDeviation(period), self._change)
        self._ratio = over(minus(mean, self._free), deviation)

    @property
    def is_ready(self) -> bool:
        """Whether there are enough ratios."""
        return self._ratio.samples > self.period

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return self.period + 2

    def _compute(self, data: Any) -> Any:
        moment = self._last[0]
        model = self._rates
        rate = model.get_interest_rate(moment) if hasattr(model, "get_interest_rate") else model
        self._free.feed(moment, decimal_of(rate))
        self._change.feed(moment, data)
        return self._ratio.exact


class PythonIndicator(IndicatorBase):
    """Base of indicators written in Python: `update(self, input)` sets `self.value` and says whether it is ready."""

    value: Any = 0.0
    _ready = False

    def __init__(self, name: str = "", warm_up_period: int = 0, *_: Any) -> None:
        super().__init__(name or type(self).__name__, warm_up_period)

    @property
    def is_ready(self) -> bool:
        """What the last `update` said."""
        return self._ready

    @is_ready.setter
    def is_ready(self, ready: bool) -> None:
        """Say it until the next `update` does."""
        self._ready = ready

    @property
    def warm_up_period(self) -> int:
        """Inputs needed."""
        return self.period

    @warm_up_period.setter
    def warm_up_period(self, period: int) -> None:
        """Set the number of points."""
        self.period = period

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = cls.__dict__.get("update") or cls.__dict__.get("Update")
        if own is not None:
            cls.update = _publishing(own)  # type: ignore[method-assign]
            setattr(cls, "Update", cls.update)  # noqa: B010  LEAN's other spelling


def _publishing(own: Callable[..., Any]) -> Callable[..., bool]:
    """The subclass's `update`, after which the new value becomes `current` and handlers are told."""

    def update(self: Any, *arguments: Any) -> bool:
        if "window" not in vars(self):
            IndicatorBase.__init__(self, getattr(self, "name", type(self).__name__))
        data = arguments[0] if len(arguments) == 1 else IndicatorDataPoint(*arguments)
        ready = own(self, data)
        self.samples += 1
        self._ready = bool(ready)
        point = IndicatorDataPoint(getattr(data, "symbol", None), data.end_time, decimal_of(self.value))
        self.window.add(point)
        self.updated(self, point)
        return bool(ready)

    return update
