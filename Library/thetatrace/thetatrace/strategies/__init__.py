"""Strategies: pure rules over columns. They return plans or reasons and never touch an engine."""

from thetatrace.strategies.friday_0dte import Friday0dte, Friday0dteSettings
from thetatrace.strategies.plans import EntryPlan, ExitPlan, MarketView, PlannedLeg, Structure

__all__ = ["EntryPlan", "ExitPlan", "Friday0dte", "Friday0dteSettings", "MarketView", "PlannedLeg", "Structure"]
