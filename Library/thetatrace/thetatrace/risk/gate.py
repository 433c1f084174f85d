"""The risk gate: the last word on whether, and with how many contracts, a plan becomes an order."""

import math
from dataclasses import dataclass

from thetatrace.config import setting, validate_settings
from thetatrace.reasons import Reason
from thetatrace.risk.phases import PhaseTracker
from thetatrace.strategies.plans import EntryPlan
from thetatrace.volatility import RegimeReading

ES_MULTIPLIER = 50.0  # the phase table counts ES contracts


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """Settings of the risk gate. Fractions are of account equity."""

    usd_per_gbp: float = setting(1.35, "the one conversion point for phase thresholds", minimum=0.5, maximum=3)
    planned_loss_fraction: float = setting(0.02, "planned loss of one position", minimum=0, maximum=1)
    maximum_loss_fraction: float = setting(0.05, "worst loss of one position", minimum=0, maximum=1)
    reserve_fraction: float = setting(0.20, "equity that is never used as buying power", minimum=0, maximum=1)
    daily_loss_fraction: float = setting(0.03, "loss since the day began that stops entries", minimum=0, maximum=1)
    event_hours: float = setting(2.0, "no entries nearer than this to FOMC, CPI or NFP", minimum=0, maximum=72)

    def __post_init__(self) -> None:
        validate_settings(self)


@dataclass(frozen=True, slots=True)
class Account:
    """Facts of the account, from the engine, and of all strategies together."""

    equity_usd: float
    margin_used_usd: float  # with what entries still at work have reserved
    day_start_equity_usd: float
    open_positions: int


class RiskGate:
    """Sizes a plan as the smallest of all caps, which may be 0. Keeps the phase; all else comes with each call."""

    def __init__(self, settings: RiskSettings | None = None) -> None:
        self.settings = settings or RiskSettings()
        self._phases = PhaseTracker()

    def size(self, plan: EntryPlan, account: Account, regime: RegimeReading) -> int | Reason:
        """Return how many contracts (1 or more) the plan may have, or why none."""
        settings, spec = self.settings, regime.spec
        if spec is None:
            return regime.entry_reason or Reason.VIX_MISSING
        phase = self._phases.phase(account.equity_usd / settings.usd_per_gbp)
        if phase is None:
            return Reason.BELOW_PHASE_ONE
        day_loss_usd = account.day_start_equity_usd - account.equity_usd
        if day_loss_usd >= settings.daily_loss_fraction * account.day_start_equity_usd:
            return Reason.DAILY_LOSS
        if account.open_positions >= phase.maximum_positions:
            return Reason.POSITION_LIMIT
        planned = settings.planned_loss_fraction * account.equity_usd / plan.planned_loss_usd
        worst = settings.maximum_loss_fraction * account.equity_usd / plan.maximum_loss_usd
        if planned < 1:
            return Reason.PLANNED_LOSS
        if worst < 1:
            return Reason.MAX_LOSS
        cap = min(phase.buying_power_cap, spec.buying_power_cap, 1 - settings.reserve_fraction)
        room = (cap * account.equity_usd - account.margin_used_usd) / plan.maximum_loss_usd
        if room < 1:
            return Reason.BUYING_POWER
        by_phase = phase.zero_dte_contracts * ES_MULTIPLIER / plan.multiplier
        contracts = math.floor(min(planned, worst, room, by_phase) * spec.size_multiplier)
        return contracts if contracts >= 1 else Reason.SIZE_ZERO
