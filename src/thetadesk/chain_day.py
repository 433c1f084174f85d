"""One recorded day of an option chain as thetatrace sees it live: the columns move on minute by minute."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from lean_local.data.expiry import settlement_time
from lean_local.data.folder import DataFolder
from lean_local.enums import OptionRight, Resolution
from lean_local.errors import BadInputError
from lean_local.symbols import Symbol
from thetadesk.cli.workspace import find_root, resolve_data
from thetatrace.chain import (
    ChainCache,
    ChainContext,
    ChainQuery,
    ContractTable,
    LiveChain,
    PricingClock,
    RecordedQuotes,
)
from thetatrace.chain.live import PREPARED_MOVE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEW_YORK = ZoneInfo("America/New_York")
MILLISECONDS_PER_YEAR = 365.0 * 86_400_000
GOOG_DAY = date(2015, 12, 24)
GOOG_QUOTES = "option/usa/minute/goog/20151224_quote_american.zip"
FOLDER_VARIABLE = "THETATRACE_DATA"
MAKE_DATA = "Run `thetatrace data make` (or set THETATRACE_DATA to a LEAN data folder) and run the notebook again."


@dataclass(frozen=True, slots=True)
class ChainSource:
    """Where a recorded chain lies: a data folder, the underlying's ticker, its kind, the root and the date."""

    folder: Path
    underlying: str
    is_index: bool
    day: date

    @property
    def label(self) -> str:
        """The day in words."""
        return f"{self.underlying} chain of {self.day:%d %B %Y} from {self.folder}"


def choose_chain() -> ChainSource:
    """Return the real GOOG chain of LEAN's sample data where it lies beside the workspace, else the made SPX one.

    THETATRACE_DATA names another folder: with GOOG's sample day in it, that; else the first SPX day.

    :raises BadInputError: if there is no chain to be shown
    """
    root = find_root(Path.cwd()) or Path.cwd()
    named = os.environ.get(FOLDER_VARIABLE)
    folder = Path(named) if named else root.parent / "shared" / "lean" / "data"
    if not named and not (folder / GOOG_QUOTES).is_file():
        folder = resolve_data(None, root)
    if (folder / GOOG_QUOTES).is_file():
        return ChainSource(folder, "GOOG", False, GOOG_DAY)
    for path in sorted((folder / "indexoption/usa/minute/spx").glob("*_quote_european.zip")):
        return ChainSource(folder, "SPX", True, date.fromisoformat(path.name[:8]))
    raise BadInputError("There is no GOOG or SPX option chain in this data folder", path=folder, fix=MAKE_DATA)


