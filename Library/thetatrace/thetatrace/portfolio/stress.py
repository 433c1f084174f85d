"""What a book gains and loses under every combination of a price move, a volatility move and days passing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from thetatrace.portfolio.book import Book, Floats
from thetatrace.pricing import price

LEAST_VOLATILITY = 0.001  # a volatility shock never takes one below a tenth of a point


@dataclass(frozen=True, slots=True)
class StressGrid:
    """Profit in the book's currency, shape [moves, volatility points, days]; NaN where a holding cannot be priced."""

    moves: Floats
    volatility_points: Floats
    days: Floats
    profit: Floats

    @property
    def worst(self) -> float:
        """The largest loss of the grid as a negative number; NaN when any cell is undetermined."""
        return float(self.profit.min()) if self.profit.size else float("nan")


def stress(book: Book, moves: ArrayLike, volatility_points: ArrayLike = 0.0, days: ArrayLike = 0.0) -> StressGrid:
    """Reprice the whole book over the whole grid, one vectorised call per exercise style.

    :param moves: moves of the benchmark as fractions; each underlying moves by its beta times that, not below zero
    :param volatility_points: added to every volatility (1 = one point)
    :param days: calendar days that pass; an option that is past its expiry is worth its intrinsic value
    """
    shocks, points, later = (
        np.atleast_1d(np.asarray(each, dtype=np.float64)) for each in (moves, volatility_points, days)
    )
    shape = (len(shocks), len(points), len(later))
    factor = np.maximum(1 + np.multiply.outer(shocks, book.beta), 0.0)  # [moves, n]
    spot = np.broadcast_to((factor * book.spot)[:, None, None, :], (*shape, len(book)))
    sigma = np.maximum(book.volatility + points[None, :, None, None] / 100, LEAST_VOLATILITY)
    years = book.years - later[None, None, :, None] / 365
    now = _value(book, book.spot, book.volatility, book.years)
    then = _value(book, spot, np.broadcast_to(sigma, spot.shape), np.broadcast_to(years, spot.shape))
    profit = ((then - now) * book.quantity * book.multiplier).sum(axis=-1)
    return StressGrid(shocks, points, later, profit)


def _value(book: Book, spot: Floats, volatility: Floats, years: Floats) -> Floats:
    """Value of one unit of each holding, shape of `spot`, whose last axis is the book's."""
    option = book.right != 0
    value = np.where(option, np.nan, spot)
    with np.errstate(invalid="ignore"):
        intrinsic = np.maximum(book.right * (spot - book.strike), 0.0)
    known = np.isfinite(spot) & (book.strike > 0) & np.isfinite(volatility)
    value = np.where(option & (years <= 0) & known, intrinsic, value)
    value = np.where(option & (years > 0) & known & (spot == 0), _worthless(book, years), value)
    for style, chosen in (("european", ~book.american), ("american", book.american)):
        mask = np.broadcast_to(option & chosen, spot.shape) & (years > 0) & (spot > 0)
        if mask.any():
            columns = (book.strike, book.rate, book.dividend_yield, book.right)
            strike, rate, dividend_yield, right = (np.broadcast_to(each, spot.shape)[mask] for each in columns)
            value[mask] = price(
                spot[mask], strike, years[mask], volatility[mask], rate, dividend_yield, right, style=style
            )
    return value


def _worthless(book: Book, years: Floats) -> Floats:
    """Value of each option on an underlying that is worth nothing and stays so: a put is its strike, for sure."""
    later = book.strike * np.exp(-book.rate * np.maximum(years, 0.0))
    put = np.where(book.american, np.maximum(book.strike, later), later)
    return np.where(book.right > 0, 0.0, put)
