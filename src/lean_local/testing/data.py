"""A small LEAN data folder written by hand: the few bars and quotes that a test of an algorithm needs."""

import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Bar = float | tuple[float, float, float, float, float]
"""A trade bar: (open, high, low, close, volume), or one price for all four with a volume of 1,000."""
Contract = tuple[str, float, date]
"""An option contract: ("C" or "P", strike, expiry)."""
Quote = tuple[float | None, float | None]
"""(bid, ask); None or 0: that side is not quoted."""

MINUTE_MS = 60_000
OPEN_MS = 34_200_000  # 09:30 New York; index files keep Chicago time
_OPENS = {"index": 30_600_000}
_WHOLE_PRICES = frozenset({"index", "forex", "crypto", "cfd"})  # LEAN writes the others times 10,000
_SCALE = 10_000
_VOLUME = 1000
UNIVERSE_HEADER = (
    "#expiry,strike,right,open,high,low,close,volume,open_interest,implied_volatility,delta,gamma,vega,theta,rho\n"
)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
_HOLIDAYS: dict[str, Any] = {"holidays": ["1/18/2021"], "earlyCloses": {"11/26/2021": "13:00:00"}}
_NEW_YORK, _CHICAGO = "America/New_York", "America/Chicago"
_PROPERTIES = """\
market,symbol,type,description,quote_currency,contract_multiplier,minimum_price_variation,lot_size
usa,[*],equity,,USD,1,0.01,1
usa,[*],option,,USD,100,0.01,1
usa,[*],index,,USD,1,0.01,1
usa,[*],indexoption,,USD,100,0.05,1
"""


def week(segments: Sequence[tuple[str, str, str]], zone: str = _NEW_YORK, **more: object) -> dict[str, object]:
    """A market-hours entry: the same (start, end, state) segments Monday to Friday."""
    spans = [{"start": start, "end": end, "state": state} for start, end, state in segments]
    entry: dict[str, object] = {"dataTimeZone": zone, "exchangeTimeZone": zone, "holidays": [], "earlyCloses": {}}
    return entry | dict.fromkeys(_DAYS, spans) | {"saturday": [], "sunday": []} | more


def _market_hours() -> dict[str, object]:
    shares = [
        ("04:00:00", "09:30:00", "premarket"),
        ("09:30:00", "16:00:00", "market"),
        ("16:00:00", "20:00:00", "postmarket"),
    ]
    index = [("08:30:00", "15:15:00", "market")]
    return {
        "Equity-usa-[*]": week(shares, **_HOLIDAYS),
        "Option-usa-[*]": week([("09:30:00", "16:00:00", "market")]),
        "Index-usa-[*]": week(index, _CHICAGO),
        "IndexOption-usa-[*]": week(index, _CHICAGO, dataTimeZone=_NEW_YORK),
    }


