"""The algorithm's log file: lines prefixed with algorithm time, flushed stream by stream.

Facts: LEAN `Common/Extensions.cs` PrefixWithAlgorithmTime, `Engine/Results/BaseResultsHandler.cs` ProcessAlgorithmLogs
(debug, then error, then log lines, whenever equity is sampled), `QCAlgorithm.cs` (what is dropped).
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LogBook:
    """Collects the three message streams of an algorithm. LEAN's start and end messages are not written."""

    def __init__(self, time_zone: str) -> None:
        self.lines: list[str] = []
        self._zone = ZoneInfo(time_zone)
        self._waiting: dict[str, list[str]] = {"debug": [], "error": [], "log": []}
        self._last: dict[str, str] = {}

    def add(self, stream: str, utc_ms: int, text: str) -> None:
        """Take a message of the stream "debug", "error" or "log".

        Empty texts are dropped; so are debug and error texts equal to the one before in their stream.
        """
        if not text.strip() or (stream != "log" and self._last.get(stream) == text):
            return
        self._last[stream] = text
        self._waiting[stream].append(self.prefixed(utc_ms, text))

    def add_line(self, utc_ms: int | None, text: str) -> None:
        """Take a message of LEAN's engine: it stands in the file at once. Without a time it is of `initialize`."""
        self.lines.append(f"Algorithm Initialization: {text}" if utc_ms is None else self.prefixed(utc_ms, text))

    def prefixed(self, utc_ms: int, text: str) -> str:
        """The text after the algorithm time, whole seconds."""
        local = (_EPOCH + timedelta(milliseconds=utc_ms)).astimezone(self._zone)
        return f"{local:%Y-%m-%d %H:%M:%S} {text}"

    def flush(self) -> None:
        """Move what waits into the file's lines."""
        for waiting in self._waiting.values():
            self.lines.extend(waiting)
            waiting.clear()
