# ruff: noqa: ARG002  the arguments of `get_source` and `reader` are for the algorithms that override them
"""Custom data: the classes an algorithm derives from and describes its sources with (semantics §8.5).

LEAN `DynamicData.cs`, `PythonData.cs`, `SubscriptionDataSource.cs`.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from lean_local.api.bars import BaseData
from lean_local.enums import (
    FileFormat,
    MarketDataType,
    Resolution,
    SecurityType,
    SubscriptionTransportMedium,
    TickType,
)
from lean_local.naming import LeanObject, to_snake
from lean_local.symbols import Symbol

_OWN = {"time": "time", "endtime": "end_time", "end_time": "end_time", "value": "value", "symbol": "symbol"}


class DynamicData(BaseData):
    """A data point with any members: by attribute or `point["Name"]`, whatever the case."""

    _storage: dict[str, Any]
    _snake: dict[str, Any]
    _end_is_set: bool

    def __new__(cls, *_: Any, **__: Any) -> "DynamicData":
        """A point is complete even when a subclass's `__init__` does not call ours."""
        self = super().__new__(cls)
        for name, value in (("_storage", {}), ("_snake", {}), ("_end_is_set", False)):
            object.__setattr__(self, name, value)
        BaseData.__init__(self)
        self._storage.clear()
        self._snake.clear()
        object.__setattr__(self, "_end_is_set", False)
        return self

    def __init__(self) -> None:
        """Everything is set in `__new__`."""

    def __setattr__(self, name: str, value: Any) -> None:
        self.set_property(name, value)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            lower = name.lower()
            if lower in self._storage:
                return self._storage[lower]
            if name in self._snake:
                return self._snake[name]
        return super().__getattr__(name)

    def __getitem__(self, name: str) -> Any:
        return self.get_property(name)

    def __setitem__(self, name: str, value: Any) -> None:
        self.set_property(name, value)

    def set_property(self, name: str, value: Any) -> Any:
        """Set a member; `time`, `end_time`, `value` and `symbol` are those of every data point."""
        if name.startswith("_") or name == "is_fill_forward":
            object.__setattr__(self, name, value)
            return value
        lower, own = name.lower(), _OWN.get(name.lower())
        if own is not None:
            self._set_own(own, value)
        self._storage[lower] = value
        snake = to_snake(name)
        if snake != lower:
            self._snake[snake] = value
        return value

    def _set_own(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if name == "end_time":
            object.__setattr__(self, "_end_is_set", True)
            if self.time.year == 1:
                object.__setattr__(self, "time", value)
        elif name == "time" and not self._end_is_set:
            object.__setattr__(self, "end_time", value)

    def get_property(self, name: str) -> Any:
        """A member. Raises KeyError with the names there are."""
        lower = name.lower()
        if lower in _OWN or lower == "price":
            return getattr(self, _OWN.get(lower, lower))
        if lower in self._storage:
            return self._storage[lower]
        if lower in self._snake:
            return self._snake[lower]
        raise KeyError(
            f"Property with name '{lower}' does not exist. Properties: Time, Symbol, Value {', '.join(self._storage)}"
        )

    def has_property(self, name: str) -> bool:
        """Whether a member was set."""
        return name.lower() in self._storage

    def get_storage_dictionary(self) -> dict[str, Any]:
        """All members that were set, by lower-case name."""
        return self._storage


class PythonData(DynamicData):
    """Base of custom data types: override `get_source` and `reader`."""

    _data_type = MarketDataType.BASE

    def get_source(self, config: "SubscriptionDataConfig", date: datetime, is_live_mode: bool) -> Any:
        """Where the data of a date is."""
        raise TypeError(f"{type(self).__name__} does not say where its data is: override get_source.")

    def reader(self, config: "SubscriptionDataConfig", line: str, date: datetime, is_live_mode: bool) -> Any:
        """The data point of a line, or None."""
        raise TypeError(f"{type(self).__name__} does not read its data: override reader.")

    def requires_mapping(self) -> bool:
        """Whether the data belongs to a ticker that may change."""
        return False

    def is_sparse_data(self) -> bool:
        """Whether dates without data are normal."""
        return True

    def default_resolution(self) -> Resolution:
        """Resolution of `add_data` without one."""
        return Resolution.MINUTE

    def supported_resolutions(self) -> list[Resolution]:
        """Resolutions of `add_data`."""
        return list(Resolution)

    def data_time_zone(self) -> str:
        """Time zone of the data's times."""
        return "America/New_York"


class SubscriptionDataSource(LeanObject):
    """A file, object store key or address, and how it is cut into data points."""

    def __init__(
        self,
        source: str,
        transport_medium: SubscriptionTransportMedium | None = None,
        format: FileFormat = FileFormat.CSV,  # noqa: A002  LEAN's name
        headers: Any = None,
    ) -> None:
        self.source = source
        remote = source.lower().startswith(("http://", "https://"))
        guess = SubscriptionTransportMedium.REMOTE_FILE if remote else SubscriptionTransportMedium.LOCAL_FILE
        self.transport_medium = guess if transport_medium is None else SubscriptionTransportMedium(transport_medium)
        self.format = FileFormat(format)
        self.headers = headers
        self.sort = False

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SubscriptionDataSource):
            return NotImplemented
        return (self.source, self.transport_medium) == (other.source, other.transport_medium)

    def __hash__(self) -> int:
        return hash((self.source, self.transport_medium))

    def __str__(self) -> str:
        return f"{self.transport_medium.csharp_name}: {self.format.csharp_name} {self.source}"


