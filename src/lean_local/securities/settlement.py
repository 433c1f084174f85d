"""When the money of a trade becomes usable. LEAN `DelayedSettlementModel.cs`, `ImmediateSettlementModel.cs`."""

from decimal import Decimal
from typing import TYPE_CHECKING

from lean_local.naming import LeanObject

if TYPE_CHECKING:
    from lean_local.securities.portfolio import SecurityPortfolioManager
    from lean_local.securities.security import Security

ZERO = Decimal(0)


class ImmediateSettlementModel(LeanObject):
    """Cash moves with the fill."""

    def apply(self, portfolio: "SecurityPortfolioManager", security: "Security", amount: Decimal) -> None:  # noqa: ARG002
        """Book an amount of account currency."""
        portfolio.settled.exact += amount
        portfolio.invalidate()

    def scan(self, portfolio: "SecurityPortfolioManager", utc_ms: int) -> None:
        """Release what has settled."""


class DelayedSettlementModel(ImmediateSettlementModel):
    """Proceeds of sales settle `days` trading days later at a time of day; purchases at once (cash accounts)."""

    def __init__(self, days: int = 1, hour: int = 6) -> None:
        self.days = days
        self.hour = hour
        self.waiting: list[tuple[int, Decimal]] = []

    def apply(self, portfolio: "SecurityPortfolioManager", security: "Security", amount: Decimal) -> None:
        """Book an amount of account currency."""
        if amount <= ZERO:
            super().apply(portfolio, security, amount)
            return
        calendar = security.calendar
        day = calendar.zone.local_date(security.clock.utc_ms)
        for _ in range(self.days):
            day = calendar.next_trading_day(day)
        self.waiting.append((calendar.zone.midnight_utc_ms(day) + self.hour * 3_600_000, amount))
        portfolio.unsettled.exact += amount
        portfolio.invalidate()

    def scan(self, portfolio: "SecurityPortfolioManager", utc_ms: int) -> None:
        """Release what has settled."""
        due = [amount for moment, amount in self.waiting if moment <= utc_ms]
        if due:
            self.waiting = [item for item in self.waiting if item[0] > utc_ms]
            portfolio.unsettled.exact -= sum(due, ZERO)
            portfolio.settled.exact += sum(due, ZERO)
            portfolio.invalidate()