class LeanData:
    """A data folder with market hours, symbol properties and a rate of 1 %; its methods add market data.

    Prices are in dollars; minutes count from the regular open (09:30 New York; for an index that moment in Chicago).
    `kind` is LEAN's folder: "equity", "index", "option" or "indexoption". A file written twice is replaced.
    Anything else LEAN reads can be added with `write` (texts) and `pack` (zips), paths relative to `root`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.days: set[date] = set()
        """Dates with intraday bars or quotes; a run without dates of its own covers the first to the last."""
        self.write("market-hours/market-hours-database.json", json.dumps({"entries": _market_hours()}))
        self.write("symbol-properties/symbol-properties-database.csv", _PROPERTIES)
        self.write("alternative/interest-rate/usa/interest-rate.csv", "Date,Interest Rate\n2010-01-01,1.00\n")

    def write(self, name: str, text: str) -> None:
        """Write a text file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def pack(self, name: str, entries: Mapping[str, Iterable[str]]) -> None:
        """Write a zip of {entry name: lines}."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as archive:
            for entry, lines in entries.items():
                archive.writestr(entry, "\n".join(lines) + "\n")

    def minutes(self, ticker: str, day: date, bars: Mapping[int, Bar] | Sequence[Bar], *, kind: str = "equity") -> None:
        """Trade bars of a date: {minute: bar}, or the bars of the first minutes in order."""
        ticker, first_ms = ticker.lower(), _OPENS.get(kind, OPEN_MS)
        rows = [f"{first_ms + m * MINUTE_MS},{_row(bar, kind)}" for m, bar in sorted(_numbered(bars))]
        name = f"{kind}/usa/minute/{ticker}/{day:%Y%m%d}_trade.zip"
        self.pack(name, {f"{day:%Y%m%d}_{ticker}_minute_trade.csv": rows})
        self.days.add(day)

    def rising(
        self, ticker: str, days: Iterable[date], start: float = 100.0, step: float = 0.01, count: int = 390,
        *, kind: str = "equity",
    ) -> None:  # fmt: skip
        """Each date anew: every minute opens at start + step × minute and closes a step higher; 1,000 shares each."""
        for day in days:
            bars: dict[int, Bar] = {}
            for m in range(count):
                low, high = round(start + step * m, 4), round(start + step * (m + 1), 4)
                bars[m] = (low, max(low, high), min(low, high), high, _VOLUME)
            self.minutes(ticker, day, bars, kind=kind)

    def daily(
        self, ticker: str, bars: Mapping[date, Bar], resolution: str = "daily", *, kind: str = "equity",
        hour: str = "00:00",
    ) -> None:  # fmt: skip
        """Daily (or, with datetimes as keys, hour) bars of all dates: {start of the bar: bar}."""
        ticker = ticker.lower()
        rows = []
        for moment, bar in sorted(bars.items()):
            stamp = f"{moment:%Y%m%d %H:%M}" if isinstance(moment, datetime) else f"{moment:%Y%m%d} {hour}"
            rows.append(f"{stamp},{_row(bar, kind)}")
        self.pack(f"{kind}/usa/{resolution}/{ticker}.zip", {f"{ticker}.csv": rows})

    def quotes(
        self, ticker: str, day: date, contracts: Mapping[Contract, Mapping[int, Quote] | Sequence[Quote]],
        *, kind: str = "option", style: str = "american",
    ) -> None:  # fmt: skip
        """Minute quote bars of option contracts on a date: {contract: {minute: (bid, ask)}}, ten contracts a side."""
        ticker = ticker.lower()
        entries = {}
        for (right, strike, expiry), bars in contracts.items():
            rows = []
            for m, sides in sorted(_numbered(bars)):
                texts = [f"{','.join([str(round(p * _SCALE))] * 4)},10" if p else ",,,,0" for p in sides]
                rows.append(f"{OPEN_MS + m * MINUTE_MS},{','.join(texts)}")
            side = "call" if right == "C" else "put"
            entry = f"{day:%Y%m%d}_{ticker}_minute_quote_{style}_{side}_{round(strike * _SCALE)}_{expiry:%Y%m%d}.csv"
            entries[entry] = rows
        self.pack(f"{kind}/usa/minute/{ticker}/{day:%Y%m%d}_quote_{style}.zip", entries)
        self.days.add(day)

    def interest(
        self, ticker: str, day: date, contracts: Mapping[Contract, int], *, kind: str = "option",
        style: str = "american",
    ) -> None:  # fmt: skip
        """Open interest of option contracts, known three hours before the session opens: {contract: open interest}."""
        ticker = ticker.lower()
        entries = {}
        for (right, strike, expiry), amount in contracts.items():
            side = "call" if right == "C" else "put"
            what = f"{ticker}_minute_openinterest_{style}_{side}_{round(strike * _SCALE)}_{expiry:%Y%m%d}"
            entries[f"{day:%Y%m%d}_{what}.csv"] = [f"{OPEN_MS - 180 * MINUTE_MS},{amount}"]
        self.pack(f"{kind}/usa/minute/{ticker}/{day:%Y%m%d}_openinterest_{style}.zip", entries)

    def universe(
        self, ticker: str, day: date, underlying: float,
        contracts: Mapping[Contract, tuple[float, int, float, float]], *, kind: str = "option",
    ) -> None:  # fmt: skip
        """The listing of a date: {contract: (close, open interest, implied volatility, delta)}.

        LEAN selects with the file of the session before: `chain_day` writes both.
        """
        lines = [f",,,{underlying},{underlying},{underlying},{underlying},1000,,,,,,,"]
        for (right, strike, expiry), (close, interest, iv, delta) in contracts.items():
            prices = ",".join([str(close)] * 4)
            lines.append(f"{expiry:%Y%m%d},{strike},{right},{prices},5,{interest},{iv},{delta},0.02,0.1,-0.05,0.03")
        name = f"{kind}/usa/universes/{ticker.lower()}/{day:%Y%m%d}.csv"
        self.write(name, UNIVERSE_HEADER + "\n".join(lines) + "\n")

    def chain_day(
        self, underlying: str, day: date, prices: Mapping[int, float] | Sequence[float], strikes: Iterable[float],
        expiries: Iterable[date], *, root: str | None = None, kind: str = "equity", volatility: float = 0.2,
        spread: float = 0.10,
    ) -> None:  # fmt: skip
        """A made day of a chain: bars of the underlying, listing, open interest and a quote a minute of every contract.

        :param prices: closes of the underlying, {minute: price} or those of the first minutes
        :param root: ticker of the options where it is not the underlying's ("SPXW")
        :param kind: "equity" (American options of shares) or "index" (European index options)
        :param volatility: per year; quotes are Black–Scholes values without rates up to 16:00 of the expiry,
            `spread` dollars wide, to the cent (shares) or 0.05 (index); a bid below one step is not quoted
        """
        from lean_local.testing.chain_day import listing_of, quotes_of  # noqa: PLC0415  only where it is used

        closes = dict(_numbered(prices))
        contracts = [(right, k, e) for e in sorted(expiries) for k in sorted(strikes) for right in "CP"]
        options, style, tick = ("indexoption", "european", 0.05) if kind == "index" else ("option", "american", 0.01)
        name = root or underlying
        self.minutes(underlying, day, closes, kind=kind)
        book = quotes_of(day, closes, contracts, volatility, spread, tick)
        self.quotes(name, day, book, kind=options, style=style)
        first = closes[min(closes)]
        before = day - timedelta(days=3 if day.weekday() == 0 else 1)
        listing = listing_of(day, first, contracts, volatility)
        self.interest(name, day, {each: facts[1] for each, facts in listing.items()}, kind=options, style=style)
        self.universe(name, before, first, listing, kind=options)


def _numbered(rows: Mapping[int, T] | Sequence[T]) -> Iterable[tuple[int, T]]:
    return rows.items() if isinstance(rows, Mapping) else enumerate(rows)


def _row(bar: Bar, kind: str) -> str:
    *prices, volume = bar if isinstance(bar, tuple) else (bar, bar, bar, bar, _VOLUME)
    return ",".join([*(f"{p if kind in _WHOLE_PRICES else round(p * _SCALE)}" for p in prices), str(volume)])
