"""`Field.CLOSE` and the others: which number of a bar an indicator is fed with (LEAN `Field.cs`)."""

from collections.abc import Callable
from typing import Any

from lean_local.api.bars import QuoteBar, TradeBar
from lean_local.securities.cache import decimal_of

__all__ = ["Field"]
Selector = Callable[[Any], float]


def _weighted(divisor: int, **weights: int) -> Selector:
    """Weighted mean of prices, in decimals as in LEAN."""

    def select(bar: Any) -> float:
        return float(sum((w * decimal_of(getattr(bar, n)) for n, w in weights.items()), decimal_of(0)) / divisor)

    return select


def _bar(name: str) -> Selector:
    return lambda bar: float(getattr(bar, name, bar.value))


def _side(side: str, name: str) -> Selector:
    def select(bar: Any) -> float:
        found = getattr(bar, side, None)
        return float(getattr(found, name)) if found is not None else float(bar.value)

    return select


def _tick(name: str) -> Selector:
    """A side's price of a tick or bar."""
    return lambda data: float(getattr(data, name, 0.0) or _side(name[:3], "close")(data))


def _volume(bar: Any) -> float:
    if hasattr(bar, "last_bid_size"):
        return float(bar.last_bid_size + bar.last_ask_size)
    return float(getattr(bar, "volume", getattr(bar, "quantity", 0.0)))


class Field:
    """LEAN's Field: functions from a bar to a number."""

    OPEN = Open = staticmethod(_bar("open"))
    HIGH = High = staticmethod(_bar("high"))
    LOW = Low = staticmethod(_bar("low"))
    CLOSE = Close = staticmethod(lambda bar: float(bar.value))
    AVERAGE = Average = staticmethod(_weighted(4, open=1, high=1, low=1, close=1))
    MEDIAN = Median = staticmethod(_weighted(2, high=1, low=1))
    TYPICAL = Typical = staticmethod(_weighted(3, high=1, low=1, close=1))
    WEIGHTED = Weighted = staticmethod(_weighted(4, high=1, low=1, close=2))
    SEVEN_BAR = SevenBar = staticmethod(_weighted(7, open=2, high=1, low=1, close=3))
    VOLUME = Volume = staticmethod(_volume)
    BID_PRICE = BidPrice = staticmethod(_tick("bid_price"))
    ASK_PRICE = AskPrice = staticmethod(_tick("ask_price"))
    BID_OPEN = BidOpen = staticmethod(_side("bid", "open"))
    BID_HIGH = BidHigh = staticmethod(_side("bid", "high"))
    BID_LOW = BidLow = staticmethod(_side("bid", "low"))
    BID_CLOSE = BidClose = staticmethod(_side("bid", "close"))
    ASK_OPEN = AskOpen = staticmethod(_side("ask", "open"))
    ASK_HIGH = AskHigh = staticmethod(_side("ask", "high"))
    ASK_LOW = AskLow = staticmethod(_side("ask", "low"))
    ASK_CLOSE = AskClose = staticmethod(_side("ask", "close"))


_QUOTED = tuple(getattr(Field, n) for n in vars(Field) if n.startswith(("BID_", "ASK_")))


def data_type_of(selector: Any) -> type | None:
    """The kind of bars a field is of: quotes for bid and ask, trades for the volume (LEAN)."""
    if any(selector is field for field in _QUOTED):
        return QuoteBar
    return TradeBar if selector is Field.VOLUME else None
