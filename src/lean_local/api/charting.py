"""Charts of an algorithm (LEAN `Chart.cs`, `Series.cs`, `CandlestickSeries.cs`)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from lean_local.engine.clock import local_ms
from lean_local.enums import ScatterMarkerSymbol, SeriesType
from lean_local.naming import LeanObject, to_snake

__all__ = ["BaseSeries", "CandlestickSeries", "Chart", "Color", "Series"]

_COLORS = {
    "AQUA": "00FFFF", "BLACK": "000000", "BLUE": "0000FF", "BROWN": "A52A2A", "CORAL": "FF7F50", "CRIMSON": "DC143C",
    "CYAN": "00FFFF", "DARK_BLUE": "00008B", "DARK_GRAY": "A9A9A9", "DARK_GREEN": "006400", "DARK_ORANGE": "FF8C00",
    "DARK_RED": "8B0000", "FUCHSIA": "FF00FF", "GOLD": "FFD700", "GRAY": "808080", "GREEN": "008000",
    "INDIGO": "4B0082", "LIGHT_BLUE": "ADD8E6", "LIGHT_GRAY": "D3D3D3", "LIGHT_GREEN": "90EE90", "LIME": "00FF00",
    "MAGENTA": "FF00FF", "MAROON": "800000", "NAVY": "000080", "OLIVE": "808000", "ORANGE": "FFA500",
    "ORANGE_RED": "FF4500", "PINK": "FFC0CB", "PURPLE": "800080", "RED": "FF0000", "ROYAL_BLUE": "4169E1",
    "SALMON": "FA8072", "SILVER": "C0C0C0", "SKY_BLUE": "87CEEB", "STEEL_BLUE": "4682B4", "TEAL": "008080",
    "TOMATO": "FF6347", "TURQUOISE": "40E0D0", "VIOLET": "EE82EE", "WHITE": "FFFFFF", "YELLOW": "FFFF00",
}  # fmt: skip
Sink = Callable[["BaseSeries", int, Any], None]


class Color(LeanObject):
    """.NET's Color: `Color.RED`, `Color.from_argb(red, green, blue)`; empty by default."""

    names: ClassVar[dict[str, str]] = _COLORS

    def __init__(self, text: str = "") -> None:
        self.text = text

    @staticmethod
    def from_argb(*parts: int) -> "Color":
        """`(red, green, blue)` or `(alpha, red, green, blue)`."""
        return Color("#" + "".join(f"{part:02X}" for part in parts[-3:]))

    def __str__(self) -> str:
        return self.text


for _name, _hex in _COLORS.items():
    setattr(Color, _name, Color(f"#{_hex}"))
    setattr(Color, "".join(part.capitalize() for part in _name.split("_")), getattr(Color, _name))


class BaseSeries(LeanObject):
    """What series share. Points are (UTC ms, value); one at the time of the last replaces it."""

    def __init__(self, name: str = "", series_type: Any = SeriesType.LINE, index: int = 0, unit: str = "$") -> None:
        self.name, self.unit, self.index = name, unit, index
        self.series_type = SeriesType(series_type)
        self.index_name: str | None = None
        self.z_index: int | None = None
        self.tooltip: str | None = None
        self.values: list[tuple[int, Any]] = []
        self._sink: Sink | None = None

    @property
    def style(self) -> dict[str, Any]:
        """What a results file says of the series."""
        return {"index_name": self.index_name, "tooltip": self.tooltip}

    def attach(self, sink: Sink) -> None:
        """Hand all points, also those to come, to the results. Not part of LEAN."""
        self._sink = sink
        for moment, value in self.values:
            sink(self, moment, value)

    def _add(self, time: datetime, value: Any) -> None:
        moment = local_ms(time.replace(tzinfo=None))
        if self.values and self.values[-1][0] == moment:
            self.values.pop()
        self.values.append((moment, value))
        if self._sink is not None:
            self._sink(self, moment, value)

    @staticmethod
    def create(series_type: Any, name: str, index: int = 0, unit: str = "$") -> "BaseSeries":
        """A series of a type."""
        kind = SeriesType(series_type)
        return CandlestickSeries(name, index, unit) if kind == SeriesType.CANDLE else Series(name, kind, index, unit)


class Series(BaseSeries):
    """Numbers over time."""

    def __init__(self, name: str = "", series_type: Any = SeriesType.LINE, *rest: Any, **named: Any) -> None:
        """`(name, type, index[, unit])`, `(name, type, unit[, color[, symbol]])`."""
        given = dict(named)
        for value in rest:
            kind = {int: "index", str: "unit", Color: "color"}.get(type(value), "symbol")
            given[kind] = value
        super().__init__(name, given.pop("type", series_type), given.pop("index", 0), given.pop("unit", "$"))
        self.color = given.pop("color", Color())
        self.scatter_marker_symbol = ScatterMarkerSymbol(given.pop("symbol", ScatterMarkerSymbol.NONE))

    @property
    def style(self) -> dict[str, Any]:
        """See BaseSeries."""
        marker = to_snake(self.scatter_marker_symbol.csharp_name).replace("_", "-")
        return super().style | {"color": str(self.color), "marker": marker}

    def add_point(self, time: datetime, value: float) -> None:
        """Add a number."""
        self._add(time, float(value))


class CandlestickSeries(BaseSeries):
    """Candles over time: `(name[, index][, unit])`."""

    def __init__(self, name: str = "", *rest: Any) -> None:
        index = next((r for r in rest if isinstance(r, int)), 0)
        unit = next((r for r in rest if isinstance(r, str)), "$")
        super().__init__(name, SeriesType.CANDLE, index, unit)

    def add_point(self, *values: Any) -> None:
        """`(time, open, high, low, close)` or `(trade bar)`: a bar's candle is at its end."""
        if len(values) == 1:
            bar = values[0]
            values = (bar.end_time, bar.open, bar.high, bar.low, bar.close)
        self._add(values[0], tuple(float(v) for v in values[1:]))


class Chart(LeanObject):
    """A named set of series."""

    def __init__(self, name: str = "", symbol: Any = None) -> None:
        self.name, self.symbol = name, symbol
        self.legend_disabled = False
        self.series: dict[str, BaseSeries] = {}
        self._sink: Sink | None = None

    def add_series(self, series: BaseSeries) -> None:
        """Add a series. Raises ValueError when there is one of its name."""
        if series.name in self.series:
            raise ValueError("Chart.AddSeries(): $Chart series name already exists")
        self.put(series)

    def put(self, series: BaseSeries) -> None:
        """Add a series or replace the one of its name. Not part of LEAN."""
        self.series[series.name] = series
        if self._sink is not None:
            series.attach(self._sink)

    def attach(self, sink: Sink) -> None:
        """Hand all points to the results. Not part of LEAN."""
        self._sink = sink
        for series in self.series.values():
            series.attach(sink)
