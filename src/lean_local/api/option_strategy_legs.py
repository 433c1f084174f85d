"""A multi-leg option position as a list of legs, and how named ones are made (LEAN `OptionStrategy.cs`)."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from lean_local.api.order_parts import Leg
from lean_local.enums import OptionRight
from lean_local.naming import LeanObject
from lean_local.orders.requests import ArgumentException
from lean_local.symbols import Symbol

LegSpec = tuple[OptionRight, float, int, Any]  # right, strike, quantity, expiration


class _OptionLeg(Leg):
    """One option leg of a strategy."""

    __slots__ = ("expiration", "right", "strike")

    def __init__(self, symbol: Symbol, quantity: int, order_price: float | None = None) -> None:
        super().__init__(symbol, quantity, order_price)
        self.right, self.strike, self.expiration = symbol.id.option_right, symbol.id.strike_price, symbol.id.date

    @classmethod
    def create(  # type: ignore[override]  # LEAN's order: quantity first
        cls, quantity: Any, symbol: Any, order_price: float | None = None
    ) -> "_OptionLeg":
        """Make a leg: quantity first, as in LEAN."""
        return cls(symbol, quantity, order_price)


class _UnderlyingLeg(Leg):
    """Shares of a strategy."""

    __slots__ = ()

    @classmethod
    def create(  # type: ignore[override]  # LEAN's order: quantity first
        cls, quantity: Any, symbol: Any = None, order_price: float | None = None
    ) -> "_UnderlyingLeg":
        """Make a leg: quantity first, as in LEAN."""
        return cls(symbol, quantity, order_price)


class OptionStrategy(LeanObject):
    """A named list of legs."""

    OptionLegData = _OptionLeg
    UnderlyingLegData = _UnderlyingLeg

    def __init__(
        self,
        name: str = "",
        canonical_symbol: Symbol | None = None,
        option_legs: Iterable[_OptionLeg] = (),
        underlying_legs: Iterable[_UnderlyingLeg] = (),
    ) -> None:
        self.name, self.canonical_option = name, canonical_symbol
        self.underlying = None if canonical_symbol is None else canonical_symbol.underlying
        self.option_legs, self.underlying_legs = list(option_legs), list(underlying_legs)

    @staticmethod
    def create(name: str, legs: Iterable[Leg]) -> "OptionStrategy":
        """A strategy of given legs. Raises ArgumentException for a leg that is neither of options nor of shares."""
        options, shares = [], []
        for leg in legs:
            if isinstance(leg, _OptionLeg):
                options.append(leg)
            elif isinstance(leg, _UnderlyingLeg):
                shares.append(leg)
            else:
                raise ArgumentException(f"Invalid leg type: {type(leg).__name__}")
        return OptionStrategy(name, options[0].symbol.canonical if options else None, options, shares)

    def legs(self) -> list[Leg]:
        """All legs, shares first."""
        return [Leg(x.symbol, x.quantity, x.order_price) for x in (*self.underlying_legs, *self.option_legs)]


def make(name: str, canonical: Any, legs: Iterable[LegSpec], lots: int = 0) -> OptionStrategy:
    """A strategy on a root: legs of (right, strike, quantity, expiration) and lots of shares."""
    symbol = canonical if isinstance(canonical, Symbol) else canonical.symbol
    label = name.replace(" ", "")
    if symbol.underlying is None or not symbol.is_canonical():
        raise ArgumentException(f"{label}: canonicalOption must contain canonical option symbol")
    made = []
    for right, strike, quantity, expiration in legs:
        day: date = expiration.date() if isinstance(expiration, datetime) else expiration
        identifier = symbol.id
        contract = Symbol.contract(
            symbol.underlying, identifier.symbol, identifier.market, identifier.option_style, right, float(strike), day
        )
        made.append(_OptionLeg(contract, quantity))
    shares = [_UnderlyingLeg(symbol.underlying, lots * _multiplier(symbol))] if lots else []
    return OptionStrategy(name, symbol, made, shares)


def _multiplier(canonical: Symbol) -> int:
    from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

    return int(current_run().subscriptions.properties(canonical).contract_multiplier)


def inverted(strategy: OptionStrategy, name: str) -> OptionStrategy:
    """The same legs the other way round, under another name."""
    strategy.name = name
    for leg in (*strategy.option_legs, *strategy.underlying_legs):
        leg.quantity = -leg.quantity
    return strategy


def renamed(strategy: OptionStrategy, name: str) -> OptionStrategy:
    """The same legs under another name."""
    strategy.name = name
    return strategy


def ordered(name: str, *values: Any, rising: bool) -> None:
    """Raise ArgumentException unless the strikes are in order."""
    if not all((a < b) if rising else (a > b) for a, b in pairwise(values)):
        raise ArgumentException(f"{name}: strike prices must be in {'ascending' if rising else 'descending'} order")


def equidistant(name: str, higher: float, middle: float, lower: float) -> None:
    """Raise ArgumentException unless the wings are as far from the middle."""
    if not lower < middle < higher or higher - middle != middle - lower:
        raise ArgumentException(f"{name}: upper and lower strikes must both be equidistant from the middle strike")


def pair(
    name: str, canonical: Any, rights: Iterable[OptionRight], strikes: Iterable[float], day: Any
) -> OptionStrategy:
    """One long contract of each right."""
    return make(name, canonical, [(r, k, 1, day) for r, k in zip(rights, strikes, strict=True)])


def calendar(name: str, right: OptionRight, canonical: Any, strike: float, days: tuple[Any, Any]) -> OptionStrategy:
    """Short the near expiry, long the far one."""
    near, far = days
    if near >= far:
        raise ArgumentException(f"{name.replace(' ', '')}: near expiration must be less than far expiration")
    return make(name, canonical, [(right, strike, -1, near), (right, strike, 1, far)])
