"""Buying power of currencies: cash accounts and crypto futures. LEAN `CashBuyingPowerModel.cs`,
`CryptoFutureMarginModel.cs` (semantics §6.3)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.enums import OrderDirection, OrderType
from lean_local.securities.buying_power import (
    SUFFICIENT,
    BuyingPowerModel,
    OrderQuantity,
    SecurityMarginModel,
    Verdict,
    plain,
)

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord
    from lean_local.securities.cash import Cash
    from lean_local.securities.portfolio import SecurityPortfolioManager
    from lean_local.securities.security import Security

ZERO = Decimal(0)
ONE = Decimal(1)
_WORKING = (OrderType.LIMIT, OrderType.STOP_MARKET)


class CashBuyingPowerModel(BuyingPowerModel):
    """Buys with the quote currency that is there and sells the base currency that is there; no shorting."""

    def __init__(self) -> None:
        super().__init__()
        self.maintenance_share = ZERO

    def leverage_exact(self, security: "Security") -> Decimal:  # noqa: ARG002
        """Always 1."""
        return ONE

    def set_leverage_exact(self, security: "Security", leverage: Decimal) -> None:  # noqa: ARG002
        """Only 1 will do."""
        if leverage != 1:
            raise RuntimeError("CashBuyingPowerModel does not allow setting leverage. Cash accounts have no leverage.")

    def maintenance(self, security: "Security", quantity: Decimal) -> Decimal:  # noqa: ARG002
        """Currency that was bought takes no margin."""
        return ZERO

    def margin_remaining(
        self,
        portfolio: "SecurityPortfolioManager",  # noqa: ARG002
        security: "Security",
        direction: OrderDirection,
    ) -> Decimal:
        """What can be bought or sold, in base currency."""
        base = security.base_cash
        if base is None or not security.price_exact or direction == OrderDirection.HOLD:
            return ZERO
        if direction == OrderDirection.SELL:
            return base.exact
        return security.quote_cash.exact / (security.price_exact * security.multiplier_exact)

    def check(self, portfolio: "SecurityPortfolioManager", security: "Security", order: "OrderRecord") -> Verdict:
        """Whether the currency an order pays with is there and not reserved by open orders."""
        base = security.base_cash
        if base is None:
            return Verdict(
                ok=False,
                reason=f"The '{security.symbol.value}' security is not supported by this cash model. "
                "Currently only Crypto and Forex are supported.",
            )
        quantity = abs(order.quantity)
        if order.quantity < 0:
            reserved = _reserved(portfolio, security, order, base.symbol)
            return SUFFICIENT if quantity <= base.exact - reserved else _short(base, reserved, quantity)
        quote = security.quote_cash
        reserved = _reserved(portfolio, security, order, quote.symbol)
        needed = quantity * _price(security, order)
        most = self._most(portfolio, security, order, reserved)
        if needed <= most:
            return SUFFICIENT
        name = quote.symbol
        return Verdict(
            ok=False,
            reason=f"Your portfolio holds {plain(quote.exact)} {name}, {plain(reserved)} {name} of which are reserved "
            f"for open orders, but your Buy order is for {plain(quantity)} {base.symbol}. Your order requires a total "
            f"value of {plain(needed)} {name}, but only a total value of {plain(most)} {name} is available.",
        )

    def _most(
        self, portfolio: "SecurityPortfolioManager", security: "Security", order: "OrderRecord", reserved: Decimal
    ) -> Decimal:
        """Quote currency an order may spend."""
        book, quote, base = portfolio.cash_book, security.quote_cash, security.base_cash
        assert base is not None
        if order.type != OrderType.MARKET:
            fee = security.models.fee.money(security, order) if order.type == OrderType.LIMIT else None
            paid = ZERO if fee is None else book.convert_exact(fee.amount_exact, fee.currency, quote.symbol)
            return quote.exact - reserved - paid
        held = book.convert_exact(base.exact, base.symbol, quote.symbol)
        wanted = book.convert_exact(quote.exact - reserved + held, quote.symbol)
        value = portfolio.value_exact()
        share = wanted / value if value else ZERO
        return abs(self.target_quantity(portfolio, security, share, ZERO).quantity * _price(security, order))

    def target_quantity(
        self,
        portfolio: "SecurityPortfolioManager",
        security: "Security",
        target: Decimal,
        minimum: Decimal,  # noqa: ARG002
    ) -> OrderQuantity:
        """Quantity that brings the value of the base currency to a share of the portfolio value."""
        wanted, base = target * portfolio.value_exact(), security.base_cash
        if wanted < 0:
            return OrderQuantity(ZERO, "The cash model does not allow shorting.", is_error=True)
        if base is None:
            return OrderQuantity(ZERO, "The security type must be Crypto or Forex.", is_error=True)
        if not wanted:
            return OrderQuantity(-base.exact)
        there = portfolio.cash_book.convert_exact(base.exact, base.symbol)
        buy, value = wanted > there, abs(wanted - there)
        unit = (security.ask_exact if buy else security.bid_exact) * security.conversion_rate
        unit *= security.multiplier_exact
        if not unit:
            return OrderQuantity(ZERO, _no_unit(portfolio, security), is_error=True)
        quantity = _lots(value / unit, security.lot_exact)
        if not quantity:
            return OrderQuantity(ZERO, _less_than_lot(security))
        quantity = _affordable(security, quantity, value, unit)
        if quantity <= 0:
            return OrderQuantity(ZERO, _less_than_lot(security), is_error=True)
        return OrderQuantity(quantity if buy else -quantity)


def _lots(quantity: Decimal, lot: Decimal) -> Decimal:
    return quantity - quantity % lot


def _affordable(security: "Security", quantity: Decimal, value: Decimal, unit: Decimal) -> Decimal:
    """The quantity whose value with fees does not exceed `value`."""
    lot, cost = security.lot_exact, ZERO
    while True:
        if cost > value:
            quantity -= max((cost - value) / (cost / quantity), lot)
        quantity = _lots(quantity, lot)
        if quantity <= 0:
            return ZERO
        cost = quantity * unit + security.estimated_fee(quantity)
        if cost <= value:
            return quantity


def _no_unit(portfolio: "SecurityPortfolioManager", security: "Security") -> str:
    from lean_local.orders.requests import zero_price_message  # noqa: PLC0415  breaks an import cycle

    if security.conversion_rate:
        return zero_price_message(security.symbol)
    return (
        f"The internal cash feed required for converting {security.quote_cash.symbol} to "
        f"{portfolio.cash_book.account_currency} does not have any data yet (or market may be closed)."
    )


def _less_than_lot(security: "Security") -> str:
    return f"The order quantity is less than the lot size of {security.lot_exact} and has been rounded to zero."


def _short(base: "Cash", reserved: Decimal, quantity: Decimal) -> Verdict:
    name = base.symbol
    return Verdict(
        ok=False,
        reason=f"Your portfolio holds {plain(base.exact)} {name}, {plain(reserved)} {name} of which are reserved for "
        f"open orders, but your Sell order is for {plain(quantity)} {name}. Cash Modeling trading does not permit "
        "short holdings so ensure you only sell what you have, including any additional open orders.",
    )


def _price(security: "Security", order: "OrderRecord") -> Decimal:
    """The price an order is reckoned at: its own, or the market's."""
    own = order.stop_price if order.type in (OrderType.STOP_MARKET, OrderType.TRAILING_STOP) else order.limit_price
    if order.type == OrderType.MARKET:
        return security.price_exact
    return ZERO if own is None else own


