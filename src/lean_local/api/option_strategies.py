"""`OptionStrategies`: multi-leg positions by name, traded as one combo market order (semantics §4.9).

Legs and their order, and which arguments are refused: LEAN `OptionStrategies.cs`.
"""

from typing import Any

from lean_local.api.option_strategy_legs import (
    OptionStrategy,
    calendar,
    equidistant,
    inverted,
    make,
    ordered,
    pair,
    renamed,
)
from lean_local.enums import OptionRight
from lean_local.naming import LeanObject
from lean_local.orders.requests import ArgumentException

__all__ = ["OptionStrategies", "OptionStrategy"]
_C, _P = OptionRight.CALL, OptionRight.PUT


class OptionStrategies(LeanObject):
    """LEAN's factory of strategies. Strikes in the order LEAN wants them, else ArgumentException."""

    @staticmethod
    def covered_call(canonical_option: Any, strike: float, expiration: Any) -> OptionStrategy:
        """A lot of shares and a short call."""
        return make("Covered Call", canonical_option, [(_C, strike, -1, expiration)], 1)

    @staticmethod
    def protective_call(canonical_option: Any, strike: float, expiration: Any) -> OptionStrategy:
        """Short shares and a long call."""
        return make("Protective Call", canonical_option, [(_C, strike, 1, expiration)], -1)

    @staticmethod
    def covered_put(canonical_option: Any, strike: float, expiration: Any) -> OptionStrategy:
        """Short shares and a short put."""
        return make("Covered Put", canonical_option, [(_P, strike, -1, expiration)], -1)

    @staticmethod
    def protective_put(canonical_option: Any, strike: float, expiration: Any) -> OptionStrategy:
        """A lot of shares and a long put."""
        return make("Protective Put", canonical_option, [(_P, strike, 1, expiration)], 1)

    @staticmethod
    def protective_collar(
        canonical_option: Any, call_strike: float, put_strike: float, expiration: Any
    ) -> OptionStrategy:
        """A lot of shares, a short call and a long put below it."""
        if call_strike < put_strike:
            raise ArgumentException("ProtectiveCollar: callStrike must be greater than putStrike")
        legs = [(_C, call_strike, -1, expiration), (_P, put_strike, 1, expiration)]
        return make("Protective Collar", canonical_option, legs, 1)

    @staticmethod
    def conversion(canonical_option: Any, strike: float, expiration: Any) -> OptionStrategy:
        """A collar at one strike."""
        found = OptionStrategies.protective_collar(canonical_option, strike, strike, expiration)
        return renamed(found, "Conversion")

    @staticmethod
    def reverse_conversion(canonical_option: Any, strike: float, expiration: Any) -> OptionStrategy:
        """The conversion the other way round."""
        return inverted(OptionStrategies.conversion(canonical_option, strike, expiration), "Reverse Conversion")

    @staticmethod
    def naked_call(canonical_option: Any, strike: float, expiration: Any) -> OptionStrategy:
        """A short call."""
        return make("Naked Call", canonical_option, [(_C, strike, -1, expiration)])

    @staticmethod
    def naked_put(canonical_option: Any, strike: float, expiration: Any) -> OptionStrategy:
        """A short put."""
        return make("Naked Put", canonical_option, [(_P, strike, -1, expiration)])

    @staticmethod
    def bear_call_spread(
        canonical_option: Any, leg1_strike: float, leg2_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Short the lower call, long the higher."""
        ordered("BearCallSpread", leg1_strike, leg2_strike, rising=True)
        legs = [(_C, leg1_strike, -1, expiration), (_C, leg2_strike, 1, expiration)]
        return make("Bear Call Spread", canonical_option, legs)

    @staticmethod
    def bear_put_spread(
        canonical_option: Any, leg1_strike: float, leg2_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Long the higher put, short the lower."""
        ordered("BearPutSpread", leg1_strike, leg2_strike, rising=False)
        legs = [(_P, leg1_strike, 1, expiration), (_P, leg2_strike, -1, expiration)]
        return make("Bear Put Spread", canonical_option, legs)

    @staticmethod
    def bull_call_spread(
        canonical_option: Any, leg1_strike: float, leg2_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Long the lower call, short the higher."""
        ordered("BullCallSpread", leg1_strike, leg2_strike, rising=True)
        legs = [(_C, leg1_strike, 1, expiration), (_C, leg2_strike, -1, expiration)]
        return make("Bull Call Spread", canonical_option, legs)

    @staticmethod
    def bull_put_spread(
        canonical_option: Any, leg1_strike: float, leg2_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Short the higher put, long the lower."""
        ordered("BullPutSpread", leg1_strike, leg2_strike, rising=False)
        legs = [(_P, leg1_strike, -1, expiration), (_P, leg2_strike, 1, expiration)]
        return make("Bull Put Spread", canonical_option, legs)

    @staticmethod
    def straddle(canonical_option: Any, strike: float, expiration: Any) -> OptionStrategy:
        """Long call and put of one strike."""
        return pair("Straddle", canonical_option, (_C, _P), (strike, strike), expiration)

    @staticmethod
    def short_straddle(canonical_option: Any, strike: float, expiration: Any) -> OptionStrategy:
        """Short call and put of one strike."""
        return inverted(OptionStrategies.straddle(canonical_option, strike, expiration), "Short Straddle")

    @staticmethod
    def strangle(
        canonical_option: Any, call_leg_strike: float, put_leg_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Long a call and a lower put."""
        ordered("Strangle", call_leg_strike, put_leg_strike, rising=False)
        return pair("Strangle", canonical_option, (_C, _P), (call_leg_strike, put_leg_strike), expiration)

    @staticmethod
    def short_strangle(
        canonical_option: Any, call_leg_strike: float, put_leg_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Short a call and a lower put."""
        found = OptionStrategies.strangle(canonical_option, call_leg_strike, put_leg_strike, expiration)
        return inverted(found, "Short Strangle")

    @staticmethod
    def call_butterfly(
        canonical_option: Any, higher_strike: float, middle_strike: float, lower_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Long the outer calls, twice short the middle."""
        equidistant("ButterflyCall", higher_strike, middle_strike, lower_strike)
        strikes = ((higher_strike, 1), (middle_strike, -2), (lower_strike, 1))
        return make("Butterfly Call", canonical_option, [(_C, k, q, expiration) for k, q in strikes])

    butterfly_call = call_butterfly

    @staticmethod
    def short_butterfly_call(
        canonical_option: Any, higher_strike: float, middle_strike: float, lower_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Short the outer calls, twice long the middle."""
        strikes = (higher_strike, middle_strike, lower_strike)
        found = OptionStrategies.call_butterfly(canonical_option, *strikes, expiration)
        return inverted(found, "Short Butterfly Call")

    @staticmethod
    def put_butterfly(
        canonical_option: Any, higher_strike: float, middle_strike: float, lower_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Long the outer puts, twice short the middle."""
        equidistant("ButterflyPut", higher_strike, middle_strike, lower_strike)
        strikes = ((higher_strike, 1), (middle_strike, -2), (lower_strike, 1))
        return make("Butterfly Put", canonical_option, [(_P, k, q, expiration) for k, q in strikes])

    butterfly_put = put_butterfly

    @staticmethod
    def short_butterfly_put(
        canonical_option: Any, higher_strike: float, middle_strike: float, lower_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Short the outer puts, twice long the middle."""
        strikes = (higher_strike, middle_strike, lower_strike)
        found = OptionStrategies.put_butterfly(canonical_option, *strikes, expiration)
        return inverted(found, "Short Butterfly Put")

    @staticmethod
    def call_calendar_spread(
        canonical_option: Any, strike: float, near_expiration: Any, far_expiration: Any
    ) -> OptionStrategy:
        """Short the near call, long the far one."""
        return calendar("Call Calendar Spread", _C, canonical_option, strike, (near_expiration, far_expiration))

    @staticmethod
    def short_call_calendar_spread(
        canonical_option: Any, strike: float, near_expiration: Any, far_expiration: Any
    ) -> OptionStrategy:
        """Long the near call, short the far one."""
        days = (near_expiration, far_expiration)
        found = OptionStrategies.call_calendar_spread(canonical_option, strike, *days)
        return inverted(found, "Short Call Calendar Spread")

    @staticmethod
    def put_calendar_spread(
        canonical_option: Any, strike: float, near_expiration: Any, far_expiration: Any
    ) -> OptionStrategy:
        """Short the near put, long the far one."""
        return calendar("Put Calendar Spread", _P, canonical_option, strike, (near_expiration, far_expiration))

    @staticmethod
    def short_put_calendar_spread(
        canonical_option: Any, strike: float, near_expiration: Any, far_expiration: Any
    ) -> OptionStrategy:
        """Long the near put, short the far one."""
        days = (near_expiration, far_expiration)
        found = OptionStrategies.put_calendar_spread(canonical_option, strike, *days)
        return inverted(found, "Short Put Calendar Spread")

    @staticmethod
    def iron_condor(
        canonical_option: Any,
        long_put_strike: float,
        short_put_strike: float,
        short_call_strike: float,
        long_call_strike: float,
        expiration: Any,
    ) -> OptionStrategy:
        """The credit condor: short the inner strikes, long the outer."""
        if not long_put_strike < short_put_strike <= short_call_strike < long_call_strike:
            raise ArgumentException("IronCondor: strike prices must be in ascending order")
        puts = [(_P, long_put_strike, 1, expiration), (_P, short_put_strike, -1, expiration)]
        calls = [(_C, short_call_strike, -1, expiration), (_C, long_call_strike, 1, expiration)]
        return make("Iron Condor", canonical_option, [*puts, *calls])

    @staticmethod
    def short_iron_condor(
        canonical_option: Any,
        short_put_strike: float,
        long_put_strike: float,
        long_call_strike: float,
        short_call_strike: float,
        expiration: Any,
    ) -> OptionStrategy:
        """The debit condor."""
        strikes = (short_put_strike, long_put_strike, long_call_strike, short_call_strike)
        return inverted(OptionStrategies.iron_condor(canonical_option, *strikes, expiration), "Short Iron Condor")

    @staticmethod
    def iron_butterfly(
        canonical_option: Any, otm_put_strike: float, atm_strike: float, otm_call_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Short straddle with long wings."""
        if atm_strike - otm_put_strike != otm_call_strike - atm_strike:
            raise ArgumentException("IronButterfly: intervals between exercise prices must be equal")
        strikes = (otm_put_strike, atm_strike, atm_strike, otm_call_strike)
        return renamed(OptionStrategies.iron_condor(canonical_option, *strikes, expiration), "Iron Butterfly")

    @staticmethod
    def short_iron_butterfly(
        canonical_option: Any, otm_put_strike: float, atm_strike: float, otm_call_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Long straddle with short wings."""
        strikes = (otm_put_strike, atm_strike, otm_call_strike)
        return inverted(OptionStrategies.iron_butterfly(canonical_option, *strikes, expiration), "Short Iron Butterfly")

    @staticmethod
    def box_spread(canonical_option: Any, higher_strike: float, lower_strike: float, expiration: Any) -> OptionStrategy:
        """A bear put spread and a bull call spread."""
        ordered("BoxSpread", higher_strike, lower_strike, rising=False)
        puts = [(_P, higher_strike, 1, expiration), (_P, lower_strike, -1, expiration)]
        calls = [(_C, lower_strike, 1, expiration), (_C, higher_strike, -1, expiration)]
        return make("Box Spread", canonical_option, [*puts, *calls])

    @staticmethod
    def short_box_spread(
        canonical_option: Any, higher_strike: float, lower_strike: float, expiration: Any
    ) -> OptionStrategy:
        """The box the other way round."""
        found = OptionStrategies.box_spread(canonical_option, higher_strike, lower_strike, expiration)
        return inverted(found, "Short Box Spread")

    @staticmethod
    def jelly_roll(canonical_option: Any, strike: float, near_expiration: Any, far_expiration: Any) -> OptionStrategy:
        """A call calendar spread and a short put calendar spread."""
        days = (near_expiration, far_expiration)
        calls = calendar("Jelly Roll", _C, canonical_option, strike, days)
        puts = inverted(calendar("Jelly Roll", _P, canonical_option, strike, days), "")
        calls.option_legs += puts.option_legs
        return calls

    @staticmethod
    def short_jelly_roll(
        canonical_option: Any, strike: float, near_expiration: Any, far_expiration: Any
    ) -> OptionStrategy:
        """The jelly roll the other way round."""
        found = OptionStrategies.jelly_roll(canonical_option, strike, near_expiration, far_expiration)
        return inverted(found, "Short Jelly Roll")

    @staticmethod
    def bear_call_ladder(
        canonical_option: Any, lower_strike: float, middle_strike: float, higher_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Short the lowest call, long two higher ones."""
        ordered("BearCallLadder", lower_strike, middle_strike, higher_strike, rising=True)
        strikes = ((lower_strike, -1), (middle_strike, 1), (higher_strike, 1))
        return make("Bear Call Ladder", canonical_option, [(_C, k, q, expiration) for k, q in strikes])

    @staticmethod
    def bear_put_ladder(
        canonical_option: Any, higher_strike: float, middle_strike: float, lower_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Long the highest put, short two lower ones."""
        ordered("BearPutLadder", higher_strike, middle_strike, lower_strike, rising=False)
        strikes = ((higher_strike, 1), (middle_strike, -1), (lower_strike, -1))
        return make("Bear Put Ladder", canonical_option, [(_P, k, q, expiration) for k, q in strikes])

    @staticmethod
    def bull_call_ladder(
        canonical_option: Any, lower_strike: float, middle_strike: float, higher_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Long the lowest call, short two higher ones."""
        strikes = (lower_strike, middle_strike, higher_strike)
        return inverted(OptionStrategies.bear_call_ladder(canonical_option, *strikes, expiration), "Bull Call Ladder")

    @staticmethod
    def bull_put_ladder(
        canonical_option: Any, higher_strike: float, middle_strike: float, lower_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Short the highest put, long two lower ones."""
        strikes = (higher_strike, middle_strike, lower_strike)
        return inverted(OptionStrategies.bear_put_ladder(canonical_option, *strikes, expiration), "Bull Put Ladder")

    @staticmethod
    def call_backspread(
        canonical_option: Any, lower_strike: float, higher_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Short the lower call, twice long the higher."""
        ordered("CallBackspread", lower_strike, higher_strike, rising=True)
        legs = [(_C, lower_strike, -1, expiration), (_C, higher_strike, 2, expiration)]
        return make("Call Backspread", canonical_option, legs)

    @staticmethod
    def put_backspread(
        canonical_option: Any, higher_strike: float, lower_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Short the higher put, twice long the lower."""
        ordered("PutBackspread", higher_strike, lower_strike, rising=False)
        legs = [(_P, higher_strike, -1, expiration), (_P, lower_strike, 2, expiration)]
        return make("Put Backspread", canonical_option, legs)

    @staticmethod
    def short_call_backspread(
        canonical_option: Any, lower_strike: float, higher_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Long the lower call, twice short the higher."""
        found = OptionStrategies.call_backspread(canonical_option, lower_strike, higher_strike, expiration)
        return inverted(found, "Short Call Backspread")

    @staticmethod
    def short_put_backspread(
        canonical_option: Any, higher_strike: float, lower_strike: float, expiration: Any
    ) -> OptionStrategy:
        """Long the higher put, twice short the lower."""
        found = OptionStrategies.put_backspread(canonical_option, higher_strike, lower_strike, expiration)
        return inverted(found, "Short Put Backspread")
