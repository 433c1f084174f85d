"""Models of futures and their options: fills, margin, daily settlement (semantics §5.7, §6.3, §6.5).

LEAN `FutureFillModel.cs`, `FutureMarginModel.cs`, `FuturesOptionsMarginModel.cs`, `FutureSettlementModel.cs`.
"""

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.data.margins import NO_MARGIN, MarginRow
from lean_local.enums import OptionRight
from lean_local.securities.buying_power import OrderQuantity, SecurityMarginModel, plain
from lean_local.securities.fill_models import ImmediateFillModel
from lean_local.securities.future import Future, FutureHolding
from lean_local.securities.option import Option
from lean_local.securities.settlement import ImmediateSettlementModel

if TYPE_CHECKING:
    from datetime import date

    from lean_local.securities.portfolio import SecurityPortfolioManager
    from lean_local.securities.security import Security

ZERO = Decimal(0)


class FutureFillModel(ImmediateFillModel):
    """Market orders fill in extended hours too, stop orders when the subscription has them."""

    market_in_extended_hours = True

    def stop_in_extended_hours(self, security: "Security") -> bool:
        """See ImmediateFillModel."""
        return security.extended_market_hours


class FutureMarginModel(SecurityMarginModel):
    """A fixed amount per contract, from the root's margins file at the date of the last bar."""

    net_namespace = "QuantConnect.Securities.Future"

    def __init__(self, future: Any = None) -> None:
        super().__init__()
        self.future = future
        self.enable_intraday_margins = False

    def row(self) -> MarginRow:
        """Requirements now; zero before the first bar."""
        future = self.future
        last = future.last_row() if future is not None else None
        if last is None:
            return NO_MARGIN
        day: date = future.zone.local_date(last.start_utc_ms)
        found: MarginRow = future.margins.on(day)
        return found

    def _is_intraday(self, security: "Security") -> bool:
        exchange = security.exchange
        return self.enable_intraday_margins and exchange.exchange_open and not exchange.closing_soon

    def maintenance(self, security: "Security", quantity: Decimal) -> Decimal:
        """See SecurityMarginModel."""
        row = self.row()
        unit = row.maintenance_intraday if self._is_intraday(security) else row.maintenance_overnight
        return unit * abs(quantity) * security.conversion_rate

    def maintenance_at(self, security: "Security", quantity: Decimal, price: Decimal) -> Decimal:  # noqa: ARG002
        """See SecurityMarginModel; an amount per contract, whatever its price."""
        return self.maintenance(security, quantity)

    def initial(self, security: "Security", quantity: Decimal) -> Decimal:
        """See SecurityMarginModel."""
        row = self.row()
        unit = row.initial_intraday if self._is_intraday(security) else row.initial_overnight
        return unit * quantity * security.conversion_rate

    def set_leverage_exact(self, security: "Security", leverage: Decimal) -> None:  # noqa: ARG002
        """Refused, as in LEAN."""
        raise ValueError("Futures are leveraged products and different leverage cannot be set by user")

    def target_quantity(
        self, portfolio: "SecurityPortfolioManager", security: "Security", target: Decimal, minimum: Decimal
    ) -> OrderQuantity:
        """See BuyingPowerModel; targets beyond the whole account are refused."""
        if abs(target) > 1:
            raise ValueError(
                "Futures do not allow specifying a leveraged target, since they are traded using margin which already "
                "is leveraged. Possible target buying power goes from -1 to 1, target provided is: " + plain(target)
            )
        return super().target_quantity(portfolio, security, target, minimum)

    def _shown(self, amount: Decimal) -> Decimal:
        """A requirement as the properties below give it."""
        return amount

    @property
    def initial_overnight_margin_requirement(self) -> float:
        """Initial margin per contract."""
        return float(self._shown(self.row().initial_overnight))

    @property
    def maintenance_overnight_margin_requirement(self) -> float:
        """Maintenance margin per contract."""
        return float(self._shown(self.row().maintenance_overnight))

    @property
    def initial_intraday_margin_requirement(self) -> float:
        """Initial margin per contract during the day."""
        return float(self._shown(self.row().initial_intraday))

    @property
    def maintenance_intraday_margin_requirement(self) -> float:
        """Maintenance margin per contract during the day."""
        return float(self._shown(self.row().maintenance_intraday))