def _reserved(
    portfolio: "SecurityPortfolioManager", security: "Security", order: "OrderRecord", currency: str
) -> Decimal:
    """What open limit and stop orders of the same side already claim of a currency."""
    total = ZERO
    for other in portfolio.open_records():
        pair = portfolio.securities.find(other.symbol)
        if pair is None or pair.base_cash is None or other.id == order.id or other.type not in _WORKING:
            continue
        if pair.base_cash.symbol == currency and other.quantity < 0:
            total += abs(other.quantity)
        elif pair.base_cash.symbol != currency and pair.quote_cash.symbol == currency and other.quantity > 0:
            total += abs(other.quantity) * _price(security, other)
    return total


class CryptoFutureMarginModel(SecurityMarginModel):
    """Margin in the collateral currency: the quote of linear contracts, the coin of inverse ones."""

    net_namespace = "QuantConnect.Securities.CryptoFuture"

    def __init__(self, leverage: Any = 25, *_: Any) -> None:
        super().__init__(leverage)

    def maintenance(self, security: "Security", quantity: Decimal) -> Decimal:
        """Same as the initial margin."""
        return self.initial(security, quantity)

    def initial(self, security: "Security", quantity: Decimal) -> Decimal:
        """Unsigned value in collateral over leverage, in account currency."""
        if not quantity or not security.has_data:
            return ZERO
        value = security.holdings.quantity_value(quantity)
        return abs(value.amount_exact) / self.leverage_exact(security) * value.cash.rate

    def margin_remaining(
        self, portfolio: "SecurityPortfolioManager", security: "Security", direction: OrderDirection
    ) -> Decimal:
        """Collateral that other positions do not use, in account currency."""
        collateral = security.collateral_cash
        free = collateral.exact
        for other in portfolio.holders.values():
            if other is not security and other.type == security.type and other.collateral_cash is collateral:
                free -= other.models.margin.maintenance(other, other.holdings.quantity_exact)
        free += self._freed(security, direction) - collateral.exact * self.free_share
        return max(free * collateral.rate, ZERO)
