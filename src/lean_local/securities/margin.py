"""Margin of positions and the buying power check of orders. Formulas: semantics §6.3, LEAN `OptionMarginModel.cs`,
`OptionStrategyPositionGroupBuyingPowerModel.cs`, `PositionGroupBuyingPowerModel.cs`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from lean_local.enums import OptionRight, OrderType, SecurityType
from lean_local.securities.buying_power import (
    SUFFICIENT,
    BuyingPowerModel,
    SecurityMarginModel,
    Verdict,
    plain,
)
from lean_local.securities.fees import order_value
from lean_local.securities.option import Option
from lean_local.securities.portfolio import SecurityPortfolioManager
from lean_local.securities.security import Security
from lean_local.securities.strategy_groups import Group, Position, resolve_groups

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord

ZERO = Decimal(0)
_TENTH = Decimal("0.1")
_QUARTER = Decimal("0.25")
_NAKED = ("Naked Call", "Naked Put")


class OptionMarginModel(SecurityMarginModel):
    """A single option: nothing for a long one, the Reg-T style formula for a short one."""

    net_namespace = "QuantConnect.Securities.Option"
    premium_apart = True

    def set_leverage_exact(self, security: Security, leverage: Decimal) -> None:
        """LEAN ignores it: options have leverage 1."""

    def order_margin(self, security: Security, order: "OrderRecord") -> Decimal:
        """Premium of a purchase, margin of a sale, with the fee."""
        value, fee = order_value(security, order), security.fee_of(order)
        margin = value if order.quantity > 0 else -self._at_order_price(security, order, value)
        return margin + (fee if margin > 0 else -fee if margin < 0 else ZERO)

    def _at_order_price(self, security: Security, order: "OrderRecord", value: Decimal) -> Decimal:
        """Margin of a sale at the order's own price."""
        units = abs(order.quantity) * security.multiplier_exact
        if not isinstance(security, Option) or not units:
            return ZERO
        return self.short_margin(security, order.quantity, abs(value) / units)

    def signed_initial(self, security: Security, quantity: Decimal) -> Decimal:
        """Premium of a long position, margin of a short one."""
        if quantity > 0:
            return security.holdings.value_exact(quantity)
        return -self.initial(security, quantity)

    def short_margin(self, option: Option, quantity: Decimal, price: Decimal) -> Decimal:
        """Margin of `quantity` (negative) contracts at that option price; 0 when a price is missing."""
        spot = option.underlying.price_exact / option.symbol_properties.strike_multiplier_exact
        strike = option.strike_exact
        if not (price and spot and strike and option.price_exact):
            return ZERO
        call = option.right == OptionRight.CALL
        out = max(strike - spot, ZERO) if call else max(spot - strike, ZERO)
        share = Decimal("0.15") if option.symbol.security_type == SecurityType.INDEX_OPTION else Decimal("0.2")
        floor = _TENTH * (spot if call else strike)
        margin: Decimal = option.multiplier_exact * abs(quantity) * (price + max(floor, share * spot - out))
        return margin

    def maintenance(self, security: Security, quantity: Decimal) -> Decimal:
        """See SecurityMarginModel."""
        if quantity >= 0 or not isinstance(security, Option):
            return ZERO
        return self.short_margin(security, quantity, security.price_exact)

    def initial(self, security: Security, quantity: Decimal) -> Decimal:
        """Premium of a long position, the margin of a short one with a minus."""
        if quantity >= 0:
            return security.conversion_rate * security.multiplier_exact * security.price_exact * quantity
        return -self.maintenance(security, quantity)


