"""`self.indicator_history`: the values an indicator has over past data (LEAN `QCAlgorithm.Indicators.cs`)."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lean_local.api.indicator_base import IndicatorBase, IndicatorDataPoint
from lean_local.naming import LeanObject, to_snake


class IndicatorDataPoints(LeanObject):
    """The values of an indicator and of its parts at one time: by attribute or `points["middle_band"]`."""

    def __init__(self, moment: Any, values: dict[str, IndicatorDataPoint]) -> None:
        self.time = self.end_time = moment
        self._values = values

    @property
    def current(self) -> IndicatorDataPoint:
        """The indicator's own value."""
        return self._values["current"]

    @property
    def value(self) -> float:
        """The number of the indicator's own value."""
        return self.current.value

    def __getitem__(self, name: str) -> IndicatorDataPoint:
        return self._values[to_snake(name)]

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__.get("_values", {})
        snake = to_snake(name)
        return values[snake] if snake in values else super().__getattr__(name)

    def __str__(self) -> str:
        return f"{self.end_time} {self.current.value}"


class IndicatorHistory(LeanObject):
    """The points of an indicator over time: iterable, and by name as lists: `history["upper_band"]`."""

    def __init__(self, points: list[IndicatorDataPoints]) -> None:
        self._points = points

    @property
    def count(self) -> int:
        """Number of points."""
        return len(self._points)

    @property
    def current(self) -> list[IndicatorDataPoint]:
        """The indicator's own values."""
        return [point.current for point in self._points]

    @property
    def data_frame(self) -> Any:
        """The values by time: a column for the indicator (`current`) and for each part."""
        import pandas as pd  # noqa: PLC0415  pandas only when asked for

        names = list(self._points[0]._values) if self._points else []
        columns = {
            name.replace("_", ""): pd.Series({p.end_time: p[name].value for p in self._points}) for name in names
        }
        return pd.DataFrame(columns, columns=sorted(columns))

    def __getitem__(self, key: Any) -> Any:
        return [p[key] for p in self._points] if isinstance(key, str) else self._points[key]

    def __getattr__(self, name: str) -> Any:
        points = self.__dict__.get("_points", [])
        if points and to_snake(name) in points[0]._values:
            return self[name]
        return super().__getattr__(name)

    def __iter__(self) -> Iterator[IndicatorDataPoints]:
        return iter(self._points)

    def __len__(self) -> int:
        return len(self._points)


def _parts(indicator: Any) -> dict[str, Any]:
    return {n: v for n, v in vars(indicator).items() if not n.startswith("_") and isinstance(v, IndicatorBase)}


class _Recorder:
    """Takes the values of a ready indicator, once per time."""

    def __init__(self, indicator: Any) -> None:
        self.points: list[IndicatorDataPoints] = []
        self._indicator, self._parts = indicator, _parts(indicator)
        self._last: Any = None

    def updated(self, _sender: Any = None, point: Any = None) -> None:
        """The indicator has a new value."""
        if not self._indicator.is_ready:
            return
        if self._last is None or self._last.time != point.time:
            self._take(point)
        self._last = point

    def _take(self, point: Any) -> None:
        if point is None or (self.points and self.points[-1].end_time == point.time):
            return
        values = {name: part.current for name, part in self._parts.items()}
        self.points.append(IndicatorDataPoints(point.time, values | {"current": self._indicator.current}))

    def finish(self) -> IndicatorHistory:
        """The points; the last value counts also when its time was seen before it was complete."""
        self._take(self._last)
        return IndicatorHistory(self.points)


def values_over(indicator: Any, data: Iterable[Any], feed: Callable[[Any, Any], None]) -> IndicatorHistory:
    """Reset an indicator, feed it and keep what it was. `feed(indicator, data point)`."""
    if hasattr(indicator, "reset"):
        indicator.reset()
    recorder = _Recorder(indicator)
    tells = isinstance(indicator, IndicatorBase)
    if tells:
        indicator.updated += recorder.updated
    for point in data:
        feed(indicator, point)
        if not tells and indicator.is_ready:
            value = IndicatorDataPoint(point.end_time, indicator.value)
            recorder.points.append(IndicatorDataPoints(point.end_time, {"current": value}))
    if tells:
        indicator.updated -= recorder.updated
    return recorder.finish()
