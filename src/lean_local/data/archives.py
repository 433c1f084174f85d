"""Zip archives of data folders, read whole and quickly; every defect is an error that names archive and entry."""

import zipfile
import zlib
from pathlib import Path

from lean_local.errors import DataFormatError

FIX = "Delete the file and download or make it again."
_LOCAL_HEADER_SIZE = 30


class Archive:
    """A zip file in memory. Raises `DataFormatError` when the file is truncated or is not a zip."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._bytes = path.read_bytes()
            with zipfile.ZipFile(path) as opened:
                self._entries = {info.filename: info for info in opened.infolist() if not info.is_dir()}
        except (zipfile.BadZipFile, OSError, EOFError, ValueError) as error:
            raise DataFormatError(f"The zip file cannot be opened ({error})", path=path, fix=FIX) from error

    @property
    def names(self) -> list[str]:
        """Entry names in the order of the archive."""
        return list(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def read(self, name: str) -> bytes:
        """Content of one entry, size and checksum verified; raises `DataFormatError` when it is damaged.

        `zipfile` needs ten times as long per entry, and an option archive has thousands.
        """
        info = self._entries[name]
        header = self._bytes[info.header_offset : info.header_offset + _LOCAL_HEADER_SIZE]
        if len(header) < _LOCAL_HEADER_SIZE or header[:4] != b"PK\x03\x04":
            raise self._damaged(name, "has no header")
        start = info.header_offset + _LOCAL_HEADER_SIZE
        start += int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        packed = self._bytes[start : start + info.compress_size]
        if info.flag_bits & 1 or info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise self._damaged(name, "is encrypted or packed with a method other than deflate")
        try:
            content = packed if info.compress_type == zipfile.ZIP_STORED else zlib.decompress(packed, -15)
        except zlib.error as error:
            raise self._damaged(name, f"cannot be unpacked ({error})") from error
        if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
            raise self._damaged(name, "does not match its checksum")
        return content

    def _damaged(self, name: str, problem: str) -> DataFormatError:
        return DataFormatError(f"The entry {name} {problem}", path=self.path, fix=FIX)
