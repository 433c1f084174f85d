"""What a fill does to cash and holdings: LEAN `SecurityPortfolioModel.cs`, `Extensions.IsWin` (§5.9, §7.1)."""

from decimal import Decimal

from lean_local.engine.state import RunState
from lean_local.enums import OrderType
from lean_local.orders.records import OrderEventRecord, OrderRecord
from lean_local.results.records import FillFact, ProfitFact
from lean_local.securities.option import Option
from lean_local.securities.security import Security

ZERO = Decimal(0)


def process_fill(state: RunState, security: Security, order: OrderRecord, event: OrderEventRecord) -> None:
    """Book one fill: fee, cash, position, profit record."""
    portfolio, holding = state.portfolio, security.holdings
    quantity, price = event.fill_quantity, event.fill_price
    value = quantity * price * security.multiplier_exact * security.conversion_rate
    holding.sale_volume_exact += abs(value)
    portfolio.sale_volume_exact += abs(value)
    if event.fee:
        holding.fees_exact += event.fee
        portfolio.fees_exact += event.fee
        portfolio.settled.exact -= event.fee
    cash = _settlement_cash(security, order, event)
    if value or cash:
        security.models.settlement.apply(portfolio, security, cash - value)
    _move_position(state, security, order, event, cash)
    portfolio.touch(security)
    state.collector.fill(
        FillFact(
            utc_ms=event.utc_ms,
            order_id=order.id,
            symbol=security.symbol,
            quantity=quantity,
            price=price,
            fee=event.fee,
            multiplier=security.multiplier_exact,
            conversion_rate=security.conversion_rate,
        )
    )


def _settlement_cash(security: Security, order: OrderRecord, event: OrderEventRecord) -> Decimal:
    """Cash from exercising a cash-settled contract; positive for the long side."""
    if order.type != OrderType.OPTION_EXERCISE or not isinstance(security, Option) or not event.is_in_the_money:
        return ZERO
    if security.exercise_settlement == 0:
        return ZERO
    payoff = security.intrinsic_exact(security.underlying.price_exact)
    return -event.fill_quantity * payoff * security.multiplier_exact * security.conversion_rate


def closing_profit(security: Security, quantity: Decimal, price: Decimal) -> Decimal:
    """Profit in account currency of the part of the holding that a fill closes."""
    held = security.holdings.quantity_exact
    closed = min(abs(quantity), abs(held)) * (1 if held > 0 else -1)
    return (price - security.holdings.average_exact) * closed * security.multiplier_exact * security.conversion_rate


def _move_position(
    state: RunState, security: Security, order: OrderRecord, event: OrderEventRecord, cash: Decimal
) -> None:
    holding = security.holdings
    held, quantity, price = holding.quantity_exact, event.fill_quantity, event.fill_price
    after = held + quantity
    if held * quantity < 0:
        profit = closing_profit(security, quantity, price) + cash
        holding.profit_exact += profit
        holding.last_profit_exact = profit
        state.portfolio.profit_exact += profit
        record = profit - 2 * event.fee
        state.collector.profit(ProfitFact(event.utc_ms, record, _is_win(security, order, event, record)))
        if held * after < 0:
            holding.average_exact = price
        elif after == 0:
            holding.average_exact = ZERO
    else:
        holding.average_exact = (holding.average_exact * held + price * quantity) / after if after else ZERO
    holding.quantity_exact = after


def _is_win(security: Security, order: OrderRecord, event: OrderEventRecord, profit: Decimal) -> bool:
    """LEAN's win flag; exercises are judged by the contract's payoff."""
    if order.type != OrderType.OPTION_EXERCISE or not isinstance(security, Option):
        return profit > 0
    payoff = security.intrinsic_exact(security.underlying.price_exact)
    amount = payoff * abs(event.fill_quantity) * security.multiplier_exact
    if event.fill_quantity < 0:
        return event.is_in_the_money and abs(profit) < amount
    return not event.is_in_the_money or abs(profit) > amount
