"""Fill models. Rules: LEAN `Common/Orders/Fills/FillModel.cs` and `EquityFillModel.cs` (semantics §5.4-5.6)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from lean_local.engine.clock import HOUR_MS
from lean_local.enums import OrderType, Resolution, SecurityType
from lean_local.securities.cache import market_decimal
from lean_local.securities.models import Model
from lean_local.securities.slippage import slippage

if TYPE_CHECKING:
    from lean_local.orders.records import OrderRecord
    from lean_local.securities.security import Security

ZERO = Decimal(0)


@dataclass(slots=True)
class Fill:
    """The result of a fill: at one price all that remains of the order, or `quantity` of it."""

    price: Decimal
    message: str = ""
    quantity: Decimal | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Prices:
    """The bar an order is judged by: ask side for buys, bid side for sells, else trades (LEAN `Prices.cs`)."""

    start_utc_ms: int
    end_utc_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    current: Decimal


def get_prices(security: "Security", *, buy: bool) -> Prices:
    """The prices object of an order's side."""
    quote = security.prices.quote_row()
    side = None if quote is None else quote.ask if buy else quote.bid
    row: Any = side
    start, end = (quote.start_utc_ms, quote.end_utc_ms) if quote is not None else (0, 0)
    if side is None:
        trade = security.prices.trade_row()
        if trade is None:
            price = security.price_exact
            known = getattr(security.prices, "point_end_ms", 0) or end
            return Prices(start or known, known, price, price, price, price)
        row, start, end = trade, trade.start_utc_ms, trade.end_utc_ms
    close = market_decimal(row.close)
    return Prices(start, end, _or(row.open, close), _or(row.high, close), _or(row.low, close), close)


def _or(value: float, other: Decimal) -> Decimal:
    return market_decimal(value) if value > 0 else other