class FuturesOptionsMarginModel(FutureMarginModel):
    """A share of the future's requirement by moneyness: a logistic curve, cut to whole dollars."""

    net_namespace = "QuantConnect.Securities.Option"

    def __init__(self, option: Option | None = None) -> None:
        future = option.underlying if option is not None else None
        super().__init__(future if isinstance(future, Future) else None)
        self.option = option

    def maintenance(self, security: "Security", quantity: Decimal) -> Decimal:
        """See SecurityMarginModel."""
        return self._share(super().maintenance(self._underlying(security), quantity), long=quantity > 0)

    def initial(self, security: "Security", quantity: Decimal) -> Decimal:
        """See SecurityMarginModel."""
        return self._share(super().initial(self._underlying(security), quantity), long=quantity > 0)

    def _underlying(self, security: "Security") -> "Security":
        return self.future if self.future is not None else security

    def _shown(self, amount: Decimal) -> Decimal:
        return self._share(amount, long=True)

    def _share(self, requirement: Decimal, *, long: bool) -> Decimal:
        option = self.option
        if option is None or not option.underlying.price_exact:
            return ZERO
        call = option.right == OptionRight.CALL
        most, growth, shift = _CURVES[long, call]
        spot = float(option.underlying.price_exact) * shift
        exponent = -growth * (float(option.scaled_strike_exact) - spot) / spot
        if exponent > _LARGEST_EXPONENT:
            return ZERO
        return Decimal(int(requirement * most / Decimal(repr(1 + math.exp(exponent)))))


# (long, call) -> factor on the future's requirement, growth of the curve, factor on the spot price.
_CURVES = {
    (True, True): (Decimal("1.20"), -7.8, 1.0),
    (True, False): (Decimal(1), 9.0, 1.0),
    (False, True): (Decimal(1), -4.0, 1.5),
    (False, False): (Decimal("1.25"), 2.4, 0.3),
}
_LARGEST_EXPONENT = 709.0


class FutureSettlementModel(ImmediateSettlementModel):
    """Once a day, at the first hourly scan of a new exchange date, the open position's profit goes to cash."""

    def __init__(self, security: "Security") -> None:
        self._security = security
        self._settled_day: date = security.zone.local_date(security.clock.utc_ms)

    def unsettled(self, security: "Security", quantity: Decimal, profit: Decimal) -> Decimal:
        """See ImmediateSettlementModel. Call it before the holding changes."""
        holding = security.holdings
        assert isinstance(holding, FutureHolding)
        settled = holding.settled_quantity_exact
        if not settled:
            return profit
        closed = min(abs(quantity), abs(holding.quantity_exact), abs(settled)) * (-1 if quantity > 0 else 1)
        share = closed / settled * holding.settled_exact
        holding.settled_quantity_exact -= closed
        holding.settled_exact -= share
        return profit - share

    def release(self, portfolio: "SecurityPortfolioManager", utc_ms: int) -> None:
        """See ImmediateSettlementModel."""
        security = self._security
        today = security.zone.local_date(utc_ms)
        if today <= self._settled_day:
            return
        self._settled_day = today
        holding = security.holdings
        if not holding.quantity_exact or not isinstance(holding, FutureHolding):
            return
        holding.settled_quantity_exact = holding.quantity_exact
        profit = holding.value_exact(price=security.price_exact) - holding.cost_exact() - holding.settled_exact
        if profit:
            holding.settled_exact += profit
            self.settle(portfolio, security, profit, security.quote_cash.symbol)
