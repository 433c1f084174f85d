"""Tests of algorithms: made data, `from AlgorithmImports import *` anywhere, and pytest fixtures (the plugin)."""

from typing import Any

__all__ = ["LeanData", "run_text"]


def __getattr__(name: str) -> Any:
    """The names above, imported when first used: pytest imports this package in every run."""
    if name == "LeanData":
        from lean_local.testing.data import LeanData  # noqa: PLC0415  lazy on purpose

        return LeanData
    if name == "run_text":
        from lean_local.testing.story import run_text  # noqa: PLC0415  lazy on purpose

        return run_text
    raise AttributeError(f"module 'lean_local.testing' has no attribute '{name}'")
