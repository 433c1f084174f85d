"""Shortable providers: how many shares can be borrowed, and at what rate.

LEAN `NullShortableProvider.cs`, `LocalDiskShortableProvider.cs`, `InteractiveBrokersShortableProvider.cs`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lean_local.securities.models import Model, method

if TYPE_CHECKING:
    from lean_local.securities.security import Security


class NullShortableProvider(Model):
    """Everything can be borrowed, for nothing."""

    net_namespace = "QuantConnect.Data.Shortable"
    INSTANCE: "NullShortableProvider"

    def fee_rate(self, symbol: Any, local_time: datetime) -> float:  # noqa: ARG002
        """Borrow fee rate."""
        return 0.0

    def rebate_rate(self, symbol: Any, local_time: datetime) -> float:  # noqa: ARG002
        """Rebate rate."""
        return 0.0

    def shortable_quantity(self, symbol: Any, local_time: datetime) -> int | None:  # noqa: ARG002
        """Shares that can be borrowed; None = any number."""
        return None


NullShortableProvider.INSTANCE = NullShortableProvider()


@dataclass(frozen=True, slots=True)
class _Day:
    quantity: int | None
    rebate_rate: float
    fee_rate: float


class LocalDiskShortableProvider(Model):
    """Reads `equity/<market>/shortable/<brokerage>/symbols/<ticker>.csv`: date, shares, rebate and fee in per cent."""

    net_namespace = "QuantConnect.Data.Shortable"
    data_provider: Any = None

    def __init__(self, brokerage: str) -> None:
        self.brokerage = brokerage.lower()
        self._days: dict[str, dict[date, _Day]] = {}

    def _day(self, symbol: Any, local_time: datetime) -> _Day:
        ticker = symbol.value.lower()
        days = self._days.get(ticker)
        if days is None:
            from lean_local.engine.backtest import current_run  # noqa: PLC0415  the run's data folder

            name = f"{symbol.security_type.csharp_name.lower()}/{symbol.id.market}/shortable/{self.brokerage}/symbols"
            path = current_run().folder.find(f"{name}/{ticker}.csv")
            days = self._days[ticker] = {} if path is None else _read(path)
        return days.get(local_time.date(), _UNKNOWN)

    def fee_rate(self, symbol: Any, local_time: datetime) -> float:
        """Borrow fee rate; 0 on days without data."""
        return self._day(symbol, local_time).fee_rate

    def rebate_rate(self, symbol: Any, local_time: datetime) -> float:
        """Rebate rate; 0 on days without data."""
        return self._day(symbol, local_time).rebate_rate

    def shortable_quantity(self, symbol: Any, local_time: datetime) -> int | None:
        """Shares that can be borrowed; None = any number, also on days without data."""
        return self._day(symbol, local_time).quantity


class InteractiveBrokersShortableProvider(LocalDiskShortableProvider):
    """Interactive Brokers' files."""

    def __init__(self) -> None:
        super().__init__("interactivebrokers")


_UNKNOWN = _Day(None, 0.0, 0.0)


def _read(path: Path) -> dict[date, _Day]:
    days = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            stamp, quantity, rebate, fee, *_ = [*line.split(","), "", "", ""]
            rates = (float(Decimal(text or "0") / 100) for text in (rebate, fee))
            found = _Day(int(quantity) if quantity else None, *rates)
            days[datetime.strptime(stamp, "%Y%m%d").date()] = found  # noqa: DTZ007  a date
    return days


def borrowable(security: "Security") -> int | None:
    """Shares of a security that can be borrowed now; None = any number."""
    found = method(security.models.shortable, "shortable_quantity")(security.symbol, security.local_time)
    return None if found is None else int(found)
