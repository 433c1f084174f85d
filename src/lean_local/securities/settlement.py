"""When the money of a trade becomes usable. LEAN `DelayedSettlementModel.cs`, `ImmediateSettlementModel.cs`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.naming import LeanObject
from lean_local.securities.cash import CashAmount
from lean_local.securities.models import Model, method

if TYPE_CHECKING:
    from lean_local.securities.portfolio import SecurityPortfolioManager
    from lean_local.securities.security import Security

ZERO = Decimal(0)


@dataclass(slots=True)
class ApplyFundsSettlementModelParameters(LeanObject):
    """What an algorithm's settlement model gets with a fill."""

    portfolio: Any
    security: Any
    utc_time: datetime
    cash_amount: CashAmount
    fill: Any = None


@dataclass(slots=True)
class ScanSettlementModelParameters(LeanObject):
    """What an algorithm's settlement model gets every hour."""

    portfolio: Any
    security: Any
    utc_time: datetime


class ImmediateSettlementModel(Model):
    """Cash moves with the fill."""

    def settle(
        self,
        portfolio: "SecurityPortfolioManager",
        security: "Security",  # noqa: ARG002
        amount: Decimal,
        currency: str,
    ) -> None:
        """Book an amount of a currency."""
        portfolio.cash_book.of(currency).exact += amount
        portfolio.invalidate()

    def unsettled(self, security: "Security", quantity: Decimal, profit: Decimal) -> Decimal:  # noqa: ARG002
        """What a closing fill of that quantity brings now, of the profit of what it closes."""
        return profit

    def release(self, portfolio: "SecurityPortfolioManager", utc_ms: int) -> None:
        """Release what has settled."""

    def apply_funds(self, parameters: Any) -> None:
        """LEAN's name of `settle`."""
        money = parameters.cash_amount
        self.settle(parameters.portfolio, parameters.security, money.amount_exact, money.currency)

    def scan(self, parameters: Any) -> None:
        """LEAN's name of `release`."""
        self.release(parameters.portfolio, parameters.security.clock.utc_ms)

    def get_unsettled_cash(self) -> CashAmount | None:
        """What has not settled yet."""
        return None


class AccountCurrencyImmediateSettlementModel(ImmediateSettlementModel):
    """Cash moves with the fill, in account currency."""

    def settle(
        self, portfolio: "SecurityPortfolioManager", security: "Security", amount: Decimal, currency: str
    ) -> None:
        """See ImmediateSettlementModel."""
        book = portfolio.cash_book
        super().settle(portfolio, security, book.convert_exact(amount, currency), book.account_currency)


class DelayedSettlementModel(ImmediateSettlementModel):
    """Proceeds of sales settle `days` trading days later at a time of day; purchases at once (cash accounts)."""

    def __init__(self, days: int = 1, time_of_day: timedelta | int = 6) -> None:
        self.days = days
        hours = time_of_day if isinstance(time_of_day, timedelta) else timedelta(hours=time_of_day)
        self._after_midnight_ms = round(hours.total_seconds() * 1000)
        self.waiting: list[tuple[int, Decimal, str]] = []

    def settle(
        self, portfolio: "SecurityPortfolioManager", security: "Security", amount: Decimal, currency: str
    ) -> None:
        """Book an amount of a currency."""
        if amount <= ZERO:
            super().settle(portfolio, security, amount, currency)
            return
        calendar = security.calendar
        day = calendar.zone.local_date(security.clock.utc_ms)
        for _ in range(self.days):
            day = calendar.next_trading_day(day)
        self.waiting.append((calendar.zone.midnight_utc_ms(day) + self._after_midnight_ms, amount, currency))
        portfolio.unsettled_cash_book.of(currency).exact += amount
        portfolio.invalidate()

    def release(self, portfolio: "SecurityPortfolioManager", utc_ms: int) -> None:
        """Release what has settled."""
        due = [item for item in self.waiting if item[0] <= utc_ms]
        self.waiting = [item for item in self.waiting if item[0] > utc_ms]
        for _, amount, currency in due:
            portfolio.unsettled_cash_book.of(currency).exact -= amount
            portfolio.cash_book.of(currency).exact += amount
        if due:
            portfolio.invalidate()

    def get_unsettled_cash(self) -> CashAmount | None:
        """Sum of the proceeds that wait."""
        return CashAmount(sum((i[1] for i in self.waiting), ZERO), self.waiting[0][2]) if self.waiting else None


class PythonSettlementModel(ImmediateSettlementModel):
    """Asks an algorithm's own model."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def apply_funds(self, parameters: ApplyFundsSettlementModelParameters) -> None:
        """The algorithm's own."""
        method(self.model, "apply_funds")(parameters)

    def scan(self, parameters: ScanSettlementModelParameters) -> None:
        """The algorithm's own."""
        method(self.model, "scan")(parameters)

    def get_unsettled_cash(self) -> Any:
        """The algorithm's own."""
        return method(self.model, "get_unsettled_cash")()

    def settle(
        self, portfolio: "SecurityPortfolioManager", security: "Security", amount: Decimal, currency: str
    ) -> None:
        """See ImmediateSettlementModel."""
        money = CashAmount(amount, currency)
        self.apply_funds(ApplyFundsSettlementModelParameters(portfolio, security, security.clock.utc, money))
        portfolio.invalidate()

    def scan_security(self, portfolio: "SecurityPortfolioManager", security: "Security") -> None:
        """Once an hour."""
        self.scan(ScanSettlementModelParameters(portfolio, security, security.clock.utc))
        portfolio.invalidate()


def adapt_settlement_model(model: Any) -> Any:
    """The model itself, or a wrapper of an algorithm's class."""
    ours = isinstance(model, ImmediateSettlementModel) and type(model).__module__.startswith("lean_local.")
    return model if ours else PythonSettlementModel(model)
