"""Risk-free interest rate models (semantics §4.8)."""

from datetime import date, datetime
from typing import Any

from lean_local.data.folder import DataFolder
from lean_local.naming import LeanObject

__all__ = ["ConstantRiskFreeRateInterestRateModel", "FuncRiskFreeRateInterestRateModel", "InterestRateProvider"]


class InterestRateProvider(LeanObject):
    """The rates of the data folder, as fractions a year; 0 when the folder has none."""

    def __init__(self, folder: DataFolder | None = None) -> None:
        if folder is None:
            from lean_local.engine.backtest import current_run  # noqa: PLC0415  breaks an import cycle

            folder = current_run().folder
        self._folder = folder

    def get_interest_rate(self, day: Any) -> float:
        """Rate of a date."""
        rates = self._folder.interest_rates
        when: date = day.date() if isinstance(day, datetime) else day
        return 0.0 if rates is None else float(rates.rate(when))


class ConstantRiskFreeRateInterestRateModel(LeanObject):
    """One rate for all dates."""

    def __init__(self, risk_free_rate: float) -> None:
        self._rate = float(risk_free_rate)

    def get_interest_rate(self, day: Any) -> float:  # noqa: ARG002
        """The rate."""
        return self._rate


class FuncRiskFreeRateInterestRateModel(LeanObject):
    """A rate as a function of the date."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def get_interest_rate(self, day: Any) -> float:
        """Rate of a date."""
        return float(self._function(day))
