"""Tickers as keys of pandas frames whose index holds Symbols: `frame.loc["SPY"]` (LEAN `PandasMapper.py`).

A key that pandas finds is never touched. One that it does not find is tried again with its tickers replaced by the
Symbols of the run, as LEAN's image does for every pandas object.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pandas as pd
from pandas.core import indexing

from lean_local.symbols import SymbolCache


def mapped(key: Any) -> Any:
    """The key with the tickers in it replaced by Symbols."""
    if isinstance(key, str):
        found = SymbolCache.find(key)
        return key if found is None else found
    if isinstance(key, tuple):
        return tuple(mapped(part) for part in key)
    if type(key) is list:
        return [mapped(part) for part in key]
    return key


def _changed(key: Any) -> Any:
    """The mapped key, None when nothing in it is a ticker."""
    other = mapped(key)
    return other if type(key) in (str, tuple, list) and repr(other) != repr(key) else None


def _retry(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def look_up(self: Any, key: Any, *rest: Any, **named: Any) -> Any:
        try:
            return function(self, key, *rest, **named)
        except KeyError:
            other = _changed(key)
            if other is None:
                raise
        return function(self, other, *rest, **named)

    return look_up


def _contains(function: Callable[..., bool]) -> Callable[..., bool]:
    @wraps(function)
    def look_up(self: Any, key: Any) -> bool:
        if function(self, key):
            return True
        other = _changed(key)
        return other is not None and function(self, other)

    return look_up


def install() -> None:
    """Let pandas take tickers; once per process."""
    if hasattr(pd.Index.get_loc, "__wrapped__"):
        return
    for owner, name in (
        (indexing._LocationIndexer, "__getitem__"),
        (indexing._ScalarAccessIndexer, "__getitem__"),
        (pd.Index, "get_loc"),
        (pd.DataFrame, "__getitem__"),
    ):
        setattr(owner, name, _retry(getattr(owner, name)))
    for kind in (pd.Index, pd.MultiIndex):
        kind.__contains__ = _contains(kind.__contains__)
