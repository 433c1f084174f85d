"""pandas frames of chains (semantics §4.5)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

DAYS_PER_YEAR = 365
_FILE_COLUMNS = (
    *("open", "high", "low", "close", "volume", "open_interest", "implied_volatility"),
    *("delta", "gamma", "vega", "rho"),
)
_GREEKS = ("delta", "gamma", "vega", "theta", "rho")


def chain_frame(contracts: Sequence[Any], *, theoretical: bool = True) -> pd.DataFrame:
    """One row per contract, index "symbol", columns as LEAN names them, all-zero columns of decimals dropped."""
    if not contracts:
        return pd.DataFrame()
    data: dict[str, Any] = {
        "expiry": [c.expiry for c in contracts],
        "strike": [c.strike for c in contracts],
        "scaledstrike": [c.scaled_strike for c in contracts],
        "right": np.array([c.right for c in contracts], object),
        "style": np.array([c.style for c in contracts], object),
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
    data["impliedvolatility"] = [c.implied_volatility for c in contracts]
    greeks = [c.greeks for c in contracts]
    for name in _GREEKS:
        data[name] = [getattr(g, name) for g in greeks]
    if theoretical:
        data["theoreticalprice"] = [c.theoretical_price for c in contracts]
    return _by_contract(data, contracts)


def unflattened_chain_frame(chain: Any) -> pd.DataFrame:
    """One row for the whole chain: the contracts as a list, and their number."""
    index = pd.Index([chain.symbol], name="symbol", dtype=object)
    return pd.DataFrame({"contracts": [list(chain)], "count": [len(chain)]}, index=index)


def universe_frame(days: Sequence[tuple[Any, Any]]) -> pd.DataFrame:
    """Universe files as `history(..., flatten=True)` gives them: pairs of (end time, UniverseColumns).

    Index (time, symbol), with the canonical symbol before them when there are several; rows in file order.
    """
    frames = {(columns.canonical, time): _universe_day(columns) for time, columns in days}
    names = ["canonical", "time"]
    if len({canonical for canonical, _ in frames}) < 2:
        return pd.concat({time: f for (_, time), f in frames.items()}, names=names[1:])
    return pd.concat(frames, names=names)


def _universe_day(columns: Any) -> pd.DataFrame:
    day, n = columns.day, len(columns)
    data = {name.replace("_", ""): getattr(day, name) for name in _FILE_COLUMNS}
    data |= {"theta": np.round(day.theta * DAYS_PER_YEAR, 10), "value": day.close}
    data = {name: column for name, column in data.items() if np.nan_to_num(column).any()}
    index = pd.Index([columns.symbol(i) for i in range(n)], name="symbol", dtype=object)
    frame = pd.DataFrame(data | {"underlying": [columns.underlying] * n}, index=index)
    return frame.sort_index(axis=1)


def future_universe_frame(days: Sequence[tuple[Any, Any, Any]]) -> pd.DataFrame:
    """Futures chain files: tuples of (canonical symbol, end time, rows). Indexed as `universe_frame`."""
    frames = {(canonical, time): _by_contract(_future_columns(rows), rows) for canonical, time, rows in days}
    names = ["canonical", "time"]
    if len({canonical for canonical, _ in frames}) < 2:
        return pd.concat({time: f for (_, time), f in frames.items()}, names=names[1:])
    return pd.concat(frames, names=names)


def _future_columns(rows: Sequence[Any]) -> dict[str, list[Any]]:
    names = ("open", "high", "low", "close", "volume", "open_interest", "value")
    return {name.replace("_", ""): [float(getattr(row, name)) for row in rows] for name in names}


def future_chain_frame(contracts: Sequence[Any]) -> pd.DataFrame:
    """One row per contract of a futures chain, as `chain_frame`."""
    if not contracts:
        return pd.DataFrame()
    names = ("expiry", "ask_price", "ask_size", "bid_price", "bid_size", "last_price", "open_interest", "volume")
    return _by_contract({name.replace("_", ""): [getattr(c, name) for c in contracts] for name in names}, contracts)


def _by_contract(data: dict[str, Any], contracts: Sequence[Any]) -> pd.DataFrame:
    frame = pd.DataFrame(data, index=pd.Index([c.symbol for c in contracts], name="symbol", dtype=object))
    numeric = [n for n in frame.columns if frame[n].dtype.kind == "f"]  # LEAN looks at decimals alone
    empty = [n for n in numeric if not np.nan_to_num(frame[n].to_numpy(np.float64)).any()]
    return frame.drop(columns=empty).sort_index(axis=1)
