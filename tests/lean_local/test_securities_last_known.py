"""What is last known of a security: sizes of sides that a bar lacks, margins of a future without new bars."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import numpy as np

from lean_local.api.bars import QuoteRow, SideRow
from lean_local.data.columns import ContractKey
from lean_local.data.margins import MarginRow, MarginTable
from lean_local.engine.clock import Zone
from lean_local.securities.cache import SingleCache
from lean_local.securities.columns import RootColumns, carry_sides, lacks_something, quote_mids
from lean_local.securities.future_models import FutureMarginModel

NAN = float("nan")
MISSING = [NAN] * 5


def side(price, size):
    return [price] * 4 + [size]


def test_a_missing_side_keeps_its_prices_but_has_no_size():
    columns = RootColumns()
    slot = columns.slot(ContractKey(date(2021, 3, 19), 100.0, "call", "american"))
    columns.subscribe(slot)
    slots = np.array([slot, slot])
    rows = carry_sides(slots, np.array([side(1.0, 20.0) + side(1.2, 10.0), MISSING + side(1.3, 7.0)]))
    mids = quote_mids(rows)
    assert lacks_something(rows, mids).tolist() == [False, True]
    columns.apply_quotes(slots[:1], rows[:1], mids[:1], np.array([0]), np.array([60_000]))
    columns.apply_quotes(slots[1:], rows[1:], None, np.array([60_000]), np.array([120_000]))
    row = columns.quote_row(slot)
    assert (row.bid.close, row.bid_size, row.ask.close, row.ask_size) == (1.0, 0.0, 1.3, 7.0)
    assert (columns.bid_size(slot), columns.ask_size(slot)) == (20.0, 7.0)
    columns.apply_quotes(slots[1:], rows[1:], None, np.array([120_000]), np.array([180_000]))
    assert columns.bid_size(slot) == 20.0
    columns.forget(slot)
    assert columns.bid_size(slot) == 0.0


def test_a_side_never_quoted_has_neither_price_nor_size():
    columns = RootColumns()
    slot = columns.slot(ContractKey(date(2021, 3, 19), 100.0, "put", "american"))
    slots = np.array([slot])
    rows = carry_sides(slots, np.array([MISSING + side(0.05, 3.0)]))
    columns.apply_quotes(slots, rows, None, np.array([0]), np.array([60_000]))
    row = columns.quote_row(slot)
    assert (row.bid, row.bid_size, columns.bid_size(slot), float(columns.price[slot])) == (None, 0.0, 0.0, 0.05)


def test_a_cache_remembers_the_last_size_above_zero():
    cache, one = SingleCache(quote_is_price=True), SideRow(1.0, 1.0, 1.0, 1.0)
    cache.take_quote(QuoteRow(0, 60_000, one, one, 20.0, 10.0))
    cache.take_quote(QuoteRow(60_000, 120_000, one, one, 0.0, 7.0))
    assert (cache.bid_size(), cache.ask_size(), cache.quote.bid_size) == (20.0, 7.0, 0.0)
    cache.forget()
    assert (cache.bid_size(), cache.quote) == (0.0, None)


def test_the_margin_of_a_future_is_that_of_its_last_bars_date():
    rows = tuple(MarginRow(date(2021, 3, day), *(Decimal(amount),) * 4) for day, amount in ((1, 5000), (16, 6000)))
    monday_ms = 1_615_816_800_000  # 15 March 2021, 10:00 New York
    last = QuoteRow(monday_ms, monday_ms + 60_000, None, None, 0.0, 0.0)
    future = SimpleNamespace(margins=MarginTable(rows), zone=Zone("America/New_York"), last_row=lambda: last)
    model = FutureMarginModel(future)
    assert model.maintenance_overnight_margin_requirement == 5000  # however late it is by now
    last = None
    assert model.maintenance_overnight_margin_requirement == 0
