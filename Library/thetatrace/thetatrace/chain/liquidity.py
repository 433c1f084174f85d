"""What a contract must offer to be traded on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Liquidity:
    """What a contract must offer. The defaults ask for nothing but a two-sided, uncrossed quote.

    A spread passes when it is within `spread_fraction` of mid *or* within `spread_points`. A gate whose column is None
    does not apply. `LiveChain` reads the columns that a query's liquidity asks for; what a reader does not know (the
    day's volume is known to none) is NaN there and passes no gate.
    """

    spread_fraction: float = float("inf")
    spread_points: float = 0.0
    maximum_age_seconds: float = float("inf")
    minimum_open_interest: float = 0.0
    minimum_volume: float = 0.0

    def __post_init__(self) -> None:
        if not self.spread_fraction >= 0 or not self.spread_points >= 0 or not self.maximum_age_seconds > 0:
            raise ValueError("spreads must be 0 or more and the age above 0")
        if not self.minimum_open_interest >= 0 or not self.minimum_volume >= 0:
            raise ValueError("open interest and volume must be 0 or more")