class ChainReplay:
    """A day's chain, standing at some instant. `advance` moves it on; `table` and `quotes` are what a LiveChain takes.

    :raises BadInputError: if the day has no quotes, or its underlying no prices
    """

    def __init__(self, source: ChainSource) -> None:
        folder = DataFolder(source.folder)
        make = Symbol.create_index if source.is_index else Symbol.create_equity
        underlying = self._underlying = make(source.underlying)
        canonical = self._canonical = Symbol.create_canonical_option(underlying)
        self._hours = folder.hours.entry(canonical)
        found = folder.option_quotes(canonical, Resolution.MINUTE, source.day)
        prices = folder.trade_bars(underlying, Resolution.MINUTE, source.day)
        if found is None or prices is None or not len(found.contract) or not len(prices):
            raise BadInputError("This day has no minute data", path=source.folder, fix=MAKE_DATA)
        self.source = source
        self.table = ContractTable("european" if source.is_index else "american")
        for key in found.contracts:
            self.table.add(key, key.strike, 1 if key.right == "call" else -1, key.expiry.toordinal(), key)
        count = len(found.contracts)
        self.quotes = RecordedQuotes(np.zeros(count), np.zeros(count))
        self._quoted_utc_ms = np.zeros(count)
        self._contract, self._rows, self._prices, self._at = found.contract, found.rows, prices, 0
        rates = folder.interest_rates
        self._rate = 0.0 if rates is None else float(rates.rate(source.day))
        self.utc_ms = 0

    def advance(self, clock: time) -> ChainContext:
        """Move on to a New York time of the day and return the context of that instant.

        :raises ValueError: for a time before the one it stands at
        """
        utc_ms = self._utc_ms(clock)
        if utc_ms < self.utc_ms:
            raise ValueError(f"{clock} lies before the instant this day stands at; make it again to go back")
        self.utc_ms = utc_ms
        ends = self._rows.end_utc_ms
        until = int(np.searchsorted(ends, utc_ms, "right"))
        span = slice(self._at, until)
        if until > self._at:
            self._at = until
            contracts = self._contract[span]
            sides = ((self.quotes.bid, self._rows.bid_close), (self.quotes.ask, self._rows.ask_close))
            for column, recorded in sides:
                known = ~np.isnan(recorded[span])  # LEAN keeps a side that is not quoted any more
                column[contracts[known]] = recorded[span][known]
            self._quoted_utc_ms[contracts] = ends[span]
            self.quotes.touch()
        return ChainContext(self.source.day.toordinal(), utc_ms, self.spot)

    def _utc_ms(self, clock: time) -> int:
        return round(datetime.combine(self.source.day, clock, NEW_YORK).timestamp() * 1000)

    @property
    def spot(self) -> float:
        """Last price of the underlying, NaN before the first."""
        until = int(np.searchsorted(self._prices.end_utc_ms, self.utc_ms, "right"))
        return float(self._prices.close[until - 1]) if until else float("nan")

    @property
    def is_over(self) -> bool:
        """True once the last quote has passed: half days end early, though the underlying trades on after hours."""
        return self.utc_ms > int(self._rows.end_utc_ms[-1])

    def age_seconds(self) -> Floats:
        """Age of each contract's last quote, float64[contracts]; infinite for one that was never quoted."""
        age = (self.utc_ms - self._quoted_utc_ms) / 1000
        found: Floats = np.where(self._quoted_utc_ms > 0, age, np.inf)
        return found

    def years(self, expiry: Ints) -> Floats:
        """Years of 365 days from the instant it stands at until contracts settle, shape of `expiry` (ordinals).

        As the exchange's calendar has it: at the open for monthly SPX, else at the close, early where that is early.
        """
        dates, where = np.unique(expiry, return_inverse=True)
        ends = np.array([self._settlement_utc_ms(date.fromordinal(each)) for each in dates.tolist()])
        found: Floats = (ends[where] - self.utc_ms) / MILLISECONDS_PER_YEAR
        return found

    def _settlement_utc_ms(self, expiry: date) -> int:
        root = self._canonical.id
        contract = Symbol.contract(
            self._underlying, root.symbol, root.market, root.option_style, OptionRight.CALL, 1.0, expiry
        )
        return self._hours.utc_ms(settlement_time(contract, self._hours))

    @property
    def clock(self) -> PricingClock:
        """What prices of this day depend on besides quotes; all settle at the hour of the last expiry."""
        latest = self._settlement_utc_ms(date.fromordinal(int(self.table.expiry.max())))
        usual = datetime.fromtimestamp(latest / 1000, NEW_YORK).time()
        return PricingClock(self._utc_ms(usual), float(np.log1p(self._rate)))


@dataclass(frozen=True, slots=True)
class DayRates:
    """Cumulative shares 0…1 of a day's questions answered from memory, one per minute of `minutes` ("09:31")."""

    minutes: tuple[str, ...]
    rates: dict[str, list[float]]


def replay_hit_rates(
    source: ChainSource, queries: Sequence[ChainQuery], first: time = time(9, 31), last: time = time(16, 0)
) -> DayRates:
    """Ask every query once per minute of the day, as a strategy with minute bars does, and count what memory answers.

    "selections" start with an empty cache, "selections prepared" with one filled ahead of the bars for `PREPARED_MOVE`
    either side; "prices" are IV and Greeks of the first. The day ends with the chain's last quote.
    """
    day = ChainReplay(source)
    cold, warm = LiveChain(day.table, day.quotes, ChainCache()), ChainCache()
    minutes: list[str] = []
    rates: dict[str, list[float]] = {"selections": [], "selections prepared": [], "prices": []}
    prepared = False
    for minute in range(first.hour * 60 + first.minute, last.hour * 60 + last.minute + 1):
        clock = time(minute // 60, minute % 60)
        context = day.advance(clock)
        if day.is_over:
            break
        if not context.spot > 0:
            continue
        for query in queries:
            if not prepared:
                warm.prepare(query, day.table, context, span=PREPARED_MOVE, most=len(day.table))
            warm.narrow(query, day.table, context)
            cold.priced(query, cold.snapshot(query, context), context, day.clock)
        prepared = True
        minutes.append(f"{clock:%H:%M}")
        shares = (_share(cold.cache), _share(warm), cold.prices_kept / (cold.prices_kept + cold.prices_made))
        for name, share in zip(rates, shares, strict=True):
            rates[name].append(share)
    return DayRates(tuple(minutes), rates)


def _share(cache: ChainCache) -> float:
    return cache.hits / (cache.hits + cache.misses + cache.stale)
