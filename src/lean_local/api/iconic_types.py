"""LEAN's example custom data types, tied to a security or not (`Common/Data/Custom/IconicTypes/*.cs`)."""

from datetime import datetime
from typing import Any

from lean_local.api.custom_data import PythonData, SubscriptionDataConfig, SubscriptionDataSource
from lean_local.enums import FileFormat, Resolution, SubscriptionTransportMedium


class _Iconic(PythonData):
    """Daily points of files below `TestData`."""

    folder = ""

    def _ticker(self, config: SubscriptionDataConfig) -> str:
        return str(config.symbol.value)

    def get_source(self, config: SubscriptionDataConfig, date: datetime, is_live_mode: bool) -> Any:  # noqa: ARG002
        """The file of the ticker."""
        path = f"TestData/{self.folder}/{self._ticker(config).lower()}.csv"
        return SubscriptionDataSource(path, SubscriptionTransportMedium.LOCAL_FILE, FileFormat.CSV)

    def reader(
        self,
        config: SubscriptionDataConfig,
        line: str,  # noqa: ARG002
        date: datetime,
        is_live_mode: bool,  # noqa: ARG002
    ) -> Any:
        """A point of the date, whatever the line says."""
        point = type(self)()
        point.symbol, point.end_time = config.symbol, date
        self._fill(point, config)
        return point

    def _fill(self, point: Any, config: SubscriptionDataConfig) -> None:
        """What the point holds."""

    def default_resolution(self) -> Resolution:
        """Daily."""
        return Resolution.DAILY

    def supported_resolutions(self) -> list[Resolution]:
        """Daily alone."""
        return [Resolution.DAILY]

    def data_time_zone(self) -> str:
        """UTC."""
        return "UTC"


class LinkedData(_Iconic):
    """Data tied to a security that was added."""

    folder = "linked"

    def _ticker(self, config: SubscriptionDataConfig) -> str:
        underlying = config.symbol.underlying
        return str((config.symbol if underlying is None else underlying).value)

    def _fill(self, point: Any, config: SubscriptionDataConfig) -> None:  # noqa: ARG002
        point.count = 10

    def requires_mapping(self) -> bool:
        """The ticker is a security's."""
        return True


class UnlinkedData(_Iconic):
    """Data of a name of its own."""

    folder = "unlinked"

    def _fill(self, point: Any, config: SubscriptionDataConfig) -> None:
        point.ticker = config.symbol.value


class UnlinkedDataTradeBar(_Iconic):
    """The same with the members of a bar."""

    folder = "unlinkedtradebar"

    def _fill(self, point: Any, config: SubscriptionDataConfig) -> None:  # noqa: ARG002
        point.open, point.high, point.low, point.close, point.volume, point.value = 1.0, 2.0, 1.0, 1.5, 0.0, 1.5


__all__ = ["LinkedData", "UnlinkedData", "UnlinkedDataTradeBar"]
