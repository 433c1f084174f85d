"""Volatility: the VIX regime and the measures strategies compare themselves with."""

from thetatrace.volatility.regime import (
    REGIMES,
    Regime,
    RegimeReading,
    RegimeSpec,
    VixAction,
    VixRegime,
    VixSettings,
)
from thetatrace.volatility.true_range import AverageTrueRange

__all__ = [
    "REGIMES",
    "AverageTrueRange",
    "Regime",
    "RegimeReading",
    "RegimeSpec",
    "VixAction",
    "VixRegime",
    "VixSettings",
]
