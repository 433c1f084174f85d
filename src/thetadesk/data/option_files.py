"""Option files of one root and session: quotes, trades, open interest, and the universe file."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from thetadesk.data.chains import OPEN_MINUTE, MarketDay
from thetadesk.data.listings import Listing
from thetadesk.data.quotes import (
    INDEX_TICKS,
    STOCK_TICKS,
    QuoteGrid,
    TradeRows,
    open_interest,
    quote_grid,
    quote_rows,
    spread_factor,
    trade_rows,
)
from thetadesk.data.writers import compact, csv_bytes, nullable, split_rows, zip_bytes

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_OPEN_INTEREST_TIME = 23_400_000  # 06:30, as in LEAN's own files
_ROOT_KEY = {"spx": 1, "spxw": 2, "spy": 3}


@dataclass(frozen=True, slots=True)
class ListingDay:
    """One expiry on one session: calls of all strikes, then puts; arrays have shape [2 * strikes, …]."""

    listing: Listing
    strike: Floats
    right: Ints
    grid: QuoteGrid
    trades: TradeRows
    open_interest: Ints


def style_of(root: str) -> str:
    """LEAN's option style word of a root."""
    return "american" if root == "spy" else "european"


def _folder(root: str) -> str:
    return "option/usa" if root == "spy" else "indexoption/usa"


def option_paths(root: str, day: date) -> list[str]:
    """Paths of a session's quote, trade and open-interest files below the data folder."""
    head = f"{_folder(root)}/minute/{root}/{compact(day)}"
    return [f"{head}_{tick}_{style_of(root)}.zip" for tick in ("quote", "trade", "openinterest")]


def universe_path(root: str, day: date) -> str:
    """Path of a universe file below the data folder."""
    return f"{_folder(root)}/universes/{root}/{compact(day)}.csv"


def listing_day(market: MarketDay, listing: Listing) -> ListingDay:
    """Quotes, trades and open interest of one expiry."""
    call, put = market.prices(listing)
    price = np.concatenate([call, put])
    count = price.shape[1]
    rule = STOCK_TICKS if listing.root == "spy" else INDEX_TICKS
    factor = spread_factor(market.vix[:count], count - 1, float(market.calendar_years(listing)[0]))
    grid = quote_grid(price, factor, rule)
    strike = np.tile(listing.strikes, 2)
    right = np.repeat([1, 0], len(listing.strikes))
    spot = float(market.spot[0]) * (0.1 if listing.root == "spy" else 1.0)
    step = 1 if listing.root == "spy" else 5
    interest = open_interest(strike, right, listing.expiry, market.day, spot, market.seed, step)
    near = np.exp(-np.abs(np.log(strike / spot)) / 0.03) * (1 + 3 * (listing.expiry == market.day))
    trades = trade_rows(grid, contract_keys(market.day, listing, strike, right), near, market.seed)
    return ListingDay(listing, strike, right, grid, trades, interest)


def contract_keys(day: date, listing: Listing, strike: Floats, right: Ints) -> Ints:
    """A number per contract and day for the hashed streams, shape [contracts]."""
    days = listing.expiry.toordinal() * 8 + _ROOT_KEY[listing.root]
    keys: Ints = ((np.rint(strike * 2).astype(np.int64) * 2 + right) * 8_000_000 + days) * 4096 + day.toordinal() % 4096
    return keys


def _entry_names(day: date, expiries: list[ListingDay], tick: str) -> list[str]:
    names = []
    for one in expiries:
        root = one.listing.root
        head, tail = f"{compact(day)}_{root}_minute_{tick}_{style_of(root)}_", f"_{compact(one.listing.expiry)}.csv"
        pairs = zip(one.right.tolist(), one.strike.tolist(), strict=True)
        names += [f"{head}{'call' if right else 'put'}_{round(strike * 10_000)}{tail}" for right, strike in pairs]
    return names


def _zip_of(names: list[str], columns: list[pa.Array | Ints], rows_per_entry: Ints) -> bytes:
    parts = split_rows(csv_bytes(columns), rows_per_entry)
    return zip_bytes((name, part) for name, part in zip(names, parts, strict=True) if part)


def _quote_zip(market: MarketDay, expiries: list[ListingDay]) -> bytes:
    parts, counts = [], []
    for one in expiries:
        rows = quote_rows(one.grid, contract_keys(market.day, one.listing, one.strike, one.right), market.seed)
        counts.append(np.bincount(rows.contract, minlength=len(one.strike)))
        parts.append(((OPEN_MINUTE + rows.minute) * 60_000, *rows.bid, rows.bid_size, *rows.ask, rows.ask_size))
    columns: list[pa.Array | Ints] = [np.concatenate(column) for column in zip(*parts, strict=True)]
    missing = columns[4] == 0
    for at in range(1, 5):
        columns[at] = nullable(columns[at], missing)
    return _zip_of(_entry_names(market.day, expiries, "quote"), columns, np.concatenate(counts))


def _trade_zip(market: MarketDay, expiries: list[ListingDay]) -> bytes:
    counts = np.concatenate([np.bincount(one.trades.contract, minlength=len(one.strike)) for one in expiries])
    minute, price, volume = (
        np.concatenate([getattr(one.trades, name) for one in expiries]) for name in ("minute", "price", "volume")
    )
    times = (OPEN_MINUTE + minute) * 60_000
    return _zip_of(_entry_names(market.day, expiries, "trade"), [times, price, price, price, price, volume], counts)


def option_day_files(market: MarketDay, root: str, expiries: list[ListingDay]) -> dict[str, bytes]:
    """Quote, trade and open-interest zips of one root."""
    quote, trade, interest_path = option_paths(root, market.day)
    interest = np.concatenate([one.open_interest for one in expiries])
    times = np.full(len(interest), _OPEN_INTEREST_TIME)
    names = _entry_names(market.day, expiries, "openinterest")
    return {
        quote: _quote_zip(market, expiries),
        trade: _trade_zip(market, expiries),
        interest_path: _zip_of(names, [times, interest], np.ones(len(interest), dtype=np.int64)),
    }
