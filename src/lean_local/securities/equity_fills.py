"""The fill model of equities. Rules: LEAN `Common/Orders/Fills/EquityFillModel.cs` (semantics §5.6)."""

from decimal import Decimal
from typing import TYPE_CHECKING

from lean_local.enums import Resolution
from lean_local.securities.cache import market_decimal
from lean_local.securities.fill_models import FillModel
from lean_local.securities.fills import Fill, FillRules, messages_time
from lean_local.securities.slippage import slippage

if TYPE_CHECKING:
    from lean_local.api.bars import TradeRow
    from lean_local.orders.records import OrderRecord
    from lean_local.securities.security import Security


class EquityFillModel(FillModel):
    """Market orders at the best effort quote; limit and stop orders by trade bars."""

    def market(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """Best effort ask (buy) or bid (sell) of the newest data not older than the stale span."""
        if not self.is_open(security):
            return None
        found = self._best_effort(security, order)
        if found is None:
            return None
        price, message = found
        slip = slippage(security, order)
        return Fill(price + slip if order.quantity > 0 else price - slip, message)

    def _best_effort(self, security: "Security", order: "OrderRecord") -> tuple[Decimal, str] | None:
        quote, trade = security.prices.quote_row(), security.prices.trade_row()
        oldest = order.time_utc_ms - self.stale_ms
        quoted = quote is not None and quote.end_utc_ms >= oldest
        traded = trade is not None and trade.end_utc_ms >= oldest
        if quote is not None and quoted:
            side = (quote.ask if order.quantity > 0 else quote.bid) or quote.bid or quote.ask
            if side is not None:
                return market_decimal(side.close), ""
        if trade is not None and traded:
            return market_decimal(trade.close), self._no_quote(security, trade)
        if trade is None and quote is None and security.price_exact:
            return security.price_exact, ""
        return None

    def _no_quote(self, security: "Security", trade: "TradeRow") -> str:
        moment = messages_time(security, trade.end_utc_ms)
        return f"Warning: No quote information available at {moment}, order filled using TradeBar data"

    def _fresh(self, security: "Security", order: "OrderRecord", *, extended: bool) -> "TradeRow | None":
        trade = security.prices.trade_row()
        if trade is None or trade.end_utc_ms <= order.time_utc_ms or not self.is_open(security, extended=extended):
            return None
        return trade

    def limit(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """Trade bar through the limit; the open when it gapped favourably."""
        trade = self._fresh(security, order, extended=security.extended_market_hours)
        if trade is None or order.limit_price is None:
            return None
        limit, first = order.limit_price, market_decimal(trade.open)
        buy = order.quantity > 0
        through = market_decimal(trade.low) < limit if buy else market_decimal(trade.high) > limit
        if not through:
            return None
        if first < limit if buy else first > limit:
            return Fill(first, self._gap("favorable", security, trade, first))
        return Fill(limit)

    def stop_market(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """Trade bar at or beyond the stop; the open when it gapped unfavourably."""
        trade = self._fresh(security, order, extended=False)
        if trade is None or order.stop_price is None:
            return None
        stop, first, slip = order.stop_price, market_decimal(trade.open), slippage(security, order)
        buy = order.quantity > 0
        if not (market_decimal(trade.high) >= stop if buy else market_decimal(trade.low) <= stop):
            return None
        if first >= stop if buy else first <= stop:
            return Fill(first + slip if buy else first - slip, self._gap("unfavorable", security, trade, first))
        return Fill(stop + slip if buy else stop - slip)

    def trailing_stop(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """The base rule: judged by quotes, not by trade bars."""
        return _BASE.trailing_stop(security, order)

    def _touched_fill(self, security: "Security", order: "OrderRecord") -> Fill | None:
        assert order.limit_price is not None
        found = self._best_effort(security, order)
        if found is None:
            return None
        price = found[0]
        if order.quantity > 0:
            return Fill(min(price, order.limit_price)) if price <= order.limit_price else None
        return Fill(max(price, order.limit_price)) if price >= order.limit_price else None

    def market_on_open(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """Open of the first trade bar of a session that began after the order."""
        trade = self._fresh(security, order, extended=False)
        if trade is None:
            return None
        calendar, zone = security.calendar, security.zone
        daily = security.resolution == Resolution.DAILY
        if not daily and trade.start_utc_ms < order.time_utc_ms:
            return None
        if calendar.is_open(order.time_utc_ms) and zone.local_date(order.time_utc_ms) == zone.local_date(
            trade.start_utc_ms
        ):
            return None
        first, slip = market_decimal(trade.open), slippage(security, order)
        return Fill(first + slip if order.quantity > 0 else first - slip)

    def market_on_close(self, security: "Security", order: "OrderRecord") -> Fill | None:
        """Close of the last trade bar once the session has closed."""
        trade = security.prices.trade_row()
        if security.clock.utc_ms < security.calendar.next_close(order.time_utc_ms):
            return None
        if trade is None:
            return super().market_on_close(security, order)
        last, slip = market_decimal(trade.close), slippage(security, order)
        return Fill(last + slip if order.quantity > 0 else last - slip)

    def _gap(self, kind: str, security: "Security", trade: "TradeRow", price: Decimal) -> str:
        moment = messages_time(security, trade.end_utc_ms)
        shown = price.quantize(Decimal(1).scaleb(-security.scale_digits))
        return f"Due to a {kind} gap at {moment}, order filled using the open price ({shown})"


_BASE = FillRules()
