"""Quotes and listings of a made option chain: Black–Scholes without rates, so that a test can work every price out."""

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

from lean_local.securities.black_calculator import BlackCalculator

_OPEN, _CLOSE = time(9, 30), time(16, 0)
_YEAR = timedelta(days=365)
_MINUTE = timedelta(minutes=1)
_INTEREST = 100  # contracts
Contract = tuple[str, float, date]


def _priced(contract: Contract, spot: float, moment: datetime, volatility: float) -> BlackCalculator:
    right, strike, expiry = contract
    left = max(datetime.combine(expiry, _CLOSE) - moment, _MINUTE)
    return BlackCalculator(1 if right == "C" else -1, strike, spot, volatility * math.sqrt(left / _YEAR), 1.0)


def quotes_of(
    day: date, closes: Mapping[int, float], contracts: Iterable[Contract], volatility: float, spread: float, tick: float
) -> dict[Contract, dict[int, tuple[float | None, float]]]:
    """(bid, ask) by contract and minute, on steps of `tick`; a bid below one step is None."""
    opened = datetime.combine(day, _OPEN)
    book: dict[Contract, dict[int, tuple[float | None, float]]] = {}
    for contract in contracts:
        rows = book[contract] = {}
        for m, spot in closes.items():
            value = _priced(contract, spot, opened + (m + 1) * _MINUTE, volatility).value
            bid = round(math.floor((value - spread / 2) / tick + 1e-9) * tick, 2)
            ask = round(math.ceil((value + spread / 2) / tick - 1e-9) * tick, 2)
            rows[m] = (bid if bid >= tick else None, ask)
    return book


def listing_of(
    day: date, spot: float, contracts: Iterable[Contract], volatility: float
) -> dict[Contract, tuple[float, int, float, float]]:
    """(value, open interest, volatility, delta) by contract at the open."""
    opened = datetime.combine(day, _OPEN)
    facts = {}
    for contract in contracts:
        priced = _priced(contract, spot, opened, volatility)
        facts[contract] = (round(priced.value, 4), _INTEREST, volatility, round(priced.delta(spot), 6))
    return facts
