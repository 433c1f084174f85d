"""A small hand-made LEAN data folder and a way to run a few lines of algorithm on it, without ../shared."""

from datetime import date, timedelta

import pytest

from lean_local import BacktestRequest, run_backtest
from lean_local.testing import LeanData

HEAD = "from AlgorithmImports import *\nfrom datetime import *\n\n\nclass Made(QCAlgorithm):\n"


class MadeData(LeanData):
    """Made data whose daily and hour bars have a range."""

    def daily(self, ticker, closes, resolution="daily", **more):
        """Bars {date or datetime: close}: open = low = close - 1, high = close + 1, volume 5,000."""
        bars = {moment: (close - 1, close + 1, close - 1, close, 5000) for moment, close in closes.items()}
        super().daily(ticker, bars, resolution, **more)


@pytest.fixture
def made(tmp_path):
    """An empty made data folder."""
    return MadeData(tmp_path / "data")


@pytest.fixture
def shares(made):
    """SPY minutes of Monday 1 and Tuesday 2 March 2021: 100.00 rising a cent a minute to 103.90 each day."""
    made.rising("spy", (date(2021, 3, 1), date(2021, 3, 2)))
    return made


@pytest.fixture
def options(shares):
    """The shares and SPY options 99..103 expiring 2 and 19 March, quoted each minute near intrinsic plus 0.50."""
    for day in (date(2021, 3, 1), date(2021, 3, 2)):
        keys = [
            (r, k, e) for e in (date(2021, 3, 2), date(2021, 3, 19)) for k in (99, 100, 101, 102, 103) for r in "CP"
        ]
        book = {}
        for right, strike, expiry in keys:
            sign = 1 if right == "C" else -1
            book[right, strike, expiry] = {}
            for m in range(390):
                worth = round(max(sign * (100.01 + m * 0.01 - strike), 0) + 0.50, 2)
                book[right, strike, expiry][m] = (round(worth - 0.05, 2), round(worth + 0.05, 2))
        shares.quotes("spy", day, book)
        facts = {k: (2.0, 100, 0.2, 0.5 if k[0] == "C" else -0.5) for k in keys}
        shares.universe("spy", day - timedelta(days=3 if day.weekday() == 0 else 1), 100.0, facts)
    return shares


@pytest.fixture
def run(tmp_path):
    """`run(made, body)`: run the methods of an algorithm class; the outcome, which must not be an error."""

    def go(data, body, *, days=(date(2021, 3, 1), date(2021, 3, 1)), fails=False, **request):
        folder = tmp_path / "algorithm"
        folder.mkdir(exist_ok=True)
        indented = "\n".join("    " + line if line else line for line in body.strip("\n").splitlines())
        (folder / "main.py").write_text(HEAD + indented + "\n")
        outcome = run_backtest(BacktestRequest(folder, data.root, start=days[0], end=days[1], **request))
        if not fails:
            assert outcome.error is None, outcome.error.stack_trace
        return outcome

    return go
