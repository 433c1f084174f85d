"""Interest on positions: funding of perpetual futures. LEAN `BinanceFutureMarginInterestRateModel.cs` (§2.4)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.engine.clock import DAY_MS, HOUR_MS
from lean_local.naming import LeanObject
from lean_local.securities.cache import decimal_of
from lean_local.securities.models import Model, method

if TYPE_CHECKING:
    from lean_local.securities.security import Security

_EVERY_MS = 8 * HOUR_MS


@dataclass(slots=True)
class MarginInterestRateParameters(LeanObject):
    """What an algorithm's margin interest model gets every hour."""

    security: Any
    time: datetime


class NullMarginInterestRateModel(Model):
    """No interest."""

    net_type = "QuantConnect.Securities.MarginInterestRateModel+NullMarginInterestRateModel"

    def apply_margin_interest_rate(self, parameters: Any) -> None:
        """Nothing."""


class MarginInterestRateModel(LeanObject):
    """Holds the model without interest."""

    NULL = NullMarginInterestRateModel()


class BinanceFutureMarginInterestRateModel(Model):
    """Pays (or takes) the last funding rate of the position's value at 00:00, 08:00 and 16:00 UTC."""

    net_namespace = "QuantConnect.Securities.CryptoFuture"

    def __init__(self) -> None:
        self._next_ms: int | None = None

    def apply_margin_interest_rate(self, parameters: Any) -> None:
        """Book what is due at the present."""
        security: Security = parameters.security
        now = security.clock.utc_ms
        if not security.invested:
            self._next_ms = None
            return
        if self._next_ms is None:
            self._next_ms = _after(now)
        rate = getattr(security.prices, "interest_rate", None)
        if rate is None:
            return
        while now >= self._next_ms:
            value = security.holdings.quantity_value(security.holdings.quantity_exact)
            value.cash.exact -= decimal_of(rate) * value.amount_exact
            self._next_ms = _after(self._next_ms)


class BybitFutureMarginInterestRateModel(BinanceFutureMarginInterestRateModel):
    """Same as Binance's."""


class ShortMarginInterestRateModel(Model):
    """Charges the borrow fee of short shares, pays the rebate of long ones: once a day, a 360th of the yearly rate."""

    _DAYS = 360

    def __init__(self) -> None:
        self.amount_exact = Decimal(0)
        self._side = False
        self._since: date | None = None

    @property
    def amount(self) -> float:
        """What was paid in all."""
        return float(self.amount_exact)

    def apply_margin_interest_rate(self, parameters: Any) -> None:
        """Book the days since the last time."""
        security: Security = parameters.security
        held, today = security.holdings.quantity_exact, parameters.time.date()
        if not held:
            self._since = None
            return
        if self._since is None or self._side != (held < 0):
            self._side, self._since = held < 0, today
            return
        if today == self._since:
            return
        name = "fee_rate" if held < 0 else "rebate_rate"
        rate = method(security.models.shortable, name)(security.symbol, security.local_time)
        if not rate:
            self._since = None
            return
        fee = decimal_of(rate) * security.holdings.value_exact() / self._DAYS * (today - self._since).days
        self.amount_exact += fee
        security.quote_cash.exact += fee
        self._since = today


def _after(utc_ms: int) -> int:
    """The first funding time after that instant's hour."""
    day = utc_ms - utc_ms % DAY_MS
    return day + ((utc_ms - day) // _EVERY_MS + 1) * _EVERY_MS


def apply_interest(security: "Security") -> None:
    """Once an hour: ask a security's margin interest model."""
    model = security.models.interest
    if model is not None and type(model) is not NullMarginInterestRateModel:
        method(model, "apply_margin_interest_rate")(MarginInterestRateParameters(security, security.clock.utc))
