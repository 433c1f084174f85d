# ruff: noqa: ARG002  LEAN gives `is_live_mode` to every source
"""Trade bars read from files by custom data types. LEAN `TradeBar.cs` (GetSource, ParseEquity)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lean_local.enums import Resolution, SecurityType
from lean_local.naming import LeanObject

if TYPE_CHECKING:
    from lean_local.api.custom_data import SubscriptionDataConfig, SubscriptionDataSource

_SCALE = 10_000  # prices of equity files are in ten-thousandths
_DATED = (SecurityType.FUTURE, SecurityType.OPTION, SecurityType.INDEX_OPTION, SecurityType.FUTURE_OPTION)


class TradeBarFiles(LeanObject):
    """Mixed into TradeBar."""

    __slots__ = ()

    def get_source(
        self, config: "SubscriptionDataConfig", date: datetime, is_live_mode: bool
    ) -> "SubscriptionDataSource":
        """The file of the data folder with the trades of a subscription's symbol on a date."""
        from lean_local.api.custom_data import SubscriptionDataSource  # noqa: PLC0415  breaks an import cycle
        from lean_local.api.lean_data import LeanData  # noqa: PLC0415
        from lean_local.engine.backtest import current_run  # noqa: PLC0415

        asked = (config.symbol, date, config.resolution, config.tick_type)
        source = LeanData.generate_zip_file_path(str(current_run().folder.path), *asked)
        if config.symbol.security_type in _DATED:
            source += "#" + LeanData.generate_zip_entry_name(*asked)
        return SubscriptionDataSource(source)

    @classmethod
    def parse_equity(cls, config: "SubscriptionDataConfig", line: str, date: datetime) -> Any:
        """The bar of a line of an equity file. Raises ValueError for a line that is none."""
        stamp, *numbers = line.split(",")
        bar: Any = cls()
        bar.symbol = config.symbol
        if config.resolution >= Resolution.HOUR:
            bar.time = datetime.strptime(stamp, "%Y%m%d %H:%M")  # noqa: DTZ007  wall time of the exchange
        else:
            bar.time = datetime(date.year, date.month, date.day) + timedelta(milliseconds=int(stamp))  # noqa: DTZ001
        bar.end_time = bar.time + config.increment
        bar.open, bar.high, bar.low, bar.close = (int(number) / _SCALE for number in numbers[:4])
        bar.volume = float(numbers[4])
        bar.value = bar.close
        return bar
