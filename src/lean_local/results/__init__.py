"""What a run leaves: sampling, trades, statistics, and the files in LEAN's formats. Writing and reading."""

from lean_local.results.capacity import CapacityBar, CapacityMarket
from lean_local.results.collector import ResultCollector
from lean_local.results.load import LoadedResults, load_results
from lean_local.results.records import DailySample, ExerciseFact, FillFact, FinalFacts, ProfitFact, RunFacts, Trade
from lean_local.results.result import BacktestResult

__all__ = [
    "BacktestResult",
    "CapacityBar",
    "CapacityMarket",
    "DailySample",
    "ExerciseFact",
    "FillFact",
    "FinalFacts",
    "LoadedResults",
    "ProfitFact",
    "ResultCollector",
    "RunFacts",
    "Trade",
    "load_results",
]
