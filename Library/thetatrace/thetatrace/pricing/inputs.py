"""Checks and broadcasting shared by the pricing functions: bad rows get a code, never an exception."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thetatrace.pricing.results import FloatArray, IntArray, PriceReason, ReasonArray

STYLES = ("european", "american")
DAYS_PER_YEAR = 365.0


def check_style(style: str) -> bool:
    """True for American exercise, False for European; ValueError for any other word."""
    if style not in STYLES:
        raise ValueError(f"Exercise style {style!r} is unknown: use 'european' or 'american'.")
    return style == "american"


@dataclass(frozen=True, slots=True)
class Columns:
    """Inputs of one batch as equal-length float64 columns; rows with a reason hold harmless stand-in values.

    `value` is the volatility (forward problem) or the price (inverse problem). `shape` is the shape to give back.
    """

    value: FloatArray
    spot: FloatArray
    strike: FloatArray
    years: FloatArray
    rate: FloatArray
    dividend_yield: FloatArray
    right: FloatArray
    reason: ReasonArray
    bad: NDArray[np.bool_] | None
    shape: tuple[int, ...]

    def take(self, rows: NDArray[np.intp]) -> Columns:
        """The given good rows."""
        return Columns(
            value=self.value[rows],
            spot=self.spot[rows],
            strike=self.strike[rows],
            years=self.years[rows],
            rate=self.rate[rows],
            dividend_yield=self.dividend_yield[rows],
            right=self.right[rows],
            reason=self.reason[rows],
            bad=None,
            shape=(rows.size,),
        )

    def shaped(self, values: FloatArray) -> FloatArray:
        """`values` with NaN in bad rows and the callers' shape."""
        if self.bad is not None:
            values[self.bad] = np.nan
        return values.reshape(self.shape)


def read_columns(
    value: ArrayLike,
    spot: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    rate: ArrayLike,
    dividend_yield: ArrayLike,
    right: ArrayLike,
) -> Columns:
    """Broadcast the inputs to flat float64 columns and give each bad row its `PriceReason`.

    Raises ValueError when the shapes do not broadcast or an input is not numeric.
    """
    inputs = (value, spot, strike, years, rate, dividend_yield, right)
    arrays = [np.asarray(a, dtype=np.float64) for a in inputs]
    try:
        shape = np.broadcast_shapes(*(a.shape for a in arrays))
    except ValueError:
        shapes = ", ".join(str(a.shape) for a in arrays)
        raise ValueError(f"Pricing inputs do not broadcast to one shape: {shapes}.") from None
    flat = [flatten(a, shape) for a in arrays]
    reason = find_reasons(flat)
    bad = None
    if reason.any():
        bad = reason != 0
        flat = [np.where(bad, 1.0, a) for a in flat]
    a, b, d, e, f, g, h = flat
    return Columns(a, b, d, e, f, g, h, reason=reason, bad=bad, shape=shape)


def flatten(values: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """`values` broadcast to `shape` as one contiguous, writeable column (what the compiled kernels take), [n]."""
    if values.shape == shape and values.flags.c_contiguous and values.flags.writeable:
        return values.reshape(-1)
    column = np.empty(shape)
    column[...] = values
    return column.reshape(-1)


def find_reasons(flat: list[FloatArray]) -> ReasonArray:
    """Reason codes (uint8[n]) of the seven flat columns in `read_columns` order; lowest code wins."""
    value, spot, strike, years, rate, dividend_yield, right = flat
    reason = np.zeros(value.shape, dtype=np.uint8)
    with np.errstate(all="ignore"):
        # x - x is 0 for finite x and NaN otherwise: one test for seven columns.
        total = (value - value) + (spot - spot) + (strike - strike) + (years - years)
        total += (rate - rate) + (dividend_yield - dividend_yield) + (right - right)
        lowest = np.minimum(np.minimum(value, spot), np.minimum(strike, years))
        good = (total == 0.0) & (lowest > 0.0) & (np.abs(right) == 1.0)
        if good.all():
            return reason
        reason[years <= 0.0] = PriceReason.EXPIRED
        reason[np.minimum(np.minimum(value, spot), strike) <= 0.0] = PriceReason.NON_POSITIVE_INPUT
        reason[np.abs(right) != 1.0] = PriceReason.BAD_RIGHT
        reason[total != 0.0] = PriceReason.NOT_FINITE
    return reason


def with_value(columns: Columns, value: FloatArray, reason: ReasonArray) -> Columns:
    """`columns` with another `value` [n] and the reasons of its rows; what has a reason gets the stand-in 1."""
    bad = None
    if reason.any():
        bad = reason != PriceReason.OK
        value = np.where(bad, 1.0, value)
    return replace(columns, value=value, reason=reason, bad=bad)


def blocks(key: IntArray, order: IntArray, size: int) -> Iterator[IntArray]:
    """Places of blocks of at most `size` rows that share their `key` (0 or more); `order` sorts the rows by it."""
    bounds = np.flatnonzero(np.diff(key[order], prepend=-1, append=-1))
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        for first in range(begin, end, size):
            yield order[first : min(first + size, end)]
