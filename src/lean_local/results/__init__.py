"""What a run leaves: sampling, trades, statistics, and the files in LEAN's formats. Writing and reading."""

from lean_local.results.capacity import CapacityBar, CapacityMarket
from lean_local.results.collector import ResultCollector
from lean_local.results.load import LoadedResults, load_results
from lean_local.results.records import DailySample, FillFact, FinalFacts, ProfitFact, RunFacts
from lean_local.results.result import BacktestResult, exercise_is_win, in_the_money_amount

__all__ = [
    "BacktestResult",
    "CapacityBar",
    "CapacityMarket",
    "DailySample",
    "FillFact",
    "FinalFacts",
    "LoadedResults",
    "ProfitFact",
    "ResultCollector",
    "RunFacts",
    "exercise_is_win",
    "in_the_money_amount",
    "load_results",
]
