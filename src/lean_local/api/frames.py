"""pandas frames of chains (semantics §4.5)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def _by_symbol(key: Any, symbols: pd.Index) -> Any:
    """A key of `loc` with tickers replaced by the frame's Symbols (LEAN's PandasMapper does the same)."""
    if isinstance(key, tuple):
        return tuple(_by_symbol(part, symbols) for part in key)
    if isinstance(key, str):
        return next((s for s in symbols if s == key), key)
    return key


class _Loc:
    """`frame.loc` that also takes tickers."""

    def __init__(self, frame: "LeanFrame") -> None:
        self._frame = frame
        self._loc = pd.DataFrame(frame).loc

    def __getitem__(self, key: Any) -> Any:
        index = self._frame.index
        symbols = index.levels[index.names.index("symbol")] if isinstance(index, pd.MultiIndex) else index
        return self._loc[_by_symbol(key, symbols)]


class LeanFrame(pd.DataFrame):  # type: ignore[misc]
    """A frame of `history` that takes tickers: `frame.loc["SPY"]`; what comes out is plain pandas."""

    @property
    def _constructor(self) -> Any:
        return pd.DataFrame

    @property
    def loc(self) -> Any:
        """Selection by label or ticker."""
        return _Loc(self)


_GREEKS = ("delta", "gamma", "vega", "theta", "rho")


def chain_frame(contracts: Sequence[Any], *, greeks: bool, theoretical: bool = True) -> pd.DataFrame:
    """One row per contract, index "symbol", columns as LEAN names them, all-zero columns dropped."""
    if not contracts:
        return pd.DataFrame()
    data: dict[str, Any] = {
        "expiry": [c.expiry for c in contracts],
        "strike": [c.strike for c in contracts],
        "scaledstrike": [c.scaled_strike for c in contracts],
        "right": [c.right for c in contracts],
        "style": [c.style for c in contracts],
        "lastprice": [c.last_price for c in contracts],
        "askprice": [c.ask_price for c in contracts],
        "asksize": [c.ask_size for c in contracts],
        "bidprice": [c.bid_price for c in contracts],
        "bidsize": [c.bid_size for c in contracts],
        "openinterest": [c.open_interest for c in contracts],
        "volume": [c.volume for c in contracts],
        "underlyingsymbol": [c.underlying_symbol for c in contracts],
        "underlyinglastprice": [c.underlying_last_price for c in contracts],
    }
    if greeks:
        data["impliedvolatility"] = [c.implied_volatility for c in contracts]
        for name in _GREEKS:
            data[name] = [getattr(c.greeks, name) for c in contracts]
        if theoretical:
            data["theoreticalprice"] = [c.theoretical_price for c in contracts]
    return _by_contract(data, contracts)


def future_chain_frame(contracts: Sequence[Any]) -> pd.DataFrame:
    """One row per contract of a futures chain, as `chain_frame`."""
    if not contracts:
        return pd.DataFrame()
    names = ("expiry", "ask_price", "ask_size", "bid_price", "bid_size", "last_price", "open_interest", "volume")
    return _by_contract({name.replace("_", ""): [getattr(c, name) for c in contracts] for name in names}, contracts)


def _by_contract(data: dict[str, Any], contracts: Sequence[Any]) -> pd.DataFrame:
    frame = pd.DataFrame(data, index=pd.Index([c.symbol for c in contracts], name="symbol", dtype=object))
    numeric = [n for n in frame.columns if frame[n].dtype.kind in "fi"]
    empty = [n for n in numeric if not np.nan_to_num(frame[n].to_numpy(np.float64)).any()]
    return frame.drop(columns=empty).sort_index(axis=1)
