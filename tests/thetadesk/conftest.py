"""Results folders made here: shaped as LEAN's (semantics §7.7), with a trace whose clock is a counter."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from thetatrace.reasons import Reason
from thetatrace.trace import DecisionKind, DecisionTracer, Stage, encode_trace

MADE_ID = "1000000017"
REGIMES = ("EXTREMELY_LOW", "LOW", "NORMAL", "ELEVATED", "HIGH", "EXTREME")
CUTS = (12, 16, 20, 25, 30)
DAY_S = 86_400
FIRST_OPEN_UTC_S = 1_514_903_400  # 2018-01-02 09:30 New York
DAYS = 60  # weekdays, to 2018-03-26


def session_opens() -> list[int]:
    opens = [FIRST_OPEN_UTC_S + day * DAY_S for day in range(84)]
    return [at for at in opens if (at // DAY_S + 4) % 7 not in {0, 6}][:DAYS]


def made_vix(day: int) -> float:
    return 10.0 + 0.4 * np.sin(day) + (22.0 * np.exp(-0.09 * (day - 23)) if day >= 23 else 0.0)


class _CountingClock:
    """Nanoseconds that depend on nothing but the calls so far."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(5)
        self.now = 0

    def __call__(self) -> int:
        self.now += int(self.random.lognormal(7.3, 0.7))
        return self.now


def _decide(
    tracer: DecisionTracer,
    clock: _CountingClock,
    at_ms: int,
    kind: DecisionKind,
    reason: Reason,
    vix: float,
    spot: float,
) -> None:
    tracer.begin(at_ms)
    for stage, cost_ns in (
        (Stage.DATA, 9_000),
        (Stage.REGIME, 1_000),
        (Stage.CHAIN, 600_000),
        (Stage.GREEKS, 250_000),
        (Stage.SIGNAL, 40_000),
        (Stage.RISK, 60_000),
        (Stage.ORDER, 20_000),
        (Stage.SUBMIT, 400_000),
    ):
        if kind == DecisionKind.OBSERVE and stage > Stage.REGIME:
            break
        if reason != Reason.ENTERED and stage > Stage.SIGNAL:
            break
        tracer.stage(stage)
        clock.now += int(cost_ns * clock.random.lognormal(0, 0.35))
    regime = int(np.searchsorted(CUTS, vix, side="right"))
    tracer.end(
        kind, -1 if kind == DecisionKind.OBSERVE else 0, reason, vix=round(vix, 2), regime=regime, spot=round(spot, 2)
    )


