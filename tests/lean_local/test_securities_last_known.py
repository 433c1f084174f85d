"""What is last known of a security: sizes of sides that a bar lacks, margins of a future without new bars."""

import weakref
from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pytest

from lean_local.api.bars import QuoteRow, SideRow
from lean_local.data.columns import ContractKey
from lean_local.data.margins import MarginRow, MarginTable
from lean_local.engine.clock import Zone
from lean_local.securities.bar_tables import carry_sides, quote_mids
from lean_local.securities.cache import SingleCache
from lean_local.securities.columns import RootColumns
from lean_local.securities.future_models import FutureMarginModel

NAN = float("nan")
MISSING = [NAN] * 5


def side(price, size):
    return [price] * 4 + [size]


def quoted(columns, slot, *sides):
    """Load quote bars of a slot, a minute each, and move on to the last; earlier ones are in the table before it."""
    slots, ends = np.full(len(sides), slot), np.arange(1, len(sides) + 1) * 60_000
    values = np.array([bid + ask for bid, ask in sides])
    carry_sides(slots, values)
    first = columns.load_quotes(slots, values, ends - 60_000, ends)
    mids = quote_mids(columns.quotes.values[first:])
    for row, price in enumerate(mids):
        rows = slice(first + row, first + row + 1)
        columns.move(slots[:1], rows, np.array([price]), priced=price > 0, fresh=False, trade=False)


@pytest.mark.parametrize("tables", [1, 2], ids=["one-table", "the-next-table"])
def test_a_missing_side_keeps_its_prices_but_has_no_size(tables):
    columns = RootColumns()
    slot = columns.slot(ContractKey(date(2021, 3, 19), 100.0, "call", "american"))
    columns.subscribe(slot)
    rows = [(side(1.0, 20.0), side(1.2, 10.0)), (MISSING, side(1.3, 7.0)), (MISSING, side(1.3, 7.0))]
    for part in [rows] if tables == 1 else [rows[:1], rows[1:]]:
        quoted(columns, slot, *part)
    row = columns.quote_row(slot)
    assert (row.bid.close, row.bid_size, row.ask.close, row.ask_size) == (1.0, 0.0, 1.3, 7.0)
    assert (columns.bid_size(slot), columns.ask_size(slot), float(columns.price[slot])) == (20.0, 7.0, 1.15)
    columns.forget(slot)
    assert (columns.bid_size(slot), columns.quote_row(slot)) == (0.0, None)


def test_a_side_never_quoted_has_neither_price_nor_size():
    columns = RootColumns()
    slot = columns.slot(ContractKey(date(2021, 3, 19), 100.0, "put", "american"))
    quoted(columns, slot, (MISSING, side(0.05, 3.0)))
    row = columns.quote_row(slot)
    assert (row.bid, row.bid_size, columns.bid_size(slot), float(columns.price[slot])) == (None, 0.0, 0.0, 0.05)


def test_what_is_kept_of_a_table_outlives_it_without_holding_all_of_it():
    columns = RootColumns()
    slot = columns.slot(ContractKey(date(2021, 3, 19), 100.0, "call", "american"))
    quoted(columns, slot, *[(side(1.0, 20.0), side(1.2, 10.0))] * 9)
    kept, table = columns.quotes.view(columns.quote_at.take([slot])), weakref.ref(columns.quotes)
    quoted(columns, slot, (side(2.0, 20.0), side(2.2, 10.0)))
    assert (kept.column(3).tolist(), kept.ends.tolist(), kept.quote(0).ask.close) == ([1.0], [540_000], 1.2)
    assert (table(), columns.bid(slot)) == (None, 2.0)


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
