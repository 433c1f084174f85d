"""A small hand-made LEAN data folder and a way to run a few lines of algorithm on it, without ../shared."""

import json
import zipfile
from datetime import date, timedelta

import pytest

from lean_local import BacktestRequest, run_backtest

MINUTE_MS = 60_000
OPEN_MS = 34_200_000  # 09:30
HEAD = "from AlgorithmImports import *\nfrom datetime import *\n\n\nclass Made(QCAlgorithm):\n"
UNIVERSE_HEADER = (
    "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho\n"
)


def week(segments, zone="America/New_York", **more):
    """A market-hours entry: the same segments Monday to Friday."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    entry = {"dataTimeZone": zone, "exchangeTimeZone": zone, "holidays": [], "earlyCloses": {}}
    entry |= dict.fromkeys(days, segments) | {"saturday": [], "sunday": []}
    return entry | more


def segment(start, end, state="market"):
    return {"start": start, "end": end, "state": state}


class MadeData:
    """Writes data files. Prices are in dollars, times in minutes after 09:30 New York."""

    def __init__(self, root):
        self.root = root
        shares = [
            segment("04:00:00", "09:30:00", "premarket"),
            segment("09:30:00", "16:00:00"),
            segment("16:00:00", "20:00:00", "postmarket"),
        ]
        index_option = week([segment("08:30:00", "15:15:00")], "America/Chicago", dataTimeZone="America/New_York")
        entries = {
            "Equity-usa-[*]": week(shares, holidays=["1/18/2021"], earlyCloses={"11/26/2021": "13:00:00"}),
            "Option-usa-[*]": week([segment("09:30:00", "16:00:00")]),
            "Index-usa-SPX": week([segment("08:30:00", "15:15:00")], "America/Chicago"),
            "IndexOption-usa-[*]": index_option,
        }
        self.write("market-hours/market-hours-database.json", json.dumps({"entries": entries}))
        self.write(
            "symbol-properties/symbol-properties-database.csv",
            "market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size\n"
            "usa,[*],equity,,USD,1,0.01,1\nusa,[*],option,,USD,100,0.01,1\n"
            "usa,[*],index,,USD,1,0.01,1\nusa,[*],indexoption,,USD,100,0.05,1\n",
        )
        self.write("alternative/interest-rate/usa/interest-rate.csv", "Date,Interest Rate\n2020-01-01,1.00\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def pack(self, name, entries):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for entry, lines in entries.items():
                archive.writestr(entry, "\n".join(lines) + "\n")

    def minutes(self, ticker, day, bars, kind="equity", scale=10000, first_ms=OPEN_MS):
        """Trade bars {minute: (open, high, low, close, volume)} of an equity or index."""
        rows = [
            ",".join(
                [str(first_ms + m * MINUTE_MS), *(f"{round(p * scale) if scale > 1 else p}" for p in b[:4]), str(b[4])]
            )
            for m, b in sorted(bars.items())
        ]
        name = f"{kind}/usa/minute/{ticker}/{day:%Y%m%d}_trade.zip"
        self.pack(name, {f"{day:%Y%m%d}_{ticker}_minute_trade.csv": rows})

    def rising(self, ticker, days, start=100.0, step=0.01, count=390, **more):
        """Every minute opens at start + step * minute and closes a step higher; 1000 shares each."""
        for day in days:
            bars = {}
            for m in range(count):
                low = round(start + step * m, 4)
                bars[m] = (low, round(low + step, 4), low, round(low + step, 4), 1000)
            self.minutes(ticker, day, bars, **more)

    def daily(self, ticker, closes, resolution="daily", kind="equity", scale=10000, hour="00:00"):
        """Daily (or hour) bars {date or datetime: close}: open = low = close - 1, high = close + 1."""
        rows = []
        for moment, close in sorted(closes.items()):
            stamp = f"{moment:%Y%m%d %H:%M}" if hasattr(moment, "hour") else f"{moment:%Y%m%d} {hour}"
            prices = [f"{round(p * scale) if scale > 1 else p}" for p in (close - 1, close + 1, close - 1, close)]
            rows.append(",".join([stamp, *prices, "5000"]))
        self.pack(f"{kind}/usa/{resolution}/{ticker}.zip", {f"{ticker}.csv": rows})

    def quotes(self, ticker, day, contracts, kind="option", style="american", first_ms=OPEN_MS):
        """Option quote bars {(right, strike, expiry): {minute: (bid, ask)}}, ten contracts on each side."""
        entries = {}
        for (right, strike, expiry), bars in contracts.items():
            rows = []
            for m, (bid, ask) in sorted(bars.items()):
                sides = [f"{','.join([str(round(p * 10000))] * 4)},10" if p else ",,,,0" for p in (bid, ask)]
                rows.append(f"{first_ms + m * MINUTE_MS},{','.join(sides)}")
            side = "call" if right == "C" else "put"
            entry = f"{day:%Y%m%d}_{ticker}_minute_quote_{style}_{side}_{round(strike * 10000)}_{expiry:%Y%m%d}.csv"
            entries[entry] = rows
        self.pack(f"{kind}/usa/minute/{ticker}/{day:%Y%m%d}_quote_{style}.zip", entries)

    def universe(self, ticker, day, underlying, contracts, kind="option"):
        """A universe file: {(right, strike, expiry): (close, open interest, iv, delta)}."""
        lines = [f",,,{underlying},{underlying},{underlying},{underlying},1000,,,,,,,"]
        for (right, strike, expiry), (close, interest, iv, delta) in contracts.items():
            prices = ",".join([str(close)] * 4)
            lines.append(f"{expiry:%Y%m%d},{strike},{right},{prices},5,{interest},{iv},{delta},0.02,0.1,-0.05,0.03")
        self.write(f"{kind}/usa/universes/{ticker}/{day:%Y%m%d}.csv", UNIVERSE_HEADER + "\n".join(lines) + "\n")


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
