"""What a fill does to cash and holdings: LEAN `SecurityPortfolioModel.cs`, `Extensions.IsWin` (§5.9, §7.1)."""

from dataclasses import dataclass
from decimal import Decimal

from lean_local.engine.state import RunState
from lean_local.enums import OrderType, SecurityType
from lean_local.orders.records import OrderEventRecord, OrderRecord
from lean_local.results.numbers import normalize
from lean_local.results.records import ExerciseFact, FillFact, ProfitFact
from lean_local.securities.cash import Cash
from lean_local.securities.option import Option
from lean_local.securities.portfolio import CURRENCIES, UNPAID
from lean_local.securities.security import Security

ZERO = Decimal(0)


def process_fill(state: RunState, security: Security, order: OrderRecord, event: OrderEventRecord) -> None:
    """Book one fill: fee, cash, position, profit record."""
    portfolio, holding = state.portfolio, security.holdings
    quantity, price = event.fill_quantity, event.fill_price
    value = abs(holding.value_exact(quantity, price))
    holding.sale_volume_exact += value
    portfolio.sale_volume_exact += value
    fee = _book_fee(state, security, event)
    cash = _settlement_cash(security, order, event)
    paid = quantity * price * security.multiplier_exact
    settle, quote = security.models.settlement.settle, security.quote_cash.symbol
    if security.type not in UNPAID and (paid or cash):
        settle(portfolio, security, cash - paid, quote)
    if security.type in CURRENCIES and security.base_cash is not None:
        settle(portfolio, security, quantity, security.base_cash.symbol)
    exercise = _exercise(security, order, event)
    _move_position(state, security, event, Moved(cash, fee, exercise))
    portfolio.touch(security)
    state.collector.fill(
        FillFact(
            utc_ms=event.utc_ms,
            order_id=order.id,
            symbol=security.symbol,
            quantity=quantity,
            price=price,
            fee=normalize(fee),
            multiplier=security.multiplier_exact,
            conversion_rate=security.conversion_rate,
            exercise=exercise,
        )
    )


@dataclass(frozen=True, slots=True)
class Moved:
    """What a fill brings besides its price."""

    cash: Decimal  # settlement of a cash-settled contract, quote currency
    fee: Decimal  # account currency
    exercise: ExerciseFact | None


def _book_fee(state: RunState, security: Security, event: OrderEventRecord) -> Decimal:
    """Take the fee of a fill from the cash book; returns it in account currency."""
    if not event.fee:
        return ZERO
    portfolio = state.portfolio
    fee = portfolio.cash_book.convert_exact(event.fee, event.fee_currency)
    security.holdings.fees_exact += fee
    portfolio.fees_exact += fee
    if fee_is_in_fill(security, event.fill_quantity, event.fee_currency):
        security.quote_cash.exact -= event.fee * event.fill_price * security.multiplier_exact
    else:
        portfolio.cash_book[event.fee_currency].exact -= event.fee
    return fee


def fee_is_in_fill(security: Security, quantity: Decimal, currency: str) -> bool:
    """Whether a fee was deducted from the quantity: bought coins pay in themselves (`ModifiedFillQuantityOrderFee`)."""
    base = security.base_cash
    return security.type == SecurityType.CRYPTO and quantity > 0 and base is not None and base.symbol == currency


def _settlement_cash(security: Security, order: OrderRecord, event: OrderEventRecord) -> Decimal:
    """Cash from exercising a cash-settled contract; positive for the long side."""
    if order.type != OrderType.OPTION_EXERCISE or not isinstance(security, Option) or not event.is_in_the_money:
        return ZERO
    if security.exercise_settlement == 0:
        return ZERO
    payoff = security.intrinsic_exact(security.underlying.price_exact)
    return -event.fill_quantity * payoff * security.multiplier_exact


def closing_profit(security: Security, quantity: Decimal, price: Decimal) -> Decimal:
    """Profit in account currency of the part of the holding that a fill closes."""
    profit, cash = _closing(security, quantity, price)
    return profit * cash.rate


def _closing(security: Security, quantity: Decimal, price: Decimal) -> tuple[Decimal, Cash]:
    """Profit of what a fill closes in the currency it is settled in."""
    holding = security.holdings
    held = holding.quantity_exact
    closed = min(abs(quantity), abs(held)) * (1 if held > 0 else -1)
    sold, bought = holding.quantity_value(closed, price), holding.quantity_value(closed, holding.average_exact)
    return sold.amount_exact - bought.amount_exact, sold.cash


def _move_position(state: RunState, security: Security, event: OrderEventRecord, moved: Moved) -> None:
    holding = security.holdings
    held, quantity, price = holding.quantity_exact, event.fill_quantity, event.fill_price
    after = held + quantity
    if held * quantity < 0:
        amount, currency = _closing(security, quantity, price)
        if security.type in UNPAID:
            model = security.models.settlement
            unsettled = model.unsettled(security, quantity, amount)
            model.settle(state.portfolio, security, unsettled, currency.symbol)
        profit = (amount + moved.cash) * currency.rate
        holding.profit_exact += profit
        holding.last_profit_exact = profit
        state.portfolio.profit_exact += profit
        record = profit - 2 * moved.fee
        is_win = record > 0 if moved.exercise is None else moved.exercise.is_win(record)
        state.collector.profit(ProfitFact(event.utc_ms, record, is_win))
        if held * after < 0:
            holding.average_exact = price
        elif after == 0:
            holding.average_exact = ZERO
    else:
        holding.average_exact = (holding.average_exact * held + price * quantity) / after if after else ZERO
    holding.quantity_exact = after


def _exercise(security: Security, order: OrderRecord, event: OrderEventRecord) -> ExerciseFact | None:
    """What decides the win flag of an option exercise."""
    if order.type != OrderType.OPTION_EXERCISE or not isinstance(security, Option):
        return None
    payoff = security.intrinsic_exact(security.underlying.price_exact)
    amount = payoff * abs(event.fill_quantity) * security.multiplier_exact
    return ExerciseFact(event.fill_quantity < 0, event.is_in_the_money, amount)
