"""A small hand-made LEAN data folder and a way to run a few lines of algorithm on it, without ../shared."""

import json
from datetime import date, timedelta

import pytest

from lean_local import BacktestRequest, run_backtest
from lean_local.testing import LeanData
from lean_local.testing.data import week

MINUTE_MS = 60_000
UTC_4 = 240  # minutes that New York is behind UTC in summer
HEAD = "from AlgorithmImports import *\nfrom datetime import *\n\n\nclass Made(QCAlgorithm):\n"


class MadeData(LeanData):
    """Made data whose daily and hour bars have a range; futures and their options."""

    def daily(self, ticker, closes, resolution="daily", **more):
        """Bars {date or datetime: close}: open = low = close - 1, high = close + 1, volume 5,000."""
        bars = {moment: (close - 1, close + 1, close - 1, close, 5000) for moment, close in closes.items()}
        super().daily(ticker, bars, resolution, **more)

    def add_hours(self, key, entry):
        """An entry of the market-hours database."""
        database = self.root / "market-hours" / "market-hours-database.json"
        entries = json.loads(database.read_text())
        entries["entries"][key] = entry
        database.write_text(json.dumps(entries))

    def future_bars(self, day, closes, first=600):
        """Five minutes of trades and quotes a contract of ES, from `first` minutes after midnight New York (EDT).

        The close rises by 1 a minute, the quote is a tick around it.
        """
        trades, quotes = {}, {}
        for month, close in closes.items():
            rows = [(MINUTE_MS * (first + UTC_4 + m), close + m) for m in range(5)]
            trades[f"{day:%Y%m%d}_es_minute_trade_{month}.csv"] = [f"{t},{c},{c},{c},{c},10" for t, c in rows]
            quotes[f"{day:%Y%m%d}_es_minute_quote_{month}.csv"] = [
                f"{t}," + ",".join([str(c - 0.25)] * 4) + ",5," + ",".join([str(c + 0.25)] * 4) + ",6" for t, c in rows
            ]
        self.pack(f"future/cme/minute/es/{day:%Y%m%d}_trade.zip", trades)
        self.pack(f"future/cme/minute/es/{day:%Y%m%d}_quote.zip", quotes)

    def future_universe(self, day, months=("202103", "202106")):
        """A universe file of ES: the close is 1, 2, ... and the open interest 1000, 999, ..."""
        lines = [f"{month},1,1,1,{n + 1},100,{1000 - n}" for n, month in enumerate(months)]
        header = "#expiry,open,high,low,close,volume,open_interest\n"
        self.write(f"future/cme/universes/es/{day:%Y%m%d}.csv", header + "\n".join(lines) + "\n")

    def future_option_quotes(self, day, contracts, month="202103", first=600):
        """Quote bars of ES options {(right, strike, expiry): {minute: (bid, ask)}}; prices are not scaled."""
        entries = {}
        for (right, strike, expiry), bars in contracts.items():
            name = f"american_{'call' if right == 'C' else 'put'}_{round(strike * 10000)}_{expiry:%Y%m%d}"
            entries[f"{day:%Y%m%d}_es_minute_quote_{name}.csv"] = [
                f"{MINUTE_MS * (first + UTC_4 + m)},{','.join([str(bid)] * 4)},10,{','.join([str(ask)] * 4)},10"
                for m, (bid, ask) in sorted(bars.items())
            ]
        self.pack(f"futureoption/cme/minute/es/{month}/{day:%Y%m%d}_quote_american.zip", entries)

    def future_option_universe(self, day, contracts, month="202103", underlying=3900.0):
        """A universe file of ES options: keys (right, strike, expiry). Files of future options have no Greeks."""
        lines = [
            "#expiry,strike,right,open,high,low,close,volume,open_interest",
            f",,,{','.join([str(underlying)] * 4)},1,",
        ]
        lines += [f"{expiry:%Y%m%d},{strike},{right},9,9,9,9,5,100" for right, strike, expiry in contracts]
        self.write(f"futureoption/cme/universes/es/{month}/{day:%Y%m%d}.csv", "\n".join(lines) + "\n")


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


@pytest.fixture(scope="session")
def futures_hours():
    """Hours of ES: from 18:00 of the day before to 17:00 New York; data in UTC."""
    day = [("00:00:00", "09:30:00", "premarket"), ("09:30:00", "17:00:00", "market")]
    evening = ("18:00:00", "1.00:00:00", "postmarket")
    full, friday, sunday = (week(segments) for segments in ([*day, evening], day, [evening]))
    ends = {"friday": friday["friday"], "sunday": sunday["friday"]}
    return full | {"dataTimeZone": "UTC", "bankHolidays": ["4/2/2021"]} | ends


@pytest.fixture
def futures(made, futures_hours):
    """ES March, June and September from Monday 15 March 2021, minute bars from 10:00 to 10:04 New York."""
    made.add_hours("Future-cme-[*]", futures_hours)
    properties = made.root / "symbol-properties" / "symbol-properties-database.csv"
    properties.write_text(properties.read_text() + "cme,ES,future,E-mini,USD,50,0.25,1\n")
    made.rising("spy", (date(2021, 3, 15),), count=3)
    made.write("future/cme/margins/ES.csv", "date,initial,maintenance\n20200101,6000,5000\n20210316,7000,6000\n")
    for n in range(5):
        closes = {"202103": 3900.0 + 10 * n, "202106": 3890.0 + 10 * n, "202109": 1.0}
        made.future_bars(date(2021, 3, 15 + n), closes)
    return made


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
