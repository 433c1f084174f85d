"""Data filters that an algorithm sets on a security: data they refuse are not seen (LEAN `ISecurityDataFilter`)."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lean_local.api.bars import QuoteRow, SideRow, TradeRow, carried_forward
from lean_local.data.columns import QuoteBars, TradeBars
from lean_local.securities.models import method


def _accepts(security: Any) -> Callable[[Any], bool]:
    from lean_local.engine.backtest import current_run  # noqa: PLC0415  the run knows its feeds

    accept, guard = method(security.data_filter, "filter"), current_run().guard

    def ask(data: Any) -> bool:
        with guard:
            return bool(accept(security, data))

    return ask


def accepted(security: Any, rows: TradeBars | QuoteBars, keep: Any) -> Any:
    """The mask `keep` without rows that the security's filter refuses."""
    if security.data_filter is None:
        return keep
    accept, kept = _accepts(security), keep.copy()
    make: Any = security.make_trade_bar if isinstance(rows, TradeBars) else security.make_quote_bar
    row: Any = trade_row if isinstance(rows, TradeBars) else quote_row
    for i in np.flatnonzero(keep).tolist():
        kept[i] = accept(make(row(rows, i, int(rows.end_utc_ms[i]))))
    return kept


def accepts_repetition(feed: Any, row: TradeRow | QuoteRow | None, utc_ms: int) -> bool:
    """Whether the filter lets the repetition of a row at that time through."""
    security = feed.security
    if security.data_filter is None or row is None:
        return True
    make: Any = security.make_trade_bar if isinstance(row, TradeRow) else security.make_quote_bar
    return _accepts(security)(carried_forward(make(row), security.zone.to_local(utc_ms), feed))


def accepted_ticks(security: Any, ticks: list[Any]) -> Any:
    """Mask of the ticks that the filter lets through."""
    accept = _accepts(security)
    return np.array([accept(tick) for tick in ticks], np.bool_)


# --- rows ----------------------------------------------------------------------------------------------------------
def trade_row(rows: TradeBars, i: int, end: int) -> TradeRow:
    """Row i as a record."""
    fields = (rows.open, rows.high, rows.low, rows.close, rows.volume)
    return TradeRow(rows.start_utc_ms.item(i), end, *[field.item(i) for field in fields])


def quote_row(rows: QuoteBars, i: int, end: int, before: QuoteRow | None = None) -> QuoteRow:
    """Row i as a record; a missing side has the prices of the bar before and size 0."""
    bid = SideRow(float(rows.bid_open[i]), float(rows.bid_high[i]), float(rows.bid_low[i]), float(rows.bid_close[i]))
    ask = SideRow(float(rows.ask_open[i]), float(rows.ask_high[i]), float(rows.ask_low[i]), float(rows.ask_close[i]))
    has_bid, has_ask = bid.close == bid.close, ask.close == ask.close
    bid_size, ask_size = float(rows.bid_size[i]), float(rows.ask_size[i])
    return QuoteRow(
        int(rows.start_utc_ms[i]),
        end,
        bid if has_bid else (before.bid if before else None),
        ask if has_ask else (before.ask if before else None),
        bid_size if has_bid else 0.0,
        ask_size if has_ask else 0.0,
    )
