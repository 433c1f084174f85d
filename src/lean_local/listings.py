"""Where first tickers and listing dates of equities come from: the map files of the data folder in use."""

from collections.abc import Callable
from datetime import date

ListingSource = Callable[[str, str, date | None], tuple[str, date] | None]


class Listings:
    """Without a source, as in LEAN without a map file, an equity keeps its ticker and has no date."""

    def __init__(self) -> None:
        self.source: ListingSource | None = None

    def first(self, ticker: str, market: str, day: date | None = None) -> tuple[str, date] | None:
        """First ticker and listing date of the equity that has `ticker` today, or had it on a day."""
        return self.source(ticker, market, day) if self.source is not None else None


listings = Listings()
"""The source in use; a run sets `listings.source` to `DataFolder.first_listing` and clears it at its end."""
