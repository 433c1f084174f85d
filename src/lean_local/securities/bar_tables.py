"""Bars of one option root as rows of a table, to which its slots point.

A table holds the rows of what is loaded, in order of time, and before them one row for each slot that had a bar by
then. Its rows do not change: a time step moves the pointers of its slots, and what is kept of a moment is a copy of the
pointers. Row 0 is that of slots without a bar: NaN, at no time.
"""

import weakref

import numpy as np
from numpy.typing import NDArray

from lean_local.api.bars import QuoteRow, SideRow, TradeRow

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

BID_CLOSE, ASK_CLOSE = 3, 8
SIZES = (4, 9)
TRADE_CLOSE, VOLUME = 3, 4
_NOTHING = np.zeros(1, np.int64)


class BarTable:
    """Bars as rows: `values` [n, fields] in the order of QUOTE_FIELDS or TRADE_FIELDS, times [n] UTC ms."""

    __slots__ = ("__weakref__", "_views", "ends", "numbers", "slots", "starts", "values")

    def __init__(self, values: Floats, slots: Ints, starts: Ints, ends: Ints) -> None:
        self.values, self.slots, self.starts, self.ends = values, slots, starts, ends
        self.numbers: Ints = np.arange(len(ends))
        self._views: list[weakref.ref[BarRows]] = []

    @classmethod
    def empty(cls, fields: int) -> "BarTable":
        """A table of row 0 alone."""
        return cls(np.full((1, fields), np.nan), _NOTHING, _NOTHING, _NOTHING)

    def view(self, rows: Ints) -> "BarRows":
        """Some rows, to be looked at later."""
        made = BarRows(self, rows)
        self._views.append(weakref.ref(made))
        return made

    def release(self) -> None:
        """Another table takes over: views that are still held keep their own rows, not this whole table."""
        for reference in self._views:
            view = reference()
            if view is not None:
                view.settle()
        self._views.clear()

    def followed_by(self, at: Ints, values: Floats, slots: Ints, starts: Ints, ends: Ints) -> "BarTable":
        """The rows that slots point at (`at`, by slot), then new rows; slots with a row point at 1, 2, … in it."""
        held = np.flatnonzero(at)
        rows = np.concatenate((_NOTHING, at[held]))
        made = BarTable(
            np.concatenate((self.values[rows], values)),
            np.concatenate((_NOTHING, held, slots)),
            np.concatenate((self.starts[rows], starts)),
            np.concatenate((self.ends[rows], ends)),
        )
        self.release()
        return made


class BarRows:
    """Bars of some slots at one moment, read when asked for."""

    __slots__ = ("__weakref__", "_rows", "_table")

    def __init__(self, table: BarTable, rows: Ints) -> None:
        self._table, self._rows = table, rows

    def settle(self) -> None:
        """Hold these rows alone."""
        table, rows = self._table, self._rows
        self._table = BarTable(table.values[rows], table.slots[rows], table.starts[rows], table.ends[rows])
        self._rows = self._table.numbers

    def at(self, places: Ints) -> "BarRows":
        """Some of the rows."""
        return self._table.view(self._rows[places])

    def column(self, field: int) -> Floats:
        """A field of every row, shape [n]."""
        found: Floats = self._table.values[:, field][self._rows]
        return found

    @property
    def ends(self) -> Ints:
        """When the bars ended, shape [n], 0 where there is none."""
        found: Ints = self._table.ends[self._rows]
        return found

    def quote(self, place: int) -> QuoteRow | None:
        """A quote bar as an object."""
        return quote_of(self._table, self._rows.item(place))

    def trade(self, place: int) -> TradeRow | None:
        """A trade bar as an object."""
        return trade_of(self._table, self._rows.item(place))


def quote_of(table: BarTable, row: int) -> QuoteRow | None:
    """A row of a table of quote bars as an object."""
    return quote_row(table.values[row], table.starts.item(row), table.ends.item(row))


def trade_of(table: BarTable, row: int) -> TradeRow | None:
    """A row of a table of trade bars as an object."""
    return trade_row(table.values[row], table.starts.item(row), table.ends.item(row))


def quote_row(values: Floats, start_utc_ms: int, end_utc_ms: int) -> QuoteRow | None:
    """Fields of a quote bar as an object; None at no time."""
    if not end_utc_ms:
        return None
    v = values.tolist()
    bid = SideRow(*v[0:4]) if v[3] > 0 else None
    ask = SideRow(*v[5:9]) if v[8] > 0 else None
    return QuoteRow(start_utc_ms, end_utc_ms, bid, ask, _or_zero(v[4]), _or_zero(v[9]))


def trade_row(values: Floats, start_utc_ms: int, end_utc_ms: int) -> TradeRow | None:
    """Fields of a trade bar as an object; None at no time."""
    return TradeRow(start_utc_ms, end_utc_ms, *values.tolist()) if end_utc_ms else None


def quote_mids(values: Floats) -> Floats:
    """Prices of quote rows [n, 10]: the mid, or the one side there is, or 0."""
    bid, ask = np.fmax(values[:, BID_CLOSE], 0.0), np.fmax(values[:, ASK_CLOSE], 0.0)  # NaN: 0
    mids: Floats = np.where((bid > 0) & (ask > 0), np.round((bid + ask) / 2, 9), np.maximum(bid, ask))
    return mids


def carry_sides(slots: Ints, values: Floats) -> None:
    """Give missing sides of quote rows [n, 10], ascending in time, the prices of the slot's row before if there is one.

    Sizes are not carried: a bar without a side has size 0 there (LEAN `QuoteBarFillForwardEnumerator.cs`).
    """
    missing = np.isnan(values[:, (BID_CLOSE, ASK_CLOSE)])
    if not missing.any():
        return
    order, start = _by_slot(slots, missing.any(axis=1))
    for side, fields in enumerate((slice(0, 4), slice(5, 9))):
        values[missing[:, side], SIZES[side]] = 0.0
        fill, source = _fills(~missing[order, side], start)
        values[order[fill], fields] = values[order[source], fields]


def fill_gaps(slots: Ints, values: Floats) -> None:
    """Give fields that are still missing what the slot's row before has, if there is one."""
    # Sums are quicker than isnan of every field; a product with ones would wake the threads of BLAS, which then spin.
    lacking = np.isnan(np.einsum("ij->i", values))
    lacking[0] = False  # no bar
    if not lacking.any():
        return
    order, start = _by_slot(slots, lacking)
    for field in np.flatnonzero(np.isnan(values[lacking]).any(axis=0)).tolist():
        fill, source = _fills(~np.isnan(values[order, field]), start)
        values[order[fill], field] = values[order[source], field]


def _by_slot(slots: Ints, chosen: Flags) -> tuple[Ints, Ints]:
    """All rows of the slots that have a chosen row, by slot and time; for each the place of its slot's first."""
    wanted = np.zeros(int(slots.max()) + 1, np.bool_)
    wanted[slots[chosen]] = True
    some = np.flatnonzero(wanted[slots])
    order: Ints = some[np.argsort(slots[some], kind="stable")]
    first = np.concatenate(([True], slots[order][1:] != slots[order][:-1]))
    return order, np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))


def _fills(known: Flags, start: Ints) -> tuple[Ints, Ints]:
    """Places to fill and the places that fill them: the last known one before, of the same slot."""
    source = np.maximum.accumulate(np.where(known, np.arange(len(known)), -1))
    fill = np.flatnonzero(~known & (source >= start))
    return fill, source[fill]


def _or_zero(value: float) -> float:
    return value if value == value else 0.0  # noqa: PLR0124  NaN is the only number unequal to itself
