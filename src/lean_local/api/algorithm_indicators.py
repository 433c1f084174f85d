"""Indicator helpers and consolidators of QCAlgorithm."""

from typing import Any

from lean_local.naming import LeanObject


class IndicatorMethods(LeanObject):
    """Mixed into QCAlgorithm."""

    _run: Any
