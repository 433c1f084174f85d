"""`OptionStrategies`: multi-leg positions by name, traded as one combo market order (semantics §4.9)."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from lean_local.api.order_parts import Leg
from lean_local.enums import OptionRight
from lean_local.naming import LeanObject
from lean_local.symbols import Symbol

__all__ = ["OptionStrategies", "OptionStrategy"]
_C, _P = OptionRight.CALL, OptionRight.PUT
LegSpec = tuple[OptionRight, float, int]


class OptionLeg(LeanObject):
    """One option leg of a strategy."""

    def __init__(self, symbol: Symbol, quantity: int) -> None:
        self.symbol, self.quantity = symbol, quantity
        self.right, self.strike, self.expiration = symbol.id.option_right, symbol.id.strike_price, symbol.id.date


class UnderlyingLeg(LeanObject):
    """Shares of a strategy."""

    def __init__(self, symbol: Symbol, quantity: int) -> None:
        self.symbol, self.quantity = symbol, quantity


class OptionStrategy(LeanObject):
    """A named list of legs."""

    def __init__(self, name: str, canonical: Symbol, options: list[OptionLeg], shares: int = 0) -> None:
        self.name, self.canonical_option, self.underlying = name, canonical, canonical.underlying
        self.option_legs = options
        self.underlying_legs = [UnderlyingLeg(canonical.underlying, shares)] if shares and canonical.underlying else []

    def legs(self) -> list[Leg]:
        """All legs, shares first."""
        return [Leg(x.symbol, x.quantity) for x in (*self.underlying_legs, *self.option_legs)]


def _make(
    name: str, canonical: Any, legs: Iterable[tuple[OptionRight, float, int, Any]], shares: int = 0
) -> OptionStrategy:
    symbol = canonical if isinstance(canonical, Symbol) else canonical.symbol
    if symbol.underlying is None:
        raise ValueError(f"{symbol.value} is not an option.")
    made = []
    for right, strike, quantity, expiry in legs:
        day: date = expiry.date() if isinstance(expiry, datetime) else expiry
        made.append(
            OptionLeg(
                Symbol.contract(
                    symbol.underlying,
                    symbol.id.symbol,
                    symbol.id.market,
                    symbol.id.option_style,
                    right,
                    float(strike),
                    day,
                ),
                quantity,
            )
        )
    return OptionStrategy(name, symbol, made, shares)


def _ordered(name: str, *strikes: float, rising: bool) -> None:
    if not all((a < b) if rising else (a > b) for a, b in pairwise(strikes)):
        raise ValueError(f"{name}: the strikes must be in {'ascending' if rising else 'descending'} order.")


class OptionStrategies(LeanObject):
    """LEAN's factory of strategies."""

    @staticmethod
    def bull_call_spread(canonical: Any, strike1: float, strike2: float, expiration: Any) -> OptionStrategy:
        """Long the lower call, short the higher."""
        low, high = sorted((strike1, strike2))
        return _make("Bull Call Spread", canonical, [(_C, low, 1, expiration), (_C, high, -1, expiration)])

    @staticmethod
    def bear_call_spread(canonical: Any, strike1: float, strike2: float, expiration: Any) -> OptionStrategy:
        """Short the lower call, long the higher."""
        _ordered("bear_call_spread", strike1, strike2, rising=True)
        return _make("Bear Call Spread", canonical, [(_C, strike1, -1, expiration), (_C, strike2, 1, expiration)])

    @staticmethod
    def bull_put_spread(canonical: Any, strike1: float, strike2: float, expiration: Any) -> OptionStrategy:
        """Short the higher put, long the lower."""
        _ordered("bull_put_spread", strike1, strike2, rising=False)
        return _make("Bull Put Spread", canonical, [(_P, strike1, -1, expiration), (_P, strike2, 1, expiration)])

    @staticmethod
    def bear_put_spread(canonical: Any, strike1: float, strike2: float, expiration: Any) -> OptionStrategy:
        """Long the higher put, short the lower."""
        _ordered("bear_put_spread", strike1, strike2, rising=False)
        return _make("Bear Put Spread", canonical, [(_P, strike1, 1, expiration), (_P, strike2, -1, expiration)])

    @staticmethod
    def straddle(canonical: Any, strike: float, expiration: Any) -> OptionStrategy:
        """Long call and put of one strike."""
        return _make("Straddle", canonical, [(_C, strike, 1, expiration), (_P, strike, 1, expiration)])

    @staticmethod
    def short_straddle(canonical: Any, strike: float, expiration: Any) -> OptionStrategy:
        """Short call and put of one strike."""
        return _make("Short Straddle", canonical, [(_C, strike, -1, expiration), (_P, strike, -1, expiration)])

    @staticmethod
    def strangle(canonical: Any, call_leg_strike: float, put_leg_strike: float, expiration: Any) -> OptionStrategy:
        """Long a call and a lower put."""
        return _make("Strangle", canonical, [(_C, call_leg_strike, 1, expiration), (_P, put_leg_strike, 1, expiration)])

    @staticmethod
    def short_strangle(
        canonical: Any, call_leg_strike: float, put_leg_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Short a call and a lower put."""
        return _make(
            "Short Strangle", canonical, [(_C, call_leg_strike, -1, expiration), (_P, put_leg_strike, -1, expiration)]
        )

    @staticmethod
    def iron_condor(
        canonical: Any,
        long_put_strike: float,
        short_put_strike: float,
        short_call_strike: float,
        long_call_strike: float,
        expiration: Any,
    ) -> OptionStrategy:
        """The credit condor: short the inner strikes, long the outer."""
        _ordered("iron_condor", long_put_strike, short_put_strike, short_call_strike, long_call_strike, rising=True)
        return _make(
            "Iron Condor",
            canonical,
            [
                (_P, long_put_strike, 1, expiration),
                (_P, short_put_strike, -1, expiration),
                (_C, short_call_strike, -1, expiration),
                (_C, long_call_strike, 1, expiration),
            ],
        )

    @staticmethod
    def short_iron_condor(
        canonical: Any,
        short_put_strike: float,
        long_put_strike: float,
        long_call_strike: float,
        short_call_strike: float,
        expiration: Any,
    ) -> OptionStrategy:
        """The debit condor."""
        return _make(
            "Short Iron Condor",
            canonical,
            [
                (_P, short_put_strike, -1, expiration),
                (_P, long_put_strike, 1, expiration),
                (_C, long_call_strike, 1, expiration),
                (_C, short_call_strike, -1, expiration),
            ],
        )

    @staticmethod
    def iron_butterfly(
        canonical: Any, otm_put_strike: float, atm_strike: float, otm_call_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Short straddle with long wings."""
        return _make(
            "Iron Butterfly",
            canonical,
            [
                (_P, otm_put_strike, 1, expiration),
                (_P, atm_strike, -1, expiration),
                (_C, atm_strike, -1, expiration),
                (_C, otm_call_strike, 1, expiration),
            ],
        )

    @staticmethod
    def call_butterfly(
        canonical: Any, higher_strike: float, middle_strike: float, lower_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Long the outer calls, twice short the middle."""
        return _make(
            "Butterfly Call",
            canonical,
            [
                (_C, higher_strike, 1, expiration),
                (_C, middle_strike, -2, expiration),
                (_C, lower_strike, 1, expiration),
            ],
        )

    @staticmethod
    def put_butterfly(
        canonical: Any, higher_strike: float, middle_strike: float, lower_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Long the outer puts, twice short the middle."""
        return _make(
            "Butterfly Put",
            canonical,
            [
                (_P, higher_strike, 1, expiration),
                (_P, middle_strike, -2, expiration),
                (_P, lower_strike, 1, expiration),
            ],
        )

    @staticmethod
    def call_calendar_spread(
        canonical: Any, strike: float, near_expiration: Any, far_expiration: Any
    ) -> OptionStrategy:
        """Short the near call, long the far one."""
        return _make(
            "Call Calendar Spread", canonical, [(_C, strike, -1, near_expiration), (_C, strike, 1, far_expiration)]
        )

    @staticmethod
    def put_calendar_spread(canonical: Any, strike: float, near_expiration: Any, far_expiration: Any) -> OptionStrategy:
        """Short the near put, long the far one."""
        return _make(
            "Put Calendar Spread", canonical, [(_P, strike, -1, near_expiration), (_P, strike, 1, far_expiration)]
        )

    @staticmethod
    def naked_call(canonical: Any, strike: float, expiration: Any) -> OptionStrategy:
        """A short call."""
        return _make("Naked Call", canonical, [(_C, strike, -1, expiration)])

    @staticmethod
    def naked_put(canonical: Any, strike: float, expiration: Any) -> OptionStrategy:
        """A short put."""
        return _make("Naked Put", canonical, [(_P, strike, -1, expiration)])

    @staticmethod
    def covered_call(canonical: Any, strike: float, expiration: Any) -> OptionStrategy:
        """100 shares and a short call."""
        return _make("Covered Call", canonical, [(_C, strike, -1, expiration)], shares=100)

    @staticmethod
    def protective_put(canonical: Any, strike: float, expiration: Any) -> OptionStrategy:
        """100 shares and a long put."""
        return _make("Protective Put", canonical, [(_P, strike, 1, expiration)], shares=100)

    @staticmethod
    def box_spread(canonical: Any, higher_strike: float, lower_strike: float, expiration: Any) -> OptionStrategy:
        """A long synthetic against a short one."""
        return _make(
            "Box Spread",
            canonical,
            [
                (_P, higher_strike, 1, expiration),
                (_P, lower_strike, -1, expiration),
                (_C, lower_strike, 1, expiration),
                (_C, higher_strike, -1, expiration),
            ],
        )
