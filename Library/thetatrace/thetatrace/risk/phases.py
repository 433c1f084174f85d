"""Account phases: what an account of a given value may do. Thresholds in GBP, one conversion point.

Source: the Tom King phase table as this project settled it (docs/strategy.md §Phases).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase. `zero_dte_contracts` counts ES option contracts (multiplier 50)."""

    name: str
    floor_gbp: float
    buying_power_cap: float
    maximum_positions: int
    zero_dte_contracts: int


PHASES: tuple[Phase, ...] = (
    Phase("P1", 30_000.0, 0.40, 3, 1),
    Phase("P2", 40_000.0, 0.50, 5, 2),
    Phase("P3", 60_000.0, 0.60, 7, 3),
    Phase("P4", 75_000.0, 0.70, 10, 4),
    Phase("P4 100k", 100_000.0, 0.75, 10, 4),
    Phase("P4 150k", 150_000.0, 0.75, 10, 5),
)
DEMOTION = 0.95  # demote below this share of a phase's floor: no flapping at the boundary


class PhaseTracker:
    """Follows the phase with hysteresis: promoted at a floor, demoted at 95 % of it."""

    def __init__(self) -> None:
        self._position: int | None = None

    def phase(self, equity_gbp: float) -> Phase | None:
        """Return the phase at this account value, None below the first one (no new risk)."""
        reached = sum(equity_gbp >= phase.floor_gbp for phase in PHASES) - 1
        kept = sum(equity_gbp >= DEMOTION * phase.floor_gbp for phase in PHASES) - 1
        if self._position is None or reached > self._position:
            self._position = reached
        else:
            self._position = min(self._position, kept)
        return PHASES[self._position] if self._position >= 0 else None