class SubscriptionDataConfig(LeanObject):
    """What `get_source` and `reader` are told about the subscription."""

    is_custom_data: bool

    def __init__(
        self,
        config: "SubscriptionDataConfig",
        object_type: type | None = None,
        symbol: Symbol | None = None,
        resolution: Resolution | None = None,
    ) -> None:
        """A copy of another one, for another type, symbol or resolution."""
        self._take(
            config.type if object_type is None else object_type,
            config.symbol if symbol is None else symbol,
            config.resolution if resolution is None else resolution,  # TICK is 0
            (config.data_time_zone, config.exchange_time_zone),
        )
        self.is_custom_data = config.is_custom_data

    def _take(self, kind: type, symbol: Symbol, resolution: Resolution, zones: tuple[str, str]) -> None:
        self.type, self.symbol, self.resolution = kind, symbol, resolution
        self.data_time_zone, self.exchange_time_zone = zones
        self.mapped_symbol = symbol.value
        self.market = symbol.id.market
        self.security_type = symbol.security_type
        self.tick_type = TickType.TRADE
        self.is_custom_data = symbol.security_type == SecurityType.BASE
        self.is_internal_feed = self.fill_data_forward = self.extended_market_hours = False

    @classmethod
    def of(cls, kind: type, symbol: Symbol, resolution: Resolution, zones: tuple[str, str]) -> "SubscriptionDataConfig":
        """The subscription of a type of data, with the time zones of data and exchange. Not part of LEAN."""
        made = cls.__new__(cls)
        made._take(kind, symbol, resolution, zones)
        return made

    @property
    def increment(self) -> timedelta:
        """Length of the bars."""
        from lean_local.api.extensions import Extensions  # noqa: PLC0415  breaks an import cycle

        return Extensions.to_time_span(self.resolution)


class BaseDataCollection(BaseData):
    """Several data points of one time: what the reader of a collection returns."""

    __slots__ = ("data",)

    def __init__(self, *arguments: Any) -> None:
        """`(time, [end_time,] symbol[, data])`."""
        rest = list(arguments)
        times = [rest.pop(0) for _ in range(2) if rest and isinstance(rest[0], datetime)]
        symbol = rest.pop(0) if rest else None
        super().__init__(symbol)
        if times:
            self.time, self.end_time = times[0], times[-1]
        self.data: list[Any] = list(rest[0]) if rest and isinstance(rest[0], Iterable) else []

    def add(self, point: Any) -> None:
        """Add a data point."""
        self.data.append(point)
