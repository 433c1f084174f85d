"""Targets of a portfolio: quantities to hold, and how orders are sized towards them.

`Common/Algorithm/Framework/Portfolio/PortfolioTarget.cs`, `PortfolioTargetCollection.cs`, `OrderSizing.cs`.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from lean_local.api.bars import DataPair
from lean_local.api.indicator_base import from_double
from lean_local.enums import InsightDirection, SecurityType
from lean_local.naming import LeanObject
from lean_local.orders.requests import zero_price_message
from lean_local.results.numbers import normalize
from lean_local.securities.buying_power import plain
from lean_local.securities.cache import decimal_of
from lean_local.securities.fees import market_order_record
from lean_local.securities.security import Security
from lean_local.symbols import Symbol

ZERO = Decimal(0)
BELOW_MINIMUM = (
    "Warning: Portfolio rebalance result ignored as it resulted in a single share trade recommendation "
    "which can generate high fees. To disable minimum order size checks please set "
    "self.settings.minimum_order_margin_portfolio_percentage = 0."
)


class PortfolioTarget(LeanObject):
    """A quantity of a symbol to hold."""

    def __init__(self, symbol: Any, quantity: Any, tag: str = "") -> None:
        self.symbol: Symbol = getattr(symbol, "symbol", symbol)
        signed = int(quantity) if isinstance(quantity, InsightDirection) else quantity
        self.quantity_exact = decimal_of(signed)
        self.tag = tag or ""

    @property
    def quantity(self) -> float:
        """Quantity to hold; a share of the portfolio for `set_holdings`."""
        return float(self.quantity_exact)

    @staticmethod
    def percent(
        algorithm: Any, symbol: Any, percent: Any, return_delta_quantity: Any = False, tag: str = ""
    ) -> "PortfolioTarget | None":
        """The target that holds a share of the portfolio value; None, with an error in the log, when there is none.

        With `return_delta_quantity` its quantity is what is missing.
        """
        if isinstance(return_delta_quantity, str):
            return_delta_quantity, tag = False, return_delta_quantity
        share = percent if isinstance(percent, Decimal) else from_double(float(percent))
        delta = delta_to_share(algorithm, symbol, share)
        if delta is None:
            return None
        security = algorithm.securities[symbol]
        held = ZERO if return_delta_quantity else security.holdings.quantity_exact
        return PortfolioTarget(security.symbol, delta + held, tag)

    def __str__(self) -> str:
        text = f"{self.symbol}: {plain(normalize(self.quantity_exact))}"
        return f"{text} ({self.tag})" if self.tag else text


def delta_to_share(algorithm: Any, symbol: Any, share: Decimal) -> Decimal | None:
    """Quantity that brings a holding to a share of the portfolio value; None, with an error in the log, on failure."""
    settings, state = algorithm.settings, algorithm._state
    size = abs(share)
    most = decimal_of(settings.max_absolute_portfolio_target_percentage)
    least = decimal_of(settings.min_absolute_portfolio_target_percentage)
    if size > most or (size and size < least):
        state.error(
            f"The portfolio target percent: {plain(share)}, does not comply with the current "
            f"'self.settings.max_absolute_portfolio_target_percentage': {plain(most)} or "
            f"'self.settings.min_absolute_portfolio_target_percentage': {plain(least)}. Skipping"
        )
        return None
    security = state.securities.find(symbol)
    if security is None:
        state.error(f"{symbol} not found in portfolio. Request this data when initializing the algorithm.")
        return None
    if not security.price_exact:
        state.error(zero_price_message(security.symbol))
        return None
    return _delta(algorithm, security, share)


def _delta(algorithm: Any, security: Security, share: Decimal) -> Decimal | None:
    """LEAN's iteration of `GetMaximumLotsForTargetBuyingPower` (semantics §6.3)."""
    settings, state = algorithm.settings, algorithm._state
    portfolio = state.portfolio
    value = portfolio.value_exact()
    free = settings.free_portfolio_value
    buffer = value * decimal_of(settings.free_portfolio_value_percentage) if free is None else decimal_of(free)
    adjusted = share * (value - buffer) / value if value else ZERO
    minimum = decimal_of(settings.minimum_order_margin_portfolio_percentage)
    margin = security.models.margin
    found = margin.target_quantity(portfolio, security, adjusted / security.leverage_exact, minimum)
    if found.is_error:
        state.error(f"Unable to compute order quantity of {security.symbol}. Reason: {found.reason} Returning null.")
        return None
    if found.below_minimum:
        state.warn_once(BELOW_MINIMUM)
    quantity: Decimal = found.quantity
    return quantity


