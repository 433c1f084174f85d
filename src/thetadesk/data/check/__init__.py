"""`thetatrace data check`: what is wrong where in any LEAN data folder."""

from thetadesk.data.check.checker import check_data
from thetadesk.data.check.report import CheckReport, Code, Finding, Severity

__all__ = ["CheckReport", "Code", "Finding", "Severity", "check_data"]