class FillRules(Model):
    """The base rules: options, indices and everything without rules of its own. One method per order type."""

    net_namespace = "QuantConnect.Orders.Fills"
    stale_ms = HOUR_MS

    market_in_extended_hours = False

    def stop_in_extended_hours(self, security: "Security") -> bool:  # noqa: ARG002
        """Whether stop orders trigger outside regular hours."""
        return False

    def try_fill(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """A fill now, or None to wait."""
        handler = HANDLERS.get(order.type)
        return None if handler is None else getattr(self, handler)(security, order)

    def try_combo(self, legs: list[tuple["Security", "OrderRecord"]], asked: int) -> list[Fill] | None:  # noqa: ARG002
        """Fills of all legs of a combo now, or None to wait; the leg that is `asked` is the one this model is of."""
        fills: list[Fill] | None = getattr(self, legs[0][1].type.name.lower())(legs)
        return fills

    def is_open(self, security: "Security", *, extended: bool = False) -> bool:
        """Whether the exchange is open now, or was during the last bar that ends now or later."""
        now = security.clock.utc_ms
        if security.calendar.is_open(now, extended=extended):
            return True
        row = security.prices.quote_row() or security.prices.trade_row()
        if row is None or now > row.end_utc_ms:
            return False
        return security.calendar.overlaps(row.start_utc_ms, row.end_utc_ms, extended=extended)

    def _extended(self, security: "Security") -> bool:
        return security.extended_market_hours

    def market(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """Market order: the side's close with slippage; waits while prices are stale or the exchange is closed."""
        if not self.is_open(security, extended=self.market_in_extended_hours):
            return None
        buy = order.quantity > 0
        prices = get_prices(security, buy=buy)
        # With minute data or coarser LEAN always waits for a fresh bar when the last one is stale (semantics §5.4).
        if prices.end_utc_ms + self.stale_ms < order.time_utc_ms:
            return None
        price = prices.current
        if security.resolution in (Resolution.HOUR, Resolution.DAILY) and order.time_utc_ms <= prices.start_utc_ms:
            price = prices.open
        slip = slippage(security, order)
        return Fill(price + slip if buy else price - slip)

    def limit(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """Limit order on a bar newer than the order; strict inequality, no slippage."""
        if not self.is_open(security, extended=self._extended(security)) or order.limit_price is None:
            return None
        buy, limit = order.quantity > 0, order.limit_price
        prices = get_prices(security, buy=buy)
        if prices.end_utc_ms <= order.time_utc_ms:
            return None
        if buy:
            return Fill(min(prices.high, limit)) if prices.low < limit else None
        return Fill(max(prices.low, limit)) if prices.high > limit else None

    def stop_market(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """Stop order: triggers strictly beyond the stop."""
        if order.stop_price is None or not self.is_open(security, extended=self.stop_in_extended_hours(security)):
            return None
        buy, stop = order.quantity > 0, order.stop_price
        prices = get_prices(security, buy=buy)
        if prices.end_utc_ms <= order.time_utc_ms:
            return None
        slip = slippage(security, order)
        if buy:
            return Fill(max(stop, prices.current + slip)) if prices.high > stop else None
        return Fill(min(stop, prices.current - slip)) if prices.low < stop else None

    def stop_limit(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """Stop-limit order: the trigger sticks, then the current price must better the limit."""
        if not self.is_open(security, extended=self._extended(security)):
            return None
        if order.stop_price is None or order.limit_price is None:
            return None
        buy, stop, limit = order.quantity > 0, order.stop_price, order.limit_price
        prices = get_prices(security, buy=buy)
        if prices.end_utc_ms <= order.time_utc_ms:
            return None
        if order.stop_triggered or (prices.high > stop if buy else prices.low < stop):
            order.stop_triggered = True
            if buy:
                return Fill(min(prices.high, limit)) if prices.current < limit else None
            return Fill(max(prices.low, limit)) if prices.current > limit else None
        return None

    def trailing_stop(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """Trailing stop: as a stop, else the stop follows the bar's extreme when that tightens it."""
        filled = self.stop_market(security, order)
        if filled is not None or order.stop_price is None or order.trailing_amount is None:
            return filled
        buy = order.quantity > 0
        prices = get_prices(security, buy=buy)
        if prices.end_utc_ms <= order.time_utc_ms or not self.is_open(security):
            return None
        moved = trailing_stop_price(prices.low if buy else prices.high, order)
        if (moved < order.stop_price) if buy else (moved > order.stop_price):
            order.stop_price = moved
        return None

    def limit_if_touched(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """Limit-if-touched: trade bars touch the trigger, the opposite quote must allow the limit."""
        trade = security.prices.trade_row()
        if trade is None or order.trigger_price is None or order.limit_price is None:
            return None
        if not self.is_open(security, extended=self._extended(security)) or trade.end_utc_ms <= order.time_utc_ms:
            return None
        buy = order.quantity > 0
        touched = (
            market_decimal(trade.low) <= order.trigger_price
            if buy
            else market_decimal(trade.high) >= order.trigger_price
        )
        order.trigger_touched = order.trigger_touched or touched
        if not order.trigger_touched:
            return None
        return self._touched_fill(security, order)

    def _touched_fill(self, security: "Security", order: "OrderRecord") -> Fill | None:
        assert order.limit_price is not None
        if order.quantity > 0:
            return Fill(order.limit_price) if security.bid_exact <= order.limit_price else None
        return Fill(order.limit_price) if security.ask_exact >= order.limit_price else None

    def market_on_open(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """Market-on-open: first bar of the next session after the order."""
        buy = order.quantity > 0
        prices = get_prices(security, buy=buy)
        calendar = security.calendar
        if prices.end_utc_ms <= order.time_utc_ms or not self.is_open(security):
            return None
        zone = calendar.zone
        same_day = zone.local_date(order.time_utc_ms) == zone.local_date(prices.start_utc_ms)
        if calendar.is_open(order.time_utc_ms) and same_day:
            return None
        slip = slippage(security, order)
        return Fill(prices.open + slip if buy else prices.open - slip)

    def market_on_close(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """Market-on-close: once the session that was current at submission has closed."""
        if security.clock.utc_ms < security.calendar.next_close(order.time_utc_ms):
            return None
        buy = order.quantity > 0
        price = get_prices(security, buy=buy).current
        slip = slippage(security, order)
        return Fill(price + slip if buy else price - slip)

    def combo_market(self, legs: list[tuple["Security", "OrderRecord"]]) -> list[Fill] | None:
        """All legs as market orders, or none."""
        fills = [self.market(security, order) for security, order in legs]
        return [f for f in fills if f is not None] if all(f is not None for f in fills) else None

    def combo_leg_limit(self, legs: list[tuple["Security", "OrderRecord"]]) -> list[Fill] | None:
        """All legs as limit orders, or none."""
        fills = [self.limit(security, order) for security, order in legs]
        return [f for f in fills if f is not None] if all(f is not None for f in fills) else None

    def combo_limit(self, legs: list[tuple["Security", "OrderRecord"]]) -> list[Fill] | None:
        """The combo's low (bought) or high (sold) must strictly better its limit; legs fill at those prices."""
        group = legs[0][1].group
        assert group is not None
        buying, total, fills = group.quantity > 0, ZERO, []
        for security, order in legs:
            prices = get_prices(security, buy=order.quantity > 0)
            if prices.end_utc_ms < order.time_utc_ms:
                return None
            ratio = order.quantity / group.quantity
            if security.symbol.security_type == SecurityType.EQUITY:
                ratio /= 100
            price = prices.low if buying else prices.high
            total += price * ratio
            fills.append(Fill(price))
        good = total < group.limit_price if buying else total > group.limit_price
        return fills if good else None


def trailing_stop_price(price: Decimal, order: "OrderRecord") -> Decimal:
    """Stop price of a trailing stop at that market price."""
    assert order.trailing_amount is not None
    distance = price * order.trailing_amount if order.trailing_as_percentage else order.trailing_amount
    return price + distance if order.quantity > 0 else price - distance


HANDLERS = {
    OrderType.MARKET: "market",
    OrderType.LIMIT: "limit",
    OrderType.STOP_MARKET: "stop_market",
    OrderType.STOP_LIMIT: "stop_limit",
    OrderType.TRAILING_STOP: "trailing_stop",
    OrderType.LIMIT_IF_TOUCHED: "limit_if_touched",
    OrderType.MARKET_ON_OPEN: "market_on_open",
    OrderType.MARKET_ON_CLOSE: "market_on_close",
}


def messages_time(security: "Security", utc_ms: int) -> str:
    """A bar's end as LEAN prints it in fill messages."""
    local = security.zone.to_local(utc_ms)
    return f"{local:%m/%d/%Y %H:%M:%S} {security.zone.name}"
