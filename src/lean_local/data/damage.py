"""Damaged market data: an error, or left out and remembered as LEAN leaves it out.

LEAN logs a zip or entry that cannot be unpacked and goes on as if it were not there (`ZipDataCacheProvider.Fetch`), and
skips a line it cannot read (`TradeBar.Reader`).
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from lean_local.data.archives import Archive
from lean_local.data.rows import Parsed, Piece, parse, sound_rows
from lean_local.errors import DataFormatError

T = TypeVar("T")


class DamagePolicy:
    """Reads archives and rows; what is damaged raises `DataFormatError`, or is left out when `strict` is False."""

    def __init__(self, *, strict: bool = True) -> None:
        self.strict = strict
        self.found: dict[str, None] = {}
        """One sentence for everything left out, in the order it was met."""

    def attempt(self, read: Callable[[], T]) -> T | None:
        """What `read` returns; None for damaged data that is left out."""
        try:
            return read()
        except DataFormatError as error:
            if self.strict:
                raise
            self.found[str(error)] = None
            return None

    def archive(self, path: Path) -> Archive | None:
        """A zip file, None for a damaged one."""
        return self.attempt(lambda: Archive(path))

    def pieces(self, archive: Archive, names: Iterable[str]) -> list[Piece]:
        """Entries of an archive, without damaged ones."""
        found = []
        for name in names:
            content = self.attempt(lambda name=name: archive.read(name))  # type: ignore[misc]
            if content is not None:
                found.append(Piece(archive.path, name, content))
        return found

    def rows(self, pieces: Sequence[Piece], fields: Sequence[str], *, dated: bool, midnight_ms: int) -> Parsed:
        """Parse rows, without damaged ones."""
        parsed = self.attempt(lambda: parse(pieces, fields, dated=dated, midnight_ms=midnight_ms))
        if parsed is None:
            sound = [sound_rows(piece, fields, dated) for piece in pieces]
            parsed = parse(sound, fields, dated=dated, midnight_ms=midnight_ms)
        return parsed
