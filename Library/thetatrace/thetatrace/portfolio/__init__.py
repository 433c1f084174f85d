"""The whole book: net Greeks of many assets, what a shock would do to it, and where a day's profit came from."""

from thetatrace.portfolio.book import Book, NetGreeks, net_greeks
from thetatrace.portfolio.explain import MarkPath, PnlDay, explain_days
from thetatrace.portfolio.stress import StressGrid, stress

__all__ = ["Book", "MarkPath", "NetGreeks", "PnlDay", "StressGrid", "explain_days", "net_greeks", "stress"]
