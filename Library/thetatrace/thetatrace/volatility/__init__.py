"""Volatility: the VIX regime, realised volatility, smiles, and the measures strategies compare themselves with."""

from thetatrace.volatility.realised import expected_move, iv_percentile, iv_rank, yang_zhang
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
    "expected_move",
    "iv_percentile",
    "iv_rank",
    "yang_zhang",
]
