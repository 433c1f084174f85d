"""One combo position, driven by order events only: what is open is what the fills say."""

from dataclasses import dataclass, field
from enum import Enum

from thetatrace.orders.combo import ComboLeg
from thetatrace.reasons import Reason
from thetatrace.strategies.plans import Structure


class PositionState(Enum):
    """States of a position; `CLOSED` and `ABANDONED` are final."""

    ENTERING = "entering"
    OPEN = "open"
    EXITING = "exiting"
    CLOSED = "closed"
    ABANDONED = "abandoned"


@dataclass(slots=True)
class LegFill:
    """Fills of one leg: signed quantity held, and cash received (positive) or paid, in points times contracts."""

    leg: ComboLeg
    held: int = 0
    cash_points: float = 0.0


@dataclass(slots=True)
class ComboPosition:
    """A combo from its first order to its last fill. Points count per contract, `fees_usd` in USD."""

    strategy: int
    structure: Structure
    contracts: int
    legs: list[LegFill]
    decision: int
    opened_utc_ms: int
    state: PositionState = PositionState.ENTERING
    attempt: int = 0
    working: dict[int, int] = field(default_factory=dict)  # order id -> leg position
    fees_usd: float = 0.0
    credit_points: float = 0.0  # per contract, fixed when the entry is complete
    entered_utc_ms: int | None = None
    closed_utc_ms: int | None = None
    exit_reason: Reason | None = None

    @property
    def held(self) -> tuple[int, ...]:
        """Signed contracts held per leg."""
        return tuple(leg.held for leg in self.legs)

    @property
    def cash_points(self) -> float:
        """Points times contracts received so far, net of what was paid."""
        return sum(leg.cash_points for leg in self.legs)

    @property
    def is_flat(self) -> bool:
        """True when no leg holds anything."""
        return not any(self.held)

    @property
    def is_complete(self) -> bool:
        """True when every leg holds its full entry quantity."""
        return all(each.held == each.leg.ratio * self.contracts for each in self.legs)

    def fill(self, position: int, quantity: int, price: float, fee_usd: float, utc_ms: int) -> None:
        """Take one fill of the leg at `position`: signed contracts at a price in points."""
        leg = self.legs[position]
        leg.held += quantity
        leg.cash_points -= quantity * price
        self.fees_usd += fee_usd
        if self.state is PositionState.ENTERING and self.is_complete:
            self.state = PositionState.OPEN
            self.entered_utc_ms = utc_ms
            self.credit_points = self.cash_points / self.contracts
        elif self.is_flat and self.entered_utc_ms is not None:
            self.state = PositionState.CLOSED
            self.closed_utc_ms = utc_ms

    def working_order_ended(self, order_id: int, utc_ms: int) -> None:
        """An order was cancelled or refused. What its fills left behind decides what the position is now."""
        self.working.pop(order_id, None)
        if self.working or self.state not in (PositionState.ENTERING, PositionState.EXITING):
            return
        if self.is_flat:
            self.state = PositionState.CLOSED if self.entered_utc_ms is not None else PositionState.ABANDONED
            self.closed_utc_ms = utc_ms
        elif self.state is PositionState.ENTERING:
            # A partial entry is a position all the same: it is open, and the next decision flattens it.
            self.state, self.entered_utc_ms = PositionState.OPEN, utc_ms
            self.credit_points = self.cash_points / self.contracts
        else:
            self.state = PositionState.OPEN
