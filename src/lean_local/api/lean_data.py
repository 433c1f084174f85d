"""LEAN's `LeanData`: where files of the data folder lie, for the sources of custom data (`Common/Util/LeanData.cs`)."""

from datetime import date
from pathlib import PurePosixPath

from lean_local.data import paths
from lean_local.enums import Resolution, SecurityType, TickType
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol


class LeanData(LeanObject):
    """Names of files."""

    @staticmethod
    def generate_relative_zip_file_path(symbol: Symbol, day: date, resolution: Resolution, tick_type: TickType) -> str:
        """Path of the zip below the data folder."""
        kind, tick = Resolution(resolution), TickType(tick_type)
        if symbol.security_type == SecurityType.BASE:
            folder = f"base/{symbol.id.market}/{kind.csharp_name.lower()}"
            name = symbol.value.lower()
            if paths.is_dated(kind):
                return f"{folder}/{name}.zip"
            return f"{folder}/{name}/{day:%Y%m%d}_{tick.csharp_name.lower()}.zip"
        if paths.is_dated(kind):
            return paths.dated_zip(symbol, kind, tick, day.year)
        return paths.day_zip(symbol, kind, tick, day)

    @staticmethod
    def generate_zip_file_name(symbol: Symbol, day: date, resolution: Resolution, tick_type: TickType) -> str:
        """Name of the zip."""
        return PurePosixPath(LeanData.generate_relative_zip_file_path(symbol, day, resolution, tick_type)).name

    @staticmethod
    def generate_zip_file_path(
        data_directory: str, symbol: Symbol, day: date, resolution: Resolution, tick_type: TickType
    ) -> str:
        """Path of the zip."""
        relative = LeanData.generate_relative_zip_file_path(symbol, day, resolution, tick_type)
        return str(PurePosixPath(str(data_directory)) / relative)

    @staticmethod
    def generate_zip_entry_name(symbol: Symbol, day: date, resolution: Resolution, tick_type: TickType) -> str:
        """Name of the entry in the zip."""
        kind = Resolution(resolution)
        return paths.entry_name(symbol, kind, TickType(tick_type), None if paths.is_dated(kind) else day)