class PortfolioTargetCollection(LeanObject):
    """Targets by symbol, in the order their symbols came."""

    def __init__(self) -> None:
        self._targets: dict[Symbol, PortfolioTarget] = {}

    @property
    def count(self) -> int:
        """Number of targets."""
        return len(self._targets)

    @property
    def is_empty(self) -> bool:
        """Whether there are no targets."""
        return not self._targets

    @property
    def keys(self) -> list[Symbol]:
        """Symbols of the targets."""
        return list(self._targets)

    @property
    def values(self) -> list[PortfolioTarget]:
        """The targets."""
        return list(self._targets.values())

    def add(self, *arguments: Any) -> None:
        """`add(target)` or `add(symbol, target)`; None is left out."""
        target = arguments[-1]
        if target is not None:
            self._targets[target.symbol] = target

    def add_range(self, targets: Iterable[PortfolioTarget]) -> None:
        """Add several targets; the newest of a symbol stays."""
        for target in targets:
            self._targets[target.symbol] = target

    def clear(self) -> None:
        """Remove all."""
        self._targets.clear()

    def clear_fulfilled(self, algorithm: Any) -> None:
        """Remove the targets that the holdings meet."""
        for target in self.values:
            security = algorithm.securities[target.symbol]
            if abs(target.quantity_exact - security.holdings.quantity_exact) < security.lot_exact:
                self.remove(target.symbol)

    def contains(self, target: PortfolioTarget | None) -> bool:
        """Whether there is a target of the same symbol."""
        return target is not None and target.symbol in self._targets

    def contains_key(self, symbol: Symbol) -> bool:
        """Whether the symbol has a target."""
        return symbol in self._targets

    def remove(self, item: Any) -> bool:
        """Remove a target, or that of a symbol; says whether it was there."""
        symbol = item if isinstance(item, Symbol) else getattr(item, "symbol", None)
        found = self._targets.get(symbol) if symbol is not None else None
        if found is None or not (item is symbol or found is item):
            return False
        del self._targets[found.symbol]
        return True

    def try_get_value(self, symbol: Symbol, _out: Any = None) -> tuple[bool, PortfolioTarget | None]:
        """Whether the symbol has a target, and which."""
        return symbol in self._targets, self._targets.get(symbol)

    def order_by_margin_impact(self, algorithm: Any) -> list[PortfolioTarget]:
        """Targets that need an order: those that reduce positions first, then by value."""
        return order_by_margin_impact(self.values, algorithm)

    def items(self) -> list[DataPair]:
        """Pairs of symbol and target."""
        return [DataPair(k, v) for k, v in self._targets.items()]

    def __getitem__(self, symbol: Symbol) -> PortfolioTarget:
        return self._targets[symbol]

    def __setitem__(self, symbol: Symbol, target: PortfolioTarget) -> None:
        self._targets[symbol] = target

    def __contains__(self, item: Any) -> bool:
        return (item if isinstance(item, Symbol) else getattr(item, "symbol", None)) in self._targets

    def __iter__(self) -> Iterator[PortfolioTarget]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self._targets)


