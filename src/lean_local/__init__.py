"""A Docker-free, .NET-free runtime for LEAN Python algorithm files: `run_backtest(BacktestRequest(...))`."""

from typing import Any

from lean_local.errors import AlgorithmError, BadInputError, DataFormatError, LeanLocalError, NotInLeanLocalError

__all__ = [
    "AlgorithmError",
    "BacktestOutcome",
    "BacktestRequest",
    "BadInputError",
    "DataFormatError",
    "LeanLocalError",
    "NotInLeanLocalError",
    "TimeLimits",
    "run_backtest",
]


def __getattr__(name: str) -> Any:
    """The entry points, imported when first used so that importing a submodule stays cheap."""
    if name in ("BacktestOutcome", "BacktestRequest", "TimeLimits", "run_backtest"):
        from lean_local.startup import no_collection  # noqa: PLC0415  lazy on purpose

        with no_collection():
            from lean_local import run  # noqa: PLC0415  lazy on purpose

        return getattr(run, name)
    raise AttributeError(f"module 'lean_local' has no attribute '{name}'")