class GroupMargin:
    """Maintenance and initial margin of a matched group."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.options = [p for p in group.positions if isinstance(p.security, Option)]
        self.shares = next((p for p in group.positions if not isinstance(p.security, Option)), None)

    def maintenance(self) -> Decimal:
        """Maintenance margin."""
        if self.group.name is None:
            position = self.group.positions[0]
            return _model(position.security).maintenance(position.security, position.quantity)
        return self._with_shares(initial=False) if self.shares is not None else self._options_only()

    def initial(self) -> Decimal:
        """Initial margin without premium; signed for a single option whose model knows of no premium (on futures)."""
        name, position = self.group.name, self.group.positions[0]
        if name is None:
            return abs(_model(position.security).initial(position.security, position.quantity))
        if name in _NAKED and not _model(position.security).premium_apart:
            return _model(position.security).initial(position.security, position.quantity)
        return self._with_shares(initial=True) if self.shares is not None else self._options_only(initial=True)

    def premium(self) -> Decimal:
        """Premium to be paid, 0 when the group brings premium in."""
        name, position = self.group.name, self.group.positions[0]
        if name is None or (name in _NAKED and not _model(position.security).premium_apart):
            return ZERO
        return max(sum((p.security.holdings.value_exact(p.quantity) for p in self.options), ZERO), ZERO)

    def _units(self) -> Decimal:
        option = self.options[0].security
        assert isinstance(option, Option)
        return option.unit_of_trade_exact * abs(self.group.quantity)

    def _pick(self, right: OptionRight, *, long: bool) -> Option:
        for p in self.options:
            if isinstance(p.security, Option) and p.security.right == right and (p.quantity > 0) == long:
                return p.security
        raise LookupError(f"{self.group.name} has no such leg")

    def _width(self, right: OptionRight) -> Decimal:
        long, short = self._pick(right, long=True).strike_exact, self._pick(right, long=False).strike_exact
        return max(long - short if right == OptionRight.CALL else short - long, ZERO) * self._units()

    def _naked(self, position: Position, *, initial: bool = False) -> Decimal:
        model = _model(position.security)
        margin = model.initial if initial and not model.premium_apart else model.maintenance
        return abs(margin(position.security, position.quantity))

    def _options_only(self, *, initial: bool = False) -> Decimal:
        name = str(self.group.name)
        if name in _NAKED:
            return self._naked(self.options[0])
        if name in ("Bull Call Spread", "Bear Call Spread"):
            return self._width(OptionRight.CALL)
        if name in ("Bull Put Spread", "Bear Put Spread") or "Iron" in name:
            return self._width(OptionRight.PUT)
        if name in ("Short Straddle", "Short Strangle"):
            return self._short_pair(initial=initial)
        if name.startswith("Short Butterfly"):
            strikes = sorted(p.security.strike_exact for p in self.options if isinstance(p.security, Option))
            return (strikes[1] - strikes[0]) * self._units()
        if name == "Short Box Spread":
            return self._short_box()
        if "Calendar" in name:
            return (
                sum((self._naked(p, initial=initial) for p in self.options if p.quantity < 0), ZERO)
                if name.startswith("Short")
                else ZERO
            )
        if "Jelly" in name:
            far = max(p.security.expiry for p in self.options if isinstance(p.security, Option))
            return sum((self._naked(p) for p in self.options if p.quantity < 0 and _expiry(p) == far), ZERO)
        if "Ladder" in name:
            return self._ladder(name)
        return ZERO  # long straddles, strangles, butterflies and boxes

    def _short_pair(self, *, initial: bool) -> Decimal:
        call = next(p for p in self.options if _right(p) == OptionRight.CALL)
        put = next(p for p in self.options if _right(p) == OptionRight.PUT)
        first, second = self._naked(call, initial=initial), self._naked(put, initial=initial)
        if second > first:
            return second + call.security.price_exact * self._units()
        return first + put.security.price_exact * self._units()

    def _short_box(self) -> Decimal:
        call, put = OptionRight.CALL, OptionRight.PUT
        commission = max(Decimal("0.65") * abs(self.group.quantity), Decimal(1)) * 4
        cost = (
            self._pick(call, long=False).ask_exact
            - self._pick(call, long=True).bid_exact
            + self._pick(put, long=False).ask_exact
            - self._pick(put, long=True).bid_exact
        )
        closing = Decimal("1.02") * (commission + cost * self._units())
        return max(closing, self._width(call))

    def _ladder(self, name: str) -> Decimal:
        ordered = sorted(self.options, key=_strike)
        if name == "Bear Call Ladder":
            return max(_strike(ordered[1]) - _strike(ordered[0]), ZERO) * self._units()
        if name == "Bull Call Ladder":
            return self._naked(ordered[2], initial=True)
        if name == "Bull Put Ladder":
            return max(_strike(ordered[2]) - _strike(ordered[1]), ZERO) * self._units()
        return self._naked(ordered[0], initial=True)

    def _with_shares(self, *, initial: bool) -> Decimal:
        assert self.shares is not None
        stock, quantity = self.shares.security, self.shares.quantity
        model, option = _model(stock), self.options[0].security
        assert isinstance(option, Option)
        stock_initial, stock_kept = abs(model.initial(stock, quantity)), model.maintenance(stock, quantity)
        units, spot, name = self._units(), stock.price_exact, str(self.group.name)
        inside = option.intrinsic_exact(spot) * units
        if name == "Covered Put":
            return stock_initial + inside
        if name == "Covered Call":
            value = abs(option.holdings.value_exact(self.options[0].quantity))
            if initial:
                return Decimal("0.8") * value + stock_initial
            lowered = model.maintenance_at(stock, quantity, min(spot, option.scaled_strike_exact))
            return max(inside + lowered, min(stock.holdings.value_exact(quantity), max(-value, stock_kept)))
        if name in ("Protective Call", "Protective Put"):
            if initial:
                return stock_initial
            return min((_TENTH * option.strike_exact + option.out_of_the_money_exact(spot)) * units, stock_kept)
        right = OptionRight.PUT if name == "Reverse Conversion" else OptionRight.CALL
        main = next(p.security for p in self.options if _right(p) == right)
        assert isinstance(main, Option)
        if initial:
            return stock_initial + main.intrinsic_exact(spot) * units
        if name == "Protective Collar":
            put = next(p.security for p in self.options if _right(p) == OptionRight.PUT)
            assert isinstance(put, Option)
            low = _TENTH * put.strike_exact + put.out_of_the_money_exact(spot)
            return min(low, _QUARTER * main.strike_exact) * units
        return (_TENTH * main.strike_exact + main.intrinsic_exact(spot)) * units


def _model(security: Security) -> BuyingPowerModel:
    model: BuyingPowerModel = security.models.margin
    return model


def _right(position: Position) -> OptionRight:
    assert isinstance(position.security, Option)
    return OptionRight(position.security.right)


def _strike(position: Position) -> Decimal:
    assert isinstance(position.security, Option)
    return position.security.strike_exact


def _expiry(position: Position) -> object:
    assert isinstance(position.security, Option)
    return position.security.expiry


class MarginCalculator:
    """Margin of the whole account and the check before an order."""

    def __init__(self, portfolio: SecurityPortfolioManager) -> None:
        self.portfolio = portfolio
        self.grouped = True  # False with SecurityPositionGroupModel.NULL: every position stands alone

    def _books(self) -> dict[object, dict[Security, Decimal]]:
        """Holdings by underlying."""
        books: dict[object, dict[Security, Decimal]] = {}
        for security in self.portfolio.holders.values():
            books.setdefault(_underlying(security), {})[security] = security.holdings.quantity_exact
        return books

    def total_maintenance(self) -> Decimal:
        """Maintenance margin of all groups."""
        if not self.grouped:
            return sum((self.security_maintenance(s) for s in self.portfolio.holders.values()), ZERO)
        return sum((_maintenance(book) for book in self._books().values()), ZERO)

    def security_maintenance(self, security: Security) -> Decimal:
        """Maintenance margin of one holding by its own model."""
        return _model(security).maintenance(security, security.holdings.quantity_exact)

    def groups(self) -> list[Group]:
        """All position groups of the account."""
        if not self.grouped:
            return [Group(None, (p,), p.quantity) for book in self._books().values() for p in _positions(book)]
        return [g for book in self._books().values() for g in resolve_groups(_positions(book))]

    def check(self, pairs: Sequence[tuple[Security, "OrderRecord"]]) -> Verdict:
        """Whether these orders (one, or the legs of a combo) may be placed or filled now."""
        if all(order.type == OrderType.OPTION_EXERCISE for _, order in pairs):
            return SUFFICIENT
        book = dict(self._books().get(_underlying(pairs[0][0]), {}))
        involved = any(isinstance(s, Option) for s in book) or any(isinstance(s, Option) for s, _ in pairs)
        if not involved or not self.grouped:
            verdicts = (s.models.margin.check(self.portfolio, s, order) for s, order in pairs)
            return next((v for v in verdicts if not v.ok), SUFFICIENT)
        return self._check_groups(pairs, book)

    def _check_groups(self, pairs: Sequence[tuple[Security, "OrderRecord"]], book: dict[Security, Decimal]) -> Verdict:
        now = _maintenance(book)
        ordered: dict[Security, Decimal] = {}
        for security, order in pairs:
            ordered[security] = ordered.get(security, ZERO) + order.quantity - order.quantity_filled
        for security, quantity in ordered.items():
            book[security] = book.get(security, ZERO) + quantity
        then = sum((GroupMargin(g).initial() for g in resolve_groups(_positions(book))), ZERO)
        then += sum((GroupMargin(g).premium() for g in resolve_groups(_positions(ordered))), ZERO)
        delta = then - now
        free = self.portfolio.margin_remaining_exact() if delta >= 0 else ZERO
        if delta < 0 or delta <= free:
            return SUFFICIENT
        ids = ",".join(str(o.id) for _, o in pairs)
        return Verdict(
            ok=False, reason=f"Id: {ids}, Maintenance Margin Delta: {plain(delta)}, Free Margin: {plain(free)}"
        )


def _underlying(security: Security) -> object:
    return security.symbol.underlying if isinstance(security, Option) else security.symbol


def _positions(book: dict[Security, Decimal]) -> list[Position]:
    return [Position(s, q) for s, q in book.items() if q]


def _maintenance(book: dict[Security, Decimal]) -> Decimal:
    return sum((GroupMargin(g).maintenance() for g in resolve_groups(_positions(book))), ZERO)