def projected_quantity(algorithm: Any, security: Security) -> Decimal:
    """Holdings plus what open orders still have to fill (LEAN GetProjectedHoldings)."""
    waiting = (t for t in algorithm._orders.open_tickets() if t.symbol == security.symbol)
    return sum((t.record.quantity - t.record.quantity_filled for t in waiting), security.holdings.quantity_exact)


def order_by_margin_impact(
    targets: Iterable[PortfolioTarget], algorithm: Any, *, target_is_delta: bool = False
) -> list[PortfolioTarget]:
    """LEAN's `OrderTargetsByMarginImpact`; nothing while the algorithm warms up."""
    if algorithm.is_warming_up:
        return []
    ranked = []
    for target in targets:
        security = algorithm.securities[target.symbol]
        wanted = adjust_by_lot_size(security, target.quantity_exact)
        existing = projected_quantity(algorithm, security)
        change = wanted if target_is_delta else wanted - existing
        if not (security.has_data and security.is_tradable and abs(change) >= security.lot_exact):
            continue
        final = wanted + existing if target_is_delta else wanted
        reduces = existing != 0 and abs(final) < abs(existing)
        ranked.append((not reduces, -abs(change * security.price_exact), target))
    return [target for _, _, target in sorted(ranked, key=lambda r: r[:2])]


def adjust_by_lot_size(security: Security, quantity: Decimal) -> Decimal:
    """Cut to whole lots; what lacks less than a millionth of a lot is rounded up."""
    lot, size = security.lot_exact, abs(quantity)
    rest = size % lot
    if lot - rest < lot / 1_000_000:
        rest -= lot
    return (size - rest).copy_sign(quantity) if size != rest else ZERO


class OrderSizing(LeanObject):
    """LEAN's `OrderSizing`."""

    @staticmethod
    def get_unordered_quantity(
        algorithm: Any, target: PortfolioTarget, security: Security | None = None, account_for_fees: bool = False
    ) -> float:
        """What is still to be ordered to reach a target."""
        return float(OrderSizing.unordered_exact(algorithm, target, security, account_for_fees))

    @staticmethod
    def unordered_exact(
        algorithm: Any, target: PortfolioTarget, security: Security | None = None, account_for_fees: bool = False
    ) -> Decimal:
        """The same as a decimal."""
        found = algorithm.securities[target.symbol] if security is None else security
        quantity = target.quantity_exact - projected_quantity(algorithm, found)
        if account_for_fees and found.symbol.security_type == SecurityType.CRYPTO and quantity > 0:
            fee = found.models.fee.money(found, market_order_record(found, quantity))
            if fee.currency == found.base_currency.symbol:
                quantity += fee.amount_exact
        return adjust_by_lot_size(found, quantity)

    @staticmethod
    def get_order_size_for_percent_volume(
        security: Security, maximum_percent_current_volume: float, desired_order_size: float
    ) -> float:
        """Order size cut to a share of the last bar's volume."""
        most = decimal_of(maximum_percent_current_volume) * decimal_of(security.volume)
        return _cut(security, most, decimal_of(desired_order_size))

    @staticmethod
    def get_order_size_for_maximum_value(
        security: Security, maximum_order_value_in_account_currency: float, desired_order_size: float
    ) -> float:
        """Order size cut to a value in account currency; 0 without a price."""
        price = security.price_exact * security.conversion_rate * security.multiplier_exact
        if not price:
            return 0.0
        most = decimal_of(maximum_order_value_in_account_currency) / price
        return _cut(security, most, decimal_of(desired_order_size))

    @staticmethod
    def adjust_by_lot_size(security: Security, quantity: float) -> float:
        """Cut to whole lots."""
        return float(adjust_by_lot_size(security, decimal_of(quantity)))


def _cut(security: Security, most: Decimal, desired: Decimal) -> float:
    size = adjust_by_lot_size(security, min(most, abs(desired)))
    return float(size.copy_sign(desired) if size else size)


__all__ = ["OrderSizing", "PortfolioTarget", "PortfolioTargetCollection"]