@cache
def made_trace() -> str:
    clock = _CountingClock()
    tracer = DecisionTracer(["friday_0dte"], clock=clock)
    trades = []
    for day, opened in enumerate(session_opens()):
        friday = (opened // DAY_S + 4) % 7 == 5
        for step in range(0, 390, 5):
            at_ms = (opened + step * 60) * 1000
            vix = made_vix(day) + 0.3 * np.sin(step / 40)
            spot = 2700 + 2.5 * day - (220 if 23 <= day < 40 else 0) + 6 * np.sin(step / 60)
            if friday and step == 65:
                refused = Reason.VIX_HALT if vix > 28 else (Reason.CREDIT_TOO_SMALL if day % 4 == 0 else None)
                reason = refused or Reason.ENTERED
                decision = tracer.decision
                _decide(tracer, clock, at_ms, DecisionKind.ENTRY, reason, vix, spot)
                if refused is None:
                    tracer.market(decision, len(trades) + 1, Stage.ACK, 0, wall_clock=False)
                    tracer.market(decision, len(trades) + 1, Stage.FILL, 60_000, wall_clock=False)
                    trades.append(made_trade(opened, len(trades)))
            elif friday and 65 < step < 330 and trades and trades[-1]["entered_utc_ms"] // 1000 > opened:
                reason = Reason.EXIT_PROFIT if step == 325 else Reason.HOLD
                _decide(tracer, clock, at_ms, DecisionKind.MANAGE, reason, vix, spot)
            else:
                _decide(tracer, clock, at_ms, DecisionKind.OBSERVE, Reason.NOT_DUE, vix, spot)
    return encode_trace(
        tracer, regimes=REGIMES, counters={"chain_cache_hits": 4180, "chain_cache_misses": 22}, trades=trades,
        facts={"algorithm": "MadeAlgorithm", "underlying": "SPX"},
    )  # fmt: skip


def made_trade(opened: int, index: int) -> dict[str, object]:
    profit = (180.0, 210.0, -455.0, 165.0)[index % 4]
    return {
        "strategy": "friday_0dte", "structure": "iron_condor", "contracts": 1, "exit_points": 1.9, "fees_usd": 5.2,
        "legs": [{"right": "P", "strike": 2690.0, "ratio": -1}, {"right": "P", "strike": 2660.0, "ratio": 1}],
        "entered_utc_ms": (opened + 66 * 60) * 1000, "closed_utc_ms": (opened + 325 * 60) * 1000,
        "credit_points": 3.9, "profit_usd": profit, "exit_reason": "EXIT_PROFIT" if profit > 0 else "EXIT_STOP",
    }  # fmt: skip


@cache
def made_document() -> dict[str, object]:
    opens = session_opens()
    random = np.random.default_rng(3)
    at = [opened + minute * 60 for opened in opens for minute in range(0, 390, 30)]
    equity = 100_000 + np.cumsum(random.normal(3, 45, len(at)))
    price = 268 + np.cumsum(random.normal(0, 0.4, len(opens)))
    points = [[t, v, v + 5, v - 5, v] for t, v in zip(at, equity.round(2).tolist(), strict=True)]
    return {
        "rollingWindow": {},
        "charts": {
            "Strategy Equity": {"name": "Strategy Equity", "chartType": 0, "series": {
                "Equity": {"name": "Equity", "unit": "$", "index": 0, "seriesType": 2, "values": points}}},
            "Benchmark": {"name": "Benchmark", "chartType": 0, "series": {"Benchmark": {
                "name": "Benchmark", "unit": "$", "index": 0, "seriesType": 0,
                "values": [[t, round(p, 2)] for t, p in zip(opens, price.tolist(), strict=True)]}}},
        },
        "orders": {"1": {}, "2": {}},
        "profitLoss": {},
        "statistics": {
            "Total Orders": "64", "Average Win": "0.19%", "Average Loss": "-0.46%",
            "Compounding Annual Return": "4.211%", "Drawdown": "1.100%", "Expectancy": "0.112",
            "Start Equity": "100000",
            "End Equity": str(round(float(equity[-1]), 2)), "Net Profit": "0.952%", "Sharpe Ratio": "0.61",
            "Win Rate": "75%", "Total Fees": "$92.40", "Lowest Capacity Asset": "SPXW 31K16XIFNPH4E|SPX 31",
        },
        "runtimeStatistics": {"Equity": "$100,952.00"},
        "state": {"Status": "Completed", "RuntimeError": ""},
        "algorithmConfiguration": {
            "name": "MadeAlgorithm", "parameters": {"vix_ceiling": "28"}, "startDate": "2018-01-02T00:00:00Z",
            "endDate": "2018-03-29T23:59:59Z", "accountCurrency": "USD",
        },
        "totalPerformance": {"closedTrades": [{
            "symbols": [{"value": "SPXW  180105C02750000"}], "entryTime": "2018-01-05T15:36:00Z", "entryPrice": 1.85,
            "direction": 1, "quantity": 1.0, "exitTime": "2018-01-05T19:55:00Z", "exitPrice": 0.9,
            "profitLoss": 95.0, "totalFees": 2.6}]},
    }  # fmt: skip


def write_results(folder: Path, *, trace: bool) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(made_document())
    (folder / f"{MADE_ID}.json").write_text(text)
    (folder / f"{MADE_ID}-summary.json").write_text("{}")
    (folder / f"{MADE_ID}-order-events.json").write_text("[]")
    (folder / f"{MADE_ID}-log.txt").write_text("")
    if trace:
        (folder / f"{MADE_ID}-trace.json").write_text(made_trace())
    return folder


@pytest.fixture
def make_results(tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of results folders: `make_results(trace=True)`."""
    return lambda *, trace=True: write_results(tmp_path / "made" / "backtests" / "2018-04-01_10-00-00", trace=trace)


@pytest.fixture
def made_files() -> SimpleNamespace:
    """`write(folder, trace=…)` makes a results folder, `trace` is the text of the made trace."""
    return SimpleNamespace(write=write_results, trace=made_trace())
