"""Risk: what an account may hold, and on which days."""

from thetatrace.risk.events import EVENTS, EventCalendar, MarketEvent
from thetatrace.risk.gate import Account, RiskGate, RiskSettings
from thetatrace.risk.phases import PHASES, Phase, PhaseTracker

__all__ = [
    "EVENTS",
    "PHASES",
    "Account",
    "EventCalendar",
    "MarketEvent",
    "Phase",
    "PhaseTracker",
    "RiskGate",
    "RiskSettings",
]
