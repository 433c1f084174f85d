"""Reads the sources of custom data types into data points (semantics §8.5).

LEAN `Engine/DataFeeds/SubscriptionDataReader.cs`, `TextSubscriptionDataSourceReader.cs`.
"""

import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from lean_local.api.custom_data import SubscriptionDataConfig
from lean_local.api.object_store import ObjectStore
from lean_local.data.folder import DataFolder
from lean_local.engine.point_feed import Points
from lean_local.enums import FileFormat, SubscriptionTransportMedium
from lean_local.errors import NotInLeanLocalError
from lean_local.securities.exchange import Calendar
from lean_local.securities.models import method

ONE_DAY = timedelta(days=1)
_READER_ERRORS = (ValueError, LookupError, TypeError, ArithmeticError, AttributeError)
_LAUNCHER = "../../../"
"""LEAN runs three folders below its root: sources that start so are looked for beside the data folder."""


class CustomSources:
    """Reads custom data for one run."""

    def __init__(self, folder: DataFolder, store: ObjectStore, complain: Callable[[str], None]) -> None:
        self._folder, self._store, self._complain = folder, store, complain

    def points(self, config: SubscriptionDataConfig, calendar: Calendar, start_ms: int, end_ms: int) -> Points:
        """Data points that become known in [start, end], each at its `end_time`."""
        latest = 0
        for point in self._all(config, calendar, start_ms, end_ms):
            known = calendar.zone.to_utc_ms(point.end_time)
            if known < max(start_ms, latest):
                continue
            if calendar.zone.to_utc_ms(point.time) > end_ms:
                return
            latest = known
            yield known, point

    def _all(self, config: SubscriptionDataConfig, calendar: Calendar, start_ms: int, end_ms: int) -> Iterator[Any]:
        """Points of every date from start to end; a source that several dates share is read once."""
        kind = config.type()
        day, last = calendar.data_zone.local_date(start_ms), calendar.data_zone.local_date(end_ms)
        before: Any = None
        while day <= last:
            if calendar.segments(day, extended=True):
                moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001  wall time of the data
                source = method(kind, "get_source")(config, moment, False)
                if source is not None and source != before:
                    before = source
                    yield from self._points_of(kind, config, source, moment)
            day += ONE_DAY

    def _points_of(self, kind: Any, config: SubscriptionDataConfig, source: Any, moment: datetime) -> Iterator[Any]:
        read = method(kind, "reader")
        points = self._read(read, config, source, moment)
        yield from sorted(points, key=lambda p: p.end_time) if source.sort else points

    def _read(
        self, read: Callable[..., Any], config: SubscriptionDataConfig, source: Any, moment: datetime
    ) -> Iterator[Any]:
        for line in self._lines(source):
            try:
                answer = read(config, line, moment, False)
            except _READER_ERRORS as error:  # LEAN reports a line it cannot read and goes on
                self._complain(f"Error invoking {config.symbol.value} data reader. Line: {line} Error: {error}")
                continue
            for point in _flat(answer):
                if point.symbol is None:
                    point.symbol = config.symbol
                yield point

    # --- where the lines are -----------------------------------------------------------------------------------
    def _lines(self, source: Any) -> list[str]:
        medium, name = SubscriptionTransportMedium(source.transport_medium), source.source
        if source.format not in (FileFormat.CSV, FileFormat.UNFOLDING_COLLECTION, FileFormat.FOLDING_COLLECTION):
            raise NotInLeanLocalError(f"FileFormat.{source.format}")
        path, _, entry = name.partition("#")
        content = self._stored(path) if medium == SubscriptionTransportMedium.OBJECT_STORE else None
        if medium == SubscriptionTransportMedium.LOCAL_FILE:
            content = self._local(path)
        elif medium != SubscriptionTransportMedium.OBJECT_STORE:
            self._complain(f"No data is read from {name}: lean_local does not use the network; save it as a file.")
        if content is None:
            return []
        if content[:2] == b"PK":
            content = _unzip(content, entry)
        return content.decode("utf-8-sig", "replace").splitlines()

    def _stored(self, key: str) -> bytes | None:
        return self._store.read_bytes(key) if self._store.contains_key(key) else None

    def _local(self, name: str) -> bytes | None:
        path = Path(name)
        if name.startswith(_LAUNCHER) and not path.is_file():
            path = self._folder.path.parent / name[len(_LAUNCHER) :]
        found = path.is_file()
        if path.is_relative_to(self._folder.path):
            self._folder.requests.record(path.relative_to(self._folder.path).as_posix(), found)
        return path.read_bytes() if found else None


def _unzip(content: bytes, entry: str) -> bytes:
    """An entry of an archive, the first one when none is named; nothing when it is not there or damaged."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = archive.namelist()
            wanted = entry or (names[0] if names else "")
            return archive.read(wanted) if wanted in names else b""
    except zipfile.BadZipFile:
        return b""


def _flat(answer: Any) -> list[Any]:
    """The points of a reader's answer: one, several of a collection, or none."""
    if answer is None:
        return []
    inner = getattr(answer, "data", answer) if not isinstance(answer, list | tuple) else answer
    return [p for p in inner if p is not None] if isinstance(inner, list | tuple) else [answer]
