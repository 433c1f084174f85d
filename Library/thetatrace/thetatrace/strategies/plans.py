"""What strategies see and what they answer."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from thetatrace.reasons import Reason


class Structure(Enum):
    """Option structures by their field names."""

    IRON_CONDOR = "iron condor"
    CALL_SPREAD = "call spread"
    PUT_SPREAD = "put spread"


@dataclass(frozen=True, slots=True)
class MarketView:
    """The market at one moment, as every strategy sees it. Prices in points; None where nothing is known."""

    now: datetime  # exchange time (New York), naive
    utc_ms: int
    spot: float | None
    session_open: float | None
    previous_close: float | None
    average_true_range: float | None

    @property
    def move(self) -> float | None:
        """Move since the session's open, as a fraction of it."""
        if self.spot is None or self.session_open is None:
            return None
        return (self.spot - self.session_open) / self.session_open

    @property
    def gap(self) -> float | None:
        """Gap of the session's open against the previous close, as a fraction of it."""
        if self.session_open is None or self.previous_close is None:
            return None
        return (self.session_open - self.previous_close) / self.previous_close


@dataclass(frozen=True, slots=True)
class PlannedLeg:
    """One leg: a row of the contract table and its ratio (+1 buy, −1 sell)."""

    row: int
    ratio: int
    right: int
    strike: float
    bid: float
    ask: float
    delta: float


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """A credit structure worth entering. Prices in points per unit; money per unit of the structure in USD."""

    structure: Structure
    legs: tuple[PlannedLeg, ...]
    credit: float  # the limit to send, or what the market pays now
    at_market: bool
    best_credit: float  # every leg at its passive side
    natural_credit: float  # every leg at its far side: what a market order would get
    least_credit: float  # below this the trade is refused
    multiplier: float
    planned_loss_usd: float
    maximum_loss_usd: float


@dataclass(frozen=True, slots=True)
class ExitPlan:
    """A reason to close now: at the market, or with a limit (points per unit paid to close)."""

    reason: Reason
    limit_points: float | None = None

    @property
    def urgent(self) -> bool:
        """True for exits that cross the market."""
        return self.limit_points is None
