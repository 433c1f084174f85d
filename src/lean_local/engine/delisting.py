"""The end of a future: a warning on the expiry date, the delisting a day after the expiry.

LEAN `DelistingEventProvider.cs` (semantics §5.9). What the delisting does to the account is done by `CorporateBook`.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from lean_local.api.bars import Delisting
from lean_local.engine.feeds import SingleFeed
from lean_local.enums import DelistingType, SecurityType

ONE_DAY = timedelta(days=1)
Maker = Callable[[float], Any]
"""Makes an event from the last raw price of the security."""


def future_delistings(feed: SingleFeed, now_ms: int) -> list[tuple[int, Maker]]:
    """When a contract is warned about (not before now) and delisted, UTC ms, and what makes the events."""
    symbol, zone = feed.security.symbol, feed.security.calendar.zone
    expiry = symbol.id.date
    day = expiry.replace(hour=0, minute=0, second=0)
    gone = expiry + ONE_DAY
    return [
        (max(zone.to_utc_ms(day), now_ms), lambda price: Delisting(symbol, day, price, DelistingType.WARNING)),
        (zone.to_utc_ms(gone), lambda price: Delisting(symbol, gone, price, DelistingType.DELISTED)),
    ]


def last_price(feed: SingleFeed) -> float:
    """The price a delisting shows: LEAN emits it with the trades of a future, with the price of other securities."""
    trade = feed.cache.trade
    if feed.security.symbol.security_type == SecurityType.FUTURE:
        return trade.close if trade is not None else 0.0
    return float(feed.security.price_exact)
