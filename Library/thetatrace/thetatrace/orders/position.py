"""One combo position, driven by order events only: what is open is what the fills say."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from thetatrace.orders.combo import ComboLeg
from thetatrace.reasons import Reason


class PositionState(Enum):
    """States of a position; `CLOSED` and `ABANDONED` are final."""

    ENTERING = "entering"
    OPEN = "open"
    EXITING = "exiting"
    CLOSED = "closed"
    ABANDONED = "abandoned"


@dataclass(slots=True)
class LegFill:
    """Fills of one leg: signed contracts held, and cash received (positive) or paid, in points times contracts."""

    leg: ComboLeg
    held: int = 0
    cash_points: float = 0.0


@dataclass(slots=True)
class ComboPosition:
    """A combo from its first order to its last fill.

    `outstanding` holds the legs whose order has been sent and has not ended: it is set before the order call, because
    events may come before the call returns, and in live trading one leg at a time.
    """

    structure: str
    contracts: int
    multiplier: float
    maximum_loss_usd: float  # reserved while the entry works
    legs: list[LegFill]
    state: PositionState = PositionState.ENTERING
    outstanding: set[int] = field(default_factory=set)
    fees_usd: float = 0.0
    credit_points: float = 0.0  # per contract, fixed when the entry is complete
    entered_utc_ms: int | None = None
    closed_utc_ms: int | None = None
    exit_reason: Reason | None = None
    exit_is_urgent: bool = False
    urgent_exits: int = 0
    refused: bool = False

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

    @property
    def is_final(self) -> bool:
        """True when nothing is held and no order is out."""
        return self.state in (PositionState.CLOSED, PositionState.ABANDONED)

    def sent(self, legs: Iterable[int], state: PositionState) -> None:
        """Orders for these legs are about to be sent."""
        self.outstanding = set(legs)
        self.state = state

    def fill(self, position: int, quantity: int, price: float, fee_usd: float, utc_ms: int) -> None:
        """Take one fill of the leg at `position`: signed contracts at a price in points."""
        leg = self.legs[position]
        leg.held += quantity
        leg.cash_points -= quantity * price
        self.fees_usd += fee_usd
        if self.is_flat and self.entered_utc_ms is not None:
            self.state, self.closed_utc_ms = PositionState.CLOSED, utc_ms
        elif (self.state is PositionState.ENTERING and self.is_complete) or self.is_final:
            self._enter(utc_ms)

    def order_ended(self, position: int, utc_ms: int) -> None:
        """The order of a leg was filled, cancelled or refused. The last one to end settles the position."""
        self.outstanding.discard(position)
        if not self.outstanding:
            self.settle(utc_ms)

    def settle(self, utc_ms: int) -> None:
        """No order is out any more: what the fills left behind decides what the position is now."""
        self.outstanding.clear()
        if self.state is PositionState.ENTERING:
            if self.is_flat:
                self.state, self.closed_utc_ms = PositionState.ABANDONED, utc_ms
            else:
                self._enter(utc_ms)
        elif self.state is PositionState.EXITING:
            self.state = PositionState.OPEN

    def _enter(self, utc_ms: int) -> None:
        self.state = PositionState.OPEN
        self.closed_utc_ms = None
        if self.entered_utc_ms is None:
            self.entered_utc_ms = utc_ms
            self.credit_points = self.cash_points / self.contracts
