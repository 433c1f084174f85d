"""The project's own parity suite: small algorithms over made data, and what they must come to, to the last digit.

    python tests/parity/parity.py [NAME…]     store what the algorithms named (else all) do now in results/

Real LEAN does not run here. The results were recorded from lean_local while its probes equalled what real LEAN did
(../shared, tests/lean_local/test_probe_parity.py), and `test_parity.py` works their money out by hand. Record anew only
when a difference is understood and right. The data, written for every run, five sessions of March 2021:

SPY    opens at 100 and rises a cent a minute, each day anew, to 103.90 (1 to 3 March)
CORP   10 minutes at 100; a dividend of 1.50 on the 2nd; two shares for one on the 4th; at 50 from then on
FALL   100 for ten minutes, 101 for ten, then 132: what a short seller does not want
SPX    stands at 100 (so that strikes stay small), SPXW options quoted 0.20 wide around Black–Scholes at 30 %
SPY and SPXW options: strikes 96 to 106 by 2, expiring on Wednesday the 3rd
daily  SPY closes 81 to 100 on the twenty sessions before
"""

import json
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from lean_local import BacktestRequest, run_backtest
from lean_local.testing import LeanData

HERE = Path(__file__).parent
ALGORITHMS, RESULTS = HERE / "algorithms", HERE / "results"
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2021, 3, day) for day in range(1, 6))
STRIKES = range(96, 107, 2)


def make(root: Path) -> LeanData:
    """Write everything below `root`."""
    data = LeanData(root)
    rise = [round(100 + 0.01 * (m + 1), 2) for m in range(390)]
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        data.chain_day("SPY", day, rise, STRIKES, [WEDNESDAY], volatility=0.3, spread=0.1)
        data.chain_day(
            "SPX", day, [100.0] * 390, STRIKES, [WEDNESDAY], root="SPXW", kind="index", volatility=0.3, spread=0.2
        )
        data.minutes("FALL", day, [100.0] * 10 + [101.0] * 10 + [132.0] * 10)
    for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY):
        data.minutes("CORP", day, [100.0 if day < THURSDAY else 50.0] * 10)
    data.minutes("SPY", THURSDAY, [103.0] * 10)
    data.minutes("SPX", THURSDAY, [100.0] * 10, kind="index")
    data.write("equity/usa/map_files/corp.csv", "20200102,corp\n20501231,corp\n")
    data.write("equity/usa/factor_files/corp.csv", "20210301,0.985,0.5,100\n20210303,1,0.5,100\n20501231,1,1,0\n")
    sessions = [day for n in range(27, -1, -1) if (day := MONDAY - timedelta(days=n + 1)).weekday() < 5]
    data.daily("SPY", {day: float(81 + n) for n, day in enumerate(sessions)})
    return data


def names() -> list[str]:
    """All parity algorithms."""
    return sorted(path.stem for path in ALGORITHMS.glob("*.py"))


def play(name: str, data_folder: Path) -> dict:
    """The run of one algorithm as JSON values; decimals are texts, so that every digit counts."""
    request = BacktestRequest(ALGORITHMS / f"{name}.py", data_folder, algorithm_id="parity", day_cache=False)
    outcome = run_backtest(request)
    if outcome.error is not None:
        raise RuntimeError(outcome.error.stack_trace)
    result = outcome.result
    facts = {
        "cash": outcome.algorithm.portfolio.cash_book["USD"].exact,
        "value": outcome.algorithm.portfolio.value_exact(),
        "fees": outcome.algorithm.portfolio.fees_exact,
        "order_list_hash": result.order_list_hash,
        "orders": list(result.orders_json.values()),
        "order_events": result.order_events_json,
        "statistics": result.statistics,
        "log": list(outcome.logs),
    }
    return json.loads(json.dumps(facts, default=str))


def record(wanted: list[str]) -> None:
    """Write the results of the algorithms named, else of all."""
    RESULTS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        data = make(Path(folder))
        for name in wanted or names():
            (RESULTS / f"{name}.json").write_text(json.dumps(play(name, data.root), indent=1) + "\n")
            sys.stdout.write(f"{name}: written\n")


def stored(name: str) -> dict:
    """The stored results."""
    return json.loads((RESULTS / f"{name}.json").read_text())


if __name__ == "__main__":
    record(sys.argv[1:])
