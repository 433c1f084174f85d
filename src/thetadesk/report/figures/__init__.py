"""The figures of a run: functions of (results, trace) in one registry, used by the report and by the notebooks."""

from thetadesk.report.figures.decisions import refusals
from thetadesk.report.figures.latency import slowest, stage_latency
from thetadesk.report.figures.performance import equity
from thetadesk.report.figures.regimes import regimes
from thetadesk.report.figures.registry import FIGURES, FigureSpec

__all__ = ["FIGURES", "FigureSpec", "equity", "refusals", "regimes", "slowest", "stage_latency"]
